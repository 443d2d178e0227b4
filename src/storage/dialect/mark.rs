//! Marks of writes on a server: what tells, after a connection was lost in the middle of a commit, whether it was made.
//!
//! A write puts its mark into the table as part of its transaction. Whoever does not know the outcome puts the same mark
//! again: either it is there already, and the commit was made; or it goes in, and the former transaction can never be
//! committed any more. A former transaction that is still on its way makes the second one wait.

use chrono::TimeDelta;
use diesel::pg::PgConnection;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use crate::storage::dialect::list::json_list;

/// A mark that was put into the transaction, drawn by the database.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub(in crate::storage) struct Mark {
    #[diesel(sql_type = Text)]
    mark: String,
}

/// Puts a new mark into the transaction.
pub(in crate::storage) fn put(connection: &mut PgConnection) -> QueryResult<Mark> {
    let sql = "INSERT INTO write_mark (mark, written_at) \
        VALUES (CAST(gen_random_uuid() AS text), CAST(extract(epoch FROM now()) * 1000 AS bigint)) RETURNING mark";
    sql_query(sql).get_result(connection)
}

/// Puts a mark again.
///
/// # Errors
/// `UniqueViolation` when the transaction that put it was committed.
pub(in crate::storage) fn put_again(connection: &mut PgConnection, mark: &Mark) -> QueryResult<()> {
    let sql = "INSERT INTO write_mark (mark, written_at) \
        VALUES ($1, CAST(extract(epoch FROM now()) * 1000 AS bigint))";
    sql_query(sql).bind::<Text, _>(&mark.mark).execute(connection).map(drop)
}

/// Takes marks away whose writes were acknowledged.
pub(in crate::storage) fn forget(connection: &mut PgConnection, marks: &[Mark]) -> QueryResult<()> {
    let list = json_list(marks.iter().map(|mark| &mark.mark));
    let sql = "DELETE FROM write_mark WHERE mark = ANY(ARRAY(SELECT json_array_elements_text(CAST($1 AS json))))";
    sql_query(sql).bind::<Text, _>(list).execute(connection).map(drop)
}

/// Takes marks away that were put longer ago, by the clock that they were put by: another one may be wrong, and a mark
/// that is missed by whoever is in doubt would have a write made twice.
pub(in crate::storage) fn forget_older_than(connection: &mut PgConnection, age: TimeDelta) -> QueryResult<()> {
    let sql = "DELETE FROM write_mark WHERE written_at < CAST(extract(epoch FROM now()) * 1000 AS bigint) - $1";
    sql_query(sql).bind::<BigInt, _>(age.num_milliseconds()).execute(connection).map(drop)
}
