//! Walks the log: every leaf in order, and whose it is by the placements; then what is pending.
//!
//! A leaf that nothing claims, and a claim without a leaf, are named.

use xinlu_ledger::{Leaves, LogName, LogReport, Placement, RefKind, pending, placements};

use super::Verification;
use crate::ArchiveError;

/// Leaves handled at once.
const CHUNK: u64 = 1_000;
/// Leaves that a placement may reach beyond what is known of the log: more than any round places at once.
const BEYOND_MAX: u64 = 70_000;
/// Problems named of one placement: one changed number must not fill the memory or the report.
pub(super) const NAMED_MAX: usize = 8_000;

/// A run of leaves of one kind, whose references follow one another.
pub(crate) struct Run {
    pub(crate) kind: RefKind,
    pub(crate) first_reference: u64,
    /// `None` where the log's file could not be read, which is named already.
    pub(crate) leaves: Vec<Option<Vec<u8>>>,
    /// Where the first stands, for messages.
    pub(crate) place: String,
}

/// Reads leaves in order, with one held that was read too far.
struct Ordered {
    leaves: Leaves,
    held: Option<(u64, Vec<u8>)>,
}

impl Ordered {
    /// The leaves from `from` to before `to`; `None` for what cannot be read.
    fn take(mut self, from: u64, to: u64) -> (Self, Vec<Option<Vec<u8>>>) {
        let mut found = vec![None; (to - from) as usize];
        while let Some((index, entry)) = self.held.take().or_else(|| self.leaves.by_ref().find_map(Result::ok)) {
            if index >= to {
                self.held = Some((index, entry));
                break;
            }
            let place = index.checked_sub(from).and_then(|place| found.get_mut(place as usize));
            if let Some(place) = place {
                *place = Some(entry);
            }
            if index + 1 == to {
                break;
            }
        }
        (self, found)
    }
}

impl Verification {
    pub(super) async fn walk_log(&mut self, log: &LogReport) -> Result<(), ArchiveError> {
        let mut ordered = Ordered { leaves: log.leaves(), held: None };
        let (mut expected, mut next) = (0_u64, 0_u64);
        let known = log.tree_size.max(self.head_size);
        let end_max = known.saturating_add(BEYOND_MAX);
        loop {
            let page = placements(&self.input.db, LogName::Archive, next).await?;
            let Some(last) = page.last() else { break };
            // By the first leaf alone, so that a changed count hides no placement after it.
            next = last.first_index.saturating_add(1);
            for placement in page {
                let (from, to) = (expected, placement.first_index);
                if to > from {
                    self.report.problem("ledger_placements", &format!("nothing is known of leaves {from} to {to}"));
                } else if to < from {
                    self.report.problem("ledger_placements", &format!("leaves {to} to {from} are placed twice"));
                }
                ordered = self.walk_placement(ordered, placement, end_max).await?;
                expected = placement.first_index.saturating_add(placement.count);
            }
        }
        if expected < log.tree_size {
            let what = format!("nothing is known of leaves {expected} to {}", log.tree_size);
            self.report.problem("ledger_placements", &what);
        } else if expected > known {
            let what = format!("leaves {known} to {expected} are placed, and the log does not have them");
            self.report.problem("ledger_placements", &what);
        }
        Ok(())
    }

    async fn walk_placement(
        &mut self,
        ordered: Ordered,
        placement: Placement,
        end_max: u64,
    ) -> Result<Ordered, ArchiveError> {
        let mut ordered = ordered;
        if placement.first_index.saturating_add(placement.count) > end_max {
            let what = format!("the placement at leaf {} reaches far beyond the log", placement.first_index);
            self.report.problem("ledger_placements", &what);
            return Ok(ordered);
        }
        let named_max = self.report.problems.len() + NAMED_MAX;
        let mut more = 0;
        let mut done = 0;
        while done < placement.count {
            let count = CHUNK.min(placement.count - done);
            let from = placement.first_index + done;
            let (back, leaves) = tokio::task::spawn_blocking(move || ordered.take(from, from + count))
                .await
                .map_err(|_| ArchiveError::Stopping)?;
            ordered = back;
            let first_reference = placement.first_reference.saturating_add(done);
            let place = format!("leaf {from}");
            let ran = self.run(Run { kind: placement.kind, first_reference, leaves, place: place.clone() }).await;
            self.note_failure(&place, ran)?;
            more += self.drop_problems(named_max);
            done += count;
        }
        if more > 0 {
            self.wait_for_all().await?;
            more += self.drop_problems(named_max);
            let what = format!("and {more} more problems of the placement at leaf {}", placement.first_index);
            self.report.problem("ledger_placements", &what);
        }
        Ok(ordered)
    }

    /// Drops the problems after the first `named_max` and answers how many those were.
    fn drop_problems(&mut self, named_max: usize) -> usize {
        let dropped = self.report.problems.len().saturating_sub(named_max);
        self.report.problems.truncate(named_max);
        dropped
    }

    pub(super) async fn walk_pending(&mut self) -> Result<(), ArchiveError> {
        let mut after = 0;
        loop {
            let page = match pending(&self.input.db, LogName::Archive, after).await {
                Ok(page) => page,
                Err(error) => {
                    self.report.problem("ledger_pending", &error.to_string());
                    return Ok(());
                }
            };
            let Some(last) = page.last() else { return Ok(()) };
            after = last.number;
            for batch in page {
                self.report.pending += batch.leaves.len() as u64;
                let place = format!("pending batch {}", batch.number);
                let leaves = batch.leaves.into_iter().map(Some).collect();
                let run =
                    Run { kind: batch.kind, first_reference: batch.first_reference, leaves, place: place.clone() };
                let ran = self.run(run).await;
                self.note_failure(&place, ran)?;
            }
        }
    }

    async fn run(&mut self, run: Run) -> Result<(), ArchiveError> {
        match run.kind {
            RefKind::RECORD => self.record_leaves(run).await,
            RefKind::MEDIA => self.media_leaves(run).await,
            RefKind::REPORT => self.report_leaves(run).await,
            RefKind::CHECKPOINT => self.checkpoint_leaves(run).await,
            RefKind(kind) => {
                self.report.problem(&run.place, &format!("is of kind {kind}, which this log does not have"));
                Ok(())
            }
        }
    }
}
