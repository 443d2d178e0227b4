//! New associations between objects of the registry. Spec: ITI TF-2: 3.57.4.1.3.3.6.

use crate::xds::error::ErrorCode;
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::object::{ObjectId, ObjectKind};
use crate::xds::rule::{Rule, rules};
use crate::xds::validation::case::{Report, name_of};
use crate::xds::validation::update::{Changes, UpdateCheck, Updating};

rules! {
    SHAPE = Rule::new("UPDATE-SUBMIT-SHAPE", ErrorCode::RegistryMetadataError,
        "a submitted association relates two entries, or puts an entry into a folder",
        "ITI TF-2: 3.57.4.1.3.3.6");
    IN_FORCE = Rule::new("UPDATE-SUBMIT-IN-FORCE", ErrorCode::MetadataUpdate,
        "both ends of a submitted association are Approved",
        "ITI TF-2: 3.57.4.1.3.3.6");
    NEW = Rule::new("UPDATE-SUBMIT-NEW", ErrorCode::MetadataUpdate,
        "no Approved association says what a submitted one says",
        "ITI TF-2: 3.57.4.1.3.3.6");
    CONFLICT = Rule::new("UPDATE-SUBMIT-CONFLICT", ErrorCode::MetadataUpdateOperation,
        "an object that takes over its relations gets no submitted association in the same update",
        "ITI TF-2: 3.57.4.1.3.1");
}

/// What this family checks.
pub(super) static CHECKS: &[UpdateCheck] = &[
    UpdateCheck::new(&SHAPE, relates_what_may_be_related).only(Updating::Full),
    UpdateCheck::new(&IN_FORCE, both_ends_are_in_force).only(Updating::Full),
    UpdateCheck::new(&NEW, says_something_new).only(Updating::Full),
    UpdateCheck::new(&CONFLICT, does_not_meet_relations_that_are_taken_over).only(Updating::Full),
];

fn relates_what_may_be_related(changes: &Changes<'_>, report: &mut Report<'_>) {
    for submitted in &changes.operations.submitted {
        let association = submitted.association;
        let (source, target) = (changes.case.source(association), changes.case.target(association));
        if source.is_opaque() || target.is_opaque() {
            continue;
        }
        let kind = association.association_type;
        let from = if kind == AssociationType::HasMember { ObjectKind::Folder } else { ObjectKind::DocumentEntry };
        let to_entry = target.kind() == Some(ObjectKind::DocumentEntry) && association.source != association.target;
        let relates = kind == AssociationType::HasMember || kind.is_relationship();
        if !relates || !to_entry || source.kind() != Some(from) {
            let name = name_of(association);
            let end = |kind: Option<ObjectKind>| kind.map_or("nothing", ObjectKind::as_str);
            let (source, target) = (end(source.kind()), end(target.kind()));
            let context = format!(
                "{name}: {} cannot lead from {source} to {target} in an update",
                association.association_type.as_urn()
            );
            report.add(name, context);
        }
    }
}

fn both_ends_are_in_force(changes: &Changes<'_>, report: &mut Report<'_>) {
    for submitted in &changes.operations.submitted {
        let association = submitted.association;
        for end in [&association.source, &association.target] {
            let superseded = end.uuid().is_some() && is_superseded(changes, end);
            let status = changes.status(end).filter(|_| !superseded);
            let known = changes.status(end).is_some();
            if known && status != Some(AvailabilityStatus::Approved) {
                let name = name_of(association);
                report.add(name, format!("{name}: {} is not Approved", end.as_str()));
            }
        }
    }
}

/// Whether an object of the registry gets a new version in this very update.
fn is_superseded(changes: &Changes<'_>, id: &ObjectId) -> bool {
    let Some(lid) = changes.logical_object(id) else { return false };
    let of_message = changes.operations.revision_of(id).is_some();
    !of_message && changes.objects().any(|new| changes.logical_object(new.id()).as_ref() == Some(&lid))
}

fn says_something_new(changes: &Changes<'_>, report: &mut Report<'_>) {
    for (at, submitted) in changes.operations.submitted.iter().enumerate() {
        let association = submitted.association;
        let kind = association.association_type;
        let (source, target) = (association.source.uuid(), association.target.uuid());
        let registered = changes.facts.associations.values().any(|known| {
            known.association_type == kind
                && Some(&known.source) == source
                && Some(&known.target) == target
                && known.status == AvailabilityStatus::Approved
        });
        let before = changes.operations.submitted.iter().take(at).any(|one| {
            let one = one.association;
            one.association_type == kind && one.source == association.source && one.target == association.target
        });
        if registered || before {
            let name = name_of(association);
            report.add(name, format!("{name}: such an association is there already"));
        }
    }
}

fn does_not_meet_relations_that_are_taken_over(changes: &Changes<'_>, report: &mut Report<'_>) {
    for submitted in &changes.operations.submitted {
        let association = submitted.association;
        let ends = [changes.logical_object(&association.source), changes.logical_object(&association.target)];
        for revision in changes.operations.revisions.iter().filter(|revision| revision.propagates()) {
            let lid = changes.logical_object(revision.object.id());
            if lid.is_some() && ends.contains(&lid) {
                let (name, id) = (name_of(association), revision.object.id().as_str());
                let context = format!("{name}: {id} takes over its relations; say AssociationPropagation no");
                report.add(name, context);
            }
        }
    }
}
