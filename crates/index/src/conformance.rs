//! What every engine must do, as a suite that any engine can be run through, and an engine by brute force to compare with.
//!
//! Useful for the tests of an engine; not useful for anything else. It must never test how an engine works inside.

mod oracle;
mod sample;
mod suite;

pub use oracle::Oracle;
pub use sample::Sampler;
pub use suite::{compare, run};
