//! What an envelope holds, and that its ciphertexts open with the private key on disk.

use aws_lc_rs::rsa::Pkcs1PrivateDecryptingKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::{Sealing, msgtime_ms, seal};
use crate::archive_file::Origin;
use crate::cipher::{Mark, decrypt};
use crate::company::PlainMessage;
use crate::faults::MessageFault;
use crate::rsa_keys::{RsaKeys, read_private_key};

fn message() -> PlainMessage {
    let json = br#"{"msgid":"m1","action":"send","from":"a","tolist":["b"],"roomid":"","msgtime":1603875610123,"msgtype":"text","text":{"content":"hi"}}"#;
    PlainMessage { msgid: "m1".to_owned(), msgtime_ms: 1_603_875_610_123, json: json.to_vec() }
}

fn sealed(keys: &RsaKeys, fault: Option<MessageFault>) -> (Value, i64) {
    let sealing = Sealing { keys, version: 2, fault, origin: Origin::Past };
    let entry = seal(sealing, 7, message(), None, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
    (serde_json::from_slice(&entry.json).unwrap(), entry.msgtime_ms)
}

fn opened(keys: &RsaKeys, file: &str, envelope: &Value) -> Option<(Mark, Vec<u8>)> {
    let text = std::fs::read_to_string(keys.folder().join(file)).unwrap();
    let key = Pkcs1PrivateDecryptingKey::new(read_private_key(&text).unwrap()).unwrap();
    let sealed = STANDARD.decode(envelope["encrypt_random_key"].as_str().unwrap()).unwrap();
    let mut buffer = vec![0; key.min_output_size()];
    let encrypt_key = key.decrypt(&sealed, &mut buffer).ok()?;
    let encrypt_key = String::from_utf8(encrypt_key.to_vec()).ok()?;
    assert_eq!(encrypt_key.len(), 88);
    decrypt(&encrypt_key, envelope["encrypt_chat_msg"].as_str().unwrap().as_bytes())
}

#[test]
fn an_envelope_opens_with_the_key_it_names_and_with_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let keys = RsaKeys::open(folder.path(), 3).unwrap();
    let (envelope, time) = sealed(&keys, None);
    assert_eq!((envelope["seq"].as_u64(), envelope["msgid"].as_str()), (Some(7), Some("m1")));
    assert_eq!((envelope["publickey_ver"].as_u64(), time), (Some(2), 1_603_875_610_123));
    assert_eq!(opened(&keys, "2.pem", &envelope), Some((Mark::Plain, message().json)));
    assert_eq!(opened(&keys, "1.pem", &envelope), None);
    // A second start finds the same keys.
    let again = RsaKeys::open(folder.path(), 3).unwrap();
    let (envelope, _) = sealed(&again, None);
    assert_eq!(opened(&keys, "2.pem", &envelope), Some((Mark::Plain, message().json)));
}

#[test]
fn key_faults_name_other_versions() {
    let folder = tempfile::tempdir().unwrap();
    let keys = RsaKeys::open(folder.path(), 3).unwrap();
    let (envelope, _) = sealed(&keys, Some(MessageFault::WrongKeyVersion));
    assert_eq!(envelope["publickey_ver"].as_u64(), Some(1));
    assert_eq!(opened(&keys, "1.pem", &envelope), None);
    let (envelope, _) = sealed(&keys, Some(MessageFault::WithheldKeyVersion));
    assert_eq!(envelope["publickey_ver"].as_u64(), Some(90));
    assert_eq!(opened(&keys, "withheld/90.pem", &envelope), Some((Mark::Plain, message().json)));
    let (envelope, _) = sealed(&keys, Some(MessageFault::ShortCiphertext));
    assert_eq!(envelope["encrypt_chat_msg"].as_str().unwrap().len(), 12);
    let (envelope, _) = sealed(&keys, Some(MessageFault::CorruptCiphertext));
    assert_eq!(opened(&keys, "2.pem", &envelope), None);
}

#[test]
fn times_inside_a_chatrecord_are_not_taken_for_the_message_time() {
    let json = br#"{"chatrecord":{"item":[{"msgtime":1603875610}]},"msgtime":1603875999000}"#;
    assert_eq!(msgtime_ms(json), 1_603_875_999_000);
    assert_eq!(msgtime_ms(br#"{"action":"switch","time":1554119421840}"#), 1_554_119_421_840);
    assert_eq!(msgtime_ms(b"{}"), 0);
}
