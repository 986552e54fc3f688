//! Proofs computed from tiles: that an entry is in a tree, and that a tree only grew.
//!
//! Sources: RFC 6962 sections 2.1.1 and 2.1.2. Never checks what it reads: whoever needs certainty verifies
//! the proof against a signed root.

use std::collections::HashMap;

use crate::hash::{EMPTY_ROOT, node_hash};
use crate::tile::{TILE_HEIGHT, Tile};
use crate::tree::perfect_root;
use crate::{Hash, TlogError};

/// Delivers the bytes of a tile. If only a wider form of a partial tile is at hand, its beginning is the
/// tile asked for.
pub type ReadTile<'a> = dyn Fn(Tile) -> Result<Vec<u8>, TlogError> + 'a;

/// The hashes that lead from leaf `index` to the root of the tree of `size` leaves, the leaf's sibling first
/// (RFC 6962 section 2.1.1). At most 64.
pub fn prove_inclusion(index: u64, size: u64, read: &ReadTile<'_>) -> Result<Vec<Hash>, TlogError> {
    if index >= size {
        return Err(TlogError::OutsideTree { value: index, size });
    }
    let mut tree = TiledTree::new(size, read);
    let mut proof = Vec::new();
    let (mut low, mut high) = (0, size);
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            proof.push(tree.range_root(middle, high)?);
            high = middle;
        } else {
            proof.push(tree.range_root(low, middle)?);
            low = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The hashes that show that the tree of `size` leaves begins with the tree of `old_size` leaves (RFC 6962
/// section 2.1.2). `old_size` is at least 1; the proof between equal sizes is empty.
pub fn prove_consistency(old_size: u64, size: u64, read: &ReadTile<'_>) -> Result<Vec<Hash>, TlogError> {
    if old_size == 0 || old_size > size {
        return Err(TlogError::OutsideTree { value: old_size, size });
    }
    let mut tree = TiledTree::new(size, read);
    let mut proof = Vec::new();
    let (mut low, mut high) = (0, size);
    while high != old_size {
        let middle = low + split(high - low);
        if old_size <= middle {
            proof.push(tree.range_root(middle, high)?);
            high = middle;
        } else {
            proof.push(tree.range_root(low, middle)?);
            low = middle;
        }
    }
    // The verifier knows the old root itself; any other last subtree must be told.
    if low > 0 {
        proof.push(tree.range_root(low, high)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The root of the tree of `size` leaves, from its right-most tiles.
pub fn tree_root(size: u64, read: &ReadTile<'_>) -> Result<Hash, TlogError> {
    TiledTree::new(size, read).range_root(0, size)
}

/// Where RFC 6962 splits a list of `count` ≥ 2: at the largest power of two below it.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// Reads hashes of subtrees out of tiles, each tile once.
struct TiledTree<'a> {
    size: u64,
    read: &'a ReadTile<'a>,
    tiles: HashMap<(u8, u64), Vec<Hash>>,
}

impl<'a> TiledTree<'a> {
    fn new(size: u64, read: &'a ReadTile<'a>) -> Self {
        Self { size, read, tiles: HashMap::new() }
    }

    /// The root over leaves `low..high`, where `low` is a multiple of the largest power of two in the length.
    fn range_root(&mut self, low: u64, high: u64) -> Result<Hash, TlogError> {
        let mut peaks = Vec::new();
        let mut start = low;
        while start < high {
            let height = (high - start).ilog2();
            peaks.push(self.subtree_root(height, start >> height)?);
            start += 1 << height;
        }
        Ok(peaks.into_iter().rev().reduce(|right, left| node_hash(&left, &right)).unwrap_or(EMPTY_ROOT))
    }

    /// The root of the perfect subtree over the `2^height` leaves from `index * 2^height` on.
    fn subtree_root(&mut self, height: u32, index: u64) -> Result<Hash, TlogError> {
        let level = (height / TILE_HEIGHT) as u8;
        let inner = height % TILE_HEIGHT;
        let first = index << inner;
        let tile_index = first >> TILE_HEIGHT;
        if !self.tiles.contains_key(&(level, tile_index)) {
            let outside = TlogError::OutsideTree { value: index << height, size: self.size };
            let tile = Tile::at_size(level, tile_index, self.size).ok_or(outside)?;
            self.tiles.insert((level, tile_index), tile.decode(&(self.read)(tile)?)?);
        }
        let start = (first % (1 << TILE_HEIGHT)) as usize;
        let hashes = self.tiles.get(&(level, tile_index)).and_then(|tile| tile.get(start..start + (1 << inner)));
        let outside = TlogError::OutsideTree { value: index << height, size: self.size };
        hashes.map(perfect_root).ok_or(outside)
    }
}
