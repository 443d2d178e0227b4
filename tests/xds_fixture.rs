//! One valid submission, own and fictitious, and the small changes that tests make to it.
//!
//! The base message is valid in both profiles. A test changes one thing and says what follows.

use dmp_gateway::xds::ebrim::decode;
use dmp_gateway::xds::error::{Finding, Profile};
use dmp_gateway::xds::metadata::attribute::{AttributeRow, Carrier, entry, folder, submission_set};
use dmp_gateway::xds::metadata::submission::Submission;
use dmp_gateway::xml::document::Document;
use dmp_gateway::xml::limits::Limits;
use dmp_gateway::xml::writer::{push_attribute, push_text};

/// The patient of the base message, a test INS with a right key.
pub(crate) const PATIENT: &str = "284067510512388^^^&1.2.250.1.213.1.4.10&ISO^NH";
/// Another patient.
pub(crate) const OTHER_PATIENT: &str = "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH";
/// A document that the registry knows.
pub(crate) const OLD: &str = "urn:uuid:3b0f6d0e-5c31-4f0a-9d2c-1f6f5f0b7e21";
/// The hash in the base message.
pub(crate) const HASH: &str = "0d1c4e1a2b3c4d5e6f708192a3b4c5d6e7f80910";
pub(crate) const HAS_MEMBER: &str = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember";
pub(crate) const REPLACE: &str = "urn:ihe:iti:2007:AssociationType:RPLC";
pub(crate) const APPEND: &str = "urn:ihe:iti:2007:AssociationType:APND";
pub(crate) const TRANSFORM: &str = "urn:ihe:iti:2007:AssociationType:XFRM";
pub(crate) const SIGNS: &str = "urn:ihe:iti:2007:AssociationType:signs";

const ON_DEMAND: &str = "urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248";
const DOCTOR: &str = "899700000017^DUMONT^ALICE^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS";
const SPECIALTY: &str = "G15_10/SM26^Médecin - Qualifié en Médecine Générale (SM)^1.2.250.1.213.1.1.4.5";
const CENTRE: &str = "CENTRE DE SANTE DU PONT^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1759999990";

/// An object of the message, in parts that a test can take away or change.
#[derive(Clone, Default)]
pub(crate) struct Object {
    pub(crate) element: &'static str,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) slots: Vec<(String, Vec<String>)>,
    pub(crate) title: Option<String>,
    pub(crate) comments: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) classifications: Vec<Classified>,
    pub(crate) identifiers: Vec<(String, String)>,
}

/// A classification of the message.
#[derive(Clone)]
pub(crate) struct Classified {
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) slots: Vec<(String, Vec<String>)>,
    pub(crate) display: Option<String>,
}

/// The message.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) set: Object,
    pub(crate) entries: Vec<Object>,
    pub(crate) folders: Vec<Object>,
    pub(crate) associations: Vec<Object>,
    /// XML put at the end of the list as it is.
    pub(crate) extra: String,
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn slots(pairs: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    pairs.iter().map(|(name, values)| ((*name).to_owned(), values.iter().map(|v| (*v).to_owned()).collect())).collect()
}

fn scheme_of(row: &AttributeRow) -> &'static str {
    match row.carrier {
        Carrier::Classification(scheme) | Carrier::ExternalIdentifier(scheme, _) => scheme,
        Carrier::XmlAttribute(_) | Carrier::Slot(_) | Carrier::Name | Carrier::Description | Carrier::VersionName => {
            panic!("{} has no scheme", row.name)
        }
    }
}

fn code(object: &str, row: &AttributeRow, value: &str, scheme: &str, display: &str) -> Classified {
    Classified {
        attributes: owned(&[
            ("classificationScheme", scheme_of(row)),
            ("classifiedObject", object),
            ("nodeRepresentation", value),
        ]),
        slots: slots(&[("codingScheme", &[scheme])]),
        display: Some(display.to_owned()),
    }
}

fn author(object: &str, row: &AttributeRow) -> Classified {
    Classified {
        attributes: owned(&[
            ("classificationScheme", scheme_of(row)),
            ("classifiedObject", object),
            ("nodeRepresentation", ""),
        ]),
        slots: slots(&[
            ("authorPerson", &[DOCTOR]),
            ("authorSpecialty", &[SPECIALTY]),
            ("authorInstitution", &[CENTRE]),
        ]),
        display: None,
    }
}

fn node(object: &str, node: &str) -> Classified {
    Classified {
        attributes: owned(&[("classificationNode", node), ("classifiedObject", object)]),
        slots: vec![],
        display: None,
    }
}

fn identifiers(rows: &[(&AttributeRow, &str)]) -> Vec<(String, String)> {
    rows.iter().map(|(row, value)| (scheme_of(row).to_owned(), (*value).to_owned())).collect()
}

/// A document entry of that id and uniqueId.
pub(crate) fn entry_object(id: &str, unique_id: &str) -> Object {
    Object {
        element: "ExtrinsicObject",
        attributes: owned(&[
            ("id", id),
            ("mimeType", "text/xml"),
            ("objectType", "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"),
        ]),
        slots: slots(&[
            ("creationTime", &["20250310092500"]),
            ("hash", &[HASH]),
            ("languageCode", &["fr-FR"]),
            ("legalAuthenticator", &[DOCTOR]),
            ("repositoryUniqueId", &["1.2.250.1.213.4.1.1.1.2"]),
            ("serviceStartTime", &["20250310090000"]),
            ("serviceStopTime", &["20250310091500"]),
            ("size", &["18342"]),
            ("sourcePatientId", &["0004471^^^&1.2.250.1.999.77.1.2&ISO^PI"]),
            ("sourcePatientInfo", &["PID-5|MARTIN^CLAIRE^^^^^L", "PID-7|19840612", "PID-8|F"]),
        ]),
        title: Some("Compte rendu de consultation".to_owned()),
        comments: None,
        version: None,
        classifications: vec![
            author(id, &entry::AUTHOR),
            code(id, &entry::CLASS_CODE, "10", "1.2.250.1.213.1.1.4.1", "Compte rendu"),
            code(id, &entry::TYPE_CODE, "11488-4", "2.16.840.1.113883.6.1", "CR ou fiche de consultation ou de visite"),
            code(id, &entry::CONFIDENTIALITY_CODE, "N", "2.16.840.1.113883.5.25", "Normal"),
            code(id, &entry::FORMAT_CODE, "urn:ihe:iti:xds-sd:pdf:2008", "1.3.6.1.4.1.19376.1.2.3", "PDF/A-1"),
            code(id, &entry::HEALTHCARE_FACILITY_TYPE_CODE, "SA05", "1.2.250.1.71.4.2.4", "Centre de santé"),
            code(id, &entry::PRACTICE_SETTING_CODE, "AMBULATOIRE", "1.2.250.1.213.1.1.4.9", "Ambulatoire"),
        ],
        identifiers: identifiers(&[(&entry::PATIENT_ID, PATIENT), (&entry::UNIQUE_ID, unique_id)]),
    }
}

/// A folder of that id and uniqueId.
pub(crate) fn folder_object(id: &str, unique_id: &str) -> Object {
    Object {
        element: "RegistryPackage",
        attributes: owned(&[("id", id)]),
        title: Some("Grossesse".to_owned()),
        classifications: vec![
            node(id, folder::NODE),
            code(id, &folder::CODE_LIST, "GRO", "1.2.250.1.999.77.9", "Grossesse"),
        ],
        identifiers: identifiers(&[(&folder::PATIENT_ID, PATIENT), (&folder::UNIQUE_ID, unique_id)]),
        ..Object::default()
    }
}

/// An association between two ids.
pub(crate) fn association_object(id: &str, kind: &str, source: &str, target: &str) -> Object {
    Object {
        element: "Association",
        attributes: owned(&[("associationType", kind), ("id", id), ("sourceObject", source), ("targetObject", target)]),
        ..Object::default()
    }
}

/// The association that puts a submitted document into its submission set.
pub(crate) fn original(id: &str, target: &str) -> Object {
    association_object(id, HAS_MEMBER, "SubmissionSet01", target).with_slot("SubmissionSetStatus", &["Original"])
}

/// A submission set with one document: valid in both profiles.
pub(crate) fn base() -> Message {
    let set = Object {
        element: "RegistryPackage",
        attributes: owned(&[("id", "SubmissionSet01")]),
        slots: slots(&[("submissionTime", &["20250310093000"])]),
        title: Some("Envoi du compte rendu".to_owned()),
        comments: None,
        version: None,
        classifications: vec![
            author("SubmissionSet01", &submission_set::AUTHOR),
            code(
                "SubmissionSet01",
                &submission_set::CONTENT_TYPE_CODE,
                "SA05",
                "1.2.250.1.71.4.2.4",
                "Centre de santé",
            ),
            node("SubmissionSet01", submission_set::NODE),
        ],
        identifiers: identifiers(&[
            (&submission_set::PATIENT_ID, PATIENT),
            (&submission_set::SOURCE_ID, "1.2.250.1.999.77.1"),
            (&submission_set::UNIQUE_ID, "1.2.250.1.999.77.1.1.2025031000001"),
        ]),
    };
    Message {
        set,
        entries: vec![entry_object("Document01", "1.2.250.1.999.77.1.3.2025031000001")],
        folders: vec![],
        associations: vec![original("as01", "Document01")],
        extra: String::new(),
    }
}

/// The base message with a folder that holds the document.
pub(crate) fn base_with_folder() -> Message {
    let mut message = base();
    message.folders.push(folder_object("Folder01", "1.2.250.1.999.77.1.4.2025031000001"));
    message.associations.push(association_object("as02", HAS_MEMBER, "SubmissionSet01", "Folder01"));
    message.associations.push(association_object("as03", HAS_MEMBER, "Folder01", "Document01"));
    message.associations.push(association_object("as04", HAS_MEMBER, "SubmissionSet01", "as03"));
    message
}

/// The base message, its entry one of a document that is made on demand: for ITI-61.
pub(crate) fn base_on_demand() -> Message {
    let mut message = base();
    message.entries[0].set("objectType", ON_DEMAND);
    ["creationTime", "hash", "size"].into_iter().for_each(|slot| message.entries[0].no_slot(slot));
    message
}

/// The base message, its document in a relation to one of the registry.
pub(crate) fn base_related(kind: &str, target: &str) -> Message {
    let mut message = base();
    message.associations.push(association_object("as05", kind, "Document01", target));
    message
}

impl Object {
    pub(crate) fn id(&self) -> &str {
        self.attributes.iter().find(|(name, _)| name == "id").map_or("", |(_, value)| value)
    }

    pub(crate) fn set(&mut self, attribute: &str, value: &str) {
        self.unset(attribute);
        self.attributes.push((attribute.to_owned(), value.to_owned()));
    }

    pub(crate) fn unset(&mut self, attribute: &str) {
        self.attributes.retain(|(name, _)| name != attribute);
    }

    pub(crate) fn slot(&mut self, name: &str, values: &[&str]) {
        self.no_slot(name);
        self.slots.extend(slots(&[(name, values)]));
    }

    pub(crate) fn with_slot(mut self, name: &str, values: &[&str]) -> Self {
        self.slot(name, values);
        self
    }

    pub(crate) fn no_slot(&mut self, name: &str) {
        self.slots.retain(|(known, _)| known != name);
    }

    pub(crate) fn identifier(&mut self, row: &AttributeRow, value: &str) {
        self.no_identifier(row);
        self.identifiers.push((scheme_of(row).to_owned(), value.to_owned()));
    }

    pub(crate) fn no_identifier(&mut self, row: &AttributeRow) {
        self.identifiers.retain(|(scheme, _)| scheme != scheme_of(row));
    }

    pub(crate) fn classified(&mut self, row: &AttributeRow) -> &mut Classified {
        let scheme = scheme_of(row);
        let mut all = self.classifications.iter_mut();
        all.find(|c| c.attributes.iter().any(|(_, value)| value == scheme)).expect("the base has the classification")
    }

    pub(crate) fn code(&mut self, row: &AttributeRow, value: &str, scheme: &str) {
        let id = self.id().to_owned();
        *self.classified(row) = code(&id, row, value, scheme, value);
    }

    pub(crate) fn add_code(&mut self, row: &AttributeRow, value: &str, scheme: &str) {
        let id = self.id().to_owned();
        self.classifications.push(code(&id, row, value, scheme, value));
    }

    pub(crate) fn no_classification(&mut self, row: &AttributeRow) {
        let scheme = scheme_of(row);
        self.classifications.retain(|c| !c.attributes.iter().any(|(_, value)| value == scheme));
    }

    /// Takes one attribute of the standard away, wherever it stands.
    pub(crate) fn without(&mut self, row: &AttributeRow) {
        match row.carrier {
            Carrier::XmlAttribute(name) => self.unset(name),
            Carrier::Slot(name) => self.no_slot(name),
            Carrier::Classification(_) => self.no_classification(row),
            Carrier::ExternalIdentifier(..) => self.no_identifier(row),
            Carrier::Name => self.title = None,
            Carrier::Description => self.comments = None,
            Carrier::VersionName => self.version = None,
        }
    }

    fn write(&self, out: &mut Vec<u8>, prefix: &str) {
        let tag = |name: &str| format!("{prefix}{name}");
        out.extend_from_slice(format!("<{}", tag(self.element)).as_bytes());
        self.attributes.iter().for_each(|(name, value)| push_attribute(out, name, value));
        out.extend_from_slice(b">\n");
        write_slots(out, &self.slots, prefix);
        for (name, text) in [("Name", &self.title), ("Description", &self.comments)] {
            if let Some(text) = text {
                write_name(out, name, text, prefix);
            }
        }
        if let Some(version) = &self.version {
            out.extend_from_slice(format!("<{} versionName=\"{version}\"/>", tag("VersionInfo")).as_bytes());
        }
        for (number, classified) in self.classifications.iter().enumerate() {
            out.extend_from_slice(format!("<{} id=\"{}-cl{number}\"", tag("Classification"), self.id()).as_bytes());
            classified.attributes.iter().for_each(|(name, value)| push_attribute(out, name, value));
            out.push(b'>');
            write_slots(out, &classified.slots, prefix);
            if let Some(display) = &classified.display {
                write_name(out, "Name", display, prefix);
            }
            out.extend_from_slice(format!("</{}>\n", tag("Classification")).as_bytes());
        }
        for (number, (scheme, value)) in self.identifiers.iter().enumerate() {
            out.extend_from_slice(format!("<{} id=\"{}-ei{number}\"", tag("ExternalIdentifier"), self.id()).as_bytes());
            push_attribute(out, "identificationScheme", scheme);
            push_attribute(out, "registryObject", self.id());
            push_attribute(out, "value", value);
            out.push(b'>');
            write_name(out, "Name", "XDS", prefix);
            out.extend_from_slice(format!("</{}>\n", tag("ExternalIdentifier")).as_bytes());
        }
        out.extend_from_slice(format!("</{}>\n", tag(self.element)).as_bytes());
    }
}

fn write_slots(out: &mut Vec<u8>, slots: &[(String, Vec<String>)], prefix: &str) {
    for (name, values) in slots {
        out.extend_from_slice(format!("<{prefix}Slot").as_bytes());
        push_attribute(out, "name", name);
        out.extend_from_slice(format!("><{prefix}ValueList>").as_bytes());
        for value in values {
            out.extend_from_slice(format!("<{prefix}Value>").as_bytes());
            push_text(out, value);
            out.extend_from_slice(format!("</{prefix}Value>").as_bytes());
        }
        out.extend_from_slice(format!("</{prefix}ValueList></{prefix}Slot>\n").as_bytes());
    }
}

fn write_name(out: &mut Vec<u8>, name: &str, text: &str, prefix: &str) {
    out.extend_from_slice(
        format!("<{prefix}{name}><{prefix}LocalizedString charset=\"UTF8\" xml:lang=\"FR\"").as_bytes(),
    );
    push_attribute(out, "value", text);
    out.extend_from_slice(format!("/></{prefix}{name}>").as_bytes());
}

impl Message {
    /// The `RegistryObjectList` as text, with the given prefix.
    pub(crate) fn xml_with(&self, prefix: &str) -> String {
        let (tag, declaration) = if prefix.is_empty() {
            (String::new(), "xmlns".to_owned())
        } else {
            (format!("{prefix}:"), format!("xmlns:{prefix}"))
        };
        let mut out = Vec::new();
        out.extend_from_slice(
            format!("<{tag}RegistryObjectList {declaration}=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\">\n")
                .as_bytes(),
        );
        let objects = self.entries.iter().chain([&self.set]).chain(&self.folders).chain(&self.associations);
        objects.for_each(|object| object.write(&mut out, &tag));
        out.extend_from_slice(self.extra.as_bytes());
        out.extend_from_slice(format!("</{tag}RegistryObjectList>").as_bytes());
        String::from_utf8(out).unwrap()
    }

    /// The `RegistryObjectList` as text.
    pub(crate) fn xml(&self) -> String {
        self.xml_with("")
    }

    /// Decodes it.
    pub(crate) fn decode(&self, profile: Profile) -> (Option<Submission>, Vec<Finding>) {
        decode_list(&self.xml(), profile)
    }

    /// Decodes it; it must be free of faults.
    pub(crate) fn submission(&self, profile: Profile) -> Submission {
        let (submission, findings) = self.decode(profile);
        assert!(findings.is_empty(), "{findings:?}");
        submission.unwrap()
    }
}

/// Decodes a list given as text.
pub(crate) fn decode_list(xml: &str, profile: Profile) -> (Option<Submission>, Vec<Finding>) {
    let document = Document::parse(xml, &Limits::default()).unwrap();
    decode::submission(document.root(), profile)
}
