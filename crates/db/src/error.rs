//! What can go wrong below the parts. A missing row is never an error here.

use xinlu_model::{ErrorKind, Fault};

/// A database error.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A unique rule refused the row; retrying cannot help.
    #[error("a row with this key exists already ({statement})")]
    Unique {
        /// The statement that broke it.
        statement: &'static str,
    },
    /// Another writer holds the rows; retrying may help.
    #[error("the database is busy")]
    Busy,
    /// The engine cannot be reached or went away; retrying may help.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The server is beyond this machine and no encrypted connection could be made.
    #[error(
        "the database is not on this machine and could not be reached over TLS 1.3: {0}; give it a certificate this system \
         trusts, or say sslmode=disable to send everything in the clear"
    )]
    TlsRequired(String),
    /// A row was read otherwise than its statement lists.
    #[error("column {index} of {statement} is not what was asked for")]
    Column {
        /// The statement.
        statement: &'static str,
        /// Which column, from 1.
        index: usize,
    },
    /// The engine refused the statement.
    #[error("{statement}: {message}")]
    Sql {
        /// The statement.
        statement: &'static str,
        /// The engine's words.
        message: String,
    },
    /// The configuration is wrong.
    #[error("database configuration: {0}")]
    Config(String),
    /// The tables are newer than this program.
    #[error("the data was written by a newer version ({part} migration {number})")]
    Newer {
        /// The part.
        part: String,
        /// The migration this program does not know.
        number: i64,
    },
}

impl Fault for DbError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unique { .. } => ErrorKind::Conflict,
            Self::Busy | Self::Unreachable(_) | Self::TlsRequired(_) => ErrorKind::Unavailable,
            _ => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unique { .. } => "db.unique",
            Self::Busy => "db.busy",
            Self::Unreachable(_) => "db.unreachable",
            Self::TlsRequired(_) => "db.tls_required",
            Self::Column { .. } => "db.column",
            Self::Sql { .. } => "db.sql",
            Self::Config(_) => "db.config",
            Self::Newer { .. } => "db.newer",
        }
    }
}
