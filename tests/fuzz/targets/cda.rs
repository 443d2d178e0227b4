//! The validator of clinical documents, whole: it never panics, says the same twice, and gives a place to all that it says.
//!
//! Input: a document. libxml2's part runs under the address sanitizer as ours does.
#![no_main]

use std::sync::LazyLock;

use dmp_gateway::cda::report::SchemaVerdict;
use dmp_gateway::cda::validation::{Settings, Validator};
use libfuzzer_sys::fuzz_target;

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let validator = Validator::new(Settings::default());
    validator.ready().expect("the schema compiles");
    validator
});

fuzz_target!(|input: &[u8]| {
    let report = VALIDATOR.validate(input);
    let again = VALIDATOR.validate(input);
    assert_eq!(report.schema, again.schema);
    assert!(report.findings == again.findings, "another verdict the second time");
    let lines = 1 + input.iter().filter(|byte| **byte == b'\n').count();
    for finding in &report.findings {
        assert!(finding.location.xpath.starts_with('/'), "{}", finding.location);
        assert!(finding.location.line as usize <= lines && finding.location.column > 0, "{}", finding.location);
    }
    let of_schema = report.findings.iter().any(|finding| finding.rule.starts_with("CDA-XSD-"));
    match report.schema {
        SchemaVerdict::Valid => assert!(!of_schema),
        SchemaVerdict::Invalid => assert!(of_schema || report.left_out > 0),
        SchemaVerdict::Malformed => assert!(!report.passes() && !report.findings.is_empty()),
    }
});
