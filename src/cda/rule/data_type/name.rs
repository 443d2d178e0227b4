//! EN, PN, ON and TN: names.

use crate::cda::finding::Findings;
use crate::cda::rule::data_type::group::Groups;
use crate::cda::rule::data_type::{content, distinct, elements, has, has_text, is_empty, is_null, own, typed_rules};
use crate::xml::document::Node;
use crate::xml::namespace::HL7V3;

typed_rules! {
    NULL = "DT-EN-1.1" Error "no content beside the nullFlavor"
        "Ôtez du nom le nullFlavor ou le contenu."
        "Remove the nullFlavor or the content from the name.";
    MIXED = "DT-EN-1.2" Error "parts or text, not both"
        "Mettez tout le texte du nom dans ses parties (family, given…), ou n'en faites aucune."
        "Put all text of the name into its parts (family, given…), or have no parts.";
    EMPTY = "DT-EN-1.3" Error "a name, or a nullFlavor"
        "Donnez le nom, ou un nullFlavor qui dit pourquoi il manque."
        "Give the name, or a nullFlavor that says why it is missing.";
    EMPTY_PART = "DT-EN-3" Warning "parts with text"
        "Ôtez du nom les parties vides."
        "Remove empty parts from the name.";
    QUOTE = "DT-EN-4" Warning "a name without a quotation mark at its beginning"
        "Ôtez le guillemet au début du nom."
        "Remove the quotation mark at the beginning of the name.";
    NULL_AMONG = "DT-EN-5" Error "no nullFlavor beside another name"
        "Ôtez le nom qui a un nullFlavor : un autre est donné à côté."
        "Remove the name that has a nullFlavor: another one is given beside it.";
    DISTINCT = "DT-EN-6" Error "names that differ"
        "Deux noms voisins sont égaux : gardez-en un."
        "Two sibling names are equal: keep one of them.";
    QUALIFIERS = "DT-EN-7" Error "each qualifier once"
        "Ne répétez pas un mot dans qualifier."
        "Do not repeat a word in qualifier.";
    PERSON = "DT-PN-1" Error "no part with qualifier LS"
        "Ôtez le qualifier LS : il dit la forme juridique d'une organisation."
        "Remove the qualifier LS: it tells the legal form of an organisation.";
    NO_PERSON = "DT-ON-1" Error "no family and no given"
        "Ôtez family et given du nom de l'organisation."
        "Remove family and given from the name of the organisation.";
    ORGANISATION = "DT-ON-2" Error "text alone"
        "Écrivez le nom de l'organisation en texte seul, sans éléments."
        "Write the name of the organisation as text alone, without elements.";
    TRIVIAL = "DT-TN-1" Error "text alone"
        "Écrivez ce nom en texte seul, sans éléments."
        "Write this name as text alone, without elements.";
}

pub(super) fn en(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    let (null, parts, text) = (is_null(element), elements(element).next().is_some(), has_text(element));
    NULL.demand(!null || !(parts || text), element, findings);
    MIXED.demand(!(parts && text), element, findings);
    EMPTY.demand(null || parts || text, element, findings);
    let is_hollow = |part: &Node<'_, '_>| part.tag_name().name() != "validTime" && !is_null(*part) && is_empty(*part);
    EMPTY_PART.demand(!elements(element).any(|part| is_hollow(&part)), element, findings);
    QUOTE.demand(first_sign(element) != Some('"'), element, findings);
    let standing = groups.standing(element, "EN", |other: Node<'_, '_>| [Some(content(other))]);
    NULL_AMONG.demand(!null || !standing.beside_stated, element, findings);
    DISTINCT.demand(!standing.repeated, element, findings);
    let mut of_hl7 = elements(element).filter(|part| part.tag_name().namespace() == Some(HL7V3)).peekable();
    QUALIFIERS.demand(of_hl7.peek().is_none() || of_hl7.any(|part| distinct(words(part))), element, findings);
}

pub(super) fn pn(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    en(element, groups, findings);
    let legal = elements(element).any(|part| words(part).any(|word| word == "LS"));
    PERSON.demand(!legal, element, findings);
}

pub(super) fn on(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    en(element, groups, findings);
    NO_PERSON.demand(!has(element, "family") && !has(element, "given"), element, findings);
    ORGANISATION.demand(elements(element).next().is_none(), element, findings);
}

pub(super) fn tn(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    en(element, groups, findings);
    TRIVIAL.demand(elements(element).next().is_none(), element, findings);
}

/// The words of `@qualifier`, as many as there are blanks and one more.
fn words<'a>(part: Node<'a, '_>) -> impl Iterator<Item = &'a str> {
    own(part, "qualifier")
        .into_iter()
        .filter(|text| !text.is_empty())
        .flat_map(|text| text.split([' ', '\t', '\r', '\n']))
}

/// The first sign that is no white space, at any depth.
fn first_sign(element: Node<'_, '_>) -> Option<char> {
    let signs = element.descendants().filter(Node::is_text).filter_map(|text| text.text()).flat_map(str::chars);
    signs.into_iter().find(|sign| !matches!(sign, ' ' | '\t' | '\r' | '\n'))
}
