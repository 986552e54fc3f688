//! Entry bundles: big-endian `u16` length-prefixed entries, one after the other.
//!
//! Source: c2sp.org/tlog-tiles, "Log entries". Never accepts bytes beyond the last entry.

use crate::TlogError;

/// The longest entry: what a `u16` length can say.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// Appends one entry to a bundle's bytes.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), TlogError> {
    let length = u16::try_from(entry.len()).map_err(|_| TlogError::EntryTooLong { length: entry.len() })?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle, which must be exactly `width` in number. The error names the first broken one.
pub fn decode_bundle(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, TlogError> {
    let mut entries = Vec::with_capacity(usize::from(width));
    let mut rest = bytes;
    while entries.len() < usize::from(width) {
        let broken = |reason| TlogError::BundleMalformed { position: entries.len(), reason };
        let (length, after) = rest.split_first_chunk().ok_or_else(|| broken("ends where a length should stand"))?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or_else(|| broken("ends inside the entry"))?;
        entries.push(entry);
        rest = after;
    }
    if !rest.is_empty() {
        return Err(TlogError::BundleMalformed { position: entries.len(), reason: "bytes after the last entry" });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests;
