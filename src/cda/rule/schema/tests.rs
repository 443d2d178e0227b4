//! Each rule is broken once, on the smallest document that the schema takes; beside each breach stands what keeps the rule.

use crate::cda::finding::{Finding, Findings};
use crate::cda::report::{Report, SchemaVerdict};
use crate::cda::rule::Severities;
use crate::cda::rule::schema::check as check_by;
use crate::cda::validation::{Settings, Validator};
use crate::xml::document::Document;
use crate::xml::schema::Schema;
use crate::xml::schema::source::Sources;

/// Valid, and nothing more than that.
const SMALLEST: &str = r#"<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sdtc="urn:hl7-org:sdtc">
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <id root="1.2.250.1.999.1"/>
  <code code="34133-9" codeSystem="2.16.840.1.113883.6.1"/>
  <effectiveTime value="20261125"/>
  <confidentialityCode code="N"/>
  <recordTarget><patientRole><id root="1.2.250.1.999.2"/></patientRole></recordTarget>
  <author><time value="20261125"/><assignedAuthor><id root="1.2.250.1.999.3"/></assignedAuthor></author>
  <custodian><assignedCustodian><representedCustodianOrganization><id root="1.2.250.1.999.4"/></representedCustodianOrganization></assignedCustodian></custodian>
  <component><structuredBody><component><section ID="s1">
    <text><paragraph ID="p1">Rien<footnote ID="f1">note</footnote><footnoteRef IDREF="f1"/></paragraph></text>
    <entry><observation classCode="OBS" moodCode="EVN"><code code="1"/><value xsi:type="PQ" value="1.5" unit="g"/></observation></entry>
  </section></component></structuredBody></component>
</ClinicalDocument>"#;

fn validate(text: &str) -> Report {
    Validator::new(Settings::default()).validate(text.as_bytes())
}

/// The other families speak of so small a document too.
fn of_the_schema(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|finding| finding.rule.starts_with("CDA-XSD-"))
}

/// Every finding of the schema as `rule where: found; expected`.
fn told(text: &str) -> Vec<String> {
    let report = validate(text);
    let told: Vec<String> = of_the_schema(&report)
        .map(|finding| {
            let found = finding.found.as_ref().map_or("-", |found| found.as_str());
            let place = finding.location.xpath.trim_start_matches("/ClinicalDocument/");
            format!("{} {place}: {found}; {}", finding.rule, finding.expected)
        })
        .collect();
    assert_eq!(told.is_empty(), report.schema == SchemaVerdict::Valid);
    told
}

#[track_caller]
fn check(from: &str, to: &str, expected: &[&str]) {
    assert!(SMALLEST.contains(from), "{from}");
    assert_eq!(told(&SMALLEST.replacen(from, to, 1)), expected, "{to}");
}

#[test]
fn the_smallest_document_is_valid() {
    assert_eq!(told(SMALLEST), Vec::<String>::new());
}

#[test]
fn an_element_out_of_place_is_told_with_what_may_stand_there() {
    check("<effectiveTime", "<titre/><effectiveTime", &["CDA-XSD-01 titre: titre; one of: title, effectiveTime"]);
    check("<id root=\"1.2.250.1.999.1\"/>", "", &["CDA-XSD-01 code: code; one of: templateId, id"]);
    check("<id root=\"1.2.250.1.999.1\"/>", "<id root=\"1.2\"><id/></id>", &["CDA-XSD-01 id/id: id; nothing more"]);
    check(
        "<code code=\"34133-9\"",
        "<code><qualifier/></code><code code=\"34133-9\"",
        &[
            "CDA-XSD-01 code[1]/qualifier: qualifier; one of: originalText, translation",
            "CDA-XSD-01 code[2]: code; one of: title, effectiveTime",
        ],
    );
    check(
        "<recordTarget><patientRole>",
        "<recordTarget><patientRole><sdtc:id/>",
        &["CDA-XSD-01 recordTarget/patientRole/id[1]: sdtc:id; one of: realmCode, typeId, templateId, id"],
    );
}

#[test]
fn a_missing_child_is_told_at_the_parent() {
    check(
        "<assignedAuthor><id root=\"1.2.250.1.999.3\"/></assignedAuthor>",
        "",
        &["CDA-XSD-02 author: -; assignedAuthor"],
    );
    check(
        "<id root=\"1.2.250.1.999.2\"/>",
        "",
        &["CDA-XSD-02 recordTarget/patientRole: -; one of: realmCode, typeId, templateId, id"],
    );
}

#[test]
fn text_where_none_belongs_is_told() {
    check("<author>", "<author>Dr", &["CDA-XSD-03 author: Dr; no text"]);
    check("<confidentialityCode code=\"N\"/>", "<confidentialityCode code=\"N\"> </confidentialityCode>", &[]);
    check(
        "<effectiveTime value=\"20261125\"/>",
        "<effectiveTime value=\"20261125\"> </effectiveTime>",
        &["CDA-XSD-03 effectiveTime:  ; no text"],
    );
}

#[test]
fn attributes_are_told_with_their_own_place() {
    check("code=\"N\"", "code=\"N\" colour=\"red\"", &["CDA-XSD-04 confidentialityCode/@colour: red; nothing more"]);
    check("code=\"N\"", "code=\"N\" sdtc:valueSet=\"1.2\"", &[]);
    check(
        "classCode=\"OBS\" ",
        "",
        &["CDA-XSD-05 component/structuredBody/component/section/entry/observation: -; the attribute classCode"],
    );
    let report = validate(&SMALLEST.replace("code=\"N\"", "code=\"\" colour=\"red\""));
    let places = of_the_schema(&report).map(|finding| (finding.location.line, finding.location.column));
    assert_eq!(places.collect::<Vec<_>>(), [(6, 24), (6, 32)]);
}

#[test]
fn a_value_is_told_with_what_its_type_takes() {
    let section = "component/structuredBody/component/section/entry/observation";
    check(
        "value=\"20261125\"",
        "value=\"25/11/2026\"",
        &[
            "CDA-XSD-06 effectiveTime/@value: 25/11/2026; a date and time as YYYYMMDDhhmmss, from YYYY on, with an offset as +0100 after the hour",
        ],
    );
    check(
        "code=\"N\"",
        "code=\"N R\"",
        &["CDA-XSD-06 confidentialityCode/@code: N R; a code: not empty, no blank in it"],
    );
    check(
        "1.2.250.1.999.1",
        "1..2",
        &["CDA-XSD-06 id/@root: 1..2; an OID, a UUID, or a name of letters, digits and hyphens"],
    );
    check(
        "moodCode=\"EVN\"",
        "moodCode=\"XXX\"",
        &[&format!("CDA-XSD-06 {section}/@moodCode: XXX; one of: APT, ARQ, DEF, EVN, GOL, INT, PRMS, PRP, RQO, RSK")],
    );
    check("value=\"1.5\"", "value=\"1,5\"", &[&format!("CDA-XSD-06 {section}/value/@value: 1,5; a number")]);
    check(
        "code=\"34133-9\"",
        "code=\"34133-9\" displayName=\"\"",
        &["CDA-XSD-06 code/@displayName: ; a value that is not empty"],
    );
    check(
        "2.16.840.1.113883.1.3",
        "2.16.840.1.113883.1.4",
        &["CDA-XSD-06 typeId/@root: 2.16.840.1.113883.1.4; exactly 2.16.840.1.113883.1.3"],
    );
    check(
        "ID=\"s1\"",
        "ID=\"1s\"",
        &[
            "CDA-XSD-06 component/structuredBody/component/section/@ID: 1s; a name that begins with a letter, without blanks and colons",
        ],
    );
}

#[test]
fn numbers_addresses_and_files_are_told_in_words() {
    let told_of = |from: &str, to: &str| {
        assert!(SMALLEST.contains(from), "{from}");
        let told = told(&SMALLEST.replacen(from, to, 1));
        assert_eq!(told.len(), 1, "{told:?}");
        told[0].rsplit_once("; ").unwrap().1.to_owned()
    };
    let after = "<recordTarget><patientRole><id root=\"1.2.250.1.999.2\"/>";
    assert_eq!(told_of(after, &format!("{after}<telecom value=\"tel:\"/>")), "a URI");
    assert_eq!(told_of("<recordTarget>", "<versionNumber value=\"1.0\"/><recordTarget>"), "an integer");
    let value = "xsi:type=\"PQ\" value=\"1.5\" unit=\"g\"";
    assert_eq!(told_of(value, "xsi:type=\"UVP_TS\" probability=\"1e\""), "a number from 0 to 1");
    assert_eq!(told_of(value, "xsi:type=\"REAL\" value=\"1e\""), "a number");
    assert_eq!(told_of(value, "xsi:type=\"ED\" integrityCheck=\"AB==\""), "base64");
    assert_eq!(told_of("ID=\"p1\"", "ID=\"p1\" styleCode=\"\""), "a value that is not empty");
    let patient = "<patient><sdtc:multipleBirthOrderNumber value=\"0\"/></patient>";
    assert_eq!(told_of(after, &format!("{after}{patient}")), "an integer from 1 on");
}

#[test]
fn values_that_libxml2_alone_would_refuse_are_taken() {
    let long = "9".repeat(60);
    check("value=\"1.5\"", &format!("value=\"{long}\""), &[]);
    check("<recordTarget>", &format!("<versionNumber value=\"{long}\"/><recordTarget>"), &[]);
    let after = "<recordTarget><patientRole><id root=\"1.2.250.1.999.2\"/>";
    for value in ["http://a:80:80", "?[x]", "tel:+33 (0)1 02", "", "#a", "mailto:a@b?subject=é", "http://[::1]:80/a"] {
        check(after, &format!("{after}<telecom value=\"{value}\"/>"), &[]);
    }
}

#[test]
fn a_type_that_may_not_stand_there_is_told() {
    let value = "component/structuredBody/component/section/entry/observation/value";
    check(
        " xsi:type=\"PQ\" value=\"1.5\" unit=\"g\"",
        "",
        &[&format!("CDA-XSD-07 {value}: -; xsi:type with the name of a type")],
    );
    check(
        "xsi:type=\"PQ\"",
        "xsi:type=\"PQX\"",
        &[&format!("CDA-XSD-07 {value}/@type: PQX; xsi:type with the name of a type")],
    );
    check("<effectiveTime", "<effectiveTime xsi:type=\"IVL_TS\"", &[]);
    check(
        "<effectiveTime",
        "<effectiveTime xsi:type=\"PQ\"",
        &["CDA-XSD-07 effectiveTime/@type: PQ; a type derived from that of the element"],
    );
}

#[test]
fn nil_is_told() {
    check(
        "<confidentialityCode code=\"N\"",
        "<confidentialityCode xsi:nil=\"true\" code=\"N\"",
        &["CDA-XSD-08 confidentialityCode/@nil: true; no xsi:nil"],
    );
}

#[test]
fn identifiers_are_unique_and_references_lead_somewhere() {
    let text = "component/structuredBody/component/section/text/paragraph";
    check("ID=\"p1\"", "ID=\"s1\"", &[&format!("CDA-XSD-09 {text}/@ID: s1; a value that no other ID has")]);
    check(
        "IDREF=\"f1\"",
        "IDREF=\"f2\"",
        &[&format!("CDA-XSD-10 {text}/footnoteRef/@IDREF: f2; the ID of an element of this document")],
    );
    check("<footnoteRef IDREF=\"f1\"/>", "<renderMultiMedia referencedObject=\"p1 s1  f1\"/>", &[]);
    check(
        "<footnoteRef IDREF=\"f1\"/>",
        "<renderMultiMedia referencedObject=\"p1 x s1 y\"/>",
        &[
            &format!("CDA-XSD-10 {text}/renderMultiMedia/@referencedObject: x; the ID of an element of this document"),
            &format!("CDA-XSD-10 {text}/renderMultiMedia/@referencedObject: y; the ID of an element of this document"),
        ],
    );
}

#[test]
fn what_the_schema_passes_over_has_no_identifiers() {
    let foreign = "<originalText><any xmlns=\"urn:other\" ID=\"s1\"><section xmlns=\"urn:hl7-org:v3\" ID=\"s1\"/></any></originalText>";
    check("<code code=\"1\"/>", &format!("<code code=\"1\">{foreign}</code>"), &[]);
}

#[test]
fn a_document_in_its_wrapper_is_judged_alone() {
    let wrapped = |inside: &str| {
        format!(
            "<x:stylesheet xmlns:x=\"http://www.w3.org/1999/XSL/Transform\" xmlns:h=\"urn:hl7-org:v3\"><x:any ID=\"s1\"/>{inside}</x:stylesheet>"
        )
    };
    assert_eq!(told(&wrapped(SMALLEST)), Vec::<String>::new());
    // A prefix that only the wrapper declares.
    assert_eq!(told(&wrapped(&SMALLEST.replace("xsi:type=\"PQ\"", "xsi:type=\"h:PQ\""))), Vec::<String>::new());
    let report = validate(&wrapped(&SMALLEST.replace("code=\"N\"", "code=\"\"")));
    let places: Vec<_> = of_the_schema(&report).map(|finding| finding.location.xpath.as_str()).collect();
    assert_eq!(places, ["/stylesheet/ClinicalDocument/confidentialityCode/@code"]);
}

#[test]
fn a_location_that_the_document_names_is_not_looked_at() {
    let hint = "xsi:schemaLocation=\"urn:hl7-org:v3 file:///nowhere/at/all.xsd\" xsi:noNamespaceSchemaLocation=\"http://127.0.0.1:1/x.xsd\" xmlns=";
    check("xmlns=", hint, &[]);
}

#[test]
fn a_silenced_rule_tells_nothing_and_the_verdict_stands() {
    let severities = [("CDA-XSD-06".to_owned(), None)].into();
    let settings = Settings { severities: Severities::new(severities), ..Settings::default() };
    let report = Validator::new(settings).validate(SMALLEST.replace("code=\"N\"", "code=\"\"").as_bytes());
    assert!(report.findings.iter().all(|finding| finding.rule != "CDA-XSD-06"));
    assert_eq!((report.schema, report.passes()), (SchemaVerdict::Invalid, false));
}

#[test]
fn a_schema_that_knows_no_clinical_document_or_none_at_all_takes_nothing() {
    let rules_of = |schema: Option<&Schema>| {
        let document = Document::parse(SMALLEST, &Settings::limits_of(SMALLEST.len())).unwrap();
        let severities = Severities::default();
        let mut findings = Findings::new(SMALLEST, &severities, 10);
        assert_eq!(check_by(schema, document.root(), 10, &mut findings), SchemaVerdict::Invalid);
        findings.into_sorted().findings.iter().map(|finding| finding.rule.to_string()).collect::<Vec<_>>()
    };
    let other = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element name='a'/></xs:schema>";
    let sources = Sources::new([("other.xsd".to_owned(), other.into())]).unwrap();
    assert_eq!(rules_of(Some(&Schema::compile(sources, "other.xsd").unwrap())), ["CDA-XSD-11"]);
    assert_eq!(rules_of(None), ["CDA-XSD-12"]);
}
