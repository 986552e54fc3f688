//! The kinds of error and the face every part's error shows to the edge.
//!
//! A part's own enum says what happened; this says what a caller can do about it.

/// What kind of error it is; `http` maps each to one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request is wrong as it stands (400).
    Invalid,
    /// Nobody is signed in, or the key is not known (401).
    Unauthenticated,
    /// Signed in, but not allowed (403).
    Forbidden,
    /// There is no such thing, or not for this caller (404).
    NotFound,
    /// The state forbids it now (409).
    Conflict,
    /// Larger than a limit (413).
    TooLarge,
    /// Too many requests (429).
    TooMany,
    /// Works later; try again (503).
    Unavailable,
    /// Our fault; the log has the cause (500).
    Internal,
}

/// An error that can be shown to a client: `Display` is the client's text and leaks nothing.
pub trait Fault: std::error::Error + Send + Sync + 'static {
    /// What a caller can do about it.
    fn kind(&self) -> ErrorKind;
    /// The stable code, `part.what`, which never changes meaning.
    fn code(&self) -> &'static str;
}
