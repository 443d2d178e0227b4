//! Code tables: what an affinity domain lists is taken, what it does not list is refused with the code that was meant.
//! Spec: ITI TF-3: 4.2.3.1.2.

use std::time::{Duration, Instant};

use dmp_gateway::datatype::oid::Oid;
use dmp_gateway::terminology::code_table::CodeTable;
use dmp_gateway::xds::error::{ErrorCode, Finding, Profile, Severity};
use dmp_gateway::xds::metadata::attribute::{association, entry};
use dmp_gateway::xds::validation::code::{CodeRules, CodesInForce, Policy};
use dmp_gateway::xds::validation::{RegisterSettings, Registering, UnknownPatients, register};

use crate::support::caller::patient;
use crate::support::gateway::{DMP, IHE, Setup};
use crate::support::message::Deposit;
use crate::xds_fixture::{Message, OLD, REPLACE, base, base_related, base_with_folder, entry_object, original};
use crate::xds_validation::facts;

/// Every code of the messages of these tests, in the form of the field.
pub(crate) const CODES_XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Codes>
  <AssigningAuthority id="1.2.250.1.213.1.4.10"/>
  <CodeType name="contentTypeCode" classScheme="urn:uuid:aa543740-bdda-424e-8c96-df4873be8500">
    <Code code="07" display="Consultations" codingScheme="1.2.250.1.213.2.2"/>
    <Code code="SA05" display="Centre de santé" codingScheme="1.2.250.1.71.4.2.4"/>
  </CodeType>
  <CodeType name="classCode" classScheme="urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a">
    <Code code="10" display="Compte rendu" codingScheme="1.2.250.1.213.1.1.4.1"/>
    <Code code="11" display="Compte rendu ancien" codingScheme="1.2.250.1.213.1.1.4.1" deprecated="true"/>
  </CodeType>
  <CodeType name="typeCode" classScheme="urn:uuid:f0306f51-975f-434e-a61c-c59651d33983">
    <Code code="11488-4" display="CR de consultation" codingScheme="2.16.840.1.113883.6.1"/>
    <Code code="18842-5" display="CR de sortie" codingScheme="2.16.840.1.113883.6.1"/>
  </CodeType>
  <CodeType name="folderCodeList" classScheme="urn:uuid:1ba97051-7806-41a8-a48b-8fce7af683c5">
    <Code code="GRO" display="Grossesse" codingScheme="1.2.250.1.999.77.9"/>
  </CodeType>
  <CodeType name="associationDocumentation" classScheme="urn:uuid:abd807a3-4432-4053-87b4-fd82c643d1f3">
    <Code code="correction" display="Correction" codingScheme="1.2.3"/>
  </CodeType>
  <CodeType name="mimeType"><Code code="application/pdf" ext="pdf"/><Code code="text/xml" ext="xml"/></CodeType>
  <CodeType name="languageCode"><Code code="fr-FR"/></CodeType>
</Codes>"#;

fn in_force(table: &str, policy: Policy) -> CodesInForce {
    let codes = CodesInForce::default();
    codes.replace(CodeRules::new(CodeTable::read(table.as_bytes()).unwrap(), |_| policy).0);
    codes
}

fn judge(message: &Message, table: &str, policy: Policy) -> Vec<Finding> {
    let settings = RegisterSettings {
        profile: Profile::Ihe,
        unknown_patients: UnknownPatients::Accept,
        assigning_authorities: vec![Oid::parse("1.2.250.1.213.1.4.10").unwrap()],
        codes: in_force(table, policy),
    };
    let submission = message.submission(Profile::Ihe);
    register(&submission, Registering::Documents, &facts(), &settings)
}

/// The rule, the attribute and the text of each finding.
fn told(findings: &[Finding]) -> Vec<(&str, &str, &str)> {
    findings.iter().map(|one| (one.rule, one.attribute.unwrap(), one.context.as_str())).collect()
}

fn changed(change: impl Fn(&mut Message)) -> Message {
    let mut message = base();
    change(&mut message);
    message
}

#[test]
fn what_is_listed_is_taken() {
    let mut documented = base_related(REPLACE, OLD);
    documented.associations.last_mut().unwrap().add_code(&association::DOCUMENTATION, "correction", "1.2.3");
    for message in [base(), base_with_folder(), documented] {
        assert_eq!(judge(&message, CODES_XML, Policy::Error), []);
    }
}

#[test]
fn each_rule_is_broken_by_its_change_and_names_code_scheme_attribute_and_nearest() {
    let loinc = "2.16.840.1.113883.6.1";
    let cases = [
        (
            changed(|m| m.entries[0].code(&entry::TYPE_CODE, "11488-5", loinc)),
            ("CODE-LISTED", "typeCode"),
            "typeCode 11488-5^^2.16.840.1.113883.6.1 is not listed; \
             nearest is 11488-4^^2.16.840.1.113883.6.1 (CR de consultation)",
        ),
        (
            changed(|m| m.entries[0].code(&entry::TYPE_CODE, "11488-4", "LOINC")),
            ("CODE-LISTED", "typeCode"),
            "typeCode 11488-4^^LOINC is listed under scheme 2.16.840.1.113883.6.1",
        ),
        (
            changed(|m| m.entries[0].code(&entry::TYPE_CODE, "CR de sortie", "local")),
            ("CODE-LISTED", "typeCode"),
            "typeCode CR de sortie^^local is not listed; nearest is 18842-5^^2.16.840.1.113883.6.1 (CR de sortie)",
        ),
        (
            changed(|m| m.entries[0].set("mimeType", "image/png")),
            ("CODE-MIME-TYPE", "mimeType"),
            "mimeType image/png is not listed; listed are application/pdf, text/xml",
        ),
        (
            changed(|m| m.entries[0].slot("languageCode", &["en-US"])),
            ("CODE-LANGUAGE", "languageCode"),
            "languageCode en-US is not listed; listed are fr-fr",
        ),
        (
            {
                let mut message = base_with_folder();
                message.folders[0].code(&dmp_gateway::xds::metadata::attribute::folder::CODE_LIST, "ZZZ", "9.9");
                message
            },
            ("CODE-LISTED", "codeList"),
            "codeList ZZZ^^9.9 is not listed",
        ),
    ];
    for (message, (rule, attribute), text) in cases {
        let findings = judge(&message, CODES_XML, Policy::Error);
        assert_eq!(told(&findings), [(rule, attribute, text)]);
        assert_eq!((findings[0].code, findings[0].severity), (ErrorCode::RegistryMetadataError, Severity::Error));
        assert!(findings[0].object.is_some());
    }
}

#[test]
fn a_patient_of_a_domain_that_the_table_lacks_is_unknown() {
    let elsewhere = CODES_XML.replace("id=\"1.2.250.1.213.1.4.10\"", "id=\"1.2.250.1.213.1.4.8\"");
    let findings = judge(&base(), &elsewhere, Policy::Error);
    assert_eq!((findings[0].rule, findings[0].code), ("CODE-AUTHORITY", ErrorCode::UnknownPatientId));
    assert_eq!(findings[0].context, "the assigning authority 1.2.250.1.213.1.4.10 of the patient is not listed");
}

#[test]
fn a_policy_of_warning_takes_what_it_names_and_off_says_nothing() {
    let message = changed(|m| m.entries[0].code(&entry::CLASS_CODE, "99", "1.2.250.1.213.1.1.4.1"));
    let warned = judge(&message, CODES_XML, Policy::Warning);
    assert_eq!((warned.len(), warned[0].severity), (1, Severity::Warning));
    assert_eq!(judge(&message, CODES_XML, Policy::Off), []);
}

#[test]
fn a_retired_code_is_taken_and_said() {
    let message = changed(|m| m.entries[0].code(&entry::CLASS_CODE, "11", "1.2.250.1.213.1.1.4.1"));
    let findings = judge(&message, CODES_XML, Policy::Error);
    assert_eq!(told(&findings), [("CODE-LISTED", "classCode", "classCode 11^^1.2.250.1.213.1.1.4.1 is retired")]);
    assert_eq!(findings[0].severity, Severity::Warning);
}

#[test]
fn a_parameter_of_the_media_type_is_no_other_type() {
    let message = changed(|m| m.entries[0].set("mimeType", "TEXT/xml; charset=utf-8"));
    assert_eq!(judge(&message, CODES_XML, Policy::Error), []);
}

#[test]
fn a_thousand_wrong_codes_against_a_large_table_cost_little() {
    let codes = (0..100_000)
        .map(|number| format!("<Code code='{number:08}' codingScheme='L' display='Type number {number} of many'/>"));
    let table = format!("<Codes><CodeType name='typeCode'>{}</CodeType></Codes>", codes.collect::<String>());
    let mut message = base();
    for number in 0..1000 {
        let id = format!("D{number}");
        let mut document = entry_object(&id, &format!("1.2.3.{number}"));
        document.code(&entry::TYPE_CODE, &format!("x{number:07}"), "L");
        message.entries.push(document);
        message.associations.push(original(&format!("as-{id}"), &id));
    }
    let began = Instant::now();
    let findings = judge(&message, &table, Policy::Error);
    assert_eq!(findings.iter().filter(|one| one.rule == "CODE-LISTED").count(), 50, "a finding each is too many");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

// On the wire.

fn with_table(toml: &str, table: &str) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("codes");
    std::fs::write(&path, table).unwrap();
    let toml = format!("{toml}[codes]\ntable = \"{}\"\n", path.display());
    (directory, toml)
}

#[test]
fn a_deposit_and_a_registration_are_held_to_the_table() {
    let (_kept, toml) = with_table(IHE, CODES_XML);
    let gateway = Setup::toml(&toml).serve();
    let caller = gateway.anybody();
    let good = Deposit::of("1.2.250.1.999.88.1").for_patient(&patient(8801));
    caller.deposit(&good, b"one").is_taken();
    let wrong = Deposit::of("1.2.250.1.999.88.2").for_patient(&patient(8801)).with("\"11488-4\"", "\"11488-9\"");
    let answer = caller.deposit(&wrong, b"two");
    answer.fails_with("XDSRegistryMetadataError", "CODE-LISTED");
    assert!(answer.errors()[0].context.contains("typeCode 11488-9^^2.16.840.1.113883.6.1"), "{:?}", answer.errors());
    assert!(answer.errors()[0].context.contains("nearest is 11488-4^^2.16.840.1.113883.6.1"), "{:?}", answer.errors());
    caller.knows_nothing_of("1.2.250.1.999.88.2");
    caller.register(&wrong).errors().iter().find(|error| error.context.contains("CODE-LISTED")).unwrap();
}

#[test]
fn profile_dmp_may_have_a_table_beside_the_national_lists() {
    let table = "version = \"1\"\ndate = \"2026-01-01\"\n\n[[type_code]]\ncode = \"18842-5\"\n\
                 scheme = \"2.16.840.1.113883.6.1\"\ndisplay = \"CR de sortie\"\n";
    let (_kept, toml) = with_table(DMP, table);
    let gateway = Setup::toml(&toml).serve();
    let doctor = gateway.treating_doctor(&patient(8802));
    let answer = doctor.deposit(&Deposit::of("1.2.250.1.999.88.3").for_patient(&patient(8802)), b"three");
    answer.fails_with("XDSRegistryMetadataError", "CODE-LISTED");
}

#[test]
fn a_policy_of_warning_is_a_success_with_a_warning() {
    let (_kept, toml) = with_table(IHE, CODES_XML);
    let gateway = Setup::toml(&format!("{toml}type_code = \"warning\"\n")).serve();
    let wrong = Deposit::of("1.2.250.1.999.88.4").for_patient(&patient(8803)).with("\"11488-4\"", "\"11488-9\"");
    let answer = gateway.anybody().deposit(&wrong, b"four");
    assert_eq!(answer.status_urn(), "Success");
    assert!(answer.errors()[0].context.contains("CODE-LISTED"), "{:?}", answer.errors());
}
