//! What contacts answered to being archived, page by page, within a caller's rights.
//!
//! It looks at so many answers a page and no more: whoever sees few among many gets short pages that go on.

use xinlu_http::{Grants, Level};
use xinlu_model::{Consent, ContactId, ConversationId, Page, PageLimit, PartyId, RecordId, Time};

use crate::consent::Sight;
use crate::model::ConsentEntry;
use crate::store::traces;
use crate::view::{PartyView, party_view};
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
        let contact = contact.map(PartyId::contact);
        let limit = limit.get() as usize;
        let mut sight = Sight::new(self, grants);
        let mut before = after.unwrap_or(RecordId::new(i64::MAX));
        let mut seen: Vec<(ConsentEntry, Level)> = Vec::new();
        let mut looked_at = 0;
        let mut has_more = true;
        while has_more && seen.len() <= limit && looked_at < LOOKED_AT_MAX {
            let found = traces::consents(&self.deps.db, contact, before, READ_AT_ONCE).await?;
            has_more = found.len() == READ_AT_ONCE as usize;
            looked_at += found.len();
            before = found.last().map_or(before, |last| last.record);
            for entry in found {
                if let Some(level) = sight.level(entry.conversation).await? {
                    seen.push((entry, level));
                }
            }
        }
        if seen.len() > limit {
            seen.truncate(limit);
            before = seen.last().map_or(before, |(last, _)| last.record);
            has_more = true;
        }
        let next = has_more.then(|| before.to_string());
        Ok(Page { items: self.consent_views(seen).await?, next })
    }

    async fn consent_views(&self, entries: Vec<(ConsentEntry, Level)>) -> Result<Vec<ConsentView>, ArchiveError> {
        let contacts: Vec<PartyId> = entries.iter().map(|(entry, _)| entry.contact).collect();
        let names = self.deps.directory.names(&contacts).await?;
        let view = |(entry, level): (ConsentEntry, Level)| ConsentView {
            record: entry.record,
            conversation: entry.conversation,
            contact: party_view(entry.contact, &names, level),
            consent: entry.consent,
            changed_at: entry.changed_at,
        };
        Ok(entries.into_iter().map(view).collect())
    }
}

#[cfg(test)]
mod tests;
