//! What the volet says of a header and no official check asks: told as warnings. Spec: ANS Structuration minimale 1.16.

use crate::cda::finding::Findings;
use crate::cda::rule::data_type::Moment;
use crate::cda::rule::data_type::identifier::is_oid;
use crate::cda::rule::header::special::FLAVORS;
use crate::cda::rule::{Rule, Severity};
use crate::xml::document::{Node, child, children, is, plain_attribute};
use crate::xml::namespace::HL7V3;

/// Signs of a title. Spec: ANS Structuration minimale, title.
const LONGEST_TITLE: usize = 128;

static TITLE: Rule = Rule::declared(
    "SV01",
    Severity::Warning,
    "Raccourcissez le titre à 128 caractères au plus.",
    "Shorten the title to at most 128 characters.",
    "ANS Structuration minimale, title",
);

static TIME: Rule = Rule::declared(
    "SV02",
    Severity::Warning,
    "Donnez la date de création à la seconde, avec le décalage horaire : aaaammjjhhmmss+0100.",
    "Give the date of creation to the second, with its offset: yyyymmddhhmmss+0100.",
    "ANS Structuration minimale, effectiveTime",
);

static VERSION: Rule = Rule::declared(
    "SV03",
    Severity::Warning,
    "Comptez les versions à partir de 1.",
    "Count versions from 1.",
    "ANS Structuration minimale, versionNumber",
);

static LANGUAGE: Rule = Rule::declared(
    "SV04",
    Severity::Warning,
    "Écrivez la langue comme fr-FR, en respectant la casse, sans rien d'autre.",
    "Write the language as fr-FR, in this case, and nothing else.",
    "ANS Structuration minimale, languageCode",
);

static FLAVOR: Rule = Rule::declared(
    "SV05",
    Severity::Warning,
    "N'utilisez dans l'en-tête que les nullFlavor UNK, NASK, ASKU, NAV et MSK.",
    "Use only the nullFlavors UNK, NASK, ASKU, NAV and MSK in the header.",
    "ANS Structuration minimale, nullFlavor",
);

static IDENTIFIER: Rule = Rule::declared(
    "SV06",
    Severity::Warning,
    "Identifiez le document par un OID dans root seul : le DMP en fait son uniqueId et ne prend pas d'extension.",
    "Identify the document by an OID in root alone: the DMP makes its uniqueId of it and takes no extension.",
    "ANS Structuration minimale, id; DMP, uniqueId",
);

/// Every rule of this file.
pub(super) static RULES: &[&Rule] = &[&TITLE, &TIME, &VERSION, &LANGUAGE, &FLAVOR, &IDENTIFIER];

/// Tells what of the volet's text a header breaks.
pub(super) fn check(document: Node<'_, '_>, findings: &mut Findings<'_>) {
    for element in document.children().filter(Node::is_element) {
        if !is(element, HL7V3, "component") {
            flavors(element, findings);
        }
    }
    if let Some(title) = child(document, HL7V3, "title") {
        let signs = title.descendants().filter(Node::is_text).filter_map(|text| text.text()).flat_map(str::chars);
        if signs.take(LONGEST_TITLE + 1).count() > LONGEST_TITLE {
            findings.tell(&TITLE, title, title.text(), "at most 128 characters");
        }
    }
    let value = |name, attribute| {
        let element = child(document, HL7V3, name)?;
        plain_attribute(element, attribute).map(|value| (element, value))
    };
    if let Some((element, stated)) = value("effectiveTime", "value").filter(|(_, value)| !is_whole(value)) {
        findings.tell(&TIME, element, Some(stated), "yyyymmddhhmmss and an offset");
    }
    if let Some((element, stated)) = value("versionNumber", "value").filter(|(_, value)| is_below_one(value)) {
        findings.tell(&VERSION, element, Some(stated), "a number from 1");
    }
    if let Some((element, stated)) = value("languageCode", "code").filter(|(_, value)| !is_tag(value)) {
        findings.tell(&LANGUAGE, element, Some(stated), "such as fr-FR");
    }
    for id in children(document, HL7V3, "id") {
        let (root, extension) = (plain_attribute(id, "root"), plain_attribute(id, "extension"));
        if extension.is_some() || root.is_some_and(|root| !is_oid(root)) {
            findings.tell(&IDENTIFIER, id, extension.or(root), "an OID in @root, and no @extension");
        }
    }
}

fn flavors(element: Node<'_, '_>, findings: &mut Findings<'_>) {
    for inner in element.descendants().filter(Node::is_element) {
        if let Some(flavor) = plain_attribute(inner, "nullFlavor").filter(|flavor| !FLAVORS.contains(flavor)) {
            findings.tell(&FLAVOR, inner, Some(flavor), "UNK, NASK, ASKU, NAV or MSK");
        }
    }
}

/// To the second, with an offset of four digits.
fn is_whole(value: &str) -> bool {
    let (base, offset) = value.find(['+', '-']).map_or((value, ""), |at| value.split_at(at));
    let digits = base.split('.').next().unwrap_or("").len();
    digits == 14 && offset.len() == 5 && Moment::read(value).is_some()
}

/// A number that is none is told by another rule.
fn is_below_one(value: &str) -> bool {
    value.parse::<i64>().is_ok_and(|number| number < 1)
}

fn is_tag(code: &str) -> bool {
    let (language, country) = code.split_once('-').unwrap_or((code, ""));
    language.len() == 2
        && country.len() == 2
        && language.bytes().all(|letter| letter.is_ascii_lowercase())
        && country.bytes().all(|letter| letter.is_ascii_uppercase())
}
