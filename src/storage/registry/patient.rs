//! The identities from which a registration is taken.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, TextExpressionMethods};

use crate::datatype::cx::PatientId;
use crate::storage::dialect::{in_list, insert_if_absent};
use crate::storage::registry::column::{of_instant, to_patient};
use crate::storage::schema::patient;
use crate::storage::{Reader, StorageError, Writer};

impl Reader<'_> {
    /// Whether a patient is known.
    pub fn is_known(&mut self, id: &PatientId) -> Result<bool, StorageError> {
        let found: Option<String> = patient::table
            .filter(patient::patient_id.eq(id.to_string()))
            .select(patient::patient_id)
            .first(self.connection)
            .optional()?;
        Ok(found.is_some())
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

    /// Which of some patients are known.
    pub(super) fn known_among(&mut self, wanted: &BTreeSet<PatientId>) -> Result<BTreeSet<PatientId>, StorageError> {
        let found: Vec<String> = patient::table
            .filter(in_list(patient::patient_id, wanted.iter().map(PatientId::to_string)))
            .select(patient::patient_id)
            .load(self.connection)?;
        found.iter().map(|text| to_patient(text)).collect()
    }
}

impl Writer<'_> {
    /// Makes a patient known, and says whether it was not.
    pub fn know_patient(&mut self, id: &PatientId, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let row = (patient::patient_id.eq(id.to_string()), patient::known_since.eq(of_instant(now)));
        Ok(insert_if_absent!(self.connection, patient::table, row)? > 0)
    }
}
