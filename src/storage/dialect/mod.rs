//! All that differs between databases: how a connection is opened and tuned, how a transaction begins, what a list
//! parameter looks like, which errors may be tried again. Queries elsewhere name only what this module exports, and
//! are written once for both.

mod connection;
mod list;
mod location;
pub(super) mod mark;

use diesel::result::{DatabaseErrorKind, Error};

pub(super) use crate::storage::dialect::connection::{AnyConnection as Connection, Database, Manager};
pub(super) use crate::storage::dialect::list::{in_list, like_any};
pub(super) use crate::storage::dialect::location::Location;

/// Inserts a row unless one with its key is there; gives the number of rows inserted. `ON CONFLICT` is written by each
/// database in its own way, so the statement is made once for each.
macro_rules! insert_if_absent {
    ($connection:expr, $table:expr, $row:expr) => {{
        let statement = ::diesel::insert_into($table).values($row).on_conflict_do_nothing();
        match &mut *$connection {
            $crate::storage::dialect::Connection::Sqlite(connection) => {
                ::diesel::RunQueryDsl::execute(statement, connection)
            }
            $crate::storage::dialect::Connection::Pg(connection) => {
                ::diesel::RunQueryDsl::execute(statement, connection)
            }
        }
    }};
}
pub(super) use insert_if_absent;

/// What may be done about an error of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// The transaction met another one and was undone: run again, it may succeed.
    RunAgain,
    /// The connection is gone: another one may serve.
    Reconnect,
    /// The statement will fail again.
    None,
}

/// What may be done about an error.
#[expect(clippy::wildcard_enum_match_arm, reason = "diesel's lists are open; what is not named here fails again")]
pub(super) fn remedy(error: &Error) -> Remedy {
    match error {
        Error::BrokenTransactionManager => Remedy::Reconnect,
        Error::DatabaseError(kind, information) => match kind {
            DatabaseErrorKind::SerializationFailure => Remedy::RunAgain,
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => Remedy::Reconnect,
            _ if is_contention(information.message()) => Remedy::RunAgain,
            _ => Remedy::None,
        },
        _ => Remedy::None,
    }
}

/// diesel has no kind for `SQLITE_BUSY`, whose text is fixed in the source of `SQLite`, nor for the deadlock of
/// `PostgreSQL` (40P01), whose text has that word in the languages of Europe.
fn is_contention(message: &str) -> bool {
    message.starts_with("database is locked") || message.to_ascii_lowercase().contains("deadlock")
}
