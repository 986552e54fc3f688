//! What the outside world gives: the time and randomness. Handed in, never reached for.

use crate::Time;

/// Tells the time. The system's in production, a set one in tests.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Time;
}

/// Gives random bytes fit for keys. The system's in production, a seeded one in tests.
pub trait Random: Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);
}
