//! Growing a tree: from its right edge and new leaves to the tiles that must be written and the new root.
//!
//! Never touches anything left of the right edge, so the cost depends on what is new, not on the log's size.

use crate::hash::{EMPTY_ROOT, node_hash};
use crate::tile::{TILE_WIDTH, Tile, level_count, tile_count};
use crate::{Hash, ReadTile, TlogError};

/// The right edge of a tree: its size and the hashes of the partial tile of each level.
///
/// Useful for: appending, and the root of the tree. Not useful for: proofs, which need tiles on the left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Per level the hashes of its last tile, fewer than 256. May be empty at levels below the top.
    levels: Vec<Vec<Hash>>,
}

impl Frontier {
    /// The edge of a tree without leaves.
    pub fn empty() -> Self {
        Self { size: 0, levels: Vec::new() }
    }

    /// Reads the edge of a tree of `size` leaves: at most one partial tile a level.
    pub fn load(size: u64, read: &ReadTile<'_>) -> Result<Self, TlogError> {
        let mut levels = Vec::new();
        for level in 0..level_count(size) {
            let last = Tile::at_size(level, tile_count(level, size) - 1, size);
            let hashes = match last {
                Some(tile) if !tile.is_full() => tile.decode(&read(tile)?)?,
                _ => Vec::new(),
            };
            levels.push(hashes);
        }
        Ok(Self { size, levels })
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root hash of the tree (RFC 6962 section 2.1).
    pub fn root(&self) -> Hash {
        // The tree is a chain of perfect subtrees of falling size; the root joins them from the right.
        let lowest_first = self.levels.iter().flat_map(|hashes| peaks(hashes).into_iter().rev());
        lowest_first.reduce(|right, left| node_hash(&left, &right)).unwrap_or(EMPTY_ROOT)
    }

    /// Adds leaves and returns every tile that is new or has grown, in its final form only, lowest level first.
    pub fn append(&mut self, leaf_hashes: &[Hash]) -> Vec<(Tile, Vec<u8>)> {
        let mut written = Vec::new();
        let mut index = self.size / u64::from(TILE_WIDTH);
        self.size += leaf_hashes.len() as u64;
        let mut new_hashes = leaf_hashes.to_vec();
        let mut level = 0;
        while !new_hashes.is_empty() {
            if self.levels.len() <= usize::from(level) {
                self.levels.push(Vec::new());
            }
            let edge = &mut self.levels[usize::from(level)];
            edge.append(&mut new_hashes);
            let mut tile_index = index;
            let mut tiles = edge.chunks_exact(usize::from(TILE_WIDTH));
            for full in tiles.by_ref() {
                written.push((Tile::at_level(level, tile_index, TILE_WIDTH), Tile::encode(full)));
                new_hashes.push(perfect_root(full));
                tile_index += 1;
            }
            let rest = tiles.remainder().to_vec();
            if !rest.is_empty() {
                written.push((Tile::at_level(level, tile_index, rest.len() as u16), Tile::encode(&rest)));
            }
            *edge = rest;
            index /= u64::from(TILE_WIDTH);
            level += 1;
        }
        written
    }
}

impl Tile {
    /// Levels and widths inside a growing tree are right by construction.
    fn at_level(level: u8, index: u64, width: u16) -> Self {
        Self::new(level, index, width).expect("a frontier has at most 8 levels and chunks of 1 to 256 hashes")
    }
}

/// The root over hashes whose number is a power of two; that of none is the empty root.
pub fn perfect_root(hashes: &[Hash]) -> Hash {
    debug_assert!(hashes.is_empty() || hashes.len().is_power_of_two());
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        for pair in 0..row.len() / 2 {
            row[pair] = node_hash(&row[2 * pair], &row[2 * pair + 1]);
        }
        row.truncate(row.len() / 2);
    }
    row.first().copied().unwrap_or(EMPTY_ROOT)
}

/// The roots of the perfect subtrees that hashes of any number fall into, the largest first.
fn peaks(hashes: &[Hash]) -> Vec<Hash> {
    let mut roots = Vec::new();
    let mut rest = hashes;
    while !rest.is_empty() {
        let (perfect, after) = rest.split_at(1 << rest.len().ilog2());
        roots.push(perfect_root(perfect));
        rest = after;
    }
    roots
}
