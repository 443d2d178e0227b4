//! The envelope of a request and the frame of an answer.
//!
//! Spec: SOAP 1.2 part 1: 5; ITI TF-2: V.3.2. Reading stops at the first fault. The body is handed on as a node of
//! the one tree that was made of the message; what it says is the business of the message modules.

use crate::soap::SoapVersion;
use crate::soap::addressing::{self, Addressing};
use crate::soap::fault::{Fault, FaultCode, name_of};
use crate::soap::rule;
use crate::soap::security_header::SecurityHeader;
use crate::soap::tolerance::Tolerance;
use crate::xml::document::{Document, Node, children, is, plain_attribute};
use crate::xml::namespace::{SOAP11, SOAP12, WSA, WSSE};
use crate::xml::writer::{push_attribute, push_text};

/// The address of those who wait on the same connection.
pub const ANONYMOUS: &str = "http://www.w3.org/2005/08/addressing/anonymous";

/// Whether an envelope of SOAP 1.1 is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Soap11 {
    /// It gets a `VersionMismatch` fault.
    Refused,
    /// It is read like 1.2: the root part of an ITI-41 package.
    Taken,
}

/// A request, opened.
#[derive(Clone)]
pub struct Envelope<'a, 'i> {
    /// The version in which it came.
    pub version: SoapVersion,
    /// Who, what, and where to answer.
    pub addressing: Addressing,
    /// The security header.
    pub security: SecurityHeader<'a, 'i>,
    /// The single element of the body.
    pub body: Node<'a, 'i>,
    /// The deviations that were taken, for the log.
    pub tolerated: Vec<Tolerance>,
}

impl<'a, 'i> Envelope<'a, 'i> {
    /// Opens a message.
    ///
    /// # Errors
    /// The first fault: version, structure, headers that must be understood, addressing, security headers.
    pub fn read(document: &'a Document<'i>, soap11: Soap11) -> Result<Self, Box<Fault>> {
        let root = document.root();
        let version = version_of(root, soap11)?;
        let (header, body) = header_and_body(root, version)?;
        let mut tolerated = Vec::new();
        if version == SoapVersion::V11 {
            tolerated.push(Tolerance::Soap11Root);
        }
        understand(header, version, &mut tolerated)?;
        Ok(Self {
            version,
            addressing: Addressing::read(header, &mut tolerated)?,
            security: SecurityHeader::read(header)?,
            body: only_element(body)?,
            tolerated,
        })
    }
}

/// Names only: attributes and text of the nodes may hold a patient.
impl std::fmt::Debug for Envelope<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { version, addressing, security, body, tolerated } = self;
        write!(f, "Envelope({version:?}, {addressing:?}, {security:?}, {}, {tolerated:?})", name_of(*body))
    }
}

/// The `MessageID` of a message that [`Envelope::read`] may have refused, for the `RelatesTo` of its fault.
pub fn message_id_of(document: &Document<'_>) -> Option<String> {
    let header = [SOAP12, SOAP11].iter().find_map(|soap| children(document.root(), soap, "Header").next())?;
    addressing::message_id_of(header)
}

fn version_of(root: Node<'_, '_>, soap11: Soap11) -> Result<SoapVersion, Box<Fault>> {
    if is(root, SOAP12, "Envelope") {
        return Ok(SoapVersion::V12);
    }
    if is(root, SOAP11, "Envelope") && soap11 == Soap11::Taken {
        return Ok(SoapVersion::V11);
    }
    let fault = if root.tag_name().name() == "Envelope" {
        Fault::new(
            FaultCode::VersionMismatch,
            &rule::VERSION,
            "L'enveloppe n'est pas de la version 1.2 de SOAP.",
            "The envelope is not of SOAP 1.2.",
        )
    } else {
        Fault::sender(
            &rule::ENVELOPE,
            "Le message n'est pas une enveloppe SOAP.",
            "The message is not a SOAP envelope.",
        )
    };
    Err(fault.at(root).expected(format!("{{{SOAP12}}}Envelope")).found(&name_of(root)).boxed())
}

fn header_and_body<'a, 'i>(
    root: Node<'a, 'i>,
    version: SoapVersion,
) -> Result<(Node<'a, 'i>, Node<'a, 'i>), Box<Fault>> {
    let soap = version.namespace();
    let refuse = |rule, at: Node<'_, '_>, fr: &str, en: &str| Err(Fault::sender(rule, fr, en).at(at).boxed());
    if let Some(text) = stray_text(root) {
        return refuse(&rule::BODY, text, "L'enveloppe contient du texte.", "The envelope holds text.");
    }
    let mut elements = root.children().filter(Node::is_element);
    let header = elements.next().filter(|first| is(*first, soap, "Header"));
    let Some(header) = header else {
        return refuse(
            &rule::HEADER,
            root,
            "L'enveloppe ne commence pas par un élément soap:Header.",
            "The envelope does not begin with a soap:Header.",
        );
    };
    let body = elements.next();
    match (body, elements.next()) {
        (Some(body), None) if is(body, soap, "Body") => Ok((header, body)),
        (Some(second), _) if is(second, soap, "Header") => refuse(
            &rule::HEADER,
            second,
            "L'enveloppe contient deux soap:Header.",
            "The envelope holds two soap:Header.",
        ),
        (at, after) => refuse(
            &rule::BODY,
            after.or(at).unwrap_or(root),
            "L'enveloppe doit contenir exactement un soap:Body, et rien après.",
            "The envelope has to hold exactly one soap:Body, and nothing after it.",
        ),
    }
}

fn only_element<'a, 'i>(body: Node<'a, 'i>) -> Result<Node<'a, 'i>, Box<Fault>> {
    let mut elements = body.children().filter(Node::is_element);
    match (elements.next(), elements.next(), stray_text(body)) {
        (Some(only), None, None) => Ok(only),
        (_, second, text) => Err(Fault::sender(
            &rule::BODY_CHILD,
            "Le corps doit contenir exactement un élément.",
            "The body has to hold exactly one element.",
        )
        .at(second.or(text).unwrap_or(body))
        .boxed()),
    }
}

fn stray_text<'a, 'i>(parent: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    parent.children().find(|child| child.is_text() && child.text().is_some_and(|text| !text.trim().is_empty()))
}

/// Refuses header blocks that must be understood and are not, all of them at once.
fn understand(header: Node<'_, '_>, version: SoapVersion, tolerated: &mut Vec<Tolerance>) -> Result<(), Box<Fault>> {
    let mut unknown = Vec::new();
    for block in header.children().filter(Node::is_element) {
        if plain_attribute(block, "mustUnderstand").is_some() {
            tolerated.push(Tolerance::UnqualifiedMustUnderstand);
        }
        if must_be_understood(block, version)? && for_us(block, version) && !understood(block) {
            unknown.push(block);
        }
    }
    tolerated.dedup();
    let Some(first) = unknown.first() else { return Ok(()) };
    let name = name_of(*first);
    let mut fault = Fault::new(
        FaultCode::MustUnderstand,
        &rule::MUST_UNDERSTAND,
        format!("L'en-tête {name} est marqué mustUnderstand et n'est pas connu de ce serveur."),
        format!("The header {name} is marked mustUnderstand and this server does not know it."),
    )
    .at(*first)
    .found(&name);
    fault.not_understood = unknown
        .iter()
        .map(Node::tag_name)
        .map(|name| (name.namespace().unwrap_or("").to_owned(), name.name().to_owned()))
        .collect();
    Err(fault.boxed())
}

fn must_be_understood(block: Node<'_, '_>, version: SoapVersion) -> Result<bool, Box<Fault>> {
    match block.attribute((version.namespace(), "mustUnderstand")).map(str::trim) {
        None | Some("0" | "false") => Ok(false),
        Some("1" | "true") => Ok(true),
        Some(_) => Err(Fault::sender(
            &rule::MUST_UNDERSTAND_VALUE,
            "soap:mustUnderstand doit valoir true, false, 1 ou 0.",
            "soap:mustUnderstand has to be true, false, 1 or 0.",
        )
        .at(block)
        .expected("true | false | 1 | 0")
        .boxed()),
    }
}

/// The roles that we play in either version: the next node and the last.
const OURS: &[&str] = &[
    "",
    "http://www.w3.org/2003/05/soap-envelope/role/next",
    "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver",
    "http://schemas.xmlsoap.org/soap/actor/next",
];

/// Whether the block is addressed to the last node of the way, which we are.
fn for_us(block: Node<'_, '_>, version: SoapVersion) -> bool {
    let role = match version {
        SoapVersion::V12 => block.attribute((SOAP12, "role")),
        SoapVersion::V11 => block.attribute((SOAP11, "actor")),
    };
    role.is_none_or(|role| OURS.contains(&role.trim()))
}

fn understood(block: Node<'_, '_>) -> bool {
    let name = block.tag_name();
    match name.namespace() {
        Some(WSA) => addressing::UNDERSTOOD.contains(&name.name()),
        Some(WSSE) => name.name() == "Security",
        _ => false,
    }
}

/// What the header of an answer says.
#[derive(Debug, Clone, Copy)]
pub struct ResponseHeader<'a> {
    /// The Action of the answer, compared by clients as a string.
    pub action: &'a str,
    /// A new `urn:uuid:`.
    pub message_id: &'a str,
    /// The `MessageID` of the request, unchanged; absent if it had none.
    pub relates_to: Option<&'a str>,
    /// Where it goes; absent on the connection of the request.
    pub to: Option<&'a str>,
}

/// Appends an answer: the header in the form that the DMP sends, then what `body` appends.
pub fn write(out: &mut Vec<u8>, header: &ResponseHeader<'_>, body: impl FnOnce(&mut Vec<u8>)) {
    write_with_blocks(out, header, |_| (), body);
}

pub(crate) fn write_with_blocks(
    out: &mut Vec<u8>,
    header: &ResponseHeader<'_>,
    blocks: impl FnOnce(&mut Vec<u8>),
    body: impl FnOnce(&mut Vec<u8>),
) {
    out.extend_from_slice(b"<soap:Envelope");
    push_attribute(out, "xmlns:soap", SOAP12);
    out.extend_from_slice(b"><soap:Header>");
    // The toolkit of the IHE connectathons wants mustUnderstand on one addressing header at least.
    push_header(out, "Action", Some("true"), header.action);
    push_header(out, "MessageID", None, header.message_id);
    push_header(out, "To", None, header.to.unwrap_or(ANONYMOUS));
    if let Some(relates_to) = header.relates_to {
        push_header(out, "RelatesTo", None, relates_to);
    }
    blocks(out);
    out.extend_from_slice(b"</soap:Header><soap:Body>");
    body(out);
    out.extend_from_slice(b"</soap:Body></soap:Envelope>");
}

fn push_header(out: &mut Vec<u8>, name: &str, must_understand: Option<&str>, value: &str) {
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
    push_attribute(out, "xmlns", WSA);
    if let Some(must_understand) = must_understand {
        push_attribute(out, "soap:mustUnderstand", must_understand);
    }
    out.push(b'>');
    push_text(out, value);
    out.extend_from_slice(b"</");
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}
