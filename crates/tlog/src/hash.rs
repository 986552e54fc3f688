//! The two hashes of RFC 6962 section 2.1: of an entry and of an inner node.
//!
//! Never hashes anything without its prefix byte, or a leaf could be passed off as a node.

use std::fmt;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::TlogError;

/// Length of a SHA-256 hash in bytes.
pub const HASH_BYTES: usize = 32;

/// The root of a tree without leaves: SHA-256 of nothing (RFC 6962 section 2.1).
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

const LEAF_PREFIX: u8 = 0x00;
const NODE_PREFIX: u8 = 0x01;
const PREFIX_BYTES: usize = 1;
const RIGHT_AT: usize = PREFIX_BYTES + HASH_BYTES;
/// Entries up to this length are hashed from the stack in one call, twice as fast as through a context;
/// ours are at most 256 bytes.
const SHORT_ENTRY_BYTES: usize = 511;

/// A SHA-256 hash of a leaf, a node or a root.
#[derive(Clone, Copy, PartialEq, Eq, std::hash::Hash)]
pub struct Hash(pub [u8; HASH_BYTES]);

impl Hash {
    /// Reads a hash from exactly 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TlogError> {
        bytes.try_into().map(Self).map_err(|_| TlogError::HashMalformed)
    }

    /// Reads a hash from standard base64 with padding (RFC 4648 section 4), 44 characters.
    pub fn from_base64(text: &str) -> Result<Self, TlogError> {
        let bytes = STANDARD.decode(text).map_err(|_| TlogError::HashMalformed)?;
        Self::from_bytes(&bytes)
    }

    /// The hash in standard base64 with padding, 44 characters.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_base64())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The hash of an entry: SHA-256(0x00 ‖ entry), RFC 6962 section 2.1.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    if entry.len() > SHORT_ENTRY_BYTES {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&[LEAF_PREFIX]);
        context.update(entry);
        return to_hash(&context.finish());
    }
    let end = PREFIX_BYTES + entry.len();
    let mut input = [LEAF_PREFIX; PREFIX_BYTES + SHORT_ENTRY_BYTES];
    input[PREFIX_BYTES..end].copy_from_slice(entry);
    to_hash(&digest::digest(&digest::SHA256, &input[..end]))
}

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right), RFC 6962 section 2.1.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut input = [NODE_PREFIX; RIGHT_AT + HASH_BYTES];
    input[PREFIX_BYTES..RIGHT_AT].copy_from_slice(&left.0);
    input[RIGHT_AT..].copy_from_slice(&right.0);
    to_hash(&digest::digest(&digest::SHA256, &input))
}

fn to_hash(digest: &digest::Digest) -> Hash {
    let mut bytes = [0; HASH_BYTES];
    bytes.copy_from_slice(digest.as_ref());
    Hash(bytes)
}
