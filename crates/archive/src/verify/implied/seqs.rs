//! Sequence numbers of one source that are known, as runs.
//!
//! Pure. They come nearly in order and without holes, so there are few runs however many numbers there are.

use std::collections::BTreeMap;

use xinlu_model::Time;

/// Runs kept of one source, some 50 bytes each; a source with more holes than this is not checked for them.
const RUNS_MAX: usize = 1 << 20;
/// Holes told one by one.
const HOLES_TOLD: usize = 5;

/// A set of numbers.
#[derive(Default)]
pub(crate) struct SeqSet {
    /// First and last number of each run; no two touch.
    runs: BTreeMap<u64, u64>,
    /// The number that came first: before it nothing is known to be missing.
    first: Option<(Time, u64)>,
    /// Numbers that damaged records may have.
    pub(crate) doubtful: Vec<u64>,
    /// How many more there are of which nothing else is known.
    pub(crate) unknown: u64,
    /// Whether there were too many runs to keep.
    pub(crate) is_full: bool,
}

impl SeqSet {
    /// Adds a number and when it was first held.
    pub(crate) fn insert_first(&mut self, observed_at: Time, seq: u64) {
        self.first = Some(self.first.map_or((observed_at, seq), |first| first.min((observed_at, seq))));
        self.insert(seq, seq);
    }

    /// Adds the numbers `first..=last`.
    pub(crate) fn insert(&mut self, first: u64, last: u64) {
        let (mut first, mut last) = (first, last);
        if let Some((start, end)) = self.runs.range(..=first).next_back().map(|(start, end)| (*start, *end))
            && end >= first.saturating_sub(1)
        {
            if end >= last {
                return;
            }
            first = start;
        }
        while let Some((start, end)) = self.runs.range(first..).next().map(|(start, end)| (*start, *end)) {
            if start > last.saturating_add(1) {
                break;
            }
            last = last.max(end);
            if start == first {
                break;
            }
            self.runs.remove(&start);
        }
        if self.runs.len() >= RUNS_MAX && !self.runs.contains_key(&first) {
            self.is_full = true;
            return;
        }
        self.runs.insert(first, last);
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (first, last) in other.runs {
            self.insert(first, last);
        }
        self.first = self.first.into_iter().chain(other.first).min();
        self.doubtful.extend(other.doubtful);
        self.unknown = self.unknown.saturating_add(other.unknown);
        self.is_full |= other.is_full;
    }

    /// Whether any of `first..=last` is in it.
    pub(crate) fn touches(&self, first: u64, last: u64) -> bool {
        self.runs.range(..=last).next_back().is_some_and(|(_, end)| *end >= first)
    }

    /// The highest number.
    pub(crate) fn highest(&self) -> Option<u64> {
        self.runs.values().next_back().copied()
    }

    /// The number that came first.
    pub(crate) fn first(&self) -> Option<u64> {
        self.first.map(|(_, seq)| seq)
    }

    /// How many of `first..=last` are not in it, and the first few runs of them.
    pub(crate) fn holes(&self, first: u64, last: u64) -> (u64, Vec<(u64, u64)>) {
        let (mut count, mut told) = (0_u64, Vec::new());
        let mut hole = |from: u64, to: u64| {
            count = count.saturating_add(to - from).saturating_add(1);
            if told.len() < HOLES_TOLD {
                told.push((from, to));
            }
        };
        let before = self.runs.range(..=first).next_back().map(|(_, end)| *end).filter(|end| *end >= first);
        let mut next = before.map_or(Some(first), |end| end.checked_add(1));
        for (start, end) in self.runs.range(first.saturating_add(1)..) {
            let Some(from) = next.filter(|from| *from <= last && *start <= last) else { break };
            if *start > from {
                hole(from, *start - 1);
            }
            next = end.checked_add(1);
        }
        if let Some(from) = next.filter(|from| *from <= last) {
            hole(from, last);
        }
        (count, told)
    }
}
