//! TS and the types made of it: points and spans of time.

use crate::cda::finding::Findings;
use crate::cda::rule::data_type::group::Groups;
use crate::cda::rule::data_type::moment::{Moment, Offset};
use crate::cda::rule::data_type::quantity::{is_stated, is_time_unit, qty};
use crate::cda::rule::data_type::{elements, has, is_null, named, own, typed_rules};
use crate::xml::document::Node;
use crate::xml::namespace::HL7V3;

typed_rules! {
    STATED = "DT-TS-1" Error "either @value or a nullFlavor"
        "Donnez la date dans value, ou un nullFlavor, et non les deux."
        "Give the date in value, or a nullFlavor, not both.";
    REAL = "DT-TS-2" Error "a real date: yyyymmddhhmmss with an offset, as precise as it is known"
        "Écrivez une date qui existe : aaaammjjhhmmss+0100, aussi précise qu'elle est connue."
        "Write a date that exists: yyyymmddhhmmss+0100, as precise as it is known.";
    BOUND_NULL = "DT-IVXB_TS-1" Error "no @inclusive beside the nullFlavor"
        "Ôtez inclusive ou le nullFlavor."
        "Remove inclusive or the nullFlavor.";
    SET_NULL = "DT-SXCM_TS-1" Error "no @operator beside the nullFlavor"
        "Ôtez operator ou le nullFlavor."
        "Remove operator or the nullFlavor.";
    NULL_SPAN = "DT-IVL_TS-2" Error "no value and no bounds beside a nullFlavor"
        "Ôtez le nullFlavor, ou la valeur et les bornes."
        "Remove the nullFlavor, or the value and the bounds.";
    VALUE_ALONE = "DT-IVL_TS-3" Error "no elements beside @value"
        "Ôtez value, ou les éléments qui l'accompagnent."
        "Remove value, or the elements beside it.";
    VALUE_OR_BOUNDS = "DT-IVL_TS-4-2" Error "@value or low, center, high and width"
        "Donnez value, ou bien low, center, high et width."
        "Give value, or else low, center, high and width.";
    CENTER_ALONE = "DT-IVL_TS-4-3" Error "center without low, high and width"
        "Ôtez center, ou low, high et width."
        "Remove center, or low, high and width.";
    OVERDETERMINED = "DT-IVL_TS-4-4" Error "two of low, high and width"
        "Ôtez l'un de low, high et width : deux suffisent."
        "Remove one of low, high and width: two are enough.";
    UPDATE_MODE = "DT-IVL_TS-5" Error "no @updateMode"
        "Ôtez updateMode des bornes."
        "Remove updateMode from the bounds.";
    SAME_BOUNDS = "DT-IVL_TS-6" Error "low and high that differ"
        "Donnez deux bornes différentes, ou l'instant dans value."
        "Give two bounds that differ, or the instant in value.";
    ORDER = "DT-IVL_TS-7" Error "low before high"
        "Mettez low avant high."
        "Set low before high.";
    LOW_INFINITE = "DT-IVL_TS-7-1" Error "low without nullFlavor PINF"
        "Donnez à low une date, ou un autre nullFlavor que PINF."
        "Give low a date, or another nullFlavor than PINF.";
    HIGH_INFINITE = "DT-IVL_TS-7-2" Error "high without nullFlavor NINF"
        "Donnez à high une date, ou un autre nullFlavor que NINF."
        "Give high a date, or another nullFlavor than NINF.";
    UNIT = "DT-IVL_TS-8" Error "a unit of time: us, ms, s, min, h, d, wk, mo or a"
        "Donnez à width une unité de temps : us, ms, s, min, h, d, wk, mo ou a."
        "Give width a unit of time: us, ms, s, min, h, d, wk, mo or a.";
    REAL_BOUND = "DT-IVL_TS-9" Error "a real date in each bound, its offset as ±hhmm"
        "Écrivez dans les bornes des dates qui existent, l'heure locale avec un décalage de quatre chiffres (+0100)."
        "Write dates that exist into the bounds, local time with an offset of four digits (+0100).";
    WIDTH_VALUE = "DT-PQR-1" Error "@value beside @unit"
        "Ajoutez value à width, ou ôtez unit."
        "Add value to width, or remove unit.";
    WIDTH_TRANSLATION = "DT-PQR-2" Error "width without translation"
        "Ôtez translation de width."
        "Remove translation from width.";
}

pub(super) fn ts(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    qty(element, groups, findings);
    let value = own(element, "value");
    STATED.demand_of(is_stated(element), element, value, findings);
    REAL.demand_of(value.is_none_or(|value| is_real(value, Offset::Shortened)), element, value, findings);
}

/// A date before our era is real too, for this check, and so is an empty one, which other rules tell.
fn is_real(value: &str, form: Offset) -> bool {
    moment(value.strip_prefix('-').unwrap_or(value), form).is_some()
}

/// An empty value is read as the year 0.
fn moment(value: &str, form: Offset) -> Option<Moment> {
    Moment::with_offset(if value.is_empty() { "0000" } else { value }, form)
}

pub(super) fn ivxb_ts(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    ts(element, groups, findings);
    let inclusive = own(element, "inclusive");
    BOUND_NULL.demand(!is_null(element) || inclusive.is_none_or(|value| value == "true"), element, findings);
}

pub(super) fn sxcm_ts(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    ts(element, groups, findings);
    let operator = own(element, "operator");
    SET_NULL.demand(!is_null(element) || operator.is_none_or(|value| value == "I"), element, findings);
}

pub(super) fn ivl_ts(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    sxcm_ts(element, groups, findings);
    if elements(element).next().is_none() && !is_null(element) {
        return;
    }
    let null_with_content = |inner: Node<'_, '_>| {
        is_null(inner) && (own(inner, "value").is_some() || own(inner, "unit").is_some() || has_bounds(inner))
    };
    let spoilt = element.descendants().filter(Node::is_element).any(null_with_content);
    NULL_SPAN.demand(!spoilt, element, findings);
    let value = own(element, "value").is_some();
    let of_hl7 = |child: &Node<'_, '_>| child.tag_name().namespace() == Some(HL7V3);
    VALUE_ALONE.demand(!value || !elements(element).any(|child| of_hl7(&child)), element, findings);
    VALUE_OR_BOUNDS.demand(!value || !has_bounds(element), element, findings);
    let (low, high, width) = (has(element, "low"), has(element, "high"), has(element, "width"));
    CENTER_ALONE.demand(!has(element, "center") || !(low || high || width), element, findings);
    OVERDETERMINED.demand(!(low && high && width), element, findings);
    let updates = elements(element).filter(of_hl7).any(|child| own(child, "updateMode").is_some());
    UPDATE_MODE.demand(!updates, element, findings);
    bounds(element, findings);
    widths(element, findings);
}

fn has_bounds(element: Node<'_, '_>) -> bool {
    ["low", "center", "high", "width"].into_iter().any(|name| has(element, name))
}

fn bounds(element: Node<'_, '_>, findings: &mut Findings<'_>) {
    let values = |name| named(element, name).filter_map(|bound| own(bound, "value"));
    let same = values("low").find(|low| values("high").any(|high| high == *low));
    SAME_BOUNDS.demand_of(same.is_none(), element, same, findings);
    let flavored = |name, flavor| named(element, name).any(|bound| own(bound, "nullFlavor") == Some(flavor));
    LOW_INFINITE.demand(!flavored("low", "PINF"), element, findings);
    HIGH_INFINITE.demand(!flavored("high", "NINF"), element, findings);
    for name in ["low", "center", "high"] {
        let value = values(name).next();
        REAL_BOUND.demand_of(value.is_none_or(|value| is_real(value, Offset::Whole)), element, value, findings);
    }
    let bound = |name| values(name).next().and_then(|value| moment(value, Offset::Whole));
    if let (Some(low), Some(high)) = (bound("low"), bound("high")) {
        ORDER.demand_of(low <= high, element, values("low").next(), findings);
    }
}

fn widths(element: Node<'_, '_>, findings: &mut Findings<'_>) {
    let widths = || named(element, "width");
    let bare = widths().any(|width| own(width, "unit").is_some() && own(width, "value").is_none());
    WIDTH_VALUE.demand(!bare, element, findings);
    WIDTH_TRANSLATION.demand(!widths().any(|width| has(width, "translation")), element, findings);
    let unit = widths().find_map(|width| own(width, "unit"));
    UNIT.demand_of(unit.is_none_or(is_time_unit), element, unit, findings);
}
