//! The simulator from outside: its program is started, its library loaded by path, its URLs called.
//!
//! No test here may look inside the crate but for the few readers (keys, callback crypto) that any client needs.

// The lint knows #[test] functions only, not what they share.
#![allow(clippy::unwrap_used)]

mod callback;
mod crash;
mod faults;
mod harness;
mod http;
mod restart;
mod sdk;
mod sdk_library;
mod speed;
