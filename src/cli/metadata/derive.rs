//! `metadata derive`: the metadata that the header of a CDA document implies.
//!
//! What no document says (content type, identifiers of the sending) comes from the arguments; what nobody says is drawn
//! and told on standard error.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::cda::document::ClinicalDocument;
use crate::cda::header::Header;
use crate::cda::validation::Settings;
use crate::cli::console::{Console, Failure, now};
use crate::datatype::Malformed;
use crate::datatype::code::Code;
use crate::datatype::dtm::Dtm;
use crate::datatype::entry_uuid::EntryUuid;
use crate::datatype::hash::Sha1;
use crate::datatype::oid::Oid;
use crate::datatype::unique_id::UniqueId;
use crate::dmp::derivation::submission::{ENTRY, Sending, content_type, content_type_of, objects};
use crate::dmp::derivation::{FileFacts, Line, NOT_DERIVED, Value, derive};
use crate::xds::message::provide_and_register;
use crate::xml::document::{Document, text_of_bytes};

const EXAMPLES: &str = "\
Examples:
  dmp-gateway metadata derive cda-samples/consultation.xml > submission.xml
  dmp-gateway metadata derive --format text cda-samples/consultation.xml
  dmp-gateway metadata derive --content-type 03 --source-id 1.2.250.1.999.77.1 document.xml";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// How the metadata are written
    #[arg(long, value_enum, default_value = "ebrim")]
    format: Form,
    /// contentTypeCode of the submission set (`JDV_J59`); by default the one that the encounter suggests
    #[arg(long, value_name = "CODE")]
    content_type: Option<String>,
    /// sourceId: the OID of the software that sends
    #[arg(long, value_name = "OID")]
    source_id: Option<String>,
    /// uniqueId of the submission set
    #[arg(long, value_name = "OID")]
    set_id: Option<String>,
    /// The entryUUID of the document that this one replaces
    #[arg(long, value_name = "URN")]
    replaces: Option<String>,
    /// The CDA document
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A `ProvideAndRegisterDocumentSetRequest` whose document is the part `cid:document`, to be sent or judged
    Ebrim,
    /// Each attribute with its value and where it comes from
    Text,
    /// The same for programs: one object a line
    Json,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let path = &arguments.file;
    let bytes = std::fs::read(path)
        .map_err(|cause| Failure::input_output(format!("cannot read {}: {cause}", path.display())))?;
    let limits = Settings::default().limits;
    let refused = |cause: String| Failure::check_failed_for(format!("{}: {cause}", path.display()));
    let document = text_of_bytes(&bytes).and_then(|text| Document::parse(text, &limits));
    let document = document.map_err(|cause| refused(cause.to_string()))?;
    let clinical = ClinicalDocument::of(&document).map_err(|cause| refused(cause.to_string()))?;
    let header = Header::of(clinical);
    let file = FileFacts { hash: Sha1::from_bytes(openssl::sha::sha1(&bytes)), size: bytes.len() as u64 };
    let lines = derive(&header, file);
    match arguments.format {
        Form::Ebrim => {
            let sending = sending(arguments, &header, console)?;
            notes(&lines, console);
            let objects = objects(&lines, &sending);
            // The document is a part of the package: whoever sends it puts it there.
            let body = provide_and_register::encode(&objects.all(), &[(ENTRY, "document")]);
            console.text(indented(&body));
        }
        Form::Text => text(&lines, console),
        Form::Json => json_line(path, &lines, console),
    }
    Ok(())
}

/// What the sender says; what it does not say is drawn.
fn sending(arguments: &Arguments, header: &Header<'_>, console: &mut Console) -> Result<Sending, Failure> {
    let content_type = match &arguments.content_type {
        Some(code) => {
            let known = content_type(code);
            Some(known.ok_or_else(|| Failure::wrong_use(format!("--content-type: {code} is not in JDV_J59")))?)
        }
        None => content_type_of(header),
    };
    if content_type.is_none() {
        console.note("contentTypeCode: the document suggests none; give it by --content-type");
    }
    let mut given = |option: &str, value: &Option<String>, what: &str| {
        value.clone().unwrap_or_else(|| {
            let drawn = format!("2.25.{}", Uuid::new_v4().as_u128());
            console.note(format!("{what}: drawn, {drawn}; {option} gives another"));
            drawn
        })
    };
    let source_id = given("--source-id", &arguments.source_id, "sourceId of the software that sends");
    let unique_id = given("--set-id", &arguments.set_id, "uniqueId of the submission set");
    Ok(Sending {
        unique_id: UniqueId::parse(&unique_id).map_err(wrong("--set-id"))?,
        source_id: Oid::parse(&source_id).map_err(wrong("--source-id"))?,
        time: Dtm::from_utc(now()),
        content_type,
        replaces: arguments.replaces.as_deref().map(EntryUuid::parse).transpose().map_err(wrong("--replaces"))?,
    })
}

/// An option whose value is malformed.
fn wrong(option: &'static str) -> impl Fn(Malformed) -> Failure {
    move |cause| Failure::wrong_use(format!("{option}: {cause}"))
}

fn notes(lines: &[Line], console: &mut Console) {
    for line in lines {
        if let Some(note) = &line.derived.note {
            console.note(format!("{}: {note}", line.mapping.attribute.name));
        }
    }
}

/// XML with each element on a line of its own. Text stays with its element: where a tag meets a tag there is none, since
/// `<` and `>` are escaped in text and in attributes.
fn indented(xml: &[u8]) -> String {
    let text = String::from_utf8_lossy(xml);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let mut depth = 0_usize;
    let mut after_opening = false;
    for piece in text.split_inclusive('>') {
        let closing = piece.starts_with("</");
        let with_text = !piece.starts_with('<');
        let empty = closing && after_opening;
        depth = if closing || with_text { depth.saturating_sub(1) } else { depth };
        if !with_text && !empty {
            out.push_str(&"  ".repeat(depth));
        } else {
            out.truncate(out.trim_end_matches('\n').len());
        }
        out.push_str(piece);
        out.push('\n');
        after_opening = !closing && !with_text && !piece.ends_with("/>");
        depth += usize::from(after_opening);
    }
    out
}

fn text(lines: &[Line], console: &mut Console) {
    for line in lines {
        let (name, source) = (line.mapping.attribute.name, line.mapping.source);
        console.line(format!("{name}  ← {source}"));
        for value in &line.derived.values {
            for shown in shown(value) {
                console.line(format!("    {shown}"));
            }
        }
        if let Some(note) = &line.derived.note {
            console.line(format!("    ({note})"));
        } else if line.derived.values.is_empty() {
            console.line("    (none)");
        }
    }
    console.line("Not derived");
    for (attribute, reason) in NOT_DERIVED {
        console.line(format!("    {}: {reason}", attribute.name));
    }
}

fn shown(value: &Value) -> Vec<String> {
    match value {
        Value::Text(text) => vec![text.clone()],
        Value::Code(code) => vec![shown_code(code)],
        Value::Author(slots) => slots.named().map(|(name, text)| format!("{name}: {text}")).collect(),
    }
}

fn shown_code(code: &Code) -> String {
    let label = code.display.as_ref().map(|label| format!("  {label}")).unwrap_or_default();
    format!("{}^^{}{label}", code.value, code.scheme)
}

fn json_line(file: &Path, lines: &[Line], console: &mut Console) {
    let attributes: Vec<Json> = lines
        .iter()
        .map(|line| {
            json!({
                "attribute": line.mapping.attribute.name,
                "source": line.mapping.source,
                "required": line.mapping.required,
                "values": line.derived.values.iter().map(to_json).collect::<Vec<_>>(),
                "note": line.derived.note,
            })
        })
        .collect();
    let not_derived: Vec<Json> = NOT_DERIVED
        .iter()
        .map(|(attribute, reason)| json!({ "attribute": attribute.name, "reason": reason }))
        .collect();
    let object = json!({ "file": file.display().to_string(), "attributes": attributes, "not_derived": not_derived });
    console.line(object.to_string());
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(text),
        Value::Code(code) => json!({ "code": code.value, "scheme": code.scheme, "display": code.display }),
        Value::Author(slots) => slots.named().map(|(name, text)| (name.to_owned(), json!(text))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::indented;

    #[test]
    fn indenting_leaves_texts_and_empty_elements_whole() {
        let xml = b"<a><b x=\"1\"/><c>t u</c><d></d><e><f>&gt;</f></e></a>";
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\n  <b x=\"1\"/>\n  <c>t u</c>\n  <d></d>\n  <e>\n    <f>&gt;</f>\n  </e>\n</a>\n";
        assert_eq!(indented(xml), expected);
    }
}
