//! The codes that an affinity domain accepts, as its operator wrote them down. Spec: ITI TF-3: 4.2.3.1.2.
//!
//! Two forms are read: a TOML of ours ([`toml_form`]) and the `codes.xml` that test tools of the field share
//! ([`xml_form`]). Which attribute a list is for is said by the list; what that means for an object is known by
//! whoever judges the object. Pure: the bytes are an argument.

pub mod toml_form;
pub mod xml_form;

use std::collections::HashMap;

use crate::datatype::code::Code;
use crate::datatype::oid::Oid;
use crate::terminology::nearest::nearest;

/// A whole table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CodeTable {
    /// The lists, in the order of the file.
    pub lists: Vec<CodeList>,
    /// The media types, in lower case; nothing is said of them when absent.
    pub mime_types: Option<Vec<String>>,
    /// The language tags, in lower case.
    pub languages: Option<Vec<String>>,
    /// The domains of patient identifiers.
    pub assigning_authorities: Option<Vec<Oid>>,
}

/// The codes of one attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeList {
    /// The attribute, by the name that the file gives it.
    pub name: String,
    /// The classification scheme of the attribute, when the file says it.
    pub class_scheme: Option<String>,
    /// Its line in the file, from 1.
    pub line: usize,
    /// The codes.
    pub codes: Codes,
}

/// Codes, found by value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Codes {
    all: Vec<TableCode>,
    by_value: HashMap<String, Vec<usize>>,
}

/// One code of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableCode {
    /// The code.
    pub value: String,
    /// Its scheme.
    pub scheme: String,
    /// What a human reads; empty where the file has none.
    pub display: String,
    /// Whether it is retired: still taken, and said.
    pub retired: bool,
}

/// How a code stands to a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup<'t> {
    /// It is a member.
    Found(&'t TableCode),
    /// The same code is a member under another scheme.
    OtherScheme(&'t TableCode),
    /// Neither.
    Unknown,
}

/// What is wrong with a file, and where. Several at once where reading can go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {text}", .key.as_ref().map(|key| format!(", {key}")).unwrap_or_default())]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// The key, element or attribute concerned.
    pub key: Option<String>,
    /// One sentence without a full stop.
    pub text: String,
}

impl CodeTable {
    /// Reads either form: what opens with `<` is XML.
    ///
    /// # Errors
    /// Every fault that was found; never an empty list.
    pub fn read(bytes: &[u8]) -> Result<Self, Vec<Fault>> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err(vec![Fault { line: 1, key: None, text: "the file is not UTF-8".to_owned() }]);
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_start().starts_with('<') { xml_form::read(text) } else { toml_form::read(text) }
    }
}

impl Codes {
    /// Adds a code; the same once more changes nothing.
    pub fn add(&mut self, code: TableCode) {
        let places = self.by_value.entry(code.value.clone()).or_default();
        let known = places.iter().filter_map(|at| self.all.get(*at)).any(|other| other.scheme == code.scheme);
        if !known {
            places.push(self.all.len());
            self.all.push(code);
        }
    }

    /// Adds those of another list.
    pub fn extend(&mut self, others: Self) {
        others.all.into_iter().for_each(|code| self.add(code));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none: then no code is accepted.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Looks a code up by value and scheme; the label is not compared.
    pub fn look_up(&self, code: &Code) -> Lookup<'_> {
        let places = self.by_value.get(&code.value).map_or(&[][..], Vec::as_slice);
        let mut same = places.iter().filter_map(|at| self.all.get(*at));
        match same.clone().find(|known| known.scheme == code.scheme) {
            Some(found) => Lookup::Found(found),
            None => same.next().map_or(Lookup::Unknown, Lookup::OtherScheme),
        }
    }

    /// The member that somebody who sent this code most likely meant: the same label, or the fewest edits between the
    /// codes or the labels.
    pub fn nearest(&self, code: &Code) -> Option<&TableCode> {
        let label = code.display.as_deref().map(str::trim).filter(|label| !label.is_empty());
        let same_label = |known: &&TableCode| label.is_some_and(|label| known.display.eq_ignore_ascii_case(label));
        if let Some(same) = self.all.iter().find(same_label) {
            return Some(same);
        }
        let by_code = nearest(self.all.iter(), |known| &known.value, &code.value, COMPARED);
        let by_label = label.and_then(|label| nearest(self.all.iter(), |known| &known.display, label, COMPARED));
        [by_code, by_label].into_iter().flatten().min_by_key(|(far, _)| *far).map(|(_, known)| known)
    }
}

/// Where the lines of a file begin. A place is found by halving, since a table has as many places as codes.
struct Lines(Vec<usize>);

impl Lines {
    fn of_text(text: &str) -> Self {
        Self(memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1).collect())
    }

    /// The line of an offset in bytes, from 1.
    fn of(&self, at: usize) -> usize {
        self.0.partition_point(|start| *start <= at) + 1
    }
}

/// Members that one search compares, at most: a list may hold a whole terminology.
const COMPARED: usize = 4096;

#[cfg(test)]
mod tests {
    use super::{Codes, Lines, Lookup, TableCode};
    use crate::datatype::code::Code;

    fn codes(list: &[(&str, &str, &str)]) -> Codes {
        let mut codes = Codes::default();
        for (value, scheme, display) in list {
            let (value, scheme, display) = ((*value).to_owned(), (*scheme).to_owned(), (*display).to_owned());
            codes.add(TableCode { value, scheme, display, retired: false });
        }
        codes
    }

    #[test]
    fn a_line_begins_after_the_end_of_the_one_before() {
        let lines = Lines::of_text("ab\n\ncd\n");
        let of: Vec<usize> = (0..8).map(|at| lines.of(at)).collect();
        assert_eq!(of, [1, 1, 1, 2, 3, 3, 3, 4]);
    }

    #[test]
    fn a_code_is_known_by_value_and_scheme() {
        let codes = codes(&[("10", "1.2.3", "Report"), ("10", "1.2.4", "Other report"), ("10", "1.2.3", "twice")]);
        assert_eq!(codes.len(), 2);
        assert!(
            matches!(codes.look_up(&Code::new("10", "1.2.4")), Lookup::Found(found) if found.display == "Other report")
        );
        assert!(
            matches!(codes.look_up(&Code::new("10", "9.9")), Lookup::OtherScheme(other) if other.scheme == "1.2.3")
        );
        assert_eq!(codes.look_up(&Code::new("11", "1.2.3")), Lookup::Unknown);
    }

    #[test]
    fn the_nearest_code_has_the_label_or_differs_least() {
        let codes = codes(&[("11488-4", "L", "Consultation note"), ("18842-5", "L", "Discharge summary")]);
        let near = |value: &str, label: Option<&str>| {
            let code = Code { display: label.map(str::to_owned), ..Code::new(value, "L") };
            codes.nearest(&code).map(|known| known.value.clone())
        };
        assert_eq!(near("11488-5", None).as_deref(), Some("11488-4"));
        assert_eq!(near("XYZ", Some("discharge SUMMARY")).as_deref(), Some("18842-5"));
        assert_eq!(near("XYZ", Some("Dischrge sumary")).as_deref(), Some("18842-5"));
        assert_eq!(near("XYZ", Some("nothing of the kind at all")), None);
    }
}
