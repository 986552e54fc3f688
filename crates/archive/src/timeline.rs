//! Conversations and their messages in the order of time, page by page, within a caller's rights.
//!
//! A page's key is `microseconds-id`: opaque to callers, stable while rows are added.

mod consents;
mod list;
mod readers;
mod words;

use std::collections::{HashMap, HashSet};

pub use consents::ConsentView;
pub use list::{ConversationFilter, ConversationView};
pub use readers::{ReaderView, ReadersPage};
pub use words::LastMessage;
use xinlu_http::Grants;
use xinlu_model::{ConversationId, PageLimit, RecordId, Time};

use crate::read::{LeftOut, Opened, PAGE_BYTES_MAX};
use crate::store::records;
use crate::store::sizes::{self, fitting};
use crate::view::MessageView;
use crate::{Archive, ArchiveError, RecordView};

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
    /// Those sent at this moment or later.
    At(Time),
}

/// A page of messages, oldest first. Of large messages it holds fewer than asked for, and goes on at `next` or `previous`.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct MessagePage {
    /// The messages.
    pub items: Vec<MessageView>,
    /// Messages that stand among these and cannot be shown, oldest first. They are a list of their own, each with its
    /// place: every item stays a whole message, so that a client which knows nothing of damage reads on as ever, and one
    /// which does puts them in by `before`. Absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub damaged: Vec<DamagedMessage>,
    /// Hand it back as `after` for later ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Hand it back as `before` for earlier ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
}

/// A message that is in the archive and cannot be shown: its key is gone, or what is stored is damaged. Its proof
/// (`/api/v1/archive/proof/{record}`) still tells whether it has its place in the log.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct DamagedMessage {
    /// The record.
    pub record: RecordId,
    /// When it was sent, as its row says; the row may be what is damaged.
    pub sent_at: Time,
    /// Why, as the code of an error: `archive.erased` (its key was destroyed), `archive.damaged`, `archive.source_unknown`,
    /// `keys.damaged` or `keys.unopenable`.
    pub code: String,
    /// The item of this page that it stands before; absent: it stands after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<RecordId>,
}

impl Archive {
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
            Window::At(at) => (None, Some((at_place(*at), limit))),
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
        // After a moment beyond the last message nothing stands here, and something before it.
        let first = match window {
            Window::At(at) => first.or_else(|| Some(place_key(*at, at_place(*at).1))),
            _ => first,
        };
        let sequence: Vec<RecordId> = before.records.into_iter().rev().chain(after.records).collect();
        let opened = before.views.into_iter().rev().chain(after.views).collect();
        let items = self.views_of(opened, grants, with_raw).await?;
        let left_out = before.left_out.into_iter().chain(after.left_out);
        Ok(MessagePage {
            damaged: damaged(&sequence, left_out.collect(), &items),
            items,
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
        let mut keys: Vec<String> = stored.iter().map(|one| place_key(one.sent_at, one.id)).collect();
        let mut records: Vec<RecordId> = stored.iter().map(|one| one.id).collect();
        let Opened { views, left_out, done } = self.open_first(stored, PAGE_BYTES_MAX).await?;
        keys.truncate(done);
        records.truncate(done);
        Ok(Run { views, left_out, records, keys, more: done < sizes.len() })
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
    left_out: Vec<LeftOut>,
    /// Also those that are left out.
    records: Vec<RecordId>,
    /// The same as keys of places.
    keys: Vec<String>,
    more: bool,
}

/// What was left out of a sequence of records, in its order, each with the item that it stands before.
fn damaged(sequence: &[RecordId], left_out: Vec<LeftOut>, items: &[MessageView]) -> Vec<DamagedMessage> {
    if left_out.is_empty() {
        return Vec::new();
    }
    let shown: HashSet<RecordId> = items.iter().map(|item| item.record).collect();
    let mut left_out: HashMap<RecordId, LeftOut> = left_out.into_iter().map(|one| (one.record, one)).collect();
    let mut before = None;
    let mut damaged = Vec::with_capacity(left_out.len());
    for record in sequence.iter().rev() {
        if shown.contains(record) {
            before = Some(*record);
        }
        let Some(one) = left_out.remove(record) else { continue };
        damaged.push(DamagedMessage { record: one.record, sent_at: one.sent_at, code: one.code.to_owned(), before });
    }
    damaged.reverse();
    damaged
}

fn key(at: Time, id: i64) -> String {
    format!("{}-{id}", at.micros())
}

/// The key of a place among the messages of a conversation: what follows it comes `After`.
pub(crate) fn place_key(at: Time, record: RecordId) -> String {
    key(at, record.number())
}

/// The place before every record of a moment.
fn at_place(at: Time) -> (Time, RecordId) {
    (at, RecordId::new(0))
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
