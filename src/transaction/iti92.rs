//! Restricted Update Document Set. Spec: ITI TF-2: 3.92.
//!
//! The same as ITI-57 within narrower bounds: for whoever corrects entries that others registered.

use crate::transaction::error::TransactionError;
use crate::transaction::iti57::update;
use crate::transaction::{Context, Gateway};
use crate::xds::error::Finding;
use crate::xds::metadata::submission::Submission;
use crate::xds::validation::update::Updating;

/// Carries out a restricted update; gives the warnings.
///
/// # Errors
/// [`TransactionError`]; nothing is stored then.
pub fn restricted_update_document_set(
    gateway: &Gateway,
    context: &Context,
    submission: Option<Submission>,
    findings: Vec<Finding>,
) -> Result<Vec<Finding>, TransactionError> {
    update(gateway, context, submission, Updating::Restricted, findings)
}
