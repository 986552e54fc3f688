//! What can be wrong with a log, one variant per thing a caller can act on.
//!
//! The texts name the file or the line at fault and never hold an entry's content.

/// An error of the transparency log's formats and proofs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogError {
    /// Text or bytes that should have been a SHA-256 hash are not.
    #[error("not a sha-256 hash in standard base64")]
    HashMalformed,
    /// A path is not one that tlog-tiles defines.
    #[error("not a path of tlog-tiles: {path}")]
    PathMalformed { path: String },
    /// A tile's level or width is outside what tlog-tiles allows.
    #[error("no such tile: level {level}, width {width}")]
    TileOutOfRange { level: u8, width: u16 },
    /// A tile's bytes are not as many as its width needs.
    #[error("{path} has {found} bytes, expected {expected}")]
    TileLength { path: String, expected: usize, found: usize },
    /// The reader could not deliver a tile.
    #[error("{path} cannot be read: {cause}")]
    TileUnavailable { path: String, cause: String },
    /// An entry is longer than a bundle can hold.
    #[error("entry of {length} bytes is longer than {max} bytes", max = crate::ENTRY_BYTES_MAX)]
    EntryTooLong { length: usize },
    /// A bundle ends inside an entry, or has too few or too many of them.
    #[error("entry bundle is broken at entry {position}: {reason}")]
    BundleMalformed { position: usize, reason: &'static str },
    /// A signed note does not follow the format.
    #[error("signed note is malformed: {reason}")]
    NoteMalformed { reason: &'static str },
    /// No signature line is by a key that is trusted here.
    #[error("signed note has no signature by a trusted key")]
    SignatureMissing,
    /// A signature line by a trusted key does not verify.
    #[error("signature by {name} does not verify")]
    SignatureInvalid { name: String },
    /// A verifier key's text does not follow the format.
    #[error("verifier key is malformed: {reason}")]
    VerifierMalformed { reason: &'static str },
    /// A key name is empty or holds a space or a plus sign.
    #[error("key name is empty or holds a space or a plus sign")]
    KeyNameMalformed,
    /// The signed text is not a checkpoint.
    #[error("checkpoint is malformed: {reason}")]
    CheckpointMalformed { reason: &'static str },
    /// The checkpoint is of another log.
    #[error("checkpoint is of log {found}, expected {expected}")]
    OriginMismatch { expected: String, found: String },
    /// The text of a proof does not follow the format.
    #[error("proof text is malformed: {reason}")]
    ProofMalformed { reason: &'static str },
    /// A proof does not lead to the expected root.
    #[error("proof does not verify")]
    ProofInvalid,
    /// An index or size is outside the tree.
    #[error("{value} is outside a tree of {size} leaves")]
    OutsideTree { value: u64, size: u64 },
}

impl TlogError {
    /// The stable code of this error; it never changes its meaning.
    pub fn code(&self) -> &'static str {
        match self {
            Self::HashMalformed => "tlog.hash_malformed",
            Self::PathMalformed { .. } => "tlog.path_malformed",
            Self::TileOutOfRange { .. } => "tlog.tile_out_of_range",
            Self::TileLength { .. } => "tlog.tile_length",
            Self::TileUnavailable { .. } => "tlog.tile_unavailable",
            Self::EntryTooLong { .. } => "tlog.entry_too_long",
            Self::BundleMalformed { .. } => "tlog.bundle_malformed",
            Self::NoteMalformed { .. } => "tlog.note_malformed",
            Self::SignatureMissing => "tlog.signature_missing",
            Self::SignatureInvalid { .. } => "tlog.signature_invalid",
            Self::VerifierMalformed { .. } => "tlog.verifier_malformed",
            Self::KeyNameMalformed => "tlog.key_name_malformed",
            Self::CheckpointMalformed { .. } => "tlog.checkpoint_malformed",
            Self::OriginMismatch { .. } => "tlog.origin_mismatch",
            Self::ProofMalformed { .. } => "tlog.proof_malformed",
            Self::ProofInvalid => "tlog.proof_invalid",
            Self::OutsideTree { .. } => "tlog.outside_tree",
        }
    }
}
