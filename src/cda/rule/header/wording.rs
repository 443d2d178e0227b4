//! The rules of the table in words: id, what is expected, and a sentence of help in two languages.

use std::borrow::Cow;

use crate::cda::rule::header::table::{Condition, Count, Demand, Entry, Step, Syntax, Table};
use crate::cda::rule::{Help, Rule, Severity};
use crate::terminology::code_set::CodeSet;

/// Who demands them.
const SPEC: &str = "ANS Structuration minimale";

/// Which demand of a place.
#[derive(Clone, Copy)]
pub(super) enum Part<'t> {
    /// Of the table.
    Demand(&'t Demand),
    /// The number of a kind of children: its place.
    Child(usize),
    /// `xsi:type` names the declared type.
    Type(&'static str),
    /// The prefixes of names at a path are civilities.
    Prefix(&'static str),
    /// The suffixes of names at a path are titles.
    Suffix(&'static str),
    /// Only what is known stands inside.
    Unknown,
}

impl Part<'_> {
    fn severity(self) -> Severity {
        if matches!(self, Self::Unknown) { Severity::Warning } else { Severity::Error }
    }
}

/// A rule and what it expects.
pub(super) struct Words {
    pub(super) rule: Rule,
    pub(super) expected: String,
}

/// Two sentences and an expectation.
struct Said {
    fr: String,
    en: String,
    expected: String,
}

impl Words {
    /// The words of a demand.
    pub(super) fn of(table: &Table, place: usize, part: Part<'_>) -> Self {
        let path = path_of(table, place);
        let said = said(table, place, part, &path);
        let rule = Rule {
            id: Cow::Owned(id_of(table, place, part)),
            severity: part.severity(),
            help: Help { fr: Cow::Owned(said.fr), en: Cow::Owned(said.en) },
            spec: Cow::Owned(format!("{SPEC}, {path}")),
        };
        Self { rule, expected: said.expected }
    }

    /// A rule with its id and severity alone.
    pub(super) fn unread(table: &Table, place: usize, part: Part<'_>) -> Self {
        let mut rule = Rule::declared("", part.severity(), "", "", SPEC);
        rule.id = Cow::Owned(id_of(table, place, part));
        Self { rule, expected: String::new() }
    }

    /// Adds the member of a value set that was most likely meant.
    pub(super) fn nearest<'s>(mut self, sets: impl Iterator<Item = &'s CodeSet>, text: &str) -> Self {
        if let Some(near) = sets.into_iter().find_map(|set| set.nearest(text)) {
            let words = [near.code.as_str(), near.label.as_str()];
            let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
            self.expected.extend([" (nearest: ", &words.join(", "), ")"]);
        }
        self
    }
}

/// The names from `ClinicalDocument` down to a place.
pub(super) fn path_of(table: &Table, place: usize) -> String {
    let mut names = Vec::new();
    let mut next = Some(place);
    while let Some(entry) = next.and_then(|place| table.get(place)) {
        names.push(entry.step.local);
        next = entry.parent;
    }
    names.reverse();
    names.join("/")
}

/// The id of a rule: that of its place and what of it is meant.
fn id_of(table: &Table, place: usize, part: Part<'_>) -> String {
    let entry = table.get(place);
    let context = entry.and_then(|entry| entry.context).unwrap_or_default();
    let own = format!("SM{context:03}");
    match part {
        Part::Unknown => format!("SW{:03}", entry.and_then(|entry| entry.closed).unwrap_or_default()),
        Part::Type(_) => format!("{own}/xsi:type"),
        Part::Prefix(path) => format!("{own}/{path}/name/prefix"),
        Part::Suffix(path) => format!("{own}/{path}/name/suffix"),
        Part::Child(child) => format!("{own}/{}", kind_of(table, entry, child)),
        Part::Demand(demand) => match demand {
            Demand::Required(attribute) => format!("{own}/@{attribute}"),
            Demand::Fixed { attribute, value, .. } | Demand::FixedIfThere { attribute, value } => {
                format!("{own}/@{attribute}={value}")
            }
            Demand::OneOf { attribute, .. } => format!("{own}/@{attribute}:values"),
            Demand::Reads(attribute, syntax) => format!("{own}/@{attribute}:{}", syntax.word()),
            Demand::Member { attribute, sets } => format!("{own}/@{attribute}:{}", sets.join(",")),
            Demand::Choice { .. } => format!("{own}/choice"),
            Demand::Names(path) => format!("{own}/{path}/name"),
            Demand::Special(special) => format!("{own}/{}", special.words().0),
        },
    }
}

/// The name of a kind of children, with its conditions where another kind has the same name.
fn kind_of(table: &Table, parent: Option<&Entry>, child: usize) -> String {
    let Some(known) = table.get(child) else { return String::new() };
    let siblings = parent.map_or(&[][..], |parent| &parent.children);
    let namesakes = siblings.iter().filter_map(|place| table.get(*place));
    let is_counted = |other: &&Entry| other.count != Count::ANY && other.step.local == known.step.local;
    if namesakes.filter(is_counted).count() > 1 { known.step.written.to_owned() } else { known.step.local.to_owned() }
}

fn said(table: &Table, place: usize, part: Part<'_>, path: &str) -> Said {
    match part {
        Part::Demand(demand) => of_demand(demand, path),
        Part::Child(child) => {
            let step = table.get(child).map(|known| (&known.step, known.count));
            step.map_or_else(nothing, |(step, count)| {
                of_number(&described(step, false), &described(step, true), count, path)
            })
        }
        Part::Type(declared) => Said {
            fr: format!("Ôtez xsi:type de {path}, ou donnez-lui la valeur {declared} dans l'espace de noms de HL7."),
            en: format!("Remove xsi:type from {path}, or set it to {declared} in the namespace of HL7."),
            expected: format!("xsi:type {declared} of urn:hl7-org:v3, or none"),
        },
        Part::Prefix(names) => of_set(&format!("name/prefix ({names})"), "JDV_J245_Civilite_CISIS", path),
        Part::Suffix(names) => of_set(&format!("name/suffix ({names})"), "JDV_J246_Titre_CISIS", path),
        Part::Unknown => of_unknown(table, place, path),
    }
}

fn nothing() -> Said {
    Said { fr: String::new(), en: String::new(), expected: String::new() }
}

fn of_demand(demand: &Demand, path: &str) -> Said {
    match demand {
        Demand::Required(attribute) => Said {
            fr: format!("Ajoutez l'attribut {attribute} à {path}."),
            en: format!("Add the attribute {attribute} to {path}."),
            expected: format!("@{attribute}"),
        },
        Demand::Fixed { attribute, value, or_null } => Said {
            fr: format!("Donnez à l'attribut {attribute} de {path} la valeur {value}{}.", ou_null(*or_null)),
            en: format!("Set the attribute {attribute} of {path} to {value}{}.", or_a_flavor(*or_null)),
            expected: format!("@{attribute} = {value}{}", or_a_flavor(*or_null)),
        },
        Demand::FixedIfThere { attribute, value } => Said {
            fr: format!("Ôtez l'attribut {attribute} de {path}, ou donnez-lui la valeur {value}."),
            en: format!("Remove the attribute {attribute} from {path}, or set it to {value}."),
            expected: format!("@{attribute} = {value}, or none"),
        },
        Demand::OneOf { attribute, values, if_there } => {
            let (list, none) = (values.join(", "), if *if_there { ", or none" } else { "" });
            Said {
                fr: format!("Donnez à l'attribut {attribute} de {path} l'une des valeurs {list}."),
                en: format!("Set the attribute {attribute} of {path} to one of {list}."),
                expected: format!("@{attribute} one of {list}{none}"),
            }
        }
        Demand::Reads(attribute, syntax) => {
            let (fr, en) = syntax.meaning();
            Said {
                fr: format!("Écrivez dans l'attribut {attribute} de {path} {fr}."),
                en: format!("Write {en} into the attribute {attribute} of {path}."),
                expected: format!("@{attribute} is {en}"),
            }
        }
        Demand::Member { attribute, sets } => of_set(&format!("@{attribute}"), &sets.join(", "), path),
        Demand::Choice { written, count, .. } => {
            let (fr, en) = (written.replace('|', " ou "), written.replace('|', " or "));
            of_number(&fr, &en, *count, path)
        }
        Demand::Names(_) => nothing(),
        Demand::Special(special) => {
            let (_, expected, fr, en) = special.words();
            Said { fr: fr.to_owned(), en: en.to_owned(), expected: expected.to_owned() }
        }
    }
}

fn ou_null(or_null: bool) -> &'static str {
    if or_null { ", ou un nullFlavor" } else { "" }
}

fn or_a_flavor(or_null: bool) -> &'static str {
    if or_null { ", or a nullFlavor" } else { "" }
}

fn of_set(what: &str, set: &str, path: &str) -> Said {
    Said {
        fr: format!("Choisissez pour {what} de {path} un code du jeu de valeurs {set}."),
        en: format!("Choose a code of the value set {set} for {what} of {path}."),
        expected: format!("{what} is a code of {set}"),
    }
}

fn of_number(fr: &str, en: &str, count: Count, path: &str) -> Said {
    let (least, most) = (count.least, count.most);
    let (how_fr, how_en) = match (least, most) {
        (_, u16::MAX) => (format!("au moins {least}"), format!("at least {least}")),
        (0, _) => (format!("au plus {most}"), format!("at most {most}")),
        _ if least == most => (format!("exactement {least}"), format!("exactly {least}")),
        _ => (format!("de {least} à {most}"), format!("{least} to {most}")),
    };
    Said {
        fr: format!("Mettez dans {path} {how_fr} {fr}."),
        en: format!("Put {how_en} {en} into {path}."),
        expected: format!("{how_en} {en}"),
    }
}

fn of_unknown(table: &Table, place: usize, path: &str) -> Said {
    let children = table.get(place).map_or(&[][..], |entry| &entry.children);
    let mut known: Vec<String> = Vec::new();
    for child in children.iter().filter_map(|child| table.get(*child)) {
        let words = described(&child.step, true);
        if !known.contains(&words) {
            known.push(words);
        }
    }
    let list = known.join(" | ");
    Said {
        fr: format!(
            "Cet élément n'est pas du modèle de {path}, ou n'y est pas sous cette forme ; il peut rester s'il est voulu."
        ),
        en: format!("This element is not in the model of {path}, or not in this form; it may stay if it is meant."),
        expected: list,
    }
}

/// A step in words.
fn described(step: &Step, english: bool) -> String {
    let mut words = step.written.split(['!', '[']).next().unwrap_or("").to_owned();
    for (number, condition) in step.conditions.iter().enumerate() {
        let joint = match (number, english) {
            (0, _) => " ",
            (_, true) => " and ",
            (_, false) => " et ",
        };
        words.push_str(joint);
        words.push_str(&in_words(condition, english));
    }
    words
}

fn in_words(condition: &Condition, english: bool) -> String {
    match (condition, english) {
        (Condition::NotNull, true) => "without nullFlavor".to_owned(),
        (Condition::NotNull, false) => "sans nullFlavor".to_owned(),
        (Condition::Holds(step), true) => format!("that holds {}", described(step, true)),
        (Condition::Holds(step), false) => format!("contenant {}", described(step, false)),
        (Condition::HoldsNo(local), true) => format!("without {local}"),
        (Condition::HoldsNo(local), false) => format!("sans {local}"),
        (Condition::Has(attribute), true) => format!("with @{attribute}"),
        (Condition::Has(attribute), false) => format!("avec @{attribute}"),
        (Condition::Is { attribute, value, or_null }, true) => {
            format!("with @{attribute} = {value}{}", if *or_null { " or a nullFlavor" } else { "" })
        }
        (Condition::Is { attribute, value, or_null }, false) => {
            format!("avec @{attribute} = {value}{}", if *or_null { " ou un nullFlavor" } else { "" })
        }
        (Condition::IsNone { attribute, values }, true) => {
            format!("with another @{attribute} than {}", values.join(" and "))
        }
        (Condition::IsNone { attribute, values }, false) => {
            format!("avec un autre @{attribute} que {}", values.join(" et "))
        }
        (Condition::In(set), true) => format!("with a code of {set}"),
        (Condition::In(set), false) => format!("avec un code de {set}"),
    }
}

impl Syntax {
    fn word(self) -> &'static str {
        match self {
            Self::Uid => "uid",
            Self::Oid => "oid",
            Self::St => "st",
            Self::Cs => "cs",
            Self::Ts => "ts",
            Self::Int => "int",
        }
    }

    /// In French and in English.
    fn meaning(self) -> (&'static str, &'static str) {
        match self {
            Self::Uid => ("un OID ou un UUID", "an OID or a UUID"),
            Self::Oid => ("un OID", "an OID"),
            Self::St => ("un texte non vide", "a text that is not empty"),
            Self::Cs => ("un mot, non vide et sans espace", "a word, not empty and without blank"),
            Self::Ts => (
                "une date, de l'année (quatre chiffres) à la seconde",
                "a date, from the year (four digits) to the second",
            ),
            Self::Int => ("un nombre entier", "a whole number"),
        }
    }
}
