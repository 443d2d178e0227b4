//! Answers as the harness reads them: the package taken apart, the envelope as a tree, and the questions plans ask of it.

use memchr::memmem;
use roxmltree::{Document, Node};

use crate::failure::Failure;

const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";
const WSA: &str = "http://www.w3.org/2005/08/addressing";
const RIM: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0";
const RS: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0";
const XDSB: &str = "urn:ihe:iti:xds-b:2007";
const XOP: &str = "http://www.w3.org/2004/08/xop/include";
const UNIQUE_ID: &str = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab";

/// One answer, taken apart.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// It came as `multipart/related`.
    pub packaged: bool,
    root: String,
    parts: Vec<(String, Vec<u8>)>,
}

/// A SOAP fault.
#[derive(Debug)]
pub struct Fault {
    /// Local names of the subcodes, outermost first.
    pub subcodes: Vec<String>,
    /// The first reason.
    pub reason: String,
}

/// A document entry found by a query.
#[derive(Debug)]
pub struct Found {
    /// entryUUID.
    pub entry_uuid: String,
    /// availabilityStatus, the last word of its URN.
    pub status: String,
    /// uniqueId; empty when only a reference was asked for.
    pub unique_id: String,
    /// repositoryUniqueId.
    pub repository: String,
    /// hash, lower case.
    pub hash: String,
    /// size.
    pub size: String,
}

impl Answer {
    /// Takes an HTTP body apart.
    pub fn of(status: u16, content_type: &str, body: &[u8]) -> Result<Self, Failure> {
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind == "multipart/related" {
            let boundary = parameter(content_type, "boundary")
                .ok_or_else(|| Failure::Unreadable("multipart without a boundary".to_owned()))?;
            let start = parameter(content_type, "start");
            let mut parts = unpack(body, &boundary)?;
            let at = start.and_then(|start| parts.iter().position(|(id, _)| *id == bare(&start))).unwrap_or(0);
            if parts.is_empty() {
                return Err(Failure::Unreadable("multipart without a part".to_owned()));
            }
            let root = text(parts.swap_remove(at).1)?;
            return Ok(Self { status, packaged: true, root, parts });
        }
        if kind == "application/soap+xml" {
            return Ok(Self { status, packaged: false, root: text(body.to_vec())?, parts: Vec::new() });
        }
        let begin: String = String::from_utf8_lossy(body).trim().chars().take(200).collect();
        Err(Failure::Unreadable(format!("HTTP {status}, Content-Type {content_type:?}: {begin}")))
    }

    /// The envelope as a tree.
    pub fn tree(&self) -> Result<Tree<'_>, Failure> {
        Document::parse(&self.root).map(Tree).map_err(|e| Failure::Unreadable(e.to_string()))
    }

    /// The part that a `cid:` reference names.
    fn part(&self, href: &str) -> Option<&[u8]> {
        let id = percent_decoded(href.strip_prefix("cid:")?);
        self.parts.iter().find(|(name, _)| *name == id).map(|(_, bytes)| bytes.as_slice())
    }
}

/// The tree of an answer's envelope.
pub struct Tree<'a>(Document<'a>);

impl Tree<'_> {
    fn first(&self, namespace: &str, name: &str) -> Option<Node<'_, '_>> {
        self.0.descendants().find(|n| n.has_tag_name((namespace, name)))
    }

    fn text_of(&self, namespace: &str, name: &str) -> Option<&str> {
        self.first(namespace, name).and_then(|n| n.text()).map(str::trim)
    }

    /// `wsa:Action`.
    pub fn action(&self) -> Option<&str> {
        self.text_of(WSA, "Action")
    }

    /// `wsa:RelatesTo`.
    pub fn relates_to(&self) -> Option<&str> {
        self.text_of(WSA, "RelatesTo")
    }

    /// The fault, if it is one.
    pub fn fault(&self) -> Option<Fault> {
        let fault = self.first(SOAP, "Fault")?;
        let mut subcodes = Vec::new();
        for subcode in fault.descendants().filter(|n| n.has_tag_name((SOAP, "Subcode"))) {
            let value = subcode.children().find(|n| n.has_tag_name((SOAP, "Value"))).and_then(|n| n.text());
            let value = value.unwrap_or_default().trim();
            subcodes.push(value.rsplit(':').next().unwrap_or(value).to_owned());
        }
        let reason = self.text_of(SOAP, "Text").unwrap_or_default().to_owned();
        Some(Fault { subcodes, reason })
    }

    /// Local name of the body's child.
    pub fn body(&self) -> Option<&str> {
        let body = self.first(SOAP, "Body")?;
        body.children().find(Node::is_element).map(|n| n.tag_name().name())
    }

    /// The last word of the response status: `Success`, `Failure`, `PartialSuccess`.
    pub fn response_status(&self) -> Option<&str> {
        let response =
            self.0.descendants().find(|n| n.has_attribute("status") && n.tag_name().name().ends_with("Response"));
        response.and_then(|n| n.attribute("status")).and_then(|s| s.rsplit(':').next())
    }

    /// Error codes with their severity's last word.
    pub fn errors(&self) -> Vec<(&str, &str)> {
        self.0
            .descendants()
            .filter(|n| n.has_tag_name((RS, "RegistryError")))
            .map(|n| {
                let severity = n.attribute("severity").unwrap_or_default();
                (n.attribute("errorCode").unwrap_or_default(), severity.rsplit(':').next().unwrap_or_default())
            })
            .collect()
    }

    /// `totalResultCount`.
    pub fn total(&self) -> Option<usize> {
        let response = self.0.descendants().find(|n| n.tag_name().name() == "AdhocQueryResponse")?;
        response.attribute("totalResultCount")?.parse().ok()
    }

    /// Entries, or references to them.
    pub fn found(&self) -> Vec<Found> {
        let entries = self.0.descendants().filter(|n| {
            n.has_tag_name((RIM, "ExtrinsicObject"))
                || (n.has_tag_name((RIM, "ObjectRef"))
                    && n.parent().is_some_and(|p| p.tag_name().name() == "RegistryObjectList"))
        });
        entries.map(found).collect()
    }

    /// The documents of a retrieve answer, as (uniqueId, bytes).
    pub fn documents<'a>(&self, answer: &'a Answer) -> Vec<(String, Option<&'a [u8]>)> {
        let responses = self.0.descendants().filter(|n| n.has_tag_name((XDSB, "DocumentResponse")));
        responses
            .map(|response| {
                let id = response.children().find(|n| n.has_tag_name((XDSB, "DocumentUniqueId")));
                let include = response.descendants().find(|n| n.has_tag_name((XOP, "Include")));
                let bytes = include.and_then(|n| n.attribute("href")).and_then(|href| answer.part(href));
                (id.and_then(|n| n.text()).unwrap_or_default().trim().to_owned(), bytes)
            })
            .collect()
    }
}

fn found(node: Node<'_, '_>) -> Found {
    let slot = |name: &str| {
        let slot = node.children().find(|n| n.has_tag_name((RIM, "Slot")) && n.attribute("name") == Some(name));
        let value = slot.and_then(|s| s.descendants().find(|n| n.has_tag_name((RIM, "Value"))));
        value.and_then(|v| v.text()).unwrap_or_default().trim().to_owned()
    };
    let unique_id = node.children().find(|n| n.attribute("identificationScheme") == Some(UNIQUE_ID));
    let status = node.attribute("status").unwrap_or_default();
    Found {
        entry_uuid: node.attribute("id").unwrap_or_default().to_owned(),
        status: status.rsplit(':').next().unwrap_or_default().to_owned(),
        unique_id: unique_id.and_then(|n| n.attribute("value")).unwrap_or_default().to_owned(),
        repository: slot("repositoryUniqueId"),
        hash: slot("hash").to_ascii_lowercase(),
        size: slot("size"),
    }
}

fn text(bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|_| Failure::Unreadable("an envelope that is not UTF-8".to_owned()))
}

fn bare(content_id: &str) -> String {
    content_id.trim().trim_start_matches('<').trim_end_matches('>').to_owned()
}

/// A parameter of a media type, quoted or not.
fn parameter(content_type: &str, name: &str) -> Option<String> {
    let lower = content_type.to_ascii_lowercase();
    let at = memmem::find_iter(lower.as_bytes(), name.as_bytes()).find(|at| {
        let before = lower.get(..*at).unwrap_or_default().trim_end();
        let after = lower.get(at + name.len()..).unwrap_or_default().trim_start();
        before.ends_with(';') && after.starts_with('=')
    })?;
    let value = content_type.get(at + name.len()..)?.trim_start().strip_prefix('=')?.trim_start();
    match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().map(str::to_owned),
        None => value.split(';').next().map(|v| v.trim().to_owned()),
    }
}

/// The parts between the boundaries, each with its Content-ID.
fn unpack(body: &[u8], boundary: &str) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let wrong = |what: &str| Failure::Unreadable(format!("multipart: {what}"));
    let first = format!("--{boundary}");
    let between = format!("\r\n--{boundary}");
    let start = memmem::find(body, first.as_bytes()).ok_or_else(|| wrong("the boundary does not occur"))?;
    let mut rest = body.get(start + first.len()..).unwrap_or_default();
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let end = memmem::find(rest, between.as_bytes()).ok_or_else(|| wrong("no closing boundary"))?;
        let (part, after) = rest.split_at_checked(end).ok_or_else(|| wrong("cut short"))?;
        let split = memmem::find(part, b"\r\n\r\n").ok_or_else(|| wrong("a part without an empty line"))?;
        let head = String::from_utf8_lossy(part.get(..split).unwrap_or_default()).into_owned();
        let id = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-id").then(|| bare(value))
        });
        parts.push((id.unwrap_or_default(), part.get(split + 4..).unwrap_or_default().to_vec()));
        rest = after.get(between.len()..).unwrap_or_default();
    }
    Ok(parts)
}

fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes().iter().copied();
    while let Some(b) = bytes.next() {
        let ahead =
            text.as_bytes().get(text.len() - bytes.len()..).and_then(|rest| std::str::from_utf8(rest.get(..2)?).ok());
        match ahead.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(decoded) if b == b'%' => {
                out.push(decoded);
                bytes.nth(1);
            }
            _ => out.push(b),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKAGE: &str = "--b\r\nContent-ID: <d@x:y>\r\n\r\n\x01\r\n\x02\r\n--b\r\nContent-Type: application/xop+xml\r\n\
        content-id: <r>\r\n\r\n<a/>\r\n--b--\r\n";

    #[test]
    fn the_root_is_the_part_that_start_names_and_a_cid_is_percent_decoded() {
        let answer = Answer::of(200, "multipart/related; start=\"<r>\"; boundary=b", PACKAGE.as_bytes()).unwrap();
        assert_eq!(answer.root, "<a/>");
        assert_eq!(answer.part("cid:d@x%3Ay"), Some(&b"\x01\r\n\x02"[..]));
    }

    #[test]
    fn a_package_without_its_closing_boundary_is_unreadable() {
        let cut = PACKAGE.trim_end().trim_end_matches("--b--");
        assert!(Answer::of(200, "multipart/related; boundary=b", cut.as_bytes()).is_err());
    }

    #[test]
    fn a_page_of_html_is_no_answer() {
        assert!(Answer::of(502, "text/html", b"<html>").is_err());
    }
}
