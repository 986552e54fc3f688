//! Names and titles of conversations with customers, at each level and by every way that leads to them.

use std::collections::BTreeSet;
use std::sync::Arc;

use xinlu_http::{Grant, Grants, Level, Visible};
use xinlu_model::{MemberId, PageLimit, PartyId, RecordId};

use crate::fixture::{World, grants, worlds};
use crate::{ConversationFilter, READ, Window};

const LEVELS: [Level; 3] = [Level::Text, Level::Masked, Level::Metadata];

/// Two customers with names, two members with names, a talk with each and a group that is named after a customer.
async fn fill(world: &World) {
    world.meet().await;
    world.archive.name_group(world.source, "wrG", "王小明退款 13800138000").await.unwrap();
    let mut group = world.message(3, "zhang", &["li", "wmA"], "群");
    group.header.room = Some("wrG".to_owned());
    let pair = world.message(1, "zhang", &["wmA"], "您好");
    world.settle(vec![pair, world.message(2, "wmB", &["li"], "Hi"), group]).await;
}

async fn titles(world: &World, grants: &Grants) -> BTreeSet<String> {
    let filter = ConversationFilter::default();
    let list = world.archive.list_conversations(grants, &filter, None, PageLimit::default()).await.unwrap();
    list.items.into_iter().map(|item| item.title).collect()
}

async fn member(world: &World, userid: &str) -> MemberId {
    world.directory.find_members_by_userid(userid).await.unwrap()[0]
}

fn set<const N: usize>(texts: [&str; N]) -> BTreeSet<String> {
    texts.map(str::to_owned).into_iter().collect()
}

#[tokio::test]
async fn titles_and_names_follow_the_level() {
    for (_test, world) in worlds().await {
        fill(&world).await;
        let expected = [
            set(["王小明、张伟", "Jane Doe、李娜", "王小明退款 13800138000"]),
            set(["王**、张伟", "J**、李娜", "王**退款 138****8000"]),
            set(["wmA、张伟", "wmB、李娜", "wrG"]),
        ];
        for (level, expected) in LEVELS.into_iter().zip(expected) {
            assert_eq!(titles(&world, &grants(level)).await, expected);
        }
    }
}

#[tokio::test]
async fn no_answer_tells_a_hidden_name() {
    for (_test, world) in worlds().await {
        fill(&world).await;
        let ids = [1, 2, 3].map(RecordId::new);
        for level in LEVELS {
            let caller = grants(level);
            let mut told = String::new();
            let filter = ConversationFilter::default();
            let list = world.archive.list_conversations(&caller, &filter, None, PageLimit::default()).await.unwrap();
            told += &serde_json::to_string(&list).unwrap();
            for item in &list.items {
                let one = world.archive.conversation(&caller, item.id).await.unwrap();
                assert_eq!(one.title, item.title);
                told += &serde_json::to_string(&one).unwrap();
                let window = Window::Newest;
                let page = world.archive.messages(&caller, item.id, &window, PageLimit::default(), true).await.unwrap();
                told += &serde_json::to_string(&page).unwrap();
                let titles = world.archive.conversation_titles(&caller, &[item.id]).await.unwrap();
                assert_eq!(titles.get(&item.id), Some(&item.title));
            }
            let views = world.archive.message_views(&ids, &caller, true).await.unwrap();
            told += &serde_json::to_string(&views.items).unwrap();
            let contacts = world.directory.find_contacts_by_external_id("wmA").await.unwrap();
            let party = PartyId::contact(contacts[0]);
            told += &world.archive.party_views(&caller, &[party]).await.unwrap()[&party].name;
            for name in ["王小明", "Jane Doe", "13800138000"] {
                assert_eq!(told.contains(name), level == Level::Text, "{name} at {level:?}: {told}");
            }
            assert_eq!(told.contains("王**"), level == Level::Masked, "{told}");
            assert_eq!(told.contains("退款"), level != Level::Metadata, "{told}");
            assert!(told.contains("张伟") && told.contains("李娜"), "names of members are shown");
        }
    }
}

#[tokio::test]
async fn each_conversation_is_shown_at_its_own_level() {
    for (_test, world) in worlds().await {
        fill(&world).await;
        // A leader reads the own talks in full, and those of the department masked.
        let of = |members: Vec<MemberId>, level| Grant {
            permission: READ.to_owned(),
            visible: Visible::Members(Arc::new(members.into_iter().collect())),
            level,
        };
        let (zhang, li) = (member(&world, "zhang").await, member(&world, "li").await);
        let leader = Grants::new(vec![of(vec![zhang, li], Level::Masked), of(vec![li], Level::Text)]);
        let expected = set(["王**、张伟", "Jane Doe、李娜", "王小明退款 13800138000"]);
        assert_eq!(titles(&world, &leader).await, expected);
        let contacts = world.directory.find_contacts_by_external_id("wmB").await.unwrap();
        let party = PartyId::contact(contacts[0]);
        let counted = world.archive.party_views(&leader, &[party]).await.unwrap();
        assert_eq!(counted[&party].name, "J**", "where no conversation is named, the lowest level counts");

        let stranger = Grants::new(vec![of(vec![], Level::Text)]);
        let all: Vec<_> = world.archive.records(RecordId::new(1), 3).await.unwrap();
        let ids: Vec<_> = all.iter().map(|record| record.conversation).collect();
        assert!(world.archive.conversation_titles(&stranger, &ids).await.unwrap().is_empty());
    }
}
