//! What can stop the simulator itself. Faults that it plays to its clients are not errors and never appear here.

use std::path::PathBuf;

/// Why the simulator could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// A file or folder of the data directory could not be read or written.
    #[error("cannot use {path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The address to listen on is taken or not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// As given on the command line.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A document that we read (faults, state) is not what its schema says.
    #[error("cannot understand {what}: {reason}")]
    Document {
        /// Which document.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A key could not be made, read or used.
    #[error("cannot use key {what}")]
    Key {
        /// Which key.
        what: String,
    },
    /// A callback could not be delivered.
    #[error("callback to {url} failed: {reason}")]
    Callback {
        /// Where it went.
        url: String,
        /// What came back.
        reason: String,
    },
}

impl SimulatorError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "simulator.file",
            Self::Listen { .. } => "simulator.listen",
            Self::Document { .. } => "simulator.document",
            Self::Key { .. } => "simulator.key",
            Self::Callback { .. } => "simulator.callback",
        }
    }

    /// A file error in one call, for `map_err`.
    pub fn file(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::File { path: path.to_path_buf(), source }
    }
}
