//! Reports, carried checkpoints, parked items and open batches.

use xinlu_keys::{open, sha256};
use xinlu_model::ParkedId;

use super::Verification;
use super::leaves::Run;
use crate::ArchiveError;
use crate::append::{RAW_LABEL, raw_key};
use crate::intake::{BatchId, unpack_envelopes};
use crate::leaf::Leaf;
use crate::store::parked::ParkedRow;
use crate::store::{intake, parked, status};

/// Rows read at once; batches are large, so few.
const PAGE: u32 = 200;
const BATCH_PAGE: u32 = 4;

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
            match (row, leaf) {
                (None, _) => self.report.problem(&place, "its row is gone"),
                (Some((_, row)), Some(leaf)) if row != *leaf => {
                    self.report.problem(&place, "is not the checkpoint in the log");
                }
                (Some((_, row)), _) if !matches!(Leaf::decode(&row), Ok(Leaf::Checkpoint(_))) => {
                    self.report.problem(&place, "is not a checkpoint leaf");
                }
                _ => {}
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

    /// What waits to be settled must still be readable, or it could never be archived.
    pub(super) async fn open_batches(&mut self) -> Result<(), ArchiveError> {
        let mut after = BatchId::new(i64::MIN);
        loop {
            let page = intake::page(&self.input.db, after, BATCH_PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            for (id, packed) in page {
                self.report.waiting += 1;
                if let Err(error) = unpack_envelopes(&packed) {
                    self.report.problem(&format!("intake batch {id}"), &error.to_string());
                }
            }
        }
    }

    /// What is parked must still be readable, too.
    pub(super) async fn parked_items(&mut self) -> Result<(), ArchiveError> {
        let mut after = ParkedId::new(i64::MIN);
        loop {
            let page = parked::list(&self.input.db, None, None, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            for row in page {
                self.report.waiting += 1;
                let place = format!("parked item {}", row.id);
                match self.parked_problem(&row).await {
                    Ok(None) => {}
                    Ok(Some(what)) => self.report.problem(&place, &what),
                    Err(error) => self.note_failure(&place, Err(error))?,
                }
            }
        }
    }

    async fn parked_problem(&self, row: &ParkedRow) -> Result<Option<String>, ArchiveError> {
        if let Some(packed) = &row.envelope {
            match unpack_envelopes(packed) {
                Ok(envelopes) => {
                    let same = envelopes.first().is_some_and(|one| {
                        one.seq == row.seq && one.msgid == row.msgid && one.key_version == row.key_version
                    });
                    if !same {
                        return Ok(Some("its columns are not those of its envelope".to_owned()));
                    }
                }
                Err(error) => return Ok(Some(error.to_string())),
            }
        }
        let (Some(raw), Some(subject), Some(keys)) = (&row.raw, row.subject, &self.input.keys) else {
            return Ok(None);
        };
        let Some(subject) = keys.subject(subject).await? else {
            return Ok(Some("its subject's key is gone".to_owned()));
        };
        let Some(source) = self.source_keys.get(&row.source) else {
            return Ok(Some("source_id names no source".to_owned()));
        };
        let opened = open(&raw_key(source, &subject, row.seq, &row.msgid), RAW_LABEL, raw);
        Ok(opened.err().map(|error| error.to_string()))
    }
}
