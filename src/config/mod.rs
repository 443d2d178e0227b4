//! What a deployment may set: a TOML file, the environment over it, and each module's own settings built from both.
//!
//! Nobody below reads a file or the environment for settings: this module builds a `Settings` value for each of
//! them. One table, [`key::TABLE`], holds every key with its kind, default and meaning; reading, `config show` and
//! the message for an unknown key all come from it.

pub mod cda;
mod cda_files;
pub mod check;
pub mod codes;
pub mod environment;
pub mod file;
pub mod finding;
pub mod key;
pub mod settings;
pub mod show;
mod signature;
pub mod value;

use std::path::Path;

use crate::config::file::File;
use crate::config::finding::{Finding, Refused};
use crate::config::value::Values;

/// A configuration in force: every key has a value of its kind, and the values fit together.
#[derive(Debug, Clone)]
pub struct Config {
    file: File,
    values: Values,
}

impl Config {
    /// Reads `path` (without one: the defaults, their paths relative as they stand), then the variables over it.
    ///
    /// # Errors
    /// Every finding at once: unreadable file, unknown keys, values of the wrong kind, values that contradict each other.
    pub fn load(path: Option<&Path>, variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, Refused> {
        let mut findings = Vec::new();
        let mut values = Values::defaults();
        if let Some(path) = path {
            let text = std::fs::read_to_string(path).map_err(|cause| {
                Refused::of(Finding::error("--config", format!("cannot read {}: {cause}", path.display())))
            })?;
            file::overlay(&mut values, &text, &mut findings);
        }
        environment::overlay(&mut values, variables, &mut findings);
        if let Some(path) = path {
            values.resolve_paths(directory_of(path), &mut findings);
        }
        if !findings.is_empty() {
            return Err(Refused { findings });
        }
        let file = values.typed()?;
        let findings = check::contradictions(&file);
        if findings.is_empty() { Ok(Self { file, values }) } else { Err(Refused { findings }) }
    }

    /// The values, typed.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The values as they stand in the table of keys, with where each comes from.
    pub fn values(&self) -> &Values {
        &self.values
    }
}

/// Where relative paths start: beside the file, so that a configuration may be moved with its PKI.
fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
