//! Language tags. Spec: ITI TF-3: 4.2.3.2.13, RFC 5646.

use crate::datatype::checked_text;

checked_text!(
    /// A language tag such as `fr-FR` or `art`.
    Language, kind: "languageCode", expected: "a language tag such as fr-FR", check: is_language, debug: shown
);

fn is_language(text: &str) -> bool {
    let part = |part: &str, alphabetic: bool| {
        (1..=8).contains(&part.len())
            && part.bytes().all(|b| if alphabetic { b.is_ascii_alphabetic() } else { b.is_ascii_alphanumeric() })
    };
    let mut parts = text.split('-');
    parts.next().is_some_and(|first| part(first, true)) && parts.all(|rest| part(rest, false))
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn a_language_tag_has_short_parts() {
        for good in ["fr", "fr-FR", "art", "en-us", "de-CH-1996"] {
            assert!(Language::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "fr_FR", "français", "fr-", "abcdefghi"] {
            assert!(Language::parse(bad).is_err(), "{bad}");
        }
    }
}
