//! What can go wrong in a search.

use xinlu_archive::ArchiveError;
use xinlu_db::DbError;
use xinlu_identity::IdentityError;
use xinlu_index::IndexError;
use xinlu_jobs::JobError;
use xinlu_model::{ErrorKind, Fault};

/// An error of a search or of its index.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The query cannot be read.
    #[error("the query cannot be read at character {at}: {what}")]
    Syntax {
        /// Which character, from 0.
        at: usize,
        /// What is wrong there.
        what: String,
    },
    /// The query asks for more than one request may.
    #[error("the query or its page is larger than allowed")]
    TooLarge,
    /// The key to continue from is none of ours.
    #[error("the key in `after` is not one that a search gave")]
    Cursor,
    /// Words were asked for, but no role of the caller shows text.
    #[error("your roles show no text, so words cannot be searched; filters can")]
    TextNotAllowed,
    /// The index failed.
    #[error("the index failed: {0}")]
    Index(IndexError),
    /// A rebuild is running already.
    #[error("the index is being rebuilt already")]
    Rebuilding,
    /// The archive failed.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The directory failed.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The journal failed.
    #[error(transparent)]
    Jobs(#[from] JobError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// No kept search of the caller's has this id.
    #[error("you keep no search of this id")]
    SavedUnknown,
    /// The name or the query of a kept search is not of its form.
    #[error("a kept search has a name of 1 to 100 characters and a query of at most 4 000")]
    SavedWording,
    /// A person keeps as many searches as they may.
    #[error("you keep 200 searches already; forget one first")]
    SavedTooMany,
    /// The blocking pool is gone: the server is stopping.
    #[error("the server is stopping")]
    Stopping,
}

impl From<IndexError> for SearchError {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::QueryTooLarge | IndexError::LimitTooLarge { .. } => Self::TooLarge,
            other => Self::Index(other),
        }
    }
}

impl Fault for SearchError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Syntax { .. } | Self::TooLarge | Self::Cursor | Self::SavedWording => ErrorKind::Invalid,
            Self::TextNotAllowed => ErrorKind::Forbidden,
            Self::Rebuilding | Self::SavedTooMany => ErrorKind::Conflict,
            Self::SavedUnknown => ErrorKind::NotFound,
            Self::Index(_) => ErrorKind::Internal,
            Self::Db(error) => error.kind(),
            Self::Archive(error) => error.kind(),
            Self::Identity(error) => error.kind(),
            Self::Jobs(error) => error.kind(),
            Self::Stopping => ErrorKind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "search.syntax",
            Self::TooLarge => "search.too_large",
            Self::Cursor => "search.cursor",
            Self::TextNotAllowed => "search.text_not_allowed",
            Self::Index(_) => "search.index",
            Self::Rebuilding => "search.rebuilding",
            Self::Archive(error) => error.code(),
            Self::Identity(error) => error.code(),
            Self::Jobs(error) => error.code(),
            Self::Db(error) => error.code(),
            Self::SavedUnknown => "search.saved_unknown",
            Self::SavedWording => "search.saved_wording",
            Self::SavedTooMany => "search.saved_too_many",
            Self::Stopping => "search.stopping",
        }
    }
}
