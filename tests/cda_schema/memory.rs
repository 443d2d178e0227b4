//! Validations leave no memory behind, whatever they find; many threads find the same. `make memory` asks for 100,000.

use std::process::Command;
use std::sync::Arc;

use crate::cda_schema::{told, validator, word};

/// Set in the process that counts, which runs this test and nothing else.
const ALONE: &str = "CDA_COUNTS_ALONE";
const VALIDATIONS: usize = 20_000;
/// The allocator's own wavering over all of them; what each leaves behind would have to be a few bytes to fit.
const GROWTH: usize = 1 << 20;

const VALID: &str = include_str!("valid.xml");

/// The valid document, and one for each way out of the judge: an order mended and told again, values, identifiers, text, no XML.
fn documents() -> Vec<String> {
    let changes = [
        ("<effectiveTime", "<effectiveTime"),
        ("<effectiveTime", "<unheardOf/><effectiveTime"),
        ("code=\"N\"", "code=\"a b\" colour=\"red\""),
        ("<custodian>", "x<custodian><nothing/>"),
        ("IDREF=\"f1\"", "IDREF=\"f2\""),
        ("xsi:type=\"PQ\"", "xsi:type=\"PQX\""),
        ("</ClinicalDocument>", ""),
    ];
    changes.iter().map(|(from, to)| VALID.replacen(from, to, 1)).collect()
}

/// Resident bytes of this process.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<usize>().unwrap() << 10
}

#[test]
fn validations_leave_no_memory_behind() {
    if std::env::var_os(ALONE).is_none() {
        // Other tests of this process take and give memory meanwhile, so the counting is done in one of its own.
        let alone = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "cda_schema::memory::validations_leave_no_memory_behind", "--test-threads", "1"])
            .env(ALONE, "1")
            .output()
            .unwrap();
        assert!(
            alone.status.success(),
            "{}{}",
            String::from_utf8_lossy(&alone.stdout),
            String::from_utf8_lossy(&alone.stderr)
        );
        return;
    }
    let validator = validator();
    let documents = documents();
    let validate = |count: usize| {
        for document in documents.iter().cycle().take(count) {
            let valid = std::ptr::eq(document, &raw const documents[0]);
            assert_eq!(word(validator.validate(document.as_bytes()).schema) == "valid", valid);
        }
    };
    #[expect(clippy::disallowed_methods, reason = "whoever runs the test asks for more")]
    let asked = std::env::var("CDA_VALIDATIONS").ok().and_then(|text| text.parse().ok());
    validate(VALIDATIONS / 4);
    let before = resident();
    validate(asked.unwrap_or(VALIDATIONS));
    let after = resident();
    assert!(after < before + GROWTH, "{before} bytes before, {after} after");
}

#[test]
fn many_threads_find_the_same_in_the_same_documents() {
    let validator = Arc::new(validator());
    let documents = Arc::new(documents());
    let alone: Vec<_> = documents.iter().map(|document| validator.validate(document.as_bytes()).findings).collect();
    let alone = Arc::new(alone);
    let threads: Vec<_> = (0..16)
        .map(|thread| {
            let (validator, documents, alone) = (Arc::clone(&validator), Arc::clone(&documents), Arc::clone(&alone));
            std::thread::spawn(move || {
                for round in 0..200 {
                    let number = (round + thread) % documents.len();
                    let report = validator.validate(documents[number].as_bytes());
                    assert_eq!(report.findings, alone[number], "{:?}", told(&report));
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
