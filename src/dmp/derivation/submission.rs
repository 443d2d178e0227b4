//! The objects of a deposit of one document: the entry that its header implies, and the submission set around it.
//! Spec: DMP TD2.1; ITI TF-3: 4.2.3.1.

use crate::cda::header::Header;
use crate::datatype::code::Code;
use crate::datatype::dtm::Dtm;
use crate::datatype::entry_uuid::EntryUuid;
use crate::datatype::oid::Oid;
use crate::datatype::unique_id::UniqueId;
use crate::dmp::derivation::{AuthorSlots, Line, Value};
use crate::terminology::value_set::ValueSet;
use crate::xds::metadata::association::{AssociationType, SubmissionSetStatus};
use crate::xds::metadata::attribute::{AttributeRow, Carrier, association, entry, submission_set};
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::metadata::object::{
    Classification, ExternalIdentifier, InternationalString, LocalizedString, ObjectId, ObjectKind, RegistryObject,
    Slot,
};

/// The symbolic id of the entry.
pub const ENTRY: &str = "Document01";
/// The symbolic id of the submission set.
pub const SET: &str = "SubmissionSet01";

/// The classification node of a submission set. Spec: ITI TF-3: 4.2.3.1.1.
const SET_NODE: &str = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd";

/// The content type that goes with the kind of the encounter. Spec: DMP `JDV_J59`, by the classes of PV1-2.
const CONTENT_TYPES: [(&str, &str); 9] = [
    ("AMB", "07"),
    ("EMER", "07"),
    ("EXTERNE", "07"),
    ("FLD", "97"),
    ("HH", "16"),
    ("IMP", "03"),
    ("SEANCE", "19"),
    ("SS", "04"),
    ("VR", "97"),
];

/// What the sender says and no document does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// The identifier of the submission set.
    pub unique_id: UniqueId,
    /// The software that sends.
    pub source_id: Oid,
    /// When it sends.
    pub time: Dtm,
    /// What kind of act led to it.
    pub content_type: Option<Code>,
    /// The entry that is replaced.
    pub replaces: Option<EntryUuid>,
}

/// The objects of a deposit, to be written in this order.
pub struct Objects {
    /// The submission set.
    pub set: RegistryObject,
    /// The document entry.
    pub entry: RegistryObject,
    /// What binds them, and the replacement.
    pub associations: Vec<RegistryObject>,
}

impl Objects {
    /// All of them, in the order in which they are written.
    pub fn all(&self) -> Vec<(ObjectKind, &RegistryObject)> {
        let first = [(ObjectKind::SubmissionSet, &self.set), (ObjectKind::DocumentEntry, &self.entry)];
        first.into_iter().chain(self.associations.iter().map(|one| (ObjectKind::Association, one))).collect()
    }
}

/// A content type by its code alone.
pub fn content_type(code: &str) -> Option<Code> {
    let concept = ValueSet::ContentTypeCode.concepts().iter().find(|concept| concept.code == code)?;
    Some(Code { display: Some(concept.label.to_owned()), ..Code::new(concept.code, concept.system) })
}

/// The content type that the encounter of a document suggests: by its kind, else by the kind of the place.
pub fn content_type_of(header: &Header<'_>) -> Option<Code> {
    let encounter = header.encounter.as_ref()?;
    let kind = encounter.code.as_ref().map_or("", |code| code.value.value.as_str());
    match CONTENT_TYPES.iter().find(|(known, _)| *known == kind) {
        Some((_, code)) => content_type(code),
        None => content_type(&encounter.facility.as_ref()?.value.value),
    }
}

/// Lays the lines out as ebRIM.
pub fn objects(lines: &[Line], sending: &Sending) -> Objects {
    let mut document = object(ENTRY);
    document.set_attribute("objectType", DocumentEntryType::Stable.as_urn());
    for line in lines {
        put(&mut document, ENTRY, line.mapping.attribute, &line.derived.values);
    }
    let first = |wanted: &AttributeRow| {
        let line = lines.iter().find(|line| line.mapping.attribute.rule.id == wanted.rule.id);
        line.and_then(|line| line.derived.values.first()).cloned().into_iter().collect::<Vec<_>>()
    };
    let text = |text: &str| vec![Value::Text(text.to_owned())];
    let mut set = object(SET);
    put(&mut set, SET, &submission_set::SUBMISSION_TIME, &text(sending.time.as_str()));
    put(&mut set, SET, &submission_set::AUTHOR, &first(&entry::AUTHOR));
    let content_type: Vec<Value> = sending.content_type.iter().cloned().map(Value::Code).collect();
    put(&mut set, SET, &submission_set::CONTENT_TYPE_CODE, &content_type);
    let node = [("classificationNode", SET_NODE), ("classifiedObject", SET)];
    set.classifications.push(Classification(with(object(&format!("{SET}-node")), &node)));
    put(&mut set, SET, &submission_set::PATIENT_ID, &first(&entry::PATIENT_ID));
    put(&mut set, SET, &submission_set::SOURCE_ID, &text(sending.source_id.as_str()));
    put(&mut set, SET, &submission_set::UNIQUE_ID, &text(sending.unique_id.as_str()));
    Objects { set, entry: document, associations: associations(sending) }
}

fn associations(sending: &Sending) -> Vec<RegistryObject> {
    let between = |id: &str, kind: AssociationType, source: &str, target: &str| {
        let ends = [("associationType", kind.as_urn()), ("sourceObject", source), ("targetObject", target)];
        with(object(id), &ends)
    };
    let mut member = between("Association01", AssociationType::HasMember, SET, ENTRY);
    if let Carrier::Slot(name) = association::SUBMISSION_SET_STATUS.carrier {
        member.set_slot(name, SubmissionSetStatus::Original.as_str());
    }
    let replaced = sending.replaces.as_ref();
    let replaced = replaced.map(|old| between("Association02", AssociationType::Replace, ENTRY, old.as_str()));
    std::iter::once(member).chain(replaced).collect()
}

/// Puts the values of an attribute where the standard carries it.
fn put(object: &mut RegistryObject, owner: &str, row: &AttributeRow, values: &[Value]) {
    let texts = || -> Vec<String> {
        let texts = values.iter().filter_map(|value| match value {
            Value::Text(text) => Some(text.clone()),
            Value::Code(_) | Value::Author(_) => None,
        });
        texts.collect()
    };
    match row.carrier {
        Carrier::XmlAttribute(name) => texts().into_iter().for_each(|text| object.set_attribute(name, text)),
        Carrier::Slot(name) if !values.is_empty() => {
            object.slots.push(Slot { name: name.to_owned(), slot_type: None, values: texts() });
        }
        Carrier::Classification(scheme) => {
            for (at, value) in values.iter().enumerate() {
                let id = format!("{owner}-{}-{}", row.name, at + 1);
                object.classifications.push(classification(&id, owner, scheme, value));
            }
        }
        Carrier::ExternalIdentifier(scheme, name) => {
            for text in texts() {
                let attributes =
                    [("identificationScheme", scheme), ("registryObject", owner), ("value", text.as_str())];
                let mut identifier = with(self::object(&format!("{owner}-{}", row.name)), &attributes);
                identifier.name = Some(named(name));
                object.external_identifiers.push(ExternalIdentifier(identifier));
            }
        }
        Carrier::Name => object.name = texts().first().map(|text| named(text)),
        Carrier::Description => object.description = texts().first().map(|text| named(text)),
        Carrier::Slot(_) | Carrier::VersionName => {}
    }
}

fn classification(id: &str, owner: &str, scheme: &str, value: &Value) -> Classification {
    let attributes = [("classificationScheme", scheme), ("classifiedObject", owner)];
    let mut classified = with(object(id), &attributes);
    match value {
        Value::Code(code) => {
            classified.set_attribute("nodeRepresentation", code.value.as_str());
            classified.set_slot("codingScheme", code.scheme.as_str());
            classified.name = Some(named(code.display.as_deref().unwrap_or(&code.value)));
        }
        Value::Author(slots) => {
            classified.set_attribute("nodeRepresentation", "");
            for (name, text) in slots.named() {
                classified.set_slot(name, text);
            }
        }
        Value::Text(text) => classified.set_attribute("nodeRepresentation", text.as_str()),
    }
    Classification(classified)
}

impl AuthorSlots {
    /// Each slot that is filled, by its name.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let slots = [
            ("authorPerson", &self.person),
            ("authorSpecialty", &self.specialty),
            ("authorInstitution", &self.institution),
            ("authorRole", &self.role),
        ];
        slots.into_iter().filter_map(|(name, text)| text.as_deref().map(|text| (name, text)))
    }
}

fn object(id: &str) -> RegistryObject {
    RegistryObject { id: ObjectId::parse(id), ..RegistryObject::default() }
}

fn with(mut object: RegistryObject, attributes: &[(&str, &str)]) -> RegistryObject {
    for (name, value) in attributes {
        object.set_attribute(name, *value);
    }
    object
}

fn named(text: &str) -> InternationalString {
    let value =
        LocalizedString { charset: Some("UTF8".to_owned()), lang: Some("FR".to_owned()), value: text.to_owned() };
    InternationalString(vec![value])
}
