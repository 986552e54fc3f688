//! Conversations and their messages in the order of time, page by page, within a caller's rights.
//!
//! A page's key is `microseconds-id`: opaque to callers, stable while rows are added.

mod consents;
mod readers;

use std::collections::HashMap;

pub use consents::ConsentView;
pub use readers::{ReaderView, ReadersPage};
use xinlu_http::{Grants, Level, Visible};
use xinlu_model::{
    ContactId, ConversationId, DepartmentId, MemberId, Page, PageLimit, PartyId, RecordId, SourceId, Time,
};

use crate::conversation::{ConversationKind, room_of_key};
use crate::read::{Opened, PAGE_BYTES_MAX};
use crate::store::conversations::{self, Narrow, StoredConversation};
use crate::store::records;
use crate::store::sizes::{self, fitting};
use crate::view::{MessageView, Names, PartyView, READ, party_view, shown_group_title, title_of_names};
use crate::{Archive, ArchiveError, RecordView};

/// Conversations that one title may stand for; a wider one should be narrowed by whoever searches.
const TITLED_MAX: u32 = 1_000;

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

/// A page of messages, oldest first. Of large messages it holds fewer than asked for, and goes on at `next` or `previous`.
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
        Ok(Page { items: self.conversation_views(shown, grants).await?, next })
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
        let Some(found) = conversations::find(&self.deps.db, id).await? else { return Err(missing) };
        self.conversation_views(vec![found], grants).await?.pop().ok_or(missing)
    }

    /// Titles of conversations as a caller may see them, for whoever lists messages of many; those beyond the caller's
    /// scope are left out.
    pub async fn conversation_titles(
        &self,
        grants: &Grants,
        ids: &[ConversationId],
    ) -> Result<HashMap<ConversationId, String>, ArchiveError> {
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            found.extend(conversations::find(&self.deps.db, *id).await?);
        }
        let views = self.conversation_views(found, grants).await?;
        Ok(views.into_iter().map(|view| (view.id, view.title)).collect())
    }

    /// Conversations whose title is this text; if none, those whose title contains it; at most 1 000. Titles are compared
    /// as they are stored, so whoever may not see them must not be told what is found.
    pub async fn conversations_titled(&self, text: &str) -> Result<Vec<ConversationId>, ArchiveError> {
        conversations::titled(&self.deps.db, text, TITLED_MAX).await
    }

    /// As a caller may see them; those beyond the caller's scope are left out.
    async fn conversation_views(
        &self,
        found: Vec<StoredConversation>,
        grants: &Grants,
    ) -> Result<Vec<ConversationView>, ArchiveError> {
        let mut seen = Vec::with_capacity(found.len());
        for stored in found {
            let parties = conversations::parties(&self.deps.db, stored.id).await?;
            let members: Vec<MemberId> = parties.iter().filter_map(|party| party.as_member()).collect();
            if let Some(level) = grants.level(READ, &members) {
                seen.push((stored, parties, level));
            }
        }
        let mut everybody: Vec<PartyId> = seen.iter().flat_map(|(_, parties, _)| parties.iter().copied()).collect();
        everybody.sort_unstable();
        everybody.dedup();
        let names = self.deps.directory.names(&everybody).await?;
        seen.into_iter().map(|(stored, parties, level)| conversation_view(stored, parties, &names, level)).collect()
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
        let mut before = Run::default();
        if let Some((place, count)) = earlier {
            before = self.records_from(conversation, place, count, Direction::Earlier).await?;
        }
        let mut after = Run::default();
        if let Some((place, count)) = later {
            after = self.records_from(conversation, place, count, Direction::Later).await?;
        }
        let more_before = if earlier.is_some() { before.more } else { true };
        let more_after = if later.is_some() { after.more } else { !matches!(window, Window::Newest) };
        let first = before.keys.last().or(after.keys.first()).cloned();
        let last = after.keys.last().or(before.keys.first()).cloned();
        let opened = before.views.into_iter().rev().chain(after.views).collect();
        Ok(MessagePage {
            items: self.views_of(opened, grants, with_raw).await?,
            next: last.filter(|_| more_after),
            previous: first.filter(|_| more_before),
        })
    }

    /// Records of a conversation from a place on, as far as they fit into a page.
    async fn records_from(
        &self,
        conversation: ConversationId,
        place: (Time, RecordId),
        count: u32,
        direction: Direction,
    ) -> Result<Run, ArchiveError> {
        let db = &self.deps.db;
        let sizes = match direction {
            Direction::Earlier => sizes::earlier(db, conversation, place, count + 1).await?,
            Direction::Later => sizes::later(db, conversation, place, count + 1).await?,
        };
        let fit = fitting(&sizes, count as usize, PAGE_BYTES_MAX) as u32;
        let stored = match direction {
            Direction::Earlier => records::earlier(db, conversation, place, fit).await?,
            Direction::Later => records::later(db, conversation, place, fit).await?,
        };
        let mut keys: Vec<String> = stored.iter().map(|one| key(one.sent_at, one.id.number())).collect();
        let Opened { views, done } = self.open_first(stored, PAGE_BYTES_MAX).await?;
        keys.truncate(done);
        Ok(Run { views, keys, more: done < sizes.len() })
    }
}

/// Which way from a place.
#[derive(Clone, Copy)]
enum Direction {
    Earlier,
    Later,
}

/// Records from a place on, the nearest first.
#[derive(Default)]
struct Run {
    views: Vec<RecordView>,
    /// Also of those that are left out.
    keys: Vec<String>,
    more: bool,
}

fn conversation_view(
    stored: StoredConversation,
    parties: Vec<PartyId>,
    names: &Names,
    level: Level,
) -> Result<ConversationView, ArchiveError> {
    let place = || format!("conversation {}", stored.id);
    let kind = ConversationKind::from_number(stored.kind)
        .ok_or_else(|| ArchiveError::Damaged { place: place(), what: "its kind is not known".to_owned() })?;
    let (members, contacts): (Vec<PartyId>, Vec<PartyId>) =
        parties.into_iter().partition(|party| party.as_member().is_some());
    let title = if stored.title.is_empty() {
        let shown = contacts.iter().chain(&members).map(|party| party_view(*party, names, level).name);
        let shown: Vec<String> = shown.collect();
        title_of_names(&shown.iter().map(String::as_str).collect::<Vec<_>>())
    } else {
        let of_contacts = contacts.iter().filter_map(|party| names.get(party)).map(|name| name.name.as_str());
        let room = room_of_key(&stored.key).unwrap_or_default();
        shown_group_title(&stored.title, room, &of_contacts.collect::<Vec<_>>(), level)
    };
    Ok(ConversationView {
        id: stored.id,
        kind,
        title,
        source: stored.source,
        members: members.into_iter().map(|party| party_view(party, names, level)).collect(),
        contacts: contacts.into_iter().map(|party| party_view(party, names, level)).collect(),
        first_at: stored.first_at,
        last_at: stored.last_at,
        messages: stored.messages,
    })
}

fn key(at: Time, id: i64) -> String {
    format!("{}-{id}", at.micros())
}

/// The key of a place among the messages of a conversation: what follows it comes `After`.
pub(crate) fn place_key(at: Time, record: RecordId) -> String {
    key(at, record.number())
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
