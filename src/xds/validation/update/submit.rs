//! New associations between objects of the registry. Spec: ITI TF-2: 3.57.4.1.3.3.6.

use std::collections::{BTreeMap, BTreeSet};

use crate::datatype::entry_uuid::LogicalId;
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
    !changes.operations.bring(id) && changes.revised.contains(&lid)
}

fn says_something_new(changes: &Changes<'_>, report: &mut Report<'_>) {
    let known = changes.facts.associations.values().filter(|known| known.status == AvailabilityStatus::Approved);
    let known: BTreeSet<_> = known.map(|known| (known.association_type, &known.source, &known.target)).collect();
    let mut said = BTreeSet::new();
    for submitted in &changes.operations.submitted {
        let association = submitted.association;
        let kind = association.association_type;
        let ends = association.source.uuid().zip(association.target.uuid());
        let registered = ends.is_some_and(|(source, target)| known.contains(&(kind, source, target)));
        if registered || !said.insert((kind, &association.source, &association.target)) {
            let name = name_of(association);
            report.add(name, format!("{name}: such an association is there already"));
        }
    }
}

fn does_not_meet_relations_that_are_taken_over(changes: &Changes<'_>, report: &mut Report<'_>) {
    let propagating = changes.operations.revisions.iter().filter(|revision| revision.propagates());
    let propagating: BTreeMap<LogicalId, &ObjectId> = propagating
        .filter_map(|revision| Some((changes.logical_object(revision.object.id())?, revision.object.id())))
        .collect();
    for submitted in &changes.operations.submitted {
        let association = submitted.association;
        let ends = [&association.source, &association.target].map(|end| changes.logical_object(end));
        let ends: BTreeSet<LogicalId> = ends.into_iter().flatten().collect();
        for id in ends.iter().filter_map(|lid| propagating.get(lid)) {
            let (name, id) = (name_of(association), id.as_str());
            let context = format!("{name}: {id} takes over its relations; say AssociationPropagation no");
            report.add(name, context);
        }
    }
}
