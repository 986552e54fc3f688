//! A download under way: the pieces as they came, each sealed with a random nonce, one after the other in a partial file.
//!
//! Frame: `u32 length ‖ nonce ‖ ciphertext ‖ tag`, additional data `label ‖ context ‖ u64 offset in the item`. It is never
//! read by another version than the one that wrote it for long: a partial that does not open is fetched anew.

use xinlu_keys::{NONCE_BYTES, Subject, TAG_BYTES, open, seal};

use super::PARTIAL_KEY;
use crate::error::FormatError;

/// Bytes of a frame beside those of its piece.
pub(crate) const FRAME_OVERHEAD: u64 = (size_of::<u32>() + NONCE_BYTES + TAG_BYTES) as u64;

const FRAME_LABEL: &[u8] = b"xinlu media frame v1";
const INDEX_LABEL: &[u8] = b"xinlu media index v1";

/// The key of an item's download, with the item it is of.
pub(crate) struct PartialKey {
    key: [u8; 32],
    context: Vec<u8>,
}

impl PartialKey {
    pub(crate) fn new(subject: &Subject, context: &[u8]) -> Self {
        Self { key: subject.derive(PARTIAL_KEY, context), context: context.to_vec() }
    }

    /// The frame of a piece that begins at `offset` of the item.
    pub(crate) fn seal_frame(&self, nonce: &[u8; NONCE_BYTES], offset: u64, piece: &[u8]) -> Vec<u8> {
        let mut frame = (piece.len() as u32).to_be_bytes().to_vec();
        frame.extend(seal(&self.key, nonce, &self.aad(FRAME_LABEL, offset), piece));
        frame
    }

    /// The piece of a frame without its length.
    pub(crate) fn open_frame(&self, offset: u64, sealed: &[u8]) -> Result<Vec<u8>, FormatError> {
        open(&self.key, &self.aad(FRAME_LABEL, offset), sealed)
            .map_err(|_| FormatError("a piece of a download does not open"))
    }

    /// The source's resume index, sealed: it may tell of the item.
    pub(crate) fn seal_index(&self, nonce: &[u8; NONCE_BYTES], received: u64, index: &str) -> Vec<u8> {
        seal(&self.key, nonce, &self.aad(INDEX_LABEL, received), index.as_bytes())
    }

    pub(crate) fn open_index(&self, received: u64, sealed: &[u8]) -> Option<String> {
        String::from_utf8(open(&self.key, &self.aad(INDEX_LABEL, received), sealed).ok()?).ok()
    }

    fn aad(&self, label: &[u8], place: u64) -> Vec<u8> {
        [label, &self.context, &place.to_be_bytes()].concat()
    }
}
