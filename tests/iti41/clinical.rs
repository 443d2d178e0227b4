//! CDA documents of a deposit: what is in them is judged, and compared with what their entries and the assertion say.

use std::path::{Path, PathBuf};

use dmp_gateway::cda::header::Header;
use dmp_gateway::cda::validation::{Settings, Validator};
use dmp_gateway::datatype::ins::Ins;
use dmp_gateway::xds::error::Profile;
use dmp_gateway::xds::message::provide_and_register;
use dmp_gateway::xml::document::Document;
use dmp_gateway::xml::limits::Limits;

use super::member;
use crate::support::caller::Caller;
use crate::support::cda::{CONSULTATION, PATIENT, UNIQUE_ID, changed, provide_and_register};
use crate::support::gateway::{Gateway, Setup};
use crate::support::message::Deposit;
use crate::support::wire::Answer;

/// Profile `dmp`, where the section `[cda]` says this.
fn gateway(cda: &str) -> Gateway {
    let toml = format!("[domain]\nunknown_patients = \"accept\"\n[cda]\n{cda}");
    Setup::toml(&toml).on(super::DATABASE).serve()
}

/// As it is where nobody configured anything.
fn strict() -> Gateway {
    gateway("")
}

/// A document with the metadata that another one implies.
#[track_caller]
fn sent_as(doctor: &Caller, document: &str, metadata: &str) -> Answer {
    doctor.provide(
        &provide_and_register(metadata.as_bytes(), document.as_bytes(), None),
        &[("document", document.as_bytes())],
    )
}

/// It is refused with that finding, and nothing of it stays.
#[track_caller]
fn check_refused(gateway: &Gateway, document: &str, metadata: &str, code: &str, rule: &str) -> Answer {
    let doctor = gateway.treating_doctor(PATIENT);
    let answer = sent_as(&doctor, document, metadata);
    answer.fails_with(code, rule);
    doctor.knows_nothing_of(UNIQUE_ID);
    assert_eq!(gateway.documents_on_disk(), Vec::<PathBuf>::new());
    answer
}

/// It is taken with these warnings, each by its rule.
#[track_caller]
fn check_taken(gateway: &Gateway, document: &str, metadata: &str, warnings: &[&str]) -> Answer {
    let doctor = gateway.treating_doctor(PATIENT);
    let answer = sent_as(&doctor, document, metadata);
    assert_eq!(answer.status_urn(), "Success", "{}", answer.envelope());
    let errors = answer.errors();
    assert!(errors.iter().all(|error| error.severity == "Warning"), "{errors:#?}");
    let rules: Vec<&str> = errors.iter().filter_map(|error| error.context.rsplit('[').next()).collect();
    assert_eq!(rules, warnings.iter().map(|rule| format!("{rule}]")).collect::<Vec<_>>(), "{errors:#?}");
    doctor.finds_and_fetches(UNIQUE_ID, document.as_bytes());
    answer
}

#[test]
fn a_good_document_with_the_metadata_that_it_implies_is_taken_without_a_word() {
    check_taken(&strict(), CONSULTATION, CONSULTATION, &[]);
}

#[test]
fn what_is_no_cda_is_refused_with_the_place() {
    let gateway = strict();
    for (document, rule, place) in [
        ("<a>", "CDA-READ-01", "Document01 / (line 1, column 1)"),
        ("<!DOCTYPE a><a/>", "CDA-READ-01", "Document01 / (line 1, column 1)"),
        ("<a/>", "CDA-READ-02", "Document01 /a (line 1, column 1)"),
    ] {
        let answer = check_refused(&gateway, document, CONSULTATION, "XDSRepositoryError", "CDA-DEPOSIT");
        let error = answer.fails_with("XDSRepositoryError", "CDA-DEPOSIT");
        assert!(error.context.starts_with(&format!("{rule}: expected ")), "{error:?}");
        assert!(error.location.starts_with(place.split(" (").next().unwrap()), "{error:?}");
        assert!(error.location.contains("(line 1, "), "{error:?}");
    }
}

#[test]
fn a_file_inside_that_is_not_what_it_says_refuses_the_document() {
    let letter = include_str!("../../cda-samples/adressage.xml");
    let start = letter.find("mediaType=\"application/pdf\"").unwrap();
    let start = start + letter[start..].find('>').unwrap() + 1;
    let broken = format!("{}?{}", &letter[..start], &letter[start..]);
    let gateway = strict();
    let doctor = gateway.treating_doctor(PATIENT);
    let answer = sent_as(&doctor, &broken, letter);
    let errors = answer.errors();
    let told = errors.iter().find(|error| error.context.starts_with("BODY-BASE64-01: expected "));
    let told = told.unwrap_or_else(|| panic!("{errors:#?}"));
    assert!(told.location.starts_with("Document01 /ClinicalDocument/component/nonXMLBody/text (line "), "{told:?}");
    assert_eq!((answer.status_urn().as_str(), gateway.documents_on_disk().len()), ("Failure", 0));
}

/// The consultation with a picture in its first section, so many times, that is no picture.
fn with_broken_pictures(number: usize) -> String {
    let picture = "<entry><observationMedia classCode=\"OBS\" moodCode=\"EVN\"><value mediaType=\"image/png\" \
                   representation=\"B64\">Secret de MARTIN</value></observationMedia></entry>";
    changed(CONSULTATION, "</section>", &format!("{}</section>", picture.repeat(number)))
}

#[test]
fn ten_findings_are_told_and_how_many_more_there_are() {
    let answer = check_refused(&strict(), &with_broken_pictures(15), CONSULTATION, "XDSRepositoryError", "CDA-DEPOSIT");
    let errors = answer.errors();
    let refusing: Vec<_> = errors.iter().filter(|error| error.severity == "Error").collect();
    assert_eq!(refusing.len(), 11, "{refusing:#?}");
    assert!(refusing[10].context.contains(" more findings of severity error"), "{:?}", refusing[10]);
    assert!(!answer.envelope().contains("Secret de MARTIN"), "an answer does not repeat what stood in the document");
}

/// The body of a deposit of a sample, by the metadata that it implies; where it implies none, by those of the consultation.
fn body_of(document: &[u8]) -> (String, String) {
    let validator = Validator::new(Settings::default());
    let patient = validator.read(document, |clinical| {
        let header = Header::of(clinical);
        let ids = header.patient.as_ref().filter(|_| header.id.is_some()).map(|patient| &patient.ids);
        let ins = ids.into_iter().flatten().map(|id| &id.value).find(|id| Ins::AUTHORITIES.contains(&id.root.as_str()));
        ins.map(|ins| format!("{}^^^&{}&ISO^NH", ins.extension.as_ref().unwrap(), ins.root))
    });
    let own = patient.flatten().map(|patient| (provide_and_register(document, document, None), patient));
    own.filter(|(body, _)| is_whole(body))
        .unwrap_or_else(|| (provide_and_register(CONSULTATION.as_bytes(), document, None), PATIENT.to_owned()))
}

/// Whether the entry can be read: of one that lacks what it must have, nothing is known.
fn is_whole(body: &str) -> bool {
    let tree = Document::parse(body, &Limits::default()).unwrap();
    let (request, _) = provide_and_register::decode(tree.root(), Profile::Dmp);
    request.submission.is_some_and(|submission| submission.entries.len() == 1)
}

#[test]
fn each_broken_sample_is_answered_by_the_rules_that_the_index_names() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cda-samples");
    let index = std::fs::read_to_string(folder.join("index.tsv")).unwrap();
    let gateway = strict();
    let mut refused = 0;
    for line in index.lines().filter(|line| line.starts_with("broken/")) {
        let [file, _, _, verdict, errors, warnings] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let document = std::fs::read(folder.join(file)).unwrap();
        let (body, patient) = body_of(&document);
        let send = |gateway: &Gateway| gateway.treating_doctor(&patient).provide(&body, &[("document", &document)]);
        let (answer, status) = if verdict == "fail" {
            refused += 1;
            (send(&gateway), "Failure")
        } else {
            (send(&strict()), "Success")
        };
        assert_eq!(answer.status_urn(), status, "{file}: {}", answer.envelope());
        let told = answer.errors();
        for (rules, severity) in [(errors, "Error"), (warnings, "Warning")] {
            for rule in rules.split(' ').filter(|rule| *rule != "-") {
                let found = told.iter().find(|error| error.context.starts_with(&format!("{rule}: expected ")));
                let found = found.unwrap_or_else(|| panic!("{file}: no {rule} in {told:#?}"));
                assert_eq!((found.code.as_str(), found.severity.as_str()), ("XDSRepositoryError", severity), "{file}");
                assert!(found.location.starts_with("Document01 /") && found.location.contains("(line "), "{found:?}");
            }
        }
    }
    assert!(refused > 0);
    assert_eq!(gateway.documents_on_disk(), Vec::<PathBuf>::new());
}

#[test]
fn an_id_that_is_not_the_one_announced_refuses_the_document() {
    let other = changed(CONSULTATION, "<id root=\"1.2.250.1.999.77.1.3.1\"/>", "<id root=\"1.2.250.1.999.77.1.3.2\"/>");
    let answer = check_refused(&strict(), &other, CONSULTATION, "XDSRepositoryMetadataError", "COH-UNIQUE-ID");
    let error = answer.fails_with("XDSRepositoryMetadataError", "COH-UNIQUE-ID");
    assert_eq!(error.location, "Document01 /ClinicalDocument/id (line 10, column 3)");
    assert!(error.context.contains(UNIQUE_ID) && error.context.contains("Reprendre dans uniqueId"), "{error:?}");
}

#[test]
fn the_document_of_somebody_else_is_refused_without_naming_anybody() {
    let other = CONSULTATION.replace("284067510512388", "279035121518989");
    let gateway = strict();
    let answer = check_refused(&gateway, &other, CONSULTATION, "XDSPatientIdDoesNotMatch", "COH-ASSERTION");
    answer.fails_with("XDSRepositoryMetadataError", "COH-PATIENT");
    for somebody in ["279035121518989", "284067510512388", "MARTIN"] {
        assert!(answer.errors().iter().all(|error| !error.context.contains(somebody)), "{:#?}", answer.errors());
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let other = changed(&with_broken_pictures(1), "<title>Compte", "<title>Autre");
    let metadata = provide_and_register(CONSULTATION.as_bytes(), other.as_bytes(), None)
        .replace("<rim:Value>fr-FR", "<rim:Value>en-GB");
    let gateway = strict();
    let answer = gateway.treating_doctor(PATIENT).provide(&metadata, &[("document", other.as_bytes())]);
    for (code, rule) in [
        ("XDSRepositoryError", "CDA-DEPOSIT"),
        ("XDSRepositoryMetadataError", "COH-TITLE"),
        ("XDSRepositoryMetadataError", "COH-LANGUAGE"),
        ("XDSRegistryMetadataError", "DMP-LANGUAGE"),
    ] {
        answer.fails_with(code, rule);
    }
}

#[test]
fn what_is_not_identity_is_taken_and_said_unless_the_deployment_wants_otherwise() {
    let other = changed(CONSULTATION, "<title>Compte", "<title>Autre");
    let answer = check_taken(&strict(), &other, CONSULTATION, &["COH-TITLE"]);
    assert_eq!(answer.errors()[0].code, "XDSRepositoryMetadataError");
    let strict = gateway("severities = [\"COH-TITLE=error\"]\n");
    check_refused(&strict, &other, CONSULTATION, "XDSRepositoryMetadataError", "COH-TITLE");
    check_taken(&gateway("severities = [\"COH-*=off\"]\n"), &other, CONSULTATION, &[]);
}

#[test]
fn a_gateway_that_only_reports_takes_what_is_wrong_and_says_it() {
    let reporting = gateway("validation = \"report\"\n");
    check_taken(&reporting, "<a/>", CONSULTATION, &["CDA-DEPOSIT"]);
    let other = changed(CONSULTATION, "<id root=\"1.2.250.1.999.77.1.3.1\"/>", "<id root=\"1.2.250.1.999.77.1.3.2\"/>");
    check_taken(&gateway("validation = \"report\"\n"), &other, CONSULTATION, &["COH-UNIQUE-ID"]);
}

/// The schema has the last word, also where its rules are but warnings and more is found than is listed.
#[test]
fn findings_that_are_left_out_do_not_hide_the_verdict_of_the_schema() {
    let stray = changed(CONSULTATION, "<title>", "<stray/><stray/><title>");
    let gateway = gateway("most_findings = 1\nseverities = [\"CDA-XSD-*=warning\", \"SM*=warning\"]\n");
    let answer = check_refused(&gateway, &stray, CONSULTATION, "XDSRepositoryError", "CDA-DEPOSIT");
    let told = answer.errors();
    assert!(told.iter().any(|error| error.context.contains("the document is invalid by its schema")), "{told:#?}");
}

#[test]
fn a_gateway_that_does_not_look_says_nothing() {
    check_taken(&gateway("validation = \"off\"\n"), "<a/>", CONSULTATION, &[]);
}

#[test]
fn a_document_larger_than_what_is_judged_is_refused_wherever_it_waits() {
    let limited = gateway("max_document_bytes = 4096\n");
    let answer = check_refused(&limited, CONSULTATION, CONSULTATION, "XDSRepositoryError", "CDA-DEPOSIT");
    let error = answer.fails_with("XDSRepositoryError", "CDA-DEPOSIT");
    assert!(error.context.starts_with("CDA-READ-03: expected at most 4096 bytes"), "{error:?}");
    // What does not fit into memory lies on the disk when it is judged.
    let large = CONSULTATION.replace("</title>", &format!("<!-- {} --></title>", "x".repeat(2 << 20)));
    check_refused(
        &gateway("max_document_bytes = 2097152\n"),
        &large,
        CONSULTATION,
        "XDSRepositoryError",
        "CDA-DEPOSIT",
    );
    let other = changed(&large, "1.2.250.1.999.77.1.3.1\"", "1.2.250.1.999.77.1.3.2\"");
    check_refused(&strict(), &other, CONSULTATION, "XDSRepositoryMetadataError", "COH-UNIQUE-ID");
    check_taken(&strict(), &large, &large, &[]);
}

#[test]
fn what_is_no_clinical_document_is_taken_by_its_metadata_alone() {
    let gateway = strict();
    let doctor = gateway.treating_doctor(PATIENT);
    let images = Deposit::of("1.2.250.1.999.41.50.1").with("mimeType=\"text/xml\"", "mimeType=\"application/dicom\"");
    doctor.deposit(&images, b"DICM").is_taken();
    let signature = Deposit::of("1.2.250.1.999.41.50.2")
        .with("nodeRepresentation=\"10\"", "nodeRepresentation=\"urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1\"")
        .with("<Value>1.2.250.1.213.1.1.4.1</Value>", "<Value>URN</Value>")
        .with("nodeRepresentation=\"11488-4\"", "nodeRepresentation=\"E1762\"")
        .with("<Value>2.16.840.1.113883.6.1</Value>", "<Value>ASTM</Value>")
        .with("<Value>fr-FR</Value>", "<Value>art</Value>");
    let answer = doctor.deposit(&signature, b"<Signature/>");
    assert!(answer.errors().iter().all(|error| !error.context.ends_with("[CDA-DEPOSIT]")), "{:?}", answer.errors());
    // A clinical document is not sheltered by the name of a signature.
    let sheltered = doctor.deposit(&signature, b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>");
    sheltered.fails_with("XDSRepositoryError", "CDA-DEPOSIT");
    let cda =
        Deposit::of("1.2.250.1.999.41.50.3").with("mimeType=\"text/xml\"", "mimeType=\"TEXT/XML; charset=utf-8\"");
    doctor.deposit(&cda, b"DICM").fails_with("XDSRepositoryError", "CDA-DEPOSIT");
}

#[test]
fn one_bad_document_of_two_refuses_both() {
    let gateway = strict();
    let doctor = gateway.treating_doctor(PATIENT);
    let body = provide_and_register(CONSULTATION.as_bytes(), CONSULTATION.as_bytes(), None);
    let start = body.find("<rim:ExtrinsicObject").unwrap();
    let end = body.find("</rim:ExtrinsicObject>").unwrap() + "</rim:ExtrinsicObject>".len();
    let second = body[start..end].replace("Document01", "Document02").replace(UNIQUE_ID, "1.2.250.1.999.77.1.3.7");
    let member = member("Document02")
        .replace("<Association ", "<Association xmlns=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\" ");
    let body =
        body.replace("</rim:RegistryObjectList>", &format!("{second}{member}</rim:RegistryObjectList>")).replace(
            "</xdsb:ProvideAndRegister",
            &format!("{}</xdsb:ProvideAndRegister", super::part("Document02", "second")),
        );
    let answer = doctor.provide(&body, &[("document", CONSULTATION.as_bytes()), ("second", CONSULTATION.as_bytes())]);
    let error = answer.fails_with("XDSRepositoryMetadataError", "COH-UNIQUE-ID");
    assert!(error.location.starts_with("Document02 "), "{error:?}");
    doctor.knows_nothing_of(UNIQUE_ID);
    assert_eq!(gateway.documents_on_disk(), Vec::<PathBuf>::new());
}

#[test]
fn a_replacement_names_its_parent_keeps_its_set_and_counts_up() {
    let old = include_str!("../../cda-samples/adressage.xml");
    let new = include_str!("../../cda-samples/adressage-v2.xml");
    let replaced = |document: &str| {
        let gateway = strict();
        let doctor = gateway.treating_doctor(PATIENT);
        doctor
            .provide(&provide_and_register(old.as_bytes(), old.as_bytes(), None), &[("document", old.as_bytes())])
            .is_taken();
        let target = doctor.entry_uuid(crate::support::cda::unique_id_of(old).as_str());
        let body = provide_and_register(document.as_bytes(), document.as_bytes(), Some(&target));
        let answer = doctor.provide(&body, &[("document", document.as_bytes())]);
        assert_eq!(answer.status_urn(), "Success", "{}", answer.envelope());
        answer.errors().into_iter().map(|error| error.context).collect::<Vec<_>>()
    };
    assert_eq!(replaced(new), Vec::<String>::new());
    let told = replaced(&changed(new, "<versionNumber value=\"2\"/>", "<versionNumber value=\"1\"/>"));
    assert!(told.len() == 1 && told[0].ends_with("[COH-VERSION]"), "{told:?}");
    let told = replaced(&changed(new, "typeCode=\"RPLC\"", "typeCode=\"APND\""));
    assert!(told.iter().any(|context| context.ends_with("[COH-REPLACED]")), "{told:?}");
}
