//! Registry Stored Query. Spec: ITI TF-2: 3.18, DMP TD3.1.

use crate::storage::registry::object::Found;
use crate::transaction::error::TransactionError;
use crate::transaction::{Context, Gateway};
use crate::xds::query::StoredQuery;

/// Answers a query. The caller of the DMP gets the objects of the patient for whom he speaks, and no others.
///
/// # Errors
/// [`TransactionError`].
pub fn registry_stored_query(
    gateway: &Gateway,
    context: &Context,
    query: &StoredQuery,
) -> Result<Found, TransactionError> {
    let _ = context;
    Ok(gateway.store.read("iti18", |reader| reader.find(query))?)
}
