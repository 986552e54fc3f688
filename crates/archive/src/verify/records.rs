//! All records in the order of their leaves, in chunks; then rows that no leaf stands for.

use std::collections::HashMap;

use xinlu_model::RecordId;

use super::declared::check_declared;
use super::implied::Implied;
use super::leaves::{NAMED_MAX, Run};
use super::record::{Context, check_record, read_record};
use super::{Verification, VerifyProblem};
use crate::ArchiveError;
use crate::store::records::{self, StoredRecord};

/// Rows read at once when looking for those without a leaf.
const PAGE: u32 = 1_000;

/// What the check of a chunk came to.
#[derive(Default)]
pub(crate) struct Checked {
    pub(crate) records: u64,
    pub(crate) problems: Vec<VerifyProblem>,
    pub(crate) implied: Implied,
}

impl Verification {
    pub(super) async fn record_leaves(&mut self, run: Run) -> Result<(), ArchiveError> {
        let first = RecordId::new(run.first_reference as i64);
        let end = RecordId::new(first.number().saturating_add(run.leaves.len() as i64));
        self.record_runs.push((first.number(), end.number()));
        let rows = self.rows(first, end).await?;
        let context = self.context(first, end, &rows).await?;
        self.make_room().await?;
        self.running.spawn_blocking(move || check(first, &run, rows, &context));
        Ok(())
    }

    /// The rows of a range. If they cannot be read together, each is tried alone, so that the one that cannot be is named.
    async fn rows(&mut self, first: RecordId, end: RecordId) -> Result<Vec<StoredRecord>, ArchiveError> {
        let count = (end.number() - first.number()) as u32;
        if let Ok(rows) = records::range(&self.input.db, first, count).await {
            return Ok(rows.into_iter().filter(|row| row.id < end).collect());
        }
        let mut rows = Vec::new();
        for number in first.number()..end.number() {
            match records::by_id(&self.input.db, RecordId::new(number)).await {
                Ok(row) => rows.extend(row),
                Err(error) => self.report.problem(&format!("record {number}"), &error.to_string()),
            }
        }
        Ok(rows)
    }

    /// Names every row between the runs of records that have leaves.
    pub(super) async fn rows_without_leaf(&mut self) -> Result<(), ArchiveError> {
        let mut runs = std::mem::take(&mut self.record_runs);
        runs.sort_unstable();
        let mut next = i64::MIN;
        let mut found = 0;
        for (first, end) in runs {
            if first < next {
                self.report.problem("ledger_placements", &format!("record {first} has two leaves"));
            } else {
                found += self.name_rows(next, first, found).await?;
            }
            next = next.max(end);
        }
        found += self.name_rows(next, i64::MAX, found).await?;
        if found > NAMED_MAX {
            let what = format!("and {} more records that no leaf stands for", found - NAMED_MAX);
            self.report.problem("archive_records", &what);
        }
        Ok(())
    }

    /// Names the rows of a range while fewer than `NAMED_MAX` are named, `before` of them earlier; answers how many
    /// rows there are. They count in other tables all the same.
    async fn name_rows(&mut self, from: i64, to: i64, before: usize) -> Result<usize, ArchiveError> {
        let mut next = from;
        let mut found = 0;
        while next < to {
            let rows = records::range(&self.input.db, RecordId::new(next), PAGE).await?;
            let Some(last) = rows.last() else { break };
            next = last.id.number().saturating_add(1);
            let context = self.bare_context();
            for row in rows.iter().filter(|row| row.id.number() < to) {
                if before + found < NAMED_MAX {
                    self.report.problem(&format!("record {}", row.id), "no leaf stands for it");
                }
                self.implied.note(row, &read_record(row), &context);
                self.implied.unsure.insert(row.conversation);
                found += 1;
            }
        }
        Ok(found)
    }
}

fn check(first: RecordId, run: &Run, rows: Vec<StoredRecord>, context: &Context) -> Checked {
    let mut checked = Checked::default();
    let mut rows: HashMap<RecordId, StoredRecord> = rows.into_iter().map(|row| (row.id, row)).collect();
    for (leaf, offset) in run.leaves.iter().zip(0..) {
        let id = first.plus(offset);
        let place = format!("record {id}");
        let Some(row) = rows.remove(&id) else {
            let what = format!("its row is gone ({} + {offset} stands for it)", run.place);
            checked.problems.push(VerifyProblem { place, what });
            continue;
        };
        let findings = check_record(&row, leaf.as_deref(), context);
        checked.records += 1;
        checked.implied.note(&row, &findings, context);
        check_declared(&row, &findings, context, &mut checked.problems);
        let problems = findings.wrong.into_iter().map(|what| VerifyProblem { place: place.clone(), what });
        checked.problems.extend(problems);
    }
    checked
}
