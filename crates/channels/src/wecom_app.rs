//! WeCom's HTTP side: tokens, contacts, names of groups, agreements, callbacks (PROTOCOL.md 3.1.7, 3.3 and 3.4).
//!
//! It never matches on `errmsg`, and never logs a token, a secret or a callback's plaintext.

pub mod agreements;
pub mod callback_crypto;
pub mod callbacks;
pub mod client;
pub mod contacts;
pub mod error;
pub mod rooms;
mod tags;
pub mod xml;
