//! Attributes of the objects, one by one. Spec: ITI TF-3: 4.2.3.

use crate::xds::error::{ErrorCode, Profile};
use crate::xds::metadata::attribute::{Carrier, ONE, entry, slot_row};
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::rule::{Rule, Scope, rules};
use crate::xds::validation::Check;
use crate::xds::validation::case::{Case, Report};

rules! {
    ENTRY_COMPLETE = Rule::new("ENTRY-COMPLETE", ErrorCode::RegistryMetadataError,
        "a stable entry has hash, size and repositoryUniqueId when it comes to the registry",
        "ITI TF-3: Table 4.3.1-3");
    ENTRY_SERVICE_TIMES = Rule::new("ENTRY-SERVICE-TIMES", ErrorCode::RegistryMetadataError,
        "serviceStartTime is not after serviceStopTime",
        "ITI TF-3: Table 4.2.3.2-1, serviceStartTime");
    INSTITUTION_NAME = Rule::new("AUTHOR-INSTITUTION-NAME", ErrorCode::RegistryMetadataError,
        "an authorInstitution has a name (XON.1)", "ITI TF-3: Table 4.2.3.1.7-2, XON").only(Scope::IheOnly);
    EXTRA_IHE = Rule::new("EXTRA-IHE", ErrorCode::RegistryError,
        "a slot urn:ihe:… is one that IHE defines for the object",
        "ITI TF-3: 4.2.3.1.6");
    EXTRA_NAME = Rule::new("EXTRA-NAME", ErrorCode::RegistryMetadataError,
        "a slot is one of the standard, or extra metadata whose name begins with urn:",
        "ITI TF-3: 4.2.3.1.6");
}

/// What this family checks.
pub(super) static CHECKS: &[Check] = &[
    Check::new(&ENTRY_COMPLETE, complete_for_a_registry),
    Check::new(&ENTRY_SERVICE_TIMES, service_starts_before_it_stops),
    Check::new(&INSTITUTION_NAME, institutions_have_names),
    Check::new(&EXTRA_IHE, no_unknown_ihe_slot),
    Check::new(&EXTRA_NAME, extra_slots_are_urns),
];

/// What a document source may leave to the repository, a registry must see.
fn complete_for_a_registry(case: &Case<'_>, report: &mut Report<'_>) {
    // What an on-demand entry has and lacks stands in the attribute table, and the decoder has looked.
    let stable = case.submission.entries.iter().filter(|entry| entry.object_type == DocumentEntryType::Stable);
    for document in stable {
        for row in [&entry::HASH, &entry::SIZE, &entry::REPOSITORY_UNIQUE_ID] {
            let absent = matches!(row.carrier, Carrier::Slot(name) if document.object.slot(name).is_none());
            if absent && row.registry == ONE {
                let context = format!("DocumentEntry.{} ({}): expected 1, found 0", row.name, row.carrier.describe());
                report.add_about(document.id.as_str(), row.name, context);
            }
        }
    }
}

fn service_starts_before_it_stops(case: &Case<'_>, report: &mut Report<'_>) {
    for document in &case.submission.entries {
        let times = document.service_start_time.as_ref().zip(document.service_stop_time.as_ref());
        if times.is_some_and(|(start, stop)| start.earliest() > stop.earliest()) {
            report.add_about(
                document.id.as_str(),
                entry::SERVICE_STOP_TIME.name,
                "serviceStopTime before serviceStartTime",
            );
        }
    }
}

/// Says it of the entry or the set, once for each institution without name. Profile `dmp` asks it too, and only warns.
pub(super) fn institutions_have_names(case: &Case<'_>, report: &mut Report<'_>) {
    let set = &case.submission.submission_set;
    let entries = case.submission.entries.iter().map(|document| (&document.id, &document.authors));
    for (id, authors) in [(&set.id, &set.authors)].into_iter().chain(entries) {
        let institutions = authors.iter().flat_map(|author| &author.institutions);
        for _ in institutions.filter(|institution| institution.name().is_empty()) {
            report.add_about(id.as_str(), entry::AUTHOR.name, "Slot authorInstitution: XON.1, the name, is empty");
        }
    }
}

fn no_unknown_ihe_slot(case: &Case<'_>, report: &mut Report<'_>) {
    for (id, slot) in extra_slots(case).filter(|(_, slot)| slot.starts_with("urn:ihe:")) {
        report.add(id, format!("Slot {} is not known to IHE on this object", shown(slot)));
    }
}

fn extra_slots_are_urns(case: &Case<'_>, report: &mut Report<'_>) {
    for (id, slot) in extra_slots(case).filter(|(_, slot)| !slot.starts_with("urn:")) {
        let tolerated = slot == SUBMISSION_TIME && case.settings.profile == Profile::Dmp;
        if tolerated {
            // A client in use sends the time of the set on each document as well.
            report.warn_about(id, "submissionTime", "Slot submissionTime belongs on the SubmissionSet; it is kept");
        } else {
            report.add(id, format!("Slot {} is not metadata of XDS; extra metadata is named urn:…", shown(slot)));
        }
    }
}

/// The slot of the submission set that a client in use repeats elsewhere.
const SUBMISSION_TIME: &str = "submissionTime";

fn extra_slots<'a>(case: &Case<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
    case.objects().flat_map(|(kind, id, object)| {
        let extra = object.slots.iter().filter(move |slot| slot_row(kind, &slot.name).is_none());
        extra.map(move |slot| (id, slot.name.as_str()))
    })
}

fn shown(name: &str) -> String {
    name.chars().take(64).collect()
}
