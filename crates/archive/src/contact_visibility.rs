//! Who talks with whom, for `identity`: a contact is seen by who may see a member that has a conversation with them.
//!
//! It answers from the parties of conversations alone and opens no message.

use std::collections::BTreeSet;

use async_trait::async_trait;
use xinlu_http::ApiError;
use xinlu_identity::ContactVisibility;
use xinlu_model::{ContactId, MemberId, PartyId};

use crate::store::contact_visibility::{PARTIES_AT_ONCE, members_of};
use crate::{Archive, ArchiveError};

/// Contacts of one statement; each may be a contact or a bot, which are numbered together.
const CONTACTS_AT_ONCE: usize = PARTIES_AT_ONCE / 2;
/// Pairs read at a time: bounds memory when a bot talks with the whole company.
const PAIRS_AT_ONCE: u32 = 1_000;

#[async_trait]
impl ContactVisibility for Archive {
    async fn talking_with(
        &self,
        contacts: &[ContactId],
        members: &BTreeSet<MemberId>,
    ) -> Result<BTreeSet<ContactId>, ApiError> {
        let mut seen = BTreeSet::new();
        if members.is_empty() {
            return Ok(seen);
        }
        for lot in contacts.chunks(CONTACTS_AT_ONCE) {
            self.add_talking_with(lot, members, &mut seen).await?;
        }
        Ok(seen)
    }
}

impl Archive {
    async fn add_talking_with(
        &self,
        lot: &[ContactId],
        members: &BTreeSet<MemberId>,
        seen: &mut BTreeSet<ContactId>,
    ) -> Result<(), ArchiveError> {
        let parties: Vec<PartyId> =
            lot.iter().flat_map(|contact| [PartyId::contact(*contact), PartyId::bot(*contact)]).collect();
        let mut place = (0, 0);
        loop {
            let pairs = members_of(&self.deps.db, &parties, place, PAIRS_AT_ONCE).await?;
            let visible = pairs.iter().filter(|(_, member)| members.contains(member));
            seen.extend(visible.filter_map(|(party, _)| party.as_contact()));
            let Some((party, member)) = pairs.last().filter(|_| pairs.len() >= PAIRS_AT_ONCE as usize) else {
                return Ok(());
            };
            // Of a contact who is seen already, nobody else needs to be looked at.
            let known = party.as_contact().is_some_and(|contact| seen.contains(&contact));
            place = (party.packed(), if known { i64::MAX } else { PartyId::member(*member).packed() });
        }
    }
}

#[cfg(test)]
mod tests;
