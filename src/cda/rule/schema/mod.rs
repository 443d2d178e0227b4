//! What the schema finds, as findings that say how to mend it.
//!
//! Spec: HL7 CDA R2 with the extensions of the French profile. [`crate::xml::schema`] judges; this room gives each kind of fault a
//! rule, and asks what a schema cannot say to libxml2 ([`identifier`]). The schema is the gateway's own ([`embedded`]) or the
//! operator's.

use std::borrow::Cow;

pub(crate) mod embedded;
mod identifier;

use crate::cda::finding::Findings;
use crate::cda::report::SchemaVerdict;
use crate::cda::rule::{Rule, Severity};
use crate::xml::document::Node;
use crate::xml::namespace::{DICOM_PS3_20, HL7V3, IHE_LAB, IHE_PHARM, SDTC, XSI};
use crate::xml::schema::Schema;
use crate::xml::schema::fault::{Expected, Fault, Kind};

const SPEC: &str = "HL7 CDA R2 (CDA.xsd, extensions sdtc, lab, pharm, ps3-20)";

static UNEXPECTED: Rule = Rule::declared(
    "CDA-XSD-01",
    Severity::Error,
    "Cet élément n'est pas admis à cet endroit : le supprimer, ou le placer dans l'ordre du schéma.",
    "This element may not stand here: remove it, or put it in the order of the schema.",
    SPEC,
);
static MISSING: Rule = Rule::declared(
    "CDA-XSD-02",
    Severity::Error,
    "Il manque à cet élément un élément enfant obligatoire : l'ajouter.",
    "This element lacks a child element that it must have: add it.",
    SPEC,
);
static TEXT: Rule = Rule::declared(
    "CDA-XSD-03",
    Severity::Error,
    "Cet élément ne contient pas de texte (ni même d'espace s'il doit être vide) : le retirer, ou le porter dans l'attribut prévu.",
    "This element holds no text (nor even a blank when it must be empty): take it out, or put it into the attribute meant for it.",
    SPEC,
);
static ATTRIBUTE_UNKNOWN: Rule = Rule::declared(
    "CDA-XSD-04",
    Severity::Error,
    "Cet attribut n'existe pas sur cet élément : vérifier son nom, ou le retirer.",
    "This element has no such attribute: check its name, or remove it.",
    SPEC,
);
static ATTRIBUTE_MISSING: Rule = Rule::declared(
    "CDA-XSD-05",
    Severity::Error,
    "Il manque à cet élément un attribut obligatoire : l'ajouter.",
    "This element lacks an attribute that it must have: add it.",
    SPEC,
);
static VALUE: Rule = Rule::declared(
    "CDA-XSD-06",
    Severity::Error,
    "La valeur n'est pas du type attendu : la corriger, ou retirer l'attribut s'il est facultatif.",
    "The value is not of the type that is expected: mend it, or remove the attribute if it is optional.",
    SPEC,
);
static TYPE: Rule = Rule::declared(
    "CDA-XSD-07",
    Severity::Error,
    "L'attribut xsi:type doit nommer un type HL7 dérivé de celui de l'élément ; il est obligatoire quand le type déclaré est abstrait (value).",
    "xsi:type must name an HL7 type derived from that of the element; it is required where the declared type is abstract (value).",
    "HL7 CDA R2 datatypes.xsd, XML Schema 3.3.4 (xsi:type)",
);
static NIL: Rule = Rule::declared(
    "CDA-XSD-08",
    Severity::Error,
    "xsi:nil n'est pas admis ici : utiliser nullFlavor pour une information absente.",
    "xsi:nil may not stand here: say with nullFlavor that an information is absent.",
    "XML Schema 3.3.4 (xsi:nil)",
);
static OTHER: Rule = Rule::declared(
    "CDA-XSD-11",
    Severity::Error,
    "Le schéma CDA n'admet pas cet élément tel qu'il est.",
    "The CDA schema does not take this element as it is.",
    SPEC,
);
static NO_VERDICT: Rule = Rule::declared(
    "CDA-XSD-12",
    Severity::Error,
    "Le schéma n'a pas pu être appliqué : le document n'est pas accepté ; prévenir l'exploitant du service.",
    "The schema could not be applied: the document is not taken; tell the operator of the service.",
    SPEC,
);

/// Every rule of this room.
pub(crate) static RULES: &[&Rule] = &[
    &UNEXPECTED,
    &MISSING,
    &TEXT,
    &ATTRIBUTE_UNKNOWN,
    &ATTRIBUTE_MISSING,
    &VALUE,
    &TYPE,
    &NIL,
    &identifier::UNIQUE,
    &identifier::RESOLVED,
    &OTHER,
    &NO_VERDICT,
];

/// Judges a `ClinicalDocument` by a schema; nothing when no schema could be compiled, and then there is no verdict but a refusal.
pub(crate) fn check(
    schema: Option<&Schema>,
    document: Node<'_, '_>,
    most: usize,
    findings: &mut Findings<'_>,
) -> SchemaVerdict {
    let Some(schema) = schema else {
        findings.tell(&NO_VERDICT, document, None, "a schema");
        return SchemaVerdict::Invalid;
    };
    let faults = schema.faults(document, most.max(1));
    for fault in &faults {
        tell(fault, findings);
    }
    let identified = identifier::check(document, findings);
    if faults.is_empty() && identified { SchemaVerdict::Valid } else { SchemaVerdict::Invalid }
}

fn tell(fault: &Fault<'_, '_>, findings: &mut Findings<'_>) {
    let rule = match fault.kind {
        Kind::Unexpected => &UNEXPECTED,
        Kind::Missing => &MISSING,
        Kind::Text => &TEXT,
        Kind::AttributeUnknown => &ATTRIBUTE_UNKNOWN,
        Kind::AttributeMissing => &ATTRIBUTE_MISSING,
        Kind::Value => &VALUE,
        Kind::Type => &TYPE,
        Kind::Nil => &NIL,
        Kind::Root | Kind::Other => &OTHER,
        Kind::Internal => &NO_VERDICT,
    };
    let node = fault.node;
    let expected = expected_of(fault);
    let written = fault.attribute.as_ref().and_then(|(local, namespace)| {
        node.attributes().find(|own| own.name() == local && own.namespace() == namespace.as_deref())
    });
    match (written, fault.kind) {
        (Some(attribute), _) => {
            let name = (attribute.namespace(), attribute.name());
            findings.tell_attribute(rule, node, name, Some(attribute.value()), expected);
        }
        (None, Kind::Unexpected | Kind::Root) => {
            let name = node.tag_name();
            findings.tell(rule, node, Some(&prefixed(name.namespace(), name.name())), expected);
        }
        (None, Kind::Text) => {
            let own = node.children().find_map(|child| child.text().filter(|_| child.is_text()));
            findings.tell(rule, node, own, expected);
        }
        (None, _) => findings.tell(rule, node, None, expected),
    }
}

/// A name as people write it: the prefixes that everybody uses, none for CDA itself.
fn prefixed<'n>(namespace: Option<&str>, local: &'n str) -> Cow<'n, str> {
    let known = [(SDTC, "sdtc"), (IHE_PHARM, "pharm"), (IHE_LAB, "lab"), (DICOM_PS3_20, "ps3-20"), (XSI, "xsi")];
    match namespace {
        None | Some(HL7V3) => Cow::Borrowed(local),
        Some(namespace) => match known.iter().find(|(uri, _)| *uri == namespace) {
            Some((_, prefix)) => Cow::Owned(format!("{prefix}:{local}")),
            None => Cow::Owned(format!("{{{namespace}}}{local}")),
        },
    }
}

fn expected_of(fault: &Fault<'_, '_>) -> Cow<'static, str> {
    let words: String = match (&fault.expected, fault.kind) {
        (Expected::Elements(names), _) => {
            let names: Vec<_> = names.iter().map(|(namespace, local)| prefixed(namespace.as_deref(), local)).collect();
            let of = if names.len() > 1 { "one of: " } else { "" };
            format!("{of}{}", names.join(", "))
        }
        (Expected::OneOf(values), _) => format!("one of: {}", values.join(", ")),
        (Expected::Pattern(pattern), _) => match PATTERNS.iter().find(|(tail, _)| pattern.ends_with(tail)) {
            Some((_, words)) => return Cow::Borrowed(words),
            None => format!("a value of the pattern {pattern}"),
        },
        (Expected::Simple(name), _) => match SIMPLE.iter().find(|(known, _)| known == name) {
            Some((_, words)) => return Cow::Borrowed(words),
            None => format!("a value of the type {name}"),
        },
        (Expected::Fixed(value), _) => format!("exactly {value}"),
        (Expected::NotEmpty, _) => return Cow::Borrowed("a value that is not empty"),
        (Expected::Derived, _) => return Cow::Borrowed("a type derived from that of the element"),
        (Expected::Untold, Kind::AttributeMissing) => {
            let name = fault.attribute.as_ref().map(|(local, namespace)| prefixed(namespace.as_deref(), local));
            format!("the attribute {}", name.unwrap_or_default())
        }
        (Expected::Untold, Kind::Unexpected | Kind::AttributeUnknown) => return Cow::Borrowed("nothing more"),
        (Expected::Untold, Kind::Missing) => return Cow::Borrowed("a child element"),
        (Expected::Untold, Kind::Text) => return Cow::Borrowed("no text"),
        (Expected::Untold, Kind::Type) => return Cow::Borrowed("xsi:type with the name of a type"),
        (Expected::Untold, Kind::Nil) => return Cow::Borrowed("no xsi:nil"),
        (Expected::Untold, Kind::Value | Kind::Root | Kind::Other) => return Cow::Borrowed("what the schema declares"),
        (Expected::Untold, Kind::Internal) => return Cow::Borrowed("a verdict"),
    };
    Cow::Owned(words)
}

const DATE: &str = "a date and time as YYYYMMDDhhmmss, from YYYY on, with an offset as +0100 after the hour";

/// How the last pattern of a type ends, which is the one that libxml2 tells, and the type in words.
const PATTERNS: &[(&str, &str)] = &[
    (r"[^\s]+", "a code: not empty, no blank in it"),
    (r"[0-9]{14}\.[0-9]+([+\-][0-9]{1,4})?", DATE),
    (r"[0-9]{14,14}\.[0-9]+)([+\-][0-9]{1,4})?", DATE),
    (r"[+\-]?[0-9]+", "an integer"),
    (r"\+?0*[1-9][0-9]*", "an integer from 1 on"),
    (r"-?INF|NaN", "a number"),
    (r".*[0-9.]", "a number from 0 to 1"),
    (r"(#([^#%]|%[0-9A-Fa-f][0-9A-Fa-f])*)?", "a URI"),
    (r"[AQgw]\s*=\s*=)?", "base64"),
];

/// Simple types of the schema in words.
const SIMPLE: &[(&str, &str)] = &[
    ("bl", "true or false"),
    ("bn", "true or false"),
    ("bin", "base64"),
    ("int", "an integer"),
    ("int_pos", "an integer from 1 on"),
    ("list_int", "integers with blanks between them"),
    ("real", "a number"),
    ("probability", "a number from 0 to 1"),
    ("uid", "an OID, a UUID, or a name of letters, digits and hyphens"),
    ("url", "a URI"),
    ("xs:ID", "a name that begins with a letter, without blanks and colons"),
    ("xs:IDREF", "the ID of an element"),
    ("xs:IDREFS", "the IDs of elements, with blanks between them"),
    ("StrucDoc.references", "the IDs of elements, with blanks between them"),
    ("StrucDoc.words", "words with blanks between them"),
    ("xs:NMTOKEN", "a word without blanks"),
    ("xs:NMTOKENS", "words with blanks between them"),
    ("xs:boolean", "true or false"),
];

#[cfg(test)]
mod tests;
