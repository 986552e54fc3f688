//! What can go wrong with keys. Never says anything about a key but its number.

use xinlu_db::DbError;
use xinlu_model::{ErrorKind, Fault};

/// An error of the key ring.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// No KEK opens under this root key.
    #[error("this root key does not belong to this key file; give the root key it was made with")]
    WrongRoot,
    /// A stored key does not open though the root key is right: the file was changed or damaged.
    #[error("the stored key {what} is damaged; restore the key file from its back-up")]
    Damaged {
        /// Which key, by its number.
        what: String,
    },
    /// A ciphertext was not made by this key over this additional data, or was changed.
    #[error("a ciphertext cannot be opened with this key")]
    Unopenable,
    /// The database below.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for KeysError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Db(error) => error.kind(),
            _ => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::WrongRoot => "keys.wrong_root",
            Self::Damaged { .. } => "keys.damaged",
            Self::Unopenable => "keys.unopenable",
            Self::Db(error) => error.code(),
        }
    }
}
