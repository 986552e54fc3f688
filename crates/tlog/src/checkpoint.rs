//! Checkpoints: a log's name, size and root as the text of a signed note.
//!
//! Source: c2sp.org/tlog-checkpoint. Never returns a checkpoint from a note before its signature by the log's
//! own key has been checked.

use std::fmt;

use crate::{Hash, Note, Signer, TlogError, Verifier};

/// The head of a log at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's identity, such as `example.com/log42`. Never empty.
    pub origin: String,
    /// The number of leaves.
    pub size: u64,
    pub root: Hash,
    /// Opaque further lines, which we keep and never write. None of them is empty.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    pub fn new(origin: &str, size: u64, root: Hash) -> Self {
        Self { origin: origin.to_owned(), size, root, extensions: Vec::new() }
    }

    /// Reads the text of a note. Refuses numbers with needless zeros, and base64 that is not canonical.
    pub fn from_text(text: &str) -> Result<Self, TlogError> {
        let reason = |reason| TlogError::CheckpointMalformed { reason };
        let lines = text.strip_suffix('\n').ok_or_else(|| reason("last line has no end"))?;
        let mut lines = lines.split('\n');
        let origin = lines.next().filter(|origin| !origin.is_empty()).ok_or_else(|| reason("origin is empty"))?;
        let size_line = lines.next().ok_or_else(|| reason("no tree size"))?;
        let size: u64 = size_line.parse().map_err(|_| reason("tree size is not a number"))?;
        if size.to_string() != size_line {
            return Err(reason("tree size is not in its shortest form"));
        }
        let root_line = lines.next().ok_or_else(|| reason("no root hash"))?;
        let root = Hash::from_base64(root_line).map_err(|_| reason("root hash is not 32 bytes in base64"))?;
        let extensions: Vec<_> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(reason("extension line is empty"));
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }

    /// Signs the checkpoint, which gives the note as it is stored and served.
    pub fn sign(&self, signers: &[&Signer]) -> Result<String, TlogError> {
        let text = self.to_string();
        // What we could not read back must never be signed.
        if Self::from_text(&text)? != *self {
            return Err(TlogError::CheckpointMalformed { reason: "a line holds a newline" });
        }
        Note::sign(&text, signers).map(|note| note.to_string())
    }

    /// Reads a signed checkpoint, checks the signature by the log's own key, and that it is of the log `origin`.
    pub fn open(note: &str, origin: &str, verifier: &Verifier) -> Result<Self, TlogError> {
        let note = Note::parse(note)?;
        let checkpoint = Self::from_text(note.verify(&[verifier])?)?;
        if checkpoint.origin != origin {
            return Err(TlogError::OriginMismatch { expected: origin.to_owned(), found: checkpoint.origin });
        }
        Ok(checkpoint)
    }
}

impl fmt::Display for Checkpoint {
    /// The text that is signed.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}\n{}\n{}", self.origin, self.size, self.root)?;
        self.extensions.iter().try_for_each(|line| writeln!(formatter, "{line}"))
    }
}

#[cfg(test)]
mod tests;
