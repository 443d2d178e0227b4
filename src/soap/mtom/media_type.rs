//! The Content-Type of messages and parts. Spec: RFC 2045: 5.1, RFC 2387: 3.
//!
//! ```text
//! content-type = type "/" subtype *( ";" attribute "=" ( token / quoted-string ) ) [ ";" ]
//! ```

use crate::soap::mtom::refusal::PackageError;
use crate::soap::tolerance::Tolerance;

/// A media type with its parameters. Names are in lower case; values are as sent, without their quotes.
#[derive(Clone, PartialEq, Eq)]
pub struct MediaType {
    essence: String,
    parameters: Vec<(String, String)>,
    unquoted: bool,
}

/// How a message is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packaging {
    /// The envelope is the whole message.
    Simple,
    /// The envelope is the root part of a MIME package.
    Package,
}

/// What the service asks for, told in refusals.
pub const EXPECTED: &str = "application/soap+xml | multipart/related; type=\"application/xop+xml\"";

/// Media types under which a bare envelope is taken.
const SIMPLE: &[&str] = &["application/soap+xml", "application/octet-stream", "application/xml", "text/xml"];

impl MediaType {
    /// Reads a header value. `None` when it breaks the production or names a parameter twice.
    pub fn parse(value: &str) -> Option<Self> {
        let (essence, mut rest) = match value.split_once(';') {
            Some((essence, rest)) => (essence, rest),
            None => (value, ""),
        };
        let essence = essence.trim().to_ascii_lowercase();
        let (kind, subtype) = essence.split_once('/')?;
        if !is_token(kind) || !is_token(subtype) {
            return None;
        }
        let mut media_type = Self { essence, parameters: Vec::new(), unquoted: false };
        loop {
            rest = rest.trim_start_matches([' ', '\t', ';']);
            if rest.is_empty() {
                return Some(media_type);
            }
            rest = media_type.read_parameter(rest)?;
        }
    }

    fn read_parameter<'v>(&mut self, text: &'v str) -> Option<&'v str> {
        let (name, value) = text.split_once('=')?;
        let name = name.trim().to_ascii_lowercase();
        if !is_token(&name) || self.parameter(&name).is_some() {
            return None;
        }
        let value = value.trim_start_matches([' ', '\t']);
        let (value, rest) = if let Some(quoted) = value.strip_prefix('"') {
            read_quoted(quoted)?
        } else {
            let (bare, rest) = value.split_at(value.find(';').unwrap_or(value.len()));
            let bare = bare.trim_end_matches([' ', '\t']);
            // A stray quote would let two readers see two values.
            if bare.is_empty() || bare.contains('"') {
                return None;
            }
            self.unquoted |= !is_token(bare);
            (bare.to_owned(), rest)
        };
        self.parameters.push((name, value));
        let rest = rest.trim_start_matches([' ', '\t']);
        (rest.is_empty() || rest.starts_with(';')).then_some(rest)
    }

    /// `type/subtype` in lower case.
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The value of a parameter; the name in lower case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Decides how the message is packed.
    ///
    /// # Errors
    /// [`PackageError::MediaType`] for everything that holds no SOAP message, [`PackageError::Charset`] for another
    /// encoding than UTF-8.
    pub fn packaging(&self) -> Result<Packaging, PackageError> {
        if self.essence == "multipart/related" {
            return match self.parameter("type") {
                None => Ok(Packaging::Package),
                Some(kind) if kind.eq_ignore_ascii_case("application/xop+xml") => Ok(Packaging::Package),
                Some(_) => Err(PackageError::MediaType),
            };
        }
        if !SIMPLE.contains(&self.essence.as_str()) {
            return Err(PackageError::MediaType);
        }
        self.utf8().map(|()| Packaging::Simple)
    }

    /// Refuses a charset other than UTF-8 and its subset.
    pub(crate) fn utf8(&self) -> Result<(), PackageError> {
        match self.parameter("charset") {
            None => Ok(()),
            Some(name) if ["utf-8", "utf8", "us-ascii"].iter().any(|own| name.eq_ignore_ascii_case(own)) => Ok(()),
            Some(_) => Err(PackageError::Charset),
        }
    }

    /// The deviations in this header of a message, for the log.
    pub fn tolerated(&self) -> Vec<Tolerance> {
        let package = self.essence == "multipart/related";
        let start = self.parameter("start");
        [
            (!package && self.essence != "application/soap+xml", Tolerance::SimpleMediaType),
            (self.unquoted, Tolerance::UnquotedParameter),
            (package && self.parameter("type").is_none(), Tolerance::NoPackageType),
            (package && start.is_some_and(|start| !start.trim().starts_with('<')), Tolerance::BareStart),
        ]
        .into_iter()
        .filter_map(|(holds, tolerance)| holds.then_some(tolerance))
        .collect()
    }
}

/// Without parameters: `name=` is a file name, and file names name patients.
impl std::fmt::Debug for MediaType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MediaType({})", self.essence)
    }
}

fn read_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, text.get(at + 1..).unwrap_or_default())),
            '\\' => value.push(characters.next()?.1),
            plain => value.push(plain),
        }
    }
    None
}

fn is_token(text: &str) -> bool {
    let separator = |byte: u8| b"()<>@,;:\\\"/[]?=".contains(&byte);
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !separator(byte))
}

#[cfg(test)]
mod tests {
    use super::MediaType;

    fn parameter(value: &str, name: &str) -> Option<String> {
        MediaType::parse(value)?.parameter(name).map(str::to_owned)
    }

    #[test]
    fn parameters_are_read_with_and_without_quotes() {
        assert_eq!(parameter("a/b; Boundary=x", "boundary").as_deref(), Some("x"));
        assert_eq!(parameter("a/b;c=\"x;\\\"y\\\"\" ; boundary = \"z z\";", "boundary").as_deref(), Some("z z"));
        assert_eq!(parameter("a/b;c=\"x;\\\"y\\\"\"", "c").as_deref(), Some("x;\"y\""));
        assert_eq!(parameter("a/b; start=<0.1>; x=1", "start").as_deref(), Some("<0.1>"));
        assert_eq!(MediaType::parse(" Application/SOAP+XML ").unwrap().essence(), "application/soap+xml");
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        for value in
            ["", "a", "a/", "/b", "a/b;c", "a/b;c=", "a/b;c=\"x", "a/b;c=x;C=y", "a/b;c=\"x\"y", "a/b;c=x\"y", "a b/c"]
        {
            assert!(MediaType::parse(value).is_none(), "{value}");
        }
    }
}
