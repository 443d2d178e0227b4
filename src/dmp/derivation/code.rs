//! Coded attributes. Spec: DMP `ASS_X16` (class of a type), `ASS_A11` (format of a volet).

use crate::cda::document::Level;
use crate::cda::header::{Header, Stated};
use crate::datatype::code::Code;
use crate::dmp::derivation::{Derived, Value, absent};
use crate::terminology::document_format::{of_media_type, of_templates, outside_models};
use crate::terminology::value_set::ValueSet;

/// The code that the header states.
pub(super) fn stated(code: Option<&Stated<'_, Code>>, missing: &'static str) -> Derived {
    match code {
        None => absent(missing),
        Some(code) if code.value.scheme.is_empty() => absent("the code names no codeSystem"),
        Some(code) => one(code.value.clone()),
    }
}

pub(super) fn class(header: &Header<'_>) -> Derived {
    let Some(kind) = &header.code else { return absent("the document has no code, and the class follows from it") };
    class_of(&kind.value).map_or_else(|| absent("the type of the document goes with no class that is known"), one)
}

/// The class that goes with a type.
pub(in crate::dmp) fn class_of(kind: &Code) -> Option<Code> {
    let class = ValueSet::TypeCode.find(kind)?.class?;
    let concept = ValueSet::ClassCode.concepts().iter().find(|concept| concept.code == class)?;
    Some(Code { display: Some(concept.label.to_owned()), ..Code::new(concept.code, concept.system) })
}

/// The formats that a document may have, the most national first; none when nothing is known of it.
pub(in crate::dmp) fn formats_of(header: &Header<'_>) -> Vec<Code> {
    let Some(body) = &header.body else { return Vec::new() };
    match body.level {
        Level::One => body.media_type.iter().filter_map(|media_type| of_media_type(&media_type.value)).collect(),
        Level::Three => {
            let roots: Vec<&str> = header.template_ids.iter().map(|template| template.value.root.as_str()).collect();
            of_templates(&roots)
        }
    }
}

pub(super) fn format(header: &Header<'_>) -> Derived {
    let known = formats_of(header).into_iter().next();
    match (known, header.body.as_ref().map(|body| body.level)) {
        (Some(format), _) => one(format),
        (None, Some(Level::Three)) => {
            let note = "no templateId is that of a volet that is known: the format for documents outside the models";
            Derived { note: Some(note.to_owned()), ..one(outside_models()) }
        }
        (None, Some(Level::One)) => absent("nonXMLBody/text/@mediaType is missing, or has no format"),
        (None, None) => absent("the document has no body"),
    }
}

pub(super) fn confidentiality(header: &Header<'_>) -> Derived {
    stated(header.confidentiality.as_ref(), "the document has no confidentialityCode")
}

/// Each code once.
pub(super) fn events(header: &Header<'_>) -> Derived {
    let mut codes: Vec<Code> = Vec::new();
    for code in header.service_events.iter().filter_map(|event| event.code.as_ref()) {
        if !code.value.scheme.is_empty() && !codes.contains(&code.value) {
            codes.push(code.value.clone());
        }
    }
    Derived { values: codes.into_iter().map(Value::Code).collect(), note: None }
}

fn one(code: Code) -> Derived {
    Derived { values: vec![Value::Code(code)], note: None }
}
