//! Documents and queries made from a seed, dense enough that everything collides with everything.
//!
//! It must never use randomness but its seed: a failure has to come again.

use crate::{Expr, IndexDoc};

/// Few and similar words, so that terms match across them; mixed scripts, widths, spaces and repetitions.
const WORDS: [&str; 24] = [
    "退款",
    "退",
    "款项",
    "订单",
    "单号",
    "你好",
    "好的",
    "哈哈哈",
    "電話",
    "电话",
    "ABC",
    "abc1",
    "b c",
    "12",
    "123",
    "，",
    "。",
    " ",
    "a",
    "１２",
    "é",
    "ß",
    "退\u{200B}款",
    "の",
];
const DAY_MICROS: i64 = 86_400_000_000;

/// A small generator (SplitMix64, public domain by Sebastiano Vigna) of documents and queries.
#[derive(Debug, Clone)]
pub struct Sampler {
    state: u64,
}

impl Sampler {
    pub fn new(seed: u64) -> Self {
        Sampler { state: seed }
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }

    pub fn text(&mut self, words_max: u64) -> String {
        let words = self.below(words_max + 1);
        (0..words).map(|_| self.word()).collect()
    }

    fn word(&mut self) -> &'static str {
        let at = self.below(WORDS.len() as u64) as usize;
        WORDS.get(at).copied().unwrap_or_default()
    }

    pub fn document(&mut self, record: u64) -> IndexDoc {
        let sender = self.below(8);
        let recipients = 1 + self.below(3);
        let mut parties: Vec<u64> = (0..recipients).map(|_| self.below(12)).chain([sender]).collect();
        parties.sort_unstable();
        parties.dedup();
        let pieces = self.below(4);
        IndexDoc {
            record,
            // Nearly in order, with equal times and some stragglers; spread over months.
            sent_at_micros: (record as i64 / 3) * DAY_MICROS / 4 - self.below(3) as i64 * DAY_MICROS,
            kind: self.below(5) as u16,
            source: self.below(3) as u32,
            conversation: self.below(10),
            sender,
            members: parties.iter().copied().filter(|party| *party < 4).collect(),
            parties,
            has_media: self.below(4) == 0,
            pieces: (0..pieces).map(|_| self.text(5)).collect(),
        }
    }

    pub fn expr(&mut self, depth: u64) -> Expr {
        let parts = |sampler: &mut Sampler| (0..sampler.below(4)).map(|_| sampler.expr(depth - 1)).collect();
        let ids = |sampler: &mut Sampler| (0..sampler.below(20)).map(|_| sampler.below(12)).collect::<Vec<u64>>();
        match self.below(if depth == 0 { 11 } else { 16 }) {
            0..=2 => Expr::Term(self.text(2)),
            3 => Expr::Prefix(self.text(2)),
            4 => Expr::From(ids(self)),
            5 => Expr::To(ids(self)),
            6 => Expr::Party(ids(self)),
            7 => Expr::SentAfter(self.below(60) as i64 * DAY_MICROS),
            8 => Expr::SentBefore(self.below(60) as i64 * DAY_MICROS),
            9 => Expr::Kind(vec![self.below(5) as u16, self.below(5) as u16]),
            10 => match self.below(4) {
                0 => Expr::HasMedia,
                1 => Expr::Conversation(vec![self.below(10)]),
                2 => Expr::Source(vec![self.below(3) as u32]),
                _ => Expr::All,
            },
            11..=12 => Expr::And(parts(self)),
            13..=14 => Expr::Or(parts(self)),
            _ => Expr::Not(Box::new(self.expr(depth - 1))),
        }
    }
}
