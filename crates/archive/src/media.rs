//! Media: fetched durably piece by piece, checked, encrypted once, and read back in ranges.
//!
//! Words: the *container* is a stored object; *frames* are the pieces of a download under way. Plaintext never touches the
//! disk, and no object is named after its plaintext.

mod container;
mod content_type;
mod fetch;
mod finish;
mod frames;
mod reader;
mod writer;

pub use container::{CHUNK_BYTES, MediaHeader, decode_media_header, encode_media_header, object_size};
#[cfg(test)]
pub(crate) use container::{open_chunk, seal_chunk};
pub use content_type::{content_type, is_shown_inline};
pub use fetch::{MediaTask, Resume};
#[cfg(test)]
pub(crate) use frames::PartialKey;
pub use reader::MediaReader;
pub use writer::{MEDIA_BYTES_MAX, MediaFailure, MediaWriter};

use xinlu_keys::{CipherKey, Subject, mac};

const MEDIA_KEY: &str = "media key";
const SALT: &str = "media salt";
const BLIND: &str = "media blind";
const PARTIAL_KEY: &str = "media partial key";
const COMMITMENT_VERSION: u8 = 1;

/// Which item, to whoever has the subject's key: `id tag of the record ‖ u32 ordinal`.
pub(crate) fn context(id_tag: &[u8; 32], ordinal: u32) -> Vec<u8> {
    [id_tag.as_slice(), &ordinal.to_be_bytes()].concat()
}

/// The key of a container: HKDF(subject key, "media key", context ‖ salt).
pub(crate) fn container_key(subject: &Subject, context: &[u8], salt: &[u8; 16]) -> CipherKey {
    CipherKey::new(&subject.derive(MEDIA_KEY, &[context, salt].concat()))
}

/// The salt follows from the bytes under a subject-derived key: the same bytes give the same object, so a crash between
/// object and row doubles nothing, and other bytes get another key, so no nonce is ever used twice.
pub(crate) fn salt(subject: &Subject, context: &[u8], digest: &Digest) -> [u8; 16] {
    let salt = subject.derive(SALT, &[context, &digest.sha256].concat());
    *salt.first_chunk().expect("16 is less than 32")
}

/// What the media leaf commits to: HMAC under a subject-derived key over `version 1 ‖ u64 size ‖ MD5 ‖ SHA-256`.
pub(crate) fn media_commitment(subject: &Subject, context: &[u8], digest: &Digest) -> [u8; 32] {
    let blind = subject.derive(BLIND, context);
    mac(&blind, &[&[COMMITMENT_VERSION], &digest.size.to_be_bytes(), &digest.md5, &digest.sha256])
}

/// Size and digests of an item's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest {
    pub(crate) size: u64,
    pub(crate) md5: [u8; 16],
    pub(crate) sha256: [u8; 32],
}

#[cfg(test)]
mod tests;
