//! A proof that stands alone: index, hashes and checkpoint in one text that can be checked without the log.
//!
//! Source: c2sp.org/tlog-proof, version 1. Never trusts the extra data, which nothing signs.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{Checkpoint, Hash, TlogError, Verifier, verify_inclusion};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1\n";
/// The path in a tree of 2^64 leaves.
const HASHES_MAX: usize = 64;

/// An inclusion proof with the checkpoint it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofText {
    /// Data of the application, not authenticated.
    pub extra: Option<Vec<u8>>,
    /// The entry's index in the log, from 0.
    pub index: u64,
    /// From the leaf's sibling up to the root's child.
    pub hashes: Vec<Hash>,
    /// The signed note, byte for byte.
    pub checkpoint: String,
}

impl ProofText {
    /// Reads the text and checks its form only.
    pub fn parse(text: &str) -> Result<Self, TlogError> {
        let reason = |reason| TlogError::ProofMalformed { reason };
        let rest = text.strip_prefix(FIRST_LINE).ok_or_else(|| reason("not a c2sp.org/tlog-proof@v1"))?;
        let (head, checkpoint) = rest.split_once("\n\n").ok_or_else(|| reason("no checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        let mut extra = None;
        if let Some(encoded) = lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            extra = Some(STANDARD.decode(encoded).map_err(|_| reason("extra data is not base64"))?);
            lines.next();
        }
        let number = lines.next().and_then(|line| line.strip_prefix("index ")).ok_or_else(|| reason("no index"))?;
        let index: u64 = number.parse().map_err(|_| reason("index is not a number"))?;
        let hashes: Vec<_> = lines.map(Hash::from_base64).collect::<Result<_, _>>()?;
        if hashes.len() > HASHES_MAX {
            return Err(reason("more than 64 hashes"));
        }
        let proof = Self { extra, index, hashes, checkpoint: checkpoint.to_owned() };
        if proof.to_string() == text { Ok(proof) } else { Err(reason("index is not in its shortest form")) }
    }

    /// Checks everything: signature and origin of the checkpoint, and that the leaf is in its tree.
    pub fn verify(&self, leaf: &Hash, origin: &str, verifier: &Verifier) -> Result<Checkpoint, TlogError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, origin, verifier)?;
        verify_inclusion(self.index, checkpoint.size, leaf, &checkpoint.root, &self.hashes)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for ProofText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(FIRST_LINE)?;
        if let Some(extra) = &self.extra {
            writeln!(formatter, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(formatter, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(formatter, "{hash}"))?;
        write!(formatter, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests;
