//! The benchmark: a gateway of its own, three transactions over mutual TLS, and the yardstick in the same run.
//!
//! Every answer is checked. Assertions are signed once for each connection (an LPS may use one again inside its window)
//! and messages are built once, so that the load generator costs little; what it costs is printed.

pub mod load;
pub mod memory;
pub mod postgres;
pub mod process;
pub mod record;
pub mod scale;
pub mod yardstick;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::load::{Load, Measured, Scenario};
use crate::bench::process::Process;
use crate::bench::yardstick::Yardstick;
use crate::failure::Failure;
use crate::server::Server;

/// What `bench` takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// The gateway to start; a release build.
    #[arg(long)]
    pub start: PathBuf,
    /// How long each transaction is measured.
    #[arg(long, default_value_t = 8)]
    pub seconds: u64,
    /// Connections, each with its own thread.
    #[arg(long, default_value_t = 8)]
    pub connections: u32,
    /// Only these, by number: `18,41,43`.
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<u32>,
    /// One line of JSON for each transaction instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// A transaction measured, with its yardstick.
struct Row {
    scenario: Scenario,
    measured: Measured,
    yardstick: Yardstick,
    peak: u64,
}

/// Measures, and returns the report.
pub fn run(arguments: &Arguments) -> Result<String, Failure> {
    // One server for each configuration; whoever is not asked costs nothing.
    let mut servers: BTreeMap<&str, Server> = BTreeMap::new();
    let mut rows = Vec::new();
    let wanted = |scenario: &Scenario| arguments.only.is_empty() || arguments.only.contains(&scenario.number());
    for scenario in Scenario::ALL.into_iter().filter(wanted) {
        let configuration = scenario.configuration();
        let server = match servers.entry(configuration) {
            Entry::Occupied(running) => running.into_mut(),
            Entry::Vacant(room) => room.insert(Server::start_with(&arguments.start, configuration)?),
        };
        let process = Process::of(server.pid());
        let load = Load::prepare(server, scenario, arguments.connections)?;
        process.forget_peak();
        let measured = load.run(&process, Duration::from_secs(arguments.seconds))?;
        let peak = process.peak_memory()?;
        let yardstick = Yardstick::measure(&load.work, &measured)?;
        rows.push(Row { scenario, measured, yardstick, peak });
    }
    Ok(if arguments.json {
        rows.iter().map(|row| row.json().to_string() + "\n").collect()
    } else {
        text(arguments, &rows)
    })
}

fn text(arguments: &Arguments, rows: &[Row]) -> String {
    let mut out = format!(
        "{} connections with mutual TLS, {} s each; times in µs of CPU per request unless said\n\n\
         {:42} {:>7} {:>8} {:>8} {:>8} {:>8} {:>11} {:>6} {:>9}\n",
        arguments.connections,
        arguments.seconds,
        "transaction",
        "req/s",
        "p50 ms",
        "p99 ms",
        "server",
        "client",
        "unavoidable",
        "ratio",
        "peak MiB"
    );
    for row in rows {
        let m = &row.measured;
        let _ = writeln!(
            out,
            "{:42} {:7.0} {:8.2} {:8.2} {:8.0} {:8.0} {:11.0} {:6.2} {:9.1}",
            row.scenario.title(),
            m.per_second(),
            m.percentile(50),
            m.percentile(99),
            m.server_cpu,
            m.client_cpu,
            row.yardstick.total(),
            m.server_cpu / row.yardstick.total(),
            mebibytes(row.peak),
        );
    }
    out.push_str("\nunavoidable work, measured after each transaction on this machine:\n");
    for row in rows {
        let _ = writeln!(out, "{:42} {}", row.scenario.title(), row.yardstick.parts());
    }
    out
}

impl Row {
    fn json(&self) -> Value {
        let m = &self.measured;
        json!({
            "transaction": self.scenario.title(),
            "requests": m.latencies.len(),
            "requests_per_second": m.per_second(),
            "p50_ms": m.percentile(50),
            "p99_ms": m.percentile(99),
            "server_cpu_us": m.server_cpu,
            "client_cpu_us": m.client_cpu,
            "tls_suite": m.suite,
            "bytes_in": m.sent,
            "bytes_out": m.received,
            "unavoidable_us": self.yardstick.total(),
            "unavoidable_parts_us": self.yardstick.json(),
            "ratio": m.server_cpu / self.yardstick.total(),
            "peak_memory_mib": mebibytes(self.peak),
        })
    }
}

/// Bytes as MiB.
#[expect(clippy::cast_precision_loss, reason = "a figure to be read")]
pub fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}
