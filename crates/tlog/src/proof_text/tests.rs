//! The text of a proof: the golden example, strict reading, and refusal of every altered bit.

use super::ProofText;
use crate::{Checkpoint, TlogError};
use crate::{Frontier, Signer, leaf_hash, prove_inclusion};

const ORIGIN: &str = "xinlu.example/archive";
/// A proof as the first version wrote it; it must read for ever.
const GOLDEN: &str = include_str!("../../testdata/proof.v1.tlog-proof");

fn signer() -> Signer {
    Signer::from_seed(ORIGIN, &[42; 32]).unwrap()
}

fn golden() -> ProofText {
    let leaves: Vec<_> = (0..5).map(|entry: u8| leaf_hash(&[entry])).collect();
    let mut tree = Frontier::empty();
    let tiles = tree.append(&leaves);
    let read = |wanted| Ok(tiles.iter().find(|(tile, _)| *tile == wanted).unwrap().1.clone());
    let checkpoint = Checkpoint::new(ORIGIN, 5, tree.root()).sign(&[&signer()]).unwrap();
    ProofText { extra: None, index: 2, hashes: prove_inclusion(2, 5, &read).unwrap(), checkpoint }
}

#[test]
fn the_golden_proof_is_still_what_we_write_and_read() {
    assert_eq!(golden().to_string(), GOLDEN);
    let proof = ProofText::parse(GOLDEN).unwrap();
    assert_eq!(proof, golden());
    let checkpoint = proof.verify(&leaf_hash(&[2]), ORIGIN, &signer().verifier()).unwrap();
    assert_eq!(checkpoint.size, 5);
    let refused = proof.verify(&leaf_hash(&[3]), ORIGIN, &signer().verifier()).unwrap_err();
    assert_eq!(refused, TlogError::ProofInvalid);
}

#[test]
fn every_flipped_bit_is_refused() {
    for position in 0..GOLDEN.len() {
        for bit in 0..8 {
            let mut bytes = GOLDEN.as_bytes().to_vec();
            bytes[position] ^= 1 << bit;
            let Ok(altered) = String::from_utf8(bytes) else {
                continue;
            };
            let verified = ProofText::parse(&altered)
                .and_then(|proof| proof.verify(&leaf_hash(&[2]), ORIGIN, &signer().verifier()));
            assert!(verified.is_err(), "byte {position} bit {bit}");
        }
    }
}

#[test]
fn extra_data_is_kept() {
    for extra in [Vec::new(), b"anything".to_vec()] {
        let proof = ProofText { extra: Some(extra), ..golden() };
        assert_eq!(ProofText::parse(&proof.to_string()), Ok(proof));
    }
}

#[test]
fn malformed_texts_are_refused() {
    let check = |text: &str, reason: &'static str| {
        assert_eq!(ProofText::parse(text), Err(TlogError::ProofMalformed { reason }), "{text:?}");
    };
    check("", "not a c2sp.org/tlog-proof@v1");
    check("c2sp.org/tlog-proof@v2\nindex 1\n\nx", "not a c2sp.org/tlog-proof@v1");
    check("c2sp.org/tlog-proof@v1\nindex 1\n", "no checkpoint");
    check("c2sp.org/tlog-proof@v1\nextra !\nindex 1\n\nx", "extra data is not base64");
    check("c2sp.org/tlog-proof@v1\nextra AA==\n\nx", "no index");
    check("c2sp.org/tlog-proof@v1\nindex x\n\nx", "index is not a number");
    check("c2sp.org/tlog-proof@v1\nindex 01\n\nx", "index is not in its shortest form");
    let many = format!("{}\n", leaf_hash(b"")).repeat(65);
    check(&format!("c2sp.org/tlog-proof@v1\nindex 1\n{many}\nx"), "more than 64 hashes");
    assert_eq!(ProofText::parse("c2sp.org/tlog-proof@v1\nindex 1\nAA==\n\nx"), Err(TlogError::HashMalformed));
}
