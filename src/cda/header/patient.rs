//! The patient and the traits that come with every deposit. Spec: CDA R2 §4.2.2.11; ANS "Structuration minimale".

use crate::cda::header::{Identifier, Place, PointInTime, Stated, code, descend, identifiers, point, words};
use crate::datatype::code::Code;
use crate::xml::document::{Node, child, children, is, plain_attribute};
use crate::xml::namespace::HL7V3;

/// `patientRole`.
pub struct Patient<'d> {
    /// The `patientRole`.
    pub place: Place<'d>,
    /// `id`, in order, those that are not null.
    pub ids: Vec<Stated<'d, Identifier>>,
    /// `addr`, the first that says anything.
    pub address: Option<Address>,
    /// `patient/name`.
    pub name: Option<Stated<'d, PatientName>>,
    /// `patient/birthTime`.
    pub birth_time: Option<Stated<'d, PointInTime>>,
    /// `patient/administrativeGenderCode`.
    pub gender: Option<Stated<'d, Code>>,
    /// `patient/birthplace/place/addr`.
    pub birthplace: Option<Address>,
}

/// The names of a patient, each by what `@qualifier` says: `BR` of birth, `CL` in use.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PatientName {
    families: Vec<(Option<String>, String)>,
    givens: Vec<(Option<String>, String)>,
}

/// A postal address by its parts.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// `streetAddressLine`, or number and street.
    pub street: String,
    /// `city`.
    pub city: String,
    /// `postalCode`.
    pub postal_code: String,
    /// `county`: for a birthplace, the code of the commune or country.
    pub county: String,
    /// `country`.
    pub country: String,
}

impl PatientName {
    /// The family name of that qualifier.
    pub fn family(&self, qualifier: &str) -> Option<&str> {
        with(&self.families, Some(qualifier))
    }

    /// The given name of that qualifier; without one, all given names of the birth certificate.
    pub fn given(&self, qualifier: Option<&str>) -> Option<&str> {
        with(&self.givens, qualifier)
    }

    /// Every family name.
    pub fn families(&self) -> impl Iterator<Item = &str> {
        self.families.iter().map(|(_, name)| name.as_str())
    }

    /// Every given name.
    pub fn givens(&self) -> impl Iterator<Item = &str> {
        self.givens.iter().map(|(_, name)| name.as_str())
    }
}

fn with<'n>(names: &'n [(Option<String>, String)], qualifier: Option<&str>) -> Option<&'n str> {
    names.iter().find(|(own, _)| own.as_deref() == qualifier).map(|(_, name)| name.as_str())
}

pub(super) fn patient<'d>(record_target: Node<'d, 'd>) -> Option<Patient<'d>> {
    let role = child(record_target, HL7V3, "patientRole")?;
    let person = child(role, HL7V3, "patient");
    let of_person = |name| person.and_then(|person| child(person, HL7V3, name));
    Some(Patient {
        place: Place(role),
        ids: identifiers(role),
        address: children(role, HL7V3, "addr").find_map(address),
        name: of_person("name").and_then(name),
        birth_time: of_person("birthTime").and_then(point),
        gender: of_person("administrativeGenderCode").and_then(code),
        birthplace: of_person("birthplace").and_then(|node| descend(node, &["place", "addr"])).and_then(address),
    })
}

/// Family or given names of a patient that are read.
const NAMES: usize = 32;

fn name<'d>(node: Node<'d, 'd>) -> Option<Stated<'d, PatientName>> {
    let parts = |element| -> Vec<(Option<String>, String)> {
        let named = children(node, HL7V3, element).map(|part| {
            let qualifier = plain_attribute(part, "qualifier").filter(|qualifier| !qualifier.is_empty());
            (qualifier.map(str::to_owned), words(part))
        });
        named.filter(|(_, words)| !words.is_empty()).take(NAMES).collect()
    };
    let name = PatientName { families: parts("family"), givens: parts("given") };
    (name != PatientName::default()).then(|| Stated::new(name, node))
}

fn address(node: Node<'_, '_>) -> Option<Address> {
    let all = |names: &[&'static str]| -> String {
        let named = |part: &Node<'_, '_>| names.iter().any(|name| is(*part, HL7V3, name));
        node.children().filter(named).map(|part| words(part)).collect::<Vec<_>>().join(" ")
    };
    let lines = all(&["streetAddressLine"]);
    let address = Address {
        street: if lines.is_empty() {
            all(&["houseNumber", "houseNumberNumeric", "streetNameType", "streetName"])
        } else {
            lines
        },
        city: all(&["city"]),
        postal_code: all(&["postalCode"]),
        county: all(&["county"]),
        country: all(&["country"]),
    };
    (address != Address::default()).then_some(address)
}

impl std::fmt::Debug for PatientName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PatientName(…)")
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(…)")
    }
}
