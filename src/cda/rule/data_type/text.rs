//! BIN, ED, ST, SC and ADXP: bytes and texts.

use crate::cda::finding::Findings;
use crate::cda::rule::data_type::{elements, has, has_text, is_null, named, others, own, typed_rules};
use crate::xml::document::Node;

typed_rules! {
    CONTENT = "DT-BIN-1" Error "content or a nullFlavor"
        "Donnez un contenu à l'élément, ou un nullFlavor qui dit pourquoi il n'en a pas."
        "Give the element content, or a nullFlavor that says why it has none.";
    ALGORITHM = "DT-ED-2" Error "@integrityCheckAlgorithm beside @integrityCheck"
        "Ajoutez integrityCheckAlgorithm."
        "Add integrityCheckAlgorithm.";
    THUMBNAIL_NULL = "DT-ED-3" Error "a thumbnail without nullFlavor, or without reference"
        "Ôtez de thumbnail le nullFlavor ou la référence."
        "Remove the nullFlavor or the reference from thumbnail.";
    THUMBNAIL_NESTED = "DT-ED-4" Error "a thumbnail without thumbnail"
        "Ôtez le thumbnail qui est dans un thumbnail."
        "Remove the thumbnail inside a thumbnail.";
    COMPRESSION = "DT-ED-5" Error "@compression on B64 content or a reference only"
        "Ôtez compression : il ne vaut que pour un contenu B64 ou une référence."
        "Remove compression: it is for B64 content or a reference only.";
    VALUE_MEDIA = "DT-ED-6" Error "@mediaType text/plain beside @value"
        "Donnez à mediaType la valeur text/plain, ou ôtez value."
        "Set mediaType to text/plain, or remove value.";
    HISTORY = "DT-ED-7" Error "no validTimeLow, validTimeHigh or updateMode"
        "Ôtez validTimeLow, validTimeHigh et updateMode de reference et de thumbnail."
        "Remove validTimeLow, validTimeHigh and updateMode from reference and thumbnail.";
    CHARSET = "DT-ED-8" Error "no @charset beside @value"
        "Ôtez charset."
        "Remove charset.";
    TRANSLATION = "DT-ED-9" Error "no translation without thumbnail"
        "Ôtez translation de ce texte."
        "Remove translation from this text.";
    NULL_MEDIA = "DT-ED-10" Error "no @mediaType beside the nullFlavor"
        "Ôtez mediaType de l'élément qui a un nullFlavor."
        "Remove mediaType from the element that has a nullFlavor.";
    NULL_CHARSET = "DT-ED-11" Error "no @charset beside the nullFlavor"
        "Ôtez charset de l'élément qui a un nullFlavor."
        "Remove charset from the element that has a nullFlavor.";
    NULL_LANGUAGE = "DT-ED-12" Error "no @language beside the nullFlavor"
        "Ôtez language de l'élément qui a un nullFlavor."
        "Remove language from the element that has a nullFlavor.";
    NULL_COMPRESSION = "DT-ED-13" Error "no @compression beside the nullFlavor"
        "Ôtez compression de l'élément qui a un nullFlavor."
        "Remove compression from the element that has a nullFlavor.";
    NULL_CHECK = "DT-ED-14" Error "no @integrityCheck beside the nullFlavor"
        "Ôtez integrityCheck de l'élément qui a un nullFlavor."
        "Remove integrityCheck from the element that has a nullFlavor.";
    NULL_ALGORITHM = "DT-ED-15" Error "no @integrityCheckAlgorithm beside the nullFlavor"
        "Ôtez integrityCheckAlgorithm de l'élément qui a un nullFlavor."
        "Remove integrityCheckAlgorithm from the element that has a nullFlavor.";
    NULL_THUMBNAIL = "DT-ED-16" Error "no thumbnail beside the nullFlavor"
        "Ôtez thumbnail de l'élément qui a un nullFlavor."
        "Remove thumbnail from the element that has a nullFlavor.";
    NULL_TRANSLATION = "DT-ED-17" Error "no translation beside the nullFlavor"
        "Ôtez translation de l'élément qui a un nullFlavor."
        "Remove translation from the element that has a nullFlavor.";
    LANGUAGE = "DT-ED-18" Error "@language such as fr-FR"
        "Donnez à language la forme fr-FR."
        "Give language the form fr-FR.";
    NO_REFERENCE = "DT-ST-3" Error "no reference"
        "Écrivez le texte même : ôtez reference."
        "Write the text itself: remove reference.";
    NO_THUMBNAIL = "DT-ST-4" Error "no thumbnail"
        "Ôtez thumbnail de ce texte."
        "Remove thumbnail from this text.";
    REPRESENTATION = "DT-ST-5" Error "@representation TXT, or none"
        "Ôtez representation, ou donnez-lui la valeur TXT."
        "Remove representation, or set it to TXT.";
    MEDIA = "DT-ST-6" Error "@mediaType text/plain, or none"
        "Ôtez mediaType, ou donnez-lui la valeur text/plain."
        "Remove mediaType, or set it to text/plain.";
    NO_COMPRESSION = "DT-ST-7" Error "no @compression"
        "Ôtez compression de ce texte."
        "Remove compression from this text.";
    NO_CHECK = "DT-ST-8" Error "no @integrityCheck"
        "Ôtez integrityCheck de ce texte."
        "Remove integrityCheck from this text.";
    NO_ALGORITHM = "DT-ST-9" Error "no @integrityCheckAlgorithm"
        "Ôtez integrityCheckAlgorithm de ce texte."
        "Remove integrityCheckAlgorithm from this text.";
    SYSTEM = "DT-SC-2" Error "@codeSystem beside @code"
        "Ajoutez codeSystem, l'OID de la nomenclature du code."
        "Add codeSystem, the OID of the system of the code.";
    SYSTEM_NAME = "DT-SC-3" Error "@codeSystem beside @codeSystemName"
        "Ajoutez codeSystem : codeSystemName seul n'identifie pas la nomenclature."
        "Add codeSystem: codeSystemName alone does not identify the system.";
    SYSTEM_VERSION = "DT-SC-4" Error "@codeSystem beside @codeSystemVersion"
        "Ajoutez codeSystem : codeSystemVersion seul n'identifie pas la nomenclature."
        "Add codeSystem: codeSystemVersion alone does not identify the system.";
    LABEL = "DT-SC-5" Error "@code beside @displayName"
        "Ajoutez le code que displayName nomme, ou ôtez displayName."
        "Add the code that displayName names, or remove displayName.";
    NULL_CODE = "DT-SC-6" Error "no @code beside the nullFlavor"
        "Ôtez le nullFlavor ou le code."
        "Remove the nullFlavor or the code.";
    NULL_LABEL = "DT-SC-7" Error "no @displayName beside the nullFlavor"
        "Ôtez le nullFlavor ou displayName."
        "Remove the nullFlavor or displayName.";
    PART_DISTINCT = "DT-ADXP-1" Error "parts that differ"
        "Deux parties voisines de même nom ont le même texte : gardez-en une."
        "Two sibling parts of one name have the same text: keep one of them.";
}

pub(super) fn bin(element: Node<'_, '_>, findings: &mut Findings<'_>) {
    let content = is_null(element) || elements(element).next().is_some() || has_text(element);
    CONTENT.demand(content, element, findings);
}

pub(super) fn ed(element: Node<'_, '_>, findings: &mut Findings<'_>) {
    bin(element, findings);
    let it = |attribute: &str| own(element, attribute);
    ALGORITHM.demand(it("integrityCheck").is_none() || it("integrityCheckAlgorithm").is_some(), element, findings);
    VALUE_MEDIA.demand(
        it("value").is_none() || it("mediaType").is_none_or(|media| media == "text/plain"),
        element,
        findings,
    );
    let is_xml = |child: Node<'_, '_>| child.tag_name().name() == "xml" && child.tag_name().namespace().is_none();
    let outside = it("value").is_some() || elements(element).any(is_xml);
    CHARSET.demand(!outside || it("charset").is_none(), element, findings);
    let binary = || {
        let refers = named(element, "reference").any(|reference| own(reference, "value").is_some());
        refers || (it("representation") == Some("B64") && element.children().any(|child| child.is_text()))
    };
    COMPRESSION.demand_of(it("compression").is_none() || binary(), element, it("compression"), findings);
    LANGUAGE.demand_of(it("language").is_none_or(is_language), element, it("language"), findings);
    if is_null(element) {
        beside_null(element, findings);
    }
    if elements(element).next().is_some() {
        inside(element, findings);
    }
}

/// What stands in an ED.
fn inside(element: Node<'_, '_>, findings: &mut Findings<'_>) {
    let thumbnails = || named(element, "thumbnail");
    let none = thumbnails().next().is_none();
    let some = |fits: fn(Node<'_, '_>) -> bool| thumbnails().any(fits);
    THUMBNAIL_NULL.demand(none || some(|own| !(is_null(own) && has(own, "reference"))), element, findings);
    THUMBNAIL_NESTED.demand(none || some(|own| !has(own, "thumbnail")), element, findings);
    let dated = named(element, "reference").chain(thumbnails()).any(|child| {
        ["validTimeLow", "validTimeHigh", "updateMode"].into_iter().any(|name| own(child, name).is_some())
    });
    HISTORY.demand(!dated, element, findings);
    TRANSLATION.demand(!has(element, "translation") || some(|own| !has(own, "translation")), element, findings);
}

fn beside_null(element: Node<'_, '_>, findings: &mut Findings<'_>) {
    for (rule, attribute, default) in [
        (&NULL_MEDIA, "mediaType", Some("text/plain")),
        (&NULL_CHARSET, "charset", None),
        (&NULL_LANGUAGE, "language", None),
        (&NULL_COMPRESSION, "compression", None),
        (&NULL_CHECK, "integrityCheck", None),
        (&NULL_ALGORITHM, "integrityCheckAlgorithm", Some("SHA-1")),
    ] {
        let found = own(element, attribute);
        rule.demand_of(found.is_none() || found == default, element, found, findings);
    }
    let mut thumbnails = named(element, "thumbnail").peekable();
    NULL_THUMBNAIL.demand(thumbnails.peek().is_none() || thumbnails.any(is_null), element, findings);
    NULL_TRANSLATION.demand(!has(element, "translation"), element, findings);
}

pub(super) fn st(element: Node<'_, '_>, findings: &mut Findings<'_>) {
    ed(element, findings);
    NO_REFERENCE.demand(!has(element, "reference"), element, findings);
    NO_THUMBNAIL.demand(!has(element, "thumbnail"), element, findings);
    for (rule, attribute, only) in [
        (&REPRESENTATION, "representation", Some("TXT")),
        (&MEDIA, "mediaType", Some("text/plain")),
        (&NO_COMPRESSION, "compression", None),
        (&NO_CHECK, "integrityCheck", None),
        (&NO_ALGORITHM, "integrityCheckAlgorithm", Some("SHA-1")),
    ] {
        let found = own(element, attribute);
        rule.demand_of(found.is_none() || found == only, element, found, findings);
    }
}

pub(super) fn sc(element: Node<'_, '_>, findings: &mut Findings<'_>) {
    st(element, findings);
    let (null, code, label) = (is_null(element), own(element, "code"), own(element, "displayName"));
    let system = own(element, "codeSystem").is_some();
    SYSTEM.demand_of(system || code.is_none(), element, code, findings);
    for (rule, attribute) in [(&SYSTEM_NAME, "codeSystemName"), (&SYSTEM_VERSION, "codeSystemVersion")] {
        let found = own(element, attribute);
        rule.demand_of(system || found.is_none(), element, found, findings);
    }
    LABEL.demand_of(code.is_some() || label.is_none(), element, label, findings);
    NULL_CODE.demand_of(!null || code.is_none(), element, code, findings);
    NULL_LABEL.demand_of(!null || label.is_none(), element, label, findings);
}

pub(super) fn adxp(element: Node<'_, '_>, findings: &mut Findings<'_>) {
    st(element, findings);
    let text = |node: Node<'_, '_>| -> String {
        node.descendants().filter(Node::is_text).filter_map(|inner| inner.text()).collect()
    };
    let mut same = others(element).filter(|other| text(*other) == text(element));
    PART_DISTINCT.demand(same.next().is_none(), element, findings);
}

/// Two or three letters, perhaps a hyphen and two more at the beginning; or `i-…`, `x-…` at the end: as loose as the official
/// check. Spec: RFC 3066.
pub(super) fn is_language(tag: &str) -> bool {
    let begins = tag.bytes().take(2).filter(u8::is_ascii_alphabetic).count() == 2;
    begins || ends_private(tag)
}

/// Ends in `i` or `x` and parts of two to eight letters and digits, each after a hyphen.
fn ends_private(tag: &str) -> bool {
    let mut rest = tag;
    let mut parts = 0;
    while let Some((before, part)) = rest.rsplit_once('-') {
        if !(2..=8).contains(&part.len()) || !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return false;
        }
        parts += 1;
        if parts > 0 && before.ends_with(['i', 'x', 'I', 'X']) {
            return true;
        }
        rest = before;
    }
    false
}
