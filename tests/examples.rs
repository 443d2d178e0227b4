//! Real documents: every national CDA example goes through deposit, query and retrieval byte for byte, and is judged on the way.

use std::path::Path;

use dmp_gateway::datatype::ins::Ins;

use crate::support::caller::patient;
use crate::support::cda::{PATIENT, files_of, provide_and_register, unique_id_of, with_header};
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

/// The same document about one patient of the test domain: the keys of some examples are wrong.
fn of_a_test_patient(document: &str) -> String {
    let document = document.trim_start_matches('\u{feff}');
    let (root, number) = with_header(document.as_bytes(), |header| {
        let ids = &header.patient.as_ref().unwrap().ids;
        let ins = ids.iter().map(|id| &id.value).find(|id| Ins::AUTHORITIES.contains(&id.root.as_str())).unwrap();
        (ins.root.clone(), ins.extension.clone().unwrap())
    });
    let (test_number, test_root) = PATIENT.split_once("^^^&").unwrap();
    let test_root = test_root.split('&').next().unwrap();
    document
        .replace(&format!("\"{number}\""), &format!("\"{test_number}\""))
        .replace(&format!("\"{root}\""), &format!("\"{test_root}\""))
}

/// What refuses an example: no author of two names a structure, and one breaks the header rules by the national checks too.
const REFUSED: [(&str, &str); 3] = [
    ("SDM-MR_2024.01_nouveau-ne.xml", "[DMP-AUTHOR]"),
    ("TLM-DA_2022.01_TCG.xml", "[DMP-AUTHOR]"),
    ("eDISP-MED_2024.01.xml", "[CDA-DEPOSIT]"),
];

#[test]
fn every_national_example_is_taken_with_the_metadata_that_it_implies_by_a_gateway_that_judges_it() {
    let gateway = Setup::toml(&format!("{DMP}[cda]\n")).serve();
    for file in files_of("../shared/data/cda/examples") {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let document = of_a_test_patient(&std::fs::read_to_string(&file).unwrap());
        let document = document.as_bytes();
        let doctor = gateway.treating_doctor(PATIENT);
        let answer = doctor.provide(&provide_and_register(document, document, None), &[("document", document)]);
        let refusing: Vec<String> =
            answer.errors().into_iter().filter(|error| error.severity == "Error").map(|error| error.context).collect();
        if let Some((_, rule)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
            assert!(!refusing.is_empty(), "{name} is taken");
            assert!(refusing.iter().all(|context| context.ends_with(rule)), "{name}: {refusing:#?}");
        } else {
            assert_eq!(refusing, Vec::<String>::new(), "{name}");
            doctor.finds_and_fetches(&unique_id_of(std::str::from_utf8(document).unwrap()), document);
        }
    }
}
