//! The transparency log against its definition, strangers' vectors and strangers' programs.
//!
//! Everything goes through the crate's public face; nothing here may repeat its code.

// A failed step of a test is a failed test.
#![allow(clippy::unwrap_used, clippy::panic)]

mod conformance;
mod go_judge;
mod growth;
mod rust_judge;
mod sample_log;
