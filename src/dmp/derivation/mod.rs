//! The metadata that the header of a CDA document implies: the one table from which a deposit can be made and by which it
//! is judged. Spec: DMP TD2.1; CI-SIS, mapping of the CDA header to XDS metadata.
//!
//! What the header does not say is not invented: a line then holds no value and says why.

mod code;
pub(in crate::dmp) mod identity;
pub mod submission;

use crate::cda::document::Wrapper;
use crate::cda::header::{Header, PointInTime, Stated};
use crate::datatype::code::Code;
use crate::datatype::hash::Sha1;
use crate::datatype::language::Language;
use crate::xds::metadata::attribute::{AttributeRow, entry};

pub(in crate::dmp) use crate::dmp::derivation::code::{class_of, formats_of};

/// What is known of the file that holds the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileFacts {
    /// SHA-1 over its bytes.
    pub hash: Sha1,
    /// The number of its bytes.
    pub size: u64,
}

/// One value of an attribute.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// In the form of its data type.
    Text(String),
    /// A code.
    Code(Code),
    /// An author, slot by slot.
    Author(AuthorSlots),
}

/// The slots of an author, those that the header fills.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct AuthorSlots {
    /// `authorPerson`, XCN.
    pub person: Option<String>,
    /// `authorSpecialty`, `code^label^scheme`.
    pub specialty: Option<String>,
    /// `authorInstitution`, XON.
    pub institution: Option<String>,
    /// `authorRole`.
    pub role: Option<String>,
}

/// What the header says for one attribute.
#[derive(Default)]
pub struct Derived {
    /// In the order of the document.
    pub values: Vec<Value>,
    /// What a human should know: why there is no value, or on what the value rests.
    pub note: Option<String>,
}

/// One attribute and where its value comes from.
pub struct Mapping {
    /// The attribute.
    pub attribute: &'static AttributeRow,
    /// The `XPath` below `ClinicalDocument`, or what else it is taken from.
    pub source: &'static str,
    /// Whether profile `dmp` lets no entry go without.
    pub required: bool,
    take: fn(&Header<'_>, FileFacts) -> Derived,
}

const fn row(
    attribute: &'static AttributeRow,
    source: &'static str,
    take: fn(&Header<'_>, FileFacts) -> Derived,
) -> Mapping {
    Mapping { attribute, source, required: true, take }
}

const fn optional(
    attribute: &'static AttributeRow,
    source: &'static str,
    take: fn(&Header<'_>, FileFacts) -> Derived,
) -> Mapping {
    Mapping { required: false, ..row(attribute, source, take) }
}

/// Every attribute of an entry that a document implies.
pub static TABLE: &[Mapping] = &[
    row(&entry::MIME_TYPE, "what stands around ClinicalDocument", |header, _| mime_type(header.wrapper)),
    row(&entry::UNIQUE_ID, "id", |header, _| match &header.id {
        Some(id) => one(id.value.to_unique_id()),
        None => absent("the document has no id"),
    }),
    row(&entry::PATIENT_ID, "recordTarget/patientRole/id, the one that is an INS", |header, _| {
        identity::patient_id(header)
    }),
    row(&entry::CREATION_TIME, "effectiveTime, in UTC", |header, _| {
        time(header.effective_time.as_ref(), "effectiveTime")
    }),
    row(&entry::LANGUAGE_CODE, "languageCode/@code", |header, _| language(header)),
    row(&entry::TITLE, "title", |header, _| match &header.title {
        Some(title) => one(title.value.clone()),
        None => absent("the document has no title"),
    }),
    row(&entry::TYPE_CODE, "code", |header, _| code::stated(header.code.as_ref(), "the document has no code")),
    row(&entry::CLASS_CODE, "code, by the class that goes with the type", |header, _| code::class(header)),
    row(&entry::FORMAT_CODE, "templateId of the volet; level 1: component/nonXMLBody/text/@mediaType", |header, _| {
        code::format(header)
    }),
    row(&entry::CONFIDENTIALITY_CODE, "confidentialityCode", |header, _| code::confidentiality(header)),
    row(
        &entry::HEALTHCARE_FACILITY_TYPE_CODE,
        "componentOf/encompassingEncounter/location/healthCareFacility/code",
        |header, _| {
            let facility = header.encounter.as_ref().and_then(|encounter| encounter.facility.as_ref());
            code::stated(facility, "the encounter names no healthCareFacility/code")
        },
    ),
    row(
        &entry::PRACTICE_SETTING_CODE,
        "documentationOf[1]/serviceEvent/performer/assignedEntity/representedOrganization/standardIndustryClassCode",
        |header, _| {
            let setting = header.service_events.first().and_then(|event| event.practice_setting.as_ref());
            code::stated(setting, "the performer of the main serviceEvent names no standardIndustryClassCode")
        },
    ),
    optional(&entry::EVENT_CODE_LIST, "documentationOf/serviceEvent/code", |header, _| code::events(header)),
    row(&entry::SERVICE_START_TIME, "documentationOf[1]/serviceEvent/effectiveTime/low, in UTC", |header, _| {
        time(
            header.service_events.first().and_then(|event| event.start.as_ref()),
            "effectiveTime/low of the main serviceEvent",
        )
    }),
    optional(&entry::SERVICE_STOP_TIME, "documentationOf[1]/serviceEvent/effectiveTime/high, in UTC", |header, _| {
        match header.service_events.first().and_then(|event| event.stop.as_ref()) {
            None => Derived::default(),
            stop => time(stop, "effectiveTime/high"),
        }
    }),
    row(&entry::AUTHOR, "author", |header, _| identity::authors(header)),
    row(&entry::LEGAL_AUTHENTICATOR, "legalAuthenticator/assignedEntity", |header, _| identity::authenticator(header)),
    row(&entry::SOURCE_PATIENT_ID, "recordTarget/patientRole/id, the one that is no INS, else the INS", |header, _| {
        identity::source_patient_id(header)
    }),
    row(&entry::SOURCE_PATIENT_INFO, "recordTarget/patientRole/patient and addr", |header, _| identity::traits(header)),
    optional(&entry::REFERENCE_ID_LIST, "inFulfillmentOf/order/id and accessionNumber", |header, _| {
        identity::references(header)
    }),
    optional(&entry::HASH, "SHA-1 of the file", |_, file| one(file.hash.to_string())),
    optional(&entry::SIZE, "bytes of the file", |_, file| one(file.size.to_string())),
];

/// What no document implies, and who says it instead.
pub static NOT_DERIVED: &[(&AttributeRow, &str)] = &[
    (&entry::ENTRY_UUID, "drawn by the registry; a symbolic id stands for it"),
    (&entry::REPOSITORY_UNIQUE_ID, "filled in by the repository"),
    (&entry::AVAILABILITY_STATUS, "given by the registry"),
    (&entry::COMMENTS, "the document has none; the sender's own"),
    (
        &entry::CONFIDENTIALITY_CODE,
        "MASQUE_PS, INVISIBLE_PATIENT and INVISIBLE_REPRESENTANTS_LEGAUX are the sender's decision, beside the code of the document",
    ),
];

/// One attribute with what was found for it.
pub struct Line {
    /// The attribute and its source.
    pub mapping: &'static Mapping,
    /// What was found.
    pub derived: Derived,
}

/// What a document implies, attribute by attribute.
pub fn derive(header: &Header<'_>, file: FileFacts) -> Vec<Line> {
    TABLE.iter().map(|mapping| Line { mapping, derived: (mapping.take)(header, file) }).collect()
}

/// The media type of the file, by what stands around the document. Spec: DMP TD2.1, mimeType.
pub(in crate::dmp) fn mime_type_of(wrapper: Wrapper) -> &'static str {
    match wrapper {
        Wrapper::Bare | Wrapper::Signature => "text/xml",
        Wrapper::Stylesheet => "application/xslt+xml",
    }
}

fn mime_type(wrapper: Wrapper) -> Derived {
    one(mime_type_of(wrapper))
}

fn language(header: &Header<'_>) -> Derived {
    match &header.language {
        None => absent("the document has no languageCode"),
        Some(language) if Language::parse(&language.value).is_err() => absent("languageCode is no language tag"),
        Some(language) => one(language.value.clone()),
    }
}

fn time(stated: Option<&Stated<'_, PointInTime>>, what: &str) -> Derived {
    match stated.and_then(|time| time.value.to_dtm()) {
        Some(dtm) => one(dtm.as_str()),
        None => absent(format!("{what} is missing or is no time")),
    }
}

fn one(text: impl Into<String>) -> Derived {
    Derived { values: vec![Value::Text(text.into())], note: None }
}

fn absent(note: impl Into<String>) -> Derived {
    Derived { values: Vec::new(), note: Some(note.into()) }
}
