//! What can keep a transaction from its success: findings for the sender, or a failure of ours.

use crate::storage::StorageError;
use crate::transaction::rule;
use crate::xds::error::{ErrorCode, Finding};

/// Why a transaction was not carried out. Nothing of it was stored.
#[derive(Debug, thiserror::Error)]
pub enum TransactionError {
    /// The request breaks rules; at least one finding is an error.
    #[error("refused by {} findings", .0.len())]
    Refused(Vec<Finding>),
    /// The store failed. The cause is for the log, not for the sender.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl TransactionError {
    /// What the sender learns: the findings, or that the gateway failed and under which code.
    pub fn into_findings(self, unavailable: ErrorCode) -> Vec<Finding> {
        match self {
            Self::Refused(findings) => findings,
            Self::Storage(_) => vec![
                Finding::of(
                    &rule::STORAGE,
                    "the gateway could not carry out the request; the same request may succeed later",
                )
                .coded(unavailable),
            ],
        }
    }
}
