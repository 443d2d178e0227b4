//! The command line: `run`, `demo`, `bench`, `memory`, `scale`. Exit codes: 0 as expected, 1 not, 2 wrong use, 3 input or output, 4 refused.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks on both")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::bench::{self, memory, scale};
use crate::demo::demo;
use crate::failure::Failure;
use crate::http::Endpoint;
use crate::pki::Pki;
use crate::plan::Plan;
use crate::plan::caller::Callers;
use crate::plan::report::Expected;
use crate::plan::run::Run;
use crate::server::Server;

/// Drives a running DMP-like server over the network and judges its answers.
#[derive(Parser)]
#[command(
    name = "dmp-conformance",
    version,
    after_help = "Example: dmp-conformance run --base-url https://localhost:8443 --pki var/pki"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run plans and report each step.
    #[command(after_help = "Example: dmp-conformance run --start target/debug/dmp-gateway --format json")]
    Run(RunArguments),
    /// Deposit one document, find it, fetch it, and compare the bytes.
    #[command(
        after_help = "Example: dmp-conformance demo --base-url https://localhost:8443 --pki var/pki --sample cda-samples/consultation.xml"
    )]
    Demo(DemoArguments),
    /// Measure requests per second and CPU per request against the unavoidable work.
    #[command(after_help = "Example: dmp-conformance bench --start target/release/dmp-gateway --seconds 8")]
    Bench(bench::Arguments),
    /// Measure the peak memory that large documents cost over a small one.
    #[command(after_help = "Example: dmp-conformance memory --start target/release/dmp-gateway")]
    Memory(memory::Arguments),
    /// Measure what a query costs in a small registry and in a large one, on both databases.
    #[command(after_help = "Example: dmp-conformance scale --start target/release/dmp-gateway --entries 1000000")]
    Scale(scale::Arguments),
}

/// The server: one that runs, or a binary to start.
#[derive(Args)]
struct Target {
    /// A running server: `https://HOST:PORT`, with the path of its services when it is not the DMP's.
    #[arg(long, requires = "pki", conflicts_with = "start", required_unless_present = "start")]
    base_url: Option<String>,
    /// The test PKI that it trusts (as written by `dmp-gateway pki init`).
    #[arg(long)]
    pki: Option<PathBuf>,
    /// Start this gateway in a fresh directory and stop it at the end.
    #[arg(long)]
    start: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Args)]
struct RunArguments {
    #[command(flatten)]
    target: Target,
    /// Another patient than the samples' (15 characters of an INS).
    #[arg(long)]
    ins: Option<String>,
    /// Plans to run instead of those that come with the harness.
    #[arg(long)]
    plan: Vec<PathBuf>,
    /// Known deviations to use instead of this gateway's.
    #[arg(long)]
    expected: Option<PathBuf>,
    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Args)]
struct DemoArguments {
    #[command(flatten)]
    target: Target,
    /// A CDA document.
    #[arg(long)]
    sample: PathBuf,
    /// The card that speaks.
    #[arg(long, default_value = "medecin")]
    card: String,
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Run(arguments) => run(&arguments),
        Command::Demo(arguments) => demonstrate(&arguments),
        Command::Bench(arguments) => bench::run(&arguments).map(|text| {
            print!("{text}");
            true
        }),
        Command::Scale(arguments) => scale::run(&arguments).map(|(text, good)| {
            print!("{text}");
            good
        }),
        Command::Memory(arguments) => memory::run(&arguments).map(|(text, good)| {
            print!("{text}");
            good
        }),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(failure) => {
            eprintln!("dmp-conformance: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

impl Target {
    /// Calls `with` on the endpoint and PKI, with the started gateway alive meanwhile.
    fn reach<T>(&self, with: impl FnOnce(Endpoint, Pki) -> Result<T, Failure>) -> Result<T, Failure> {
        if let Some(gateway) = &self.start {
            let server = Server::start(gateway)?;
            return with(Endpoint::parse(&server.url)?, server.pki()?);
        }
        let (Some(url), Some(pki)) = (&self.base_url, &self.pki) else {
            return Err(Failure::Usage("give --base-url and --pki, or --start".to_owned()));
        };
        with(Endpoint::parse(url)?, Pki::open(pki)?)
    }
}

fn run(arguments: &RunArguments) -> Result<bool, Failure> {
    let plans = Plan::load(&arguments.plan)?;
    let expected = match &arguments.expected {
        Some(path) => Expected::read(&read_text(path)?)?,
        None => Expected::read(include_str!("../expected.toml"))?,
    };
    let outcomes = arguments.target.reach(|endpoint, pki| {
        let mut callers = Callers::new(endpoint, pki);
        let mut outcomes = Vec::new();
        for (name, plan) in &plans {
            outcomes.extend(Run::new(&mut callers, arguments.ins.as_deref()).plan(name, plan));
        }
        Ok(outcomes)
    })?;
    let (text, good) = match arguments.format {
        Format::Text => expected.text(&outcomes),
        Format::Json => expected.json(&outcomes),
    };
    std::io::stdout().write_all(text.as_bytes()).map_err(Failure::io("standard output"))?;
    Ok(good)
}

fn demonstrate(arguments: &DemoArguments) -> Result<bool, Failure> {
    let sample = std::fs::read(&arguments.sample).map_err(Failure::io(arguments.sample.display().to_string()))?;
    arguments.target.reach(|endpoint, pki| demo(endpoint, &pki, &arguments.card, &sample, &mut std::io::stdout()))
}

fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(Failure::io(path.display().to_string()))
}
