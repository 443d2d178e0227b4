//! The demands of the header that a line of the table cannot say, each by the name it has there.

use crate::xml::document::{Node, child, children, is, plain_attribute};
use crate::xml::namespace::HL7V3;

/// Roots of an INS: NIR, NIA, and those for tests and demonstrations. Spec: ANS, list of OIDs.
const INS: [&str; 4] = ["1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9", "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"];

/// The templates of a document of level 1: HL7 France, Structuration minimale, XDS-SD.
const LEVEL_ONE: [&str; 3] = ["2.16.840.1.113883.2.8.2.1", "1.2.250.1.213.1.1.1.1", XDS_SD];
const XDS_SD: &str = "1.3.6.1.4.1.19376.1.2.20";

/// Prefixes of a telecommunication address. Spec: ANS Structuration minimale, telecom.
const SCHEMES: [&str; 6] = ["tel", "fax", "mailto", "http", "ftp", "mllp"];

/// The nullFlavors that a header may use. Spec: ANS Structuration minimale §2.
pub(super) const FLAVORS: [&str; 5] = ["UNK", "NASK", "ASKU", "NAV", "MSK"];

/// A demand in code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Special {
    NoChild,
    MainPerformer,
    MainTime,
    LevelOneTemplates,
    LevelOneTemplate,
    Ins,
    GivenQualifier,
    FamilyQualifier,
    GuardianFamily,
    RootAndExtension,
    CodeOrNull,
    EventPerformer,
    EventTime,
    Language,
    TelecomValue,
    TelecomOne,
}

/// Name in the table, demand, what is expected, help in French and in English.
type Row = (&'static str, Special, &'static str, &'static str, &'static str);

const ROWS: [Row; 16] = [
    (
        "no-child",
        Special::NoChild,
        "no element inside",
        "Ôtez les éléments qui sont dans la date : elle tient dans l'attribut value.",
        "Remove the elements inside the date: it stands in the attribute value.",
    ),
    (
        "main-performer",
        Special::MainPerformer,
        "exactly 1 performer in the first documentationOf/serviceEvent",
        "Donnez exactement un performer à l'acte principal, celui du premier documentationOf.",
        "Give the main act, that of the first documentationOf, exactly one performer.",
    ),
    (
        "main-time",
        Special::MainTime,
        "exactly 1 effectiveTime in the first documentationOf/serviceEvent",
        "Donnez exactement un effectiveTime à l'acte principal, celui du premier documentationOf.",
        "Give the main act, that of the first documentationOf, exactly one effectiveTime.",
    ),
    (
        "level-one-templates",
        Special::LevelOneTemplates,
        "a structuredBody, or a nonXMLBody and exactly the templateIds 2.16.840.1.113883.2.8.2.1, 1.2.250.1.213.1.1.1.1 and 1.3.6.1.4.1.19376.1.2.20",
        "Un document non structuré a exactement trois templateId : HL7 France, Structuration minimale et XDS-SD (1.3.6.1.4.1.19376.1.2.20), sans celui d'un volet.",
        "An unstructured document has exactly three templateIds: HL7 France, Structuration minimale and XDS-SD (1.3.6.1.4.1.19376.1.2.20), none of a volet.",
    ),
    (
        "level-one-template",
        Special::LevelOneTemplate,
        "the templateId 1.3.6.1.4.1.19376.1.2.20 beside a nonXMLBody",
        "Ajoutez le templateId 1.3.6.1.4.1.19376.1.2.20 (XDS-SD) au document non structuré.",
        "Add the templateId 1.3.6.1.4.1.19376.1.2.20 (XDS-SD) to the unstructured document.",
    ),
    (
        "ins",
        Special::Ins,
        "with an INS: a family and a given with qualifier BR, a given without qualifier, birthTime, birthplace/place/addr/county and administrativeGenderCode/@code; without an INS: an id with extension",
        "Avec une INS, donnez ses traits : nom de naissance (family BR), premier prénom (given BR), liste des prénoms (given sans qualifier), date, lieu de naissance (code COG dans county) et sexe ; sans INS, un id avec extension.",
        "With an INS give its traits: birth name (family BR), first given name (given BR), list of given names (given without qualifier), date and place of birth (COG code in county) and gender; without one, an id with extension.",
    ),
    (
        "given-qualifier",
        Special::GivenQualifier,
        "given with qualifier BR or CL, or without",
        "Donnez au prénom du patient le qualifier BR (premier prénom de naissance) ou CL (prénom utilisé), ou aucun (liste des prénoms).",
        "Give the given name of the patient the qualifier BR (first birth name) or CL (name in use), or none (list of given names).",
    ),
    (
        "family-qualifier",
        Special::FamilyQualifier,
        "family with qualifier BR or CL",
        "Donnez au nom du patient le qualifier BR (nom de naissance) ou CL (nom utilisé).",
        "Give the family name of the patient the qualifier BR (birth name) or CL (name in use).",
    ),
    (
        "guardian-family",
        Special::GuardianFamily,
        "a family of the patient with qualifier BR, SP or CL",
        "Donnez au patient lui-même un nom avec le qualifier BR, SP ou CL.",
        "Give the patient himself a family name with the qualifier BR, SP or CL.",
    ),
    (
        "root-and-extension",
        Special::RootAndExtension,
        "@root and @extension, or a nullFlavor",
        "Donnez root et extension, ou un nullFlavor.",
        "Give root and extension, or a nullFlavor.",
    ),
    (
        "code-or-null",
        Special::CodeOrNull,
        "@code and @codeSystem, or a nullFlavor without them",
        "Donnez code et codeSystem, ou un nullFlavor seul.",
        "Give code and codeSystem, or a nullFlavor alone.",
    ),
    (
        "event-performer",
        Special::EventPerformer,
        "a performer in a serviceEvent of the document",
        "Donnez un performer à l'acte principal.",
        "Give the main act a performer.",
    ),
    (
        "event-time",
        Special::EventTime,
        "an effectiveTime in a serviceEvent that has a performer",
        "Donnez un effectiveTime à l'acte principal, celui qui a un performer.",
        "Give the main act, that which has a performer, an effectiveTime.",
    ),
    (
        "language",
        Special::Language,
        "@code such as fr-FR",
        "Donnez à la langue la forme fr-FR : deux minuscules, un tiret, deux majuscules.",
        "Give the language the form fr-FR: two lower case letters, a hyphen, two upper case letters.",
    ),
    (
        "telecom-value",
        Special::TelecomValue,
        "@value as tel:, fax:, mailto:, http:, ftp: or mllp: and an address; or only a nullFlavor UNK, NASK, ASKU, NAV or MSK",
        "Écrivez value avec son préfixe (tel:, fax:, mailto:, http:, ftp: ou mllp:), ou ne gardez qu'un nullFlavor UNK, NASK, ASKU, NAV ou MSK.",
        "Write value with its prefix (tel:, fax:, mailto:, http:, ftp: or mllp:), or keep nothing but a nullFlavor UNK, NASK, ASKU, NAV or MSK.",
    ),
    (
        "telecom-one",
        Special::TelecomOne,
        "either @value or @nullFlavor",
        "Donnez value ou nullFlavor, et un seul des deux.",
        "Give value or nullFlavor, and only one of them.",
    ),
];

impl Special {
    pub(super) fn named(name: &str) -> Option<Self> {
        ROWS.iter().find(|(known, ..)| *known == name).map(|(_, special, ..)| *special)
    }

    /// Name, what is expected, help in French and in English.
    pub(super) fn words(self) -> (&'static str, &'static str, &'static str, &'static str) {
        let row = ROWS.iter().find(|(_, special, ..)| *special == self);
        row.map_or(("", "", "", ""), |(name, _, expected, fr, en)| (*name, *expected, *fr, *en))
    }

    /// What of the element is quoted when the demand is not met.
    pub(super) fn quoted<'a>(self, element: Node<'a, '_>) -> Option<&'a str> {
        match self {
            Self::Language => plain_attribute(element, "code"),
            Self::TelecomValue | Self::TelecomOne => plain_attribute(element, "value"),
            Self::NoChild
            | Self::MainPerformer
            | Self::MainTime
            | Self::LevelOneTemplates
            | Self::LevelOneTemplate
            | Self::Ins
            | Self::GivenQualifier
            | Self::FamilyQualifier
            | Self::GuardianFamily
            | Self::RootAndExtension
            | Self::CodeOrNull
            | Self::EventPerformer
            | Self::EventTime => None,
        }
    }

    /// Whether it looks at its element alone, and not at the whole document.
    pub(super) fn is_of_element(self) -> bool {
        match self {
            Self::NoChild
            | Self::RootAndExtension
            | Self::CodeOrNull
            | Self::Language
            | Self::TelecomValue
            | Self::TelecomOne => true,
            Self::MainPerformer
            | Self::MainTime
            | Self::LevelOneTemplates
            | Self::LevelOneTemplate
            | Self::Ins
            | Self::GivenQualifier
            | Self::FamilyQualifier
            | Self::GuardianFamily
            | Self::EventPerformer
            | Self::EventTime => false,
        }
    }

    /// Whether the demand is met at an element of a `ClinicalDocument`.
    pub(super) fn is_met(self, element: Node<'_, '_>, document: Node<'_, '_>) -> bool {
        let own = |attribute: &str| plain_attribute(element, attribute);
        match self {
            Self::NoChild => !element.children().any(|child| child.is_element()),
            Self::MainPerformer => main_acts(document, "performer") == 1,
            Self::MainTime => main_acts(document, "effectiveTime") == 1,
            Self::LevelOneTemplates => level_one_templates(document),
            Self::LevelOneTemplate => !has_body(document, "nonXMLBody") || has_template(document, XDS_SD),
            Self::Ins => ins(document),
            Self::GivenQualifier => !names(document, "given").any(|given| !is_birth_or_used(given)),
            Self::FamilyQualifier => !names(document, "family").any(|family| !is_birth_or_used(family)),
            Self::GuardianFamily => {
                names(document, "family").any(|name| matches!(qualifier(name), Some("BR" | "SP" | "CL")))
            }
            Self::RootAndExtension => {
                (own("root").is_some() && own("extension").is_some()) || own("nullFlavor").is_some()
            }
            Self::CodeOrNull => {
                let (code, system, null) =
                    (own("code").is_some(), own("codeSystem").is_some(), own("nullFlavor").is_some());
                if null { !code && !system } else { code && system }
            }
            Self::EventPerformer => events(document).any(|event| has_any(event, "performer")),
            Self::EventTime => {
                events(document).any(|event| has_any(event, "performer") && has_any(event, "effectiveTime"))
            }
            Self::Language => own("code").is_none_or(is_language),
            Self::TelecomValue => telecom_value(element),
            Self::TelecomOne => own("value").is_some() != own("nullFlavor").is_some(),
        }
    }
}

/// How many of a kind the acts of the first documentationOf have.
fn main_acts(document: Node<'_, '_>, local: &'static str) -> usize {
    let acts = child(document, HL7V3, "documentationOf").into_iter().flat_map(|of| children(of, HL7V3, "serviceEvent"));
    acts.map(|act| children(act, HL7V3, local).count()).sum()
}

/// The acts of a document, whatever their namespace: so look the two demands on the documentationOf.
fn events<'a, 'i>(document: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    any(document, "documentationOf").flat_map(|of| any(of, "serviceEvent"))
}

fn any<'a, 'i>(parent: Node<'a, 'i>, local: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    parent.children().filter(move |child| child.is_element() && child.tag_name().name() == local)
}

fn has_any(parent: Node<'_, '_>, local: &'static str) -> bool {
    any(parent, local).next().is_some()
}

fn has_body(document: Node<'_, '_>, local: &'static str) -> bool {
    children(document, HL7V3, "component").any(|component| child(component, HL7V3, local).is_some())
}

fn has_template(document: Node<'_, '_>, root: &str) -> bool {
    children(document, HL7V3, "templateId").any(|template| plain_attribute(template, "root") == Some(root))
}

fn level_one_templates(document: Node<'_, '_>) -> bool {
    has_body(document, "structuredBody")
        || (has_body(document, "nonXMLBody")
            && children(document, HL7V3, "templateId").count() == LEVEL_ONE.len()
            && LEVEL_ONE.into_iter().all(|root| has_template(document, root)))
}

/// The patient's roles. Demands on the patient look for him in the whole document: one that stands in the wrong place is told
/// by other rules.
fn roles<'a, 'i>(document: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    let stray = child(document, HL7V3, "recordTarget").is_none();
    let elsewhere = stray.then(|| document.descendants().filter(|inner| is(*inner, HL7V3, "recordTarget")));
    let targets = children(document, HL7V3, "recordTarget").chain(elsewhere.into_iter().flatten());
    targets.flat_map(|target| children(target, HL7V3, "patientRole"))
}

fn patients<'a, 'i>(document: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    roles(document).flat_map(|role| children(role, HL7V3, "patient"))
}

/// Parts of the names of the patient.
fn names<'a, 'i>(document: Node<'a, 'i>, part: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    patients(document)
        .flat_map(|patient| children(patient, HL7V3, "name"))
        .flat_map(move |name| children(name, HL7V3, part))
}

fn qualifier<'a>(part: Node<'a, '_>) -> Option<&'a str> {
    plain_attribute(part, "qualifier")
}

fn is_birth_or_used(part: Node<'_, '_>) -> bool {
    qualifier(part).is_none_or(|value| matches!(value, "BR" | "CL"))
}

/// What an identity of the national service has to carry; any other identity needs no more than an id.
fn ins(document: Node<'_, '_>) -> bool {
    let ids = || roles(document).flat_map(|role| children(role, HL7V3, "id"));
    let is_ins = |id: Node<'_, '_>| plain_attribute(id, "root").is_some_and(|root| INS.contains(&root));
    if !ids().any(is_ins) && ids().any(|id| plain_attribute(id, "extension").is_some()) {
        return true;
    }
    let of = |local: &'static str| patients(document).flat_map(move |patient| children(patient, HL7V3, local));
    let counties = of("birthplace")
        .flat_map(|birthplace| children(birthplace, HL7V3, "place"))
        .flat_map(|place| children(place, HL7V3, "addr"))
        .flat_map(|addr| children(addr, HL7V3, "county"));
    names(document, "family").any(|family| qualifier(family) == Some("BR"))
        && names(document, "given").any(|given| qualifier(given) == Some("BR"))
        && names(document, "given").any(|given| qualifier(given).is_none())
        && of("birthTime").next().is_some()
        && counties.count() > 0
        && of("administrativeGenderCode").any(|gender| plain_attribute(gender, "code").is_some())
}

/// Contains two lower case letters, a hyphen and two upper case letters.
fn is_language(code: &str) -> bool {
    code.as_bytes().windows(5).any(|part| match part {
        [a, b, b'-', c, d] => {
            a.is_ascii_lowercase() && b.is_ascii_lowercase() && c.is_ascii_uppercase() && d.is_ascii_uppercase()
        }
        _ => false,
    })
}

fn telecom_value(element: Node<'_, '_>) -> bool {
    let mut attributes = element.attributes();
    let alone = match (attributes.next(), attributes.next()) {
        (Some(only), None) => {
            only.namespace().is_none() && only.name() == "nullFlavor" && FLAVORS.contains(&only.value())
        }
        _ => false,
    };
    let prefixed = plain_attribute(element, "value")
        .and_then(|value| value.split_once(':'))
        .is_some_and(|(scheme, rest)| !rest.is_empty() && SCHEMES.contains(&scheme));
    alone || prefixed
}

#[cfg(test)]
mod tests {
    use super::is_language;

    #[test]
    fn a_language_holds_two_lower_case_letters_a_hyphen_and_two_upper_case_letters() {
        assert!(is_language("fr-FR") && is_language("xfr-FRx"));
        assert!(!is_language("fr-fr") && !is_language("FR") && !is_language("") && !is_language("fr_FR"));
    }
}
