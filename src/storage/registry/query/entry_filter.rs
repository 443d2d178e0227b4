//! The parameters that choose among document entries, common to several queries.
//! Spec: ITI TF-2: 3.18.4.1.2.3.7.1.

use diesel::dsl::{IntoBoxed, auto_type, exists, not};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};

use crate::storage::dialect::{Database, in_list, like_any};
use crate::storage::registry::column::{of_availability, of_code, of_kind, of_object_type, of_status};
use crate::storage::registry::document_entry::{AVAILABILITY, CONFIDENTIALITY, EVENT};
use crate::storage::registry::object::{Identity, gathered};
use crate::storage::registry::query::{MOST_READ, bounded};
use crate::storage::schema::{document_entry, entry_reference, object_author, object_code, registry_object};
use crate::storage::{Reader, StorageError};
use crate::xds::metadata::availability::{AvailabilityStatus, DocumentAvailability};
use crate::xds::metadata::object::ObjectKind;
use crate::xds::query::{ContentFilter, EntryCriteria};

/// From which entries a query chooses.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scope<'q> {
    /// Those of a patient.
    Patient(&'q str),
    /// Those of some patients.
    Patients(&'q [String]),
    /// These, which are of these patients.
    Among { patients: &'q [String], ids: &'q [String] },
    /// All.
    Everybody,
}

/// The criteria of queries that return a whole with its documents.
pub(super) fn of_contents(contents: &ContentFilter, statuses: &[AvailabilityStatus]) -> EntryCriteria {
    EntryCriteria {
        statuses: statuses.to_vec(),
        entry_types: contents.entry_types.clone(),
        format_codes: contents.format_codes.clone(),
        confidentiality_codes: contents.confidentiality_codes.clone(),
        ..EntryCriteria::default()
    }
}

#[auto_type]
fn joined() -> _ {
    let of_object = document_entry::patient_id
        .eq(registry_object::patient_id)
        .and(document_entry::entry_uuid.eq(registry_object::entry_uuid));
    registry_object::table.inner_join(document_entry::table.on(of_object)).select((
        registry_object::entry_uuid,
        registry_object::kind,
        registry_object::status,
        registry_object::patient_id,
    ))
}

type Entries<'q> = IntoBoxed<'q, joined, Database>;

impl Reader<'_> {
    /// The entries that pass, newest first, those of one instant by their id.
    pub(super) fn entries(&mut self, scope: Scope<'_>, filter: &EntryCriteria) -> Result<Vec<Identity>, StorageError> {
        bounded(gathered(chosen(scope, filter).load_iter(self.connection)?)?)
    }
}

fn chosen<'q>(scope: Scope<'q>, filter: &EntryCriteria) -> Entries<'q> {
    let mut entries: Entries<'q> = joined().into_boxed();
    entries = match scope {
        Scope::Patient(patient) => entries.filter(registry_object::patient_id.eq(patient)),
        Scope::Patients(patients) => entries.filter(in_list(registry_object::patient_id, patients)),
        Scope::Among { patients, ids } => entries
            .filter(in_list(registry_object::patient_id, patients))
            .filter(in_list(registry_object::entry_uuid, ids)),
        Scope::Everybody => entries,
    };
    entries = entries.filter(registry_object::kind.eq(of_kind(ObjectKind::DocumentEntry)));
    if !filter.statuses.is_empty() {
        entries = entries.filter(in_list(registry_object::status, filter.statuses.iter().map(|s| of_status(*s))));
    }
    if !filter.entry_types.is_empty() {
        let types = filter.entry_types.iter().map(|object_type| of_object_type(*object_type));
        entries = entries.filter(in_list(document_entry::object_type, types));
    }
    entries = by_code(entries, filter);
    entries = by_time(entries, filter);
    entries = by_list(entries, filter);
    entries.order((document_entry::creation_time.desc(), registry_object::entry_uuid.asc())).limit(MOST_READ)
}

/// Attributes that have one code.
fn by_code<'q>(mut entries: Entries<'q>, filter: &EntryCriteria) -> Entries<'q> {
    if !filter.class_codes.is_empty() {
        entries = entries.filter(in_list(document_entry::class_code, filter.class_codes.iter().map(of_code)));
    }
    if !filter.type_codes.is_empty() {
        entries = entries.filter(in_list(document_entry::type_code, filter.type_codes.iter().map(of_code)));
    }
    if !filter.practice_setting_codes.is_empty() {
        let codes = filter.practice_setting_codes.iter().map(of_code);
        entries = entries.filter(in_list(document_entry::practice_setting_code, codes));
    }
    if !filter.healthcare_facility_type_codes.is_empty() {
        let codes = filter.healthcare_facility_type_codes.iter().map(of_code);
        entries = entries.filter(in_list(document_entry::healthcare_facility_type_code, codes));
    }
    if !filter.format_codes.is_empty() {
        entries = entries.filter(in_list(document_entry::format_code, filter.format_codes.iter().map(of_code)));
    }
    entries
}

/// Times. An entry that does not state a time is not excluded by a bound on it; one made on demand has no creation
/// time. Spec: ITI TF-2: 3.18.4.1.2.3.3.
fn by_time<'q>(mut entries: Entries<'q>, filter: &EntryCriteria) -> Entries<'q> {
    use document_entry::{creation_time, service_start_time, service_stop_time};
    if let Some(from) = &filter.creation_time.from {
        entries = entries.filter(creation_time.eq("").or(creation_time.ge(from.earliest())));
    }
    if let Some(to) = &filter.creation_time.to {
        entries = entries.filter(creation_time.lt(to.earliest()));
    }
    if let Some(from) = &filter.service_start_time.from {
        entries = entries.filter(service_start_time.is_null().or(service_start_time.ge(from.earliest())));
    }
    if let Some(to) = &filter.service_start_time.to {
        entries = entries.filter(service_start_time.is_null().or(service_start_time.lt(to.earliest())));
    }
    if let Some(from) = &filter.service_stop_time.from {
        entries = entries.filter(service_stop_time.is_null().or(service_stop_time.ge(from.earliest())));
    }
    if let Some(to) = &filter.service_stop_time.to {
        entries = entries.filter(service_stop_time.is_null().or(service_stop_time.lt(to.earliest())));
    }
    entries
}

/// Attributes that have several values.
fn by_list<'q>(mut entries: Entries<'q>, filter: &EntryCriteria) -> Entries<'q> {
    let listed = [(EVENT, &filter.event_codes), (CONFIDENTIALITY, &filter.confidentiality_codes)];
    for (attribute, choice) in
        listed.into_iter().flat_map(|(attribute, choices)| choices.iter().map(move |c| (attribute, c)))
    {
        entries = entries.filter(exists(
            object_code::table
                .filter(object_code::patient_id.eq(document_entry::patient_id))
                .filter(object_code::entry_uuid.eq(document_entry::entry_uuid))
                .filter(object_code::attribute.eq(attribute))
                .filter(in_list(object_code::code, choice.iter().map(of_code))),
        ));
    }
    // What is online need not say so, and of what is said only this is kept.
    if let [only] = filter.availabilities.as_slice() {
        let offline = object_code::table
            .filter(object_code::patient_id.eq(document_entry::patient_id))
            .filter(object_code::entry_uuid.eq(document_entry::entry_uuid))
            .filter(object_code::attribute.eq(AVAILABILITY))
            .filter(object_code::code.eq(of_availability(DocumentAvailability::Offline)));
        entries = match only {
            DocumentAvailability::Online => entries.filter(not(exists(offline))),
            DocumentAvailability::Offline => entries.filter(exists(offline)),
        };
    }
    for choice in &filter.reference_ids {
        entries = entries.filter(exists(
            entry_reference::table
                .filter(entry_reference::patient_id.eq(document_entry::patient_id))
                .filter(entry_reference::entry_uuid.eq(document_entry::entry_uuid))
                .filter(like_any(entry_reference::reference_id, choice)),
        ));
    }
    if !filter.author_persons.is_empty() {
        entries = entries.filter(exists(
            object_author::table
                .filter(object_author::patient_id.eq(document_entry::patient_id))
                .filter(object_author::entry_uuid.eq(document_entry::entry_uuid))
                .filter(like_any(object_author::person, &filter.author_persons)),
        ));
    }
    entries
}
