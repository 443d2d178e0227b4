//! `DMP__SECTION__KEY` in the environment stands over the file.

use toml::Value;

use crate::config::finding::Finding;
use crate::config::key::{Kind, TABLE, nearest};
use crate::config::value::{Source, Values};

const PREFIX: &str = "DMP__";

/// The variables of this process that are UTF-8; ours are.
pub fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Sets what the variables say; others than ours are not looked at.
pub fn overlay(
    values: &mut Values,
    variables: impl IntoIterator<Item = (String, String)>,
    findings: &mut Vec<Finding>,
) {
    for (variable, text) in variables {
        let Some(written) = variable.strip_prefix(PREFIX) else { continue };
        if let Some(key) = TABLE.iter().find(|key| key.variable() == variable) {
            values.set(key, parse(key.kind, &text), Source::Environment, findings);
        } else {
            let (section, name) = written.split_once("__").unwrap_or((written, ""));
            let near = nearest(&section.to_ascii_lowercase(), &name.to_ascii_lowercase());
            let meant = near.replacen('.', "__", 1).to_ascii_uppercase();
            findings.push(Finding::error(variable, format!("unknown setting; the nearest is {PREFIX}{meant}")));
        }
    }
}

/// A variable is a text; the kind says what it stands for. A list is separated by commas.
fn parse(kind: Kind, text: &str) -> Value {
    let whole = || Value::String(text.to_owned());
    match kind {
        Kind::Flag => text.parse().map_or_else(|_| whole(), Value::Boolean),
        Kind::Number { .. } => text.parse().map_or_else(|_| whole(), Value::Integer),
        Kind::Oids | Kind::Paths | Kind::Texts => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
        }
        Kind::Address | Kind::Choice(_) | Kind::Location | Kind::Oid | Kind::PathName | Kind::Text => whole(),
    }
}
