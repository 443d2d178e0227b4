//! `migrate status` and `migrate up`: the schema of the registry's database.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::console::{ConfigFile, Console, Failure, Format};
use crate::storage::Store;

#[derive(Args)]
#[command(after_help = "Example:\n  dmp-gateway migrate status --config gateway.toml")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say where the database stands; exit 1 when it lacks migrations
    #[command(after_help = "Example:\n  dmp-gateway migrate status --config gateway.toml --format json")]
    Status(Of),
    /// Bring the database to the schema of this release, as `serve` does when it starts
    #[command(after_help = "Example:\n  dmp-gateway migrate up --config gateway.toml")]
    Up(Of),
}

#[derive(Args)]
struct Of {
    #[command(flatten)]
    file: ConfigFile,
    /// How the answer is written
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

impl Of {
    fn store(&self) -> Result<Store, Failure> {
        Store::connect(&self.file.load()?.storage()).map_err(|cause| Failure::input_output(cause.to_string()))
    }
}

pub(super) fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    match &arguments.command {
        Command::Status(of) => status(of, console),
        Command::Up(of) => up(of, console),
    }
}

fn status(of: &Of, console: &mut Console) -> Result<(), Failure> {
    let state = of.store()?.migration_state().map_err(|cause| Failure::input_output(cause.to_string()))?;
    match of.format {
        Format::Json => console.line(json!({ "applied": state.applied, "pending": state.pending }).to_string()),
        Format::Text => {
            for (word, versions) in [("applied", &state.applied), ("pending", &state.pending)] {
                for version in versions {
                    console.line(format!("{word} {version}"));
                }
            }
        }
    }
    if state.pending.is_empty() { Ok(()) } else { Err(Failure::check_failed()) }
}

fn up(of: &Of, console: &mut Console) -> Result<(), Failure> {
    let made = of.store()?.migrate_up().map_err(|cause| Failure::input_output(cause.to_string()))?;
    match of.format {
        Format::Json => console.line(json!({ "made": made }).to_string()),
        Format::Text if made.is_empty() => console.line("nothing to do"),
        Format::Text => made.iter().for_each(|version| console.line(format!("made {version}"))),
    }
    Ok(())
}
