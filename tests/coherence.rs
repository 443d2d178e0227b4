//! A CDA document, its entry and its sender speak of the same thing: each rule kept by what `metadata derive` makes, and
//! broken by one change.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use dmp_gateway::cda::rule::{self, Severities};
use dmp_gateway::datatype::cx::PatientId;
use dmp_gateway::datatype::unique_id::UniqueId;
use dmp_gateway::datatype::xcn::Xcn;
use dmp_gateway::dmp::coherence::{Case, Replaced, Version, checks, judge};
use dmp_gateway::xds::error::{Finding, Profile, Severity};
use dmp_gateway::xds::message::provide_and_register;
use dmp_gateway::xds::metadata::document_entry::DocumentEntry;
use dmp_gateway::xml::document::Document;
use dmp_gateway::xml::limits::Limits;

use proptest::prelude::{any, prop_assert_eq, proptest};

use crate::support::cda::{CONSULTATION, PATIENT, changed, files_of, provide_and_register, with_header};

/// The entry that a document implies.
fn entry_of(document: &[u8]) -> DocumentEntry {
    let request = provide_and_register(document, document, None);
    let tree = Document::parse(&request, &Limits::default()).unwrap();
    let (request, findings) = provide_and_register::decode(tree.root(), Profile::Dmp);
    let mut submission = request.submission.unwrap_or_else(|| panic!("{findings:#?}"));
    submission.entries.remove(0)
}

struct Sent<'s> {
    caller: Option<&'s str>,
    replaced: Vec<Replaced>,
    severities: Severities,
}

impl Default for Sent<'_> {
    fn default() -> Self {
        Self { caller: Some(PATIENT), replaced: Vec::new(), severities: Severities::default() }
    }
}

/// What is found when an entry comes with a document.
fn judged(document: &str, entry: &DocumentEntry, sent: &Sent<'_>) -> Vec<Finding> {
    let caller = sent.caller.map(|caller| PatientId::parse(caller).unwrap());
    with_header(document.as_bytes(), |header| {
        let case = Case { header, entry, caller: caller.as_ref(), replaced: &sent.replaced };
        judge(&case, &sent.severities)
    })
}

/// The rules that are broken when the document is changed and its entry is not.
#[track_caller]
fn breaks(from: &str, to: &str, expected: &[&str]) -> Vec<Finding> {
    breaks_in(CONSULTATION, from, to, expected)
}

#[track_caller]
fn breaks_in(document: &str, from: &str, to: &str, expected: &[&str]) -> Vec<Finding> {
    let entry = entry_of(document.as_bytes());
    assert_eq!(judged(document, &entry, &Sent::default()), []);
    let found = judged(&changed(document, from, to), &entry, &Sent::default());
    let rules: BTreeSet<&str> = found.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, expected.iter().copied().collect::<BTreeSet<_>>(), "{found:#?}");
    for finding in &found {
        assert_eq!(finding.object.as_deref(), Some("Document01"));
        assert!(finding.attribute.is_some() && finding.location.is_some(), "{finding:?}");
        for secret in ["MARTIN", "LEROY", "CLAIRE", "DUMONT", "284067510512388", "899700000017", "19840612"] {
            assert!(!finding.context.contains(secret), "{finding:?}");
        }
    }
    found
}

#[test]
fn another_id_is_another_document() {
    let found =
        breaks("<id root=\"1.2.250.1.999.77.1.3.1\"/>", "<id root=\"1.2.250.1.999.77.1.3.2\"/>", &["COH-UNIQUE-ID"]);
    assert_eq!(found[0].severity, Severity::Error);
    assert_eq!(found[0].code.as_str(), "XDSRepositoryMetadataError");
    let place = found[0].location.as_ref().unwrap();
    assert_eq!((place.xpath.as_str(), place.line), ("/ClinicalDocument/id", 10));
    breaks("<id root=\"1.2.250.1.999.77.1.3.1\"/>", "<id nullFlavor=\"NI\"/>", &["COH-UNIQUE-ID"]);
    breaks(
        "<id root=\"1.2.250.1.999.77.1.3.1\"/>",
        "<id root=\"1.2.250.1.999.77.1.3.1\" extension=\"2\"/>",
        &["COH-UNIQUE-ID"],
    );
}

#[test]
fn another_patient_is_told_of_the_entry_and_of_the_assertion() {
    let ins = "<id root=\"1.2.250.1.213.1.4.10\" extension=\"284067510512388\"/>";
    let found = breaks(ins, &ins.replace("284067510512388", "279035121518989"), &["COH-PATIENT", "COH-ASSERTION"]);
    assert!(found.iter().all(|finding| finding.severity == Severity::Error));
    assert!(found.iter().any(|finding| finding.code.as_str() == "XDSPatientIdDoesNotMatch"));
    // The same digits in another domain are another patient.
    breaks(ins, &ins.replace(".4.10", ".4.8"), &["COH-PATIENT", "COH-ASSERTION"]);
    let nobody = changed(CONSULTATION, "<recordTarget>", "<recordTarget nullFlavor=\"NI\">");
    let found = judged(&nobody, &entry_of(CONSULTATION.as_bytes()), &Sent::default());
    assert_eq!(found.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["COH-PATIENT"]);
}

#[test]
fn a_sender_who_speaks_for_another_patient_is_told_so() {
    let entry = entry_of(CONSULTATION.as_bytes());
    let other = "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH";
    let found = judged(CONSULTATION, &entry, &Sent { caller: Some(other), ..Sent::default() });
    assert_eq!(found.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["COH-ASSERTION"]);
    assert_eq!(judged(CONSULTATION, &entry, &Sent { caller: None, ..Sent::default() }), []);
}

#[test]
fn the_local_number_of_the_patient_is_one_of_the_document() {
    breaks("extension=\"0004471\"", "extension=\"0004472\"", &["COH-SOURCE-PATIENT"]);
}

#[test]
fn another_type_is_told_with_the_class_that_goes_with_it() {
    let found = breaks("code=\"11488-4\"", "code=\"18761-7\"", &["COH-TYPE", "COH-CLASS"]);
    let told = |rule| found.iter().find(|finding| finding.rule == rule).unwrap();
    assert_eq!((told("COH-TYPE").severity, told("COH-CLASS").severity), (Severity::Error, Severity::Warning));
    assert!(told("COH-CLASS").context.contains("goes with 11^^1.2.250.1.213.1.1.4.1"), "{found:?}");
    breaks("code=\"11488-4\"", "code=\"11490-0\"", &["COH-TYPE"]);
    breaks("<code code=\"11488-4\"", "<code nullFlavor=\"NA\"", &["COH-TYPE"]);
}

#[test]
fn the_format_is_that_of_the_volet_or_of_what_a_level_one_body_holds() {
    breaks("1.3.6.1.4.1.19376.1.5.3.1.1.1", "1.2.250.1.213.1.1.1.13", &["COH-FORMAT"]);
    let level_one = include_str!("../cda-samples/adressage.xml");
    breaks_in(level_one, "mediaType=\"application/pdf\"", "mediaType=\"text/plain\"", &["COH-FORMAT"]);
    let mut entry = entry_of(CONSULTATION.as_bytes());
    entry.format_code = entry_of(level_one.as_bytes()).format_code;
    let found = judged(CONSULTATION, &entry, &Sent::default());
    assert_eq!(found.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["COH-FORMAT"]);
}

#[test]
fn a_document_in_a_stylesheet_has_another_media_type() {
    let start = CONSULTATION.find("<ClinicalDocument").unwrap();
    let wrapped = format!(
        "<xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\">{}</xsl:stylesheet>",
        &CONSULTATION[start..]
    );
    let found = judged(&wrapped, &entry_of(CONSULTATION.as_bytes()), &Sent::default());
    assert_eq!(found.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["COH-MIME-TYPE"]);
    let own = entry_of(wrapped.as_bytes());
    assert_eq!((own.mime_type.as_str(), judged(&wrapped, &own, &Sent::default())), ("application/xslt+xml", vec![]));
}

#[test]
fn codes_and_words_of_the_header_are_those_of_the_entry() {
    breaks("<languageCode code=\"fr-FR\"/>", "<languageCode code=\"de-DE\"/>", &["COH-LANGUAGE"]);
    breaks("<confidentialityCode code=\"N\"", "<confidentialityCode code=\"R\"", &["COH-CONFIDENTIALITY"]);
    breaks("<title>Compte rendu de consultation", "<title>Autre compte rendu", &["COH-TITLE"]);
    breaks("<title>Compte rendu de consultation", "<title>\n   Compte  rendu de consultation\n", &[]);
    let place = CONSULTATION.rfind("code=\"SA07\"").unwrap();
    let facility = &CONSULTATION[place..place + 30];
    breaks(facility, &facility.replace("SA07", "SA01"), &["COH-FACILITY"]);
}

#[test]
fn the_setting_is_that_of_the_performer_of_the_main_act() {
    let performer = CONSULTATION.find("<performer").unwrap();
    let setting = CONSULTATION[performer..].find("code=\"AMBULATOIRE\"").unwrap() + performer;
    let other = format!("{}code=\"ETABLISSEMENT\"{}", &CONSULTATION[..setting], &CONSULTATION[setting + 18..]);
    let found = judged(&other, &entry_of(CONSULTATION.as_bytes()), &Sent::default());
    assert_eq!(found.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["COH-PRACTICE"]);
}

#[test]
fn times_are_compared_in_utc() {
    let found = breaks(
        "<effectiveTime value=\"20251117104500+0100\"/>",
        "<effectiveTime value=\"20251117104500+0200\"/>",
        &["COH-CREATION-TIME"],
    );
    assert!(found[0].context.contains("creationTime is 20251117094500, the document says 20251117084500"), "{found:?}");
    breaks("<effectiveTime value=\"20251117104500+0100\"/>", "<effectiveTime value=\"20251117094500+0000\"/>", &[]);
    let event = CONSULTATION.find("<serviceEvent").unwrap();
    let time_of = |name: &str| {
        let start = CONSULTATION[event..].find(&format!("<{name} value=")).unwrap() + event;
        CONSULTATION[start..start + CONSULTATION[start..].find("/>").unwrap()].to_owned()
    };
    breaks(&time_of("low"), "<low value=\"20240101\"", &["COH-SERVICE-START"]);
    breaks(&time_of("high"), "<high value=\"20240101\"", &["COH-SERVICE-STOP"]);
}

#[test]
fn authors_are_the_same_in_both_directions() {
    let author = "<assignedAuthor>\n      <id root=\"1.2.250.1.71.4.2.1\" extension=\"899700000017\"/>";
    let found = breaks(author, &author.replace("899700000017", "899700000025"), &["COH-AUTHOR"]);
    assert_eq!(found.len(), 2, "the author of each is no author of the other: {found:?}");
    // Without a number the name speaks.
    breaks(author, "<assignedAuthor>\n      <id nullFlavor=\"UNK\"/>", &[]);
    let start = CONSULTATION.find("<author>").unwrap();
    let end = CONSULTATION.find("</author>").unwrap() + "</author>".len();
    let second = CONSULTATION[start..end].replace("899700000017", "899700000025");
    let found = breaks("<custodian>", &format!("{second}<custodian>"), &["COH-AUTHOR"]);
    assert_eq!(found[0].location.as_ref().unwrap().xpath, "/ClinicalDocument/author[2]");
}

#[test]
fn whoever_is_responsible_is_the_same() {
    let entity = "<assignedEntity>\n      <id root=\"1.2.250.1.71.4.2.1\" extension=\"899700000017\"/>";
    let found = breaks(entity, &entity.replace("899700000017", "899700000025"), &["COH-AUTHENTICATOR"]);
    assert!(found[0].location.as_ref().unwrap().xpath.starts_with("/ClinicalDocument/legalAuthenticator"), "{found:?}");
}

#[test]
fn the_traits_of_the_patient_are_the_same_however_they_are_spelled() {
    breaks("<birthTime value=\"19840612\"/>", "<birthTime value=\"19840613\"/>", &["COH-TRAITS"]);
    breaks("<administrativeGenderCode code=\"F\"", "<administrativeGenderCode code=\"M\"", &["COH-TRAITS"]);
    let name_of = |document: &str, value: &str| {
        let mut entry = entry_of(document.as_bytes());
        entry.source_patient_info = vec![value.to_owned()];
        judged(document, &entry, &Sent::default()).iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    for same in ["PID-5|Martin^Claire^^^^^L", "PID-5|LEROY^CLAIRE^^^^^D", "PID-5|MARTIN^Anne^^^^^L", "PID-5|MARTIN"] {
        assert_eq!(name_of(CONSULTATION, same), Vec::<&str>::new(), "{same}");
    }
    for other in ["PID-5|DURAND^CLAIRE^^^^^L", "PID-5|MARTIN^JULIE^^^^^L"] {
        assert_eq!(name_of(CONSULTATION, other), ["COH-TRAITS"], "{other}");
    }
}

fn replacing(unique_id: &str) -> String {
    let related = format!(
        "<relatedDocument typeCode=\"RPLC\"><parentDocument><id root=\"{unique_id}\"/></parentDocument></relatedDocument>\n  <componentOf>"
    );
    changed(
        &changed(CONSULTATION, "<componentOf>", &related),
        "<versionNumber value=\"1\"/>",
        "<versionNumber value=\"2\"/>",
    )
}

fn former(unique_id: &str) -> Sent<'static> {
    let version = with_header(CONSULTATION.as_bytes(), Version::of);
    let replaced = Replaced { unique_id: Some(UniqueId::parse(unique_id).unwrap()), version };
    Sent { replaced: vec![replaced], ..Sent::default() }
}

#[test]
fn what_is_replaced_is_the_parent_document_and_the_other_way_round() {
    let document = replacing("1.2.250.1.999.77.1.3.0");
    let entry = entry_of(document.as_bytes());
    let rules = |document: &str, sent: &Sent<'_>| {
        judged(document, &entry, sent).iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules(&document, &former("1.2.250.1.999.77.1.3.0")), Vec::<&str>::new());
    assert_eq!(rules(&document, &former("1.2.250.1.999.77.1.3.9")), ["COH-REPLACED"]);
    assert_eq!(rules(&document, &Sent::default()), ["COH-REPLACED"]);
    let silent = changed(&document, "typeCode=\"RPLC\"", "typeCode=\"APND\"");
    assert_eq!(rules(&silent, &former("1.2.250.1.999.77.1.3.0")), ["COH-REPLACED"]);
    // What this registry does not hold cannot be compared.
    let unknown = Sent { replaced: vec![Replaced::default()], ..Sent::default() };
    assert_eq!(rules(&document, &unknown), Vec::<&str>::new());
}

#[test]
fn a_version_keeps_its_set_and_counts_up() {
    let document = replacing("1.2.250.1.999.77.1.3.0");
    let entry = entry_of(document.as_bytes());
    let rules = |document: &str| {
        let found = judged(document, &entry, &former("1.2.250.1.999.77.1.3.0"));
        found.iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    assert_eq!(
        rules(&changed(&document, "<versionNumber value=\"2\"/>", "<versionNumber value=\"1\"/>")),
        ["COH-VERSION"]
    );
    assert_eq!(rules(&changed(&document, "<setId root=\"1.2", "<setId root=\"2.2")), ["COH-VERSION"]);
}

#[test]
fn a_deployment_decides_how_each_rule_speaks() {
    let entry = entry_of(CONSULTATION.as_bytes());
    let document = changed(CONSULTATION, "<title>Compte", "<title>Autre");
    let speaking = |severity| {
        let table = BTreeMap::from([("COH-TITLE".to_owned(), severity)]);
        let sent = Sent { severities: Severities::new(table), ..Sent::default() };
        judged(&document, &entry, &sent).iter().map(|finding| finding.severity).collect::<Vec<_>>()
    };
    assert_eq!(speaking(Some(rule::Severity::Error)), [Severity::Error]);
    assert_eq!(speaking(Some(rule::Severity::Warning)), [Severity::Warning]);
    assert_eq!(speaking(None), []);
}

#[test]
fn every_rule_says_how_to_mend_in_french() {
    for check in checks() {
        assert!(check.help.ends_with('.') && check.help.len() > 20, "{}", check.rule.id);
    }
    assert_eq!(checks().count(), dmp_gateway::dmp::coherence::rules().count());
}

#[test]
fn a_document_with_a_thousand_authors_makes_no_thousand_findings() {
    let entry = entry_of(CONSULTATION.as_bytes());
    let author = "<author><assignedAuthor><id root=\"1.2.3\" extension=\"4\"/></assignedAuthor></author>";
    let document = changed(CONSULTATION, "<custodian>", &format!("{}<custodian>", author.repeat(1_000)));
    assert_eq!(judged(&document, &entry, &Sent::default()).len(), 5);
}

#[test]
fn thirty_thousand_authors_on_both_sides_are_compared_in_time() {
    let author = |number: u32| {
        format!("<author><assignedAuthor><id root=\"1.2.3\" extension=\"{number}\"/></assignedAuthor></author>")
    };
    let authors: String = (0..30_000).map(author).collect();
    let document = changed(CONSULTATION, "<custodian>", &format!("{authors}<custodian>"));
    let mut entry = entry_of(CONSULTATION.as_bytes());
    let persons = (0..30_000).map(|number| Xcn::parse(&format!("{number}^^^^^^^^&1.2.3&ISO")).unwrap());
    entry.authors[0].persons.extend(persons);
    let begin = Instant::now();
    assert_eq!(judged(&document, &entry, &Sent::default()), []);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[test]
fn what_a_document_implies_is_coherent_with_it() {
    let files = ["cda-samples", "../shared/data/cda/examples", "../shared/data/cda/pair"].map(files_of).concat();
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let document = text.trim_start_matches('\u{feff}');
        let (entry, replaced, caller) = with_header(document.as_bytes(), |header| {
            let parents = header.replaced.iter().filter_map(|parent| parent.ids.first());
            let replaced = parents.map(|id| Replaced {
                unique_id: Some(UniqueId::parse(&id.value.to_unique_id()).unwrap()),
                version: None,
            });
            let entry = entry_of(document.as_bytes());
            let caller = entry.patient_id.to_string();
            (entry, replaced.collect::<Vec<_>>(), caller)
        });
        let sent = Sent { caller: Some(&caller), replaced, ..Sent::default() };
        assert_eq!(judged(document, &entry, &sent), [], "{}", file.display());
    }
}

/// Changes of a header that a document may show without being another one.
const VARIATIONS: &[(&str, &str)] = &[
    ("<id root=\"1.2.250.1.999.77.1.3.1\"/>", "<id root=\"1.2.250.1.999.77.1.3\" extension=\"A-1\"/>"),
    ("<id root=\"1.2.250.1.999.77.1.2\" extension=\"0004471\"/>", ""),
    ("<effectiveTime value=\"20251117104500+0100\"/>", "<effectiveTime value=\"20251117104500\"/>"),
    ("<effectiveTime value=\"20251117104500", "<effectiveTime value=\"202511171045"),
    ("<title>Compte rendu", "<title>Compte &amp; rendu ^ été"),
    ("<family>DUMONT</family>", "<family>DU MONT-D'ARC &amp; FILS</family>"),
    ("<family qualifier=\"BR\">MARTIN</family>", "<family qualifier=\"BR\">LE GÂT &amp; Cie|~^</family>"),
    ("<family qualifier=\"CL\">LEROY</family>", "<family qualifier=\"SP\">Lefèvre\\</family>"),
    ("<given qualifier=\"BR\">CLAIRE</given>", ""),
    ("<birthTime value=\"19840612\"/>", "<birthTime value=\"198406120030+0100\"/>"),
    ("<administrativeGenderCode code=\"F\"", "<administrativeGenderCode code=\"UN\""),
    ("<birthplace>", "<birthplace nullFlavor=\"UNK\">"),
    ("<functionCode code=\"PCP\" displayName=\"Médecin traitant\"", "<functionCode code=\"PCP\""),
    ("extension=\"899700000017\"/>\n      <code", "extension=\"3750803447/7\"/>\n      <code"),
    ("<name>CABINET DU PONT</name>", ""),
    ("<confidentialityCode code=\"N\"", "<confidentialityCode code=\"V\""),
    ("1.3.6.1.4.1.19376.1.5.3.1.1.1", "1.3.6.1.4.1.19376.1.3.3"),
    ("code=\"11488-4\"", "code=\"11502-2\""),
    (
        "<componentOf>",
        "<relatedDocument typeCode=\"APND\"><parentDocument><id root=\"1.2\"/></parentDocument></relatedDocument><componentOf>",
    ),
];

proptest! {
    #[test]
    fn whatever_a_header_says_the_metadata_that_it_implies_are_coherent_with_it(chosen in any::<u32>()) {
        let mut document = CONSULTATION.to_owned();
        for (at, (from, to)) in VARIATIONS.iter().enumerate() {
            if chosen >> at & 1 == 1 {
                document = document.replacen(from, to, 1);
            }
        }
        let entry = entry_of(document.as_bytes());
        prop_assert_eq!(judged(&document, &entry, &Sent::default()), []);
    }
}

#[test]
fn each_variation_of_the_header_is_one() {
    for (from, _) in VARIATIONS {
        assert!(CONSULTATION.contains(from), "{from}");
    }
}
