//! The primitives against Project Wycheproof's vectors.

use serde_json::Value;
use xinlu_testkit::shared;

use super::{CipherKey, hkdf, mac};

fn groups(file: &str) -> Vec<Value> {
    let Some(path) = shared(&format!("conformance/wycheproof/{file}")) else { return Vec::new() };
    let json: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    json["testGroups"].as_array().unwrap().clone()
}

fn bytes(test: &Value, name: &str) -> Vec<u8> {
    hex::decode(test[name].as_str().unwrap()).unwrap()
}

#[test]
fn aes_256_gcm_agrees_with_wycheproof() {
    let mut checked = 0;
    for group in groups("aes_gcm_test.json") {
        if group["keySize"] != 256 || group["ivSize"] != 96 || group["tagSize"] != 128 {
            continue;
        }
        for test in group["tests"].as_array().unwrap() {
            let key = CipherKey::new(&bytes(test, "key").try_into().unwrap());
            let nonce = bytes(test, "iv").try_into().unwrap();
            let (aad, message) = (bytes(test, "aad"), bytes(test, "msg"));
            let sealed = [bytes(test, "ct"), bytes(test, "tag")].concat();
            let opened = key.open_at(&nonce, &aad, &sealed);
            if test["result"] == "valid" {
                assert_eq!(opened.unwrap(), message, "{}", test["tcId"]);
                assert_eq!(key.seal_at(&nonce, &aad, &message), sealed, "{}", test["tcId"]);
            } else {
                assert!(opened.is_err(), "{}", test["tcId"]);
            }
            checked += 1;
        }
    }
    assert!(checked > 50 || shared("conformance/wycheproof").is_none(), "only {checked} vectors");
}

#[test]
fn hkdf_sha256_agrees_with_wycheproof() {
    let mut checked = 0;
    for group in groups("hkdf_sha256_test.json") {
        for test in group["tests"].as_array().unwrap() {
            if test["result"] != "valid" {
                continue;
            }
            let expected = bytes(test, "okm");
            let key = hkdf(&bytes(test, "ikm"), &bytes(test, "salt"), &[&bytes(test, "info")]);
            let length = expected.len().min(key.len());
            assert_eq!(key[..length], expected[..length], "{}", test["tcId"]);
            checked += 1;
        }
    }
    assert!(checked > 50 || shared("conformance/wycheproof").is_none(), "only {checked} vectors");
}

#[test]
fn hmac_sha256_agrees_with_wycheproof() {
    let mut checked = 0;
    for group in groups("hmac_sha256_test.json") {
        for test in group["tests"].as_array().unwrap() {
            let tag = bytes(test, "tag");
            let message = bytes(test, "msg");
            let (left, right) = message.split_at(message.len() / 3);
            let ours = mac(&bytes(test, "key"), &[left, right]);
            assert_eq!(ours[..tag.len()] == tag[..], test["result"] == "valid", "{}", test["tcId"]);
            checked += 1;
        }
    }
    assert!(checked > 50 || shared("conformance/wycheproof").is_none(), "only {checked} vectors");
}
