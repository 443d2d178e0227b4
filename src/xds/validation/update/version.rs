//! New versions follow the latest one, and are of the same object. Spec: ITI TF-2: 3.57.4.1.3.3.1, 3.

use crate::xds::error::{ErrorCode, Finding};
use crate::xds::metadata::attribute::{entry, folder};
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::metadata::registration::ObjectFact;
use crate::xds::metadata::update::logical_id;
use crate::xds::metadata::update::operation::{Revised, Revision};
use crate::xds::rule::{Rule, rules};
use crate::xds::validation::case::Report;
use crate::xds::validation::update::{Changes, UpdateCheck, Updating};

rules! {
    VERSION = Rule::new("UPDATE-VERSION", ErrorCode::MetadataVersion,
        "lid names an object of the registry of the same kind, and PreviousVersion its latest version",
        "ITI TF-2: 3.57.4.1.3.3.1").or(&[ErrorCode::MetadataUpdate]);
    IN_FORCE = Rule::new("UPDATE-IN-FORCE", ErrorCode::MetadataUpdate,
        "the version that is updated is Approved",
        "ITI TF-2: 3.57.4.1.3.3.1");
    UNIQUE_ID = Rule::new("UPDATE-UNIQUE-ID", ErrorCode::MetadataUpdate,
        "a new version has the uniqueId of the former one",
        "ITI TF-2: 3.57.4.1.3.3.1").or(&[ErrorCode::MetadataIdentifier]);
    OBJECT_TYPE = Rule::new("UPDATE-OBJECT-TYPE", ErrorCode::MetadataUpdate,
        "a new version has the objectType of the former one",
        "ITI TF-2: 3.57.4.1.3.3.1").or(&[ErrorCode::UnmodifiableMetadata]);
}

/// What this family checks.
pub(super) static CHECKS: &[UpdateCheck] = &[
    UpdateCheck::new(&VERSION, follows_the_latest_version),
    UpdateCheck::new(&IN_FORCE, the_latest_version_is_in_force).only(Updating::Full),
    UpdateCheck::new(&UNIQUE_ID, keeps_its_unique_id),
    UpdateCheck::new(&OBJECT_TYPE, keeps_its_object_type),
];

/// The new versions of objects that the registry has, each with the latest one.
fn revised<'a, 'c>(changes: &'c Changes<'a>) -> impl Iterator<Item = (&'c Revision<'a>, &'a ObjectFact)> {
    changes.operations.revisions.iter().filter_map(|revision| {
        let lid = logical_id(revision.object.registry_object())?;
        let (_, latest) = changes.facts.latest_of(&lid)?;
        (latest.kind == revision.object.kind()).then_some((revision, latest))
    })
}

fn follows_the_latest_version(changes: &Changes<'_>, report: &mut Report<'_>) {
    for object in changes.objects() {
        let (id, kind) = (object.id().as_str(), object.kind());
        let Some(lid) = logical_id(object.registry_object()) else { continue };
        if changes.facts.latest_of(&lid).is_none_or(|(_, latest)| latest.kind != kind) {
            let context = format!("{id}: the registry has no {} with the logical id {lid}", kind.as_str());
            // Of a folder, registries in use say so with the general code: both are given.
            if kind == ObjectKind::Folder {
                report.add_coded(ErrorCode::MetadataUpdate, id, context.clone());
            }
            report.add(id, context);
        }
    }
    for (revision, latest) in revised(changes) {
        let id = revision.object.id().as_str();
        if let Some(stated) = revision.previous_version()
            && stated != latest.version
        {
            let context = format!("{id}: PreviousVersion is {stated}, the latest version is {}", latest.version);
            report.add(id, context);
        }
    }
}

fn the_latest_version_is_in_force(changes: &Changes<'_>, report: &mut Report<'_>) {
    for (revision, latest) in revised(changes) {
        if latest.status != AvailabilityStatus::Approved {
            let id = revision.object.id().as_str();
            report.add(id, format!("{id}: the latest version is not Approved"));
        }
    }
}

fn keeps_its_unique_id(changes: &Changes<'_>, report: &mut Report<'_>) {
    let code = changes.code(ErrorCode::MetadataUpdate, ErrorCode::MetadataIdentifier);
    for (revision, latest) in revised(changes) {
        let (id, stated) = match revision.object {
            Revised::Entry(new) => (&new.id, &new.unique_id),
            Revised::Folder(new) => (&new.id, &new.unique_id),
        };
        if latest.unique_id.as_ref() != Some(stated) {
            let name = match revision.object.kind() {
                ObjectKind::Folder => folder::UNIQUE_ID.name,
                ObjectKind::DocumentEntry | ObjectKind::SubmissionSet | ObjectKind::Association => {
                    entry::UNIQUE_ID.name
                }
            };
            report.add_coded(code, id.as_str(), format!("{}: {name} is not that of the former version", id.as_str()));
        }
    }
}

fn keeps_its_object_type(changes: &Changes<'_>, report: &mut Report<'_>) {
    let code = changes.code(ErrorCode::MetadataUpdate, ErrorCode::UnmodifiableMetadata);
    for (revision, latest) in revised(changes) {
        if let Revised::Entry(new) = revision.object
            && latest.object_type.is_some_and(|kind| kind != new.object_type)
        {
            let id = new.id.as_str();
            report.add_coded(code, id, format!("{id}: objectType is not that of the former version"));
        }
    }
}

/// What the decoder found on an objectType, as what it is in ITI-92: an objectType that is none is another one than before.
pub(super) fn unreadable_object_types(decoded: &[Finding]) -> impl Iterator<Item = Finding> {
    let of_type = decoded.iter().filter(|finding| finding.rule == entry::OBJECT_TYPE.rule.id);
    of_type.map(|finding| {
        let id = finding.object.as_deref().unwrap_or_default();
        let context = format!("{id}: objectType is not that of the former version");
        Finding::of(&OBJECT_TYPE, context).coded(ErrorCode::UnmodifiableMetadata).on(id)
    })
}
