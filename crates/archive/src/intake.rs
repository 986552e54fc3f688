//! Envelopes as they are fetched, and their packed form: one row a batch.
//!
//! Packed form, for ever: `version 1 ‖ u32 count ‖ per envelope (seq u64 ‖ key_version u32 ‖ msgid field ‖ key field ‖ message
//! field) ‖ SHA-256 of all before`, a field being `form u8 ‖ u32 length ‖ bytes`; form 0 is the text itself, form 1 the bytes
//! that its strict base64 stands for. It never changes a byte of what was delivered and never decrypts.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use xinlu_keys::sha256;
use xinlu_model::{Id, Time};

use crate::error::FormatError;
use crate::wire::{Reader, push_bytes32};

const VERSION: u8 = 1;
const AS_TEXT: u8 = 0;
const AS_BASE64: u8 = 1;
const CHECKSUM_BYTES: usize = 32;

/// Marker: a fetched batch that is not settled yet.
pub enum IntakeBatch {}
/// Id of a fetched batch.
pub type BatchId = Id<IntakeBatch>;

/// What the source delivers before anything is decrypted (PROTOCOL.md 3.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The source's sequence number.
    pub seq: u64,
    /// The source's id of the message.
    pub msgid: String,
    /// Which of our key pairs it is encrypted for (`publickey_ver`).
    pub key_version: u32,
    /// `encrypt_random_key` as delivered.
    pub encrypted_key: String,
    /// `encrypt_chat_msg` as delivered.
    pub encrypted_message: String,
}

/// A batch that is durable and waits to be settled.
#[derive(Clone, Debug)]
pub struct StoredBatch {
    /// To settle it by.
    pub id: BatchId,
    /// When it became durable; every header made of it says so.
    pub observed_at: Time,
    /// The envelopes in the order of the source.
    pub envelopes: Arc<Vec<Envelope>>,
}

/// Packs envelopes into one row.
pub fn pack_envelopes(envelopes: &[Envelope]) -> Result<Vec<u8>, FormatError> {
    let size: usize = envelopes.iter().map(|one| one.encrypted_message.len() + one.encrypted_key.len() + 96).sum();
    let mut out = Vec::with_capacity(size);
    out.push(VERSION);
    let count = u32::try_from(envelopes.len()).map_err(|_| FormatError("too many envelopes"))?;
    out.extend_from_slice(&count.to_be_bytes());
    for envelope in envelopes {
        out.extend_from_slice(&envelope.seq.to_be_bytes());
        out.extend_from_slice(&envelope.key_version.to_be_bytes());
        push_field(&mut out, &envelope.msgid)?;
        push_field(&mut out, &envelope.encrypted_key)?;
        push_field(&mut out, &envelope.encrypted_message)?;
    }
    let checksum = sha256(&[&out]);
    out.extend_from_slice(&checksum);
    Ok(out)
}

/// The envelopes of a row; a changed bit anywhere is refused.
pub fn unpack_envelopes(packed: &[u8]) -> Result<Vec<Envelope>, FormatError> {
    let (content, checksum) =
        packed.split_last_chunk::<CHECKSUM_BYTES>().ok_or(FormatError("packed envelopes end too early"))?;
    if sha256(&[content]) != *checksum {
        return Err(FormatError("packed envelopes are not what was packed"));
    }
    let mut reader = Reader::new(content);
    if reader.u8()? != VERSION {
        return Err(FormatError("version of packed envelopes is not known"));
    }
    let count = reader.u32()?;
    let envelopes = (0..count).map(|_| {
        Ok(Envelope {
            seq: reader.u64()?,
            key_version: reader.u32()?,
            msgid: field(&mut reader)?,
            encrypted_key: field(&mut reader)?,
            encrypted_message: field(&mut reader)?,
        })
    });
    let envelopes = envelopes.collect::<Result<Vec<_>, FormatError>>()?;
    reader.end()?;
    Ok(envelopes)
}

/// Strict base64 (no white space, right padding, no stray bits) has one text per bytes, so the bytes say it all.
fn push_field(out: &mut Vec<u8>, text: &str) -> Result<(), FormatError> {
    match STANDARD.decode(text) {
        Ok(bytes) => {
            out.push(AS_BASE64);
            push_bytes32(out, &bytes)
        }
        Err(_) => {
            out.push(AS_TEXT);
            push_bytes32(out, text.as_bytes())
        }
    }
}

fn field(reader: &mut Reader<'_>) -> Result<String, FormatError> {
    let form = reader.u8()?;
    let bytes = reader.bytes32()?;
    match form {
        AS_BASE64 => Ok(STANDARD.encode(bytes)),
        AS_TEXT => std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| FormatError("a field is not UTF-8")),
        _ => Err(FormatError("a field has an unknown form")),
    }
}
