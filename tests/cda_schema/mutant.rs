//! Mutants of published documents, drawn from a seed: the verdict is that of libxml2 with the official schema, or of Xerces where
//! libxml2 is known to be wrong.
//!
//! `CDA_MUTANTS=5000 CDA_SEED=7 cargo test --test spec cda_schema::mutant` draws others; with `CDA_MUTANT_FOLDER=/tmp/x` they are
//! written there with the verdict of each, for another judge.

use std::fmt::Write as _;
use std::ops::Range;

use dmp_gateway::cda::report::{Report, SchemaVerdict};
use libxml::parser::{Parser, ParserOptions};
use libxml::schemas::{SchemaParserContext, SchemaValidationContext};
use roxmltree::{Document, Node};

use crate::cda_schema::{shared, told, validator, word};
use crate::model::random::Random;

/// Values that are right for one type and wrong for others, or for all.
const VALUES: &[&str] = &[
    "",
    " ",
    "a b",
    "  x ",
    "true",
    "TRUE",
    "1",
    "0",
    "-1",
    "+5",
    "007",
    "1.5",
    "1e5",
    "1E-5",
    "INF",
    "NaN",
    "-INF",
    "+INF",
    ".5",
    "5.",
    "1,5",
    "0x1",
    "1_000",
    "--1",
    "20261125",
    "2026",
    "20261",
    "20261125120000+0100",
    "202611251200.5",
    "20261125120000.5",
    "2026-11-25",
    "20261125120000Z",
    "202611251200+1",
    "123456789012345",
    "1.2.3",
    "1..2",
    "3.1",
    "0",
    "2",
    "2.999",
    "1.02.3",
    "1.2.",
    ".1.2",
    "12345678-1234-1234-1234-123456789abc",
    "{12345678-1234-1234-1234-123456789abc}",
    "abc-def",
    "a_b",
    "1a",
    "é",
    "tel:0102030405",
    "tel:+33 1 02",
    "tel:",
    "mailto:a@b",
    "http://a.b/c?d=e&amp;f#g",
    "http://a b",
    "urn:oid:1.2",
    "#ref",
    "../x/y.jpg",
    "a:b",
    "text/plain",
    "text/x-hl7-text+xml",
    "B64",
    "TXT",
    "DF",
    "SHA-1",
    "NI",
    "UNK",
    "UNK NI",
    "unk",
    "fr-FR",
    "fr",
    "H WP",
    "H  WP",
    " H ",
    "HP,WP",
    "H H",
    "L",
    "L P",
    "BR",
    "BR SP",
    "INSTANCE",
    "KIND",
    "EVN",
    "RQO",
    "INT",
    "OBS",
    "COMP",
    "PRCN",
    "AAAA",
    "AA==",
    "====",
    "I",
    "E",
    "W",
    "ACM",
    "AUT",
    "PART",
    "left",
    "center top",
    "ordered",
    "1.2.250.1.213",
    "2.16.840.1.113883.1.3",
    "POCD_HD000040",
];

/// Types that a document may name, some of them of no element.
const TYPES: &[&str] = &[
    "ANY",
    "ANYNonNull",
    "QTY",
    "BIN",
    "URL",
    "BL",
    "BN",
    "ED",
    "ST",
    "SC",
    "CD",
    "CE",
    "CV",
    "CS",
    "CO",
    "CR",
    "PQR",
    "II",
    "TEL",
    "AD",
    "EN",
    "PN",
    "ON",
    "TN",
    "INT",
    "REAL",
    "PQ",
    "MO",
    "TS",
    "RTO",
    "RTO_QTY_QTY",
    "RTO_PQ_PQ",
    "RTO_MO_PQ",
    "IVL_TS",
    "IVL_PQ",
    "IVL_INT",
    "IVL_REAL",
    "IVL_MO",
    "PIVL_TS",
    "EIVL_TS",
    "SXCM_TS",
    "SXCM_PQ",
    "SXCM_CD",
    "SXPR_TS",
    "IVXB_TS",
    "IVXB_PQ",
    "PPD_TS",
    "PPD_PQ",
    "PIVL_PPD_TS",
    "HXIT_CE",
    "HXIT_PQ",
    "BXIT_CD",
    "BXIT_IVL_PQ",
    "SLIST_PQ",
    "SLIST_TS",
    "GLIST_TS",
    "GLIST_PQ",
    "UVP_TS",
    "EIVL.event",
    "thumbnail",
    "adxp.city",
    "en.given",
    "ADXP",
    "ENXP",
    "POCD_MT000040.Act",
    "POCD_MT000040.Section",
    "POCD_MT000040.Criterion",
    "StrucDoc.Text",
    "StrucDoc.Title",
    "all.InfrastructureRoot.templateId",
    "POCD_MT000040.InfrastructureRoot.typeId",
    "POCD_MT000040.RegionOfInterest.value",
    "cs",
    "st",
    "NullFlavor",
    "xs:string",
    "nothing",
];

/// Attributes that some element has.
const ATTRIBUTES: &[&str] = &[
    "code",
    "codeSystem",
    "displayName",
    "codeSystemName",
    "value",
    "unit",
    "root",
    "extension",
    "nullFlavor",
    "typeCode",
    "classCode",
    "moodCode",
    "ID",
    "IDREF",
    "styleCode",
    "mediaType",
    "representation",
    "use",
    "operator",
    "inclusive",
    "inversionInd",
    "negationInd",
    "contextConductionInd",
    "determinerCode",
    "unsorted",
    "language",
    "partType",
    "qualifier",
    "isNotOrdered",
    "border",
    "align",
    "colspan",
    "headers",
    "referencedObject",
    "xml:lang",
    "xsi:nil",
    "currency",
    "alignment",
    "institutionSpecified",
    "qty",
    "compression",
    "integrityCheck",
];

/// Elements that stand somewhere in a document.
const ELEMENTS: &[&str] = &[
    "<id root=\"1.2.3\"/>",
    "<id/>",
    "<code code=\"1\"/>",
    "<qualifier><name code=\"a\"/><value code=\"b\"/></qualifier>",
    "<translation code=\"x\"/>",
    "<originalText>x</originalText>",
    "<originalText><reference value=\"#a\"/></originalText>",
    "<reference value=\"#a\"/>",
    "<thumbnail>x</thumbnail>",
    "<thumbnail><thumbnail/></thumbnail>",
    "<templateId root=\"1.2\"/>",
    "<realmCode code=\"FR\"/>",
    "<low value=\"2026\"/>",
    "<high value=\"2026\"/>",
    "<width value=\"1\" unit=\"d\"/>",
    "<center value=\"2026\"/>",
    "<effectiveTime value=\"2026\"/>",
    "<text>x</text>",
    "<name>x</name>",
    "<given>x</given>",
    "<family qualifier=\"BR\">x</family>",
    "<delimiter/>",
    "<city>x</city>",
    "<streetAddressLine>x</streetAddressLine>",
    "<useablePeriod value=\"2026\"/>",
    "<content ID=\"new\">x</content>",
    "<content>x</content>",
    "<br/>",
    "<paragraph>x</paragraph>",
    "<footnoteRef IDREF=\"nowhere\"/>",
    "<list><item>x</item></list>",
    "<list/>",
    "<table><tbody><tr><td>x</td></tr></tbody></table>",
    "<td/>",
    "<renderMultiMedia referencedObject=\"nowhere\"/>",
    "<value xsi:type=\"ST\">x</value>",
    "<value/>",
    "<value xsi:type=\"CD\" code=\"x\"><qualifier/></value>",
    "<value xsi:type=\"CE\" code=\"x\"><qualifier/></value>",
    "<value xsi:type=\"CV\" code=\"x\"><translation/></value>",
    "<value xsi:type=\"ED\">x<reference value=\"a\"/></value>",
    "<value xsi:type=\"ST\">x<reference value=\"a\"/></value>",
    "<value xsi:type=\"IVL_PQ\"><low value=\"1\"/><high value=\"2\"/></value>",
    "<value xsi:type=\"RTO\"><numerator xsi:type=\"PQ\" value=\"1\"/><denominator xsi:type=\"INT\" value=\"1\"/></value>",
    "<sequenceNumber value=\"1\"/>",
    "<functionCode code=\"x\"><any/></functionCode>",
    "<functionCode xsi:type=\"CE\" code=\"x\"/>",
    "<functionCode xsi:type=\"CE\" code=\"a b\"/>",
    "<any xmlns=\"urn:other\"><deep root=\"x\"/></any>",
    "<sdtc:desc xmlns:sdtc=\"urn:hl7-org:sdtc\">x</sdtc:desc>",
    "<sdtc:raceCode xmlns:sdtc=\"urn:hl7-org:sdtc\" code=\"x\"/>",
    "<sdtc:id xmlns:sdtc=\"urn:hl7-org:sdtc\" root=\"1.2\"/>",
    "<sdtc:deceasedInd xmlns:sdtc=\"urn:hl7-org:sdtc\" value=\"true\"/>",
    "<sdtc:statusCode xmlns:sdtc=\"urn:hl7-org:sdtc\" code=\"x\"/>",
    "<sdtc:multipleBirthOrderNumber xmlns:sdtc=\"urn:hl7-org:sdtc\" value=\"0\"/>",
    "<sdtc:priorityNumber xmlns:sdtc=\"urn:hl7-org:sdtc\" value=\"1\"/>",
    "<sdtc:inFulfillmentOf1 xmlns:sdtc=\"urn:hl7-org:sdtc\" typeCode=\"FLFS\"><sdtc:actReference classCode=\"ACT\" moodCode=\"RQO\"><sdtc:id root=\"1.2\"/></sdtc:actReference></sdtc:inFulfillmentOf1>",
    "<statusCode xmlns=\"urn:oid:1.3.6.1.4.1.19376.1.3.2\" code=\"active\"/>",
    "<accessionNumber xmlns=\"urn:dicom-org:ps3-20\" root=\"1.2\"/>",
    "<desc xmlns=\"urn:ihe:pharm:medication\">x<any xmlns=\"urn:hl7-org:v3\" ID=\"a\"/></desc>",
    "<formCode xmlns=\"urn:ihe:pharm:medication\" code=\"x\"/>",
    "<asContent xmlns=\"urn:ihe:pharm:medication\" classCode=\"CONT\"><containerPackagedMedicine classCode=\"CONT\" determinerCode=\"KIND\"/></asContent>",
    "<ingredient xmlns=\"urn:ihe:pharm:medication\" classCode=\"ACTI\" xsi:nil=\"true\"/>",
    "<ingredient xmlns=\"urn:ihe:pharm:medication\" classCode=\"ACTI\"><quantity xmlns:v=\"urn:hl7-org:v3\" xsi:type=\"v:RTO\"><v:numerator xsi:type=\"v:PQ\"/><v:denominator xsi:type=\"v:PQ\"/></quantity></ingredient>",
    "<subjectOf2 xmlns=\"urn:ihe:pharm:medication\" typeCode=\"SBJ\"><approval xsi:nil=\"true\" classCode=\"CNTRCT\" moodCode=\"EVN\"/></subjectOf2>",
    "<subjectOf3 xmlns=\"urn:ihe:pharm:medication\" typeCode=\"SBJ\"><characteristic classCode=\"OBS\" moodCode=\"EVN\"><code code=\"x\"/><value xsi:type=\"PQ\" value=\"1\"/></characteristic></subjectOf3>",
];

/// What is put between tags.
const TEXTS: &[&str] = &["x", " ", "\n", "&#160;", "<!-- c -->", "<?p i?>", "<![CDATA[x]]>", "&amp;"];

/// Replacements in a text, from the end so that ranges stay true.
fn replaced(text: &str, mut changes: Vec<(Range<usize>, String)>) -> String {
    changes.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut changed = text.to_owned();
    for (range, with) in changes {
        changed.replace_range(range, &with);
    }
    changed
}

/// Where the content of an element begins and ends; nothing for an element without an end tag.
fn inside(text: &str, element: Node<'_, '_>) -> Option<Range<usize>> {
    let range = element.range();
    let end = range.start + text[range.clone()].rfind("</")?;
    let start = element.first_child().map_or(end, |first| first.range().start);
    Some(start..end)
}

/// Where the name in the start tag of an element is.
fn name(text: &str, element: Node<'_, '_>) -> Range<usize> {
    let start = element.range().start + 1;
    let length = text[start..].find(|letter: char| letter.is_whitespace() || letter == '/' || letter == '>').unwrap();
    start..start + length
}

fn renamed(text: &str, element: Node<'_, '_>, new: &str, declaration: &str) -> Vec<(Range<usize>, String)> {
    let start = name(text, element);
    let mut changes = vec![(start.clone(), format!("{new}{declaration}"))];
    if let Some(inside) = inside(text, element) {
        let end = inside.end + 2;
        changes.push((end..end + start.len(), new.to_owned()));
    }
    changes
}

/// Changes one thing of a document; nothing when what was drawn cannot be done there.
fn mutant(text: &str, elements: &[Node<'_, '_>], random: &mut Random) -> Option<(String, String)> {
    let element = *random.pick(elements);
    let other = *random.pick(elements);
    let whole = element.range();
    let source = |node: Node<'_, '_>| text[node.range()].to_owned();
    let after_name = name(text, element).end;
    let (what, changes) = match random.below(19) {
        0 if element.parent_element().is_some() => ("delete", vec![(whole, String::new())]),
        1 => ("double", vec![(whole.end..whole.end, source(element))]),
        2 => {
            let next = element.next_sibling_element()?;
            ("swap", vec![(whole, source(next)), (next.range(), source(element))])
        }
        3 | 4 => {
            let at = inside(text, other)?;
            let at = if random.percent(50) { at.start } else { at.end };
            if source(element).len() > 20_000 {
                return None;
            }
            ("copy", vec![(at..at, source(element))])
        }
        5 => {
            let new = if random.percent(30) { "unheardOf".to_owned() } else { text[name(text, other)].to_owned() };
            ("rename", renamed(text, element, &new, ""))
        }
        6 => {
            let uri = random.pick(&[
                "urn:hl7-org:sdtc",
                "urn:ihe:pharm:medication",
                "urn:dicom-org:ps3-20",
                "urn:other",
                "urn:hl7-org:v3",
            ]);
            let new = format!("q:{}", element.tag_name().name());
            ("namespace", renamed(text, element, &new, &format!(" xmlns:q=\"{uri}\"")))
        }
        7 => {
            let attributes: Vec<_> = element.attributes().collect();
            ("attribute gone", vec![(random.any(&attributes)?.range(), String::new())])
        }
        8 | 9 => {
            let attribute = random.pick(ATTRIBUTES);
            let value = random.pick(VALUES);
            ("attribute", vec![(after_name..after_name, format!(" {attribute}=\"{value}\""))])
        }
        10 | 11 => {
            let attributes: Vec<_> = element.attributes().collect();
            ("value", vec![(random.any(&attributes)?.range_value(), (*random.pick(VALUES)).to_owned())])
        }
        12 => {
            let attributes: Vec<_> = element.attributes().collect();
            let values: Vec<_> = other.attributes().map(|attribute| text[attribute.range_value()].to_owned()).collect();
            ("value of another", vec![(random.any(&attributes)?.range_value(), random.any(&values)?)])
        }
        13 | 14 => {
            let new = random.pick(TYPES);
            let old = element.attributes().find(|own| own.name() == "type");
            let change = match old {
                Some(old) => (old.range_value(), (*new).to_owned()),
                None => (after_name..after_name, format!(" xsi:type=\"{new}\"")),
            };
            ("type", vec![change])
        }
        15 => {
            if let Some(at) = inside(text, element) {
                let at = if random.percent(50) { at.start } else { at.end };
                ("text", vec![(at..at, (*random.pick(TEXTS)).to_owned())])
            } else {
                let tag = text[name(text, element)].to_owned();
                ("text in an empty one", vec![(whole.end - 2..whole.end, format!(">{}</{tag}>", random.pick(TEXTS)))])
            }
        }
        16 => ("empty", vec![(inside(text, element)?, String::new())]),
        _ => {
            let new = (*random.pick(ELEMENTS)).to_owned();
            let at = match inside(text, element) {
                Some(at) => random.pick(&[at.start, at.end]).to_owned(),
                None => return Some((format!("filled {new}"), filled(text, element, &new))),
            };
            ("element", vec![(at..at, new)])
        }
    };
    let mut told = what.to_owned();
    for (range, with) in &changes {
        let shown: String = with.chars().take(80).collect();
        write!(told, " {}..{}: {shown}", range.start, range.end).unwrap();
    }
    Some((told, replaced(text, changes)))
}

/// An element without content, with one.
fn filled(text: &str, element: Node<'_, '_>, with: &str) -> String {
    let end = element.range().end;
    replaced(text, vec![(end - 2..end, format!(">{with}</{}>", &text[name(text, element)]))])
}

/// What libxml2 says with the official schema; nothing when the mutant is no XML to it.
fn official(judge: &mut SchemaValidationContext, text: &str) -> Option<bool> {
    let options =
        ParserOptions { recover: false, no_net: true, no_error: true, no_warning: true, ..ParserOptions::default() };
    let tree = Parser::default().parse_string_with_options(text, options).ok()?;
    Some(judge.validate_document(&tree).is_ok())
}

/// Whether a document is refused for a reason that libxml2 does not see: a child that the official schema writes with
/// `maxOccurs="0"`, or a reference that leads nowhere.
fn only_xerces_sees_it(report: &Report) -> bool {
    report.findings.iter().filter(|finding| finding.rule.starts_with("CDA-XSD-")).all(|finding| {
        let found = finding.found.as_ref().map_or("", |found| found.as_str());
        match finding.rule.as_ref() {
            "CDA-XSD-10" => true,
            "CDA-XSD-01" => ["qualifier", "translation", "reference", "thumbnail"].contains(&found),
            _ => false,
        }
    })
}

fn number(variable: &str, default: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "whoever runs the test asks for more")]
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn random_mutants_have_the_verdict_of_the_official_schema() {
    let Some(folder) = shared("cda/examples") else { return };
    let Some(schema) = shared("official-schemas/ans-cda/CDA_extended.xsd") else { return };
    let mut parser = SchemaParserContext::from_file(schema.to_str().unwrap());
    let mut judge = SchemaValidationContext::from_parser(&mut parser).unwrap();
    let (count, seed) = (number("CDA_MUTANTS", 300), number("CDA_SEED", 20_261_125));
    let written = std::env::var_os("CDA_MUTANT_FOLDER").map(std::path::PathBuf::from);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    // A document that is small once its files in base64 are taken as they are; stylesheets are no root of the schema here.
    files.retain(|file| std::fs::metadata(file).unwrap().len() < number("CDA_LARGEST", 130_000));
    let validator = validator();
    let mut table = String::new();
    let (mut random, mut seen, mut invalid) = (Random::new(seed), 0, 0);
    while seen < count {
        let text = std::fs::read_to_string(random.pick(&files)).unwrap();
        let text = text.trim_start_matches('\u{feff}');
        let tree = Document::parse(text).unwrap();
        let elements: Vec<_> = tree.root_element().descendants().filter(Node::is_element).collect();
        for _ in 0..20 {
            let Some((what, mutated)) = mutant(text, &elements, &mut random) else { continue };
            let Some(valid) = official(&mut judge, &mutated) else { continue };
            let report = validator.validate(mutated.as_bytes());
            if report.schema == SchemaVerdict::Malformed {
                continue;
            }
            seen += 1;
            invalid += u64::from(report.schema == SchemaVerdict::Invalid);
            let same = valid == (report.schema == SchemaVerdict::Valid) || (valid && only_xerces_sees_it(&report));
            if let Some(folder) = &written {
                let file = folder.join(format!("{seed}-{seen}.xml"));
                std::fs::write(&file, &mutated).unwrap();
                writeln!(table, "{}\t{}\t{what:?}\t{:?}", file.display(), word(report.schema), told(&report)).unwrap();
            }
            assert!(
                same || written.is_some(),
                "mutant {seen} of seed {seed}, {what}: official {valid}, here {:?}",
                told(&report)
            );
        }
    }
    assert!(invalid > seen / 4 && invalid < seen, "{invalid} of {seen} are invalid");
    if let Some(folder) = &written {
        std::fs::write(folder.join(format!("{seed}.tsv")), table).unwrap();
    }
}
