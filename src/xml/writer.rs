//! Writing: pushes into one growing buffer, with the two escapes that XML needs.
//!
//! Answers are written by hand so that prefixes and attribute order are the ones that string-matching
//! clients expect; every value passes through [`push_text`] or [`push_attribute`].

/// Appends character data, escaping what XML reserves. Characters that XML 1.0 cannot carry become U+FFFD.
pub fn push_text(out: &mut Vec<u8>, text: &str) {
    push_escaped(out, text, false);
}

/// Appends ` name="value"`.
pub fn push_attribute(out: &mut Vec<u8>, name: &str, value: &str) {
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    push_escaped(out, value, true);
    out.push(b'"');
}

/// Appends `<name>text</name>`.
pub fn push_element(out: &mut Vec<u8>, name: &str, text: &str) {
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
    push_text(out, text);
    out.extend_from_slice(b"</");
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}

fn push_escaped(out: &mut Vec<u8>, text: &str, attribute: bool) {
    let bytes = text.as_bytes();
    let mut plain = 0;
    for (at, character) in text.char_indices() {
        let replacement: &[u8] = match character {
            '&' => b"&amp;",
            '<' => b"&lt;",
            '>' => b"&gt;",
            '"' if attribute => b"&quot;",
            '\t' if attribute => b"&#9;",
            '\n' if attribute => b"&#10;",
            '\r' => b"&#13;",
            '\t' | '\n' => continue,
            '\u{fffe}' | '\u{ffff}' => "\u{fffd}".as_bytes(),
            control if control < ' ' => "\u{fffd}".as_bytes(),
            _ => continue,
        };
        out.extend_from_slice(bytes.get(plain..at).unwrap_or_default());
        out.extend_from_slice(replacement);
        plain = at + character.len_utf8();
    }
    out.extend_from_slice(bytes.get(plain..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::{push_attribute, push_element};

    #[test]
    fn what_is_written_is_what_a_parser_reads_back() {
        let value = "a<b>&\"'\t\n\r é\u{1f600}";
        let mut out = b"<x".to_vec();
        push_attribute(&mut out, "y", value);
        out.push(b'>');
        push_element(&mut out, "z", value);
        out.extend_from_slice(b"</x>");
        let text = String::from_utf8(out).unwrap();
        let tree = roxmltree::Document::parse(&text).unwrap();
        assert_eq!(tree.root_element().attribute("y"), Some(value));
        assert_eq!(tree.root_element().first_child().unwrap().text(), Some(value));
    }

    #[test]
    fn a_control_character_becomes_the_replacement_character() {
        let mut out = Vec::new();
        push_element(&mut out, "z", "a\u{1}b");
        assert_eq!(out, "<z>a\u{fffd}b</z>".as_bytes());
    }
}
