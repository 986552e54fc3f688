//! Folding: the one form in which text is indexed, searched and matched.
//!
//! In this order: invisible characters go (controls, zero-width, bidirectional marks, variation selectors), then NFKC (which also
//! makes full-width forms half-width), case folding (as lower case of upper case, so ß = ss and ς = σ), traditional → simplified,
//! and any run of white space becomes one space. Repeated until nothing changes, so folding is idempotent.
//! Common characters (ASCII, Han, Chinese punctuation) take a table-driven way; the rest goes through normalisation together with
//! the character before it, which combining marks may change.
//!
//! It must never produce [`PIECE_SEPARATOR`], a control character or two spaces in a row.

use unicode_normalization::UnicodeNormalization;

use crate::simplify::simplify;

/// Stands between pieces in an index field. It is a control character, which folding removes, so no text can contain it.
pub const PIECE_SEPARATOR: char = '\u{1F}';

/// Rounds after which a stretch of rare characters is stable; two suffice for all of Unicode (tested), the rest is a guard.
const ROUNDS_MAX: usize = 4;
/// Rare characters normalised at once; longer stretches (only made by hostile input) are cut, which bounds the memory.
const STRETCH_MAX: usize = 4096;

/// Where a folded character comes from: byte range in the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

/// Folded text with the way back to the original.
///
/// Useful for highlights and findings; not useful for indexing, which needs no way back and uses [`fold_into`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folded {
    pub text: String,
    /// One entry per folded character, in order.
    pub spans: Vec<Span>,
}

impl Folded {
    /// The byte range in the original of a byte range of `text`; `None` when the range is empty or not on character boundaries.
    pub fn original_range(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        if start >= end || !self.text.is_char_boundary(start) || !self.text.is_char_boundary(end) {
            return None;
        }
        let first = self.text[..start].chars().count();
        let count = self.text[start..end].chars().count();
        let spans = self.spans.get(first..first + count)?;
        let low = spans.iter().map(|span| span.start).min()?;
        let high = spans.iter().map(|span| span.end).max()?;
        Some((low as usize, high as usize))
    }
}

/// Folds with offsets. Text over 4 GiB is cut (a message is at most some megabytes).
pub fn fold(text: &str) -> Folded {
    let mut folded = Folded { text: String::with_capacity(text.len()), spans: Vec::with_capacity(text.len() / 3 + 8) };
    run(text, &mut folded);
    folded
}

/// Folds and appends to `out`, for indexing. A space at the seam is not joined with one that `out` ends in.
pub fn fold_into(text: &str, out: &mut String) {
    out.reserve(text.len());
    let mut sink = Plain { out, after_space: false };
    run(text, &mut sink);
}

trait Sink {
    fn push(&mut self, c: char, start: usize, end: usize);
}

impl Sink for Folded {
    fn push(&mut self, c: char, start: usize, end: usize) {
        let (start, end) = (start as u32, end as u32);
        if c == ' '
            && self.text.ends_with(' ')
            && let Some(last) = self.spans.last_mut()
        {
            last.end = last.end.max(end);
            return;
        }
        self.text.push(c);
        self.spans.push(Span { start, end });
    }
}

struct Plain<'a> {
    out: &'a mut String,
    after_space: bool,
}

impl Sink for Plain<'_> {
    fn push(&mut self, c: char, _start: usize, _end: usize) {
        let space = c == ' ';
        if space && self.after_space {
            return;
        }
        self.after_space = space;
        self.out.push(c);
    }
}

fn run<S: Sink>(text: &str, sink: &mut S) {
    let mut chars = text.char_indices().peekable();
    let mut stretch: Vec<(char, usize, usize)> = Vec::new();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        let next_is_simple = chars.peek().is_none_or(|&(_, next)| simple(next).is_some());
        if next_is_simple && let Some(mapped) = simple(c) {
            sink.push(mapped, at, end);
            continue;
        }
        stretch.clear();
        stretch.push((c, at, end));
        while let Some(&(at, next)) = chars.peek() {
            if simple(next).is_some() || stretch.len() >= STRETCH_MAX {
                break;
            }
            stretch.push((next, at, at + next.len_utf8()));
            chars.next();
        }
        for (c, start, end) in normalise(std::mem::take(&mut stretch)) {
            sink.push(c, start, end);
        }
    }
}

/// The folded form of a character that neither combines with its neighbours nor expands; `None` sends it the long way.
fn simple(c: char) -> Option<char> {
    match c {
        '\u{20}'..='\u{7E}' => Some(c.to_ascii_lowercase()),
        '\t' | '\n' | '\r' | '\u{3000}' => Some(' '),
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' => Some(simplify(c)),
        '、' | '。' | '《' | '》' | '「' | '」' | '【' | '】' | '“' | '”' | '‘' | '’' | '—' => {
            Some(c)
        }
        // Full-width ASCII variants lie 0xFEE0 above ASCII.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).map(|ascii| ascii.to_ascii_lowercase()),
        _ => None,
    }
}

fn normalise(stretch: Vec<(char, usize, usize)>) -> Vec<(char, usize, usize)> {
    let mut current = stretch;
    for _ in 0..ROUNDS_MAX {
        let next = normalise_once(&current);
        let stable = next.len() == current.len() && next.iter().zip(&current).all(|(a, b)| a.0 == b.0);
        current = next;
        if stable {
            break;
        }
    }
    current
}

fn normalise_once(stretch: &[(char, usize, usize)]) -> Vec<(char, usize, usize)> {
    let visible: Vec<(char, usize, usize)> = stretch.iter().copied().filter(|item| !invisible(item.0)).collect();
    let mut out = Vec::with_capacity(visible.len());
    for cluster in clusters(&visible) {
        let (Some(first), Some(last)) = (cluster.first(), cluster.last()) else {
            continue;
        };
        let (start, end) = (first.1, last.2);
        for composed in cluster.iter().map(|item| item.0).nfkc() {
            for upper in composed.to_uppercase() {
                for lower in upper.to_lowercase() {
                    let c = if lower.is_whitespace() { ' ' } else { simplify(lower) };
                    out.push((c, start, end));
                }
            }
        }
    }
    out
}

/// Cuts where no character of the right part can combine with the left, so that offsets stay as narrow as they can be.
fn clusters(items: &[(char, usize, usize)]) -> Vec<&[(char, usize, usize)]> {
    let mut out = Vec::new();
    let mut begin = 0;
    for at in 1..items.len() {
        if !joins_previous(items[at].0) {
            out.push(&items[begin..at]);
            begin = at;
        }
    }
    if begin < items.len() {
        out.push(&items[begin..]);
    }
    out
}

/// Whether normalisation may join this character with one before it: combining marks, Hangul vowels and finals (also half-width),
/// voiced sound marks, and whatever decomposes to something that starts with such.
fn joins_previous(c: char) -> bool {
    if c.is_ascii() {
        return false;
    }
    let hangul = matches!(c, '\u{1100}'..='\u{11FF}' | '\u{A960}'..='\u{A97F}' | '\u{D7B0}'..='\u{D7FF}' | '\u{3131}'..='\u{318E}' | '\u{FFA0}'..='\u{FFDC}');
    hangul
        || matches!(c, '\u{FF9E}' | '\u{FF9F}' | '\u{3099}'..='\u{309C}')
        || std::iter::once(c).nfkd().next().is_none_or(|first| {
            unicode_normalization::char::is_combining_mark(first)
                || unicode_normalization::char::canonical_combining_class(first) != 0
        })
}

/// Characters that show nothing and only serve to hide a word from search: controls other than white space, format characters,
/// variation selectors, fillers.
fn invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{3164}' | '\u{FFA0}' | '\u{FEFF}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests;
