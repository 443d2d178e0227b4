//! The metadata of the entry that announces a signature, attribute by attribute. Spec: DMP TD2.1, signature.

use crate::datatype::code::Code;
use crate::dmp::submission_signature::rule::{
    AUTHENTICATOR, AUTHOR, CLASS, CONFIDENTIALITY, EVENT, FACILITY, FORMAT, LANGUAGE, MIME_TYPE, SOURCE_PATIENT,
    SOURCE_PATIENT_INFO, SignatureRule, TITLE, TYPE,
};
use crate::security::signature::xades::PURPOSE;
use crate::xds::error::Finding;
use crate::xds::metadata::attribute::{AttributeRow, entry};
use crate::xds::metadata::author::Author;
use crate::xds::metadata::document_entry::DocumentEntry;
use crate::xds::metadata::submission_set::SubmissionSet;

/// An entry beside the set and the sector of the assertion.
struct Case<'c> {
    entry: &'c DocumentEntry,
    set: &'c SubmissionSet,
    sector: Option<&'c Code>,
}

/// One row: the rule, the attribute, whether it is as it should be.
struct Row {
    rule: &'static SignatureRule,
    attribute: &'static AttributeRow,
    holds: fn(&Case<'_>) -> bool,
}

#[rustfmt::skip]
const TABLE: &[Row] = &[
    Row { rule: &MIME_TYPE, attribute: &entry::MIME_TYPE, holds: |case| is_xml(case.entry.mime_type.as_str()) },
    Row { rule: &LANGUAGE, attribute: &entry::LANGUAGE_CODE, holds: |case| case.entry.language_code.as_str().eq_ignore_ascii_case("art") },
    Row { rule: &TITLE, attribute: &entry::TITLE, holds: |case| case.entry.title.as_deref().map(str::trim) == Some("Source") },
    Row { rule: &CLASS, attribute: &entry::CLASS_CODE, holds: |case| is(&case.entry.class_code, "urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", "URN") },
    Row { rule: &TYPE, attribute: &entry::TYPE_CODE, holds: |case| is(&case.entry.type_code, "E1762", "ASTM") },
    Row { rule: &FORMAT, attribute: &entry::FORMAT_CODE, holds: |case| is_format(&case.entry.format_code) },
    Row { rule: &CONFIDENTIALITY, attribute: &entry::CONFIDENTIALITY_CODE, holds: |case| is_hidden(&case.entry.confidentiality_codes) },
    Row { rule: &EVENT, attribute: &entry::EVENT_CODE_LIST, holds: |case| case.entry.event_codes.iter().any(|code| is(code, PURPOSE, "1.2.840.10065.1.12")) },
    Row { rule: &SOURCE_PATIENT, attribute: &entry::SOURCE_PATIENT_ID, holds: |case| case.entry.source_patient_id.to_patient_id() == case.entry.patient_id.to_patient_id() },
    Row { rule: &SOURCE_PATIENT_INFO, attribute: &entry::SOURCE_PATIENT_INFO, holds: |case| case.entry.source_patient_info.is_empty() },
    Row { rule: &AUTHOR, attribute: &entry::AUTHOR, holds: |case| same_authors(&case.entry.authors, &case.set.authors) },
    Row { rule: &AUTHENTICATOR, attribute: &entry::LEGAL_AUTHENTICATOR, holds: is_authenticated_by_the_author },
    Row { rule: &FACILITY, attribute: &entry::HEALTHCARE_FACILITY_TYPE_CODE, holds: is_of_the_sector },
];

/// Compares the entry with what the table of signatures says. `sector` is the one of the assertion.
pub fn metadata(entry: &DocumentEntry, set: &SubmissionSet, sector: Option<&Code>) -> Vec<Finding> {
    let case = Case { entry, set, sector };
    let broken = TABLE.iter().filter(|row| !(row.holds)(&case));
    broken
        .map(|row| {
            row.rule
                .broken(entry, format_args!("{} is not that of a signature", row.attribute.name))
                .about(row.attribute.name)
        })
        .collect()
}

fn is_xml(mime_type: &str) -> bool {
    mime_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/xml")
}

fn is(code: &Code, value: &str, scheme: &str) -> bool {
    code.value == value && code.scheme == scheme
}

/// The format of the samples, or that of the newer value set, whose scheme is written in two ways.
fn is_format(code: &Code) -> bool {
    is(code, "http://www.w3.org/2000/09/xmldsig#", "URN")
        || (code.value == "urn:ihe:iti:dsg:detached:2014"
            && ["URN", "1.3.6.1.4.1.19376.1.2.3"].contains(&code.scheme.as_str()))
}

/// Exactly the three codes, in any order.
fn is_hidden(codes: &[Code]) -> bool {
    const HIDDEN: [(&str, &str); 3] = [
        ("N", "2.16.840.1.113883.5.25"),
        ("MASQUE_PS", "1.2.250.1.213.1.1.4.13"),
        ("INVISIBLE_PATIENT", "1.2.250.1.213.1.1.4.13"),
    ];
    codes.len() == HIDDEN.len() && HIDDEN.iter().all(|(value, scheme)| codes.iter().any(|code| is(code, value, scheme)))
}

/// Whether both name the same persons and structures; names are never compared.
fn same_authors(own: &[Author], of_set: &[Author]) -> bool {
    let ids = |authors: &[Author]| {
        let mut ids: Vec<(String, String)> = authors
            .iter()
            .flat_map(|author| {
                let persons = author.persons.iter().map(|person| (person.authority(), person.identifier()));
                let institutions = author.institutions.iter().map(|place| (place.authority(), place.identifier()));
                persons.chain(institutions).map(|(authority, id)| (authority.to_owned(), id.to_owned()))
            })
            .collect();
        ids.sort_unstable();
        ids
    };
    ids(own) == ids(of_set)
}

fn is_authenticated_by_the_author(case: &Case<'_>) -> bool {
    let Some(authenticator) = &case.entry.legal_authenticator else { return true };
    let mut persons = case.set.authors.iter().flat_map(|author| &author.persons);
    persons.any(|person| person.identifier() == authenticator.identifier())
}

fn is_of_the_sector(case: &Case<'_>) -> bool {
    let facility = &case.entry.healthcare_facility_type_code;
    case.sector.is_none_or(|sector| facility.value == sector.value)
}
