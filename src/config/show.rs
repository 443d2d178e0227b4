//! `config show`: the configuration in force as a TOML file that would give it, secrets masked.

use std::fmt::Write as _;

use toml::Value;

use crate::config::key::{Key, Kind, SECTIONS, TABLE, Unset};
use crate::config::value::{Source, Values};
use crate::storage::secret;

/// Writes every key with its meaning; those that are not set stand as comments.
pub fn toml(values: &Values) -> String {
    let mut out = String::new();
    for (section, about) in SECTIONS {
        // Writing to a `String` does not fail.
        let _ = writeln!(out, "# {about}.\n[{section}]");
        for key in TABLE.iter().filter(|key| key.section == *section) {
            let _ = writeln!(out, "# {}.{}", capital(key.meaning), limits(key.kind));
            let _ = match (values.get(key), key.unset) {
                (Some((value, source)), _) => {
                    writeln!(out, "{} = {}{}", key.name, shown(key, value), origin(key, source))
                }
                (None, Unset::Default(example) | Unset::Absent(example)) => writeln!(out, "# {} = {example}", key.name),
            };
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn shown(key: &Key, value: &Value) -> String {
    match (key.kind, value) {
        (Kind::Location, Value::String(url)) => Value::String(secret::mask(url)).to_string(),
        _ => value.to_string(),
    }
}

fn origin(key: &Key, source: &Source) -> String {
    match source {
        Source::Default | Source::File(_) => String::new(),
        Source::Environment => format!("  # from {}", key.variable()),
    }
}

fn limits(kind: Kind) -> String {
    match kind {
        Kind::Choice(words) => format!(" One of {}.", words.join(", ")),
        Kind::Number { least, most } => format!(" From {least} to {most}."),
        Kind::Address
        | Kind::Flag
        | Kind::Location
        | Kind::Oid
        | Kind::Oids
        | Kind::PathName
        | Kind::Paths
        | Kind::Text
        | Kind::Texts => String::new(),
    }
}

fn capital(text: &str) -> String {
    // A meaning that opens with a word of the file (`json: …`) or a path keeps it as it is written.
    let first_word = text.split([' ', ',']).next().unwrap_or_default();
    if first_word.ends_with(':') || first_word.contains("://") {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
