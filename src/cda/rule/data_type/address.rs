//! AD, URL and TEL: where somebody is found.

use crate::cda::finding::Findings;
use crate::cda::rule::data_type::group::{Groups, key};
use crate::cda::rule::data_type::quantity::is_time_unit;
use crate::cda::rule::data_type::{
    content, elements, has, has_text, is_empty, is_hl7, is_null, named, own, typed_rules,
};
use crate::xml::document::Node;

typed_rules! {
    MIXED = "DT-AD-1" Error "parts or text, not both; or a nullFlavor"
        "Mettez toute l'adresse dans ses parties (city, postalCode…), ou n'en faites aucune ; sans adresse, un nullFlavor."
        "Put all of the address into its parts (city, postalCode…), or have no parts; without an address, a nullFlavor.";
    UPDATE_MODE = "DT-AD-3" Error "no @updateMode"
        "Ôtez updateMode de useablePeriod."
        "Remove updateMode from useablePeriod.";
    PRECISION = "DT-AD-5" Error "bounds of useablePeriod of one precision"
        "Donnez aux deux bornes de useablePeriod la même précision."
        "Give both bounds of useablePeriod the same precision.";
    ORDER = "DT-AD-6" Error "useablePeriod with low before high"
        "Mettez low de useablePeriod avant high."
        "Set low of useablePeriod before high.";
    UNIT = "DT-AD-7" Error "a unit of time: us, ms, s, min, h, d, wk, mo or a"
        "Donnez à la durée de useablePeriod une unité de temps : us, ms, s, min, h, d, wk, mo ou a."
        "Give the width of useablePeriod a unit of time: us, ms, s, min, h, d, wk, mo or a.";
    EMPTY_PART = "DT-AD-8" Warning "parts with text"
        "Ôtez de l'adresse les parties vides."
        "Remove empty parts from the address.";
    NULL_AMONG = "DT-AD-9" Error "no nullFlavor beside another address"
        "Ôtez l'adresse qui a un nullFlavor : une autre est donnée à côté."
        "Remove the address that has a nullFlavor: another one is given beside it.";
    DISTINCT = "DT-AD-10" Error "addresses that differ"
        "Deux adresses voisines sont égales : gardez-en une."
        "Two sibling addresses are equal: keep one of them.";
    VALUE = "DT-URL-1" Error "@value or a nullFlavor"
        "Donnez value, ou un nullFlavor qui dit pourquoi l'adresse manque."
        "Give value, or a nullFlavor that says why the address is missing.";
    URI = "DT-URL-2" Error "@value is a URI, without blanks or letters that a URI has to encode"
        "Écrivez value comme un URI : sans espace, sans lettre accentuée ni guillemet (tel:+33123456789)."
        "Write value as a URI: without blank, accent or quotation mark (tel:+33123456789).";
    URL_NULL_AMONG = "DT-URL-4" Error "no nullFlavor beside another one"
        "Ôtez l'élément qui a un nullFlavor : un autre est donné à côté."
        "Remove the element that has a nullFlavor: another one is given beside it.";
    URL_DISTINCT = "DT-URL-5" Error "addresses that differ in use or value"
        "Deux adresses voisines ont le même usage et la même valeur : gardez-en une."
        "Two sibling addresses have the same use and value: keep one of them.";
    NULL_PERIOD = "DT-TEL-1" Error "no useablePeriod beside the nullFlavor"
        "Ôtez useablePeriod ou le nullFlavor."
        "Remove useablePeriod or the nullFlavor.";
}

pub(super) fn ad(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    let (null, parts, text) = (is_null(element), elements(element).next().is_some(), has_text(element));
    MIXED.demand(null || parts != text, element, findings);
    let is_hollow = |part: Node<'_, '_>| !is_null(part) && !is_hl7(part, "useablePeriod") && is_empty(part);
    EMPTY_PART.demand(!elements(element).any(is_hollow), element, findings);
    let standing = groups.standing(element, "AD", |other: Node<'_, '_>| [Some(content(other))]);
    NULL_AMONG.demand(!null || !standing.beside_stated, element, findings);
    DISTINCT.demand(!standing.repeated, element, findings);
    if has(element, "useablePeriod") {
        period(element, findings);
    }
}

fn period(element: Node<'_, '_>, findings: &mut Findings<'_>) {
    let periods = || named(element, "useablePeriod");
    UPDATE_MODE.demand(!periods().any(|period| own(period, "updateMode").is_some()), element, findings);
    let bound =
        |name: &'static str| periods().flat_map(move |period| named(period, name)).find_map(|own_| own(own_, "value"));
    if let (Some(low), Some(high)) = (bound("low"), bound("high")) {
        PRECISION.demand(low.len() == high.len(), element, findings);
        ORDER.demand(to_the_second(low) < to_the_second(high), element, findings);
    }
    let unit = periods().flat_map(|period| named(period, "width")).find_map(|width| own(width, "unit"));
    UNIT.demand_of(unit.is_none_or(is_time_unit), element, unit, findings);
}

/// Fourteen digits; nothing when they are not.
fn to_the_second(value: &str) -> Option<u64> {
    let digits: String = value.chars().chain(std::iter::repeat('0')).take(14).collect();
    digits.parse().ok()
}

pub(super) fn url(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    let (null, value) = (is_null(element), own(element, "value"));
    VALUE.demand(null || value.is_some(), element, findings);
    URI.demand_of(null || value.is_some_and(is_encoded), element, value, findings);
    let standing =
        groups.standing(element, "URL", |other: Node<'_, '_>| [key([own(other, "use"), own(other, "value")])]);
    URL_NULL_AMONG.demand(!null || !standing.beside_stated, element, findings);
    URL_DISTINCT.demand_of(!standing.repeated, element, value, findings);
}

pub(super) fn tel(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    url(element, groups, findings);
    NULL_PERIOD.demand(!is_null(element) || !has(element, "useablePeriod"), element, findings);
}

/// Whether nothing of a text would be encoded to make it a URI. Spec: `XPath` functions, `iri-to-uri`.
fn is_encoded(text: &str) -> bool {
    text.bytes().all(|byte| {
        byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b'{' | b'}' | b'|' | b'\\' | b'^' | b'`')
    })
}
