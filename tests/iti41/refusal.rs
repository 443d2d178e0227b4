//! What is refused, in which words, and that nothing of it stays.

use super::{CDA, gateway, with_second};
use crate::support::answer::RegistryError;
use crate::support::caller::{Caller, SIMPLE, patient, sha1};
use crate::support::gateway::{DMP, Gateway, Setup};
use crate::support::message::{Deposit, ITI41, PACKAGE, package};
use crate::support::wire::Answer;

/// The deposit with a hash and a size of the sender's own.
pub(super) fn claiming(deposit: Deposit, hash: &str, size: usize) -> Deposit {
    let slot =
        |name: &str, value: &str| format!("<Slot name=\"{name}\"><ValueList><Value>{value}</Value></ValueList></Slot>");
    let slots = format!("{}{}<Slot name=\"languageCode\">", slot("hash", hash), slot("size", &size.to_string()));
    deposit.with("<Slot name=\"languageCode\">", &slots)
}

/// Sends to a gateway that has nothing; it has nothing afterwards either.
#[track_caller]
fn check_in(gateway: &Gateway, send: impl FnOnce(&Caller, Deposit) -> Answer) -> Answer {
    let patient = patient(41_300);
    let doctor = gateway.treating_doctor(&patient);
    let answer = send(&doctor, Deposit::of("1.2.250.1.999.41.30").for_patient(&patient));
    assert_ne!(answer.status_urn_or_fault(), "Success");
    doctor.knows_nothing_of("1.2.250.1.999.41.30");
    assert_eq!(gateway.documents_on_disk(), Vec::<std::path::PathBuf>::new());
    answer
}

#[track_caller]
fn check(send: impl FnOnce(&Caller, Deposit) -> Answer) -> Answer {
    check_in(&Setup::toml(DMP).on(super::DATABASE).serve(), send)
}

#[test]
fn a_hash_or_a_size_that_is_not_the_one_of_the_document_is_refused() {
    let wrong = sha1(b"another document");
    let answer = check(|doctor, deposit| doctor.deposit(&claiming(deposit, &wrong, CDA.len()), CDA));
    answer.fails_with("XDSRepositoryMetadataError", "PROVIDE-HASH");
    let answer = check(|doctor, deposit| doctor.deposit(&claiming(deposit, &sha1(CDA), CDA.len() + 1), CDA));
    let error = answer.fails_with("XDSRepositoryMetadataError", "PROVIDE-SIZE");
    assert!(error.location.starts_with("Document01"), "{error:?}");
}

#[test]
fn an_entry_without_its_document_is_refused() {
    let answer = check(|doctor, deposit| {
        let body = deposit.provide_and_register();
        let start = body.find("<xdsb:Document ").unwrap();
        let end = body.find("</xdsb:Document>").unwrap() + "</xdsb:Document>".len();
        doctor.provide(&body.replace(&body[start..end], ""), &[])
    });
    let error = answer.fails_with("XDSMissingDocument", "PROVIDE-DOCUMENT");
    assert!(error.location.contains("Document01"), "{error:?}");
}

#[test]
fn a_document_without_its_entry_is_refused() {
    let answer = check(|doctor, deposit| {
        let body = deposit.provide_and_register();
        let more = "<xdsb:Document id=\"Document09\">bW9yZQ==</xdsb:Document></xdsb:ProvideAndRegister";
        doctor.provide(&body.replace("</xdsb:ProvideAndRegister", more), &[("document", CDA)])
    });
    let error = answer.fails_with("XDSMissingDocumentMetadata", "PROVIDE-METADATA");
    assert!(error.context.contains("Document09") || error.location.contains("Document09"), "{error:?}");
}

#[test]
fn a_reference_to_a_part_that_is_not_there_is_refused() {
    let answer = check(|doctor, deposit| doctor.provide(&deposit.provide_and_register(), &[("elsewhere", CDA)]));
    let error = answer.fails_with("XDSMissingDocument", "MESSAGE-BYTES");
    assert!(error.context.contains("XOP-03"), "{error:?}");
}

#[test]
fn a_patient_whom_nobody_announced_is_refused() {
    let gateway = Setup::default().on(super::DATABASE).serve();
    let answer = check_in(&gateway, |doctor, deposit| doctor.deposit(&deposit, CDA));
    let error = answer.fails_with("XDSUnknownPatientId", "PATIENT-KNOWN");
    assert!(error.context.contains(&patient(41_300)[..15]), "the caller learns which patient: {error:?}");
}

#[test]
fn a_patient_who_is_not_the_one_of_the_assertion_is_refused() {
    let answer = check(|doctor, deposit| doctor.deposit(&deposit.for_patient(&patient(41_301)), CDA));
    answer.fails_with("XDSPatientIdDoesNotMatch", "ADM-PATIENT-03");
}

#[test]
fn everything_that_is_wrong_with_the_metadata_is_said_at_once_with_its_place() {
    let answer = check(|doctor, deposit| {
        let deposit = deposit
            .with("<Value>fr-FR</Value>", "<Value>français !</Value>")
            .with("<Value>20261125092500</Value>", "<Value>hier</Value>")
            .with("nodeRepresentation=\"10\"", "nodeRepresentation=\"\"")
            .with("mimeType=\"text/xml\" ", "");
        doctor.deposit(&deposit, CDA)
    });
    let errors: Vec<RegistryError> = answer.errors().into_iter().filter(|error| error.severity == "Error").collect();
    for rule in ["[DE-LANGUAGE]", "[DE-CREATION-TIME]", "[DE-CLASS-CODE]", "[DE-MIME-TYPE]"] {
        let error = errors.iter().find(|error| error.context.ends_with(rule));
        let error = error.unwrap_or_else(|| panic!("no {rule} in {errors:#?}"));
        assert!(error.code == "XDSRepositoryMetadataError" || error.code == "XDSRegistryMetadataError", "{error:?}");
        assert!(error.location.starts_with("Document01 ") && error.location.contains("ExtrinsicObject"), "{error:?}");
        assert!(!error.context.contains("MARTIN"), "{error:?}");
    }
}

#[test]
fn one_bad_document_of_two_refuses_both() {
    let answer = check(|doctor, deposit| {
        let body = with_second(&deposit.provide_and_register(), "1.2.250.1.999.41.31", |entry| {
            entry.replace("<Value>fr-FR</Value>", "<Value></Value>")
        });
        let answer = doctor.provide(&body, &[("document", CDA), ("second", b"two")]);
        doctor.knows_nothing_of("1.2.250.1.999.41.31");
        answer
    });
    assert!(answer.errors().iter().any(|error| error.location.starts_with("Document02")), "{:?}", answer.errors());
}

#[test]
fn one_unique_id_for_two_documents_is_refused() {
    let answer = check(|doctor, deposit| {
        let body = with_second(&deposit.provide_and_register(), &deposit.unique_id, |entry| entry);
        doctor.provide(&body, &[("document", CDA), ("second", b"two")])
    });
    let codes: Vec<String> = answer.errors().into_iter().map(|error| error.code).collect();
    assert!(codes.iter().any(|code| code.ends_with("DuplicateUniqueIdInMessage")), "{codes:?}");
}

#[test]
fn a_caller_without_assertion_gets_a_fault_in_the_packaging_of_his_message() {
    let gateway = gateway();
    let patient = patient(41_302);
    let deposit = Deposit::of("1.2.250.1.999.41.32").for_patient(&patient);
    let stranger = gateway.treating_doctor(&patient).without_assertion();
    let packed = stranger.deposit(&deposit, CDA);
    assert!(packed.is_package());
    let plain = stranger.post("repository", SIMPLE, stranger.envelope(ITI41, &deposit.provide("bW9yZQ==")).as_bytes());
    assert!(!plain.is_package());
    for answer in [packed, plain] {
        let fault = answer.faults_by(500, "VIHF-SEC-00");
        assert_eq!(fault.codes, ["soap:Sender", "wsse:InvalidSecurity"]);
        assert!(fault.french.contains("assertion") && fault.english.contains("missing"), "{fault:?}");
    }
    gateway.treating_doctor(&patient).knows_nothing_of("1.2.250.1.999.41.32");
}

#[test]
fn an_assertion_that_was_changed_after_it_was_signed_is_refused() {
    let gateway = gateway();
    let patient = patient(41_303);
    let doctor = gateway.treating_doctor(&patient).tampering("899700000017", "899700000018");
    let answer = doctor.deposit(&Deposit::of("1.2.250.1.999.41.33").for_patient(&patient), CDA);
    let fault = answer.fault().unwrap();
    let fault = answer.faults_by(500, fault.rule());
    assert!(fault.rule().starts_with("VIHF-SIG-"), "{fault:?}");
    assert_eq!(fault.codes, ["soap:Sender", "wsse:FailedCheck"]);
    gateway.treating_doctor(&patient).knows_nothing_of("1.2.250.1.999.41.33");
}

#[test]
fn an_assertion_that_names_no_valid_patient_is_refused() {
    let gateway = gateway();
    let doctor = gateway.treating_doctor("284067510512300^^^&1.2.250.1.213.1.4.10&ISO^NH");
    let answer = doctor.deposit(&Deposit::of("1.2.250.1.999.41.34"), CDA);
    let fault = answer.fault().unwrap();
    let fault = answer.faults_by(500, fault.rule());
    assert!(fault.rule().starts_with("VIHF-INS-") || fault.rule() == "ADM-PATIENT-02", "{fault:?}");
    assert!(!format!("{fault:?}").contains("284067510512300"), "{fault:?}");
}

#[test]
fn a_large_document_of_a_caller_who_is_refused_is_read_to_its_end_and_kept_nowhere() {
    let large = vec![b'x'; 8 << 20];
    let answer = check(|doctor, deposit| {
        let package = package(
            &crate::support::message::envelope(ITI41, None, &deposit.provide_and_register()),
            &[("document", &large)],
        );
        doctor.post("repository", PACKAGE, &package)
    });
    answer.faults_by(500, "VIHF-SEC-00");
}

#[test]
fn a_large_document_of_a_submission_that_is_refused_is_taken_back() {
    let large = vec![b'x'; 3 << 20];
    let answer =
        check(|doctor, deposit| doctor.deposit(&deposit.with("<Value>fr-FR</Value>", "<Value></Value>"), &large));
    assert_eq!(answer.status_urn(), "Failure");
}

#[test]
fn a_document_larger_than_the_repository_takes_is_refused() {
    let gateway = Setup::toml(&format!("{DMP}[repository]\nmax_document_bytes = 1000\n")).on(super::DATABASE).serve();
    let answer = check_in(&gateway, |doctor, deposit| doctor.deposit(&deposit, &[b'x'; 1001]));
    let fault = answer.faults_by(413, "MTOM-07");
    assert!(fault.english.contains("1000"), "{fault:?}");
    let answer = check_in(&gateway, |doctor, deposit| {
        use base64::Engine as _;
        let inline = base64::engine::general_purpose::STANDARD.encode([b'x'; 1001]);
        doctor.provide(&deposit.provide(&inline), &[])
    });
    assert!(answer.fails_with("XDSRepositoryError", "PROVIDE-LARGE").context.contains("1000"));
    let patient = patient(41_300);
    let doctor = gateway.treating_doctor(&patient);
    doctor.deposit(&Deposit::of("1.2.250.1.999.41.35").for_patient(&patient), &[b'x'; 1000]).is_taken();
}

#[test]
fn more_documents_than_a_submission_may_hold_are_refused() {
    let gateway = Setup::toml("[domain]\nunknown_patients = \"accept\"\ndocuments_per_submission = 1\n")
        .on(super::DATABASE)
        .serve();
    let answer = check_in(&gateway, |doctor, deposit| {
        let body = with_second(&deposit.provide_and_register(), "1.2.250.1.999.41.36", |entry| entry);
        doctor.provide(&body, &[("document", CDA), ("second", b"two")])
    });
    answer.fails_with("XDSRepositoryError", "PROVIDE-NUMBER");
}

#[test]
fn of_many_documents_without_usable_bytes_the_first_ones_are_told() {
    for bytes in ["!", "<xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:nowhere\"/>"] {
        let answer = check(|doctor, deposit| {
            let many = format!("<xdsb:Document id=\"other\">{bytes}</xdsb:Document>").repeat(5000);
            let body = deposit.provide_and_register().replace("<xdsb:Document ", &format!("{many}<xdsb:Document "));
            doctor.provide(&body, &[("document", CDA)])
        });
        assert_eq!(answer.status_urn(), "Failure");
        let told = answer.errors().into_iter().filter(|error| error.context.contains("(XOP-0"));
        assert_eq!(told.count(), 50, "{bytes}");
    }
}

#[test]
fn a_package_that_is_cut_off_is_refused() {
    let answer = check(|doctor, deposit| {
        let whole = package(&doctor.envelope(ITI41, &deposit.provide_and_register()), &[("document", CDA)]);
        doctor.post("repository", PACKAGE, &whole[..whole.len() - 10])
    });
    answer.faults_by(400, "MTOM-02");
}
