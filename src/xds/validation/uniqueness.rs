//! One identifier, one thing. Spec: ITI TF-3: Table 4.2.4.1-2; ITI TF-2: 3.42.4.1.3.

use std::collections::BTreeSet;

use crate::datatype::unique_id::UniqueId;
use crate::xds::error::ErrorCode;
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::metadata::object::{ObjectId, ObjectKind};
use crate::xds::metadata::registration::UniqueIdUse;
use crate::xds::rule::{Rule, Scope, rules};
use crate::xds::validation::Check;
use crate::xds::validation::case::{Case, Report};

rules! {
    MESSAGE = Rule::new("UNIQUE-MESSAGE", ErrorCode::RegistryDuplicateUniqueIdInMessage,
        "a uniqueId stands on one object of the message only",
        "ITI TF-3: Table 4.2.4.1-2, XDSRegistryDuplicateUniqueIdInMessage");
    PACKAGE = Rule::new("UNIQUE-PACKAGE", ErrorCode::DuplicateUniqueIdInRegistry,
        "the uniqueId of a SubmissionSet or folder is used by nothing else, before or after",
        "ITI TF-3: Table 4.2.4.1-2, XDSDuplicateUniqueIdInRegistry");
    HASH = Rule::new("UNIQUE-HASH", ErrorCode::NonIdenticalHash,
        "a document that is registered again has the same hash",
        "ITI TF-3: Table 4.2.4.1-2, XDSNonIdenticalHash").only(Scope::IheOnly);
    SIZE = Rule::new("UNIQUE-SIZE", ErrorCode::NonIdenticalSize,
        "a document that is registered again has the same size",
        "ITI TF-3: Table 4.2.4.1-2, XDSNonIdenticalSize").only(Scope::IheOnly);
    ON_DEMAND = Rule::new("UNIQUE-ON-DEMAND", ErrorCode::RegistryMetadataError,
        "the uniqueId of an on-demand entry is never that of a document",
        "ITI TF-3: 4.2.3.2.26");
    DOCUMENT = Rule::new("UNIQUE-DOCUMENT", ErrorCode::DuplicateUniqueIdInRegistry,
        "the uniqueId of a document was never used before",
        "DMP TD2.1").only(Scope::DmpOnly);
    ENTRY_UUID = Rule::new("UNIQUE-ENTRY-UUID", ErrorCode::RegistryMetadataError,
        "an entryUUID of the message is not in the registry yet, nor is it a logicalId there",
        "ITI TF-2: 3.42.4.1.3.7");
}

/// What this family checks.
pub(super) static CHECKS: &[Check] = &[
    Check::new(&MESSAGE, once_in_the_message),
    Check::new(&PACKAGE, packages_are_new),
    Check::new(&HASH, same_document_same_hash),
    Check::new(&SIZE, same_document_same_size),
    Check::new(&ON_DEMAND, on_demand_entries_name_no_document),
    Check::new(&DOCUMENT, documents_are_new),
    Check::new(&ENTRY_UUID, ids_are_new),
];

fn once_in_the_message(case: &Case<'_>, report: &mut Report<'_>) {
    let submission = case.submission;
    let mut seen = BTreeSet::new();
    let set = &submission.submission_set;
    let entries = submission.entries.iter().map(|entry| (&entry.id, &entry.unique_id));
    let folders = submission.folders.iter().map(|folder| (&folder.id, &folder.unique_id));
    for (id, unique_id) in [(&set.id, &set.unique_id)].into_iter().chain(entries).chain(folders) {
        if !seen.insert(unique_id) {
            report.add_about(id.as_str(), "uniqueId", unique_id.as_str());
        }
    }
}

fn uses<'a>(case: &Case<'a>, unique_id: &UniqueId) -> &'a [UniqueIdUse] {
    case.facts.unique_ids.get(unique_id).map_or(&[], Vec::as_slice)
}

fn packages_are_new(case: &Case<'_>, report: &mut Report<'_>) {
    let set = &case.submission.submission_set;
    let folders = case.submission.folders.iter();
    let folders = folders.map(|folder| (ObjectKind::Folder, &folder.id, &folder.unique_id));
    for (kind, id, unique_id) in [(ObjectKind::SubmissionSet, &set.id, &set.unique_id)].into_iter().chain(folders) {
        if !uses(case, unique_id).is_empty() {
            report.add_about(id.as_str(), "uniqueId", format!("{} {unique_id}", kind.as_str()));
        }
    }
    // Seen from the other side: a document that takes the uniqueId of a package which is registered.
    for entry in &case.submission.entries {
        let of_package = uses(case, &entry.unique_id).iter().find(|used| used.kind != ObjectKind::DocumentEntry);
        if let Some(package) = of_package {
            let context = format!("{} {}", package.kind.as_str(), entry.unique_id);
            report.add_about(entry.id.as_str(), "uniqueId", context);
        }
    }
}

/// The uses of a uniqueId by documents that exist. On-demand entries have neither hash nor size.
fn documents_of<'a>(case: &Case<'a>, unique_id: &UniqueId) -> impl Iterator<Item = &'a UniqueIdUse> {
    uses(case, unique_id).iter().filter(|used| used.kind == ObjectKind::DocumentEntry && used.hash.is_some())
}

fn same_document_same_hash(case: &Case<'_>, report: &mut Report<'_>) {
    for entry in case.submission.entries.iter().filter(|entry| entry.hash.is_some()) {
        if documents_of(case, &entry.unique_id).any(|used| used.hash != entry.hash) {
            report.add_about(entry.id.as_str(), "hash", entry.unique_id.as_str());
        }
    }
}

fn same_document_same_size(case: &Case<'_>, report: &mut Report<'_>) {
    for entry in case.submission.entries.iter().filter(|entry| entry.size.is_some()) {
        if documents_of(case, &entry.unique_id).any(|used| used.size != entry.size) {
            report.add_about(entry.id.as_str(), "size", entry.unique_id.as_str());
        }
    }
}

/// The uniqueId of an on-demand entry is never that of a document: who asks for it gets a new one with each answer.
fn on_demand_entries_name_no_document(case: &Case<'_>, report: &mut Report<'_>) {
    for entry in &case.submission.entries {
        let on_demand = entry.object_type == DocumentEntryType::OnDemand;
        let entries = uses(case, &entry.unique_id).iter().filter(|used| used.kind == ObjectKind::DocumentEntry);
        if entries.into_iter().any(|used| used.hash.is_none() != on_demand) {
            let context = "the uniqueId is registered, once for a document and once for an on-demand entry";
            report.add_about(entry.id.as_str(), "uniqueId", context);
        }
    }
}

fn documents_are_new(case: &Case<'_>, report: &mut Report<'_>) {
    for entry in &case.submission.entries {
        if !uses(case, &entry.unique_id).is_empty() {
            report.add_about(entry.id.as_str(), "uniqueId", entry.unique_id.as_str());
        }
    }
}

fn ids_are_new(case: &Case<'_>, report: &mut Report<'_>) {
    for (_, id, object) in case.objects() {
        let uuid = object.id.as_ref().and_then(ObjectId::uuid);
        let known = |uuid| case.facts.objects.contains_key(uuid) || case.facts.logical_ids.contains(uuid);
        if uuid.is_some_and(known) {
            report.add_about(id, "entryUUID", format!("{id} is the id of an object of the registry"));
        }
    }
}
