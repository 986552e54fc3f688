//! Rooms that were seen in messages, for whoever asks the source for their names (`Archive::name_group` takes them).
//!
//! It decides nothing about who may see what; only parts of the server that fetch from sources ask.

use xinlu_model::{ConversationId, SourceId};

use crate::conversation::room_of_key;
use crate::store::rooms;
use crate::{Archive, ArchiveError};

/// A group of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The conversation that it is.
    pub conversation: ConversationId,
    /// The source's id of it.
    pub room: String,
    /// Its name; empty while none is known.
    pub title: String,
    /// Whether a contact was seen in it.
    pub with_contacts: bool,
}

impl Archive {
    /// Groups of a source after a conversation, in the order in which they were first seen, at most `limit`.
    pub async fn rooms(&self, source: SourceId, after: ConversationId, limit: u32) -> Result<Vec<Room>, ArchiveError> {
        let rows = rooms::list(&self.deps.db, source, after, limit).await?;
        let room = |row: rooms::RoomRow| Room {
            conversation: row.id,
            room: room_of_key(&row.key).unwrap_or_default().to_owned(),
            title: row.title,
            with_contacts: row.with_contacts,
        };
        Ok(rows.into_iter().map(room).collect())
    }
}
