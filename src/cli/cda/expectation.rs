//! What a rule expects, in French. Rules say it once, in English and in names of elements; this is a dictionary of their phrases.
//!
//! Help is written in both languages by hand. An expectation is made of names, values and a few dozen phrases, so it is put into
//! French phrase by phrase; where a word of English would be left over, the whole stays English.

use std::borrow::Cow;
use std::sync::LazyLock;

/// Words that show that a text was not understood.
const ENGLISH: &[&str] = &[
    "a", "an", "the", "that", "which", "is", "are", "not", "only", "with", "of", "or", "and", "be", "has", "have",
    "each", "every", "must", "than", "when", "beside", "no", "without", "where", "there",
];

/// Phrases with what they become, longest first.
static PHRASES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let lines = include_str!("expectation.tsv").lines().filter(|line| !line.starts_with('#'));
    let mut phrases: Vec<_> = lines.filter_map(|line| line.split_once('\t')).collect();
    phrases.sort_by_key(|(english, _)| std::cmp::Reverse(english.len()));
    phrases
});

/// The expectation in French, or as it is.
pub(super) fn french(expected: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(expected.len() + 16);
    let mut rest = expected;
    // What was not put into French, a line for each stretch of it.
    let mut left = String::new();
    while let Some(next) = rest.chars().next() {
        let at_word = out.chars().next_back().is_none_or(|last| !in_word(last)) || !in_word(next);
        let phrase = PHRASES.iter().filter(|_| at_word).find_map(|(english, french)| {
            let after = rest.strip_prefix(english)?;
            let ends = !english.ends_with(in_word) || !after.starts_with(in_word);
            ends.then_some((after, *french))
        });
        if let Some((after, french)) = phrase {
            out.push_str(french);
            left.push('\n');
            rest = after;
        } else {
            out.push(next);
            left.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
    }
    let is_english = left.split([' ', '\n', ',', ';', ':']).any(|word| ENGLISH.contains(&word));
    if is_english { Cow::Borrowed(expected) } else { Cow::Owned(out) }
}

/// What may stand within a name of XML, a code or an OID.
fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '.' | '/' | '@' | '_' | '\'' | '"')
}

#[cfg(test)]
mod tests {
    use super::{ENGLISH, PHRASES, french};

    #[test]
    fn phrases_become_french_and_names_stay() {
        for (english, expected) in [
            ("one of: title, text, of", "l'un de : title, text, de"),
            (
                "exactly 1 author without nullFlavor and that holds assignedAuthor",
                "exactement 1 author sans nullFlavor et qui contient assignedAuthor",
            ),
            (
                "@code is a code of J07 (nearest: 11488-4, CR)",
                "@code est un code de J07 (le plus proche : 11488-4, CR)",
            ),
            ("@use one of H, HP, or none", "@use parmi H, HP, ou rien"),
            ("at most 20971520 bytes, not 1099511627776", "au plus 20971520 octets, et non 1099511627776"),
            ("component/section[template('1.2.3')], once", "component/section[template('1.2.3')], une fois"),
            ("application/pdf, text/plain", "application/pdf, text/plain"),
            ("nothing more", "rien de plus"),
            ("the attribute moodCode", "l'attribut moodCode"),
        ] {
            assert_eq!(french(english), expected);
        }
    }

    #[test]
    fn what_is_not_understood_stays_whole() {
        let unknown = "a participant that was never heard of";
        assert_eq!(french(unknown), unknown);
        assert_eq!(french("offset"), "offset", "a word is not cut");
        assert_eq!(french("code=\"or\""), "code=\"or\"");
    }

    #[test]
    fn every_phrase_stands_once() {
        let mut seen = std::collections::BTreeSet::new();
        for (english, french) in PHRASES.iter() {
            assert!(seen.insert(english), "{english} stands twice");
            assert!(
                !french.is_empty() && !french.split(' ').any(|word| ENGLISH.contains(&word) && word != "a"),
                "{french}"
            );
        }
    }
}
