//! Types, formats, titles: what the document says in codes and words.

use crate::cda::document::Level;
use crate::cda::header::Stated;
use crate::datatype::code::Code;
use crate::dmp::coherence::{Case, Check, Differences, differs};
use crate::dmp::derivation::{class_of, formats_of, mime_type_of};
use crate::terminology::document_format::is_of_level_one;
use crate::xds::metadata::attribute::{AttributeRow, entry};
use crate::xds::rule::rules;

rules! {
    TYPE = differs("COH-TYPE", "typeCode is the code of the CDA document", "DMP TD2.1, typeCode");
    CLASS = differs("COH-CLASS", "classCode goes with the code of the CDA document", "DMP ASS_X16").warning();
    FORMAT = differs("COH-FORMAT", "formatCode goes with the template of the CDA document, or with the media type of its level 1 body",
        "DMP ASS_A11").warning();
    MIME = differs("COH-MIME-TYPE", "mimeType is text/xml, or application/xslt+xml for a CDA document in a stylesheet",
        "DMP TD2.1, mimeType").warning();
    LANGUAGE = differs("COH-LANGUAGE", "languageCode is that of the CDA document", "DMP TD2.1, languageCode").warning();
    CONFIDENTIALITY = differs("COH-CONFIDENTIALITY", "confidentialityCode holds the code of the CDA document",
        "DMP TD2.1, confidentialityCode").warning();
    PRACTICE = differs("COH-PRACTICE", "practiceSettingCode is that of the performer of the main act",
        "DMP TD2.1, practiceSettingCode").warning();
    FACILITY = differs("COH-FACILITY", "healthcareFacilityTypeCode is that of the place of the encounter",
        "DMP TD2.1, healthcareFacilityTypeCode").warning();
    TITLE = differs("COH-TITLE", "title is the title of the CDA document", "DMP TD2.1, title").warning();
}

/// What this family compares.
pub(super) static CHECKS: &[Check] = &[
    Check::new(&TYPE, "Reprendre dans typeCode le code du document (code et codeSystem).", type_code),
    Check::new(&CLASS, "Donner à classCode la classe associée au type du document.", class_code),
    Check::new(
        &FORMAT,
        "Donner à formatCode le format du modèle, ou du corps non structuré, du document.",
        format_code,
    ),
    Check::new(
        &MIME,
        "Donner à mimeType le type du fichier : text/xml, ou application/xslt+xml s'il est autoprésentable.",
        mime_type,
    ),
    Check::new(&LANGUAGE, "Reprendre dans languageCode la langue du document.", language),
    Check::new(
        &CONFIDENTIALITY,
        "Reprendre en premier dans confidentialityCode le niveau de confidentialité du document.",
        confidentiality,
    ),
    Check::new(
        &PRACTICE,
        "Reprendre dans practiceSettingCode le cadre d'exercice de l'exécutant de l'acte principal.",
        practice,
    ),
    Check::new(
        &FACILITY,
        "Reprendre dans healthcareFacilityTypeCode le secteur d'activité du lieu de la prise en charge.",
        facility,
    ),
    Check::new(&TITLE, "Reprendre dans title le titre du document.", title),
];

/// Compares a code of the entry with one of the document, when the document states it.
fn compare(
    sent: &Code,
    stated: Option<&Stated<'_, Code>>,
    attribute: &'static AttributeRow,
    differences: &mut Differences<'_>,
) {
    if let Some(stated) = stated.filter(|stated| stated.value != *sent) {
        let context = format!("{} is {}, the document says {}", attribute.name, shown(sent), shown(&stated.value));
        differences.tell(attribute, stated.place, context);
    }
}

fn type_code(case: &Case<'_>, differences: &mut Differences<'_>) {
    match &case.header.code {
        None => {
            differences.tell(&entry::TYPE_CODE, case.header.place, "the document has no code that typeCode could be");
        }
        stated => compare(&case.entry.type_code, stated.as_ref(), &entry::TYPE_CODE, differences),
    }
}

fn class_code(case: &Case<'_>, differences: &mut Differences<'_>) {
    let Some(kind) = &case.header.code else { return };
    let sent = &case.entry.class_code;
    if let Some(class) = class_of(&kind.value).filter(|class| class != sent) {
        let (kind_shown, sent, class) = (shown(&kind.value), shown(sent), shown(&class));
        let context = format!("classCode is {sent}; the type {kind_shown} of the document goes with {class}");
        differences.tell(&entry::CLASS_CODE, kind.place, context);
    }
}

fn format_code(case: &Case<'_>, differences: &mut Differences<'_>) {
    let Some(body) = &case.header.body else { return };
    let sent = &case.entry.format_code.value;
    let known = formats_of(case.header);
    // The sources name the scheme of some formats in two ways: the value decides.
    let differs = match (known.is_empty(), body.level) {
        (false, _) => known.iter().all(|format| format.value != *sent),
        // A template that is newer than the table may have any format of structured documents.
        (true, Level::Three) => is_of_level_one(sent),
        (true, Level::One) => false,
    };
    if differs {
        let goes_with: Vec<&str> = known.iter().map(|format| format.value.as_str()).collect();
        let expected =
            if goes_with.is_empty() { "one of structured documents".to_owned() } else { goes_with.join(" or ") };
        let sent = shown(&case.entry.format_code);
        let place = body.media_type.as_ref().map_or(body.place, |media_type| media_type.place);
        differences.tell(
            &entry::FORMAT_CODE,
            place,
            format_args!("formatCode is {sent}; the document goes with {expected}"),
        );
    }
}

fn mime_type(case: &Case<'_>, differences: &mut Differences<'_>) {
    let sent = case.entry.mime_type.as_str();
    let expected = mime_type_of(case.header.wrapper);
    if !sent.split(';').next().unwrap_or_default().trim_end().eq_ignore_ascii_case(expected) {
        let context = format_args!("mimeType is {sent}, expected {expected}");
        differences.tell(&entry::MIME_TYPE, case.header.place, context);
    }
}

fn language(case: &Case<'_>, differences: &mut Differences<'_>) {
    let sent = case.entry.language_code.as_str();
    if let Some(stated) = case.header.language.as_ref().filter(|stated| !stated.value.eq_ignore_ascii_case(sent)) {
        let said = short(&stated.value);
        let context = format_args!("languageCode is {sent}, the document says {said}");
        differences.tell(&entry::LANGUAGE_CODE, stated.place, context);
    }
}

fn confidentiality(case: &Case<'_>, differences: &mut Differences<'_>) {
    let sent = &case.entry.confidentiality_codes;
    if let Some(stated) = case.header.confidentiality.as_ref().filter(|stated| !sent.contains(&stated.value)) {
        let context = format!("confidentialityCode does not hold {}, which the document says", shown(&stated.value));
        differences.tell(&entry::CONFIDENTIALITY_CODE, stated.place, context);
    }
}

fn practice(case: &Case<'_>, differences: &mut Differences<'_>) {
    let main = case.header.service_events.first();
    let stated = main.and_then(|event| event.practice_setting.as_ref());
    compare(&case.entry.practice_setting_code, stated, &entry::PRACTICE_SETTING_CODE, differences);
}

fn facility(case: &Case<'_>, differences: &mut Differences<'_>) {
    let stated = case.header.encounter.as_ref().and_then(|encounter| encounter.facility.as_ref());
    let sent = &case.entry.healthcare_facility_type_code;
    compare(sent, stated, &entry::HEALTHCARE_FACILITY_TYPE_CODE, differences);
}

fn title(case: &Case<'_>, differences: &mut Differences<'_>) {
    let Some(stated) = &case.header.title else { return };
    let sent = case.entry.title.as_deref().unwrap_or_default();
    if !sent.split_whitespace().eq(stated.value.split_whitespace()) {
        differences.tell(&entry::TITLE, stated.place, "title is not the title of the document");
    }
}

fn shown(code: &Code) -> String {
    short(&code.to_query_form())
}

/// Short enough to be echoed.
fn short(text: &str) -> String {
    const LONGEST: usize = 100;
    text.chars().filter(|character| !character.is_control()).take(LONGEST).collect()
}
