//! Answers of `GetChatData`, good and odd.

use serde_json::{Value, json};

use super::{FetchOutcome, read};

fn item(seq: u64) -> Value {
    json!({"seq": seq, "msgid": format!("m{seq}"), "publickey_ver": 3, "encrypt_random_key": "QQ==", "encrypt_chat_msg": "Qg=="})
}

fn page(answer: &Value, after: u64) -> (Vec<(u64, String, u32)>, usize) {
    match read(0, answer.to_string().as_bytes(), after) {
        FetchOutcome::Page(page) => {
            let envelopes = page.envelopes.into_iter().map(|one| (one.seq, one.msgid, one.key_version));
            (envelopes.collect(), page.repeated)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn pages_are_in_order_and_only_repetitions_are_left_out() {
    let mut changed = item(8);
    changed["encrypt_chat_msg"] = json!("Qw==");
    let mut other = item(8);
    other["msgid"] = json!("other");
    let items = [item(9), item(7), item(8), other, item(8), changed, item(5)];
    let answer = json!({"errcode": 0, "errmsg": "ok", "chatdata": items});
    let named = |seq, msgid: &str| (seq, msgid.to_owned(), 3);
    let expected = [named(5, "m5"), named(7, "m7"), named(8, "m8"), named(8, "other"), named(8, "m8"), named(9, "m9")];
    assert_eq!(page(&answer, 6), (expected.to_vec(), 1));
    assert_eq!(page(&json!({"errcode": 0, "chatdata": []}), 6), (Vec::new(), 0));
    assert_eq!(page(&json!({"errcode": "0", "chatdata": null}), 6), (Vec::new(), 0));
    assert_eq!(page(&json!({}), 6), (Vec::new(), 0));
}

#[test]
fn one_odd_item_costs_only_itself() {
    let answer = json!({"chatdata": [
        item(1), {"seq": 2}, {"seq": "3", "msgid": 7, "publickey_ver": "x"},
        {"seq": 4, "msgid": "a\u{0}b", "publickey_ver": "1", "encrypt_random_key": "", "encrypt_chat_msg": ""},
    ]});
    let named = |seq, msgid: &str, version| (seq, msgid.to_owned(), version);
    let expected = [named(1, "m1", 3), named(2, "seq:2", 0), named(3, "7", 0), named(4, "ab", 1)];
    assert_eq!(page(&answer, 0), (expected.to_vec(), 0));
}

#[test]
fn raw_control_characters_cost_nothing() {
    let answer = b"{\"chatdata\":[{\"seq\":1,\"msgid\":\"a\x01\xe4\xb8\xad\",\"publickey_ver\":3,\"encrypt_random_key\":\"QQ==\",
        \"encrypt_chat_msg\":\"Qg==\"}]}";
    let FetchOutcome::Page(page) = read(0, answer, 0) else { panic!("a page") };
    let fields: Vec<_> =
        page.envelopes.iter().map(|one| (one.msgid.as_str(), one.encrypted_message.as_str())).collect();
    assert_eq!(fields, [("a\u{4e2d}", "Qg==")]);
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
    assert_eq!(later(0, br#"{"errcode":"301053"}"#), ("archive_not_opened", 301_053, true));
    let no_answers: [&[u8]; 5] = [b"<html>", b"", b"[]", br#"{"chatdata":{}}"#, br#"{"errcode":[1],"chatdata":[]}"#];
    for answer in no_answers {
        assert_eq!(later(0, answer), ("reply_unreadable", 10002, false));
    }
    assert_eq!(read(0, br#"{"errcode":301058}"#, 0), FetchOutcome::Smaller);
}
