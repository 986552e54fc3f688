//! What contacts answered to being archived, page by page, within a caller's rights.
//!
//! It looks at so many answers a page and no more: whoever sees few among many gets short pages that go on.

use std::collections::HashMap;

use xinlu_http::{Grants, Level, Visible};
use xinlu_model::{Consent, ContactId, ConversationId, Page, PageLimit, PartyId, RecordId, Time};

use crate::api::CONSENTS;
use crate::model::ConsentEntry;
use crate::store::traces;
use crate::view::{PartyView, READ, party_view};
use crate::{Archive, ArchiveError};

/// Answers looked at for one page: some tenths of a second on a database over the network.
const LOOKED_AT_MAX: usize = 1_000;
/// Answers read at a time.
const READ_AT_ONCE: u32 = 200;

/// A contact's answer.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ConsentView {
    /// The record that tells of it.
    pub record: RecordId,
    /// The conversation it was said in.
    pub conversation: ConversationId,
    /// Who, as the caller sees them in this conversation; who reads no conversations at all sees the name.
    pub contact: PartyView,
    /// What.
    pub consent: Consent,
    /// When.
    pub changed_at: Time,
}

impl Archive {
    /// Answers of all contacts, or of one, the latest first, before a record. A page may be short, or empty, and still
    /// have a `next`.
    pub async fn consents(
        &self,
        grants: &Grants,
        contact: Option<ContactId>,
        after: Option<RecordId>,
        limit: PageLimit,
    ) -> Result<Page<ConsentView>, ArchiveError> {
        let visible = grants.visible(CONSENTS, Level::Metadata);
        let contact = contact.map(PartyId::contact);
        let limit = limit.get() as usize;
        let mut members_of = HashMap::new();
        let mut before = after.unwrap_or(RecordId::new(i64::MAX));
        let mut seen: Vec<ConsentEntry> = Vec::new();
        let mut looked_at = 0;
        let mut has_more = true;
        while has_more && seen.len() <= limit && looked_at < LOOKED_AT_MAX {
            let found = traces::consents(&self.deps.db, contact, before, READ_AT_ONCE).await?;
            has_more = found.len() == READ_AT_ONCE as usize;
            looked_at += found.len();
            before = found.last().map_or(before, |last| last.record);
            for entry in found {
                if self.is_consent_seen(&visible, entry.conversation, &mut members_of).await? {
                    seen.push(entry);
                }
            }
        }
        if seen.len() > limit {
            seen.truncate(limit);
            before = seen.last().map_or(before, |last| last.record);
            has_more = true;
        }
        let next = has_more.then(|| before.to_string());
        Ok(Page { items: self.consent_views(seen, grants).await?, next })
    }

    async fn is_consent_seen(
        &self,
        visible: &Visible,
        conversation: ConversationId,
        known: &mut HashMap<ConversationId, bool>,
    ) -> Result<bool, ArchiveError> {
        if *visible == Visible::All {
            return Ok(true);
        }
        if let Some(seen) = known.get(&conversation) {
            return Ok(*seen);
        }
        let seen = visible.sees(&self.conversation_members(conversation).await?);
        known.insert(conversation, seen);
        Ok(seen)
    }

    async fn consent_views(
        &self,
        entries: Vec<ConsentEntry>,
        grants: &Grants,
    ) -> Result<Vec<ConsentView>, ArchiveError> {
        let contacts: Vec<PartyId> = entries.iter().map(|entry| entry.contact).collect();
        let names = self.deps.directory.names(&contacts).await?;
        let mut views = Vec::with_capacity(entries.len());
        for entry in entries {
            let level = self.contact_level(grants, entry.conversation).await?;
            views.push(ConsentView {
                record: entry.record,
                conversation: entry.conversation,
                contact: party_view(entry.contact, &names, level),
                consent: entry.consent,
                changed_at: entry.changed_at,
            });
        }
        Ok(views)
    }

    /// How much of a contact is shown where they answered or agreed: `consent.read` knows no levels of its own, so what a
    /// conversation hides from its reader is not told here. Who was given no conversation to read was given the answers for
    /// their own sake.
    pub(crate) async fn contact_level(
        &self,
        grants: &Grants,
        conversation: ConversationId,
    ) -> Result<Level, ArchiveError> {
        let levels = grants.list().iter().filter(|grant| grant.permission == READ).map(|grant| grant.level);
        let Some(lowest) = levels.min() else { return Ok(Level::Text) };
        Ok(self.level(grants, conversation).await?.unwrap_or(lowest))
    }
}

#[cfg(test)]
mod tests;
