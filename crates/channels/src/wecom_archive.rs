//! WeCom's conversation archive (会话内容存档): from the finance SDK to `archive`.
//!
//! Words: an *envelope* is what the SDK delivers (both ciphertexts); the *worker* is the process that holds the
//! library; *intake* is the loop that fetches, stores, decrypts, parses and settles; *media* is the loop that downloads.
//!
//! Invariants: an envelope is durable before it is decrypted; what cannot be decrypted or parsed is parked with its
//! reason and never stops the batch; the cursor is the last stored seq. It never logs message text or keys.

pub mod decrypt;
pub mod direct;
pub mod intake;
pub mod key_ring;
pub mod media;
pub mod page;
pub mod parse;
pub mod sdk_worker;
pub mod status;
