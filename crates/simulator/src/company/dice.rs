//! Chance that can be repeated: hashes and a seeded generator.
//!
//! Everything the company says or shows comes from here. Never reads the clock or the
//! system's random source: the same seed gives the same bytes on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// The finaliser of splitmix64: a bijection on `u64`, so distinct inputs stay distinct.
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A hash of two numbers; the order matters.
pub fn mix_two(first: u64, second: u64) -> u64 {
    mix(mix(first) ^ second.wrapping_mul(0xd6e8_feb8_6659_fd93))
}

/// A hash of a short text, for naming streams of chance.
pub fn mix_text(seed: u64, text: &str) -> u64 {
    text.bytes().fold(mix(seed), |state, byte| mix(state ^ u64::from(byte)))
}

/// Text of `length` characters of the URL-safe alphabet, as WeCom ids use.
pub fn token(seed: u64, length: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::with_capacity(length);
    let mut state = seed;
    while out.len() < length {
        state = mix(state);
        let mut bits = state;
        for _ in 0..10 {
            if out.len() < length {
                out.push(char::from(ALPHABET[(bits & 63) as usize]));
                bits >>= 6;
            }
        }
    }
    out
}

/// A seeded generator with the few questions the company asks of chance.
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// A generator that depends on nothing but `seed`.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        // A multiplication instead of a division: the bias is below 2^-32 for our small ranges.
        let wide = u64::from(self.0.next_u32()) * end as u64;
        (wide >> 32) as usize
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below((high.saturating_sub(low) + 1) as usize) as u64
    }

    /// True `per_mille` times in a thousand.
    pub fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille as usize
    }

    /// One of `items`, which must not be empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// An index below `end` that favours small ones, as a few people do most of the talking.
    pub fn skewed(&mut self, end: usize) -> usize {
        let first = self.below(end);
        if self.chance(500) { first.min(self.below(end)) } else { first }
    }
}
