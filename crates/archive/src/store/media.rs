//! Rows of media items: how far their bytes are.
//!
//! They hold no handle, name or digest: those stand in the record's encrypted body.

use xinlu_db::{Db, Row, Tx, Value, next_ids, sql};
use xinlu_model::{MediaId, RecordId, SourceId, Time};

use crate::ArchiveError;
use crate::model::{MediaItem, MediaReason, MediaState};

sql!(
    ADD = "INSERT INTO archive_media (id, source_id, record_id, ordinal, kind, queued_at, state, attempts, claim,
    next_at, received, partial_size) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, $7, 0, 0)"
);
sql!(DUE = "SELECT id, source_id, record_id, ordinal, kind, state, reason, attempts, claim, resume_index, received,
    partial_size, object, object_size, size, stored_at
    FROM archive_media WHERE source_id = $1 AND next_at <= $2 AND state < 2 ORDER BY next_at, id LIMIT $3"
    => id: Int, source_id: Int, record_id: Int, ordinal: Int, kind: Int, state: Int, reason: MaybeInt,
    attempts: Int, claim: Int, resume_index: MaybeBytes, received: Int, partial_size: Int, object: MaybeBytes,
    object_size: MaybeInt, size: MaybeInt, stored_at: MaybeInt);
sql!(BY_ID = "SELECT id, source_id, record_id, ordinal, kind, state, reason, attempts, claim, resume_index, received,
    partial_size, object, object_size, size, stored_at FROM archive_media WHERE id = $1"
    => id: Int, source_id: Int, record_id: Int, ordinal: Int, kind: Int, state: Int, reason: MaybeInt,
    attempts: Int, claim: Int, resume_index: MaybeBytes, received: Int, partial_size: Int, object: MaybeBytes,
    object_size: MaybeInt, size: MaybeInt, stored_at: MaybeInt);
sql!(OF_RECORD = "SELECT id, source_id, record_id, ordinal, kind, state, reason, attempts, claim, resume_index,
    received, partial_size, object, object_size, size, stored_at FROM archive_media WHERE record_id = $1 ORDER BY ordinal"
    => id: Int, source_id: Int, record_id: Int, ordinal: Int, kind: Int, state: Int, reason: MaybeInt,
    attempts: Int, claim: Int, resume_index: MaybeBytes, received: Int, partial_size: Int, object: MaybeBytes,
    object_size: MaybeInt, size: MaybeInt, stored_at: MaybeInt);
sql!(PAGE = "SELECT id, source_id, record_id, ordinal, kind, state, reason, attempts, claim, resume_index, received,
    partial_size, object, object_size, size, stored_at FROM archive_media WHERE id > $1 ORDER BY id LIMIT $2"
    => id: Int, source_id: Int, record_id: Int, ordinal: Int, kind: Int, state: Int, reason: MaybeInt,
    attempts: Int, claim: Int, resume_index: MaybeBytes, received: Int, partial_size: Int, object: MaybeBytes,
    object_size: MaybeInt, size: MaybeInt, stored_at: MaybeInt);
sql!(
    CLAIM = "UPDATE archive_media SET state = 1, claim = claim + 1, next_at = $3
    WHERE id = $1 AND state < 2 AND claim = $2"
);
sql!(
    PROGRESS = "UPDATE archive_media SET resume_index = $3, received = $4, partial_size = $5, next_at = $6
    WHERE id = $1 AND claim = $2 AND state = 1"
);
sql!(
    FINISH = "UPDATE archive_media SET state = 2, reason = NULL, resume_index = NULL, partial_size = 0, object = $3,
    object_size = $4, size = $5, stored_at = $6 WHERE id = $1 AND claim = $2 AND state = 1"
);
sql!(RENEW = "UPDATE archive_media SET next_at = $3 WHERE id = $1 AND claim = $2 AND state = 1");
sql!(
    FAIL = "UPDATE archive_media SET state = $3, reason = $4, next_at = $5, attempts = attempts + 1
    WHERE id = $1 AND claim = $2 AND state = 1"
);
sql!(
    GIVE_UP = "UPDATE archive_media SET state = $3, reason = $4, next_at = $5, attempts = attempts + 1,
    resume_index = NULL, received = 0, partial_size = 0 WHERE id = $1 AND claim = $2 AND state = 1"
);
sql!(
    RESTART = "UPDATE archive_media SET resume_index = NULL, received = 0, partial_size = 0
    WHERE id = $1 AND claim = $2 AND state = 1"
);
sql!(UNCLAIM = "UPDATE archive_media SET state = 0, next_at = $3 WHERE id = $1 AND claim = $2 AND state = 1");
sql!(RELEASE = "UPDATE archive_media SET state = 0, next_at = $2 WHERE source_id = $1 AND state = 1");
sql!(
    RETRY = "UPDATE archive_media SET state = 0, next_at = $2, attempts = 0, reason = NULL WHERE id = $1 AND state > 2"
);
sql!(COUNT = "SELECT source_id, state, COALESCE(reason, 0) AS reason, COUNT(*) AS items, MIN(queued_at) AS oldest_at
    FROM archive_media WHERE state <> 2 GROUP BY source_id, state, COALESCE(reason, 0)
    ORDER BY source_id, state, COALESCE(reason, 0)" => source_id: Int, state: Int, reason: Int, items: Int, oldest_at: Int);
sql!(STORED = "SELECT source_id, COUNT(*) AS items, CAST(COALESCE(SUM(size), 0) AS BIGINT) AS bytes FROM archive_media
    WHERE state = 2 GROUP BY source_id ORDER BY source_id" => source_id: Int, items: Int, bytes: Int);

/// A media item's row.
#[derive(Clone, Debug)]
pub(crate) struct MediaRow {
    pub(crate) id: MediaId,
    pub(crate) source: SourceId,
    pub(crate) record: RecordId,
    pub(crate) ordinal: u32,
    pub(crate) kind: i64,
    pub(crate) state: i64,
    pub(crate) reason: Option<i64>,
    /// How often it failed.
    pub(crate) attempts: u32,
    /// How often it was claimed; names the claim that may write.
    pub(crate) claim: i64,
    /// Where the source goes on from, sealed.
    pub(crate) resume_index: Option<Vec<u8>>,
    /// Bytes of the item that are durable in the partial file.
    pub(crate) received: u64,
    /// The partial file's size that goes with them.
    pub(crate) partial_size: u64,
    pub(crate) object: Option<Vec<u8>>,
    pub(crate) object_size: Option<u64>,
    pub(crate) size: Option<u64>,
    pub(crate) stored_at: Option<Time>,
}

/// An item that a record declares.
pub(crate) struct NewMedia {
    pub(crate) record: RecordId,
    pub(crate) ordinal: u32,
    pub(crate) kind: i64,
}

/// How far a download is.
pub(crate) struct Progress {
    pub(crate) resume_index: Vec<u8>,
    pub(crate) received: u64,
    pub(crate) partial_size: u64,
    pub(crate) lease_until: Time,
}

/// A download that ended well.
pub(crate) struct Finished {
    pub(crate) object: [u8; 32],
    pub(crate) object_size: u64,
    pub(crate) size: u64,
    pub(crate) stored_at: Time,
}

impl MediaRow {
    /// As others see it.
    pub(crate) fn item(&self) -> MediaItem {
        MediaItem {
            id: self.id,
            record: self.record,
            ordinal: self.ordinal,
            state: MediaState::from_number(self.state).unwrap_or(MediaState::Failed),
            reason: self.reason.and_then(MediaReason::from_number),
            size: self.size,
            attempts: self.attempts,
        }
    }
}

fn stored(mut row: Row) -> Result<MediaRow, ArchiveError> {
    Ok(MediaRow {
        id: row.id()?,
        source: row.id()?,
        record: row.id()?,
        ordinal: row.int()? as u32,
        kind: row.int()?,
        state: row.int()?,
        reason: row.maybe_int()?,
        attempts: row.int()? as u32,
        claim: row.int()?,
        resume_index: row.maybe_bytes()?,
        received: row.int()? as u64,
        partial_size: row.int()? as u64,
        object: row.maybe_bytes()?,
        object_size: row.maybe_int()?.map(|size| size as u64),
        size: row.maybe_int()?.map(|size| size as u64),
        stored_at: row.maybe_time()?,
    })
}

pub(crate) async fn add(tx: &mut Tx, source: SourceId, new: &[NewMedia], now: Time) -> Result<(), ArchiveError> {
    if new.is_empty() {
        return Ok(());
    }
    let first = MediaId::new(next_ids(tx, "archive_media", new.len() as i64).await?);
    let rows = new.iter().zip(0..).map(|(new, offset)| {
        vec![
            first.plus(offset).into(),
            source.into(),
            new.record.into(),
            new.ordinal.into(),
            new.kind.into(),
            now.into(),
            now.into(),
        ]
    });
    tx.execute_many(&ADD, rows.collect()).await?;
    Ok(())
}

pub(crate) async fn due(tx: &mut Tx, source: SourceId, now: Time, limit: u32) -> Result<Vec<MediaRow>, ArchiveError> {
    let rows = tx.query(&DUE, vec![source.into(), now.into(), limit.into()]).await?;
    rows.into_iter().map(stored).collect()
}

pub(crate) async fn by_id(db: &Db, id: MediaId) -> Result<Option<MediaRow>, ArchiveError> {
    db.find(&BY_ID, vec![id.into()]).await?.map(stored).transpose()
}

pub(crate) async fn of_record(db: &Db, record: RecordId) -> Result<Vec<MediaRow>, ArchiveError> {
    db.query(&OF_RECORD, vec![record.into()]).await?.into_iter().map(stored).collect()
}

pub(crate) async fn page(db: &Db, after: MediaId, limit: u32) -> Result<Vec<MediaRow>, ArchiveError> {
    db.query(&PAGE, vec![after.into(), limit.into()]).await?.into_iter().map(stored).collect()
}

/// `false` when another node was faster.
pub(crate) async fn claim(tx: &mut Tx, row: &MediaRow, lease_until: Time) -> Result<bool, ArchiveError> {
    let values = vec![row.id.into(), row.claim.into(), lease_until.into()];
    Ok(tx.execute(&CLAIM, values).await? == 1)
}

/// `false` when the claim is no longer ours.
pub(crate) async fn progress(tx: &mut Tx, id: MediaId, claim: i64, to: Progress) -> Result<bool, ArchiveError> {
    let values = vec![
        id.into(),
        claim.into(),
        to.resume_index.into(),
        Value::Int(to.received as i64),
        Value::Int(to.partial_size as i64),
        to.lease_until.into(),
    ];
    Ok(tx.execute(&PROGRESS, values).await? == 1)
}

/// `false` when the claim is no longer ours.
pub(crate) async fn finish(tx: &mut Tx, id: MediaId, claim: i64, to: Finished) -> Result<bool, ArchiveError> {
    let values = vec![
        id.into(),
        claim.into(),
        to.object.as_slice().into(),
        Value::Int(to.object_size as i64),
        Value::Int(to.size as i64),
        to.stored_at.into(),
    ];
    Ok(tx.execute(&FINISH, values).await? == 1)
}

/// Keeps a claim until `lease_until`; `false` when it is no longer ours.
pub(crate) async fn renew(tx: &mut Tx, id: MediaId, claim: i64, lease_until: Time) -> Result<bool, ArchiveError> {
    Ok(tx.execute(&RENEW, vec![id.into(), claim.into(), lease_until.into()]).await? == 1)
}

/// Ends a claim without success. What came so far stays only when the item is to be tried again. `false` when the claim
/// is no longer ours.
pub(crate) async fn fail(
    tx: &mut Tx,
    id: MediaId,
    claim: i64,
    state: MediaState,
    reason: MediaReason,
    next_at: Time,
) -> Result<bool, ArchiveError> {
    let statement = if state == MediaState::Pending { &FAIL } else { &GIVE_UP };
    let values = vec![id.into(), claim.into(), state.number().into(), reason.number().into(), next_at.into()];
    Ok(tx.execute(statement, values).await? == 1)
}

/// Forgets what came so far; `false` when the claim is no longer ours.
pub(crate) async fn restart(tx: &mut Tx, id: MediaId, claim: i64) -> Result<bool, ArchiveError> {
    Ok(tx.execute(&RESTART, vec![id.into(), claim.into()]).await? == 1)
}

/// Gives back these claims, those of them that are still held; how many that were.
pub(crate) async fn unclaim(tx: &mut Tx, claims: &[(MediaId, i64)], now: Time) -> Result<u64, ArchiveError> {
    let rows = claims.iter().map(|(id, claim)| vec![(*id).into(), (*claim).into(), now.into()]);
    Ok(tx.execute_many(&UNCLAIM, rows.collect()).await?)
}

/// Gives back whatever is being fetched from a source, whoever fetches it.
pub(crate) async fn release(tx: &mut Tx, source: SourceId, now: Time) -> Result<u64, ArchiveError> {
    Ok(tx.execute(&RELEASE, vec![source.into(), now.into()]).await?)
}

/// Puts a given-up item back into the queue as if it had never been tried; `false` when it was not given up.
pub(crate) async fn retry(tx: &mut Tx, id: MediaId, now: Time) -> Result<bool, ArchiveError> {
    Ok(tx.execute(&RETRY, vec![id.into(), now.into()]).await? == 1)
}

/// Per source, state and reason of what is not stored: how many, and since when the oldest waits.
pub(crate) async fn counts(db: &Db) -> Result<Vec<(SourceId, i64, i64, u64, Time)>, ArchiveError> {
    let rows = db.query(&COUNT, vec![]).await?;
    rows.into_iter().map(|mut row| Ok((row.id()?, row.int()?, row.int()?, row.int()? as u64, row.time()?))).collect()
}

/// Per source: items stored and their bytes.
pub(crate) async fn stored_sums(db: &Db) -> Result<Vec<(SourceId, u64, u64)>, ArchiveError> {
    let rows = db.query(&STORED, vec![]).await?;
    rows.into_iter().map(|mut row| Ok((row.id()?, row.int()? as u64, row.int()? as u64))).collect()
}
