//! What a caller sees of answers and agreements: whether those of a conversation at all, and how much of whose they are.
//!
//! `consent.read` says whose answers are seen and knows no levels of its own, so what a conversation hides from its reader is
//! not told beside it. Who was given no conversation to read was given the answers for their own sake and sees the names.

use std::collections::HashMap;

use xinlu_http::{Grants, Level, Visible};
use xinlu_model::ConversationId;

use crate::api::CONSENTS;
use crate::view::READ;
use crate::{Archive, ArchiveError};

/// Each conversation is looked at once.
pub(crate) struct Sight<'a> {
    archive: &'a Archive,
    grants: &'a Grants,
    visible: Visible,
    /// The lowest level the caller reads any conversation at; `None`: they read none.
    lowest: Option<Level>,
    known: HashMap<ConversationId, Option<Level>>,
}

impl<'a> Sight<'a> {
    pub(crate) fn new(archive: &'a Archive, grants: &'a Grants) -> Self {
        let levels = grants.list().iter().filter(|grant| grant.permission == READ).map(|grant| grant.level);
        let visible = grants.visible(CONSENTS, Level::Metadata);
        Self { archive, grants, visible, lowest: levels.min(), known: HashMap::new() }
    }

    /// The level at which a contact is shown who answered in this conversation; `None`: their answer is not seen.
    pub(crate) async fn level(&mut self, conversation: ConversationId) -> Result<Option<Level>, ArchiveError> {
        if self.visible == Visible::All && self.lowest.is_none() {
            return Ok(Some(Level::Text));
        }
        if let Some(level) = self.known.get(&conversation) {
            return Ok(*level);
        }
        let members = self.archive.conversation_members(conversation).await?;
        let read_at = self.grants.level(READ, &members).or(self.lowest).unwrap_or(Level::Text);
        let level = self.visible.sees(&members).then_some(read_at);
        self.known.insert(conversation, level);
        Ok(level)
    }
}
