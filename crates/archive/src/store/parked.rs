//! Rows of what waits: parked envelopes and messages.
//!
//! Envelopes are ciphertexts of the source; raw bytes are only ever stored sealed.

use xinlu_db::{Db, Row, Tx, Value, next_ids, sql};
use xinlu_model::{ParkedId, SourceId, Time};

use super::seq;
use crate::ArchiveError;
use crate::model::ParkReason;

sql!(
    ADD = "INSERT INTO archive_parked (id, source_id, seq, msgid, key_version, reason, detail, envelope, raw, subject,
    attempts, observed_at, parked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
);
sql!(LIST = "SELECT id, source_id, seq, msgid, key_version, reason, detail, envelope, raw, subject, attempts, observed_at,
    parked_at FROM archive_parked WHERE (CAST($1 AS BIGINT) = 0 OR source_id = $1)
    AND (CAST($2 AS BIGINT) = 0 OR reason = $2) AND id > $3 ORDER BY id LIMIT $4"
    => id: Int, source_id: Int, seq: Int, msgid: Text, key_version: Int, reason: Int, detail: Text, envelope: MaybeBytes,
    raw: MaybeBytes, subject: MaybeInt, attempts: Int, observed_at: Int, parked_at: Int);
sql!(BY_ID = "SELECT id, source_id, seq, msgid, key_version, reason, detail, envelope, raw, subject, attempts, observed_at,
    parked_at FROM archive_parked WHERE id = $1"
    => id: Int, source_id: Int, seq: Int, msgid: Text, key_version: Int, reason: Int, detail: Text, envelope: MaybeBytes,
    raw: MaybeBytes, subject: MaybeInt, attempts: Int, observed_at: Int, parked_at: Int);
sql!(TRIED = "UPDATE archive_parked SET reason = $2, detail = $3, attempts = attempts + 1 WHERE id = $1");
sql!(DELETE = "DELETE FROM archive_parked WHERE id = $1");
sql!(COUNT = "SELECT source_id, reason, COUNT(*) AS items, MIN(parked_at) AS oldest_at FROM archive_parked
    GROUP BY source_id, reason ORDER BY source_id, reason" => source_id: Int, reason: Int, items: Int, oldest_at: Int);
sql!(VERSIONS = "SELECT source_id, key_version, COUNT(*) AS items FROM archive_parked WHERE reason = $1
    GROUP BY source_id, key_version ORDER BY source_id, key_version" => source_id: Int, key_version: Int, items: Int);

/// A row of what waits.
#[derive(Clone, Debug)]
pub(crate) struct ParkedRow {
    pub(crate) id: ParkedId,
    pub(crate) source: SourceId,
    pub(crate) seq: u64,
    pub(crate) msgid: String,
    pub(crate) key_version: u32,
    pub(crate) reason: i64,
    pub(crate) detail: String,
    /// One packed envelope.
    pub(crate) envelope: Option<Vec<u8>>,
    /// The message's bytes, sealed for `subject`.
    pub(crate) raw: Option<Vec<u8>>,
    pub(crate) subject: Option<i64>,
    pub(crate) attempts: u32,
    pub(crate) observed_at: Time,
    pub(crate) parked_at: Time,
}

fn stored(mut row: Row) -> Result<ParkedRow, ArchiveError> {
    Ok(ParkedRow {
        id: row.id()?,
        source: row.id()?,
        seq: row.int()?.cast_unsigned(),
        msgid: row.text()?,
        key_version: row.int()? as u32,
        reason: row.int()?,
        detail: row.text()?,
        envelope: row.maybe_bytes()?,
        raw: row.maybe_bytes()?,
        subject: row.maybe_int()?,
        attempts: row.int()? as u32,
        observed_at: row.time()?,
        parked_at: row.time()?,
    })
}

/// Adds rows and gives them their ids.
pub(crate) async fn add(tx: &mut Tx, rows: Vec<ParkedRow>) -> Result<(), ArchiveError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut id = ParkedId::new(next_ids(tx, "archive_parked", rows.len() as i64).await?);
    let mut many = Vec::with_capacity(rows.len());
    for row in rows {
        many.push(vec![
            id.into(),
            row.source.into(),
            seq(row.seq),
            row.msgid.into(),
            row.key_version.into(),
            row.reason.into(),
            row.detail.into(),
            Value::from(row.envelope),
            Value::from(row.raw),
            Value::from(row.subject),
            row.attempts.into(),
            row.observed_at.into(),
            row.parked_at.into(),
        ]);
        id = id.plus(1);
    }
    tx.execute_many(&ADD, many).await?;
    Ok(())
}

pub(crate) async fn list(
    db: &Db,
    source: Option<SourceId>,
    reason: Option<ParkReason>,
    after: ParkedId,
    limit: u32,
) -> Result<Vec<ParkedRow>, ArchiveError> {
    let source = source.map_or(0, SourceId::number);
    let reason = reason.map_or(0, ParkReason::number);
    let rows = db.query(&LIST, vec![source.into(), reason.into(), after.into(), limit.into()]).await?;
    rows.into_iter().map(stored).collect()
}

pub(crate) async fn find(db: &Db, id: ParkedId) -> Result<Option<ParkedRow>, ArchiveError> {
    db.find(&BY_ID, vec![id.into()]).await?.map(stored).transpose()
}

/// `None` at the place of each that is not there.
pub(crate) async fn by_ids(tx: &mut Tx, ids: &[ParkedId]) -> Result<Vec<Option<ParkedRow>>, ArchiveError> {
    let many = ids.iter().map(|id| vec![Value::from(*id)]).collect();
    let answers = tx.query_many(&BY_ID, many).await?;
    answers.into_iter().map(|rows| rows.into_iter().next().map(stored).transpose()).collect()
}

pub(crate) async fn tried(tx: &mut Tx, id: ParkedId, reason: ParkReason, detail: &str) -> Result<(), ArchiveError> {
    tx.execute(&TRIED, vec![id.into(), reason.number().into(), detail.into()]).await?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, ids: &[ParkedId]) -> Result<(), ArchiveError> {
    tx.execute_many(&DELETE, ids.iter().map(|id| vec![Value::from(*id)]).collect()).await?;
    Ok(())
}

/// Per source and reason: how many, and since when the oldest waits.
pub(crate) async fn counts(db: &Db) -> Result<Vec<(SourceId, i64, u64, Time)>, ArchiveError> {
    let rows = db.query(&COUNT, vec![]).await?;
    rows.into_iter().map(|mut row| Ok((row.id()?, row.int()?, row.int()? as u64, row.time()?))).collect()
}

/// Per source: key versions that nobody gave the private key of, and the items that wait for each.
pub(crate) async fn unknown_versions(db: &Db) -> Result<Vec<(SourceId, u32, u64)>, ArchiveError> {
    let rows = db.query(&VERSIONS, vec![ParkReason::KeyMissing.number().into()]).await?;
    rows.into_iter().map(|mut row| Ok((row.id()?, row.int()? as u32, row.int()? as u64))).collect()
}
