//! Two identities of one patient: what belongs to the one becomes the other's, and the one ends.

use super::{FED, OPEN, document, domain};
use crate::support::caller::{Caller, patient, sha1};
use crate::support::feed::{Sender, announcement, merge, message};
use crate::support::message::{
    self, Deposit, FIND_DOCUMENTS, GET_ALL, GET_SUBMISSION_SET, REPOSITORY, find_documents, query,
};
use crate::support::wire::Answer;

/// Announces patients.
fn admit(hospital: &mut Sender, patients: &[&str]) {
    for patient in patients {
        hospital.send(&announcement("A01", patient)).accepts();
    }
}

/// The values of all identifiers of the scheme `patientId` in an answer, each once.
fn patients_in(answer: &Answer) -> Vec<String> {
    let schemes = [
        "58a6f841-87b3-4a3e-92fd-a8ffeff98427",
        "6b5aea1a-874d-4603-a4bc-96a0a7b38446",
        "f64ffdf0-4b97-4e06-b79f-a52b38ec2f8a",
    ];
    let envelope = answer.envelope();
    let tree = roxmltree::Document::parse(&envelope).unwrap();
    let mut found: Vec<String> = tree
        .descendants()
        .filter(|node| {
            schemes.iter().any(|scheme| node.attribute("identificationScheme") == Some(&format!("urn:uuid:{scheme}")))
        })
        .map(|node| node.attribute("value").unwrap().to_owned())
        .collect();
    found.sort();
    found.dedup();
    found
}

fn get_all(practice: &Caller, patient: &str) -> Answer {
    let statuses = "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved','urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated')";
    practice.ask(&query(
        GET_ALL,
        "LeafClass",
        &[
            ("$patientId", &format!("'{patient}'")),
            ("$XDSDocumentEntryStatus", statuses),
            ("$XDSSubmissionSetStatus", statuses),
            ("$XDSFolderStatus", statuses),
        ],
    ))
}

fn bare(patient: &str) -> String {
    patient.trim_end_matches("^NH").to_owned()
}

fn unique_ids(answer: &Answer) -> Vec<String> {
    answer.entries().into_iter().map(|(unique_id, _)| unique_id).collect()
}

#[test]
fn the_documents_of_the_subsumed_patient_become_those_of_the_surviving_one() {
    let (_gateway, mut hospital, practice) = domain(FED);
    let (old, new) = (patient(820), patient(821));
    admit(&mut hospital, &[&old, &new]);
    practice.deposit(&document(20, &old), b"old").is_taken();
    practice.deposit(&document(21, &new), b"new").is_taken();
    let before = practice.entry("1.2.250.1.999.8.20").envelope();
    assert_eq!(unique_ids(&practice.ask(&find_documents(&old))), ["1.2.250.1.999.8.20"]);

    hospital.send(&merge(&new, &old)).accepts();

    assert_eq!(practice.ask(&find_documents(&old)).entries(), []);
    let union = practice.ask(&find_documents(&new));
    assert_eq!(unique_ids(&union), ["1.2.250.1.999.8.20", "1.2.250.1.999.8.21"]);
    let all = get_all(&practice, &new);
    assert_eq!(
        (all.ids("RegistryPackage").len(), all.ids("ExtrinsicObject").len(), all.ids("Association").len()),
        (2, 2, 2)
    );
    assert!(get_all(&practice, &old).ids("RegistryPackage").is_empty());
    // Every answer names the survivor, whatever the query. The patient at the source is who he was.
    let set = query(GET_SUBMISSION_SET, "LeafClass", &[("$XDSSubmissionSetUniqueId", "'1.2.250.1.999.8.20.1'")]);
    for answer in [practice.ask(&set), practice.entry("1.2.250.1.999.8.20")] {
        assert_eq!(patients_in(&answer), [bare(&new)], "{}", answer.envelope());
        assert_eq!(answer.slot("sourcePatientId"), ["0004471^^^&1.2.250.1.999.77.1.2&ISO^PI"]);
    }
    let after = practice.entry("1.2.250.1.999.8.20").envelope();
    let escaped = |patient: &str| patient.replace('&', "&amp;");
    assert!(before.contains(&escaped(&old)));
    let object = |envelope: &str| envelope.split("<ns4:ExtrinsicObject").nth(1).unwrap().to_owned();
    // Nothing else of the entry changed, byte for byte.
    assert_eq!(object(&before).replace(&escaped(&old), &escaped(&bare(&new))), object(&after));
    practice.finds_and_fetches("1.2.250.1.999.8.20", b"old");
}

#[test]
fn submissions_for_the_subsumed_patient_are_refused_in_either_kind_of_domain() {
    for toml in [FED, OPEN] {
        let (_gateway, mut hospital, practice) = domain(toml);
        let (old, new) = (patient(822), patient(823));
        admit(&mut hospital, &[&old]);
        // The survivor need not be known before: the merge announces it.
        hospital.send(&merge(&new, &old)).accepts();
        practice.deposit(&document(22, &old), b"one").fails_with("XDSUnknownPatientId", "PATIENT-MERGED");
        practice.deposit(&document(23, &new), b"one").is_taken();
        hospital.send(&announcement("A08", &old)).refuses("AE", "PIF-STATE-01", "PID^1^3");
    }
}

#[test]
fn merges_form_a_chain() {
    let (_gateway, mut hospital, practice) = domain(FED);
    let (first, second, third) = (patient(824), patient(825), patient(826));
    admit(&mut hospital, &[&first, &second, &third]);
    practice.deposit(&document(24, &first), b"one").is_taken();
    hospital.send(&merge(&second, &first)).accepts();
    practice.deposit(&document(25, &second), b"two").is_taken();
    hospital.send(&merge(&third, &second)).accepts();
    let found = practice.ask(&find_documents(&third));
    assert_eq!(unique_ids(&found), ["1.2.250.1.999.8.24", "1.2.250.1.999.8.25"]);
    assert_eq!(patients_in(&found), [bare(&third)]);
    for ended in [&first, &second] {
        assert_eq!(practice.ask(&find_documents(ended)).entries(), []);
        practice.deposit(&document(26, ended), b"x").fails_with("XDSUnknownPatientId", "PATIENT-MERGED");
    }
}

#[test]
fn documents_of_the_merged_patients_can_be_related() {
    let (_gateway, mut hospital, practice) = domain(FED);
    let (old, new) = (patient(827), patient(828));
    admit(&mut hospital, &[&old, &new]);
    practice.deposit(&document(27, &old), b"one").is_taken();
    let replaced = practice.entry_uuid("1.2.250.1.999.8.27");
    practice
        .deposit(&document(28, &new).replacing(&replaced), b"two")
        .fails_with("XDSPatientIdDoesNotMatch", "PATIENT-RELATIONSHIP");
    hospital.send(&merge(&new, &old)).accepts();
    practice.deposit(&document(28, &new).replacing(&replaced), b"two").is_taken();
    assert_eq!(practice.entry("1.2.250.1.999.8.27").entries()[0].1, "Deprecated");
}

#[test]
fn a_merge_that_cannot_be_is_refused_and_changes_nothing() {
    let (_gateway, mut hospital, practice) = domain(FED);
    let (old, new, other, nobody) = (patient(829), patient(830), patient(831), patient(832));
    admit(&mut hospital, &[&old, &new, &other]);
    practice.deposit(&document(29, &old), b"one").is_taken();
    hospital.send(&merge(&old, &old)).refuses("AE", "PIF-STATE-02", "MRG^1^1");
    hospital.send(&merge(&new, &nobody)).refuses("AE", "PIF-STATE-05", "MRG^1^1");
    let foreign = old.replace("1.2.250.1.213.1.4.10", "1.2.3");
    hospital.send(&merge(&new, &foreign)).refuses("AE", "PIF-ID-02", "MRG^1^1");
    hospital.send(&merge(&foreign, &old)).refuses("AE", "PIF-ID-02", "PID^1^3");
    hospital.send(&message("A40", &format!("PID|1||{new}"))).refuses("AE", "PIF-MRG-01", "MRG^1");
    assert_eq!(practice.ask(&find_documents(&old)).entries().len(), 1);

    hospital.send(&merge(&new, &old)).accepts();
    // The same again is what a sender does who did not hear the answer.
    hospital.send(&merge(&new, &old)).accepts();
    hospital.send(&merge(&other, &old)).refuses("AE", "PIF-STATE-03", "MRG^1^1");
    hospital.send(&merge(&old, &new)).refuses("AE", "PIF-STATE-04", "PID^1^3");
    hospital.send(&merge(&old, &other)).refuses("AE", "PIF-STATE-04", "PID^1^3");
    assert_eq!(practice.ask(&find_documents(&new)).entries().len(), 1);
}

#[test]
fn a_message_with_several_pairs_is_carried_out_whole_or_not_at_all() {
    let (_gateway, mut hospital, practice) = domain(FED);
    let (a, b, c, d) = (patient(833), patient(834), patient(835), patient(836));
    admit(&mut hospital, &[&a, &b, &c]);
    practice.deposit(&document(30, &b), b"one").is_taken();
    let pairs = |second: &str, third: &str| format!("PID|1||{a}\rMRG|{b}\rPID|2||{second}\rMRG|{third}");
    hospital.send(&message("A40", &pairs(&c, &d))).refuses("AE", "PIF-STATE-05", "MRG^2^1");
    assert_eq!(practice.ask(&find_documents(&b)).entries().len(), 1);
    // The second pair may go on from the first.
    hospital.send(&message("A40", &pairs(&c, &a))).accepts();
    assert_eq!(unique_ids(&practice.ask(&find_documents(&c))), ["1.2.250.1.999.8.30"]);
    hospital.send(&message("A40", &pairs(&b, &c))).refuses("AE", "PIF-STATE-04", "PID^1^3");
}

#[test]
fn in_an_open_domain_an_unknown_patient_can_be_subsumed_before_its_first_document() {
    let (_gateway, mut hospital, practice) = domain(OPEN);
    let (old, new) = (patient(837), patient(838));
    hospital.send(&merge(&new, &old)).accepts();
    practice.deposit(&document(31, &old), b"one").fails_with("XDSUnknownPatientId", "PATIENT-MERGED");
    practice.deposit(&document(31, &new), b"one").is_taken();
}

#[test]
fn more_documents_than_one_batch_move_together() {
    let (_gateway, mut hospital, practice) = domain(FED);
    let (old, new) = (patient(839), patient(840));
    admit(&mut hospital, &[&old]);
    for number in 0..75 {
        // Three objects each: set, entry, association.
        practice.deposit(&document(1000 + number, &old), b"one").is_taken();
    }
    hospital.send(&merge(&new, &old)).accepts();
    let found = practice.ask(&message::query(
        FIND_DOCUMENTS,
        "ObjectRef",
        &[
            ("$XDSDocumentEntryPatientId", &format!("'{new}'")),
            ("$XDSDocumentEntryStatus", "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')"),
        ],
    ));
    assert_eq!(found.ids("ObjectRef").len(), 75);
    assert!(get_all(&practice, &old).ids("RegistryPackage").is_empty());
}

#[test]
fn an_identifier_that_needs_escapes_is_merged_as_any_other() {
    let (_gateway, mut hospital, practice) = domain(FED);
    let [old, new] = ["O\"<1>", "N'>\"2"].map(|id| format!("{id}^^^&1.2.250.1.213.1.4.10&ISO"));
    admit(&mut hospital, &[&old]);
    let plain = old.replace("O\"<1>", "Old1");
    let deposit = Deposit::of("1.2.250.1.999.8.40").for_patient(&plain).with("Old1", "O&quot;&lt;1&gt;");
    practice.deposit(&deposit, b"one").is_taken();
    hospital.send(&merge(&new, &old)).accepts();
    assert_eq!(patients_in(&practice.entry("1.2.250.1.999.8.40")), [new]);
}

#[test]
fn an_update_is_of_the_surviving_patient() {
    let (_gateway, mut hospital, practice) = domain(FED);
    let (old, new) = (patient(841), patient(842));
    admit(&mut hospital, &[&old]);
    practice.deposit(&document(50, &old), b"one").is_taken();
    let id = practice.entry_uuid("1.2.250.1.999.8.50");
    hospital.send(&merge(&new, &old)).accepts();
    let slot =
        |name: &str, value: &str| format!("<Slot name=\"{name}\"><ValueList><Value>{value}</Value></ValueList></Slot>");
    let kept = [slot("hash", &sha1(b"one")), slot("size", "3"), slot("repositoryUniqueId", REPOSITORY)].concat();
    let update = |patient: &str| {
        document(50, patient)
            .with("1.2.250.1.999.8.50.1", "1.2.250.1.999.8.50.2")
            .with("<ExtrinsicObject id=\"Document01\"", &format!("<ExtrinsicObject id=\"Document01\" lid=\"{id}\""))
            .with("<Slot name=\"languageCode\">", &format!("{kept}<Slot name=\"languageCode\">"))
            .with(
                &slot("SubmissionSetStatus", "Original"),
                &format!("{}{}", slot("SubmissionSetStatus", "Original"), slot("PreviousVersion", "1")),
            )
            .submit_objects()
    };
    let send = |patient: &str| practice.send("registry", "urn:ihe:iti:2010:UpdateDocumentSet", &update(patient));
    send(&old).fails_with("XDSUnknownPatientId", "PATIENT-MERGED");
    send(&new).is_taken();
    let entries = practice.entry("1.2.250.1.999.8.50");
    assert_eq!(entries.attributes("VersionInfo", "versionName"), ["2"]);
    assert_eq!(patients_in(&entries), [new]);
}
