//! The value of every key, untyped, with where it comes from.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use toml::Value;

use crate::config::file::File;
use crate::config::finding::{Finding, Refused};
use crate::config::key::{Key, Kind, TABLE, Unset, find};
use crate::datatype::oid::is_oid;

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The table of keys.
    Default,
    /// A line of the configuration file.
    File(usize),
    /// The environment variable of the key.
    Environment,
}

/// The values in force, by section and key. A key without a value is absent.
#[derive(Clone)]
pub struct Values(BTreeMap<(&'static str, &'static str), (Value, Source)>);

impl std::fmt::Debug for Values {
    /// Not the values: one may be a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

impl Values {
    /// What holds when nothing is set.
    pub fn defaults() -> Self {
        let default = |key: &'static Key| match key.unset {
            Unset::Default(text) => Some(((key.section, key.name), (of_toml(text), Source::Default))),
            Unset::Absent(_) => None,
        };
        Self(TABLE.iter().filter_map(default).collect())
    }

    /// Sets a key, or says why the value cannot stand there.
    pub fn set(&mut self, key: &'static Key, value: Value, source: Source, findings: &mut Vec<Finding>) {
        match fault(key.kind, &value) {
            Some(text) => findings.push(Finding::error(place(key, &source), text)),
            None => {
                self.0.insert((key.section, key.name), (value, source));
            }
        }
    }

    /// The value of a key and where it comes from.
    pub fn get(&self, key: &Key) -> Option<&(Value, Source)> {
        self.0.get(&(key.section, key.name))
    }

    /// Makes every path absolute, taking relative ones from `base`.
    pub fn resolve_paths(&mut self, base: &Path, findings: &mut Vec<Finding>) {
        for ((section, name), (value, source)) in &mut self.0 {
            let Some(key) = find(section, name) else { continue };
            let outcome = match (key.kind, &mut *value) {
                (Kind::PathName, Value::String(path)) => resolve(base, path),
                (Kind::Paths, Value::Array(paths)) => paths.iter_mut().try_for_each(|path| {
                    let Value::String(path) = path else { return Ok(()) };
                    resolve(base, path)
                }),
                (Kind::Location, Value::String(url)) => resolve_location(base, url),
                _ => Ok(()),
            };
            if let Err(cause) = outcome {
                findings.push(Finding::error(place(key, source), format!("the path cannot be made absolute: {cause}")));
            }
        }
    }

    /// The same values as the structs of [`File`].
    pub fn typed(&self) -> Result<File, Refused> {
        let mut table = toml::Table::new();
        for (section, _) in crate::config::key::SECTIONS {
            table.insert((*section).to_owned(), Value::Table(toml::Table::new()));
        }
        for ((section, name), (value, _)) in &self.0 {
            if let Some(Value::Table(keys)) = table.get_mut(*section) {
                keys.insert((*name).to_owned(), value.clone());
            }
        }
        table.try_into().map_err(|cause| Refused::of(Finding::error("configuration", cause.message())))
    }
}

/// A literal of the table of keys; its test parses every one.
pub(super) fn of_toml(text: &str) -> Value {
    format!("value = {text}")
        .parse::<toml::Table>()
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Why the value is not of that kind. The value itself is quoted only where it cannot be a secret.
pub(super) fn fault(kind: Kind, value: &Value) -> Option<String> {
    let good = match (kind, value) {
        (Kind::Address, Value::String(text)) => text.parse::<SocketAddr>().is_ok(),
        (Kind::Choice(words), Value::String(text)) => words.contains(&text.as_str()),
        (Kind::Flag, Value::Boolean(_)) | (Kind::Text, Value::String(_)) => true,
        (Kind::Location, Value::String(text)) => text.contains("://"),
        (Kind::Number { least, most }, Value::Integer(number)) => (least..=most).contains(number),
        (Kind::Oid, Value::String(text)) => is_oid(text),
        (Kind::Oids, Value::Array(items)) => {
            !items.is_empty() && items.iter().all(|item| item.as_str().is_some_and(is_oid))
        }
        (Kind::PathName, Value::String(text)) => !text.is_empty(),
        (Kind::Paths | Kind::Texts, Value::Array(items)) => {
            items.iter().all(|item| item.as_str().is_some_and(|text| !text.is_empty()))
        }
        _ => false,
    };
    let quoted = || format!("{}, found {value}", expected(kind));
    (!good).then(|| if kind == Kind::Location { expected(kind) } else { quoted() })
}

fn expected(kind: Kind) -> String {
    match kind {
        Kind::Address => "expected an IP address and a port such as 127.0.0.1:8443".to_owned(),
        Kind::Choice(words) => format!("expected one of {}", words.join(", ")),
        Kind::Flag => "expected true or false".to_owned(),
        Kind::Location => "expected a URL such as sqlite://var/registry.db".to_owned(),
        Kind::Number { least, most } => format!("expected a whole number from {least} to {most}"),
        Kind::Oid => "expected an OID such as 1.2.250.1.213.1.4.10".to_owned(),
        Kind::Oids => "expected a list of at least one OID".to_owned(),
        Kind::PathName => "expected the path of a file".to_owned(),
        Kind::Paths => "expected a list of paths".to_owned(),
        Kind::Text => "expected a text".to_owned(),
        Kind::Texts => "expected a list of texts".to_owned(),
    }
}

/// The key, and where it was set.
pub(super) fn place(key: &Key, source: &Source) -> String {
    match source {
        Source::Default => key.path(),
        Source::File(line) => format!("line {line}, {}", key.path()),
        Source::Environment => key.variable(),
    }
}

fn resolve(base: &Path, path: &mut String) -> std::io::Result<()> {
    let whole: PathBuf = std::path::absolute(base.join(&*path))?;
    *path = whole.into_os_string().into_string().map_err(|_| std::io::Error::other("it is not UTF-8"))?;
    Ok(())
}

/// `sqlite://` and `file://` name a path; other schemes stay as they are.
fn resolve_location(base: &Path, url: &mut String) -> std::io::Result<()> {
    for scheme in ["sqlite://", "file://"] {
        if let Some(path) = url.strip_prefix(scheme) {
            let mut path = path.to_owned();
            resolve(base, &mut path)?;
            *url = format!("{scheme}{path}");
            break;
        }
    }
    Ok(())
}
