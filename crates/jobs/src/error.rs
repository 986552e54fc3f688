//! What can go wrong between parts.

use xinlu_db::DbError;
use xinlu_model::{ErrorKind, Fault};

/// An error of the journal, a consumer, the queue or a lease.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// An event in the journal cannot be read by this program.
    #[error("the event at position {position} cannot be read: {cause}")]
    Event {
        /// Where it stands.
        position: i64,
        /// Why.
        cause: String,
    },
    /// A consumer's own work failed; it is tried again.
    #[error("{consumer}: {cause}")]
    Consumer {
        /// Which consumer.
        consumer: &'static str,
        /// Why.
        cause: String,
    },
}

impl Fault for JobError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Db(error) => error.kind(),
            _ => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Db(error) => error.code(),
            Self::Event { .. } => "jobs.event",
            Self::Consumer { .. } => "jobs.consumer",
        }
    }
}
