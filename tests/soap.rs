//! Envelopes, addressing, security headers and faults, without the wire. Spec: SOAP 1.2, WS-Addressing 1.0, ITI TF-2: V.3.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use dmp_gateway::soap::SoapVersion;
use dmp_gateway::soap::envelope::{self, Envelope, ResponseHeader, Soap11};
use dmp_gateway::soap::fault::{self, Fault, FaultCode, Subcode};
use dmp_gateway::soap::mtom::content_id::ContentId;
use dmp_gateway::soap::mtom::media_type::MediaType;
use dmp_gateway::soap::mtom::package::{Limits as PackageLimits, Reader};
use dmp_gateway::soap::mtom::xop::{self, Content, References};
use dmp_gateway::soap::security_header::SecurityHeader;
use dmp_gateway::soap::tolerance::{TABLE, Tolerance};
use dmp_gateway::xml::document::{Document, Node, children, is};
use dmp_gateway::xml::limits::Limits;
use dmp_gateway::xml::namespace::{SOAP12, WSA, XDSB, XOP};

const ID: &str = "urn:uuid:0d5a1a5e-33b1-4d9c-9d0f-6a1f8f9a1001";

/// The header as the national samples have it: default namespaces, unqualified mustUnderstand, an empty To.
const HEADERS: &str = "<MessageID xmlns='http://www.w3.org/2005/08/addressing'>urn:uuid:0d5a1a5e-33b1-4d9c-9d0f-6a1f8f9a1001</MessageID>\
    <To xmlns='http://www.w3.org/2005/08/addressing'/>\
    <ReplyTo xmlns='http://www.w3.org/2005/08/addressing' mustUnderstand='true'><Address>http://www.w3.org/2005/08/addressing/anonymous</Address></ReplyTo>\
    <Action xmlns='http://www.w3.org/2005/08/addressing' mustUnderstand='true'>urn:example:do</Action>";
const SECURITY: &str = "<wsse:Security xmlns:wsse='http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd' s:mustUnderstand='1'/>";
const BODY: &str = "<s:Body><do xmlns='urn:example'/></s:Body>";

fn message(inside: &str) -> String {
    format!("<s:Envelope xmlns:s='{SOAP12}' xmlns:a='{WSA}'>{inside}</s:Envelope>")
}

fn with_headers(headers: &str) -> String {
    message(&format!("<s:Header>{headers}</s:Header>{BODY}"))
}

fn open<T>(text: &str, look: impl FnOnce(Result<Envelope<'_, '_>, Box<Fault>>) -> T) -> T {
    let document = Document::parse(text, &Limits::default()).unwrap();
    look(Envelope::read(&document, Soap11::Refused))
}

fn refused(text: &str) -> Fault {
    open(text, |read| *read.map(|envelope| envelope.addressing).unwrap_err())
}

fn rule_of(fault: &Fault) -> &str {
    &fault.detail.as_ref().unwrap().rule
}

fn tolerated(text: &str) -> Vec<Tolerance> {
    open(text, |read| read.unwrap().tolerated)
}

#[test]
fn a_national_sample_is_opened() {
    open(&with_headers(&format!("{HEADERS}{SECURITY}")), |read| {
        let read = read.unwrap();
        assert_eq!(read.version, SoapVersion::V12);
        assert_eq!(read.addressing.action.as_deref(), Some("urn:example:do"));
        assert_eq!(read.addressing.message_id.as_deref(), Some(ID));
        assert_eq!((&read.addressing.to, &read.addressing.reply_to, &read.addressing.fault_to), (&None, &None, &None));
        assert!(matches!(read.security, SecurityHeader::One(node) if node.tag_name().name() == "Security"));
        assert!(is(read.body, "urn:example", "do"));
    });
    open(&with_headers(HEADERS), |read| assert!(matches!(read.unwrap().security, SecurityHeader::Absent)));
}

#[test]
fn debugging_an_envelope_shows_no_patient() {
    let body = "<s:Body><do xmlns='urn:example' id='284067510512388'>MARTIN</do></s:Body>";
    let security = SECURITY.replace("/>", ">DUMONT</wsse:Security>");
    let text = message(&format!("<s:Header>{HEADERS}{security}</s:Header>{body}"));
    let shown = open(&text, |read| format!("{read:?}"));
    assert!(shown.contains("{urn:example}do") && shown.contains(ID), "{shown}");
    assert!(!["284067510512388", "MARTIN", "DUMONT"].iter().any(|word| shown.contains(word)), "{shown}");
}

#[test]
fn another_version_of_soap_is_a_version_mismatch_and_another_root_is_not() {
    let old = with_headers(HEADERS).replace(SOAP12, "http://schemas.xmlsoap.org/soap/envelope/");
    let fault = refused(&old);
    assert_eq!((fault.code, rule_of(&fault)), (FaultCode::VersionMismatch, "SOAP-ENV-02"));
    assert_eq!(fault.action(), "http://www.w3.org/2005/08/addressing/soap/fault");
    assert_eq!(refused(&with_headers(HEADERS).replace(SOAP12, "urn:soap:2.0")).code, FaultCode::VersionMismatch);
    let fault = refused("<Bill xmlns='urn:shop'/>");
    assert_eq!((fault.code, rule_of(&fault)), (FaultCode::Sender, "SOAP-ENV-01"));
    assert_eq!(fault.detail.unwrap().found.as_deref(), Some("{urn:shop}Bill"));
}

#[test]
fn soap_1_1_is_read_where_it_is_taken() {
    let old = with_headers(&format!("{HEADERS}<x xmlns='urn:x' s:mustUnderstand='0'/>"));
    let old = old.replace(SOAP12, "http://schemas.xmlsoap.org/soap/envelope/");
    let document = Document::parse(&old, &Limits::default()).unwrap();
    let read = Envelope::read(&document, Soap11::Taken).unwrap();
    assert_eq!(read.version, SoapVersion::V11);
    assert_eq!(read.addressing.message_id.as_deref(), Some(ID));
    let marked = old.replace("s:mustUnderstand='0'", "s:mustUnderstand='1'");
    let document = Document::parse(&marked, &Limits::default()).unwrap();
    assert_eq!(Envelope::read(&document, Soap11::Taken).unwrap_err().code, FaultCode::MustUnderstand);
}

#[test]
fn the_envelope_holds_one_header_and_one_body_with_one_element() {
    let cases = [
        (message(BODY), "SOAP-ENV-03"),
        (message(&format!("<s:Header/><s:Header/>{BODY}")), "SOAP-ENV-03"),
        (message(&format!("{BODY}<s:Header/>")), "SOAP-ENV-03"),
        (message("<s:Header/>"), "SOAP-ENV-04"),
        (message(&format!("<s:Header/>{BODY}{BODY}")), "SOAP-ENV-04"),
        (message(&format!("<s:Header/>{BODY}<x xmlns='urn:x'/>")), "SOAP-ENV-04"),
        (message("<s:Header/><Body><a/></Body>"), "SOAP-ENV-04"),
        (message(&format!("<s:Header/>text{BODY}")), "SOAP-ENV-04"),
        (message("<s:Header/><s:Body/>"), "SOAP-ENV-05"),
        (message("<s:Header/><s:Body> text </s:Body>"), "SOAP-ENV-05"),
        (message("<s:Header/><s:Body>text<a/></s:Body>"), "SOAP-ENV-05"),
        (message("<s:Header/><s:Body><a/><b/></s:Body>"), "SOAP-ENV-05"),
    ];
    for (text, rule) in cases {
        let fault = refused(&text);
        assert_eq!((fault.code, rule_of(&fault)), (FaultCode::Sender, rule), "{text}");
    }
}

#[test]
fn a_fault_says_where() {
    let fault = refused(&message("<s:Header/>\n<s:Body>\n <a/>\n <b/></s:Body>"));
    let detail = fault.detail.unwrap();
    assert_eq!(detail.xpath.as_deref(), Some("/Envelope/Body/b"));
    assert_eq!((detail.line, detail.column), (Some(4), Some(2)));
}

#[test]
fn a_header_that_must_be_understood_and_is_not_is_named() {
    let unknown =
        "<t:Trace xmlns:t='urn:trace' s:mustUnderstand='true'/><u:Other xmlns:u='urn:u' s:mustUnderstand='1'/>";
    let fault = refused(&with_headers(&format!("{HEADERS}{unknown}")));
    assert_eq!((fault.code, rule_of(&fault)), (FaultCode::MustUnderstand, "SOAP-HDR-01"));
    let names = [("urn:trace", "Trace"), ("urn:u", "Other")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(fault.not_understood, names);
    assert!(fault.reason_fr.contains("{urn:trace}Trace"));
    let foreign = format!("<a:Strange xmlns:a='{WSA}' s:mustUnderstand='true'/>");
    assert_eq!(refused(&with_headers(&foreign)).code, FaultCode::MustUnderstand);
}

#[test]
fn a_header_that_need_not_be_understood_is_passed_over() {
    for harmless in [
        "<t:Trace xmlns:t='urn:trace'/>",
        "<t:Trace xmlns:t='urn:trace' s:mustUnderstand='false'/>",
        "<t:Trace xmlns:t='urn:trace' mustUnderstand='true'/>",
        "<t:Trace xmlns:t='urn:trace' s:mustUnderstand='true' s:role='http://www.w3.org/2003/05/soap-envelope/role/none'/>",
    ] {
        open(&with_headers(&format!("{HEADERS}{harmless}")), |read| assert!(read.is_ok(), "{harmless}"));
    }
    for meant in ["http://www.w3.org/2003/05/soap-envelope/role/next", ""] {
        let block = format!("<t:Trace xmlns:t='urn:trace' s:mustUnderstand='true' s:role='{meant}'/>");
        assert_eq!(refused(&with_headers(&block)).code, FaultCode::MustUnderstand);
    }
    let fault = refused(&with_headers("<t:Trace xmlns:t='urn:trace' s:mustUnderstand='maybe'/>"));
    assert_eq!(rule_of(&fault), "SOAP-HDR-02");
}

#[test]
fn every_addressing_header_may_be_marked_must_understand() {
    let all = ["MessageID", "To", "Action", "RelatesTo"]
        .map(|name| format!("<a:{name} s:mustUnderstand='true'>http://x</a:{name}>"))
        .concat();
    let addresses = ["ReplyTo", "From", "FaultTo"]
        .map(|name| format!("<a:{name} s:mustUnderstand='1'><a:Address>http://x</a:Address></a:{name}>"))
        .concat();
    open(&with_headers(&format!("{all}{addresses}")), |read| {
        let addressing = read.unwrap().addressing;
        assert_eq!(addressing.reply_to.as_deref(), Some("http://x"));
        assert_eq!(addressing.fault_to.as_deref(), Some("http://x"));
    });
}

#[test]
fn a_second_addressing_header_is_refused() {
    for name in ["Action", "MessageID", "To", "ReplyTo", "FaultTo", "From"] {
        let one = format!("<a:{name}><a:Address>http://x</a:Address></a:{name}>");
        let fault = refused(&with_headers(&format!("{one}{one}")));
        assert_eq!(rule_of(&fault), "WSA-02", "{name}");
        assert_eq!(fault.subcodes, [Subcode::INVALID_ADDRESSING_HEADER, Subcode::INVALID_CARDINALITY]);
        assert_eq!(fault.action(), "http://www.w3.org/2005/08/addressing/fault");
    }
}

#[test]
fn an_addressing_value_holds_plain_text_only() {
    for value in ["urn:a<!-- x -->urn:b", "<b/>", "urn:<?x y?>a"] {
        assert_eq!(rule_of(&refused(&with_headers(&format!("<a:Action>{value}</a:Action>")))), "WSA-03", "{value}");
    }
    let long = "x".repeat(2049);
    assert_eq!(rule_of(&refused(&with_headers(&format!("<a:MessageID>{long}</a:MessageID>")))), "WSA-03");
}

#[test]
fn an_earlier_ws_addressing_is_refused_by_name() {
    let fault = refused(&with_headers("<Action xmlns='http://schemas.xmlsoap.org/ws/2004/08/addressing'>x</Action>"));
    assert_eq!(rule_of(&fault), "WSA-01");
    assert_eq!(fault.detail.unwrap().expected.as_deref(), Some(WSA));
}

#[test]
fn a_reply_address_is_anonymous_or_http() {
    let reply = |inside: &str| with_headers(&format!("<a:ReplyTo>{inside}</a:ReplyTo>"));
    let fault = refused(&reply("<a:Address>mailto:a@b</a:Address>"));
    assert_eq!(rule_of(&fault), "WSA-04");
    assert_eq!(fault.subcodes.last(), Some(&Subcode::INVALID_ADDRESS));
    for missing in ["", "<a:Address/>", "http://x"] {
        assert_eq!(refused(&reply(missing)).subcodes.last(), Some(&Subcode::MISSING_ADDRESS), "{missing}");
    }
    assert_eq!(rule_of(&refused(&reply("<a:Address>http://a</a:Address><a:Address>http://b</a:Address>"))), "WSA-02");
}

#[test]
fn two_security_headers_are_invalid_security() {
    let elsewhere = SECURITY.replace("s:mustUnderstand='1'", "s:role='urn:another'");
    for second in [SECURITY, &elsewhere] {
        let fault = refused(&with_headers(&format!("{HEADERS}{SECURITY}{second}")));
        assert_eq!((rule_of(&fault), fault.subcodes.as_slice()), ("WSSE-01", &[Subcode::INVALID_SECURITY][..]));
        assert_eq!(fault.detail.unwrap().xpath.as_deref(), Some("/Envelope/Header/Security[2]"));
    }
}

#[test]
fn the_message_id_of_a_refused_message_is_still_found() {
    let id_of = |text: &str| envelope::message_id_of(&Document::parse(text, &Limits::default()).unwrap());
    let twice = with_headers(&format!("{HEADERS}{SECURITY}{SECURITY}"));
    assert_eq!(id_of(&twice).as_deref(), Some(ID));
    assert_eq!(id_of(&twice.replace(SOAP12, "http://schemas.xmlsoap.org/soap/envelope/")).as_deref(), Some(ID));
    assert_eq!(id_of(&with_headers("<a:MessageID>x</a:MessageID><a:MessageID>y</a:MessageID>")), None);
    assert_eq!(id_of("<a/>"), None);
}

#[test]
fn the_endpoint_faults_name_what_came_and_what_is_taken() {
    let text = with_headers(HEADERS);
    let document = Document::parse(&text, &Limits::default()).unwrap();
    let body = Envelope::read(&document, Soap11::Refused).unwrap().body;
    let mismatch = Fault::action_mismatch("urn:example:undo", "{urn:example}undo", body);
    assert!(mismatch.reason_en.contains("urn:example:undo") && mismatch.reason_en.contains("{urn:example}do"));
    assert_eq!(mismatch.subcodes, [Subcode::INVALID_ADDRESSING_HEADER, Subcode::ACTION_MISMATCH]);
    let unknown = Fault::action_not_supported("urn:example:undo", &["urn:example:do", "urn:example:redo"]);
    assert_eq!(unknown.subcodes, [Subcode::ACTION_NOT_SUPPORTED]);
    assert_eq!(unknown.detail.unwrap().expected.as_deref(), Some("urn:example:do | urn:example:redo"));
    assert_eq!(Fault::action_required().subcodes, [Subcode::HEADER_REQUIRED]);
    assert_eq!(Fault::only_anonymous("ReplyTo", "why").subcodes.last(), Some(&Subcode::ONLY_ANONYMOUS));
    assert_eq!(rule_of(&Fault::body_not_supported(body, &["a"])), "SOAP-ENV-06");
    let endless = Fault::action_not_supported(&"é".repeat(5000), &[]);
    assert!(endless.reason_fr.len() < 1000);
}

#[test]
fn text_that_is_no_xml_gets_a_fault_with_line_and_column() {
    let fault_of = |text: &str| {
        let refusal = Document::parse(text, &Limits::default()).unwrap_err();
        Fault::of_refused_xml(&refusal, text)
    };
    let fault = fault_of("<a>\n  <é/></b>");
    assert_eq!(rule_of(&fault), "SOAP-XML-01");
    assert_eq!(fault.detail.unwrap().line, Some(2));
    assert_eq!(rule_of(&fault_of("<!DOCTYPE a><a/>")), "SOAP-XML-02");
    assert_eq!(rule_of(&fault_of(&"<a>".repeat(300))), "SOAP-XML-03");
}

fn answer(fault: &Fault) -> String {
    let mut out = Vec::new();
    fault::write(&mut out, fault, "urn:uuid:77b1f1c2-8a41-4c0e-9a57-0a7be6d12001", Some(ID), None);
    String::from_utf8(out).unwrap()
}

fn find<'a, 'i>(document: &'a Document<'i>, local: &str) -> Node<'a, 'i> {
    document.root().descendants().find(|node| node.tag_name().name() == local).unwrap()
}

#[test]
fn an_answer_has_the_header_of_the_national_service() {
    let mut out = Vec::new();
    let header = ResponseHeader {
        action: "urn:example:doResponse",
        message_id: "urn:uuid:1",
        relates_to: Some("a&b"),
        to: None,
    };
    envelope::write(&mut out, &header, |out| out.extend_from_slice(b"<done xmlns=\"urn:example\"/>"));
    let expected = "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"><soap:Header>\
        <Action xmlns=\"http://www.w3.org/2005/08/addressing\" soap:mustUnderstand=\"true\">urn:example:doResponse</Action>\
        <MessageID xmlns=\"http://www.w3.org/2005/08/addressing\">urn:uuid:1</MessageID>\
        <To xmlns=\"http://www.w3.org/2005/08/addressing\">http://www.w3.org/2005/08/addressing/anonymous</To>\
        <RelatesTo xmlns=\"http://www.w3.org/2005/08/addressing\">a&amp;b</RelatesTo>\
        </soap:Header><soap:Body><done xmlns=\"urn:example\"/></soap:Body></soap:Envelope>";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn a_fault_is_told_in_two_languages_with_codes_and_detail() {
    let fault = refused(&with_headers("<a:To>x</a:To>\n<a:To>y</a:To>")).correlated("c-17");
    let text = answer(&fault);
    let document = Document::parse(&text, &Limits::default()).unwrap();
    let body = Envelope::read(&document, Soap11::Refused).unwrap();
    assert_eq!(body.addressing.action.as_deref(), Some("http://www.w3.org/2005/08/addressing/fault"));
    assert!(is(body.body, SOAP12, "Fault"));
    let code = children(body.body, SOAP12, "Code").next().unwrap();
    let values: Vec<_> = code.descendants().filter(|node| is(*node, SOAP12, "Value")).map(|node| node.text()).collect();
    assert_eq!(values, [Some("soap:Sender"), Some("wsa:InvalidAddressingHeader"), Some("wsa:InvalidCardinality")]);
    assert_eq!(find(&document, "Value").lookup_namespace_uri(Some("wsa")), Some(WSA));
    let texts: Vec<_> = body.body.descendants().filter(|node| is(*node, SOAP12, "Text")).collect();
    let languages: Vec<_> =
        texts.iter().map(|t| t.attribute(("http://www.w3.org/XML/1998/namespace", "lang"))).collect();
    assert_eq!(languages, [Some("fr"), Some("en")]);
    let detail = find(&document, "fault");
    assert_eq!(detail.tag_name().namespace(), Some("urn:dmp-gateway:fault:1"));
    let fields: Vec<_> = detail.children().map(|node| (node.tag_name().name(), node.text().unwrap())).collect();
    assert_eq!(
        fields,
        [
            ("rule", "WSA-02"),
            ("xpath", "/Envelope/Header/To[2]"),
            ("line", "2"),
            ("column", "1"),
            ("correlation", "c-17")
        ]
    );
    assert_eq!(find(&document, "ProblemHeaderQName").text(), Some("wsa:To"));
}

#[test]
fn soap_explains_versions_and_misunderstood_headers_in_the_header() {
    let old = refused(&with_headers("").replace(SOAP12, "http://schemas.xmlsoap.org/soap/envelope/"));
    assert!(answer(&old).contains("<soap:Upgrade><soap:SupportedEnvelope qname=\"soap:Envelope\"/></soap:Upgrade>"));
    let unknown = refused(&with_headers("<t:Trace xmlns:t='urn:trace' s:mustUnderstand='true'/>"));
    assert!(answer(&unknown).contains("<soap:NotUnderstood xmlns:q=\"urn:trace\" qname=\"q:Trace\"/>"));
}

#[test]
fn a_failure_of_ours_tells_the_correlation_and_nothing_else() {
    let text = answer(&Fault::receiver("c-18"));
    assert!(text.contains("soap:Receiver") && text.contains("<correlation>c-18</correlation>"));
    assert!(!text.contains("<rule>"));
}

/// Runs the smallest message that needs the tolerance; answers what the readers reported.
fn example(tolerance: Tolerance) -> Vec<Tolerance> {
    let media = |value: &str| MediaType::parse(value).unwrap().tolerated();
    match tolerance {
        Tolerance::UnqualifiedMustUnderstand | Tolerance::EmptyTo => tolerated(&with_headers(HEADERS)),
        Tolerance::NoReplyTo | Tolerance::NoAction => tolerated(&with_headers("")),
        Tolerance::PaddedAddressing => tolerated(&with_headers("<a:Action>\n urn:x </a:Action>")),
        Tolerance::Soap11Root => {
            let old = with_headers(HEADERS).replace(SOAP12, "http://schemas.xmlsoap.org/soap/envelope/");
            let document = Document::parse(&old, &Limits::default()).unwrap();
            Envelope::read(&document, Soap11::Taken).unwrap().tolerated
        }
        Tolerance::SimpleMediaType => media("application/octet-stream"),
        Tolerance::UnquotedParameter => media("multipart/related; type=application/xop+xml; boundary=b"),
        Tolerance::NoPackageType => media("multipart/related; boundary=b"),
        Tolerance::BareStart => media("multipart/related; type=\"application/xop+xml\"; boundary=b; start=\"0.1\""),
        Tolerance::LineFeedOnly => packed("", "--b\nContent-Type: application/xop+xml\n\n<a/>\n--b--"),
        Tolerance::Base64Part => {
            packed("", "--b\r\n\r\n<a/>\r\n--b\r\nContent-Transfer-Encoding: BASE64\r\n\r\nQQ==\r\n--b--")
        }
        Tolerance::RootNotFirst => {
            packed("; start=\"<r>\"", "--b\r\nContent-ID: <d>\r\n\r\nx\r\n--b\r\nContent-ID: <r>\r\n\r\n<a/>\r\n--b--")
        }
        Tolerance::RootMediaType => packed("", "--b\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n--b--"),
        Tolerance::EncodedReference => document_of("<i:Include href='cid:a%40b'/>", "<a@b>"),
        Tolerance::EncodedContentId => document_of("<i:Include href='cid:a%40b'/>", "<a%40b>"),
        Tolerance::PaddedInclude => document_of("\n <i:Include href='cid:a@b'/>\n", "<a@b>"),
        Tolerance::InlineInPackage => document_of("QQ==", "<a@b>"),
    }
}

fn packed(parameters: &str, body: &str) -> Vec<Tolerance> {
    let content_type = format!("multipart/related; type=\"application/xop+xml\"; boundary=b{parameters}");
    let mut reader = Reader::new(&content_type, PackageLimits::default()).unwrap();
    reader.feed(Bytes::copy_from_slice(body.as_bytes()));
    while reader.next().unwrap().is_some() {}
    reader.finish().unwrap();
    reader.tolerated().collect()
}

fn document_of(inside: &str, content_id: &str) -> Vec<Tolerance> {
    let text = format!("<x:Document xmlns:x='{XDSB}' xmlns:i='{XOP}'>{inside}</x:Document>");
    let document = Document::parse(&text, &Limits::default()).unwrap();
    let parts = BTreeMap::from([(ContentId::parse(content_id).unwrap(), "content")]);
    let mut references = References::new(&parts);
    match xop::content_of(document.root()).unwrap() {
        Content::Part(reference) => assert_eq!(references.take(&reference), Ok(&"content")),
        Content::Inline(text) => {
            assert_eq!(text.decode().unwrap(), b"A");
            references.take_inline();
        }
    }
    references.tolerated().collect()
}

#[test]
fn every_tolerance_takes_its_example_and_reports_it() {
    for row in TABLE {
        let reported: BTreeSet<_> = example(row.tolerance).into_iter().collect();
        assert!(reported.contains(&row.tolerance), "{}: {}", row.id, row.taken);
    }
}

#[test]
fn a_message_without_deviation_reports_none() {
    let strict = "<a:Action s:mustUnderstand='true'>urn:x</a:Action><a:MessageID>urn:y</a:MessageID><a:To>http://z</a:To>\
        <a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo>";
    assert_eq!(tolerated(&with_headers(strict)), []);
    let root = "--b\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"application/soap+xml\"\r\n\
        Content-Transfer-Encoding: binary\r\nContent-ID: <0.1>\r\n\r\n<a/>\r\n--b--\r\n";
    assert_eq!(packed("; start=\"<0.1>\"; start-info=\"application/soap+xml\"", root), []);
    assert_eq!(document_of("<i:Include href='cid:a@b'/>", "<a@b>"), []);
}
