//! Conversations and messages within rights and levels, page by page.

use std::collections::BTreeSet;
use std::sync::Arc;

use xinlu_db::sql;
use xinlu_http::{Grant, Grants, Level, Visible};
use xinlu_model::{MemberId, PageLimit, RecordId};

use crate::fixture::{World, grants, with_media, worlds};
use crate::{ArchiveError, ConversationFilter, ConversationKind, READ, Window};

sql!(BREAK_HEADER = "UPDATE archive_records SET header = $2 WHERE id = $1");
sql!(BREAK_BODY = "UPDATE archive_records SET body = $2 WHERE id = $1");

async fn member(world: &World, userid: &str) -> MemberId {
    world.directory.find_members_by_userid(userid).await.unwrap()[0]
}

fn of_members(level: Level, members: &[MemberId]) -> Grants {
    let members: BTreeSet<MemberId> = members.iter().copied().collect();
    Grants::new(vec![Grant { permission: READ.to_owned(), visible: Visible::Members(Arc::new(members)), level }])
}

async fn fill(world: &World) {
    let mut messages = vec![
        world.message(1, "zhang", &["wmA"], "请回电 13800138000"),
        world.message(2, "li", &["wmA"], "李"),
        world.message(3, "zhang", &["li"], "内部"),
        world.message(4, "zhang", &["wmB"], "B"),
    ];
    let mut group = world.message(5, "wang", &["zhang", "wmB"], "群");
    group.header.room = Some("wrG".to_owned());
    messages.push(group);
    world.settle(messages).await;
}

async fn titles(world: &World, grants: &Grants, filter: &ConversationFilter) -> Vec<String> {
    let list = world.archive.list_conversations(grants, filter, None, PageLimit::default()).await.unwrap();
    list.items.into_iter().map(|item| item.title).collect()
}

#[tokio::test]
async fn a_list_holds_what_is_in_scope_and_no_more() {
    for (_test, world) in worlds().await {
        fill(&world).await;
        let all = grants(Level::Metadata);
        let any = ConversationFilter::default();
        let everything = ["wmB、zhang、wang", "wmB、zhang", "zhang、li", "wmA、li", "wmA、zhang"];
        let mut found = titles(&world, &all, &any).await;
        found.sort_unstable();
        let mut expected = everything.map(str::to_owned).to_vec();
        expected.sort_unstable();
        // Names come in the order of our numbers, which the order of first sight decides.
        assert_eq!(found.len(), expected.len(), "{found:?}");

        let li = of_members(Level::Text, &[member(&world, "li").await]);
        assert_eq!(titles(&world, &li, &any).await.len(), 2);
        let wang = of_members(Level::Text, &[member(&world, "wang").await]);
        assert_eq!(titles(&world, &wang, &any).await.len(), 1);
        let nobody = of_members(Level::Text, &[]);
        assert!(titles(&world, &nobody, &any).await.is_empty());

        let zhang = ConversationFilter { member: Some(member(&world, "zhang").await), ..any.clone() };
        assert_eq!(titles(&world, &all, &zhang).await.len(), 4);
        assert_eq!(titles(&world, &li, &zhang).await.len(), 1, "a filter never widens the scope");
        let contact = world.directory.find_contacts_by_external_id("wmA").await.unwrap()[0];
        let contact = ConversationFilter { contact: Some(contact), ..any.clone() };
        assert_eq!(titles(&world, &all, &contact).await.len(), 2);
        let both = ConversationFilter { contact: contact.contact, ..zhang.clone() };
        assert_eq!(titles(&world, &all, &both).await.len(), 1);
        let kind = ConversationFilter { kind: Some(ConversationKind::Group), ..any.clone() };
        assert_eq!(titles(&world, &all, &kind).await.len(), 1);
        assert_eq!(titles(&world, &all, &ConversationFilter { kind: kind.kind, ..contact }).await.len(), 0);
    }
}

#[tokio::test]
async fn a_list_goes_on_by_key() {
    for (_test, world) in worlds().await {
        fill(&world).await;
        let (all, any, two) =
            (grants(Level::Metadata), ConversationFilter::default(), PageLimit::new(Some(2)).unwrap());
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = world.archive.list_conversations(&all, &any, after.as_deref(), two).await.unwrap();
            seen.extend(page.items.iter().map(|item| item.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 5);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 5);
        let error = world.archive.list_conversations(&all, &any, Some("x"), two).await.unwrap_err();
        assert!(matches!(error, ArchiveError::Parameter { .. }), "{error}");
    }
}

#[tokio::test]
async fn each_level_shows_so_much_and_no_more() {
    for (_test, world) in worlds().await {
        let message = world.message(1, "zhang", &["wmA"], "请回电 13800138000");
        let mut message = with_media(message, None, None);
        message.parsed.body = serde_json::json!({
            "content": "请回电 13800138000", "sdkfileid": "secret", "number": 13_800_138_000_u64, "list": ["a@example.com"],
        });
        world.settle(vec![message]).await;
        world.sequence().await;
        let id = [RecordId::new(1)];
        let view = |level| {
            let world = &world;
            async move { world.archive.message_views(&id, &grants(level), true).await.unwrap().items.remove(0) }
        };
        let text = view(Level::Text).await;
        assert_eq!(text.pieces.unwrap()[0].text, "请回电 13800138000");
        assert!(text.raw.is_some());
        assert_eq!(text.media[0].name.as_deref(), Some("资料.docx"));
        assert_eq!(text.proof.leaf_index, Some(0));
        let masked = view(Level::Masked).await;
        let shown = serde_json::to_string(&masked).unwrap();
        assert!(shown.contains("138****8000") && !shown.contains("13800138000"), "{shown}");
        assert!(!shown.contains("a@example.com") && !shown.contains("secret"), "{shown}");
        assert!(masked.raw.is_none());
        let metadata = view(Level::Metadata).await;
        assert!(metadata.body.is_none() && metadata.pieces.is_none() && metadata.raw.is_none());
        assert!(metadata.media[0].name.is_none());
        let nobody = Grants::default();
        assert!(world.archive.message_views(&id, &nobody, true).await.unwrap().items.is_empty());
        // What opens the commitment is text.
        for (level, opens) in [(Level::Metadata, false), (Level::Masked, false), (Level::Text, true)] {
            let proof = world.archive.proof(&grants(level), id[0]).await.unwrap();
            assert_eq!(proof.opening.is_some(), opens);
            assert!(proof.checkpoint.is_some());
        }
        let error = world.archive.proof(&nobody, id[0]).await.unwrap_err();
        assert!(matches!(error, ArchiveError::RecordNotFound(_)), "{error}");
    }
}

#[tokio::test]
async fn messages_go_forth_and_back_and_around() {
    for (_test, world) in worlds().await {
        let mut messages: Vec<_> =
            (1..=10).map(|seq| world.message(seq, "zhang", &["wmA"], &seq.to_string())).collect();
        messages.reverse();
        // Two at the same instant.
        messages[3].header.sent_at = messages[4].header.sent_at;
        world.settle(messages).await;
        let all = grants(Level::Text);
        let three = PageLimit::new(Some(3)).unwrap();
        let talk = world.archive.records(RecordId::new(1), 1).await.unwrap()[0].conversation;
        let page = |window: Window| {
            let (world, all) = (&world, &all);
            async move { world.archive.messages(all, talk, &window, three, false).await.unwrap() }
        };
        let seqs = |page: &crate::MessagePage| page.items.iter().map(|item| item.seq).collect::<Vec<_>>();
        let newest = page(Window::Newest).await;
        assert_eq!((seqs(&newest), newest.next.is_none()), (vec![8, 9, 10], true));
        let mut back = seqs(&newest);
        let mut key = newest.previous;
        while let Some(previous) = key {
            let earlier = page(Window::Before(previous)).await;
            back.splice(0..0, seqs(&earlier));
            key = earlier.previous;
        }
        let mut forth = Vec::new();
        let mut key = Some("0".to_owned());
        while let Some(next) = key {
            let later = page(Window::After(next)).await;
            forth.extend(seqs(&later));
            key = later.next;
        }
        assert_eq!(back, forth);
        let mut sorted = forth.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (1..=10).collect::<Vec<u64>>());
        // Records stand in the order they were given: record 6 is message 5.
        let around = page(Window::Around(RecordId::new(6))).await;
        assert_eq!(around.items.len(), 4);
        assert!(around.items.iter().any(|item| item.record == RecordId::new(6)));
        assert!(around.next.is_some() && around.previous.is_some());
        let error = world.archive.messages(&Grants::default(), talk, &Window::Newest, three, false).await.unwrap_err();
        assert!(matches!(error, ArchiveError::ConversationNotFound(_)), "{error}");
    }
}

#[tokio::test]
async fn messages_are_read_from_a_moment_on() {
    for (_test, world) in worlds().await {
        let said = |seq: u64| world.message(seq, "zhang", &["wmA"], &seq.to_string());
        world.settle((1..=6).map(said).collect()).await;
        let all = grants(Level::Text);
        let talk = world.archive.records(RecordId::new(1), 1).await.unwrap()[0].conversation;
        let two = PageLimit::new(Some(2)).unwrap();
        let page = |window: Window| {
            let (world, all) = (&world, &all);
            async move { world.archive.messages(all, talk, &window, two, false).await.unwrap() }
        };
        let seqs = |page: &crate::MessagePage| page.items.iter().map(|item| item.seq).collect::<Vec<_>>();
        let third = said(3).header.sent_at;
        let at = page(Window::At(third)).await;
        assert_eq!(seqs(&at), [3, 4], "the moment itself is part of it");
        assert_eq!(seqs(&page(Window::After(at.next.unwrap())).await), [5, 6]);
        assert_eq!(seqs(&page(Window::Before(at.previous.unwrap())).await), [1, 2]);
        assert_eq!(seqs(&page(Window::At(third.plus_millis(1))).await), [4, 5]);
        assert_eq!(seqs(&page(Window::At(third.plus_millis(-1_000_000))).await), [1, 2]);
        let beyond = page(Window::At(third.plus_millis(1_000_000))).await;
        assert!(beyond.items.is_empty() && beyond.next.is_none());
        assert_eq!(seqs(&page(Window::Before(beyond.previous.unwrap())).await), [5, 6], "there is a way back");
    }
}

#[tokio::test]
async fn what_cannot_be_shown_keeps_its_place() {
    for (_test, world) in worlds().await {
        let said = |seq: u64| world.message(seq, "zhang", &["wmA"], &seq.to_string());
        let mut internal = world.message(9, "zhang", &["li"], "internal");
        internal.header.sent_at = said(4).header.sent_at.plus_millis(1);
        world.settle((1..=8).map(said).chain([internal]).collect()).await;
        let records = world.archive.records(RecordId::new(1), 8).await.unwrap();
        let talk = records[0].conversation;
        let mut tx = world.db.begin().await.unwrap();
        for (statement, id) in [(&BREAK_BODY, 3_i64), (&BREAK_HEADER, 4), (&BREAK_BODY, 8)] {
            tx.execute(statement, vec![id.into(), vec![7_u8; 50].into()]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let all = grants(Level::Metadata);
        let page = |window: Window, limit: u32| {
            let (world, all) = (&world, &all);
            let limit = PageLimit::new(Some(limit)).unwrap();
            async move { world.archive.messages(all, talk, &window, limit, false).await.unwrap() }
        };
        let told = |page: &crate::MessagePage| {
            let place = |before: Option<RecordId>| before.map(RecordId::number);
            let damaged = page.damaged.iter().map(|one| (one.record.number(), one.code.clone(), place(one.before)));
            (page.items.iter().map(|item| item.seq).collect::<Vec<_>>(), damaged.collect::<Vec<_>>())
        };
        let damaged = |record: i64, before: Option<i64>| (record, "archive.damaged".to_owned(), before);
        let expected = vec![damaged(3, Some(5)), damaged(4, Some(5)), damaged(8, None)];
        assert_eq!(told(&page(Window::Newest, 50).await), (vec![1, 2, 5, 6, 7], expected.clone()));
        assert_eq!(told(&page(Window::After("0".to_owned()), 50).await), (vec![1, 2, 5, 6, 7], expected));
        let whole = page(Window::Newest, 50).await;
        assert_eq!(whole.damaged[1].sent_at, said(4).header.sent_at);
        // Pages of two lose none, and a page may hold nothing that can be shown.
        let (mut seqs, mut lost, mut after) = (Vec::new(), Vec::new(), Some("0".to_owned()));
        while let Some(key) = after {
            let some = page(Window::After(key), 2).await;
            seqs.extend(some.items.iter().map(|item| item.seq));
            lost.extend(some.damaged.iter().map(|one| one.record.number()));
            after = some.next;
        }
        assert_eq!((seqs, lost), (vec![1, 2, 5, 6, 7], vec![3, 4, 8]));
        let around = told(&page(Window::Around(RecordId::new(4)), 4).await);
        assert_eq!(around, (vec![2, 5, 6], vec![damaged(3, Some(5)), damaged(4, Some(5))]));

        let subject = crate::store::records::by_id(&world.db, RecordId::new(1)).await.unwrap().unwrap().subject;
        assert!(world.keys.destroy(subject).await.unwrap());
        let erased = page(Window::Newest, 50).await;
        assert!(erased.items.is_empty());
        let codes: Vec<_> = erased.damaged.iter().map(|one| one.code.as_str()).collect();
        assert_eq!(codes.iter().filter(|code| **code == "archive.erased").count(), 7, "{codes:?}");
        assert_eq!(codes.get(3), Some(&"archive.damaged"), "a header that cannot be read tells no key");
    }
}
