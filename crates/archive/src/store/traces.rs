//! Rows that records leave elsewhere: revocations, consents, days.
//!
//! They can all be made again from the records.

use xinlu_db::{Db, Row, Tx, Value, sql};
use xinlu_model::{Consent, ConversationId, PartyId, RecordId, SourceId, Time};

use crate::ArchiveError;
use crate::model::ConsentEntry;

sql!(
    ADD_REVOCATION = "INSERT INTO archive_revocations (target, record_id) VALUES ($1, $2)
    ON CONFLICT (target, record_id) DO NOTHING"
);
sql!(REVOKED_BY = "SELECT record_id FROM archive_revocations WHERE target = $1 ORDER BY record_id LIMIT 1" => record_id: Int);
sql!(
    ADD_CONSENT = "INSERT INTO archive_consents (record_id, source_id, contact, consent, changed_at, conversation_id)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (record_id) DO NOTHING"
);
sql!(CONSENTS = "SELECT record_id, source_id, contact, consent, changed_at, conversation_id FROM archive_consents
    WHERE record_id < $1 ORDER BY record_id DESC LIMIT $2"
    => record_id: Int, source_id: Int, contact: Int, consent: Int, changed_at: Int, conversation_id: Int);
sql!(CONSENTS_OF = "SELECT record_id, source_id, contact, consent, changed_at, conversation_id FROM archive_consents
    WHERE record_id < $1 AND contact = $3 ORDER BY record_id DESC LIMIT $2"
    => record_id: Int, source_id: Int, contact: Int, consent: Int, changed_at: Int, conversation_id: Int);
sql!(CONSENT_COUNT = "SELECT source_id, consent, COUNT(*) AS contacts FROM archive_consents a
    WHERE NOT EXISTS (SELECT 1 FROM archive_consents b WHERE b.contact = a.contact AND
        (b.changed_at > a.changed_at OR (b.changed_at = a.changed_at AND b.record_id > a.record_id)))
    GROUP BY source_id, consent ORDER BY source_id, consent" => source_id: Int, consent: Int, contacts: Int);
sql!(BUMP_DAY = "INSERT INTO archive_days (source_id, day, received, archived, duplicates, first_record, last_record)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (source_id, day) DO UPDATE SET
    received = archive_days.received + excluded.received, archived = archive_days.archived + excluded.archived,
    duplicates = archive_days.duplicates + excluded.duplicates,
    first_record = CASE WHEN archive_days.first_record = 0 THEN excluded.first_record ELSE archive_days.first_record END,
    last_record = CASE WHEN excluded.last_record = 0 THEN archive_days.last_record ELSE excluded.last_record END");
sql!(DAYS = "SELECT source_id, day, received, archived, duplicates, first_record, last_record FROM archive_days
    WHERE day >= $1 ORDER BY day DESC, source_id"
    => source_id: Int, day: Int, received: Int, archived: Int, duplicates: Int, first_record: Int, last_record: Int);
sql!(TOTALS = "SELECT source_id, CAST(SUM(received) AS BIGINT) AS received, CAST(SUM(archived) AS BIGINT) AS archived,
    CAST(SUM(duplicates) AS BIGINT) AS duplicates FROM archive_days GROUP BY source_id ORDER BY source_id"
    => source_id: Int, received: Int, archived: Int, duplicates: Int);

/// What a batch adds to its day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DayGrowth {
    pub(crate) received: u64,
    pub(crate) archived: u64,
    pub(crate) duplicates: u64,
    /// The first and last of the new records; 0 when there are none.
    pub(crate) records: (i64, i64),
}

/// A day of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) source: SourceId,
    /// Days since 1970-01-01 in the time zone of `status`.
    pub(crate) day: i64,
    pub(crate) received: u64,
    pub(crate) archived: u64,
    pub(crate) duplicates: u64,
    pub(crate) last_record: i64,
}

/// A contact's answer, to be kept.
pub(crate) struct NewConsent {
    pub(crate) record: RecordId,
    pub(crate) contact: PartyId,
    pub(crate) consent: Consent,
    pub(crate) changed_at: Time,
    pub(crate) conversation: ConversationId,
}

pub(crate) const AGREE: i64 = 1;
pub(crate) const DISAGREE: i64 = 2;

pub(crate) async fn add_revocations(tx: &mut Tx, new: &[(i64, RecordId)]) -> Result<(), ArchiveError> {
    let rows = new.iter().map(|(target, record)| vec![Value::Int(*target), (*record).into()]);
    tx.execute_many(&ADD_REVOCATION, rows.collect()).await?;
    Ok(())
}

pub(crate) async fn revoked_by(db: &Db, identity: i64) -> Result<Option<RecordId>, ArchiveError> {
    Ok(db.find(&REVOKED_BY, vec![identity.into()]).await?.map(|mut row| row.id()).transpose()?)
}

pub(crate) async fn add_consents(tx: &mut Tx, source: SourceId, new: &[NewConsent]) -> Result<(), ArchiveError> {
    let rows = new.iter().map(|new| {
        let consent = match new.consent {
            Consent::Agree => AGREE,
            Consent::Disagree => DISAGREE,
        };
        vec![
            new.record.into(),
            source.into(),
            new.contact.packed().into(),
            consent.into(),
            new.changed_at.into(),
            new.conversation.into(),
        ]
    });
    tx.execute_many(&ADD_CONSENT, rows.collect()).await?;
    Ok(())
}

fn consent(mut row: Row) -> Result<ConsentEntry, ArchiveError> {
    let (record, source) = (row.id()?, row.id()?);
    let damaged =
        |what: &str| ArchiveError::Damaged { place: format!("consent of record {record}"), what: what.to_owned() };
    let contact = PartyId::from_packed(row.int()?).ok_or_else(|| damaged("no party"))?;
    let consent = if row.int()? == AGREE { Consent::Agree } else { Consent::Disagree };
    Ok(ConsentEntry { source, contact, consent, changed_at: row.time()?, record, conversation: row.id()? })
}

/// Newest first, before a record, of one contact or of all.
pub(crate) async fn consents(
    db: &Db,
    contact: Option<PartyId>,
    before: RecordId,
    limit: u32,
) -> Result<Vec<ConsentEntry>, ArchiveError> {
    let mut values = vec![before.into(), limit.into()];
    values.extend(contact.map(|contact| Value::Int(contact.packed())));
    let rows = db.query(if contact.is_some() { &CONSENTS_OF } else { &CONSENTS }, values).await?;
    rows.into_iter().map(consent).collect()
}

/// Per source: contacts whose last word was to agree, and to refuse.
pub(crate) async fn consent_counts(db: &Db) -> Result<Vec<(SourceId, bool, u64)>, ArchiveError> {
    let rows = db.query(&CONSENT_COUNT, vec![]).await?;
    rows.into_iter().map(|mut row| Ok((row.id()?, row.int()? == AGREE, row.int()? as u64))).collect()
}

pub(crate) async fn bump_day(tx: &mut Tx, source: SourceId, day: i64, by: DayGrowth) -> Result<(), ArchiveError> {
    let count = |number: u64| Value::Int(number as i64);
    let values = vec![
        source.into(),
        day.into(),
        count(by.received),
        count(by.archived),
        count(by.duplicates),
        by.records.0.into(),
        by.records.1.into(),
    ];
    tx.execute(&BUMP_DAY, values).await?;
    Ok(())
}

pub(crate) async fn days(db: &Db, from_day: i64) -> Result<Vec<Day>, ArchiveError> {
    let rows = db.query(&DAYS, vec![from_day.into()]).await?;
    rows.into_iter()
        .map(|mut row| {
            let (source, day) = (row.id()?, row.int()?);
            let (received, archived, duplicates) = (row.int()? as u64, row.int()? as u64, row.int()? as u64);
            row.int()?;
            Ok(Day { source, day, received, archived, duplicates, last_record: row.int()? })
        })
        .collect()
}

/// Per source since ever: received, archived, duplicates.
pub(crate) async fn totals(db: &Db) -> Result<Vec<(SourceId, [u64; 3])>, ArchiveError> {
    let rows = db.query(&TOTALS, vec![]).await?;
    rows.into_iter().map(|mut row| Ok((row.id()?, [row.int()? as u64, row.int()? as u64, row.int()? as u64]))).collect()
}
