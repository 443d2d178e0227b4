//! Which format a document has: by the template of its volet, or by the media type of what a level 1 body holds.
//! Spec: DMP `ASS_A11`; ANS "Structuration minimale", formatCode.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::datatype::code::Code;
use crate::terminology::value_set::ValueSet;

const TEXT: &str = include_str!("data/format_by_template.tsv");

/// The format of documents that follow no volet.
const OUTSIDE_MODELS: &str = "urn:asipSante:modelesHorsProfils:2011";
/// The scheme of formats that the list of the DMP does not hold, by how they begin.
const SCHEMES: [(&str, &str); 2] = [("urn:ihe:", "1.3.6.1.4.1.19376.1.2.3"), ("urn:a", "1.2.250.1.213.1.1.4.2.282")];

/// Kind of key, key, format.
type Row = (&'static str, &'static str, &'static str);

static ROWS: LazyLock<Vec<Row>> =
    LazyLock::new(|| TEXT.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect());

/// The formats of a document with those templates, each once, that of a national volet before that of the international model
/// which it refines; none when no template is that of a volet that is known.
pub fn of_templates(roots: &[&str]) -> Vec<Code> {
    let fits = |row: &&Row| row.0 == "template" && roots.contains(&row.1);
    let mut formats: Vec<&str> = ROWS.iter().filter(fits).map(|row| row.2).collect();
    let mut seen = BTreeSet::new();
    formats.retain(|format| seen.insert(*format));
    formats.into_iter().map(code).collect()
}

/// The format of a level 1 document that holds a file of that media type.
pub fn of_media_type(media_type: &str) -> Option<Code> {
    ROWS.iter().find(|row| row.0 == "media" && row.1 == media_type).map(|row| code(row.2))
}

/// The format of a structured document that follows no volet.
pub fn outside_models() -> Code {
    code(OUTSIDE_MODELS)
}

/// Whether a format is that of level 1 documents.
pub fn is_of_level_one(format: &str) -> bool {
    ROWS.iter().any(|(kind, _, known)| *kind == "media" && *known == format)
}

/// The format with its scheme and label.
fn code(format: &str) -> Code {
    let listed = ValueSet::FormatCode.concepts().iter().find(|concept| concept.code == format);
    let scheme = || SCHEMES.iter().find(|(start, _)| format.starts_with(start)).map_or("", |(_, scheme)| scheme);
    Code {
        value: format.to_owned(),
        scheme: listed.map_or_else(scheme, |concept| concept.system).to_owned(),
        display: listed.map(|concept| concept.label.to_owned()).filter(|label| !label.is_empty()),
    }
}

fn row(line: &'static str) -> Option<Row> {
    let mut fields = line.split('\t');
    Some((fields.next()?, fields.next()?, fields.next()?))
}

#[cfg(test)]
mod tests {
    use super::{ROWS, TEXT, is_of_level_one, of_media_type, of_templates, outside_models};

    #[test]
    fn each_line_is_read_names_its_key_once_and_has_a_scheme() {
        let lines = TEXT.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(ROWS.len(), lines);
        let mut keys: Vec<_> = ROWS.iter().map(|row| (row.0, row.1)).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), lines);
        for (kind, key, _) in ROWS.iter() {
            let format = if *kind == "media" { of_media_type(key) } else { of_templates(&[*key]).pop() };
            assert!(!format.unwrap().scheme.is_empty(), "{key}");
        }
        assert!(TEXT.contains("# source: ") && TEXT.contains("# date: 20"));
    }

    #[test]
    fn a_format_comes_with_its_scheme_and_label() {
        let vsm = of_templates(&["1.2.3", "1.2.250.1.213.1.1.1.13"]).pop().unwrap();
        assert_eq!(
            (vsm.value.as_str(), vsm.scheme.as_str()),
            ("urn:asip:ci-sis:vsm:2012", "1.2.250.1.213.1.1.4.2.282")
        );
        let pdf = of_media_type("application/pdf").unwrap();
        assert_eq!(
            (pdf.scheme.as_str(), pdf.display.as_deref()),
            ("1.3.6.1.4.1.19376.1.2.3", Some("CDA niveau 1, PDF/A-1"))
        );
        assert_eq!(of_templates(&["1.2.3"]), []);
        assert!(is_of_level_one(&pdf.value) && !is_of_level_one(&vsm.value));
        let pathology = of_templates(&["1.3.6.1.4.1.19376.1.8.1.1.1", "1.2.250.1.213.1.1.1.57"]);
        let formats: Vec<&str> = pathology.iter().map(|format| format.value.as_str()).collect();
        assert_eq!(formats, ["urn:ihe:palm:apsr:2016", "urn:ihe:pat:apsr:all:2010"]);
        assert_eq!(outside_models().scheme, "1.2.250.1.213.1.1.4.2.282");
    }
}
