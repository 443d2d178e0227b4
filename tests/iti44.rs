//! ITI-44, Patient Identity Feed HL7 V3: the feed of ITI-8 in SOAP, for profile `ihe`.

use dmp_gateway::transaction::Feeding;

use super::DATABASE;
use crate::support::caller::{BASE, Caller, SIMPLE, patient};
use crate::support::gateway::{DMP, Gateway, Setup};
use crate::support::message::{Deposit, find_documents};
use crate::support::wire::Answer;
use crate::wsdl::{Judge, top};

/// A plain affinity domain that knows whom a feed announced, and nobody else.
const FED: &str = "[tls]\nmode = \"off\"\n[vihf]\nrequired = false\n\
    [domain]\nprofile = \"ihe\"\nunknown_patients = \"refuse\"\n";

const ADDED: &str = "PRPA_IN201301UV02";
const REVISED: &str = "PRPA_IN201302UV02";
const MERGED: &str = "PRPA_IN201304UV02";
const V3: &str = "urn:hl7-org:v3";

/// A message of one interaction about a patient, and what else its event holds.
fn message(interaction: &str, patient: &str, more: &str) -> String {
    let base = include_str!("support/data/message/patient_added_request.xml").trim();
    let base = base.replace(ADDED, interaction).replace("\"PATIENT\"", &format!("\"{}\"", extension(patient)));
    base.replace("</custodian>", &format!("</custodian>{more}"))
}

/// The second identity ends, the first takes over.
pub(crate) fn merge(surviving: &str, subsumed: &str) -> String {
    let replaced = format!(
        "<replacementOf typeCode=\"RPLC\"><priorRegistration classCode=\"REG\" moodCode=\"EVN\"><statusCode code=\"obsolete\"/>\
         <subject1 typeCode=\"SBJ\"><priorRegisteredRole classCode=\"PAT\"><id root=\"1.2.250.1.213.1.4.10\" extension=\"{}\"/>\
         </priorRegisteredRole></subject1></priorRegistration></replacementOf>",
        extension(subsumed)
    );
    message(MERGED, surviving, &replaced)
}

fn extension(patient: &str) -> &str {
    patient.split('^').next().unwrap()
}

/// Sends a message under the action of its root element.
#[track_caller]
fn send(hospital: &Caller, body: &str) -> Answer {
    let root = body[1..].split(' ').next().unwrap();
    let answer = hospital.send("patient-identity", &format!("{V3}:{root}"), body);
    assert_eq!(answer.status, 200, "{}", answer.envelope());
    assert!(answer.envelope().contains(">urn:hl7-org:v3:MCCI_IN000002UV01</"), "{}", answer.envelope());
    assert_eq!(Judge::of(&[top().join("schemas/hl7v3.xsd")]).takes(&acknowledgement(&answer)), Ok(()));
    answer
}

/// The message in the body of an answer.
fn acknowledgement(answer: &Answer) -> String {
    let envelope = answer.envelope();
    let tree = roxmltree::Document::parse(&envelope).unwrap();
    let message = tree.descendants().find(|node| node.has_tag_name((V3, "MCCI_IN000002UV01"))).unwrap();
    envelope[message.range()].to_owned()
}

#[track_caller]
fn accepts(answer: &Answer) {
    let text = acknowledgement(answer);
    assert!(text.contains("<typeCode code=\"CA\"/>") && !text.contains("acknowledgementDetail"), "{text}");
}

#[track_caller]
fn refuses(answer: &Answer, detail: &str, rule: &str, place: &str) {
    let text = acknowledgement(answer);
    assert!(text.contains("<typeCode code=\"CE\"/>"), "{text}");
    assert!(text.contains(&format!("<code code=\"{detail}\" codeSystem=\"2.16.840.1.113883.5.1100\"")), "{text}");
    assert!(text.contains(&format!("({rule})</text>")), "no {rule} in {text}");
    assert!(text.contains(&format!("/{place}</location>")), "no {place} in {text}");
    assert!(!text.contains("MARTIN") && !text.contains("28406751"), "a patient in {text}");
}

fn document(number: u32, patient: &str) -> Deposit {
    Deposit::of(&format!("1.2.250.1.999.44.{number}")).for_patient(patient)
}

fn domain() -> (Gateway, Caller) {
    let gateway = Setup::toml(FED).on(DATABASE).serve();
    let caller = gateway.anybody();
    (gateway, caller)
}

#[test]
fn documents_are_taken_for_a_patient_who_was_added_or_revised() {
    let (_gateway, caller) = domain();
    for (number, interaction) in [(1, ADDED), (2, REVISED)] {
        let patient = patient(4400 + number);
        caller.deposit(&document(number, &patient), b"one").fails_with("XDSUnknownPatientId", "PATIENT-KNOWN");
        accepts(&send(&caller, &message(interaction, &patient, "")));
        caller.deposit(&document(number, &patient), b"one").is_taken();
        accepts(&send(&caller, &message(REVISED, &patient, "")));
    }
}

#[test]
fn the_acknowledgement_names_the_message_and_goes_back_to_its_sender() {
    let (_gateway, caller) = domain();
    let text = acknowledgement(&send(&caller, &message(ADDED, &patient(4403), "")));
    for part in [
        "<targetMessage><id root=\"1.2.250.1.999.77.1.9\" extension=\"m-000001\"/></targetMessage>",
        "<receiver typeCode=\"RCV\"><device classCode=\"DEV\" determinerCode=\"INSTANCE\"><id root=\"1.2.250.1.999.77\" extension=\"HIS\"/>",
        "<sender typeCode=\"SND\"><device classCode=\"DEV\" determinerCode=\"INSTANCE\"><id root=\"1.2.250.1.999.78\"/>",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn a_merge_moves_the_documents_and_ends_the_identity() {
    let (_gateway, caller) = domain();
    let (old, new) = (patient(4404), patient(4405));
    accepts(&send(&caller, &message(ADDED, &old, "")));
    caller.deposit(&document(4, &old), b"old").is_taken();
    accepts(&send(&caller, &merge(&new, &old)));
    assert_eq!(caller.ask(&find_documents(&old)).entries(), []);
    assert_eq!(caller.ask(&find_documents(&new)).entries().len(), 1);
    caller.deposit(&document(5, &old), b"x").fails_with("XDSUnknownPatientId", "PATIENT-MERGED");
    accepts(&send(&caller, &merge(&new, &old)));
    refuses(&send(&caller, &message(REVISED, &old, "")), "KEY204", "PIF-STATE-01", "subject1/patient");
    refuses(&send(&caller, &merge(&old, &new)), "KEY204", "PIF-STATE-04", "subject1/patient");
    let role = "priorRegistration/subject1/priorRegisteredRole";
    refuses(&send(&caller, &merge(&new, &new)), "KEY205", "PIF-STATE-02", role);
    refuses(&send(&caller, &merge(&new, &patient(4406))), "KEY204", "PIF-STATE-05", role);
    refuses(&send(&caller, &merge(&patient(4407), &old)), "KEY204", "PIF-STATE-03", role);
    // Of two that end it is the second one that is not known.
    let one = merge(&patient(4407), &new);
    let replaced = &one[one.find("<replacementOf").unwrap()..one.find("</registrationEvent>").unwrap()];
    let two = format!("{replaced}{}", replaced.replace(extension(&new), extension(&patient(4406))));
    let second = role.replace("priorRegistration", "replacementOf[2]/priorRegistration");
    refuses(&send(&caller, &one.replace(replaced, &two)), "KEY204", "PIF-STATE-05", &second);
}

#[test]
fn a_message_that_breaks_a_rule_is_refused_by_its_element() {
    let (_gateway, caller) = domain();
    let good = message(ADDED, &patient(4408), "");
    let check = |from: &str, to: &str, detail: &str, rule: &str, place: &str| {
        assert!(good.contains(from), "{from}");
        refuses(&send(&caller, &good.replacen(from, to, 1)), detail, rule, place);
    };
    check("<id root=\"1.2.250.1.999.77.1.9\" extension=\"m-000001\"/>", "", "SYN101", "HL7V3-MSG-01", ADDED);
    check("extension=\"PRPA_IN201301UV02\"", "extension=\"PRPA_IN201302UV02\"", "SYN103", "HL7V3-MSG-02", ADDED);
    check(
        "<patient classCode=\"PAT\">",
        "<patient classCode=\"PAT\"/><patient classCode=\"PAT\">",
        "SYN100",
        "HL7V3-PAT-01",
        ADDED,
    );
    check("root=\"1.2.250.1.213.1.4.10\"", "nullFlavor=\"UNK\"", "SYN101", "HL7V3-PAT-02", "subject1/patient");
    check("1.2.250.1.213.1.4.10", "1.2.3", "KEY204", "HL7V3-PAT-03", "subject1/patient");
    check("extension=\"28", "extension=\"^28", "SYN102", "HL7V3-PAT-04", "patient/id");
    let twice = "<id root=\"1.2.250.1.213.1.4.10\" extension=\"2\"/><id root=\"1.2.250.1.213.1.4.10\"";
    check("<id root=\"1.2.250.1.213.1.4.10\"", twice, "SYN112", "HL7V3-PAT-05", "patient/id[2]");
    let merge = merge(&patient(4409), &patient(4408));
    let cut = merge.replace("priorRegisteredRole", "otherRole");
    refuses(&send(&caller, &cut), "SYN100", "HL7V3-MRG-01", "registrationEvent/replacementOf");
}

#[test]
fn an_id_that_ends_finds_the_one_that_goes_on_or_the_merge_is_refused() {
    let three = "[domain]\nassigning_authorities = [\"1.2.250.1.213.1.4.10\", \"1.2.3\", \"1.2.4\"]\n";
    let gateway = Setup::toml(&FED.replace("[domain]\n", three)).on(DATABASE).serve();
    let (caller, old) = (gateway.anybody(), patient(4411));
    accepts(&send(&caller, &message(ADDED, &old, "")));
    let own = format!("<id root=\"1.2.250.1.213.1.4.10\" extension=\"{}\"/>", extension(&patient(4412)));
    let merge = merge(&patient(4412), &old);
    assert!(merge.contains(&own), "{merge}");
    let several = merge.replacen(&own, "<id root=\"1.2.3\" extension=\"1\"/><id root=\"1.2.4\" extension=\"1\"/>", 1);
    let role = "priorRegistration/subject1/priorRegisteredRole";
    refuses(&send(&caller, &several), "KEY204", "HL7V3-MRG-02", role);
    accepts(&send(&caller, &merge.replacen(&own, "<id root=\"1.2.3\" extension=\"1\"/>", 1)));
}

#[test]
fn where_nobody_is_proven_nobody_feeds_identities() {
    let gateway = Setup::toml(FED).on(DATABASE).decides(|settings| settings.feeding = Feeding::Refused).serve();
    let caller = gateway.anybody();
    let text = acknowledgement(&send(&caller, &message(ADDED, &patient(4413), "")));
    for part in ["<typeCode code=\"CR\"/>", "code=\"INTERR\"", "PIF-CALLER-01"] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    caller.deposit(&document(13, &patient(4413)), b"one").fails_with("XDSUnknownPatientId", "PATIENT-KNOWN");
}

#[test]
fn an_action_of_another_message_is_a_fault() {
    let (_gateway, caller) = domain();
    let answer = caller.send("patient-identity", &format!("{V3}:{REVISED}"), &message(ADDED, &patient(4410), ""));
    answer.faults_by(500, "WSA-08");
    let elsewhere = caller.send("registry", &format!("{V3}:{ADDED}"), &message(ADDED, &patient(4410), ""));
    let fault = elsewhere.faults_by(500, "SOAP-ENV-06");
    assert!(fault.english.contains("patient-identity"), "{fault:?}");
}

#[test]
fn our_schema_takes_the_messages_and_the_description_is_served() {
    let mut judge = Judge::of(&[top().join("schemas/hl7v3.xsd")]);
    for good in [message(ADDED, "1", ""), message(REVISED, "1", ""), merge("1", "2")] {
        assert_eq!(judge.takes(&good), Ok(()), "{good}");
        assert!(judge.takes(&good.replace("<patient classCode=\"PAT\">", "<patient>")).is_err());
        assert!(judge.takes(&good.replace("processingModeCode", "mode")).is_err());
    }
    let (gateway, _caller) = domain();
    let mut wire = crate::support::wire::Wire::plain(gateway.address);
    let description = wire.get(&format!("{BASE}/patient-identity?wsdl")).unwrap();
    assert!(description.text().contains("/patient-identity?xsd=hl7v3.xsd"), "{}", description.text());
    assert_eq!(wire.get(&format!("{BASE}/patient-identity?xsd=hl7v3.xsd")).unwrap().status, 200);
}

#[test]
fn the_national_profile_has_no_such_service() {
    let gateway = Setup::toml(DMP).on(DATABASE).serve();
    let doctor = gateway.treating_doctor(&patient(4411));
    let body = doctor.envelope(&format!("{V3}:{ADDED}"), &message(ADDED, &patient(4411), ""));
    assert_eq!(doctor.post("patient-identity", SIMPLE, body.as_bytes()).status, 404);
}
