//! A clock that stands still until told, and randomness that is the same in every run.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use xinlu_model::{Clock, Random, Time};

/// 2026-01-05 09:00:00 in Shanghai: a Monday morning.
const START_MICROS: i64 = 1_767_574_800_000_000;

/// A clock that moves only when told.
pub struct SetClock(AtomicI64);

impl SetClock {
    /// A clock at a Monday morning of 2026.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(START_MICROS)))
    }

    /// Moves it on (or back).
    pub fn advance_ms(&self, millis: i64) {
        self.0.fetch_add(millis * 1_000, Ordering::SeqCst);
    }

    /// Sets it.
    pub fn set(&self, time: Time) {
        self.0.store(time.micros(), Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Time {
        Time::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Randomness from a seed.
pub struct SeededRandom(Mutex<ChaCha20Rng>);

impl SeededRandom {
    /// The same seed gives the same bytes in the same order.
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self(Mutex::new(ChaCha20Rng::seed_from_u64(seed))))
    }
}

impl Random for SeededRandom {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(buffer);
    }
}
