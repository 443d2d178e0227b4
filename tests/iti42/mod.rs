//! ITI-42, Register Document Set-b: metadata of documents that are elsewhere.

mod folder;
mod relationship;
mod whole;

use std::sync::Arc;

use crate::support::caller::{patient, sha1};
use crate::support::gateway::{DMP, Gateway, IHE, Setup, Shared};
use crate::support::message::{Deposit, REPOSITORY};
use crate::support::story::Story;

fn gateway() -> Arc<Gateway> {
    static SHARED: Shared = Shared::on(super::DATABASE);
    SHARED.with(DMP)
}

/// An affinity domain of one test's own.
fn story() -> Story {
    Story::on(super::DATABASE)
}

/// The metadata of a document in a repository, complete.
fn registration(unique_id: &str, patient: &str) -> Deposit {
    let slot =
        |name: &str, value: &str| format!("<Slot name=\"{name}\"><ValueList><Value>{value}</Value></ValueList></Slot>");
    let slots = [slot("hash", &sha1(b"one")), slot("size", "3"), slot("repositoryUniqueId", REPOSITORY)].concat();
    let more = format!("{slots}<Slot name=\"languageCode\">");
    Deposit::of(unique_id).for_patient(patient).with("<Slot name=\"languageCode\">", &more)
}

#[test]
fn a_registered_document_is_found_and_not_kept_here() {
    let gateway = gateway();
    let patient = patient(4201);
    let doctor = gateway.treating_doctor(&patient);
    let answer = doctor.register(&registration("1.2.250.1.999.42.1", &patient));
    answer.is_taken();
    assert!(!answer.is_package());
    assert!(answer.envelope().contains(">urn:ihe:iti:2007:RegisterDocumentSet-bResponse</"));
    assert_eq!(
        doctor.entry("1.2.250.1.999.42.1").entries(),
        [("1.2.250.1.999.42.1".to_owned(), "Approved".to_owned())]
    );
    doctor.fetch(&["1.2.250.1.999.42.1"]).fails_with("XDSDocumentUniqueIdError", "RET-UNKNOWN");
}

#[test]
fn hash_size_and_repository_are_not_guessed() {
    let gateway = gateway();
    let patient = patient(4202);
    let doctor = gateway.treating_doctor(&patient);
    let answer = doctor.register(&Deposit::of("1.2.250.1.999.42.2").for_patient(&patient));
    let errors = answer.errors();
    for attribute in ["hash", "size", "repositoryUniqueId"] {
        let found = errors.iter().find(|error| error.context.contains(attribute));
        let error = found.unwrap_or_else(|| panic!("no {attribute} in {errors:#?}"));
        assert_eq!(error.code, "XDSRegistryMetadataError");
        assert!(error.location.starts_with("Document01"), "{error:?}");
    }
    doctor.knows_nothing_of("1.2.250.1.999.42.2");
}

#[test]
fn a_replacement_by_registration_deprecates() {
    let gateway = gateway();
    let patient = patient(4203);
    let doctor = gateway.treating_doctor(&patient);
    doctor.register(&registration("1.2.250.1.999.42.3.1", &patient)).is_taken();
    let old = doctor.entry_uuid("1.2.250.1.999.42.3.1");
    doctor.register(&registration("1.2.250.1.999.42.3.2", &patient).replacing(&old)).is_taken();
    assert_eq!(doctor.entry("1.2.250.1.999.42.3.1").entries()[0].1, "Deprecated");
}

#[test]
fn the_patient_of_the_assertion_is_the_patient_of_the_metadata() {
    let gateway = gateway();
    let doctor = gateway.treating_doctor(&patient(4204));
    let answer = doctor.register(&registration("1.2.250.1.999.42.4", &patient(4205)));
    answer.fails_with("XDSPatientIdDoesNotMatch", "ADM-PATIENT-03");
}

#[test]
fn a_caller_of_the_dmp_refers_to_nothing_of_another_patient() {
    let gateway = gateway();
    let (theirs, ours) = (patient(4208), patient(4209));
    let owner = gateway.treating_doctor(&theirs);
    owner.register(&registration("1.2.250.1.999.42.8", &theirs)).is_taken();
    let document = owner.entry_uuid("1.2.250.1.999.42.8");
    let reference = |target: &str| {
        let slot = "<Slot name=\"SubmissionSetStatus\"><ValueList><Value>Reference</Value></ValueList></Slot>";
        let member = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember";
        format!(
            "<Association id=\"as8\" associationType=\"{member}\" sourceObject=\"SubmissionSet01\" targetObject=\"{target}\">{slot}</Association></RegistryObjectList>"
        )
    };
    let doctor = gateway.treating_doctor(&ours);
    let referring = |unique_id: &str, target: &str| {
        doctor.register(&registration(unique_id, &ours).with("</RegistryObjectList>", &reference(target)))
    };
    let answer = referring("1.2.250.1.999.42.9.1", &document);
    answer.fails_with("XDSPatientIdDoesNotMatch", "ADM-PATIENT-06");
    assert!(!answer.envelope().contains(&theirs[..15]), "the answer names the other patient");
    doctor.knows_nothing_of("1.2.250.1.999.42.9.1");
    // To a document of his own patient he may.
    doctor.register(&registration("1.2.250.1.999.42.9.2", &ours)).is_taken();
    referring("1.2.250.1.999.42.9.3", &doctor.entry_uuid("1.2.250.1.999.42.9.2")).is_taken();
}

#[test]
fn an_unknown_patient_is_refused_by_the_registry() {
    let gateway = Setup::default().on(super::DATABASE).serve();
    let patient = patient(4206);
    let answer = gateway.treating_doctor(&patient).register(&registration("1.2.250.1.999.42.5", &patient));
    answer.fails_with("XDSUnknownPatientId", "PATIENT-KNOWN");
}

#[test]
fn an_affinity_domain_takes_codes_of_its_own_and_needs_no_assertion() {
    let domain = Setup::toml(IHE).on(super::DATABASE).serve();
    let caller = domain.anybody();
    let patient = patient(4207);
    let own = registration("1.2.250.1.999.42.6", &patient)
        .with("nodeRepresentation=\"11488-4\"", "nodeRepresentation=\"own\"");
    caller.register(&own).is_taken();
    assert_eq!(caller.entry("1.2.250.1.999.42.6").entries().len(), 1);
    // What the DMP thinks of it.
    let gateway = gateway();
    let answer = gateway.treating_doctor(&patient).register(&own);
    assert_eq!(answer.status_urn(), "Failure", "{}", answer.envelope());
}

#[test]
fn unknown_slots_are_kept() {
    let gateway = gateway();
    let patient = patient(4208);
    let doctor = gateway.treating_doctor(&patient);
    let slot = "<Slot name=\"urn:example:own\"><ValueList><Value>kept &amp; given</Value></ValueList></Slot><Slot name=\"creationTime\">";
    let deposit = registration("1.2.250.1.999.42.7", &patient).with("<Slot name=\"creationTime\">", slot);
    doctor.register(&deposit).is_taken();
    assert_eq!(doctor.entry("1.2.250.1.999.42.7").slot("urn:example:own"), ["kept & given"]);
}
