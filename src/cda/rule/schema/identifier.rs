//! Identifiers within a document: each is there once, and what is referred to is there.
//!
//! Spec: XML Schema part 2, 3.3.8 to 3.3.10 (ID, IDREF, IDREFS), 3.16.4 of part 1. A schema gives these types to attributes of
//! the narrative, of sections, of `observationMedia` and of `regionOfInterest`; libxml2, told a document as events, looks at
//! their spelling alone.

use std::collections::HashSet;

use crate::cda::finding::Findings;
use crate::cda::rule::{Rule, Severity};
use crate::xml::document::{Node, plain_attribute};
use crate::xml::namespace::HL7V3;

pub(super) static UNIQUE: Rule = Rule::declared(
    "CDA-XSD-09",
    Severity::Error,
    "Un attribut ID ne porte qu'une fois la même valeur dans le document : donner à cet élément un identifiant à lui.",
    "A value of an ID attribute occurs once in a document: give this element an identifier of its own.",
    "CDA R2 NarrativeBlock.xsd, XML Schema 3.3.8 (xs:ID)",
);

pub(super) static RESOLVED: Rule = Rule::declared(
    "CDA-XSD-10",
    Severity::Error,
    "Une référence interne (IDREF, referencedObject, headers) doit désigner l'attribut ID d'un élément du même document.",
    "An internal reference (IDREF, referencedObject, headers) must name the ID attribute of an element of the same document.",
    "CDA R2 NarrativeBlock.xsd, XML Schema 3.3.9 (xs:IDREF)",
);

/// Attributes that refer, by the element that has them.
const REFERENCES: &[(&str, &str)] =
    &[("footnoteRef", "IDREF"), ("renderMultiMedia", "referencedObject"), ("td", "headers"), ("th", "headers")];

/// Tells what is wrong with identifiers; answers whether nothing is.
pub(super) fn check(document: Node<'_, '_>, findings: &mut Findings<'_>) -> bool {
    let mut known = HashSet::new();
    let mut referring = Vec::new();
    let mut well = true;
    for element in assessed(document) {
        if let Some(id) = plain_attribute(element, "ID").map(str::trim)
            && !known.insert(id)
        {
            findings.tell_attribute(&UNIQUE, element, (None, "ID"), Some(id), "a value that no other ID has");
            well = false;
        }
        let name = element.tag_name().name();
        for (_, attribute) in REFERENCES.iter().filter(|(referrer, _)| *referrer == name) {
            if let Some(ids) = plain_attribute(element, attribute) {
                referring.push((element, *attribute, ids));
            }
        }
    }
    for (element, attribute, ids) in referring {
        for id in ids.split_ascii_whitespace().filter(|id| !known.contains(id)) {
            findings.tell_attribute(
                &RESOLVED,
                element,
                (None, attribute),
                Some(id),
                "the ID of an element of this document",
            );
            well = false;
        }
    }
    well
}

/// The elements that the schema of HL7 assesses: what stands inside an element of another namespace has no such attribute, nor
/// has what the schema passes over.
fn assessed<'a, 'input>(document: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    let mut next = Some(document);
    std::iter::from_fn(move || {
        let here = next?;
        let inside = here.first_element_child().and_then(|child| first_assessed(Some(child)));
        next = inside.or_else(|| {
            let mut up = here.ancestors().take_while(|ancestor| *ancestor != document);
            up.find_map(|ancestor| first_assessed(ancestor.next_sibling_element()))
        });
        Some(here)
    })
}

/// The first of an element and its later siblings that is assessed.
fn first_assessed<'a, 'input>(mut element: Option<Node<'a, 'input>>) -> Option<Node<'a, 'input>> {
    while let Some(here) = element {
        let name = here.tag_name();
        // `participantRole/functionCode` may hold anything.
        let passed_over = name.name() == "functionCode"
            && here.parent_element().is_some_and(|parent| parent.tag_name().name() == "participantRole");
        if name.namespace() == Some(HL7V3) && !passed_over {
            return Some(here);
        }
        element = here.next_sibling_element();
    }
    None
}
