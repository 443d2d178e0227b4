//! ITI-51, Multi-Patient Stored Query: documents and folders of several patients, or of all, in profile `ihe`.

use super::DATABASE;
use crate::support::caller::{Caller, patient};
use crate::support::gateway::{DMP, Gateway, IHE, Setup};
use crate::support::message::{
    Deposit, FIND_DOCUMENTS, FIND_FOLDERS_FOR_PATIENTS, FIND_FOR_PATIENTS, ITI18, ITI51, query,
};
use crate::support::wire::Answer;

const APPROVED: &str = "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')";
const STATUS: (&str, &str) = ("$XDSDocumentEntryStatus", APPROVED);

/// A domain in which two patients have a document each, the first in a folder.
fn domain() -> (Gateway, Caller) {
    let gateway = Setup::toml(IHE).on(DATABASE).serve();
    let caller = gateway.anybody();
    let deposit = |number: u32| Deposit::of(&format!("1.2.250.1.999.51.{number}")).for_patient(&patient(number));
    caller.deposit(&deposit(5101).in_folder("1.2.250.1.999.51.0"), b"one").is_taken();
    caller.deposit(&deposit(5102).with("\"SA07\"", "\"SA08\""), b"two").is_taken();
    (gateway, caller)
}

fn ask(caller: &Caller, id: &str, parameters: &[(&str, &str)]) -> Answer {
    caller.send("registry", ITI51, &query(id, "LeafClass", parameters))
}

fn documents(caller: &Caller, parameters: &[(&str, &str)]) -> usize {
    let answer = ask(caller, FIND_FOR_PATIENTS, parameters);
    assert_eq!(answer.status_urn(), "Success", "{}", answer.envelope());
    answer.entries().len()
}

#[test]
fn documents_of_several_patients_come_in_one_answer() {
    let (_gateway, caller) = domain();
    let both = format!("('{}','{}')", patient(5101), patient(5102));
    let one = format!("('{}')", patient(5102));
    let answer = ask(&caller, FIND_FOR_PATIENTS, &[("$XDSDocumentEntryPatientId", &both), STATUS]);
    assert_eq!(answer.entries().len(), 2);
    assert!(answer.envelope().contains(">urn:ihe:iti:2009:MultiPatientStoredQueryResponse<"));
    assert_eq!(documents(&caller, &[("$XDSDocumentEntryPatientId", &one), STATUS]), 1);
    let references = query(FIND_FOR_PATIENTS, "ObjectRef", &[("$XDSDocumentEntryPatientId", &both), STATUS]);
    assert_eq!(caller.send("registry", ITI51, &references).ids("ObjectRef").len(), 2);
}

#[test]
fn everybody_is_meant_where_a_code_bounds_the_question() {
    let (_gateway, caller) = domain();
    let facility = "$XDSDocumentEntryHealthcareFacilityTypeCode";
    assert_eq!(documents(&caller, &[("$XDSDocumentEntryClassCode", "('10^^1.2.250.1.213.1.1.4.1')"), STATUS]), 2);
    assert_eq!(documents(&caller, &[(facility, "('SA08^^1.2.250.1.71.4.2.4')"), STATUS]), 1);
    assert_eq!(documents(&caller, &[("$XDSDocumentEntryEventCodeList", "('X^^1.2')"), STATUS]), 0);
    ask(&caller, FIND_FOR_PATIENTS, &[STATUS]).fails_with("XDSStoredQueryMissingParam", "QUERY-BOUND");
}

#[test]
fn folders_of_several_patients_are_found() {
    let (_gateway, caller) = domain();
    let both = format!("('{}','{}')", patient(5101), patient(5102));
    let status = ("$XDSFolderStatus", APPROVED);
    for bound in [("$XDSFolderPatientId", both.as_str()), ("$XDSFolderCodeList", "('G^^1.2.3')")] {
        let answer = ask(&caller, FIND_FOLDERS_FOR_PATIENTS, &[bound, status]);
        assert_eq!(answer.ids("RegistryPackage").len(), 1, "{}", answer.envelope());
    }
    ask(&caller, FIND_FOLDERS_FOR_PATIENTS, &[status]).fails_with("XDSStoredQueryMissingParam", "QUERY-BOUND");
}

#[test]
fn each_transaction_knows_its_own_queries_only() {
    let (_gateway, caller) = domain();
    let (unknown, rule) = ("XDSUnknownStoredQuery", "QUERY-ID");
    let one = format!("'{}'", patient(5101));
    let parameters = [("$XDSDocumentEntryPatientId", one.as_str()), STATUS];
    ask(&caller, FIND_DOCUMENTS, &parameters).fails_with(unknown, rule);
    caller.send("registry", ITI18, &query(FIND_FOR_PATIENTS, "LeafClass", &parameters)).fails_with(unknown, rule);
}

#[test]
fn in_profile_dmp_a_caller_speaks_for_one_patient_and_the_transaction_is_not_served() {
    let gateway = Setup::toml(DMP).on(DATABASE).serve();
    let doctor = gateway.treating_doctor(&patient(5103));
    let both = format!("('{}','{}')", patient(5103), patient(5104));
    let question = query(FIND_FOR_PATIENTS, "LeafClass", &[("$XDSDocumentEntryPatientId", &both), STATUS]);
    let fault = doctor.send("registry", ITI51, &question).fault().unwrap();
    assert!(fault.codes.iter().any(|code| code.ends_with("ActionNotSupported")), "{fault:#?}");
    // Without an action that says so it is a query of ITI-18, which does not know it.
    let answer = doctor.send("registry", ITI18, &question);
    answer.fails_with("XDSUnknownStoredQuery", "QUERY-ID");
}
