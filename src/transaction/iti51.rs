//! Multi-Patient Stored Query. Spec: ITI TF-2: 3.51.
//!
//! Profile `dmp` does not serve it (the catalogue says so): there a caller speaks for one patient.

use crate::transaction::error::TransactionError;
use crate::transaction::iti18::{QueryAnswer, Wanted, answer};
use crate::transaction::{Context, Gateway};
use crate::xds::query::StoredQuery;

/// Answers a query about several patients, or about all.
///
/// # Errors
/// [`TransactionError`].
pub fn multi_patient_stored_query(
    gateway: &Gateway,
    context: &Context,
    query: StoredQuery,
    wanted: Wanted,
) -> Result<QueryAnswer, TransactionError> {
    answer(gateway, context, query, wanted, "iti51")
}
