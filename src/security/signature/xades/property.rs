//! `purposeOfSignature`, which the signatures of the field do not cover: it is looked at, and nothing of it is kept.
//! Spec: DMP TD2.1, ASTM E1762.

use crate::security::signature::xades::PURPOSE;
use crate::security::signature::xades::rule::{self, Checked};
use crate::security::signature::xmldsig::shown;
use crate::xml::document::{Node, is, plain_attribute, plain_text};
use crate::xml::location::Location;
use crate::xml::namespace::DS;

const ID: &str = "purposeOfSignature";

/// Finds the one property and compares it. One client sends it without namespace, another `Target` without `#`.
pub(super) fn check(signature: Node<'_, '_>, signature_id: &str) -> Checked<()> {
    let named = |node: &Node<'_, '_>, local| is(*node, DS, local) || is(*node, "", local);
    let properties = signature
        .children()
        .filter(|object| is(*object, DS, "Object"))
        .flat_map(|object| object.children().filter(|node| named(node, "SignatureProperties")))
        .flat_map(|properties| properties.children().filter(|node| named(node, "SignatureProperty")));
    let mut purposes = properties.filter(|property| plain_attribute(*property, "Id") == Some(ID));
    let expected = || format!("ds:SignatureProperty Id=\"{ID}\" Target=\"#{signature_id}\" with {PURPOSE}");
    let (Some(purpose), None) = (purposes.next(), purposes.next()) else {
        return Err(rule::PURPOSE.broken().at(Location::of(signature).xpath).expected(expected()));
    };
    let broken = || rule::PURPOSE.broken().at(Location::of(purpose).xpath).expected(expected());
    let target = plain_attribute(purpose, "Target").unwrap_or("");
    if target.strip_prefix('#').unwrap_or(target) != signature_id {
        return Err(broken().found(shown(target)));
    }
    match plain_text(purpose) {
        Some(PURPOSE) => Ok(()),
        other => Err(broken().found(shown(other.unwrap_or("")))),
    }
}
