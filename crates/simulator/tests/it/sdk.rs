//! The C ABI with all faults off: paging, keys, codes, chunks.

use serde_json::Value;

use crate::harness::{Simulator, slow_tests_are_off, text_message};
use crate::sdk_library::{SYMBOLS, Sdk, library, open};

fn seqs(page: &Value) -> Vec<u64> {
    page["chatdata"].as_array().unwrap().iter().map(|envelope| envelope["seq"].as_u64().unwrap()).collect()
}

#[test]
#[allow(unsafe_code)] // Looking up a symbol is unsafe because its type is the caller's word.
fn all_seventeen_symbols_are_there() {
    let library = library();
    for name in SYMBOLS {
        assert!(unsafe { library.get::<extern "C" fn()>(name.as_bytes()) }.is_ok(), "{name} is missing");
    }
}

#[test]
fn pages_hold_what_is_greater_than_the_seq_within_limits() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(folder.path(), 120);
    let sdk = Sdk::new(&simulator);
    assert_eq!(seqs(&sdk.chat_data(0, 3).unwrap()), [1, 2, 3]);
    assert_eq!(seqs(&sdk.chat_data(3, 1).unwrap()), [4]);
    assert_eq!(seqs(&sdk.chat_data(0, 1000).unwrap()).len(), 120);
    assert_eq!(seqs(&sdk.chat_data(119, 1000).unwrap()), [120]);
    let end = sdk.chat_data(120, 1000).unwrap();
    assert_eq!((end["errcode"].as_i64(), seqs(&end).len()), (Some(0), 0));
    assert_eq!(seqs(&sdk.chat_data(u64::MAX, 10).unwrap()).len(), 0);
    assert_eq!(sdk.chat_data(0, 0), Err(10000));
    assert_eq!(sdk.chat_data(0, 1001), Err(10000));
    assert_eq!(simulator.corp(0)["calls"]["GetChatData through a proxy"].as_u64(), Some(6));
}

#[test]
fn every_message_opens_and_keys_rotate_in_mid_stream() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(folder.path(), 300);
    let sdk = Sdk::new(&simulator);
    let page = sdk.chat_data(0, 1000).unwrap();
    for envelope in page["chatdata"].as_array().unwrap() {
        let seq = envelope["seq"].as_u64().unwrap();
        assert_eq!(envelope["publickey_ver"].as_u64(), Some(1 + (seq - 1) / 100));
        let message: Value = serde_json::from_slice(&open(&sdk, &simulator, envelope).unwrap()).unwrap();
        assert_eq!(message["msgid"], envelope["msgid"]);
    }
    // What is said after the past comes under the newest key.
    let (_, answer) = simulator.post("/sim/live", br#"{"count":5}"#);
    assert_eq!(answer["last_seq"].as_u64(), Some(305));
    let page = sdk.chat_data(300, 1000).unwrap();
    assert_eq!(seqs(&page), [301, 302, 303, 304, 305]);
    for envelope in page["chatdata"].as_array().unwrap() {
        assert_eq!(envelope["publickey_ver"].as_u64(), Some(3));
        open(&sdk, &simulator, envelope).unwrap();
    }
}

#[test]
fn injected_bytes_come_out_as_they_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(folder.path(), 20);
    let sdk = Sdk::new(&simulator);
    let raw = b"{\"msgid\":\"a\x01b\",\"x\":18446744073709551615";
    let seq = simulator.inject("msgid=mine&publickey_ver=1", raw);
    assert_eq!(seq, 21);
    let page = sdk.chat_data(20, 10).unwrap();
    let envelope = &page["chatdata"][0];
    assert_eq!((envelope["msgid"].as_str(), envelope["publickey_ver"].as_u64()), (Some("mine"), Some(1)));
    assert_eq!(open(&sdk, &simulator, envelope).unwrap(), raw);
    let seq = simulator.inject("", &text_message("own", "你好"));
    assert_eq!(sdk.chat_data(seq - 1, 1).unwrap()["chatdata"][0]["msgid"], "own");
}

#[test]
fn wrong_credentials_are_json_and_an_absent_simulator_is_a_code() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(folder.path(), 20);
    let (corpid, secret) = (simulator.secret("corpid"), simulator.secret("archive_secret"));
    let errcode = |corpid: &str, secret: &str| {
        let page = Sdk::with(&simulator.url, corpid, secret).chat_data(0, 10).unwrap();
        assert_eq!(page.get("chatdata"), None);
        page["errcode"].as_i64().unwrap()
    };
    assert_eq!(errcode(&corpid, "wrong"), 40001);
    assert_eq!(errcode("ww00", &secret), 40013);
    assert_eq!(errcode(&corpid, &simulator.secret("app_secret")), 48002);
    let absent = Sdk::with("http://127.0.0.1:1", &corpid, &secret);
    assert_eq!(absent.chat_data(0, 10), Err(10001));
    assert_eq!(absent.media_data("", "x"), Err(10001));
    assert_eq!(absent.init(None, Some(&secret)), 10000);
    assert_eq!(absent.init(Some(&corpid), Some("")), 10000);
}

#[test]
fn decrypting_garbage_is_a_code() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(folder.path(), 20);
    let sdk = Sdk::new(&simulator);
    assert_eq!(sdk.decrypt(Some("key"), Some("thirteen char")), Err(10008));
    assert_eq!(sdk.decrypt(Some(""), Some("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB")), Err(10008));
    assert_eq!(sdk.decrypt(None, Some("QUFBQUFBQUFBQUFB")), Err(10000));
    assert_eq!(sdk.decrypt(Some("key"), None), Err(10000));
}

#[test]
fn media_come_in_chunks_with_index_buffers() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(folder.path(), 20);
    let sdk = Sdk::new(&simulator);
    let bytes: Vec<u8> = (0..1_048_577_u32).map(|number| (number % 251) as u8).collect();
    simulator.post("/sim/media?sdkfileid=big", &bytes);
    let first = sdk.media_data("", "big").unwrap();
    assert_eq!(
        (first.data.len(), first.index.as_str(), first.finished),
        (524_288, "Range:bytes=524288-1048575", false)
    );
    let second = sdk.media_data(&first.index, "big").unwrap();
    let third = sdk.media_data(&second.index, "big").unwrap();
    assert_eq!((third.data.len(), third.index.as_str(), third.finished), (1, "", true));
    assert_eq!([first.data, second.data, third.data].concat(), bytes);
    simulator.post("/sim/media?sdkfileid=exact", &bytes[..524_288]);
    assert!(sdk.media_data("", "exact").unwrap().finished);
    simulator.post("/sim/media?sdkfileid=empty", b"");
    let empty = sdk.media_data("", "empty").unwrap();
    assert_eq!((empty.data.len(), empty.finished), (0, true));
    assert_eq!(sdk.media_data("", ""), Err(10000));
    assert_eq!(sdk.media_data("bytes=0-1", "big"), Err(10000));
    assert_eq!(sdk.media_data("Range:bytes=9999999-", "big"), Err(10000));
    assert_eq!(sdk.media_data("", "unknown"), Err(10005));
}

#[test]
fn media_of_the_company_match_what_messages_declare() {
    if slow_tests_are_off() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(folder.path(), 1000);
    let sdk = Sdk::new(&simulator);
    let page = sdk.chat_data(0, 1000).unwrap();
    let mut checked = 0;
    for envelope in page["chatdata"].as_array().unwrap() {
        let message: Value = serde_json::from_slice(&open(&sdk, &simulator, envelope).unwrap()).unwrap();
        let Some(body) = message["msgtype"].as_str().and_then(|kind| message.get(kind)) else {
            continue;
        };
        let (Some(id), Some(size)) = (body["sdkfileid"].as_str(), body["filesize"].as_u64()) else {
            continue;
        };
        assert_eq!(sdk.media(id).unwrap().len() as u64, size, "{message}");
        checked += 1;
    }
    assert!(checked > 5, "only {checked} files in 1000 messages");
}
