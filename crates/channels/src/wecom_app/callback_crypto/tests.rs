//! The published known answers, a round trip at every length, and inputs made to break it.

use serde_json::Value;

use super::{BASE64, CallbackCrypto, CallbackError};
use crate::Secret;
use base64::Engine as _;

const TOKEN: &str = "1372623149";
const KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";

fn crypto(receiver: &str) -> CallbackCrypto {
    CallbackCrypto::new(Secret::new(TOKEN.to_owned()), &Secret::new(KEY.to_owned()), receiver).expect("the key is good")
}

fn parameter(url: &str, name: &str) -> String {
    let query = url.split_once('?').expect("a query").1;
    let raw = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).expect("the parameter");
    let mut bytes = Vec::new();
    let mut rest = raw.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let hex = std::str::from_utf8(&tail[..2]).expect("two hex digits");
            bytes.push(u8::from_str_radix(hex, 16).expect("two hex digits"));
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn known_answers() {
    let Some(path) = xinlu_testkit::shared("wecom/callback_kat.json") else { return };
    let known: Value = serde_json::from_slice(&std::fs::read(path).expect("readable")).expect("JSON");
    let text = |name: &str| known[name].as_str().expect("a text").to_owned();
    let crypto =
        CallbackCrypto::new(Secret::new(text("token")), &Secret::new(text("key")), &text("recv")).expect("good");
    let message = crypto.open(&text("sig"), &text("timestamp"), &text("nonce"), &text("enc")).expect("opens");
    let message = String::from_utf8(message).expect("UTF-8");
    assert!(message.starts_with("<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]>"), "{message}");
    let urls = known["urls"].as_array().expect("a list");
    assert_eq!(urls.len(), 3);
    for url in urls {
        let part = |name: &str| parameter(url.as_str().expect("a text"), name);
        let opened = echo(&part);
        assert_eq!(opened, b"ECHO", "{url}");
    }
}

/// The three URLs name no receiver; whoever it is, the message must come out.
fn echo(part: &dyn Fn(&str) -> String) -> Vec<u8> {
    let (signature, timestamp, nonce) = (part("msg_signature"), part("timestamp"), part("nonce"));
    let receivers = ["", "wx5823bf96d3bd56c7"];
    let tried = receivers.map(|receiver| crypto(receiver).open(&signature, &timestamp, &nonce, &part("echostr")));
    tried.into_iter().find_map(Result::ok).expect("opens for one of the receivers")
}

#[test]
fn round_trip_at_every_padding() {
    let crypto = crypto("wwcorp");
    for length in 0..100 {
        let message: Vec<u8> = (0..length).map(|number| number as u8).collect();
        let sealed = crypto.seal(&message, [7; 16], "1", "n");
        assert_eq!(crypto.open(&sealed.signature, "1", "n", &sealed.encrypt), Ok(message));
    }
}

#[test]
fn wrong_signature_receiver_and_key() {
    let sealed = crypto("wwcorp").seal(b"<xml/>", [7; 16], "1", "n");
    let open = |receiver: &str, signature: &str, encrypt: &str| crypto(receiver).open(signature, "1", "n", encrypt);
    assert_eq!(open("wwcorp", &sealed.signature.to_uppercase(), &sealed.encrypt), Err(CallbackError::SignatureWrong));
    assert_eq!(open("wwcorp", "", &sealed.encrypt), Err(CallbackError::SignatureWrong));
    assert_eq!(open("wwother", &sealed.signature, &sealed.encrypt), Err(CallbackError::ReceiverWrong));
    let short = CallbackCrypto::new(Secret::default(), &Secret::new("abc".to_owned()), "x");
    assert_eq!(short.err(), Some(CallbackError::KeyInvalid));
}

#[test]
fn malformed_ciphertexts_are_refused_without_panic() {
    let crypto = crypto("wwcorp");
    for bytes in 0..80 {
        let encrypt = BASE64.encode(vec![0x5a; bytes]);
        let signature = crypto.signature("1", "n", &encrypt);
        assert_eq!(crypto.open(&signature, "1", "n", &encrypt), Err(CallbackError::Malformed), "{bytes} bytes");
    }
    let signature = crypto.signature("1", "n", "不是base64");
    assert_eq!(crypto.open(&signature, "1", "n", "不是base64"), Err(CallbackError::Malformed));
}
