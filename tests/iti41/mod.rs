//! ITI-41, Provide and Register Document Set-b (DMP TD2.1), over mutual TLS: what is taken comes back byte for byte, what
//! is refused leaves nothing.

mod clinical;
mod packaging;
mod refusal;
mod replacement;
mod several;
mod signature;

use std::sync::Arc;

use super::DATABASE;
use crate::support::caller::patient;
use crate::support::gateway::{DMP, Gateway, IHE, Shared};
use crate::support::message::Deposit;

/// What the document is does not matter here: the gateway keeps octets.
const CDA: &[u8] =
    "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><title>Compte rendu – été</title></ClinicalDocument>\n".as_bytes();

fn gateway() -> Arc<Gateway> {
    static SHARED: Shared = Shared::on(DATABASE);
    SHARED.with(DMP)
}

fn affinity_domain() -> Arc<Gateway> {
    static SHARED: Shared = Shared::on(DATABASE);
    SHARED.with(IHE)
}

/// The same text with every `Document01` named otherwise, and nested ids apart.
fn second_entry(body: &str, unique_id: &str) -> String {
    let start = body.find("<ExtrinsicObject").unwrap();
    let end = start + body[start..].find("</ExtrinsicObject>").unwrap() + "</ExtrinsicObject>".len();
    let first_id =
        body[start..end].split("2e82c1f6-a085-4c72-9da3-8640a32e42ab\" registryObject=\"Document01\" value=\"").nth(1);
    let first_id = first_id.unwrap().split('"').next().unwrap();
    body[start..end]
        .replace("Document01", "Document02")
        .replace("id=\"cl", "id=\"second-cl")
        .replace("id=\"ei", "id=\"second-ei")
        .replace(&format!("value=\"{first_id}\""), &format!("value=\"{unique_id}\""))
}

fn member(target: &str) -> String {
    format!(
        "<Association id=\"as-{target}\" associationType=\"urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember\" \
         sourceObject=\"SubmissionSet01\" targetObject=\"{target}\"><Slot name=\"SubmissionSetStatus\"><ValueList>\
         <Value>Original</Value></ValueList></Slot></Association>"
    )
}

fn part(id: &str, cid: &str) -> String {
    format!(
        "<xdsb:Document id=\"{id}\"><xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" \
         href=\"cid:{cid}\"/></xdsb:Document>"
    )
}

/// A second document beside the first of a body.
fn with_second(body: &str, unique_id: &str, change: impl Fn(String) -> String) -> String {
    let entry = change(second_entry(body, unique_id));
    body.replace("</RegistryObjectList>", &format!("{entry}{}</RegistryObjectList>", member("Document02")))
        .replace("</xdsb:ProvideAndRegister", &format!("{}</xdsb:ProvideAndRegister", part("Document02", "second")))
}

#[test]
fn what_is_deposited_is_found_and_comes_back_byte_for_byte() {
    let gateway = gateway();
    let patient = patient(4101);
    let doctor = gateway.treating_doctor(&patient);
    let answer = doctor.deposit(&Deposit::of("1.2.250.1.999.41.1").for_patient(&patient), CDA);
    answer.is_taken();
    assert!(answer.is_package(), "{:?}", answer.headers);
    doctor.finds_and_fetches("1.2.250.1.999.41.1", CDA);
}

#[test]
fn no_octet_of_a_document_is_ever_changed() {
    let gateway = gateway();
    let patient = patient(4102);
    let doctor = gateway.treating_doctor(&patient);
    let all: Vec<u8> = (0..=255).collect();
    let documents: [&[u8]; 8] =
        [b"", b"\r\n", b"\n\n\r\r", b"\0\0\0", b"\xef\xbb\xbf<a/>", b"\r\n--b2--\r\n--b", b"\r\n--", &all];
    for (number, document) in documents.into_iter().enumerate() {
        let unique_id = format!("1.2.250.1.999.41.2.{}", number + 1);
        doctor.deposit(&Deposit::of(&unique_id).for_patient(&patient), document).is_taken();
        doctor.finds_and_fetches(&unique_id, document);
    }
}

#[test]
fn a_document_may_be_of_any_media_type() {
    let gateway = gateway();
    let patient = patient(4103);
    let doctor = gateway.treating_doctor(&patient);
    for (number, mime_type) in ["application/dicom", "image/jpeg", "application/x-unheard.of+zip"].iter().enumerate() {
        let unique_id = format!("1.2.250.1.999.41.3.{}", number + 1);
        let deposit = Deposit::of(&unique_id).for_patient(&patient);
        let deposit = deposit.with("mimeType=\"text/xml\"", &format!("mimeType=\"{mime_type}\""));
        doctor.deposit(&deposit, b"DICM\0\x01").is_taken();
        assert_eq!(doctor.entry(&unique_id).attributes("ExtrinsicObject", "mimeType"), [*mime_type]);
        let fetched = doctor.fetch(&[&unique_id]);
        assert!(fetched.envelope().contains(&format!("mimeType>{mime_type}</")), "{}", fetched.envelope());
        doctor.finds_and_fetches(&unique_id, b"DICM\0\x01");
    }
}

#[test]
fn a_document_id_in_other_letters_is_taken_with_a_warning() {
    let gateway = gateway();
    let patient = patient(4105);
    let doctor = gateway.treating_doctor(&patient);
    let body = Deposit::of("1.2.250.1.999.41.5").for_patient(&patient).provide_and_register();
    let answer = doctor.provide(
        &body.replace("<xdsb:Document id=\"Document01\"", "<xdsb:Document id=\"documenT01\""),
        &[("document", CDA)],
    );
    assert_eq!(answer.status_urn(), "Success", "{}", answer.envelope());
    let errors = answer.errors();
    assert_eq!((errors.len(), errors[0].severity.as_str()), (1, "Warning"), "{errors:?}");
    assert!(errors[0].context.ends_with("[PROVIDE-ID-CASE]"), "{errors:?}");
    doctor.finds_and_fetches("1.2.250.1.999.41.5", CDA);
}

#[test]
fn a_hash_and_a_size_that_are_right_are_taken_whatever_the_letters() {
    let gateway = gateway();
    let patient = patient(4106);
    let doctor = gateway.treating_doctor(&patient);
    let hash = crate::support::caller::sha1(CDA);
    for (number, hash) in [hash.clone(), hash.to_uppercase()].iter().enumerate() {
        let unique_id = format!("1.2.250.1.999.41.6.{}", number + 1);
        let deposit = Deposit::of(&unique_id).for_patient(&patient);
        doctor.deposit(&refusal::claiming(deposit, hash, CDA.len()), CDA).is_taken();
        doctor.finds_and_fetches(&unique_id, CDA);
    }
}
