//! `patient add`: make patient identifiers known, so that documents may be deposited for them.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::console::{ConfigFile, Console, Failure, Format, now};
use crate::config::Config;
use crate::datatype::cx::PatientId;
use crate::storage::registry::merge::Standing;
use crate::storage::{StorageError, Store};

#[derive(Args)]
#[command(
    after_help = "Example:\n  dmp-gateway patient add --config gateway.toml 'IHERED-1994^^^&1.3.6.1.4.1.21367.13.20.1000&ISO'"
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make patient identifiers known
    #[command(after_help = "\
Example:
  dmp-gateway patient add --config gateway.toml '279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH'")]
    Add {
        #[command(flatten)]
        file: ConfigFile,
        /// How the answer is written
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
        /// Patient identifiers: ID^^^&OID&ISO, with or without a type after it
        #[arg(required = true, value_name = "CX")]
        identifiers: Vec<String>,
    },
}

pub(super) fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    match &arguments.command {
        Command::Add { file, format, identifiers } => {
            let config = file.load()?;
            let patients = read(&config, identifiers)?;
            let added = add(&config, &patients).map_err(|cause| Failure::input_output(cause.to_string()))?;
            let added = added.map_err(|place| {
                Failure::wrong_use(format!("patient identifier {}: it was merged into another one", place + 1))
            })?;
            let before = patients.len() - added;
            // Counts only: what is printed here may end in a log.
            console.line(match format {
                Format::Json => json!({ "added": added, "known_before": before }).to_string(),
                Format::Text => format!("{added} made known, {before} known before"),
            });
            Ok(())
        }
    }
}

/// All or none: the position says which is malformed, since the identifier itself is not to be repeated.
fn read(config: &Config, identifiers: &[String]) -> Result<Vec<PatientId>, Failure> {
    let taken = &config.file().domain.assigning_authorities;
    let read = |(at, text): (usize, &String)| {
        let refuse = |cause: String| Failure::wrong_use(format!("patient identifier {}: {cause}", at + 1));
        let patient = PatientId::parse(text).map_err(|_| refuse("expected ID^^^&OID&ISO".to_owned()))?;
        if taken.contains(patient.authority()) {
            Ok(patient)
        } else {
            Err(refuse(format!("{} is not among domain.assigning_authorities", patient.authority())))
        }
    };
    identifiers.iter().enumerate().map(read).collect()
}

/// All or none: an identifier that was merged into another one is not made known again.
fn add(config: &Config, patients: &[PatientId]) -> Result<Result<usize, usize>, StorageError> {
    let (store, at) = (Store::open(&config.storage())?, now());
    store.write("patient add", |writer| {
        for (place, patient) in patients.iter().enumerate() {
            if let Standing::MergedInto(_) = writer.standing(patient)? {
                return Ok(Err(place));
            }
        }
        let mut added = 0;
        for patient in patients {
            added += usize::from(writer.know_patient(patient, at)?);
        }
        Ok(Ok(added))
    })
}
