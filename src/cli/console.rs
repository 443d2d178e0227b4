//! Standard output and standard error, and how a sub-command ends.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};

use crate::config::{Config, environment};

/// Where a sub-command writes. A reader that went away (`| head`) is no failure.
pub(super) struct Console {
    out: io::Stdout,
    err: io::Stderr,
}

impl Console {
    pub(super) fn new() -> Self {
        Self { out: io::stdout(), err: io::stderr() }
    }

    /// One line of what was asked for.
    pub(super) fn line(&mut self, text: impl AsRef<str>) {
        self.text(text);
        self.text("\n");
    }

    /// Text that ends its lines itself.
    pub(super) fn text(&mut self, text: impl AsRef<str>) {
        let _ = self.out.write_all(text.as_ref().as_bytes());
    }

    /// One line beside what was asked for.
    pub(super) fn note(&mut self, text: impl AsRef<str>) {
        let _ = writeln!(self.err, "{}", text.as_ref());
    }

    /// Says why a sub-command ends without success.
    pub(super) fn report(&mut self, failure: &Failure) -> ExitCode {
        let _ = self.out.flush();
        if !failure.sentence.is_empty() {
            self.note(format!("dmp-gateway: {}", failure.sentence));
        }
        ExitCode::from(failure.exit as u8)
    }
}

/// How a sub-command ends when not well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exit {
    /// What was checked is not good.
    CheckFailed = 1,
    /// The arguments, or what they name, make no sense.
    WrongUse = 2,
    /// A file, the network or the database did not do as asked.
    InputOutput = 3,
    /// The other side said no.
    Refused = 4,
}

/// Why a sub-command ends without success: one sentence, or none when the report said it all.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    sentence: String,
}

impl Failure {
    /// The report on standard output says what is wrong.
    pub(super) fn check_failed() -> Self {
        Self { exit: Exit::CheckFailed, sentence: String::new() }
    }

    /// What was checked is not good, in words.
    pub(super) fn check_failed_for(sentence: impl Into<String>) -> Self {
        Self { exit: Exit::CheckFailed, sentence: sentence.into() }
    }

    pub(super) fn wrong_use(sentence: impl Into<String>) -> Self {
        Self { exit: Exit::WrongUse, sentence: sentence.into() }
    }

    pub(super) fn input_output(sentence: impl Into<String>) -> Self {
        Self { exit: Exit::InputOutput, sentence: sentence.into() }
    }

    pub(super) fn refused(sentence: impl Into<String>) -> Self {
        Self { exit: Exit::Refused, sentence: sentence.into() }
    }
}

/// The wall clock of the command line; below it time is an argument.
#[expect(clippy::disallowed_methods, reason = "the command line is where time comes in")]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs: one object a line
    Json,
}

/// The configuration a sub-command works with.
#[derive(Args)]
pub(super) struct ConfigFile {
    /// Configuration file (TOML); `DMP__SECTION__KEY` in the environment stands over it
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl ConfigFile {
    pub(super) fn load(&self) -> Result<Config, Failure> {
        load(Some(&self.config))
    }
}

/// Reads a configuration, or says everything that is wrong with it.
pub(super) fn load(path: Option<&std::path::Path>) -> Result<Config, Failure> {
    Config::load(path, environment::variables()).map_err(|refused| {
        let unreadable = refused.findings.iter().any(|finding| finding.place == "--config");
        let exit = if unreadable { Exit::InputOutput } else { Exit::WrongUse };
        Failure { exit, sentence: format!("the configuration cannot be used\n{refused}") }
    })
}
