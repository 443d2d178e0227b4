//! What a query costs in a small registry and in a large one, and what a large answer costs in memory.
//!
//! Each registry is filled by `dmp-gateway preload`, then asked over HTTP without TLS and without assertions, so that what is
//! measured is the query. As many patients are asked in the small registry as in the large one, drawn from all of it: caches
//! hold as much of either. What a patient costs who was not asked before is told apart; the pages of the disk may have been in
//! the memory of the machine even then, in the small registry more often.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use memchr::memmem;

use crate::bench::mebibytes;
use crate::bench::postgres::Postgres;
use crate::bench::process::Process;
use crate::failure::Failure;
use crate::http::{Connection, Connector, Endpoint, post};
use crate::metadata;
use crate::plan::caller::ins;
use crate::server::Server;
use crate::soap::{Call, Message};
use crate::time;

/// Entries of most patients.
const ENTRIES: u64 = 50;
/// Entries of two patients with large records. What the larger answer costs over the other shows whether memory grows with it.
const MANY: [u64; 2] = [5_000, 20_000];
/// Large answers that fill the caches of the connections.
const FILLING: u32 = 30;
/// Patients that are asked.
const ASKED: u64 = 100;
/// What the large registry may cost over the small one.
const ALLOWED: f64 = 1.2;
/// What either of these answers may cost in memory over a small one, in bytes: one bound, since pages are of one size, and of each
/// object only its identity is held.
const ALLOWED_MEMORY: u64 = 16 * 1024 * 1024;

/// What `scale` takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// The gateway to start; a release build.
    #[arg(long)]
    pub start: PathBuf,
    /// Entries of the large registry.
    #[arg(long, default_value_t = 1_000_000)]
    pub entries: u64,
    /// Entries of the small registry.
    #[arg(long, default_value_t = 10_000)]
    pub small: u64,
    /// How long each registry is asked.
    #[arg(long, default_value_t = 5)]
    pub seconds: u64,
    /// Only this database: `sqlite` or `postgresql`.
    #[arg(long)]
    pub only: Option<String>,
}

/// One registry, measured.
struct Measured {
    /// Entries a second while it was filled.
    filled: f64,
    /// Milliseconds for a patient who was not asked before: the middle.
    first: f64,
    /// Milliseconds after that: the middle.
    again: f64,
    /// Microseconds of CPU, of the gateway and of the server of the database.
    cpu: f64,
    /// Peak memory of the gateway in bytes: with small answers, and what the two large ones add.
    peak: (u64, [u64; 2]),
}

/// Measures; returns the report and whether all is within the allowance.
pub fn run(arguments: &Arguments) -> Result<(String, bool), Failure> {
    let mut out = format!(
        "FindDocuments, {ENTRIES} entries as LeafClass, {ASKED} patients, one connection without TLS\n\n\
         {:12} {:>9} {:>11} {:>13} {:>10} {:>8}  {}\n",
        "database",
        "entries",
        "filled, /s",
        "first ask, ms",
        "again, ms",
        "CPU, µs",
        "peak memory, and more with 5,000 and 20,000 entries"
    );
    let mut good = true;
    for name in ["sqlite", "postgresql"] {
        if arguments.only.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        let postgres = if name == "sqlite" { None } else { Postgres::start()? };
        if name == "postgresql" && postgres.is_none() {
            out.push_str("PostgreSQL is not installed\n");
            continue;
        }
        let mut rows = Vec::new();
        for entries in [arguments.small, arguments.entries] {
            let measured = measure(arguments, postgres.as_ref(), entries)?;
            let (base, [many, more]) = measured.peak;
            let _ = writeln!(
                out,
                "{name:12} {entries:9} {:11.0} {:13.2} {:10.2} {:8.0}  {:.1} MiB, +{:.1}, +{:.1}",
                measured.filled,
                measured.first,
                measured.again,
                measured.cpu,
                mebibytes(base),
                mebibytes(many),
                mebibytes(more)
            );
            good &= many <= ALLOWED_MEMORY && more <= ALLOWED_MEMORY;
            rows.push(measured);
        }
        if let [small, large] = rows.as_slice() {
            let ratios = [large.first / small.first, large.again / small.again, large.cpu / small.cpu];
            let fine = ratios.iter().skip(1).all(|ratio| *ratio <= ALLOWED);
            good &= fine;
            let [first, again, cpu] = ratios;
            let word = if fine { "ok" } else { "TOO MUCH" };
            let _ = writeln!(out, "{:12} {:>9} {:11} {first:13.2} {again:10.2} {cpu:8.2}  {word}", "", "ratio", "");
        }
    }
    Ok((out, good))
}

fn measure(arguments: &Arguments, postgres: Option<&Postgres>, entries: u64) -> Result<Measured, Failure> {
    let directory = std::env::temp_dir().join(format!("dmp-scale-{}", time::uuid()?));
    fs::create_dir_all(&directory).map_err(Failure::io(directory.display().to_string()))?;
    let database = format!("entries_{entries}");
    let url = match postgres {
        None => "sqlite://registry.db".to_owned(),
        Some(postgres) => postgres.database(&database)?,
    };
    let configuration = directory.join("gateway.toml");
    fs::write(&configuration, CONFIGURATION.replace("URL", &url)).map_err(Failure::io("gateway.toml"))?;
    let patients = entries / ENTRIES;
    let filled = preload(&arguments.start, &configuration, patients, ENTRIES)?;
    for entries in MANY {
        preload(&arguments.start, &configuration, 1, entries)?;
    }
    if let Some(postgres) = postgres {
        postgres.settle(&database);
    }
    let server = Server::serve(&arguments.start, directory)?;
    let process = Process::of(server.pid());
    let mut client = Client::of(&server, &filled.domain)?;

    // A stride that meets each patient once: how the record of one lies on the disk says nothing of the next.
    let asked: Vec<u64> = (0..ASKED.min(patients)).map(|at| at * 7_919 % patients).collect();
    let first = asked.iter().map(|patient| client.ask(*patient, ENTRIES)).collect::<Result<Vec<_>, _>>()?;
    for patient in asked.iter().chain(&asked) {
        client.ask(*patient, ENTRIES)?;
    }
    // Each connection of the pool keeps pages up to a bound of its own: they are full before anything is measured.
    for _ in 0..FILLING {
        client.ask(patients, MANY[0])?;
    }
    process.forget_peak();
    let cpu = || Ok::<_, Failure>(process.cpu()? + postgres.map(Postgres::cpu).unwrap_or_default());
    let (before, begin) = (cpu()?, Instant::now());
    let mut again = Vec::new();
    while begin.elapsed() < Duration::from_secs(arguments.seconds) {
        for patient in &asked {
            again.push(client.ask(*patient, ENTRIES)?);
        }
    }
    let spent = cpu()?.saturating_sub(before);
    let small = process.peak_memory()?;
    let mut large = [0; 2];
    for ((more, entries), patient) in large.iter_mut().zip(MANY).zip(patients..) {
        for _ in 0..5 {
            client.ask(patient, entries)?;
        }
        *more = process.peak_memory()?.saturating_sub(small);
    }
    #[expect(clippy::cast_precision_loss, reason = "a figure to be read")]
    let requests = again.len() as f64;
    Ok(Measured {
        filled: filled.rate,
        first: middle(first),
        again: middle(again),
        cpu: spent.as_secs_f64() * 1e6 / requests,
        peak: (small, large),
    })
}

/// What `preload` says of itself.
struct Filled {
    rate: f64,
    domain: String,
}

fn preload(gateway: &Path, configuration: &Path, patients: u64, entries: u64) -> Result<Filled, Failure> {
    let output = Command::new(gateway)
        .args(["preload", "--format", "json", "--config"])
        .arg(configuration)
        .args(["--patients", &patients.to_string(), "--entries", &entries.to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(Failure::io(gateway.display().to_string()))?;
    let told: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| Failure::Refused("dmp-gateway preload failed; what it said is above".to_owned()))?;
    let rate = told.get("entries_per_second").and_then(serde_json::Value::as_f64).unwrap_or(0.0);
    let patient = told.get("first_patient").and_then(serde_json::Value::as_str).unwrap_or_default();
    let domain = patient.split_once('^').map_or("", |(_, domain)| domain);
    Ok(Filled { rate, domain: format!("^{domain}") })
}

/// A connection kept open.
struct Client {
    connector: Connector,
    connection: Connection,
    domain: String,
    body: Vec<u8>,
}

impl Client {
    fn of(server: &Server, domain: &str) -> Result<Self, Failure> {
        let connector = Connector::new(Endpoint::parse(&server.url)?, Path::new(""), None)?;
        let connection = connector.connect()?;
        Ok(Self { connector, connection, domain: domain.to_owned(), body: Vec::new() })
    }

    /// Asks for the documents of a patient and counts them; gives the time until the last byte.
    fn ask(&mut self, patient: u64, entries: u64) -> Result<Duration, Failure> {
        let id = format!("{}{}", ins(FIRST_PATIENT + patient), self.domain);
        let body = metadata::find_documents(&id, &["Approved"], "LeafClass");
        let action = "urn:ihe:iti:2007:RegistryStoredQuery";
        let message = Message::of(&Call { service: "registry", action, security: None, body: &body, documents: &[] })?;
        let head = post(self.connector.endpoint(), "registry", &message.content_type, message.body.len());
        let request = [head.as_bytes(), &message.body].concat();
        let begin = Instant::now();
        self.connection.exchange(&request, &mut self.body)?;
        let duration = begin.elapsed();
        let found = memmem::find_iter(&self.body, b"ExtrinsicObject id=").count() as u64;
        if found == entries {
            return Ok(duration);
        }
        let said: String = String::from_utf8_lossy(&self.body).chars().take(2000).collect();
        Err(Failure::Unreadable(format!("{found} entries instead of {entries}: {said}")))
    }
}

/// The number of the first patient that `preload` makes.
const FIRST_PATIENT: u64 = 1_990_199_000_000;

fn middle(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}

/// A plain affinity domain without TLS and without assertions. Two connections, since each keeps up to 8 MB of pages: those are full
/// after a few large answers, and what is measured after that is the answer.
const CONFIGURATION: &str = r#"[server]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
[tls]
mode = "off"
[vihf]
required = false
[domain]
profile = "ihe"
query_results = 100000
[registry]
url = "URL"
connections = 2
[repository]
url = "file://blobs"
"#;
