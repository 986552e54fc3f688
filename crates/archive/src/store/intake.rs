//! Rows of fetched batches and of the gaps between sequence numbers.
//!
//! A batch's row goes when, and only when, all of it was settled.

use xinlu_db::{Db, Tx, Value, next_ids, sql};
use xinlu_model::{SourceId, Time};

use super::seq;
use crate::ArchiveError;
use crate::intake::BatchId;

sql!(
    ADD = "INSERT INTO archive_intake (id, source_id, observed_at, envelope_count, envelopes) VALUES ($1, $2, $3, $4, $5)"
);
sql!(FIND = "SELECT source_id, observed_at, envelope_count FROM archive_intake WHERE id = $1"
    => source_id: Int, observed_at: Int, envelope_count: Int);
sql!(ENVELOPES = "SELECT envelopes FROM archive_intake WHERE id = $1" => envelopes: Bytes);
sql!(LIST = "SELECT id, observed_at, envelopes FROM archive_intake WHERE source_id = $1 AND id > $2 ORDER BY id LIMIT $3"
    => id: Int, observed_at: Int, envelopes: Bytes);
sql!(DELETE = "DELETE FROM archive_intake WHERE id = $1");
sql!(COUNT = "SELECT source_id, CAST(SUM(envelope_count) AS BIGINT) AS envelopes, MIN(observed_at) AS oldest_at
    FROM archive_intake GROUP BY source_id ORDER BY source_id" => source_id: Int, envelopes: Int, oldest_at: Int);
sql!(
    ADD_GAP = "INSERT INTO archive_gaps (source_id, first_seq, last_seq, found_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (source_id, first_seq) DO NOTHING"
);
sql!(GAPS = "SELECT source_id, first_seq, last_seq, found_at FROM archive_gaps WHERE source_id = $1 ORDER BY first_seq LIMIT $2"
    => source_id: Int, first_seq: Int, last_seq: Int, found_at: Int);
sql!(GAP_OF = "SELECT first_seq, last_seq, found_at FROM archive_gaps
    WHERE source_id = $1 AND first_seq <= $2 AND last_seq >= $2" => first_seq: Int, last_seq: Int, found_at: Int);
sql!(DELETE_GAP = "DELETE FROM archive_gaps WHERE source_id = $1 AND first_seq = $2");
sql!(SUM_GAPS = "SELECT source_id, COUNT(*) AS gaps, CAST(SUM(last_seq - first_seq + 1) AS BIGINT) AS missing
    FROM archive_gaps GROUP BY source_id ORDER BY source_id" => source_id: Int, gaps: Int, missing: Int);

/// A batch's row without its envelopes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchRow {
    pub(crate) source: SourceId,
    pub(crate) observed_at: Time,
    pub(crate) count: u64,
}

/// Sequence numbers that never came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) found_at: Time,
}

pub(crate) async fn add(
    tx: &mut Tx,
    source: SourceId,
    observed_at: Time,
    count: u64,
    packed: Vec<u8>,
) -> Result<BatchId, ArchiveError> {
    let id = BatchId::new(next_ids(tx, "archive_intake", 1).await?);
    let values = vec![id.into(), source.into(), observed_at.into(), (count as i64).into(), packed.into()];
    tx.execute(&ADD, values).await?;
    Ok(id)
}

pub(crate) async fn find(db: &Db, id: BatchId) -> Result<Option<BatchRow>, ArchiveError> {
    let row = db.find(&FIND, vec![id.into()]).await?;
    row.map(|mut row| Ok(BatchRow { source: row.id()?, observed_at: row.time()?, count: row.int()? as u64 }))
        .transpose()
}

pub(crate) async fn envelopes(tx: &mut Tx, id: BatchId) -> Result<Option<Vec<u8>>, ArchiveError> {
    Ok(tx.find(&ENVELOPES, vec![id.into()]).await?.map(|mut row| row.bytes()).transpose()?)
}

pub(crate) async fn list(
    db: &Db,
    source: SourceId,
    after: BatchId,
    limit: u32,
) -> Result<Vec<(BatchId, Time, Vec<u8>)>, ArchiveError> {
    let rows = db.query(&LIST, vec![source.into(), after.into(), limit.into()]).await?;
    rows.into_iter().map(|mut row| Ok((row.id()?, row.time()?, row.bytes()?))).collect()
}

/// `false` when it was settled already.
pub(crate) async fn delete(tx: &mut Tx, id: BatchId) -> Result<bool, ArchiveError> {
    Ok(tx.execute(&DELETE, vec![id.into()]).await? == 1)
}

/// Per source: envelopes that wait to be settled, and since when the oldest does.
pub(crate) async fn counts(db: &Db) -> Result<Vec<(SourceId, u64, Time)>, ArchiveError> {
    let rows = db.query(&COUNT, vec![]).await?;
    rows.into_iter().map(|mut row| Ok((row.id()?, row.int()? as u64, row.time()?))).collect()
}

pub(crate) async fn add_gaps(tx: &mut Tx, source: SourceId, gaps: &[Gap]) -> Result<(), ArchiveError> {
    let rows = gaps.iter().map(|gap| vec![source.into(), seq(gap.first), seq(gap.last), gap.found_at.into()]);
    tx.execute_many(&ADD_GAP, rows.collect()).await?;
    Ok(())
}

pub(crate) async fn gaps(db: &Db, source: SourceId, limit: u32) -> Result<Vec<Gap>, ArchiveError> {
    let rows = db.query(&GAPS, vec![source.into(), limit.into()]).await?;
    rows.into_iter()
        .map(|mut row| {
            row.int()?;
            let (first, last) = (row.int()?.cast_unsigned(), row.int()?.cast_unsigned());
            Ok(Gap { first, last, found_at: row.time()? })
        })
        .collect()
}

/// Takes a number that came late out of the gap it was missed in.
pub(crate) async fn fill_gap(tx: &mut Tx, source: SourceId, number: u64) -> Result<(), ArchiveError> {
    let Some(mut row) = tx.find(&GAP_OF, vec![source.into(), seq(number)]).await? else { return Ok(()) };
    let (first, last) = (row.int()?.cast_unsigned(), row.int()?.cast_unsigned());
    let found_at = row.time()?;
    tx.execute(&DELETE_GAP, vec![source.into(), seq(first)]).await?;
    let before = (first < number).then(|| Gap { first, last: number - 1, found_at });
    let after = (number < last).then(|| Gap { first: number + 1, last, found_at });
    let rest: Vec<Gap> = before.into_iter().chain(after).collect();
    add_gaps(tx, source, &rest).await
}

/// Per source: gaps and the numbers in them.
pub(crate) async fn gap_sums(db: &Db) -> Result<Vec<(SourceId, u64, u64)>, ArchiveError> {
    let rows = db.query(&SUM_GAPS, Vec::<Value>::new()).await?;
    rows.into_iter().map(|mut row| Ok((row.id()?, row.int()? as u64, row.int()? as u64))).collect()
}
