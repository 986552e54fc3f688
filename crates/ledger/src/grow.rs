//! One round of growth as a pure step: the right edge and new batches in, files and the new head out.
//!
//! Never touches a file or the database; it computes, so it belongs on the blocking pool.

use xinlu_tlog::{Bundle, Frontier, Hash, TILE_WIDTH, leaf_hash, push_entry};

use crate::{LedgerError, PendingBatch};

/// What growing needs to know of the log so far.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    pub(crate) frontier: Frontier,
    /// The entries of the last bundle, if it is partial.
    pub(crate) bundle: Vec<u8>,
}

/// What a round writes.
#[derive(Debug)]
pub(crate) struct Grown {
    pub(crate) edge: Edge,
    /// Paths and bytes: the bundles, then the tiles from the lowest level up.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) size: u64,
    pub(crate) root: Hash,
}

/// Adds the leaves of the batches, in order.
pub(crate) fn grow(edge: Edge, batches: &[PendingBatch]) -> Result<Grown, LedgerError> {
    let Edge { mut frontier, mut bundle } = edge;
    let mut files = Vec::new();
    let mut leaf_hashes = Vec::new();
    let mut size = frontier.size();
    for leaf in batches.iter().flat_map(|batch| &batch.leaves) {
        push_entry(&mut bundle, leaf)?;
        leaf_hashes.push(leaf_hash(leaf));
        size += 1;
        if size % u64::from(TILE_WIDTH) == 0 {
            let full = Bundle::new(size / u64::from(TILE_WIDTH) - 1, TILE_WIDTH)?;
            files.push((full.path(), std::mem::take(&mut bundle)));
        }
    }
    let width = (size % u64::from(TILE_WIDTH)) as u16;
    if width > 0 && !leaf_hashes.is_empty() {
        files.push((Bundle::new(size / u64::from(TILE_WIDTH), width)?.path(), bundle.clone()));
    }
    let tiles = frontier.append(&leaf_hashes);
    files.extend(tiles.into_iter().map(|(tile, bytes)| (tile.path(), bytes)));
    let root = frontier.root();
    Ok(Grown { edge: Edge { frontier, bundle }, files, size, root })
}
