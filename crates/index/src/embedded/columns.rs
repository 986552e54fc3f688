//! The two columns every search needs, open for as long as their segment serves, and the time bounds of stretches of documents.
//!
//! Messages come in roughly in the order in which they were sent, so the documents of a time window lie in one stretch of a
//! segment; a coarse table of bounds finds it, and the rest is never looked at. The table is only a shortcut: every document in the
//! stretch is still compared.
//! It must never be older than the segment it belongs to (segments do not change, they are replaced).

use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use tantivy::columnar::ColumnValues;
use tantivy::index::SegmentId;
use tantivy::{DocId, Searcher, SegmentReader};

use super::schema::{RECORD, SENT_AT};

/// Documents under one entry of the table: 5 000 entries for 5 million documents.
const STRETCH_DOCS: u32 = 1024;

pub struct Columns {
    pub sent_at: Arc<dyn ColumnValues<i64>>,
    pub record: Arc<dyn ColumnValues<u64>>,
    /// Least and greatest time of each stretch.
    bounds: Vec<(i64, i64)>,
    documents: DocId,
}

impl Columns {
    fn open(reader: &SegmentReader) -> tantivy::Result<Columns> {
        let fast_fields = reader.fast_fields();
        let sent_at = fast_fields.i64(SENT_AT)?.first_or_default_col(0);
        let record = fast_fields.u64(RECORD)?.first_or_default_col(0);
        let documents = reader.max_doc();
        let mut bounds = Vec::with_capacity(documents.div_ceil(STRETCH_DOCS) as usize);
        let mut times = vec![0; STRETCH_DOCS as usize];
        for start in (0..documents).step_by(STRETCH_DOCS as usize) {
            let count = STRETCH_DOCS.min(documents - start) as usize;
            let times = &mut times[..count];
            sent_at.get_range(u64::from(start), times);
            let least = times.iter().copied().min().unwrap_or(i64::MAX);
            let greatest = times.iter().copied().max().unwrap_or(i64::MIN);
            bounds.push((least, greatest));
        }
        Ok(Columns { sent_at, record, bounds, documents })
    }

    /// Greatest and least time of the segment.
    pub fn newest(&self) -> i64 {
        self.bounds.iter().map(|bound| bound.1).max().unwrap_or(i64::MIN)
    }

    pub fn oldest(&self) -> i64 {
        self.bounds.iter().map(|bound| bound.0).min().unwrap_or(i64::MAX)
    }

    /// A stretch outside of which no document was sent within `[from, until)`.
    pub fn stretch(&self, from: i64, until: i64) -> Range<DocId> {
        let touches = |bound: &(i64, i64)| bound.1 >= from && bound.0 < until;
        let Some(first) = self.bounds.iter().position(touches) else { return 0..0 };
        let last = self.bounds.iter().rposition(touches).unwrap_or(first);
        let end = (last as u32 + 1).saturating_mul(STRETCH_DOCS).min(self.documents);
        first as u32 * STRETCH_DOCS..end
    }
}

#[derive(Default)]
pub struct ColumnCache {
    open: Mutex<FxHashMap<SegmentId, Arc<Columns>>>,
}

impl ColumnCache {
    pub fn of(&self, reader: &SegmentReader) -> tantivy::Result<Arc<Columns>> {
        let id = reader.segment_id();
        if let Some(columns) = self.open.lock().get(&id) {
            return Ok(Arc::clone(columns));
        }
        let columns = Arc::new(Columns::open(reader)?);
        self.open.lock().insert(id, Arc::clone(&columns));
        Ok(columns)
    }

    /// Forgets segments that no longer serve.
    pub fn keep_only(&self, searcher: &Searcher) {
        let serving: FxHashSet<SegmentId> = searcher.segment_readers().iter().map(SegmentReader::segment_id).collect();
        self.open.lock().retain(|id, _| serving.contains(id));
    }
}
