//! The form of the files beside this code.
//!
//! ```text
//! # name: JDV_J143_AdministrativeGender_CISIS
//! # source: NOS, Sexe administratif CI-SIS
//! # oid: 1.2.250.1.213.1.1.5.590
//! # date: 2021-03-26
//! # code → system → label
//! F → 2.16.840.1.113883.5.1 → Féminin
//! ```
//!
//! Columns are separated by a tabulator (→ above); the label may be left out. A further `# name:` begins a further set. A system `?`
//! stands for any.

use crate::terminology::code_set::{CodeSet, Concept};
use crate::terminology::code_table::Fault;

/// Reads the sets of a text.
///
/// # Errors
/// Every fault that was found.
pub fn read(text: &str) -> Result<Vec<CodeSet>, Vec<Fault>> {
    let mut sets: Vec<CodeSet> = Vec::new();
    let mut faults = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let fault = |text: &str| Fault { line: number, key: None, text: text.to_owned() };
        if let Some(header) = line.strip_prefix('#') {
            let Some((key, value)) = header.split_once(':') else { continue };
            if key.trim() == "name" {
                sets.push(CodeSet::new(String::new(), value.trim().to_owned(), Vec::new()));
            } else if let Some(set) = sets.last_mut() {
                put_header(set, key.trim(), value.trim());
            }
        } else if !line.trim().is_empty() {
            match (sets.last_mut(), concept(line)) {
                (Some(set), Some(concept)) => set.concepts.push(concept),
                (None, _) => faults.push(fault("a code stands before any line `# name: …`")),
                (_, None) => faults.push(fault("a line is: code, tabulator, system, and perhaps tabulator, label")),
            }
        }
    }
    for set in &mut sets {
        set.concepts.sort_unstable();
        if set.oid.is_empty() {
            let key = Some(set.name.clone());
            faults.push(Fault { line: 1, key, text: "the set has no line `# oid: …`".to_owned() });
        }
    }
    if sets.is_empty() && faults.is_empty() {
        faults.push(Fault { line: 1, key: None, text: "the file holds no set: no line `# name: …`".to_owned() });
    }
    if faults.is_empty() { Ok(sets) } else { Err(faults) }
}

fn put_header(set: &mut CodeSet, key: &str, value: &str) {
    let place = match key {
        "oid" => &mut set.oid,
        "source" => &mut set.source,
        "date" => &mut set.date,
        _ => return,
    };
    value.clone_into(place);
}

fn concept(line: &str) -> Option<Concept> {
    let mut fields = line.split('\t').map(str::trim);
    let (code, system) = (fields.next()?, fields.next()?);
    let label = fields.next().unwrap_or("");
    (!code.is_empty() && !system.is_empty() && fields.next().is_none()).then(|| Concept {
        code: code.to_owned(),
        system: system.to_owned(),
        label: label.to_owned(),
    })
}
