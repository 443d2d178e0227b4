//! What belongs to what: the shape of a submission. Spec: ITI TF-3: 4.2.1.4, 4.2.2.1; ITI TF-2: 3.42.4.1.2.

use std::collections::BTreeMap;

use crate::xds::error::{ErrorCode, Profile, Severity};
use crate::xds::metadata::association::{Association, AssociationType, SubmissionSetStatus};
use crate::xds::metadata::attribute::association as row;
use crate::xds::metadata::attribute::{AttributeRow, Carrier};
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::validation::case::{Case, End, Report, name_of};
use crate::xds::validation::{Registering, Rule, Scope};

/// The rules of this family.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "STRUCT-STABLE",
        spec: "ITI TF-2: 3.42.4.1.2",
        scope: Scope::Always,
        code: ErrorCode::RegistryMetadataError,
        severity: Severity::Error,
        check: only_stable_entries,
    },
    Rule {
        id: "STRUCT-ON-DEMAND",
        spec: "ITI TF-2: 3.61.4.1.2",
        scope: Scope::Always,
        code: ErrorCode::RegistryMetadataError,
        severity: Severity::Error,
        check: only_on_demand_entries,
    },
    Rule {
        id: "STRUCT-UPDATE-ONLY",
        spec: "ITI TF-2: 3.57.4.1.3",
        scope: Scope::Always,
        code: ErrorCode::RegistryMetadataError,
        severity: Severity::Error,
        check: nothing_of_an_update,
    },
    Rule {
        id: "STRUCT-SET-TARGET",
        spec: "ITI TF-3: 4.2.2.1",
        scope: Scope::Always,
        code: ErrorCode::RegistryMetadataError,
        severity: Severity::Error,
        check: set_is_no_target,
    },
    Rule {
        id: "STRUCT-HAS-MEMBER",
        spec: "ITI TF-3: 4.2.2.1",
        scope: Scope::Always,
        code: ErrorCode::RegistryMetadataError,
        severity: Severity::Error,
        check: has_member_shapes,
    },
    Rule {
        id: "STRUCT-SET-STATUS",
        spec: "ITI TF-3: 4.2.1.4",
        scope: Scope::Always,
        code: ErrorCode::RegistryMetadataError,
        severity: Severity::Error,
        check: submission_set_status,
    },
    Rule {
        id: "STRUCT-ENTRY-MEMBER",
        spec: "ITI TF-3: 4.2.2.1.1",
        scope: Scope::Always,
        code: ErrorCode::RegistryMetadataError,
        severity: Severity::Error,
        check: each_entry_is_member,
    },
    Rule {
        id: "STRUCT-FOLDER-MEMBER",
        spec: "ITI TF-3: 4.2.2.1.2",
        scope: Scope::Always,
        code: ErrorCode::RegistryMetadataError,
        severity: Severity::Error,
        check: each_folder_is_member,
    },
    Rule {
        id: "STRUCT-MEMBERSHIP-MEMBER",
        spec: "ITI TF-3: 4.2.2.1.4",
        scope: Scope::Always,
        code: ErrorCode::RegistryMetadataError,
        severity: Severity::Error,
        check: each_membership_is_member,
    },
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
