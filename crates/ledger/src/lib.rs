//! Running transparency logs: what was submitted with a transaction becomes a leaf with a proof.
//!
//! Words: a *pending* batch waits in the database for its place; a *placement* says which leaves a range of
//! references got; the *head* is the size and root in the database, moved by compare-and-set; the *checkpoint*
//! is the signed head in the log's directory. A *reference* is the number a caller knows a leaf by.
//!
//! Invariants: entry bundles and tiles are durable before the head moves, and the head before the `checkpoint`
//! file does, so a checkpoint never promises what is not on disk. Pending batches get their places in the order
//! of their commits, so the content of each file is settled before it is written, whoever writes it and however
//! often. Two writers cannot fork a log: one of them finds the head moved and places nothing.
//!
//! The directory is laid out as c2sp.org/tlog-tiles says, with the log's public key in `vkey`. This crate never
//! reads what a leaf means, and never signs anything but checkpoints of its own log.

mod directory;
mod error;
mod grow;
mod ledger;
mod log;
mod proof;
mod store;
mod tree_check;
mod verify;

pub use error::LedgerError;
pub use ledger::{Ledger, Step, StepHook};
pub use log::{LogName, RefKind};
pub use proof::{Place, ProofAnswer};
pub use store::{Head, LEAVES_PER_SUBMIT_MAX, MIGRATIONS, PendingBatch, Placement, head, pending, placements, submit};
pub use verify::{HeadCheck, Leaves, LogReport, Problem, root_at, verify_directory};
