//! One SQL text on two engines: SQLite (embedded, the default) and PostgreSQL (several hosts).
//!
//! Words: a `Statement` is a registered SQL text (`sql!`) with the columns it answers; a `Tx` is one transaction;
//! a `Value` is what goes in and a `Row` what comes out; a `Migration` changes the tables once, forward only.
//!
//! Invariants: every statement in the program is registered, so one test prepares them all on both engines and
//! compares their columns; `synchronous=FULL` and `secure_delete` on SQLite; a transaction that is dropped is rolled
//! back; a wake-up (`Tx::wake`) is heard only after its transaction is committed.
//!
//! It never builds SQL from a user's text, and no part's table is named here but `db_*`.

mod check;
mod counter;
mod dialect;
mod error;
mod migrate;
mod postgres;
mod row;
mod sqlite;
mod statement;
mod store;
mod value;
mod wake;

pub use check::check_statements;
pub use counter::next_ids;
pub use dialect::Engine;
pub use error::DbError;
#[doc(hidden)]
pub use inventory;
pub use migrate::Migration;
pub use row::Row;
pub use statement::{Column, ColumnKind, Registered, Statement};
pub use store::{Db, DbConfig, Tx};
pub use value::Value;
