//! The list of conversations: which there are for a caller, narrowed, the latest first.
//!
//! A title is looked for only as the caller sees it: what a level hides is never compared, or whether something is found
//! would tell it.

use std::collections::HashMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use xinlu_http::{Grants, Level, Visible};
use xinlu_model::{
    ContactId, ConversationId, DepartmentId, MemberId, Page, PageLimit, PartyId, PartyKind, SourceId, Time,
};

use super::words::LastMessage;
use super::{key, parse_key};
use crate::conversation::{ConversationKind, room_of_key};
use crate::store::conversations::{self, Narrow, StoredConversation, Titled};
use crate::view::{Names, PartyView, READ, party_view, shown_group_title, title_of_names};
use crate::{Archive, ArchiveError};

/// Conversations that one title may stand for; a wider one should be narrowed by whoever searches.
const TITLED_MAX: u32 = 1_000;
/// Characters of a title that is looked for: longer ones are no names.
const TITLE_CHARS_MAX: usize = 64;
/// People whose names a title may be made of: of a name that more have, the first ones are enough to choose from, and each
/// is compared with everybody in every conversation that is looked through.
const NAMED_MAX: usize = 100;
/// Conversations looked at for one page whose titles are compared: some tenths of a second.
const LOOKED_AT_MAX: usize = 1_000;
/// Questions to the database at once: as many as it answers side by side.
pub(super) const AT_ONCE: usize = 8;

/// What a list of conversations is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct ConversationFilter {
    /// One that this member takes part in.
    pub member: Option<MemberId>,
    /// One that this contact takes part in.
    pub contact: Option<ContactId>,
    /// One that somebody of this department (or below) takes part in.
    pub department: Option<DepartmentId>,
    /// Of this kind.
    pub kind: Option<ConversationKind>,
    /// One whose title, as the caller sees it, contains this, letter case aside; at most 64 characters. Of a conversation
    /// without a title of its own the names of who takes part are compared. At level metadata neither titles of groups nor
    /// names of contacts are shown, so only names of members are compared there.
    pub title: Option<String>,
}

/// A conversation.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ConversationView {
    /// Its id.
    pub id: ConversationId,
    /// Pair, group or thread.
    pub kind: ConversationKind,
    /// The group's name, or the names of who takes part. At level masked personal data and the names of contacts in it are
    /// masked; at level metadata the group's id stands for its name.
    pub title: String,
    /// Its source.
    pub source: SourceId,
    /// The own members who take part.
    pub members: Vec<PartyView>,
    /// The contacts and bots who take part.
    pub contacts: Vec<PartyView>,
    /// When the earliest message was sent.
    pub first_at: Time,
    /// When the latest message was sent.
    pub last_at: Time,
    /// Messages in it.
    pub messages: u64,
    /// The latest message in a few words; only in a list that was asked for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<LastMessage>,
}

/// A conversation that the caller may know of.
struct Seen {
    stored: StoredConversation,
    parties: Vec<PartyId>,
    level: Level,
}

impl Archive {
    /// Conversations that a caller may know of, the latest first. Where titles are compared a page may be short, or empty,
    /// and still have a `next`.
    pub async fn list_conversations(
        &self,
        grants: &Grants,
        filter: &ConversationFilter,
        after: Option<&str>,
        limit: PageLimit,
    ) -> Result<Page<ConversationView>, ArchiveError> {
        let mut before = match after {
            Some(key) => parse_key(key).map(|(at, id)| (at, ConversationId::new(id)))?,
            None => (Time::from_micros(i64::MAX), ConversationId::new(i64::MAX)),
        };
        let narrow = self.narrow(grants, filter).await?;
        let wanted = narrow.title.as_ref().map(|title| title.text.to_lowercase());
        let count = limit.get() as usize;
        let mut shown: Vec<ConversationView> = Vec::with_capacity(count);
        let (mut has_more, mut looked_at) = (true, 0);
        while has_more && shown.len() <= count && looked_at < LOOKED_AT_MAX {
            let found = conversations::list(&self.deps.db, before, &narrow, limit.get() + 1).await?;
            has_more = found.len() > count;
            looked_at += found.len();
            before = found.last().map_or(before, |last| (last.last_at, last.id));
            shown.extend(self.seen_views(found, grants, wanted.as_deref()).await?);
        }
        if shown.len() > count {
            shown.truncate(count);
            before = shown.last().map_or(before, |last| (last.last_at, last.id));
            has_more = true;
        }
        Ok(Page { items: shown, next: has_more.then(|| key(before.0, before.1.number())) })
    }

    async fn narrow(&self, grants: &Grants, filter: &ConversationFilter) -> Result<Narrow, ArchiveError> {
        let any_of = match grants.visible(READ, Level::Metadata) {
            Visible::All => None,
            Visible::Members(members) => Some(members.iter().copied().map(PartyId::member).collect()),
        };
        let also_any_of = match filter.department {
            Some(department) => {
                let members = self.deps.directory.members_of_departments(&[department], true).await?;
                Some(members.into_iter().map(PartyId::member).collect())
            }
            None => None,
        };
        let title = match filter.title.as_deref().map(str::trim).filter(|title| !title.is_empty()) {
            Some(title) => Some(self.titled(title).await?),
            None => None,
        };
        Ok(Narrow {
            any_of,
            also_any_of,
            member: filter.member.map(PartyId::member),
            contact: filter.contact.map(PartyId::contact),
            kind: filter.kind,
            title,
        })
    }

    /// What may stand behind a title: the text, and people of that name.
    async fn titled(&self, text: &str) -> Result<Titled, ArchiveError> {
        if text.chars().count() > TITLE_CHARS_MAX {
            return Err(ArchiveError::Parameter { parameter: "title", expected: "at most 64 characters" });
        }
        let wanted = text.to_lowercase();
        let directory = &self.deps.directory;
        let mut named: Vec<PartyId> = Vec::new();
        for member in directory.members().await? {
            // Who has no name is shown by the id.
            if member.name.to_lowercase().contains(&wanted) || member.userid.to_lowercase().contains(&wanted) {
                named.push(PartyId::member(member.id));
            }
        }
        named.truncate(NAMED_MAX);
        let contacts = directory.find_contacts_by_name(text).await?;
        // Contacts and bots are numbered together; which of the two it is, the row of the conversation says.
        let contacts = contacts.into_iter().take(NAMED_MAX);
        named.extend(contacts.flat_map(|contact| [PartyId::contact(contact), PartyId::bot(contact)]));
        Ok(Titled { text: text.to_owned(), named })
    }

    /// A conversation; not found when it is beyond the caller's scope.
    pub async fn conversation(&self, grants: &Grants, id: ConversationId) -> Result<ConversationView, ArchiveError> {
        let missing = ArchiveError::ConversationNotFound(id);
        let Some(found) = conversations::find(&self.deps.db, id).await? else { return Err(missing) };
        self.seen_views(vec![found], grants, None).await?.pop().ok_or(missing)
    }

    /// Titles of conversations as a caller may see them, for whoever lists messages of many; those beyond the caller's
    /// scope are left out.
    pub async fn conversation_titles(
        &self,
        grants: &Grants,
        ids: &[ConversationId],
    ) -> Result<HashMap<ConversationId, String>, ArchiveError> {
        let db = &self.deps.db;
        let found = stream::iter(ids.to_vec()).map(|id| conversations::find(db, id)).buffered(AT_ONCE);
        let found: Vec<_> = found.try_collect().await?;
        let views = self.seen_views(found.into_iter().flatten().collect(), grants, None).await?;
        Ok(views.into_iter().map(|view| (view.id, view.title)).collect())
    }

    /// Conversations whose title is this text; if none, those whose title contains it; at most 1 000. Titles are compared
    /// as they are stored, so whoever may not see them must not be told what is found.
    pub async fn conversations_titled(&self, text: &str) -> Result<Vec<ConversationId>, ArchiveError> {
        conversations::titled(&self.deps.db, text, TITLED_MAX).await
    }

    /// As a caller may see them; those beyond the caller's scope are left out, and with `wanted` those whose title does not
    /// contain it. A damaged one is left out as well, or it would hide all others.
    async fn seen_views(
        &self,
        found: Vec<StoredConversation>,
        grants: &Grants,
        wanted: Option<&str>,
    ) -> Result<Vec<ConversationView>, ArchiveError> {
        let db = &self.deps.db;
        let ids: Vec<ConversationId> = found.iter().map(|stored| stored.id).collect();
        let parties = stream::iter(ids).map(|id| conversations::parties(db, id)).buffered(AT_ONCE);
        let parties: Vec<Vec<PartyId>> = parties.try_collect().await?;
        let mut seen = Vec::with_capacity(found.len());
        for (stored, parties) in found.into_iter().zip(parties) {
            let members: Vec<MemberId> = parties.iter().filter_map(|party| party.as_member()).collect();
            if let Some(level) = grants.level(READ, &members) {
                seen.push(Seen { stored, parties, level });
            }
        }
        let mut everybody: Vec<PartyId> = seen.iter().flat_map(|one| one.parties.iter().copied()).collect();
        everybody.sort_unstable();
        everybody.dedup();
        let names = self.deps.directory.names(&everybody).await?;
        let fits = |one: &Seen| wanted.is_none_or(|wanted| is_titled(one, &names, wanted));
        let views = seen.into_iter().filter(fits).filter_map(|one| {
            let id = one.stored.id;
            let view = conversation_view(one, &names);
            if view.is_none() {
                tracing::error!(conversation = %id, "a conversation of no known kind is damaged and left out");
                metrics::counter!("xinlu_archive_damaged_total").increment(1);
            }
            view
        });
        Ok(views.collect())
    }
}

/// Whether the title, as the caller sees it, contains the text (in lower case). Only whole names count where the title is
/// made of names, and of names only those that are shown.
fn is_titled(one: &Seen, names: &Names, wanted: &str) -> bool {
    let holds = |text: &str| text.to_lowercase().contains(wanted);
    let Seen { stored, parties, level } = one;
    if !stored.title.is_empty() {
        return *level > Level::Metadata && holds(&group_title(stored, parties, names, *level));
    }
    let is_named = |party: &&PartyId| party.kind() != PartyKind::Contact || *level > Level::Metadata;
    parties.iter().filter(is_named).any(|party| holds(&party_view(*party, names, *level).name))
}

fn group_title(stored: &StoredConversation, parties: &[PartyId], names: &Names, level: Level) -> String {
    let contacts = parties.iter().filter(|party| party.as_member().is_none());
    let of_contacts: Vec<&str> = contacts.filter_map(|party| names.get(party)).map(|name| name.name.as_str()).collect();
    let room = room_of_key(&stored.key).unwrap_or_default();
    shown_group_title(&stored.title, room, &of_contacts, level)
}

/// `None`: its kind is not known, so the row is damaged.
fn conversation_view(one: Seen, names: &Names) -> Option<ConversationView> {
    let Seen { stored, parties, level } = one;
    let kind = ConversationKind::from_number(stored.kind)?;
    let own_title = (!stored.title.is_empty()).then(|| group_title(&stored, &parties, names, level));
    let (members, contacts): (Vec<PartyId>, Vec<PartyId>) =
        parties.into_iter().partition(|party| party.as_member().is_some());
    let title = own_title.unwrap_or_else(|| {
        let shown = contacts.iter().chain(&members).map(|party| party_view(*party, names, level).name);
        let shown: Vec<String> = shown.collect();
        title_of_names(&shown.iter().map(String::as_str).collect::<Vec<_>>())
    });
    Some(ConversationView {
        id: stored.id,
        kind,
        title,
        source: stored.source,
        members: members.into_iter().map(|party| party_view(party, names, level)).collect(),
        contacts: contacts.into_iter().map(|party| party_view(party, names, level)).collect(),
        first_at: stored.first_at,
        last_at: stored.last_at,
        messages: stored.messages,
        last: None,
    })
}

#[cfg(test)]
mod tests;
