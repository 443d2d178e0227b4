//! Documents made to do harm: a refusal within bounded time and memory.

use std::time::{Duration, Instant};

use dmp_gateway::cda::report::SchemaVerdict;
use dmp_gateway::cda::validation::{Settings, Validator};

use crate::cda_schema::{validator, word};

/// Long enough for a machine under load, short against what the same bytes cost a parser without a guard.
const PATIENCE: Duration = Duration::from_secs(10);

const LARGEST: usize = 100 << 20;

/// What stands around the harm.
fn document(inside: &str) -> String {
    format!(
        "<ClinicalDocument xmlns='urn:hl7-org:v3' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>{inside}</ClinicalDocument>"
    )
}

#[track_caller]
fn refused(what: &str, bytes: &[u8], verdict: SchemaVerdict) {
    // An operator who takes documents as large as that.
    let validator = Validator::new(Settings { limits: Settings::limits_of(LARGEST), ..Settings::default() });
    let begun = Instant::now();
    let report = validator.validate(bytes);
    assert_eq!(word(report.schema), word(verdict), "{what}");
    assert!(!report.passes(), "{what}");
    assert!(report.errors().count() > 0, "{what}: a refusal says why");
    assert!(begun.elapsed() < PATIENCE, "{what}: {:?}", begun.elapsed());
}

#[test]
fn what_is_no_xml_of_ours_is_malformed() {
    let bomb = "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>";
    let malformed = |what: &str, bytes: &[u8]| refused(what, bytes, SchemaVerdict::Malformed);
    malformed("entity bomb", format!("{bomb}{}", document("<title>&c;</title>")).as_bytes());
    malformed("external entity", b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><ClinicalDocument xmlns='urn:hl7-org:v3'><title>&x;</title></ClinicalDocument>");
    malformed(
        "external DTD",
        b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/a.dtd'><ClinicalDocument xmlns='urn:hl7-org:v3'/>",
    );
    malformed("undeclared entity", document("<title>&x;</title>").as_bytes());
    malformed("invalid UTF-8", &[document("<title>").as_bytes(), b"\xc3\x28</title>"].concat());
    let utf16: Vec<u8> = document("").encode_utf16().flat_map(u16::to_le_bytes).collect();
    malformed("UTF-16", &[b"\xff\xfe".as_slice(), &utf16].concat());
    malformed("UTF-16 without its mark", &utf16);
    malformed("another encoding", format!("<?xml version='1.0' encoding='ISO-8859-1'?>{}", document("")).as_bytes());
    malformed("a zero", document("<title>\0</title>").as_bytes());
    malformed("nothing", b"");
    malformed("no document", b"<!-- -->");
    malformed("two roots", format!("{0}{0}", document("")).as_bytes());
    malformed("unbound prefix", document("<x:y/>").as_bytes());
    malformed("an attribute twice", document("<id root='1' root='1'/>").as_bytes());
}

#[test]
fn a_million_of_anything_is_refused_in_time() {
    let many = 1_000_000;
    let malformed = |what: &str, text: &str| refused(what, text.as_bytes(), SchemaVerdict::Malformed);
    malformed("depth", &document(&format!("{}{}", "<a>".repeat(many), "</a>".repeat(many))));
    malformed("elements", &document(&"<a/>".repeat(many)));
    malformed(
        "attributes",
        &document(&format!("<id {}/>", (0..many / 10).fold(String::new(), |all, n| format!("{all}a{n}='' ")))),
    );
    malformed(
        "namespaces",
        &document(&format!("<id {}/>", (0..1000).fold(String::new(), |all, n| format!("{all}xmlns:a{n}='u' ")))),
    );
    malformed("comment without end", &document(&format!("<!--{}", "-".repeat(many))));
    refused("unknown children", document(&"<a b='1'/>".repeat(190_000)).as_bytes(), SchemaVerdict::Invalid);
    refused("identifiers", document(&"<section ID='a'/>".repeat(190_000)).as_bytes(), SchemaVerdict::Invalid);
}

#[test]
fn a_hundred_megabytes_in_one_place_are_refused_in_time() {
    let long = "x".repeat(LARGEST - 1000);
    refused("attribute", document(&format!("<id root='{long}'/>")).as_bytes(), SchemaVerdict::Malformed);
    refused("name", document(&format!("<{long}/>")).as_bytes(), SchemaVerdict::Malformed);
    refused("text", document(&format!("<title>{long}</title>")).as_bytes(), SchemaVerdict::Invalid);
    refused("all of it", &vec![b'<'; LARGEST + 1], SchemaVerdict::Malformed);
}

#[test]
fn a_cut_document_is_malformed_wherever_it_is_cut() {
    let whole = document("<title>é &amp; <![CDATA[x]]></title><!-- c --><?p i?><id root=\"1.2\"/>");
    for end in 0..whole.len() {
        let report = validator().validate(&whole.as_bytes()[..end]);
        assert_eq!(word(report.schema), "malformed", "cut at {end}");
    }
}
