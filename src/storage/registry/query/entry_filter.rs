//! The parameters that choose among document entries, common to several queries.
//! Spec: ITI TF-2: 3.18.4.1.2.3.7.1.

use diesel::dsl::{IntoBoxed, auto_type, exists};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};

use crate::datatype::code::Code;
use crate::storage::dialect::{Database, in_list, like_any};
use crate::storage::registry::column::{of_code, of_kind, of_object_type, of_status};
use crate::storage::registry::document_entry::{CONFIDENTIALITY, EVENT};
use crate::storage::registry::object::Identity;
use crate::storage::schema::{document_entry, object_author, object_code, registry_object};
use crate::storage::{Reader, StorageError};
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::query::{ContentFilter, DateRange, FindDocuments};

/// From which entries a query chooses.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scope<'q> {
    /// Those of a patient.
    Patient(&'q str),
    /// These, which are of these patients.
    Among { patients: &'q [String], ids: &'q [String] },
}

/// What a query asks of an entry. An empty list asks nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct EntryFilter<'q> {
    statuses: &'q [AvailabilityStatus],
    entry_types: &'q [DocumentEntryType],
    class_codes: &'q [Code],
    type_codes: &'q [Code],
    practice_setting_codes: &'q [Code],
    healthcare_facility_type_codes: &'q [Code],
    format_codes: &'q [Code],
    /// Each inner list is a choice; all must be met.
    event_codes: &'q [Vec<Code>],
    /// Each inner list is a choice; all must be met.
    confidentiality_codes: &'q [Vec<Code>],
    creation_time: &'q DateRange,
    service_start_time: &'q DateRange,
    service_stop_time: &'q DateRange,
    /// Patterns with `%` and `_`.
    author_persons: &'q [String],
}

/// No bound.
static ALWAYS: DateRange = DateRange { from: None, to: None };

impl<'q> EntryFilter<'q> {
    /// The filter of `FindDocuments`.
    pub(super) fn of_find(query: &'q FindDocuments) -> Self {
        Self {
            statuses: &query.statuses,
            entry_types: &query.entry_types,
            class_codes: &query.class_codes,
            type_codes: &query.type_codes,
            practice_setting_codes: &query.practice_setting_codes,
            healthcare_facility_type_codes: &query.healthcare_facility_type_codes,
            format_codes: &query.format_codes,
            event_codes: &query.event_codes,
            confidentiality_codes: &query.confidentiality_codes,
            creation_time: &query.creation_time,
            service_start_time: &query.service_start_time,
            service_stop_time: &query.service_stop_time,
            author_persons: &query.author_persons,
        }
    }

    /// The filter of queries that return a whole with its documents.
    pub(super) fn of_contents(contents: &'q ContentFilter, statuses: &'q [AvailabilityStatus]) -> Self {
        Self {
            statuses,
            entry_types: &contents.entry_types,
            class_codes: &[],
            type_codes: &[],
            practice_setting_codes: &[],
            healthcare_facility_type_codes: &[],
            format_codes: &contents.format_codes,
            event_codes: &[],
            confidentiality_codes: &contents.confidentiality_codes,
            creation_time: &ALWAYS,
            service_start_time: &ALWAYS,
            service_stop_time: &ALWAYS,
            author_persons: &[],
        }
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
    /// The entries that pass, newest first.
    pub(super) fn entries(
        &mut self,
        scope: Scope<'_>,
        filter: &EntryFilter<'_>,
    ) -> Result<Vec<Identity>, StorageError> {
        Ok(chosen(scope, filter).load(self.connection)?)
    }
}

fn chosen<'q>(scope: Scope<'q>, filter: &EntryFilter<'_>) -> Entries<'q> {
    let mut entries: Entries<'q> = joined().into_boxed();
    entries = match scope {
        Scope::Patient(patient) => entries.filter(registry_object::patient_id.eq(patient)),
        Scope::Among { patients, ids } => entries
            .filter(in_list(registry_object::patient_id, patients))
            .filter(in_list(registry_object::entry_uuid, ids)),
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
    entries.order((document_entry::creation_time.desc(), registry_object::entry_uuid.asc()))
}

/// Attributes that have one code.
fn by_code<'q>(mut entries: Entries<'q>, filter: &EntryFilter<'_>) -> Entries<'q> {
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
fn by_time<'q>(mut entries: Entries<'q>, filter: &EntryFilter<'_>) -> Entries<'q> {
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
fn by_list<'q>(mut entries: Entries<'q>, filter: &EntryFilter<'_>) -> Entries<'q> {
    for (attribute, choices) in [(EVENT, filter.event_codes), (CONFIDENTIALITY, filter.confidentiality_codes)] {
        for choice in choices {
            entries = entries.filter(exists(
                object_code::table
                    .filter(object_code::patient_id.eq(document_entry::patient_id))
                    .filter(object_code::entry_uuid.eq(document_entry::entry_uuid))
                    .filter(object_code::attribute.eq(attribute))
                    .filter(in_list(object_code::code, choice.iter().map(of_code))),
            ));
        }
    }
    if !filter.author_persons.is_empty() {
        entries = entries.filter(exists(
            object_author::table
                .filter(object_author::patient_id.eq(document_entry::patient_id))
                .filter(object_author::entry_uuid.eq(document_entry::entry_uuid))
                .filter(like_any(object_author::person, filter.author_persons)),
        ));
    }
    entries
}

#[cfg(test)]
mod tests {
    use diesel::{Connection as _, QueryableByName, RunQueryDsl, debug_query, sql_query, sql_types};
    use diesel_migrations::MigrationHarness;

    use crate::datatype::code::Code;
    use crate::storage::dialect::{Connection, Database};
    use crate::storage::migration::MIGRATIONS;
    use crate::storage::registry::query::entry_filter::{ALWAYS, EntryFilter, Scope, chosen};
    use crate::xds::metadata::availability::AvailabilityStatus;
    use crate::xds::metadata::document_entry::DocumentEntryType;

    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = sql_types::Text)]
        detail: String,
    }

    /// What the database would do, step by step.
    fn plan(scope: Scope<'_>, filter: &EntryFilter<'_>) -> Vec<String> {
        let mut connection = Connection::establish(":memory:").unwrap();
        connection.run_pending_migrations(MIGRATIONS).unwrap();
        let sql = format!("EXPLAIN QUERY PLAN {}", debug_query::<Database, _>(&chosen(scope, filter)));
        let steps: Vec<Step> = sql_query(sql).load(&mut connection).unwrap();
        steps.into_iter().map(|step| step.detail).collect()
    }

    fn check_no_scan(scope: Scope<'_>, filter: &EntryFilter<'_>) {
        let steps = plan(scope, filter);
        let scans: Vec<&String> =
            steps.iter().filter(|step| step.starts_with("SCAN") && !step.contains("json_each")).collect();
        assert!(scans.is_empty(), "{steps:#?}");
        assert!(
            steps.iter().any(|step| step.contains("document_entry USING PRIMARY KEY (patient_id=? AND entry_uuid=?)"))
        );
    }

    #[test]
    fn a_query_looks_at_the_entries_of_its_patient_and_at_no_others() {
        let (statuses, types) = ([AvailabilityStatus::Approved], [DocumentEntryType::Stable]);
        let (code, codes) = ([Code::new("1", "2")], [vec![Code::new("1", "2")]]);
        let persons = ["%a%".to_owned()];
        let plain = EntryFilter {
            statuses: &statuses,
            entry_types: &types,
            class_codes: &[],
            type_codes: &[],
            practice_setting_codes: &[],
            healthcare_facility_type_codes: &[],
            format_codes: &[],
            event_codes: &[],
            confidentiality_codes: &[],
            creation_time: &ALWAYS,
            service_start_time: &ALWAYS,
            service_stop_time: &ALWAYS,
            author_persons: &[],
        };
        check_no_scan(Scope::Patient("p"), &plain);
        check_no_scan(Scope::Among { patients: &persons, ids: &persons }, &EntryFilter { statuses: &[], ..plain });
        check_no_scan(
            Scope::Patient("p"),
            &EntryFilter {
                class_codes: &code,
                event_codes: &codes,
                confidentiality_codes: &codes,
                author_persons: &persons,
                ..plain
            },
        );
        let steps = plan(Scope::Patient("p"), &plain);
        assert!(
            steps.iter().any(|step| step.contains("registry_object_of_patient (patient_id=? AND kind=?")),
            "{steps:#?}"
        );
    }
}
