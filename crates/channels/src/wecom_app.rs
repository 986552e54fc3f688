//! WeCom's HTTP side: tokens, contacts, callbacks (PROTOCOL.md 3.3 and 3.4).
//!
//! It never matches on `errmsg`, and never logs a token, a secret or a callback's plaintext.

pub mod callback_crypto;
pub mod callbacks;
pub mod client;
pub mod contacts;
pub mod error;
pub mod xml;
