//! The same people: authors, the one who is responsible, and the traits of the patient.

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

fn authors(case: &Case<'_>, differences: &mut Differences<'_>) {
    let stated = &case.header.authors;
    let Some(first) = stated.first() else { return };
    let sent: Vec<&Xcn> = case.entry.authors.iter().flat_map(|author| &author.persons).collect();
    for (at, person) in sent.iter().enumerate() {
        if !stated.iter().any(|author| is(&author.entity, person)) {
            let context = format_args!("author {} of the entry is no author of the document", at + 1);
            differences.tell(&entry::AUTHOR, first.place, context);
        }
    }
    for author in stated.iter().filter(|author| !sent.iter().any(|person| is(&author.entity, person))) {
        differences.tell(&entry::AUTHOR, author.place, "an author of the document is no author of the entry");
    }
}

fn authenticator(case: &Case<'_>, differences: &mut Differences<'_>) {
    let Some(stated) = &case.header.legal_authenticator else { return };
    if !case.entry.legal_authenticator.as_ref().is_some_and(|sent| is(stated, sent)) {
        let context = "legalAuthenticator is not the one of the document";
        differences.tell(&entry::LEGAL_AUTHENTICATOR, stated.place, context);
    }
}

/// Whether a person of the metadata is one of the document: by identifier, and by name where one of the two has none.
fn is(participant: &Participant<'_>, person: &Xcn) -> bool {
    let numbered = || participant.ids.iter().filter_map(|id| Some((&id.value.root, id.value.extension.as_deref()?)));
    if person.identifier().is_empty() || numbered().next().is_none() {
        let name = participant.name.as_ref().map(|name| name.family.as_str());
        let name = name.or_else(|| participant.device.as_ref().map(|device| device.software.as_str()));
        return name.is_some_and(|name| folded(name) == folded(person.family()));
    }
    numbered().any(|(root, number)| number == person.identifier() && *root == person.authority())
}

fn traits(case: &Case<'_>, differences: &mut Differences<'_>) {
    let Some(patient) = &case.header.patient else { return };
    let sent = |field: &'static str| {
        let values = case.entry.source_patient_info.iter().filter_map(|value| value.trim_start().split_once('|'));
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
