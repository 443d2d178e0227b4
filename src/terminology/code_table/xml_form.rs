//! The `codes.xml` form that XDS test tools of the field share.
//!
//! `Codes` holds `AssigningAuthority/@id` and one `CodeType` for each attribute, with `@name`, mostly `@classScheme`,
//! and its `Code` elements (`@code`, `@codingScheme`, `@display`; for media types `@code` alone; `@deprecated` in
//! newer files). There is no schema and no namespace; what a tool adds for itself is passed over.

use crate::datatype::oid::Oid;
use crate::terminology::code_table::{CodeList, CodeTable, Codes, Fault, TableCode};
use crate::xml::document::{Document, Node, plain_attribute};
use crate::xml::guard::Refused;
use crate::xml::limits::Limits;

/// A file of the operator may be larger than a message.
fn limits() -> Limits {
    Limits { bytes: 64 << 20, nodes: 4_000_000, ..Limits::default() }
}

/// Reads the text of a file.
///
/// # Errors
/// Every fault that was found.
pub fn read(text: &str) -> Result<CodeTable, Vec<Fault>> {
    let document = Document::parse(text, &limits()).map_err(|refused| vec![unreadable(text, &refused)])?;
    let root = document.root();
    if root.tag_name().name() != "Codes" {
        let text = format!("the root element must be Codes, found {}", root.tag_name().name());
        return Err(vec![Fault { line: line_of(root), key: None, text }]);
    }
    let mut table = CodeTable::default();
    let mut faults = Vec::new();
    for child in root.children().filter(Node::is_element) {
        match child.tag_name().name() {
            "AssigningAuthority" => match authority(child) {
                Ok(oid) => table.assigning_authorities.get_or_insert_default().push(oid),
                Err(fault) => faults.push(fault),
            },
            "CodeType" => code_type(child, &mut table, &mut faults),
            _ => {}
        }
    }
    if faults.is_empty() { Ok(table) } else { Err(faults) }
}

/// `@id`, an OID, or in the form `&OID&ISO`.
fn authority(element: Node<'_, '_>) -> Result<Oid, Fault> {
    let id = plain_attribute(element, "id").unwrap_or("").trim();
    let id = id.strip_prefix('&').and_then(|rest| rest.strip_suffix("&ISO")).unwrap_or(id);
    Oid::parse(id).map_err(|malformed| fault(element, "AssigningAuthority/@id", malformed.to_string()))
}

fn code_type(element: Node<'_, '_>, table: &mut CodeTable, faults: &mut Vec<Fault>) {
    let Some(name) = plain_attribute(element, "name").filter(|name| !name.is_empty()) else {
        faults.push(fault(element, "CodeType/@name", "the attribute is missing".to_owned()));
        return;
    };
    let simple = match name {
        "mimeType" => Some(&mut table.mime_types),
        "languageCode" => Some(&mut table.languages),
        _ => None,
    };
    let mut codes = Codes::default();
    let mut words = Vec::new();
    for code in element.children().filter(|child| child.is_element() && child.tag_name().name() == "Code") {
        let attribute = |local| plain_attribute(code, local).map(str::trim).filter(|value| !value.is_empty());
        let (value, scheme) = (attribute("code"), attribute("codingScheme"));
        match (value, scheme) {
            (None, _) => faults.push(fault(code, &format!("{name}/Code/@code"), "the attribute is missing".to_owned())),
            (Some(value), _) if simple.is_some() => words.push(value.to_ascii_lowercase()),
            (Some(_), None) => {
                faults.push(fault(code, &format!("{name}/Code/@codingScheme"), "the attribute is missing".to_owned()));
            }
            (Some(value), Some(scheme)) => codes.add(TableCode {
                value: value.to_owned(),
                scheme: scheme.to_owned(),
                display: attribute("display").unwrap_or("").to_owned(),
                retired: attribute("deprecated") == Some("true"),
            }),
        }
    }
    match simple {
        Some(list) => list.get_or_insert_default().extend(words),
        None => table.lists.push(CodeList {
            name: name.to_owned(),
            class_scheme: plain_attribute(element, "classScheme").filter(|uuid| !uuid.is_empty()).map(str::to_owned),
            line: line_of(element),
            codes,
        }),
    }
}

fn fault(element: Node<'_, '_>, key: &str, text: String) -> Fault {
    Fault { line: line_of(element), key: Some(key.to_owned()), text }
}

fn line_of(node: Node<'_, '_>) -> usize {
    usize::try_from(node.document().text_pos_at(node.range().start).row).unwrap_or(usize::MAX)
}

fn unreadable(text: &str, refused: &Refused) -> Fault {
    let offset = match refused {
        Refused::Malformed { offset, .. } | Refused::Limit { offset, .. } => *offset,
        Refused::NotUtf8 | Refused::Version | Refused::Doctype => 0,
    };
    let line = text.get(..offset).map_or(1, |before| before.matches('\n').count() + 1);
    Fault { line, key: None, text: refused.to_string() }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::datatype::code::Code;
    use crate::terminology::code_table::Lookup;

    const GOOD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Codes>
    <AssigningAuthority id="1.3.6.1.4.1.21367.2005.13.20.1000"/>
    <CodeType name="classCode" classScheme="urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a">
        <Code code="REPORTS" display="Reports" codingScheme="1.3.6.1.4.1.19376.1.2.6.1"/>
        <Code code="OLD" display="Retired" codingScheme="1.3.6.1.4.1.19376.1.2.6.1" deprecated="true"/>
    </CodeType>
    <CodeType name="mimeType">
        <Code code="text/XML" ext="xml"/>
    </CodeType>
    <SomethingOfATool/>
</Codes>"#;

    #[test]
    fn a_file_of_the_field_is_read() {
        let table = read(GOOD).unwrap();
        assert_eq!(table.mime_types.as_deref(), Some(&["text/xml".to_owned()][..]));
        assert_eq!(table.languages, None);
        assert_eq!(table.assigning_authorities.unwrap().len(), 1);
        let list = &table.lists[0];
        assert_eq!((list.name.as_str(), list.line, list.codes.len()), ("classCode", 4, 2));
        let look_up = |code: &str| list.codes.look_up(&Code::new(code, "1.3.6.1.4.1.19376.1.2.6.1"));
        assert!(matches!(look_up("REPORTS"), Lookup::Found(found) if !found.retired && found.display == "Reports"));
        assert!(matches!(look_up("OLD"), Lookup::Found(found) if found.retired));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_all_at_once() {
        let wrong = "<Codes>\n<AssigningAuthority id='x'/>\n<CodeType/>\n<CodeType name='typeCode'>\n<Code code='1'/>\n\
                     <Code codingScheme='2'/>\n</CodeType></Codes>";
        let faults: Vec<String> = read(wrong).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 4, "{faults:?}");
        assert!(faults[0].starts_with("line 2, AssigningAuthority/@id: "), "{faults:?}");
        assert_eq!(faults[1], "line 3, CodeType/@name: the attribute is missing");
        assert_eq!(faults[2], "line 5, typeCode/Code/@codingScheme: the attribute is missing");
        assert_eq!(faults[3], "line 6, typeCode/Code/@code: the attribute is missing");
    }

    #[test]
    fn a_file_passes_the_guard_first() {
        let entity = "<!DOCTYPE Codes [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><Codes>&x;</Codes>";
        assert_eq!(read(entity).unwrap_err()[0].to_string(), "line 1: a DOCTYPE is never taken");
        assert!(read("<Codes>\n<CodeType>\n</Codes>").unwrap_err()[0].to_string().starts_with("line "));
        assert!(read("<codes/>").unwrap_err()[0].text.contains("must be Codes, found codes"));
    }
}
