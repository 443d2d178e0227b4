//! The TOML form: one array of tables for each attribute, so that a table can be kept and compared by hand.
//!
//! ```toml
//! version = "3"
//! date = "2026-01-01"
//! mime_types = ["text/xml", "application/pdf"]
//! languages = ["fr-FR"]
//! assigning_authorities = ["1.2.250.1.213.1.4.10"]
//!
//! [[class_code]]
//! code = "10"
//! scheme = "1.2.250.1.213.1.1.4.1"
//! display = "Compte rendu"
//! ```

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::datatype::oid::Oid;
use crate::terminology::code_table::{CodeList, CodeTable, Codes, Fault, Lines, TableCode};
use crate::terminology::nearest::distance;

/// Key of the file → name of the attribute in the standard.
pub const ATTRIBUTES: &[(&str, &str)] = &[
    ("class_code", "classCode"),
    ("confidentiality_code", "confidentialityCode"),
    ("event_code", "eventCodeList"),
    ("format_code", "formatCode"),
    ("healthcare_facility_type_code", "healthcareFacilityTypeCode"),
    ("practice_setting_code", "practiceSettingCode"),
    ("type_code", "typeCode"),
    ("content_type_code", "contentTypeCode"),
    ("folder_code", "codeList"),
    ("association_documentation", "documentation"),
];

/// The other keys.
const PLAIN: &[&str] = &["version", "date", "mime_types", "languages", "assigning_authorities"];

type Value<'a> = Spanned<DeValue<'a>>;

/// Reads the text of a file.
///
/// # Errors
/// Every fault that was found.
pub fn read(text: &str) -> Result<CodeTable, Vec<Fault>> {
    let lines = Lines::of_text(text);
    let file = DeTable::parse(text).map_err(|cause| {
        let at = cause.span().map_or(0, |span| span.start);
        vec![Fault { line: lines.of(at), key: None, text: cause.message().to_owned() }]
    })?;
    let mut table = CodeTable::default();
    let mut faults = Vec::new();
    for (key, value) in file.get_ref() {
        let place = Place { line: lines.of(key.span().start), key: key.get_ref().as_ref() };
        match place.key {
            "version" | "date" => {
                let _ = text_of(value, place, &mut faults);
            }
            "mime_types" => table.mime_types = Some(lower(words(value, place, &lines, &mut faults))),
            "languages" => table.languages = Some(lower(words(value, place, &lines, &mut faults))),
            "assigning_authorities" => {
                table.assigning_authorities = Some(oids(&words(value, place, &lines, &mut faults), place, &mut faults));
            }
            written => match ATTRIBUTES.iter().find(|(known, _)| *known == written) {
                Some((_, name)) => table.lists.push(CodeList {
                    name: (*name).to_owned(),
                    class_scheme: None,
                    line: place.line,
                    codes: codes(value, place, &lines, &mut faults),
                }),
                None => faults.push(place.fault(format!("unknown key; the nearest is {}", nearest_key(written)))),
            },
        }
    }
    // A list whose age nobody knows is nobody's list.
    for needed in ["version", "date"].into_iter().filter(|needed| file.get_ref().get(*needed).is_none()) {
        faults.push(Fault { line: 1, key: Some(needed.to_owned()), text: "the key is missing".to_owned() });
    }
    faults.sort_by_key(|fault| fault.line);
    if faults.is_empty() { Ok(table) } else { Err(faults) }
}

/// A key and its line.
#[derive(Clone, Copy)]
struct Place<'a> {
    line: usize,
    key: &'a str,
}

impl Place<'_> {
    fn fault(self, text: impl Into<String>) -> Fault {
        Fault { line: self.line, key: Some(self.key.to_owned()), text: text.into() }
    }
}

fn text_of<'v>(value: &'v Value<'_>, place: Place<'_>, faults: &mut Vec<Fault>) -> Option<&'v str> {
    let text = value.get_ref().as_str().filter(|text| !text.is_empty());
    if text.is_none() {
        faults.push(place.fault("expected a text that is not empty"));
    }
    text
}

fn words<'v>(value: &'v Value<'_>, place: Place<'_>, lines: &Lines, faults: &mut Vec<Fault>) -> Vec<&'v str> {
    let Some(items) = value.get_ref().as_array() else {
        faults.push(place.fault("expected a list of texts"));
        return Vec::new();
    };
    let of_item = |item: &Value<'_>| Place { line: lines.of(item.span().start), key: place.key };
    items.iter().filter_map(|item| text_of(item, of_item(item), faults)).collect()
}

fn lower(words: Vec<&str>) -> Vec<String> {
    words.into_iter().map(str::to_ascii_lowercase).collect()
}

fn oids(words: &[&str], place: Place<'_>, faults: &mut Vec<Fault>) -> Vec<Oid> {
    let mut oids = Vec::with_capacity(words.len());
    for word in words {
        match Oid::parse(word) {
            Ok(oid) => oids.push(oid),
            Err(malformed) => faults.push(place.fault(malformed.to_string())),
        }
    }
    oids
}

fn codes(value: &Value<'_>, place: Place<'_>, lines: &Lines, faults: &mut Vec<Fault>) -> Codes {
    let mut codes = Codes::default();
    let Some(items) = value.get_ref().as_array() else {
        faults.push(place.fault(format!("expected [[{}]] tables, each with code and scheme", place.key)));
        return codes;
    };
    for item in items {
        let at = Place { line: lines.of(item.span().start), key: place.key };
        match item.get_ref().as_table() {
            Some(fields) => codes_add(&mut codes, fields, at, lines, faults),
            None => faults.push(at.fault("expected a table with code and scheme")),
        }
    }
    codes
}

fn codes_add(codes: &mut Codes, fields: &DeTable<'_>, at: Place<'_>, lines: &Lines, faults: &mut Vec<Fault>) {
    for key in fields.keys().filter(|key| !["code", "scheme", "display", "retired"].contains(&key.get_ref().as_ref())) {
        let key_at = Place { line: lines.of(key.span().start), key: at.key };
        faults.push(key_at.fault(format!("unknown key {}; known are code, scheme, display, retired", key.get_ref())));
    }
    let mut needed = |name: &str| {
        let value = fields.get(name).and_then(|value| value.get_ref().as_str()).filter(|text| !text.is_empty());
        if value.is_none() {
            faults.push(at.fault(format!("{name} is missing or no text")));
        }
        value
    };
    let (value, scheme) = (needed("code"), needed("scheme"));
    let (display, retired) = (fields.get("display"), fields.get("retired"));
    let (display, retired) =
        (display.map(|value| value.get_ref().as_str()), retired.map(|value| value.get_ref().as_bool()));
    if display == Some(None) {
        faults.push(at.fault("display is no text"));
    }
    if retired == Some(None) {
        faults.push(at.fault("retired is neither true nor false"));
    }
    let (Some(value), Some(scheme)) = (value, scheme) else { return };
    codes.add(TableCode {
        value: value.to_owned(),
        scheme: scheme.to_owned(),
        display: display.flatten().unwrap_or("").to_owned(),
        retired: retired.flatten().unwrap_or(false),
    });
}

fn nearest_key(written: &str) -> &'static str {
    let known = ATTRIBUTES.iter().map(|(key, _)| *key).chain(PLAIN.iter().copied());
    known.min_by_key(|key| distance(key, written)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::datatype::code::Code;
    use crate::terminology::code_table::Lookup;

    const GOOD: &str = r#"version = "3"
date = "2026-01-01"
mime_types = ["text/xml"]
assigning_authorities = ["1.2.3"]

[[class_code]]
code = "10"
scheme = "1.2.250.1.213.1.1.4.1"
display = "Compte rendu"

[[class_code]]
code = "11"
scheme = "1.2.250.1.213.1.1.4.1"
retired = true
"#;

    #[test]
    fn a_table_is_read() {
        let table = read(GOOD).unwrap();
        let list = &table.lists[0];
        assert_eq!((list.name.as_str(), list.line, list.codes.len()), ("classCode", 6, 2));
        let eleven = list.codes.look_up(&Code::new("11", "1.2.250.1.213.1.1.4.1"));
        assert!(matches!(eleven, Lookup::Found(found) if found.retired));
        assert_eq!(table.mime_types.unwrap(), ["text/xml"]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_key() {
        let wrong = "version = \"1\"\nclas_code = 1\nmime_types = [\"a\", 2]\ntype_code = \"x\"\n\n[[format_code]]\n\
                     code = \"1\"\nsheme = \"x\"\n";
        let faults: Vec<String> = read(wrong).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            [
                "line 1, date: the key is missing",
                "line 2, clas_code: unknown key; the nearest is class_code",
                "line 3, mime_types: expected a text that is not empty",
                "line 4, type_code: expected [[type_code]] tables, each with code and scheme",
                "line 6, format_code: scheme is missing or no text",
                "line 8, format_code: unknown key sheme; known are code, scheme, display, retired",
            ]
        );
        assert!(read("version = ").unwrap_err()[0].to_string().starts_with("line 1"));
    }

    #[test]
    fn a_value_of_another_type_is_no_absent_value() {
        let wrong = GOOD.replace("retired = true", "retired = \"true\"").replace("\"Compte rendu\"", "1");
        let faults: Vec<String> = read(&wrong).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            ["line 6, class_code: display is no text", "line 11, class_code: retired is neither true nor false"]
        );
    }

    #[test]
    fn a_table_as_large_as_a_terminology_is_read_in_one_pass() {
        // Counting lines from the top for each of its codes would take minutes.
        let code = |at: usize| format!("[[type_code]]\ncode = \"{at}\"\nscheme = \"1.2.3\"\n");
        let table = format!("version = \"1\"\ndate = \"2026\"\n{}", (0..50_000).map(code).collect::<String>());
        assert_eq!(read(&table).unwrap().lists[0].codes.len(), 50_000);
    }
}
