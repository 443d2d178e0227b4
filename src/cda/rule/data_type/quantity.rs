//! QTY, INT and PQ: numbers.

use crate::cda::finding::Findings;
use crate::cda::rule::data_type::group::{Groups, key};
use crate::cda::rule::data_type::{distinct, elements, has, is_null, named, own, typed_rules, within};
use crate::xml::document::Node;

typed_rules! {
    UNCERTAINTY = "DT-QTY-1" Error "no expression, uncertainty or originalText on uncertainty"
        "Ôtez de uncertainty les attributs expression, uncertainty et originalText."
        "Remove the attributes expression, uncertainty and originalText from uncertainty.";
    HISTORY = "DT-QTY-2" Error "no validTimeLow, validTimeHigh or updateMode"
        "Ôtez validTimeLow, validTimeHigh et updateMode des éléments de la quantité."
        "Remove validTimeLow, validTimeHigh and updateMode from the elements of the quantity.";
    NULL_AMONG = "DT-QTY-3" Error "no nullFlavor beside another one"
        "Ôtez l'élément qui a un nullFlavor : un autre est donné à côté."
        "Remove the element that has a nullFlavor: another one is given beside it.";
    DISTINCT = "DT-QTY-4" Error "quantities that differ"
        "Deux quantités voisines de même nom sont égales : gardez-en une."
        "Two sibling quantities of one name are equal: keep one of them.";
    NUMBER = "DT-INT-1" Error "either @value or a nullFlavor"
        "Donnez value, ou un nullFlavor, et non les deux."
        "Give value or a nullFlavor, not both.";
    EXACT = "DT-INT-2" Error "no uncertainty"
        "Ôtez uncertainty : un nombre entier est exact."
        "Remove uncertainty: a whole number is exact.";
    POSITIVE = "DT-INT.POS-2" Error "@value from 1, or a nullFlavor"
        "Donnez à value un nombre entier à partir de 1."
        "Set value to a whole number from 1.";
    MEASURE = "DT-PQ-1" Error "either @value or a nullFlavor"
        "Donnez value, ou un nullFlavor, et non les deux."
        "Give value or a nullFlavor, not both.";
    TRANSLATIONS_DISTINCT = "DT-PQ-3" Error "translations that differ"
        "Deux translations sont égales : gardez-en une."
        "Two translations are equal: keep one of them.";
}

pub(super) fn qty(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    if elements(element).next().is_some() {
        let of = |names: [&'static str; 3]| {
            move |child: Node<'_, '_>| names.into_iter().any(|name| own(child, name).is_some())
        };
        let unsure = named(element, "uncertainty").any(of(["expression", "uncertainty", "originalText"]));
        UNCERTAINTY.demand(!unsure, element, findings);
        let mut inside =
            ["originalText", "uncertainty", "expression"].into_iter().flat_map(|name| named(element, name));
        HISTORY.demand(!inside.any(of(["validTimeLow", "validTimeHigh", "updateMode"])), element, findings);
    }
    let standing =
        groups.standing(element, "QTY", |other: Node<'_, '_>| [key([own(other, "value"), own(other, "unit")])]);
    NULL_AMONG.demand(!is_null(element) || !standing.beside_stated, element, findings);
    DISTINCT.demand_of(!standing.repeated, element, own(element, "value"), findings);
}

/// Null, or a value, or an extension inside; and not both of the first.
pub(super) fn is_stated(element: Node<'_, '_>) -> bool {
    let (null, value) = (is_null(element), own(element, "value").is_some());
    (null || value || elements(element).next().is_some()) && !(null && value)
}

pub(super) fn int(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    qty(element, groups, findings);
    NUMBER.demand_of(is_stated(element), element, own(element, "value"), findings);
    EXACT.demand(!has(element, "uncertainty"), element, findings);
}

pub(super) fn int_pos(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    int(element, groups, findings);
    let value = own(element, "value");
    let positive = value.and_then(|value| value.trim().parse::<f64>().ok()).is_some_and(|number| number > 0.0);
    POSITIVE.demand_of(is_null(element) || positive, element, value, findings);
}

pub(super) fn pq(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    qty(element, groups, findings);
    MEASURE.demand_of(is_stated(element), element, own(element, "value"), findings);
    let key = |translation| ["value", "code", "codeSystem"].map(|name| own(translation, name).unwrap_or("")).concat();
    TRANSLATIONS_DISTINCT.demand(distinct(within(element, "translation").map(key)), element, findings);
}

/// The units in which a span of time is told; an empty one passes, as in the official check.
pub(super) fn is_time_unit(unit: &str) -> bool {
    matches!(unit, "" | "us" | "ms" | "s" | "min" | "h" | "d" | "wk" | "mo" | "a")
}
