//! Answers of `GetChatData`, good and odd.

use serde_json::{Value, json};

use super::{FetchOutcome, read};

fn item(seq: u64) -> Value {
    json!({"seq": seq, "msgid": format!("m{seq}"), "publickey_ver": 3, "encrypt_random_key": "QQ==", "encrypt_chat_msg": "Qg=="})
}

fn page(answer: &Value, after: u64) -> Vec<(u64, String, u32)> {
    match read(0, answer.to_string().as_bytes(), after) {
        FetchOutcome::Page(envelopes) => {
            envelopes.into_iter().map(|one| (one.seq, one.msgid, one.key_version)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn pages_are_in_order_and_new() {
    let answer = json!({"errcode": 0, "errmsg": "ok", "chatdata": [item(9), item(7), item(8), item(8), item(5)]});
    let expected = [7, 8, 9].map(|seq| (seq, format!("m{seq}"), 3));
    assert_eq!(page(&answer, 6), expected);
    assert_eq!(page(&json!({"errcode": 0, "chatdata": []}), 6), []);
    assert_eq!(page(&json!({}), 6), []);
}

#[test]
fn one_odd_item_costs_only_itself() {
    let answer = json!({"chatdata": [
        item(1), {"seq": 2}, {"msgid": "no seq"}, {"seq": "3", "msgid": 7, "publickey_ver": "x"}, null,
        {"seq": 4, "msgid": "a\u{0}b", "publickey_ver": 1, "encrypt_random_key": "", "encrypt_chat_msg": ""},
    ]});
    let named = |seq, msgid: &str, version| (seq, msgid.to_owned(), version);
    assert_eq!(page(&answer, 0), [named(1, "m1", 3), named(2, "seq:2", 0), named(3, "seq:3", 0), named(4, "ab", 1)]);
}

#[test]
fn codes_are_told_apart() {
    let later = |code: i32, json: &[u8]| match read(code, json, 0) {
        FetchOutcome::Later(trouble) => (trouble.name, trouble.code, trouble.needs_person),
        other => panic!("{other:?}"),
    };
    assert_eq!(later(10001, b""), ("network", 10001, false));
    assert_eq!(later(10009, b""), ("ip_not_trusted", 10009, true));
    assert_eq!(later(0, br#"{"errcode":301053}"#), ("archive_not_opened", 301_053, true));
    assert_eq!(later(0, br#"{"errcode":45009,"chatdata":[]}"#), ("called_too_often", 45009, false));
    assert_eq!(later(0, br#"{"errcode":77777}"#), ("refused", 77777, true));
    assert_eq!(later(0, b"<html>"), ("reply_unreadable", 10002, false));
    assert_eq!(read(0, br#"{"errcode":301058}"#, 0), FetchOutcome::Smaller);
}
