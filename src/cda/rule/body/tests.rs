//! Each rule of the body is kept once and broken once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::cda::document::ClinicalDocument;
use crate::cda::finding::{Finding, Findings};
use crate::cda::rule::Severities;
use crate::cda::rule::body::ask;
use crate::xml::document::Document;
use crate::xml::limits::Limits;

const PDF_A: &[u8] = b"%PDF-1.4\n<x pdfaid:part='1' pdfaid:conformance='B'/> /OutputIntents [] trailer <<>>\n";

fn findings(body: &str) -> Vec<Finding> {
    let text = format!("<ClinicalDocument xmlns='urn:hl7-org:v3'>\n<component>{body}</component>\n</ClinicalDocument>");
    let document = Document::parse(&text, &Limits::default()).unwrap();
    let severities = Severities::default();
    let mut findings = Findings::new(document.text(), &severities, 100);
    ask(ClinicalDocument::of(&document).unwrap(), &mut findings);
    findings.into_sorted().findings
}

#[track_caller]
fn check(body: &str, expected: &[&str]) {
    let found: Vec<String> = findings(body).into_iter().map(|finding| finding.rule.into_owned()).collect();
    assert_eq!(found, expected, "{body}");
}

fn file(media_type: &str, bytes: &[u8]) -> String {
    let content = STANDARD.encode(bytes);
    format!("<nonXMLBody><text mediaType='{media_type}' representation='B64'>{content}</text></nonXMLBody>")
}

fn section(value: &str) -> String {
    format!(
        "<structuredBody><component><section><templateId root='1.2.250.1.213.1.1.2.243'/><entry><organizer><component>\
         <observationMedia>{value}</observationMedia></component></organizer></entry></section></component></structuredBody>"
    )
}

fn media(media_type: &str, bytes: &[u8]) -> String {
    format!("<value mediaType='{media_type}' representation='B64'>{}</value>", STANDARD.encode(bytes))
}

#[test]
fn a_pdf_that_says_it_is_pdf_a_passes_at_both_levels() {
    check(&file("application/pdf", PDF_A), &[]);
    check(&section(&media("application/pdf", PDF_A)), &[]);
    check(
        "<structuredBody><component><section><text>Rien à signaler</text></section></component></structuredBody>",
        &[],
    );
}

#[test]
fn the_body_of_level_one_is_one_file_in_one_text() {
    check("<nonXMLBody/>", &["BODY-TEXT-01"]);
    check("<nonXMLBody><text nullFlavor='NI'/></nonXMLBody>", &["BODY-TEXT-01"]);
    check(&file("text/plain", b""), &["BODY-TEXT-01"]);
    let elsewhere = file("text/plain", b"Texte").replace("</text>", "<reference value='http://ailleurs'/></text>");
    check(&elsewhere, &["BODY-TEXT-01"]);
    let twice = file("text/plain", b"Texte").replace("</nonXMLBody>", "<text/></nonXMLBody>");
    check(&twice, &["BODY-TEXT-01"]);
    check(&file("text/plain", b"Texte").replace("B64", "TXT"), &["BODY-TEXT-02"]);
    check(&file("text/plain", b"Texte").replace("representation='B64'", ""), &["BODY-TEXT-02"]);
    check(&file("text/plain", b"Texte").replace("'B64'", "' B64 '"), &[]);
}

#[test]
fn five_media_types_are_taken_and_three_of_them_are_leaving() {
    check(&file("text/plain", b"Texte"), &[]);
    check(&file("text/rtf", b"{\\rtf1 Texte}"), &["BODY-MEDIA-02"]);
    check(&file("image/jpeg", b"\xff\xd8\xff\xe0 image"), &["BODY-MEDIA-02"]);
    check(&file("image/tiff", b"II*\0 image"), &["BODY-MEDIA-02"]);
    check(&file("image/tiff", b"MM\0* image"), &["BODY-MEDIA-02"]);
    check(&file("text/html", b"<p>Texte</p>"), &["BODY-MEDIA-01"]);
    check(&file("", b"Texte"), &["BODY-MEDIA-01"]);
}

#[test]
fn what_is_no_base64_is_told_at_the_character() {
    let with = |content: &str| {
        format!("<nonXMLBody><text mediaType='text/plain' representation='B64'>{content}</text></nonXMLBody>")
    };
    check(&with("\n  SGVs\n  bG8=\n"), &[]);
    check(&with("SGVs<!-- -->bG8="), &[]);
    let at = |content: &str| {
        let told = findings(&with(content)).pop().unwrap();
        assert_eq!(told.rule, "BODY-BASE64-01");
        (told.location.line, told.location.column, told.found.unwrap().as_str().to_owned())
    };
    let before = "<component><nonXMLBody><text mediaType='text/plain' representation='B64'>";
    let column = u32::try_from(before.len()).unwrap() + 1;
    assert_eq!(at("SGVs*G8="), (2, column + 4, "*".to_owned()));
    assert_eq!(at("SGVs\r\nbG8=\n  é"), (4, 3, "é".to_owned()));
    assert_eq!(at("SGVsbG8=SGVs"), (2, column + 8, "S".to_owned()));
    assert_eq!(at("SGVsbG8"), (2, column + 7, "3 characters in the last group".to_owned()));
    assert_eq!(at("S==="), (2, column + 1, "=".to_owned()));
    assert_eq!(at("SGVs&#42;").2, "*");
    check(&section("<value mediaType='image/png' representation='B64'>?</value>"), &["BODY-COPY-01", "BODY-BASE64-01"]);
}

#[test]
fn the_first_bytes_are_compared_with_the_media_type() {
    check(&file("application/pdf", b"{\\rtf1 Texte}"), &["BODY-CONTENT-02"]);
    check(&file("text/plain", PDF_A), &["BODY-CONTENT-02"]);
    check(&file("image/jpeg", b"\x89PNG\r\n\x1a\n"), &["BODY-MEDIA-02", "BODY-CONTENT-02"]);
    let told = findings(&file("application/pdf", b"PK\x03\x04zip")).pop().unwrap();
    assert_eq!((told.rule.as_ref(), told.found.unwrap().as_str()), ("BODY-CONTENT-02", "50 4B 03 04 7A 69 70"));
}

#[test]
fn plain_text_is_readable_in_either_encoding() {
    check(&file("text/plain", "Synthèse : œdème\r\n\tÀ revoir".as_bytes()), &[]);
    check(&file("text/plain", b"Synth\xe8se"), &[]);
    let utf16: Vec<u8> = "Synthèse".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(&file("text/plain", &utf16), &["BODY-CONTENT-03"]);
    let late = [vec![b'a'; 100_000], vec![0x1b]].concat();
    let told = findings(&file("text/plain", &late)).pop().unwrap();
    assert_eq!(told.found.unwrap().as_str(), "0x1B at byte 100000 of the file");
}

#[test]
fn a_pdf_is_asked_for_what_pdf_a_wants_in_clear() {
    let pdf = |from: &str, to: &str| {
        let text = String::from_utf8(PDF_A.to_vec()).unwrap().replace(from, to);
        file("application/pdf", text.as_bytes())
    };
    check(&pdf("%PDF-1.4", "\n%PDF-1.4"), &["BODY-PDFA-01"]);
    check(&pdf("%PDF-1.4", "%PDF-2.0"), &["BODY-PDFA-01"]);
    check(&pdf("pdfaid:part='1'", "pdfaid:part='2'"), &["BODY-PDFA-02"]);
    check(&pdf("pdfaid:part='1'", ""), &["BODY-PDFA-02"]);
    check(&pdf("trailer <<", "trailer << /Encrypt 8 0 R"), &["BODY-PDFA-03"]);
    check(&pdf("trailer <<", "<< /S /JavaScript /JS (x) >> trailer <<"), &["BODY-PDFA-04"]);
    check(&pdf("/OutputIntents", "/Other"), &["BODY-PDFA-05"]);
    let far =
        format!("%PDF-1.4\n{}{}", "x".repeat(300_000), "<a pdfaid:part='1' pdfaid:conformance='A'/>/OutputIntents ");
    check(&file("application/pdf", far.as_bytes()), &[]);
}

#[test]
fn the_language_of_a_body_is_a_language_and_a_country() {
    let with = |language: &str| file("text/plain", b"Text").replace("<text", &format!("{language}<text"));
    check(&with("<languageCode code='en-GB'/>"), &[]);
    check(&with("<languageCode code='en'/>"), &["BODY-LANGUAGE-01"]);
    check(&with("<languageCode nullFlavor='UNK'/>"), &["BODY-LANGUAGE-01"]);
}

#[test]
fn files_of_sections_are_looked_at_as_well() {
    let png = media("image/png", b"\x89PNG\r\n\x1a\n image");
    check(&section(&png), &["BODY-COPY-01"]);
    check(&section(&png).replace("2.243", "2.1"), &[]);
    check(&section(&media("image/gif", b"GIF89a")).replace("2.243", "2.1"), &["BODY-MEDIA-03"]);
    let text = "<value mediaType='application/pdf'>texte</value>";
    check(&section(text), &["BODY-COPY-01", "BODY-MEDIA-04"]);
    check(&section(&media("application/pdf", b"")), &["BODY-CONTENT-01"]);
    let observation = section(&media("application/pdf", PDF_A)).replace("observationMedia", "observation");
    check(&observation, &["BODY-COPY-01"]);
}
