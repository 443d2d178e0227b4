//! What `SQLite` would do for a query, step by step, so that tests can say which index serves it.

use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Integer, Text};
use diesel::sqlite::SqliteConnection;
use diesel::{Connection as _, RunQueryDsl};
use diesel_migrations::MigrationHarness;

use crate::storage::dialect::{Connection, Database};
use crate::storage::migration::SQLITE;

#[derive(QueryId)]
struct Explained<Q>(Q);

impl<Q> Query for Explained<Q> {
    type SqlType = (Integer, Integer, Integer, Text);
}

impl<Q> RunQueryDsl<Connection> for Explained<Q> {}

impl<Q: QueryFragment<Database>> QueryFragment<Database> for Explained<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Database>) -> QueryResult<()> {
        out.push_sql("EXPLAIN QUERY PLAN ");
        self.0.walk_ast(out)
    }
}

/// An empty registry in memory.
pub(in crate::storage) fn in_memory() -> Connection {
    let mut connection = Connection::Sqlite(SqliteConnection::establish(":memory:").unwrap());
    connection.run_pending_migrations(SQLITE).unwrap();
    connection
}

/// The steps by which an empty registry would answer.
pub(in crate::storage) fn steps_of<Q: QueryFragment<Database> + QueryId>(query: Q) -> Vec<String> {
    let rows: Vec<(i32, i32, i32, String)> = Explained(query).load(&mut in_memory()).unwrap();
    rows.into_iter().map(|(_, _, _, detail)| detail).collect()
}
