//! For each rule of a data type an element that breaks it, and for each type elements that keep all.

use std::collections::BTreeSet;

use super::{DataType, Groups, NAMES, rules};
use crate::cda::finding::Findings;
use crate::cda::rule::Severities;
use crate::xml::document::Document;
use crate::xml::limits::Limits;

/// The ids that the first element inside a wrapper breaks.
fn broken(data_type: &str, inside: &str) -> Vec<String> {
    let text = format!(
        "<p xmlns='urn:hl7-org:v3' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:o='urn:other'>{inside}</p>"
    );
    let document = Document::parse(&text, &Limits::default()).unwrap();
    let severities = Severities::default();
    let mut findings = Findings::new(&text, &severities, 100);
    DataType::named(data_type).unwrap().check(
        document.root().first_element_child().unwrap(),
        &mut Groups::default(),
        &mut findings,
    );
    findings.into_sorted().findings.into_iter().map(|finding| finding.rule.into_owned()).collect()
}

/// Type, elements, rules that they break.
const BREAK: &[(&str, &str, &[&str])] = &[
    ("ANY", "<a nullFlavor='UNK' x='1'/>", &["DT-ANY-1"]),
    ("ANY", "<a nullFlavor='UNK'>text</a>", &["DT-ANY-1"]),
    ("ANY", "<a><b nullFlavor='UNK'><c/></b></a>", &["DT-ANY-1"]),
    ("ANY", "<a nullFlavor='OTH' codeSystem='1.2' x='1'/>", &["DT-ANY-1"]),
    ("ANY", "<a nullFlavor='UNK' codeSystem='1.2'/>", &["DT-ANY-1"]),
    ("BL", "<a nullFlavor='UNK' value='true'/>", &["DT-ANY-1"]),
    ("II", "<a/>", &["DT-II-1"]),
    ("II", "<a extension='1'/>", &["DT-II-1"]),
    ("II", "<a nullFlavor='UNK' root='1.2'/>", &["DT-ANY-1", "DT-II-2"]),
    ("II", "<a nullFlavor='UNK' identifierName='x'/>", &["DT-ANY-1", "DT-II-4"]),
    ("II", "<a nullFlavor='UNK' displayable='true'/>", &["DT-ANY-1", "DT-II-5"]),
    ("II", "<a nullFlavor='UNK' reliability='x'/>", &["DT-ANY-1", "DT-II-6"]),
    ("II", "<a nullFlavor='UNK' assigningAuthorityName='x'/>", &["DT-ANY-1", "DT-II-7"]),
    (
        "II",
        "<a root='1.2' extension='12345678901234567890123456789012345678901234567890123456789012345'/>",
        &["DT-II-9"],
    ),
    ("II", "<a root='3.1'/>", &["DT-II-10"]),
    ("II", "<a root='1.02'/>", &["DT-II-10"]),
    ("II", "<a root='RUID'/>", &["DT-II-10", "DT-II-10a"]),
    ("II", "<a root='1.2'/><a root='1.2' extension='x'/>", &["DT-II-12"]),
    ("II", "<a root='1.2' extension='x'/><o:a root='1.2' extension='x'/>", &["DT-II-12"]),
    ("CD", "<a/>", &["DT-CD-1"]),
    ("CD", "<a><originalText nullFlavor='UNK'/></a>", &["DT-CD-1"]),
    ("CD", "<a code='1'/>", &["DT-CD-2"]),
    ("CD", "<a codeSystemName='x' codeSystemVersion='1'><originalText>t</originalText></a>", &["DT-CD-3", "DT-CD-4"]),
    ("CD", "<a displayName='x'><originalText>t</originalText></a>", &["DT-CD-5"]),
    ("CD", "<a nullFlavor='UNK' code='1' codeSystem='1.2' displayName='x'/>", &["DT-ANY-1", "DT-CD-6", "DT-CD-7"]),
    ("CD", "<a code='1' codeSystem='1.2' displayName='x&#10;y'/>", &["DT-CD-15"]),
    ("CD", "<a code='1' codeSystem='1.2'/><a code='1' codeSystem='1.2'/>", &["DT-CD-18"]),
    ("CD", "<a code='1' codeSystem='1.2'><translation nullFlavor='UNK'/></a>", &["DT-CD-10"]),
    ("CD", "<a code='1' codeSystem='1.2'><translation codeSystem='1'/></a>", &["DT-CD-11"]),
    (
        "CD",
        "<a code='1' codeSystem='1.2'><translation codeSystemName='x' codeSystemVersion='1' displayName='l'/></a>",
        &["DT-CD-12", "DT-CD-13", "DT-CD-14"],
    ),
    (
        "CD",
        "<a code='1' codeSystem='1.2'><translation code='1' codeSystem='9'><translation code='1' codeSystem='9'/></translation></a>",
        &["DT-CD-19"],
    ),
    ("CD", "<a><originalText language='1'>t</originalText></a>", &["DT-CD-20"]),
    ("CE", "<a code='1' codeSystem='1.2'><qualifier/></a>", &["DT-CE-1"]),
    ("CV", "<a code='1'/>", &["DT-CD-2"]),
    ("CS", "<a/>", &["DT-CS-1"]),
    (
        "CS",
        "<a code='1' codeSystem='1.2' codeSystemName='x' codeSystemVersion='1' displayName='l'/>",
        &["DT-CS-2", "DT-CS-3", "DT-CS-4", "DT-CS-5"],
    ),
    ("CS", "<a code='1'><originalText/><qualifier/><translation/></a>", &["DT-CS-6", "DT-CS-7", "DT-CS-8"]),
    ("CR", "<a/>", &["DT-CR-1"]),
    ("CR", "<a nullFlavor='UNK'><name/></a>", &["DT-ANY-1", "DT-CR-1"]),
    ("BIN", "<a> \n</a>", &["DT-BIN-1"]),
    ("ED", "<a integrityCheck='x'>t</a>", &["DT-ED-2"]),
    ("ED", "<a><thumbnail nullFlavor='UNK'><reference/></thumbnail></a>", &["DT-ANY-1", "DT-ED-3"]),
    ("ED", "<a><thumbnail><thumbnail/></thumbnail></a>", &["DT-ED-4"]),
    ("ED", "<a compression='GZ'>t</a>", &["DT-ED-5"]),
    ("ED", "<a value='v' mediaType='text/rtf'>t</a>", &["DT-ED-6"]),
    ("ED", "<a><reference value='v' updateMode='A'/></a>", &["DT-ED-7"]),
    ("ED", "<a value='v' charset='x'>t</a>", &["DT-ED-8"]),
    ("ED", "<a>t<translation/></a>", &["DT-ED-9"]),
    (
        "ED",
        "<a nullFlavor='UNK' mediaType='m' charset='x' language='fr' compression='GZ' integrityCheck='x' integrityCheckAlgorithm='SHA-256'/>",
        &["DT-ANY-1", "DT-ED-5", "DT-ED-10", "DT-ED-11", "DT-ED-12", "DT-ED-13", "DT-ED-14", "DT-ED-15"],
    ),
    ("ED", "<a nullFlavor='UNK'><thumbnail/><translation/></a>", &["DT-ANY-1", "DT-ED-16", "DT-ED-17"]),
    ("ED", "<a language='1-x'>t</a>", &["DT-ED-18"]),
    ("ST", "<a>t<reference/><thumbnail/></a>", &["DT-ST-3", "DT-ST-4"]),
    (
        "ST",
        "<a representation='B64' mediaType='m' compression='GZ' integrityCheck='x' integrityCheckAlgorithm='SHA-256'>t</a>",
        &["DT-ST-5", "DT-ST-6", "DT-ST-7", "DT-ST-8", "DT-ST-9"],
    ),
    ("SC", "<a code='1'>t</a>", &["DT-SC-2"]),
    ("SC", "<a codeSystemName='1' codeSystemVersion='1' displayName='l'>t</a>", &["DT-SC-3", "DT-SC-4", "DT-SC-5"]),
    ("SC", "<a nullFlavor='UNK' code='1' codeSystem='1' displayName='l'/>", &["DT-ANY-1", "DT-SC-6", "DT-SC-7"]),
    ("ENXP", "<a/>", &["DT-BIN-1"]),
    ("ADXP", "<a>x</a><b>x</b><a>x</a>", &["DT-ADXP-1"]),
    ("EN", "<a nullFlavor='UNK'>x</a>", &["DT-ANY-1", "DT-EN-1.1"]),
    ("EN", "<a>x<given>y</given></a>", &["DT-EN-1.2"]),
    ("EN", "<a/>", &["DT-EN-1.3"]),
    ("EN", "<a><given> </given></a>", &["DT-EN-3"]),
    ("EN", "<a> \"x\"</a>", &["DT-EN-4"]),
    ("EN", "<a nullFlavor='UNK'/><a>x</a>", &["DT-EN-5"]),
    ("EN", "<a use='L'><given>x</given></a><a use='L'><given>x</given></a>", &["DT-EN-6"]),
    ("EN", "<a><given qualifier='BR BR'>x</given></a>", &["DT-EN-7"]),
    ("PN", "<a><given qualifier='BR LS'>x</given></a>", &["DT-PN-1"]),
    ("ON", "<a><family>x</family></a>", &["DT-ON-1", "DT-ON-2"]),
    ("ON", "<a><prefix>x</prefix></a>", &["DT-ON-2"]),
    ("TN", "<a><prefix>x</prefix></a>", &["DT-TN-1"]),
    ("AD", "<a/>", &["DT-AD-1"]),
    ("AD", "<a>x<city>y</city></a>", &["DT-AD-1"]),
    ("AD", "<a><city/></a>", &["DT-AD-8"]),
    ("AD", "<a nullFlavor='UNK'/><a>x</a>", &["DT-AD-9"]),
    ("AD", "<a><city>x</city></a><a><city>x</city></a>", &["DT-AD-10"]),
    ("AD", "<a><useablePeriod updateMode='A'/></a>", &["DT-AD-3"]),
    ("AD", "<a><useablePeriod><low value='2024'/><high value='202401'/></useablePeriod></a>", &["DT-AD-5"]),
    ("AD", "<a><useablePeriod><low value='2025'/><high value='2024'/></useablePeriod></a>", &["DT-AD-6"]),
    ("AD", "<a><useablePeriod><width unit='kg'/></useablePeriod></a>", &["DT-AD-7"]),
    ("URL", "<a/>", &["DT-URL-1", "DT-URL-2"]),
    ("URL", "<a value='tel:01 02'/>", &["DT-URL-2"]),
    ("URL", "<a value='mailto:é@x'/>", &["DT-URL-2"]),
    ("URL", "<a nullFlavor='UNK'/><a value='tel:1'/>", &["DT-URL-4"]),
    ("TEL", "<a use='H' value='tel:1'/><a use='H' value='tel:1'/>", &["DT-URL-5"]),
    ("TEL", "<a nullFlavor='UNK'><useablePeriod/></a>", &["DT-ANY-1", "DT-TEL-1"]),
    ("QTY", "<a><uncertainty expression='x'/></a>", &["DT-QTY-1"]),
    ("QTY", "<a><uncertainty updateMode='x'/></a>", &["DT-QTY-2"]),
    ("QTY", "<a nullFlavor='UNK'/><a value='1'/>", &["DT-QTY-3"]),
    ("QTY", "<a value='1' unit='d'/><a value='1' unit='d'/>", &["DT-QTY-4"]),
    ("INT", "<a/>", &["DT-INT-1"]),
    ("INT", "<a value='1'><uncertainty/></a>", &["DT-INT-2"]),
    ("INT.POS", "<a value='0'/>", &["DT-INT.POS-2"]),
    ("PQ", "<a/>", &["DT-PQ-1"]),
    ("PQ", "<a value='1'><translation value='2'/><translation value='2'/></a>", &["DT-PQ-3"]),
    ("TS", "<a/>", &["DT-TS-1"]),
    ("TS", "<a nullFlavor='UNK' value='2024'/>", &["DT-ANY-1", "DT-TS-1"]),
    ("TS", "<a value='20240230'/>", &["DT-TS-2"]),
    ("TS", "<a value='202'/>", &["DT-TS-2"]),
    ("IVXB_TS", "<a nullFlavor='UNK' inclusive='false'/>", &["DT-ANY-1", "DT-IVXB_TS-1"]),
    ("SXCM_TS", "<a nullFlavor='UNK' operator='A'/>", &["DT-ANY-1", "DT-SXCM_TS-1"]),
    ("IVL_TS", "<a nullFlavor='UNK'><low value='2024'/></a>", &["DT-ANY-1", "DT-IVL_TS-2"]),
    ("IVL_TS", "<a><low nullFlavor='UNK' value='2024'/></a>", &["DT-ANY-1", "DT-IVL_TS-2"]),
    ("IVL_TS", "<a value='2024'><low value='2024'/></a>", &["DT-IVL_TS-3", "DT-IVL_TS-4-2"]),
    ("IVL_TS", "<a><center value='2024'/><low value='2024'/></a>", &["DT-IVL_TS-4-3"]),
    ("IVL_TS", "<a><low value='2024'/><high value='2025'/><width value='1' unit='a'/></a>", &["DT-IVL_TS-4-4"]),
    ("IVL_TS", "<a><low value='2024' updateMode='A'/></a>", &["DT-IVL_TS-5"]),
    ("IVL_TS", "<a><low value='2024'/><high value='2024'/></a>", &["DT-IVL_TS-6"]),
    ("IVL_TS", "<a><low value='2025'/><high value='2024'/></a>", &["DT-IVL_TS-7"]),
    ("IVL_TS", "<a><low nullFlavor='PINF'/><high nullFlavor='NINF'/></a>", &["DT-IVL_TS-7-1", "DT-IVL_TS-7-2"]),
    ("IVL_TS", "<a><low value='2024'/><width value='1' unit='kg'/></a>", &["DT-IVL_TS-8"]),
    ("IVL_TS", "<a><low value='20241301'/><center value='x'/></a>", &["DT-IVL_TS-4-3", "DT-IVL_TS-9", "DT-IVL_TS-9"]),
    ("IVL_TS", "<a><high value='20240101+01'/></a>", &["DT-IVL_TS-9"]),
    ("IVL_TS", "<a><low value='2024'/><width unit='d'><translation/></width></a>", &["DT-PQR-1", "DT-PQR-2"]),
];

/// Type, elements that break nothing.
const KEEP: &[(&str, &str)] = &[
    ("ANY", "<a nullFlavor='UNK' classCode='X' typeCode='Y' xsi:type='II' mediaType='text/plain' inclusive='true'/>"),
    ("ANY", "<a nullFlavor='OTH' codeSystem='1.2'><translation code='1' codeSystem='1.3'/></a>"),
    ("ANY", "<a nullFlavor='UNC'><originalText>t</originalText></a>"),
    ("II", "<a root='1.2.250.1' extension='x'/><a root='1.2.250.1' extension='y'/>"),
    ("II", "<a root='6f9619ff-8b86-d011-b42d-00cf4fc964ff'/>"),
    ("II", "<a nullFlavor='UNK'/>"),
    (
        "CD",
        "<a code='1' codeSystem='1.2' codeSystemName='n' displayName='l'><qualifier/><translation code='1' codeSystem='1.3'/></a>",
    ),
    ("CD", "<a><originalText language='fr-FR'>t</originalText></a>"),
    ("CE", "<a nullFlavor='NASK'/>"),
    ("CS", "<a code='x'/>"),
    ("CS", "<a nullFlavor='UNK'/>"),
    ("CR", "<a><name code='1' codeSystem='1'/></a>"),
    ("ED", "<a mediaType='application/pdf' representation='B64' compression='GZ'>AAAA</a>"),
    ("ED", "<a><reference value='#x'/></a>"),
    ("ST", "<a>t</a>"),
    ("ST", "<a nullFlavor='UNK'/>"),
    ("SC", "<a code='1' codeSystem='1.2' displayName='l'>t</a>"),
    ("ADXP", "<a>x</a><a>y</a>"),
    ("EN", "<a>x</a>"),
    (
        "PN",
        "<a use='L'><family qualifier='BR'>x</family><given>y</given></a><a use='P'><family>x</family><given>y</given></a>",
    ),
    ("ON", "<a>x</a>"),
    ("TN", "<a>x</a>"),
    ("AD", "<a><city>x</city></a><a use='H'><city>x</city></a>"),
    ("AD", "<a>x</a>"),
    ("AD", "<a nullFlavor='UNK'/>"),
    ("TEL", "<a use='H' value='tel:+33123456789'/><a use='WP' value='tel:+33123456789'/>"),
    ("TEL", "<a nullFlavor='UNK'/>"),
    ("QTY", "<a value='1' unit='d'/><a value='2' unit='d'/>"),
    ("INT", "<a value='1'/>"),
    ("INT.POS", "<a value='2'/>"),
    ("PQ", "<a value='1' unit='kg'><translation value='1000' code='g' codeSystem='1'/></a>"),
    ("TS", "<a value='20240229120000+0100'/>"),
    ("TS", "<a nullFlavor='UNK'/>"),
    ("IVL_TS", "<a value='2024'/>"),
    ("IVL_TS", "<a nullFlavor='UNK'/>"),
    ("IVL_TS", "<a><low value='20240101120000+0100'/><high value='20240101120000+0000'/></a>"),
    ("IVL_TS", "<a><low value='2024'/><width value='1' unit='d'/></a>"),
    ("IVXB_TS", "<a value='2024' inclusive='false'/>"),
    ("SXCM_TS", "<a value='2024' operator='A'/>"),
];

#[test]
fn each_element_breaks_the_rules_that_it_is_meant_to_break() {
    for (data_type, inside, expected) in BREAK {
        let found: BTreeSet<String> = broken(data_type, inside).into_iter().collect();
        let expected: BTreeSet<String> = expected.iter().map(|id| (*id).to_owned()).collect();
        assert_eq!(found, expected, "{data_type}: {inside}");
    }
}

#[test]
fn elements_that_keep_the_rules_of_their_type_break_none() {
    for (data_type, inside) in KEEP {
        assert_eq!(broken(data_type, inside), Vec::<String>::new(), "{data_type}: {inside}");
    }
}

#[test]
fn every_rule_is_broken_by_an_element_above() {
    // Longer than the bound of a root: told apart, since the element is long.
    let long = format!("<a root='1.{}'/>", "2".repeat(130));
    assert_eq!(broken("II", &long), ["DT-II-8"]);
    let broken: BTreeSet<&str> = BREAK.iter().flat_map(|(_, _, ids)| ids.iter().copied()).chain(["DT-II-8"]).collect();
    let untested: Vec<_> = rules().map(|rule| rule.id.as_ref()).filter(|id| !broken.contains(id)).collect();
    assert_eq!(untested, Vec::<&str>::new());
}

#[test]
fn every_type_is_checked_and_known_by_its_name() {
    for (name, data_type) in NAMES {
        assert_eq!(DataType::named(name), Some(data_type));
        assert_eq!(data_type.name(), name);
        assert!(BREAK.iter().any(|(of, ..)| *of == name), "{name}");
    }
}
