//! The engine by brute force: every condition is judged on the folded text of every document.
//!
//! It is the definition of what is right, so it must never use bigrams, columns or anything else an index does.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use xinlu_text::fold;

use crate::query::places;
use crate::request::month_of;
use crate::{
    Cursor, Engine, EngineStatus, Expr, Facets, Hit, IndexDoc, IndexError, Rebuild, SearchAnswer, SearchRequest, Sort,
};

#[derive(Debug, Clone)]
struct Known {
    doc: IndexDoc,
    folded: Vec<String>,
}

#[derive(Debug, Clone, Default)]
struct Content {
    committed: BTreeMap<u64, Known>,
    pending: BTreeMap<u64, Known>,
    position: u64,
    generation: u64,
}

/// The reference engine, in memory. Relevance is not defined by it: it sorts such a request by time.
#[derive(Debug, Default)]
pub struct Oracle {
    content: Arc<Mutex<Content>>,
}

impl Engine for Oracle {
    fn add(&self, documents: &[IndexDoc]) -> Result<(), IndexError> {
        self.content.lock().add(documents);
        Ok(())
    }

    fn delete(&self, records: &[u64]) -> Result<(), IndexError> {
        self.content.lock().delete(records);
        Ok(())
    }

    fn commit(&self, after: u64, position: u64) -> Result<(), IndexError> {
        let mut content = self.content.lock();
        let committed = content.position;
        if committed != after {
            content.pending = content.committed.clone();
            return Err(IndexError::Position { expected: after, committed });
        }
        content.commit(position);
        Ok(())
    }

    fn position(&self) -> Result<u64, IndexError> {
        Ok(self.content.lock().position)
    }

    fn search(&self, request: &SearchRequest) -> Result<SearchAnswer, IndexError> {
        request.check()?;
        let expr = folded(&request.expr);
        let content = self.content.lock();
        let matching: Vec<&IndexDoc> = content
            .committed
            .values()
            .filter(|known| in_scope(&known.doc, request) && matches(&expr, known))
            .map(|known| &known.doc)
            .collect();
        Ok(answer(&matching, request))
    }

    fn purge(&self) -> Result<(), IndexError> {
        Ok(())
    }

    fn rebuild(&self) -> Result<Box<dyn Rebuild>, IndexError> {
        let generation = self.content.lock().generation + 1;
        Ok(Box::new(Building {
            target: Arc::clone(&self.content),
            content: Content { generation, ..Content::default() },
        }))
    }

    fn status(&self) -> Result<EngineStatus, IndexError> {
        let content = self.content.lock();
        let documents = content.committed.len() as u64;
        Ok(EngineStatus {
            documents,
            segments: 1,
            bytes: 0,
            position: content.position,
            generation: content.generation,
        })
    }
}

struct Building {
    target: Arc<Mutex<Content>>,
    content: Content,
}

impl Rebuild for Building {
    fn add(&mut self, documents: &[IndexDoc]) -> Result<(), IndexError> {
        self.content.add(documents);
        Ok(())
    }

    fn delete(&mut self, records: &[u64]) -> Result<(), IndexError> {
        self.content.delete(records);
        Ok(())
    }

    fn commit(&mut self, position: u64) -> Result<(), IndexError> {
        self.content.commit(position);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), IndexError> {
        self.content.pending = self.content.committed.clone();
        *self.target.lock() = self.content;
        Ok(())
    }
}

impl Content {
    fn add(&mut self, documents: &[IndexDoc]) {
        for doc in documents {
            let folded = doc.pieces.iter().map(|piece| fold(piece).text).collect();
            self.pending.insert(doc.record, Known { doc: doc.clone(), folded });
        }
    }

    fn delete(&mut self, records: &[u64]) {
        self.pending.retain(|record, _| !records.contains(record));
    }

    fn commit(&mut self, position: u64) {
        self.committed = self.pending.clone();
        self.position = position;
    }
}

fn in_scope(doc: &IndexDoc, request: &SearchRequest) -> bool {
    request.scope.as_ref().is_none_or(|scope| doc.members.iter().any(|member| scope.contains(member)))
}

fn matches(expr: &Expr, known: &Known) -> bool {
    let doc = &known.doc;
    match expr {
        Expr::All => true,
        Expr::Term(term) => contains(known, term, false),
        Expr::Prefix(term) => contains(known, term, true),
        Expr::And(parts) => parts.iter().all(|part| matches(part, known)),
        Expr::Or(parts) => parts.iter().any(|part| matches(part, known)),
        Expr::Not(part) => !matches(part, known),
        Expr::From(ids) => ids.contains(&doc.sender),
        Expr::To(ids) => doc.recipients().iter().any(|party| ids.contains(party)),
        Expr::Party(ids) => ids.contains(&doc.sender) || doc.parties.iter().any(|party| ids.contains(party)),
        Expr::Conversation(ids) => ids.contains(&doc.conversation),
        Expr::Kind(kinds) => kinds.contains(&doc.kind),
        Expr::Source(sources) => sources.contains(&doc.source),
        Expr::SentAfter(bound) => doc.sent_at_micros >= *bound,
        Expr::SentBefore(bound) => doc.sent_at_micros < *bound,
        Expr::HasMedia => doc.has_media,
    }
}

fn contains(known: &Known, term: &str, anchored: bool) -> bool {
    term.is_empty() || known.folded.iter().any(|piece| !places(piece, term, anchored).is_empty())
}

/// The same condition with its terms folded, once for all documents.
fn folded(expr: &Expr) -> Expr {
    let all = |parts: &[Expr]| parts.iter().map(folded).collect();
    match expr {
        Expr::Term(term) => Expr::Term(fold(term).text),
        Expr::Prefix(term) => Expr::Prefix(fold(term).text),
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::Not(part) => Expr::Not(Box::new(folded(part))),
        other => other.clone(),
    }
}

fn answer(matching: &[&IndexDoc], request: &SearchRequest) -> SearchAnswer {
    let mut hits: Vec<Hit> =
        matching.iter().map(|doc| Hit { record: doc.record, sent_at_micros: doc.sent_at_micros }).collect();
    let ascending = request.sort == Sort::TimeAscending;
    hits.sort_by_key(|hit| (hit.sent_at_micros, hit.record));
    if !ascending {
        hits.reverse();
    }
    if let Some(after) = request.after {
        let key = (after.sent_at_micros, after.record);
        hits.retain(|hit| {
            if ascending { (hit.sent_at_micros, hit.record) > key } else { (hit.sent_at_micros, hit.record) < key }
        });
    }
    let more = hits.len() > request.limit;
    hits.truncate(request.limit);
    let next = hits.last().filter(|_| more).map(|hit| Cursor {
        sent_at_micros: hit.sent_at_micros,
        record: hit.record,
        score_bits: 0,
    });
    SearchAnswer { hits, total: matching.len() as u64, facets: facets(matching, request), next }
}

fn facets(matching: &[&IndexDoc], request: &SearchRequest) -> Facets {
    let wanted = request.facets;
    let by_value = |value: &dyn Fn(&IndexDoc) -> i64| {
        let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
        for doc in matching {
            *counts.entry(value(doc)).or_default() += 1;
        }
        counts
    };
    let most_frequent = |value: &dyn Fn(&IndexDoc) -> u64, max: usize| {
        let mut counts: Vec<(u64, u64)> =
            by_value(&|doc| value(doc) as i64).into_iter().map(|(value, count)| (value as u64, count)).collect();
        counts.sort_by_key(|(value, count)| (std::cmp::Reverse(*count), *value));
        counts.truncate(max);
        counts
    };
    let mut facets = Facets {
        conversations: most_frequent(&|doc| doc.conversation, wanted.conversations_max),
        senders: most_frequent(&|doc| doc.sender, wanted.senders_max),
        ..Facets::default()
    };
    if wanted.kinds {
        facets.kinds =
            by_value(&|doc| i64::from(doc.kind)).into_iter().map(|(kind, count)| (kind as u16, count)).collect();
    }
    if wanted.months {
        let month = |doc: &IndexDoc| i64::from(month_of(doc.sent_at_micros, wanted.utc_offset_minutes));
        facets.months = by_value(&month).into_iter().map(|(month, count)| (month as i32, count)).collect();
    }
    facets
}
