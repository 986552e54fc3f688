//! Conversations are counted once, however many in scope take part, and both ways to walk them agree.

use std::collections::BTreeSet;

use xinlu_identity::ConversationReach;
use xinlu_model::{MemberId, Party, PartyId};

use crate::fixture::{SOURCE_KEY, World, party, worlds};

async fn ids(world: &World, names: &[&str]) -> Vec<PartyId> {
    let parties: Vec<Party> = names.iter().map(|name| party(name)).collect();
    world.directory.resolve(SOURCE_KEY, &parties).await.unwrap()
}

async fn check(world: &World, by: &[&str], conversations: u64, contacts: &[&str]) {
    let members: BTreeSet<MemberId> = ids(world, by).await.into_iter().filter_map(PartyId::as_member).collect();
    let contacts: BTreeSet<_> = ids(world, contacts).await.into_iter().filter_map(PartyId::as_contact).collect();
    let reached = world.archive.reach(Some(&members)).await.unwrap();
    assert_eq!((reached.conversations, &reached.contacts), (conversations, &contacts), "{by:?}");
    let walked = world.archive.walk_all(&members).await.unwrap();
    assert_eq!((walked.conversations, &walked.contacts), (conversations, &contacts), "{by:?}, all walked");
}

#[tokio::test]
async fn conversations_and_the_contacts_in_them_are_counted_by_who_takes_part() {
    for (_test, world) in worlds().await {
        world.settle_crossing_talks().await;
        check(&world, &["zhang"], 3, &["wmA", "wmB", "wmC"]).await;
        check(&world, &["li"], 2, &["wmB", "wmC"]).await;
        check(&world, &["zhang", "li"], 4, &["wmA", "wmB", "wmC"]).await;
        check(&world, &["wang"], 2, &["wbRobot"]).await;
        check(&world, &["newcomer"], 0, &[]).await;
        check(&world, &[], 0, &[]).await;
        assert_eq!(world.archive.reach(None).await.unwrap().conversations, 5);
    }
}
