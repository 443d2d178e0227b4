//! The identities from which a registration is taken.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, TextExpressionMethods};

use crate::datatype::cx::PatientId;
use crate::storage::dialect::{in_list, insert_if_absent};
use crate::storage::registry::column::{of_instant, to_patient};
use crate::storage::registry::merge::Standing;
use crate::storage::schema::patient;
use crate::storage::{Reader, StorageError, Writer};

/// Some of the identities that were asked for.
type Identities = BTreeSet<PatientId>;

impl Reader<'_> {
    /// Whether a patient is known and not merged into another.
    pub fn is_known(&mut self, id: &PatientId) -> Result<bool, StorageError> {
        Ok(self.standing(id)? == Standing::Active)
    }

    /// How many patients are known, or of them those whose identifier begins like this.
    pub fn count_patients(&mut self, beginning: Option<&str>) -> Result<u64, StorageError> {
        let number: i64 = match beginning {
            Some(beginning) => patient::table
                .filter(patient::patient_id.like(format!("{beginning}%")))
                .count()
                .get_result(self.connection)?,
            None => patient::table.count().get_result(self.connection)?,
        };
        Ok(u64::try_from(number).unwrap_or(0))
    }

    /// Which of some patients are known, and which of them were and are merged into others.
    pub(super) fn known_among(&mut self, wanted: &Identities) -> Result<(Identities, Identities), StorageError> {
        let found: Vec<(String, Option<String>)> = patient::table
            .filter(in_list(patient::patient_id, wanted.iter().map(PatientId::to_string)))
            .select((patient::patient_id, patient::merged_into))
            .load(self.connection)?;
        let (mut known, mut merged) = (Identities::new(), Identities::new());
        for (id, into) in found {
            let identities = if into.is_none() { &mut known } else { &mut merged };
            identities.insert(to_patient(&id)?);
        }
        Ok((known, merged))
    }
}

impl Writer<'_> {
    /// Makes a patient known, and says whether it was not.
    pub fn know_patient(&mut self, id: &PatientId, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let row = (patient::patient_id.eq(id.to_string()), patient::known_since.eq(of_instant(now)));
        Ok(insert_if_absent!(self.connection, patient::table, row)? > 0)
    }
}
