//! Which entries of the trail read which conversation, so that the readers of one can be told without walking the trail.
//!
//! An entry names the conversation in its target (`conversation 7`) or in its detail (`"conversation": 7`, or
//! `"conversations": [7, 8]` of a search). Only entries of what was done count. The rows follow from the entries, which alone
//! are proved by the log; nothing here holds text of a message.

use std::collections::BTreeSet;

use serde_json::Value;
use xinlu_db::Db;
use xinlu_model::{AuditId, ConversationId, Time, UserId};

use crate::IdentityError;
use crate::store::audit as store;

use super::{AuditEntry, AuditOutcome};

/// How a target names a conversation.
const TARGET: &str = "conversation ";
/// How a detail names one or more; both names begin so.
const DETAIL: &str = "\"conversation";
/// Acts on a conversation that show nothing of what was said in it.
const READERS: &str = "conversation.readers";

/// Somebody read a conversation, or something of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The entry that tells of it.
    pub entry: AuditId,
    /// When.
    pub at: Time,
    /// Who; `None` on the command line.
    pub user: Option<UserId>,
    /// Their name at that time.
    pub user_name: String,
    /// How: `conversation.read`, `message.search`, `media.read` …
    pub action: String,
}

/// Who read a conversation, newest first; at most `limit`, and only entries before `before`. Rights are checked by whoever
/// asks.
pub async fn readings(
    db: &Db,
    conversation: ConversationId,
    before: Option<AuditId>,
    limit: u32,
) -> Result<Vec<Reading>, IdentityError> {
    let before = before.unwrap_or(AuditId::new(i64::MAX));
    Ok(store::readings(db, conversation, before, limit).await?)
}

/// The conversations that these entries read.
pub(super) fn readings_of<'a>(entries: impl Iterator<Item = &'a AuditEntry>) -> Vec<(ConversationId, AuditId)> {
    let mut readings = Vec::new();
    for entry in entries.filter(|entry| entry.outcome == AuditOutcome::Done && entry.action != READERS) {
        readings.extend(conversations(entry).into_iter().map(|number| (ConversationId::new(number), entry.id)));
    }
    readings
}

fn conversations(entry: &AuditEntry) -> BTreeSet<i64> {
    let mut found = BTreeSet::new();
    found.extend(entry.target.strip_prefix(TARGET).and_then(|number| number.parse::<i64>().ok()));
    if entry.detail.contains(DETAIL)
        && let Ok(detail) = serde_json::from_str::<Value>(&entry.detail)
    {
        found.extend(detail.get("conversation").and_then(Value::as_i64));
        let several = detail.get("conversations").and_then(Value::as_array);
        found.extend(several.into_iter().flatten().filter_map(Value::as_i64));
    }
    found
}
