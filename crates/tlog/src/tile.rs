//! Tiles and entry bundles: which there are for a tree of a size, their paths, a tile's bytes.
//!
//! Source: c2sp.org/tlog-tiles, "Merkle Tree" and "Log entries". Never makes a path that the specification
//! does not define, and never reads one that it would not have made.

use crate::hash::HASH_BYTES;
use crate::{Hash, TlogError};

/// Tree levels in one tile.
pub const TILE_HEIGHT: u32 = 8;
/// Hashes in a full tile and entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// The highest level a path may name. A tree of 2^64 leaves needs only 0 to 7.
const LEVEL_MAX: u8 = 63;
/// Levels that a `u64` tree size can fill.
const LEVELS_USED: u8 = 8;
/// Path elements are decimal digits in groups of three.
const GROUP: u64 = 1000;
const GROUP_DIGITS: usize = 3;

/// A run of up to 256 neighbouring hashes at one level: hash `i` of tile `index` at `level` is the root of
/// the 256^level leaves from `(index * 256 + i) * 256^level` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, std::hash::Hash)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

/// The entries under a level-0 tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, std::hash::Hash)]
pub struct Bundle {
    index: u64,
    width: u16,
}

/// What a path under `tile/` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFile {
    Tile(Tile),
    Bundle(Bundle),
}

impl Tile {
    /// A tile with `level` 0 to 63 and `width` 1 to 256 hashes.
    pub fn new(level: u8, index: u64, width: u16) -> Result<Self, TlogError> {
        if level > LEVEL_MAX || width == 0 || width > TILE_WIDTH {
            return Err(TlogError::TileOutOfRange { level, width });
        }
        Ok(Self { level, index, width })
    }

    /// The tile as it is in a tree of `size` leaves; none if it holds no hash then.
    pub fn at_size(level: u8, index: u64, size: u64) -> Option<Self> {
        let width = width_at(index, hash_count(level, size))?;
        Some(Self { level, index, width })
    }

    pub fn level(&self) -> u8 {
        self.level
    }

    pub fn index(&self) -> u64 {
        self.index
    }

    /// Hashes in it, 1 to 256.
    pub fn width(&self) -> u16 {
        self.width
    }

    pub fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The path below the log's directory: `tile/L/N` or `tile/L/N.p/W`.
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, path_end(self.index, self.width))
    }

    /// The hashes of a tile from its bytes, of which there must be exactly `width` × 32.
    pub fn decode(&self, bytes: &[u8]) -> Result<Vec<Hash>, TlogError> {
        let expected = usize::from(self.width) * HASH_BYTES;
        if bytes.len() != expected {
            return Err(TlogError::TileLength { path: self.path(), expected, found: bytes.len() });
        }
        bytes.chunks_exact(HASH_BYTES).map(Hash::from_bytes).collect()
    }

    pub(crate) fn encode(hashes: &[Hash]) -> Vec<u8> {
        hashes.iter().flat_map(|hash| hash.0).collect()
    }
}

impl Bundle {
    /// A bundle with `width` 1 to 256 entries.
    pub fn new(index: u64, width: u16) -> Result<Self, TlogError> {
        Tile::new(0, index, width).map(|tile| Self { index: tile.index, width: tile.width })
    }

    /// The bundle as it is in a tree of `size` leaves; none if it holds no entry then.
    pub fn at_size(index: u64, size: u64) -> Option<Self> {
        width_at(index, size).map(|width| Self { index, width })
    }

    pub fn index(&self) -> u64 {
        self.index
    }

    /// Entries in it, 1 to 256.
    pub fn width(&self) -> u16 {
        self.width
    }

    pub fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The path below the log's directory: `tile/entries/N` or `tile/entries/N.p/W`.
    pub fn path(&self) -> String {
        format!("tile/entries/{}", path_end(self.index, self.width))
    }
}

impl LogFile {
    /// Reads a path below the log's directory. Refuses every spelling but the one that `path()` gives.
    pub fn from_path(path: &str) -> Result<Self, TlogError> {
        let malformed = || TlogError::PathMalformed { path: path.to_owned() };
        let (kind, end) = path.strip_prefix("tile/").and_then(|rest| rest.split_once('/')).ok_or_else(malformed)?;
        let (index, width) = read_path_end(end).ok_or_else(malformed)?;
        let file = if kind == "entries" {
            Self::Bundle(Bundle::new(index, width).map_err(|_| malformed())?)
        } else {
            let level = kind.parse().map_err(|_| malformed())?;
            Self::Tile(Tile::new(level, index, width).map_err(|_| malformed())?)
        };
        // One comparison refuses signs, needless zeros and wrong group lengths alike.
        if file.path() == path { Ok(file) } else { Err(malformed()) }
    }

    /// The path below the log's directory.
    pub fn path(&self) -> String {
        match self {
            Self::Tile(tile) => tile.path(),
            Self::Bundle(bundle) => bundle.path(),
        }
    }
}

/// How many levels have tiles in a tree of `size` leaves.
pub fn level_count(size: u64) -> u8 {
    (0..LEVELS_USED).take_while(|&level| hash_count(level, size) > 0).count() as u8
}

/// How many tiles, a partial one included, `level` has in a tree of `size` leaves. That of level 0 is also the
/// number of entry bundles.
pub fn tile_count(level: u8, size: u64) -> u64 {
    hash_count(level, size).div_ceil(u64::from(TILE_WIDTH))
}

fn hash_count(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level) * TILE_HEIGHT).unwrap_or(0)
}

fn width_at(index: u64, count: u64) -> Option<u16> {
    let start = index.checked_mul(u64::from(TILE_WIDTH))?;
    let left = count.saturating_sub(start);
    (left > 0).then(|| left.min(u64::from(TILE_WIDTH)) as u16)
}

fn path_end(index: u64, width: u16) -> String {
    let mut path = format!("{:03}", index % GROUP);
    let mut rest = index / GROUP;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % GROUP);
        rest /= GROUP;
    }
    if width < TILE_WIDTH {
        path = format!("{path}.p/{width}");
    }
    path
}

fn read_path_end(end: &str) -> Option<(u64, u16)> {
    let (number, width) = match end.split_once(".p/") {
        Some((number, width)) => (number, width.parse().ok().filter(|&width| width < TILE_WIDTH)?),
        None => (end, TILE_WIDTH),
    };
    let mut index = 0_u64;
    for group in number.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        if digits.len() != GROUP_DIGITS {
            return None;
        }
        index = index.checked_mul(GROUP)?.checked_add(digits.parse().ok()?)?;
    }
    Some((index, width))
}

#[cfg(test)]
mod tests;
