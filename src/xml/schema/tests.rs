//! The judge on a small schema of its own.

use std::sync::Arc;

use crate::xml::document::Document;
use crate::xml::limits::Limits;
use crate::xml::schema::fault::{Expected, Kind};
use crate::xml::schema::source::Sources;
use crate::xml::schema::{Schema, SchemaError};

const MAIN: &str = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns='urn:u' targetNamespace='urn:u' elementFormDefault='qualified'>
  <xs:include schemaLocation='part/type.xsd'/>
  <xs:element name='list'>
    <xs:complexType>
      <xs:sequence>
        <xs:element name='title' type='xs:string' minOccurs='0'/>
        <xs:element name='date' type='Date'/>
        <xs:element name='item' type='Item' maxOccurs='unbounded'/>
        <xs:element name='end' type='Empty' minOccurs='0'/>
      </xs:sequence>
    </xs:complexType>
  </xs:element>
</xs:schema>";

const PART: &str = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' elementFormDefault='qualified'>
  <xs:include schemaLocation='../part/empty.xsd'/>
  <xs:complexType name='Item' abstract='true'/>
  <xs:complexType name='Thing'>
    <xs:complexContent><xs:extension base='Item'>
      <xs:sequence><xs:element name='forbidden' type='Empty' minOccurs='0' maxOccurs='0'/></xs:sequence>
      <xs:attribute name='n' use='required'><xs:simpleType><xs:restriction base='xs:integer'><xs:minInclusive value='1'/></xs:restriction></xs:simpleType></xs:attribute>
      <xs:attribute name='of' fixed='a'/>
    </xs:extension></xs:complexContent>
  </xs:complexType>
  <xs:complexType name='Date'><xs:attribute name='value' type='xs:date' use='required'/></xs:complexType>
</xs:schema>";

const EMPTY: &str = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:complexType name='Empty'/></xs:schema>";

fn schema() -> Schema {
    let files = [("main.xsd", MAIN), ("part/type.xsd", PART), ("part/empty.xsd", EMPTY)];
    let sources = Sources::new(files.map(|(path, text)| (path.to_owned(), text.into()))).unwrap();
    Schema::compile(sources, "main.xsd").unwrap()
}

/// What is wrong with a document: the kind, the element, the attribute.
fn found(schema: &Schema, text: &str) -> Vec<(Kind, String, String)> {
    let document = Document::parse(text, &Limits::default()).unwrap();
    let faults = schema.faults(document.root(), 100);
    let name = |attribute: Option<(String, Option<String>)>| attribute.map_or(String::new(), |(local, _)| local);
    faults
        .into_iter()
        .map(|fault| (fault.kind, fault.node.tag_name().name().to_owned(), name(fault.attribute)))
        .collect()
}

fn list(inside: &str) -> String {
    format!("<list xmlns='urn:u' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>{inside}</list>")
}

const DATE: &str = "<date value='2026-11-25'/>";
const ITEM: &str = "<item xsi:type='Thing' n='1'/>";

#[track_caller]
fn check(inside: &str, expected: &[(Kind, &str, &str)]) {
    let expected: Vec<_> =
        expected.iter().map(|(kind, node, name)| (*kind, (*node).to_owned(), (*name).to_owned())).collect();
    assert_eq!(found(&schema(), &list(inside)), expected, "{inside}");
}

#[test]
fn a_valid_document_has_no_fault() {
    check(&format!("<title>x</title> {DATE} <!-- c --> {ITEM}<?p i?>{ITEM} <end/>"), &[]);
    check(&format!("{DATE}<x:item xmlns:x='urn:u' xmlns:y='urn:u' xsi:type='y:Thing' n='2' of='a'/>"), &[]);
}

#[test]
fn each_kind_of_fault_is_put_down_at_its_element() {
    check(&format!("{DATE}{ITEM}<more/>"), &[(Kind::Unexpected, "more", "")]);
    check(DATE, &[(Kind::Missing, "list", "")]);
    check(&format!("{DATE}x{ITEM}"), &[(Kind::Text, "list", "")]);
    check(&format!("{DATE}{ITEM}<end> </end>"), &[(Kind::Text, "end", "")]);
    check(&format!("{DATE}<item xsi:type='Thing' n='1' m='2'/>"), &[(Kind::AttributeUnknown, "item", "m")]);
    check(&format!("{DATE}<item xsi:type='Thing'/>"), &[(Kind::AttributeMissing, "item", "n")]);
    check(&format!("<date value='25/11'/>{ITEM}"), &[(Kind::Value, "date", "value")]);
    check(&format!("{DATE}<item xsi:type='Thing' n='0'/>"), &[(Kind::Value, "item", "n")]);
    check(&format!("{DATE}<item xsi:type='Thing' n='1' of='b'/>"), &[(Kind::Value, "item", "of")]);
    check(&format!("{DATE}<item xsi:type='Empty' n='1'/>"), &[(Kind::Type, "item", "type")]);
    check(&format!("{DATE}<item xsi:type='z:Thing' n='1'/>"), &[(Kind::Type, "item", "type")]);
    check(&format!("{DATE}<item n='1'/>"), &[(Kind::Type, "item", "")]);
    check(&format!("<date xsi:nil='true' value='2026-11-25'/>{ITEM}"), &[(Kind::Nil, "date", "nil")]);
}

#[test]
fn another_root_is_a_fault() {
    assert_eq!(found(&schema(), "<other/>"), [(Kind::Root, "other".to_owned(), String::new())]);
}

#[test]
fn what_may_never_occur_is_refused() {
    check(&format!("{DATE}<item xsi:type='Thing' n='1'><forbidden/></item>"), &[(Kind::Unexpected, "forbidden", "")]);
}

#[test]
fn what_comes_after_a_fault_in_the_order_is_judged_too() {
    let bad = "<item xsi:type='Thing' n='x'/>";
    check(&format!("<unknown/>{DATE}{bad}"), &[(Kind::Unexpected, "unknown", ""), (Kind::Value, "item", "n")]);
    // The date lacks: a stand-in takes its place, and nothing is told of it.
    check(&format!("<title/>{bad}<end/>"), &[(Kind::Unexpected, "item", ""), (Kind::Value, "item", "n")]);
    check(
        &format!("<a/>{DATE}<b/>{ITEM}<c/>{bad}<d/>"),
        &[
            (Kind::Unexpected, "a", ""),
            (Kind::Unexpected, "b", ""),
            (Kind::Unexpected, "c", ""),
            (Kind::Value, "item", "n"),
            (Kind::Unexpected, "d", ""),
        ],
    );
}

#[test]
fn what_was_expected_is_told() {
    let expected = |inside: &str| {
        let text = list(inside);
        let document = Document::parse(&text, &Limits::default()).unwrap();
        schema().faults(document.root(), 1).remove(0).expected
    };
    let name = |local: &str| (Some("urn:u".to_owned()), local.to_owned());
    assert_eq!(expected(ITEM), Expected::Elements(vec![name("title"), name("date")]));
    assert_eq!(expected(DATE), Expected::Elements(vec![name("item")]));
    assert_eq!(expected("<date value='x'/>"), Expected::Simple("xs:date".to_owned()));
    assert_eq!(expected(&format!("{DATE}<item xsi:type='Thing' n='1' of='b'/>")), Expected::Fixed("a".to_owned()));
    assert_eq!(expected(&format!("{DATE}<item xsi:type='Empty'/>")), Expected::Derived);
}

#[test]
fn no_more_faults_are_told_than_asked_for() {
    let text = list(&"<date value='x' y='z'/>".repeat(50));
    let document = Document::parse(&text, &Limits::default()).unwrap();
    assert_eq!(schema().faults(document.root(), 7).len(), 7);
}

#[test]
fn a_schema_that_cannot_be_compiled_says_why() {
    let compile = |files: &[(&str, &str)]| {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned().into()));
        Schema::compile(Sources::new(files).unwrap(), "main.xsd").map(|_| ()).unwrap_err()
    };
    assert_eq!(compile(&[]), SchemaError::NoSuchFile("main.xsd".to_owned()));
    let SchemaError::NotCompiled(reason) = compile(&[("main.xsd", MAIN)]) else { panic!("the include is not there") };
    assert!(reason.contains("type.xsd"), "{reason}");
    assert!(matches!(compile(&[("main.xsd", "<a/>")]), SchemaError::NotCompiled(_)));
}

#[test]
fn many_threads_share_one_schema() {
    let schema = Arc::new(schema());
    let threads: Vec<_> = (0..8)
        .map(|number| {
            let schema = Arc::clone(&schema);
            std::thread::spawn(move || {
                for round in 0..500 {
                    let broken = (round + number) % 3 == 0;
                    let item = if broken { "<item xsi:type='Thing' n='x'/>" } else { ITEM };
                    assert_eq!(found(&schema, &list(&format!("{DATE}{item}"))).len(), usize::from(broken));
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// What this file believes of libxml2's structures is what the bindings of another author say.
#[test]
fn the_structures_that_are_declared_here_are_those_of_libxml2() {
    use crate::xml::schema::libxml2::layout;
    use libxml::bindings::{_xmlError, _xmlParserInput, _xmlSAXHandler};
    use std::mem::offset_of;
    assert_eq!(layout::CHARACTERS, offset_of!(_xmlSAXHandler, characters));
    assert_eq!(layout::START_ELEMENT, offset_of!(_xmlSAXHandler, startElementNs));
    assert_eq!(layout::END_ELEMENT, offset_of!(_xmlSAXHandler, endElementNs));
    assert_eq!(layout::CODE, offset_of!(_xmlError, code));
    assert_eq!(layout::MESSAGE, offset_of!(_xmlError, message));
    assert_eq!(layout::FILENAME, offset_of!(_xmlParserInput, filename));
}
