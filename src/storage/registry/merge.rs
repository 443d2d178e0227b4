//! Two identities are found to be one patient's: what belongs to the one becomes the other's. Spec: ITI TF-2: 3.8.4.2.4.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, insert_into, update};

use crate::datatype::cx::PatientId;
use crate::storage::dialect::in_list;
use crate::storage::registry::column::{of_instant, to_patient};
use crate::storage::schema::{global_id, merged_object, patient, registry_object, unique_id_use};
use crate::storage::{Reader, StorageError, Writer};
use crate::xds::metadata::registration::Fragment;

/// Objects whose ebRIM is in memory at one time.
const BATCH: i64 = 200;

/// What the registry knows of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nobody announced it.
    Unknown,
    /// Submissions for it are taken.
    Active,
    /// It ended: this is the identity that took over.
    MergedInto(PatientId),
}

/// One move of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Whose it was.
    pub from: PatientId,
    /// When it ceased to be.
    pub at: i64,
}

/// The columns that a merge reads.
type ObjectRow = (String, Option<String>, Vec<u8>, Vec<u8>);

impl Reader<'_> {
    /// What is known of an identity.
    pub fn standing(&mut self, id: &PatientId) -> Result<Standing, StorageError> {
        let found: Option<Option<String>> = patient::table
            .filter(patient::patient_id.eq(id.to_string()))
            .select(patient::merged_into)
            .first(self.connection)
            .optional()?;
        match found {
            None => Ok(Standing::Unknown),
            Some(None) => Ok(Standing::Active),
            Some(Some(into)) => Ok(Standing::MergedInto(to_patient(&into)?)),
        }
    }

    /// The merges that an object went through, the first one first.
    pub fn way_of(&mut self, id: &PatientId, entry_uuid: &str) -> Result<Vec<Moved>, StorageError> {
        let rows: Vec<(String, i64)> = merged_object::table
            .filter(merged_object::patient_id.eq(id.to_string()))
            .filter(merged_object::entry_uuid.eq(entry_uuid))
            .order((merged_object::merged_at, merged_object::merged_from))
            .select((merged_object::merged_from, merged_object::merged_at))
            .load(self.connection)?;
        rows.into_iter().map(|(from, at)| Ok(Moved { from: to_patient(&from)?, at })).collect()
    }
}

impl Writer<'_> {
    /// Ends an identity that is known: all its objects become those of the surviving one, which is known too, and every answer
    /// names that one from now on. Gives the number of objects.
    ///
    /// The caller has seen in this same transaction that both are active and different.
    pub fn merge_patient(
        &mut self,
        subsumed: &PatientId,
        surviving: &PatientId,
        now: DateTime<Utc>,
    ) -> Result<usize, StorageError> {
        let (from, into, at) = (subsumed.to_string(), surviving.to_string(), of_instant(now));
        update(patient::table.filter(patient::patient_id.eq(&from)))
            .set((patient::merged_into.eq(&into), patient::merged_at.eq(at)))
            .execute(self.connection)?;
        let mut moved = 0;
        loop {
            let batch: Vec<ObjectRow> = registry_object::table
                .filter(registry_object::patient_id.eq(&from))
                .order(registry_object::entry_uuid)
                .select((
                    registry_object::entry_uuid,
                    registry_object::unique_id,
                    registry_object::fragment_head,
                    registry_object::fragment_tail,
                ))
                .limit(BATCH)
                .load(self.connection)?;
            if batch.is_empty() {
                return Ok(moved);
            }
            moved += batch.len();
            self.move_ids(&batch, &from, &into)?;
            for (entry_uuid, _, head, tail) in batch {
                let fragment = Fragment { head, tail }.with_patient(surviving);
                self.move_object(&entry_uuid, &fragment, &from, &into, at)?;
            }
        }
    }

    /// The tables that say where an id is to be looked for.
    fn move_ids(&mut self, batch: &[ObjectRow], from: &str, into: &str) -> Result<(), StorageError> {
        let ids = || batch.iter().map(|(entry_uuid, ..)| entry_uuid);
        update(global_id::table.filter(in_list(global_id::entry_uuid, ids())))
            .set(global_id::patient_id.eq(into))
            .execute(self.connection)?;
        let unique_ids = batch.iter().filter_map(|(_, unique_id, ..)| unique_id.as_ref());
        update(
            unique_id_use::table
                .filter(in_list(unique_id_use::unique_id, unique_ids))
                .filter(in_list(unique_id_use::entry_uuid, ids()))
                .filter(unique_id_use::patient_id.eq(from)),
        )
        .set(unique_id_use::patient_id.eq(into))
        .execute(self.connection)?;
        Ok(())
    }

    /// The object; the tables that hang on it follow by the database's own rule.
    fn move_object(
        &mut self,
        entry_uuid: &str,
        fragment: &Fragment,
        from: &str,
        into: &str,
        at: i64,
    ) -> Result<(), StorageError> {
        let object = registry_object::table
            .filter(registry_object::patient_id.eq(from))
            .filter(registry_object::entry_uuid.eq(entry_uuid));
        update(object)
            .set((
                registry_object::patient_id.eq(into),
                registry_object::fragment_head.eq(fragment.head.as_slice()),
                registry_object::fragment_tail.eq(fragment.tail.as_slice()),
            ))
            .execute(self.connection)?;
        let row = (
            merged_object::patient_id.eq(into),
            merged_object::entry_uuid.eq(entry_uuid),
            merged_object::merged_from.eq(from),
            merged_object::merged_at.eq(at),
        );
        insert_into(merged_object::table).values(row).execute(self.connection)?;
        Ok(())
    }
}
