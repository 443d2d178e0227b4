//! Faults: what is wrong with a message, told in two languages, with the rule and the place.
//!
//! Spec: SOAP 1.2 part 1: 5.4; ITI TF-2: V.3.2; WS-Addressing 1.0 SOAP binding: 6. A fault is for an envelope that
//! cannot be taken; a refusal of metadata, rights or queries is a typed answer and not made here.
//! Texts name elements, attributes and rules of the message, never its content.

use crate::soap::envelope;
use crate::soap::rule::{self, Rule};
use crate::xml::document::Node;
use crate::xml::guard::Refused;
use crate::xml::location::Location;
use crate::xml::namespace::{WSA, WSSE};
use crate::xml::writer::{push_attribute, push_element, push_text};

/// The namespace of what stands in `soap:Detail`.
pub const DETAIL_NAMESPACE: &str = "urn:dmp-gateway:fault:1";

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultCode {
    /// The message is wrong; the same message would be refused again.
    Sender,
    /// The gateway failed; the same message may be taken later.
    Receiver,
    /// Another version of SOAP.
    VersionMismatch,
    /// A header block that must be understood and is not.
    MustUnderstand,
}

impl FaultCode {
    /// The local name in the SOAP namespace.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sender => "Sender",
            Self::Receiver => "Receiver",
            Self::VersionMismatch => "VersionMismatch",
            Self::MustUnderstand => "MustUnderstand",
        }
    }
}

/// The vocabularies from which subcodes come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vocabulary {
    /// The DMP puts its own codes under the SOAP prefix.
    Soap,
    /// WS-Addressing 1.0.
    Wsa,
    /// WS-Security 1.0.
    Wsse,
}

impl Vocabulary {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Soap => "soap",
            Self::Wsa => "wsa",
            Self::Wsse => "wsse",
        }
    }
}

/// A finer code: a qualified name in a known vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subcode {
    /// Where the name is defined.
    pub vocabulary: Vocabulary,
    /// The name.
    pub local: &'static str,
}

impl Subcode {
    /// An addressing header is wrong; a second subcode says how.
    pub const INVALID_ADDRESSING_HEADER: Self = Self::new(Vocabulary::Wsa, "InvalidAddressingHeader");
    /// An addressing header stands too often.
    pub const INVALID_CARDINALITY: Self = Self::new(Vocabulary::Wsa, "InvalidCardinality");
    /// An address that is none.
    pub const INVALID_ADDRESS: Self = Self::new(Vocabulary::Wsa, "InvalidAddress");
    /// An endpoint reference without address.
    pub const MISSING_ADDRESS: Self = Self::new(Vocabulary::Wsa, "MissingAddressInEPR");
    /// Action and body do not agree.
    pub const ACTION_MISMATCH: Self = Self::new(Vocabulary::Wsa, "ActionMismatch");
    /// A reply address other than anonymous.
    pub const ONLY_ANONYMOUS: Self = Self::new(Vocabulary::Wsa, "OnlyAnonymousAddressSupported");
    /// An endpoint that cannot take the message now.
    pub const ENDPOINT_UNAVAILABLE: Self = Self::new(Vocabulary::Wsa, "EndpointUnavailable");
    /// A header that must stand and does not.
    pub const HEADER_REQUIRED: Self = Self::new(Vocabulary::Wsa, "MessageAddressingHeaderRequired");
    /// An Action that the service does not know.
    pub const ACTION_NOT_SUPPORTED: Self = Self::new(Vocabulary::Wsa, "ActionNotSupported");
    /// The security header cannot be processed.
    pub const INVALID_SECURITY: Self = Self::new(Vocabulary::Wsse, "InvalidSecurity");

    /// A subcode of any vocabulary.
    pub const fn new(vocabulary: Vocabulary, local: &'static str) -> Self {
        Self { vocabulary, local }
    }
}

/// What helps a developer: stands in `soap:Detail` beside, never instead of, the standard codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultDetail {
    /// The id of the rule that was broken.
    pub rule: String,
    /// Where, as an `XPath` by local names.
    pub xpath: Option<String>,
    /// Line in the envelope as received, from 1.
    pub line: Option<u32>,
    /// Column, from 1.
    pub column: Option<u32>,
    /// What should have stood there.
    pub expected: Option<String>,
    /// What stood there, if it is harmless.
    pub found: Option<String>,
    /// The correlation id under which the log tells more.
    pub correlation: Option<String>,
    /// The server's clock, in faults about time.
    pub server_time: Option<String>,
    /// `wsa:ProblemHeaderQName`: the local name of an addressing header.
    pub problem_header: Option<&'static str>,
    /// `wsa:ProblemAction`: the Action that was refused.
    pub problem_action: Option<String>,
}

/// A refusal of the message as such.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason_en}")]
pub struct Fault {
    /// Whose fault.
    pub code: FaultCode,
    /// From coarse to fine.
    pub subcodes: Vec<Subcode>,
    /// The reason in French.
    pub reason_fr: String,
    /// The reason in English.
    pub reason_en: String,
    /// Rule, place and values.
    pub detail: Option<FaultDetail>,
    /// Header blocks that were not understood: namespace and local name.
    pub not_understood: Vec<(String, String)>,
}

impl Fault {
    /// A fault of that code for a rule of this module.
    pub fn new(code: FaultCode, rule: &Rule, reason_fr: impl Into<String>, reason_en: impl Into<String>) -> Self {
        Self {
            code,
            subcodes: Vec::new(),
            reason_fr: reason_fr.into(),
            reason_en: reason_en.into(),
            detail: Some(FaultDetail { rule: rule.id.to_owned(), ..FaultDetail::default() }),
            not_understood: Vec::new(),
        }
    }

    /// A fault of the sender for a rule of this module.
    pub fn sender(rule: &Rule, reason_fr: impl Into<String>, reason_en: impl Into<String>) -> Self {
        Self::new(FaultCode::Sender, rule, reason_fr, reason_en)
    }

    /// A failure of ours, about which the caller learns the correlation id only.
    pub fn receiver(correlation: &str) -> Self {
        Self {
            code: FaultCode::Receiver,
            subcodes: Vec::new(),
            reason_fr: "Le serveur n'a pas pu traiter la demande ; elle peut être renvoyée telle quelle.".to_owned(),
            reason_en: "The server could not process the request; it may be sent again unchanged.".to_owned(),
            detail: Some(FaultDetail { correlation: Some(correlation.to_owned()), ..FaultDetail::default() }),
            not_understood: Vec::new(),
        }
    }

    /// Adds a subcode under those already there.
    #[must_use]
    pub fn subcode(mut self, subcode: Subcode) -> Self {
        self.subcodes.push(subcode);
        self
    }

    /// Says where in the envelope.
    #[must_use]
    pub fn at(self, node: Node<'_, '_>) -> Self {
        let Location { xpath, line, column } = Location::of(node);
        self.detailed(|detail| {
            detail.xpath = Some(xpath);
            detail.line = Some(line);
            detail.column = Some(column);
        })
    }

    /// Says what should have stood there.
    #[must_use]
    pub fn expected(self, expected: impl Into<String>) -> Self {
        self.detailed(|detail| detail.expected = Some(expected.into()))
    }

    /// Says what stood there: names only, cut to a length that fits a log line.
    #[must_use]
    pub fn found(self, found: &str) -> Self {
        self.detailed(|detail| detail.found = Some(shortened(found)))
    }

    /// Says under which id the log tells more.
    #[must_use]
    pub fn correlated(self, correlation: &str) -> Self {
        self.detailed(|detail| detail.correlation = Some(correlation.to_owned()))
    }

    pub(crate) fn problem_header(self, header: &'static str) -> Self {
        self.detailed(|detail| detail.problem_header = Some(header))
    }

    pub(crate) fn boxed(self) -> Box<Self> {
        Box::new(self)
    }

    fn detailed(mut self, change: impl FnOnce(&mut FaultDetail)) -> Self {
        change(self.detail.get_or_insert_with(FaultDetail::default));
        self
    }

    /// The `wsa:Action` of the answer that carries this fault.
    ///
    /// Spec: WS-Addressing 1.0 SOAP binding: 6.
    pub fn action(&self) -> &'static str {
        if self.subcodes.iter().any(|subcode| subcode.vocabulary == Vocabulary::Wsa) {
            "http://www.w3.org/2005/08/addressing/fault"
        } else {
            "http://www.w3.org/2005/08/addressing/soap/fault"
        }
    }
}

/// The faults that an endpoint raises once it knows which transactions it has.
impl Fault {
    /// No Action where the profile demands one.
    pub fn action_required() -> Self {
        Self::sender(
            &rule::WSA_ACTION_REQUIRED,
            "L'en-tête wsa:Action est absent ou vide.",
            "The wsa:Action header is missing or empty.",
        )
        .subcode(Subcode::HEADER_REQUIRED)
        .problem_header("Action")
    }

    /// An Action that this service does not take; `supported` are those that it takes.
    pub fn action_not_supported(action: &str, supported: &[&str]) -> Self {
        let action = shortened(action);
        Self::sender(
            &rule::WSA_ACTION_SUPPORTED,
            format!("Ce service ne connaît pas l'action {action}."),
            format!("This service does not take the action {action}."),
        )
        .subcode(Subcode::ACTION_NOT_SUPPORTED)
        .expected(supported.join(" | "))
        .found(&action)
        .detailed(|detail| detail.problem_action = Some(action))
    }

    /// An Action of one transaction over the body of another; names both.
    pub fn action_mismatch(action: &str, expected_root: &str, body: Node<'_, '_>) -> Self {
        let action = shortened(action);
        let root = name_of(body);
        Self::sender(
            &rule::WSA_ACTION_BODY,
            format!("L'action {action} ne correspond pas au corps du message, qui est {root}."),
            format!("The action {action} does not match the body of the message, which is {root}."),
        )
        .subcode(Subcode::INVALID_ADDRESSING_HEADER)
        .subcode(Subcode::ACTION_MISMATCH)
        .at(body)
        .expected(expected_root)
        .found(&root)
        .detailed(|detail| detail.problem_action = Some(action))
    }

    /// A body whose element no transaction of this service has; `supported` are the elements that it takes.
    pub fn body_not_supported(body: Node<'_, '_>, supported: &[&str]) -> Self {
        let root = name_of(body);
        Self::sender(
            &rule::BODY_ROOT,
            format!("Ce service n'attend pas l'élément {root} dans le corps du message."),
            format!("This service does not take the element {root} in the body of the message."),
        )
        .at(body)
        .expected(supported.join(" | "))
        .found(&root)
    }

    /// An address for answers that they do not go to, and why. What `why` says must not be the whole address.
    pub fn only_anonymous(header: &'static str, why: &str) -> Self {
        Self::sender(
            &rule::WSA_ANONYMOUS_ONLY,
            format!("La réponse n'est rendue que sur la même connexion, wsa:{header} doit être anonyme : {why}."),
            format!("The answer is given on the same connection only, wsa:{header} has to be anonymous: {why}."),
        )
        .subcode(Subcode::INVALID_ADDRESSING_HEADER)
        .subcode(Subcode::ONLY_ANONYMOUS)
        .problem_header(header)
        .expected(envelope::ANONYMOUS)
    }

    /// A request for whose answer there is no room now.
    pub fn busy(correlation: &str) -> Self {
        Self::new(
            FaultCode::Receiver,
            &rule::WSA_BUSY,
            "Trop de réponses attendent d'être envoyées ; la même demande peut réussir plus tard.",
            "Too many answers wait to be sent; the same request may succeed later.",
        )
        .subcode(Subcode::ENDPOINT_UNAVAILABLE)
        .correlated(correlation)
    }

    /// A message that arrived in a packaging or media type which the service does not take.
    pub fn media_type(expected: &str, found: &str) -> Self {
        let found = shortened(found);
        Self::sender(
            &rule::MEDIA_TYPE,
            format!("Le Content-Type attendu est {expected} ; reçu : {found}."),
            format!("The expected Content-Type is {expected}; received: {found}."),
        )
        .expected(expected)
        .found(&found)
    }

    /// A text that the guard or the parser refused; `text` is what was read, for line and column.
    pub fn of_refused_xml(refused: &Refused, text: &str) -> Self {
        let (rule, offset, fr) = match refused {
            Refused::NotUtf8 => (&rule::XML_WELL_FORMED, None, "Le message n'est pas en UTF-8.".to_owned()),
            Refused::Version => (&rule::XML_WELL_FORMED, None, "Seul XML 1.0 est accepté.".to_owned()),
            Refused::Doctype => (&rule::XML_DOCTYPE, None, "Une déclaration DOCTYPE n'est jamais acceptée.".to_owned()),
            Refused::Malformed { offset, .. } => {
                (&rule::XML_WELL_FORMED, Some(*offset), "Le message n'est pas du XML bien formé.".to_owned())
            }
            Refused::Limit { limit, offset, .. } => {
                (&rule::XML_LIMIT, Some(*offset), format!("Le message dépasse une limite du serveur ({limit})."))
            }
        };
        let (line, column) = offset.map(|offset| line_and_column(text, offset)).unzip();
        Self::sender(rule, fr, format!("The message cannot be read: {refused}.")).detailed(|detail| {
            detail.line = line;
            detail.column = column;
        })
    }
}

/// Appends the whole answer: header of [`envelope::write`], body with the fault.
pub fn write(out: &mut Vec<u8>, fault: &Fault, message_id: &str, relates_to: Option<&str>, to: Option<&str>) {
    let header = envelope::ResponseHeader { action: fault.action(), message_id, relates_to, to };
    let blocks = |out: &mut Vec<u8>| push_header_blocks(out, fault);
    envelope::write_with_blocks(out, &header, blocks, |out| push_fault(out, fault));
}

/// The header blocks by which SOAP 1.2 explains two of its codes.
///
/// Spec: SOAP 1.2 part 1: 5.4.7, 5.4.8.
fn push_header_blocks(out: &mut Vec<u8>, fault: &Fault) {
    for (namespace, local) in &fault.not_understood {
        out.extend_from_slice(b"<soap:NotUnderstood");
        push_attribute(out, "xmlns:q", namespace);
        push_attribute(out, "qname", &format!("q:{local}"));
        out.extend_from_slice(b"/>");
    }
    if fault.code == FaultCode::VersionMismatch {
        out.extend_from_slice(b"<soap:Upgrade><soap:SupportedEnvelope qname=\"soap:Envelope\"/></soap:Upgrade>");
    }
}

fn push_fault(out: &mut Vec<u8>, fault: &Fault) {
    out.extend_from_slice(b"<soap:Fault");
    for (vocabulary, namespace) in [(Vocabulary::Wsa, WSA), (Vocabulary::Wsse, WSSE)] {
        if fault.subcodes.iter().any(|subcode| subcode.vocabulary == vocabulary) {
            push_attribute(out, &format!("xmlns:{}", vocabulary.prefix()), namespace);
        }
    }
    out.extend_from_slice(b"><soap:Code><soap:Value>soap:");
    out.extend_from_slice(fault.code.as_str().as_bytes());
    out.extend_from_slice(b"</soap:Value>");
    for subcode in &fault.subcodes {
        out.extend_from_slice(b"<soap:Subcode>");
        push_element(out, "soap:Value", &format!("{}:{}", subcode.vocabulary.prefix(), subcode.local));
    }
    for _ in &fault.subcodes {
        out.extend_from_slice(b"</soap:Subcode>");
    }
    out.extend_from_slice(b"</soap:Code><soap:Reason>");
    for (language, reason) in [("fr", &fault.reason_fr), ("en", &fault.reason_en)] {
        out.extend_from_slice(b"<soap:Text");
        push_attribute(out, "xml:lang", language);
        out.push(b'>');
        push_text(out, reason);
        out.extend_from_slice(b"</soap:Text>");
    }
    out.extend_from_slice(b"</soap:Reason>");
    if let Some(detail) = &fault.detail {
        push_detail(out, detail);
    }
    out.extend_from_slice(b"</soap:Fault>");
}

fn push_detail(out: &mut Vec<u8>, detail: &FaultDetail) {
    out.extend_from_slice(b"<soap:Detail>");
    if let Some(header) = detail.problem_header {
        out.extend_from_slice(b"<wsa:ProblemHeaderQName");
        push_attribute(out, "xmlns:wsa", WSA);
        out.push(b'>');
        push_text(out, &format!("wsa:{header}"));
        out.extend_from_slice(b"</wsa:ProblemHeaderQName>");
    }
    if let Some(action) = &detail.problem_action {
        out.extend_from_slice(b"<wsa:ProblemAction");
        push_attribute(out, "xmlns:wsa", WSA);
        out.push(b'>');
        push_element(out, "wsa:Action", action);
        out.extend_from_slice(b"</wsa:ProblemAction>");
    }
    out.extend_from_slice(b"<fault");
    push_attribute(out, "xmlns", DETAIL_NAMESPACE);
    out.push(b'>');
    let rule = (!detail.rule.is_empty()).then_some(&detail.rule);
    let (line, column) = (detail.line.map(|n| n.to_string()), detail.column.map(|n| n.to_string()));
    let fields = [
        ("rule", rule),
        ("xpath", detail.xpath.as_ref()),
        ("line", line.as_ref()),
        ("column", column.as_ref()),
        ("expected", detail.expected.as_ref()),
        ("found", detail.found.as_ref()),
        ("correlation", detail.correlation.as_ref()),
        ("serverTime", detail.server_time.as_ref()),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            push_element(out, name, value);
        }
    }
    out.extend_from_slice(b"</fault></soap:Detail>");
}

/// The name of an element as `{namespace}local`.
pub(crate) fn name_of(element: Node<'_, '_>) -> String {
    let name = element.tag_name();
    shortened(&format!("{{{}}}{}", name.namespace().unwrap_or(""), name.name()))
}

fn shortened(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn line_and_column(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}
