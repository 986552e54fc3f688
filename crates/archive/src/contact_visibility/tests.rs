//! Contacts are seen through the conversations of those in scope, in pairs, groups and with bots, on both engines.

use std::collections::BTreeSet;

use xinlu_identity::ContactVisibility;
use xinlu_model::{ContactId, MemberId, Party, PartyId};

use crate::fixture::{SOURCE_KEY, World, message, party, worlds};

/// More members than one page of pairs has.
const CROWD: usize = 1_205;

async fn ids(world: &World, names: &[&str]) -> Vec<PartyId> {
    let parties: Vec<Party> = names.iter().map(|name| party(name)).collect();
    world.directory.resolve(SOURCE_KEY, &parties).await.unwrap()
}

async fn contacts(world: &World, names: &[&str]) -> Vec<ContactId> {
    ids(world, names).await.into_iter().filter_map(PartyId::as_contact).collect()
}

async fn members(world: &World, names: &[&str]) -> BTreeSet<MemberId> {
    ids(world, names).await.into_iter().filter_map(PartyId::as_member).collect()
}

/// Asserts that of `asked` exactly `expected` are seen by who may see `by`.
async fn check(world: &World, asked: &[ContactId], by: &[&str], expected: &[&str]) {
    let by_ids = members(world, by).await;
    let seen = world.archive.talking_with(asked, &by_ids).await.unwrap();
    let expected: BTreeSet<ContactId> = contacts(world, expected).await.into_iter().collect();
    assert_eq!(seen, expected, "seen by {by:?}");
}

#[tokio::test]
async fn contacts_are_seen_through_the_conversations_of_those_in_scope() {
    for (_test, world) in worlds().await {
        world.settle_crossing_talks().await;
        let all = contacts(&world, &["wmA", "wmB", "wmC", "wbRobot", "wmNobody"]).await;
        check(&world, &all, &["zhang"], &["wmA", "wmB", "wmC"]).await;
        check(&world, &all, &["li"], &["wmB", "wmC"]).await;
        check(&world, &all, &["wang"], &["wbRobot"]).await;
        check(&world, &all, &["li", "wang"], &["wmB", "wmC", "wbRobot"]).await;
        check(&world, &all, &["newcomer"], &[]).await;
        check(&world, &all, &[], &[]).await;
        check(&world, &[], &["zhang"], &[]).await;
        check(&world, &contacts(&world, &["wmC"]).await, &["zhang"], &["wmC"]).await;
    }
}

#[tokio::test]
async fn a_crowd_before_the_one_in_scope_hides_nobody() {
    for (_test, world) in worlds().await {
        let crowd: Vec<String> = (0..CROWD).map(|number| format!("member{number:04}")).collect();
        let names: Vec<&str> = crowd.iter().map(String::as_str).collect();
        // Numbered in this order, so that the last of the crowd stands on the second page of pairs.
        ids(&world, &names).await;
        let last = names.last().copied().unwrap();
        let mut to = names.clone();
        to.extend(["wmCrowd", "wmOther"]);
        let mut in_group = message(world.source, 1, names[0], &to[1..], "大群");
        in_group.header.room = Some("wrCrowd".to_owned());
        world.settle(vec![in_group, message(world.source, 2, "zhang", &["wmAlone"], "一")]).await;
        let all = contacts(&world, &["wmCrowd", "wmOther", "wmAlone"]).await;
        check(&world, &all, &[last], &["wmCrowd", "wmOther"]).await;
        check(&world, &all, &[names[0], "zhang"], &["wmCrowd", "wmOther", "wmAlone"]).await;
        check(&world, &all, &["newcomer"], &[]).await;
    }
}
