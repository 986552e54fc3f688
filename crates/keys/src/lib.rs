//! Envelope encryption: root key → KEK epochs → subject keys → keys of single records.
//!
//! Words: the *root key* is handed in by the operator's file or passphrase and never stored; a *KEK* (key encryption
//! key) wraps other keys and belongs to an *epoch*; a *subject* is whose key encrypts a record (a contact, a member, a
//! sender in a group); its *alias* is 16 random bytes that stand for it in the log.
//!
//! Invariants: a subject's key is durable before it is handed out; rotation rewraps keys and never touches what they
//! encrypted; names of subjects are not stored, only their HMAC; a wrong root key is told from a damaged file as far as
//! that can be; deleting a subject's row is the erasure of all it encrypted (`secure_delete` is on in `db`).
//!
//! The tables lie in a database file of their own with its own back-up, or an old back-up would undo an erasure. It
//! never logs or prints a key.

mod cipher;
mod error;
#[cfg(test)]
mod golden;
mod ring;
mod secret;
mod store;
mod subject;
mod wrap;

pub use cipher::{CipherKey, KEY_BYTES, NONCE_BYTES, TAG_BYTES, hkdf, mac, open, seal, sha256};
pub use error::KeysError;
pub use ring::KeyRing;
pub use store::MIGRATIONS;
pub use subject::{ALIAS_BYTES, Subject};
