//! The log: one line for each exchange, under its correlation id, and never a word of the patient's.

use crate::support::caller::{Caller, patient};
use crate::support::child::{Process, directory};
use crate::support::gateway::{DMP, IHE};
use crate::support::message::{Deposit, find_documents};

#[test]
fn an_exchange_is_one_line_under_its_correlation_id_without_health_data() {
    let directory = directory(&format!("{DMP}[log]\nformat = \"json\"\nlevel = \"debug\"\n"));
    let directory = directory.path();
    let patient = patient(7001);
    let process = Process::serve(directory);
    let doctor = process.treating_doctor(directory, &patient);
    let deposit = Deposit::of("1.2.250.1.999.70").for_patient(&patient);
    let answers = [
        doctor.deposit(&deposit, b"SECRET-OF-THE-DOCUMENT"),
        doctor.ask(&find_documents(&patient)),
        doctor.fetch(&["1.2.250.1.999.70"]),
        doctor.deposit(&deposit, b"SECRET-OF-THE-DOCUMENT"),
        process.treating_doctor(directory, &patient).without_assertion().deposit(&deposit, b"SECRET-OF-THE-DOCUMENT"),
    ];
    let log = process.stop();
    let expected = [
        ("ITI-41", "success", 200),
        ("ITI-18", "success", 200),
        ("ITI-43", "success", 200),
        ("ITI-41", "failure", 200),
        ("ITI-41", "fault", 500),
    ];
    for (answer, (transaction, outcome, status)) in answers.iter().zip(expected) {
        let correlation = answer.header("x-correlation-id").unwrap();
        let lines: Vec<serde_json::Value> = log
            .iter()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
            .filter(|line: &serde_json::Value| line.to_string().contains(correlation))
            .filter(|line| line.to_string().contains("\"exchange\""))
            .collect();
        assert_eq!(lines.len(), 1, "{correlation} in {log:#?}");
        let line = lines[0].to_string();
        for part in [transaction, outcome, &status.to_string()] {
            assert!(line.contains(part), "no {part} in {line}");
        }
    }
    let assertion = doctor.assertion().unwrap();
    let signature = assertion.split("SignatureValue>").nth(1).unwrap()[..24].to_owned();
    let names =
        ["MARTIN", "CLAIRE", "DUMONT", "ALICE", "SECRET-OF", "899700000017", "Compte rendu", "saml2:", "0004471"];
    for secret in names.into_iter().chain([&patient[..13], signature.as_str()]) {
        let said = log.iter().find(|line| line.contains(secret));
        assert!(said.is_none(), "{secret} stands in {said:?}");
    }
}

#[test]
fn of_a_large_answer_the_log_tells_its_bytes_when_it_was_written() {
    let directory = directory(&format!("{IHE}[log]\nformat = \"json\"\n"));
    let process = Process::serve(directory.path());
    let caller = Caller::plain(process.address);
    crate::iti18::page::register(&caller, 7002, 130);
    let answer = caller.ask(&find_documents(&patient(7002)));
    let log = process.stop();
    let correlation = answer.header("x-correlation-id").unwrap();
    let lines: Vec<&String> = log.iter().filter(|line| line.contains(correlation)).collect();
    let said = |event: &str| lines.iter().find(|line| line.contains(event)).unwrap_or_else(|| panic!("{lines:#?}"));
    assert!(!said("\"exchange\"").contains("bytes_out"), "{lines:#?}");
    let written: serde_json::Value = serde_json::from_str(said("a large answer was written")).unwrap();
    let number = |name: &str| {
        let text = written.to_string();
        let digits = text.split(&format!("\"{name}\":")).nth(1).unwrap();
        digits.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<usize>().unwrap()
    };
    assert_eq!((number("bytes_out"), number("results")), (answer.body.len(), 130));
}
