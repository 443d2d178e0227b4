//! What was acknowledged survives `kill -9`.

use crate::support::caller::patient;
use crate::support::child::{Process, directory};
use crate::support::gateway::DMP;
use crate::support::message::Deposit;

#[test]
fn every_acknowledged_deposit_survives_kill_9() {
    let directory = directory(DMP);
    let directory = directory.path();
    let patient = patient(6001);
    let large = vec![b'l'; 2 << 20];
    let mut kept: Vec<(String, Vec<u8>)> = Vec::new();
    for round in 1..=3 {
        let process = Process::serve(directory);
        let doctor = process.treating_doctor(directory, &patient);
        for (unique_id, document) in &kept {
            doctor.finds_and_fetches(unique_id, document);
        }
        for number in 1..=4 {
            let unique_id = format!("1.2.250.1.999.60.{round}.{number}");
            let document = if number == 4 { large.clone() } else { format!("document {number}\0\r\n").into_bytes() };
            doctor.deposit(&Deposit::of(&unique_id).for_patient(&patient), &document).is_taken();
            kept.push((unique_id, document));
        }
        process.kill();
    }
    let process = Process::serve(directory);
    let doctor = process.treating_doctor(directory, &patient);
    for (unique_id, document) in &kept {
        doctor.finds_and_fetches(unique_id, document);
    }
}
