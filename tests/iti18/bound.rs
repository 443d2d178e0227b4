//! What one question may ask at most: a database nests its conditions and takes no pattern of any length.

use super::{BOTH, DATABASE};
use crate::support::message::{FIND_BY_REFERENCE_ID, query};
use crate::support::story::Story;
use crate::support::wire::Answer;
use crate::xds_fixture::{PATIENT, base};

const REFERENCE_IDS: &str = "$XDSDocumentEntryReferenceIdList";
const EVENTS: &str = "$XDSDocumentEntryEventCodeList";
const CONFIDENTIALITY: &str = "$XDSDocumentEntryConfidentialityCode";

/// One document, and a question about its reference with more parameters.
fn ask(story: &Story, more: &[(&str, &str)]) -> Answer {
    let patient = format!("'{PATIENT}'");
    let base = [("$XDSDocumentEntryPatientId", patient.as_str()), ("$XDSDocumentEntryStatus", BOTH)];
    story.caller.ask(&query(FIND_BY_REFERENCE_ID, "LeafClass", &[&base, more].concat()))
}

fn story() -> Story {
    let story = Story::on(DATABASE);
    let mut message = base();
    message.entries[0].slot("urn:ihe:iti:xds:2013:referenceIdList", &["A-1^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:order"]);
    story.register(1, &message).is_taken();
    story
}

#[test]
fn a_parameter_is_repeated_a_hundred_times_and_no_more() {
    let story = story();
    let repeated = |times: usize| {
        let lists = [(REFERENCE_IDS, "('A-1%')"), (CONFIDENTIALITY, "('N^^2.16.840.1.113883.5.25')")];
        lists.into_iter().flat_map(|list| std::iter::repeat_n(list, times)).collect::<Vec<_>>()
    };
    assert_eq!(ask(&story, &repeated(100)).entries().len(), 1);
    ask(&story, &repeated(101)).fails_with("XDSStoredQueryParamNumber", "QUERY-NUMBER");
    let events = vec![(EVENTS, "('a^^b')"); 1000];
    let lists = [&[(REFERENCE_IDS, "('A-1%')")], events.as_slice()].concat();
    ask(&story, &lists).fails_with("XDSStoredQueryParamNumber", "QUERY-NUMBER");
}

#[test]
fn a_value_of_a_thousand_characters_is_taken_and_one_without_end_is_not() {
    let story = story();
    let pattern = |length: usize| format!("('A-1{}')", "%".repeat(length - 3));
    assert_eq!(ask(&story, &[(REFERENCE_IDS, &pattern(1024))]).entries().len(), 1);
    for length in [1025, 60_000] {
        let answer = ask(&story, &[(REFERENCE_IDS, &pattern(length))]);
        answer.fails_with("XDSRegistryError", "QUERY-VALUE");
    }
    let several = format!("('{}')", vec!["x"; 1001].join("','"));
    ask(&story, &[(REFERENCE_IDS, &several)]).fails_with("XDSStoredQueryParamNumber", "QUERY-NUMBER");
}
