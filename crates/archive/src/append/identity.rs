//! The number a message is unique by in the database. Pure.
//!
//! It follows from source and msgid alone and never changes, so a second delivery always meets the first. Messages of one
//! time get neighbouring numbers where the msgid tells its time (WeCom's do), so that appending touches few pages of the
//! index instead of one per message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use xinlu_keys::sha256;

/// Bits of the hash; above them stands the time in units of 256 seconds, below 2^24 until the year 2106.
const HASH_BITS: u32 = 39;
const TIME_SHIFT: u32 = 8;
/// What an external conversation's msgid ends in.
const EXTERNAL: &str = "_external";
/// Digits of a time in seconds from 2001 to 2286.
const SECONDS_DIGITS: usize = 10;
/// Protobuf tags (field number and type varint) of the first two fields of WeCom's older msgids.
const FIRST_FIELD: u8 = 0x08;
const SECOND_FIELD: u8 = 0x10;
/// The first plausible time.
const SECONDS_MIN: u64 = 1_000_000_000;

/// `time / 256 s << 39 | hash`: time from the msgid or 0, hash the first 39 bits of SHA-256(source key ‖ 0 ‖ msgid). Two
/// msgids may meet; whoever finds the number taken by another msgid goes on with the next.
pub fn identity(source_key: &str, msgid: &str) -> i64 {
    let time = seconds_of(msgid).map_or(0, u64::from) >> TIME_SHIFT;
    let hash = hash(source_key, msgid) >> (u64::BITS - HASH_BITS);
    (time << HASH_BITS | hash).cast_signed()
}

/// The number a revocation knows its message by, which may not be here yet: 64 bits of the same hash.
pub(crate) fn revocation_target(source_key: &str, msgid: &str) -> i64 {
    hash(source_key, msgid).cast_signed()
}

fn hash(source_key: &str, msgid: &str) -> u64 {
    let hash = sha256(&[source_key.as_bytes(), &[0], msgid.as_bytes()]);
    hash.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

/// The time a msgid tells: `…_1603875600`, `…_1603875600_external`, or the second field of base64 protobuf. Any other is
/// `None`; so is a time that cannot be, for it is only a hint where to put the number.
fn seconds_of(msgid: &str) -> Option<u32> {
    let bare = msgid.strip_suffix(EXTERNAL).unwrap_or(msgid);
    if let Some((_, digits)) = bare.rsplit_once('_') {
        let seconds: u64 = (digits.len() == SECONDS_DIGITS).then(|| digits.parse().ok()).flatten()?;
        return plausible(seconds);
    }
    let bytes = STANDARD.decode(bare).ok()?;
    let (_, rest) = varint(bytes.strip_prefix(&[FIRST_FIELD])?)?;
    let (seconds, _) = varint(rest.strip_prefix(&[SECOND_FIELD])?)?;
    plausible(seconds)
}

fn plausible(seconds: u64) -> Option<u32> {
    u32::try_from(seconds).ok().filter(|_| seconds >= SECONDS_MIN)
}

/// A base-128 varint of protobuf and what follows it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0_u64;
    for (byte, place) in bytes.iter().zip(0_u32..) {
        number |= u64::from(byte & 0x7f).checked_shl(place * 7)?;
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(place as usize + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests;
