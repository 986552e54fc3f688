//! The leaf of an audit entry: a commitment that binds the entry and tells nothing of it.
//!
//! Format 1, 52 bytes: `XLA` ‖ 0x01 ‖ u64 id ‖ i64 time in microseconds UTC ‖ HMAC-SHA-256(blind, canonical entry),
//! numbers big-endian. The blind has exactly 32 random bytes, so the HMAC is hiding and binding (RFC 2104 with a key as
//! long as the hash). Example in `testdata/audit_leaf_v1.txt`. The format is for ever.

use aws_lc_rs::hmac;

use super::AuditEntry;

/// What every leaf of format 1 begins with.
const MAGIC: [u8; 4] = *b"XLA\x01";
/// Bytes of the blind.
pub const AUDIT_BLIND_BYTES: usize = 32;
/// Bytes of a leaf.
pub const AUDIT_LEAF_BYTES: usize = MAGIC.len() + 8 + 8 + 32;

/// The bytes that are committed to: `XLA` ‖ 0x01 ‖ u64 id ‖ i64 time ‖ u64 user (0: nobody) ‖ u8 outcome, then name,
/// action, target, detail and request id, each as u32 length ‖ UTF-8.
pub fn audit_canonical(entry: &AuditEntry) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend((entry.id.number() as u64).to_be_bytes());
    bytes.extend(entry.at.micros().to_be_bytes());
    bytes.extend(entry.user.map_or(0, |user| user.number() as u64).to_be_bytes());
    bytes.push(entry.outcome.number() as u8);
    for text in [&entry.user_name, &entry.action, &entry.target, &entry.detail, &entry.request_id] {
        bytes.extend((text.len() as u32).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes
}

/// The leaf of an entry under its blind.
pub fn audit_leaf(entry: &AuditEntry, blind: &[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, blind);
    let tag = hmac::sign(&key, &audit_canonical(entry));
    let mut leaf = MAGIC.to_vec();
    leaf.extend((entry.id.number() as u64).to_be_bytes());
    leaf.extend(entry.at.micros().to_be_bytes());
    leaf.extend(tag.as_ref());
    leaf
}

/// The id in a leaf of an audit entry; `None` for other leaves of the log (checkpoints of the other one).
pub(super) fn id_of(leaf: &[u8]) -> Option<i64> {
    let rest = leaf.strip_prefix(&MAGIC)?;
    let id: [u8; 8] = rest.get(..8)?.try_into().ok()?;
    (leaf.len() == AUDIT_LEAF_BYTES).then(|| u64::from_be_bytes(id) as i64)
}
