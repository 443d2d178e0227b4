//! Remove Metadata (RMD), on the wire the same as Delete Document Set of the metadata update. Spec: ITI TF-2: 3.62.
//!
//! All objects of a request go, or none. The documents stay in the repository until ITI-86 removes them.

use std::collections::BTreeSet;

use crate::datatype::entry_uuid::EntryUuid;
use crate::transaction::error::TransactionError;
use crate::transaction::{Context, Gateway, Removing, rule};
use crate::xds::error::{Finding, refuses};
use crate::xds::message::remove::RemoveObjectsRequest;
use crate::xds::metadata::registration::removal;
use crate::xds::validation;

/// Removes objects from the registry; gives their number.
///
/// # Errors
/// [`TransactionError`]; nothing is removed then.
pub fn remove_metadata(
    gateway: &Gateway,
    context: &Context,
    request: &RemoveObjectsRequest,
) -> Result<usize, TransactionError> {
    if gateway.settings.removing == Removing::Refused {
        let context = "metadata is not removed here: domain.removal";
        return Err(TransactionError::Refused(vec![Finding::of(&rule::REMOVAL_METADATA, context)]));
    }
    let ids: BTreeSet<EntryUuid> = request.ids.iter().filter_map(|id| EntryUuid::parse(id).ok()).collect();
    let removed = gateway.store.write("iti62", |writer| {
        let mut facts = writer.removal_facts(&ids)?;
        if let Some(patient) = context.patient() {
            // The object of another patient is answered like one that nobody has.
            facts.objects.retain(|_, object| object.patient == *patient);
        }
        let findings = validation::remove::remove(&request.ids, &facts);
        if refuses(&findings) {
            return Ok(Err(findings));
        }
        let removal = removal::remove(&facts, context.now);
        writer.remove(&removal)?;
        Ok(Ok(removal.objects.len()))
    })?;
    removed.map_err(TransactionError::Refused)
}
