//! Notes and keys: the example of the specification's own implementation, strict reading, strangers' lines.

use super::{NOTE_BYTES_MAX, Note, SEED_BYTES, SIGNATURES_MAX, Signer, Verifier};
use crate::TlogError;

/// The key, name and note of the documentation of golang.org/x/mod/sumdb/note.
const GO_VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn signer(name: &str, byte: u8) -> Signer {
    Signer::from_seed(name, &[byte; SEED_BYTES]).unwrap()
}

fn with_text(note: &str, text: &str) -> Result<String, TlogError> {
    let verifier = Verifier::parse(GO_VKEY).unwrap();
    Note::parse(&note.replace("cryptography", text))?.verify(&[&verifier]).map(str::to_owned)
}

#[test]
fn the_example_of_go_verifies() {
    let text = with_text(GO_NOTE, "cryptography").unwrap();
    assert!(text.starts_with("If you think") && text.ends_with("problem is.\n"));
    let refused = with_text(GO_NOTE, "Cryptography").unwrap_err();
    assert_eq!(refused, TlogError::SignatureInvalid { name: "PeterNeumann".to_owned() });
    assert_eq!(Note::parse(GO_NOTE).unwrap().to_string(), GO_NOTE);
}

#[test]
fn keys_read_back_and_altered_ones_are_refused() {
    let verifier = Verifier::parse(GO_VKEY).unwrap();
    assert_eq!(verifier.to_string(), GO_VKEY);
    assert_eq!((verifier.name(), verifier.key_id()), ("PeterNeumann", 0xc74f_20a3));
    let bad = [
        ("", "not of the form name+id+key"),
        ("PeterNeumann+c74f20a3", "not of the form name+id+key"),
        ("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "id does not belong to the key"),
        ("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "id does not belong to the key"),
        ("peterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "id does not belong to the key"),
        ("PeterNeumann+c74f20a3+Apc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "key is not base64"),
        ("PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "not an ed25519 key"),
        ("PeterNeumann+c74f20a3+AQ==", "key is not of 32 bytes"),
        ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n", "key is not base64"),
    ];
    for (vkey, reason) in bad {
        assert_eq!(Verifier::parse(vkey), Err(TlogError::VerifierMalformed { reason }), "{vkey}");
    }
    for name in ["", "a b", "a+b", "a\u{3000}b", "a\nb"] {
        assert_eq!(Signer::from_seed(name, &[1; 32]).unwrap_err(), TlogError::KeyNameMalformed, "{name:?}");
    }
}

#[test]
fn strangers_lines_are_kept_and_ignored() {
    let (ours, witness) = (signer("example.com/log", 1), signer("witness.example", 2));
    // A stranger may choose our name or our key id, but not both.
    let same_name = signer("example.com/log", 3);
    let note = Note::sign("text\n\nmore\n", &[&witness, &same_name, &ours]).unwrap();
    let read = Note::parse(&note.to_string()).unwrap();
    assert_eq!(read, note);
    assert_eq!(read.signatures().len(), 3);
    assert_eq!(read.verify(&[&ours.verifier()]), Ok("text\n\nmore\n"));
    assert_eq!(read.verify(&[&signer("other", 9).verifier()]), Err(TlogError::SignatureMissing));
    assert_eq!(read.verify(&[]), Err(TlogError::SignatureMissing));
}

#[test]
fn one_bad_line_by_a_known_key_spoils_the_note() {
    let (ours, witness) = (signer("example.com/log", 1), signer("witness.example", 2));
    let mut note = Note::sign("text\n", &[&ours]).unwrap();
    let foreign = Note::sign("other text\n", &[&witness]).unwrap().signatures().first().unwrap().clone();
    note.add_signature(foreign);
    assert!(note.verify(&[&ours.verifier()]).is_ok());
    let refused = note.verify(&[&ours.verifier(), &witness.verifier()]).unwrap_err();
    assert_eq!(refused.code(), "tlog.signature_invalid");
}

#[test]
fn malformed_notes_are_refused() {
    let good = Note::sign("text\n", &[&signer("log", 1)]).unwrap().to_string();
    let line = good.strip_prefix("text\n\n").unwrap();
    let check = |note: &str, reason: &'static str| {
        assert_eq!(Note::parse(note), Err(TlogError::NoteMalformed { reason }), "{note:?}");
    };
    check("", "no blank line before the signatures");
    check("text\n", "no blank line before the signatures");
    check("text\n\n", "last line has no end");
    check(good.trim_end(), "last line has no end");
    check(&format!("{good}\n"), "last line has no end");
    check(&good.replace('\u{2014}', "-"), "not a signature line");
    check(&good.replace("text", "te\txt"), "holds a control character");
    check(&good.replace('\n', "\r\n"), "holds a control character");
    check(&format!("{good}\u{2014} log\n"), "signature line without signature");
    check(&format!("{good}\u{2014}  AAAAAAA=\n"), "key name in a signature line");
    check(&format!("{good}\u{2014} l+g AAAAAAA=\n"), "key name in a signature line");
    check(&format!("{good}\u{2014} log AAAAAAA\n"), "signature is not base64");
    check(&format!("{good}\u{2014} log AAA=\n"), "signature is too short");
    check(&format!("{good}\u{2014} log AAAAAA==\n"), "signature is too short");
    check(&format!("{good}{}", line.repeat(SIGNATURES_MAX)), "more than 100 signatures");
    check(&format!("{}{good}", "x".repeat(NOTE_BYTES_MAX)), "longer than 1 000 000 bytes");
    assert!(Note::parse(&format!("text\n\n{}", line.repeat(SIGNATURES_MAX))).is_ok());
    assert!(Note::sign("no end", &[&signer("log", 1)]).is_err());
}

#[test]
fn a_signer_never_shows_its_seed() {
    assert_eq!(format!("{:?}", signer("log", 0x5a)), r#"Signer { name: "log", .. }"#);
}
