//! Last words of conversations at each level, and what there is to say of a message without words.

use serde_json::json;
use xinlu_db::sql;
use xinlu_http::{Grants, Level};
use xinlu_model::{Inbound, MessageKind, PageLimit, Piece, PieceRole};

use super::{BODY_BYTES_MAX, own_words};
use crate::fixture::{World, grants, with_media, worlds};
use crate::{ConversationFilter, ConversationView, LastMessage};

sql!(BREAK_BODY = "UPDATE archive_records SET body = $2 WHERE id = $1");
sql!(BREAK_SENDER = "UPDATE archive_records SET sender = $2 WHERE id = $1");

async fn listed(world: &World, grants: &Grants) -> Vec<ConversationView> {
    let filter = ConversationFilter::default();
    let page = world.archive.list_conversations(grants, &filter, None, PageLimit::default()).await.unwrap();
    let mut items = page.items;
    assert!(items.iter().all(|item| item.last.is_none()), "words are shown only when they are asked for");
    let shown = world.archive.add_last_words(grants, &mut items).await.unwrap();
    let expected: Vec<_> = items.iter().filter(|item| item.last.is_some()).map(|item| item.id).collect();
    assert_eq!(shown, expected, "what is shown is told");
    items
}

async fn last(world: &World, level: Level) -> LastMessage {
    listed(world, &grants(level)).await.remove(0).last.unwrap()
}

fn of_kind(mut message: Inbound, kind: MessageKind, pieces: Vec<Piece>) -> Inbound {
    message.header.kind = kind;
    message.parsed.pieces = pieces;
    message
}

#[tokio::test]
async fn each_level_shows_so_many_words_and_no_more() {
    for (_test, world) in worlds().await {
        let long = format!("请回电\n 13800138000 {}", "好".repeat(200));
        world.settle(vec![world.message(1, "zhang", &["wmA"], "早"), world.message(2, "wmA", &["zhang"], &long)]).await;
        let full = last(&world, Level::Text).await;
        let text = full.text.unwrap();
        assert!(text.starts_with("请回电 13800138000 好好") && text.ends_with("好…"), "{text}");
        assert_eq!(text.chars().count(), 81, "80 characters and that there is more");
        assert_eq!((full.record.number(), full.kind), (2, MessageKind::Text));
        assert_eq!((full.sender.external_id.as_str(), full.code), ("wmA", None));
        let masked = last(&world, Level::Masked).await.text.unwrap();
        assert!(masked.starts_with("请回电 138****8000 好"), "{masked}");
        let metadata = last(&world, Level::Metadata).await;
        assert_eq!((metadata.text, metadata.code, metadata.record.number()), (None, None, 2));
    }
}

#[tokio::test]
async fn a_number_at_the_cut_is_masked_whole() {
    for (_test, world) in worlds().await {
        // The cut falls into the number.
        let text = format!("{} 13800138000", "好".repeat(74));
        world.settle(vec![world.message(1, "zhang", &["wmA"], &text)]).await;
        let shown = last(&world, Level::Masked).await.text.unwrap();
        assert!(shown.ends_with("138**…"), "{shown}");
    }
}

#[tokio::test]
async fn a_message_without_words_has_its_kind() {
    for (_test, world) in worlds().await {
        let picture = of_kind(world.message(1, "zhang", &["wmA"], ""), MessageKind::Image, vec![]);
        let named = Piece { role: PieceRole::FileName, text: "资料.docx".to_owned() };
        let file = with_media(world.message(2, "li", &["wmA"], ""), None, None);
        let file = of_kind(file, MessageKind::File, vec![named]);
        let mut recall = of_kind(world.message(4, "zhang", &["wmB"], ""), MessageKind::Revoke, vec![]);
        recall.parsed.revokes = Some("m3".to_owned());
        let mut unknown = of_kind(world.message(5, "li", &["wmB"], ""), MessageKind::Unknown, vec![]);
        unknown.parsed.body = json!({"new": "thing"});
        unknown.parsed.unknown_kind = Some("hologram".to_owned());
        let said = world.message(3, "zhang", &["wmB"], "发错了");
        world.settle(vec![picture, file, said, recall, unknown]).await;
        let told: Vec<_> = listed(&world, &grants(Level::Text)).await.into_iter().filter_map(|one| one.last).collect();
        let told: Vec<_> = told.into_iter().map(|last| (last.kind, last.text)).collect();
        let expected = [
            (MessageKind::Unknown, None),
            (MessageKind::Revoke, None),
            (MessageKind::File, Some("资料.docx".to_owned())),
            (MessageKind::Image, None),
        ];
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn what_is_damaged_or_large_hides_nothing_else() {
    for (_test, world) in worlds().await {
        let mut large = world.message(2, "li", &["wmA"], "large");
        // Random bytes do not compress.
        let mut state = 1_u32;
        large.raw = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(2 * BODY_BYTES_MAX as usize)
        .collect();
        let small = |seq, from: &str| world.message(seq, from, &["wmA"], "small");
        world.settle(vec![small(1, "zhang"), large, small(3, "wang"), small(4, "zhao"), small(5, "qian")]).await;
        let mut tx = world.db.begin().await.unwrap();
        tx.execute(&BREAK_BODY, vec![3_i64.into(), vec![0_u8; 40].into()]).await.unwrap();
        tx.execute(&BREAK_SENDER, vec![5_i64.into(), 4_i64.into()]).await.unwrap();
        tx.commit().await.unwrap();
        let told = listed(&world, &grants(Level::Text)).await;
        let told: Vec<_> = told.into_iter().map(|one| one.last.map(|last| (last.text, last.code))).collect();
        let small = Some((Some("small".to_owned()), None));
        let damaged = Some((None, Some("archive.damaged".to_owned())));
        assert_eq!(told, [None, small.clone(), damaged, Some((None, None)), small]);
    }
}

#[test]
fn an_answer_is_told_without_what_it_quotes() {
    let answer = "这是一条引用/回复消息：\n\"李四:\n好的\"\n------\n收到，明天见";
    let nested = "这是一条引用/回复消息：\n\"李四:\n这是一条引用/回复消息：\n\"王五:\n一\"\n------\n二\"\n------\n三";
    let told = [answer, nested, "好的\n------\n再说", "这是一条引用/回复消息：没有线"]
        .map(|text| own_words(text).trim().to_owned());
    assert_eq!(told, ["收到，明天见", "三", "好的\n------\n再说", "这是一条引用/回复消息：没有线"]);
}

#[tokio::test]
async fn many_conversations_have_their_words_in_little_time() {
    // Only told: other work on the machine must not make this fail.
    for (_test, world) in worlds().await {
        for first in (1..=3_000).step_by(1_000) {
            let said = |seq: u64| world.message(seq, "zhang", &[&format!("wm{}", seq % 200)], "您好，请问发货了吗");
            world.settle((first..first + 1_000).map(said).collect()).await;
        }
        let all = grants(Level::Masked);
        let filter = ConversationFilter::default();
        let list = async || {
            let page = world.archive.list_conversations(&all, &filter, None, PageLimit::default()).await.unwrap();
            page.items
        };
        let mut items = list().await;
        world.archive.add_last_words(&all, &mut items).await.unwrap();
        let began = std::time::Instant::now();
        let mut items = list().await;
        let listed = began.elapsed();
        let shown = world.archive.add_last_words(&all, &mut items).await.unwrap();
        eprintln!(
            "{:?}: {} conversations {listed:?}, with words {:?}",
            world.db.engine(),
            shown.len(),
            began.elapsed()
        );
        assert_eq!(shown.len(), 50);
    }
}
