//! From the query tree to a tantivy query.
//!
//! A term of one character is a range of the bigram dictionary (everything that begins with it), of two one bigram, of more a phrase
//! of every second bigram and the last, plus the rarest one when it is not among these (it makes the phrase cheap and is implied by
//! the rest). Time bounds that hold for the whole query are taken out and judged on the column.
//! It must never need a check of the text afterwards.

use std::collections::Bound;

use tantivy::query::{
    AllQuery, BooleanQuery, ConstScoreQuery, EmptyQuery, InvertedIndexRangeQuery, Occur, PhraseQuery, Query,
    RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};
use xinlu_text::{CharClass, PIECE_SEPARATOR, char_class, fold};

use super::excluded::Excluded;
use super::schema::Fields;
use crate::query::TERM_CHARS_MAX;
use crate::{Expr, IndexError, SearchRequest};

/// Up to so many ids a union of posting lists is made; beyond, one bit set.
const UNION_IDS_MAX: usize = 16;

pub struct Compiled {
    pub query: Box<dyn Query>,
    /// Only documents sent within `[from, until)` count.
    pub from: i64,
    pub until: i64,
}

pub fn compile(
    searcher: &Searcher,
    fields: &Fields,
    request: &SearchRequest,
    scored: bool,
) -> Result<Compiled, IndexError> {
    let compiler = Compiler { searcher, fields, scored };
    let mut from = i64::MIN;
    let mut until = i64::MAX;
    let mut parts = Vec::new();
    take_bounds(&request.expr, &mut from, &mut until, &mut parts);
    let mut must = Vec::with_capacity(parts.len() + 1);
    if let Some(scope) = &request.scope {
        must.push((Occur::Must, compiler.ids(fields.member, scope)));
    }
    for part in parts {
        must.push(compiler.clause(part)?);
    }
    Ok(Compiled { query: all_of(must), from, until })
}

/// Splits the top-level conjunction into time bounds and the rest.
fn take_bounds<'a>(expr: &'a Expr, from: &mut i64, until: &mut i64, rest: &mut Vec<&'a Expr>) {
    match expr {
        Expr::And(parts) => parts.iter().for_each(|part| take_bounds(part, from, until, rest)),
        Expr::SentAfter(bound) => *from = (*from).max(*bound),
        Expr::SentBefore(bound) => *until = (*until).min(*bound),
        Expr::All => {}
        other => rest.push(other),
    }
}

fn all_of(mut clauses: Vec<(Occur, Box<dyn Query>)>) -> Box<dyn Query> {
    if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) {
        clauses.push((Occur::Must, Box::new(AllQuery)));
    }
    if clauses.len() > 1 {
        return Box::new(BooleanQuery::new(clauses));
    }
    clauses.pop().map_or_else(|| Box::new(AllQuery) as Box<dyn Query>, |(_, query)| query)
}

struct Compiler<'a> {
    searcher: &'a Searcher,
    fields: &'a Fields,
    scored: bool,
}

impl Compiler<'_> {
    fn clause(&self, expr: &Expr) -> Result<(Occur, Box<dyn Query>), IndexError> {
        if let Expr::Not(part) = expr {
            return Ok((Occur::MustNot, Box::new(Excluded::new(self.query(part)?))));
        }
        Ok((Occur::Must, self.query(expr)?))
    }

    fn query(&self, expr: &Expr) -> Result<Box<dyn Query>, IndexError> {
        let fields = self.fields;
        Ok(match expr {
            Expr::All => self.filter(Box::new(AllQuery)),
            Expr::Term(term) => self.term(term, false)?,
            Expr::Prefix(term) => self.term(term, true)?,
            Expr::And(parts) => all_of(parts.iter().map(|part| self.clause(part)).collect::<Result<_, _>>()?),
            Expr::Or(parts) if parts.is_empty() => Box::new(EmptyQuery),
            Expr::Or(parts) => {
                let parts: Result<Vec<_>, _> =
                    parts.iter().map(|part| Ok((Occur::Should, self.query(part)?))).collect();
                Box::new(BooleanQuery::new(parts.map_err(|error: IndexError| error)?))
            }
            Expr::Not(_) => all_of(vec![self.clause(expr)?]),
            Expr::From(ids) => self.ids(fields.sender, ids),
            Expr::To(ids) => self.ids(fields.recipient, ids),
            Expr::Party(ids) => {
                let sides = [fields.sender, fields.recipient].map(|field| (Occur::Should, self.ids(field, ids)));
                Box::new(BooleanQuery::new(sides.into()))
            }
            Expr::Conversation(ids) => self.ids(fields.conversation, ids),
            Expr::Kind(kinds) => self.ids(fields.kind, &kinds.iter().map(|kind| u64::from(*kind)).collect::<Vec<_>>()),
            Expr::Source(sources) => {
                self.ids(fields.source, &sources.iter().map(|source| u64::from(*source)).collect::<Vec<_>>())
            }
            Expr::SentAfter(bound) => self.time(Bound::Included(*bound), Bound::Unbounded),
            Expr::SentBefore(bound) => self.time(Bound::Unbounded, Bound::Excluded(*bound)),
            Expr::HasMedia => self.ids(fields.has_media, &[1]),
        })
    }

    /// A condition that says nothing about relevance.
    fn filter(&self, query: Box<dyn Query>) -> Box<dyn Query> {
        if self.scored { Box::new(ConstScoreQuery::new(query, 0.0)) } else { query }
    }

    fn time(&self, from: Bound<i64>, until: Bound<i64>) -> Box<dyn Query> {
        let term = |bound: Bound<i64>| bound.map(|time| Term::from_field_i64(self.fields.sent_at, time));
        self.filter(Box::new(RangeQuery::new(term(from), term(until))))
    }

    fn ids(&self, field: Field, ids: &[u64]) -> Box<dyn Query> {
        let term = |id: u64| Term::from_field_u64(field, id);
        let query: Box<dyn Query> = match ids {
            [] => Box::new(EmptyQuery),
            [id] => Box::new(TermQuery::new(term(*id), IndexRecordOption::Basic)),
            few if few.len() <= UNION_IDS_MAX => {
                let union = few.iter().map(|id| -> (Occur, Box<dyn Query>) {
                    (Occur::Should, Box::new(TermQuery::new(term(*id), IndexRecordOption::Basic)))
                });
                Box::new(BooleanQuery::new(union.collect()))
            }
            many => Box::new(TermSetQuery::new(many.iter().map(|id| term(*id)))),
        };
        self.filter(query)
    }

    fn term(&self, term: &str, anchored: bool) -> Result<Box<dyn Query>, IndexError> {
        let folded = fold(term).text;
        let characters: Vec<char> = folded.chars().collect();
        let Some(first) = characters.first().copied() else { return Ok(self.filter(Box::new(AllQuery))) };
        if characters.len() > TERM_CHARS_MAX {
            return Err(IndexError::QueryTooLarge);
        }
        let mut grams = self.grams(&characters)?;
        if anchored && matches!(char_class(first), CharClass::Letter | CharClass::Digit) {
            grams.insert(0, (0, self.gram(&[PIECE_SEPARATOR, first])));
        }
        match grams.as_slice() {
            [] => Ok(self.filter(self.starting_with(first))),
            [(_, gram)] => {
                let option = if self.scored { IndexRecordOption::WithFreqs } else { IndexRecordOption::Basic };
                Ok(Box::new(TermQuery::new(gram.clone(), option)))
            }
            _ => Ok(Box::new(PhraseQuery::new_with_offset(grams))),
        }
    }

    /// The bigrams to ask for, with their offsets; none for a single character.
    fn grams(&self, characters: &[char]) -> Result<Vec<(usize, Term)>, IndexError> {
        let all: Vec<(usize, Term)> = characters.windows(2).map(|pair| self.gram(pair)).enumerate().collect();
        let Some(last) = all.len().checked_sub(1).filter(|last| *last > 1) else { return Ok(all) };
        let mut rarest = (u64::MAX, 0);
        for (offset, gram) in &all {
            rarest = rarest.min((self.searcher.doc_freq(gram)?, *offset));
        }
        Ok(all.into_iter().filter(|(offset, _)| offset % 2 == 0 || *offset == last || *offset == rarest.1).collect())
    }

    fn gram(&self, characters: &[char]) -> Term {
        Term::from_field_text(self.fields.text, &characters.iter().collect::<String>())
    }

    /// Documents that hold the character anywhere: it begins a bigram, or stands alone as the last of its piece.
    fn starting_with(&self, first: char) -> Box<dyn Query> {
        let after = ((first as u32 + 1)..=char::MAX as u32).find_map(char::from_u32);
        let from = Bound::Included(self.gram(&[first]));
        let until = after.map_or(Bound::Unbounded, |after| Bound::Excluded(self.gram(&[after])));
        Box::new(InvertedIndexRangeQuery::new(from, until))
    }
}
