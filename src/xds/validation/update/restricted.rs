//! What ITI-92 leaves as it is. Spec: ITI TF-2: 3.92.4.1.3.

use crate::xds::ebrim::decode;
use crate::xds::error::ErrorCode;
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::attribute::{AttributeRow, Carrier, entry};
use crate::xds::metadata::object::RegistryObject;
use crate::xds::metadata::update::logical_id;
use crate::xds::metadata::update::operation::Revised;
use crate::xds::rule::{Rule, rules};
use crate::xds::validation::case::{Report, name_of};
use crate::xds::validation::update::{Changes, UpdateCheck, Updating};

rules! {
    ENTRIES = Rule::new("RESTRICTED-ENTRIES", ErrorCode::ObjectType,
        "a restricted update brings entries, and no folders",
        "ITI TF-2: 3.92.4.1.3");
    STATUS = Rule::new("RESTRICTED-STATUS", ErrorCode::UnmodifiableMetadata,
        "a restricted update changes no status",
        "ITI TF-2: 3.92.4.1.3");
    SUBMIT = Rule::new("RESTRICTED-SUBMIT", ErrorCode::InvalidRequest,
        "a restricted update submits no association",
        "ITI TF-2: 3.92.4.1.3");
    PROPAGATION = Rule::new("RESTRICTED-PROPAGATION", ErrorCode::MetadataAnnotation,
        "a new version takes over its relations: AssociationPropagation is not no",
        "ITI TF-2: 3.92.4.1.2");
    FIXED = Rule::new("RESTRICTED-FIXED", ErrorCode::UnmodifiableMetadata,
        "repositoryUniqueId, sourcePatientId, documentAvailability and homeCommunityId stay as they are",
        "ITI TF-2: 3.92.4.1.3");
    PATIENT = Rule::new("RESTRICTED-PATIENT", ErrorCode::PatientIdReconciliation,
        "patientId stays as it is",
        "ITI TF-2: 3.92.4.1.3");
}

/// What this family checks.
pub(super) static CHECKS: &[UpdateCheck] = &[
    UpdateCheck::new(&ENTRIES, brings_entries_only).only(Updating::Restricted),
    UpdateCheck::new(&STATUS, changes_no_status).only(Updating::Restricted),
    UpdateCheck::new(&SUBMIT, submits_no_association).only(Updating::Restricted),
    UpdateCheck::new(&PROPAGATION, takes_over_relations).only(Updating::Restricted),
    UpdateCheck::new(&FIXED, leaves_attributes_as_they_are).only(Updating::Restricted),
    UpdateCheck::new(&PATIENT, leaves_the_patient_as_it_is).only(Updating::Restricted),
];

/// What must not differ. objectType and uniqueId have rules of their own.
const FIXED_ATTRIBUTES: [&AttributeRow; 4] =
    [&entry::REPOSITORY_UNIQUE_ID, &entry::SOURCE_PATIENT_ID, &entry::DOCUMENT_AVAILABILITY, &entry::HOME_COMMUNITY_ID];

fn brings_entries_only(changes: &Changes<'_>, report: &mut Report<'_>) {
    for folder in &changes.case.submission.folders {
        report.add(folder.id.as_str(), format!("{}: folders are not updated by ITI-92", folder.id.as_str()));
    }
}

fn changes_no_status(changes: &Changes<'_>, report: &mut Report<'_>) {
    for order in changes.case.associations(AssociationType::UpdateAvailabilityStatus) {
        report.add(name_of(order), format!("{}: its status is not changed by ITI-92", order.target.as_str()));
    }
}

fn submits_no_association(changes: &Changes<'_>, report: &mut Report<'_>) {
    for order in changes.case.associations(AssociationType::SubmitAssociation) {
        report.add(name_of(order), format!("{}: ITI-92 submits no association", order.target.as_str()));
    }
}

fn takes_over_relations(changes: &Changes<'_>, report: &mut Report<'_>) {
    for revision in changes.operations.revisions.iter().filter(|revision| !revision.propagates()) {
        let id = revision.object.id().as_str();
        report.add(name_of(revision.membership), format!("{id}: AssociationPropagation must not be no"));
    }
}

fn leaves_attributes_as_they_are(changes: &Changes<'_>, report: &mut Report<'_>) {
    for revision in &changes.operations.revisions {
        let Revised::Entry(new) = revision.object else { continue };
        let latest = logical_id(&new.object).and_then(|lid| changes.facts.latest.get(&lid).cloned());
        let fragment = latest.and_then(|id| changes.facts.stored.get(&id));
        let Some(stored) = fragment.and_then(decode::stored) else { continue };
        for row in FIXED_ATTRIBUTES {
            if value(&new.object, row) != value(&stored, row) {
                let id = new.id.as_str();
                report.add_about(id, row.name, format!("{id}: {} is not changed by ITI-92", row.name));
            }
        }
    }
}

/// The values of an attribute.
fn value<'o>(object: &'o RegistryObject, row: &AttributeRow) -> Vec<&'o str> {
    let values: Vec<&str> = match row.carrier {
        Carrier::XmlAttribute(name) => object.attribute(name).into_iter().collect(),
        Carrier::Slot(name) => {
            object.slot(name).into_iter().flat_map(|slot| &slot.values).map(String::as_str).collect()
        }
        Carrier::Classification(_)
        | Carrier::ExternalIdentifier(..)
        | Carrier::Name
        | Carrier::Description
        | Carrier::VersionName => Vec::new(),
    };
    values.into_iter().map(str::trim).filter(|value| !value.is_empty()).collect()
}

fn leaves_the_patient_as_it_is(changes: &Changes<'_>, report: &mut Report<'_>) {
    for revision in &changes.operations.revisions {
        let Revised::Entry(new) = revision.object else { continue };
        let patient = new.patient_id.to_patient_id();
        let latest = logical_id(&new.object).and_then(|lid| changes.facts.latest_of(&lid));
        if latest.is_some_and(|(_, fact)| fact.patient.as_ref().is_some_and(|former| *former != patient)) {
            let id = new.id.as_str();
            report.add_patient(id, &patient, format!("{id}: patientId is not changed by ITI-92"));
        }
    }
}
