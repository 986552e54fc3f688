//! The wiring of Xinlu: configuration, the data directory, the parts put together, and the `xinlu` program's commands.
//!
//! Words: the *layout* says where things lie in the data directory; an *app* is all parts opened on it, with the tasks that
//! keep them going; a *command* is what is typed on the command line.
//!
//! Invariants: one process at a time uses a data directory; plain HTTP only on loopback; nothing here decides anything a part
//! should decide. This is the only crate that reads the clock, the environment and the system's randomness.

pub mod app;
mod assets;
pub mod command;
pub mod config;
mod cross_log;
pub mod data;
mod demo;
mod events;
mod licences;
pub mod listen;
mod monitor;
pub mod system;
mod verify;
mod wal;
