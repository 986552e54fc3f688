//! What can go wrong with a running log.
//!
//! Texts name files by their path inside the log's directory, never leaves' content.

use xinlu_db::DbError;
use xinlu_model::{ErrorKind, Fault};
use xinlu_tlog::TlogError;

/// An error of a running log.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A file of the log is not what it must be.
    #[error("the log is damaged: {0}")]
    Damaged(#[from] TlogError),
    /// A file could not be read or written.
    #[error("log file {path}: {cause}")]
    File {
        /// The path inside the log's directory.
        path: String,
        /// The system's words.
        cause: String,
    },
    /// The directory belongs to another log or key.
    #[error("the directory's vkey is not that of this log's key")]
    KeyMismatch,
    /// The directory's checkpoint is ahead of the database, so an old back-up of the database was brought back.
    /// To go on would fork the log.
    #[error("the checkpoint has {checkpoint} leaves but the database only {head}; going on would fork the log")]
    HeadBehind {
        /// Leaves the signed checkpoint has.
        checkpoint: u64,
        /// Leaves the database knows.
        head: u64,
    },
    /// The directory and the database have different trees of one size.
    #[error("the log's files do not have the root that the database has at {size} leaves")]
    RootMismatch {
        /// The size of both.
        size: u64,
    },
    /// More leaves in one submission than a row may hold, or none.
    #[error("a submission has 1 to {max} leaves, not {count}", max = crate::LEAVES_PER_SUBMIT_MAX)]
    LeafCount {
        /// How many there were.
        count: usize,
    },
    /// The pending batches changed under the sequencer, which only another program can have done.
    #[error("pending batches vanished while they were placed")]
    PendingChanged,
    /// A size is not one the log has had.
    #[error("the log has no tree of {size} leaves")]
    NoSuchTree {
        /// The size asked for.
        size: u64,
    },
    /// The blocking pool is gone because the program is stopping.
    #[error("the program is stopping")]
    Stopping,
}

impl Fault for LedgerError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Db(cause) => cause.kind(),
            Self::NoSuchTree { .. } => ErrorKind::NotFound,
            Self::Stopping => ErrorKind::Unavailable,
            _ => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Db(cause) => cause.code(),
            Self::Damaged(_) => "ledger.damaged",
            Self::File { .. } => "ledger.file",
            Self::KeyMismatch => "ledger.key_mismatch",
            Self::HeadBehind { .. } => "ledger.head_behind",
            Self::RootMismatch { .. } => "ledger.root_mismatch",
            Self::LeafCount { .. } => "ledger.leaf_count",
            Self::PendingChanged => "ledger.pending_changed",
            Self::NoSuchTree { .. } => "ledger.no_such_tree",
            Self::Stopping => "ledger.stopping",
        }
    }
}
