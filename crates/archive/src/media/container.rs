//! The container of a stored media item: chunks of 64 KiB, each sealed, so that a range costs only its chunks.
//!
//! For ever: `"XLM" ‖ version 1 ‖ chunk size as a power of two (16) ‖ 3 zero bytes ‖ u64 size ‖ salt 16`, then the chunks as
//! AES-256-GCM ciphertext ‖ tag; at least one, the last may be short. Nonce: `3 zero bytes ‖ 1 if last else 0 ‖ u64 chunk`;
//! additional data: the 32 header bytes. So nothing can be cut off, added, moved or taken from another item. Pure.

use xinlu_keys::{CipherKey, NONCE_BYTES, TAG_BYTES};

use crate::error::FormatError;
use crate::wire::Reader;

/// Plaintext bytes of a chunk.
pub const CHUNK_BYTES: u64 = 1 << CHUNK_POWER;
pub(crate) const HEADER_BYTES: u64 = 32;

const MAGIC: [u8; 3] = *b"XLM";
const VERSION: u8 = 1;
const CHUNK_POWER: u8 = 16;

/// What stands at the front of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaHeader {
    /// Plaintext bytes.
    pub size: u64,
    /// Makes the key this container's own.
    pub salt: [u8; 16],
}

/// The header's 32 bytes.
pub fn encode_media_header(header: &MediaHeader) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER_BYTES as usize);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&[VERSION, CHUNK_POWER, 0, 0, 0]);
    out.extend_from_slice(&header.size.to_be_bytes());
    out.extend_from_slice(&header.salt);
    out
}

/// Reads the header's 32 bytes.
pub fn decode_media_header(bytes: &[u8]) -> Result<MediaHeader, FormatError> {
    let mut reader = Reader::new(bytes);
    if reader.array()? != MAGIC {
        return Err(FormatError("not a media container"));
    }
    if reader.array()? != [VERSION, CHUNK_POWER, 0, 0, 0] {
        return Err(FormatError("version of a media container is not known"));
    }
    let header = MediaHeader { size: reader.u64()?, salt: reader.array()? };
    reader.end()?;
    Ok(header)
}

/// Bytes of the whole container of an item of `size` bytes.
pub fn object_size(size: u64) -> u64 {
    HEADER_BYTES + size + chunk_count(size) * TAG_BYTES as u64
}

/// Chunks of an item; one, empty, of an empty item.
pub(crate) fn chunk_count(size: u64) -> u64 {
    size.div_ceil(CHUNK_BYTES).max(1)
}

/// Where a chunk lies in the object: offset and length, the tag included.
pub(crate) fn chunk_place(size: u64, chunk: u64) -> (u64, u64) {
    let sealed = CHUNK_BYTES + TAG_BYTES as u64;
    let plain = (size - (chunk * CHUNK_BYTES).min(size)).min(CHUNK_BYTES);
    (HEADER_BYTES + chunk * sealed, plain + TAG_BYTES as u64)
}

/// Seals one chunk.
pub(crate) fn seal_chunk(key: &CipherKey, header: &MediaHeader, chunk: u64, plaintext: &[u8]) -> Vec<u8> {
    key.seal_at(&nonce(header.size, chunk), &encode_media_header(header), plaintext)
}

/// Opens one chunk.
pub(crate) fn open_chunk(
    key: &CipherKey,
    header: &MediaHeader,
    chunk: u64,
    sealed: &[u8],
) -> Result<Vec<u8>, FormatError> {
    key.open_at(&nonce(header.size, chunk), &encode_media_header(header), sealed)
        .map_err(|_| FormatError("a chunk does not open with this header and subject"))
}

fn nonce(size: u64, chunk: u64) -> [u8; NONCE_BYTES] {
    let last = u8::from(chunk + 1 == chunk_count(size));
    let mut nonce = [0; NONCE_BYTES];
    let (front, index) = nonce.split_at_mut(NONCE_BYTES - size_of::<u64>());
    if let Some(flag) = front.last_mut() {
        *flag = last;
    }
    index.copy_from_slice(&chunk.to_be_bytes());
    nonce
}
