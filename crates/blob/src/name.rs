//! Which names there are, and the relative path of each. Pure.
//!
//! Never lets a dot, a slash or an upper-case letter through, so no name leaves its folder on any file system.

use std::path::PathBuf;

use crate::BlobError;

/// A SHA-256 in hexadecimal; other hashes of the same length fit as well.
const OBJECT_DIGITS: usize = 64;
/// Enough for a kind and a number.
const PARTIAL_LENGTH_MAX: usize = 64;

/// `aa/bb/aabb…` of an object.
pub(crate) fn object_path(name: &str) -> Result<PathBuf, BlobError> {
    let hexadecimal = name.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if name.len() != OBJECT_DIGITS || !hexadecimal {
        return Err(BlobError::Name(name.to_owned()));
    }
    let (first, rest) = name.split_at(2);
    let (second, _) = rest.split_at(2);
    Ok([first, second, name].iter().collect())
}

/// A partial's file name, checked.
pub(crate) fn partial_path(name: &str) -> Result<PathBuf, BlobError> {
    let allowed = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if name.is_empty() || name.len() > PARTIAL_LENGTH_MAX || !allowed {
        return Err(BlobError::Name(name.to_owned()));
    }
    Ok(PathBuf::from(name))
}
