//! Rows of records. Inserted once, never updated.

use xinlu_db::{Db, Row, Tx, Value, sql};
use xinlu_model::{ConversationId, RecordId, SourceId, Time};

use super::seq;
use crate::ArchiveError;

sql!(
    ADD = "INSERT INTO archive_records
    (id, source_id, identity, seq, conversation_id, kind, sent_at, sender, subject, header, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (identity) DO NOTHING"
);
sql!(BY_IDENTITY = "SELECT id, source_id, identity, seq, conversation_id, kind, sent_at, sender, subject, header, body
    FROM archive_records WHERE identity = $1"
    => id: Int, source_id: Int, identity: Int, seq: Int, conversation_id: Int, kind: Int, sent_at: Int, sender: Int,
    subject: Int, header: Bytes, body: Bytes);
sql!(RANGE = "SELECT id, source_id, identity, seq, conversation_id, kind, sent_at, sender, subject, header, body
    FROM archive_records WHERE id >= $1 ORDER BY id LIMIT $2"
    => id: Int, source_id: Int, identity: Int, seq: Int, conversation_id: Int, kind: Int, sent_at: Int, sender: Int,
    subject: Int, header: Bytes, body: Bytes);
sql!(BY_ID = "SELECT id, source_id, identity, seq, conversation_id, kind, sent_at, sender, subject, header, body
    FROM archive_records WHERE id = $1"
    => id: Int, source_id: Int, identity: Int, seq: Int, conversation_id: Int, kind: Int, sent_at: Int, sender: Int,
    subject: Int, header: Bytes, body: Bytes);
sql!(LATER = "SELECT id, source_id, identity, seq, conversation_id, kind, sent_at, sender, subject, header, body
    FROM archive_records WHERE conversation_id = $1 AND sent_at >= $2 AND (sent_at, id) > ($2, $3)
    ORDER BY sent_at, id LIMIT $4"
    => id: Int, source_id: Int, identity: Int, seq: Int, conversation_id: Int, kind: Int, sent_at: Int, sender: Int,
    subject: Int, header: Bytes, body: Bytes);
sql!(EARLIER = "SELECT id, source_id, identity, seq, conversation_id, kind, sent_at, sender, subject, header, body
    FROM archive_records WHERE conversation_id = $1 AND sent_at <= $2 AND (sent_at, id) < ($2, $3)
    ORDER BY sent_at DESC, id DESC LIMIT $4"
    => id: Int, source_id: Int, identity: Int, seq: Int, conversation_id: Int, kind: Int, sent_at: Int, sender: Int,
    subject: Int, header: Bytes, body: Bytes);
// The body only while it is not larger than `$2`: a row of a list is no reason to read megabytes.
sql!(NEWEST_OF = "SELECT id, source_id, identity, seq, conversation_id, kind, sent_at, sender, subject, header,
    CASE WHEN LENGTH(body) <= CAST($2 AS BIGINT) THEN body END AS body
    FROM archive_records WHERE conversation_id = $1 ORDER BY sent_at DESC, id DESC LIMIT 1"
    => id: Int, source_id: Int, identity: Int, seq: Int, conversation_id: Int, kind: Int, sent_at: Int, sender: Int,
    subject: Int, header: Bytes, body: MaybeBytes);
sql!(NEWEST_SUBJECT = "SELECT CAST(COALESCE(MAX(subject), 0) AS BIGINT) AS subject FROM
    (SELECT subject FROM archive_records ORDER BY id DESC LIMIT 1000) newest" => subject: Int);
sql!(LAST = "SELECT COALESCE(MAX(id), 0) AS last FROM archive_records" => last: Int);
sql!(COUNT_AFTER = "SELECT source_id, COUNT(*) AS records FROM archive_records WHERE id > $1 GROUP BY source_id"
    => source_id: Int, records: Int);

/// A record as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct StoredRecord {
    pub(crate) id: RecordId,
    pub(crate) source: SourceId,
    pub(crate) identity: i64,
    pub(crate) seq: u64,
    pub(crate) conversation: ConversationId,
    pub(crate) kind: i64,
    pub(crate) sent_at: Time,
    pub(crate) sender: i64,
    pub(crate) subject: i64,
    pub(crate) header: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

fn stored(mut row: Row) -> Result<StoredRecord, ArchiveError> {
    let head = head(&mut row)?;
    Ok(StoredRecord { body: row.bytes()?, ..head })
}

/// All but the body, which comes last.
fn head(row: &mut Row) -> Result<StoredRecord, ArchiveError> {
    Ok(StoredRecord {
        id: row.id()?,
        source: row.id()?,
        identity: row.int()?,
        seq: row.int()?.cast_unsigned(),
        conversation: row.id()?,
        kind: row.int()?,
        sent_at: row.time()?,
        sender: row.int()?,
        subject: row.int()?,
        header: row.bytes()?,
        body: Vec::new(),
    })
}

/// How many were new; one whose identity is taken is left out.
pub(crate) async fn add(tx: &mut Tx, records: Vec<StoredRecord>) -> Result<u64, ArchiveError> {
    let rows = records.into_iter().map(|record| {
        vec![
            record.id.into(),
            record.source.into(),
            record.identity.into(),
            seq(record.seq),
            record.conversation.into(),
            record.kind.into(),
            record.sent_at.into(),
            record.sender.into(),
            record.subject.into(),
            Value::Bytes(record.header),
            Value::Bytes(record.body),
        ]
    });
    Ok(tx.execute_many(&ADD, rows.collect()).await?)
}

pub(crate) async fn by_identities(tx: &mut Tx, all: &[i64]) -> Result<Vec<Option<StoredRecord>>, ArchiveError> {
    let many = all.iter().map(|identity| vec![Value::Int(*identity)]).collect();
    let answers = tx.query_many(&BY_IDENTITY, many).await?;
    answers.into_iter().map(|rows| rows.into_iter().next().map(stored).transpose()).collect()
}

pub(crate) async fn by_identity(db: &Db, identity: i64) -> Result<Option<StoredRecord>, ArchiveError> {
    db.find(&BY_IDENTITY, vec![identity.into()]).await?.map(stored).transpose()
}

pub(crate) async fn range(db: &Db, first: RecordId, limit: u32) -> Result<Vec<StoredRecord>, ArchiveError> {
    db.query(&RANGE, vec![first.into(), limit.into()]).await?.into_iter().map(stored).collect()
}

pub(crate) async fn by_id(db: &Db, id: RecordId) -> Result<Option<StoredRecord>, ArchiveError> {
    db.find(&BY_ID, vec![id.into()]).await?.map(stored).transpose()
}

/// After a place in a conversation, oldest first.
pub(crate) async fn later(
    db: &Db,
    conversation: ConversationId,
    after: (Time, RecordId),
    limit: u32,
) -> Result<Vec<StoredRecord>, ArchiveError> {
    let values = vec![conversation.into(), after.0.into(), after.1.into(), limit.into()];
    db.query(&LATER, values).await?.into_iter().map(stored).collect()
}

/// Before a place in a conversation, newest first.
pub(crate) async fn earlier(
    db: &Db,
    conversation: ConversationId,
    before: (Time, RecordId),
    limit: u32,
) -> Result<Vec<StoredRecord>, ArchiveError> {
    let values = vec![conversation.into(), before.0.into(), before.1.into(), limit.into()];
    db.query(&EARLIER, values).await?.into_iter().map(stored).collect()
}

/// The newest record of a conversation. `false`: its body is larger than `body_bytes_max` and was not read.
pub(crate) async fn newest(
    db: &Db,
    conversation: ConversationId,
    body_bytes_max: u64,
) -> Result<Option<(StoredRecord, bool)>, ArchiveError> {
    let values = vec![conversation.into(), Value::Int(body_bytes_max.cast_signed())];
    let Some(mut row) = db.find(&NEWEST_OF, values).await? else { return Ok(None) };
    let head = head(&mut row)?;
    let body = row.maybe_bytes()?;
    let has_body = body.is_some();
    Ok(Some((StoredRecord { body: body.unwrap_or_default(), ..head }, has_body)))
}

/// The last record; 0 when there is none.
pub(crate) async fn last(db: &Db) -> Result<RecordId, ArchiveError> {
    let row = db.find(&LAST, vec![]).await?;
    Ok(row.map_or(Ok(RecordId::new(0)), |mut row| row.id())?)
}

/// Records after one, per source.
pub(crate) async fn count_after(db: &Db, after: RecordId) -> Result<Vec<(SourceId, u64)>, ArchiveError> {
    let rows = db.query(&COUNT_AFTER, vec![after.into()]).await?;
    rows.into_iter().map(|mut row| Ok((row.id()?, row.int()? as u64))).collect()
}

/// The highest subject among the newest records; 0 when there are none.
pub(crate) async fn newest_subject(db: &Db) -> Result<i64, ArchiveError> {
    match db.find(&NEWEST_SUBJECT, vec![]).await? {
        Some(mut row) => Ok(row.int()?),
        None => Ok(0),
    }
}
