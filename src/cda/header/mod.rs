//! What the header of a CDA document says, typed, as far as the metadata of a deposit repeats it.
//!
//! Nothing is judged here: what is missing, null or malformed is absent, and the rules of the schema and of the header
//! say so. What is there remembers where it stands. Spec: CDA R2 §4.2; ANS "Structuration minimale".

mod participant;
mod patient;
mod time;

use crate::cda::document::{ClinicalDocument, Level, Wrapper};
use crate::datatype::code::Code;
use crate::xml::document::{Node, child, children, plain_attribute};
use crate::xml::location::Location;
use crate::xml::namespace::HL7V3;

pub use crate::cda::header::participant::{Author, Device, Organization, Participant, PersonName};
pub use crate::cda::header::patient::{Address, Patient, PatientName};
pub use crate::cda::header::time::PointInTime;

/// An element of the document, for whoever has to say where something stands.
#[derive(Clone, Copy)]
pub struct Place<'d>(Node<'d, 'd>);

/// Something that the document says, with the place where it says it.
#[derive(Clone, Copy)]
pub struct Stated<'d, T> {
    /// What is said.
    pub value: T,
    /// Where.
    pub place: Place<'d>,
}

/// An instance identifier. Spec: HL7 V3 data types, II.
#[derive(Clone, PartialEq, Eq)]
pub struct Identifier {
    /// The OID or UUID.
    pub root: String,
    /// What tells its members apart.
    pub extension: Option<String>,
}

/// What the header says.
pub struct Header<'d> {
    /// The `ClinicalDocument`.
    pub place: Place<'d>,
    /// What stands around it.
    pub wrapper: Wrapper,
    /// `templateId`.
    pub template_ids: Vec<Stated<'d, Identifier>>,
    /// `id`.
    pub id: Option<Stated<'d, Identifier>>,
    /// `code`, the type of the document.
    pub code: Option<Stated<'d, Code>>,
    /// `title`.
    pub title: Option<Stated<'d, String>>,
    /// `effectiveTime`.
    pub effective_time: Option<Stated<'d, PointInTime>>,
    /// `confidentialityCode`.
    pub confidentiality: Option<Stated<'d, Code>>,
    /// `languageCode/@code`.
    pub language: Option<Stated<'d, String>>,
    /// `setId`, common to all versions of the document.
    pub set_id: Option<Stated<'d, Identifier>>,
    /// `versionNumber`.
    pub version_number: Option<Stated<'d, u64>>,
    /// `recordTarget/patientRole`, of the first that is not null.
    pub patient: Option<Patient<'d>>,
    /// `author`, in order.
    pub authors: Vec<Author<'d>>,
    /// `custodian/assignedCustodian/representedCustodianOrganization`.
    pub custodian: Option<Organization<'d>>,
    /// `legalAuthenticator/assignedEntity`.
    pub legal_authenticator: Option<Participant<'d>>,
    /// `inFulfillmentOf/order`, in order.
    pub orders: Vec<Order<'d>>,
    /// `documentationOf/serviceEvent`; the first is the main one.
    pub service_events: Vec<ServiceEvent<'d>>,
    /// `relatedDocument[@typeCode=RPLC]/parentDocument`.
    pub replaced: Vec<Parent<'d>>,
    /// `componentOf/encompassingEncounter`.
    pub encounter: Option<Encounter<'d>>,
    /// The body.
    pub body: Option<Body<'d>>,
}

/// What was ordered. Spec: CDA R2 §4.2.3.4.
pub struct Order<'d> {
    /// `id`.
    pub ids: Vec<Stated<'d, Identifier>>,
    /// `ps3-20:accessionNumber`, for imaging.
    pub accession_numbers: Vec<Stated<'d, Identifier>>,
}

/// What is documented. Spec: CDA R2 §4.2.3.3.
pub struct ServiceEvent<'d> {
    /// `code`.
    pub code: Option<Stated<'d, Code>>,
    /// `effectiveTime/low`, or the whole time when it is a point.
    pub start: Option<Stated<'d, PointInTime>>,
    /// `effectiveTime/high`.
    pub stop: Option<Stated<'d, PointInTime>>,
    /// `performer/assignedEntity/representedOrganization/standardIndustryClassCode`, of the first that has one.
    pub practice_setting: Option<Stated<'d, Code>>,
}

/// The document that this one replaces.
pub struct Parent<'d> {
    /// The `parentDocument`.
    pub place: Place<'d>,
    /// `id`.
    pub ids: Vec<Stated<'d, Identifier>>,
}

/// The encounter in which the document was made. Spec: CDA R2 §4.2.3.5.
pub struct Encounter<'d> {
    /// `code`.
    pub code: Option<Stated<'d, Code>>,
    /// `location/healthCareFacility/code`.
    pub facility: Option<Stated<'d, Code>>,
}

/// The body as far as the metadata speak of it.
pub struct Body<'d> {
    /// The `nonXMLBody` or `structuredBody`.
    pub place: Place<'d>,
    /// How much of it a machine can read.
    pub level: Level,
    /// `nonXMLBody/text/@mediaType`.
    pub media_type: Option<Stated<'d, String>>,
}

impl Place<'_> {
    /// `XPath`, line and column.
    pub fn location(self) -> Location {
        Location::of(self.0)
    }
}

impl<'d, T> Stated<'d, T> {
    fn new(value: T, node: Node<'d, 'd>) -> Self {
        Self { value, place: Place(node) }
    }
}

impl Identifier {
    /// The identifier as the uniqueId of an entry: the root, or `root^extension`. Spec: ITI TF-3: 4.2.3.2.26.
    pub fn to_unique_id(&self) -> String {
        match &self.extension {
            Some(extension) => format!("{}^{extension}", self.root),
            None => self.root.clone(),
        }
    }

    /// Whether a uniqueId says this identifier; senders of the field also join root and extension by a point.
    pub fn is_unique_id(&self, unique_id: &str) -> bool {
        match (&self.extension, unique_id.strip_prefix(self.root.as_str())) {
            (None, rest) => rest == Some(""),
            (Some(extension), Some(rest)) => rest.strip_prefix(['^', '.']) == Some(extension),
            (Some(_), None) => false,
        }
    }
}

impl<'d> Header<'d> {
    /// Reads the header of a document.
    pub fn of(document: ClinicalDocument<'d, 'd>) -> Self {
        let root = document.element();
        let all = |name| children(root, HL7V3, name);
        let first = |name| all(name).find(|node| !is_null(*node));
        let entity = |node| child(node, HL7V3, "assignedEntity").filter(|node| !is_null(*node));
        Self {
            place: Place(root),
            wrapper: document.wrapper(),
            template_ids: all("templateId").filter_map(identifier).collect(),
            id: first("id").and_then(identifier),
            code: first("code").and_then(code),
            title: first("title").and_then(text),
            effective_time: first("effectiveTime").and_then(point),
            confidentiality: first("confidentialityCode").and_then(code),
            language: first("languageCode").and_then(|node| attribute(node, "code")),
            set_id: first("setId").and_then(identifier),
            version_number: first("versionNumber").and_then(number),
            patient: first("recordTarget").and_then(patient::patient),
            authors: all("author").filter_map(participant::author).collect(),
            custodian: descend(root, &["custodian", "assignedCustodian", "representedCustodianOrganization"])
                .map(participant::organization),
            legal_authenticator: first("legalAuthenticator").and_then(entity).map(participant::participant),
            orders: all("inFulfillmentOf").filter_map(|node| child(node, HL7V3, "order")).map(order).collect(),
            service_events: all("documentationOf")
                .filter_map(|node| child(node, HL7V3, "serviceEvent"))
                .map(service_event)
                .collect(),
            replaced: all("relatedDocument")
                .filter(|node| plain_attribute(*node, "typeCode") == Some("RPLC"))
                .filter_map(|node| child(node, HL7V3, "parentDocument"))
                .map(|node| Parent { place: Place(node), ids: identifiers(node) })
                .collect(),
            encounter: descend(root, &["componentOf", "encompassingEncounter"]).map(encounter),
            body: document.level().and_then(|level| body(root, level)),
        }
    }
}

impl std::fmt::Debug for Header<'_> {
    /// Names the document, nobody in it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Header({})", self.id.as_ref().map_or_else(|| "no id".to_owned(), |id| id.value.to_unique_id()))
    }
}

impl std::fmt::Debug for Identifier {
    /// Shows the root alone: an extension may be a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identifier({}{})", self.root, if self.extension.is_some() { ", …" } else { "" })
    }
}

fn order<'d>(node: Node<'d, 'd>) -> Order<'d> {
    // The element is of the namespace of DICOM part 20: its local name is enough here.
    let is_accession = |node: &Node<'_, '_>| node.is_element() && node.tag_name().name() == "accessionNumber";
    Order {
        ids: identifiers(node),
        accession_numbers: node.children().filter(is_accession).filter_map(identifier).collect(),
    }
}

fn service_event<'d>(node: Node<'d, 'd>) -> ServiceEvent<'d> {
    let time = child(node, HL7V3, "effectiveTime");
    let within = |name| time.and_then(|time| child(time, HL7V3, name)).and_then(point);
    let setting = |node| {
        descend(node, &["assignedEntity", "representedOrganization", "standardIndustryClassCode"]).and_then(code)
    };
    ServiceEvent {
        code: child(node, HL7V3, "code").and_then(code),
        start: within("low").or_else(|| time.and_then(point)),
        stop: within("high"),
        practice_setting: children(node, HL7V3, "performer").find_map(setting),
    }
}

fn encounter<'d>(node: Node<'d, 'd>) -> Encounter<'d> {
    Encounter {
        code: child(node, HL7V3, "code").and_then(code),
        facility: descend(node, &["location", "healthCareFacility", "code"]).and_then(code),
    }
}

fn body<'d>(root: Node<'d, 'd>, level: Level) -> Option<Body<'d>> {
    let name = match level {
        Level::One => "nonXMLBody",
        Level::Three => "structuredBody",
    };
    let node = descend(root, &["component", name])?;
    let media_type = child(node, HL7V3, "text").and_then(|text| attribute(text, "mediaType"));
    Some(Body { place: Place(node), level, media_type })
}

/// The first element at the end of a path.
fn descend<'d>(from: Node<'d, 'd>, path: &[&'static str]) -> Option<Node<'d, 'd>> {
    path.iter().try_fold(from, |node, name| child(node, HL7V3, name))
}

/// Whether an element says that it says nothing.
fn is_null(node: Node<'_, '_>) -> bool {
    plain_attribute(node, "nullFlavor").is_some()
}

/// An attribute that is not empty.
fn attribute<'d>(node: Node<'d, 'd>, name: &str) -> Option<Stated<'d, String>> {
    let value = plain_attribute(node, name).filter(|value| !value.is_empty() && !is_null(node))?;
    Some(Stated::new(value.to_owned(), node))
}

/// The text of an element.
fn text<'d>(node: Node<'d, 'd>) -> Option<Stated<'d, String>> {
    let words = words(node);
    (!words.is_empty()).then(|| Stated::new(words, node))
}

/// All text below an element, white space made single.
fn words(node: Node<'_, '_>) -> String {
    let parts: Vec<&str> = node.descendants().filter(Node::is_text).filter_map(|part| part.text()).collect();
    parts.concat().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn identifier<'d>(node: Node<'d, 'd>) -> Option<Stated<'d, Identifier>> {
    let root = attribute(node, "root")?.value;
    let extension = attribute(node, "extension").map(|extension| extension.value);
    Some(Stated::new(Identifier { root, extension }, node))
}

fn identifiers<'d>(node: Node<'d, 'd>) -> Vec<Stated<'d, Identifier>> {
    children(node, HL7V3, "id").filter_map(identifier).collect()
}

fn code<'d>(node: Node<'d, 'd>) -> Option<Stated<'d, Code>> {
    let value = attribute(node, "code")?.value;
    let scheme = plain_attribute(node, "codeSystem").unwrap_or_default().to_owned();
    let display = plain_attribute(node, "displayName").filter(|label| !label.is_empty()).map(str::to_owned);
    Some(Stated::new(Code { value, scheme, display }, node))
}

fn point<'d>(node: Node<'d, 'd>) -> Option<Stated<'d, PointInTime>> {
    let time = PointInTime::parse(&attribute(node, "value")?.value)?;
    Some(Stated::new(time, node))
}

fn number<'d>(node: Node<'d, 'd>) -> Option<Stated<'d, u64>> {
    let number = attribute(node, "value")?.value.parse().ok()?;
    Some(Stated::new(number, node))
}

#[cfg(test)]
mod tests;
