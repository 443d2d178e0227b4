//! `pki init`: the test PKI on disk.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use crate::cli::console::{Console, Failure};
use crate::security::pki::issue::{IssueError, PkiFile, test_pki};

#[derive(Args)]
#[command(after_help = "Example:\n  dmp-gateway pki init pki")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a test PKI: authorities, cards, structures, server; never over files that are there
    #[command(after_help = "Example:\n  dmp-gateway pki init pki\n  ls pki/cards")]
    Init {
        /// Directory to make; it must be absent or empty
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
}

pub(super) fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let Command::Init { directory } = &arguments.command;
    #[expect(clippy::disallowed_methods, reason = "the command line is part of the shell")]
    let now = Utc::now();
    match init(directory, now) {
        Ok(()) => {
            console.line(format!("test PKI in {}: cards/NAME, organisations/NAME, index.toml", directory.display()));
            Ok(())
        }
        Err(error @ InitError::NotEmpty(_)) => Err(Failure::wrong_use(error.to_string())),
        Err(error @ (InitError::Write { .. } | InitError::Issue(_))) => Err(Failure::input_output(error.to_string())),
    }
}

/// Why a test PKI was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum InitError {
    /// Nothing is written over files that are there.
    #[error("{0} is not empty: nothing is overwritten; name another directory or remove it first")]
    NotEmpty(String),
    #[error("{path}: {source}")]
    Write { path: String, source: io::Error },
    #[error(transparent)]
    Issue(#[from] IssueError),
}

/// Makes the test PKI in a directory that is absent or empty. Private keys are readable by their owner only.
pub(super) fn init(directory: &Path, now: DateTime<Utc>) -> Result<(), InitError> {
    if std::fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(InitError::NotEmpty(directory.display().to_string()));
    }
    for file in test_pki(now)? {
        let path = directory.join(&file.path);
        write(&path, &file).map_err(|source| InitError::Write { path: path.display().to_string(), source })?;
    }
    Ok(())
}

fn write(path: &Path, file: &PkiFile) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        DirBuilder::new().recursive(true).create(parent)?;
    }
    let mode = if file.secret { 0o600 } else { 0o644 };
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?.write_all(&file.content)
}

#[cfg(test)]
mod tests {
    use super::{InitError, init};
    use chrono::DateTime;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn keys_are_readable_by_their_owner_only_and_nothing_is_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let pki = directory.path().join("pki");
        init(&pki, DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000)).unwrap();
        let mode = |path: &str| std::fs::metadata(pki.join(path)).unwrap().permissions().mode() & 0o777;
        for key in ["ca/root.key", "server/tls.key", "cards/medecin/sign.key", "organisations/hopital/auth.key"] {
            assert_eq!(mode(key), 0o600, "{key}");
        }
        assert_eq!(mode("trust.pem") & 0o444, 0o444);
        assert!(matches!(init(&pki, DateTime::UNIX_EPOCH), Err(InitError::NotEmpty(_))));
    }
}
