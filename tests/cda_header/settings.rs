//! What a deployment decides: severities and value sets. And what a finding tells.

use std::collections::BTreeMap;

use dmp_gateway::cda::rule::{Severities, Severity};
use dmp_gateway::cda::validation::Settings;
use dmp_gateway::terminology::code_set::{CodeSet, CodeSets};

use crate::cda_header::{HEADER, changed, found, found_by};

#[test]
fn a_finding_tells_what_was_found_what_was_expected_and_how_to_mend_it() {
    let document = changed("code=\"11506-3\"", "code=\"11506-4\"");
    let findings = found(&document);
    let finding = findings.iter().find(|finding| finding.rule == "SM008/@code:J07").unwrap();
    assert_eq!(finding.severity, Severity::Error);
    assert_eq!((finding.location.line, finding.location.column), (9, 3));
    assert_eq!(finding.found.as_ref().unwrap().as_str(), "11506-4");
    assert!(finding.expected.starts_with("@code is a code of J07 (nearest: 11506-3, "), "{}", finding.expected);
    assert_eq!(finding.help.en, "Choose a code of the value set J07 for @code of ClinicalDocument/code.");
    assert_eq!(finding.help.fr, "Choisissez pour @code de ClinicalDocument/code un code du jeu de valeurs J07.");
    let document = changed("<setId root=\"1.2.250.1.999.90.2\"/>", "");
    let findings = found(&document);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].expected, "exactly 1 setId without nullFlavor");
    assert_eq!(findings[0].found.as_ref().unwrap().as_str(), "0");
    assert_eq!(findings[0].help.fr, "Mettez dans ClinicalDocument exactement 1 setId sans nullFlavor.");
}

#[test]
fn a_deployment_lowers_or_silences_a_rule_or_a_family() {
    let document = changed("<setId root=\"1.2.250.1.999.90.2\"/>", "");
    let with = |key: &str, severity| {
        let severities = Severities::new(BTreeMap::from([(key.to_owned(), severity)]));
        let findings = found_by(Settings { severities, ..Settings::default() }, &document);
        findings.iter().map(|finding| finding.severity).collect::<Vec<_>>()
    };
    assert_eq!(with("SM001/setId", Some(Severity::Warning)), [Severity::Warning]);
    assert_eq!(with("SM001*", Some(Severity::Warning)), [Severity::Warning]);
    assert_eq!(with("SM*", None), []);
    assert_eq!(with("SM002*", None), [Severity::Error]);
}

#[test]
fn an_operator_replaces_a_value_set() {
    let own = "# name: own types\n# oid: 1.2.250.1.213.1.1.5.471\nX-1\t1.2.3\tOwn\n";
    let sets = CodeSets::built_in().with(CodeSet::read(own.as_bytes()).unwrap());
    let settings = || Settings { code_sets: sets.clone().into(), ..Settings::default() };
    let rules = |document: &str| {
        found_by(settings(), document).into_iter().map(|finding| finding.rule.into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(rules(HEADER), ["SM008/@code:J07"]);
    assert_eq!(rules(&changed("code=\"11506-3\"", "code=\"X-1\"")), Vec::<String>::new());
}

#[test]
fn a_hundred_thousand_of_anything_in_a_header_is_asked_in_time() {
    let begun = std::time::Instant::now();
    let many = |from: &str, one: &str| changed(from, &format!("{}{from}", one.repeat(60_000)));
    for document in [
        many("<id root=\"1.2.250.1.999.90.1\"/>", "<id root=\"1.2.3\" extension=\"x\"/>"),
        many("<name>\n          <given>FLORE", "<name><family qualifier=\"BR\">A</family><given>B</given></name>"),
        many("<documentationOf>", "<documentationOf><serviceEvent/></documentationOf>"),
        many("<realmCode", "<unheardOf/>"),
        many("<telecom use=\"H\"", "<telecom use=\"H\" value=\"tel:1\"/>"),
        many("<addr use=\"H\"", "<addr><city>LYON</city></addr>"),
    ] {
        assert!(!found(&document).is_empty());
    }
    assert!(begun.elapsed() < std::time::Duration::from_mins(1), "{:?}", begun.elapsed());
}
