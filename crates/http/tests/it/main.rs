//! What the router promises, held against a small table with handlers of every kind.

#![allow(clippy::unwrap_used, clippy::panic)] // A test ends where its premise does.

mod grants;
mod guard;
mod openapi;
