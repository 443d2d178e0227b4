//! CD, CE, CV, CS and CR: codes.

use crate::cda::finding::Findings;
use crate::cda::rule::data_type::group::{Groups, key};
use crate::cda::rule::data_type::text::is_language;
use crate::cda::rule::data_type::{distinct, elements, has, is_null, named, own, typed_rules, within};
use crate::xml::document::Node;

typed_rules! {
    CODE = "DT-CD-1" Error "@code, an originalText without nullFlavor, or a nullFlavor"
        "Donnez un code, un originalText, ou un nullFlavor qui dit pourquoi il n'y en a pas."
        "Give a code, an originalText, or a nullFlavor that says why there is none.";
    SYSTEM = "DT-CD-2" Error "@codeSystem beside @code"
        "Ajoutez codeSystem, l'OID de la nomenclature du code."
        "Add codeSystem, the OID of the system of the code.";
    SYSTEM_NAME = "DT-CD-3" Error "@codeSystem beside @codeSystemName"
        "Ajoutez codeSystem : codeSystemName seul n'identifie pas la nomenclature."
        "Add codeSystem: codeSystemName alone does not identify the system.";
    SYSTEM_VERSION = "DT-CD-4" Error "@codeSystem beside @codeSystemVersion"
        "Ajoutez codeSystem : codeSystemVersion seul n'identifie pas la nomenclature."
        "Add codeSystem: codeSystemVersion alone does not identify the system.";
    LABEL = "DT-CD-5" Error "@code beside @displayName"
        "Ajoutez le code que displayName nomme, ou ôtez displayName."
        "Add the code that displayName names, or remove displayName.";
    NULL_CODE = "DT-CD-6" Error "no @code beside the nullFlavor"
        "Ôtez le nullFlavor ou le code."
        "Remove the nullFlavor or the code.";
    NULL_LABEL = "DT-CD-7" Error "no @displayName beside the nullFlavor"
        "Ôtez le nullFlavor ou displayName."
        "Remove the nullFlavor or displayName.";
    TRANSLATION_NULL = "DT-CD-10" Error "translations without nullFlavor"
        "Ôtez la translation qui a un nullFlavor."
        "Remove the translation that has a nullFlavor.";
    TRANSLATION_CODE = "DT-CD-11" Error "translations with @code beside @codeSystem"
        "Complétez la translation par son code."
        "Complete the translation with its code.";
    TRANSLATION_SYSTEM_NAME = "DT-CD-12" Error "translations with @codeSystem beside @codeSystemName"
        "Complétez la translation par codeSystem."
        "Complete the translation with codeSystem.";
    TRANSLATION_SYSTEM_VERSION = "DT-CD-13" Error "translations with @codeSystem beside @codeSystemVersion"
        "Complétez la translation par codeSystem."
        "Complete the translation with codeSystem.";
    TRANSLATION_LABEL = "DT-CD-14" Error "translations with @code beside @displayName"
        "Complétez la translation par le code que displayName nomme."
        "Complete the translation with the code that displayName names.";
    LINES = "DT-CD-15" Warning "@displayName in one line"
        "Ôtez de displayName les retours à la ligne et les tabulations."
        "Remove line breaks and tabulators from displayName.";
    DISTINCT = "DT-CD-18" Error "codes that differ"
        "Deux codes voisins de même nom sont égaux : gardez-en un."
        "Two sibling codes of one name are equal: keep one of them.";
    TRANSLATIONS_DISTINCT = "DT-CD-19" Error "translations that differ"
        "Deux translations portent le même code : gardez-en une."
        "Two translations carry the same code: keep one of them.";
    LANGUAGE = "DT-CD-20" Error "originalText/@language such as fr-FR"
        "Donnez à la langue d'originalText la forme fr-FR."
        "Give the language of originalText the form fr-FR.";
    QUALIFIER = "DT-CE-1" Error "no qualifier"
        "Ôtez qualifier : seul un CD en a."
        "Remove qualifier: only a CD has one.";
    SIMPLE = "DT-CS-1" Error "either @code or a nullFlavor"
        "Donnez un code, ou un nullFlavor, et non les deux."
        "Give a code or a nullFlavor, not both.";
    SIMPLE_SYSTEM = "DT-CS-2" Error "no @codeSystem"
        "Ôtez codeSystem : la nomenclature est connue de la place du code."
        "Remove codeSystem: the system is known from the place of the code.";
    SIMPLE_SYSTEM_NAME = "DT-CS-3" Error "no @codeSystemName"
        "Ôtez codeSystemName : la nomenclature est connue de la place du code."
        "Remove codeSystemName: the system is known from the place of the code.";
    SIMPLE_SYSTEM_VERSION = "DT-CS-4" Error "no @codeSystemVersion"
        "Ôtez codeSystemVersion : la nomenclature est connue de la place du code."
        "Remove codeSystemVersion: the system is known from the place of the code.";
    SIMPLE_LABEL = "DT-CS-5" Error "no @displayName"
        "Ôtez displayName : ce code simple n'a pas de libellé."
        "Remove displayName: this simple code has no label.";
    SIMPLE_TEXT = "DT-CS-6" Error "no originalText"
        "Ôtez originalText de ce code simple."
        "Remove originalText from this simple code.";
    SIMPLE_QUALIFIER = "DT-CS-7" Error "no qualifier"
        "Ôtez qualifier de ce code simple."
        "Remove qualifier from this simple code.";
    SIMPLE_TRANSLATION = "DT-CS-8" Error "no translation"
        "Ôtez translation de ce code simple."
        "Remove translation from this simple code.";
    QUALIFIES = "DT-CR-1" Error "either name and value or a nullFlavor"
        "Donnez au qualifier un nom et une valeur, ou un nullFlavor, et non les deux."
        "Give the qualifier a name and a value, or a nullFlavor, not both.";
}

pub(super) fn cd(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    let (null, code, system) = (is_null(element), own(element, "code"), own(element, "codeSystem"));
    let label = own(element, "displayName");
    let original = has(element, "originalText") && !named(element, "originalText").any(is_null);
    CODE.demand(null || code.is_some() || original, element, findings);
    SYSTEM.demand_of(system.is_some() || code.is_none(), element, code, findings);
    for (rule, attribute) in [(&SYSTEM_NAME, "codeSystemName"), (&SYSTEM_VERSION, "codeSystemVersion")] {
        let found = own(element, attribute);
        rule.demand_of(system.is_some() || found.is_none(), element, found, findings);
    }
    LABEL.demand_of(code.is_some() || label.is_none(), element, label, findings);
    NULL_CODE.demand_of(!null || code.is_none(), element, code, findings);
    NULL_LABEL.demand_of(!null || label.is_none(), element, label, findings);
    LINES.demand_of(!label.is_some_and(|label| label.contains(['\r', '\n', '\t'])), element, label, findings);
    let keys = |other: Node<'_, '_>| [key([own(other, "code"), own(other, "codeSystem")])];
    DISTINCT.demand_of(!groups.standing(element, "CD", keys).repeated, element, code, findings);
    if elements(element).next().is_some() {
        translations(element, findings);
    }
}

/// What stands in a code, at any depth.
fn translations(element: Node<'_, '_>, findings: &mut Findings<'_>) {
    let all = || within(element, "translation");
    let lacks = |of: &'static str, beside: &'static str| {
        move |translation: Node<'_, '_>| own(translation, beside).is_some() && own(translation, of).is_none()
    };
    TRANSLATION_NULL.demand(!all().any(is_null), element, findings);
    TRANSLATION_CODE.demand(!all().any(lacks("code", "codeSystem")), element, findings);
    TRANSLATION_SYSTEM_NAME.demand(!all().any(lacks("codeSystem", "codeSystemName")), element, findings);
    TRANSLATION_SYSTEM_VERSION.demand(!all().any(lacks("codeSystem", "codeSystemVersion")), element, findings);
    TRANSLATION_LABEL.demand(!all().any(lacks("code", "displayName")), element, findings);
    let key = |translation| {
        [own(translation, "code"), own(translation, "codeSystem")].map(Option::unwrap_or_default).concat()
    };
    TRANSLATIONS_DISTINCT.demand(distinct(all().map(key)), element, findings);
    let foreign =
        within(element, "originalText").filter_map(|text| own(text, "language")).find(|tag| !is_language(tag));
    LANGUAGE.demand_of(foreign.is_none(), element, foreign, findings);
}

pub(super) fn ce(element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
    cd(element, groups, findings);
    QUALIFIER.demand(!has(element, "qualifier"), element, findings);
}

pub(super) fn cs(element: Node<'_, '_>, findings: &mut Findings<'_>) {
    let code = own(element, "code").or_else(|| own(element, "typeCode"));
    SIMPLE.demand_of(is_null(element) != code.is_some(), element, code, findings);
    for (rule, attribute, default) in [
        (&SIMPLE_SYSTEM, "codeSystem", Some("2.16.840.1.113883.5.139")),
        (&SIMPLE_SYSTEM_NAME, "codeSystemName", Some("TimingEvent")),
        (&SIMPLE_SYSTEM_VERSION, "codeSystemVersion", None),
        (&SIMPLE_LABEL, "displayName", None),
    ] {
        let found = own(element, attribute);
        rule.demand_of(found.is_none() || found == default, element, found, findings);
    }
    for (rule, child) in
        [(&SIMPLE_TEXT, "originalText"), (&SIMPLE_QUALIFIER, "qualifier"), (&SIMPLE_TRANSLATION, "translation")]
    {
        rule.demand(!has(element, child), element, findings);
    }
}

pub(super) fn cr(element: Node<'_, '_>, findings: &mut Findings<'_>) {
    QUALIFIES.demand(is_null(element) != elements(element).next().is_some(), element, findings);
}
