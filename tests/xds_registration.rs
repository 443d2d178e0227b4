//! What a judged submission becomes: ids, versions, deprecations, folders. Spec: ITI TF-2: 3.42.4.1.3.7; ITI TF-3: 4.2.2.

use crate::xds_fixture::{HAS_MEMBER, Message, OLD, REPLACE, association_object, base, base_related, base_with_folder};
use crate::xds_validation::{facts, old_document};
use chrono::{DateTime, TimeZone, Utc};
use dmp_gateway::datatype::dtm::Dtm;
use dmp_gateway::datatype::entry_uuid::{EntryUuid, is_uuid_urn};
use dmp_gateway::xds::error::Profile;
use dmp_gateway::xds::metadata::association::AssociationType;
use dmp_gateway::xds::metadata::availability::AvailabilityStatus;
use dmp_gateway::xds::metadata::object::{ObjectId, ObjectKind, RegistryObject};
use dmp_gateway::xds::metadata::registration::{
    FolderFact, Fragment, ObjectFact, Registration, RegistryFacts, register,
};
use dmp_gateway::xml::document::Document;
use dmp_gateway::xml::limits::Limits;

const FOLDER: &str = "urn:uuid:5b0f6d0e-5c31-4f0a-9d2c-1f6f5f0b7e22";

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2025, 3, 10, 9, 30, 0).unwrap()
}

fn uuid(text: &str) -> EntryUuid {
    EntryUuid::parse(text).unwrap()
}

fn registration(message: &Message, facts: &RegistryFacts) -> Registration {
    let mut next = 0;
    let mut draw = || {
        next += 1;
        uuid::Uuid::from_u128(next)
    };
    register(message.submission(Profile::Ihe), facts, now(), &mut draw)
}

fn text(fragment: &Fragment) -> String {
    let mut out = Vec::new();
    fragment.write(&mut out, AvailabilityStatus::Approved.as_urn());
    String::from_utf8(out).unwrap()
}

/// The ids of an object, of what is nested in it, and the references of the latter.
fn ids_and_references(object: &RegistryObject) -> Vec<(String, Option<String>)> {
    let classifications = object.classifications.iter().map(|one| (&one.0, "classifiedObject"));
    let identifiers = object.external_identifiers.iter().map(|one| (&one.0, "registryObject"));
    classifications
        .chain(identifiers)
        .map(|(one, reference)| {
            (one.id.as_ref().unwrap().as_str().to_owned(), one.attribute(reference).map(str::to_owned))
        })
        .collect()
}

#[test]
fn each_symbolic_id_becomes_one_uuid_everywhere() {
    let done = registration(&base_with_folder(), &facts());
    let entry = &done.entries[0];
    let members = |source: &EntryUuid, target: &EntryUuid| {
        let ends = (ObjectId::from(source.clone()), ObjectId::from(target.clone()));
        done.associations.iter().filter(|one| (&one.value.source, &one.value.target) == (&ends.0, &ends.1)).count()
    };
    let set = &done.submission_set.entry_uuid;
    let folder = &done.folders[0].entry_uuid;
    assert_eq!(members(set, &entry.entry_uuid), 1);
    assert_eq!(members(set, folder), 1);
    assert_eq!(members(folder, &entry.entry_uuid), 1);
    assert_eq!(members(set, &done.associations[2].entry_uuid), 1);
}

#[test]
fn nested_ids_become_uuids_and_point_at_their_object() {
    let done = registration(&base(), &facts());
    let entry = &done.entries[0];
    let nested = ids_and_references(&entry.value.object);
    assert_eq!(nested.len(), 9);
    for (id, reference) in nested {
        assert!(is_uuid_urn(&id), "{id}");
        assert_eq!(reference.as_deref(), Some(entry.entry_uuid.as_str()));
    }
    assert!(!text(&entry.fragment).contains("Document01"));
}

#[test]
fn a_uuid_that_was_sent_is_kept() {
    let mut message = base();
    message.entries[0] = crate::xds_fixture::entry_object("urn:uuid:00000000-0000-4000-8000-000000000001", "1.2.3.1");
    message.associations[0].set("targetObject", "urn:uuid:00000000-0000-4000-8000-000000000001");
    let done = registration(&message, &facts());
    assert_eq!(done.entries[0].entry_uuid, uuid("urn:uuid:00000000-0000-4000-8000-000000000001"));
}

#[test]
fn logical_id_version_and_status_are_the_registrys() {
    let mut message = base();
    message.entries[0].set("lid", "urn:uuid:00000000-0000-4000-8000-000000000009");
    message.entries[0].set("status", "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated");
    message.entries[0].version = Some("7".to_owned());
    let done = registration(&message, &facts());
    let entry = &done.entries[0];
    assert_eq!(entry.logical_id, entry.entry_uuid.to_logical_id());
    assert_eq!((entry.version, entry.status), (1, AvailabilityStatus::Approved));
    let written = text(&entry.fragment);
    let id = &entry.entry_uuid;
    let start = format!(
        "<ns4:ExtrinsicObject id=\"{id}\" lid=\"{id}\" status=\"urn:oasis:names:tc:ebxml-regrep:StatusType:Approved\" \
         isOpaque=\"false\" mimeType=\"text/xml\" objectType=\"urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1\"><ns4:Slot "
    );
    assert!(written.starts_with(&start), "{written}");
    assert!(written.contains("<ns4:VersionInfo versionName=\"1\"/>"));
    assert_eq!(written.matches("status=").count(), 1);
}

#[test]
fn external_identifiers_come_last_patient_first_unique_id_last() {
    let mut message = base();
    message.entries[0].identifiers.reverse();
    message.set.identifiers.reverse();
    let done = registration(&message, &facts());
    let schemes = |object: &RegistryObject| -> Vec<String> {
        object.external_identifiers.iter().map(|one| one.scheme().unwrap()[9..17].to_owned()).collect()
    };
    assert_eq!(schemes(&done.entries[0].value.object), ["58a6f841", "2e82c1f6"]);
    assert_eq!(schemes(&done.submission_set.value.object), ["6b5aea1a", "554ac39e", "96fdda7c"]);
    let written = text(&done.entries[0].fragment);
    assert!(written.rfind("<ns4:Classification ").unwrap() < written.find("<ns4:ExternalIdentifier ").unwrap());
    assert!(written.contains("<ns4:ExternalIdentifier id=\"urn:uuid:"));
    assert!(
        written.contains(" identificationScheme=\"urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427\" registryObject=")
    );
}

#[test]
fn a_fragment_is_well_formed_and_keeps_every_slot() {
    let mut message = base();
    message.entries[0].slot("urn:example:extra", &["<é & ' \" \u{1f600}>"]);
    let done = registration(&message, &facts());
    let xml = text(&done.entries[0].fragment).replacen(
        "<ns4:ExtrinsicObject",
        "<ns4:ExtrinsicObject xmlns:ns4=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\"",
        1,
    );
    let document = Document::parse(&xml, &Limits::default()).unwrap();
    let slot = document.root().children().find(|node| node.attribute("name") == Some("urn:example:extra")).unwrap();
    assert_eq!(slot.descendants().find_map(|node| node.text()), Some("<é & ' \" \u{1f600}>"));
}

#[test]
fn an_association_without_id_gets_one() {
    let mut message = base();
    message.associations[0].unset("id");
    let done = registration(&message, &facts());
    let association = &done.associations[0];
    assert_eq!(association.value.id, Some(association.entry_uuid.clone().into()));
    assert!(text(&association.fragment).contains("<ns4:Value>Original</ns4:Value>"));
}

fn other(number: u128) -> EntryUuid {
    EntryUuid::from_uuid(uuid::Uuid::from_u128(0xffff_0000 + number))
}

/// OLD ← addendum ← transformation of the addendum; a second addendum is out of force already.
fn with_dependants() -> RegistryFacts {
    let mut facts = facts();
    for number in 1..=3 {
        facts.objects.insert(other(number), old_document());
    }
    facts.objects.get_mut(&other(3)).unwrap().status = AvailabilityStatus::Deprecated;
    facts.dependants = [(uuid(OLD), vec![other(1), other(3)]), (other(1), vec![other(2), uuid(OLD)])].into();
    facts
}

#[test]
fn a_replacement_deprecates_the_document_and_what_hangs_on_it_recursively() {
    let mut done = registration(&base_related(REPLACE, OLD), &with_dependants()).deprecate;
    done.sort();
    let mut expected = vec![uuid(OLD), other(1), other(2)];
    expected.sort();
    assert_eq!(done, expected);
}

#[test]
fn an_addendum_deprecates_nothing() {
    let message = base_related(crate::xds_fixture::APPEND, OLD);
    assert_eq!(registration(&message, &with_dependants()).deprecate, []);
}

fn folder_fragment() -> Fragment {
    let earlier = Utc.with_ymd_and_hms(2020, 1, 1, 0, 0, 0).unwrap();
    let mut draw = || uuid::Uuid::from_u128(1);
    let done = register(base_with_folder().submission(Profile::Ihe), &facts(), earlier, &mut draw);
    done.folders[0].fragment.clone()
}

fn with_folder(last_update_time: &str) -> RegistryFacts {
    let mut facts = facts();
    let folder = ObjectFact { kind: ObjectKind::Folder, object_type: None, ..old_document() };
    facts.objects.insert(uuid(FOLDER), folder);
    facts.folders_of = [(uuid(OLD), vec![uuid(FOLDER)])].into();
    let last_update_time = Dtm::parse(last_update_time).unwrap();
    facts.folders = [(uuid(FOLDER), FolderFact { last_update_time, fragment: folder_fragment() })].into();
    facts
}

#[test]
fn a_replacement_joins_the_folders_of_what_it_replaces() {
    let done = registration(&base_related(REPLACE, OLD), &with_folder("20200101000000"));
    assert_eq!(done.associations.len(), 4);
    let [membership, of_set] = &done.associations[2..] else { panic!("two are added") };
    assert_eq!(membership.value.association_type, AssociationType::HasMember);
    assert_eq!(membership.value.source, uuid(FOLDER).into());
    assert_eq!(membership.value.target, done.entries[0].entry_uuid.clone().into());
    assert_eq!(of_set.value.source, done.submission_set.entry_uuid.clone().into());
    assert_eq!(of_set.value.target, membership.entry_uuid.clone().into());
    assert_eq!(done.touched_folders[0].last_update_time.as_str(), "20250310093000");
    let written = text(&done.touched_folders[0].fragment);
    assert!(written.contains("<ns4:Slot name=\"lastUpdateTime\"><ns4:ValueList><ns4:Value>20250310093000</ns4:Value>"));
    assert!(!written.contains("20200101000000"));
}

#[test]
fn a_replacement_that_joins_the_folder_by_itself_is_not_added_twice() {
    let mut message = base_related(REPLACE, OLD);
    message.associations.push(association_object("as06", HAS_MEMBER, FOLDER, "Document01"));
    message.associations.push(association_object("as07", HAS_MEMBER, "SubmissionSet01", "as06"));
    let done = registration(&message, &with_folder("20200101000000"));
    assert_eq!(done.associations.len(), 4);
    assert_eq!(done.touched_folders.len(), 1);
}

#[test]
fn the_time_of_a_folder_moves_forward_even_within_one_second() {
    let done = registration(&base_related(REPLACE, OLD), &with_folder("20250310093000"));
    assert_eq!(done.touched_folders[0].last_update_time.as_str(), "20250310093001");
}

#[test]
fn a_new_folder_has_the_time_of_the_registry_whatever_was_sent() {
    let mut message = base_with_folder();
    message.folders[0].slot("lastUpdateTime", &["2004"]);
    let done = registration(&message, &facts());
    assert_eq!(done.folders[0].value.last_update_time, Some(Dtm::parse("20250310093000").unwrap()));
    assert!(!text(&done.folders[0].fragment).contains("<ns4:Value>2004</ns4:Value>"));
}
