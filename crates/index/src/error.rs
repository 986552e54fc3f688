//! What can go wrong, one variant per thing a caller can act on.
//!
//! It must never carry message text or terms of a query.

use crate::crypt::DamagedFile;

#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error("the index is at journal position {committed}, not at {expected}; go on from there")]
    Position { expected: u64, committed: u64 },
    #[error("a limit of {limit} is above what one answer may hold")]
    LimitTooLarge { limit: usize },
    #[error("the query is too large")]
    QueryTooLarge,
    #[error("another process holds the index")]
    Locked,
    #[error("a rebuild is already under way")]
    RebuildRunning,
    #[error("the index file {file} is damaged or belongs to another key: {reason}; rebuild the index")]
    Damaged { file: String, reason: &'static str },
    #[error("the index cannot be read or written")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl IndexError {
    /// Stable code for clients.
    pub fn code(&self) -> &'static str {
        match self {
            IndexError::Position { .. } => "index.position_moved",
            IndexError::LimitTooLarge { .. } => "index.limit_too_large",
            IndexError::QueryTooLarge => "index.query_too_large",
            IndexError::Locked => "index.locked",
            IndexError::RebuildRunning => "index.rebuild_running",
            IndexError::Damaged { .. } => "index.damaged",
            IndexError::Storage(_) => "index.storage",
        }
    }
}

impl From<std::io::Error> for IndexError {
    fn from(error: std::io::Error) -> Self {
        match damaged(&error) {
            Some(damaged) => damaged,
            None => IndexError::Storage(Box::new(error)),
        }
    }
}

impl From<tantivy::TantivyError> for IndexError {
    fn from(error: tantivy::TantivyError) -> Self {
        use tantivy::TantivyError as Cause;
        use tantivy::directory::error::{OpenReadError, OpenWriteError};
        let io_error = match &error {
            Cause::LockFailure(tantivy::directory::error::LockError::LockBusy, _) => return IndexError::Locked,
            Cause::IoError(io_error)
            | Cause::OpenReadError(OpenReadError::IoError { io_error, .. })
            | Cause::OpenWriteError(OpenWriteError::IoError { io_error, .. }) => Some(io_error),
            _ => None,
        };
        match io_error.and_then(|io_error| damaged(io_error)) {
            Some(damaged) => damaged,
            None => IndexError::Storage(Box::new(error)),
        }
    }
}

fn damaged(error: &std::io::Error) -> Option<IndexError> {
    let damaged = error.get_ref()?.downcast_ref::<DamagedFile>()?;
    Some(IndexError::Damaged { file: damaged.file.clone(), reason: damaged.reason })
}
