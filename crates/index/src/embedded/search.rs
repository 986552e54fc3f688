//! Running a search: one pass over the matching documents counts them, keeps the best keys and counts facets.
//!
//! Segments come newest first, so that old ones, when nothing but the count is wanted of them any more, are only counted.
//! It must never answer from a part of the index without saying so: an error in one segment is an error of the search.

use std::sync::Arc;

use tantivy::query::{EnableScoring, Scorer, Weight};
use tantivy::{COLLECT_BLOCK_BUFFER_LEN, DocId, DocSet, Searcher, SegmentReader, TERMINATED};

use super::columns::{ColumnCache, Columns};
use super::compile::{Compiled, compile};
use super::facets::{FacetColumns, FacetCounts};
use super::schema::Fields;
use super::top::Top;
use crate::{Cursor, Hit, IndexError, SearchAnswer, SearchRequest, Sort};

/// What hits are ranked by, greatest first: score (0 unless sorted by relevance), then time, then record. Going up in time both are
/// negated bit by bit.
type Key = (u32, i64, u64);

pub fn search(
    searcher: &Searcher,
    fields: &Fields,
    cache: &ColumnCache,
    request: &SearchRequest,
) -> Result<SearchAnswer, IndexError> {
    let scored = request.sort == Sort::Relevance;
    let compiled = compile(searcher, fields, request, scored)?;
    let scoring = if scored {
        EnableScoring::enabled_from_searcher(searcher)
    } else {
        EnableScoring::disabled_from_searcher(searcher)
    };
    let weight = compiled.query.weight(scoring)?;
    let mut segments = Vec::with_capacity(searcher.segment_readers().len());
    for reader in searcher.segment_readers() {
        segments.push((reader, cache.of(reader)?));
    }
    match request.sort {
        Sort::TimeAscending => segments.sort_by_key(|(_, columns)| columns.oldest()),
        _ => segments.sort_by_key(|(_, columns)| std::cmp::Reverse(columns.newest())),
    }
    let mut pass = Pass {
        compiled: &compiled,
        sort: request.sort,
        after: request.after.map(|cursor| key_of_cursor(request.sort, cursor)),
        // One more than asked for says whether there is a next page.
        top: Top::new(if request.limit == 0 { 0 } else { request.limit + 1 }),
        facets: request.facets.wants_any().then(|| FacetCounts::new(request.facets)),
        total: 0,
    };
    for (reader, columns) in segments {
        pass.segment(weight.as_ref(), reader, &columns)?;
    }
    Ok(pass.finish(request.limit))
}

struct Pass<'a> {
    compiled: &'a Compiled,
    sort: Sort,
    after: Option<Key>,
    top: Top<Key>,
    facets: Option<FacetCounts>,
    total: u64,
}

impl Pass<'_> {
    fn segment(
        &mut self,
        weight: &dyn Weight,
        reader: &SegmentReader,
        columns: &Arc<Columns>,
    ) -> Result<(), IndexError> {
        let bounded = columns.oldest() < self.compiled.from || columns.newest() >= self.compiled.until;
        let stretch =
            if bounded { columns.stretch(self.compiled.from, self.compiled.until) } else { 0..reader.max_doc() };
        if stretch.is_empty() {
            return Ok(());
        }
        self.top.cut();
        if !bounded && self.facets.is_none() && self.cannot_rank(columns) {
            self.total += u64::from(weight.count(reader)?);
            return Ok(());
        }
        let mut scorer = weight.scorer(reader, 1.0)?;
        if scorer.doc() < stretch.start {
            scorer.seek(stretch.start);
        }
        let facet_columns = match &self.facets {
            Some(facets) => Some(facets.columns(reader)?),
            None => None,
        };
        let segment = Segment { reader, columns, facet_columns, bounded, end: stretch.end };
        if self.sort == Sort::Relevance {
            self.scored_documents(scorer.as_mut(), &segment);
        } else {
            self.documents(scorer.as_mut(), &segment);
        }
        Ok(())
    }

    /// No document of the segment can be among the hits any more.
    fn cannot_rank(&self, columns: &Columns) -> bool {
        let best = match self.sort {
            Sort::TimeDescending => (0, columns.newest(), u64::MAX),
            Sort::TimeAscending => (0, !columns.oldest(), u64::MAX),
            Sort::Relevance => return false,
        };
        self.top.threshold().is_some_and(|threshold| best <= threshold)
    }

    fn documents(&mut self, scorer: &mut dyn Scorer, segment: &Segment) {
        let mut buffer = [0; COLLECT_BLOCK_BUFFER_LEN];
        let mut times = [0; COLLECT_BLOCK_BUFFER_LEN];
        loop {
            let count = scorer.fill_buffer(&mut buffer);
            let filled = &buffer[..count];
            let inside = &filled[..filled.partition_point(|doc| *doc < segment.end)];
            let times = &mut times[..inside.len()];
            segment.columns.sent_at.get_vals(inside, times);
            for (doc, sent_at) in inside.iter().zip(times) {
                self.document(segment, *doc, *sent_at, 0);
            }
            if inside.len() < COLLECT_BLOCK_BUFFER_LEN {
                return;
            }
        }
    }

    fn scored_documents(&mut self, scorer: &mut dyn Scorer, segment: &Segment) {
        let mut doc = scorer.doc();
        while doc != TERMINATED && doc < segment.end {
            // Scores are never negative, so their bits are ordered as they are.
            let score = scorer.score().max(0.0).to_bits();
            self.document(segment, doc, segment.columns.sent_at.get_val(doc), score);
            doc = scorer.advance();
        }
    }

    fn document(&mut self, segment: &Segment, doc: DocId, sent_at: i64, score: u32) {
        let outside = segment.bounded && !(self.compiled.from..self.compiled.until).contains(&sent_at);
        if outside || segment.reader.is_deleted(doc) {
            return;
        }
        self.total += 1;
        if let (Some(facets), Some(columns)) = (&mut self.facets, &segment.facet_columns) {
            facets.count(columns, doc, sent_at);
        }
        let ascending = self.sort == Sort::TimeAscending;
        let time = if ascending { !sent_at } else { sent_at };
        if self.top.threshold().is_some_and(|threshold| (score, time) < (threshold.0, threshold.1)) {
            return;
        }
        let record = segment.columns.record.get_val(doc);
        let key = (score, time, if ascending { !record } else { record });
        if self.after.is_none_or(|after| key < after) {
            self.top.push(key);
        }
    }

    fn finish(self, limit: usize) -> SearchAnswer {
        let sort = self.sort;
        let mut keys = self.top.into_sorted();
        let more = keys.len() > limit;
        keys.truncate(limit);
        let next = keys.last().filter(|_| more).map(|key| cursor_of_key(sort, *key));
        let hits = keys
            .into_iter()
            .map(|key| cursor_of_key(sort, key))
            .map(|cursor| Hit { record: cursor.record, sent_at_micros: cursor.sent_at_micros });
        SearchAnswer {
            hits: hits.collect(),
            total: self.total,
            facets: self.facets.map(FacetCounts::finish).unwrap_or_default(),
            next,
        }
    }
}

struct Segment<'a> {
    reader: &'a SegmentReader,
    columns: &'a Columns,
    facet_columns: Option<FacetColumns>,
    /// Some of its documents lie outside the time bounds.
    bounded: bool,
    /// No document from here on lies within them.
    end: DocId,
}

fn key_of_cursor(sort: Sort, cursor: Cursor) -> Key {
    match sort {
        Sort::TimeAscending => (0, !cursor.sent_at_micros, !cursor.record),
        Sort::TimeDescending => (0, cursor.sent_at_micros, cursor.record),
        Sort::Relevance => (cursor.score_bits, cursor.sent_at_micros, cursor.record),
    }
}

fn cursor_of_key(sort: Sort, (score_bits, time, record): Key) -> Cursor {
    match sort {
        Sort::TimeAscending => Cursor { sent_at_micros: !time, record: !record, score_bits },
        _ => Cursor { sent_at_micros: time, record, score_bits },
    }
}
