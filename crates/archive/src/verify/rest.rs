//! Reports and carried checkpoints.

use xinlu_keys::sha256;

use super::intake::day_name;
use super::leaves::Run;
use super::{CarriedCheckpoint, Verification};
use crate::ArchiveError;
use crate::leaf::Leaf;
use crate::store::status::{self, ReportRow};

/// Rows read at once.
const PAGE: u32 = 200;

impl Verification {
    pub(super) async fn report_leaves(&mut self, run: Run) -> Result<(), ArchiveError> {
        for (leaf, offset) in run.leaves.iter().zip(0..) {
            let id = run.first_reference as i64 + offset;
            let place = format!("report {id}");
            self.report_leaves.insert(id);
            let row = status::reports(&self.input.db, id - 1, 1).await?.pop().filter(|row| row.id == id);
            let Some(row) = row else {
                self.report.problem(&place, "its row is gone");
                continue;
            };
            let Some(leaf) = leaf else { continue };
            let intact = matches!(Leaf::decode(leaf), Ok(Leaf::Report(leaf))
                if leaf.report_sha256 == sha256(&[&row.report]) && leaf.made_at == row.made_at);
            if !intact {
                self.report.problem(&place, "is not the report in the log");
            } else if !says_its_columns(&row) {
                self.report.problem(&place, "its day or red is not what the report says");
            }
        }
        Ok(())
    }

    pub(super) async fn checkpoint_leaves(&mut self, run: Run) -> Result<(), ArchiveError> {
        for (leaf, offset) in run.leaves.iter().zip(0..) {
            let id = run.first_reference as i64 + offset;
            let place = format!("carried checkpoint {id}");
            self.checkpoint_leaves.insert(id);
            let row = status::checkpoints(&self.input.db, id - 1, 1).await?.pop().filter(|(found, _)| *found == id);
            let row = row.map(|(_, row)| row);
            match (&row, leaf) {
                (None, _) => self.report.problem(&place, "its row is gone"),
                (Some(row), Some(leaf)) if row != leaf => {
                    self.report.problem(&place, "is not the checkpoint in the log");
                }
                _ => {}
            }
            match leaf.as_ref().or(row.as_ref()).map(|leaf| Leaf::decode(leaf)) {
                None => {}
                Some(Ok(Leaf::Checkpoint(checkpoint))) => {
                    let place = format!("{place} ({} + {offset} of the archive log)", run.place);
                    self.report.carried.push(CarriedCheckpoint { place, checkpoint });
                }
                Some(_) => self.report.problem(&place, "is not a checkpoint leaf"),
            }
        }
        Ok(())
    }

    /// Rows of reports that no leaf stands for.
    pub(super) async fn reports(&mut self) -> Result<(), ArchiveError> {
        let mut after = i64::MIN;
        loop {
            let page = status::reports(&self.input.db, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            for row in page.iter().filter(|row| !self.report_leaves.contains(&row.id)) {
                self.report.problem(&format!("report {}", row.id), "no leaf stands for it");
            }
        }
    }

    /// Rows of carried checkpoints that no leaf stands for.
    pub(super) async fn checkpoints(&mut self) -> Result<(), ArchiveError> {
        let mut after = i64::MIN;
        loop {
            let page = status::checkpoints(&self.input.db, after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            for (id, _) in page.iter().filter(|(id, _)| !self.checkpoint_leaves.contains(id)) {
                self.report.problem(&format!("carried checkpoint {id}"), "no leaf stands for it");
            }
        }
    }
}

/// Whether the columns beside a report are what it says.
fn says_its_columns(row: &ReportRow) -> bool {
    let Ok(report) = serde_json::from_slice::<serde_json::Value>(&row.report) else { return false };
    report.get("day").and_then(serde_json::Value::as_str) == Some(day_name(row.day).as_str())
        && report.get("red").and_then(serde_json::Value::as_bool) == Some(row.red)
}
