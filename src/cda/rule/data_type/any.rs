//! ANY: what may stand beside a nullFlavor.

use crate::cda::finding::Findings;
use crate::cda::rule::data_type::{elements, has_text, own, typed_rules};
use crate::xml::document::{Attribute, Node};
use crate::xml::namespace::XSI;

typed_rules! {
    ALONE = "DT-ANY-1" Error "nothing beside a nullFlavor"
        "Un élément avec nullFlavor n'a ni autre attribut, ni contenu ; avec OTH, NA ou UNC il peut porter codeSystem, extension, originalText ou translation. Ôtez le nullFlavor ou ce qui l'accompagne."
        "An element with a nullFlavor has no other attribute and no content; with OTH, NA or UNC it may carry codeSystem, extension, originalText or translation. Remove the nullFlavor or what stands beside it.";
}

/// The rule of every type. It looks at what stands inside too.
pub(super) fn any(element: Node<'_, '_>, findings: &mut Findings<'_>) {
    let at_fault = element.descendants().filter(Node::is_element).find(|inner| !stands_alone(*inner));
    if let Some(inner) = at_fault {
        let found = if inner == element { own(element, "nullFlavor") } else { Some(inner.tag_name().name()) };
        ALONE.demand_of(false, element, found, findings);
    }
}

fn stands_alone(element: Node<'_, '_>) -> bool {
    let Some(flavor) = own(element, "nullFlavor") else { return true };
    let bare = element.attributes().all(|own| is_of_xsi(&own) || (own.namespace().is_none() && is_structure(&own)));
    if bare && elements(element).next().is_none() && !has_text(element) {
        return true;
    }
    matches!(flavor, "OTH" | "NA" | "UNC")
        && element.attributes().all(|own| {
            is_of_xsi(&own)
                || matches!(own.name(), "valueSet" | "valueSetVersion")
                || (own.namespace().is_none() && (is_default(&own) || is_other_coding(own.name())))
        })
        && (own(element, "extension").is_some()
            || own(element, "codeSystem").is_some()
            || elements(element).any(|child| matches!(child.tag_name().name(), "originalText" | "translation")))
}

fn is_of_xsi(attribute: &Attribute<'_, '_>) -> bool {
    attribute.namespace() == Some(XSI) && matches!(attribute.name(), "type" | "nil")
}

/// What says how an element is built, or holds its default: it may stand beside any nullFlavor.
fn is_structure(attribute: &Attribute<'_, '_>) -> bool {
    is_default(attribute)
        || match attribute.name() {
            "classCode" | "typeCode" | "determinerCode" | "moodCode" => true,
            "codeSystem" => attribute.value() == "2.16.840.1.113883.5.139",
            "codeSystemName" => attribute.value() == "TimingEvent",
            "inverted" => attribute.value() == "false",
            _ => false,
        }
}

fn is_default(attribute: &Attribute<'_, '_>) -> bool {
    let default = match attribute.name() {
        "nullFlavor" | "partType" => return true,
        "integrityCheckAlgorithm" => "SHA-1",
        "mediaType" => "text/plain",
        "operator" => "I",
        "representation" => "TXT",
        "inclusive" => "true",
        "unit" => "1",
        _ => return false,
    };
    attribute.value() == default
}

/// With OTH, NA or UNC: in which system there is no code.
fn is_other_coding(name: &str) -> bool {
    matches!(name, "codeSystem" | "codeSystemName" | "codeSystemVersion" | "extension")
}
