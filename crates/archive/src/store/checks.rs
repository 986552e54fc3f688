//! Reads for verification: every table once, in the order of its key, a page at a time, as the numbers stand there.
//!
//! It never writes, and it interprets nothing: what a number means is for verification to judge.

use xinlu_db::{Db, Row, sql};
use xinlu_model::{ConversationId, MediaId, RecordId, SourceId, Time};

use super::seq;
use crate::ArchiveError;
use crate::intake::BatchId;

sql!(MEDIA_OF = "SELECT id, record_id, ordinal, kind FROM archive_media
    WHERE record_id < $1 AND (record_id, ordinal) > ($2, $3) ORDER BY record_id, ordinal LIMIT $4"
    => id: Int, record_id: Int, ordinal: Int, kind: Int);
sql!(CONSENTS = "SELECT record_id, source_id, contact, consent, changed_at, conversation_id FROM archive_consents
    WHERE record_id > $1 AND record_id < $2 ORDER BY record_id LIMIT $3"
    => record_id: Int, source_id: Int, contact: Int, consent: Int, changed_at: Int, conversation_id: Int);
sql!(REVOCATIONS = "SELECT target, record_id FROM archive_revocations WHERE (target, record_id) > ($1, $2)
    ORDER BY target, record_id LIMIT $3" => target: Int, record_id: Int);
sql!(CONVERSATIONS = "SELECT id, source_id, key, kind, first_at, last_at, messages FROM archive_conversations
    WHERE id > $1 ORDER BY id LIMIT $2"
    => id: Int, source_id: Int, key: Text, kind: Int, first_at: Int, last_at: Int, messages: Int);
sql!(TALLIES = "SELECT conversation_id, COUNT(*) AS messages, MIN(sent_at) AS first_at, MAX(sent_at) AS last_at
    FROM archive_records WHERE conversation_id > $1 AND conversation_id <= $2
    GROUP BY conversation_id ORDER BY conversation_id"
    => conversation_id: Int, messages: Int, first_at: Int, last_at: Int);
sql!(PARTIES = "SELECT conversation_id, party FROM archive_parties WHERE (conversation_id, party) > ($1, $2)
    ORDER BY conversation_id, party LIMIT $3" => conversation_id: Int, party: Int);
sql!(DAYS = "SELECT source_id, day, received, archived, duplicates, first_record, last_record FROM archive_days
    WHERE (source_id, day) > ($1, $2) ORDER BY source_id, day LIMIT $3"
    => source_id: Int, day: Int, received: Int, archived: Int, duplicates: Int, first_record: Int, last_record: Int);
sql!(INTAKE = "SELECT id, source_id, observed_at, envelope_count, envelopes FROM archive_intake WHERE id > $1
    ORDER BY id LIMIT $2" => id: Int, source_id: Int, observed_at: Int, envelope_count: Int, envelopes: Bytes);
// Past 2^63 numbers are stored as negative ones, and come first here: gaps are put in order by whoever reads them.
sql!(GAPS = "SELECT source_id, first_seq, last_seq FROM archive_gaps WHERE (source_id, first_seq) > ($1, $2)
    ORDER BY source_id, first_seq LIMIT $3" => source_id: Int, first_seq: Int, last_seq: Int);

/// A media item of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MediaOf {
    pub(crate) id: MediaId,
    pub(crate) record: i64,
    pub(crate) ordinal: i64,
    pub(crate) kind: i64,
}

/// A contact's answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConsentRow {
    pub(crate) record: i64,
    pub(crate) source: SourceId,
    pub(crate) contact: i64,
    pub(crate) consent: i64,
    pub(crate) changed_at: Time,
    pub(crate) conversation: ConversationId,
}

/// A conversation without its title, which no record tells.
#[derive(Clone, Debug)]
pub(crate) struct ConversationRow {
    pub(crate) id: ConversationId,
    pub(crate) source: SourceId,
    pub(crate) key: String,
    pub(crate) kind: i64,
    pub(crate) tally: Tally,
}

/// How many records a conversation has, and from when to when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) messages: i64,
    pub(crate) first_at: Time,
    pub(crate) last_at: Time,
}

/// A day's counters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DayRow {
    pub(crate) source: SourceId,
    pub(crate) day: i64,
    pub(crate) received: i64,
    pub(crate) archived: i64,
    pub(crate) duplicates: i64,
    pub(crate) first_record: i64,
    pub(crate) last_record: i64,
}

/// A fetched batch that is not settled.
#[derive(Debug)]
pub(crate) struct IntakeRow {
    pub(crate) id: BatchId,
    pub(crate) source: SourceId,
    pub(crate) observed_at: Time,
    pub(crate) count: i64,
    pub(crate) envelopes: Vec<u8>,
}

/// The media items of the records from `after` on to before `end`, after an ordinal of the first.
pub(crate) async fn media_of(
    db: &Db,
    after: (i64, i64),
    end: RecordId,
    limit: u32,
) -> Result<Vec<MediaOf>, ArchiveError> {
    let values = vec![end.into(), after.0.into(), after.1.into(), limit.into()];
    let read = |mut row: Row| Ok(MediaOf { id: row.id()?, record: row.int()?, ordinal: row.int()?, kind: row.int()? });
    db.query(&MEDIA_OF, values).await?.into_iter().map(read).collect()
}

/// The consents of the records after one and before another.
pub(crate) async fn consents(db: &Db, after: i64, end: i64, limit: u32) -> Result<Vec<ConsentRow>, ArchiveError> {
    let read = |mut row: Row| {
        Ok(ConsentRow {
            record: row.int()?,
            source: row.id()?,
            contact: row.int()?,
            consent: row.int()?,
            changed_at: row.time()?,
            conversation: row.id()?,
        })
    };
    let values = vec![after.into(), end.into(), limit.into()];
    db.query(&CONSENTS, values).await?.into_iter().map(read).collect()
}

/// Revocations after one: whom they take back, and the record that says so.
pub(crate) async fn revocations(db: &Db, after: (i64, i64), limit: u32) -> Result<Vec<(i64, i64)>, ArchiveError> {
    let values = vec![after.0.into(), after.1.into(), limit.into()];
    db.query(&REVOCATIONS, values).await?.into_iter().map(|mut row| Ok((row.int()?, row.int()?))).collect()
}

pub(crate) async fn conversations(
    db: &Db,
    after: ConversationId,
    limit: u32,
) -> Result<Vec<ConversationRow>, ArchiveError> {
    let read = |mut row: Row| {
        let (id, source, key, kind) = (row.id()?, row.id()?, row.text()?, row.int()?);
        let (first_at, last_at) = (row.time()?, row.time()?);
        Ok(ConversationRow { id, source, key, kind, tally: Tally { messages: row.int()?, first_at, last_at } })
    };
    db.query(&CONVERSATIONS, vec![after.into(), limit.into()]).await?.into_iter().map(read).collect()
}

/// What the records say of the conversations after one up to another.
pub(crate) async fn tallies(
    db: &Db,
    after: ConversationId,
    last: ConversationId,
) -> Result<Vec<(ConversationId, Tally)>, ArchiveError> {
    let read = |mut row: Row| {
        let (id, messages) = (row.id()?, row.int()?);
        Ok((id, Tally { messages, first_at: row.time()?, last_at: row.time()? }))
    };
    db.query(&TALLIES, vec![after.into(), last.into()]).await?.into_iter().map(read).collect()
}

/// Conversations with their parties after one such pair.
pub(crate) async fn parties(db: &Db, after: (i64, i64), limit: u32) -> Result<Vec<(i64, i64)>, ArchiveError> {
    let values = vec![after.0.into(), after.1.into(), limit.into()];
    db.query(&PARTIES, values).await?.into_iter().map(|mut row| Ok((row.int()?, row.int()?))).collect()
}

pub(crate) async fn days(db: &Db, after: (SourceId, i64), limit: u32) -> Result<Vec<DayRow>, ArchiveError> {
    let read = |mut row: Row| {
        Ok(DayRow {
            source: row.id()?,
            day: row.int()?,
            received: row.int()?,
            archived: row.int()?,
            duplicates: row.int()?,
            first_record: row.int()?,
            last_record: row.int()?,
        })
    };
    db.query(&DAYS, vec![after.0.into(), after.1.into(), limit.into()]).await?.into_iter().map(read).collect()
}

pub(crate) async fn intake(db: &Db, after: BatchId, limit: u32) -> Result<Vec<IntakeRow>, ArchiveError> {
    let read = |mut row: Row| {
        Ok(IntakeRow {
            id: row.id()?,
            source: row.id()?,
            observed_at: row.time()?,
            count: row.int()?,
            envelopes: row.bytes()?,
        })
    };
    db.query(&INTAKE, vec![after.into(), limit.into()]).await?.into_iter().map(read).collect()
}

/// Gaps after one: source, first and last number.
pub(crate) async fn gaps(
    db: &Db,
    after: Option<(SourceId, u64)>,
    limit: u32,
) -> Result<Vec<(SourceId, u64, u64)>, ArchiveError> {
    let (source, first) =
        after.map_or((i64::MIN.into(), i64::MIN.into()), |(source, first)| (source.into(), seq(first)));
    let read = |mut row: Row| Ok((row.id()?, row.int()?.cast_unsigned(), row.int()?.cast_unsigned()));
    db.query(&GAPS, vec![source, first, limit.into()]).await?.into_iter().map(read).collect()
}
