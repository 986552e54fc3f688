//! What can go wrong with objects.

use xinlu_model::{ErrorKind, Fault};

/// An error of the object store.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The name is not of the allowed form.
    #[error("not an object name: {0:?}")]
    Name(String),
    /// There is no such object or partial.
    #[error("object {0} is not there")]
    NotFound(String),
    /// The range reaches beyond the object's end.
    #[error("object {name} ends before byte {end}")]
    Range {
        /// The object.
        name: String,
        /// The first byte after the range that was asked for.
        end: u64,
    },
    /// The disk refused.
    #[error("{what}: {cause}")]
    Io {
        /// What was tried.
        what: String,
        /// The system's words.
        cause: std::io::Error,
    },
    /// The runtime is shutting down.
    #[error("interrupted")]
    Interrupted,
}

impl Fault for BlobError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Interrupted => ErrorKind::Unavailable,
            Self::Name(_) | Self::Range { .. } | Self::Io { .. } => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Name(_) => "blob.name",
            Self::NotFound(_) => "blob.not_found",
            Self::Range { .. } => "blob.range",
            Self::Io { .. } => "blob.io",
            Self::Interrupted => "blob.interrupted",
        }
    }
}
