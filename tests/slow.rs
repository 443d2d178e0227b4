//! Slow clients of the real services hold up nobody and leave nothing.

use std::time::Duration;

use crate::support::caller::{BASE, patient};
use crate::support::gateway::{DMP, Setup};
use crate::support::message::{Deposit, ITI41, PACKAGE, package};

#[test]
fn a_crowd_of_deposits_that_never_end_holds_up_nobody_and_leaves_nothing() {
    let setup = Setup::toml(&format!("[server]\nworkers = 1\n{DMP}"));
    let setup = setup.settings(|settings| settings.limits.body_stall = Duration::from_millis(400));
    let gateway = setup.serve();
    let patient = patient(2001);
    let doctor = gateway.treating_doctor(&patient);
    let body = Deposit::of("1.2.250.1.999.20.1").for_patient(&patient).provide_and_register();
    let whole = package(&doctor.envelope(ITI41, &body), &[("document", &vec![b'x'; 3 << 20])]);
    let head = format!(
        "POST {BASE}/repository HTTP/1.1\r\nHost: localhost\r\nContent-Type: {PACKAGE}\r\nContent-Length: {}\r\n\r\n",
        whole.len()
    );
    let mut slow: Vec<_> = (0..10)
        .map(|_| {
            let mut wire = gateway.card("medecin").connect(gateway.address).unwrap();
            wire.send(&head).unwrap();
            wire.send(&whole[..2 << 20]).unwrap();
            wire
        })
        .collect();
    doctor.deposit(&Deposit::of("1.2.250.1.999.20.2").for_patient(&patient), b"meanwhile").is_taken();
    doctor.finds_and_fetches("1.2.250.1.999.20.2", b"meanwhile");
    for wire in &mut slow {
        let said = String::from_utf8_lossy(&wire.rest()).into_owned();
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    }
    doctor.knows_nothing_of("1.2.250.1.999.20.1");
    assert_eq!(gateway.documents_on_disk().len(), 1, "{:?}", gateway.documents_on_disk());
}
