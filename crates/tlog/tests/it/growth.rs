//! Growing in any batches gives the tiles, roots and proofs that the definition gives.

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any};
use proptest::{prop_assert_eq, proptest};
use xinlu_tlog::{
    Frontier, Tile, level_count, prove_consistency, prove_inclusion, tile_count, tree_root, verify_consistency,
    verify_inclusion,
};

use crate::sample_log::{SampleLog, naive_consistency, naive_inclusion, naive_root};

fn naive_tile(log: &SampleLog, tile: Tile) -> Vec<u8> {
    let span = 256_usize.pow(u32::from(tile.level()));
    let first = tile.index() as usize * 256;
    let hashes = (first..first + usize::from(tile.width())).map(|hash| naive_root(&log.leaves[hash * span..][..span]));
    hashes.flat_map(|hash| hash.0).collect()
}

fn check_tiles(log: &SampleLog) {
    let size = log.size();
    let mut expected = 0;
    for level in 0..level_count(size) {
        for index in 0..tile_count(level, size) {
            let tile = Tile::at_size(level, index, size).unwrap();
            assert_eq!(log.tiles.get(&(level, index)), Some(&naive_tile(log, tile)), "{}", tile.path());
            expected += 1;
        }
    }
    assert_eq!(log.tiles.len(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_batches_give_the_tree_of_the_definition(batches in vec(0_usize..400, 0..5), restart in any::<bool>()) {
        let mut log = SampleLog::new();
        for batch in batches {
            if restart {
                log.frontier = Frontier::load(log.size(), &|tile| log.read(tile)).unwrap();
            }
            log.grow(batch);
            prop_assert_eq!(log.frontier.root(), naive_root(&log.leaves));
        }
        let loaded = Frontier::load(log.size(), &|tile| log.read(tile)).unwrap();
        prop_assert_eq!(loaded.root(), log.frontier.root());
        prop_assert_eq!(tree_root(log.size(), &|tile| log.read(tile)).unwrap(), log.frontier.root());
        check_tiles(&log);
    }

    #[test]
    fn any_proof_is_the_one_of_the_definition(size in 1_u64..1200, one in any::<u64>(), other in any::<u64>()) {
        let log = SampleLog::of_size(1200);
        let (index, old) = (one % size, other % size + 1);
        let leaves = &log.leaves[..size as usize];
        let read = |tile| log.read(tile);

        let inclusion = prove_inclusion(index, size, &read).unwrap();
        prop_assert_eq!(&inclusion, &naive_inclusion(index as usize, leaves));
        let (leaf, root) = (leaves[index as usize], naive_root(leaves));
        prop_assert_eq!(verify_inclusion(index, size, &leaf, &root, &inclusion), Ok(()));

        let consistency = prove_consistency(old, size, &read).unwrap();
        prop_assert_eq!(&consistency, &naive_consistency(old as usize, leaves, true));
        prop_assert_eq!(verify_consistency(old, size, &log.root_at(old), &root, &consistency), Ok(()));
    }
}

#[test]
fn every_proof_of_small_trees_verifies_and_only_for_its_own_numbers() {
    let log = SampleLog::of_size(20);
    let read = |tile| log.read(tile);
    for size in 1..=20 {
        let root = log.root_at(size);
        for index in 0..size {
            let proof = prove_inclusion(index, size, &read).unwrap();
            for (claimed, leaf) in (0..size).zip(&log.leaves) {
                let verified = verify_inclusion(claimed, size, leaf, &root, &proof);
                assert_eq!(verified.is_ok(), claimed == index, "leaf {claimed} by the proof of {index} in {size}");
            }
        }
        for old in 1..=size {
            let proof = prove_consistency(old, size, &read).unwrap();
            for claimed in 1..=size {
                let verified = verify_consistency(claimed, size, &log.root_at(claimed), &root, &proof);
                assert_eq!(verified.is_ok(), claimed == old, "size {claimed} by the proof of {old} in {size}");
            }
        }
    }
}

#[test]
fn three_levels_grow_in_uneven_batches() {
    let mut log = SampleLog::new();
    for batch in [1, 255, 256, 65_000, 24, 1, 4463] {
        log.grow(batch);
    }
    assert_eq!(log.size(), 70_000);
    check_tiles(&log);
    assert_eq!(log.frontier.root(), naive_root(&log.leaves));
    let read = |tile| log.read(tile);
    for (index, old) in [(0, 1), (65_535, 65_536), (65_536, 65_537), (69_999, 69_999)] {
        let proof = prove_inclusion(index, 70_000, &read).unwrap();
        assert_eq!(proof, naive_inclusion(index as usize, &log.leaves));
        let proof = prove_consistency(old, 70_000, &read).unwrap();
        assert_eq!(proof, naive_consistency(old as usize, &log.leaves, true));
    }
}

#[test]
fn only_what_grew_is_written_again() {
    let mut log = SampleLog::of_size(70_000);
    let written = log.frontier.append(&log.leaves[..200]);
    let paths: Vec<_> = written.iter().map(|(tile, _)| tile.path()).collect();
    assert_eq!(paths, ["tile/0/273", "tile/0/274.p/56", "tile/1/001.p/18"]);
    assert!(log.frontier.append(&[]).is_empty());
}

#[test]
fn what_is_outside_the_tree_is_refused() {
    let log = SampleLog::of_size(5);
    let read = |tile| log.read(tile);
    let root = log.root_at(5);
    for (index, size) in [(5, 5), (0, 0), (u64::MAX, 5)] {
        assert_eq!(prove_inclusion(index, size, &read).unwrap_err().code(), "tlog.outside_tree");
        assert_eq!(verify_inclusion(index, size, &root, &root, &[]).unwrap_err().code(), "tlog.outside_tree");
    }
    for (old, size) in [(0, 5), (6, 5), (0, 0)] {
        assert_eq!(prove_consistency(old, size, &read).unwrap_err().code(), "tlog.outside_tree");
        assert_eq!(verify_consistency(old, size, &root, &root, &[]).unwrap_err().code(), "tlog.outside_tree");
    }
    // A tile that is not there, or is cut short, is an error and never a wrong proof.
    assert_eq!(prove_inclusion(0, 600, &read).unwrap_err().code(), "tlog.tile_unavailable");
    assert_eq!(prove_inclusion(0, 5, &|_| Ok(vec![0; 32])).unwrap_err().code(), "tlog.tile_length");
    assert_eq!(Frontier::load(6, &read).unwrap_err().code(), "tlog.tile_unavailable");
}
