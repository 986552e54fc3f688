//! The query as a tree, the same for every engine.
//!
//! It must never know the query language (crate `search` parses that) or an engine.

use serde::{Deserialize, Serialize};
use xinlu_text::{CharClass, char_class};

use crate::IndexError;

/// Nodes of one query; more is no question of a person, and each costs a look into the index.
const NODES_MAX: usize = 1_000;
/// Levels of nesting, so that walking the tree cannot exhaust the stack.
const DEPTH_MAX: usize = 50;
/// Ids in one list: a company of 100 000 members fits.
const IDS_MAX: usize = 100_000;
/// Characters of one term after folding.
pub(crate) const TERM_CHARS_MAX: usize = 256;

/// A condition on documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    All,
    /// One of the folded pieces contains the folded term. An empty term is contained in everything.
    Term(String),
    /// As `Term`, but where the term begins with a letter or digit of a script that shows its words, only at the beginning of a
    /// run: the character before is absent or of another class. Han and kana show no words, there it is the same as `Term`.
    Prefix(String),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    /// The sender is one of these.
    From(Vec<u64>),
    /// One of these is a party and not the sender.
    To(Vec<u64>),
    /// One of these is the sender or a recipient.
    Party(Vec<u64>),
    Conversation(Vec<u64>),
    Kind(Vec<u16>),
    Source(Vec<u32>),
    /// Sent at or after, microseconds.
    SentAfter(i64),
    /// Sent before (not at), microseconds.
    SentBefore(i64),
    HasMedia,
}

impl Expr {
    /// Refuses what is too large to be a question.
    pub fn check(&self) -> Result<(), IndexError> {
        let mut nodes = 0;
        self.check_node(1, &mut nodes)
    }

    fn check_node(&self, depth: usize, nodes: &mut usize) -> Result<(), IndexError> {
        *nodes += 1;
        let ids = match self {
            Expr::From(ids) | Expr::To(ids) | Expr::Party(ids) | Expr::Conversation(ids) => ids.len(),
            Expr::Term(term) | Expr::Prefix(term) if term.len() > TERM_CHARS_MAX * 8 => {
                return Err(IndexError::QueryTooLarge);
            }
            _ => 0,
        };
        if depth > DEPTH_MAX || *nodes > NODES_MAX || ids > IDS_MAX {
            return Err(IndexError::QueryTooLarge);
        }
        match self {
            Expr::And(parts) | Expr::Or(parts) => parts.iter().try_for_each(|part| part.check_node(depth + 1, nodes)),
            Expr::Not(part) => part.check_node(depth + 1, nodes),
            _ => Ok(()),
        }
    }
}

/// Where a folded term lies in a folded piece: byte offsets of every place, overlapping ones too. With `anchored` only where a run
/// begins, as [`Expr::Prefix`] says.
pub(crate) fn places(piece: &str, term: &str, anchored: bool) -> Vec<usize> {
    let Some(first) = term.chars().next() else { return Vec::new() };
    let class = char_class(first);
    let needs_run_start = anchored && matches!(class, CharClass::Letter | CharClass::Digit);
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = piece[from..].find(term).map(|at| from + at) {
        let before = piece[..at].chars().next_back();
        if !needs_run_start || before.is_none_or(|before| char_class(before) != class) {
            found.push(at);
        }
        from = at + first.len_utf8();
    }
    found
}
