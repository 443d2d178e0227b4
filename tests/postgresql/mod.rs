//! The same files of tests again, on `PostgreSQL`, and what is true of a server only.

mod lost_connection;
mod migration;
mod network;

use crate::support::database::Database;

/// What the tests of these files run on.
const DATABASE: Database = Database::Postgresql;

#[path = "../iti18/mod.rs"]
mod iti18;
#[path = "../iti41/mod.rs"]
mod iti41;
#[path = "../iti42/mod.rs"]
mod iti42;
#[path = "../iti43.rs"]
mod iti43;
#[path = "../iti51.rs"]
mod iti51;
#[path = "../iti44.rs"]
mod iti44;
#[path = "../iti57/mod.rs"]
mod iti57;
#[path = "../iti61.rs"]
mod iti61;
#[path = "../iti62.rs"]
mod iti62;
#[path = "../iti8/mod.rs"]
mod iti8;
#[path = "../iti86.rs"]
mod iti86;
#[path = "../iti92.rs"]
mod iti92;
#[path = "../race.rs"]
mod race;
#[path = "../storage/mod.rs"]
mod storage;
