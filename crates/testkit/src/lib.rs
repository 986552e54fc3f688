//! What tests share: a set clock, seeded randomness and both databases.
//!
//! Only ever a dev-dependency. It never sleeps and never leaves the machine.

mod databases;
mod world;

pub use databases::{TestDb, both, postgres, shared, sqlite};
pub use world::{SeededRandom, SetClock};
