//! `config check` and `config show`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::console::{ConfigFile, Console, Failure, Format, load, now};
use crate::config::finding::{Finding, Severity};
use crate::config::{check, show};

#[derive(Args)]
#[command(after_help = "Example:\n  dmp-gateway config check --config gateway.toml")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Read everything the configuration names: files, certificates, stores; exit 1 if something is wrong
    #[command(after_help = "Example:\n  dmp-gateway config check --config gateway.toml --format json")]
    Check {
        #[command(flatten)]
        file: ConfigFile,
        /// How findings are written
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Print the configuration in force as TOML, secrets masked
    #[command(after_help = "Example:\n  dmp-gateway config show > gateway.toml")]
    Show {
        /// Configuration file (TOML); without one, the defaults
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

pub(super) fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    match &arguments.command {
        Command::Check { file, format } => check_all(file, *format, console),
        Command::Show { config } => {
            console.text(show::toml(load(config.as_deref())?.values()));
            Ok(())
        }
    }
}

/// A configuration that loads is coherent; what it names is read here.
fn check_all(file: &ConfigFile, format: Format, console: &mut Console) -> Result<(), Failure> {
    let config = file.load()?;
    let findings = check::everything_named(&config, now());
    for finding in &findings {
        match format {
            Format::Text => console.line(finding.to_string()),
            Format::Json => console.line(json(finding)),
        }
    }
    let failed = findings.iter().any(|finding| finding.severity == Severity::Error);
    if format == Format::Text && !failed {
        console.line("configuration: ok");
    }
    if failed { Err(Failure::check_failed()) } else { Ok(()) }
}

fn json(finding: &Finding) -> String {
    serde_json::json!({ "severity": finding.severity.as_str(), "place": finding.place, "text": finding.text })
        .to_string()
}
