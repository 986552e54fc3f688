//! What an export holds, who it is safe from, and where it ends.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use xinlu_keys::mac;
use xinlu_model::{MessageKind, RecordId, Time};
use xinlu_tlog::{Checkpoint, Hash, Verifier, leaf_hash, verify_inclusion};

use super::{EXPORT_MESSAGES_MAX, page};
use crate::api::testing::{Answered, Api, READER, apis};
use crate::fixture::with_media;
use crate::zip::ZipReader;

const HOSTILE: &str = "<script>alert(1)</script>\" onload='x' &amp; \u{0}https://evil.example/ 你好";

async fn export(api: &Api, query: &str) -> Answered {
    let talk = api.conversation(1).await;
    api.get(&format!("/api/v1/conversations/{talk}/export?{query}"), READER).await
}

async fn fill(api: &Api) {
    let world = &api.world;
    let mut kept = with_media(world.message(2, "zhang", &["wmA"], "见附件"), None, Some(17));
    kept.header.kind = MessageKind::Meeting;
    kept.parsed.body = serde_json::json!({"topic": "<b>周会</b>", "sdkfileid": "a secret handle"});
    world.settle(vec![world.message(1, "wmA", &["zhang"], HOSTILE), kept]).await;
    world.settle(vec![world.message(3, "li", &["wmA"], "另一个会话")]).await;
    world.sequence().await;
}

#[tokio::test]
async fn the_page_shows_everything_and_runs_nothing() {
    for api in apis().await {
        fill(&api).await;
        let answer = export(&api, "format=html").await;
        let page = answer.text();
        assert!(answer.headers["content-disposition"].to_str().unwrap().starts_with("attachment; "));
        assert!(answer.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'; "));
        assert!(page.starts_with("<!doctype html>\n<html lang=\"zh-CN\">") && page.ends_with("</html>\n"));
        for said in
            ["&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; &amp;amp; \u{fffd}https://evil", "你好"]
        {
            assert!(page.contains(said), "{page}");
        }
        for shown in ["见附件", "资料.docx", "17 字节", "&lt;b&gt;周会&lt;/b&gt;", "id=\"r1\"", "会议", "单聊", "anna"]
        {
            assert!(page.contains(shown), "{shown} in {page}");
        }
        for never in ["<script", "<b>周", "a secret handle", "另一个会话", "src=", "href=\"http", "url("] {
            assert!(!page.contains(never), "{never} in {page}");
        }
        let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let hash = STANDARD.encode(xinlu_keys::sha256(&[style.as_bytes()]));
        assert!(page.contains(&format!("style-src 'sha256-{hash}'")), "its own style is the one that is allowed");
        // Shown in Beijing time: 09:00:01 is 01:00:01 in UTC.
        assert!(page.contains("<time datetime=\"2026-01-05T01:00:01Z\">2026-01-05 09:00:01</time>"), "{page}");

        let english = export(&api, "format=html&lang=en").await.text();
        assert!(english.contains("<html lang=\"en\">") && english.contains("17 bytes"), "{english}");
        assert_eq!(export(&api, "format=pdf").await.code().0, 400);
        assert_eq!(export(&api, "").await.code().0, 400);
    }
}

fn entry(zip: &mut ZipReader<'_>, name: &str) -> String {
    String::from_utf8(zip.read(name).unwrap().unwrap_or_else(|| panic!("there is no {name}"))).unwrap()
}

/// As the package's own README says it is done.
fn check(proof: &Value, vkey: &str) -> Vec<u8> {
    let bytes = |value: &Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
    let verifier = Verifier::parse(vkey.trim()).unwrap();
    let checkpoint = Checkpoint::open(proof["checkpoint"].as_str().unwrap(), "test/archive", &verifier).unwrap();
    let leaf = bytes(&proof["leaf"]);
    let hashes: Vec<Hash> =
        proof["hashes"].as_array().unwrap().iter().map(|hash| Hash::from_bytes(&bytes(hash)).unwrap()).collect();
    let index = proof["leaf_index"].as_u64().unwrap();
    verify_inclusion(index, checkpoint.size, &leaf_hash(&leaf), &checkpoint.root, &hashes).unwrap();
    let opening = &proof["opening"];
    let (header, raw) = (bytes(&opening["header"]), bytes(&opening["raw"]));
    let length = (header.len() as u32).to_be_bytes();
    let blind: [u8; 32] = bytes(&opening["blind"]).try_into().unwrap();
    assert_eq!(leaf[..2], [1, 1]);
    assert_eq!(leaf[2..34], mac(&blind, &[&[1], &length, &header, &raw]));
    raw
}

#[tokio::test]
async fn the_package_can_be_checked_without_us() {
    for api in apis().await {
        fill(&api).await;
        let answer = export(&api, "format=zip&lang=en").await;
        assert_eq!(answer.headers["content-type"], "application/zip");
        let mut zip = ZipReader::open(&answer.bytes, 1 << 24).unwrap();
        let lines = entry(&mut zip, "messages.jsonl");
        let messages: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(messages.len(), 2);
        let vkey = entry(&mut zip, "log.vkey");
        for message in &messages {
            let name = format!("proofs/{}.json", message["record"]);
            let proof: Value = serde_json::from_str(&entry(&mut zip, &name)).unwrap();
            let raw: Value = serde_json::from_slice(&check(&proof, &vkey)).unwrap();
            assert_eq!(raw["msgid"], message["msgid"]);
        }
        assert!(entry(&mut zip, "conversation.html").contains("你好"));
        assert!(entry(&mut zip, "README.txt").contains("HMAC-SHA-256") && vkey.starts_with("test/archive+"));
        assert_eq!(entry(&mut zip, "checkpoint.txt"), api.world.archive.checkpoint().await.unwrap());
        assert_eq!(zip.read("proofs/3.json").unwrap(), None, "of another conversation");
    }
}

#[tokio::test]
async fn it_ends_where_it_is_told_and_at_the_limit() {
    for api in apis().await {
        let world = &api.world;
        let mut sent = Vec::new();
        for hundreds in 0..3 {
            let batch = (1..=100).map(|one| world.message(hundreds * 100 + one, "zhang", &["wmA"], "消息"));
            sent.extend(batch.clone().map(|one| one.header.sent_at));
            world.settle(batch.collect()).await;
        }
        let count = |answer: Answered| answer.text().matches("<article ").count();
        assert_eq!(count(export(&api, "format=html").await), 300, "more than a page of messages");
        let between = format!("format=html&from={}&until={}", sent[99], sent[249]);
        assert_eq!(count(export(&api, &between).await), 150);
        assert_eq!(count(export(&api, &format!("format=html&from={}", sent[299].plus_millis(1))).await), 0);

        let (upto, all) = (RecordId::new(300), (Time::from_micros(i64::MIN), Time::from_micros(i64::MAX)));
        let talk = xinlu_model::ConversationId::new(api.conversation(1).await);
        let between = async |upto, max| {
            crate::store::sizes::between(&world.db, talk, all, RecordId::new(upto), max).await.unwrap()
        };
        assert_eq!(between(upto.number(), EXPORT_MESSAGES_MAX).await.0, 300);
        assert_eq!(between(100, EXPORT_MESSAGES_MAX).await.0, 100, "what came later is not in it");
        let (ten, bytes) = between(300, 10).await;
        assert!(ten == 10 && bytes > 10 * 32, "counting ends");
    }
}

#[test]
fn escaped_text_stands_anywhere() {
    assert_eq!(page::escaped("a\r\n\tb"), "a\n\tb");
    assert_eq!(page::escaped("<&>\"'\u{7}\u{85}"), "&lt;&amp;&gt;&quot;&#39;\u{fffd}\u{fffd}");
}
