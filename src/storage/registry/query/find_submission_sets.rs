//! `FindSubmissionSets`: what was submitted for a patient. Spec: ITI TF-2: 3.18.4.1.2.3.7.2.

use diesel::dsl::{IntoBoxed, auto_type, exists};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};

use crate::storage::dialect::{Database, in_list, like_any};
use crate::storage::registry::column::{of_code, of_kind, of_status};
use crate::storage::registry::object::{Identity, gathered};
use crate::storage::registry::query::{MOST_READ, bounded};
use crate::storage::schema::{object_author, registry_object, submission_set};
use crate::storage::{Reader, StorageError};
use crate::xds::metadata::object::ObjectKind;
use crate::xds::query::FindSubmissionSets;

#[auto_type]
fn joined() -> _ {
    let of_object = submission_set::patient_id
        .eq(registry_object::patient_id)
        .and(submission_set::entry_uuid.eq(registry_object::entry_uuid));
    registry_object::table.inner_join(submission_set::table.on(of_object)).select((
        registry_object::entry_uuid,
        registry_object::kind,
        registry_object::status,
        registry_object::patient_id,
    ))
}

impl Reader<'_> {
    /// The submission sets that pass, newest first, those of one instant by their id.
    pub(super) fn submission_sets_of_patient(
        &mut self,
        query: &FindSubmissionSets,
    ) -> Result<Vec<Identity>, StorageError> {
        use submission_set::submission_time;
        let mut sets: IntoBoxed<'_, joined, Database> = joined().into_boxed();
        sets = sets
            .filter(registry_object::patient_id.eq(query.patient.to_string()))
            .filter(registry_object::kind.eq(of_kind(ObjectKind::SubmissionSet)))
            .filter(in_list(registry_object::status, query.statuses.iter().map(|status| of_status(*status))));
        if !query.source_ids.is_empty() {
            sets = sets.filter(in_list(submission_set::source_id, &query.source_ids));
        }
        if let Some(from) = &query.submission_time.from {
            sets = sets.filter(submission_time.ge(from.earliest()));
        }
        if let Some(to) = &query.submission_time.to {
            sets = sets.filter(submission_time.lt(to.earliest()));
        }
        if !query.content_type_codes.is_empty() {
            let codes = query.content_type_codes.iter().map(of_code);
            sets = sets.filter(in_list(submission_set::content_type_code, codes));
        }
        if let Some(person) = &query.author_person {
            sets = sets.filter(exists(
                object_author::table
                    .filter(object_author::patient_id.eq(submission_set::patient_id))
                    .filter(object_author::entry_uuid.eq(submission_set::entry_uuid))
                    .filter(like_any(object_author::person, [person])),
            ));
        }
        let newest_first = (submission_time.desc(), registry_object::entry_uuid.asc());
        bounded(gathered(sets.order(newest_first).limit(MOST_READ).load_iter(self.connection)?)?)
    }
}
