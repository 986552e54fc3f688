//! Strangers' programs accept what a running log leaves on disk and hands out, and refuse it altered.

use std::path::Path;
use std::process::Command;

use tlog_tiles::{TileHashReader, TileReader, check_record, check_tree, stored_hash_index};
use xinlu_ledger::{ProofAnswer, RefKind, verify_directory};
use xinlu_tlog::{Checkpoint, ProofText, Tile, leaf_hash};

use crate::support::{ORIGIN, TestLog, drain};

struct OnDisk<'a>(&'a Path);

impl TileReader for OnDisk<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let path =
            |tile: &tlog_tiles::Tile| Tile::new(tile.level(), tile.level_index(), tile.width() as u16).unwrap().path();
        Ok(tiles.iter().map(|tile| std::fs::read(self.0.join(path(tile))).unwrap()).collect())
    }

    fn save_tiles(&self, _tiles: &[tlog_tiles::Tile], _data: &[Vec<u8>]) {}
}

fn theirs(hashes: &[xinlu_tlog::Hash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(|hash| tlog_tiles::Hash(hash.0)).collect()
}

async fn grown() -> (TestLog, String) {
    let log = TestLog::sqlite().await;
    let ledger = log.open().await;
    log.submit(RefKind::RECORD, 1, 300).await;
    drain(&ledger).await;
    let old = ledger.checkpoint().await.unwrap();
    log.submit(RefKind::RECORD, 301, 400).await;
    drain(&ledger).await;
    (log, old)
}

#[tokio::test]
async fn the_crate_tlog_tiles_accepts_directory_and_proofs() {
    let (log, old) = grown().await;
    let ledger = log.open().await;
    let head = Checkpoint::open(&ledger.checkpoint().await.unwrap(), ORIGIN, ledger.verifier()).unwrap();
    let old = Checkpoint::open(&old, ORIGIN, ledger.verifier()).unwrap();
    let root = tlog_tiles::Hash(head.root.0);
    let disk = OnDisk(&log.directory);
    let reader = TileHashReader::new(head.size, root, &disk);
    let all: Vec<_> = (0..head.size).map(|index| stored_hash_index(0, index)).collect();
    let hashes = tlog_tiles::HashReader::read_hashes(&reader, &all).unwrap();
    for (leaf, hash) in verify_directory(&log.directory, None).leaves().zip(hashes) {
        assert_eq!(leaf_hash(&leaf.unwrap().1).0, hash.0);
    }
    for reference in [1, 256, 257, 700] {
        let ProofAnswer::Found { leaf_index, tree_size, leaf, hashes, .. } =
            ledger.proof(RefKind::RECORD, reference).await.unwrap()
        else {
            panic!("{reference} is placed");
        };
        let leaf = tlog_tiles::Hash(leaf_hash(&leaf).0);
        let mut proof = theirs(&hashes);
        check_record(&proof, tree_size, root, leaf_index, leaf).unwrap();
        proof[2].0[9] ^= 16;
        assert!(check_record(&proof, tree_size, root, leaf_index, leaf).is_err());
    }
    let mut proof = theirs(&ledger.consistency(old.size, head.size).await.unwrap());
    let old_root = tlog_tiles::Hash(old.root.0);
    check_tree(&proof, head.size, root, old.size, old_root).unwrap();
    proof[0].0[0] ^= 1;
    assert!(check_tree(&proof, head.size, root, old.size, old_root).is_err());
}

#[tokio::test]
async fn the_go_judge_accepts_directory_and_proofs() {
    let (log, old) = grown().await;
    let program = log.test_db.folder.path().join("judge");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/judge/go/main.go");
    let mut build = Command::new("go");
    build.args(["build", "-o"]).args([&program, &source]);
    build.envs([("GO111MODULE", "off"), ("GOPATH", "/usr/share/gocode")]);
    match build.output() {
        Ok(built) if built.status.success() => {}
        _ => {
            println!("SKIPPED: go or Debian's golang-golang-x-mod-dev is not here");
            return;
        }
    }
    let judge = |proof: Option<&str>| {
        let mut command = Command::new(&program);
        command.arg(&log.directory);
        if let Some(proof) = proof {
            let path = log.test_db.folder.path().join("proof");
            std::fs::write(&path, proof).unwrap();
            command.arg(path);
        }
        command.output().unwrap().status.code().unwrap()
    };
    assert_eq!(judge(None), 0);
    let ledger = log.open().await;
    let ProofAnswer::Found { leaf_index, hashes, checkpoint, .. } = ledger.proof(RefKind::RECORD, 500).await.unwrap()
    else {
        panic!("500 is placed");
    };
    let proof = ProofText { extra: None, index: leaf_index, hashes, checkpoint }.to_string();
    assert_eq!(judge(Some(&proof)), 0);
    assert_eq!(judge(Some(&proof.replacen("index 499", "index 498", 1))), 1);
    let lines: String = ledger.consistency(300, 700).await.unwrap().iter().map(|hash| format!("\n{hash}")).collect();
    assert_eq!(judge(Some(&format!("consistency{lines}\n\n{old}"))), 0);
    assert_eq!(judge(Some(&format!("consistency\n\n{old}"))), 1);
    let tile = log.directory.join("tile/0/001");
    let mut bytes = std::fs::read(&tile).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&tile, bytes).unwrap();
    assert_eq!(judge(None), 1);
}
