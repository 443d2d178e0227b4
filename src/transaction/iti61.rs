//! Register On-Demand Document Entry. Spec: ITI TF-2: 3.61.
//!
//! The documents are made by the source that registers the entries, when somebody asks it for one; this gateway is the registry only.

use crate::transaction::error::TransactionError;
use crate::transaction::iti42::register;
use crate::transaction::{Context, Gateway};
use crate::xds::error::Finding;
use crate::xds::metadata::submission::Submission;
use crate::xds::validation::Registering;

/// Registers on-demand entries; gives the warnings.
///
/// # Errors
/// [`TransactionError`]; nothing is stored then.
pub fn register_on_demand_document_entry(
    gateway: &Gateway,
    context: &Context,
    submission: Option<Submission>,
    findings: Vec<Finding>,
) -> Result<Vec<Finding>, TransactionError> {
    let Some(submission) = submission else { return Err(TransactionError::Refused(findings)) };
    let registering = Registering::OnDemand;
    register(gateway, context, &submission, registering, &[], findings).map(|registered| registered.warnings)
}
