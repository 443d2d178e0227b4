//! The form of an update: which operations it orders, and how. Spec: ITI TF-2: 3.57.4.1.3.1, 2.

use std::collections::{BTreeMap, BTreeSet};

use crate::xds::error::{ErrorCode, Profile};
use crate::xds::metadata::association::{Association, AssociationType, SubmissionSetStatus};
use crate::xds::metadata::attribute::association as row;
use crate::xds::metadata::attribute::{AttributeRow, Carrier};
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::object::ObjectId;
use crate::xds::metadata::update::logical_id;
use crate::xds::metadata::update::operation::{Revised, has_slot, single};
use crate::xds::rule::{Rule, rules};
use crate::xds::validation::case::{End, Report, name_of};
use crate::xds::validation::uniqueness;
use crate::xds::validation::update::{Changes, UpdateCheck, Updating};

rules! {
    LID = Rule::new("UPDATE-LID", ErrorCode::MetadataUpdate,
        "an entry or a folder of an update names in lid the object of which it is a version, and has another id",
        "ITI TF-2: 3.57.4.1.3.1").or(&[ErrorCode::InvalidRequest]);
    ASSOCIATION_VERSION = Rule::new("UPDATE-ASSOCIATION-VERSION", ErrorCode::RegistryMetadataError,
        "an association of an update is a first version: no lid, or its own id",
        "ITI TF-2: 3.57.4.1.3.1");
    OPERATION = Rule::new("UPDATE-OPERATION", ErrorCode::MetadataUpdateOperation,
        "an update orders something, and each of its associations takes part in an operation",
        "ITI TF-2: 3.57.4.1.3.1").or(&[ErrorCode::MetadataAnnotation]);
    MEMBERSHIP = Rule::new("UPDATE-MEMBERSHIP", ErrorCode::MetadataUpdateOperation,
        "each new version has one HasMember from the SubmissionSet, which says PreviousVersion",
        "ITI TF-2: 3.57.4.1.3.3.1").or(&[ErrorCode::MetadataAnnotation]);
    SLOTS = Rule::new("UPDATE-SLOTS", ErrorCode::MetadataUpdateOperation,
        "the HasMember of a new version has SubmissionSetStatus Original, a number as PreviousVersion, and yes or no as AssociationPropagation, if any",
        "ITI TF-2: 3.57.4.1.3.3.1").or(&[ErrorCode::MetadataAnnotation]);
    STATUS_SLOTS = Rule::new("UPDATE-STATUS-SLOTS", ErrorCode::MetadataUpdateOperation,
        "UpdateAvailabilityStatus has OriginalStatus and NewStatus, two different statuses, and no other slot of an update",
        "ITI TF-2: 3.57.4.1.3.3.2");
    ONCE = Rule::new("UPDATE-ONCE", ErrorCode::MetadataUpdateOperation,
        "an object gets one new version and one other status at most",
        "ITI TF-2: 3.57.4.1.3.1");
}

/// What this family checks.
pub(super) static CHECKS: &[UpdateCheck] = &[
    UpdateCheck::new(&uniqueness::PACKAGE, the_submission_set_is_new),
    UpdateCheck::new(&LID, objects_are_later_versions),
    UpdateCheck::new(&ASSOCIATION_VERSION, associations_are_first_versions),
    UpdateCheck::new(&OPERATION, everything_takes_part),
    UpdateCheck::new(&MEMBERSHIP, each_new_version_is_ordered_once),
    UpdateCheck::new(&SLOTS, the_order_of_a_new_version_is_clear),
    UpdateCheck::new(&STATUS_SLOTS, the_order_of_a_status_is_clear).only(Updating::Full),
    UpdateCheck::new(&ONCE, each_object_is_changed_once),
];

fn the_submission_set_is_new(changes: &Changes<'_>, report: &mut Report<'_>) {
    let set = &changes.case.submission.submission_set;
    if changes.facts.registry.unique_ids.get(&set.unique_id).is_some_and(|uses| !uses.is_empty()) {
        report.add_about(set.id.as_str(), "uniqueId", format!("SubmissionSet {}", set.unique_id));
    }
}

fn objects_are_later_versions(changes: &Changes<'_>, report: &mut Report<'_>) {
    let code = changes.code(ErrorCode::MetadataUpdate, ErrorCode::InvalidRequest);
    for object in changes.objects() {
        let id = object.id();
        let what = match logical_id(object.registry_object()) {
            Some(lid) if lid.as_str() != id.as_str() => continue,
            Some(_) => "the id must not be the lid, which is the id of the first version",
            None => "@lid must be the UUID of the object that is updated",
        };
        report.add_coded(code, id.as_str(), format!("{} {}: {what}", object.kind().as_str(), id.as_str()));
    }
}

fn associations_are_first_versions(changes: &Changes<'_>, report: &mut Report<'_>) {
    for association in &changes.case.submission.associations {
        let lid = association.object.attribute("lid");
        if lid.is_some() && lid != association.id.as_ref().map(ObjectId::as_str) {
            report.add(name_of(association), format!("{}: @lid must be absent or its id", name_of(association)));
        }
    }
}

fn everything_takes_part(changes: &Changes<'_>, report: &mut Report<'_>) {
    let submission = changes.case.submission;
    let code = changes.code(ErrorCode::MetadataUpdateOperation, ErrorCode::MetadataAnnotation);
    let nothing = submission.entries.is_empty() && submission.folders.is_empty() && submission.associations.is_empty();
    if nothing && submission.unreadable.is_empty() {
        let set = submission.submission_set.id.as_str();
        report.add_coded(code, set, format!("{set} orders nothing"));
    }
    for association in &submission.associations {
        let unclear = changes.case.source(association).is_opaque() || changes.case.target(association).is_opaque();
        // A new version without PreviousVersion is told by another rule.
        let of_new_version = matches!(changes.case.target(association), End::Entry(_) | End::Folder(_))
            && matches!(changes.case.source(association), End::Set)
            && association.association_type == AssociationType::HasMember;
        if !changes.operations.hold(association) && !unclear && !of_new_version {
            let name = name_of(association);
            let context = format!("{name} ({}) orders no operation", association.association_type.as_urn());
            report.add_coded(code, name, context);
        }
    }
}

fn each_new_version_is_ordered_once(changes: &Changes<'_>, report: &mut Report<'_>) {
    let code = changes.code(ErrorCode::MetadataUpdateOperation, ErrorCode::MetadataAnnotation);
    let of_set = changes.case.associations(AssociationType::HasMember);
    let mut memberships: BTreeMap<&ObjectId, Vec<&Association>> = BTreeMap::new();
    for membership in of_set.filter(|one| matches!(changes.case.source(one), End::Set)) {
        memberships.entry(&membership.target).or_default().push(membership);
    }
    for object in changes.objects() {
        let id = object.id();
        let what = match memberships.get(id).map_or(&[][..], Vec::as_slice) {
            [one] if has_slot(one, &row::PREVIOUS_VERSION) => continue,
            [_] => "the HasMember from the SubmissionSet lacks Slot PreviousVersion".to_owned(),
            several => format!("needs one HasMember from the SubmissionSet, found {}", several.len()),
        };
        report.add_coded(code, id.as_str(), format!("{}: {what}", id.as_str()));
    }
}

fn the_order_of_a_new_version_is_clear(changes: &Changes<'_>, report: &mut Report<'_>) {
    let code = changes.code(ErrorCode::MetadataUpdateOperation, ErrorCode::MetadataAnnotation);
    for revision in &changes.operations.revisions {
        let membership = revision.membership;
        let status = membership.submission_set_status;
        let mut wrong = Vec::new();
        // On a folder the slot says nothing, and those who write it write Original.
        let required = matches!(revision.object, Revised::Entry(_));
        if status == Some(SubmissionSetStatus::Reference) || (required && status.is_none()) {
            wrong.push("SubmissionSetStatus must be Original");
        }
        if revision.previous_version().is_none() {
            wrong.push("PreviousVersion must be one number");
        }
        let propagation = single(membership, &row::ASSOCIATION_PROPAGATION);
        if has_slot(membership, &row::ASSOCIATION_PROPAGATION) && !matches!(propagation, Some("yes" | "no")) {
            wrong.push("AssociationPropagation must be yes or no");
        }
        if has_slot(membership, &row::ORIGINAL_STATUS) || has_slot(membership, &row::NEW_STATUS) {
            wrong.push("OriginalStatus and NewStatus belong on UpdateAvailabilityStatus");
        }
        for what in wrong {
            report.add_coded(code, name_of(membership), format!("{}: {what}", revision.object.id().as_str()));
        }
    }
}

fn the_order_of_a_status_is_clear(changes: &Changes<'_>, report: &mut Report<'_>) {
    const OTHERS: [&AttributeRow; 3] =
        [&row::PREVIOUS_VERSION, &row::ASSOCIATION_PROPAGATION, &row::SUBMISSION_SET_STATUS];
    for change in &changes.operations.status_changes {
        let order = change.order;
        let mut wrong = Vec::new();
        for (row, value) in [(&row::ORIGINAL_STATUS, change.original()), (&row::NEW_STATUS, change.wanted())] {
            if !has_slot(order, row) {
                wrong.push(format!("Slot {} is missing", row.name));
            } else if !value.is_some_and(|status| is_known(status, changes.case.settings.profile)) {
                wrong.push(format!("Slot {} must be one status that this registry knows", row.name));
            }
        }
        if change.original().is_some() && change.original() == change.wanted() {
            wrong.push("NewStatus must not be OriginalStatus".to_owned());
        }
        for row in OTHERS.iter().filter(|row| has_slot(order, row)) {
            if let Carrier::Slot(name) = row.carrier {
                wrong.push(format!("Slot {name} does not belong on UpdateAvailabilityStatus"));
            }
        }
        for what in wrong {
            report.add(name_of(order), format!("{}: {what}", order.target.as_str()));
        }
    }
}

/// The national service knows two statuses more.
fn is_known(status: AvailabilityStatus, profile: Profile) -> bool {
    match status {
        AvailabilityStatus::Approved | AvailabilityStatus::Deprecated => true,
        AvailabilityStatus::Archived | AvailabilityStatus::Deleted => profile == Profile::Dmp,
    }
}

fn each_object_is_changed_once(changes: &Changes<'_>, report: &mut Report<'_>) {
    let mut versions = BTreeMap::new();
    for object in changes.objects() {
        if let Some(lid) = logical_id(object.registry_object())
            && let Some(first) = versions.insert(lid.clone(), object.id())
        {
            let (id, first) = (object.id().as_str(), first.as_str());
            report.add(id, format!("{first} and {id} are both to be the next version of {lid}"));
        }
    }
    let mut statuses = BTreeSet::new();
    for change in &changes.operations.status_changes {
        let target = &change.order.target;
        if !statuses.insert(target) {
            report.add(name_of(change.order), format!("the status of {} is changed twice", target.as_str()));
        }
    }
}
