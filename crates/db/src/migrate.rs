//! Tables change forward only, once, each part for itself.
//!
//! A migration that ever ran is never edited; a program older than its data refuses to start.

use crate::{Db, DbError, Tx, Value, dialect};

/// One step of a part's tables. Statements are separated by `;` at a line's end.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// The part, which is also the prefix of its tables.
    pub part: &'static str,
    /// 1, 2, 3 … within the part.
    pub number: i64,
    /// The text, with `BIGKEY` and `BYTES` for the types that differ.
    pub sql: &'static str,
}

const OWN: Migration = Migration {
    part: "db",
    number: 1,
    sql: "CREATE TABLE IF NOT EXISTS db_migrations (part TEXT NOT NULL, number BIGINT NOT NULL, PRIMARY KEY (part, number));
CREATE TABLE IF NOT EXISTS db_counters (name TEXT NOT NULL PRIMARY KEY, taken BIGINT NOT NULL);",
};

crate::sql!(LAST = "SELECT CAST(COALESCE(MAX(number), 0) AS BIGINT) AS last FROM db_migrations WHERE part = $1" => last: Int);
crate::sql!(DONE = "INSERT INTO db_migrations (part, number) VALUES ($1, $2)");

/// Brings the tables of all parts to what this program knows.
pub(crate) async fn run(db: &Db, parts: &[&[Migration]]) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    tx.lock_migrations().await?;
    apply(&mut tx, &OWN).await?;
    for migrations in parts {
        run_part(&mut tx, migrations).await?;
    }
    tx.commit().await
}

async fn run_part(tx: &mut Tx, migrations: &[Migration]) -> Result<(), DbError> {
    let Some(part) = migrations.first().map(|migration| migration.part) else {
        return Ok(());
    };
    let last = tx.query_one(&LAST, vec![part.into()]).await?.int()?;
    let known = migrations.iter().map(|migration| migration.number).max().unwrap_or(0);
    if last > known {
        return Err(DbError::Newer { part: part.to_owned(), number: last });
    }
    for migration in migrations.iter().filter(|migration| migration.number > last) {
        apply(tx, migration).await?;
        tx.execute(&DONE, vec![part.into(), Value::Int(migration.number)]).await?;
    }
    Ok(())
}

async fn apply(tx: &mut Tx, migration: &Migration) -> Result<(), DbError> {
    tx.batch(dialect::migration(tx.engine(), migration.sql)).await
}
