//! Who read a conversation, as the audit trail tells.
//!
//! Only whoever reads everybody's conversations, or the audit trail, is told, and only of conversations that they may read:
//! an employee or a leader must not learn from here that an auditor looks into what they say. The trail itself, with its
//! proofs, is read with `audit.read`.

use xinlu_http::Grants;
use xinlu_identity::{Reading, readings};
use xinlu_model::{AuditId, ConversationId, PageLimit, Time, UserId};

use crate::view::READ;
use crate::{Archive, ArchiveError};

/// The permission that opens the audit trail.
const AUDIT_READ: &str = "audit.read";

/// Somebody read the conversation or something of it.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ReaderView {
    /// The user; absent for the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Their name at that time.
    pub name: String,
    /// When.
    pub at: Time,
    /// How, as the audit trail calls it: `conversation.read`, `conversation.list` (its last words in the list),
    /// `message.search`, `message.reveal`, `media.read` …
    pub action: String,
}

/// Readings of a conversation, newest first.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ReadersPage {
    /// Who read it.
    pub readers: Vec<ReaderView>,
    /// Hand it back as `after` for earlier ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<AuditId>,
}

impl Archive {
    /// Who read a conversation that the caller may read at any level, newest first; `after` is the `next` of a page. Errors:
    /// `ConversationNotFound` beyond the scope, `NotAllowed` for whoever holds neither `conversation.read` over everybody
    /// nor `audit.read`.
    pub async fn readers(
        &self,
        grants: &Grants,
        conversation: ConversationId,
        after: Option<AuditId>,
        limit: PageLimit,
    ) -> Result<ReadersPage, ArchiveError> {
        if self.level(grants, conversation).await?.is_none() {
            return Err(ArchiveError::ConversationNotFound(conversation));
        }
        if !grants.holds_for_all(READ) && !grants.holds(AUDIT_READ) {
            return Err(ArchiveError::NotAllowed("conversation.read over everybody, or audit.read"));
        }
        let mut found = readings(&self.deps.db, conversation, after, limit.get() + 1).await?;
        let more = found.len() > limit.get() as usize;
        found.truncate(limit.get() as usize);
        let next = found.last().filter(|_| more).map(|last| last.entry);
        Ok(ReadersPage { readers: found.into_iter().map(reader).collect(), next })
    }
}

fn reader(reading: Reading) -> ReaderView {
    ReaderView { user: reading.user, name: reading.user_name, at: reading.at, action: reading.action }
}
