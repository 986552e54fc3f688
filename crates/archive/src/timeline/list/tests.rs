//! Titles are found as the caller sees them, and what a level hides is not.

use std::collections::BTreeSet;
use std::sync::Arc;

use xinlu_db::sql;
use xinlu_http::{Grant, Grants, Level, Visible};
use xinlu_model::{PageLimit, Time};

use crate::fixture::{World, grants, worlds};
use crate::{ArchiveError, ConversationFilter, ConversationKind, READ};

sql!(BREAK_PARTY = "UPDATE archive_parties SET party = $2 WHERE party = $1");
sql!(BREAK_KIND = "UPDATE archive_conversations SET kind = 9 WHERE kind = $1");

/// Zhang and Li talk with Wang Xiaoming, Li with Jane, and there is a group that is named after Wang Xiaoming.
async fn fill(world: &World) {
    world.meet().await;
    world.archive.name_group(world.source, "wrG", "王小明 100%_退款 13800138000").await.unwrap();
    let mut group = world.message(4, "zhang", &["li", "wmA"], "群");
    group.header.room = Some("wrG".to_owned());
    let said = |seq, from: &str, to: &str| world.message(seq, from, &[to], "您好");
    world.settle(vec![said(1, "zhang", "wmA"), said(2, "li", "wmA"), said(3, "wmB", "li"), group]).await;
}

async fn found(world: &World, grants: &Grants, title: &str) -> usize {
    let filter = ConversationFilter { title: Some(title.to_owned()), ..ConversationFilter::default() };
    world.archive.list_conversations(grants, &filter, None, PageLimit::default()).await.unwrap().items.len()
}

#[tokio::test]
async fn titles_are_found_as_far_as_they_are_shown() {
    for (_test, world) in worlds().await {
        fill(&world).await;
        // What is looked for, and how many are found at level text, masked and metadata.
        let expected = [
            ("王小明", [3, 0, 0]),
            ("小明", [3, 0, 0]),
            ("王", [3, 3, 0]),
            ("jane", [1, 0, 0]),
            ("DOE", [1, 0, 0]),
            ("退款", [1, 1, 0]),
            ("100%_", [1, 1, 0]),
            ("0%1", [0, 0, 0]),
            ("_", [1, 1, 0]),
            ("13800138000", [1, 0, 0]),
            ("8000", [1, 1, 0]),
            // A group's id stands for its title at level metadata; it is no title.
            ("wrG", [0, 0, 0]),
            ("wm", [0, 0, 0]),
            // Names of members are the company's own; the group has a title, so it does not go by names.
            ("李", [2, 2, 2]),
            (" 张伟 ", [1, 1, 1]),
            ("", [4, 4, 4]),
            ("没有", [0, 0, 0]),
        ];
        for (title, counts) in expected {
            for (level, count) in [Level::Text, Level::Masked, Level::Metadata].into_iter().zip(counts) {
                assert_eq!(found(&world, &grants(level), title).await, count, "{title} at {level:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_title_widens_no_scope_and_goes_with_other_filters() {
    for (_test, world) in worlds().await {
        fill(&world).await;
        let li = world.directory.find_members_by_userid("li").await.unwrap()[0];
        let visible = Visible::Members(Arc::new(BTreeSet::from([li])));
        let of_li = Grants::new(vec![Grant { permission: READ.to_owned(), visible, level: Level::Text }]);
        assert_eq!(found(&world, &of_li, "王小明").await, 2);
        let all = grants(Level::Text);
        let with = |filter: ConversationFilter| {
            let (world, all) = (&world, &all);
            let filter = ConversationFilter { title: Some("王小明".to_owned()), ..filter };
            async move { world.archive.list_conversations(all, &filter, None, PageLimit::default()).await.unwrap().items }
        };
        let none = ConversationFilter::default();
        assert_eq!(with(ConversationFilter { member: Some(li), ..none.clone() }).await.len(), 2);
        let kind = Some(ConversationKind::Group);
        assert_eq!(with(ConversationFilter { kind, member: Some(li), ..none.clone() }).await.len(), 1);
        let jane = world.directory.find_contacts_by_external_id("wmB").await.unwrap()[0];
        assert_eq!(with(ConversationFilter { contact: Some(jane), ..none.clone() }).await.len(), 0);
        let long = ConversationFilter { title: Some("长".repeat(65)), ..none };
        let refused = world.archive.list_conversations(&all, &long, None, PageLimit::default()).await.unwrap_err();
        assert!(matches!(refused, ArchiveError::Parameter { parameter: "title", .. }), "{refused}");
    }
}

#[tokio::test]
async fn pages_of_titles_go_on_over_those_that_are_hidden() {
    for (_test, world) in worlds().await {
        fill(&world).await;
        let filter = ConversationFilter { title: Some("王小明".to_owned()), ..ConversationFilter::default() };
        let one = PageLimit::new(Some(1)).unwrap();
        for (level, count) in [(Level::Text, 3), (Level::Masked, 0)] {
            let (mut after, mut titles, mut pages) = (None::<String>, BTreeSet::new(), 0);
            loop {
                let all = grants(level);
                let page = world.archive.list_conversations(&all, &filter, after.as_deref(), one).await.unwrap();
                titles.extend(page.items.into_iter().map(|item| item.id));
                pages += 1;
                assert!(pages < 10, "it ends");
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(titles.len(), count, "at {level:?}");
        }
    }
}

#[tokio::test]
async fn damaged_rows_hide_nothing_else() {
    for (_test, world) in worlds().await {
        fill(&world).await;
        let all = grants(Level::Text);
        let wang = world.directory.find_contacts_by_external_id("wmA").await.unwrap()[0];
        let mut tx = world.db.begin().await.unwrap();
        let packed = xinlu_model::PartyId::contact(wang).packed();
        // No kind of party has the number 0.
        assert_eq!(tx.execute(&BREAK_PARTY, vec![packed.into(), 4_i64.into()]).await.unwrap(), 3);
        tx.commit().await.unwrap();
        let filter = ConversationFilter::default();
        let list = world.archive.list_conversations(&all, &filter, None, PageLimit::default()).await.unwrap();
        assert_eq!(list.items.len(), 4);
        assert_eq!(list.items.iter().filter(|item| item.contacts.is_empty()).count(), 3);
        let status = world.archive.status().await.unwrap();
        assert_eq!(status.sources[0].seats.parties_damaged, Some(1), "told by party");
        assert!(status.at > Time::from_micros(0));

        let mut tx = world.db.begin().await.unwrap();
        tx.execute(&BREAK_KIND, vec![ConversationKind::Group.number().into()]).await.unwrap();
        tx.commit().await.unwrap();
        let list = world.archive.list_conversations(&all, &filter, None, PageLimit::default()).await.unwrap();
        assert_eq!(list.items.len(), 3, "one of no known kind is left out");
    }
}
