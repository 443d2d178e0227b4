//! A server that is reached by the network: with a password, over TLS that proves it, and nobody else learns the password.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use dmp_gateway::storage::{Settings, StorageError, Store};

use crate::storage::{deposit, noon, numbered, patient};
use crate::support::child::{Process, directory};
use crate::support::message::Deposit;
use crate::support::pki;
use crate::support::pki_on_disk;
use crate::support::postgres::Postgres;
use crate::xds_fixture::base;

/// Signs that a URL must escape, and words that are looked for where they must not be.
const PASSWORD: &str = "g4rde/m0t?s3cret@";
const ESCAPED: &str = "g4rde%2Fm0t%3Fs3cret%40";

/// An address of the loopback network that no other process of this machine is likely to use.
fn address() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| {
        let [_, high, middle, low] = std::process::id().to_be_bytes();
        format!("127.{}.{middle}.{}", 100 + high % 100, low.clamp(1, 254))
    })
}

fn server() -> &'static Postgres {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    SERVER.get_or_init(|| {
        let read = |name: &str| std::fs::read_to_string(pki_on_disk::directory().join(name)).unwrap();
        let server = Postgres::on_network(address(), &read("server/tls.pem"), &read("server/tls.key"));
        server.sql(&format!("CREATE ROLE teller LOGIN PASSWORD '{PASSWORD}'"));
        server
    })
}

/// A database of the role, as it stands in a URL before the parameters.
fn fresh_database() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("network_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    server().sql(&format!("CREATE DATABASE {name} OWNER teller TEMPLATE template0"));
    name
}

/// Where the server is when it is `localhost`, as its certificate says, and the authorities of its certificate.
fn proven() -> String {
    format!("hostaddr={}&sslmode=verify-full&sslrootcert={}", address(), trust().display())
}

fn trust() -> std::path::PathBuf {
    pki_on_disk::directory().join("trust.pem")
}

fn connect(url: &str, root: &Path) -> Result<Store, StorageError> {
    let repository_url = format!("file://{}", root.join("blobs").display());
    Store::open(&Settings { registry_url: url.to_owned(), repository_url, connections: 2 })
}

/// Nothing of the password: neither as it is nor as it stands in the URL.
fn tells_nothing(said: &str) {
    for part in ["g4rde", "m0t", "s3cret"] {
        assert!(!said.contains(part), "{said}");
    }
}

/// Why the store does not open.
fn refusal(url: &str) -> String {
    let root = tempfile::tempdir().unwrap();
    let error = connect(url, root.path()).unwrap_err();
    tells_nothing(&format!("{error} {error:?}"));
    error.to_string()
}

#[test]
fn a_registry_is_reached_by_password_over_tls_that_proves_the_server() {
    let root = tempfile::tempdir().unwrap();
    let database = fresh_database();
    let store =
        connect(&format!("postgres://teller:{ESCAPED}@localhost/{database}?{}", proven()), root.path()).unwrap();
    deposit(&store, &numbered(base(), 1));
    store.write("test", |writer| writer.know_patient(&patient(), noon())).unwrap();
    assert!(store.read("test", |reader| reader.is_known(&patient())).unwrap());
    let sessions = format!(
        "SELECT DISTINCT usename, ssl, client_addr <<= '127.0.0.0/8' FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) \
         WHERE datname = '{database}'"
    );
    assert_eq!(server().sql(&sessions).trim(), "teller|t|t");
}

#[test]
fn who_has_no_right_to_the_registry_is_told_why_and_not_the_password() {
    let database = fresh_database();
    let parameters = proven();
    let wrong = refusal(&format!("postgres://teller:g4rde-m0t@localhost/{database}?{parameters}"));
    assert!(wrong.contains("password authentication failed for user \"teller\""), "{wrong}");
    let in_clear = parameters.replace("verify-full", "disable");
    let clear = refusal(&format!("postgres://teller:{ESCAPED}@localhost/{database}?{in_clear}"));
    assert!(clear.contains("no pg_hba.conf entry"), "{clear}");
    let unescaped = refusal(&format!("postgres://teller:g4rde/m0t@localhost/{database}?{parameters}"));
    assert!(unescaped.starts_with("no connection to the database: "), "{unescaped}");
}

#[test]
fn a_server_that_is_not_the_one_meant_gets_no_password() {
    let database = fresh_database();
    let other_name = refusal(&format!("postgres://teller:{ESCAPED}@registry.example/{database}?{}", proven()));
    assert!(other_name.contains("failed: ") && other_name.contains("certificate"), "{other_name}");
    let root = tempfile::tempdir().unwrap();
    let foreign = root.path().join("foreign.pem");
    let file = pki::foreign_files().iter().find(|file| file.path == "trust.pem").unwrap();
    std::fs::write(&foreign, &file.content).unwrap();
    let parameters = proven().replace(trust().to_str().unwrap(), foreign.to_str().unwrap());
    let other_authority = refusal(&format!("postgres://teller:{ESCAPED}@localhost/{database}?{parameters}"));
    assert!(other_authority.contains("certificate verify failed"), "{other_authority}");
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dmp-gateway"));
    let file = directory.join("gateway.toml");
    command.args(arguments).arg("--config").arg(file).env_clear().stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8(bytes.clone()).unwrap()).concat()
}

fn configured(user: &str, database: &str) -> tempfile::TempDir {
    let url = format!("postgres://{user}@localhost/{database}?{}", proven());
    directory(&format!(
        "[log]\nlevel = \"trace\"\n[domain]\nunknown_patients = \"accept\"\n[registry]\nurl = \"{url}\"\n"
    ))
}

#[test]
fn no_command_and_no_log_shows_the_password() {
    let directory = configured(&format!("teller:{ESCAPED}"), &fresh_database());
    for (arguments, status) in
        [(["migrate", "up"], 0), (["migrate", "status"], 0), (["config", "show"], 0), (["config", "check"], 0)]
    {
        let output = run(directory.path(), &arguments);
        tells_nothing(&said(&output));
        assert_eq!(output.status.code(), Some(status), "{}", said(&output));
    }
    let shown = said(&run(directory.path(), &["config", "show"]));
    assert!(shown.contains("url = \"postgres://teller:****@localhost/network_"), "{shown}");
    let process = Process::serve(directory.path());
    let patient = crate::support::caller::patient(970_001);
    let doctor = process.treating_doctor(directory.path(), &patient);
    doctor.deposit(&Deposit::of("1.2.250.1.999.97.1").for_patient(&patient), b"text").is_taken();
    let log = process.stop();
    assert!(log.iter().any(|line| line.contains("TRACE")), "{log:?}");
    log.iter().for_each(|line| tells_nothing(line));
}

#[test]
fn no_command_shows_a_password_that_is_wrong() {
    let directory = configured("teller:g4rde-m0t", &fresh_database());
    for arguments in [["migrate", "status"].as_slice(), &["config", "check"], &["preload"], &["serve"]] {
        let output = run(directory.path(), arguments);
        tells_nothing(&said(&output));
        assert!(!output.status.success());
        assert!(said(&output).contains("password authentication failed"), "{}", said(&output));
    }
}
