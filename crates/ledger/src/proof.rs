//! Answers about a log: where a reference's leaf is, its proof, consistency between two sizes.
//!
//! Everything is answered from the published checkpoint and the files it promises, so any node can answer. A proof
//! is verified before it is handed out; one that would not verify is an error, never an answer.

use xinlu_tlog::{
    Bundle, Checkpoint, Hash, TILE_WIDTH, TlogError, decode_bundle, leaf_hash, prove_consistency, prove_inclusion,
    tree_root, verify_inclusion,
};

use crate::directory::{CHECKPOINT, Directory};
use crate::ledger::blocking;
use crate::{Ledger, LedgerError, RefKind, store};

/// Where a reference's leaf is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Submitted, and not placed yet.
    Pending,
    /// Placed; the checkpoint that covers it is published within a moment.
    At {
        /// From 0.
        leaf_index: u64,
    },
    /// Never submitted.
    Absent,
}

/// A proof, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProofAnswer {
    /// Submitted, and not under a published checkpoint yet.
    Pending,
    /// The leaf is in the tree of `checkpoint`.
    Found {
        /// From 0.
        leaf_index: u64,
        /// Leaves of the tree.
        tree_size: u64,
        /// The entry, whose hash is the leaf.
        leaf: Vec<u8>,
        /// From the leaf's sibling to the root's child.
        hashes: Vec<Hash>,
        /// The signed note.
        checkpoint: String,
    },
    /// Never submitted.
    Absent,
}

impl Ledger {
    /// The published checkpoint: a signed note (c2sp.org/tlog-checkpoint).
    pub async fn checkpoint(&self) -> Result<String, LedgerError> {
        let (_, note) = self.published().await?.ok_or(LedgerError::NoSuchTree { size: 0 })?;
        Ok(note)
    }

    /// Where the leaf of a reference is.
    pub async fn locate(&self, kind: RefKind, reference: u64) -> Result<Place, LedgerError> {
        if let Some(leaf_index) = store::find_index(&self.db, self.log, kind, reference).await? {
            return Ok(Place::At { leaf_index });
        }
        if store::is_pending(&self.db, self.log, kind, reference).await? {
            return Ok(Place::Pending);
        }
        // It may have been placed between the two looks.
        let placed = store::find_index(&self.db, self.log, kind, reference).await?;
        Ok(placed.map_or(Place::Absent, |leaf_index| Place::At { leaf_index }))
    }

    /// The leaf of a reference with the proof that it is in the published tree.
    pub async fn proof(&self, kind: RefKind, reference: u64) -> Result<ProofAnswer, LedgerError> {
        let leaf_index = match self.locate(kind, reference).await? {
            Place::Pending => return Ok(ProofAnswer::Pending),
            Place::Absent => return Ok(ProofAnswer::Absent),
            Place::At { leaf_index } => leaf_index,
        };
        let (head, checkpoint) = self.published().await?.ok_or(LedgerError::NoSuchTree { size: 0 })?;
        if leaf_index >= head.size {
            return Ok(ProofAnswer::Pending);
        }
        let directory = self.directory.clone();
        blocking(move || {
            let leaf = read_leaf(&directory, leaf_index, head.size)?;
            let hashes = prove_inclusion(leaf_index, head.size, &|tile| directory.tile(tile))?;
            verify_inclusion(leaf_index, head.size, &leaf_hash(&leaf), &head.root, &hashes)?;
            Ok(ProofAnswer::Found { leaf_index, tree_size: head.size, leaf, hashes, checkpoint })
        })
        .await
    }

    /// The last leaves of a kind under the published checkpoint, with their places, the last first; at most `limit`.
    pub async fn newest(&self, kind: RefKind, limit: u32) -> Result<Vec<(u64, Vec<u8>)>, LedgerError> {
        let Some((head, _)) = self.published().await? else { return Ok(Vec::new()) };
        let placements = store::newest_placements(&self.db, self.log, kind, limit).await?;
        let places = placements.iter().flat_map(|one| (one.first_index..one.first_index + one.count).rev());
        let places: Vec<u64> = places.filter(|place| *place < head.size).take(limit as usize).collect();
        let directory = self.directory.clone();
        let read = move |place: u64| Ok((place, read_leaf(&directory, place, head.size)?));
        blocking(move || places.into_iter().map(read).collect()).await
    }

    /// The proof that the tree of `to` leaves begins with the tree of `from` leaves (RFC 6962 section 2.1.2), where
    /// 1 ≤ `from` ≤ `to` ≤ the published size.
    pub async fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, LedgerError> {
        let (head, _) = self.published().await?.ok_or(LedgerError::NoSuchTree { size: 0 })?;
        if to > head.size {
            return Err(LedgerError::NoSuchTree { size: to });
        }
        if from == 0 || from > to {
            return Err(LedgerError::NoSuchTree { size: from });
        }
        let directory = self.directory.clone();
        blocking(move || {
            let read = |tile| directory.tile(tile);
            if tree_root(head.size, &read)? != head.root {
                return Err(LedgerError::RootMismatch { size: head.size });
            }
            Ok(prove_consistency(from, to, &read)?)
        })
        .await
    }

    /// The published checkpoint, its signature checked, and the note it was read from.
    pub(crate) async fn published(&self) -> Result<Option<(Checkpoint, String)>, LedgerError> {
        let (directory, origin, verifier) = (self.directory.clone(), self.origin.clone(), self.verifier.clone());
        blocking(move || {
            let Some(note) = directory.find_text(CHECKPOINT)? else { return Ok(None) };
            Ok(Some((Checkpoint::open(&note, &origin, &verifier)?, note)))
        })
        .await
    }
}

fn read_leaf(directory: &Directory, index: u64, size: u64) -> Result<Vec<u8>, LedgerError> {
    let outside = TlogError::OutsideTree { value: index, size };
    let bundle = Bundle::at_size(index / u64::from(TILE_WIDTH), size).ok_or(outside.clone())?;
    let bytes = directory.bundle(bundle)?;
    let entries = decode_bundle(&bytes, bundle.width())?;
    let entry = entries.get((index % u64::from(TILE_WIDTH)) as usize);
    entry.map(|entry| entry.to_vec()).ok_or(LedgerError::Damaged(outside))
}
