//! The packagings in which real clients send a deposit; every one of them ends in the same bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{CDA, gateway};
use crate::support::caller::{Caller, SIMPLE, patient};
use crate::support::message::{Deposit, ITI41, PACKAGE, package};
use crate::support::wire::Answer;

/// Deposits in a packaging of the test's own, then finds and fetches.
#[track_caller]
fn check(number: u32, document: &[u8], send: impl FnOnce(&Caller, &Deposit) -> Answer) -> Answer {
    let gateway = gateway();
    let patient = patient(41_100 + number);
    let doctor = gateway.treating_doctor(&patient);
    let unique_id = format!("1.2.250.1.999.41.10.{number}");
    let answer = send(&doctor, &Deposit::of(&unique_id).for_patient(&patient));
    answer.is_taken();
    doctor.finds_and_fetches(&unique_id, document);
    answer
}

/// The package of a deposit as text, so that it can be changed.
fn packed(doctor: &Caller, deposit: &Deposit, document: &str) -> String {
    let envelope = doctor.envelope(ITI41, &deposit.provide_and_register());
    String::from_utf8(package(&envelope, &[("document", document.as_bytes())])).unwrap()
}

#[track_caller]
fn changed(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "no {from}");
    text.replace(from, to)
}

#[test]
fn an_inline_document_in_a_package_is_taken() {
    let answer = check(1, CDA, |doctor, deposit| doctor.provide(&deposit.provide(&STANDARD.encode(CDA)), &[]));
    assert!(answer.is_package());
}

#[test]
fn an_inline_document_in_a_plain_message_is_taken_and_answered_plainly() {
    let answer = check(2, CDA, |doctor, deposit| {
        let wrapped = STANDARD
            .encode(CDA)
            .as_bytes()
            .chunks(20)
            .map(|line| String::from_utf8_lossy(line).into_owned() + "\n")
            .collect::<String>();
        doctor.post("repository", SIMPLE, doctor.envelope(ITI41, &deposit.provide(&wrapped)).as_bytes())
    });
    assert!(!answer.is_package());
    assert!(answer.header("content-type").unwrap().starts_with("application/soap+xml"), "{:?}", answer.headers);
}

#[test]
fn a_percent_encoded_reference_is_taken() {
    check(3, CDA, |doctor, deposit| {
        let body = deposit
            .provide("<xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:doc%401%3Ax\"/>");
        doctor.provide(&body, &[("doc@1:x", CDA)])
    });
}

#[test]
fn a_part_in_base64_is_taken_whatever_the_letters_of_its_encoding() {
    check(4, CDA, |doctor, deposit| {
        let text = packed(doctor, deposit, &STANDARD.encode(CDA));
        let from = "application/octet-stream\r\nContent-Transfer-Encoding: binary";
        let text = changed(&text, from, "text/xml; charset=Cp1252\r\nContent-Transfer-Encoding: BASE64");
        doctor.post("repository", PACKAGE, text.as_bytes())
    });
}

#[test]
fn lines_that_end_with_lf_alone_are_taken() {
    check(5, b"one\ntwo", |doctor, deposit| {
        let text = changed(&packed(doctor, deposit, "one\ntwo"), "\r\n", "\n");
        doctor.post("repository", PACKAGE, text.as_bytes())
    });
}

#[test]
fn a_root_part_that_is_not_the_first_is_taken() {
    check(6, b"one", |doctor, deposit| {
        let text = packed(doctor, deposit, "one");
        let parts: Vec<&str> = text.trim_end_matches("--\r\n").split("--b1").filter(|part| !part.is_empty()).collect();
        let [root, document] = parts.as_slice() else { panic!("{}", parts.len()) };
        let document = document.trim_end_matches("\r\n");
        let text = format!("--b1{document}\r\n--b1{root}\r\n--b1--\r\n");
        doctor.post("repository", PACKAGE, text.as_bytes())
    });
}

#[test]
fn a_root_part_in_soap_1_1_is_taken_and_answered_in_1_2() {
    let answer = check(7, b"one", |doctor, deposit| {
        let text = packed(doctor, deposit, "one");
        let text =
            changed(&text, "http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/");
        doctor.post("repository", PACKAGE, text.as_bytes())
    });
    assert!(answer.envelope().contains("http://www.w3.org/2003/05/soap-envelope"));
}

#[test]
fn a_package_without_start_has_its_first_part_as_root() {
    check(8, b"one", |doctor, deposit| {
        let text = packed(doctor, deposit, "one");
        let content_type = changed(PACKAGE, " start=\"<root>\";", "");
        doctor.post("repository", &content_type, text.as_bytes())
    });
}

#[test]
fn a_part_that_nothing_refers_to_is_ignored_and_not_kept() {
    let stray = b"a part that nothing refers to";
    check(9, b"one", |doctor, deposit| {
        doctor.provide(&deposit.provide_and_register(), &[("stray", stray), ("document", b"one")])
    });
    let kept = gateway().documents_on_disk();
    assert!(kept.iter().all(|file| std::fs::read(file).map_or(true, |content| content != stray)), "{kept:?}");
}

#[test]
fn the_answer_refers_to_the_message_and_is_addressed_to_the_caller() {
    let answer = check(10, b"one", |doctor, deposit| doctor.deposit(deposit, b"one"));
    let envelope = answer.envelope();
    for part in [
        ">urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse</",
        ">urn:uuid:0d5a1a5e-33b1-4d9c-9d0f-6a1f8f9a1001</",
        ">http://www.w3.org/2005/08/addressing/anonymous</",
        "<ns2:RegistryResponse",
    ] {
        assert!(envelope.contains(part), "no {part} in {envelope}");
    }
}
