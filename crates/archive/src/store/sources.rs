//! Rows of sources: their names, cursors and last polls.
//!
//! A cursor only ever moves forward.

use xinlu_db::{Db, Row, Tx, Value, next_ids, sql};
use xinlu_model::{SourceId, Time};

use super::seq;
use crate::ArchiveError;
use crate::model::Source;

sql!(ADD = "INSERT INTO archive_sources (id, key, name, cursor, created_at) VALUES ($1, $2, $3, 0, $4)");
sql!(RENAME = "UPDATE archive_sources SET name = $2 WHERE id = $1");
sql!(BY_KEY = "SELECT id, key, name, cursor, received_at FROM archive_sources WHERE key = $1"
    => id: Int, key: Text, name: Text, cursor: Int, received_at: MaybeInt);
sql!(BY_ID = "SELECT id, key, name, cursor, received_at FROM archive_sources WHERE id = $1"
    => id: Int, key: Text, name: Text, cursor: Int, received_at: MaybeInt);
sql!(LIST = "SELECT id, key, name, cursor, received_at FROM archive_sources ORDER BY id"
    => id: Int, key: Text, name: Text, cursor: Int, received_at: MaybeInt);
sql!(MOVE = "UPDATE archive_sources SET cursor = $2, received_at = $3 WHERE id = $1");
sql!(POLLED = "UPDATE archive_sources SET polled_at = $2, poll_failed_at = NULL, poll_error = NULL WHERE id = $1");
sql!(
    POLL_FAILED =
        "UPDATE archive_sources SET poll_failed_at = COALESCE(poll_failed_at, $2), poll_error = $3 WHERE id = $1"
);
sql!(POLLS = "SELECT id, created_at, polled_at, poll_failed_at, poll_error FROM archive_sources ORDER BY id"
    => id: Int, created_at: Int, polled_at: MaybeInt, poll_failed_at: MaybeInt, poll_error: MaybeText);

/// How asking a source for more goes.
#[derive(Clone, Debug)]
pub(crate) struct Poll {
    pub(crate) source: SourceId,
    pub(crate) created_at: Time,
    pub(crate) polled_at: Option<Time>,
    pub(crate) failed_at: Option<Time>,
    pub(crate) error: Option<String>,
}

fn source(mut row: Row) -> Result<Source, ArchiveError> {
    Ok(Source {
        id: row.id()?,
        key: row.text()?,
        name: row.text()?,
        cursor: row.int()?.cast_unsigned(),
        received_at: row.maybe_time()?,
    })
}

pub(crate) async fn ensure(tx: &mut Tx, key: &str, name: &str, now: Time) -> Result<SourceId, ArchiveError> {
    next_ids(tx, "archive_source", 0).await?;
    if let Some(row) = tx.find(&BY_KEY, vec![key.into()]).await? {
        let known = source(row)?;
        if known.name != name {
            tx.execute(&RENAME, vec![known.id.into(), name.into()]).await?;
        }
        return Ok(known.id);
    }
    let id = SourceId::new(next_ids(tx, "archive_source", 1).await?);
    tx.execute(&ADD, vec![id.into(), key.into(), name.into(), now.into()]).await?;
    Ok(id)
}

pub(crate) async fn find(db: &Db, id: SourceId) -> Result<Option<Source>, ArchiveError> {
    db.find(&BY_ID, vec![id.into()]).await?.map(source).transpose()
}

pub(crate) async fn find_in(tx: &mut Tx, id: SourceId) -> Result<Option<Source>, ArchiveError> {
    tx.find(&BY_ID, vec![id.into()]).await?.map(source).transpose()
}

pub(crate) async fn list(db: &Db) -> Result<Vec<Source>, ArchiveError> {
    db.query(&LIST, vec![]).await?.into_iter().map(source).collect()
}

pub(crate) async fn move_cursor(tx: &mut Tx, id: SourceId, cursor: u64, now: Time) -> Result<(), ArchiveError> {
    tx.execute(&MOVE, vec![id.into(), seq(cursor), now.into()]).await?;
    Ok(())
}

pub(crate) async fn polled(tx: &mut Tx, id: SourceId, now: Time, error: Option<&str>) -> Result<(), ArchiveError> {
    match error {
        None => tx.execute(&POLLED, vec![id.into(), now.into()]).await?,
        Some(error) => tx.execute(&POLL_FAILED, vec![id.into(), now.into(), Value::from(error)]).await?,
    };
    Ok(())
}

pub(crate) async fn polls(db: &Db) -> Result<Vec<Poll>, ArchiveError> {
    let rows = db.query(&POLLS, vec![]).await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Poll {
                source: row.id()?,
                created_at: row.time()?,
                polled_at: row.maybe_time()?,
                failed_at: row.maybe_time()?,
                error: row.maybe_text()?,
            })
        })
        .collect()
}
