//! The language of a report for people, and its words.

use std::borrow::Cow;

use clap::ValueEnum;

use crate::cda::document::{Level, Wrapper};
use crate::cda::report::SchemaVerdict;
use crate::cda::rule::{Help, Severity};
use crate::cli::cda::expectation;

/// What people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    /// French
    Fr,
    /// English
    En,
}

impl Language {
    /// The language of an environment. Spec: POSIX.1-2017 XBD 8.2: the first of the three variables that is set decides.
    pub(super) fn of(variables: impl Iterator<Item = (String, String)>) -> Self {
        let mut set = [None, None, None];
        for (name, value) in variables {
            let place = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().position(|wanted| *wanted == name);
            if let Some(place) = place.and_then(|at| set.get_mut(at))
                && !value.is_empty()
            {
                *place = Some(value);
            }
        }
        let decides = set.into_iter().flatten().next().unwrap_or_default();
        if decides.to_ascii_lowercase().starts_with("fr") { Self::Fr } else { Self::En }
    }

    /// One of two words.
    pub(super) fn say<'a>(self, fr: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Fr => fr,
            Self::En => en,
        }
    }

    /// The sentence of a rule.
    pub(super) fn help(self, help: &Help) -> &str {
        self.say(&help.fr, &help.en)
    }

    /// What a rule expects.
    pub(super) fn expectation(self, expected: &str) -> Cow<'_, str> {
        match self {
            Self::Fr => expectation::french(expected),
            Self::En => Cow::Borrowed(expected),
        }
    }

    pub(super) fn severity(self, severity: Severity) -> &'static str {
        match severity {
            Severity::Error => self.say("erreur", "error"),
            Severity::Warning => self.say("avertissement", "warning"),
        }
    }

    pub(super) fn schema(self, schema: SchemaVerdict) -> &'static str {
        match schema {
            SchemaVerdict::Valid => self.say("schéma valide", "schema valid"),
            SchemaVerdict::Invalid => self.say("schéma non respecté", "schema invalid"),
            SchemaVerdict::Malformed => self.say("illisible comme CDA", "not readable as CDA"),
        }
    }

    pub(super) fn level(self, level: Level) -> &'static str {
        match level {
            Level::One => self.say("niveau 1", "level 1"),
            Level::Three => self.say("niveau 3", "level 3"),
        }
    }

    pub(super) fn wrapper(self, wrapper: Wrapper) -> Option<&'static str> {
        match wrapper {
            Wrapper::Bare => None,
            Wrapper::Stylesheet => Some(self.say("dans une feuille de style", "in a stylesheet")),
            Wrapper::Signature => {
                Some(self.say("signé, signature non vérifiée ici", "signed, the signature is not verified here"))
            }
        }
    }

    /// A number with its noun.
    pub(super) fn count(self, number: usize, fr: [&str; 2], en: [&str; 2]) -> String {
        let [one, many] = match self {
            Self::Fr => fr,
            Self::En => en,
        };
        let singular = number == 1 || (number == 0 && self == Self::Fr);
        format!("{number} {}", if singular { one } else { many })
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let of = |variables: &[(&str, &str)]| {
            Language::of(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
        };
        assert_eq!(of(&[("LANG", "fr_FR.UTF-8")]), Language::Fr);
        assert_eq!(of(&[("LANG", "fr_FR.UTF-8"), ("LC_ALL", "C.UTF-8")]), Language::En);
        assert_eq!(of(&[("LC_ALL", ""), ("LC_MESSAGES", "fr_BE"), ("LANG", "de_DE")]), Language::Fr);
        assert_eq!(of(&[]), Language::En);
    }
}
