#!/usr/bin/env bash
# Replays the tests of the NIST XDS toolkit against a gateway in profile `ihe`, on SQLite and on PostgreSQL:
# `GATEWAY=target/debug/dmp-gateway conformance/nist.sh [id,id]`; without ids all of them.
#
# The replayer and the tests belong to no one's checkout: they are looked for in ../shared (or $SHARED), and when they are not there this
# says so and is content. The gateway gets a fresh directory and free ports; TLS is off, on loopback. Patients are made known by
# the feed (ITI-8 over MLLP), so that the tests about unknown patients mean something.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tests=${1:-}
gateway=${GATEWAY:-target/debug/dmp-gateway}
shared=$(readlink -f "${SHARED:-../shared}" || true)

if [ ! -d "$shared/tools/nist_replay" ] || [ ! -d "$shared/conformance/nist" ]; then
    echo 'nist: the replayer and its tests are not on this machine (../shared): nothing replayed'
    exit 0
fi
gateway=$(readlink -f "$gateway")

# Called without a database, it calls itself for each.
if [ -z "${REGISTRY_URL:-}" ]; then
    results=()
    status=0
    for database in sqlite postgresql; do
        echo "nist: on $database"
        run=()
        [ "$database" = postgresql ] && run=(conformance/postgres.sh)
        outcome=passed
        url=
        [ "$database" = sqlite ] && url=sqlite://registry.db
        started=$SECONDS
        env ${url:+"REGISTRY_URL=$url"} "${run[@]}" conformance/nist.sh "$@" || { outcome=FAILED; status=1; }
        results+=("$database: $outcome in $((SECONDS - started)) s")
    done
    printf 'nist: %s\n' "${results[@]}"
    exit "$status"
fi

# The replayer needs lxml: the system's when it is there, else an environment kept beside the build.
python=python3
if ! python3 -c 'import lxml' 2>/dev/null; then
    environment=${CARGO_TARGET_DIR:-target}/nist-venv
    [ -x "$environment/bin/python" ] || python3 -m venv "$environment"
    "$environment/bin/python" -c 'import lxml' 2>/dev/null || "$environment/bin/pip" install --quiet --disable-pip-version-check 'lxml>=5.0'
    python=$(readlink -f "$environment/bin")/python
fi

directory=$(mktemp -d)
server=
stop() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$directory"
}
trap stop EXIT

cat >"$directory/gateway.toml" <<TOML
[server]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"

[tls]
mode = "off"

[domain]
profile = "ihe"
assigning_authorities = ["1.3.6.1.4.1.21367.13.20.1000"]
unknown_patients = "refuse"

[vihf]
required = false

[mllp]
listen = "127.0.0.1:0"

[registry]
url = "$REGISTRY_URL"

[repository]
url = "file://blobs"
TOML

"$gateway" serve --config "$directory/gateway.toml" >"$directory/stdout" 2>"$directory/stderr" &
server=$!
url=
for _ in $(seq 200); do
    url=$(grep -oE '^listening on https?://[^ ]+' "$directory/stderr" | head -n 1 | sed 's/listening on //' || true)
    feed=$(grep -oE 'mllp://[^ ]+' "$directory/stderr" | head -n 1 | sed 's,mllp://,,' || true)
    [ -n "$url" ] && [ -n "$feed" ] && break
    if ! kill -0 "$server" 2>/dev/null; then break; fi
    sleep 0.05
done
if [ -z "$url" ] || [ -z "$feed" ]; then
    echo 'nist: the gateway did not start; it said:' >&2
    cat "$directory/stderr" >&2
    exit 3
fi

services=$url/si-dmp-server/v2/services
status=0
(cd "$shared/tools" && PYTHONDONTWRITEBYTECODE=1 "$python" -m nist_replay --testkit "$shared/conformance/nist" \
    --registry "$services/registry" --repository "$services/repository" \
    --pif "$feed" \
    ${tests:+--only "$tests"} --extra-checks fail ${NIST_JSON:+--json "$NIST_JSON"} ${NIST_TRACE:+--trace "$NIST_TRACE"}) || status=$?
if [ "$status" -ne 0 ]; then
    echo 'nist: the end of the gateway log:' >&2
    tail -n 20 "$directory/stderr" >&2
fi
exit "$status"
