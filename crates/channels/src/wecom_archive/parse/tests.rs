//! All samples against a golden file, single rules one by one, and thousands of broken messages.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use xinlu_model::{Action, Inbound, MessageKind, PartyKind, PieceRole, Random as _, SourceId, Time};
use xinlu_testkit::SeededRandom;

use super::{Delivery, ParseError, parse, party};

const OBSERVED: Time = Time::from_millis(1_700_000_000_000);
/// Handles are long; the golden file shows where they begin.
const HANDLE_CHARS: usize = 12;

fn delivery() -> Delivery<'static> {
    Delivery { source: SourceId::new(1), seq: 7, msgid: None, observed_at: OBSERVED }
}

fn read(raw: &str) -> Inbound {
    parse(&delivery(), raw.as_bytes().to_vec()).expect("a message")
}

fn read_json(value: &Value) -> Inbound {
    read(&value.to_string())
}

/// Everything the parser decided, a line each.
fn describe(message: &Inbound) -> String {
    let Inbound { header, parsed, .. } = message;
    let mut out = format!(
        "{} {} {:?} {} {:?}:{} ->",
        header.msgid,
        header.kind.name(),
        header.action,
        header.sent_at,
        header.sender.kind,
        header.sender.id
    );
    for to in &header.recipients {
        let _ = write!(out, " {:?}:{}", to.kind, to.id);
    }
    let _ = writeln!(out, "{}", header.room.as_ref().map(|room| format!(" in {room}")).unwrap_or_default());
    for piece in &parsed.pieces {
        let _ = writeln!(out, "  {:?} {:?}", piece.role, piece.text);
    }
    for media in &parsed.media {
        let handle: String = media.handle.chars().take(HANDLE_CHARS).collect();
        let (kind, md5) = (media.kind.name(), media.md5.as_deref());
        let _ = writeln!(out, "  media {} {kind} {handle} {md5:?} {:?} {:?}", media.ordinal, media.size, media.name);
    }
    for fact in [
        parsed.revokes.as_ref().map(|msgid| format!("revokes {msgid}")),
        parsed.consent.as_ref().map(|change| format!("{:?} {} {}", change.consent, change.contact, change.changed_at)),
        parsed.unknown_kind.as_ref().map(|name| format!("unknown {name}")),
    ]
    .into_iter()
    .flatten()
    {
        let _ = writeln!(out, "  {fact}");
    }
    let _ = writeln!(out, "  {}", parsed.body);
    out
}

fn samples() -> Option<Vec<Value>> {
    let path = xinlu_testkit::shared("wecom/archive_messages.jsonl")?;
    let text = std::fs::read_to_string(path).expect("readable");
    Some(text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["msg"].clone()).collect())
}

/// Set `XINLU_WRITE_GOLDEN=1` to write the golden file anew, then read the difference.
#[test]
fn all_samples() {
    let Some(samples) = samples() else { return };
    assert_eq!(samples.len(), 37);
    let described: String = samples.iter().map(|sample| describe(&read_json(sample))).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/archive_messages.golden");
    if std::env::var_os("XINLU_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, &described).expect("written");
    }
    let golden = std::fs::read_to_string(&path).expect("the golden file is there");
    for (ours, theirs) in described.lines().zip(golden.lines()) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(described.len(), golden.len());
    assert!(samples.iter().all(|sample| read_json(sample).header.kind != MessageKind::Unknown));
}

#[test]
fn raw_bytes_are_kept_as_they_came() {
    let raw = b" {\"msgtype\":\"text\",\"text\":{\"content\":\"a\x01b\"}} \0".to_vec();
    let message = parse(&delivery(), raw.clone()).expect("a message");
    assert_eq!(message.raw, raw);
    assert_eq!(message.parsed.body, json!({"content": "ab"}));
    assert_eq!(message.header.msgid, "seq:7");
    let named = Delivery { msgid: Some("envelope"), ..delivery() };
    assert_eq!(parse(&named, br#"{"msgid":"own"}"#.to_vec()).expect("a message").header.msgid, "envelope");
}

#[test]
fn control_characters_surrogates_and_bytes_that_are_no_text() {
    let text = |raw: &[u8]| {
        let message = parse(&delivery(), raw.to_vec()).expect("a message");
        message.parsed.body["content"].as_str().expect("a text").to_owned()
    };
    let cases: [(&[u8], &str); 7] = [
        (b"{\"msgtype\":\"text\",\"text\":{\"content\":\"a\nb\tc\x02\"}}", "a\nb\tc"),
        (br#"{"msgtype":"text","text":{"content":"a\u0000\u0007\bb\n"}}"#, "ab\n"),
        (br#"{"msgtype":"text","text":{"content":"\ud83d\ude00"}}"#, "\u{1f600}"),
        (br#"{"msgtype":"text","text":{"content":"cut \ud83d"}}"#, "cut \u{fffd}"),
        (br#"{"msgtype":"text","text":{"content":"\udc00\\\"x"}}"#, "\u{fffd}\\\"x"),
        (b"{\"msgtype\":\"text\",\"text\":{\"content\":\"\xff!\"}}", "\u{fffd}!"),
        (b"\xef\xbb\xbf{\"msgtype\":\"text\",\"text\":{\"content\":\"bom\"}}", "bom"),
    ];
    for (raw, expected) in cases {
        assert_eq!(text(raw), expected, "{}", String::from_utf8_lossy(raw));
    }
}

#[test]
fn integers_keep_every_digit() {
    let body = |number: &str| {
        let raw = format!(r#"{{"msgtype":"meeting","meeting":{{"meetingid": {number} }}}}"#);
        read(&raw).parsed.body["meetingid"].clone()
    };
    assert_eq!(body("11101571002822706744"), json!(11_101_571_002_822_706_744_u64));
    assert_eq!(body("18446744073709551615"), json!(u64::MAX));
    assert_eq!(body("18446744073709551616"), json!("18446744073709551616"));
    assert_eq!(body("-9223372036854775808"), json!(i64::MIN));
    assert_eq!(body("-9223372036854775809"), json!("-9223372036854775809"));
    assert_eq!(body("116.586285899"), json!(116.586_285_899));
    assert_eq!(body("1e999"), json!("1e999"));
}

#[test]
fn votes_in_both_shapes_are_the_same() {
    let vote = json!({"votetitle": "投票", "voteitem": ["A", "B"], "votetype": 101, "voteid": "v1"});
    let mut flat = vote.clone();
    flat["msgtype"] = json!("vote");
    let nested = read_json(&json!({"msgtype": "vote", "vote": vote}));
    assert_eq!(read_json(&flat).parsed, nested.parsed);
    let texts: Vec<&str> = nested.parsed.pieces.iter().map(|piece| piece.text.as_str()).collect();
    assert_eq!(texts, ["投票", "A", "B"]);
}

#[test]
fn nested_messages_give_texts_and_media_in_reading_order() {
    let image = json!({"md5sum": "368B6C18C82E6441BFD89B343E9D2429", "filesize": 5, "sdkfileid": "inner"}).to_string();
    let file = json!({"filename": "合同.pdf", "filesize": "9", "md5sum": "", "sdkfileid": "deep"}).to_string();
    let inner = json!({"title": "里", "item": [
        {"type": "ChatRecordFile", "msgtime": 1_603_875_610_000_i64, "content": file},
    ]});
    let mixed =
        json!({"item": [{"type": "text", "content": "{\"content\":\"第二\"}"}, {"type": "image", "content": image}]});
    let message = read_json(&json!({"msgtype": "chatrecord", "chatrecord": {"title": "群聊", "item": [
        {"type": "ChatRecordText", "msgtime": 1_603_875_610, "content": "{\"content\":\"第一\"}"},
        {"type": "ChatRecordMixed", "content": mixed.to_string()},
        {"type": "chatrecord", "content": inner},
        {"type": "ChatRecordText", "content": "不是JSON"},
        {"type": "ChatRecordFuture", "content": {"sdkfileid": "f", "title": "新"}},
        "字符串",
    ]}}));
    let pieces: Vec<(PieceRole, &str)> =
        message.parsed.pieces.iter().map(|piece| (piece.role, piece.text.as_str())).collect();
    let nested = |text| (PieceRole::Nested, text);
    let expected = [(PieceRole::Title, "群聊"), nested("第一"), nested("第二"), nested("里"), nested("合同.pdf")];
    assert_eq!(pieces[..5], expected);
    assert_eq!(pieces[5..], [nested("不是JSON"), nested("新"), nested("字符串")]);
    let media: Vec<_> = message.parsed.media.iter().map(|media| (media.ordinal, media.kind, media.size)).collect();
    assert_eq!(
        media,
        [(0, MessageKind::Image, Some(5)), (1, MessageKind::File, Some(9)), (2, MessageKind::File, None)]
    );
    assert_eq!(message.parsed.media[0].md5.as_deref(), Some("368b6c18c82e6441bfd89b343e9d2429"));
    assert_eq!(message.parsed.media[1].md5, None);
    let items = &message.parsed.body["item"];
    assert_eq!(items[0]["msgtime"], json!(1_603_875_610_000_i64));
    assert_eq!(items[1]["content"]["item"][1]["content"]["media_ordinal"], json!(0));
    assert_eq!(items[2]["content"]["item"][0]["msgtime"], json!(1_603_875_610_000_i64));
}

#[test]
fn nesting_has_a_limit() {
    let mut content = json!({"content": "innermost"});
    for _ in 0..30 {
        content = json!({"item": [{"type": "mixed", "content": content}]});
    }
    let message = read_json(&json!({"msgtype": "mixed", "mixed": content}));
    assert!(message.parsed.pieces.is_empty());
    let mut text = String::from("{\"msgtype\":\"text\",\"text\":");
    text.push_str(&"[".repeat(1000));
    assert!(parse(&delivery(), text.into_bytes()).is_err());
}

#[test]
fn unknown_kinds_are_kept_found_and_fetched() {
    let message = read_json(&json!({"msgtype": "hologram", "from": "ken", "hologram":
        {"title": "题", "x": 1, "parts": [{"content": "文", "sdkfileid": "id"}]}}));
    assert_eq!(message.header.kind, MessageKind::Unknown);
    assert_eq!(message.parsed.unknown_kind.as_deref(), Some("hologram"));
    let mut texts: Vec<&str> = message.parsed.pieces.iter().map(|piece| piece.text.as_str()).collect();
    texts.sort_unstable();
    assert_eq!(texts, ["文", "题"]);
    assert_eq!(message.parsed.media[0].kind, MessageKind::File);
    let bare = read("{}");
    assert_eq!((bare.header.kind, bare.parsed.unknown_kind), (MessageKind::Unknown, None));
    assert_eq!((bare.header.sent_at, bare.header.sender.id.as_str()), (OBSERVED, "-"));
}

#[test]
fn times_parties_and_shapes() {
    assert_eq!(read(r#"{"msgtime":"1603875826656"}"#).header.sent_at, Time::from_millis(1_603_875_826_656));
    assert_eq!(read(r#"{"msgtime":0}"#).header.sent_at, Time::from_millis(0));
    for odd in [r#"{"msgtime":-5}"#, r#"{"msgtime":99999999999999999}"#, r#"{"msgtime":null}"#, r#"{"msgtime":[]}"#] {
        assert_eq!(read(odd).header.sent_at, OBSERVED, "{odd}");
    }
    assert_eq!(party("wmUu0zBgAALV7ZymkcMyxvbTe8YdWxxA").kind, PartyKind::Contact);
    assert_eq!(party("wo137MCgAAYW6pIiKKrDe5SlzEhSgwbA").kind, PartyKind::Contact);
    assert_eq!(party("wbaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").kind, PartyKind::Bot);
    for member in ["wolf", "wbchen", "wm", "ken", "中文", "w", ""] {
        assert_eq!(party(member).kind, PartyKind::Member, "{member}");
    }
    assert_eq!(read(r#"{"tolist":"one"}"#).header.recipients.len(), 1);
    assert_eq!(read(r#"{"tolist":["a","",7,null,"b"]}"#).header.recipients.len(), 2);
    let revoke = read(r#"{"action":"recall","msgtype":"revoke","revoke":{"pre_msgid":"x"}}"#);
    assert_eq!((revoke.header.action, revoke.parsed.revokes.as_deref()), (Action::Recall, Some("x")));
}

#[test]
fn what_is_no_object_is_broken() {
    for raw in ["", "null", "[]", "\"text\"", "{", "{\"a\":}", "\0\0", "not json"] {
        assert!(matches!(parse(&delivery(), raw.as_bytes().to_vec()), Err(ParseError::Broken(_))), "{raw}");
    }
}

#[test]
fn altered_messages_never_panic_and_keep_their_bytes() {
    let Some(samples) = samples() else { return };
    let random = SeededRandom::new(7);
    let mut dice = [0_u8; 8];
    for sample in &samples {
        let whole = sample.to_string().into_bytes();
        for _ in 0..200 {
            random.fill(&mut dice);
            let mut raw = whole.clone();
            let [kind, by, place @ ..] = dice;
            let place = u32::from_le_bytes([place[0], place[1], place[2], place[3]]) as usize % raw.len();
            match kind % 4 {
                0 => raw[place] = by,
                1 => raw.truncate(place),
                2 => raw.insert(place, by),
                _ => drop(raw.drain(place..(place + usize::from(by)).min(whole.len()))),
            }
            if let Ok(message) = parse(&delivery(), raw.clone()) {
                assert_eq!(message.raw, raw);
            }
        }
    }
}
