//! The suite itself. Each check makes a fresh engine, does something to it and compares with the oracle.
//!
//! It must never stop at "no error": every answer is compared in full.

use super::{Oracle, Sampler};
use crate::{Engine, Expr, FacetRequest, IndexDoc, IndexError, SearchAnswer, SearchRequest, Sort};

/// Documents of the main sample: several commits, several segments.
const DOCUMENTS: u64 = 400;
const QUERIES: u64 = 250;
const DEPTH: u64 = 3;
const PAGE: usize = 7;

/// What an engine did otherwise than it must.
pub type Failure = String;

/// Runs an engine through the whole suite; `make` gives a new, empty engine each time.
pub fn run(make: &dyn Fn() -> Box<dyn Engine>) -> Result<(), Failure> {
    commits_are_atomic(make().as_ref())?;
    moved_positions_are_refused(make().as_ref())?;
    deletions_are_final(make().as_ref())?;
    limits_are_kept(make().as_ref())?;
    a_rebuild_takes_over(make().as_ref())?;
    answers_equal_the_oracle(make().as_ref(), 1)?;
    answers_equal_the_oracle(make().as_ref(), 2)
}

/// Asks both engines the same and says where the answers part. Relevance, which the oracle does not define, is compared as a set.
pub fn compare(engine: &dyn Engine, oracle: &dyn Engine, request: &SearchRequest) -> Result<(), Failure> {
    let found = engine.search(request).map_err(stop)?;
    let mut expected = oracle.search(request).map_err(stop)?;
    if request.sort == Sort::Relevance {
        let found_total = (found.total, &found.facets);
        return same(&found_total, &(expected.total, &expected.facets), request);
    }
    expected.next = expected.next.filter(|_| found.next.is_some() == expected.next.is_some());
    same(&found, &expected, request)
}

fn commits_are_atomic(engine: &dyn Engine) -> Result<(), Failure> {
    let mut sampler = Sampler::new(7);
    same(&count(engine, Expr::All)?, &0, &"empty engine")?;
    same(&engine.position().map_err(stop)?, &0, &"position of an empty engine")?;
    engine.add(&[sampler.document(1), sampler.document(2)]).map_err(stop)?;
    same(&count(engine, Expr::All)?, &0, &"before the commit")?;
    engine.commit(0, 17).map_err(stop)?;
    same(&count(engine, Expr::All)?, &2, &"after the commit")?;
    same(&engine.position().map_err(stop)?, &17, &"position after the commit")?;
    engine.commit(17, 18).map_err(stop)?;
    same(&engine.position().map_err(stop)?, &18, &"position after an empty commit")
}

fn moved_positions_are_refused(engine: &dyn Engine) -> Result<(), Failure> {
    let mut sampler = Sampler::new(8);
    engine.add(&[sampler.document(1)]).map_err(stop)?;
    engine.commit(0, 5).map_err(stop)?;
    engine.add(&[sampler.document(2)]).map_err(stop)?;
    let refused = matches!(engine.commit(4, 9), Err(IndexError::Position { expected: 4, committed: 5 }));
    same(&refused, &true, &"a commit from another position")?;
    engine.commit(5, 6).map_err(stop)?;
    same(&count(engine, Expr::All)?, &1, &"the refused document is dropped")
}

fn deletions_are_final(engine: &dyn Engine) -> Result<(), Failure> {
    let mut sampler = Sampler::new(9);
    let documents: Vec<IndexDoc> = (1..=50).map(|record| sampler.document(record)).collect();
    engine.add(&documents).map_err(stop)?;
    engine.delete(&[3]).map_err(stop)?;
    engine.commit(0, 1).map_err(stop)?;
    engine.delete(&[1, 2, 49, 999]).map_err(stop)?;
    same(&count(engine, Expr::All)?, &49, &"before the deletion is committed")?;
    engine.commit(1, 2).map_err(stop)?;
    same(&count(engine, Expr::All)?, &46, &"after the deletion")?;
    engine.purge().map_err(stop)?;
    same(&count(engine, Expr::All)?, &46, &"after purging")?;
    let answer = engine.search(&SearchRequest::new(Expr::All, 100)).map_err(stop)?;
    let gone = answer.hits.iter().all(|hit| ![1, 2, 3, 49].contains(&hit.record));
    same(&gone, &true, &"deleted records among the hits")
}

fn limits_are_kept(engine: &dyn Engine) -> Result<(), Failure> {
    let too_many = engine.search(&SearchRequest::new(Expr::All, crate::LIMIT_MAX + 1));
    same(&matches!(too_many, Err(IndexError::LimitTooLarge { .. })), &true, &"limit above the maximum")?;
    let deep = (0..100).fold(Expr::All, |inner, _| Expr::Not(Box::new(inner)));
    let refused = engine.search(&SearchRequest::new(deep, 1));
    same(&matches!(refused, Err(IndexError::QueryTooLarge)), &true, &"nesting above the maximum")?;
    let long = Expr::Term("长".repeat(5_000));
    same(
        &matches!(engine.search(&SearchRequest::new(long, 1)), Err(IndexError::QueryTooLarge)),
        &true,
        &"a very long term",
    )
}

fn a_rebuild_takes_over(engine: &dyn Engine) -> Result<(), Failure> {
    let mut sampler = Sampler::new(10);
    let documents: Vec<IndexDoc> = (1..=60).map(|record| sampler.document(record)).collect();
    let (first, second) = documents.split_at(30);
    engine.add(first).map_err(stop)?;
    engine.commit(0, 30).map_err(stop)?;
    let before = engine.status().map_err(stop)?.generation;
    let mut rebuild = engine.rebuild().map_err(stop)?;
    rebuild.add(&documents).map_err(stop)?;
    rebuild.delete(&[60]).map_err(stop)?;
    rebuild.commit(60).map_err(stop)?;
    same(&count(engine, Expr::All)?, &30, &"the old generation serves")?;
    engine.add(second).map_err(stop)?;
    rebuild.finish().map_err(stop)?;
    same(&count(engine, Expr::All)?, &59, &"the new generation serves")?;
    same(&engine.position().map_err(stop)?, &60, &"position of the new generation")?;
    same(&(engine.status().map_err(stop)?.generation > before), &true, &"the generation grows")?;
    let moved = matches!(engine.commit(30, 60), Err(IndexError::Position { committed: 60, .. }));
    same(&moved, &true, &"the feeder of the old generation is told")?;
    drop(engine.rebuild().map_err(stop)?);
    same(&count(engine, Expr::All)?, &59, &"a dropped rebuild changes nothing")
}

fn answers_equal_the_oracle(engine: &dyn Engine, seed: u64) -> Result<(), Failure> {
    let oracle = Oracle::default();
    let mut sampler = Sampler::new(seed);
    let mut record = 0;
    for commit in 0..4 {
        let documents: Vec<IndexDoc> = (0..DOCUMENTS / 4)
            .map(|_| {
                sampler.document({
                    record += 1;
                    record
                })
            })
            .collect();
        let deleted: Vec<u64> = (0..commit * 3).map(|_| sampler.below(record)).collect();
        for target in [engine, &oracle] {
            target.add(&documents).map_err(stop)?;
            target.delete(&deleted).map_err(stop)?;
            target.commit(commit, commit + 1).map_err(stop)?;
        }
    }
    for _ in 0..QUERIES {
        let mut request = SearchRequest::new(sampler.expr(DEPTH), sampler.below(30) as usize);
        request.sort = match sampler.below(5) {
            0 => Sort::TimeAscending,
            1 => Sort::Relevance,
            _ => Sort::TimeDescending,
        };
        request.scope = (sampler.below(3) == 0).then(|| (0..sampler.below(20)).map(|_| sampler.below(5)).collect());
        request.facets = FacetRequest {
            kinds: sampler.below(2) == 0,
            conversations_max: sampler.below(4) as usize,
            senders_max: sampler.below(4) as usize,
            months: sampler.below(2) == 0,
            utc_offset_minutes: 480,
        };
        compare(engine, &oracle, &request)?;
        if sampler.below(8) == 0 {
            pages_make_the_whole(engine, &oracle, request)?;
        }
    }
    Ok(())
}

/// Paging through to the end gives every matching document once, in order; by relevance too.
fn pages_make_the_whole(engine: &dyn Engine, oracle: &dyn Engine, mut request: SearchRequest) -> Result<(), Failure> {
    request.limit = PAGE;
    request.facets = FacetRequest::default();
    let (paged, expected) = (all_pages(engine, &request)?, all_pages(oracle, &request)?);
    if request.sort != Sort::Relevance {
        return same(&paged, &expected, &request);
    }
    let sorted = |mut records: Vec<u64>| {
        records.sort_unstable();
        records
    };
    same(&sorted(paged), &sorted(expected), &request)
}

fn all_pages(engine: &dyn Engine, request: &SearchRequest) -> Result<Vec<u64>, Failure> {
    let mut request = request.clone();
    let mut records = Vec::new();
    loop {
        let answer: SearchAnswer = engine.search(&request).map_err(stop)?;
        records.extend(answer.hits.iter().map(|hit| hit.record));
        if answer.next.is_none() {
            return Ok(records);
        }
        request.after = answer.next;
    }
}

fn count(engine: &dyn Engine, expr: Expr) -> Result<u64, Failure> {
    Ok(engine.search(&SearchRequest::new(expr, 0)).map_err(stop)?.total)
}

fn same<T: PartialEq + std::fmt::Debug>(found: &T, expected: &T, what: &dyn std::fmt::Debug) -> Result<(), Failure> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what:?}\n  found    {found:?}\n  expected {expected:?}"))
}

fn stop(error: IndexError) -> Failure {
    format!("{error} ({error:?})")
}
