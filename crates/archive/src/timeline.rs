//! Conversations and their messages in the order of time, page by page, within a caller's rights.
//!
//! A page's key is `microseconds-id`: opaque to callers, stable while rows are added.

use xinlu_http::{Grants, Level, Visible};
use xinlu_model::{
    ContactId, ConversationId, DepartmentId, MemberId, Page, PageLimit, PartyId, RecordId, SourceId, Time,
};

use crate::conversation::ConversationKind;
use crate::store::conversations::{self, Narrow, StoredConversation};
use crate::store::records;
use crate::view::{MessageView, Names, PartyView, READ, party_view};
use crate::{Archive, ArchiveError};

/// Names that a title is made of, before it ends in an ellipsis.
/// Conversations that one title may stand for; a wider one should be narrowed by whoever searches.
const TITLED_MAX: u32 = 1_000;
const TITLE_NAMES_MAX: usize = 4;

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
}

/// A conversation.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ConversationView {
    /// Its id.
    pub id: ConversationId,
    /// Pair, group or thread.
    pub kind: ConversationKind,
    /// The group's name, or the names of who takes part.
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
}

/// Which page of a conversation's messages.
#[derive(Clone, Debug)]
pub enum Window {
    /// The newest.
    Newest,
    /// Those after a key.
    After(String),
    /// Those before a key.
    Before(String),
    /// Those around a record.
    Around(RecordId),
}

/// A page of messages, oldest first.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct MessagePage {
    /// The messages.
    pub items: Vec<MessageView>,
    /// Hand it back as `after` for later ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Hand it back as `before` for earlier ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
}

impl Archive {
    /// Conversations that a caller may know of, the latest first.
    pub async fn list_conversations(
        &self,
        grants: &Grants,
        filter: &ConversationFilter,
        after: Option<&str>,
        limit: PageLimit,
    ) -> Result<Page<ConversationView>, ArchiveError> {
        let before = match after {
            Some(key) => parse_key(key).map(|(at, id)| (at, ConversationId::new(id)))?,
            None => (Time::from_micros(i64::MAX), ConversationId::new(i64::MAX)),
        };
        let narrow = self.narrow(grants, filter).await?;
        let found = conversations::list(&self.deps.db, before, &narrow, limit.get() + 1).await?;
        let more = found.len() > limit.get() as usize;
        let shown: Vec<_> = found.into_iter().take(limit.get() as usize).collect();
        let next = shown.last().filter(|_| more).map(|last| key(last.last_at, last.id.number()));
        Ok(Page { items: self.conversation_views(shown).await?, next })
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
        Ok(Narrow {
            any_of,
            also_any_of,
            member: filter.member.map(PartyId::member),
            contact: filter.contact.map(PartyId::contact),
            kind: filter.kind,
        })
    }

    /// A conversation; not found when it is beyond the caller's scope.
    pub async fn conversation(&self, grants: &Grants, id: ConversationId) -> Result<ConversationView, ArchiveError> {
        let missing = ArchiveError::ConversationNotFound(id);
        if self.level(grants, id).await?.is_none() {
            return Err(missing);
        }
        let Some(found) = conversations::find(&self.deps.db, id).await? else { return Err(missing) };
        self.conversation_views(vec![found]).await?.pop().ok_or(missing)
    }

    /// A conversation's title for whoever lists messages of many conversations.
    pub async fn conversation_title(&self, id: ConversationId) -> Result<Option<String>, ArchiveError> {
        let Some(found) = conversations::find(&self.deps.db, id).await? else { return Ok(None) };
        Ok(self.conversation_views(vec![found]).await?.pop().map(|view| view.title))
    }

    /// Conversations whose title is this text; if none, those whose title contains it; at most 1 000.
    pub async fn conversations_titled(&self, text: &str) -> Result<Vec<ConversationId>, ArchiveError> {
        conversations::titled(&self.deps.db, text, TITLED_MAX).await
    }

    async fn conversation_views(&self, found: Vec<StoredConversation>) -> Result<Vec<ConversationView>, ArchiveError> {
        let mut with_parties = Vec::with_capacity(found.len());
        for stored in found {
            let parties = conversations::parties(&self.deps.db, stored.id).await?;
            with_parties.push((stored, parties));
        }
        let mut everybody: Vec<PartyId> =
            with_parties.iter().flat_map(|(_, parties)| parties.iter().copied()).collect();
        everybody.sort_unstable();
        everybody.dedup();
        let names = self.deps.directory.names(&everybody).await?;
        with_parties.into_iter().map(|(stored, parties)| conversation_view(stored, parties, &names)).collect()
    }

    /// A page of a conversation's messages as a caller may see them.
    pub async fn messages(
        &self,
        grants: &Grants,
        conversation: ConversationId,
        window: &Window,
        limit: PageLimit,
        with_raw: bool,
    ) -> Result<MessagePage, ArchiveError> {
        if self.level(grants, conversation).await?.is_none() {
            return Err(ArchiveError::ConversationNotFound(conversation));
        }
        let limit = limit.get();
        let end = (Time::from_micros(i64::MAX), RecordId::new(i64::MAX));
        let (earlier, later) = match window {
            Window::Newest => (Some((end, limit)), None),
            Window::Before(key) => (Some((record_key(key)?, limit)), None),
            Window::After(key) => (None, Some((record_key(key)?, limit))),
            Window::Around(record) => {
                let found = records::by_id(&self.deps.db, *record).await?;
                let found = found.filter(|found| found.conversation == conversation);
                let middle = found.ok_or(ArchiveError::RecordNotFound(*record))?;
                let half = limit / 2;
                // The record itself is the last of the earlier ones.
                (
                    Some(((middle.sent_at, middle.id.plus(1)), half + 1)),
                    Some(((middle.sent_at, middle.id), limit - half)),
                )
            }
        };
        let (mut stored, mut more_before, mut more_after) = (Vec::new(), true, !matches!(window, Window::Newest));
        if let Some((place, count)) = earlier {
            stored = records::earlier(&self.deps.db, conversation, place, count + 1).await?;
            more_before = stored.len() > count as usize;
            stored.truncate(count as usize);
            stored.reverse();
        }
        if let Some((place, count)) = later {
            let mut after = records::later(&self.deps.db, conversation, place, count + 1).await?;
            more_after = after.len() > count as usize;
            after.truncate(count as usize);
            stored.extend(after);
        }
        let ends = stored.first().zip(stored.last());
        let keys =
            ends.map(|(first, last)| (key(first.sent_at, first.id.number()), key(last.sent_at, last.id.number())));
        let (first, last) = keys.unzip();
        let opened = self.open_all(stored).await?;
        Ok(MessagePage {
            items: self.views_of(opened, grants, with_raw).await?,
            next: last.filter(|_| more_after),
            previous: first.filter(|_| more_before),
        })
    }
}

fn conversation_view(
    stored: StoredConversation,
    parties: Vec<PartyId>,
    names: &Names,
) -> Result<ConversationView, ArchiveError> {
    let place = || format!("conversation {}", stored.id);
    let kind = ConversationKind::from_number(stored.kind)
        .ok_or_else(|| ArchiveError::Damaged { place: place(), what: "its kind is not known".to_owned() })?;
    let (members, contacts): (Vec<PartyId>, Vec<PartyId>) =
        parties.into_iter().partition(|party| party.as_member().is_some());
    let members: Vec<PartyView> = members.into_iter().map(|party| party_view(party, names)).collect();
    let contacts: Vec<PartyView> = contacts.into_iter().map(|party| party_view(party, names)).collect();
    let title = if stored.title.is_empty() { title_of(&contacts, &members) } else { stored.title };
    Ok(ConversationView {
        id: stored.id,
        kind,
        title,
        source: stored.source,
        members,
        contacts,
        first_at: stored.first_at,
        last_at: stored.last_at,
        messages: stored.messages,
    })
}

fn title_of(contacts: &[PartyView], members: &[PartyView]) -> String {
    let everybody = contacts.len() + members.len();
    let names: Vec<&str> =
        contacts.iter().chain(members).take(TITLE_NAMES_MAX).map(|party| party.name.as_str()).collect();
    let more = if everybody > TITLE_NAMES_MAX { "…" } else { "" };
    format!("{}{more}", names.join("、"))
}

fn key(at: Time, id: i64) -> String {
    format!("{}-{id}", at.micros())
}

/// `0` is the beginning of time.
fn parse_key(key: &str) -> Result<(Time, i64), ArchiveError> {
    let wrong = ArchiveError::Parameter { parameter: "after", expected: "a key from an earlier page" };
    if key == "0" {
        return Ok((Time::from_micros(i64::MIN), 0));
    }
    let parsed =
        key.rsplit_once('-').and_then(|(at, id)| Some((Time::from_micros(at.parse().ok()?), id.parse().ok()?)));
    parsed.ok_or(wrong)
}

fn record_key(key: &str) -> Result<(Time, RecordId), ArchiveError> {
    parse_key(key).map(|(at, id)| (at, RecordId::new(id)))
}

#[cfg(test)]
mod tests;
