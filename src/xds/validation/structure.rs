//! What belongs to what: the shape of a submission. Spec: ITI TF-3: 4.2.1.4, 4.2.2.1; ITI TF-2: 3.42.4.1.2.

use std::collections::BTreeMap;

use crate::xds::error::{ErrorCode, Profile};
use crate::xds::metadata::association::{Association, AssociationType, SubmissionSetStatus};
use crate::xds::metadata::attribute::association as row;
use crate::xds::metadata::attribute::{AttributeRow, Carrier};
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::rule::{Rule, rules};
use crate::xds::validation::case::{Case, End, Report, name_of};
use crate::xds::validation::{Check, Registering};

rules! {
    STABLE = Rule::new("STRUCT-STABLE", ErrorCode::RegistryMetadataError,
        "ITI-42 and ITI-41 register stable entries only",
        "ITI TF-2: 3.42.4.1.2");
    ON_DEMAND = Rule::new("STRUCT-ON-DEMAND", ErrorCode::RegistryMetadataError,
        "ITI-61 registers on-demand entries only, and at least one",
        "ITI TF-2: 3.61.4.1.2");
    UPDATE_ONLY = Rule::new("STRUCT-UPDATE-ONLY", ErrorCode::RegistryMetadataError,
        "a registration holds nothing that belongs in a metadata update",
        "ITI TF-2: 3.57.4.1.3");
    SET_TARGET = Rule::new("STRUCT-SET-TARGET", ErrorCode::RegistryMetadataError,
        "the SubmissionSet is no target of an association (but of a signature, in profile dmp)",
        "ITI TF-3: 4.2.2.1");
    HAS_MEMBER = Rule::new("STRUCT-HAS-MEMBER", ErrorCode::RegistryMetadataError,
        "HasMember leads from the SubmissionSet to an entry, a folder or a membership, or from a folder to an entry",
        "ITI TF-3: 4.2.2.1");
    SET_STATUS = Rule::new("STRUCT-SET-STATUS", ErrorCode::RegistryMetadataError,
        "SubmissionSetStatus is Original for an entry of the message and Reference for one of the registry",
        "ITI TF-3: 4.2.1.4");
    ENTRY_MEMBER = Rule::new("STRUCT-ENTRY-MEMBER", ErrorCode::RegistryMetadataError,
        "each entry of the message is member of the SubmissionSet once",
        "ITI TF-3: 4.2.2.1.1");
    FOLDER_MEMBER = Rule::new("STRUCT-FOLDER-MEMBER", ErrorCode::RegistryMetadataError,
        "each folder of the message is member of the SubmissionSet once",
        "ITI TF-3: 4.2.2.1.2");
    MEMBERSHIP_MEMBER = Rule::new("STRUCT-MEMBERSHIP-MEMBER", ErrorCode::RegistryMetadataError,
        "each membership of an entry in a folder is itself member of the SubmissionSet once",
        "ITI TF-3: 4.2.2.1.4");
}

/// What this family checks.
pub(super) static CHECKS: &[Check] = &[
    Check::new(&STABLE, only_stable_entries),
    Check::new(&ON_DEMAND, only_on_demand_entries),
    Check::new(&UPDATE_ONLY, nothing_of_an_update),
    Check::new(&SET_TARGET, set_is_no_target),
    Check::new(&HAS_MEMBER, has_member_shapes),
    Check::new(&SET_STATUS, submission_set_status),
    Check::new(&ENTRY_MEMBER, each_entry_is_member),
    Check::new(&FOLDER_MEMBER, each_folder_is_member),
    Check::new(&MEMBERSHIP_MEMBER, each_membership_is_member),
];

fn only_stable_entries(case: &Case<'_>, report: &mut Report<'_>) {
    if case.registering != Registering::Documents {
        return;
    }
    for entry in case.submission.entries.iter().filter(|entry| entry.object_type == DocumentEntryType::OnDemand) {
        report.add_about(entry.id.as_str(), "objectType", "an on-demand entry is registered by ITI-61, not here");
    }
}

fn only_on_demand_entries(case: &Case<'_>, report: &mut Report<'_>) {
    if case.registering != Registering::OnDemand {
        return;
    }
    let submission = case.submission;
    for entry in submission.entries.iter().filter(|entry| entry.object_type != DocumentEntryType::OnDemand) {
        report.add_about(entry.id.as_str(), "objectType", "ITI-61 registers on-demand entries only");
    }
    // An entry that could not be read has its finding already.
    if submission.entries.is_empty() && submission.unreadable.is_empty() {
        report.add(submission.submission_set.id.as_str(), "ITI-61 registers at least one on-demand entry");
    }
}

fn nothing_of_an_update(case: &Case<'_>, report: &mut Report<'_>) {
    const SLOTS: [&AttributeRow; 4] =
        [&row::PREVIOUS_VERSION, &row::ASSOCIATION_PROPAGATION, &row::ORIGINAL_STATUS, &row::NEW_STATUS];
    for association in &case.submission.associations {
        let kind = association.association_type;
        if matches!(kind, AssociationType::UpdateAvailabilityStatus | AssociationType::SubmitAssociation) {
            report.add(name_of(association), format!("{} belongs in ITI-57", kind.as_urn()));
        }
        for row in SLOTS {
            if matches!(row.carrier, Carrier::Slot(name) if association.object.slot(name).is_some()) {
                report.add_about(name_of(association), row.name, format!("Slot {} belongs in ITI-57", row.name));
            }
        }
    }
}

fn set_is_no_target(case: &Case<'_>, report: &mut Report<'_>) {
    for association in &case.submission.associations {
        // The signature of the DMP signs the set as a whole.
        let signature = association.association_type == AssociationType::Signs && case.settings.profile == Profile::Dmp;
        if case.target(association).kind() == Some(ObjectKind::SubmissionSet) && !signature {
            report.add(name_of(association), "a SubmissionSet is never the targetObject of an Association");
        }
    }
}

fn has_member_shapes(case: &Case<'_>, report: &mut Report<'_>) {
    for association in case.associations(AssociationType::HasMember) {
        let (source, target) = (case.source(association), case.target(association));
        if source.is_opaque() || target.is_opaque() || target.kind() == Some(ObjectKind::SubmissionSet) {
            continue;
        }
        let legal = match (source, target) {
            (End::Set, End::Entry(_) | End::Folder(_)) => true,
            (End::Set, End::Registered(fact)) => fact.kind == ObjectKind::DocumentEntry,
            (End::Set, End::Association(member)) => {
                // An end that is nothing was told by another rule.
                let unclear = case.source(member).is_opaque() || case.target(member).is_opaque();
                unclear || is_folder_membership(case, member)
            }
            _ => source.kind() == Some(ObjectKind::Folder) && target.kind() == Some(ObjectKind::DocumentEntry),
        };
        if !legal {
            let name = |end: End<'_>| end.kind().map_or("nothing", ObjectKind::as_str);
            let context = format!("HasMember cannot lead from {} to {}", name(source), name(target));
            report.add(name_of(association), context);
        }
    }
}

fn submission_set_status(case: &Case<'_>, report: &mut Report<'_>) {
    for association in case.associations(AssociationType::HasMember) {
        let wanted = match (case.source(association), case.target(association)) {
            (End::Set, End::Entry(_)) => Some(SubmissionSetStatus::Original),
            (End::Set, End::Registered(fact)) if fact.kind == ObjectKind::DocumentEntry => {
                Some(SubmissionSetStatus::Reference)
            }
            _ => None,
        };
        let found = association.submission_set_status;
        if let Some(wanted) = wanted
            && found != Some(wanted)
        {
            let found = found.map_or("nothing", SubmissionSetStatus::as_str);
            let context = format!("Slot SubmissionSetStatus must be {}, found {found}", wanted.as_str());
            report.add_about(name_of(association), row::SUBMISSION_SET_STATUS.name, context);
        }
        let from_set = matches!(case.source(association), End::Set);
        if !from_set && found == Some(SubmissionSetStatus::Original) {
            let context = "SubmissionSetStatus Original is for associations of the SubmissionSet";
            report.add_about(name_of(association), row::SUBMISSION_SET_STATUS.name, context);
        }
    }
}

/// How often the submission set has each object of the message as member.
fn memberships<'a>(case: &Case<'a>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for association in case.associations(AssociationType::HasMember) {
        if matches!(case.source(association), End::Set) {
            *counts.entry(association.target.as_str()).or_insert(0) += 1;
        }
    }
    counts
}

fn each_entry_is_member(case: &Case<'_>, report: &mut Report<'_>) {
    let counts = memberships(case);
    for entry in &case.submission.entries {
        once(report, entry.id.as_str(), &counts);
    }
}

fn each_folder_is_member(case: &Case<'_>, report: &mut Report<'_>) {
    let counts = memberships(case);
    for folder in &case.submission.folders {
        once(report, folder.id.as_str(), &counts);
    }
}

fn each_membership_is_member(case: &Case<'_>, report: &mut Report<'_>) {
    let counts = memberships(case);
    for association in case.associations(AssociationType::HasMember) {
        if is_folder_membership(case, association) {
            once(report, name_of(association), &counts);
        }
    }
}

fn once(report: &mut Report<'_>, id: &str, counts: &BTreeMap<&str, usize>) {
    let found = counts.get(id).copied().unwrap_or(0);
    if found != 1 {
        report.add(id, format!("needs one HasMember association from the SubmissionSet, found {found}"));
    }
}

fn is_folder_membership(case: &Case<'_>, association: &Association) -> bool {
    association.association_type == AssociationType::HasMember
        && case.source(association).kind() == Some(ObjectKind::Folder)
        && case.target(association).kind() == Some(ObjectKind::DocumentEntry)
}
