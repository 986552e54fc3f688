//! How far a right reaches, for `identity`: the conversations that some members take part in, and who is in them.
//!
//! It counts from the parties of conversations alone and opens no message.

use std::collections::BTreeSet;

use async_trait::async_trait;
use xinlu_http::ApiError;
use xinlu_identity::{ConversationReach, Reached};
use xinlu_model::{MemberId, PartyId};

use crate::store::reach::{Part, count, parts};
use crate::{Archive, ArchiveError};

/// Parts read at a time: some 100 KB.
const PARTS_AT_ONCE: u32 = 5_000;
/// Members whose conversations are read one member after the other; of more, all conversations are walked once.
const ONE_BY_ONE_MAX: usize = 200;

#[async_trait]
impl ConversationReach for Archive {
    async fn reach(&self, members: Option<&BTreeSet<MemberId>>) -> Result<Reached, ApiError> {
        let Some(members) = members else {
            return Ok(Reached { conversations: count(&self.deps.db).await?, ..Reached::default() });
        };
        if members.len() > ONE_BY_ONE_MAX { Ok(self.walk_all(members).await?) } else { Ok(self.walk(members).await?) }
    }
}

impl Archive {
    async fn walk(&self, members: &BTreeSet<MemberId>) -> Result<Reached, ArchiveError> {
        let mut conversations = BTreeSet::new();
        let mut reached = Reached::default();
        for member in members {
            let mut after = (0, 0);
            while let Some(page) = self.page(Some(*member), &mut after).await? {
                for (conversation, party) in page {
                    conversations.insert(conversation);
                    reached.contacts.extend(PartyId::from_packed(party).and_then(PartyId::as_contact));
                }
            }
        }
        reached.conversations = conversations.len() as u64;
        Ok(reached)
    }

    async fn walk_all(&self, members: &BTreeSet<MemberId>) -> Result<Reached, ArchiveError> {
        let mut reached = Reached::default();
        let mut open = (0, Vec::new(), false);
        let mut after = (0, 0);
        while let Some(page) = self.page(None, &mut after).await? {
            for (conversation, party) in page {
                if conversation != open.0 {
                    close(&mut reached, std::mem::replace(&mut open, (conversation, Vec::new(), false)));
                }
                let party = PartyId::from_packed(party);
                open.1.extend(party.and_then(PartyId::as_contact));
                open.2 |= party.and_then(PartyId::as_member).is_some_and(|member| members.contains(&member));
            }
        }
        close(&mut reached, open);
        Ok(reached)
    }

    /// The parts after a place, which moves on; `None` after the last.
    async fn page(&self, member: Option<MemberId>, after: &mut Part) -> Result<Option<Vec<Part>>, ArchiveError> {
        let page = parts(&self.deps.db, member, *after, PARTS_AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        *after = *last;
        Ok(Some(page))
    }
}

/// Counts a conversation that was read to its end, if one in scope is in it.
fn close(reached: &mut Reached, (_, contacts, in_scope): (i64, Vec<xinlu_model::ContactId>, bool)) {
    if in_scope {
        reached.conversations += 1;
        reached.contacts.extend(contacts);
    }
}

#[cfg(test)]
mod tests;
