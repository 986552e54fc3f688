//! The crate `tlog_tiles`, which shares no code with us, as judge of our checkpoints, proofs and tiles.

use tlog_tiles::{
    Checkpoint, Hash, TileHashReader, TileReader, check_record, check_tree, prove_record, prove_tree, tree_hash,
};
use xinlu_tlog::{Note, Tile, prove_consistency, prove_inclusion};

use crate::sample_log::{SampleLog, signer};

const SIZE: u64 = 70_000;

struct Judge<'a>(&'a SampleLog);

impl TileReader for Judge<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &tlog_tiles::Tile| {
            let ours = Tile::new(tile.level(), tile.level_index(), tile.width() as u16).unwrap();
            // Its paths name the height of tiles, ours do not.
            assert_eq!(tile.path().replace("tile/8/", "tile/"), ours.path());
            self.0.read(ours).unwrap()
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _tiles: &[tlog_tiles::Tile], _data: &[Vec<u8>]) {}
}

fn theirs(hashes: &[xinlu_tlog::Hash]) -> Vec<Hash> {
    hashes.iter().map(|hash| Hash(hash.0)).collect()
}

/// Every proof with one bit flipped, several bits for each hash.
fn altered(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = Vec::new();
    for position in 0..proof.len() {
        for bit in [0, 77, 128, 255] {
            let mut copy = proof.to_vec();
            copy[position].0[bit / 8] ^= 1 << (bit % 8);
            all.push(copy);
        }
    }
    all
}

#[test]
fn it_reads_our_checkpoint_and_refuses_a_malformed_one() {
    let log = SampleLog::of_size(300);
    let note = Note::parse(&log.checkpoint_at(300)).unwrap();
    let text = note.verify(&[&signer().verifier()]).unwrap();
    let checkpoint = Checkpoint::from_bytes(text.as_bytes()).unwrap();
    assert_eq!(
        (checkpoint.origin(), checkpoint.size(), checkpoint.hash().0),
        (crate::sample_log::ORIGIN, 300, log.root_at(300).0)
    );
    for altered in [text.replace("300", "0300"), text.replace('=', ""), text.trim_end().to_owned()] {
        assert!(Checkpoint::from_bytes(altered.as_bytes()).is_err(), "{altered:?}");
    }
}

#[test]
fn it_computes_the_same_roots_and_proofs_from_our_tiles() {
    let log = SampleLog::of_size(SIZE);
    let (judge, root) = (Judge(&log), Hash(log.root_at(SIZE).0));
    let reader = TileHashReader::new(SIZE, root, &judge);
    assert_eq!(tree_hash(SIZE, &reader).unwrap(), root);
    for index in [0, 255, 256, 65_535, 65_536, 69_999] {
        let proof = theirs(&prove_inclusion(index, SIZE, &|tile| log.read(tile)).unwrap());
        assert_eq!(prove_record(SIZE, index, &reader).unwrap(), proof);
    }
    for old in [1, 256, 257, 65_536, 69_632, 69_999] {
        let proof = theirs(&prove_consistency(old, SIZE, &|tile| log.read(tile)).unwrap());
        assert_eq!(prove_tree(SIZE, old, &reader).unwrap(), proof);
    }
}

#[test]
fn it_accepts_our_proofs_and_refuses_altered_ones() {
    let log = SampleLog::of_size(1500);
    let read = |tile| log.read(tile);
    for (size, index, old) in [(1, 0, 1), (2, 1, 1), (257, 256, 256), (1000, 511, 513), (1500, 1499, 1024)] {
        let root = Hash(log.root_at(size).0);
        let leaf = Hash(log.leaves[index as usize].0);
        let proof = theirs(&prove_inclusion(index, size, &read).unwrap());
        check_record(&proof, size, root, index, leaf).unwrap();
        assert!(check_record(&proof, size, root, index, Hash([1; 32])).is_err());
        for proof in altered(&proof) {
            assert!(check_record(&proof, size, root, index, leaf).is_err());
        }
        let old_root = Hash(log.root_at(old).0);
        let proof = theirs(&prove_consistency(old, size, &read).unwrap());
        check_tree(&proof, size, root, old, old_root).unwrap();
        assert!(check_tree(&proof, size, root, old, Hash([1; 32])).is_err());
        for proof in altered(&proof) {
            assert!(check_tree(&proof, size, root, old, old_root).is_err());
        }
    }
}
