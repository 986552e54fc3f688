//! Showing one message in full to somebody who reads its conversation masked.
//!
//! It widens what is shown of a message, never whose messages are shown: who does not see the conversation, or sees only who
//! talked when, gets nothing, and media stays out of reach.

use xinlu_http::{Grants, Level};
use xinlu_model::RecordId;

use super::{MessageView, READ};
use crate::store::records;
use crate::{Archive, ArchiveError};

/// The permission that shows single messages in full.
pub const REVEAL: &str = "archive.reveal";

impl Archive {
    /// A message as at level text, for a caller who sees it at least masked and may reveal what one of the conversation's
    /// members says. Errors: `RecordNotFound` beyond the scope, `NotAllowed` at level metadata or without the permission
    /// over any of the members.
    pub async fn reveal(&self, grants: &Grants, record: RecordId) -> Result<MessageView, ArchiveError> {
        let missing = || ArchiveError::RecordNotFound(record);
        let stored = records::by_id(&self.deps.db, record).await?.ok_or_else(missing)?;
        let members = self.conversation_members(stored.conversation).await?;
        let level = grants.level(READ, &members).ok_or_else(missing)?;
        if level < Level::Masked || grants.level(REVEAL, &members).is_none() {
            return Err(ArchiveError::NotAllowed(
                "archive.reveal over a member of the conversation, read at least masked",
            ));
        }
        let opened = self.read(&[record]).await?.views.pop().ok_or_else(missing)?;
        let names = self.deps.directory.names(&opened.parties).await?;
        self.view(opened, Level::Text, &names, false).await
    }
}
