//! From `rim:RegistryObjectList` to a typed submission. Goes on past faults, so that the sender learns all of them.
//! Spec: ITI TF-3: 4.2.1, 4.2.3.1; DMP TD2.1.

use std::collections::{BTreeMap, BTreeSet};

use crate::xds::ebrim::encode::REGISTRY_RIM_PREFIX;
use crate::xds::ebrim::faults::Faults;
use crate::xds::ebrim::reader::Reader;
use crate::xds::ebrim::rule;
use crate::xds::ebrim::wire;
use crate::xds::error::{Finding, Profile};
use crate::xds::metadata::association::Association;
use crate::xds::metadata::attribute::{association, entry, folder, submission_set};
use crate::xds::metadata::document_entry::DocumentEntry;
use crate::xds::metadata::folder::Folder;
use crate::xds::metadata::object::{Classification, ObjectId, ObjectKind, RegistryObject};
use crate::xds::metadata::registration::Fragment;
use crate::xds::metadata::submission::Submission;
use crate::xds::metadata::submission_set::SubmissionSet;
use crate::xml::document::{Document, Node, text_of_bytes};
use crate::xml::limits::Limits;
use crate::xml::namespace::RIM;

/// Classification nodes of metadata that only XDR and XDM may carry.
const LIMITED_METADATA: [&str; 3] = [
    "urn:uuid:ab9b591b-83ab-4d03-8f5d-f93b1fb92e85",
    "urn:uuid:5003a9db-8d8d-49e6-bf0c-990e34ac7707",
    "urn:uuid:2c144a76-29a9-4b7c-af54-b25409fe7d03",
];

/// An object before it is typed.
type Raw<'a, 'i> = (RegistryObject, Node<'a, 'i>);

/// What stands in the list, by element.
#[derive(Default)]
struct Listed<'a, 'i> {
    extrinsic_objects: Vec<Raw<'a, 'i>>,
    packages: Vec<Raw<'a, 'i>>,
    associations: Vec<Raw<'a, 'i>>,
    classifications: Vec<Raw<'a, 'i>>,
}

/// Reads the list. There is no submission without exactly one submission set that could be read; with one, what
/// could not be read is named in [`Submission::unreadable`].
pub fn submission(list: Node<'_, '_>, profile: Profile) -> (Option<Submission>, Vec<Finding>) {
    let mut faults = Faults::default();
    let mut listed = sort(list, &mut faults);
    attach_siblings(&mut listed, &mut faults);
    let all = listed.extrinsic_objects.iter_mut().chain(&mut listed.packages).chain(&mut listed.associations);
    all.for_each(|(object, node)| check_nested(object, *node, profile, &mut faults));
    check_ids(&listed, &mut faults);
    let submission = assemble(listed, list, profile, &mut faults);
    (submission, faults.into_findings())
}

/// Reads back an object that our own encoder wrote. `None` is a defect of what is stored.
pub fn stored(fragment: &Fragment) -> Option<RegistryObject> {
    let mut text = format!("<stored xmlns:{REGISTRY_RIM_PREFIX}=\"{RIM}\">").into_bytes();
    text.extend_from_slice(&fragment.head);
    text.extend_from_slice(&fragment.tail);
    text.extend_from_slice(b"</stored>");
    let limits = Limits { bytes: text.len(), ..Limits::default() };
    let document = Document::parse(text_of_bytes(&text).ok()?, &limits).ok()?;
    let element = document.root().first_element_child()?;
    Some(wire::object(element, &mut Faults::default()))
}

fn sort<'a, 'i>(list: Node<'a, 'i>, faults: &mut Faults) -> Listed<'a, 'i> {
    let mut listed = Listed::default();
    for child in list.children().filter(Node::is_element) {
        let name = child.tag_name().name();
        let into = match (name, child.tag_name().namespace() == Some(RIM)) {
            ("ExtrinsicObject", true) => &mut listed.extrinsic_objects,
            ("RegistryPackage", true) => &mut listed.packages,
            ("Association", true) => &mut listed.associations,
            ("Classification", true) => &mut listed.classifications,
            // Submissions in the style of XDS.a announce existing objects so; the announcement says nothing.
            ("ObjectRef", true) => continue,
            _ => {
                let context = format!("element {} does not belong in a RegistryObjectList", wire::shown(name));
                faults.add(&rule::ELEMENT, context, child);
                continue;
            }
        };
        into.push((wire::object(child, faults), child));
    }
    listed
}

/// Moves each classification that stands beside the objects into the object that it classifies.
fn attach_siblings(listed: &mut Listed<'_, '_>, faults: &mut Faults) {
    let siblings = std::mem::take(&mut listed.classifications);
    if siblings.is_empty() {
        return;
    }
    let owners = listed.packages.iter_mut().chain(&mut listed.extrinsic_objects).chain(&mut listed.associations);
    let mut by_id: BTreeMap<String, &mut RegistryObject> = BTreeMap::new();
    for (owner, _) in owners {
        if let Some(id) = owner.id.as_ref().map(|id| id.as_str().to_owned()) {
            by_id.entry(id).or_insert(owner);
        }
    }
    for (object, node) in siblings {
        let classification = Classification(object);
        match classification.classified_object().and_then(|id| by_id.get_mut(id)) {
            Some(owner) => owner.classifications.push(classification),
            None => faults.add(
                &rule::CLASSIFIED_OBJECT,
                "a Classification beside the objects must name one of them in @classifiedObject",
                node,
            ),
        }
    }
}

/// Checks that nested objects point at the object that holds them, and completes what real clients leave out.
fn check_nested(object: &mut RegistryObject, node: Node<'_, '_>, profile: Profile, faults: &mut Faults) {
    let Some(id) = object.id.as_ref().map(|id| id.as_str().to_owned()) else { return };
    let lid = object.attribute("lid").map(str::to_owned);
    let classifications = object.classifications.iter_mut().map(|classification| &mut classification.0);
    let identifiers = object.external_identifiers.iter_mut().map(|identifier| &mut identifier.0);
    let nested = classifications
        .map(|nested| (&rule::CLASSIFIED_OBJECT, "classifiedObject", nested))
        .chain(identifiers.map(|nested| (&rule::REGISTRY_OBJECT, "registryObject", nested)));
    for (rule, attribute, nested) in nested {
        let tolerated = match nested.attribute(attribute) {
            Some(named) if named == id => continue,
            None => true,
            // Metadata updates of real clients point at the logical id.
            Some(named) => lid.as_deref() == Some(named),
        };
        let context = format!("@{attribute} must be the id of the object that holds it");
        let finding = Finding::of(rule, context);
        let finding = if tolerated && profile == Profile::Dmp { finding.tolerated() } else { finding };
        faults.push(finding.on(&id), node);
        nested.set_attribute(attribute, id.as_str());
    }
}

fn check_ids(listed: &Listed<'_, '_>, faults: &mut Faults) {
    let mut seen = BTreeSet::new();
    for (object, node) in listed.extrinsic_objects.iter().chain(&listed.packages).chain(&listed.associations) {
        if let Some(id) = object.id.as_ref()
            && !seen.insert(id)
        {
            let finding = Finding::of(&rule::ID_ONCE, format!("two objects have the id {}", wire::shown(id.as_str())));
            faults.push(finding.on(id.as_str()), *node);
        }
    }
}

fn assemble(listed: Listed<'_, '_>, list: Node<'_, '_>, profile: Profile, faults: &mut Faults) -> Option<Submission> {
    let mut unreadable = Vec::new();
    let mut sets = Vec::new();
    let mut folders = Vec::new();
    let mut set_nodes = 0;
    for (object, node) in listed.packages {
        match package_kind(&object, node, faults) {
            Some(ObjectKind::SubmissionSet) => {
                set_nodes += 1;
                keep(object, node, profile, faults, submission_set_of, &mut sets, &mut unreadable);
            }
            Some(ObjectKind::Folder) => {
                keep(object, node, profile, faults, folder_of, &mut folders, &mut unreadable);
            }
            Some(ObjectKind::DocumentEntry | ObjectKind::Association) | None => {
                unreadable.extend(object.id.map(|id| id.as_str().to_owned()));
            }
        }
    }
    let mut entries = Vec::with_capacity(listed.extrinsic_objects.len());
    for (object, node) in listed.extrinsic_objects {
        keep(object, node, profile, faults, document_entry_of, &mut entries, &mut unreadable);
    }
    let mut associations = Vec::with_capacity(listed.associations.len());
    for (object, node) in listed.associations {
        keep(object, node, profile, faults, association_of, &mut associations, &mut unreadable);
    }
    if set_nodes != 1 {
        let context = format!("a submission has exactly one SubmissionSet, found {set_nodes}");
        faults.add(&rule::ONE_SET, context, list);
        return None;
    }
    let submission_set = sets.pop()?;
    Some(Submission { submission_set, entries, folders, associations, unreadable })
}

/// Types one object and keeps it, or its id if that fails.
fn keep<T>(
    object: RegistryObject,
    node: Node<'_, '_>,
    profile: Profile,
    faults: &mut Faults,
    typed: fn(&mut Reader<'_, '_, '_>) -> Option<T>,
    into: &mut Vec<T>,
    unreadable: &mut Vec<String>,
) where
    T: HasObject,
{
    let mut reader = Reader { object: &object, node, profile, kind: None, faults };
    match typed(&mut reader) {
        Some(mut value) => {
            *value.object_mut() = object;
            into.push(value);
        }
        None => unreadable.extend(object.id.map(|id| id.as_str().to_owned())),
    }
}

fn package_kind(object: &RegistryObject, node: Node<'_, '_>, faults: &mut Faults) -> Option<ObjectKind> {
    let mut nodes = object.classifications.iter().filter_map(Classification::node).filter_map(|node| match node {
        submission_set::NODE => Some(ObjectKind::SubmissionSet),
        folder::NODE => Some(ObjectKind::Folder),
        _ => None,
    });
    if let (Some(kind), None) = (nodes.next(), nodes.next()) {
        return Some(kind);
    }
    let context = "a RegistryPackage needs one Classification with the classificationNode of a SubmissionSet or of a \
                   Folder";
    faults.add(&rule::PACKAGE_KIND, context, node);
    None
}

fn refuse_limited(reader: &mut Reader<'_, '_, '_>) {
    let limited = |node: &str| LIMITED_METADATA.contains(&node);
    if reader.object.classifications.iter().filter_map(Classification::node).any(limited) {
        reader.faults.add(&rule::LIMITED_METADATA, "limited metadata is not for XDS.b", reader.node);
    }
}

fn document_entry_of(reader: &mut Reader<'_, '_, '_>) -> Option<DocumentEntry> {
    refuse_limited(reader);
    let object_type = reader.one(&entry::OBJECT_TYPE);
    reader.kind = object_type;
    let id = reader.one::<ObjectId>(&entry::ENTRY_UUID);
    let mime_type = reader.one(&entry::MIME_TYPE);
    let patient_id = reader.one(&entry::PATIENT_ID);
    let unique_id = reader.one(&entry::UNIQUE_ID);
    let source_patient_id = reader.one(&entry::SOURCE_PATIENT_ID);
    let class_code = reader.code(&entry::CLASS_CODE);
    let type_code = reader.code(&entry::TYPE_CODE);
    let format_code = reader.code(&entry::FORMAT_CODE);
    let facility = reader.code(&entry::HEALTHCARE_FACILITY_TYPE_CODE);
    let practice = reader.code(&entry::PRACTICE_SETTING_CODE);
    let language_code = reader.one(&entry::LANGUAGE_CODE);
    reader.texts(&entry::DOCUMENT_AVAILABILITY);
    reader.texts(&entry::URI);
    let source_patient_info = reader.texts(&entry::SOURCE_PATIENT_INFO);
    let confidentiality_codes = reader.codes(&entry::CONFIDENTIALITY_CODE);
    let event_codes = reader.codes(&entry::EVENT_CODE_LIST);
    let authors = reader.authors(&entry::AUTHOR);
    let legal_authenticator = reader.one(&entry::LEGAL_AUTHENTICATOR);
    let creation_time = reader.one(&entry::CREATION_TIME);
    let service_start_time = reader.one(&entry::SERVICE_START_TIME);
    let service_stop_time = reader.one(&entry::SERVICE_STOP_TIME);
    let hash = reader.one(&entry::HASH);
    let size = reader.one(&entry::SIZE);
    let repository_unique_id = reader.one(&entry::REPOSITORY_UNIQUE_ID);
    let title = reader.one(&entry::TITLE);
    let comments = reader.one(&entry::COMMENTS);
    let reference_ids = reader.texts(&entry::REFERENCE_ID_LIST);
    let home_community_id = reader.one(&entry::HOME_COMMUNITY_ID);
    Some(DocumentEntry {
        id: id?,
        object_type: object_type?,
        mime_type: mime_type?,
        patient_id: patient_id?,
        unique_id: unique_id?,
        source_patient_id: source_patient_id?,
        source_patient_info,
        class_code: class_code?,
        type_code: type_code?,
        format_code: format_code?,
        healthcare_facility_type_code: facility?,
        practice_setting_code: practice?,
        confidentiality_codes,
        event_codes,
        authors,
        legal_authenticator,
        creation_time,
        service_start_time,
        service_stop_time,
        language_code: language_code?,
        hash,
        size,
        repository_unique_id,
        title,
        comments,
        reference_ids,
        home_community_id,
        object: RegistryObject::default(),
    })
}

fn submission_set_of(reader: &mut Reader<'_, '_, '_>) -> Option<SubmissionSet> {
    refuse_limited(reader);
    let id = reader.one::<ObjectId>(&submission_set::ENTRY_UUID);
    let patient_id = reader.one(&submission_set::PATIENT_ID);
    let unique_id = reader.one(&submission_set::UNIQUE_ID);
    let source_id = reader.one(&submission_set::SOURCE_ID);
    let submission_time = reader.one(&submission_set::SUBMISSION_TIME);
    let content_type_code = reader.code(&submission_set::CONTENT_TYPE_CODE);
    let authors = reader.authors(&submission_set::AUTHOR);
    let intended_recipients = reader.texts(&submission_set::INTENDED_RECIPIENT);
    let title = reader.one(&submission_set::TITLE);
    let comments = reader.one(&submission_set::COMMENTS);
    let home_community_id = reader.one(&submission_set::HOME_COMMUNITY_ID);
    Some(SubmissionSet {
        id: id?,
        patient_id: patient_id?,
        unique_id: unique_id?,
        source_id: source_id?,
        submission_time: submission_time?,
        content_type_code: content_type_code?,
        authors,
        intended_recipients,
        title,
        comments,
        home_community_id,
        object: RegistryObject::default(),
    })
}

fn folder_of(reader: &mut Reader<'_, '_, '_>) -> Option<Folder> {
    refuse_limited(reader);
    let id = reader.one::<ObjectId>(&folder::ENTRY_UUID);
    let patient_id = reader.one(&folder::PATIENT_ID);
    let unique_id = reader.one(&folder::UNIQUE_ID);
    let codes = reader.codes(&folder::CODE_LIST);
    let last_update_time = reader.one(&folder::LAST_UPDATE_TIME);
    let title = reader.one(&folder::TITLE);
    let comments = reader.one(&folder::COMMENTS);
    let home_community_id = reader.one(&folder::HOME_COMMUNITY_ID);
    Some(Folder {
        id: id?,
        patient_id: patient_id?,
        unique_id: unique_id?,
        codes,
        last_update_time,
        title,
        comments,
        home_community_id,
        object: RegistryObject::default(),
    })
}

fn association_of(reader: &mut Reader<'_, '_, '_>) -> Option<Association> {
    let id = reader.one::<ObjectId>(&association::ENTRY_UUID);
    let association_type = reader.one(&association::ASSOCIATION_TYPE);
    let source = reader.one(&association::SOURCE_OBJECT);
    let target = reader.one(&association::TARGET_OBJECT);
    let submission_set_status = reader.one(&association::SUBMISSION_SET_STATUS);
    for row in [
        &association::PREVIOUS_VERSION,
        &association::ASSOCIATION_PROPAGATION,
        &association::ORIGINAL_STATUS,
        &association::NEW_STATUS,
    ] {
        reader.texts(row);
    }
    let documentation = reader.code(&association::DOCUMENTATION);
    Some(Association {
        id,
        association_type: association_type?,
        source: source?,
        target: target?,
        submission_set_status,
        documentation,
        object: RegistryObject::default(),
    })
}

/// A typed object that carries all that was sent.
trait HasObject {
    fn object_mut(&mut self) -> &mut RegistryObject;
}

/// The four kinds carry it in the same field.
macro_rules! has_object {
    ($($kind:ty),*) => { $(impl HasObject for $kind {
        fn object_mut(&mut self) -> &mut RegistryObject {
            &mut self.object
        }
    })* };
}

has_object!(DocumentEntry, SubmissionSet, Folder, Association);
