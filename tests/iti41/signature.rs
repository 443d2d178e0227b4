//! The signature of a submission set: what is looked at, what is answered by each policy. Spec: DMP TD2.1, signature.

use std::path::Path;

use dmp_gateway::security::pki::certificate::{Certificate, PrivateKey};
use dmp_gateway::security::signature::algorithm::Hash;
use dmp_gateway::security::signature::xades::issue::{SignatureRequest, SignedDocument, Version, sign};
use dmp_gateway::xml::limits::Limits;

use super::{member, part, second_entry};
use crate::support::answer::RegistryError;
use crate::support::caller::patient;
use crate::support::cda::{CONSULTATION, PATIENT, UNIQUE_ID, provide_and_register};
use crate::support::gateway::{Gateway, Setup, today};
use crate::support::message::{Deposit, escaped};
use crate::support::wire::Answer;

/// A CDA as far as a signature is concerned: what stands around its root is signed too.
const CDA: &[u8] = "<?xml version=\"1.0\"?>\n<?xml-stylesheet href=\"#\"?><!-- é -->\n<ClinicalDocument xmlns=\"urn:hl7-org:v3\"\n><title>é</title></ClinicalDocument>\n".as_bytes();

const XML_SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";

fn gateway(policy: &str, more: &str) -> Gateway {
    let toml = format!(
        "[domain]\nunknown_patients = \"accept\"\n[cda]\nvalidation = \"off\"\n[signature]\npolicy = \"{policy}\"\n{more}\n"
    );
    Setup::toml(&toml).on(super::DATABASE).serve()
}

/// A set with a CDA, an image and their signature, to be changed by name.
#[derive(Clone)]
struct SignedSet {
    patient: String,
    root: String,
    image: Vec<u8>,
    signer: &'static str,
    hash: Hash,
    /// What the signer signs, when it is not what is sent.
    manifest_set: Option<String>,
    signed: Option<Vec<(String, Vec<u8>)>>,
    /// The signature document, when it is not the one that the signer makes.
    document: Option<Vec<u8>>,
    changes: Vec<(String, String)>,
}

fn set(number: u32) -> SignedSet {
    SignedSet {
        patient: patient(41_700 + number),
        root: format!("1.2.250.1.999.41.70.{number}"),
        // More than what waits in memory.
        image: b"DICM\0\x01".repeat(400_000),
        signer: "cards/medecin",
        hash: Hash::Sha256,
        manifest_set: None,
        signed: None,
        document: None,
        changes: Vec::new(),
    }
}

impl SignedSet {
    fn id(&self, last: u32) -> String {
        format!("{}.{last}", self.root)
    }

    /// The uniqueId that the base message gives to the set.
    fn set_id(&self) -> String {
        format!("{}.1", self.id(1))
    }

    fn documents(&self) -> Vec<(String, Vec<u8>)> {
        vec![(self.id(1), CDA.to_vec()), (self.id(2), self.image.clone())]
    }

    fn with(mut self, from: &str, to: &str) -> Self {
        self.changes.push((from.to_owned(), to.to_owned()));
        self
    }

    fn signature(&self, pki: &Path) -> Vec<u8> {
        if let Some(document) = &self.document {
            return document.clone();
        }
        let signed = self.signed.clone().unwrap_or_else(|| self.documents());
        let limits = Limits::default();
        let digested = |(id, content): &(String, Vec<u8>)| SignedDocument::of(id, content, self.hash, &limits);
        let request = SignatureRequest {
            id: self.id(3),
            submission_set: self.manifest_set.clone().unwrap_or_else(|| self.set_id()),
            documents: signed.iter().map(digested).collect(),
            hash: self.hash,
            version: Version::V111,
        };
        let read = |name: &str| std::fs::read(pki.join(self.signer).join(name)).unwrap();
        let key = PrivateKey::from_pem(&read("sign.key")).unwrap();
        let certificate = Certificate::from_pem(&read("sign.pem")).unwrap();
        sign(&request, &key, &certificate, today()).unwrap().into_bytes()
    }

    /// The body: two entries of documents, the entry of the signature, and what relates them.
    fn body(&self) -> String {
        let body = Deposit::of(&self.id(1)).for_patient(&self.patient).provide_and_register();
        let image = second_entry(&body, &self.id(2)).replace("mimeType=\"text/xml\"", "mimeType=\"application/dicom\"");
        let signature = signature_entry(&body, &self.patient, &self.id(3));
        let signs = "<Association id=\"as-signs\" associationType=\"urn:ihe:iti:2007:AssociationType:signs\" \
                     sourceObject=\"Signature01\" targetObject=\"SubmissionSet01\"/>";
        let objects = [image, signature, member("Document02"), member("Signature01"), signs.to_owned()].concat();
        let parts = [part("Document02", "second"), part("Signature01", "signature")].concat();
        let body = body
            .replace("</RegistryObjectList>", &format!("{objects}</RegistryObjectList>"))
            .replace("</xdsb:ProvideAndRegister", &format!("{parts}</xdsb:ProvideAndRegister"));
        self.changes.iter().fold(body, |body, (from, to)| {
            assert!(body.contains(from.as_str()), "no {from} in {body}");
            body.replacen(from.as_str(), to, 1)
        })
    }

    fn send(&self, gateway: &Gateway) -> Answer {
        let signature = self.signature(&gateway.pki());
        let parts: [(&str, &[u8]); 3] = [("signature", &signature), ("document", CDA), ("second", &self.image)];
        gateway.treating_doctor(&self.patient).provide(&self.body(), &parts)
    }
}

/// The entry of a signature, by the author of the document.
fn signature_entry(body: &str, patient: &str, unique_id: &str) -> String {
    let patient = escaped(patient);
    let slot =
        |name: &str, value: &str| format!("<Slot name=\"{name}\"><ValueList><Value>{value}</Value></ValueList></Slot>");
    let code = |id: &str, attribute: &str, value: &str, scheme: &str| {
        format!(
            "<Classification id=\"sig-{id}\" classificationScheme=\"urn:uuid:{attribute}\" classifiedObject=\"Signature01\" \
             nodeRepresentation=\"{value}\">{}<Name><LocalizedString value=\"x\"/></Name></Classification>",
            slot("codingScheme", scheme)
        )
    };
    let identifier = |id: &str, scheme: &str, value: &str, name: &str| {
        format!(
            "<ExternalIdentifier id=\"sig-{id}\" identificationScheme=\"urn:uuid:{scheme}\" registryObject=\"Signature01\" \
             value=\"{value}\"><Name><LocalizedString value=\"XDSDocumentEntry.{name}\"/></Name></ExternalIdentifier>"
        )
    };
    let author = {
        let start = body.find("<Classification id=\"cl4\"").unwrap();
        let end = start + body[start..].find("</Classification>").unwrap() + "</Classification>".len();
        body[start..end].replace("id=\"cl4\"", "id=\"sig-author\"").replace("Document01", "Signature01")
    };
    let confidentiality = "f4f85eac-e6cb-4883-b524-f2705394840f";
    let parts = [
        slot("creationTime", "20261125093000"),
        slot("languageCode", "art"),
        slot("legalAuthenticator", "899700000017^DUMONT^ALICE^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS"),
        slot("serviceStartTime", "20261125093000"),
        slot("sourcePatientId", &patient),
        "<Name><LocalizedString value=\"Source\"/></Name>".to_owned(),
        author,
        code("class", "41a5887f-8865-4c09-adf7-e362475b143a", "urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", "URN"),
        code("type", "f0306f51-975f-434e-a61c-c59651d33983", "E1762", "ASTM"),
        code("n", confidentiality, "N", "2.16.840.1.113883.5.25"),
        code("ps", confidentiality, "MASQUE_PS", "1.2.250.1.213.1.1.4.13"),
        code("patient", confidentiality, "INVISIBLE_PATIENT", "1.2.250.1.213.1.1.4.13"),
        code("format", "a09d5840-386c-46f2-b5ad-9c3699a4309d", XML_SIGNATURE, "URN"),
        code("facility", "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1", "SA07", "1.2.250.1.71.4.2.4"),
        code("practice", "cccf5598-8b07-4b77-a05e-ae952c785ead", "AMBULATOIRE", "1.2.250.1.213.1.1.4.9"),
        code("event", "2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4", "1.2.840.10065.1.12.1.14", "1.2.840.10065.1.12"),
        identifier("pid", "58a6f841-87b3-4a3e-92fd-a8ffeff98427", &patient, "patientId"),
        identifier("uid", "2e82c1f6-a085-4c72-9da3-8640a32e42ab", unique_id, "uniqueId"),
    ];
    format!(
        "<ExtrinsicObject id=\"Signature01\" mimeType=\"text/xml\" \
         objectType=\"urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1\">{}</ExtrinsicObject>",
        parts.concat()
    )
}

/// The entry of the error list that a rule made.
#[track_caller]
fn told(answer: &Answer, rule: &str) -> RegistryError {
    let errors = answer.errors();
    let of_rule = |error: &&RegistryError| error.context.ends_with(&format!("[{rule}]"));
    errors.iter().find(of_rule).unwrap_or_else(|| panic!("no {rule} in {errors:#?}")).clone()
}

#[track_caller]
fn is_refused(gateway: &Gateway, set: &SignedSet, code: &str, rule: &str) -> RegistryError {
    let answer = set.send(gateway);
    let error = answer.fails_with(code, rule);
    assert_eq!(error.severity, "Error");
    gateway.treating_doctor(&set.patient).knows_nothing_of(&set.id(1));
    error
}

#[test]
fn a_signed_set_is_taken_without_a_word_and_comes_back() {
    let gateway = gateway("enforce", "");
    let set = set(1);
    set.send(&gateway).is_taken();
    let doctor = gateway.treating_doctor(&set.patient);
    doctor.finds_and_fetches(&set.id(1), CDA);
    doctor.finds_and_fetches(&set.id(2), &set.image);
    let signature = doctor.fetch(&[&set.id(3)]).documents().remove(0).1;
    assert!(String::from_utf8_lossy(&signature).contains(&format!("urn:oid:{}", set.set_id())));
    // The structure of the assertion may sign too.
    SignedSet { signer: "organisations/cabinet", ..super::signature::set(2) }.send(&gateway).is_taken();
}

#[test]
fn a_set_without_signature_is_refused_only_where_signatures_are_enforced() {
    let unsigned = |gateway: &Gateway, number: u32| {
        let patient = patient(41_800 + number);
        let deposit = Deposit::of(&format!("1.2.250.1.999.41.80.{number}")).for_patient(&patient);
        gateway.treating_doctor(&patient).deposit(&deposit, CDA)
    };
    let error = unsigned(&gateway("enforce", ""), 1).fails_with("XDSRepositoryError", "SIG-MISSING");
    assert!(error.location.starts_with("SubmissionSet01 /"), "{error:?}");
    unsigned(&gateway("enforce", "unsigned = \"accept\""), 1).is_taken();
    unsigned(&gateway("report", ""), 1).is_taken();
    unsigned(&gateway("off", ""), 1).is_taken();
}

#[test]
fn a_faulty_signature_is_a_warning_an_error_or_nothing_as_the_policy_has_it() {
    let faulty = |number: u32| SignedSet { manifest_set: Some("1.2.3".to_owned()), ..set(number) };
    let answer = faulty(10).send(&gateway("report", ""));
    assert_eq!(answer.status_urn(), "Success");
    let error = told(&answer, "SIG-SET");
    assert_eq!((error.code.as_str(), error.severity.as_str()), ("XDSRepositoryError", "Warning"));
    assert!(error.location.starts_with("Signature01"), "{error:?}");
    assert_eq!(answer.errors().len(), 1);
    is_refused(&gateway("enforce", ""), &faulty(11), "XDSRepositoryError", "SIG-SET");
    faulty(12).send(&gateway("off", "")).is_taken();
}

#[test]
fn a_signature_that_does_not_verify_is_told_by_its_own_rule() {
    let gateway = gateway("enforce", "");
    let broken = |number: u32, document: &[u8]| SignedSet { document: Some(document.to_vec()), ..set(number) };
    let code = "XDSRepositoryError";
    is_refused(
        &gateway,
        &broken(20, b"<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>"),
        code,
        "XADES-DOC-02",
    );
    is_refused(&gateway, &broken(21, b"\x89PNG"), code, "XADES-DOC-01");
    is_refused(&gateway, &broken(22, &b"<a/>".repeat(500_000)), code, "XADES-DOC-01");
    let good = String::from_utf8(set(23).signature(&gateway.pki())).unwrap();
    let tampered = broken(23, good.replace(&set(23).set_id(), &set(24).set_id()).as_bytes());
    let error = is_refused(&gateway, &tampered, code, "XADES-REF-04");
    assert!(error.context.contains("at /Signature/SignedInfo/Reference[1]"), "{error:?}");
    assert!(error.context.contains("condensat"), "{error:?}");
    is_refused(&gateway, &SignedSet { signer: "cards/revoque", ..set(25) }, code, "XADES-CRT-05");
    is_refused(&gateway, &SignedSet { signer: "cards/expire", ..set(26) }, code, "XADES-CRT-04");
}

#[test]
fn sha1_is_taken_by_setting() {
    let old = |number: u32| SignedSet { hash: Hash::Sha1, ..set(number) };
    is_refused(&gateway("enforce", ""), &old(30), "XDSRepositoryError", "XADES-ALG-01");
    let gateway = gateway("enforce", "allow_sha1 = true");
    old(31).send(&gateway).is_taken();
    let mut other = old(32);
    other.signed = Some(vec![(other.id(1), CDA.to_vec()), (other.id(2), b"another".to_vec())]);
    is_refused(&gateway, &other, "XDSRepositoryError", "SIG-DIGEST");
}

#[test]
fn the_manifest_is_compared_with_what_was_deposited() {
    let gateway = gateway("enforce", "");
    let signing = |number: u32, change: fn(&mut Vec<(String, Vec<u8>)>)| {
        let mut set = set(number);
        let mut signed = set.documents();
        change(&mut signed);
        set.signed = Some(signed);
        set
    };
    let code = "XDSRepositoryError";
    let error = is_refused(&gateway, &signing(40, |signed| drop(signed.pop())), code, "SIG-COVERS");
    assert!(error.location.starts_with("Document02 "), "{error:?}");
    is_refused(&gateway, &signing(41, Vec::clear), code, "SIG-COVERS");
    is_refused(&gateway, &signing(42, |signed| signed.push(("1.2.3".to_owned(), vec![1]))), code, "SIG-STRANGER");
    let changed = |signed: &mut Vec<(String, Vec<u8>)>| {
        signed[0].1 = String::from_utf8_lossy(CDA).replace("<title>é", "<title>e").into_bytes();
    };
    let error = is_refused(&gateway, &signing(43, changed), code, "SIG-DIGEST");
    assert!(error.location.starts_with("Document01 "), "{error:?}");
    let error = is_refused(&gateway, &signing(44, |signed| signed[1].1.push(0)), code, "SIG-DIGEST");
    assert!(error.location.starts_with("Document02 "), "{error:?}");
    // What the canonical form does not see may differ; a comment is seen.
    let white = |signed: &mut Vec<(String, Vec<u8>)>| {
        signed[0].1 = String::from_utf8_lossy(CDA).replace("v3\"\n>", "v3\">").into_bytes();
    };
    signing(45, white).send(&gateway).is_taken();
    let comment = |signed: &mut Vec<(String, Vec<u8>)>| {
        signed[0].1 = String::from_utf8_lossy(CDA).replace("<!-- é -->", "").into_bytes();
    };
    is_refused(&gateway, &signing(46, comment), code, "SIG-DIGEST");
    // A canonical form of what is no XML.
    is_refused(&gateway, &signing(47, |signed| signed[1].1 = b"<a/>".to_vec()), code, "SIG-CANONICAL");
}

#[test]
fn a_document_too_large_to_be_read_as_a_tree_is_not_taken_for_signed() {
    let toml = "[domain]\nunknown_patients = \"accept\"\n[cda]\nvalidation = \"off\"\nmax_document_bytes = 1024\n[signature]\npolicy = \"enforce\"\n";
    let gateway = Setup::toml(toml).on(super::DATABASE).serve();
    let mut large = set(50);
    large.image = format!("<a>{}</a>", "x".repeat(1024)).into_bytes();
    is_refused(&gateway, &large, "XDSRepositoryError", "SIG-CANONICAL");
}

#[test]
fn the_signer_is_whom_the_assertion_names() {
    let gateway = gateway("enforce", "");
    for (number, signer) in [(60, "cards/cardiologue"), (61, "organisations/hopital")] {
        let error = is_refused(&gateway, &SignedSet { signer, ..set(number) }, "XDSRepositoryError", "SIG-SIGNER");
        assert!(!error.context.contains("8997"), "{error:?}");
    }
}

#[test]
fn one_signature_signs_the_set() {
    let gateway = gateway("enforce", "");
    let signs = "associationType=\"urn:ihe:iti:2007:AssociationType:signs\" sourceObject=\"Signature01\" targetObject=\"SubmissionSet01\"";
    let code = "XDSRepositoryMetadataError";
    let elsewhere = signs.replace("SubmissionSet01", "Document01");
    is_refused(&gateway, &set(70).with(signs, &elsewhere), code, "SIG-SIGNS");
    let second = |text: &str| text.replace("nodeRepresentation=\"11488-4\"", "nodeRepresentation=\"E1762\"");
    let document02 = second_entry(&set(71).body(), &set(71).id(2));
    let image = document02.replace("mimeType=\"text/xml\"", "mimeType=\"application/dicom\"");
    is_refused(&gateway, &set(71).with(&image, &second(&image)), code, "SIG-ONE");
}

#[test]
fn the_entry_of_a_signature_is_that_of_the_table() {
    let gateway = gateway("enforce", "");
    let start = "<ExtrinsicObject id=\"Signature01\" mimeType=\"text/xml\"";
    let author = "899700000017^DUMONT^ALICE^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS";
    let in_code = |value: &str, scheme: &str| {
        format!("nodeRepresentation=\"{value}\"><Slot name=\"codingScheme\"><ValueList><Value>{scheme}<")
    };
    let slot = |name: &str, value: &str| format!("<Slot name=\"{name}\"><ValueList><Value>{value}</Value>");
    let signature = |number: u32, from: &str, to: &str| {
        let entry = {
            let body = set(number).body();
            let at = body.find(start).unwrap();
            body[at..at + body[at..].find("</ExtrinsicObject>").unwrap()].to_owned()
        };
        assert!(entry.contains(from), "no {from} in {entry}");
        set(number).with(&entry, &entry.replacen(from, to, 1))
    };
    let (masked, hidden) = ("MASQUE_PS", "1.2.250.1.213.1.1.4.13");
    let patient = escaped(&patient(41_780));
    for (number, (rule, from, to)) in (80..).zip([
        ("SIG-SOURCE-PATIENT", slot("sourcePatientId", &patient), slot("sourcePatientId", "4711^^^&amp;1.2.250.1.999.77.1.2&amp;ISO^PI")),
        ("SIG-MIME-TYPE", "mimeType=\"text/xml\"".to_owned(), "mimeType=\"application/xml\"".to_owned()),
        ("SIG-LANGUAGE", slot("languageCode", "art"), slot("languageCode", "fr-FR")),
        ("SIG-CLASS", in_code("urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", "URN"), in_code("10", "1.2.250.1.213.1.1.4.1")),
        ("SIG-TYPE", in_code("E1762", "ASTM"), in_code("11488-4", "2.16.840.1.113883.6.1")),
        ("SIG-FORMAT", in_code(XML_SIGNATURE, "URN"), in_code("urn:ihe:iti:xds-sd:pdf:2008", "1.3.6.1.4.1.19376.1.2.3")),
        ("SIG-CONFIDENTIALITY", in_code(masked, hidden), in_code("INVISIBLE_REPRESENTANTS_LEGAUX", hidden)),
        ("SIG-EVENT", in_code("1.2.840.10065.1.12.1.14", "1.2.840.10065.1.12"), in_code("1", "1.2.3")),
        ("SIG-SOURCE-PATIENT-INFO", slot("languageCode", "art"), format!("{}</ValueList></Slot>{}", slot("sourcePatientInfo", "PID-8|F"), slot("languageCode", "art"))),
        ("SIG-AUTHOR", format!("<Value>{author}</Value></ValueList></Slot><Slot name=\"authorSpecialty\">"), "<Value>899700000025^MOREAU^PAUL^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS</Value></ValueList></Slot><Slot name=\"authorSpecialty\">".to_owned()),
    ]) {
        let set = signature(number, &from, &to);
        let error = is_refused(&gateway, &set, "XDSRepositoryMetadataError", rule);
        assert!(error.location.starts_with("Signature01"), "{error:?}");
    }
    // What the sources only show is a warning.
    for (number, (rule, from, to)) in (92..).zip([
        ("SIG-TITLE", "value=\"Source\"".to_owned(), "value=\"Signature\"".to_owned()),
        (
            "SIG-AUTHENTICATOR",
            slot("legalAuthenticator", author),
            slot("legalAuthenticator", &author.replace("0000017", "0000025")),
        ),
        ("SIG-FACILITY", in_code("SA07", "1.2.250.1.71.4.2.4"), in_code("SA01", "1.2.250.1.71.4.2.4")),
    ]) {
        let answer = signature(number, &from, &to).send(&gateway);
        assert_eq!(answer.status_urn(), "Success", "{rule}");
        assert_eq!(told(&answer, rule).severity, "Warning");
        assert_eq!(answer.errors().len(), 1);
    }
}

#[test]
fn the_newer_format_of_signatures_is_one_too() {
    let gateway = gateway("enforce", "");
    let code = |value: &str, scheme: &str| {
        format!("nodeRepresentation=\"{value}\"><Slot name=\"codingScheme\"><ValueList><Value>{scheme}<")
    };
    let newer = code("urn:ihe:iti:dsg:detached:2014", "1.3.6.1.4.1.19376.1.2.3");
    set(99).with(&code(XML_SIGNATURE, "URN"), &newer).send(&gateway).is_taken();
}

/// A real CDA, judged by every rule of clinical documents, beside its signature, which is none.
#[test]
fn a_clinical_document_and_its_signature_are_both_judged() {
    let toml = "[domain]\nunknown_patients = \"accept\"\n[signature]\npolicy = \"enforce\"\n";
    let gateway = Setup::toml(toml).on(super::DATABASE).serve();
    let cda = CONSULTATION.as_bytes();
    let signature_id = format!("{UNIQUE_ID}.9");
    let signed = SignedSet {
        manifest_set: Some(format!("{UNIQUE_ID}.1")),
        signed: Some(vec![(UNIQUE_ID.to_owned(), cda.to_vec())]),
        ..set(110)
    };
    let author = Deposit::of(UNIQUE_ID).provide_and_register();
    let signs = "<Association id=\"as-signs\" associationType=\"urn:ihe:iti:2007:AssociationType:signs\" \
                 sourceObject=\"Signature01\" targetObject=\"SubmissionSet01\"/>";
    let objects = [signature_entry(&author, PATIENT, &signature_id), member("Signature01"), signs.to_owned()];
    let in_rim = |object: &String| object.replacen(' ', " xmlns=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\" ", 1);
    let objects = objects.iter().map(in_rim).collect::<Vec<_>>().concat();
    let body = provide_and_register(cda, cda, None);
    let list = "</rim:RegistryObjectList>";
    assert!(body.contains(list), "{body}");
    let body = body.replace(list, &format!("{objects}{list}")).replace(
        "</xdsb:ProvideAndRegister",
        &format!("{}</xdsb:ProvideAndRegister", part("Signature01", "signature")),
    );
    let doctor = gateway.treating_doctor(PATIENT);
    let send = |signature: &[u8]| doctor.provide(&body, &[("document", cda), ("signature", signature)]);
    let signature = signed.signature(&gateway.pki());
    let tampered = String::from_utf8_lossy(&signature).replace(&format!("urn:oid:{UNIQUE_ID}\""), "urn:oid:1.2.3\"");
    send(tampered.as_bytes()).fails_with("XDSRepositoryError", "XADES-REF-04");
    let answer = send(&signature);
    assert_eq!((answer.status_urn(), answer.errors()), ("Success".to_owned(), vec![]));
    doctor.finds_and_fetches(UNIQUE_ID, cda);
    doctor.finds_and_fetches(&signature_id, &signature);
}

#[test]
fn a_plain_affinity_domain_looks_at_no_signature() {
    let gateway = Setup::toml(&format!("{}[signature]\npolicy = \"enforce\"\n", crate::support::gateway::IHE))
        .on(super::DATABASE)
        .serve();
    let deposit = Deposit::of("1.2.250.1.999.41.90.1").for_patient(&patient(41_890));
    gateway.anybody().deposit(&deposit, CDA).is_taken();
}
