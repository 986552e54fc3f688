//! What is asked for, what is kept of the answers and who sees them, on both engines; and which rooms there are.

use std::sync::Arc;

use xinlu_db::Migration;
use xinlu_http::{Grant, Grants, Level, Visible};
use xinlu_model::{Clock as _, Consent, ConsentChange, ContactId, ConversationId, PageLimit, PartyId, SourceId, Time};

use super::{Agreement, AgreementAnswer, Asked};
use crate::api::CONSENTS;
use crate::fixture::{PARTS, SOURCE_KEY, World, message, open, party, worlds};
use crate::{MIGRATIONS, Room};

const START: ConversationId = ConversationId::new(0);

fn pair(member: &str, contact: &str) -> Asked {
    Asked::Pair { member: member.to_owned(), contact: contact.to_owned() }
}

/// Conversations 1: zhang and wmA, 2: the group wrG with wmA and wmB, 3: zhang and li, 4: the group wrI of members only,
/// 5: li and wmB, who agreed.
async fn talk(world: &World) {
    let of = |seq: u64, from: &str, to: &[&str]| message(world.source, seq, from, to, "x");
    let mut group = of(2, "zhang", &["wmA", "wmB"]);
    group.header.room = Some("wrG".to_owned());
    let mut team = of(4, "zhang", &["li"]);
    team.header.room = Some("wrI".to_owned());
    let mut agreed = of(5, "wmB", &["li"]);
    let consent =
        ConsentChange { contact: "wmB".to_owned(), consent: Consent::Agree, changed_at: Time::from_seconds(1) };
    agreed.parsed.consent = Some(consent);
    for message in [of(1, "zhang", &["wmA"]), group, of(3, "zhang", &["li"]), team, agreed] {
        world.settle(vec![message]).await;
    }
}

async fn questions(world: &World, due_before: Time, limit: u32) -> Vec<(i64, Asked)> {
    let mut from = Some(START);
    let mut all = Vec::new();
    while let Some(after) = from {
        let found = world.archive.agreement_questions(world.source, after, due_before, limit).await.unwrap();
        assert!(found.items.len() <= limit as usize);
        all.extend(found.items.into_iter().map(|item| (item.conversation.number(), item.asked)));
        from = found.next;
    }
    all
}

fn answer(conversation: i64, contact: &str, agreement: Agreement, changed_at: Option<Time>) -> AgreementAnswer {
    AgreementAnswer {
        conversation: ConversationId::new(conversation),
        contact: contact.to_owned(),
        agreement,
        changed_at,
    }
}

async fn contact(world: &World, name: &str) -> ContactId {
    let ids = world.directory.resolve(SOURCE_KEY, &[party(name)]).await.unwrap();
    ids.into_iter().find_map(PartyId::as_contact).unwrap()
}

/// Conversation, contact and agreement of all that a caller sees, page by page.
async fn seen(world: &World, visible: Visible, contact: Option<ContactId>) -> Vec<(i64, String, Agreement)> {
    let grant = Grant { permission: CONSENTS.to_owned(), visible, level: Level::Text };
    let grants = Grants::new(vec![grant]);
    let mut after: Option<String> = None;
    let mut all = Vec::new();
    loop {
        let limit = PageLimit::new(Some(1)).unwrap();
        let page = world.archive.agreements(&grants, contact, after.as_deref(), limit).await.unwrap();
        all.extend(
            page.items.into_iter().map(|one| (one.conversation.number(), one.contact.external_id, one.agreement)),
        );
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

#[tokio::test]
async fn the_source_is_asked_where_contacts_said_nothing() {
    for (_test, world) in worlds().await {
        talk(&world).await;
        let now = world.clock.now();
        let expected = [(1, pair("zhang", "wmA")), (2, Asked::Room("wrG".to_owned()))];
        for limit in [1, 2, 100] {
            assert_eq!(questions(&world, now, limit).await, expected);
        }
        let other = world.archive.ensure_source("wecom:wwother", "other").await.unwrap();
        let none = world.archive.agreement_questions(other, START, now, 10).await.unwrap();
        assert_eq!((none.items, none.next), (Vec::new(), None));

        world.archive.save_agreements(world.source, &[ConversationId::new(1)], &[]).await.unwrap();
        assert_eq!(questions(&world, now, 10).await, expected[1..], "asked about, though without an answer");
        world.clock.advance_ms(1_000);
        assert_eq!(questions(&world, world.clock.now(), 10).await, expected, "due again");
    }
}

#[tokio::test]
async fn data_of_before_gets_the_tables() {
    let before: Vec<&[Migration]> =
        PARTS.iter().map(|part| if part.as_ptr() == MIGRATIONS.as_ptr() { &part[..1] } else { *part }).collect();
    for test in xinlu_testkit::both(&before).await {
        test.db.migrate(PARTS).await.unwrap();
        let world = open(&test, 1).await;
        talk(&world).await;
        assert_eq!(questions(&world, world.clock.now(), 10).await.len(), 2);
    }
}

#[tokio::test]
async fn answers_are_kept_and_seen_within_rights() {
    for (_test, world) in worlds().await {
        talk(&world).await;
        let (pair, room) = (ConversationId::new(1), ConversationId::new(2));
        let since = Some(Time::from_seconds(1_700_000_000));
        let answers = [
            answer(1, "wmA", Agreement::Disagree, since),
            answer(2, "wmA", Agreement::Agree, since),
            answer(2, "wmNew", Agreement::Other, None),
        ];
        world.archive.save_agreements(world.source, &[pair, room], &answers).await.unwrap();
        let again = [answer(1, "wmA", Agreement::DefaultAgree, None)];
        world.archive.save_agreements(world.source, &[pair], &again).await.unwrap();
        let all = [
            (1, "wmA".to_owned(), Agreement::DefaultAgree),
            (2, "wmA".to_owned(), Agreement::Agree),
            (2, "wmNew".to_owned(), Agreement::Other),
        ];
        assert_eq!(seen(&world, Visible::All, None).await, all);
        let own = contact(&world, "wmA").await;
        assert_eq!(seen(&world, Visible::All, Some(own)).await, all[..2]);
        let li = world.directory.resolve(SOURCE_KEY, &[party("li")]).await.unwrap().remove(0);
        let nobody = Visible::Members(Arc::new([li.as_member().unwrap()].into()));
        assert_eq!(seen(&world, nobody, None).await, []);
        let zhang = world.directory.resolve(SOURCE_KEY, &[party("zhang")]).await.unwrap().remove(0);
        let zhangs = Visible::Members(Arc::new([zhang.as_member().unwrap()].into()));
        assert_eq!(seen(&world, zhangs, None).await, all);
    }
}

#[tokio::test]
async fn rooms_are_listed_with_what_is_known_of_them() {
    for (_test, world) in worlds().await {
        talk(&world).await;
        world.archive.name_group(world.source, "wrI", "晨会").await.unwrap();
        let room = |id: i64, room: &str, title: &str, with_contacts: bool| Room {
            conversation: ConversationId::new(id),
            room: room.to_owned(),
            title: title.to_owned(),
            with_contacts,
        };
        let all = [room(2, "wrG", "", true), room(4, "wrI", "晨会", false)];
        assert_eq!(world.archive.rooms(world.source, START, 10).await.unwrap(), all);
        assert_eq!(world.archive.rooms(world.source, START, 1).await.unwrap(), all[..1]);
        assert_eq!(world.archive.rooms(world.source, ConversationId::new(2), 10).await.unwrap(), all[1..]);
        assert_eq!(world.archive.rooms(SourceId::new(99), START, 10).await.unwrap(), []);
    }
}
