//! The values of query parameters. Spec: ITI TF-2: 3.18.4.1.2.3.3.
//!
//! ```text
//! value   = literal / "(" literal *( "," literal ) ")"     ; white space between tokens is taken
//! literal = number / "'" *( character / "''" ) "'"
//! number  = 1*DIGIT
//! ```

/// One literal, its quotes undone.
#[derive(Clone, PartialEq, Eq)]
pub struct Literal {
    /// The text.
    pub text: String,
    /// Whether it stood in quotes.
    pub quoted: bool,
}

/// Hides the text: it may name a patient.
impl std::fmt::Debug for Literal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Literal(…)")
    }
}

/// What kept a value from being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// Neither a quote nor a digit where a literal begins.
    #[error("a text stands in single quotes, a number is digits only")]
    NotALiteral,
    /// The text ends inside quotes.
    #[error("a quote is not closed; a quote inside a text is doubled")]
    OpenQuote,
    /// The text ends inside parentheses, or something else than a comma stands between literals.
    #[error("a list is literals between commas, in parentheses")]
    OpenList,
    /// Something follows the value.
    #[error("something follows the value")]
    Trailing,
}

/// Reads one `Value`: a literal or a list of them.
///
/// # Errors
/// [`SyntaxError`], never with the text in it.
pub fn parse(value: &str) -> Result<Vec<Literal>, SyntaxError> {
    let mut rest = value.trim();
    let mut literals = Vec::with_capacity(1);
    match rest.strip_prefix('(') {
        None => literals.push(literal(&mut rest)?),
        Some(inside) => {
            rest = inside;
            loop {
                rest = rest.trim_start();
                literals.push(literal(&mut rest)?);
                rest = rest.trim_start();
                match rest.strip_prefix(',') {
                    Some(more) => rest = more,
                    None => break,
                }
            }
            rest = rest.strip_prefix(')').ok_or(SyntaxError::OpenList)?;
        }
    }
    if rest.trim().is_empty() { Ok(literals) } else { Err(SyntaxError::Trailing) }
}

fn literal(rest: &mut &str) -> Result<Literal, SyntaxError> {
    if let Some(inside) = rest.strip_prefix('\'') {
        return quoted(inside, rest);
    }
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
    *rest = after;
    if digits.is_empty() {
        Err(SyntaxError::NotALiteral)
    } else {
        Ok(Literal { text: digits.to_owned(), quoted: false })
    }
}

fn quoted<'v>(mut inside: &'v str, rest: &mut &'v str) -> Result<Literal, SyntaxError> {
    let mut text = String::with_capacity(inside.len());
    loop {
        let (before, after) = inside.split_once('\'').ok_or(SyntaxError::OpenQuote)?;
        text.push_str(before);
        let Some(more) = after.strip_prefix('\'') else {
            *rest = after;
            return Ok(Literal { text, quoted: true });
        };
        text.push('\'');
        inside = more;
    }
}

#[cfg(test)]
mod tests {
    use super::{SyntaxError, parse};
    use proptest::prelude::{prop_assert_eq, proptest};

    fn texts(value: &str) -> Result<Vec<String>, SyntaxError> {
        parse(value).map(|literals| literals.into_iter().map(|literal| literal.text).collect())
    }

    #[test]
    fn a_value_is_a_literal_or_a_list_of_them() {
        let check = |value: &str, expected: &[&str]| {
            assert_eq!(texts(value).unwrap(), expected, "{value}");
        };
        check("'x'", &["x"]);
        check("20041224", &["20041224"]);
        check("('a')", &["a"]);
        check("('a','b')", &["a", "b"]);
        check(" ( 'a' , 'b' ) ", &["a", "b"]);
        check("('a',2005,'b')", &["a", "2005", "b"]);
        check("''", &[""]);
    }

    #[test]
    fn commas_parentheses_and_doubled_quotes_may_stand_inside_quotes() {
        assert_eq!(texts("'Children''s'").unwrap(), ["Children's"]);
        assert_eq!(texts("('a,b','c)d','(''e'')')").unwrap(), ["a,b", "c)d", "('e')"]);
        assert_eq!(texts("''''").unwrap(), ["'"]);
    }

    #[test]
    fn what_is_no_value_is_refused_by_name() {
        for (value, expected) in [
            ("", SyntaxError::NotALiteral),
            ("()", SyntaxError::NotALiteral),
            ("abc", SyntaxError::NotALiteral),
            ("urn:x", SyntaxError::NotALiteral),
            ("('a',)", SyntaxError::NotALiteral),
            ("'a", SyntaxError::OpenQuote),
            ("'a''", SyntaxError::OpenQuote),
            ("('a'", SyntaxError::OpenList),
            ("('a' 'b')", SyntaxError::OpenList),
            ("('a';'b')", SyntaxError::OpenList),
            ("'a' 'b'", SyntaxError::Trailing),
            ("'a','b'", SyntaxError::Trailing),
            ("('a'))", SyntaxError::Trailing),
            ("12x", SyntaxError::Trailing),
        ] {
            assert_eq!(texts(value), Err(expected), "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_its_quotes(text in ".{0,40}", other in ".{0,10}") {
            let quote = |text: &str| format!("'{}'", text.replace('\'', "''"));
            let list = format!("({}, {})", quote(&text), quote(&other));
            prop_assert_eq!(texts(&list), Ok(vec![text.clone(), other]));
            prop_assert_eq!(texts(&quote(&text)), Ok(vec![text]));
        }

        #[test]
        fn no_text_makes_the_reader_panic(value in ".{0,40}") {
            let _ = parse(&value);
        }
    }
}
