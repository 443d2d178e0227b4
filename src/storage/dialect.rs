//! All that differs between databases: how a connection is opened and tuned, what a list parameter looks like, which
//! errors may be tried again. Today there is `SQLite`; queries elsewhere name only what this file exports.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::r2d2::{ConnectionManager, CustomizeConnection};
use diesel::result::{DatabaseErrorKind, Error, QueryResult};
use diesel::sql_types::{Bool, Text};
use diesel::sqlite::Sqlite;

/// The connection that queries run on.
pub(super) type Connection = diesel::sqlite::SqliteConnection;

/// The database of [`Connection`].
pub(super) type Database = Sqlite;

/// Opens connections for the pool.
pub(super) type Manager = ConnectionManager<Connection>;

/// How a write begins: with the right to write, since a transaction that asks for it half-way may be refused.
pub(super) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

/// Settings of each `SQLite` connection.
///
/// `synchronous = FULL` syncs the log at every commit: what was acknowledged survives a power cut. The log is copied
/// back every 4,000 pages rather than 1,000, so that pages written again and again are copied once. The file is not
/// mapped into memory: an error of the disk is then an error of one request and not the end of the process. LIKE
/// compares code points, as the stored queries ask.
const PER_CONNECTION: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA cache_size = -8000;
    PRAGMA temp_store = MEMORY;
    PRAGMA case_sensitive_like = ON;
";

/// Tunes each connection as it is opened.
#[derive(Debug)]
pub(super) struct Tuning;

impl CustomizeConnection<Connection, diesel::r2d2::Error> for Tuning {
    fn on_acquire(&self, connection: &mut Connection) -> Result<(), diesel::r2d2::Error> {
        connection.batch_execute(PER_CONNECTION).map_err(diesel::r2d2::Error::QueryError)
    }
}

/// Makes the database file, for this user alone; `SQLite` gives its mode to the files beside it.
pub(super) fn create_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map(drop)
}

/// Whether the same transaction may succeed if it is simply run again.
pub(super) fn is_transient(error: &Error) -> bool {
    let Error::DatabaseError(kind, information) = error else { return false };
    // diesel has no kind for SQLITE_BUSY; its text is fixed in the source of `SQLite`.
    matches!(kind, DatabaseErrorKind::SerializationFailure) || information.message().starts_with("database is locked")
}

/// `expression IN (list)` with the whole list as one parameter: the statement is the same for every length, so it is
/// prepared once, and no length is too long.
#[derive(Debug, Clone, QueryId)]
pub(super) struct InList<E> {
    expression: E,
    list: String,
}

/// `expression IN (values)`. An empty list matches nothing.
pub(super) fn in_list<E, T: AsRef<str>>(expression: E, values: impl IntoIterator<Item = T>) -> InList<E> {
    InList { expression, list: json_list(values) }
}

fn json_list<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> String {
    let mut list = String::from("[");
    for value in values {
        if list.len() > 1 {
            list.push(',');
        }
        push_json(&mut list, value.as_ref());
    }
    list.push(']');
    list
}

fn push_json(out: &mut String, text: &str) {
    out.push('"');
    // What is listed is mostly identifiers: nothing to escape in them.
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        out.push_str(text);
    } else {
        for character in text.chars() {
            match character {
                '"' | '\\' => out.extend(['\\', character]),
                control if control < ' ' => out.push_str(&json_escape(control)),
                other => out.push(other),
            }
        }
    }
    out.push('"');
}

fn json_escape(control: char) -> String {
    format!("\\u{:04x}", u32::from(control))
}

impl<E: QueryFragment<Sqlite>> QueryFragment<Sqlite> for InList<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.expression.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.list)?;
        out.push_sql("))");
        Ok(())
    }
}

impl<E: Expression> Expression for InList<E> {
    type SqlType = Bool;
}

impl<E: ValidGrouping<G>, G> ValidGrouping<G> for InList<E> {
    type IsAggregate = is_aggregate::No;
}

impl<E: SelectableExpression<QS>, QS> SelectableExpression<QS> for InList<E> {}

impl<E: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for InList<E> {}

/// `expression LIKE` one of a list of patterns, `%` any run and `_` any one character, nothing escaped.
#[derive(Debug, Clone, QueryId)]
pub(super) struct LikeAny<E> {
    expression: E,
    list: String,
}

/// `expression LIKE` one of the patterns.
pub(super) fn like_any<E, T: AsRef<str>>(expression: E, patterns: impl IntoIterator<Item = T>) -> LikeAny<E> {
    LikeAny { expression, list: json_list(patterns) }
}

impl<E: QueryFragment<Sqlite>> QueryFragment<Sqlite> for LikeAny<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("EXISTS (SELECT 1 FROM json_each(");
        out.push_bind_param::<Text, _>(&self.list)?;
        out.push_sql(") WHERE ");
        self.expression.walk_ast(out.reborrow())?;
        out.push_sql(" LIKE value)");
        Ok(())
    }
}

impl<E: Expression> Expression for LikeAny<E> {
    type SqlType = Bool;
}

impl<E: ValidGrouping<G>, G> ValidGrouping<G> for LikeAny<E> {
    type IsAggregate = is_aggregate::No;
}

impl<E: SelectableExpression<QS>, QS> SelectableExpression<QS> for LikeAny<E> {}

impl<E: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for LikeAny<E> {}

#[cfg(test)]
mod tests {
    use super::json_list;

    #[test]
    fn a_list_is_written_as_one_json_parameter() {
        let list = |values: &[&str]| json_list(values);
        assert_eq!(list(&[]), "[]");
        assert_eq!(list(&["a", "b"]), r#"["a","b"]"#);
        assert_eq!(list(&["l'\"é\\\u{1}"]), r#"["l'\"é\\\u0001"]"#);
    }
}
