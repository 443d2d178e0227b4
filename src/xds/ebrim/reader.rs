//! Reads typed values out of a registry object, guided by the attribute table.
//! Spec: ITI TF-3: 4.2.3.1.

use crate::datatype::Malformed;
use crate::datatype::code::Code;
use crate::datatype::xcn::Xcn;
use crate::datatype::xon::Xon;
use crate::datatype::xtn::Xtn;
use crate::xds::ebrim::faults::Faults;
use crate::xds::error::{Finding, Profile};
use crate::xds::metadata::attribute::{AttributeRow, Carrier};
use crate::xds::metadata::author::Author;
use crate::xds::metadata::data_type::AttributeValue;
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::metadata::object::{Classification, InternationalString, RegistryObject};
use crate::xml::document::{Node, is, plain_attribute};
use crate::xml::namespace::RIM;

/// One object being read. Each method takes a row, counts, checks the form and reports; it returns what is good.
pub(super) struct Reader<'r, 'a, 'i> {
    pub(super) object: &'r RegistryObject,
    pub(super) node: Node<'a, 'i>,
    pub(super) profile: Profile,
    /// Which column of the table holds, for a document entry.
    pub(super) kind: Option<DocumentEntryType>,
    pub(super) faults: &'r mut Faults,
}

impl Reader<'_, '_, '_> {
    /// The first value that has the right form. A missing one is reported if the row demands it.
    pub(super) fn one<T: AttributeValue>(&mut self, row: &'static AttributeRow) -> Option<T> {
        debug_assert_eq!(T::TYPE, row.data_type, "{} is read as another type than its row says", row.name);
        let texts: Vec<String> = self.texts_of(row);
        self.count(row, texts.len());
        let mut first = None;
        for text in &texts {
            match T::read(text.trim()) {
                Ok(value) => first = first.or(Some(value)),
                Err(malformed) => self.malformed(row, malformed),
            }
        }
        first
    }

    /// All values, each checked against the type of the row.
    pub(super) fn texts(&mut self, row: &'static AttributeRow) -> Vec<String> {
        let texts = self.texts_of(row);
        self.count(row, texts.len());
        let mut good = Vec::with_capacity(texts.len());
        for text in texts {
            match row.data_type.check(text.trim()) {
                Ok(()) => good.push(text),
                Err(malformed) => self.malformed(row, malformed),
            }
        }
        good
    }

    /// The coded values.
    pub(super) fn codes(&mut self, row: &'static AttributeRow) -> Vec<Code> {
        let object = self.object;
        let classifications: Vec<&Classification> = classifications_of(object, row).collect();
        self.count(row, classifications.len());
        let mut codes = Vec::with_capacity(classifications.len());
        for classification in classifications {
            let named =
                classification.0.name.as_ref().and_then(|name| name.text()).is_some_and(|text| !text.is_empty());
            match classification.code() {
                Some(code) if named => codes.push(code),
                Some(_) => self.report(row, "the code has no display name (Name/LocalizedString/@value)"),
                None => self.report(row, "a code needs @nodeRepresentation and one value in Slot codingScheme"),
            }
        }
        codes
    }

    /// The one coded value.
    pub(super) fn code(&mut self, row: &'static AttributeRow) -> Option<Code> {
        self.codes(row).into_iter().next()
    }

    /// The authors.
    pub(super) fn authors(&mut self, row: &'static AttributeRow) -> Vec<Author> {
        let object = self.object;
        let classifications: Vec<&Classification> = classifications_of(object, row).collect();
        self.count(row, classifications.len());
        classifications.into_iter().map(|classification| self.author(row, classification)).collect()
    }

    fn author(&mut self, row: &'static AttributeRow, classification: &Classification) -> Author {
        let values = |slot: &str| classification.0.slot(slot).map_or(&[][..], |slot| slot.values.as_slice());
        let author = Author {
            persons: self.parts(row, "authorPerson", values("authorPerson"), Xcn::parse),
            institutions: self.parts(row, "authorInstitution", values("authorInstitution"), Xon::parse),
            roles: values("authorRole").to_vec(),
            specialties: values("authorSpecialty").to_vec(),
            telecommunications: self.parts(
                row,
                "authorTelecommunication",
                values("authorTelecommunication"),
                Xtn::parse,
            ),
        };
        if values("authorPerson").len() > 1 {
            self.report(row, "Slot authorPerson of one author has several values");
        }
        let nobody = ["authorPerson", "authorInstitution", "authorTelecommunication"];
        if nobody.iter().all(|slot| values(slot).is_empty()) {
            self.report(row, "an author needs authorPerson, authorInstitution or authorTelecommunication");
        }
        author
    }

    fn parts<T>(
        &mut self,
        row: &'static AttributeRow,
        slot: &str,
        values: &[String],
        parse: fn(&str) -> Result<T, Malformed>,
    ) -> Vec<T> {
        let mut good = Vec::with_capacity(values.len());
        for value in values {
            match parse(value.trim()) {
                Ok(part) => good.push(part),
                Err(malformed) => self.report(row, &format!("Slot {slot}: {malformed}")),
            }
        }
        good
    }

    /// Compares the number found with the one that the table allows.
    fn count(&mut self, row: &'static AttributeRow, found: usize) {
        let allowed = row.cardinality(self.profile, self.kind);
        if !allowed.takes(found) {
            self.report(row, &format!("expected {allowed}, found {found}"));
        }
    }

    fn malformed(&mut self, row: &'static AttributeRow, malformed: Malformed) {
        self.report(row, &malformed.to_string());
    }

    /// Reports a fault of one attribute at the element that carries it.
    pub(super) fn report(&mut self, row: &'static AttributeRow, what: &str) {
        if self.faults.is_full() {
            return;
        }
        let context = format!("{}.{} ({}): {what}", row.object.as_str(), row.name, row.carrier.describe());
        let finding = Finding::of(&row.rule, context).about(row.name);
        let finding = match self.object.id.as_ref() {
            Some(id) => finding.on(id.as_str()),
            None => finding,
        };
        let place = carrier_node(self.node, row).unwrap_or(self.node);
        self.faults.push(finding, place);
    }

    fn texts_of(&self, row: &AttributeRow) -> Vec<String> {
        let object = self.object;
        match row.carrier {
            Carrier::XmlAttribute("id") => object.id.iter().map(|id| id.as_str().to_owned()).collect(),
            Carrier::XmlAttribute(name) => object.attribute(name).map(str::to_owned).into_iter().collect(),
            Carrier::Slot(name) => object.slot(name).map(|slot| slot.values.clone()).unwrap_or_default(),
            Carrier::ExternalIdentifier(scheme, _) => {
                object.identified_by(scheme).map(|id| id.value().unwrap_or("").to_owned()).collect()
            }
            Carrier::Name => non_empty(object.name.as_ref()),
            Carrier::Description => non_empty(object.description.as_ref()),
            Carrier::VersionName => {
                let version = object.version_info.iter().flatten().find(|(name, _)| name == "versionName");
                version.map(|(_, value)| value.clone()).into_iter().collect()
            }
            // A classification is no single text: `codes` and `authors` read it.
            Carrier::Classification(_) => Vec::new(),
        }
    }
}

/// The element that carries an attribute.
fn carrier_node<'a, 'i>(object: Node<'a, 'i>, row: &AttributeRow) -> Option<Node<'a, 'i>> {
    let (element, key, value) = match row.carrier {
        Carrier::Slot(name) => ("Slot", "name", name),
        Carrier::Classification(scheme) => ("Classification", "classificationScheme", scheme),
        Carrier::ExternalIdentifier(scheme, _) => ("ExternalIdentifier", "identificationScheme", scheme),
        Carrier::XmlAttribute(_) | Carrier::Name | Carrier::Description | Carrier::VersionName => return None,
    };
    object.children().find(|child| is(*child, RIM, element) && plain_attribute(*child, key) == Some(value))
}

/// The first text of a name or description: an empty one says as little as an absent one.
fn non_empty(text: Option<&InternationalString>) -> Vec<String> {
    text.and_then(InternationalString::text).filter(|text| !text.is_empty()).map(str::to_owned).into_iter().collect()
}

fn classifications_of<'o>(
    object: &'o RegistryObject,
    row: &'static AttributeRow,
) -> impl Iterator<Item = &'o Classification> {
    let scheme = match row.carrier {
        Carrier::Classification(scheme) => scheme,
        Carrier::XmlAttribute(_)
        | Carrier::Slot(_)
        | Carrier::ExternalIdentifier(..)
        | Carrier::Name
        | Carrier::Description
        | Carrier::VersionName => "",
    };
    object.classified_by(scheme)
}
