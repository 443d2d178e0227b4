//! Versions and what is no longer in force: hidden at level 1, told at level 2.

use super::{BOTH, domain};
use crate::support::caller::patient;
use crate::support::message::{Deposit, FIND_DOCUMENTS, GET_ASSOCIATIONS, GET_DOCUMENTS, query};

#[test]
fn a_replaced_document_is_no_older_version_and_is_told_at_either_level() {
    let domain = domain();
    let caller = domain.anybody();
    let deposit = |one: u32| Deposit::of(&format!("1.2.250.1.999.18.50.{one}")).for_patient(&patient(1850));
    caller.deposit(&deposit(1), b"one").is_taken();
    let old = caller.entry_uuid("1.2.250.1.999.18.50.1");
    caller.deposit(&deposit(2).replacing(&old), b"two").is_taken();
    let named = format!("'{}'", patient(1850));
    for level in ["1", "2"] {
        let found = [
            ("$XDSDocumentEntryPatientId", named.as_str()),
            ("$XDSDocumentEntryStatus", BOTH),
            ("$MetadataLevel", level),
        ];
        let answer = caller.ask(&query(FIND_DOCUMENTS, "LeafClass", &found));
        let statuses: Vec<String> = answer.entries().into_iter().map(|(_, status)| status).collect();
        assert_eq!(statuses, ["Deprecated", "Approved"]);
        let by_id = [("$XDSDocumentEntryUniqueId", "('1.2.250.1.999.18.50.1')"), ("$MetadataLevel", level)];
        assert_eq!(caller.ask(&query(GET_DOCUMENTS, "LeafClass", &by_id)).ids("ExtrinsicObject"), [old.clone()]);
    }
}

#[test]
fn a_logical_id_is_asked_for_at_level_two() {
    let domain = domain();
    let caller = domain.anybody();
    caller.deposit(&Deposit::of("1.2.250.1.999.18.51").for_patient(&patient(1851)), b"one").is_taken();
    let uuid = caller.entry_uuid("1.2.250.1.999.18.51");
    let logical = format!("('{uuid}')");
    let asked = [("$XDSDocumentEntryLogicalID", logical.as_str())];
    caller.ask(&query(GET_DOCUMENTS, "LeafClass", &asked)).fails_with("XDSRegistryError", "QUERY-LEVEL");
    let at_two = [asked[0], ("$MetadataLevel", "2")];
    assert_eq!(caller.ask(&query(GET_DOCUMENTS, "LeafClass", &at_two)).ids("ExtrinsicObject"), [uuid.clone()]);
    let deprecated = "('urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated')";
    let associations = [("$uuid", logical.as_str()), ("$XDSAssociationStatus", deprecated)];
    let count = |parameters: &[(&str, &str)]| {
        caller.ask(&query(GET_ASSOCIATIONS, "LeafClass", parameters)).ids("Association").len()
    };
    assert_eq!(count(&associations), 1, "level 1 knows no status of associations");
    assert_eq!(count(&[associations[0], associations[1], ("$MetadataLevel", "2")]), 0);
}
