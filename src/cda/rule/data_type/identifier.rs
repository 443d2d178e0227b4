//! II: identifiers.

use crate::cda::finding::Findings;
use crate::cda::rule::data_type::group::{Groups, key};
use crate::cda::rule::data_type::{is_null, own, typed_rules};
use crate::xml::document::Node;

typed_rules! {
    ROOT = "DT-II-1" Error "@root"
        "Un identifiant sans nullFlavor porte l'attribut root : ajoutez-le."
        "An identifier without nullFlavor has the attribute root: add it.";
    NULL_ROOT = "DT-II-2" Error "no @root beside the nullFlavor"
        "Un identifiant avec nullFlavor n'a pas de root : ôtez l'un ou l'autre."
        "An identifier with a nullFlavor has no root: remove one of them.";
    NULL_NAME = "DT-II-4" Error "no @identifierName beside the nullFlavor"
        "Ôtez identifierName de l'identifiant qui a un nullFlavor."
        "Remove identifierName from the identifier that has a nullFlavor.";
    NULL_DISPLAYABLE = "DT-II-5" Error "no @displayable beside the nullFlavor"
        "Ôtez displayable de l'identifiant qui a un nullFlavor."
        "Remove displayable from the identifier that has a nullFlavor.";
    NULL_RELIABILITY = "DT-II-6" Error "no @reliability beside the nullFlavor"
        "Ôtez reliability de l'identifiant qui a un nullFlavor."
        "Remove reliability from the identifier that has a nullFlavor.";
    NULL_AUTHORITY = "DT-II-7" Error "no @assigningAuthorityName beside the nullFlavor"
        "Ôtez assigningAuthorityName de l'identifiant qui a un nullFlavor."
        "Remove assigningAuthorityName from the identifier that has a nullFlavor.";
    LONG_ROOT = "DT-II-8" Warning "@root of at most 128 characters"
        "Raccourcissez root : plus de 128 caractères ne passent pas partout."
        "Shorten root: more than 128 characters are not taken everywhere.";
    LONG_EXTENSION = "DT-II-9" Warning "@extension of at most 64 characters"
        "Raccourcissez extension : plus de 64 caractères ne passent pas partout."
        "Shorten extension: more than 64 characters are not taken everywhere.";
    ROOT_READS = "DT-II-10" Error "@root is an OID or a UUID"
        "Donnez à root un OID (1.2.250.1…) ou un UUID (8-4-4-4-12 chiffres hexadécimaux)."
        "Set root to an OID (1.2.250.1…) or a UUID (8-4-4-4-12 hexadecimal digits).";
    RESERVED = "DT-II-10a" Error "@root is no reserved name"
        "Un mot réservé par HL7 n'identifie rien ici : donnez à root un OID ou un UUID."
        "A name reserved by HL7 identifies nothing here: set root to an OID or a UUID.";
    DISTINCT = "DT-II-12" Error "identifiers that differ"
        "Deux identifiants voisins de même nom sont égaux : gardez-en un, ou complétez extension."
        "Two sibling identifiers of one name are equal: keep one of them, or complete extension.";
}

pub(super) fn ii(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    let (null, root, extension) = (is_null(element), own(element, "root"), own(element, "extension"));
    ROOT.demand(null || root.is_some(), element, findings);
    if null {
        NULL_ROOT.demand_of(root.is_none(), element, root, findings);
        for (rule, attribute) in [
            (&NULL_NAME, "identifierName"),
            (&NULL_DISPLAYABLE, "displayable"),
            (&NULL_RELIABILITY, "reliability"),
            (&NULL_AUTHORITY, "assigningAuthorityName"),
        ] {
            let found = own(element, attribute);
            rule.demand_of(found.is_none(), element, found, findings);
        }
    }
    let short = |text: Option<&str>, most: usize| text.is_none_or(|text| text.chars().take(most + 1).count() <= most);
    LONG_ROOT.demand_of(short(root, 128), element, root, findings);
    LONG_EXTENSION.demand_of(short(extension, 64), element, extension, findings);
    if let Some(value) = root {
        ROOT_READS.demand_of(is_oid(value) || is_uuid(value), element, root, findings);
        RESERVED.demand_of(!is_ruid(value) || is_uuid(value), element, root, findings);
        let keys = |id: Node<'_, '_>| {
            let (root, extension) = (own(id, "root"), own(id, "extension"));
            [key([root]), key([root, extension])]
        };
        DISTINCT.demand_of(!groups.standing(element, "II", keys).repeated, element, root, findings);
    }
}

/// Arcs without leading zeros after a first of 0, 1 or 2.
pub(in crate::cda) fn is_oid(text: &str) -> bool {
    let mut arcs = text.split('.');
    let arc = |arc: &str| {
        !arc.is_empty() && arc.bytes().all(|digit| digit.is_ascii_digit()) && (arc == "0" || !arc.starts_with('0'))
    };
    matches!(arcs.next(), Some("0" | "1" | "2")) && arcs.all(arc)
}

/// 8-4-4-4-12 hexadecimal digits, in either case.
pub(in crate::cda) fn is_uuid(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut part = |length: usize| {
        parts.next().is_some_and(|part| part.len() == length && part.bytes().all(|digit| digit.is_ascii_hexdigit()))
    };
    let all = part(8) && part(4) && part(4) && part(4) && part(12);
    all && parts.next().is_none()
}

/// A letter, then letters, digits and hyphens.
pub(in crate::cda) fn is_ruid(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
