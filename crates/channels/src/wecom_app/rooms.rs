//! Gives groups their names: those seen in messages are asked for, a bounded number at a time (PROTOCOL.md 3.1.7, 3.4).
//!
//! Groups with contacts are known to `externalcontact/groupchat/get`, those of members only to `msgaudit/groupchat/get`.
//! A name that is known stays until WeCom says another; without one a group is shown by its members. What was asked is
//! remembered in memory only, so that after a restart each group is asked for once more. It never asks for groups that
//! nobody spoke in.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use xinlu_archive::{Archive, Room};
use xinlu_model::{Clock, ConversationId, SourceId, Time};

use super::client::{SecretKind, WecomClient};
use super::error::WecomError;
use crate::ChannelError;

/// Groups asked for in one run, one after the other: a minute's worth of calls at most.
pub const ASKED_AT_ONCE: usize = 200;
/// Groups read from the archive at once.
const READ_AT_ONCE: u32 = 1_000;
/// All groups are looked through again after this, for names that are due.
const WALK_MS: i64 = 3_600_000;
/// A name may have changed without anybody telling us.
const NAMED_MS: i64 = 24 * 3_600_000;
/// A group that has no name, or that WeCom refuses to tell of, is asked for again after this.
const UNNAMED_MS: i64 = 6 * 3_600_000;
/// A group that could not be asked for, because WeCom refuses all of its kind, is looked at again after this.
const CLOSED_MS: i64 = 3_600_000;
/// Groups remembered and groups that wait, some 100 bytes each: more than a large company has.
const REMEMBERED_MAX: usize = 200_000;
/// Changes remembered that were told by callbacks and not looked at yet.
const CHANGED_MAX: usize = 10_000;

/// Errcodes that speak of the secret or the caller and not of one group.
const CODES_OF_ALL: [i64; 10] = [40001, 40013, 40091, 41001, 48002, 50002, 60020, 301_042, 301_052, 301_053];

const EXTERNAL: &str = "/cgi-bin/externalcontact/groupchat/get";
const INTERNAL: &str = "/cgi-bin/msgaudit/groupchat/get";

/// How naming groups goes, since the start of this process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RoomStatus {
    /// Names that were new.
    pub named: u64,
    /// Groups that were asked for in vain: without a name, or refused.
    pub unnamed: u64,
    /// Groups that wait to be asked for.
    pub waiting: u64,
    /// The last run.
    pub asked_at: Option<Time>,
    /// Why the last run ended early.
    pub failure: Option<String>,
}

#[derive(Default)]
struct State {
    /// When a group is due again.
    due_at: HashMap<String, Time>,
    waiting: VecDeque<Room>,
    /// Rooms whose change was told.
    changed: BTreeSet<String>,
    walked_upto: Option<ConversationId>,
    walk_at: Option<Time>,
    status: RoomStatus,
}

/// What becomes known during one run.
#[derive(Default)]
struct Run {
    /// Secrets that may not ask, whatever the group.
    closed: Vec<SecretKind>,
    failure: Option<WecomError>,
}

/// What was told of a group's name.
enum Told {
    Name(String),
    /// It has none, or it is not for us to know.
    Nothing,
    /// A secret that might know it may not ask now.
    Closed,
}

/// Names the groups of one corp.
pub struct RoomNames {
    client: Arc<WecomClient>,
    archive: Arc<Archive>,
    source: SourceId,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

impl RoomNames {
    /// For the groups of `source`.
    pub fn new(client: Arc<WecomClient>, archive: Arc<Archive>, source: SourceId, clock: Arc<dyn Clock>) -> Self {
        Self { client, archive, source, clock, state: Mutex::default() }
    }

    /// How it goes.
    pub fn status(&self) -> RoomStatus {
        let state = self.state.lock();
        RoomStatus { waiting: (state.waiting.len() + state.changed.len()) as u64, ..state.status.clone() }
    }

    /// WeCom said that this group changed.
    pub fn changed(&self, room: &str) {
        let mut state = self.state.lock();
        if !room.is_empty() && state.changed.len() < CHANGED_MAX {
            state.changed.insert(room.to_owned());
        }
    }

    /// Looks for groups that are new or due and asks for some of them. What WeCom does not answer is told by the status.
    pub async fn run(&self) -> Result<(), ChannelError> {
        self.collect().await?;
        let mut run = Run::default();
        for _ in 0..ASKED_AT_ONCE {
            let Some(room) = self.next_room() else { break };
            match self.name_of(&room, &mut run).await {
                Ok(told) => self.keep(&room, told).await?,
                Err(error) => {
                    // It is not the group's fault: it is the first of the next run.
                    self.state.lock().waiting.push_front(room);
                    run.failure = Some(error);
                    break;
                }
            }
        }
        let mut state = self.state.lock();
        state.status.asked_at = Some(self.clock.now());
        state.status.failure = run.failure.map(|error| error.to_string());
        Ok(())
    }

    /// Puts groups that are new, due or changed among those that wait.
    async fn collect(&self) -> Result<(), ChannelError> {
        let now = self.clock.now();
        let (mut after, changed) = {
            let state = self.state.lock();
            let is_fresh = state.walk_at.is_some_and(|at| now.millis_since(at) < WALK_MS) && state.changed.is_empty();
            (state.walked_upto.filter(|_| is_fresh).unwrap_or(ConversationId::new(0)), state.changed.clone())
        };
        let is_whole = after == ConversationId::new(0);
        loop {
            let rooms = self.archive.rooms(self.source, after, READ_AT_ONCE).await?;
            let Some(last) = rooms.last() else { break };
            after = last.conversation;
            self.state.lock().take(rooms, &changed, now);
        }
        let mut state = self.state.lock();
        state.walked_upto = Some(after);
        state.changed.retain(|room| !changed.contains(room));
        if is_whole {
            state.walk_at = Some(now);
        }
        Ok(())
    }

    fn next_room(&self) -> Option<Room> {
        self.state.lock().waiting.pop_front()
    }

    /// What WeCom says of a room's name. An error is of no room: the network, or too many calls.
    async fn name_of(&self, room: &Room, run: &mut Run) -> Result<Told, WecomError> {
        let mut ways = [(SecretKind::External, EXTERNAL), (SecretKind::Archive, INTERNAL)];
        if !room.with_contacts {
            ways.reverse();
        }
        let mut told = Told::Nothing;
        for (kind, api) in ways.into_iter().filter(|(kind, _)| self.client.has(*kind)) {
            if run.closed.contains(&kind) {
                told = Told::Closed;
                continue;
            }
            let body = match kind {
                SecretKind::External => json!({"chat_id": room.room, "need_name": 0}),
                _ => json!({"roomid": room.room}),
            };
            match self.client.post(kind, api, &body).await {
                Ok(answer) => return Ok(name(kind, &answer).map_or(Told::Nothing, Told::Name)),
                Err(error) if error.errcode().is_some_and(|code| CODES_OF_ALL.contains(&code)) => {
                    told = Told::Closed;
                    run.closed.push(kind);
                    run.failure = Some(error);
                }
                // Not a group of this kind, or not one that this secret may see.
                Err(WecomError::Refused { errcode, .. }) => {
                    tracing::debug!(source = %self.source, api, errcode, "a group's name is not told this way");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(told)
    }

    async fn keep(&self, room: &Room, told: Told) -> Result<(), ChannelError> {
        let new = match &told {
            Told::Name(name) => Some(name).filter(|name| **name != room.title),
            Told::Nothing | Told::Closed => None,
        };
        if let Some(name) = new {
            self.archive.name_group(self.source, &room.room, name).await?;
        }
        let wait_ms = match told {
            Told::Name(_) => NAMED_MS,
            Told::Nothing => UNNAMED_MS,
            Told::Closed => CLOSED_MS,
        };
        let mut state = self.state.lock();
        state.status.named += u64::from(new.is_some());
        state.status.unnamed += u64::from(!matches!(told, Told::Name(_)));
        if state.due_at.len() >= REMEMBERED_MAX {
            state.due_at.clear();
        }
        state.due_at.insert(room.room.clone(), self.clock.now().plus_millis(wait_ms));
        Ok(())
    }
}

impl State {
    fn take(&mut self, rooms: Vec<Room>, changed: &BTreeSet<String>, now: Time) {
        for room in rooms {
            let has_changed = changed.contains(&room.room);
            let is_due = self.due_at.get(&room.room).is_none_or(|due_at| *due_at <= now);
            if !(has_changed || is_due) || self.waiting.len() >= REMEMBERED_MAX {
                continue;
            }
            // Who waits is not due a second time.
            self.due_at.insert(room.room.clone(), now.plus_millis(NAMED_MS));
            // Whoever looks at a group without a name sees that it has none.
            if has_changed || room.title.is_empty() {
                self.waiting.push_front(room);
            } else {
                self.waiting.push_back(room);
            }
        }
    }
}

fn name(kind: SecretKind, answer: &Map<String, Value>) -> Option<String> {
    let name = match kind {
        SecretKind::External => answer.get("group_chat")?.get("name"),
        _ => answer.get("roomname"),
    };
    name?.as_str().filter(|name| !name.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests;
