//! The headers of one part. Spec: RFC 2045: 3, RFC 5322: 2.2.
//!
//! ```text
//! header = name ":" value *( line-end 1*( SP / TAB ) value ) line-end
//! ```

use crate::soap::mtom::content_id::ContentId;
use crate::soap::mtom::media_type::MediaType;
use crate::soap::mtom::refusal::PackageError;

/// How the octets of a part are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As they are: `binary`, `8bit`, `7bit`, or nothing said.
    Identity,
    /// In base64, decoded while reading.
    Base64,
}

/// What stands before the content of a part.
#[derive(Clone, PartialEq, Eq)]
pub struct PartHeader {
    /// By which the root part refers to it.
    pub content_id: Option<ContentId>,
    /// As sent; empty when absent.
    pub content_type: String,
    /// How its octets were written; what the reader hands out is decoded.
    pub encoding: Encoding,
    /// Whether it holds the envelope.
    pub is_root: bool,
}

/// Without the parameters of the Content-Type: `name=` is a file name, and file names name patients.
impl std::fmt::Debug for PartHeader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = self.content_type.split(';').next().unwrap_or_default();
        write!(f, "PartHeader({kind}, {:?}, root: {})", self.encoding, self.is_root)
    }
}

/// Reads the header block of a part; `number` counts from 1.
pub(crate) fn parse(block: &[u8], number: u32) -> Result<PartHeader, PackageError> {
    let malformed = || PackageError::Header { part: number };
    // Labels such as `name=` may hold Latin-1; only ASCII decides anything here.
    let text = String::from_utf8_lossy(block);
    let mut known = Known::default();
    for line in unfolded(&text) {
        let (name, value) = line.split_once(':').ok_or_else(malformed)?;
        let name = name.trim_end_matches([' ', '\t']);
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(malformed());
        }
        if let Some(place) = known.place(name)
            && place.replace(value.trim().to_owned()).is_some()
        {
            return Err(PackageError::DuplicateHeader { part: number });
        }
    }
    let identity = |value: &String| value.is_empty() || value.eq_ignore_ascii_case("identity");
    if !known.content_encoding.as_ref().is_none_or(identity) {
        return Err(PackageError::ContentEncoding { part: number });
    }
    let content_id = match known.content_id {
        Some(value) => Some(ContentId::parse(&value).ok_or_else(malformed)?),
        None => None,
    };
    Ok(PartHeader {
        content_id,
        content_type: known.content_type.unwrap_or_default(),
        encoding: encoding_of(known.transfer_encoding.as_deref(), number)?,
        is_root: false,
    })
}

#[derive(Default)]
struct Known {
    content_id: Option<String>,
    content_type: Option<String>,
    transfer_encoding: Option<String>,
    content_encoding: Option<String>,
}

impl Known {
    fn place(&mut self, name: &str) -> Option<&mut Option<String>> {
        match name.to_ascii_lowercase().as_str() {
            "content-id" => Some(&mut self.content_id),
            "content-type" => Some(&mut self.content_type),
            "content-transfer-encoding" => Some(&mut self.transfer_encoding),
            "content-encoding" => Some(&mut self.content_encoding),
            _ => None,
        }
    }
}

fn encoding_of(value: Option<&str>, number: u32) -> Result<Encoding, PackageError> {
    match value.unwrap_or_default().to_ascii_lowercase().as_str() {
        "" | "binary" | "8bit" | "7bit" => Ok(Encoding::Identity),
        "base64" => Ok(Encoding::Base64),
        _ => Err(PackageError::TransferEncoding { part: number }),
    }
}

fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).filter(|line| !line.is_empty()) {
        match lines.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

impl PartHeader {
    /// Refuses a root part that says it is something else than XML in UTF-8.
    pub(crate) fn check_root(&self) -> Result<(), PackageError> {
        if self.content_type.is_empty() {
            return Ok(());
        }
        let media_type = MediaType::parse(&self.content_type).ok_or(PackageError::RootMediaType)?;
        if !ROOT.contains(&media_type.essence()) {
            return Err(PackageError::RootMediaType);
        }
        media_type.utf8()
    }

    pub(crate) fn says_xop(&self) -> bool {
        MediaType::parse(&self.content_type).is_some_and(|media_type| media_type.essence() == "application/xop+xml")
    }
}

const ROOT: &[&str] = &["application/xop+xml", "application/soap+xml", "text/xml", "application/xml"];
