//! Whether an element meets a demand of the table.

use crate::cda::rule::data_type::identifier::{is_oid, is_ruid, is_uuid};
use crate::cda::rule::header::table::{Demand, Syntax};
use crate::cda::rule::header::walk::Walk;
use crate::cda::rule::header::wording::{Part, Words};
use crate::terminology::code_set::{CodeSet, CodeSets};
use crate::xml::document::{Node, children, plain_attribute};
use crate::xml::namespace::HL7V3;

/// The value sets of prefix and suffix. Spec: ANS Structuration minimale, name.
pub(super) const CIVILITY: &str = "J245";
pub(super) const TITLE: &str = "J246";

/// Asks one demand of an element; the numbers of children are asked elsewhere.
pub(super) fn check(walk: &mut Walk<'_, '_, '_, '_>, place: usize, demand: &Demand, element: Node<'_, '_>) {
    let own = |attribute: &str| plain_attribute(element, attribute);
    let (met, found) = match demand {
        Demand::Required(attribute) => (own(attribute).is_some(), None),
        Demand::Fixed { attribute, value, or_null } => {
            let stated = own(attribute);
            (stated == Some(value) || (*or_null && own("nullFlavor").is_some()), stated)
        }
        Demand::FixedIfThere { attribute, value } => {
            let stated = own(attribute);
            (stated.is_none_or(|stated| stated == *value), stated)
        }
        Demand::OneOf { attribute, values, if_there } => {
            let stated = own(attribute);
            (stated.map_or(*if_there, |stated| values.contains(&stated)), stated)
        }
        Demand::Reads(attribute, syntax) => {
            let stated = own(attribute);
            (stated.is_none_or(|stated| reads(stated, *syntax)), stated)
        }
        Demand::Member { attribute, sets } => {
            if let Some(foreign) = own(attribute).and_then(|stated| foreign_word(stated, sets, walk.sets)) {
                let words = Words::of(walk.table, place, Part::Demand(demand));
                let words = words.nearest(sets.iter().filter_map(|set| walk.sets.get(set)), foreign);
                walk.tell_expecting(words, element, own(attribute));
            }
            return;
        }
        Demand::Names(path) => return names(walk, place, path, element),
        Demand::Special(special) => (walk.meets(*special, element), special.quoted(element)),
        Demand::Choice { .. } => return,
    };
    if !met {
        walk.tell(place, Part::Demand(demand), element, found);
    }
}

/// Prefixes and suffixes below a path: each one is in its value set.
fn names(walk: &mut Walk<'_, '_, '_, '_>, place: usize, path: &'static str, element: Node<'_, '_>) {
    for (part, key, told) in [("prefix", CIVILITY, Part::Prefix(path)), ("suffix", TITLE, Part::Suffix(path))] {
        let Some(set) = walk.sets.get(key) else { continue };
        if let Some(foreign) = foreign_part(element, path, part, set) {
            let words = Words::of(walk.table, place, told).nearest(std::iter::once(set), &foreign);
            walk.tell_expecting(words, element, Some(&foreign));
        }
    }
}

/// The first part of a name below a path whose text is no member.
fn foreign_part(element: Node<'_, '_>, path: &'static str, part: &'static str, set: &CodeSet) -> Option<String> {
    if path.is_empty() {
        let parts = children(element, HL7V3, "name").flat_map(|name| children(name, HL7V3, part));
        return parts.filter(|part| !is_member(*part, set)).map(|part| text_of(part)).next();
    }
    let (step, rest) = path.split_once('/').unwrap_or((path, ""));
    children(element, HL7V3, step).find_map(|inner| foreign_part(inner, rest, part, set))
}

fn is_member(part: Node<'_, '_>, set: &CodeSet) -> bool {
    let mut inside = part.children();
    match (inside.next(), inside.next()) {
        (Some(only), None) if only.is_text() => only.text().is_some_and(|text| set.contains_code(text)),
        _ => set.contains_code(&text_of(part)),
    }
}

fn text_of(element: Node<'_, '_>) -> String {
    element.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

/// The first word of an attribute that is in none of the sets.
fn foreign_word<'t>(stated: &'t str, keys: &[&str], sets: &CodeSets) -> Option<&'t str> {
    let is_known = |word: &str| keys.iter().filter_map(|key| sets.get(key)).any(|set| set.contains_code(word));
    stated.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).find(|word| !is_known(word))
}

fn reads(stated: &str, syntax: Syntax) -> bool {
    match syntax {
        Syntax::Uid => is_oid(stated) || is_uuid(stated) || is_ruid(stated),
        Syntax::Oid => is_oid(stated),
        Syntax::St => !stated.is_empty(),
        Syntax::Cs => !stated.is_empty() && !stated.contains([' ', '\t', '\r', '\n']),
        Syntax::Ts => stated.bytes().take_while(u8::is_ascii_digit).count() >= 4,
        Syntax::Int => is_integer(stated),
    }
}

/// Digits, or a minus and digits of which the first is not zero.
fn is_integer(stated: &str) -> bool {
    let (negative, digits) = stated.strip_prefix('-').map_or((false, stated), |digits| (true, digits));
    digits.bytes().all(|digit| digit.is_ascii_digit())
        && (!negative || digits.bytes().next().is_some_and(|first| first != b'0'))
}

#[cfg(test)]
mod tests {
    use super::reads;
    use crate::cda::rule::header::table::Syntax;

    #[test]
    fn each_syntax_takes_what_it_names() {
        let cases: [(Syntax, &[&str], &[&str]); 6] = [
            (
                Syntax::Uid,
                &["1.2.250.1", "2", "6F9619FF-8B86-D011-B42D-00CF4FC964FF", "a-1", "UUID"],
                &["", "3.1", "1..2", "1.02", "1.2.", "-1", "1a", "6F9619FF-8B86-D011-B42D-00CF4FC964F"],
            ),
            (Syntax::Oid, &["1.2.250.1", "0.0"], &["a", "6F9619FF-8B86-D011-B42D-00CF4FC964FF", ""]),
            (Syntax::St, &["x", " "], &[""]),
            (Syntax::Cs, &["x"], &["", "a b", "a\t"]),
            (Syntax::Ts, &["2024", "20240101+0100", "20241399"], &["", "202", "-2024", "abcd"]),
            (Syntax::Int, &["0", "007", "-7", ""], &["-0", "-07", "1.5", "+1", "x", "-"]),
        ];
        for (syntax, good, bad) in cases {
            assert_eq!(good.iter().find(|text| !reads(text, syntax)), None, "{syntax:?}");
            assert_eq!(bad.iter().find(|text| reads(text, syntax)), None, "{syntax:?}");
        }
    }
}
