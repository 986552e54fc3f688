//! What intake and media know of themselves: for pages, alarms and metrics. In memory only; the archive holds the truth.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;
use xinlu_model::Time;

use super::page::Trouble;

/// Gaps kept for display; older ones are in the log.
const GAPS_MAX: usize = 100;

/// Sequence numbers that WeCom did not deliver: possible loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SeqGap {
    /// First missing.
    pub from: u64,
    /// Last missing.
    pub to: u64,
    /// When it was seen.
    pub found_at: Time,
    /// Whether nothing had been fetched for longer than WeCom keeps messages, which then is the cause.
    pub beyond_window: bool,
}

/// Why intake does not get on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IntakeTrouble {
    /// The stable name: `network`, `secret_wrong`, `ip_not_trusted`, `worker`, `archive` …
    pub name: String,
    /// WeCom's number, when it is WeCom's.
    pub code: Option<i64>,
    /// More for a person; no secret.
    pub detail: String,
    /// Whether a person has to do something.
    pub needs_person: bool,
    /// Since when.
    pub since: Time,
}

/// How intake of one corp goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct IntakeStatus {
    /// The last seq that is stored.
    pub cursor: u64,
    /// The last fetch, whatever it came to.
    pub fetched_at: Option<Time>,
    /// The last fetch that WeCom answered.
    pub answered_at: Option<Time>,
    /// The last time WeCom told us of new messages.
    pub notified_at: Option<Time>,
    /// Envelopes received since the start of this process.
    pub received: u64,
    /// Records appended since then.
    pub appended: u64,
    /// Second deliveries of the same message since then.
    pub duplicates: u64,
    /// Messages parked since then.
    pub parked: u64,
    /// Items since then that WeCom delivered again in one answer, or outside the sequence, with the same bytes; they are
    /// stored once.
    pub repeated: u64,
    /// Items since then that came without a readable seq; they are kept, parked.
    pub unnumbered: u64,
    /// How often an SDK worker died or hung since then.
    pub worker_deaths: u64,
    /// Versions of the private keys that are here.
    pub keys_held: Vec<u32>,
    /// Versions that messages named.
    pub keys_seen: BTreeSet<u32>,
    /// Files in the keys folder that are no usable key.
    pub bad_key_files: Vec<String>,
    /// Gaps in the sequence.
    pub gaps: Vec<SeqGap>,
    /// What is wrong now.
    pub trouble: Option<IntakeTrouble>,
    /// Media stored since the start of this process.
    pub media_stored: u64,
    /// Downloads that failed since then, retries included.
    pub media_failed: u64,
}

impl IntakeStatus {
    pub(super) fn found_gap(&mut self, gap: SeqGap) {
        if self.gaps.len() < GAPS_MAX {
            self.gaps.push(gap);
        }
    }

    pub(super) fn troubled(&mut self, trouble: IntakeTrouble) {
        // The same trouble keeps its beginning.
        let since = self.trouble.as_ref().filter(|now| now.name == trouble.name).map_or(trouble.since, |now| now.since);
        self.trouble = Some(IntakeTrouble { since, ..trouble });
    }
}

impl IntakeTrouble {
    pub(super) fn of_wecom(trouble: Trouble, now: Time) -> Self {
        Self {
            name: trouble.name.to_owned(),
            code: Some(trouble.code),
            detail: format!("WeCom answered {}", trouble.code),
            needs_person: trouble.needs_person,
            since: now,
        }
    }

    pub(super) fn of_us(name: &str, detail: String, now: Time) -> Self {
        Self { name: name.to_owned(), code: None, detail, needs_person: true, since: now }
    }
}
