//! The body of a record: what was delivered and its parsed form, compressed and encrypted once.
//!
//! Stored form, for ever: `nonce 12 ‖ AES-256-GCM(plaintext) ‖ tag 16` with the header's bytes as additional data, and
//! plaintext = `version 1 ‖ blind 32 ‖ u32 length of raw ‖ u32 length of parsed ‖ zstd(raw ‖ parsed)`, parsed being JSON and
//! the zstd frame made with dictionary 1. The key is HKDF(subject key, "record key", id tag), the id tag HMAC under a
//! subject-derived key over `source key ‖ 0 ‖ msgid`: it names the message for ever, so numbers of rows can change with
//! the database and ciphertexts never do. The nonce is random. The commitment is HMAC-SHA-256 under the 32-byte random
//! blind over `version 1 ‖ u32 length of header ‖ header ‖ raw`.
//!
//! It never encrypts twice what is stored and never lets a length in the data decide about memory beyond the limits.

use parking_lot::Mutex;
use xinlu_keys::{NONCE_BYTES, Subject, mac, open, seal};
use xinlu_model::Parsed;
use zstd::bulk::{Compressor, Decompressor};

use crate::error::FormatError;
use crate::wire::Reader;

/// The largest raw message: the finance SDK's own replies stay far below.
pub const RAW_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The largest parsed form: escapes may blow raw text up.
pub const PARSED_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Length of a blind.
pub const BLIND_BYTES: usize = 32;

const VERSION: u8 = 1;
const COMMITMENT_VERSION: u8 = 1;
/// Fast, and within 2 % of level 3 for bodies of some hundred bytes.
const COMPRESSION_LEVEL: i32 = 1;
/// Made by hand of the names that messages and their parsed forms share; no customer's text. Never changes.
const DICTIONARY: &[u8] = include_bytes!("body/dictionary-1.txt");

const ID_TAG: &str = "id tag";
const RECORD_KEY: &str = "record key";

/// An opened body.
pub struct Body {
    /// The blind of the commitment.
    pub blind: [u8; BLIND_BYTES],
    /// As delivered.
    pub raw: Vec<u8>,
    /// As JSON.
    pub parsed: Vec<u8>,
}

/// Compressors and decompressors that are used again: setting one up costs more than a message.
#[derive(Default)]
pub struct BodyCodec {
    compressors: Mutex<Vec<Compressor<'static>>>,
    decompressors: Mutex<Vec<Decompressor<'static>>>,
}

/// Which message it is, to whoever has the subject's key.
pub fn id_tag(subject: &Subject, source_key: &str, msgid: &str) -> [u8; 32] {
    subject.derive(ID_TAG, &[source_key.as_bytes(), &[0], msgid.as_bytes()].concat())
}

/// What the leaf commits to.
pub fn commitment(blind: &[u8; BLIND_BYTES], header: &[u8], raw: &[u8]) -> [u8; 32] {
    let length = (header.len() as u32).to_be_bytes();
    mac(blind, &[&[COMMITMENT_VERSION], &length, header, raw])
}

/// The parsed form's bytes.
pub(crate) fn parsed_bytes(parsed: &Parsed) -> Result<Vec<u8>, FormatError> {
    serde_json::to_vec(parsed).map_err(|_| FormatError("a parsed form cannot be written as JSON"))
}

/// The parsed form of its bytes.
pub(crate) fn parse(bytes: &[u8]) -> Result<Parsed, FormatError> {
    serde_json::from_slice(bytes).map_err(|_| FormatError("a parsed form is not what this version reads"))
}

impl BodyCodec {
    /// Compresses and encrypts a body. The nonce and the blind are random and used for nothing else.
    pub fn seal(
        &self,
        subject: &Subject,
        id_tag: &[u8; 32],
        nonce: &[u8; NONCE_BYTES],
        header: &[u8],
        body: &Body,
    ) -> Result<Vec<u8>, FormatError> {
        let Body { blind, raw, parsed } = body;
        if raw.len() > RAW_BYTES_MAX || parsed.len() > PARSED_BYTES_MAX {
            return Err(FormatError("a message is larger than the archive takes"));
        }
        let mut text = Vec::with_capacity(raw.len() + parsed.len());
        text.extend_from_slice(raw);
        text.extend_from_slice(parsed);
        let compressed = self.compress(&text)?;
        let mut plaintext = Vec::with_capacity(1 + BLIND_BYTES + 8 + compressed.len());
        plaintext.push(VERSION);
        plaintext.extend_from_slice(blind);
        plaintext.extend_from_slice(&(raw.len() as u32).to_be_bytes());
        plaintext.extend_from_slice(&(parsed.len() as u32).to_be_bytes());
        plaintext.extend_from_slice(&compressed);
        Ok(seal(&subject.derive(RECORD_KEY, id_tag), nonce, header, &plaintext))
    }

    /// Decrypts a stored body.
    pub fn open(
        &self,
        subject: &Subject,
        id_tag: &[u8; 32],
        header: &[u8],
        stored: &[u8],
    ) -> Result<Body, FormatError> {
        let key = subject.derive(RECORD_KEY, id_tag);
        let plaintext = open(&key, header, stored)
            .map_err(|_| FormatError("the body does not open with this header and subject"))?;
        let mut reader = Reader::new(&plaintext);
        if reader.u8()? != VERSION {
            return Err(FormatError("body version is not known"));
        }
        let blind = reader.array()?;
        let (raw_length, parsed_length) = (reader.u32()? as usize, reader.u32()? as usize);
        if raw_length > RAW_BYTES_MAX || parsed_length > PARSED_BYTES_MAX {
            return Err(FormatError("a body says it is larger than any may be"));
        }
        let mut raw = self.decompress(reader.rest(), raw_length + parsed_length)?;
        if raw.len() != raw_length + parsed_length {
            return Err(FormatError("a body is not as long as it says"));
        }
        let parsed = raw.split_off(raw_length);
        Ok(Body { blind, raw, parsed })
    }

    fn compress(&self, text: &[u8]) -> Result<Vec<u8>, FormatError> {
        let failed = |_| FormatError("zstd refused to compress");
        let pooled = self.compressors.lock().pop();
        let mut compressor = match pooled {
            Some(compressor) => compressor,
            None => Compressor::with_dictionary(COMPRESSION_LEVEL, DICTIONARY).map_err(failed)?,
        };
        let compressed = compressor.compress(text).map_err(failed);
        self.compressors.lock().push(compressor);
        compressed
    }

    fn decompress(&self, frame: &[u8], length: usize) -> Result<Vec<u8>, FormatError> {
        let failed = |_| FormatError("a body does not decompress");
        let pooled = self.decompressors.lock().pop();
        let mut decompressor = match pooled {
            Some(decompressor) => decompressor,
            None => Decompressor::with_dictionary(DICTIONARY).map_err(failed)?,
        };
        let text = decompressor.decompress(frame, length).map_err(failed);
        self.decompressors.lock().push(decompressor);
        text
    }
}
