//! What an association may point at. Spec: ITI TF-3: 4.2.2.2; ITI TF-2: 3.42.4.1.3.5.

use crate::xds::error::{ErrorCode, Profile};
use crate::xds::metadata::association::{Association, AssociationType};
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::metadata::object::{ObjectId, ObjectKind};
use crate::xds::rule::{Rule, rules};
use crate::xds::validation::Check;
use crate::xds::validation::case::{Case, End, Report, name_of};

rules! {
    UUID = Rule::new("ASSOC-UUID", ErrorCode::UnresolvedReference,
        "a UUID at an end of an association names an object of the message or of the registry",
        "ITI TF-3: Table 4.2.4.1-2, UnresolvedReferenceException");
    SYMBOL = Rule::new("ASSOC-SYMBOL", ErrorCode::RegistryMetadataError,
        "a symbolic id at an end of an association names an object of the message",
        "ITI TF-3: 4.2.1.4");
    SOURCE = Rule::new("ASSOC-SOURCE", ErrorCode::UnresolvedReference,
        "a relationship starts at an entry of the message",
        "ITI TF-3: 4.2.2.2");
    TARGET = Rule::new("ASSOC-TARGET", ErrorCode::UnresolvedReference,
        "a relationship ends at another document entry",
        "ITI TF-3: 4.2.2.2");
    REPLACED = Rule::new("ASSOC-REPLACED", ErrorCode::UnresolvedReference,
        "what is replaced, or snapshot, is in the registry already",
        "ITI TF-3: 4.2.2.2.3");
    APPROVED = Rule::new("ASSOC-APPROVED", ErrorCode::RegistryDeprecatedDocument,
        "what an association joins or relates to is Approved",
        "ITI TF-3: Table 4.2.4.1-2, XDSRegistryDeprecatedDocumentError");
    APPEND = Rule::new("ASSOC-APPEND", ErrorCode::RegistryMetadataError,
        "nothing is appended to a transformation",
        "ITI TF-3: 4.2.2.2.1");
    SNAPSHOT = Rule::new("ASSOC-SNAPSHOT", ErrorCode::RegistryMetadataError,
        "IsSnapshotOf leads from a stable entry to an on-demand entry",
        "ITI TF-3: 4.2.2.2.6");
    DOCUMENTATION = Rule::new("ASSOC-DOCUMENTATION", ErrorCode::RegistryMetadataError,
        "only RPLC, APND, XFRM and XFRM_RPLC carry a documentation code, and one at most",
        "ITI TF-3: 4.2.2.2.7");
}

/// What this family checks.
pub(super) static CHECKS: &[Check] = &[
    Check::new(&UUID, uuids_exist),
    Check::new(&SYMBOL, symbols_name_something),
    Check::new(&SOURCE, relationship_starts_at_a_submitted_document),
    Check::new(&TARGET, relationship_ends_at_a_document),
    Check::new(&REPLACED, the_replaced_document_is_registered),
    Check::new(&APPROVED, ends_are_in_force),
    Check::new(&APPEND, nothing_is_appended_to_a_transformation),
    Check::new(&SNAPSHOT, a_snapshot_is_of_an_on_demand_entry),
    Check::new(&DOCUMENTATION, documentation_is_for_relationships),
];

fn ends(association: &Association) -> [(&'static str, &ObjectId); 2] {
    [("sourceObject", &association.source), ("targetObject", &association.target)]
}

fn uuids_exist(case: &Case<'_>, report: &mut Report<'_>) {
    for association in &case.submission.associations {
        for (end, id) in ends(association) {
            if matches!(case.resolve(id), End::UnknownUuid) {
                report.add_about(name_of(association), end, format!("@{end} {} does not exist", id.as_str()));
            }
        }
    }
}

fn symbols_name_something(case: &Case<'_>, report: &mut Report<'_>) {
    for association in &case.submission.associations {
        for (end, id) in ends(association) {
            if matches!(case.resolve(id), End::UnknownSymbol) {
                let symbol: String = id.as_str().chars().take(64).collect();
                report.add_about(name_of(association), end, format!("@{end} {symbol} is nothing in this submission"));
            }
        }
    }
}

fn relationship_starts_at_a_submitted_document(case: &Case<'_>, report: &mut Report<'_>) {
    for association in case.relationships() {
        let source = case.source(association);
        if !source.is_opaque() && !matches!(source, End::Entry(_)) {
            report.add(name_of(association), "@sourceObject must be a document of this submission");
        }
    }
}

fn relationship_ends_at_a_document(case: &Case<'_>, report: &mut Report<'_>) {
    for association in case.relationships() {
        let target = case.target(association);
        let signed_set = association.association_type == AssociationType::Signs
            && case.settings.profile == Profile::Dmp
            && matches!(target, End::Set);
        if !target.is_opaque() && target.kind() != Some(ObjectKind::DocumentEntry) && !signed_set {
            report.add(name_of(association), "@targetObject must be a document");
        } else if association.source == association.target {
            report.add(name_of(association), "a document has no relation to itself");
        }
    }
}

fn the_replaced_document_is_registered(case: &Case<'_>, report: &mut Report<'_>) {
    for association in case.relationships() {
        let kind = association.association_type;
        let registered_only = kind.replaces() || kind == AssociationType::IsSnapshotOf;
        if registered_only && matches!(case.target(association), End::Entry(_)) {
            report.add(name_of(association), "@targetObject must be a document that the registry has already");
        }
    }
}

fn ends_are_in_force(case: &Case<'_>, report: &mut Report<'_>) {
    for association in case.relationships() {
        if case.target(association).is_out_of_force() {
            let context = format!("{} is not Approved", association.target.as_str());
            report.add(name_of(association), context);
        }
    }
    for association in case.associations(AssociationType::HasMember) {
        let from_folder = case.source(association).kind() == Some(ObjectKind::Folder);
        for (_, id) in ends(association) {
            if from_folder && case.resolve(id).is_out_of_force() {
                report.add(name_of(association), format!("{} is not Approved", id.as_str()));
            }
        }
    }
}

fn nothing_is_appended_to_a_transformation(case: &Case<'_>, report: &mut Report<'_>) {
    let transformed: std::collections::BTreeSet<&ObjectId> =
        case.associations(AssociationType::Transform).map(|association| &association.source).collect();
    for association in case.associations(AssociationType::Append) {
        let registered = matches!(case.target(association), End::Registered(fact) if fact.is_transformation);
        if registered || transformed.contains(&association.target) {
            report.add(name_of(association), "an addendum belongs to the document, not to its transformation");
        }
    }
}

fn a_snapshot_is_of_an_on_demand_entry(case: &Case<'_>, report: &mut Report<'_>) {
    for association in case.associations(AssociationType::IsSnapshotOf) {
        let (source, target) = (case.source(association), case.target(association));
        if source.document_type() == Some(DocumentEntryType::OnDemand) {
            report.add(name_of(association), "IsSnapshotOf starts at a stable document");
        }
        if matches!(target, End::Registered(_)) && target.document_type() == Some(DocumentEntryType::Stable) {
            report.add(name_of(association), "IsSnapshotOf leads to an on-demand entry");
        }
    }
}

fn documentation_is_for_relationships(case: &Case<'_>, report: &mut Report<'_>) {
    for association in &case.submission.associations {
        let allowed = match association.association_type {
            AssociationType::Replace
            | AssociationType::Append
            | AssociationType::Transform
            | AssociationType::TransformAndReplace => true,
            AssociationType::HasMember
            | AssociationType::Signs
            | AssociationType::IsSnapshotOf
            | AssociationType::UpdateAvailabilityStatus
            | AssociationType::SubmitAssociation => false,
        };
        if association.documentation.is_some() && !allowed {
            let context = "only RPLC, APND, XFRM and XFRM_RPLC carry a documentation Classification";
            report.add_about(name_of(association), "associationDocumentation", context);
        }
    }
}
