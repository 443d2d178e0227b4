//! ITI-18, Registry Stored Query (DMP TD3.1) over the wire: what is found, in which form, and for whom.

mod bound;
mod folder;
mod history;
pub(crate) mod page;
mod related;

use std::sync::Arc;

use super::DATABASE;
use crate::support::caller::{Caller, patient};
use crate::support::gateway::{DMP, Gateway, IHE, Setup, Shared};
use crate::support::message::{
    Deposit, FIND_DOCUMENTS, GET_ALL, GET_ASSOCIATIONS, GET_DOCUMENTS, GET_SUBMISSION_SET, find_documents, query,
};
use crate::support::wire::Answer;

pub(crate) const APPROVED: &str = "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')";
pub(crate) const BOTH: &str =
    "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved','urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated')";

fn gateway() -> Arc<Gateway> {
    static SHARED: Shared = Shared::on(DATABASE);
    SHARED.with(DMP)
}

/// A plain affinity domain.
fn domain() -> Arc<Gateway> {
    static SHARED: Shared = Shared::on(DATABASE);
    SHARED.with(IHE)
}

/// A doctor whose patient has one document.
fn doctor_with(gateway: &Gateway, number: u32, unique_id: &str) -> Caller {
    let patient = patient(number);
    let doctor = gateway.treating_doctor(&patient);
    doctor.deposit(&Deposit::of(unique_id).for_patient(&patient), b"one").is_taken();
    doctor
}

/// `FindDocuments` with more parameters than patient and status.
fn find(doctor: &Caller, patient: &str, more: &[(&str, &str)]) -> Answer {
    let patient = format!("'{patient}'");
    let base = [("$XDSDocumentEntryPatientId", patient.as_str()), ("$XDSDocumentEntryStatus", APPROVED)];
    doctor.ask(&query(FIND_DOCUMENTS, "LeafClass", &[&base, more].concat()))
}

#[test]
fn each_family_of_parameters_finds_what_it_names_and_nothing_else() {
    let gateway = gateway();
    let doctor = doctor_with(&gateway, 1801, "1.2.250.1.999.18.1");
    let check = |parameter: &str, finds: &str, misses: &str| {
        for (value, expected) in [(finds, 1), (misses, 0)] {
            let answer = find(&doctor, &patient(1801), &[(parameter, value)]);
            assert_eq!(answer.entries().len(), expected, "{parameter} {value}: {}", answer.envelope());
        }
    };
    check("$XDSDocumentEntryClassCode", "('10^^1.2.250.1.213.1.1.4.1','x^^y')", "('10^^1.2.250.1.213.1.1.4.2')");
    check("$XDSDocumentEntryTypeCode", "('11488-4^^2.16.840.1.113883.6.1')", "('11488-5^^2.16.840.1.113883.6.1')");
    check(
        "$XDSDocumentEntryPracticeSettingCode",
        "('AMBULATOIRE^^1.2.250.1.213.1.1.4.9')",
        "('SOINS^^1.2.250.1.213.1.1.4.9')",
    );
    check(
        "$XDSDocumentEntryHealthcareFacilityTypeCode",
        "('SA07^^1.2.250.1.71.4.2.4')",
        "('SA08^^1.2.250.1.71.4.2.4')",
    );
    check("$XDSDocumentEntryFormatCode", "('urn:ihe:iti:xds-sd:pdf:2008^^1.3.6.1.4.1.19376.1.2.3')", "('urn:x^^1.2')");
    check("$XDSDocumentEntryConfidentialityCode", "('N^^2.16.840.1.113883.5.25')", "('R^^2.16.840.1.113883.5.25')");
    check("$XDSDocumentEntryCreationTimeFrom", "20261125092500", "20261125092501");
    check("$XDSDocumentEntryCreationTimeTo", "20261125092501", "20261125092500");
    check("$XDSDocumentEntryServiceStartTimeFrom", "2026", "2027");
    check("$XDSDocumentEntryServiceStartTimeTo", "2027", "2026");
    check("$XDSDocumentEntryAuthorPerson", "('%DUMONT%')", "('%DURAND%')");
    check(
        "$XDSDocumentEntryType",
        "('urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1')",
        "('urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248')",
    );
}

#[test]
fn string_parsers_of_clients_find_what_they_look_for() {
    let gateway = gateway();
    let doctor = doctor_with(&gateway, 1802, "1.2.250.1.999.18.2");
    let answer = doctor.ask(&find_documents(&patient(1802)));
    let envelope = answer.envelope();
    for part in [
        "<ns3:AdhocQueryResponse",
        "startIndex=\"0\"",
        "totalResultCount=\"1\"",
        "<ns4:ExtrinsicObject ",
        "<ns4:Value>",
        "status=\"urn:oasis:names:tc:ebxml-regrep:StatusType:Approved\"",
        ">urn:ihe:iti:2007:RegistryStoredQueryResponse</",
    ] {
        assert!(envelope.contains(part), "no {part} in {envelope}");
    }
    let id = answer.ids("ExtrinsicObject").remove(0);
    assert!(id.starts_with("urn:uuid:"));
    assert_eq!(answer.attributes("ExtrinsicObject", "lid"), [id]);
    assert_eq!(answer.slot("repositoryUniqueId"), ["1.2.250.1.213.4.1.1.1.2"]);
    let patient_id = envelope.find("XDSDocumentEntry.patientId").unwrap();
    assert!(patient_id < envelope.find("XDSDocumentEntry.uniqueId").unwrap());
}

#[test]
fn object_ref_gives_an_id_for_each_object() {
    let gateway = gateway();
    let doctor = doctor_with(&gateway, 1803, "1.2.250.1.999.18.3");
    let uuid = doctor.entry_uuid("1.2.250.1.999.18.3");
    let by_id = [("$XDSDocumentEntryUniqueId", "('1.2.250.1.999.18.3')")];
    let answer = doctor.ask(&query(GET_DOCUMENTS, "ObjectRef", &by_id));
    assert_eq!(answer.ids("ObjectRef"), [uuid.clone()]);
    assert!(answer.envelope().contains(&format!("ObjectRef id=\"{uuid}\"")), "{}", answer.envelope());
    assert!(answer.entries().is_empty());
}

#[test]
fn get_documents_takes_unique_ids_and_entry_uuids() {
    let gateway = gateway();
    let doctor = doctor_with(&gateway, 1804, "1.2.250.1.999.18.4");
    let uuid = format!("('{}')", doctor.entry_uuid("1.2.250.1.999.18.4"));
    let answer = doctor.ask(&query(GET_DOCUMENTS, "LeafClass", &[("$XDSDocumentEntryEntryUUID", &uuid)]));
    assert_eq!(answer.entries(), [("1.2.250.1.999.18.4".to_owned(), "Approved".to_owned())]);
    let both = [("$XDSDocumentEntryEntryUUID", uuid.as_str()), ("$XDSDocumentEntryUniqueId", "('1.2')")];
    doctor.ask(&query(GET_DOCUMENTS, "LeafClass", &both)).fails_with("XDSStoredQueryParamNumber", "QUERY-SELECTOR");
}

#[test]
fn a_submission_set_its_contents_and_their_associations_are_found() {
    let gateway = gateway();
    let doctor = doctor_with(&gateway, 1805, "1.2.250.1.999.18.5");
    let set = [("$XDSSubmissionSetUniqueId", "'1.2.250.1.999.18.5.1'")];
    let answer = doctor.ask(&query(GET_SUBMISSION_SET, "LeafClass", &set));
    let counted = ["RegistryPackage", "ExtrinsicObject", "Association"].map(|kind| answer.ids(kind).len());
    assert_eq!(counted, [1, 1, 1], "{}", answer.envelope());
    assert_eq!(doctor.ask(&query(GET_SUBMISSION_SET, "ObjectRef", &set)).ids("ObjectRef").len(), 3);
    let uuid = format!("('{}')", answer.ids("ExtrinsicObject")[0]);
    let associations = doctor.ask(&query(GET_ASSOCIATIONS, "LeafClass", &[("$uuid", &uuid)]));
    assert_eq!(associations.ids("Association"), answer.ids("Association"));
}

#[test]
fn get_all_gives_everything_of_the_patient() {
    let gateway = gateway();
    let doctor = doctor_with(&gateway, 1806, "1.2.250.1.999.18.6.1");
    let old = doctor.entry_uuid("1.2.250.1.999.18.6.1");
    let new = Deposit::of("1.2.250.1.999.18.6.2").for_patient(&patient(1806)).replacing(&old);
    doctor.deposit(&new, b"two").is_taken();
    let named = format!("'{}'", patient(1806));
    let all = |status: &str| {
        let parameters = [
            ("$patientId", named.as_str()),
            ("$XDSDocumentEntryStatus", status),
            ("$XDSSubmissionSetStatus", APPROVED),
            ("$XDSFolderStatus", APPROVED),
        ];
        let answer = doctor.ask(&query(GET_ALL, "LeafClass", &parameters));
        ["RegistryPackage", "ExtrinsicObject", "Association"].map(|kind| answer.ids(kind).len())
    };
    assert_eq!(all(BOTH), [2, 2, 3]);
    assert_eq!(all(APPROVED)[..2], [2, 1]);
}

#[test]
fn without_a_patient_the_one_of_the_assertion_is_meant() {
    let gateway = gateway();
    let doctor = doctor_with(&gateway, 1807, "1.2.250.1.999.18.7");
    let answer = doctor.ask(&query(FIND_DOCUMENTS, "LeafClass", &[("$XDSDocumentEntryStatus", APPROVED)]));
    assert_eq!(answer.entries(), [("1.2.250.1.999.18.7".to_owned(), "Approved".to_owned())]);
}

#[test]
fn the_objects_of_another_patient_do_not_exist_for_a_caller() {
    let gateway = gateway();
    let owner = doctor_with(&gateway, 1808, "1.2.250.1.999.18.8");
    let uuid = format!("('{}')", owner.entry_uuid("1.2.250.1.999.18.8"));
    let other = gateway.treating_doctor(&patient(1809));
    for by_id in [
        query(GET_DOCUMENTS, "LeafClass", &[("$XDSDocumentEntryEntryUUID", &uuid)]),
        query(GET_DOCUMENTS, "ObjectRef", &[("$XDSDocumentEntryUniqueId", "('1.2.250.1.999.18.8')")]),
        query(GET_ASSOCIATIONS, "LeafClass", &[("$uuid", &uuid)]),
        query(GET_SUBMISSION_SET, "LeafClass", &[("$XDSSubmissionSetUniqueId", "'1.2.250.1.999.18.8.1'")]),
    ] {
        let answer = other.ask(&by_id);
        assert_eq!(answer.status_urn(), "Success");
        assert!(answer.envelope().contains("totalResultCount=\"0\""), "{}", answer.envelope());
    }
    find(&other, &patient(1808), &[]).fails_with("XDSPatientIdDoesNotMatch", "ADM-PATIENT-04");
}

#[test]
fn what_is_wrong_with_a_query_has_its_own_code() {
    let gateway = gateway();
    let named = format!("'{}'", patient(1810));
    let doctor = gateway.treating_doctor(&patient(1810));
    let base = |more: &[(&str, &str)]| {
        query(FIND_DOCUMENTS, "LeafClass", &[&[("$XDSDocumentEntryPatientId", named.as_str())], more].concat())
    };
    let check = |query: &str, code: &str| {
        let answer = doctor.ask(query);
        assert_eq!((answer.status, answer.status_urn().as_str()), (200, "Failure"), "{}", answer.envelope());
        assert_eq!(answer.errors()[0].code, code, "{:?}", answer.errors());
        assert!(answer.envelope().contains("RegistryObjectList"), "the schema wants it even here");
    };
    let find = |more: &[(&str, &str)]| base(&[&[("$XDSDocumentEntryStatus", APPROVED)], more].concat());
    check(&query("urn:uuid:00000000-0000-4000-8000-000000000000", "LeafClass", &[]), "XDSUnknownStoredQuery");
    check(&base(&[]), "XDSStoredQueryMissingParam");
    check(&query(GET_DOCUMENTS, "LeafClass", &[]), "XDSStoredQueryMissingParam");
    check(&find(&[("$XDSDocumentEntryCreationTimeFrom", "('2026','2027')")]), "XDSStoredQueryParamNumber");
    check(&find(&[("$XDSDocumentEntryClassCode", "('10^^')")]), "XDSRegistryError");
    check(&find(&[("$XDSDocumentEntryClassCode", "('10^^1.2")]), "XDSRegistryError");
    check(&find(&[]).replace("LeafClass", "EverythingYouHave"), "XDSRegistryError");
}

#[test]
fn one_answer_does_not_mix_patients_unless_it_is_of_references() {
    let domain = Setup::toml(IHE).on(DATABASE).serve();
    let caller = domain.anybody();
    for number in [1, 2] {
        let unique_id = format!("1.2.250.1.999.18.11.{number}");
        caller.deposit(&Deposit::of(&unique_id).for_patient(&patient(1810 + number)), b"one").is_taken();
    }
    let both = [("$XDSDocumentEntryUniqueId", "('1.2.250.1.999.18.11.1','1.2.250.1.999.18.11.2')")];
    let answer = caller.ask(&query(GET_DOCUMENTS, "LeafClass", &both));
    answer.fails_with("XDSResultNotSinglePatient", "SQ-SINGLE-PATIENT");
    assert!(answer.entries().is_empty());
    assert_eq!(caller.ask(&query(GET_DOCUMENTS, "ObjectRef", &both)).ids("ObjectRef").len(), 2);
}

#[test]
fn more_objects_than_one_answer_holds_are_refused_but_not_their_references() {
    let gateway = Setup::toml(&format!("{DMP}query_results = 1\n")).on(DATABASE).serve();
    let doctor = doctor_with(&gateway, 1813, "1.2.250.1.999.18.13.1");
    doctor.deposit(&Deposit::of("1.2.250.1.999.18.13.2").for_patient(&patient(1813)), b"two").is_taken();
    doctor.ask(&find_documents(&patient(1813))).fails_with("XDSTooManyResults", "SQ-TOO-MANY");
    let references = find_documents(&patient(1813)).replace("LeafClass", "ObjectRef");
    assert_eq!(doctor.ask(&references).ids("ObjectRef").len(), 2);
}
