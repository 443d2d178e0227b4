//! ITI-8, Patient Identity Feed: which patients the registry knows, over a real MLLP connection.

mod merge;

use super::DATABASE;
use crate::support::caller::{Caller, patient};
use crate::support::feed::{Sender, announcement, message};
use crate::support::gateway::{Gateway, Setup};
use crate::support::message::Deposit;

/// A plain affinity domain that knows whom a feed announced, and nobody else.
pub(crate) const FED: &str = "[tls]\nmode = \"off\"\n[vihf]\nrequired = false\n\
    [domain]\nprofile = \"ihe\"\nunknown_patients = \"refuse\"\n[mllp]\n";

/// The same, taking whom it does not know.
pub(crate) const OPEN: &str = "[tls]\nmode = \"off\"\n[vihf]\nrequired = false\n\
    [domain]\nprofile = \"ihe\"\nunknown_patients = \"accept\"\n[mllp]\n";

/// A document for a patient, of that number in the tests.
pub(crate) fn document(number: u32, patient: &str) -> Deposit {
    Deposit::of(&format!("1.2.250.1.999.8.{number}")).for_patient(patient)
}

/// A gateway, its hospital and the software of a practice.
pub(crate) fn domain(toml: &str) -> (Gateway, Sender, Caller) {
    let gateway = Setup::toml(toml).on(DATABASE).serve();
    let (sender, caller) = (Sender::plain(gateway.feed()), gateway.anybody());
    (gateway, sender, caller)
}

#[test]
fn documents_are_taken_for_a_patient_whom_the_feed_announced() {
    let (_gateway, mut hospital, practice) = domain(FED);
    for (number, event) in [(1, "A01"), (2, "A04"), (3, "A05"), (4, "A08")] {
        let (patient, deposit) = (patient(800 + number), document(number, &patient(800 + number)));
        practice.deposit(&deposit, b"one").fails_with("XDSUnknownPatientId", "PATIENT-KNOWN");
        hospital.send(&announcement(event, &patient)).accepts();
        practice.deposit(&deposit, b"one").is_taken();
        // Whatever comes later of the same patient changes nothing.
        hospital.send(&announcement("A08", &patient)).accepts();
        hospital.send(&announcement(event, &patient)).accepts();
    }
}

#[test]
fn the_acknowledgement_goes_back_to_the_sender_in_its_own_version() {
    let (_gateway, mut hospital, _) = domain(FED);
    let ack = hospital.send(&announcement("A04^ADT_A01", &patient(805)));
    ack.accepts();
    assert!(ack.0.starts_with("MSH|^~\\&|XDS|REGION|HIS|HOSPITAL|2"), "{ack:?}");
    assert_eq!((ack.field("MSH", 8), ack.field("MSH", 11)), ("ACK^A04^ACK", "2.3.1"));
    assert_eq!(ack.field("MSH", 9).len(), 20);
    let newer = announcement("A04^ADT_A01^ADT_A01", &patient(805)).replace("|2.3.1\r", "|2.5\r");
    assert_eq!(hospital.send(&newer).field("MSH", 11), "2.5");
    let refused = hospital.send(&newer.replace("1.2.250.1.213.1.4.10", "1.2.3"));
    assert_eq!(
        (refused.code(), refused.field("ERR", 2), refused.field("ERR", 4)),
        ("AE", "PID^1^3", "E"),
        "{refused:?}"
    );
}

#[test]
fn the_identifier_of_the_domain_is_found_among_others() {
    let (_gateway, mut hospital, practice) = domain(FED);
    let patient = patient(806);
    let identifiers = format!("0004471^^^HOSPITAL&1.2.250.1.999.77.1.2&ISO^PI~{patient}~77^^^LOCAL");
    hospital.send(&announcement("A01", &identifiers)).accepts();
    practice.deposit(&document(6, &patient), b"one").is_taken();
}

#[test]
fn a_message_that_names_no_patient_of_the_domain_is_refused_by_its_field() {
    let (_gateway, mut hospital, _) = domain(FED);
    let foreign = patient(807).replace("1.2.250.1.213.1.4.10", "1.2.3");
    hospital.send(&announcement("A01", &foreign)).refuses("AE", "PIF-ID-02", "PID^1^3");
    hospital.send(&announcement("A01", "")).refuses("AE", "PIF-ID-01", "PID^1^3");
    let two = format!("{}~{}", patient(807), patient(808));
    hospital.send(&announcement("A01", &two)).refuses("AE", "PIF-ID-04", "PID^1^3");
    hospital.send(&message("A01", "PV1|1|I")).refuses("AE", "PIF-PID-01", "PID^1");
    let long = "9".repeat(129) + "^^^&1.2.250.1.213.1.4.10&ISO";
    hospital.send(&announcement("A01", &long)).refuses("AE", "PIF-ID-03", "PID^1^3");
}

#[test]
fn an_identifier_that_ends_finds_the_one_that_goes_on_or_the_merge_is_refused() {
    let three = "[domain]\nassigning_authorities = [\"1.2.250.1.213.1.4.10\", \"1.2.3\", \"1.2.4\"]\n";
    let (_gateway, mut hospital, _) = domain(&FED.replace("[domain]\n", three));
    hospital.send(&announcement("A01", &patient(811))).accepts();
    let merge = |surviving: &str| message("A40", &format!("PID|1||{surviving}\rMRG|{}", patient(811)));
    hospital.send(&merge("1^^^&1.2.3&ISO~1^^^&1.2.4&ISO")).refuses("AE", "PIF-ID-05", "MRG^1^1");
    hospital.send(&merge("1^^^&1.2.3&ISO")).accepts();
}

#[test]
fn a_message_that_is_not_of_this_feed_is_rejected_by_its_header() {
    let (_gateway, mut hospital, _) = domain(FED);
    let good = announcement("A01", &patient(809));
    let mut check = |from: &str, to: &str, code: &str, rule: &str, place: &str| {
        assert!(good.contains(from), "{from}");
        hospital.send(&good.replacen(from, to, 1)).refuses(code, rule, place);
    };
    check("ADT^A01", "ADT^A02", "AR", "HL7-MSH-09-2", "MSH^1^9");
    check("ADT^A01", "ORU^R01", "AR", "HL7-MSH-09", "MSH^1^9");
    check("|MSG4711|", "||", "AE", "HL7-MSH-10", "MSH^1^10");
    check("|P|", "|X|", "AR", "HL7-MSH-11", "MSH^1^11");
    check("2.3.1", "3.0", "AR", "HL7-MSH-12", "MSH^1^12");
    check("2.3.1", "2.3.1||||||UNICODE UTF-16", "AR", "HL7-MSH-18", "MSH^1^18");
    check("PV1|", "P|", "AE", "HL7-SEG-01", "MSH^1");
    check("PV1|", "MSH|", "AR", "HL7-MSH-01", "MSH^2");
    check("MSH|^~\\&", "MSH|^^\\&", "AR", "HL7-MSH-01", "MSH^1^2");
    let many = format!("{good}{}", "NTE|1\r".repeat(2000));
    hospital.send(&many).refuses("AR", "HL7-SEG-02", "MSH^1");
    // The connection lived through all of it.
    hospital.send(&good).accepts();
}

#[test]
fn where_unknown_patients_are_accepted_the_feed_is_taken_all_the_same() {
    let (_gateway, mut hospital, practice) = domain(OPEN);
    practice.deposit(&document(10, &patient(810)), b"one").is_taken();
    hospital.send(&announcement("A01", &patient(810))).accepts();
    practice.deposit(&document(11, &patient(810)), b"two").is_taken();
}

#[test]
fn a_name_in_another_character_set_is_no_obstacle() {
    let (_gateway, mut hospital, practice) = domain(FED);
    let patient = patient(812);
    let text = announcement("A01", &patient).replace("MARTIN", "LEGR\u{c9}");
    let latin: Vec<u8> = text.chars().map(|sign| u8::try_from(u32::from(sign)).unwrap()).collect();
    hospital.try_send(&latin).unwrap().accepts();
    practice.deposit(&document(12, &patient), b"one").is_taken();
}

#[test]
fn each_message_is_counted_by_event_and_acknowledgement() {
    let (gateway, mut hospital, _) = domain(FED);
    hospital.send(&announcement("A05", &patient(813))).accepts();
    hospital.send(&announcement("A03", &patient(813))).refuses("AR", "HL7-MSH-09-2", "MSH^1^9");
    let figures = gateway.ask("/metrics").text();
    for counted in ["event=\"A05\",ack=\"AA\"", "event=\"other\",ack=\"AR\""] {
        let line = format!("dmpgw_hl7_messages_total{{{counted}}}");
        assert!(figures.contains(&line), "no {line} in {figures}");
    }
}
