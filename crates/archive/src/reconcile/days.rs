//! Reconciliation day by day: what each source delivered on a day and what became of it until now.
//!
//! On every day `received = archived + duplicates + parked + open` must hold; what does not add up, and sequence numbers that
//! were found missing on the day, are told. It only counts rows and never opens a message.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use xinlu_model::{SourceId, Time};

use crate::status::{DAY_MICROS, DAY_OFFSET_MICROS, day_of, day_text};
use crate::store::{days, traces};
use crate::{Archive, ArchiveError};

/// Most days asked for at once: a year.
pub(crate) const DAYS_MAX: u32 = 366;
/// Days unless told.
pub(crate) const DAYS_SHOWN: u32 = 30;

/// How a day stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayState {
    /// All that was delivered is archived or was delivered before.
    Balanced,
    /// Some of it waits.
    Waiting,
    /// Something never came or is not accounted for.
    Missing,
}

/// A day of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReconciledDay {
    /// `2026-01-05`, China Standard Time.
    pub day: String,
    /// The source.
    pub source: SourceId,
    /// Delivered on it.
    pub received: u64,
    /// Archived of these.
    pub archived: u64,
    /// Delivered before with the same bytes.
    pub duplicates: u64,
    /// Waiting of these, with a reason.
    pub parked: u64,
    /// Stored and not settled yet.
    pub open: u64,
    /// Sequence numbers that were seen to be missing on it and have not come since.
    pub missing: u64,
    /// Delivered and none of the above: must be 0.
    pub unaccounted: i64,
    /// How it stands.
    pub state: DayState,
}

/// Days of all sources, the latest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReconciledDays {
    /// The days on which something came, is waiting or was missed.
    pub days: Vec<ReconciledDay>,
}

#[derive(Default)]
struct Counts {
    received: u64,
    archived: u64,
    duplicates: u64,
    parked: u64,
    open: u64,
    missing: u64,
}

impl Archive {
    /// The last days, today included, as they stand now; `days` is 1 to 366.
    pub async fn reconciliation(&self, days: u32) -> Result<ReconciledDays, ArchiveError> {
        if !(1..=DAYS_MAX).contains(&days) {
            return Err(ArchiveError::Parameter { parameter: "days", expected: "1 to 366" });
        }
        let first = day_of(self.deps.clock.now()) + 1 - i64::from(days);
        let since = Time::from_micros(first * DAY_MICROS - DAY_OFFSET_MICROS);
        let db = &self.deps.db;
        let mut counts: BTreeMap<(i64, SourceId), Counts> = BTreeMap::new();
        for day in traces::days(db, first).await? {
            let count = counts.entry((day.day, day.source)).or_default();
            count.received = day.received;
            count.archived = day.archived;
            count.duplicates = day.duplicates;
        }
        for (source, day, items) in days::parked(db, since).await? {
            counts.entry((day, source)).or_default().parked = items;
        }
        for (source, day, items) in days::open(db, since).await? {
            counts.entry((day, source)).or_default().open = items;
        }
        for (source, day, numbers) in days::missing(db, since).await? {
            counts.entry((day, source)).or_default().missing = numbers;
        }
        let days = counts.into_iter().rev().map(|((day, source), count)| reconciled(day, source, &count)).collect();
        Ok(ReconciledDays { days })
    }
}

fn reconciled(day: i64, source: SourceId, count: &Counts) -> ReconciledDay {
    let known = count.archived + count.duplicates + count.parked + count.open;
    let unaccounted = count.received as i64 - known as i64;
    let state = if unaccounted != 0 || count.missing > 0 {
        DayState::Missing
    } else if count.parked + count.open > 0 {
        DayState::Waiting
    } else {
        DayState::Balanced
    };
    ReconciledDay {
        day: day_text(day),
        source,
        received: count.received,
        archived: count.archived,
        duplicates: count.duplicates,
        parked: count.parked,
        open: count.open,
        missing: count.missing,
        unaccounted,
        state,
    }
}

#[cfg(test)]
mod tests;
