//! What can keep a transaction from its success: findings for the sender, or a failure of ours.

use crate::storage::StorageError;
use crate::transaction::rule;
use crate::xds::error::{ErrorCode, Finding};

/// Why a transaction was not carried out. Nothing of it was stored, unless the store lost sight of its own commit: the
/// same request sent again is then told what is there.
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
            Self::Storage(cause) => vec![
                Finding::of(
                    &rule::STORAGE,
                    "the gateway could not carry out the request; the same request may succeed later",
                )
                .coded(if cause.is_busy() { busy(unavailable) } else { unavailable }),
            ],
        }
    }
}

/// The code of the same actor for a load that is too high. Spec: ITI TF-3: Table 4.2.4.1-2.
fn busy(unavailable: ErrorCode) -> ErrorCode {
    if unavailable == ErrorCode::RepositoryError { ErrorCode::RepositoryBusy } else { ErrorCode::RegistryBusy }
}

#[cfg(test)]
mod tests {
    use crate::storage::StorageError;
    use crate::transaction::error::TransactionError;
    use crate::xds::error::ErrorCode;

    #[test]
    fn a_store_that_cannot_be_reached_is_busy_and_one_that_cannot_be_read_is_not() {
        let told = |cause, unavailable| TransactionError::Storage(cause).into_findings(unavailable)[0].code;
        let away = || StorageError::Connection("refused".to_owned());
        assert_eq!(told(away(), ErrorCode::RegistryError), ErrorCode::RegistryBusy);
        assert_eq!(told(away(), ErrorCode::RepositoryError), ErrorCode::RepositoryBusy);
        assert_eq!(told(StorageError::Corrupt { what: "kind" }, ErrorCode::RegistryError), ErrorCode::RegistryError);
    }
}
