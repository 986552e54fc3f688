//! Answers of contacts: complete and in order whatever the scope, with bounded work a page.

use std::collections::BTreeSet;
use std::sync::Arc;

use xinlu_http::{Grant, Grants, Level, Visible};
use xinlu_model::{Consent, ConsentChange, ContactId, Inbound, MemberId, Page, PageLimit, RecordId, Time};

use super::{ConsentView, LOOKED_AT_MAX};
use crate::api::CONSENTS;
use crate::fixture::{World, worlds};
use crate::view::READ;

fn of_members(members: &[MemberId]) -> Grants {
    let members: BTreeSet<MemberId> = members.iter().copied().collect();
    let visible = Visible::Members(Arc::new(members));
    Grants::new(vec![Grant { permission: CONSENTS.to_owned(), visible, level: Level::Text }])
}

fn everybody() -> Grants {
    Grants::new(vec![Grant { permission: CONSENTS.to_owned(), visible: Visible::All, level: Level::Text }])
}

fn answer(world: &World, seq: u64, contact: &str, member: &str, consent: Consent) -> Inbound {
    let mut message = world.message(seq, contact, &[member], "");
    let changed_at = Time::from_seconds(1_700_000_000 + seq as i64);
    message.parsed.consent = Some(ConsentChange { contact: contact.to_owned(), consent, changed_at });
    message
}

async fn member(world: &World, userid: &str) -> MemberId {
    world.directory.find_members_by_userid(userid).await.unwrap()[0]
}

async fn page(
    world: &World,
    grants: &Grants,
    contact: Option<ContactId>,
    after: Option<RecordId>,
    limit: u32,
) -> Page<ConsentView> {
    world.archive.consents(grants, contact, after, PageLimit::new(Some(limit)).unwrap()).await.unwrap()
}

/// All pages: the records, and how many pages it took.
async fn all(world: &World, grants: &Grants, contact: Option<ContactId>, limit: u32) -> (Vec<i64>, usize) {
    let (mut seen, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let page = page(world, grants, contact, after, limit).await;
        assert!(page.items.len() <= limit as usize);
        seen.extend(page.items.iter().map(|item| item.record.number()));
        pages += 1;
        match page.next {
            Some(next) => after = Some(RecordId::new(next.parse().unwrap())),
            None => return (seen, pages),
        }
    }
}

#[tokio::test]
async fn who_sees_few_among_many_gets_short_pages_that_go_on() {
    for (_test, world) in worlds().await {
        // The oldest two are li's; after them come more of zhang's than are looked at for a page.
        let many = LOOKED_AT_MAX as u64 + 250;
        let of = |seq: u64| if seq <= 2 { ("wmA", "li") } else { ("wmB", "zhang") };
        let messages = (1..=many).map(|seq| answer(&world, seq, of(seq).0, of(seq).1, Consent::Agree));
        world.settle(messages.collect()).await;
        let li = of_members(&[member(&world, "li").await]);
        let first = page(&world, &li, None, None, 50).await;
        assert!(first.items.is_empty(), "so much was looked at and no more");
        assert_eq!(first.next, Some((many + 1 - LOOKED_AT_MAX as u64).to_string()));
        assert_eq!(all(&world, &li, None, 50).await, (vec![2, 1], 2));
        let expected: Vec<i64> = (1..=many as i64).rev().collect();
        assert_eq!(all(&world, &everybody(), None, 200).await.0, expected);
        let nobody = of_members(&[]);
        assert!(all(&world, &nobody, None, 50).await.0.is_empty());
        // Of one contact nobody else's answers are looked at.
        let contact = world.directory.find_contacts_by_external_id("wmA").await.unwrap()[0];
        assert_eq!(all(&world, &li, Some(contact), 50).await, (vec![2, 1], 1));
        assert_eq!(all(&world, &everybody(), Some(contact), 1).await.0, [2, 1]);
    }
}

#[tokio::test]
async fn an_answer_says_who_and_what() {
    for (_test, world) in worlds().await {
        let answers =
            [answer(&world, 1, "wmA", "li", Consent::Agree), answer(&world, 2, "wmA", "li", Consent::Disagree)];
        world.settle(answers.to_vec()).await;
        let page = page(&world, &everybody(), None, None, 50).await;
        let said: Vec<_> = page.items.iter().map(|item| (item.consent, item.contact.external_id.as_str())).collect();
        assert_eq!(said, [(Consent::Disagree, "wmA"), (Consent::Agree, "wmA")]);
        assert!(page.next.is_none());
    }
}

#[tokio::test]
async fn whose_answer_it_is_shows_as_the_conversation_shows_it() {
    for (_test, world) in worlds().await {
        world.settle(vec![answer(&world, 1, "wmA", "zhang", Consent::Agree)]).await;
        let named = |level| {
            let mut grants = everybody().list().to_vec();
            grants.push(Grant { permission: READ.to_owned(), visible: Visible::All, level });
            Grants::new(grants)
        };
        let contact = world.directory.find_contacts_by_external_id("wmA").await.unwrap()[0];
        world.meet().await;
        let shown = async |grants: &Grants| {
            let answers = page(&world, grants, Some(contact), None, 10).await;
            answers.items[0].contact.name.clone()
        };
        assert_eq!(shown(&everybody()).await, "王小明");
        assert_eq!(shown(&named(Level::Text)).await, "王小明");
        assert_eq!(shown(&named(Level::Masked)).await, "王**");
        assert_eq!(shown(&named(Level::Metadata)).await, "wmA");
    }
}
