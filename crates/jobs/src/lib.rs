//! Work that must not be lost: the journal of events, consumers that follow it, a queue of jobs, and leases.
//!
//! Words: an `Event` stands at a `Position` of the journal; a `Consumer` follows from its own position; a `Job` is a
//! command that is run at least once; a lease says which process runs a singleton, with a fencing number.
//!
//! Invariants: an event or a job exists exactly if the transaction that caused it was committed; positions are gapless
//! and in the order of commits (their counter's row is locked until the commit), so a reader never skips one;
//! a consumer's position moves only after its work is durable; jobs may run twice and must not mind.
//!
//! It knows no part's work and never sleeps where a commit could wake it.

mod consumer;
mod error;
pub mod journal;
pub mod lease;
mod migrations;
pub mod queue;
mod store;

pub use consumer::{Consumer, run_consumer};
pub use error::JobError;
pub use journal::JOURNAL_TOPIC;
pub use migrations::MIGRATIONS;
