//! Persons, structures and the patient in the forms of HL7 version 2. Spec: DMP TD2.1, authorPerson, authorInstitution,
//! patientId, sourcePatientId, sourcePatientInfo; ITI TF-3: Table 4.2.3.1.7-2 "CX", "XCN", "XON".

use crate::cda::header::{Address, Author, Header, Identifier, Organization, Participant, Patient, Stated};
use crate::datatype::ins::Ins;
use crate::datatype::oid::is_oid;
use crate::dmp::derivation::{AuthorSlots, Derived, Value, absent, one};

/// The authority of professionals.
const PROFESSIONALS: &str = "1.2.250.1.71.4.2.1";
/// Kinds of structure identifiers, by authority.
const STRUCTURES: [(&str, &str); 2] = [("1.2.250.1.71.4.2.2", "IDNST"), ("1.3.2", "SIREN")];
/// What a qualifier of a family name makes of it: the legal name, or the one in use.
const NAME_TYPES: [(&str, &str); 3] = [("BR", "L"), ("CL", "D"), ("SP", "D")];

/// Whether an identifier is an INS by its authority.
pub(in crate::dmp) fn is_ins(id: &Identifier) -> bool {
    Ins::AUTHORITIES.contains(&id.root.as_str()) && id.extension.is_some()
}

pub(super) fn patient_id(header: &Header<'_>) -> Derived {
    let Some(patient) = &header.patient else { return absent("the document has no patientRole") };
    match patient.ids.iter().find(|id| is_ins(&id.value)) {
        Some(ins) => one(cx(&ins.value, "NH")),
        None => absent("no id of the patientRole is an INS"),
    }
}

pub(super) fn source_patient_id(header: &Header<'_>) -> Derived {
    let Some(patient) = &header.patient else { return absent("the document has no patientRole") };
    let local = |id: &&Stated<'_, Identifier>| !is_ins(&id.value) && is_qualified(&id.value);
    match patient.ids.iter().find(local) {
        Some(local) => one(cx(&local.value, "PI")),
        None => patient_id(header),
    }
}

fn cx(id: &Identifier, kind: &str) -> String {
    format!("{}^^^&{}&ISO^{kind}", id.extension.as_deref().unwrap_or_default(), id.root)
}

pub(super) fn authors(header: &Header<'_>) -> Derived {
    let slots: Vec<AuthorSlots> = header.authors.iter().map(author).collect();
    let note = match slots.as_slice() {
        [] => Some("the document has no author".to_owned()),
        slots if slots.iter().any(|slots| slots.person.is_none()) => {
            Some("an author has neither an id nor a name".to_owned())
        }
        slots if slots.iter().any(|slots| slots.institution.is_none()) => Some(
            "an author names no representedOrganization: authorInstitution is missing unless the patient wrote it"
                .to_owned(),
        ),
        _ => None,
    };
    Derived { values: slots.into_iter().map(Value::Author).collect(), note }
}

fn author(author: &Author<'_>) -> AuthorSlots {
    let specialty = author.entity.code.as_ref().map(|code| {
        let label = code.value.display.as_deref().unwrap_or_default();
        format!("{}^{}^{}", escaped(&code.value.value), escaped(label), code.value.scheme)
    });
    AuthorSlots {
        person: xcn(&author.entity),
        specialty,
        institution: author.entity.organization.as_ref().and_then(xon),
        role: author.function.as_ref().map(|function| function.value.clone()),
    }
}

pub(super) fn authenticator(header: &Header<'_>) -> Derived {
    match header.legal_authenticator.as_ref().map(xcn) {
        None => absent("the document has no legalAuthenticator"),
        Some(None) => absent("legalAuthenticator has neither an id nor a name"),
        Some(Some(person)) => one(person),
    }
}

/// The identifier by which somebody is named: the national one if there is one.
pub(in crate::dmp) fn identifier_of<'h, 'd>(participant: &'h Participant<'d>) -> Option<&'h Stated<'d, Identifier>> {
    let with_extension = || participant.ids.iter().filter(|id| is_qualified(&id.value));
    with_extension().find(|id| id.value.root == PROFESSIONALS).or_else(|| with_extension().next())
}

/// Whether an identifier can stand in a metadata value: a number in the domain of an OID.
fn is_qualified(id: &Identifier) -> bool {
    id.extension.is_some() && is_oid(&id.root)
}

/// `id^family^given^^^^^^&authority&ISO^name type^^^kind of id`.
fn xcn(participant: &Participant<'_>) -> Option<String> {
    let id = identifier_of(participant).map(|id| &id.value);
    let (second, third, name_type) = match (&participant.device, &participant.name) {
        (Some(device), _) => (device.software.as_str(), device.model.as_str(), "U"),
        (None, Some(name)) => (name.family.as_str(), name.given.as_str(), "D"),
        (None, None) => ("", "", "D"),
    };
    if id.is_none() && second.is_empty() {
        return None;
    }
    let (number, authority) = match id {
        Some(id) => (id.extension.as_deref().unwrap_or_default(), format!("&{}&ISO", id.root)),
        None => ("", String::new()),
    };
    let text = format!(
        "{}^{}^{}^^^^^^{authority}^{name_type}^^^{}",
        escaped(number),
        escaped(second),
        escaped(third),
        id.map_or("", |id| kind_of(id, participant.device.is_some())),
    );
    Some(text.trim_end_matches('^').to_owned())
}

/// XCN.13, which no CDA says: by the authority and the first digit of the identifier. Spec: DMP, `PS_IdNat`.
fn kind_of(id: &Identifier, is_device: bool) -> &'static str {
    let national = id.extension.as_deref().is_some_and(|number| number.starts_with(['0', '8']));
    if is_device {
        "RI"
    } else if is_ins(id) {
        "NH"
    } else if id.root == PROFESSIONALS && national {
        "IDNPS"
    } else {
        "EI"
    }
}

/// `name^^^^^&authority&ISO^kind of id^^^id`.
fn xon(organization: &Organization<'_>) -> Option<String> {
    let name = organization.name.as_ref().map_or_else(String::new, |name| escaped(&name.value));
    match organization.ids.iter().find(|id| is_qualified(&id.value)) {
        Some(id) => {
            let kind = STRUCTURES.iter().find(|(root, _)| *root == id.value.root).map_or("", |(_, kind)| kind);
            let number = id.value.extension.as_deref().unwrap_or_default();
            Some(format!("{name}^^^^^&{}&ISO^{kind}^^^{}", id.value.root, escaped(number)))
        }
        None if name.is_empty() => None,
        None => Some(name),
    }
}

pub(super) fn traits(header: &Header<'_>) -> Derived {
    let Some(patient) = &header.patient else { return absent("the document has no patientRole") };
    let mut values = names(patient);
    let note = values.is_empty().then(|| "the patient has no name".to_owned());
    if let Some(birth) = &patient.birth_time {
        values.push(format!("PID-7|{}", birth.value.local_date()));
    }
    if let Some(gender) = &patient.gender {
        // What CDA calls undifferentiated is unknown in version 2.
        let code = if gender.value.value == "UN" { "U" } else { gender.value.value.as_str() };
        values.push(format!("PID-8|{}", escaped(code)));
    }
    values.extend(patient.address.as_ref().map(|address| postal(address, "H", "")));
    values.extend(patient.birthplace.as_ref().map(|address| postal(address, "BDL", &address.county)));
    Derived { values: values.into_iter().map(Value::Text).collect(), note }
}

/// PID-5, the name of birth first.
fn names(patient: &Patient<'_>) -> Vec<String> {
    let Some(name) = patient.name.as_ref().map(|name| &name.value) else { return Vec::new() };
    let all = name.given(None).unwrap_or_default();
    let mut found: Vec<String> = Vec::new();
    for (qualifier, kind) in NAME_TYPES {
        let Some(family) = name.family(qualifier) else { continue };
        let given = name.given(Some(qualifier)).or_else(|| name.given(Some("BR")));
        let others = if given.is_some() && qualifier == "BR" { all } else { "" };
        let given = given.unwrap_or(all);
        let value = format!("PID-5|{}^{}^{}^^^^{kind}", escaped(family), escaped(given), escaped(others));
        if !found.iter().any(|own| own.ends_with(&format!("^{kind}"))) {
            found.push(value);
        }
    }
    if let (true, Some(family)) = (found.is_empty(), name.families().next()) {
        let given = name.givens().next().unwrap_or_default();
        found.push(format!("PID-5|{}^{}^^^^^L", escaped(family), escaped(given)));
    }
    found
}

/// XAD: street, city, postal code, country, kind, and the commune of a birthplace.
fn postal(address: &Address, kind: &str, commune: &str) -> String {
    let [street, city, code, country, commune] =
        [&address.street, &address.city, &address.postal_code, &address.country, commune].map(escaped);
    format!("PID-11|{street}^^{city}^^{code}^{country}^{kind}^^{commune}").trim_end_matches('^').to_owned()
}

pub(super) fn references(header: &Header<'_>) -> Derived {
    let of = |ids: &[Stated<'_, Identifier>], kind: &str| -> Vec<String> {
        let usable = ids.iter().filter(|id| id.value.extension.is_none() || is_qualified(&id.value));
        usable.map(|id| cxi(&id.value, kind)).collect()
    };
    let mut values: Vec<String> = Vec::new();
    for order in &header.orders {
        values.extend(of(&order.ids, "urn:ihe:iti:xds:2013:order"));
        values.extend(of(&order.accession_numbers, "urn:ihe:iti:xds:2013:accession"));
    }
    values.dedup();
    Derived { values: values.into_iter().map(Value::Text).collect(), note: None }
}

fn cxi(id: &Identifier, kind: &str) -> String {
    match &id.extension {
        Some(extension) => format!("{}^^^&{}&ISO^{kind}", escaped(extension), id.root),
        None => format!("{}^^^^{kind}", id.root),
    }
}

/// The separators of HL7 version 2 in a text become their escape sequences.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\E\\"),
            '^' => out.push_str("\\S\\"),
            '&' => out.push_str("\\T\\"),
            '~' => out.push_str("\\R\\"),
            '|' => out.push_str("\\F\\"),
            other => out.push(other),
        }
    }
    out
}
