//! The same people: authors, the one who is responsible, and the traits of the patient.

use std::collections::BTreeSet;

use crate::cda::header::{Participant, Patient};
use crate::datatype::xcn::Xcn;
use crate::dmp::coherence::{Case, Check, Differences, differs};
use crate::xds::metadata::attribute::entry;
use crate::xds::rule::rules;

rules! {
    AUTHOR = differs("COH-AUTHOR", "the authors are those of the CDA document", "DMP TD2.1, author").warning();
    AUTHENTICATOR = differs("COH-AUTHENTICATOR", "legalAuthenticator is that of the CDA document",
        "DMP TD2.1, legalAuthenticator").warning();
    TRAITS = differs("COH-TRAITS", "sourcePatientInfo carries a name, the birth date and the gender of the patient of the CDA document",
        "DMP TD2.1, sourcePatientInfo").warning();
}

/// What this family compares.
pub(super) static CHECKS: &[Check] = &[
    Check::new(&AUTHOR, "Reprendre dans author chacun des auteurs du document, avec son identifiant.", authors),
    Check::new(
        &AUTHENTICATOR,
        "Reprendre dans legalAuthenticator le responsable du document, avec son identifiant.",
        authenticator,
    ),
    Check::new(
        &TRAITS,
        "Reprendre dans sourcePatientInfo les traits du patient du document (PID-5, PID-7, PID-8).",
        traits,
    ),
];

/// The people of one side, to be looked up: a document may have as many authors as fit into it, and so may an entry.
#[derive(Default)]
struct People<'p> {
    /// Authority and identifier.
    numbers: BTreeSet<(&'p str, &'p str)>,
    /// Names, folded.
    names: BTreeSet<String>,
    /// The names of those who have no identifier.
    names_alone: BTreeSet<String>,
}

impl<'p> People<'p> {
    fn add(&mut self, numbers: &[(&'p str, &'p str)], name: Option<&str>) {
        for number in numbers {
            self.numbers.insert(*number);
        }
        let Some(name) = name.map(folded).filter(|name| !name.is_empty()) else { return };
        if numbers.is_empty() {
            self.names_alone.insert(name.clone());
        }
        self.names.insert(name);
    }

    /// Whether somebody is among them: by identifier, and by name where one of the two has none.
    fn hold(&self, numbers: &[(&str, &str)], name: Option<&str>) -> bool {
        let names = if numbers.is_empty() { &self.names } else { &self.names_alone };
        numbers.iter().any(|number| self.numbers.contains(number))
            || name.is_some_and(|name| names.contains(&folded(name)))
    }
}

fn numbers_of<'h>(participant: &'h Participant<'_>) -> Vec<(&'h str, &'h str)> {
    let ids = participant.ids.iter().map(|id| &id.value);
    ids.filter_map(|id| Some((id.root.as_str(), id.extension.as_deref()?))).collect()
}

fn name_of<'h>(participant: &'h Participant<'_>) -> Option<&'h str> {
    let person = participant.name.as_ref().map(|name| name.family.as_str());
    person.or_else(|| participant.device.as_ref().map(|device| device.software.as_str()))
}

fn number_of(person: &Xcn) -> Vec<(&str, &str)> {
    let number = (person.authority(), person.identifier());
    if number.1.is_empty() { Vec::new() } else { vec![number] }
}

fn authors(case: &Case<'_>, differences: &mut Differences<'_>) {
    let Some(first) = case.header.authors.first() else { return };
    let (mut stated, mut sent) = (People::default(), People::default());
    for author in &case.header.authors {
        stated.add(&numbers_of(&author.entity), name_of(&author.entity));
    }
    for person in case.entry.authors.iter().flat_map(|author| &author.persons) {
        sent.add(&number_of(person), Some(person.family()));
    }
    for (at, person) in case.entry.authors.iter().flat_map(|author| &author.persons).enumerate() {
        if !stated.hold(&number_of(person), Some(person.family())) {
            let context = format_args!("author {} of the entry is no author of the document", at + 1);
            differences.tell(&entry::AUTHOR, first.place, context);
        }
    }
    for author in &case.header.authors {
        if !sent.hold(&numbers_of(&author.entity), name_of(&author.entity)) {
            differences.tell(&entry::AUTHOR, author.place, "an author of the document is no author of the entry");
        }
    }
}

fn authenticator(case: &Case<'_>, differences: &mut Differences<'_>) {
    let Some(stated) = &case.header.legal_authenticator else { return };
    let mut people = People::default();
    people.add(&numbers_of(stated), name_of(stated));
    let same = |sent: &Xcn| people.hold(&number_of(sent), Some(sent.family()));
    if !case.entry.legal_authenticator.as_ref().is_some_and(same) {
        let context = "legalAuthenticator is not the one of the document";
        differences.tell(&entry::LEGAL_AUTHENTICATOR, stated.place, context);
    }
}

/// Values of sourcePatientInfo that are looked at; a patient has some ten fields.
const TRAITS_READ: usize = 64;

fn traits(case: &Case<'_>, differences: &mut Differences<'_>) {
    let Some(patient) = &case.header.patient else { return };
    let sent = |field: &'static str| {
        let values = case
            .entry
            .source_patient_info
            .iter()
            .take(TRAITS_READ)
            .filter_map(|value| value.trim_start().split_once('|'));
        values.filter(move |(own, _)| *own == field).map(|(_, value)| value)
    };
    let place = patient.place;
    if sent("PID-5").next().is_some() && !sent("PID-5").any(|name| is_name_of(patient, name)) {
        let place = patient.name.as_ref().map_or(place, |name| name.place);
        differences.tell(&entry::SOURCE_PATIENT_INFO, place, "PID-5 holds no name of the patient of the document");
    }
    if let (Some(birth), Some(sent)) = (&patient.birth_time, sent("PID-7").next()) {
        let (stated, sent) = (birth.value.local_date(), sent.get(..8).unwrap_or(sent));
        let same = !sent.is_empty() && (stated.starts_with(sent) || sent.starts_with(&stated));
        if !same {
            let context = "PID-7 is not the birth date of the patient of the document";
            differences.tell(&entry::SOURCE_PATIENT_INFO, birth.place, context);
        }
    }
    if let (Some(gender), Some(sent)) = (&patient.gender, sent("PID-8").next()) {
        let stated = gender.value.value.as_str();
        if sent != stated && !(stated == "UN" && sent == "U") {
            let context = "PID-8 is not the gender of the patient of the document";
            differences.tell(&entry::SOURCE_PATIENT_INFO, gender.place, context);
        }
    }
}

/// Whether a PID-5 has a family name of the patient and, where it has a given name, one of his too.
fn is_name_of(patient: &Patient<'_>, sent: &str) -> bool {
    let Some(name) = patient.name.as_ref().map(|name| &name.value) else { return true };
    let mut components = sent.split('^').map(folded);
    let (family, given) = (components.next().unwrap_or_default(), components.next().unwrap_or_default());
    // A list of given names begins with the one in use, or holds it.
    let holds = |list: &str| format!(" {} ", folded(list)).contains(&format!(" {given} "));
    let mut givens = name.givens().peekable();
    name.families().any(|own| folded(own) == family)
        && (given.is_empty() || givens.peek().is_none() || givens.any(holds))
}

/// How HL7 version 2 writes its separators within a text.
const ESCAPES: [&str; 5] = ["\\S\\", "\\T\\", "\\R\\", "\\F\\", "\\E\\"];

/// A name as two systems may both write it: upper case, without accents, hyphens and apostrophes as spaces.
fn folded(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let name = ESCAPES.iter().fold(name.to_owned(), |name, escape| name.replace(escape, " "));
    for character in name.chars().flat_map(char::to_uppercase) {
        match character {
            'À'..='Å' => plain.push('A'),
            'Æ' => plain.push_str("AE"),
            'Ç' => plain.push('C'),
            'È'..='Ë' => plain.push('E'),
            'Ì'..='Ï' => plain.push('I'),
            'Ñ' => plain.push('N'),
            'Ò'..='Ö' | 'Ø' => plain.push('O'),
            'Œ' => plain.push_str("OE"),
            'Ù'..='Ü' => plain.push('U'),
            'Ý' | 'Ÿ' => plain.push('Y'),
            // Accents that stand apart from their letter.
            '\u{300}'..='\u{36f}' => {}
            other if other.is_alphanumeric() => plain.push(other),
            _ => plain.push(' '),
        }
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn a_name_is_the_same_with_and_without_accents_and_hyphens() {
        for (one, other) in [
            ("Lefèvre", "LEFEVRE"),
            ("Lefe\u{300}vre", "LEFEVRE"),
            ("PAT-TROIS", "pat trois"),
            ("D'Œuvre", "D OEUVRE"),
            ("  ÇA   ", "ca"),
            ("A\\T\\B", "A&B"),
        ] {
            assert_eq!(folded(one), folded(other));
        }
        assert_ne!(folded("MARTIN"), folded("MARTINEZ"));
    }
}
