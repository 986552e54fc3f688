//! Vectors that nobody here wrote: RFC 6962 proofs, a whole log made by another program, Ed25519.
//!
//! They lie beside the project, never in it.

use std::path::{Path, PathBuf};

use serde_json::Value;
use xinlu_tlog::{
    Checkpoint, Frontier, Hash, Verifier, decode_bundle, leaf_hash, push_entry, verify_consistency, verify_inclusion,
};

use crate::sample_log::shared;

const TESSERA_VKEY: &str = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

fn json_files(folder: &Path) -> Vec<(PathBuf, Value)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(json_files(&entry.path()));
        } else {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            found.push((entry.path(), serde_json::from_str(&text).unwrap()));
        }
    }
    found
}

fn hashes(value: &Value) -> Option<Vec<Hash>> {
    let texts = value.as_array().map(Vec::as_slice).unwrap_or_default();
    texts.iter().map(|text| Hash::from_base64(text.as_str()?).ok()).collect()
}

fn hash(value: &Value) -> Option<Hash> {
    Hash::from_base64(value.as_str()?).ok()
}

/// Some vectors have words for roots; only that they are equal or not matters, so any hash may stand for them.
fn root(value: &Value) -> Hash {
    hash(value).unwrap_or_else(|| leaf_hash(value.as_str().unwrap().as_bytes()))
}

#[test]
fn inclusion_vectors() {
    let Some(folder) = shared("merkle/testdata/inclusion") else {
        return;
    };
    let vectors = json_files(&folder);
    assert!(vectors.len() > 90, "{}", vectors.len());
    for (path, vector) in vectors {
        let verified = || {
            let (index, size) = (vector["leafIdx"].as_u64()?, vector["treeSize"].as_u64()?);
            let (leaf, root) = (hash(&vector["leafHash"])?, hash(&vector["root"])?);
            verify_inclusion(index, size, &leaf, &root, &hashes(&vector["proof"])?).ok()
        };
        assert_eq!(verified().is_none(), vector["wantErr"].as_bool().unwrap(), "{}", path.display());
    }
}

#[test]
fn consistency_vectors() {
    let Some(folder) = shared("merkle/testdata/consistency") else {
        return;
    };
    let vectors = json_files(&folder);
    assert!(vectors.len() > 90, "{}", vectors.len());
    for (path, vector) in vectors {
        let verified = || {
            let (old, new) = (vector["size1"].as_u64()?, vector["size2"].as_u64()?);
            let (old_root, new_root) = (root(&vector["root1"]), root(&vector["root2"]));
            verify_consistency(old, new, &old_root, &new_root, &hashes(&vector["proof"])?).ok()
        };
        assert_eq!(verified().is_none(), vector["wantErr"].as_bool().unwrap(), "{}", path.display());
    }
}

#[test]
fn a_log_of_tessera_is_rebuilt_byte_for_byte() {
    let Some(folder) = shared("tessera-log/testdata/log") else {
        return;
    };
    let verifier = Verifier::parse(TESSERA_VKEY).unwrap();
    let bundle = std::fs::read(folder.join("tile/entries/000.p/15")).unwrap();
    let entries = decode_bundle(&bundle, 15).unwrap();
    let leaves: Vec<_> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let mut grown = Frontier::empty();
    for size in 0..=15 {
        if size > 0 {
            let written = grown.append(&leaves[size - 1..size]);
            assert_eq!(written.len(), 1);
            for (tile, bytes) in written {
                assert_eq!(bytes, std::fs::read(folder.join(tile.path())).unwrap(), "{}", tile.path());
            }
            let mut rebuilt = Vec::new();
            entries[..size].iter().for_each(|entry| push_entry(&mut rebuilt, entry).unwrap());
            assert_eq!(rebuilt, std::fs::read(folder.join(format!("tile/entries/000.p/{size}"))).unwrap());
        }
        let note = std::fs::read_to_string(folder.join(format!("checkpoint.{size}"))).unwrap();
        let checkpoint = Checkpoint::open(&note, "example.com/log/testdata", &verifier).unwrap();
        assert_eq!(checkpoint, Checkpoint::new("example.com/log/testdata", size as u64, grown.root()));
        let altered = note.replace("testdata\n", "testdatb\n");
        assert!(Checkpoint::open(&altered, "example.com/log/testdatb", &verifier).is_err());
    }
}

#[test]
fn ed25519_vectors_of_wycheproof() {
    let Some(file) = shared("wycheproof/ed25519_test.json") else {
        return;
    };
    let suite: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let bytes = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
    let mut tried = 0;
    for group in suite["testGroups"].as_array().unwrap() {
        let key = bytes(&group["publicKey"]["pk"]).try_into().unwrap();
        let verifier = Verifier::from_public_key("wycheproof", key).unwrap();
        for test in group["tests"].as_array().unwrap() {
            let verified = verifier.verify(&bytes(&test["msg"]), &bytes(&test["sig"]));
            assert_eq!(verified, test["result"] == "valid", "test {}", test["tcId"]);
            tried += 1;
        }
    }
    assert_eq!(tried, suite["numberOfTests"].as_u64().unwrap());
}
