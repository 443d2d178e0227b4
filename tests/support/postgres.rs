//! A private `PostgreSQL`: made in a temporary directory, reached by a socket in it, gone with the process of the tests
//! however that ends.
//!
//! The server is the child of a shell that reads a pipe from this process. When this process ends, by itself or by
//! `kill -9`, the pipe closes, and the shell stops the server and removes the directory. (Values in statics are never
//! dropped, so nothing here relies on that.) `PostgreSQL` refuses to run as root: then all is done as an ordinary user.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A running server.
pub(crate) struct Postgres {
    binaries: PathBuf,
    directory: PathBuf,
    shell: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// An empty schema of the one database that all tests of this run share, as a URL: to a registry it is a database of its own. A real
/// one would be eight megabytes of catalogue, written twice, for a few hundred kilobytes of tables.
pub(crate) fn fresh_database() -> String {
    static SERVER: OnceLock<(Postgres, String)> = OnceLock::new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let (server, database) = SERVER.get_or_init(|| {
        let server = Postgres::start();
        let database = server.fresh_database();
        (server, database)
    });
    let schema = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    server.sql_in(database, &format!("CREATE SCHEMA {schema}"));
    format!("{database}&options=-csearch_path%3D{schema}")
}

/// What the shell does: `$1` is the directory of the binaries, `$2` the directory of the server; `$3` is the address of the network
/// that it listens on, if any, `$4` and `$5` its certificate and key there.
const SHELL: &str = r#"
export LC_ALL=C
"$1/initdb" -D "$2/data" -U gateway --auth=trust --encoding=UTF8 --wal-segsize=4 --no-sync --no-instructions >"$2/log" 2>&1 || { cat "$2/log" >&2; rm -rf "$2"; exit 1; }
cat >>"$2/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$2'
fsync = off
full_page_writes = off
max_connections = 300
shared_buffers = 64MB
wal_level = minimal
max_wal_senders = 0
min_wal_size = 8MB
max_wal_size = 64MB
autovacuum_naptime = 5s
CONF
if [ -n "$3" ]; then
    umask 077
    printf '%s' "$4" >"$2/tls.pem"
    printf '%s' "$5" >"$2/tls.key"
    printf '%s\n' "listen_addresses = '$3'" 'ssl = on' "ssl_cert_file = '$2/tls.pem'" "ssl_key_file = '$2/tls.key'" >>"$2/data/postgresql.conf"
    printf '%s\n' 'local all all trust' 'hostssl all all 127.0.0.0/8 scram-sha-256' >"$2/data/pg_hba.conf"
fi
start() {
    "$1/postgres" -D "$2/data" </dev/null >>"$2/log" 2>&1 &
    server=$!
    until "$1/pg_isready" -q -h "$2" -U gateway -d postgres; do
        kill -0 $server 2>/dev/null || { cat "$2/log" >&2; rm -rf "$2"; exit 1; }
        read -r -t 0.05 nothing <>"$2/pause"
    done
    echo ready
}
mkfifo "$2/pause"
start "$1" "$2"
while read -r order; do
    # QUIT ends it as a crash would: no transaction is finished, nothing is written.
    kill -QUIT $server
    wait $server
    start "$1" "$2"
done
kill -QUIT $server 2>/dev/null
wait $server 2>/dev/null
rm -rf "$2"
"#;

impl Postgres {
    /// Starts a server and waits until it answers.
    pub(crate) fn start() -> Self {
        Self::start_with(["", "", ""])
    }

    /// Starts a server that is also reached by the network, there with TLS and a password only.
    pub(crate) fn on_network(address: &str, certificate: &str, key: &str) -> Self {
        Self::start_with([address, certificate, key])
    }

    fn start_with(network: [&str; 3]) -> Self {
        let binaries = binaries();
        // The shell removes it.
        let directory = tempfile::Builder::new().prefix("pg-").tempdir().unwrap().keep();
        let mut command = as_ordinary_user(&directory);
        command.args(["bash", "-c", SHELL, "postgres-of-a-test"]).arg(&binaries).arg(&directory).args(network);
        // A group of its own: Ctrl-C in a terminal ends this process, and then the pipe ends the server.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut shell =
            command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("bash starts");
        let orders = shell.stdin.take();
        let answers = BufReader::new(shell.stdout.take().unwrap());
        let mut server = Self { binaries, directory, shell, orders, answers };
        server.wait_for("ready");
        server
    }

    /// Makes an empty database and gives its URL.
    pub(crate) fn fresh_database(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.sql(&format!("CREATE DATABASE {name} TEMPLATE template0 STRATEGY wal_log"));
        format!("postgres://gateway@/{name}?host={}", escaped(&self.directory))
    }

    /// Where it listens.
    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.join(".s.PGSQL.5432")
    }

    /// Has the server do something, and gives the answer, one line per row.
    pub(crate) fn sql(&self, sql: &str) -> String {
        self.sql_in(&format!("postgres://gateway@/postgres?host={}", escaped(&self.directory)), sql)
    }

    /// The same in another database.
    pub(crate) fn sql_in(&self, url: &str, sql: &str) -> String {
        let mut command = Command::new(self.binaries.join("psql"));
        command.args(["-v", "ON_ERROR_STOP=1", "-qAtc", sql, url]);
        let output = command.env_clear().output().unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Ends the server as a crash would, and starts it again.
    pub(crate) fn crash_and_restart(&mut self) {
        self.order("restart");
        self.wait_for("ready");
    }

    /// Ends all sessions but that of the order itself.
    pub(crate) fn end_sessions(&self) {
        self.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname <> ''",
        );
    }

    fn order(&mut self, order: &str) {
        let orders = self.orders.as_mut().unwrap();
        writeln!(orders, "{order}").and_then(|()| orders.flush()).unwrap();
    }

    fn wait_for(&mut self, expected: &str) {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), expected, "PostgreSQL did not do as it was told; what it said is above");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.orders = None;
        self.shell.wait().unwrap();
    }
}

/// Where `postgres` and `initdb` are: in the path, or where Debian and Fedora put those of each version.
fn binaries() -> PathBuf {
    let of_version = |root: &str| {
        let versions = std::fs::read_dir(root).into_iter().flatten().map(|entry| entry.unwrap().path());
        let mut versions: Vec<PathBuf> = versions.map(|version| version.join("bin")).collect();
        versions.sort();
        versions
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates: Vec<PathBuf> = std::env::split_paths(&path).collect();
    candidates.extend(of_version("/usr/lib/postgresql").into_iter().rev());
    candidates.extend(of_version("/usr").into_iter().filter(|folder| folder.starts_with("/usr/pgsql")).rev());
    let found = candidates.into_iter().map(|folder| folder.join("initdb")).find(|file| file.exists());
    let found = found.expect("PostgreSQL is installed (`make test` does it)");
    // All of them are beside the real file, whatever link led to it.
    std::fs::canonicalize(found).unwrap().parent().unwrap().to_owned()
}

/// A command that runs as this user, or when that is root as `postgres` or `nobody`, who then owns the directory.
fn as_ordinary_user(directory: &Path) -> Command {
    let ask = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().unwrap();
        let number = String::from_utf8(output.stdout).unwrap();
        output.status.success().then(|| number.trim().parse::<u32>().unwrap())
    };
    if ask(&["-u"]) != Some(0) {
        return Command::new("env");
    }
    let user = ["postgres", "nobody"].into_iter().find(|user| ask(&["-u", user]).is_some()).expect("an ordinary user");
    let (uid, gid) = (ask(&["-u", user]).unwrap(), ask(&["-g", user]).unwrap());
    std::os::unix::fs::chown(directory, Some(uid), Some(gid)).unwrap();
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={uid}"), &format!("--regid={gid}"), "--clear-groups"]);
    command
}

/// A path as a parameter of a URL.
fn escaped(path: &Path) -> String {
    let mut text = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(byte) {
            text.push(char::from(*byte));
        } else {
            write!(text, "%{byte:02X}").unwrap();
        }
    }
    text
}
