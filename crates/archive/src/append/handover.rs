//! The records of the last batches, kept opened for the readers that follow closely behind (the index).
//!
//! Only a short cut: whoever does not find a record here reads it from the database. Bounded in records and bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use xinlu_model::RecordId;

use crate::model::RecordView;

/// Eight batches of the largest size: the index is rarely further behind while it keeps up.
const RECORDS_MAX: usize = 8_000;
/// Raw bytes kept at most; opened records take some four times as much.
const BYTES_MAX: usize = 16 * 1024 * 1024;

#[derive(Default)]
pub(crate) struct Handover(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    records: VecDeque<Arc<RecordView>>,
    bytes: usize,
}

impl Handover {
    /// Takes the records of a committed batch, in order.
    pub(crate) fn put(&self, records: Vec<RecordView>) {
        let mut kept = self.0.lock();
        let follows =
            |kept: &Kept, next: &RecordView| kept.records.back().is_none_or(|last| last.id.plus(1) == next.id);
        if records.first().is_some_and(|first| !follows(&kept, first)) {
            *kept = Kept::default();
        }
        for record in records {
            kept.bytes += record.raw.len();
            kept.records.push_back(Arc::new(record));
        }
        while kept.records.len() > RECORDS_MAX || kept.bytes > BYTES_MAX {
            let Some(oldest) = kept.records.pop_front() else { break };
            kept.bytes -= oldest.raw.len();
        }
    }

    /// All of `count` records from `first` on, or `None` when not all are here.
    pub(crate) fn get(&self, first: RecordId, count: usize) -> Option<Vec<Arc<RecordView>>> {
        let kept = self.0.lock();
        let front = kept.records.front()?.id.number();
        let start = usize::try_from(first.number() - front).ok()?;
        if start + count > kept.records.len() {
            return None;
        }
        Some(kept.records.range(start..start + count).cloned().collect())
    }
}
