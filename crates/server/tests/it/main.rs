//! The whole product as a black box: real processes, a simulated WeCom, the HTTP API and `xinlu verify`.
//!
//! Nothing here reaches into a part; if all of it were written anew, these tests should still make sense.

#![allow(clippy::unwrap_used, clippy::panic)] // A test ends where its premise does.

mod commands;
mod crash;
mod faults;
mod reach;
mod rebuild;
mod rights;
mod samples;
mod stand;
mod statements;
mod tamper;
