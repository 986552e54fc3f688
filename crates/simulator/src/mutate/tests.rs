//! Each fault shows in the text, and only there.

use serde_json::Value;

use super::mutate;
use crate::company::PlainMessage;
use crate::faults::MessageFault;

fn played(fault: MessageFault) -> PlainMessage {
    let json = br#"{"msgid":"m2","action":"send","from":"a","tolist":["b"],"roomid":"r","msgtime":1603875610123,"msgtype":"image","image":{"md5sum":"abc","filesize":3,"sdkfileid":"f"}}"#;
    mutate(
        PlainMessage { msgid: "m2".to_owned(), msgtime_ms: 1_603_875_610_123, json: json.to_vec() },
        fault,
        Some("m1"),
    )
}

fn parsed(fault: MessageFault) -> Value {
    serde_json::from_slice(&played(fault).json).unwrap()
}

#[test]
fn unreadable_texts() {
    assert!(serde_json::from_slice::<Value>(&played(MessageFault::BrokenJson).json).is_err());
    let control = played(MessageFault::ControlCharacters).json;
    assert!(control.iter().any(|byte| *byte < 0x20));
    assert!(serde_json::from_slice::<Value>(&control).is_err());
    let cleaned: Vec<u8> = control.into_iter().filter(|byte| *byte >= 0x20).collect();
    assert!(serde_json::from_slice::<Value>(&cleaned).is_ok());
}

#[test]
fn other_types() {
    assert_eq!(parsed(MessageFault::UnknownType)["msgtype"], "hologram");
    assert_eq!(parsed(MessageFault::HugeIntegers)["meeting"]["meetingid"], 11_101_571_002_822_706_744_u64);
    assert_eq!(parsed(MessageFault::VoteNested)["vote"]["votetype"], 101);
    assert_eq!(parsed(MessageFault::VoteAtTopLevel)["votetype"], 101);
    assert_eq!(parsed(MessageFault::VoteAtTopLevel)["roomid"], "r");
}

#[test]
fn other_times_ids_and_sums() {
    assert_eq!(parsed(MessageFault::OutOfOrder)["msgtime"], 1_603_875_610_123_i64 - 3 * 24 * 3_600_000);
    assert_eq!(parsed(MessageFault::EmptyMd5)["image"]["md5sum"], "");
    assert_eq!(parsed(MessageFault::WrongMd5)["image"]["md5sum"], "cba");
    let repeated = played(MessageFault::RepeatedMsgid);
    assert_eq!(repeated.msgid, "m1");
    assert_eq!(serde_json::from_slice::<Value>(&repeated.json).unwrap()["msgid"], "m1");
}
