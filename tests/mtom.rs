//! MIME packages and XOP, without the wire. Spec: RFC 2046, RFC 2387, RFC 2392, XOP 1.0, ITI TF-2: V.3.6.

use std::collections::BTreeMap;

use bytes::Bytes;
use dmp_gateway::soap::mtom::content_id::ContentId;
use dmp_gateway::soap::mtom::media_type::{MediaType, Packaging};
use dmp_gateway::soap::mtom::package::{Event, Limits, PackageError, PartHeader, Reader};
use dmp_gateway::soap::mtom::refusal::Class;
use dmp_gateway::soap::mtom::writer::Writer;
use dmp_gateway::soap::mtom::xop::{Content, References, XopError, content_of};
use dmp_gateway::xml::document::Document;
use dmp_gateway::xml::limits::Limits as XmlLimits;
use proptest::prelude::*;
use uuid::Uuid;

const TYPE: &str = "multipart/related; boundary=\"b1\"; type=\"application/xop+xml\"; start=\"<0.1>\"; \
    start-info=\"application/soap+xml\"; action=\"urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b\"";
const ROOT: &str = "Content-Type: application/xop+xml; charset=UTF-8; type=\"application/soap+xml\"\r\n\
    Content-Transfer-Encoding: binary\r\nContent-ID: <0.1>\r\n\r\n<a/>";

type Part = (PartHeader, Vec<u8>);

/// Reads a message given in chunks.
fn read_chunks(content_type: &str, limits: Limits, chunks: &[&[u8]]) -> Result<Vec<Part>, PackageError> {
    let mut reader = Reader::new(content_type, limits)?;
    let mut parts: Vec<Part> = Vec::new();
    let mut open = false;
    let mut ended = false;
    for chunk in chunks {
        reader.feed(Bytes::copy_from_slice(chunk));
        while let Some(event) = reader.next()? {
            assert!(!ended, "{event:?} after the end");
            match event {
                Event::PartStart(header) => {
                    assert!(!std::mem::replace(&mut open, true));
                    parts.push((header, Vec::new()));
                }
                Event::Data(octets) => {
                    assert!(open && !octets.is_empty());
                    parts.last_mut().unwrap().1.extend_from_slice(&octets);
                }
                Event::PartEnd => assert!(std::mem::replace(&mut open, false)),
                Event::End => ended = true,
            }
        }
    }
    reader.finish().map(|()| parts)
}

fn read(body: &str) -> Result<Vec<Part>, PackageError> {
    read_chunks(TYPE, Limits::default(), &[body.as_bytes()])
}

fn contents(parts: &[Part]) -> Vec<&[u8]> {
    parts.iter().map(|(_, content)| content.as_slice()).collect()
}

fn with_part(headers_and_content: &str) -> String {
    format!("--b1\r\n{ROOT}\r\n--b1\r\n{headers_and_content}\r\n--b1--\r\n")
}

#[test]
fn a_package_is_read_part_by_part() {
    let parts =
        read(&with_part("Content-ID: <0.2>\r\nContent-Type: application/octet-stream\r\n\r\none\r\ntwo\r\n")).unwrap();
    assert_eq!(contents(&parts), [&b"<a/>"[..], b"one\r\ntwo\r\n"]);
    assert!(parts[0].0.is_root && !parts[1].0.is_root);
    assert_eq!(parts[1].0.content_id, ContentId::parse("0.2"));
    assert_eq!(parts[1].0.content_type, "application/octet-stream");
}

#[test]
fn headers_are_found_whatever_their_case_folding_and_padding() {
    let parts =
        read(&with_part("content-id :\t<0.2>\r\nCONTENT-TYPE: text/xml;\r\n charset=Cp1252;\r\n\tname=x\r\n\r\nx"))
            .unwrap();
    assert_eq!(parts[1].0.content_type, "text/xml; charset=Cp1252; name=x");
    assert_eq!(parts[1].0.content_id, ContentId::parse("0.2"));
}

#[test]
fn debugging_a_part_shows_no_file_name() {
    let parts =
        read(&with_part("Content-Type: text/xml; name=\"MARTIN.xml\"\r\nContent-ID: <MARTIN>\r\n\r\nx")).unwrap();
    assert_eq!(format!("{:?}", parts[1].0), "PartHeader(text/xml, Identity, root: false)");
    let shown = format!("{:?}", MediaType::parse(&parts[1].0.content_type).unwrap());
    assert_eq!(shown, "MediaType(text/xml)");
}

#[test]
fn a_preamble_and_an_epilogue_are_passed_over() {
    let body = format!("This is a package.\r\n{}\r\n--b1\r\nnot a part", with_part("Content-ID: <2>\r\n\r\nx"));
    assert_eq!(contents(&read(&body).unwrap()), [&b"<a/>"[..], b"x"]);
    let long = format!("{}\r\n{}", "x".repeat(20_000), with_part("\r\nx"));
    assert!(matches!(read(&long), Err(PackageError::Limit { limit: 16_384, .. })));
}

#[test]
fn parts_may_be_empty() {
    for empty in ["Content-ID: <2>\r\n\r\n", "\r\n", "Content-ID: <2>\r\n"] {
        assert_eq!(contents(&read(&with_part(empty)).unwrap()), [&b"<a/>"[..], b""], "{empty:?}");
    }
}

#[test]
fn line_ends_of_lf_alone_are_taken_and_then_a_cr_is_content() {
    let body = "--b1\nContent-ID: <0.1>\n\n<a/>\n--b1\nContent-ID: <2>\n\nends in CR\r\n--b1--\n";
    assert_eq!(contents(&read(body).unwrap()), [&b"<a/>"[..], b"ends in CR\r"]);
}

#[test]
fn base64_is_decoded_and_other_encodings_are_as_they_are() {
    for name in ["base64", "BASE64", "Base64"] {
        let parts = read(&with_part(&format!("Content-Transfer-Encoding: {name}\r\n\r\nSGVs\r\nbG8=\r\n"))).unwrap();
        assert_eq!(contents(&parts)[1], b"Hello");
    }
    for name in ["binary", "8bit", "7BIT", ""] {
        let parts = read(&with_part(&format!("Content-Transfer-Encoding: {name}\r\n\r\nSGVs"))).unwrap();
        assert_eq!(contents(&parts)[1], b"SGVs");
    }
}

#[test]
fn the_root_is_the_part_that_start_names_else_the_first() {
    let document_first = format!("--b1\r\nContent-ID: <0.2>\r\n\r\nx\r\n--b1\r\n{ROOT}\r\n--b1--");
    let roots = |content_type: &str| -> Vec<bool> {
        let parts = read_chunks(content_type, Limits::default(), &[document_first.as_bytes()]).unwrap();
        parts.iter().map(|(header, _)| header.is_root).collect()
    };
    assert_eq!(roots(TYPE), [false, true]);
    assert_eq!(roots(&TYPE.replace("<0.1>", "0.1")), [false, true]);
    assert_eq!(roots("multipart/related; boundary=b1"), [true, false]);
    let elsewhere = TYPE.replace("<0.1>", "<9.9>");
    let refused = read_chunks(&elsewhere, Limits::default(), &[document_first.as_bytes()]);
    assert_eq!(refused, Err(PackageError::NoRoot));
}

#[test]
fn what_is_malformed_is_refused_by_name() {
    let cases = [
        (with_part("Content-ID <2>\r\n\r\nx"), PackageError::Header { part: 2 }),
        (with_part(": x\r\n\r\nx"), PackageError::Header { part: 2 }),
        (with_part("Content-ID: <a b>\r\n\r\nx"), PackageError::Header { part: 2 }),
        (with_part("Content-ID: <a>\r\nContent-ID: <b>\r\n\r\nx"), PackageError::DuplicateHeader { part: 2 }),
        (with_part("Content-ID: <0.1>\r\n\r\nx"), PackageError::DuplicateContentId { part: 2 }),
        (with_part("Content-Transfer-Encoding: quoted-printable\r\n\r\nx"), PackageError::TransferEncoding { part: 2 }),
        (with_part("Content-Transfer-Encoding: x-uuencode\r\n\r\nx"), PackageError::TransferEncoding { part: 2 }),
        (with_part("Content-Encoding: gzip\r\n\r\nx"), PackageError::ContentEncoding { part: 2 }),
        (with_part("Content-Transfer-Encoding: base64\r\n\r\nSG!s"), PackageError::Base64 { part: 2 }),
        (with_part("Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8"), PackageError::Base64 { part: 2 }),
        (with_part("\r\nx\r\n--b1x\r\ny"), PackageError::Delimiter),
        (with_part("\r\nx\r\n--b1-\r\ny"), PackageError::Delimiter),
        (with_part("\r\nx\r\n--b1 - \r\ny"), PackageError::Delimiter),
        ("--b1--".to_owned(), PackageError::NoRoot),
        (
            format!("--b1\r\n{}\r\n--b1--", ROOT.replace("application/xop+xml", "application/pdf")),
            PackageError::RootMediaType,
        ),
        (format!("--b1\r\n{}\r\n--b1--", ROOT.replace("UTF-8", "ISO-8859-1")), PackageError::Charset),
    ];
    let rules: std::collections::BTreeSet<&str> = cases.iter().map(|(_, error)| error.rule().id).collect();
    assert!(rules.iter().eq(["MTOM-01", "MTOM-02", "MTOM-03", "MTOM-04", "MTOM-05", "MTOM-06"].iter()), "{rules:?}");
    for (body, expected) in cases {
        assert_eq!(read(&body), Err(expected.clone()), "{body}");
        let fault = expected.fault();
        assert_eq!(fault.detail.unwrap().rule, expected.rule().id);
        assert!(fault.reason_fr.ends_with('.') && fault.reason_en.ends_with('.'));
    }
}

#[test]
fn a_package_cut_anywhere_is_not_complete() {
    let whole = with_part("Content-ID: <0.2>\r\n\r\ndocument");
    let end = whole.rfind("--\r\n").unwrap() + 2;
    for length in 0..end {
        assert_eq!(read(&whole[..length]), Err(PackageError::NotClosed), "{}", &whole[..length]);
    }
    assert!(read(&whole[..end]).is_ok());
}

#[test]
fn the_content_type_decides_or_refuses() {
    let packaging = |value: &str| MediaType::parse(value).map(|media_type| media_type.packaging());
    for simple in [
        "application/soap+xml",
        "application/soap+xml; charset=utf-8; action=\"urn:x\"",
        "APPLICATION/SOAP+XML;charset=\"UTF-8\"",
        "application/octet-stream",
        "text/xml",
        "application/xml",
    ] {
        assert_eq!(packaging(simple), Some(Ok(Packaging::Simple)), "{simple}");
    }
    for package in [TYPE, "multipart/related; boundary=b", "Multipart/Related;type=application/xop+xml;boundary=b"] {
        assert_eq!(packaging(package), Some(Ok(Packaging::Package)), "{package}");
    }
    for other in
        ["multipart/form-data; boundary=b", "multipart/related; type=\"text/html\"; boundary=b", "application/json"]
    {
        assert_eq!(packaging(other), Some(Err(PackageError::MediaType)), "{other}");
    }
    assert_eq!(packaging("application/soap+xml; charset=ISO-8859-15"), Some(Err(PackageError::Charset)));
    assert_eq!(PackageError::MediaType.class(), Class::MediaType);
}

#[test]
fn a_boundary_has_1_to_70_visible_characters() {
    let refused = |boundary: &str| {
        let content_type = format!("multipart/related; boundary=\"{boundary}\"");
        Reader::new(&content_type, Limits::default()).err()
    };
    assert_eq!(refused("a"), None);
    assert_eq!(refused(&"a".repeat(70)), None);
    assert_eq!(refused("----=_Part 1:'()+_,-./=?"), None);
    for boundary in ["", &"a".repeat(71), "a ", "é", "a\nb"] {
        assert_eq!(refused(boundary), Some(PackageError::Boundary), "{boundary:?}");
    }
    let none = Reader::new("multipart/related; type=\"application/xop+xml\"", Limits::default());
    assert_eq!(none.err(), Some(PackageError::Boundary));
    assert_eq!(Reader::new("application/soap+xml", Limits::default()).err(), Some(PackageError::MediaType));
    assert_eq!(Reader::new("multipart/related; boundary", Limits::default()).err(), Some(PackageError::MediaType));
}

#[test]
fn each_limit_is_named_with_its_value() {
    let body = with_part("Content-ID: <0.2>\r\n\r\ndocument");
    let refused = |limits: Limits| match read_chunks(TYPE, limits, &[body.as_bytes()]) {
        Err(PackageError::Limit { what, limit }) => (what, limit),
        other => panic!("{other:?}"),
    };
    let all = Limits::default();
    let size = body.len() as u64;
    assert_eq!(refused(Limits { message_bytes: size - 1, ..all }), ("message size", size - 1));
    assert_eq!(refused(Limits { root_bytes: 3, ..all }), ("root part size", 3));
    assert_eq!(refused(Limits { parts: 1, ..all }), ("number of parts", 1));
    assert_eq!(refused(Limits { header_bytes: 100, ..all }), ("octets of part headers", 100));
    let exact = Limits { message_bytes: size, root_bytes: 4, parts: 2, header_bytes: 200 };
    assert!(read_chunks(TYPE, exact, &[body.as_bytes()]).is_ok());
    let fault = PackageError::Limit { what: "number of parts", limit: 1 }.fault();
    assert!(fault.reason_en.contains("number of parts over the limit of 1"));
    assert_eq!(PackageError::Limit { what: "x", limit: 1 }.class(), Class::TooLarge);
}

#[test]
fn a_refused_package_stays_refused() {
    let mut reader = Reader::new(TYPE, Limits::default()).unwrap();
    reader.feed(Bytes::from_static(b"--b1x"));
    assert_eq!(reader.next(), Err(PackageError::Delimiter));
    reader.feed(Bytes::from_static(b"--b1\r\n\r\n"));
    assert_eq!(reader.next(), Err(PackageError::Delimiter));
    assert_eq!(reader.finish(), Err(PackageError::Delimiter));
}

#[test]
fn content_is_handed_out_without_copy() {
    let mut reader = Reader::new("multipart/related; boundary=b1", Limits::default()).unwrap();
    let chunk = Bytes::from(format!("--b1\r\n\r\n{}\r\n--b1--", "x".repeat(100_000)));
    let range = chunk.as_ptr_range();
    reader.feed(chunk.clone());
    let mut lengths = Vec::new();
    while let Some(event) = reader.next().unwrap() {
        if let Event::Data(octets) = event {
            assert!(range.contains(&octets.as_ptr()));
            lengths.push(octets.len());
        }
    }
    assert_eq!(lengths, [100_000]);
}

/// Pieces that look like delimiters, line ends, or anything.
fn octets() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\r\n".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"--".to_vec()),
        Just(b"\r\n--bo".to_vec()),
        Just(b"\n--bound".to_vec()),
        Just(b"bound".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..20),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_content_in_any_chunks_comes_out_whole(
        documents in proptest::collection::vec(octets(), 1..5),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..30),
        line_feed_only in any::<bool>(),
    ) {
        let boundary = b"boundary!";
        let holds = |content: &[u8]| memchr::memmem::find(&[b"\n", content].concat(), b"\n--boundary!").is_some();
        prop_assume!(!documents.iter().any(|content| holds(content)));
        let end: &[u8] = if line_feed_only { b"\n" } else { b"\r\n" };
        let mut body = Vec::new();
        for (number, content) in documents.iter().enumerate() {
            let id = format!("Content-ID: <{number}>");
            body.extend([b"--", &boundary[..], end, id.as_bytes(), end, end, content, end].concat());
        }
        body.extend([b"--", &boundary[..], b"--", end].concat());
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len())).collect();
        cuts.extend([0, body.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &body[pair[0]..pair[1]]).collect();
        let parts = read_chunks("multipart/related; boundary=\"boundary!\"", Limits::default(), &chunks).unwrap();
        prop_assert_eq!(contents(&parts), documents.iter().map(Vec::as_slice).collect::<Vec<_>>());
    }

    #[test]
    fn any_octets_are_read_or_refused(body in octets(), size in 1_usize..7) {
        let chunks: Vec<&[u8]> = body.chunks(size).collect();
        let whole = [&b"--bound\r\n\r\n"[..], &body].concat();
        let at_once = read_chunks("multipart/related; boundary=bound", Limits::default(), &[&whole]);
        let pieces: Vec<&[u8]> = std::iter::once(&b"--bound\r\n\r\n"[..]).chain(chunks).collect();
        prop_assert_eq!(read_chunks("multipart/related; boundary=bound", Limits::default(), &pieces), at_once);
    }
}

fn content<T>(inside: &str, look: impl FnOnce(Result<Content<'_>, XopError>) -> T) -> T {
    let text = format!("<Document xmlns:i='http://www.w3.org/2004/08/xop/include'>{inside}</Document>");
    look(content_of(Document::parse(&text, &XmlLimits::default()).unwrap().root()))
}

#[test]
fn an_element_holds_a_reference_or_base64() {
    content("<i:Include href='cid:a%40b'/>", |found| {
        let Ok(Content::Part(reference)) = found else { panic!() };
        assert_eq!(reference.content_id().as_str(), "a@b");
    });
    content(" SGVs\n bG8= ", |found| {
        let Ok(Content::Inline(text)) = found else { panic!() };
        assert_eq!(text.decode().unwrap(), b"Hello");
        assert!(text.most_octets() >= 5);
        assert!(!format!("{text:?}").contains("SGVs"));
    });
    for (inside, rule) in [
        ("<i:Include/>", "XOP-01"),
        ("<i:Include href='http://evil/'/>", "XOP-01"),
        ("<i:Include href='cid:'/>", "XOP-01"),
        ("SGVs<i:Include href='cid:a'/>", "XOP-01"),
        ("<i:Include href='cid:a'/><i:Include href='cid:b'/>", "XOP-01"),
        ("<Include href='cid:a'/>", "XOP-01"),
        ("SG<!-- x -->Vs", "XOP-01"),
    ] {
        let error = content(inside, |found| found.map(|_| ()).unwrap_err());
        let detail = error.fault().detail.unwrap();
        assert_eq!(detail.rule, rule, "{inside}");
        assert!(detail.xpath.unwrap().starts_with("/Document"));
    }
}

#[test]
fn each_part_is_referenced_once_and_strays_are_told() {
    let id = |text: &str| ContentId::parse(text).unwrap();
    let parts = BTreeMap::from([(id("a"), 1), (id("stray"), 2)]);
    let mut references = References::new(&parts);
    let mut take = |href: &str| {
        content(&format!("<i:Include href='{href}'/>"), |found| match found.unwrap() {
            Content::Part(reference) => references.take(&reference).copied(),
            Content::Inline(_) => panic!(),
        })
    };
    assert_eq!(take("cid:a"), Ok(1));
    assert_eq!(take("cid:%61"), Err(XopError::ReferencedTwice(id("a"))));
    assert_eq!(take("cid:A"), Err(XopError::Missing(id("A"))));
    assert_eq!(references.unreferenced().collect::<Vec<_>>(), [&id("stray")]);
    assert_eq!(XopError::ReferencedTwice(id("a")).fault().detail.unwrap().rule, "XOP-02");
    assert_eq!(XopError::Missing(id("a")).fault().detail.unwrap().rule, "XOP-03");
}

#[test]
fn what_we_write_we_read() {
    let writer = Writer::new(Uuid::from_u128(7));
    let mut out = Vec::new();
    writer.root(&mut out);
    out.extend_from_slice(b"<a/>");
    for (number, document) in [(1, &b"one"[..]), (2, b"")] {
        writer.part(&mut out, number, "application/octet-stream");
        out.extend_from_slice(document);
    }
    writer.close(&mut out);
    let parts = read_chunks(&writer.content_type("urn:x"), Limits::default(), &[&out]).unwrap();
    assert_eq!(contents(&parts), [&b"<a/>"[..], b"one", b""]);
    assert!(parts[0].0.is_root);
    assert_eq!(parts[1].0.content_id, Some(writer.content_id(1)));
    assert_eq!(
        writer.content_id(1).reference(),
        "cid:00000000-0000-0000-0000-000000000007-1@urn%3Aihe%3Aiti%3Axds-b%3A2007"
    );
}
