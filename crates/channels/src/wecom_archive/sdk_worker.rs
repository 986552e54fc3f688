//! The finance SDK in a process of its own (PROTOCOL.md 3.1.6: the real library aborts on bad input).
//!
//! Words: the *worker* is the child process that loads the library and answers frames over its standard streams; a
//! `SdkProcess` is the parent's handle, which restarts it and says which message killed it.
//!
//! The library comes from the path the operator gives; it is never shipped. No secret and no message is ever printed.

mod frame;
mod input;
mod library;
mod process;
mod serve;

pub use library::worker_main;
pub use process::{Decrypted, Fetched, MediaChunk, SdkError, SdkProcess, SdkSettings, WorkerCommand};
pub use serve::{Chunk, FinanceSdk, Proxy, serve};
