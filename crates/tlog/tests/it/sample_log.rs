//! A log in memory that the tests grow, and the definition of its tree, written as the standard words it.
//!
//! The naive functions never use tiles or frontiers.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use xinlu_tlog::{
    Bundle, Checkpoint, EMPTY_ROOT, Frontier, Hash, Signer, Tile, TlogError, leaf_hash, node_hash, push_entry,
    tile_count,
};

pub const ORIGIN: &str = "xinlu.example/archive";

pub struct SampleLog {
    pub entries: Vec<Vec<u8>>,
    pub leaves: Vec<Hash>,
    pub frontier: Frontier,
    /// By level and index, in the widest form yet written.
    pub tiles: HashMap<(u8, u64), Vec<u8>>,
}

impl SampleLog {
    pub fn new() -> Self {
        Self { entries: Vec::new(), leaves: Vec::new(), frontier: Frontier::empty(), tiles: HashMap::new() }
    }

    pub fn of_size(size: u64) -> Self {
        let mut log = Self::new();
        log.grow(size as usize);
        log
    }

    /// Adds `count` entries of differing length as one batch.
    pub fn grow(&mut self, count: usize) {
        let first = self.entries.len();
        for number in first..first + count {
            let entry = format!("entry {number} {}", "x".repeat(number % 40)).into_bytes();
            self.leaves.push(leaf_hash(&entry));
            self.entries.push(entry);
        }
        for (tile, bytes) in self.frontier.append(&self.leaves[first..]) {
            self.tiles.insert((tile.level(), tile.index()), bytes);
        }
    }

    pub fn size(&self) -> u64 {
        self.leaves.len() as u64
    }

    pub fn read(&self, tile: Tile) -> Result<Vec<u8>, TlogError> {
        let bytes = self.tiles.get(&(tile.level(), tile.index()));
        let bytes = bytes.and_then(|bytes| bytes.get(..usize::from(tile.width()) * 32));
        let missing = || TlogError::TileUnavailable { path: tile.path(), cause: "not written".to_owned() };
        bytes.map(<[u8]>::to_vec).ok_or_else(missing)
    }

    pub fn root_at(&self, size: u64) -> Hash {
        naive_root(&self.leaves[..size as usize])
    }

    pub fn checkpoint_at(&self, size: u64) -> String {
        Checkpoint::new(ORIGIN, size, self.root_at(size)).sign(&[&signer()]).unwrap()
    }

    /// Writes the log as a directory, with its key and the checkpoint of its present size.
    pub fn write(&self, directory: &Path) {
        let write = |path: &str, bytes: &[u8]| {
            let path = directory.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        };
        for (&(level, index), bytes) in &self.tiles {
            write(&Tile::at_size(level, index, self.size()).unwrap().path(), bytes);
        }
        for index in 0..tile_count(0, self.size()) {
            let mut bytes = Vec::new();
            self.entries.chunks(256).nth(index as usize).unwrap().iter().for_each(|entry| {
                push_entry(&mut bytes, entry).unwrap();
            });
            write(&Bundle::at_size(index, self.size()).unwrap().path(), &bytes);
        }
        write("vkey", format!("{}\n", signer().verifier()).as_bytes());
        write("checkpoint", self.checkpoint_at(self.size()).as_bytes());
    }
}

pub fn signer() -> Signer {
    Signer::from_seed(ORIGIN, &[7; 32]).unwrap()
}

/// The folder of vectors beside the project; none on a machine that does not have it.
pub fn shared(path: &str) -> Option<PathBuf> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    if !folder.exists() {
        println!("SKIPPED: ../shared is not here");
        return None;
    }
    Some(folder.join("conformance").join(path))
}

/// MTH of RFC 6962 section 2.1.
pub fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

/// PATH of RFC 6962 section 2.1.1.
pub fn naive_inclusion(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let split = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(split);
    let (mut path, sibling) = if index < split {
        (naive_inclusion(index, left), naive_root(right))
    } else {
        (naive_inclusion(index - split, right), naive_root(left))
    };
    path.push(sibling);
    path
}

/// SUBPROOF of RFC 6962 section 2.1.2; PROOF is the one with `complete` set.
pub fn naive_consistency(old: usize, leaves: &[Hash], complete: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if complete { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let split = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(split);
    let (mut proof, sibling) = if old <= split {
        (naive_consistency(old, left, complete), naive_root(right))
    } else {
        (naive_consistency(old - split, right, false), naive_root(left))
    };
    proof.push(sibling);
    proof
}
