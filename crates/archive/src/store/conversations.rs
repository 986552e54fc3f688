//! Rows of conversations and of who takes part in them.
//!
//! Counts move only together with the records they count.

use xinlu_db::{Db, Row, Tx, Value, next_ids, sql};
use xinlu_model::{ConversationId, PartyId, SourceId, Time};

use crate::ArchiveError;
use crate::conversation::{ConversationKind, room_of_key};

sql!(BY_KEY = "SELECT id FROM archive_conversations WHERE source_id = $1 AND key = $2" => id: Int);
sql!(ADD = "INSERT INTO archive_conversations (id, source_id, key, kind, title, first_at, last_at, messages)
    VALUES ($1, $2, $3, $4, COALESCE((SELECT title FROM archive_titles WHERE source_id = $2 AND room = $5), ''), $6, $7, $8)");
sql!(
    COUNT = "UPDATE archive_conversations SET messages = messages + $2,
    first_at = CASE WHEN first_at > $3 THEN $3 ELSE first_at END,
    last_at = CASE WHEN last_at < $4 THEN $4 ELSE last_at END WHERE id = $1"
);
sql!(PARTIES = "SELECT party FROM archive_parties WHERE conversation_id = $1 ORDER BY party" => party: Int);
sql!(
    ADD_PARTY = "INSERT INTO archive_parties (conversation_id, party) VALUES ($1, $2)
    ON CONFLICT (conversation_id, party) DO NOTHING"
);
sql!(BY_ID = "SELECT id, source_id, key, kind, title, first_at, last_at, messages FROM archive_conversations WHERE id = $1"
    => id: Int, source_id: Int, key: Text, kind: Int, title: Text, first_at: Int, last_at: Int, messages: Int);
// Few conversations have a title of their own: the two are answered from the index of these alone. Sorting by `+id` keeps
// SQLite from walking all conversations in the order of their ids.
sql!(TITLED = "SELECT id FROM archive_conversations WHERE title <> '' AND LOWER(title) = LOWER($1)
    ORDER BY +id LIMIT $2" => id: Int);
sql!(TITLE_HOLDS = "SELECT id FROM archive_conversations WHERE title <> '' AND LOWER(title) LIKE LOWER($1) ESCAPE '!'
    ORDER BY +id LIMIT $2" => id: Int);
sql!(
    SAVE_TITLE = "INSERT INTO archive_titles (source_id, room, title) VALUES ($1, $2, $3)
    ON CONFLICT (source_id, room) DO UPDATE SET title = excluded.title"
);
sql!(RETITLE = "UPDATE archive_conversations SET title = $3 WHERE source_id = $1 AND key = $2");
// `$3`, `$6` and `$10` are lists such as `,4,12,`; an empty one stands for no restriction. `$9` is a pattern of titles, with
// `$10` for those who may be named in a title that is made of names; empty: whatever the title.
sql!(LIST = "SELECT id, source_id, key, kind, title, first_at, last_at, messages FROM archive_conversations c
    WHERE last_at <= $1 AND (last_at, id) < ($1, $2)
    AND ($3 = '' OR EXISTS (SELECT 1 FROM archive_parties p WHERE p.conversation_id = c.id
        AND $3 LIKE '%,' || CAST(p.party AS TEXT) || ',%'))
    AND (CAST($4 AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM archive_parties p WHERE p.conversation_id = c.id AND p.party = $4))
    AND (CAST($5 AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM archive_parties p WHERE p.conversation_id = c.id AND p.party = $5))
    AND ($6 = '' OR EXISTS (SELECT 1 FROM archive_parties p WHERE p.conversation_id = c.id
        AND $6 LIKE '%,' || CAST(p.party AS TEXT) || ',%'))
    AND (CAST($7 AS BIGINT) = 0 OR kind = $7)
    AND ($9 = '' OR (title <> '' AND LOWER(title) LIKE LOWER($9) ESCAPE '!')
        OR (title = '' AND EXISTS (SELECT 1 FROM archive_parties p WHERE p.conversation_id = c.id
        AND $10 LIKE '%,' || CAST(p.party AS TEXT) || ',%')))
    ORDER BY last_at DESC, id DESC LIMIT $8"
    => id: Int, source_id: Int, key: Text, kind: Int, title: Text, first_at: Int, last_at: Int, messages: Int);
// Starts from one party's conversations, which are few, instead of walking all by time.
sql!(LIST_OF_PARTY = "SELECT c.id AS id, c.source_id AS source_id, c.key AS key, c.kind AS kind, c.title AS title,
    c.first_at AS first_at, c.last_at AS last_at, c.messages AS messages
    FROM archive_parties o JOIN archive_conversations c ON c.id = o.conversation_id
    WHERE o.party = $3 AND (c.last_at, c.id) < ($1, $2)
    AND ($4 = '' OR EXISTS (SELECT 1 FROM archive_parties p WHERE p.conversation_id = c.id
        AND $4 LIKE '%,' || CAST(p.party AS TEXT) || ',%'))
    AND (CAST($5 AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM archive_parties p WHERE p.conversation_id = c.id AND p.party = $5))
    AND ($6 = '' OR EXISTS (SELECT 1 FROM archive_parties p WHERE p.conversation_id = c.id
        AND $6 LIKE '%,' || CAST(p.party AS TEXT) || ',%'))
    AND (CAST($7 AS BIGINT) = 0 OR c.kind = $7)
    AND ($9 = '' OR (c.title <> '' AND LOWER(c.title) LIKE LOWER($9) ESCAPE '!')
        OR (c.title = '' AND EXISTS (SELECT 1 FROM archive_parties p WHERE p.conversation_id = c.id
        AND $10 LIKE '%,' || CAST(p.party AS TEXT) || ',%')))
    ORDER BY c.last_at DESC, c.id DESC LIMIT $8"
    => id: Int, source_id: Int, key: Text, kind: Int, title: Text, first_at: Int, last_at: Int, messages: Int);
sql!(LAST_OF_PARTIES = "SELECT p.party AS party, MAX(c.last_at) AS last_at FROM archive_parties p
    JOIN archive_conversations c ON c.id = p.conversation_id WHERE c.source_id = $1 GROUP BY p.party"
    => party: Int, last_at: Int);

/// A conversation as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredConversation {
    pub(crate) id: ConversationId,
    pub(crate) source: SourceId,
    pub(crate) key: String,
    pub(crate) kind: i64,
    pub(crate) title: String,
    pub(crate) first_at: Time,
    pub(crate) last_at: Time,
    pub(crate) messages: u64,
}

/// What a list of conversations is narrowed to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Narrow {
    /// Parties of which one must take part; `None`: no matter.
    pub(crate) any_of: Option<Vec<PartyId>>,
    /// Another such set (members of a department).
    pub(crate) also_any_of: Option<Vec<PartyId>>,
    pub(crate) member: Option<PartyId>,
    pub(crate) contact: Option<PartyId>,
    pub(crate) kind: Option<ConversationKind>,
    pub(crate) title: Option<Titled>,
}

/// A title that is looked for.
#[derive(Clone, Debug)]
pub(crate) struct Titled {
    /// What a title of its own contains.
    pub(crate) text: String,
    /// Of whom one takes part where the title is made of names.
    pub(crate) named: Vec<PartyId>,
}

/// A conversation that is to be made.
pub(crate) struct NewConversation<'a> {
    pub(crate) key: &'a str,
    pub(crate) kind: ConversationKind,
    pub(crate) first_at: Time,
    pub(crate) last_at: Time,
    pub(crate) messages: i64,
}

/// What a batch adds to a conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Growth {
    pub(crate) id: ConversationId,
    pub(crate) messages: i64,
    pub(crate) first_at: Time,
    pub(crate) last_at: Time,
}

fn stored(mut row: Row) -> Result<StoredConversation, ArchiveError> {
    Ok(StoredConversation {
        id: row.id()?,
        source: row.id()?,
        key: row.text()?,
        kind: row.int()?,
        title: row.text()?,
        first_at: row.time()?,
        last_at: row.time()?,
        messages: row.int()? as u64,
    })
}

/// The party of a row of `archive_parties`. `None`: the row is damaged, and told; whoever reads goes on without it, since
/// it would hide all others, and sees less for it and never more. Verification names it.
fn party(row: &mut Row) -> Option<PartyId> {
    let found = row.int().ok().and_then(PartyId::from_packed);
    if found.is_none() {
        tracing::error!("a row of archive_parties names nobody and is passed over");
        metrics::counter!("xinlu_archive_damaged_total").increment(1);
    }
    found
}

fn parties_in(rows: Vec<Row>) -> Vec<PartyId> {
    rows.into_iter().filter_map(|mut row| party(&mut row)).collect()
}

pub(crate) async fn by_keys(
    tx: &mut Tx,
    source: SourceId,
    keys: &[&str],
) -> Result<Vec<Option<ConversationId>>, ArchiveError> {
    let many = keys.iter().map(|key| vec![source.into(), Value::from(*key)]).collect();
    let answers = tx.query_many(&BY_KEY, many).await?;
    answers.into_iter().map(|rows| Ok(rows.into_iter().next().map(|mut row| row.id()).transpose()?)).collect()
}

pub(crate) async fn parties_of(
    tx: &mut Tx,
    conversations: &[ConversationId],
) -> Result<Vec<Vec<PartyId>>, ArchiveError> {
    let many = conversations.iter().map(|id| vec![Value::from(*id)]).collect();
    let answers = tx.query_many(&PARTIES, many).await?;
    Ok(answers.into_iter().map(parties_in).collect())
}

pub(crate) async fn parties(db: &Db, conversation: ConversationId) -> Result<Vec<PartyId>, ArchiveError> {
    Ok(parties_in(db.query(&PARTIES, vec![conversation.into()]).await?))
}

/// Makes conversations; their ids in the same order.
pub(crate) async fn add(
    tx: &mut Tx,
    source: SourceId,
    new: &[NewConversation<'_>],
) -> Result<Vec<ConversationId>, ArchiveError> {
    let first = ConversationId::new(next_ids(tx, "archive_conversation", new.len() as i64).await?);
    let ids: Vec<_> = (0..new.len() as i64).map(|offset| first.plus(offset)).collect();
    let rows = ids.iter().zip(new).map(|(id, new)| {
        let room = room_of_key(new.key).unwrap_or_default();
        vec![
            (*id).into(),
            source.into(),
            new.key.into(),
            new.kind.number().into(),
            room.into(),
            new.first_at.into(),
            new.last_at.into(),
            new.messages.into(),
        ]
    });
    tx.execute_many(&ADD, rows.collect()).await?;
    Ok(ids)
}

pub(crate) async fn grow(tx: &mut Tx, growths: &[Growth]) -> Result<(), ArchiveError> {
    let rows = growths
        .iter()
        .map(|growth| vec![growth.id.into(), growth.messages.into(), growth.first_at.into(), growth.last_at.into()]);
    tx.execute_many(&COUNT, rows.collect()).await?;
    Ok(())
}

pub(crate) async fn add_parties(tx: &mut Tx, new: &[(ConversationId, PartyId)]) -> Result<(), ArchiveError> {
    let rows = new.iter().map(|(conversation, party)| vec![(*conversation).into(), party.packed().into()]);
    tx.execute_many(&ADD_PARTY, rows.collect()).await?;
    Ok(())
}

pub(crate) async fn find(db: &Db, id: ConversationId) -> Result<Option<StoredConversation>, ArchiveError> {
    db.find(&BY_ID, vec![id.into()]).await?.map(stored).transpose()
}

pub(crate) async fn retitle(tx: &mut Tx, source: SourceId, room: &str, title: &str) -> Result<(), ArchiveError> {
    tx.execute(&SAVE_TITLE, vec![source.into(), room.into(), title.into()]).await?;
    tx.execute(&RETITLE, vec![source.into(), format!("g:{room}").into(), title.into()]).await?;
    Ok(())
}

/// Conversations before a place, newest first.
pub(crate) async fn list(
    db: &Db,
    before: (Time, ConversationId),
    narrow: &Narrow,
    limit: u32,
) -> Result<Vec<StoredConversation>, ArchiveError> {
    let any_of = narrow.any_of.as_deref().map(comma_list).unwrap_or_default();
    let also = narrow.also_any_of.as_deref().map(comma_list).unwrap_or_default();
    let packed = |party: Option<PartyId>| party.map_or(0, PartyId::packed);
    let kind = narrow.kind.map_or(0, ConversationKind::number);
    let (at, id) = (before.0.into(), before.1.into());
    let title = narrow.title.as_ref().map(|title| holding(&title.text)).unwrap_or_default();
    let named = narrow.title.as_ref().map(|title| comma_list(&title.named)).unwrap_or_default();
    let rows = if let Some(leader) = narrow.contact.or(narrow.member) {
        let other = narrow.contact.and(narrow.member);
        let values = vec![
            at,
            id,
            leader.packed().into(),
            any_of.into(),
            packed(other).into(),
            also.into(),
            kind.into(),
            limit.into(),
            title.into(),
            named.into(),
        ];
        db.query(&LIST_OF_PARTY, values).await?
    } else {
        let none = Value::Int(0);
        let (title, named) = (title.into(), named.into());
        let values =
            vec![at, id, any_of.into(), none.clone(), none, also.into(), kind.into(), limit.into(), title, named];
        db.query(&LIST, values).await?
    };
    rows.into_iter().map(stored).collect()
}

/// A pattern that finds the text anywhere, with the pattern's own signs taken literally.
fn holding(text: &str) -> String {
    format!("%{}%", text.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}

/// `,4,12,`; of nobody `,`, which nothing is in.
fn comma_list(parties: &[PartyId]) -> String {
    let mut list = String::from(",");
    for party in parties {
        list.push_str(&party.packed().to_string());
        list.push(',');
    }
    list
}

/// When each party of a source last took part in a conversation, and how many rows name nobody.
pub(crate) async fn last_of_parties(db: &Db, source: SourceId) -> Result<(Vec<(PartyId, Time)>, u64), ArchiveError> {
    let rows = db.query(&LAST_OF_PARTIES, vec![source.into()]).await?;
    let count = rows.len();
    let mut last = Vec::with_capacity(count);
    for mut row in rows {
        if let Some(party) = party(&mut row) {
            last.push((party, row.time()?));
        }
    }
    let damaged = count - last.len();
    Ok((last, damaged as u64))
}

/// Conversations whose title is this text; if none, those whose title contains it.
pub(crate) async fn titled(db: &Db, text: &str, limit: u32) -> Result<Vec<ConversationId>, ArchiveError> {
    let ids = |rows: Vec<xinlu_db::Row>| {
        rows.into_iter().map(|mut row| Ok(row.id()?)).collect::<Result<Vec<_>, ArchiveError>>()
    };
    let exact = ids(db.query(&TITLED, vec![text.into(), limit.into()]).await?)?;
    if !exact.is_empty() {
        return Ok(exact);
    }
    ids(db.query(&TITLE_HOLDS, vec![holding(text).into(), limit.into()]).await?)
}
