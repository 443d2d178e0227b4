//! From registry objects to bytes, with the prefix and the attribute order that string-matching clients expect.
//! Spec: ITI TF-3: 4.2.3.1; DMP TD3.1 answers.
//!
//! Attribute order: `id`, `lid`, `status`, then by name. Element order is the one of rim.xsd.

use crate::datatype::cx::PatientId;
use crate::datatype::dtm::Dtm;
use crate::xds::metadata::attribute::{Carrier, entry, folder, submission_set};
use crate::xds::metadata::object::{InternationalString, ObjectKind, RegistryObject, Slot};
use crate::xds::metadata::registration::Fragment;
use crate::xml::writer::{push_attribute, push_text};

/// The prefix of ebRIM in the answers of the registry.
pub const REGISTRY_RIM_PREFIX: &str = "ns4";

/// Attributes that come first, in this order, where they stand.
const LEADING: [&str; 2] = ["lid", "status"];

/// Writes one object as an element of its kind.
pub fn object(out: &mut Vec<u8>, kind: ObjectKind, object: &RegistryObject, prefix: &str) {
    element(out, kind.element(), object, prefix);
}

/// Writes a registered object in two parts, so that a status can be written between them at query time.
pub fn fragment(kind: ObjectKind, object: &RegistryObject) -> Fragment {
    let mut head = Vec::with_capacity(160);
    open(&mut head, REGISTRY_RIM_PREFIX, kind.element());
    push_id(&mut head, object);
    if let Some(lid) = object.attribute("lid") {
        push_attribute(&mut head, "lid", lid);
    }
    let mut tail = Vec::with_capacity(4096);
    push_other_attributes(&mut tail, object);
    push_content(&mut tail, kind.element(), object, REGISTRY_RIM_PREFIX);
    Fragment { head, tail }
}

impl Fragment {
    /// The whole element with its status.
    pub fn write(&self, out: &mut Vec<u8>, status: &str) {
        out.extend_from_slice(&self.head);
        push_attribute(out, "status", status);
        out.extend_from_slice(&self.tail);
    }

    /// The same folder with another lastUpdateTime. Our own encoder wrote the slot, so its bytes are known; they
    /// cannot stand inside a text, where `<` is escaped.
    #[must_use]
    pub fn with_last_update_time(&self, time: &Dtm) -> Self {
        const OPENING: &[u8] = b"Slot name=\"lastUpdateTime\"><ns4:ValueList><ns4:Value>";
        let Some(start) = memchr::memmem::find(&self.tail, OPENING).map(|at| at + OPENING.len()) else {
            return self.clone();
        };
        let rest = self.tail.get(start..).unwrap_or_default();
        let end = start + memchr::memchr(b'<', rest).unwrap_or(rest.len());
        let mut tail = Vec::with_capacity(self.tail.len());
        tail.extend_from_slice(self.tail.get(..start).unwrap_or_default());
        push_text(&mut tail, time.as_str());
        tail.extend_from_slice(self.tail.get(end..).unwrap_or_default());
        Self { head: self.head.clone(), tail }
    }
}

impl Fragment {
    /// The same object of another patient: its identifier `patientId` gets that value, all else stays byte for byte. Our own
    /// encoder wrote the tags, so `<`, `>` and `"` stand in them only where they open, close and quote.
    #[must_use]
    pub fn with_patient(&self, patient: &PatientId) -> Self {
        let mut value = Vec::new();
        push_attribute(&mut value, "value", &patient.to_string());
        let mut tail = Vec::with_capacity(self.tail.len() + value.len());
        let mut rest = self.tail.as_slice();
        while let Some(start) = memchr::memmem::find(rest, b"<ns4:ExternalIdentifier ") {
            let (before, tag) = rest.split_at(start);
            let (tag, after) = tag.split_at(memchr::memchr(b'>', tag).unwrap_or(tag.len()));
            tail.extend_from_slice(before);
            match value_of_patient(tag) {
                Some(old) => {
                    tail.extend_from_slice(tag.get(..old.start).unwrap_or_default());
                    tail.extend_from_slice(&value);
                    tail.extend_from_slice(tag.get(old.end..).unwrap_or_default());
                }
                None => tail.extend_from_slice(tag),
            }
            rest = after;
        }
        tail.extend_from_slice(rest);
        Self { head: self.head.clone(), tail }
    }
}

/// Where the tag of an external identifier holds ` value="…"`, when it is one of the three that name a patient.
fn value_of_patient(tag: &[u8]) -> Option<std::ops::Range<usize>> {
    const VALUE: &[u8] = b" value=\"";
    let names_patient = [&entry::PATIENT_ID, &submission_set::PATIENT_ID, &folder::PATIENT_ID].iter().any(|row| {
        let Carrier::ExternalIdentifier(scheme, _) = row.carrier else { return false };
        let mut attribute = Vec::with_capacity(80);
        push_attribute(&mut attribute, "identificationScheme", scheme);
        memchr::memmem::find(tag, &attribute).is_some()
    });
    let start = memchr::memmem::find(tag, VALUE).filter(|_| names_patient)?;
    let text = start + VALUE.len();
    let quote = memchr::memchr(b'"', tag.get(text..)?)?;
    Some(start..text + quote + 1)
}

fn element(out: &mut Vec<u8>, name: &str, object: &RegistryObject, prefix: &str) {
    open(out, prefix, name);
    push_id(out, object);
    for leading in LEADING {
        if let Some(value) = object.attribute(leading) {
            push_attribute(out, leading, value);
        }
    }
    push_other_attributes(out, object);
    push_content(out, name, object, prefix);
}

fn push_id(out: &mut Vec<u8>, object: &RegistryObject) {
    if let Some(id) = &object.id {
        push_attribute(out, "id", id.as_str());
    }
}

fn push_other_attributes(out: &mut Vec<u8>, object: &RegistryObject) {
    let others = object.attributes.iter().filter(|(name, _)| !LEADING.contains(&name.as_str()));
    others.for_each(|(name, value)| push_attribute(out, name, value));
}

fn push_content(out: &mut Vec<u8>, name: &str, object: &RegistryObject, prefix: &str) {
    let start = out.len();
    out.push(b'>');
    object.slots.iter().for_each(|one| slot(out, one, prefix));
    let texts = [("Name", &object.name), ("Description", &object.description)];
    for (name, text) in texts {
        if let Some(text) = text {
            international(out, name, text, prefix);
        }
    }
    version(out, "VersionInfo", object.version_info.as_deref(), prefix);
    object.classifications.iter().for_each(|one| element(out, "Classification", &one.0, prefix));
    object.external_identifiers.iter().for_each(|one| element(out, "ExternalIdentifier", &one.0, prefix));
    version(out, "ContentVersionInfo", object.content_version_info.as_deref(), prefix);
    if out.len() == start + 1 {
        out.truncate(start);
        out.extend_from_slice(b"/>");
    } else {
        close(out, prefix, name);
    }
}

/// Writes one slot.
pub fn slot(out: &mut Vec<u8>, slot: &Slot, prefix: &str) {
    open(out, prefix, "Slot");
    push_attribute(out, "name", &slot.name);
    if let Some(slot_type) = &slot.slot_type {
        push_attribute(out, "slotType", slot_type);
    }
    out.push(b'>');
    open(out, prefix, "ValueList");
    out.push(b'>');
    for value in &slot.values {
        open(out, prefix, "Value");
        out.push(b'>');
        push_text(out, value);
        close(out, prefix, "Value");
    }
    close(out, prefix, "ValueList");
    close(out, prefix, "Slot");
}

fn international(out: &mut Vec<u8>, name: &str, text: &InternationalString, prefix: &str) {
    open(out, prefix, name);
    if text.0.is_empty() {
        out.extend_from_slice(b"/>");
        return;
    }
    out.push(b'>');
    for string in &text.0 {
        open(out, prefix, "LocalizedString");
        for (attribute, value) in [("charset", &string.charset), ("xml:lang", &string.lang)] {
            if let Some(value) = value {
                push_attribute(out, attribute, value);
            }
        }
        push_attribute(out, "value", &string.value);
        out.extend_from_slice(b"/>");
    }
    close(out, prefix, name);
}

fn version(out: &mut Vec<u8>, name: &str, attributes: Option<&[(String, String)]>, prefix: &str) {
    if let Some(attributes) = attributes {
        open(out, prefix, name);
        for (name, value) in attributes {
            push_attribute(out, name, value);
        }
        out.extend_from_slice(b"/>");
    }
}

fn open(out: &mut Vec<u8>, prefix: &str, name: &str) {
    out.push(b'<');
    out.extend_from_slice(prefix.as_bytes());
    out.push(b':');
    out.extend_from_slice(name.as_bytes());
}

fn close(out: &mut Vec<u8>, prefix: &str, name: &str) {
    out.extend_from_slice(b"</");
    out.extend_from_slice(prefix.as_bytes());
    out.push(b':');
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}
