//! All SQL of this part: corps that were connected through the API.

use xinlu_db::{Db, DbError, Migration, Tx, next_ids, sql};
use xinlu_model::Time;

/// The tables of this part, forward only.
pub const MIGRATIONS: &[Migration] = &[Migration {
    part: "channels",
    number: 1,
    sql: "CREATE TABLE channels_corps (corp_id TEXT NOT NULL PRIMARY KEY, revision BIGINT NOT NULL, sealed BYTES NOT NULL,
    changed_at BIGINT NOT NULL);",
}];

/// Revisions of all corps come from one counter, so that a corp that was removed and made again has another.
const COUNTER: &str = "channels_corps";

sql!(REVISIONS = "SELECT corp_id, revision FROM channels_corps ORDER BY corp_id" => corp_id: Text, revision: Int);
sql!(FIND = "SELECT revision, sealed FROM channels_corps WHERE corp_id = $1" => revision: Int, sealed: Bytes);
sql!(
    PUT = "INSERT INTO channels_corps (corp_id, revision, sealed, changed_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (corp_id) DO UPDATE SET revision = excluded.revision, sealed = excluded.sealed,
        changed_at = excluded.changed_at"
);
sql!(REMOVE = "DELETE FROM channels_corps WHERE corp_id = $1");

/// The corps and their revisions, by corp.
pub(crate) async fn revisions(db: &Db) -> Result<Vec<(String, i64)>, DbError> {
    let rows = db.query(&REVISIONS, Vec::new()).await?;
    rows.into_iter().map(|mut row| Ok((row.text()?, row.int()?))).collect()
}

/// A corp's revision and sealed connection.
pub(crate) async fn find(db: &Db, corp_id: &str) -> Result<Option<(i64, Vec<u8>)>, DbError> {
    let row = db.find(&FIND, vec![corp_id.into()]).await?;
    row.map(|mut row| Ok((row.int()?, row.bytes()?))).transpose()
}

/// The next revision. Whoever takes it is alone in changing corps until its transaction ends.
pub(crate) async fn next_revision(tx: &mut Tx) -> Result<i64, DbError> {
    next_ids(tx, COUNTER, 1).await
}

pub(crate) async fn find_in(tx: &mut Tx, corp_id: &str) -> Result<Option<Vec<u8>>, DbError> {
    let row = tx.find(&FIND, vec![corp_id.into()]).await?;
    row.map(|mut row| row.int().and_then(|_| row.bytes())).transpose()
}

/// Stores a corp's connection in the place of the one before.
pub(crate) async fn put(tx: &mut Tx, corp_id: &str, revision: i64, sealed: Vec<u8>, now: Time) -> Result<(), DbError> {
    tx.execute(&PUT, vec![corp_id.into(), revision.into(), sealed.into(), now.into()]).await.map(drop)
}

/// Whether it was there.
pub(crate) async fn remove(tx: &mut Tx, corp_id: &str) -> Result<bool, DbError> {
    Ok(tx.execute(&REMOVE, vec![corp_id.into()]).await? > 0)
}
