//! All records in the order of their leaves, in chunks; then rows that no leaf stands for.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use xinlu_model::{PartyId, RecordId};

use super::leaves::{NAMED_MAX, Run};
use super::record::{Context, check_record};
use super::{Verification, VerifyProblem};
use crate::ArchiveError;
use crate::append::{STEPS_MAX, identity};
use crate::header::decode_header;
use crate::store::conversations;
use crate::store::records::{self, StoredRecord};

/// Rows read at once when looking for those without a leaf.
const PAGE: u32 = 1_000;

/// What the check of a chunk came to.
#[derive(Default)]
pub(crate) struct Checked {
    pub(crate) records: u64,
    pub(crate) problems: Vec<VerifyProblem>,
}

impl Verification {
    pub(super) async fn record_leaves(&mut self, run: Run) -> Result<(), ArchiveError> {
        let first = RecordId::new(run.first_reference as i64);
        let end = first.plus(run.leaves.len() as i64);
        self.record_runs.push((first.number(), end.number()));
        let rows = self.rows(first, end).await?;
        let context = self.context(&rows).await?;
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

    /// Everything the check of these rows needs.
    pub(super) async fn context(&mut self, rows: &[StoredRecord]) -> Result<Context, ArchiveError> {
        let mut conversations = HashMap::new();
        for row in rows {
            if conversations.contains_key(&row.conversation) {
                continue;
            }
            let known = match self.conversations.get(&row.conversation) {
                Some(known) => known.clone(),
                None => {
                    let found = conversations::find(&self.input.db, row.conversation).await?.map(Arc::new);
                    self.conversations.insert(row.conversation, found.clone());
                    found
                }
            };
            conversations.insert(row.conversation, known);
        }
        let named = conversations.values().flatten().flat_map(|conversation| {
            let numbers = conversation.key.split_once(':').map(|(_, numbers)| numbers).unwrap_or_default();
            numbers.split(':').filter_map(|number| number.parse().ok()).collect::<Vec<i64>>()
        });
        let mut parties: Vec<PartyId> =
            rows.iter().map(|row| row.sender).chain(named).filter_map(PartyId::from_packed).collect();
        parties.sort_unstable();
        parties.dedup();
        let names = self.input.directory.names(&parties).await?;
        let stepped = self.stepped(rows).await?;
        let subjects = self.subjects(rows).await?;
        Ok(Context {
            codec: Arc::clone(&self.codec),
            source_keys: Arc::clone(&self.source_keys),
            conversations,
            names,
            stepped,
            subjects,
        })
    }

    /// Records that stepped over taken numbers, as `append` does: all before theirs are taken by other messages.
    async fn stepped(&self, rows: &[StoredRecord]) -> Result<HashSet<RecordId>, ArchiveError> {
        let mut stepped = HashSet::new();
        for row in rows {
            let Ok((key, header)) = decode_header(&row.header, row.source) else { continue };
            let (first, steps) =
                (identity(&key, &header.msgid), row.identity.wrapping_sub(identity(&key, &header.msgid)));
            if !(1..STEPS_MAX).contains(&steps) {
                continue;
            }
            let mut taken = true;
            for step in 0..steps {
                let other = records::by_identity(&self.input.db, first.wrapping_add(step)).await?;
                taken &= other.is_some_and(|other| {
                    decode_header(&other.header, other.source).is_ok_and(|(_, other)| other.msgid != header.msgid)
                });
            }
            if taken {
                stepped.insert(row.id);
            }
        }
        Ok(stepped)
    }

    async fn subjects(
        &mut self,
        rows: &[StoredRecord],
    ) -> Result<Option<HashMap<i64, Option<Arc<xinlu_keys::Subject>>>>, ArchiveError> {
        let Some(keys) = self.input.keys.clone() else { return Ok(None) };
        let mut subjects = HashMap::new();
        for row in rows {
            if subjects.contains_key(&row.subject) {
                continue;
            }
            match keys.subject(row.subject).await {
                // A number that was never given is told apart from one whose key is gone.
                Ok(None) if !keys.was_given(row.subject).await? => {}
                Ok(subject) => _ = subjects.insert(row.subject, subject),
                Err(error) => self.report.problem(&format!("key of subject {}", row.subject), &error.to_string()),
            }
        }
        Ok(Some(subjects))
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
    /// rows there are.
    async fn name_rows(&mut self, from: i64, to: i64, before: usize) -> Result<usize, ArchiveError> {
        let mut next = from;
        let mut found = 0;
        while next < to {
            let rows = records::range(&self.input.db, RecordId::new(next), PAGE).await?;
            let Some(last) = rows.last() else { break };
            next = last.id.number().saturating_add(1);
            for row in rows.iter().filter(|row| row.id.number() < to) {
                if before + found < NAMED_MAX {
                    self.report.problem(&format!("record {}", row.id), "no leaf stands for it");
                }
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
        let problems = findings.wrong.into_iter().map(|what| VerifyProblem { place: place.clone(), what });
        checked.problems.extend(problems);
    }
    checked
}
