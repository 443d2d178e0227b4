//! Log lines on standard error: text for people or one JSON object a line for programs.

use std::fmt;

use chrono::SecondsFormat;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::server::now;

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How a line is written.
    pub format: Format,
    /// A level, or directives by module.
    pub level: String,
}

/// Why logging cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The level is not one.
    #[error("not a log level or a list of directives: {0}")]
    Level(String),
    /// Somebody else logs already.
    #[error("logging was started twice")]
    Twice,
}

/// Starts logging for the process.
///
/// # Errors
/// [`LogError`].
pub fn start(settings: &Settings) -> Result<(), LogError> {
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter(&settings.level)?)
        .with_writer(std::io::stderr)
        // A line that cannot be written would be reported on the same standard error, which panics: whoever read the
        // log and went away would take the gateway's work with him.
        .log_internal_errors(false);
    match settings.format {
        Format::Text => lines.with_ansi(false).try_init(),
        Format::Json => lines.event_format(JsonLines).try_init(),
    }
    .map_err(|_| LogError::Twice)
}

/// Whether a level can be used.
///
/// # Errors
/// [`LogError::Level`].
pub fn check(level: &str) -> Result<(), LogError> {
    filter(level).map(drop)
}

fn filter(level: &str) -> Result<EnvFilter, LogError> {
    EnvFilter::builder().parse(level).map_err(|_| LogError::Level(level.to_owned()))
}

/// `ts`, `level`, `target`, `msg`, then the fields of the event.
struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Line(Map::new());
        line.put("ts", now().to_rfc3339_opts(SecondsFormat::Millis, true));
        line.put("level", event.metadata().level().as_str().to_ascii_lowercase());
        line.put("target", event.metadata().target());
        event.record(&mut line);
        writeln!(out, "{}", Value::Object(line.0))
    }
}

struct Line(Map<String, Value>);

impl Line {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        let name = if name == "message" { "msg" } else { name };
        self.0.insert(name.to_owned(), value.into());
    }
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field.name(), format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::{JsonLines, check};

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_json_line_is_one_object_with_the_promised_names() {
        let memory = Memory::default();
        let writer = memory.clone();
        let lines = tracing_subscriber::fmt().event_format(JsonLines).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(lines, || {
            tracing::info!(transaction = "ITI-41", duration_ms = 12_u64, text = %"two\nlines", "answered");
        });
        let written = String::from_utf8(memory.0.lock().unwrap().clone()).unwrap();
        assert_eq!(written.lines().count(), 1, "{written}");
        let line: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(line["msg"], "answered");
        assert_eq!(line["level"], "info");
        assert_eq!(line["transaction"], "ITI-41");
        assert_eq!(line["duration_ms"], 12);
        assert_eq!(line["text"], "two\nlines");
        assert!(line["ts"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn a_level_that_is_none_is_refused() {
        assert!(check("info").is_ok() && check("info,dmp_gateway::storage=debug").is_ok());
        assert!(check("dmp_gateway=loud").is_err());
    }
}
