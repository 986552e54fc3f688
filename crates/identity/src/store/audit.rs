//! SQL of the audit trail. Rows are only ever added.

use xinlu_db::{Db, DbError, Row, Tx, next_ids, sql};
use xinlu_model::{AuditId, ConversationId, Time, UserId};

use crate::audit::{AuditEntry, AuditOutcome, Reading};

sql!(
    ADD = "INSERT INTO identity_audit (id, at, user_id, user_name, action, target, outcome, detail, request_id, blind)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
);
sql!(AFTER = "SELECT id, at, user_id, user_name, action, target, outcome, detail, request_id, blind FROM identity_audit
    WHERE id > $1 ORDER BY id LIMIT $2"
    => id: Int, at: Int, user_id: MaybeInt, user_name: Text, action: Text, target: Text, outcome: Int, detail: Text,
       request_id: Text, blind: Bytes);
sql!(LOAD = "SELECT id, at, user_id, user_name, action, target, outcome, detail, request_id, blind FROM identity_audit
    WHERE id = $1"
    => id: Int, at: Int, user_id: MaybeInt, user_name: Text, action: Text, target: Text, outcome: Int, detail: Text,
       request_id: Text, blind: Bytes);
sql!(LIST = "SELECT id, at, user_id, user_name, action, target, outcome, detail, request_id, blind FROM identity_audit
    WHERE id < $1 AND at >= $2 AND at < $3 AND action LIKE $4 ESCAPE '\\' AND target LIKE $5 ESCAPE '\\'
    AND (CAST($6 AS BIGINT) = 0 OR outcome = $6) ORDER BY id DESC LIMIT $7"
    => id: Int, at: Int, user_id: MaybeInt, user_name: Text, action: Text, target: Text, outcome: Int, detail: Text,
       request_id: Text, blind: Bytes);
sql!(LIST_OF_USER = "SELECT id, at, user_id, user_name, action, target, outcome, detail, request_id, blind
    FROM identity_audit WHERE user_id = $8
    AND id < $1 AND at >= $2 AND at < $3 AND action LIKE $4 ESCAPE '\\' AND target LIKE $5 ESCAPE '\\'
    AND (CAST($6 AS BIGINT) = 0 OR outcome = $6) ORDER BY id DESC LIMIT $7"
    => id: Int, at: Int, user_id: MaybeInt, user_name: Text, action: Text, target: Text, outcome: Int, detail: Text,
       request_id: Text, blind: Bytes);
sql!(ADD_READING = "INSERT INTO identity_readings (conversation_id, audit_id) VALUES ($1, $2)");
sql!(READINGS = "SELECT identity_audit.id, at, user_id, user_name, action FROM identity_readings
    JOIN identity_audit ON identity_audit.id = audit_id WHERE conversation_id = $1 AND audit_id < $2
    ORDER BY audit_id DESC LIMIT $3"
    => id: Int, at: Int, user_id: MaybeInt, user_name: Text, action: Text);

fn entry(mut row: Row) -> Result<(AuditEntry, Vec<u8>), DbError> {
    let entry = AuditEntry {
        id: row.id()?,
        at: row.time()?,
        user: row.maybe_int()?.map(UserId::new),
        user_name: row.text()?,
        action: row.text()?,
        target: row.text()?,
        outcome: AuditOutcome::from_number(row.int()?),
        detail: row.text()?,
        request_id: row.text()?,
    };
    Ok((entry, row.bytes()?))
}

/// Takes the ids of `count` entries; they are gapless and in the order of commits.
pub(crate) async fn take_ids(tx: &mut Tx, count: usize) -> Result<AuditId, DbError> {
    Ok(AuditId::new(next_ids(tx, "identity_audit", count as i64).await?))
}

pub(crate) async fn add(tx: &mut Tx, entries: &[(AuditEntry, Vec<u8>)]) -> Result<(), DbError> {
    let row = |(entry, blind): &(AuditEntry, Vec<u8>)| {
        vec![
            entry.id.into(),
            entry.at.into(),
            entry.user.into(),
            entry.user_name.as_str().into(),
            entry.action.as_str().into(),
            entry.target.as_str().into(),
            entry.outcome.number().into(),
            entry.detail.as_str().into(),
            entry.request_id.as_str().into(),
            blind.as_slice().into(),
        ]
    };
    tx.execute_many(&ADD, entries.iter().map(row).collect()).await.map(|_| ())
}

/// Which entries read which conversations.
pub(crate) async fn add_readings(tx: &mut Tx, readings: &[(ConversationId, AuditId)]) -> Result<(), DbError> {
    if readings.is_empty() {
        return Ok(());
    }
    let rows = readings.iter().map(|(conversation, entry)| vec![(*conversation).into(), (*entry).into()]);
    tx.execute_many(&ADD_READING, rows.collect()).await.map(|_| ())
}

/// Entries before `before` that read a conversation, newest first.
pub(crate) async fn readings(
    db: &Db,
    conversation: ConversationId,
    before: AuditId,
    limit: u32,
) -> Result<Vec<Reading>, DbError> {
    let rows = db.query(&READINGS, vec![conversation.into(), before.into(), limit.into()]).await?;
    let reading = |mut row: Row| {
        let entry = row.id()?;
        let (at, user) = (row.time()?, row.maybe_int()?.map(UserId::new));
        Ok(Reading { entry, at, user, user_name: row.text()?, action: row.text()? })
    };
    rows.into_iter().map(reading).collect()
}

/// Entries with their blinds after `after`, oldest first.
pub(crate) async fn after(db: &Db, after: AuditId, limit: u32) -> Result<Vec<(AuditEntry, Vec<u8>)>, DbError> {
    db.query(&AFTER, vec![after.into(), limit.into()]).await?.into_iter().map(entry).collect()
}

pub(crate) async fn load(db: &Db, id: AuditId) -> Result<Option<(AuditEntry, Vec<u8>)>, DbError> {
    db.find(&LOAD, vec![id.into()]).await?.map(entry).transpose()
}

/// What is looked for. Empty texts and `None` are everything.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) before: AuditId,
    pub(crate) from: Time,
    pub(crate) until: Time,
    pub(crate) action: String,
    pub(crate) target: String,
    pub(crate) outcome: Option<AuditOutcome>,
    pub(crate) user: Option<UserId>,
}

/// Entries that fit, newest first.
pub(crate) async fn list(db: &Db, filter: &Filter, limit: u32) -> Result<Vec<AuditEntry>, DbError> {
    let mut values = vec![
        filter.before.into(),
        filter.from.into(),
        filter.until.into(),
        begins(&filter.action).into(),
        begins(&filter.target).into(),
        filter.outcome.map_or(0, AuditOutcome::number).into(),
        limit.into(),
    ];
    let rows = match filter.user {
        None => db.query(&LIST, values).await?,
        Some(user) => {
            values.push(user.into());
            db.query(&LIST_OF_USER, values).await?
        }
    };
    rows.into_iter().map(|row| entry(row).map(|(entry, _)| entry)).collect()
}

/// A pattern for what begins with the text, its signs taken literally.
fn begins(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 1);
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
