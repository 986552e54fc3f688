//! Counting facets while the matching documents go by.
//!
//! It must never sample: every count is over all matching documents.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use tantivy::columnar::ColumnValues;
use tantivy::{DocId, SegmentReader};

use super::schema::{CONVERSATION, KIND, SENDER};
use crate::request::month_of;
use crate::{FacetRequest, Facets};

/// Counts so far, over all segments.
pub struct FacetCounts {
    request: FacetRequest,
    kinds: FxHashMap<u64, u64>,
    conversations: FxHashMap<u64, u64>,
    senders: FxHashMap<u64, u64>,
    months: FxHashMap<i32, u64>,
}

/// The columns of one segment that the wanted facets need.
pub struct FacetColumns {
    kind: Option<Arc<dyn ColumnValues<u64>>>,
    conversation: Option<Arc<dyn ColumnValues<u64>>>,
    sender: Option<Arc<dyn ColumnValues<u64>>>,
}

impl FacetCounts {
    pub fn new(request: FacetRequest) -> Self {
        FacetCounts {
            request,
            kinds: FxHashMap::default(),
            conversations: FxHashMap::default(),
            senders: FxHashMap::default(),
            months: FxHashMap::default(),
        }
    }

    pub fn columns(&self, reader: &SegmentReader) -> tantivy::Result<FacetColumns> {
        let column = |wanted: bool, name: &str| {
            if !wanted {
                return Ok(None);
            }
            reader.fast_fields().u64(name).map(|column| Some(column.first_or_default_col(0)))
        };
        Ok(FacetColumns {
            kind: column(self.request.kinds, KIND)?,
            conversation: column(self.request.conversations_max > 0, CONVERSATION)?,
            sender: column(self.request.senders_max > 0, SENDER)?,
        })
    }

    pub fn count(&mut self, columns: &FacetColumns, doc: DocId, sent_at_micros: i64) {
        add(&mut self.kinds, columns.kind.as_ref(), doc);
        add(&mut self.conversations, columns.conversation.as_ref(), doc);
        add(&mut self.senders, columns.sender.as_ref(), doc);
        if self.request.months {
            *self.months.entry(month_of(sent_at_micros, self.request.utc_offset_minutes)).or_default() += 1;
        }
    }

    pub fn finish(self) -> Facets {
        let mut kinds: Vec<(u16, u64)> = self.kinds.into_iter().map(|(kind, count)| (kind as u16, count)).collect();
        kinds.sort_unstable();
        let mut months: Vec<(i32, u64)> = self.months.into_iter().collect();
        months.sort_unstable();
        Facets {
            kinds,
            conversations: most_frequent(self.conversations.into_iter().collect(), self.request.conversations_max),
            senders: most_frequent(self.senders.into_iter().collect(), self.request.senders_max),
            months,
        }
    }
}

fn add(counts: &mut FxHashMap<u64, u64>, column: Option<&Arc<dyn ColumnValues<u64>>>, doc: DocId) {
    if let Some(column) = column {
        *counts.entry(column.get_val(doc)).or_default() += 1;
    }
}

/// The most frequent values; equal counts by smaller value.
pub fn most_frequent(mut counts: Vec<(u64, u64)>, max: usize) -> Vec<(u64, u64)> {
    counts.sort_unstable_by_key(|(value, count)| (std::cmp::Reverse(*count), *value));
    counts.truncate(max);
    counts
}
