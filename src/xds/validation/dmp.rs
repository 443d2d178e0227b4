//! The French metadata profile. Spec: DMP TD2.1; `JDV_J57` to `JDV_J66`.
//!
//! What one table row can say (one author of the set, a title, a legal authenticator…) stands in the attribute table.

use crate::datatype::code::Code;
use crate::datatype::ins::Ins;
use crate::terminology::value_set::{Concept, Lookup, State, ValueSet};
use crate::xds::error::ErrorCode;
use crate::xds::metadata::attribute::{AttributeRow, entry, submission_set};
use crate::xds::metadata::author::Author;
use crate::xds::metadata::document_entry::DocumentEntry;
use crate::xds::rule::{Rule, Scope, rules};
use crate::xds::validation::Check;
use crate::xds::validation::case::{Case, Report};
use crate::xds::validation::entry::institutions_have_names;

/// The class of what a patient deposits.
const PATIENT_CLASS: &str = "90";
/// The scheme of the base confidentiality codes N, R and V.
const BASE_CONFIDENTIALITY: &str = "2.16.840.1.113883.5.25";

const fn dmp(id: &'static str, demands: &'static str, spec: &'static str) -> Rule {
    Rule::new(id, ErrorCode::RegistryMetadataError, demands, spec).only(Scope::DmpOnly)
}

rules! {
    INS = dmp("DMP-INS", "the patient is named by an INS whose key is right", "DMP TD2.1, patientId");
    LANGUAGE = dmp("DMP-LANGUAGE", "languageCode is fr-FR (art for a signature)", "DMP TD2.1, languageCode");
    PATIENT_INFO = dmp("DMP-PATIENT-INFO", "sourcePatientInfo carries the traits of the patient", "DMP TD2.1, sourcePatientInfo");
    AUTHOR = dmp("DMP-AUTHOR", "each author has one person, one institution, and at most one role and one speciality", "DMP TD2.1, author");
    INSTITUTION_NAME = dmp("DMP-INSTITUTION-NAME", "an authorInstitution has a name; a document whose structure has none is taken",
        "DMP TD2.1, authorInstitution").warning();
    CLASS_CODE = dmp("DMP-CLASS-CODE", "classCode is in JDV_J57", "DMP JDV_J57");
    TYPE_CODE = dmp("DMP-TYPE-CODE", "typeCode is in JDV_J66", "DMP JDV_J66");
    TYPE_LEGACY = dmp("DMP-TYPE-LEGACY", "typeCode is in force, not one of the past", "DMP JDV_J66").warning();
    CLASS_OF_TYPE = dmp("DMP-CLASS-OF-TYPE", "classCode is the one that goes with typeCode", "DMP ASS_X16");
    FORMAT_CODE = dmp("DMP-FORMAT-CODE", "formatCode is in JDV_J60", "DMP JDV_J60");
    FACILITY_CODE = dmp("DMP-FACILITY-CODE", "healthcareFacilityTypeCode is in JDV_J61", "DMP JDV_J61");
    PRACTICE_CODE = dmp("DMP-PRACTICE-CODE", "practiceSettingCode is in JDV_J62", "DMP JDV_J62");
    CONTENT_TYPE = dmp("DMP-CONTENT-TYPE", "contentTypeCode is in JDV_J59", "DMP JDV_J59");
    CONFIDENTIALITY = dmp("DMP-CONFIDENTIALITY", "confidentialityCode is in JDV_J58", "DMP JDV_J58");
    CONFIDENTIALITY_BASE = dmp("DMP-CONFIDENTIALITY-BASE", "an entry has one base confidentiality code (N, R or V) and only one", "DMP JDV_J58");
}

/// What this family checks.
pub(super) static CHECKS: &[Check] = &[
    Check::new(&INS, patient_is_an_ins),
    Check::new(&LANGUAGE, language_is_french),
    Check::new(&PATIENT_INFO, traits_of_the_patient),
    Check::new(&AUTHOR, authors_are_whole),
    Check::new(&INSTITUTION_NAME, institutions_have_names),
    Check::new(&CLASS_CODE, class_codes),
    Check::new(&TYPE_CODE, type_codes),
    Check::new(&TYPE_LEGACY, legacy_type_codes),
    Check::new(&CLASS_OF_TYPE, class_goes_with_type),
    Check::new(&FORMAT_CODE, format_codes),
    Check::new(&FACILITY_CODE, facility_codes),
    Check::new(&PRACTICE_CODE, practice_codes),
    Check::new(&CONTENT_TYPE, content_type_code),
    Check::new(&CONFIDENTIALITY, confidentiality_codes),
    Check::new(&CONFIDENTIALITY_BASE, one_base_confidentiality),
];

/// Whether the patient wrote it: then there is no institution. Spec: DMP EX_3.1-1040.
fn is_of_the_patient(entry: &DocumentEntry) -> bool {
    let kind = entry.type_code.value.as_str();
    entry.class_code.value == PATIENT_CLASS || kind.starts_with("DOCPAT") || kind.starts_with("EXPPAT_")
}

fn patient_is_an_ins(case: &Case<'_>, report: &mut Report<'_>) {
    let submission = case.submission;
    let set = &submission.submission_set;
    let entries = submission.entries.iter().map(|entry| (&entry.id, &entry.patient_id));
    let folders = submission.folders.iter().map(|folder| (&folder.id, &folder.patient_id));
    for (id, patient) in [(&set.id, &set.patient_id)].into_iter().chain(entries).chain(folders) {
        if let Err(malformed) = Ins::of(&patient.to_patient_id()) {
            report.add_about(id.as_str(), "patientId", malformed.to_string());
        }
    }
}

fn language_is_french(case: &Case<'_>, report: &mut Report<'_>) {
    for entry in &case.submission.entries {
        let wanted = if entry.is_signature() { "art" } else { "fr-FR" };
        let found = entry.language_code.as_str();
        if !found.eq_ignore_ascii_case(wanted) {
            let context = format!("languageCode must be {wanted}, found {found}");
            report.add_about(entry.id.as_str(), "languageCode", context);
        }
    }
}

fn traits_of_the_patient(case: &Case<'_>, report: &mut Report<'_>) {
    for entry in case.submission.entries.iter().filter(|entry| !entry.is_signature()) {
        if !entry.source_patient_info.iter().any(|value| value.trim_start().starts_with("PID-5|")) {
            let context = "Slot sourcePatientInfo must hold at least the name of the patient, PID-5";
            report.add_about(entry.id.as_str(), "sourcePatientInfo", context);
        }
    }
}

fn authors_are_whole(case: &Case<'_>, report: &mut Report<'_>) {
    let set = &case.submission.submission_set;
    let by_patient = !case.submission.entries.is_empty()
        && case.submission.entries.iter().all(|e| is_of_the_patient(e) || e.is_signature());
    for author in &set.authors {
        judge_author(report, set.id.as_str(), author, by_patient);
    }
    for entry in &case.submission.entries {
        let by_patient = is_of_the_patient(entry) || (entry.is_signature() && by_patient);
        for author in &entry.authors {
            judge_author(report, entry.id.as_str(), author, by_patient);
        }
    }
}

fn judge_author(report: &mut Report<'_>, object: &str, author: &Author, by_patient: bool) {
    let institution = if by_patient { 0..=1 } else { 1..=1 };
    let counts = [
        ("authorPerson", 1..=1, author.persons.len()),
        ("authorInstitution", institution, author.institutions.len()),
        ("authorSpecialty", 0..=1, author.specialties.len()),
        ("authorRole", 0..=1, author.roles.len()),
    ];
    for (slot, allowed, found) in counts {
        if !allowed.contains(&found) {
            let (min, max) = (allowed.start(), allowed.end());
            let expected = if min == max { min.to_string() } else { format!("{min}..{max}") };
            report.add_about(object, "author", format!("Slot {slot} of an author: expected {expected}, found {found}"));
        }
    }
}

fn class_codes(case: &Case<'_>, report: &mut Report<'_>) {
    for entry in &case.submission.entries {
        judge_code(report, entry.id.as_str(), &entry::CLASS_CODE, ValueSet::ClassCode, &entry.class_code);
    }
}

fn type_codes(case: &Case<'_>, report: &mut Report<'_>) {
    for entry in &case.submission.entries {
        judge_code(report, entry.id.as_str(), &entry::TYPE_CODE, ValueSet::TypeCode, &entry.type_code);
        let refused = ValueSet::TypeCode.find(&entry.type_code).is_some_and(|found| found.state == State::Refused);
        if refused {
            let context = format!("typeCode {} is not one that the DMP takes", shown(&entry.type_code));
            report.add_about(entry.id.as_str(), "typeCode", context);
        }
    }
}

fn legacy_type_codes(case: &Case<'_>, report: &mut Report<'_>) {
    for entry in &case.submission.entries {
        if ValueSet::TypeCode.find(&entry.type_code).is_some_and(|found| found.state == State::Legacy) {
            let context = format!("typeCode {} is retired; it is taken all the same", shown(&entry.type_code));
            report.add_about(entry.id.as_str(), "typeCode", context);
        }
    }
}

fn class_goes_with_type(case: &Case<'_>, report: &mut Report<'_>) {
    for entry in &case.submission.entries {
        let class = ValueSet::TypeCode.find(&entry.type_code).and_then(|found| found.class);
        if let Some(class) = class
            && class != entry.class_code.value
        {
            let (kind, found) = (shown(&entry.type_code), shown(&entry.class_code));
            let context = format!("typeCode {kind} goes with classCode {class}, found {found}");
            report.add_about(entry.id.as_str(), "classCode", context);
        }
    }
}

fn format_codes(case: &Case<'_>, report: &mut Report<'_>) {
    for entry in &case.submission.entries {
        judge_code(report, entry.id.as_str(), &entry::FORMAT_CODE, ValueSet::FormatCode, &entry.format_code);
    }
}

fn facility_codes(case: &Case<'_>, report: &mut Report<'_>) {
    for entry in &case.submission.entries {
        let row = &entry::HEALTHCARE_FACILITY_TYPE_CODE;
        let code = &entry.healthcare_facility_type_code;
        judge_code(report, entry.id.as_str(), row, ValueSet::HealthcareFacilityTypeCode, code);
    }
}

fn practice_codes(case: &Case<'_>, report: &mut Report<'_>) {
    for entry in &case.submission.entries {
        let row = &entry::PRACTICE_SETTING_CODE;
        judge_code(report, entry.id.as_str(), row, ValueSet::PracticeSettingCode, &entry.practice_setting_code);
    }
}

fn content_type_code(case: &Case<'_>, report: &mut Report<'_>) {
    let set = &case.submission.submission_set;
    let row = &submission_set::CONTENT_TYPE_CODE;
    judge_code(report, set.id.as_str(), row, ValueSet::ContentTypeCode, &set.content_type_code);
}

fn confidentiality_codes(case: &Case<'_>, report: &mut Report<'_>) {
    for entry in &case.submission.entries {
        for code in &entry.confidentiality_codes {
            judge_code(report, entry.id.as_str(), &entry::CONFIDENTIALITY_CODE, ValueSet::ConfidentialityCode, code);
        }
    }
}

fn one_base_confidentiality(case: &Case<'_>, report: &mut Report<'_>) {
    for entry in &case.submission.entries {
        let base = entry.confidentiality_codes.iter().filter(|code| code.scheme == BASE_CONFIDENTIALITY).count();
        if base != 1 {
            let context = format!("confidentialityCode holds exactly one of N, R and V, found {base}");
            report.add_about(entry.id.as_str(), "confidentialityCode", context);
        }
    }
}

/// Judges a code by a value set, and helps: it names the code, its scheme and the nearest member.
fn judge_code(report: &mut Report<'_>, object: &str, row: &'static AttributeRow, set: ValueSet, code: &Code) {
    let name = |concept: &Concept| format!("{}^^{}", concept.code, concept.system);
    let oid = set.list().map_or("", |list| list.oid);
    match set.look_up(code) {
        Lookup::Found(_) => {}
        Lookup::OtherScheme(other) => {
            let context = format!("{} {}: its scheme in {oid} is {}", row.name, shown(code), other.system);
            // The sources name the scheme of some formats in two ways.
            if set == ValueSet::FormatCode {
                report.warn_about(object, row.name, context);
            } else {
                report.add_about(object, row.name, context);
            }
        }
        Lookup::Unknown(near) => {
            let near = near.map_or_else(String::new, |near| format!("; nearest is {}", name(near)));
            let context = format!("{} {} is not in value set {oid}{near}", row.name, shown(code));
            report.add_about(object, row.name, context);
        }
    }
}

/// A code as a finding names it, short enough to be echoed.
fn shown(code: &Code) -> String {
    const LONGEST: usize = 100;
    code.to_query_form().chars().take(LONGEST).collect()
}
