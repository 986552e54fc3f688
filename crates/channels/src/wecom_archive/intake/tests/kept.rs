//! Nothing that WeCom delivers is left out, whatever its form and however often it comes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use xinlu_archive::{ParkReason, ParkedItem};
use xinlu_model::{ParkedId, SourceId};

use super::{intake, pass, records, save_key};
use crate::WecomArchiveConfig;
use crate::testing::{CorpKey, World, text};

const INVALID: ParkReason = ParkReason::EnvelopeInvalid;

async fn parked(world: &World, source: SourceId) -> Vec<ParkedItem> {
    world.archive.parked(Some(source), None, ParkedId::new(0), 100).await.expect("listed")
}

/// seq, msgid, reason and what stands in place of the encrypted message, of everything parked.
async fn kept(world: &World, source: SourceId) -> Vec<(u64, String, ParkReason, String)> {
    let items = parked(world, source).await.into_iter();
    let mut kept: Vec<_> = items
        .map(|item| {
            let message = item.envelope.expect("it came in an envelope").encrypted_message;
            (item.seq, item.msgid, item.reason, message)
        })
        .collect();
    kept.sort_by(|one, other| (one.0, &one.3).cmp(&(other.0, &other.3)));
    kept
}

async fn msgids(world: &World) -> Vec<String> {
    records(world).await.into_iter().map(|record| record.0).collect()
}

/// What the archive's own books say: received, archived, duplicates, missing, numbers in gaps.
async fn books(world: &World) -> (u64, u64, u64, i64, u64) {
    let source = world.archive.status().await.expect("counted").sources.remove(0);
    (source.received, source.archived, source.duplicates, source.missing, source.gaps.numbers)
}

fn page(items: &[Vec<u8>]) -> Vec<u8> {
    [br#"{"errcode":0,"errmsg":"ok","chatdata":["#.as_slice(), &items.join(&b","[..]), b"]}"].concat()
}

fn bytes(item: &Value) -> Vec<u8> {
    item.to_string().into_bytes()
}

#[tokio::test]
async fn a_seq_may_stand_for_several_envelopes() {
    for world in World::both().await {
        let key = CorpKey::new();
        save_key(&world, 1, &key);
        let second = key.item(2, "m2", 1, &text("m2", "二"));
        world.traffic(&[
            key.item(1, "m1", 1, &text("m1", "一")),
            second.clone(),
            key.item(2, "other", 1, &text("other", "另")),
            second,
            key.item(2, "m2", 1, &text("m2", "changed")),
            key.item(2, "m2", 1, "{ this is no JSON"),
            key.item(3, "m3", 1, &text("m3", "三")),
        ]);
        let (source, intake) = intake(&world, world.config()).await;
        assert!(pass(&intake).await);
        assert_eq!(msgids(&world).await, ["m1", "m2", "other", "m3"]);
        let delivered = |reason, plain: &str| (2, "m2".to_owned(), reason, STANDARD.encode(plain));
        let mut expected = [
            delivered(ParkReason::MsgidConflict, &text("m2", "changed")),
            delivered(ParkReason::JsonBroken, "{ this is no JSON"),
        ];
        expected.sort_by(|one, other| one.3.cmp(&other.3));
        assert_eq!(kept(&world, source).await, expected, "each with the envelope it came in");
        let status = intake.status();
        assert_eq!((status.cursor, status.received, status.repeated, status.gaps.len()), (3, 6, 1, 0));
        assert_eq!(books(&world).await, (6, 4, 0, 0, 0));
    }
}

#[tokio::test]
async fn what_has_no_seq_or_an_odd_form_is_parked_as_it_came() {
    for world in World::both().await {
        let key = CorpKey::new();
        save_key(&world, 1, &key);
        world.traffic(&[key.item(1, "m1", 1, &text("m1", "一"))]);
        let good = |seq: u64| bytes(&key.item(seq, &format!("m{seq}"), 1, &text(&format!("m{seq}"), "文")));
        let no_seq = br#"{"msgid": "x", "publickey_ver":1,"encrypt_random_key":"QQ==","encrypt_chat_msg":"Qg=="}"#;
        let negative = br#"{"seq":-3,"more":1e999}"#;
        let no_text =
            br#"{"seq":6,"msgid":"m6","publickey_ver":1,"encrypt_random_key":{"k":1},"encrypt_chat_msg":"Qg=="}"#;
        let no_version =
            br#"{"seq":7,"msgid":70,"publickey_ver":"new","encrypt_random_key":"QQ==","encrypt_chat_msg":"Qg=="}"#;
        let no_utf8 = b"{\"seq\":8,\"msgid\":\"m8\",\"publickey_ver\":1,\"encrypt_random_key\":\"QQ==\",\"encrypt_chat_msg\":\"\xff\x01\"}";
        let odd: [&[u8]; 6] = [no_seq, b"null", negative, no_text, no_version, no_utf8];
        let mut items: Vec<Vec<u8>> = odd.map(<[u8]>::to_vec).to_vec();
        items.insert(0, good(5));
        items.push(good(9));
        world.answer(1, &page(&items));
        let (source, intake) = intake(&world, world.config()).await;
        assert!(pass(&intake).await);
        assert_eq!(msgids(&world).await, ["m1", "m5", "m9"]);
        let text_of = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let found = kept(&world, source).await;
        let by_msgid = |msgid: &str, seq: u64, message: String| (seq, msgid.to_owned(), INVALID, message);
        assert_eq!(found[3], by_msgid("m6", 6, text_of(no_text)));
        assert_eq!(found[4], by_msgid("70", 7, text_of(no_version)));
        assert_eq!(found[5], by_msgid("m8", 8, format!("base64:{}", STANDARD.encode(no_utf8))));
        let unnumbered: Vec<(u64, &str)> = found.iter().take(3).map(|one| (one.0, one.3.as_str())).collect();
        let (no_seq_text, negative_text) = (text_of(no_seq), text_of(negative));
        assert_eq!(unnumbered, [(1, "null"), (1, no_seq_text.as_str()), (1, negative_text.as_str())]);
        assert!(found.iter().take(3).all(|one| one.2 == INVALID));
        assert_eq!(found[0].1, "unnumbered:74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b");
        assert_eq!(found.len(), 6);
        let status = intake.status();
        assert_eq!((status.cursor, status.unnumbered, status.repeated, status.trouble), (9, 3, 0, None));
        assert_eq!(status.keys_seen.into_iter().collect::<Vec<_>>(), [1], "what is no envelope names no key");
        assert_eq!(books(&world).await, (9, 3, 0, 0, 3));

        // Delivered again with every fetch, beside a message that comes late.
        world.answer(9, &page(&[no_seq.to_vec(), b"null".to_vec(), good(4)]));
        assert!(pass(&intake).await);
        assert_eq!(msgids(&world).await, ["m1", "m5", "m9", "m4"]);
        assert_eq!(kept(&world, source).await, found, "each is stored once");
        let status = intake.status();
        assert_eq!((status.cursor, status.unnumbered, status.repeated), (9, 3, 5));
        assert_eq!(books(&world).await, (10, 4, 0, 0, 2));
    }
}

#[tokio::test]
async fn a_source_that_does_not_get_on_is_named() {
    let world = World::new().await;
    let key = CorpKey::new();
    save_key(&world, 1, &key);
    let items: Vec<Vec<u8>> =
        (1..=3).map(|seq| bytes(&key.item(seq, &format!("m{seq}"), 1, &text(&format!("m{seq}"), "文")))).collect();
    for after in [0, 3] {
        world.answer(after, &page(&items));
    }
    let (_, intake) = intake(&world, WecomArchiveConfig { fetch_limit: 3, ..world.config() }).await;
    assert!(!pass(&intake).await);
    let trouble = intake.status().trouble.expect("told");
    assert_eq!((trouble.name.as_str(), trouble.needs_person), ("only_repetitions", true));
    assert_eq!(books(&world).await, (6, 3, 3, 0, 0));
    assert!(!pass(&intake).await);
    assert_eq!(books(&world).await, (6, 3, 3, 0, 0), "what was stored is not stored again");
}
