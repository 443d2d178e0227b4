#!/usr/bin/env bash
# Runs a command with a private PostgreSQL: `conformance/postgres.sh COMMAND…` sees REGISTRY_URL, an empty database that is gone with it.
#
# Made in a temporary directory, reached by a socket in it, as an ordinary user when this is root.
set -euo pipefail

initdb=$(command -v initdb || find /usr/lib/postgresql /usr/pgsql-* -name initdb 2>/dev/null | sort -V | tail -n 1)
[ -n "$initdb" ] || { echo 'postgres: no initdb on this machine (.ci/machine test installs PostgreSQL)' >&2; exit 3; }
binaries=$(dirname "$(readlink -f "$initdb")")
directory=$(mktemp -d)
as_user=()
if [ "$(id -u)" -eq 0 ]; then
    user=postgres
    id -u "$user" >/dev/null 2>&1 || user=nobody
    chown "$(id -u "$user"):$(id -g "$user")" "$directory"
    as_user=(setpriv "--reuid=$(id -u "$user")" "--regid=$(id -g "$user")" --clear-groups)
fi

server=
stop() {
    if [ -n "$server" ]; then
        kill -INT "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$directory"
}
trap stop EXIT

export LC_ALL=C
here=$PWD
cd /
if ! "${as_user[@]}" "$binaries/initdb" -D "$directory/data" -U gateway --auth=trust --encoding=UTF8 --no-sync >"$directory/log" 2>&1; then
    cat "$directory/log" >&2
    exit 3
fi
"${as_user[@]}" "$binaries/postgres" -D "$directory/data" -c listen_addresses= -c "unix_socket_directories=$directory" -c fsync=off \
    >>"$directory/log" 2>&1 &
server=$!
until "$binaries/pg_isready" -q -h "$directory" -U gateway -d postgres; do
    if ! kill -0 "$server" 2>/dev/null; then
        cat "$directory/log" >&2
        exit 3
    fi
    sleep 0.05
done
cd "$here"
REGISTRY_URL="postgres://gateway@/postgres?host=$directory" "$@"
