//! Tests of this part through its endpoints and its face, on both engines.

#![allow(clippy::unwrap_used, clippy::panic)] // A test ends where its premise does.

mod acts;
mod audit;
mod audit_verify;
mod contacts;
mod departments;
mod directory;
mod duties;
mod keys;
mod reach;
mod rights;
mod scopes;
mod sessions;
mod setup;
mod support;
mod totp;
mod users;
