//! How large records are, asked before they are read: what one answer takes in memory is decided here.
//!
//! It reads no body.

use xinlu_db::{Db, Row, sql};
use xinlu_model::{ConversationId, RecordId, Time};

use crate::ArchiveError;

sql!(RANGE = "SELECT id, CAST(LENGTH(body) AS BIGINT) AS bytes FROM archive_records WHERE id >= $1 AND id < $2
    ORDER BY id LIMIT $3" => id: Int, bytes: Int);
sql!(LATER = "SELECT id, CAST(LENGTH(body) AS BIGINT) AS bytes FROM archive_records
    WHERE conversation_id = $1 AND sent_at >= $2 AND (sent_at, id) > ($2, $3) ORDER BY sent_at, id LIMIT $4"
    => id: Int, bytes: Int);
sql!(EARLIER = "SELECT id, CAST(LENGTH(body) AS BIGINT) AS bytes FROM archive_records
    WHERE conversation_id = $1 AND sent_at <= $2 AND (sent_at, id) < ($2, $3) ORDER BY sent_at DESC, id DESC LIMIT $4"
    => id: Int, bytes: Int);
sql!(BETWEEN = "SELECT COUNT(*) AS items, CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM
    (SELECT LENGTH(body) AS bytes FROM archive_records WHERE conversation_id = $1 AND sent_at >= $2 AND sent_at < $3
    AND id <= $4 ORDER BY sent_at, id LIMIT $5) AS chosen" => items: Int, bytes: Int);

/// A record and the bytes of its stored body.
pub(crate) type Size = (RecordId, u64);

fn size(mut row: Row) -> Result<Size, ArchiveError> {
    Ok((row.id()?, row.int()?.unsigned_abs()))
}

/// From `first` on and before `end`.
pub(crate) async fn range(db: &Db, first: RecordId, end: RecordId, limit: u32) -> Result<Vec<Size>, ArchiveError> {
    db.query(&RANGE, vec![first.into(), end.into(), limit.into()]).await?.into_iter().map(size).collect()
}

/// After a place in a conversation, oldest first.
pub(crate) async fn later(
    db: &Db,
    conversation: ConversationId,
    after: (Time, RecordId),
    limit: u32,
) -> Result<Vec<Size>, ArchiveError> {
    let values = vec![conversation.into(), after.0.into(), after.1.into(), limit.into()];
    db.query(&LATER, values).await?.into_iter().map(size).collect()
}

/// Before a place in a conversation, newest first.
pub(crate) async fn earlier(
    db: &Db,
    conversation: ConversationId,
    before: (Time, RecordId),
    limit: u32,
) -> Result<Vec<Size>, ArchiveError> {
    let values = vec![conversation.into(), before.0.into(), before.1.into(), limit.into()];
    db.query(&EARLIER, values).await?.into_iter().map(size).collect()
}

/// How many records of a conversation were sent from a time on and before another, and the bytes of their bodies; counting
/// ends at `count_max`.
pub(crate) async fn between(
    db: &Db,
    conversation: ConversationId,
    (from, until): (Time, Time),
    upto: RecordId,
    count_max: u32,
) -> Result<(u32, u64), ArchiveError> {
    let values = vec![conversation.into(), from.into(), until.into(), upto.into(), count_max.into()];
    let Some(mut row) = db.find(&BETWEEN, values).await? else { return Ok((0, 0)) };
    Ok((row.int()? as u32, row.int()?.unsigned_abs()))
}

/// How many of the first of these fit into `bytes_max`: at least one, or a large record would never be read.
pub(crate) fn fitting(sizes: &[Size], count_max: usize, bytes_max: u64) -> usize {
    let mut sum = 0_u64;
    let fit = sizes.iter().take(count_max).take_while(|(_, bytes)| {
        sum = sum.saturating_add(*bytes);
        sum <= bytes_max
    });
    fit.count().max(1).min(sizes.len()).min(count_max)
}
