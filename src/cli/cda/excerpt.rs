//! The line of a document that a finding speaks of, cut around the place, with a caret under it.
//!
//! Nothing of a document steers a terminal: control characters and those that turn the direction of writing are replaced.

/// Characters of a line that are shown.
const SHOWN: usize = 96;
/// Of them, those before the place.
const BEFORE: usize = 32;

/// Finds lines of one text. Asked in ascending order it reads the text once.
pub(super) struct Lines<'t> {
    text: &'t str,
    line: u32,
    start: usize,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, line: 1, start: 0 }
    }

    /// A line, from 1, without its end.
    fn line(&mut self, number: u32) -> Option<&'t str> {
        if number < self.line {
            (self.line, self.start) = (1, 0);
        }
        while self.line < number {
            let rest = self.text.as_bytes().get(self.start..)?;
            self.start += memchr::memchr(b'\n', rest)? + 1;
            self.line += 1;
        }
        let rest = self.text.get(self.start..)?;
        let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        rest.get(..end).map(|line| line.trim_end_matches('\r'))
    }

    /// The lines that show a place: what stands there, and a caret below the column. Nothing when the place is empty.
    pub(super) fn excerpt(&mut self, line: u32, column: u32) -> Option<String> {
        let whole = self.line(line)?;
        if whole.trim().is_empty() {
            return None;
        }
        let at = column.saturating_sub(1) as usize;
        let skipped = if at < SHOWN - BEFORE / 2 { 0 } else { at - BEFORE };
        let rest = skip(whole, skipped);
        let (shown, left) = match rest.char_indices().nth(SHOWN) {
            Some((end, _)) => (rest.get(..end).unwrap_or_default(), true),
            None => (rest, false),
        };
        let opening = if skipped > 0 { "…" } else { "" };
        let closing = if left { "…" } else { "" };
        let margin = format!("{line:>6} | ");
        let indent = " ".repeat(at - skipped + usize::from(skipped > 0));
        Some(format!("{margin}{opening}{}{closing}\n       | {indent}^\n", printable(shown.trim_end())))
    }
}

/// A text without its first characters. `Chars::nth` strides over long texts.
fn skip(text: &str, count: usize) -> &str {
    let mut characters = text.chars();
    if let Some(last) = count.checked_sub(1) {
        characters.nth(last);
    }
    characters.as_str()
}

/// A text that a terminal shows as it is, in one line and in as many columns as it has characters.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => ' ',
            c if c.is_control() => '\u{fffd}',
            // Marks that turn the direction of writing, join, or have no width.
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => '\u{fffd}',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Lines, SHOWN, printable};

    #[test]
    fn the_line_is_shown_with_a_caret_below_the_column() {
        let mut lines = Lines::of("<a>\r\n\t<é b='1'/>\n</a>");
        assert_eq!(lines.excerpt(2, 2).unwrap(), "     2 |  <é b='1'/>\n       |  ^\n");
        assert_eq!(lines.excerpt(3, 1).unwrap(), "     3 | </a>\n       | ^\n");
        assert_eq!(lines.excerpt(1, 1).unwrap(), "     1 | <a>\n       | ^\n");
        assert_eq!(lines.excerpt(4, 1), None);
        assert_eq!(Lines::of("").excerpt(1, 1), None);
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}<b/>{}", "é".repeat(100_000), "x".repeat(100_000));
        let shown = Lines::of(&text).excerpt(1, 100_001).unwrap();
        let (line, caret) = shown.split_once('\n').unwrap();
        let place = caret.trim_end().chars().count() - 1;
        assert_eq!(line.chars().skip(place).take(4).collect::<String>(), "<b/>");
        assert!(line.chars().count() < SHOWN + 12, "{line}");
        assert!(line.ends_with('…') && line.contains("| …é"), "{line}");
    }

    #[test]
    fn nothing_of_a_document_steers_the_terminal() {
        assert_eq!(printable("a\u{1b}[2J\u{9b}31m\tb\u{202e}c\u{7}"), "a\u{fffd}[2J\u{fffd}31m b\u{fffd}c\u{fffd}");
        assert_eq!(printable("Été ≥ 日本"), "Été ≥ 日本");
    }
}
