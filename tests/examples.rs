//! Real documents: every national CDA example goes through deposit, query and retrieval byte for byte.

use std::path::Path;

use crate::support::caller::patient;
use crate::support::gateway::{DMP, Setup};
use crate::support::message::Deposit;

#[test]
fn every_national_example_comes_back_byte_for_byte() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/cda/examples");
    let Ok(files) = std::fs::read_dir(&folder) else {
        // The spec of a machine without the shared data is the rest of this binary.
        eprintln!("{} is absent: the national examples are not deposited", folder.display());
        return;
    };
    let gateway = Setup::toml(DMP).serve();
    let patient = patient(5001);
    let doctor = gateway.treating_doctor(&patient);
    let mut number = 0;
    for file in files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        number += 1;
        let document = std::fs::read(&file).unwrap();
        let unique_id = format!("1.2.250.1.999.50.{number}");
        doctor.deposit(&Deposit::of(&unique_id).for_patient(&patient), &document).is_taken();
        doctor.finds_and_fetches(&unique_id, &document);
    }
    assert!(number > 0, "{} is empty", folder.display());
}
