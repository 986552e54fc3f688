//! Which parts of an original text made it a hit.
//!
//! Works on the text itself with the offsets of folding, so it is exact and needs nothing from an engine.
//! It must never highlight what a `Not` names.

use xinlu_text::{Folded, fold};

use crate::Expr;
use crate::query::places;

/// Byte ranges in `original` of every place of every wanted term, in order, overlapping ones joined.
pub fn highlight(expr: &Expr, original: &str) -> Vec<(usize, usize)> {
    let folded = fold(original);
    let mut ranges = Vec::new();
    collect(expr, &folded, &mut ranges);
    ranges.sort_unstable();
    let mut joined: Vec<(usize, usize)> = Vec::with_capacity(ranges.len());
    for (start, end) in ranges {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}

fn collect(expr: &Expr, folded: &Folded, ranges: &mut Vec<(usize, usize)>) {
    match expr {
        Expr::Term(term) => add_places(term, false, folded, ranges),
        Expr::Prefix(term) => add_places(term, true, folded, ranges),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| collect(part, folded, ranges)),
        _ => {}
    }
}

fn add_places(term: &str, anchored: bool, folded: &Folded, ranges: &mut Vec<(usize, usize)>) {
    let term = fold(term).text;
    for at in places(&folded.text, &term, anchored) {
        ranges.extend(folded.original_range(at, at + term.len()));
    }
}

#[cfg(test)]
mod tests;
