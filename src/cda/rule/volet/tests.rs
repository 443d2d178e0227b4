//! Rule files: which are refused, what the others find.

use std::collections::{BTreeMap, BTreeSet};

use crate::cda::document::ClinicalDocument;
use crate::cda::finding::Findings;
use crate::cda::rule::Severities;
use crate::terminology::code_set::{CodeSet, CodeSets, Concept};
use crate::xml::document::{Document, Node};
use crate::xml::limits::Limits;

use super::reading::BadFile;
use super::{FILES, Volets};

/// What the rules of these volets say of a document: rule, line and column of each finding.
fn said(volets: &Volets, text: &str) -> Vec<(String, u32, u32)> {
    let limits = Limits { bytes: 100 << 20, text_bytes: 100 << 20, nodes: 4_000_000, ..Limits::default() };
    let document = Document::parse(text, &limits).unwrap();
    let severities = Severities::new(BTreeMap::new());
    let mut findings = Findings::new(text, &severities, 10_000);
    volets.ask(ClinicalDocument::of(&document).unwrap(), &mut findings);
    let told = findings.into_sorted().findings;
    told.into_iter().map(|one| (one.rule.into_owned(), one.location.line, one.location.column)).collect()
}

fn document(head: &str, body: &str) -> String {
    format!(
        "<ClinicalDocument xmlns='urn:hl7-org:v3'>{head}<component><structuredBody>{body}</structuredBody></component>\
         </ClinicalDocument>"
    )
}

const SMALL: &str = "
volet T Essai | Trial
applies code/@code = 'T'
spec a test
constant own = 1.2.3
context section[template('1.1')]
  is la section | the section
  TEST-01 need text
    what le texte | the text
  TEST-02 one title
  TEST-03 at-most-one id
  TEST-04 no author
  TEST-05 code code A $own
  TEST-06 warning test @ID != 'x' or \\
      not(@ID)
    fr Changer ID.
    en Change ID.
  TEST-07 set entry/observation/value letters
  TEST-08 set-or-null entry/observation/code letters
  TEST-10 one-of text/@language fr en
  TEST-09 each entry : observation or act
    fr Mettre une observation.
    en Put an observation.
";

/// Two letters.
fn letters() -> CodeSets {
    let concept = |code: &str, system: &str| {
        let (code, system) = (code.to_owned(), system.to_owned());
        Concept { code, system, label: String::new() }
    };
    let letters = vec![concept("A", "1.2.3"), concept("B", "1.2.4")];
    CodeSets::default().with([CodeSet::new("1.2.3.4".to_owned(), "letters".to_owned(), letters)])
}

fn small() -> Volets {
    Volets::read(&[("small", SMALL)], &letters()).unwrap()
}

fn rules_of(found: &[(String, u32, u32)]) -> Vec<&str> {
    found.iter().map(|(rule, ..)| rule.as_str()).collect()
}

const GOOD: &str = "<component><section><templateId root='1.1'/><code code='A' codeSystem='1.2.3'/><title/><text language='fr'/>\
    <entry><observation><code nullFlavor='UNK'/><value code='B' codeSystem='1.2.4'/></observation></entry></section></component>";

#[test]
fn a_document_that_keeps_the_rules_is_told_nothing() {
    assert_eq!(said(&small(), &document("<code code='T'/>", GOOD)), []);
}

#[test]
fn each_form_of_a_rule_tells_what_breaks_it() {
    let broken = |from: &str, to: &str| {
        let text = document("<code code='T'/>", &GOOD.replace(from, to));
        rules_of(&said(&small(), &text)).join(" ")
    };
    assert_eq!(broken("<text language='fr'/>", ""), "TEST-01 TEST-10");
    assert_eq!(broken("<title/>", ""), "TEST-02");
    assert_eq!(broken("<title/>", "<title/><title/>"), "TEST-02");
    assert_eq!(broken("<code code='A'", "<id/><id/><code code='A'"), "TEST-03");
    assert_eq!(broken("<entry>", "<author/><entry>"), "TEST-04");
    assert_eq!(broken("code='A'", "code='B'"), "TEST-05");
    assert_eq!(broken("codeSystem='1.2.3'/><title", "codeSystem='1.2.4'/><title"), "TEST-05");
    assert_eq!(broken("<section>", "<section ID='x'>"), "TEST-06");
    assert_eq!(broken("code='B'", "code='A'"), "TEST-07");
    assert_eq!(broken("<value code='B'", "<value nullFlavor='UNK' code='B'"), "TEST-07");
    assert_eq!(broken("nullFlavor='UNK'", "nullFlavor='OOPS'"), "TEST-08");
    assert_eq!(broken("nullFlavor='UNK'", "code='C' codeSystem='1.2.4'"), "TEST-08");
    assert_eq!(broken("observation", "procedure"), "TEST-09");
    assert_eq!(broken("language='fr'", "language='de'"), "TEST-10");
}

#[test]
fn a_value_of_another_type_is_not_looked_up() {
    let typed = GOOD.replace(
        "<value code='B'",
        "<value xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='PQ' code='Z'",
    );
    assert_eq!(said(&small(), &document("<code code='T'/>", &typed)), []);
}

#[test]
fn a_finding_stands_at_the_node_that_is_wrong() {
    let text = document(
        "<code code='T'/>",
        "\n<component><section>\n<templateId root='1.1'/>\n <code code='Z'/><title/>\n  <title/></section></component>",
    );
    let told = |rule: &str, line, column| (rule.to_owned(), line, column);
    assert_eq!(
        said(&small(), &text),
        [told("TEST-01", 2, 12), told("TEST-10", 2, 12), told("TEST-05", 4, 2), told("TEST-02", 5, 3)]
    );
}

#[test]
fn a_document_of_level_one_or_of_another_kind_follows_no_volet() {
    let empty = "<component><section><templateId root='1.1'/></section></component>";
    assert_eq!(
        rules_of(&said(&small(), &document("<code code='T'/>", empty))),
        ["TEST-01", "TEST-02", "TEST-05", "TEST-10"]
    );
    assert_eq!(said(&small(), &document("<code code='U'/>", empty)), []);
    let level_one = "<ClinicalDocument xmlns='urn:hl7-org:v3'><templateId root='1.1'/><code code='T'/><component><nonXMLBody/></component></ClinicalDocument>";
    assert_eq!(said(&small(), level_one), []);
}

#[test]
fn a_document_that_takes_too_many_steps_is_told_so() {
    let many = "<component><section/></component>".repeat(20_000);
    let greedy = "volet T A | B\napplies true()\nspec s\ncontext section\n  TEST-1 test count(//section) > 0\n    fr x.\n    en x.\n";
    let volets = Volets::read(&[("greedy", greedy)], &letters()).unwrap();
    assert_eq!(rules_of(&said(&volets, &document("", &many))), ["VOLET-STEPS-01"]);
}

#[test]
fn an_element_that_claims_a_template_many_times_does_not_take_quadratic_time() {
    let claims = "<templateId root='1.9'/>".repeat(30_000);
    let below = "<entry><observation><templateId root='1.2'/></observation></entry>".repeat(10_000);
    let rules =
        "models T A | B\nspec s\ncontext *[template('1.1')]//observation[template('1.2')]\n  TEST-1 need code\n";
    let volets = Volets::read(&[("deep", rules)], &letters()).unwrap();
    let text = document("", &format!("<component><section>{claims}{below}</section></component>"));
    assert_eq!(rules_of(&said(&volets, &text)), ["VOLET-STEPS-01"]);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_rule_file_with_a_slip_is_read_or_refused_at_a_line_that_it_has(
        at in proptest::prelude::any::<proptest::sample::Index>(),
        slip in "[ -~é\n]{0,3}",
        cut in 0_usize..6,
    ) {
        let starts: Vec<usize> = SMALL.char_indices().map(|(at, _)| at).collect();
        let from = starts[at.index(starts.len())];
        let rest = SMALL[from..].chars().skip(cut).collect::<String>();
        let text = format!("{}{slip}{rest}", &SMALL[..from]);
        if let Err(bad) = Volets::read(&[("slip", &text)], &letters()) {
            let line = text.lines().nth(bad.line - 1);
            proptest::prop_assert!(line.is_some() && bad.column >= 1 && !bad.reason.is_empty(), "{bad} of {text}");
        }
    }
}

#[test]
fn a_wrapped_document_is_looked_at_where_it_stands() {
    let wrapped = |inside: &str| {
        format!(
            "<x:stylesheet xmlns:x='http://www.w3.org/1999/XSL/Transform'><section xmlns='urn:hl7-org:v3'><templateId root='1.1'/></section>{inside}</x:stylesheet>"
        )
    };
    assert_eq!(said(&small(), &wrapped(&document("<code code='T'/>", GOOD))), []);
}

#[test]
fn help_is_made_of_the_names_of_things() {
    let volets = small();
    let help = |id: &str| volets.rules().find(|(_, rule)| rule.id == id).unwrap().1.help.clone();
    assert_eq!(help("TEST-01").fr, "Ajouter le texte, obligatoire dans la section : text.");
    assert_eq!(help("TEST-01").en, "Add the text, required in the section: text.");
    assert_eq!(help("TEST-02").en, "Put title once and only once into the section: title.");
    assert_eq!(help("TEST-10").fr, "Dans la section, mettre text/@language à fr ou en.");
    assert_eq!(help("TEST-05").en, "Give code of the section the code A (1.2.3).");
}

#[test]
fn a_volet_of_the_operator_replaces_one_of_the_same_name() {
    let own = "volet T Autre | Other\napplies code\nspec ours\ncontext ClinicalDocument\n  TEST-99 need title\n";
    let volets = Volets::read(&[("small", SMALL), ("own", own)], &letters()).unwrap();
    assert_eq!(rules_of(&said(&volets, &document("<code code='T'/>", "<component/>"))), ["TEST-99"]);
}

#[test]
fn a_bad_rule_file_is_refused_with_line_column_and_reason() {
    let refused = |text: &str| {
        let BadFile { file, line, column, reason } =
            Volets::read(&[("own.rules", text)], &CodeSets::default()).expect_err(text);
        assert_eq!(file, "own.rules");
        (line, column, reason)
    };
    let said = |line: usize, column: usize, reason: &str| (line, column, reason.to_owned());
    assert_eq!(refused("hello"), said(1, 6, "hello begins no line of a rule file"));
    let head = "volet T A | B\napplies true()\nspec s\n";
    assert_eq!(refused(&format!("{head}context a[\n")), said(4, 11, "a step must stand here"));
    assert_eq!(refused(&format!("{head}context a/@b\n")), said(4, 11, "a pattern is made of elements"));
    assert_eq!(refused(&format!("{head}context a[1]\n")), said(4, 13, "a pattern knows no positions"));
    assert_eq!(
        refused(&format!("{head}context a\n  TEST-1 need b c\n")),
        said(5, 17, "nothing may stand here any more")
    );
    assert_eq!(
        refused(&format!("{head}context a\n  TEST-1 warning need b c\n")),
        said(5, 25, "nothing may stand here any more")
    );
    assert_eq!(refused(&format!("{head}context a\n  TEST-1 need count(b)\n")), said(5, 15, "a path must stand here"));
    assert_eq!(refused(&format!("{head}context a\n  TEST-1 each b : c = )\n")), said(5, 23, "a step must stand here"));
    assert_eq!(
        refused(&format!("{head}context a\n  TEST-1 set b letters\n")),
        said(5, 16, "there is no value set letters")
    );
    let word =
        "wants is no form of a rule; there are test, need, one, at-most-one, no, code, one-of, each, set, set-or-null";
    assert_eq!(refused(&format!("{head}context a\n  TEST-1 wants b\n")), said(5, 10, word));
    let helpless = "TEST-1, above, needs help: fr and en, or what";
    assert_eq!(refused(&format!("{head}context a\n  TEST-1 test b\ncontext c\n")).2, helpless);
    assert_eq!(refused(&format!("{head}context a\n  TEST-1 test b\n")).2, helpless);
    assert_eq!(refused(&format!("{head}context a\n  TEST-1 test b\n    fr x\n")).2, helpless);
    assert_eq!(
        refused(&format!("{head}context a\n  TEST-1 need b\n    what x\n")),
        said(6, 10, "both languages: FRENCH | ENGLISH")
    );
    assert_eq!(refused(&format!("{head}context a\n")).2, "a has no rule");
    assert_eq!(
        refused(&format!("{head}context a\n  TEST-1 need b\n  TEST-1 need c\n")).2,
        "the rule TEST-1 stands twice"
    );
    assert_eq!(refused("volet T A | B\nspec s\n").2, "a volet says by `applies` which documents follow it");
    assert_eq!(
        refused("volet T A | B\napplies true()\ncontext a\n  TEST-1 need b\n").2,
        "TEST-1, in line 4, needs a spec"
    );
    assert_eq!(refused("spec x\n").2, "no line says `volet` or `models`");
    assert_eq!(refused("constant x\n"), said(1, 10, "NAME = TEXT"));
}

#[test]
fn the_built_in_files_are_read_and_each_name_is_a_family_of_its_own() {
    let volets = Volets::read(FILES, &CodeSets::built_in()).unwrap_or_else(|bad| panic!("{bad}"));
    for (volet, rule) in volets.rules() {
        let family = rule.id.split('-').next().unwrap();
        assert!(volet.starts_with(family) || family == "MODEL", "{} in {volet}", rule.id);
        for text in [&rule.help.fr, &rule.help.en] {
            assert!(text.ends_with('.') && !text.contains('{') && text.len() < 400, "{}: {text}", rule.id);
        }
    }
}

/// Small documents that keep every rule of their volet and show it an element of every context.
const TRIALS: &[(&str, &str)] = &[
    ("VSM", include_str!("trial/vsm.xml")),
    ("BIO", include_str!("trial/bio.xml")),
    ("EP", include_str!("trial/ep.xml")),
    ("EP", include_str!("trial/ep-devices.xml")),
    ("IMG", include_str!("trial/img.xml")),
    ("VAC", include_str!("trial/vac.xml")),
    ("LDL-EES", include_str!("trial/ldl-ees.xml")),
    ("LDL-SES", include_str!("trial/ldl-ses.xml")),
];

/// What some rules forbid.
const OUT_OF_PLACE: &str =
    "<width/><center/><uncertaintyCode/><confidentialityCode/><author/><reference/><substanceAdministration/>";

/// Every document that one small change makes: an element left out, doubled, given another name or a nullFlavor; an attribute
/// left out or given another value; a text changed; elements put where they have no place.
fn mutants(text: &str) -> Vec<String> {
    let document = Document::parse(text, &Limits::default()).unwrap();
    let mut all = Vec::new();
    let mut put = |range: std::ops::Range<usize>, with: &str| {
        all.push(format!("{}{with}{}", &text[..range.start], &text[range.end..]));
    };
    for element in document.root().descendants().filter(|node| node.is_element() && node.parent_element().is_some()) {
        let own = element.range();
        let whole = &text[own.clone()];
        put(own.clone(), "");
        put(own.clone(), &format!("{whole}{whole}"));
        let name = whole[1..].find(|c: char| !c.is_alphanumeric() && !"-:.".contains(c)).unwrap() + 1;
        if !element.has_attribute("nullFlavor") {
            put(own.start + name..own.start + name, " nullFlavor='OTHER'");
        }
        let renamed = whole.replacen(&whole[..name], "<other", 1);
        put(
            own.clone(),
            &match renamed.strip_suffix(&format!("</{}>", &whole[1..name])) {
                Some(inside) => format!("{inside}</other>"),
                None => renamed,
            },
        );
        if let Some(inside) = whole.strip_suffix(&format!("</{}>", &whole[1..name])) {
            put(own.start + inside.len()..own.start + inside.len(), OUT_OF_PLACE);
        }
        for attribute in element.attributes() {
            put(attribute.range(), "");
            put(attribute.range_value(), "other");
        }
    }
    for inside in document.root().descendants().filter(Node::is_text) {
        put(inside.range(), "other");
    }
    all
}

#[test]
fn each_rule_is_kept_by_a_document_and_broken_by_a_change_of_it() {
    let volets = Volets::built_in();
    let mut broken = BTreeSet::new();
    // A trial of a volet holds no more of a section than its volet asks for.
    let of_models = |rule: &str| rule.starts_with("MODEL");
    for (volet, trial) in TRIALS.iter().chain([&("MODEL", include_str!("trial/models.xml"))]) {
        let told = said(&volets, trial).into_iter().filter(|(rule, ..)| of_models(rule) == of_models(volet));
        assert_eq!(told.collect::<Vec<_>>(), [], "{volet}");
        // Two at a time: there are thousands.
        let all = mutants(trial);
        let (one, other) = all.split_at(all.len() / 2);
        let told = |some: &[String]| -> BTreeSet<String> {
            some.iter().flat_map(|mutant| said(&volets, mutant)).map(|(rule, ..)| rule).collect()
        };
        std::thread::scope(|scope| {
            let beside = scope.spawn(|| told(one));
            broken.extend(told(other));
            broken.extend(beside.join().unwrap());
        });
    }
    let missing: Vec<&str> =
        volets.rules().map(|(_, rule)| rule.id.as_ref()).filter(|id| !broken.contains(*id)).collect();
    assert!(missing.is_empty(), "no change of a trial breaks {missing:?}");
}

#[test]
fn each_volet_is_recognised_by_what_its_documents_claim() {
    let volets = Volets::built_in();
    for (volet, trial) in TRIALS {
        let document = Document::parse(trial, &Limits::default()).unwrap();
        let severities = Severities::new(BTreeMap::new());
        let mut findings = Findings::new(trial, &severities, 10);
        let recognised = volets.ask(ClinicalDocument::of(&document).unwrap(), &mut findings);
        assert_eq!(recognised.unwrap().id, *volet);
    }
}
