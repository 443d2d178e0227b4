//! The words of an expression. Spec: `XPath` 1.0 §3.7.

/// A word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token<'e> {
    /// A name, an operator that is written as one, or `*`; with its prefix.
    Name {
        /// Before the colon.
        prefix: Option<&'e str>,
        /// The local name; `*` for any.
        local: &'e str,
    },
    /// `$name`
    Variable(&'e str),
    /// A string.
    Literal(&'e str),
    /// A number.
    Number(f64),
    /// Everything else.
    Sign(&'static str),
    /// The end.
    End,
}

/// Why an expression is none: the byte where it was seen, and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cda) struct Fault {
    /// The byte of the expression.
    pub(in crate::cda) at: usize,
    /// The reason.
    pub(in crate::cda) reason: String,
}

impl Fault {
    pub(super) fn new(at: usize, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into() }
    }
}

/// Longest first, so that none hides another.
const SIGNS: [&str; 19] =
    ["//", "..", "::", "!=", "<=", ">=", "/", ".", "(", ")", "[", "]", "@", ",", "|", "+", "-", "=", "<"];

/// Every word with the byte where it begins; the last is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token<'_>)>, Fault> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or("");
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        at += blank;
        let rest = rest.get(blank..).unwrap_or("");
        if rest.is_empty() {
            found.push((at, Token::End));
            return Ok(found);
        }
        let (token, length) = word(rest).map_err(|reason| Fault::new(at, reason))?;
        found.push((at, token));
        at += length;
    }
}

fn word(rest: &str) -> Result<(Token<'_>, usize), String> {
    let first = rest.chars().next().unwrap_or(' ');
    let second = rest.chars().nth(1).unwrap_or(' ');
    if first == '"' || first == '\'' {
        let inside = rest.get(1..).unwrap_or("");
        let end = inside.find(first).ok_or("a string that does not end")?;
        return Ok((Token::Literal(inside.get(..end).unwrap_or("")), end + 2));
    }
    if first.is_ascii_digit() || (first == '.' && second.is_ascii_digit()) {
        let length = number_length(rest);
        let number = rest.get(..length).and_then(|digits| digits.parse().ok()).ok_or("no number")?;
        return Ok((Token::Number(number), length));
    }
    if first == '$' {
        let length = name_length(rest.get(1..).unwrap_or(""));
        let name = rest.get(1..=length).filter(|name| !name.is_empty()).ok_or("no name after $")?;
        return Ok((Token::Variable(name), length + 1));
    }
    if first == '*' {
        return Ok((Token::Name { prefix: None, local: "*" }, 1));
    }
    let length = name_length(rest);
    if length > 0 {
        return Ok(name(rest, length));
    }
    if first == '>' && second != '=' {
        return Ok((Token::Sign(">"), 1));
    }
    let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign)).ok_or_else(|| format!("`{first}` has no meaning"))?;
    Ok((Token::Sign(sign), sign.len()))
}

/// A name of that length, with what follows it after a single colon.
fn name(rest: &str, length: usize) -> (Token<'_>, usize) {
    let first = rest.get(..length).unwrap_or("");
    let Some(after) = rest.get(length..).and_then(|after| after.strip_prefix(':')) else {
        return (Token::Name { prefix: None, local: first }, length);
    };
    let second = if after.starts_with('*') { 1 } else { name_length(after) };
    match after.get(..second) {
        Some(local) if second > 0 => (Token::Name { prefix: Some(first), local }, length + 1 + second),
        _ => (Token::Name { prefix: None, local: first }, length),
    }
}

/// The bytes of the name at the beginning of a text.
fn name_length(text: &str) -> usize {
    let starts = |first: char| first.is_alphabetic() || first == '_';
    if !text.starts_with(starts) {
        return 0;
    }
    text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '\u{b7}'))).unwrap_or(text.len())
}

fn number_length(text: &str) -> usize {
    let whole = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    match text.get(whole..).and_then(|rest| rest.strip_prefix('.')) {
        Some(rest) => whole + 1 + rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()),
        None => whole,
    }
}
