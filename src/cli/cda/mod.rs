//! `cda validate`: the report on clinical documents that an editor works with every day.
//!
//! Every file is judged, whatever became of the others; what is printed stands in the order of the arguments.

mod excerpt;
mod expectation;
mod files;
mod judgement;
mod language;
mod pool;
mod progress;
mod render;
mod summary;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

use clap::{Args, Subcommand, ValueEnum};

use crate::cda::rule::Severity;
use crate::cda::validation::Validator;
use crate::cli::cda::files::Source;
use crate::cli::cda::judgement::{Judgement, Outcome, judge};
use crate::cli::cda::language::Language;
use crate::cli::cda::progress::Progress;
use crate::cli::cda::render::{json, junit, text};
use crate::cli::cda::summary::Summary;
use crate::cli::console::{Console, Failure, load};
use crate::config::codes::in_one_line;
use crate::config::environment;

#[derive(Args)]
#[command(after_help = "Example:\n  dmp-gateway cda validate document.xml")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judge clinical documents (CDA R2) by schema and by the French rules; exit 1 if one has an error
    #[command(after_help = "\
Examples:
  dmp-gateway cda validate --lang fr letter.xml
  dmp-gateway cda validate --format junit documents/ > report.xml
  dmp-gateway cda validate --format json documents/ | jq -r 'select(.verdict == \"fail\").file'

A folder is searched for *.xml, with what is below it; - is the standard input.
Exit codes: 0 no error, 1 a document has an error, 2 wrong use, 3 a file could not be read (all others are judged)")]
    Validate(Validate),
}

#[derive(Args)]
struct Validate {
    /// How findings are written
    #[arg(long, value_enum, default_value = "text")]
    format: ReportFormat,
    /// Language of the text; by default that of the environment (`LC_ALL`, `LC_MESSAGES`, `LANG`)
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    lang: Option<Language>,
    /// What makes the exit code 1
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,
    /// Configuration file whose section `cda` holds here too; without one, the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Documents judged at one time; by default one for each processor
    #[arg(long, value_name = "COUNT")]
    jobs: Option<NonZeroUsize>,
    /// Files and folders
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    /// For people, with the line of the document
    Text,
    /// For programs: one object a line
    Json,
    /// For continuous integration: `JUnit` XML
    Junit,
}

/// What a caller calls a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// An error
    Error,
    /// A warning, too
    Warning,
}

impl FailOn {
    /// The least that is a failure.
    fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
        }
    }
}

pub(super) fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let Command::Validate(arguments) = &arguments.command;
    validate(arguments, console)
}

fn validate(arguments: &Validate, console: &mut Console) -> Result<(), Failure> {
    let language = arguments.lang.unwrap_or_else(|| Language::of(environment::variables()));
    let settings = load(arguments.config.as_deref())?.cda();
    let settings = settings.map_err(|faults| Failure::wrong_use(in_one_line(&faults)))?;
    let validator = Validator::new(settings);
    validator.ready().map_err(|cause| Failure::wrong_use(cause.to_string()))?;
    let sources = files::expand(&arguments.files);
    let workers = arguments.jobs.or_else(|| available_parallelism().ok()).map_or(1, NonZeroUsize::get);

    let mut summary = Summary::default();
    let mut progress = Progress::new(sources.len());
    if arguments.format == ReportFormat::Junit {
        console.text(junit::OPENING);
    }
    let work = |source: &Source| {
        let judgement = judge(source, &validator, |judged| match arguments.format {
            ReportFormat::Text => text::document(judged, language),
            ReportFormat::Json => json::document(judged),
            ReportFormat::Junit => junit::document(judged, arguments.fail_on.severity(), language),
        });
        with_unreadable_told(judgement, source, arguments.format, language)
    };
    pool::in_order(&sources, workers, work, |judgement| {
        progress.clear();
        console.text(&judgement.rendered);
        // The text says it where people look already.
        if let (Outcome::Unreadable(cause), false) = (&judgement.outcome, arguments.format == ReportFormat::Text) {
            console.note(cause);
        }
        summary.add(&judgement);
        progress.show(summary.files(), summary.failed());
    });
    progress.clear();
    match arguments.format {
        ReportFormat::Junit => console.text(junit::CLOSING),
        ReportFormat::Text if summary.files() > 1 => console.text(summary.text(language)),
        ReportFormat::Text | ReportFormat::Json => {}
    }
    if summary.files() > 1 && arguments.format != ReportFormat::Text {
        console.note(summary.text(language).trim_end());
    }
    verdict(&summary, arguments)
}

/// A file that cannot be read stands in the report as well.
fn with_unreadable_told(judgement: Judgement, source: &Source, format: ReportFormat, language: Language) -> Judgement {
    let Outcome::Unreadable(cause) = &judgement.outcome else { return judgement };
    let name = source.name();
    let rendered = match format {
        ReportFormat::Text => text::unreadable(&name, cause, language),
        ReportFormat::Json => json::unreadable(&name, cause),
        ReportFormat::Junit => junit::unreadable(&name, cause),
    };
    Judgement { rendered, ..judgement }
}

fn verdict(summary: &Summary, arguments: &Validate) -> Result<(), Failure> {
    if summary.files() == 0 {
        return Err(Failure::wrong_use("there is no *.xml in what was named"));
    }
    if summary.unreadable() > 0 {
        return Err(Failure::input_output(format!(
            "{} of {} could not be read",
            summary.unreadable(),
            summary.files()
        )));
    }
    let failed = match arguments.fail_on {
        FailOn::Error => summary.failed() > 0,
        FailOn::Warning => summary.failed() + summary.warned() > 0,
    };
    if failed { Err(Failure::check_failed()) } else { Ok(()) }
}
