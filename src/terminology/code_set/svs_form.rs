//! The XML in which the NOS is published: the answer of "Retrieve Value Set". Spec: IHE ITI-48 (SVS).

use crate::terminology::code_set::{CodeSet, Concept};
use crate::terminology::code_table::Fault;
use crate::xml::document::{Document, Node, child, children, is, plain_attribute};
use crate::xml::limits::Limits;
use crate::xml::location::Location;

const SVS: &str = "urn:ihe:iti:svs:2008";

/// Reads the sets of a text.
///
/// # Errors
/// Every fault that was found.
pub fn read(text: &str) -> Result<Vec<CodeSet>, Vec<Fault>> {
    let limits = Limits { bytes: 64 << 20, nodes: 4_000_000, ..Limits::default() };
    let document = Document::parse(text, &limits)
        .map_err(|refused| vec![Fault { line: 1, key: None, text: refused.to_string() }])?;
    let root = document.root();
    if !is(root, SVS, "RetrieveValueSetResponse") {
        return Err(vec![fault(root, None, "the root element must be svs:RetrieveValueSetResponse")]);
    }
    let (mut sets, mut faults) = (Vec::new(), Vec::new());
    for element in children(root, SVS, "ValueSet") {
        match value_set(element) {
            Ok(set) => sets.push(set),
            Err(more) => faults.extend(more),
        }
    }
    if sets.is_empty() && faults.is_empty() {
        faults.push(fault(root, None, "there is no svs:ValueSet"));
    }
    if faults.is_empty() { Ok(sets) } else { Err(faults) }
}

fn value_set(element: Node<'_, '_>) -> Result<CodeSet, Vec<Fault>> {
    let Some(oid) = plain_attribute(element, "id") else {
        return Err(vec![fault(element, Some("ValueSet/@id"), "the attribute is missing")]);
    };
    let name = plain_attribute(element, "displayName").unwrap_or(oid);
    let name = name.strip_suffix(".tabs").unwrap_or(name);
    let list = child(element, SVS, "ConceptList");
    let concepts = list.into_iter().flat_map(|list| children(list, SVS, "Concept"));
    let (mut members, mut faults) = (Vec::new(), Vec::new());
    for concept in concepts {
        let own = |key| plain_attribute(concept, key).map(str::trim).filter(|value| !value.is_empty());
        match own("code") {
            Some(code) => members.push(Concept {
                code: code.to_owned(),
                system: own("codeSystem").unwrap_or("?").to_owned(),
                label: own("displayName").unwrap_or("").to_owned(),
            }),
            None => faults.push(fault(concept, Some("Concept/@code"), "the attribute is missing or empty")),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut set = CodeSet::new(oid.to_owned(), name.to_owned(), members);
    plain_attribute(element, "urlFichier").unwrap_or("").clone_into(&mut set.source);
    set.date = date(plain_attribute(element, "dateMaj").or_else(|| plain_attribute(element, "revisionDate")));
    Ok(set)
}

/// `20210326120000` or `2021-03-26T12:00:00` as `2021-03-26`.
fn date(stated: Option<&str>) -> String {
    let digits: String = stated.unwrap_or("").chars().filter(char::is_ascii_digit).take(8).collect();
    match (digits.get(..4), digits.get(4..6), digits.get(6..8)) {
        (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        _ => String::new(),
    }
}

fn fault(node: Node<'_, '_>, key: Option<&str>, text: &str) -> Fault {
    let line = usize::try_from(Location::of(node).line).unwrap_or(usize::MAX);
    Fault { line, key: key.map(str::to_owned), text: text.to_owned() }
}
