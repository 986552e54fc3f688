//! Rooms that were seen, as whoever looks up their names needs them. Reads rows that appending keeps; changes none.

use xinlu_db::{Db, sql};
use xinlu_model::{ConversationId, SourceId};

use crate::ArchiveError;

// `kind = 2` is a group, `% 4 = 2` a contact (`PartyId`).
sql!(ROOMS = "SELECT c.id AS id, c.key AS key, c.title AS title, CAST(CASE WHEN EXISTS (SELECT 1 FROM archive_parties p
    WHERE p.conversation_id = c.id AND p.party % 4 = 2) THEN 1 ELSE 0 END AS BIGINT) AS with_contacts
    FROM archive_conversations c WHERE c.source_id = $1 AND c.kind = 2 AND c.id > $2 ORDER BY c.id LIMIT $3"
    => id: Int, key: Text, title: Text, with_contacts: Int);

/// A group as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct RoomRow {
    pub(crate) id: ConversationId,
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) with_contacts: bool,
}

/// Groups after a conversation, in the order of their numbers.
pub(crate) async fn list(
    db: &Db,
    source: SourceId,
    after: ConversationId,
    limit: u32,
) -> Result<Vec<RoomRow>, ArchiveError> {
    let rows = db.query(&ROOMS, vec![source.into(), after.into(), limit.into()]).await?;
    rows.into_iter()
        .map(|mut row| Ok(RoomRow { id: row.id()?, key: row.text()?, title: row.text()?, with_contacts: row.flag()? }))
        .collect()
}
