//! Rows of what the source says of agreements, and of when each conversation was asked about.
//!
//! They are answers of a moment: each is overwritten by the next one. What contacts say themselves stands in `traces`.

use xinlu_db::{Db, Migration, Row, Tx, Value, sql};
use xinlu_model::{ConversationId, PartyId, SourceId, Time};

use crate::ArchiveError;

/// The tables of agreements.
pub(crate) const AGREEMENTS: Migration = Migration {
    part: "archive",
    number: 2,
    sql: "CREATE TABLE archive_agreements (conversation_id BIGINT NOT NULL, contact BIGINT NOT NULL,
    agreement BIGINT NOT NULL, changed_at BIGINT, checked_at BIGINT NOT NULL, PRIMARY KEY (conversation_id, contact));
CREATE INDEX archive_agreements_contact ON archive_agreements (contact, conversation_id);
CREATE TABLE archive_agreement_checks (conversation_id BIGKEY, checked_at BIGINT NOT NULL);",
};

// `% 4 = 2` is a contact (`PartyId`). A pair or a group in which some contact never said whether they agree.
sql!(OPEN = "SELECT c.id AS id, c.key AS key, c.kind AS kind FROM archive_conversations c
    LEFT JOIN archive_agreement_checks k ON k.conversation_id = c.id
    WHERE c.id > $1 AND c.id <= $2 AND c.source_id = $3 AND c.kind < 3 AND (k.checked_at IS NULL OR k.checked_at < $4)
    AND EXISTS (SELECT 1 FROM archive_parties p WHERE p.conversation_id = c.id AND p.party % 4 = 2
        AND NOT EXISTS (SELECT 1 FROM archive_consents s WHERE s.contact = p.party AND s.conversation_id = c.id))
    ORDER BY c.id LIMIT $5" => id: Int, key: Text, kind: Int);
sql!(LAST = "SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) AS last FROM archive_conversations" => last: Int);
sql!(
    SAVE = "INSERT INTO archive_agreements (conversation_id, contact, agreement, changed_at, checked_at)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (conversation_id, contact) DO UPDATE SET
    agreement = excluded.agreement, changed_at = excluded.changed_at, checked_at = excluded.checked_at"
);
sql!(
    CHECKED = "INSERT INTO archive_agreement_checks (conversation_id, checked_at) VALUES ($1, $2)
    ON CONFLICT (conversation_id) DO UPDATE SET checked_at = excluded.checked_at"
);
sql!(OF_ALL = "SELECT conversation_id, contact, agreement, changed_at, checked_at FROM archive_agreements
    WHERE (conversation_id, contact) > ($1, $2) ORDER BY conversation_id, contact LIMIT $3"
    => conversation_id: Int, contact: Int, agreement: Int, changed_at: MaybeInt, checked_at: Int);
sql!(OF_CONTACT = "SELECT conversation_id, contact, agreement, changed_at, checked_at FROM archive_agreements
    WHERE contact = $1 AND conversation_id > $2 ORDER BY conversation_id LIMIT $3"
    => conversation_id: Int, contact: Int, agreement: Int, changed_at: MaybeInt, checked_at: Int);

/// A conversation in which somebody's agreement is not known from a message.
#[derive(Clone, Debug)]
pub(crate) struct OpenConversation {
    pub(crate) id: ConversationId,
    pub(crate) key: String,
    pub(crate) kind: i64,
}

/// An answer as it is stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AgreementRow {
    pub(crate) conversation: ConversationId,
    pub(crate) contact: PartyId,
    pub(crate) agreement: i64,
    pub(crate) changed_at: Option<Time>,
    pub(crate) checked_at: Time,
}

/// Conversations after one and up to another that were not asked about since `due_before`.
pub(crate) async fn open(
    db: &Db,
    source: SourceId,
    (after, upto): (ConversationId, ConversationId),
    due_before: Time,
    limit: u32,
) -> Result<Vec<OpenConversation>, ArchiveError> {
    let values = vec![after.into(), upto.into(), source.into(), due_before.into(), limit.into()];
    let rows = db.query(&OPEN, values).await?;
    rows.into_iter().map(|mut row| Ok(OpenConversation { id: row.id()?, key: row.text()?, kind: row.int()? })).collect()
}

/// The last conversation of all sources; 0 when there is none.
pub(crate) async fn last_conversation(db: &Db) -> Result<ConversationId, ArchiveError> {
    let row = db.find(&LAST, Vec::<Value>::new()).await?;
    Ok(row.map(|mut row| row.id()).transpose()?.unwrap_or(ConversationId::new(0)))
}

pub(crate) async fn save(tx: &mut Tx, rows: &[AgreementRow]) -> Result<(), ArchiveError> {
    let values = rows.iter().map(|row| {
        let changed_at = Value::from(row.changed_at.map(Time::micros));
        let key = [row.conversation.into(), row.contact.packed().into()];
        [key.as_slice(), &[row.agreement.into(), changed_at, row.checked_at.into()]].concat()
    });
    tx.execute_many(&SAVE, values.collect()).await?;
    Ok(())
}

pub(crate) async fn checked(tx: &mut Tx, conversations: &[ConversationId], now: Time) -> Result<(), ArchiveError> {
    let values = conversations.iter().map(|id| vec![(*id).into(), now.into()]);
    tx.execute_many(&CHECKED, values.collect()).await?;
    Ok(())
}

/// In the order of conversation and contact, after a place; of one contact or of all.
pub(crate) async fn list(
    db: &Db,
    contact: Option<PartyId>,
    after: (ConversationId, i64),
    limit: u32,
) -> Result<Vec<AgreementRow>, ArchiveError> {
    let rows = match contact {
        Some(contact) => {
            // The place of this contact in that conversation may be ahead of it or behind.
            let from = if contact.packed() > after.1 { after.0.plus(-1) } else { after.0 };
            db.query(&OF_CONTACT, vec![contact.packed().into(), from.into(), limit.into()]).await?
        }
        None => db.query(&OF_ALL, vec![after.0.into(), after.1.into(), limit.into()]).await?,
    };
    rows.into_iter().map(agreement).collect()
}

fn agreement(mut row: Row) -> Result<AgreementRow, ArchiveError> {
    let conversation: ConversationId = row.id()?;
    let packed = row.int()?;
    let contact = PartyId::from_packed(packed).ok_or_else(|| ArchiveError::Damaged {
        place: format!("agreement in conversation {conversation}"),
        what: format!("{packed} is no party"),
    })?;
    Ok(AgreementRow {
        conversation,
        contact,
        agreement: row.int()?,
        changed_at: row.maybe_time()?,
        checked_at: row.time()?,
    })
}
