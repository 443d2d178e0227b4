//! Whose status may be changed, and from what. Spec: ITI TF-2: 3.57.4.1.3.3.2, 4, 5.

use crate::xds::error::{ErrorCode, Profile};
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::object::{ObjectId, ObjectKind};
use crate::xds::rule::{Rule, rules};
use crate::xds::validation::case::{End, Report, name_of};
use crate::xds::validation::update::{Changes, UpdateCheck, Updating};

rules! {
    TARGET = Rule::new("UPDATE-STATUS-TARGET", ErrorCode::MetadataUpdate,
        "a status is changed of an entry, a folder, a membership of an entry in a folder, or a relationship of two entries",
        "ITI TF-2: 3.57.4.1.3.3.5");
    LATEST = Rule::new("UPDATE-STATUS-LATEST", ErrorCode::MetadataVersion,
        "a status is changed of the latest version",
        "ITI TF-2: 3.57.4.1.3.3.2").or(&[ErrorCode::MetadataUpdate]);
    ORIGINAL = Rule::new("UPDATE-STATUS-ORIGINAL", ErrorCode::MetadataUpdate,
        "OriginalStatus is the status that the object has",
        "ITI TF-2: 3.57.4.1.3.3.2").or(&[ErrorCode::MetadataUpdateOperation]);
}

/// What this family checks.
pub(super) static CHECKS: &[UpdateCheck] = &[
    UpdateCheck::new(&TARGET, statuses_that_change).only(Updating::Full),
    UpdateCheck::new(&LATEST, only_of_the_latest_version).only(Updating::Full),
    UpdateCheck::new(&ORIGINAL, from_the_present_status).only(Updating::Full),
];

fn statuses_that_change(changes: &Changes<'_>, report: &mut Report<'_>) {
    for change in &changes.operations.status_changes {
        let target = changes.case.target(change.order);
        let good = match target {
            End::Association(one) => {
                changes.operations.bring(&change.order.target)
                    && is_changeable(changes, one.association_type, &one.source)
            }
            End::Registered(fact) => match fact.kind {
                ObjectKind::DocumentEntry | ObjectKind::Folder => true,
                ObjectKind::SubmissionSet => false,
                ObjectKind::Association => registered_is_changeable(changes, &change.order.target),
            },
            End::Set => false,
            // An end that is nothing was told by another rule.
            End::Entry(_) | End::Folder(_) | End::Unreadable | End::UnknownUuid | End::UnknownSymbol => true,
        };
        if !good {
            let id = change.order.target.as_str();
            report.add(name_of(change.order), format!("{id}: the status of such an object is not changed"));
        }
    }
}

fn registered_is_changeable(changes: &Changes<'_>, id: &ObjectId) -> bool {
    let stored = id.uuid().and_then(|uuid| changes.facts.associations.get(uuid));
    stored.is_some_and(|stored| is_changeable(changes, stored.association_type, &stored.source.clone().into()))
}

fn is_changeable(changes: &Changes<'_>, kind: AssociationType, source: &ObjectId) -> bool {
    let from_folder = changes.case.resolve(source).kind() == Some(ObjectKind::Folder);
    kind.is_relationship() || (kind == AssociationType::HasMember && from_folder)
}

fn only_of_the_latest_version(changes: &Changes<'_>, report: &mut Report<'_>) {
    for change in &changes.operations.status_changes {
        let target = &change.order.target;
        let End::Registered(fact) = changes.case.resolve(target) else { continue };
        let latest = changes.facts.latest.get(&fact.logical_id).is_some_and(|latest| Some(latest) == target.uuid());
        if !latest || changes.revised.contains(&fact.logical_id) {
            let context = format!("{} is not the latest version", target.as_str());
            // Registries in use say so with either code: both are given.
            report.add_coded(ErrorCode::MetadataUpdate, name_of(change.order), context.clone());
            report.add(name_of(change.order), context);
        }
    }
}

fn from_the_present_status(changes: &Changes<'_>, report: &mut Report<'_>) {
    // The national service has the other code.
    let code = match changes.case.settings.profile {
        Profile::Ihe => ErrorCode::MetadataUpdate,
        Profile::Dmp => ErrorCode::MetadataUpdateOperation,
    };
    for change in &changes.operations.status_changes {
        let target = &change.order.target;
        if let (Some(stated), Some(present)) = (change.original(), changes.status(target))
            && stated != present
        {
            let context = format!("{}: OriginalStatus is not the present status", target.as_str());
            report.add_coded(code, name_of(change.order), context);
        }
    }
}
