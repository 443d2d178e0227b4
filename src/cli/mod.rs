//! The command line: one file per sub-command.
//!
//! A sub-command prints what it was asked for on standard output, and one clear sentence on standard error when it
//! cannot. Exit codes are promises: 0 ok, 1 a check failed, 2 wrong use, 3 input or output, 4 refused by the other side.

mod cda;
mod config;
mod console;
mod demo;
mod metadata;
mod migrate;
mod patient;
mod pki;
mod preload;
pub mod rules;
mod serve;
mod sign;
mod vihf;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::console::{Console, Failure};

const EXAMPLES: &str = "\
Examples:
  dmp-gateway pki init pki
  dmp-gateway config show > gateway.toml
  dmp-gateway serve --config gateway.toml

Exit codes: 0 ok, 1 a check failed, 2 wrong use, 3 input or output, 4 refused by the other side";

#[derive(Parser)]
#[command(
    name = "dmp-gateway",
    version,
    about = "An open gateway that behaves as the French shared medical record (DMP)"
)]
#[command(after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the gateway
    Serve(serve::Arguments),
    /// Deposit, find and fetch a CDA document with a gateway of its own
    Demo(demo::Arguments),
    /// Check or show the configuration
    Config(config::Arguments),
    /// Make a test PKI
    Pki(pki::Arguments),
    /// Sign one assertion (VIHF) with a card or a structure of a test PKI
    Vihf(vihf::Arguments),
    /// Sign a submission set with a card or a structure of a test PKI
    Sign(sign::Arguments),
    /// Judge clinical documents (CDA)
    Cda(cda::Arguments),
    /// Judge the metadata of submissions
    Metadata(metadata::Arguments),
    /// Make patients known
    Patient(patient::Arguments),
    /// Look at or change the schema of the database
    Migrate(migrate::Arguments),
    /// Fill a registry with fictitious patients, for measurements
    Preload(preload::Arguments),
    /// Print the table of every rule that requests are held to
    Rules(rules::Arguments),
}

/// Does what the arguments (the program's name first) ask for.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut console = Console::new();
    let outcome = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => obey(arguments.command, &mut console),
        // Help and version come this way too: clap knows the stream and the code.
        Err(answer) => {
            let _ = answer.print();
            return ExitCode::from(u8::try_from(answer.exit_code()).unwrap_or(2));
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => console.report(&failure),
    }
}

fn obey(command: Command, console: &mut Console) -> Result<(), Failure> {
    match command {
        Command::Serve(arguments) => serve::run(&arguments, console),
        Command::Demo(arguments) => demo::run(&arguments, console),
        Command::Config(arguments) => config::run(&arguments, console),
        Command::Pki(arguments) => pki::run(&arguments, console),
        Command::Vihf(arguments) => vihf::run(&arguments, console),
        Command::Sign(arguments) => sign::run(&arguments, console),
        Command::Cda(arguments) => cda::run(&arguments, console),
        Command::Metadata(arguments) => metadata::run(&arguments, console),
        Command::Patient(arguments) => patient::run(&arguments, console),
        Command::Migrate(arguments) => migrate::run(&arguments, console),
        Command::Preload(arguments) => preload::run(&arguments, console),
        Command::Rules(arguments) => {
            rules::run(&arguments, console);
            Ok(())
        }
    }
}
