//! The entries of the archive log: fixed binary, versioned, at most 256 bytes, no plaintext and no bare hash of text.
//!
//! Every entry begins `version 1 ‖ kind u8`; numbers are big-endian, times microseconds since 1970 UTC. For ever:
//! - 1 record: commitment 32 ‖ id tag 32 ‖ SHA-256 of the ciphertext 32 ‖ key epoch u32 ‖ subject alias 16 ‖ observed_at i64
//!   ‖ sent_at i64;
//! - 2 media: id tag of the record 32 ‖ ordinal u32 ‖ commitment to the bytes 32 ‖ SHA-256 of the object 32 ‖ object size
//!   u64 ‖ key epoch u32 ‖ subject alias 16 ‖ stored_at i64;
//! - 3 report: SHA-256 of the report 32 ‖ made_at i64;
//! - 4 checkpoint of another log: root 32 ‖ size u64 ‖ at i64 ‖ origin (u8 length).
//!
//! Pure. It never holds anything that erasure would have to take away.

use xinlu_model::Time;

use crate::error::FormatError;
use crate::wire::Reader;

/// The longest entry there is.
pub const LEAF_BYTES_MAX: usize = 256;

const VERSION: u8 = 1;
const RECORD: u8 = 1;
const MEDIA: u8 = 2;
const REPORT: u8 = 3;
const CHECKPOINT: u8 = 4;
/// An origin that leaves the entry within its limit.
const ORIGIN_BYTES_MAX: usize = 200;

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// A record was archived.
    Record(RecordLeaf),
    /// A media item's bytes were stored.
    Media(MediaLeaf),
    /// A reconciliation report was made.
    Report(ReportLeaf),
    /// Another log stood here.
    Checkpoint(CheckpointLeaf),
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordLeaf {
    /// HMAC-SHA-256 under the record's blind over what was said; see `body`.
    pub commitment: [u8; 32],
    /// Which message it is, to whoever has the subject's key.
    pub id_tag: [u8; 32],
    /// SHA-256 of the stored body.
    pub ciphertext_sha256: [u8; 32],
    /// The KEK epoch at the time.
    pub key_epoch: u32,
    /// Whose key.
    pub alias: [u8; 16],
    /// When we first held it.
    pub observed_at: Time,
    /// When the source says it was said.
    pub sent_at: Time,
}

/// A finished download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaLeaf {
    /// The record it belongs to.
    pub id_tag: [u8; 32],
    /// Its place in the record.
    pub ordinal: u32,
    /// HMAC-SHA-256 under a subject-derived key over the bytes' size, MD5 and SHA-256; see `media`.
    pub commitment: [u8; 32],
    /// SHA-256 of the object, which is also its name.
    pub object_sha256: [u8; 32],
    /// The object's size in bytes.
    pub object_size: u64,
    /// The KEK epoch at the time.
    pub key_epoch: u32,
    /// Whose key.
    pub alias: [u8; 16],
    /// When it was stored.
    pub stored_at: Time,
}

/// A reconciliation report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLeaf {
    /// SHA-256 of the report's bytes. Reports hold counts, never text.
    pub report_sha256: [u8; 32],
    /// When it was made.
    pub made_at: Time,
}

/// Another log's checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointLeaf {
    /// The other log's name.
    pub origin: String,
    /// Its size in leaves.
    pub size: u64,
    /// Its root.
    pub root: [u8; 32],
    /// When it was carried over.
    pub at: Time,
}

impl Leaf {
    /// The entry's bytes.
    pub fn encode(&self) -> Result<Vec<u8>, FormatError> {
        let mut out = Vec::with_capacity(LEAF_BYTES_MAX);
        match self {
            Self::Record(leaf) => encode_record(&mut out, leaf),
            Self::Media(leaf) => encode_media(&mut out, leaf),
            Self::Report(leaf) => {
                out.extend_from_slice(&[VERSION, REPORT]);
                out.extend_from_slice(&leaf.report_sha256);
                out.extend_from_slice(&leaf.made_at.micros().to_be_bytes());
            }
            Self::Checkpoint(leaf) => encode_checkpoint(&mut out, leaf)?,
        }
        Ok(out)
    }

    /// Reads an entry; anything that `encode` would not have written is refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader::new(bytes);
        if reader.u8()? != VERSION {
            return Err(FormatError("leaf version is not known"));
        }
        let leaf = match reader.u8()? {
            RECORD => Self::Record(RecordLeaf {
                commitment: reader.array()?,
                id_tag: reader.array()?,
                ciphertext_sha256: reader.array()?,
                key_epoch: reader.u32()?,
                alias: reader.array()?,
                observed_at: Time::from_micros(reader.i64()?),
                sent_at: Time::from_micros(reader.i64()?),
            }),
            MEDIA => Self::Media(MediaLeaf {
                id_tag: reader.array()?,
                ordinal: reader.u32()?,
                commitment: reader.array()?,
                object_sha256: reader.array()?,
                object_size: reader.u64()?,
                key_epoch: reader.u32()?,
                alias: reader.array()?,
                stored_at: Time::from_micros(reader.i64()?),
            }),
            REPORT => {
                Self::Report(ReportLeaf { report_sha256: reader.array()?, made_at: Time::from_micros(reader.i64()?) })
            }
            CHECKPOINT => Self::Checkpoint(decode_checkpoint(&mut reader)?),
            _ => return Err(FormatError("leaf kind is not known")),
        };
        reader.end()?;
        Ok(leaf)
    }
}

fn encode_record(out: &mut Vec<u8>, leaf: &RecordLeaf) {
    out.extend_from_slice(&[VERSION, RECORD]);
    out.extend_from_slice(&leaf.commitment);
    out.extend_from_slice(&leaf.id_tag);
    out.extend_from_slice(&leaf.ciphertext_sha256);
    out.extend_from_slice(&leaf.key_epoch.to_be_bytes());
    out.extend_from_slice(&leaf.alias);
    out.extend_from_slice(&leaf.observed_at.micros().to_be_bytes());
    out.extend_from_slice(&leaf.sent_at.micros().to_be_bytes());
}

fn encode_media(out: &mut Vec<u8>, leaf: &MediaLeaf) {
    out.extend_from_slice(&[VERSION, MEDIA]);
    out.extend_from_slice(&leaf.id_tag);
    out.extend_from_slice(&leaf.ordinal.to_be_bytes());
    out.extend_from_slice(&leaf.commitment);
    out.extend_from_slice(&leaf.object_sha256);
    out.extend_from_slice(&leaf.object_size.to_be_bytes());
    out.extend_from_slice(&leaf.key_epoch.to_be_bytes());
    out.extend_from_slice(&leaf.alias);
    out.extend_from_slice(&leaf.stored_at.micros().to_be_bytes());
}

fn encode_checkpoint(out: &mut Vec<u8>, leaf: &CheckpointLeaf) -> Result<(), FormatError> {
    if leaf.origin.len() > ORIGIN_BYTES_MAX {
        return Err(FormatError("a log's origin is longer than 200 bytes"));
    }
    out.extend_from_slice(&[VERSION, CHECKPOINT]);
    out.extend_from_slice(&leaf.root);
    out.extend_from_slice(&leaf.size.to_be_bytes());
    out.extend_from_slice(&leaf.at.micros().to_be_bytes());
    out.push(leaf.origin.len() as u8);
    out.extend_from_slice(leaf.origin.as_bytes());
    Ok(())
}

fn decode_checkpoint(reader: &mut Reader<'_>) -> Result<CheckpointLeaf, FormatError> {
    let (root, size, at) = (reader.array()?, reader.u64()?, Time::from_micros(reader.i64()?));
    let length = usize::from(reader.u8()?);
    if length > ORIGIN_BYTES_MAX {
        return Err(FormatError("a log's origin is longer than 200 bytes"));
    }
    let origin = std::str::from_utf8(reader.take(length)?).map_err(|_| FormatError("an origin is not UTF-8"))?;
    Ok(CheckpointLeaf { origin: origin.to_owned(), size, root, at })
}
