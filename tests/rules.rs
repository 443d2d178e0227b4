//! Every rule has an id, a paragraph, a test that breaks it, and stands in the table of the documentation.

use std::collections::BTreeSet;
use std::path::Path;

use dmp_gateway::cli::rules::{markdown, rooms};

use crate::architecture::source_files;

/// Names in the form of a rule's id that are none.
const OTHER_NAMES: &[&str] = &["LDL-EES", "LDL-SES", "SHA-1", "SHA-256", "UTF-8", "ISO-8859-1"];
const OTHER_FAMILIES: &[&str] = &["ITI", "PID", "LPS", "TEST", "RAD"];

fn ids() -> BTreeSet<&'static str> {
    rooms().iter().flat_map(|room| &room.rows).map(|row| row.id).collect()
}

/// The string literals of a source that look like the id of a rule: `ABC-DEF-1`.
fn literals(text: &str) -> BTreeSet<&str> {
    let parts: Vec<&str> = text.split('"').collect();
    let upper =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    parts
        .into_iter()
        .filter(|part| part.starts_with(|c: char| c.is_ascii_uppercase()) && part.contains('-'))
        .filter(|part| part.split('-').all(upper))
        .filter(|part| !OTHER_NAMES.contains(part))
        .filter(|part| !OTHER_FAMILIES.iter().any(|family| part.split('-').next() == Some(*family)))
        .collect()
}

#[test]
fn every_rule_has_an_id_of_its_own_a_paragraph_and_says_what_it_demands() {
    let mut seen = BTreeSet::new();
    for row in rooms().iter().flat_map(|room| &room.rows) {
        assert!(seen.insert(row.id), "{} stands twice", row.id);
        assert!(!row.spec.is_empty() && !row.demands.is_empty() && !row.answer.is_empty(), "{row:?}");
        assert!(!row.demands.contains('\n'), "{row:?}");
    }
}

#[test]
fn no_source_speaks_of_a_rule_that_the_table_lacks() {
    let ids = ids();
    let mut strangers = BTreeSet::new();
    let is_code = |path: &Path| !path.ends_with("tests.rs");
    for (path, text) in source_files("src").into_iter().filter(|(path, _)| is_code(path)) {
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let strange = literals(code).into_iter().filter(|id| !ids.contains(id)).map(str::to_owned);
        strangers.extend(strange.map(|id| format!("{}: {id}", path.display())));
    }
    assert!(strangers.is_empty(), "not declared by `rules!`, or not listed:\n{strangers:#?}");
}

#[test]
fn every_rule_is_broken_by_a_test() {
    // The rows of the attribute table are broken one by one by `xds_metadata`, which walks the table; a tolerance is
    // needed by name in `soap`, whose `match` over them lets none out; the rules of volets are broken one by one by
    // `cda::rule::volet::tests`, those of the header by `cda::rule::header::tests`, which walk them.
    let attributes = dmp_gateway::xds::metadata::attribute::TABLE.iter().map(|row| row.rule.id);
    let volets = dmp_gateway::cda::rule::volet::Volets::built_in_rules().map(|(_, rule)| rule.id.as_ref());
    let header = dmp_gateway::cda::rule::header::overview().iter().map(|line| line.ids.as_str());
    let by_walk: BTreeSet<&str> = attributes.chain(volets).chain(header.filter(|ids| !ids.starts_with("SV"))).collect();
    let sources = source_files("tests").into_iter().map(|(_, text)| text);
    let units = source_files("src").into_iter().filter_map(|(path, text)| tests_of(&path, &text));
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let lines: String = sources.chain(units).collect();
    let named: String = lines.lines().filter(is_code).collect::<Vec<_>>().join("\n");
    let by_name = |id: &str| is_word_of(&named, id);
    let tolerated = |id: &str| {
        let row = dmp_gateway::soap::tolerance::TABLE.iter().find(|row| row.id == id);
        row.is_some_and(|row| named.contains(&format!("Tolerance::{:?}", row.tolerance)))
    };
    let missing: Vec<&str> =
        ids().into_iter().filter(|id| !by_walk.contains(id) && !by_name(id) && !tolerated(id)).collect();
    assert!(missing.is_empty(), "no test breaks {missing:#?}");
}

/// Whether an id stands alone in a literal, or among others and what is told beside it.
fn is_word_of(text: &str, id: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c == '"' || c == ' ');
    let alone = |at: usize| ends(text[..at].chars().next_back()) && ends(text[at + id.len()..].chars().next());
    text.match_indices(id).any(|(at, _)| alone(at))
}

/// The unit tests of a file: those at its end, or all of a file that is named for them.
fn tests_of(path: &Path, text: &str) -> Option<String> {
    if path.ends_with("tests.rs") {
        return Some(text.to_owned());
    }
    text.split_once("#[cfg(test)]\nmod tests").map(|(_, tests)| tests.to_owned())
}

#[test]
fn the_table_in_the_documentation_is_the_one_that_the_rules_print() {
    let written = include_str!("../src/RULES.md");
    assert!(written == markdown(), "src/RULES.md is stale: cargo run -- rules > src/RULES.md");
}

#[test]
fn a_rule_that_nobody_declared_would_be_found() {
    let planted = concat!("Finding::of(\"PLANTED", "-RULE\")");
    assert_eq!(literals(planted).len(), 1);
    assert!(!ids().contains(literals(planted).first().unwrap()));
}
