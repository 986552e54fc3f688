//! Every entry and every tile of a log recomputed and held against the files and the signed root.
//!
//! Where two neighbours disagree, the hash above them says which one is at fault, up to the root that is signed. One
//! bundle is in memory at a time. It never changes anything.

use xinlu_tlog::{
    Bundle, EMPTY_ROOT, Hash, TILE_WIDTH, Tile, TlogError, decode_bundle, leaf_hash, level_count, node_hash,
    perfect_root, tile_count,
};

use crate::directory::Directory;
use crate::verify::Problem;

/// Faults named one by one in each file; more would only repeat that it is broken.
const FAULTS_PER_FILE_MAX: usize = 16;

/// Checks a tree of `size` leaves against `root`, which is `None` if no checkpoint could be trusted. Answers the root
/// that the entries give, if all could be read.
pub(crate) fn check_tree(
    directory: &Directory,
    size: u64,
    root: Option<Hash>,
    problems: &mut Vec<Problem>,
) -> Option<Hash> {
    let mut check = TreeCheck { directory, size, problems };
    let mut edges = Vec::new();
    for level in 0..level_count(size) {
        let last = tile_count(level, size) - 1;
        if let Some(tile) = Tile::at_size(level, last, size).filter(|tile| !tile.is_full()) {
            edges.push(check.read_both(tile));
        }
    }
    check.judge_edges(&edges, root)
}

struct TreeCheck<'a> {
    directory: &'a Directory,
    size: u64,
    problems: &'a mut Vec<Problem>,
}

/// A tile as its file has it and as what lies below it gives it; either may be unreadable.
struct Both {
    tile: Tile,
    stored: Option<Vec<Hash>>,
    computed: Option<Vec<Hash>>,
}

impl Both {
    fn agree(&self) -> bool {
        self.stored == self.computed
    }

    fn any(&self) -> Option<&[Hash]> {
        self.computed.as_deref().or(self.stored.as_deref())
    }
}

impl TreeCheck<'_> {
    fn read_both(&mut self, tile: Tile) -> Both {
        let stored = self.read_tile(tile);
        let computed = if tile.level() == 0 {
            let bundle = Bundle::at_size(tile.index(), self.size);
            bundle.and_then(|bundle| self.hash_bundle(bundle, stored.as_deref().unwrap_or_default()))
        } else {
            self.roots_below(tile, stored.as_deref())
        };
        Both { tile, stored, computed }
    }

    fn read_tile(&mut self, tile: Tile) -> Option<Vec<Hash>> {
        let path = tile.path();
        let bytes = self.read(&path)?;
        tile.decode(&bytes).map_err(|error| self.problems.push(Problem::of_file(&path, error.to_string()))).ok()
    }

    fn hash_bundle(&mut self, bundle: Bundle, stored: &[Hash]) -> Option<Vec<Hash>> {
        let path = bundle.path();
        let bytes = self.read(&path)?;
        let reason = match decode_bundle(&bytes, bundle.width()) {
            Ok(entries) => return Some(entries.into_iter().map(leaf_hash).collect()),
            Err(TlogError::BundleMalformed { reason, .. }) => reason,
            Err(_) => "cannot be read",
        };
        let position = first_broken(&bytes, stored).min(usize::from(bundle.width()) - 1);
        self.problems.push(Problem::at_entry(&path, position, &format!("the bundle {reason}")));
        None
    }

    fn read(&mut self, path: &str) -> Option<Vec<u8>> {
        match self.directory.find(path) {
            Ok(Some(bytes)) => Some(bytes),
            Ok(None) => {
                self.problems.push(Problem::of_file(path, "missing".to_owned()));
                None
            }
            Err(error) => {
                self.problems.push(Problem::of_file(path, error.to_string()));
                None
            }
        }
    }

    /// The roots of the full tiles below a tile, each judged by the hash that the tile's file has for it. One that
    /// cannot be known is taken on trust, so that the others can still be checked.
    fn roots_below(&mut self, tile: Tile, stored: Option<&[Hash]>) -> Option<Vec<Hash>> {
        let first = tile.index() * u64::from(TILE_WIDTH);
        let mut roots = Vec::with_capacity(usize::from(tile.width()));
        for position in 0..tile.width() {
            let above = stored.and_then(|hashes| hashes.get(usize::from(position))).copied();
            let child = Tile::new(tile.level() - 1, first + u64::from(position), TILE_WIDTH).ok()?;
            let both = self.read_both(child);
            roots.push(self.judge_full(&both, above).or(above));
        }
        roots.into_iter().collect()
    }

    /// Names what is at fault in a full tile, and answers the root it most likely has.
    fn judge_full(&mut self, both: &Both, above: Option<Hash>) -> Option<Hash> {
        let stored = both.stored.as_deref().map(perfect_root);
        let computed = both.computed.as_deref().map(perfect_root);
        if both.agree() {
            return computed;
        }
        if computed.is_some() && computed == above {
            self.blame_tile(both);
        } else if stored.is_some() && stored == above {
            self.blame_below(both);
            return stored;
        } else {
            self.blame_unclear(both);
        }
        computed.or(stored)
    }

    /// The partial tiles at the right edge have no hash above them but the root that joins them all.
    fn judge_edges(&mut self, edges: &[Both], root: Option<Hash>) -> Option<Hash> {
        let computed = join(edges.iter().map(|both| both.computed.as_deref()));
        if computed.is_some() && computed == root {
            for both in edges {
                self.blame_tile(both);
            }
            return computed;
        }
        let all_stored = join(edges.iter().map(|both| both.stored.as_deref()));
        let best = join(edges.iter().map(Both::any));
        for chosen in edges.iter().filter(|both| !both.agree()) {
            let pick = |both: &'_ Both| std::ptr::eq(both, chosen);
            let with_stored = join(edges.iter().map(|both| {
                let stored = both.stored.as_deref().filter(|_| pick(both));
                stored.or(both.any())
            }));
            if root.is_some() && (with_stored == root || all_stored == root) {
                self.blame_below(chosen);
            } else if root.is_none() || best != root {
                self.blame_unclear(chosen);
            }
        }
        let explained = edges.iter().any(|both| !both.agree());
        if let (Some(found), Some(root)) = (computed.filter(|_| !explained), root) {
            let what = format!("its root is {root}, the files give {found}");
            self.problems.push(Problem::of_file(crate::directory::CHECKPOINT, what));
        }
        computed
    }

    /// Names both sides where nothing says which of them is right. A side that could not be read is named already.
    fn blame_unclear(&mut self, both: &Both) {
        match (&both.stored, &both.computed) {
            (Some(_), Some(_)) => {
                self.blame_tile(both);
                self.blame_below(both);
            }
            (Some(_), None) => {
                let what = "does not have the root that is above it, and what lies below cannot be read".to_owned();
                self.problems.push(Problem::of_file(&both.tile.path(), what));
            }
            (None, Some(_)) if both.tile.level() == 0 => {
                let bundle = Bundle::at_size(both.tile.index(), self.size).map(|bundle| bundle.path());
                let what = "does not have the root that is above it, and its tile cannot be read".to_owned();
                self.problems.push(Problem::of_file(&bundle.unwrap_or_default(), what));
            }
            _ => {}
        }
    }

    fn blame_tile(&mut self, both: &Both) {
        for (position, stored, computed) in differences(both) {
            let what = format!("is {stored}, what lies below gives {computed}");
            self.problems.push(Problem::at_hash(&both.tile.path(), position, what));
        }
    }

    fn blame_below(&mut self, both: &Both) {
        for (position, stored, _) in differences(both) {
            let offset = position as u64;
            let problem = if both.tile.level() == 0 {
                let bundle = Bundle::at_size(both.tile.index(), self.size).map(|bundle| bundle.path());
                let what = format!("does not have the hash {stored} that {} has", both.tile.path());
                Problem::at_entry(&bundle.unwrap_or_default(), position, &what)
            } else {
                let index = both.tile.index() * u64::from(TILE_WIDTH) + offset;
                let child = Tile::new(both.tile.level() - 1, index, TILE_WIDTH).map(|tile| tile.path());
                let what = format!("does not have the root {stored} that {} has", both.tile.path());
                Problem::of_file(&child.unwrap_or_default(), what)
            };
            self.problems.push(problem);
        }
    }
}

/// The first entry of a malformed bundle that the tile does not have: a wrong length makes those after it look broken
/// too, and often later than where it stands.
fn first_broken(bytes: &[u8], stored: &[Hash]) -> usize {
    let mut rest = bytes;
    for (position, hash) in stored.iter().enumerate() {
        let Some((length, after)) = rest.split_first_chunk() else { return position };
        let Some((entry, after)) = after.split_at_checked(usize::from(u16::from_be_bytes(*length))) else {
            return position;
        };
        if leaf_hash(entry) != *hash {
            return position;
        }
        rest = after;
    }
    stored.len()
}

/// Positions where file and computation differ, the first few.
fn differences(both: &Both) -> Vec<(usize, Hash, Hash)> {
    let (Some(stored), Some(computed)) = (&both.stored, &both.computed) else { return Vec::new() };
    let pairs = stored.iter().zip(computed).enumerate().filter(|(_, (stored, computed))| stored != computed);
    pairs.map(|(position, (stored, computed))| (position, *stored, *computed)).take(FAULTS_PER_FILE_MAX).collect()
}

/// The root over the edge tiles' hashes, lowest level first; unknown if any tile is.
fn join<'a>(edges: impl Iterator<Item = Option<&'a [Hash]>>) -> Option<Hash> {
    let mut root: Option<Hash> = None;
    for hashes in edges {
        let mut rest = hashes?;
        while !rest.is_empty() {
            // The smallest perfect subtree is the right-most.
            let (before, last) = rest.split_at(rest.len() - (1 << rest.len().trailing_zeros()));
            let left = perfect_root(last);
            root = Some(root.map_or(left, |right| node_hash(&left, &right)));
            rest = before;
        }
    }
    Some(root.unwrap_or(EMPTY_ROOT))
}
