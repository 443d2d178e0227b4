//! Answers on a connection of their own: only where the configuration says, whole, and to the end of their tries.
//! Spec: ITI TF-2: V.3.2.2, V.5; WS-Addressing 1.0.

use std::time::{Duration, Instant};

use crate::support::caller::{Caller, SIMPLE, patient};
use crate::support::gateway::{DMP, Gateway, IHE, Setup};
use crate::support::message::{
    Deposit, ITI18, ITI41, ITI43, PACKAGE, REPOSITORY, envelope, find_documents, package, retrieve,
};
use crate::support::receiver::{Conduct, Receiver, Request};
use crate::support::wire::Answer;

const ANONYMOUS: &str = "<Address>http://www.w3.org/2005/08/addressing/anonymous</Address>";
const WSA: &str = "http://www.w3.org/2005/08/addressing";
const REQUEST_ID: &str = "urn:uuid:0d5a1a5e-33b1-4d9c-9d0f-6a1f8f9a1001";

/// An affinity domain that sends answers to those receivers, without long waits.
fn gateway_for(receivers: &[&Receiver]) -> Gateway {
    let bases: Vec<String> = receivers.iter().map(|receiver| receiver.base()).collect();
    setup(IHE, &bases).serve()
}

fn setup(toml: &str, bases: &[String]) -> Setup {
    Setup::toml(&format!("{toml}[asynchronous]\nreply_to = {bases:?}\n")).settings(|settings| {
        settings.answers.retry = Duration::from_millis(50);
        settings.answers.stall = Duration::from_millis(700);
        settings.answers.attempts = 3;
    })
}

/// The envelope, answered at that address; faults elsewhere if that is said.
fn answered_at(envelope: &str, reply_to: &str, fault_to: Option<&str>) -> String {
    let fault_to = fault_to
        .map(|address| format!("<FaultTo xmlns=\"{WSA}\"><Address>{address}</Address></FaultTo>"))
        .unwrap_or_default();
    assert!(envelope.contains(ANONYMOUS));
    let envelope = envelope.replace(ANONYMOUS, &format!("<Address>{reply_to}</Address>"));
    envelope.replacen("<Action ", &format!("{fault_to}<Action "), 1)
}

#[track_caller]
fn accepted(answer: &Answer) {
    assert_eq!((answer.status, answer.text().as_str()), (202, ""));
}

/// What every answer on a connection of its own says in its header.
#[track_caller]
fn is_addressed(request: &Request, address: &str, action: &str) {
    let envelope = request.message.envelope();
    for (name, value) in [("To", address), ("RelatesTo", REQUEST_ID), ("Action", action)] {
        let found = envelope.split(&format!("<{name} ")).nth(1).unwrap_or_else(|| panic!("no {name}: {envelope}"));
        assert!(found.split_once('>').unwrap().1.starts_with(&format!("{value}</")), "{name}: {envelope}");
    }
    assert!(envelope.contains("<MessageID ") && envelope.contains(">urn:uuid:"), "{envelope}");
    assert!(request.line.starts_with("POST /"), "{}", request.line);
}

fn ask(caller: &Caller, body: &str, reply_to: &str) -> Answer {
    let text = answered_at(&envelope(ITI18, caller.assertion(), body), reply_to, None);
    caller.post("registry", SIMPLE, text.as_bytes())
}

fn fetch(caller: &Caller, unique_id: &str, reply_to: &str) -> Answer {
    let text = answered_at(&envelope(ITI43, None, &retrieve(REPOSITORY, &[unique_id])), reply_to, None);
    caller.post("repository", SIMPLE, text.as_bytes())
}

#[test]
fn a_query_is_accepted_and_answered_on_a_connection_of_its_own() {
    let receiver = Receiver::start(&[]);
    let gateway = gateway_for(&[&receiver]);
    let caller = gateway.anybody();
    caller.deposit(&Deposit::of("1.2.250.1.999.71.1").for_patient(&patient(7101)), b"one").is_taken();
    let address = format!("{}/replies?id=1", receiver.base());
    accepted(&ask(&caller, &find_documents(&patient(7101)), &address));
    let heard = receiver.next();
    assert_eq!(heard.line, "POST /replies?id=1 HTTP/1.1");
    is_addressed(&heard, &address, "urn:ihe:iti:2007:RegistryStoredQueryResponse");
    assert!(heard.message.header("content-type").unwrap().starts_with("application/soap+xml"));
    assert_eq!(heard.message.entries(), [("1.2.250.1.999.71.1".to_owned(), "Approved".to_owned())]);
}

#[test]
fn a_deposit_and_a_registration_are_carried_out_though_nobody_waits() {
    let receiver = Receiver::start(&[]);
    let gateway = gateway_for(&[&receiver]);
    let caller = gateway.anybody();
    let deposit = Deposit::of("1.2.250.1.999.71.2").for_patient(&patient(7102));
    let text = answered_at(&envelope(ITI41, None, &deposit.provide_and_register()), &receiver.base(), None);
    accepted(&caller.post("repository", PACKAGE, &package(&text, &[("document", b"two")])));
    let heard = receiver.next();
    is_addressed(&heard, &receiver.base(), "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse");
    assert!(heard.message.is_package(), "an answer has the packaging of its request");
    heard.message.is_taken();
    caller.finds_and_fetches("1.2.250.1.999.71.2", b"two");
    // The same uniqueId with other bytes: the refusal comes the same way.
    let text = answered_at(&envelope(ITI41, None, &deposit.provide_and_register()), &receiver.base(), None);
    accepted(&caller.post("repository", PACKAGE, &package(&text, &[("document", b"other")])));
    assert_eq!(receiver.next().message.status_urn(), "Failure");
}

#[test]
fn a_large_document_is_streamed_from_its_file_again_after_a_receiver_who_broke_off() {
    let receiver = Receiver::start(&[Conduct::HangUp, Conduct::Nothing]);
    let gateway = gateway_for(&[&receiver]);
    let caller = gateway.anybody();
    let large: Vec<u8> = (0..40_u32 << 20).map(|at| (at ^ (at >> 9)).to_le_bytes()[0]).collect();
    caller.deposit(&Deposit::of("1.2.250.1.999.71.3").for_patient(&patient(7103)), &large).is_taken();
    accepted(&fetch(&caller, "1.2.250.1.999.71.3", &receiver.base()));
    let heard = receiver.next();
    is_addressed(&heard, &receiver.base(), "urn:ihe:iti:2007:RetrieveDocumentSetResponse");
    assert!(heard.message.documents() == [("1.2.250.1.999.71.3".to_owned(), large)], "other bytes came");
}

#[test]
fn a_large_answer_in_memory_waits_on_the_disk_and_leaves_nothing_there() {
    let receiver = Receiver::start(&[Conduct::Answer(503)]);
    let gateway = gateway_for(&[&receiver]);
    let caller = gateway.anybody();
    for number in 0..60 {
        let deposit = Deposit::of(&format!("1.2.250.1.999.71.4.{number}.2")).for_patient(&patient(7104));
        caller.deposit(&deposit, b"four").is_taken();
    }
    accepted(&ask(&caller, &find_documents(&patient(7104)), &receiver.base()));
    for _ in ["refused at first", "then taken"] {
        let heard = receiver.next();
        assert!(heard.message.body.len() > 128 << 10, "{}", heard.message.body.len());
        assert_eq!(heard.message.entries().len(), 60);
    }
    let spool = gateway.directory().join("var/spool");
    assert_eq!(std::fs::read_dir(spool).unwrap().count(), 0);
}

#[test]
fn a_fault_goes_to_fault_to_and_an_answer_to_reply_to() {
    let (answers, faults) = (Receiver::start(&[]), Receiver::start(&[]));
    let gateway = gateway_for(&[&answers, &faults]);
    let caller = gateway.anybody();
    let deposit = Deposit::of("1.2.250.1.999.71.5").for_patient(&patient(7105));
    let text = envelope(ITI41, None, &deposit.provide_and_register());
    let text = answered_at(&text, &answers.base(), Some(&format!("{}/faults", faults.base())));
    let whole = package(&text, &[("document", b"five")]);
    accepted(&caller.post("repository", PACKAGE, &whole));
    answers.next().message.is_taken();
    // The package breaks off after its envelope was read: no request, so a fault.
    accepted(&caller.post("repository", PACKAGE, &whole[..whole.len() - 12]));
    let heard = faults.next();
    assert_eq!(heard.message.fault().unwrap().rule(), "MTOM-02");
    is_addressed(&heard, &format!("{}/faults", faults.base()), "http://www.w3.org/2005/08/addressing/soap/fault");
    answers.hears_nothing(Duration::from_millis(100));
}

#[test]
fn nothing_is_sent_to_an_address_that_the_configuration_does_not_name() {
    let (named, other) = (Receiver::start(&[]), Receiver::start(&[]));
    let gateway = gateway_for(&[&named]);
    let caller = gateway.anybody();
    let port = other.base().rsplit(':').next().unwrap().to_owned();
    for address in [
        other.base(),
        format!("{}@127.0.0.1:{port}/", named.base()),
        named.base().replace("127.0.0.1", "localhost"),
        named.base().replace("http:", "https:"),
        "http://www.w3.org/2005/08/addressing/none".to_owned(),
    ] {
        let fault = ask(&caller, &find_documents(&patient(7106)), &address).faults_by(500, "WSA-05");
        assert_eq!(fault.codes, ["soap:Sender", "wsa:InvalidAddressingHeader", "wsa:OnlyAnonymousAddressSupported"]);
        let why = ["asynchronous.reply_to does not name", "it is no http or https address"];
        assert!(why.iter().any(|why| fault.english.contains(why)), "{address}: {fault:?}");
    }
    let text = envelope(ITI18, None, &find_documents(&patient(7106)));
    let text = answered_at(&text, &named.base(), Some(&other.base()));
    let fault = caller.post("registry", SIMPLE, text.as_bytes()).faults_by(500, "WSA-05");
    assert!(fault.english.contains("wsa:FaultTo"), "{fault:?}");
    named.hears_nothing(Duration::from_millis(100));
    other.hears_nothing(Duration::from_millis(1));
}

#[test]
fn off_by_default_the_fault_names_the_setting() {
    let receiver = Receiver::start(&[]);
    let gateway = Setup::toml(IHE).serve();
    let caller = gateway.anybody();
    let fault = ask(&caller, &find_documents(&patient(7107)), &receiver.base()).faults_by(500, "WSA-05");
    assert!(fault.english.contains("asynchronous.reply_to names no address"), "{fault:?}");
    receiver.hears_nothing(Duration::from_millis(100));
}

#[test]
fn a_redirect_is_not_followed_and_a_refusal_is_not_repeated() {
    let receiver = Receiver::start(&[Conduct::Redirect, Conduct::Answer(404), Conduct::Answer(500)]);
    let gateway = gateway_for(&[&receiver]);
    let caller = gateway.anybody();
    for _ in ["redirected", "not found"] {
        accepted(&ask(&caller, &find_documents(&patient(7108)), &receiver.base()));
        receiver.next();
        receiver.hears_nothing(Duration::from_millis(300));
    }
    // A receiver that has failed gets it again.
    accepted(&ask(&caller, &find_documents(&patient(7108)), &receiver.base()));
    receiver.next();
    receiver.next();
    receiver.hears_nothing(Duration::from_millis(300));
}

#[test]
fn a_receiver_who_is_down_is_tried_again_and_given_up_in_the_end() {
    let silent = Receiver::start(&[Conduct::HangUp; 3]);
    let gateway = gateway_for(&[&silent]);
    accepted(&ask(&gateway.anybody(), &find_documents(&patient(7109)), &silent.base()));
    // Three tries were hung up on; a fourth would be taken and heard.
    silent.hears_nothing(Duration::from_millis(800));
}

#[test]
fn a_receiver_who_takes_nothing_holds_up_neither_callers_nor_other_receivers() {
    let (stuck, quick) = (Receiver::start(&[Conduct::Nothing; 64]), Receiver::start(&[]));
    let gateway = setup(IHE, &[stuck.base(), quick.base()])
        .settings(|settings| {
            settings.answers.stall = Duration::from_mins(1);
            settings.shutdown = Duration::ZERO;
        })
        .serve();
    let caller = gateway.anybody();
    for _ in 0..20 {
        accepted(&ask(&caller, &find_documents(&patient(7110)), &stuck.base()));
    }
    let began = Instant::now();
    caller.ask(&find_documents(&patient(7110))).is_taken();
    accepted(&ask(&caller, &find_documents(&patient(7110)), &quick.base()));
    quick.next();
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn a_full_queue_refuses_with_a_fault_before_anything_is_done() {
    let stuck = Receiver::start(&[Conduct::Nothing; 64]);
    let gateway = setup(IHE, &[stuck.base()])
        .settings(|settings| {
            settings.answers.room = 2;
            settings.answers.stall = Duration::from_secs(5);
            settings.shutdown = Duration::ZERO;
        })
        .serve();
    let caller = gateway.anybody();
    accepted(&ask(&caller, &find_documents(&patient(7111)), &stuck.base()));
    accepted(&ask(&caller, &find_documents(&patient(7111)), &stuck.base()));
    let deposit = Deposit::of("1.2.250.1.999.71.11").for_patient(&patient(7111));
    let text = answered_at(&envelope(ITI41, None, &deposit.provide_and_register()), &stuck.base(), None);
    let fault = caller.post("repository", PACKAGE, &package(&text, &[("document", b"x")])).faults_by(503, "WSA-09");
    assert_eq!(fault.codes, ["soap:Receiver", "wsa:EndpointUnavailable"]);
    caller.knows_nothing_of("1.2.250.1.999.71.11");
    assert_eq!(gateway.documents_on_disk(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn what_is_on_its_way_arrives_before_the_gateway_ends() {
    let receiver = Receiver::start(&[Conduct::Answer(503), Conduct::Answer(503)]);
    let gateway = gateway_for(&[&receiver]);
    accepted(&ask(&gateway.anybody(), &find_documents(&patient(7112)), &receiver.base()));
    gateway.stop();
    for _ in 0..3 {
        receiver.next();
    }
}

#[test]
fn the_gateway_ends_in_time_though_a_receiver_takes_nothing() {
    let stuck = Receiver::start(&[Conduct::Nothing; 64]);
    let gateway = setup(IHE, &[stuck.base()])
        .settings(|settings| {
            settings.answers.stall = Duration::from_mins(1);
            settings.shutdown = Duration::from_secs(1);
        })
        .serve();
    accepted(&ask(&gateway.anybody(), &find_documents(&patient(7113)), &stuck.base()));
    let began = Instant::now();
    gateway.stop();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn over_tls_the_gateway_shows_its_certificate_and_looks_at_the_receivers() {
    let pki = tempfile::tempdir().unwrap();
    crate::support::pki_on_disk::copy_to(pki.path());
    let receiver = Receiver::secure(pki.path());
    let (certificate, key) =
        (pki.path().join("organisations/hopital/auth.pem"), pki.path().join("organisations/hopital/auth.key"));
    let toml = format!(
        "{DMP}[asynchronous]\nreply_to = [{:?}]\ncertificate = {certificate:?}\nprivate_key = {key:?}\n",
        receiver.base()
    );
    let gateway = Setup::toml(&toml).serve();
    let doctor = gateway.treating_doctor(&patient(7114));
    accepted(&ask(&doctor, &find_documents(&patient(7114)), &receiver.base()));
    let heard = receiver.next();
    heard.message.is_taken();
    assert!(heard.shown.is_some(), "no certificate was shown");
}

#[test]
fn a_receiver_whose_certificate_is_of_another_authority_gets_nothing() {
    let (pki, foreign) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    crate::support::pki_on_disk::copy_to(pki.path());
    let receiver = Receiver::secure(pki.path());
    let trust = crate::support::pki::foreign_files().iter().find(|file| file.path == "trust.pem").unwrap();
    std::fs::write(foreign.path().join("trust.pem"), &trust.content).unwrap();
    let toml = format!(
        "{IHE}[asynchronous]\nreply_to = [{:?}]\ntrust = {:?}\n",
        receiver.base(),
        foreign.path().join("trust.pem")
    );
    let setup = Setup::toml(&toml).settings(|settings| {
        settings.answers.attempts = 1;
    });
    let gateway = setup.serve();
    accepted(&ask(&gateway.anybody(), &find_documents(&patient(7115)), &receiver.base()));
    receiver.hears_nothing(Duration::from_millis(500));
}

#[test]
fn a_caller_who_is_not_known_makes_the_gateway_send_nothing() {
    let receiver = Receiver::start(&[]);
    let gateway = setup(DMP, &[receiver.base()]).serve();
    let doctor = gateway.treating_doctor(&patient(7116)).without_assertion();
    ask(&doctor, &find_documents(&patient(7116)), &receiver.base()).faults_by(500, "VIHF-SEC-00");
    receiver.hears_nothing(Duration::from_millis(100));
}
