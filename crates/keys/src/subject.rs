//! A subject: whose key encrypts a record, and what is derived from that key.
//!
//! It never shows the key itself: only keys derived for a purpose leave.

use std::fmt;

use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};

use crate::cipher::{KEY_BYTES, expand};

/// Length of an alias.
pub const ALIAS_BYTES: usize = 16;
/// HKDF's salt: separates our use of a key from any other.
const SALT: &[u8] = b"xinlu subject v1";

/// A subject with its key at hand.
pub struct Subject {
    /// Its number in the key file.
    pub number: i64,
    /// Random bytes that stand for it where nobody may be named.
    pub alias: [u8; ALIAS_BYTES],
    /// The KEK epoch its key was wrapped under when it was read.
    pub epoch: u32,
    prk: Prk,
}

impl Subject {
    /// A subject whose key is at hand: for the key ring, and for whoever brings keys back from elsewhere.
    pub fn new(number: i64, alias: [u8; ALIAS_BYTES], epoch: u32, key: &[u8; KEY_BYTES]) -> Self {
        Self { number, alias, epoch, prk: Salt::new(HKDF_SHA256, SALT).extract(key) }
    }

    /// A 32-byte key for one purpose and context: HKDF-SHA-256 with info `u8(len purpose) ‖ purpose ‖ context`.
    /// Purposes are constants of the callers and at most 255 bytes; their meaning never changes.
    pub fn derive(&self, purpose: &str, context: &[u8]) -> [u8; KEY_BYTES] {
        let length = [purpose.len() as u8];
        expand(&self.prk, &[&length, purpose.as_bytes(), context])
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Subject")
            .field("number", &self.number)
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}
