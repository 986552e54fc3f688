//! Intake through its face: each message once, whatever is delivered how often and whatever crashes.

use xinlu_model::{Action, Consent, ConsentChange, Event, MessageKind, PageLimit, RecordId, Time};

use crate::fixture::{World, envelope, open, settled, worlds};
use crate::{ArchiveError, ConversationFilter, ParkReason, Settled, Settlement, Window};

const NONE: xinlu_model::ParkedId = xinlu_model::ParkedId::new(0);

fn appended(settlement: Settlement) -> (u64, u64, u64, u64) {
    (settlement.appended, settlement.duplicates, settlement.parked, settlement.conflicts)
}

async fn texts(world: &World) -> Vec<String> {
    let records = world.archive.records(RecordId::new(1), 1_000).await.unwrap();
    records.iter().map(|record| record.parsed.pieces[0].text.clone()).collect()
}

/// Received equals what became of it.
async fn check_balance(world: &World) {
    let status = world.archive.status().await.unwrap();
    assert_eq!(status.sources[0].missing, 0, "{:?}", status.sources[0]);
}

#[tokio::test]
async fn a_batch_becomes_records_leaves_and_an_event() {
    for (test, world) in worlds().await {
        let sent = vec![
            world.message(1, "zhang", &["wmA"], "您好"),
            world.message(2, "wmA", &["zhang"], "在吗"),
            world.message(3, "zhang", &["li"], "开会"),
        ];
        let settlement = world.settle(sent.clone()).await;
        assert_eq!(appended(settlement), (3, 0, 0, 0));
        assert_eq!(settlement.first, Some(RecordId::new(1)));
        let event = Event::MessageArchived { source: world.source, first: RecordId::new(1), count: 3 };
        assert_eq!(xinlu_jobs::journal::read(&world.db, 0, 10).await.unwrap(), [(1, event)]);

        // From memory and, after a crash, from the database.
        let reopened = open(&test, 2).await;
        for world in [&world, &reopened] {
            let records = world.archive.records(RecordId::new(1), 3).await.unwrap();
            for (record, sent) in records.iter().zip(&sent) {
                assert_eq!(record.raw, sent.raw);
                assert_eq!(record.parsed, sent.parsed);
                assert_eq!(record.header.msgid, sent.header.msgid);
                assert_eq!(record.header.sent_at, sent.header.sent_at);
                assert_eq!(record.parties.len(), 2);
            }
            assert_eq!(records[0].conversation, records[1].conversation, "a pair is unordered");
            assert_ne!(records[0].conversation, records[2].conversation);
            assert_eq!(records[0].parties[0], records[1].parties[1]);
        }
        assert_eq!(reopened.archive.cursor(world.source).await.unwrap(), 3);
        world.sequence().await;
        let report = world.verify().await;
        assert!(report.is_intact(), "{:?}", report.problems);
        assert_eq!((report.records, report.leaves), (3, 3));
        check_balance(&world).await;
    }
}

#[tokio::test]
async fn what_a_crash_left_is_settled_once() {
    for (test, world) in worlds().await {
        let envelopes = vec![envelope(1, "m1"), envelope(2, "m2")];
        let batch = world.archive.store_intake(world.source, envelopes.clone()).await.unwrap();
        let reopened = open(&test, 2).await;
        let open_batches = reopened.archive.open_intake(world.source, crate::intake::BatchId::new(0)).await.unwrap();
        assert_eq!(open_batches.len(), 1);
        assert_eq!(*open_batches[0].envelopes, envelopes);
        assert_eq!((open_batches[0].id, open_batches[0].observed_at), (batch.id, batch.observed_at));
        assert_eq!(reopened.archive.cursor(world.source).await.unwrap(), 2);
        check_balance(&reopened).await;

        let messages =
            || settled(vec![world.message(1, "zhang", &["wmA"], "one"), world.message(2, "zhang", &["wmA"], "two")]);
        let error = reopened.archive.settle(batch.id, messages().split_off(1)).await.unwrap_err();
        assert!(matches!(error, ArchiveError::BatchIncomplete { stored: 2, settled: 1, .. }), "{error}");
        reopened.archive.settle(batch.id, messages()).await.unwrap();
        // The other process had not heard that it was settled.
        let error = world.archive.settle(batch.id, messages()).await.unwrap_err();
        assert!(matches!(error, ArchiveError::BatchUnknown(_)), "{error}");
        assert!(reopened.archive.open_intake(world.source, crate::intake::BatchId::new(0)).await.unwrap().is_empty());
        assert_eq!(texts(&reopened).await, ["one", "two"]);
        check_balance(&reopened).await;
    }
}

#[tokio::test]
async fn a_second_delivery_is_counted_and_a_conflict_is_parked() {
    for (test, world) in worlds().await {
        world
            .settle(vec![world.message(1, "zhang", &["wmA"], "one"), world.message(2, "zhang", &["wmA"], "two")])
            .await;
        let mut again = world.message(1, "zhang", &["wmA"], "one");
        again.header.seq = 3;
        let mut other = world.message(2, "zhang", &["wmA"], "changed");
        other.header.seq = 4;
        let fresh = world.message(5, "zhang", &["wmA"], "five");
        let mut twice = fresh.clone();
        twice.header.seq = 6;
        let mut twice_other = world.message(5, "zhang", &["wmA"], "six");
        twice_other.header.seq = 7;
        let settlement = world.settle(vec![again, other.clone(), fresh, twice, twice_other]).await;
        assert_eq!(appended(settlement), (1, 2, 2, 2));
        assert_eq!(settlement.first, Some(RecordId::new(3)));

        let reopened = open(&test, 2).await;
        assert_eq!(texts(&reopened).await, ["one", "two", "five"]);
        let parked = reopened.archive.parked(Some(world.source), None, NONE, 10).await.unwrap();
        assert_eq!(parked.iter().map(|item| item.seq).collect::<Vec<_>>(), [4, 7]);
        assert!(parked.iter().all(|item| item.reason == ParkReason::MsgidConflict));
        assert_eq!(parked[0].envelope, Some(envelope(4, "m2")));
        assert_eq!(reopened.archive.parked_raw(parked[0].id).await.unwrap().unwrap(), other.raw);
        check_balance(&reopened).await;
        world.sequence().await;
        let report = world.verify().await;
        assert!(report.is_intact(), "{:?}", report.problems);
        assert_eq!(report.waiting, 2);
    }
}

#[tokio::test]
async fn two_sources_may_use_one_msgid() {
    for (_test, world) in worlds().await {
        let other = world.archive.ensure_source("wecom:other", "other").await.unwrap();
        assert_eq!(world.archive.ensure_source("wecom:other", "renamed").await.unwrap(), other);
        assert_eq!(world.archive.sources().await.unwrap()[1].name, "renamed");
        world.settle(vec![world.message(1, "zhang", &["wmA"], "here")]).await;
        let mut there = world.message(1, "zhang", &["wmA"], "there");
        there.header.source = other;
        let settlement = world.archive.append_direct(other, Some(1), vec![there]).await.unwrap();
        assert_eq!(appended(settlement), (1, 0, 0, 0));
        let records = world.archive.records(RecordId::new(1), 2).await.unwrap();
        assert_ne!(records[0].conversation, records[1].conversation);
        assert_ne!(records[0].sender, records[1].sender);
        assert_eq!(world.archive.cursor(other).await.unwrap(), 1);
        world.sequence().await;
        let report = world.verify().await;
        assert!(report.is_intact(), "{:?}", report.problems);
    }
}

#[tokio::test]
async fn parked_items_wait_with_their_envelope_and_go_on_when_the_key_comes() {
    for (test, world) in worlds().await {
        let envelopes = vec![envelope(1, "m1"), envelope(2, "m2"), envelope(3, "m3")];
        let batch = world.archive.store_intake(world.source, envelopes).await.unwrap();
        let wait = |seq: u64, reason| Settled::Parked {
            seq,
            msgid: format!("m{seq}"),
            reason,
            detail: "version 3".to_owned(),
        };
        let mut all = settled(vec![world.message(2, "zhang", &["wmA"], "two")]);
        all.push(wait(1, ParkReason::KeyMissing));
        all.push(wait(3, ParkReason::SdkCrashed));
        assert_eq!(appended(world.archive.settle(batch.id, all).await.unwrap()), (1, 0, 2, 0));
        check_balance(&world).await;

        let reopened = open(&test, 2).await;
        let status = reopened.archive.status().await.unwrap();
        assert_eq!(status.sources[0].parked.get("key_missing"), Some(&1));
        assert_eq!(status.sources[0].key_versions_unknown[0].version, 3);
        let waiting = reopened.archive.parked(None, Some(ParkReason::KeyMissing), NONE, 10).await.unwrap();
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0].envelope, Some(envelope(1, "m1")));
        let crashed = reopened.archive.parked(None, Some(ParkReason::SdkCrashed), NONE, 10).await.unwrap();

        reopened.clock.advance_ms(1_000);
        let again = vec![
            (waiting[0].id, settled(vec![world.message(1, "zhang", &["wmA"], "one")]).remove(0)),
            (crashed[0].id, wait(3, ParkReason::DecryptFailed)),
        ];
        assert_eq!(appended(reopened.archive.settle_parked(again).await.unwrap()), (1, 0, 1, 0));
        let left = reopened.archive.parked(None, None, NONE, 10).await.unwrap();
        assert_eq!((left.len(), left[0].reason, left[0].attempts), (1, ParkReason::DecryptFailed, 1));
        let records = reopened.archive.records(RecordId::new(1), 10).await.unwrap();
        assert_eq!(records[1].header.observed_at, batch.observed_at, "held since it was delivered");
        // Somebody else settles the same item, which is gone.
        let late = vec![(waiting[0].id, settled(vec![world.message(1, "zhang", &["wmA"], "one")]).remove(0))];
        assert_eq!(appended(reopened.archive.settle_parked(late).await.unwrap()), (0, 0, 0, 0));
        check_balance(&reopened).await;
    }
}

#[tokio::test]
async fn a_conflict_after_waiting_stays_parked() {
    for (_test, world) in worlds().await {
        let batch = world.archive.store_intake(world.source, vec![envelope(1, "m1")]).await.unwrap();
        let reason = ParkReason::KeyMissing;
        let parked = Settled::Parked { seq: 1, msgid: "m1".to_owned(), reason, detail: String::new() };
        world.archive.settle(batch.id, vec![parked]).await.unwrap();
        let mut second = world.message(1, "zhang", &["wmA"], "the second delivery was faster");
        second.header.seq = 2;
        world.settle(vec![second]).await;
        let waiting = world.archive.parked(None, None, NONE, 10).await.unwrap();
        let first = settled(vec![world.message(1, "zhang", &["wmA"], "the first delivery")]).remove(0);
        let settlement = world.archive.settle_parked(vec![(waiting[0].id, first)]).await.unwrap();
        assert_eq!(appended(settlement), (0, 0, 1, 1));
        let left = world.archive.parked(None, None, NONE, 10).await.unwrap();
        assert_eq!((left.len(), left[0].reason), (1, ParkReason::MsgidConflict));
        assert_eq!(left[0].envelope, Some(envelope(1, "m1")));
        check_balance(&world).await;
    }
}

#[tokio::test]
async fn what_is_too_large_waits_by_name_and_the_batch_goes_on() {
    for (_test, world) in worlds().await {
        let mut large = world.message(1, "zhang", &["wmA"], "large");
        large.raw = vec![b' '; crate::RAW_BYTES_MAX + 1];
        let mut long = world.message(2, "zhang", &["wmA"], "long");
        long.header.room = Some("r".repeat(70_000));
        let settlement = world.settle(vec![large, long, world.message(3, "zhang", &["wmA"], "three")]).await;
        assert_eq!(appended(settlement), (1, 0, 2, 0));
        let waiting = world.archive.parked(None, Some(ParkReason::TooLarge), NONE, 10).await.unwrap();
        assert_eq!(waiting.len(), 2);
        check_balance(&world).await;
    }
}

#[tokio::test]
async fn gaps_are_kept_until_they_are_filled() {
    for (_test, world) in worlds().await {
        let text = |seq| world.message(seq, "zhang", &["wmA"], "x");
        world.settle(vec![text(196), text(197)]).await;
        world.settle(vec![text(200), text(205)]).await;
        let gaps = world.archive.status().await.unwrap().sources.remove(0).gaps;
        assert_eq!((gaps.gaps, gaps.numbers), (2, 6));
        assert_eq!((gaps.first[1].from, gaps.first[1].to), (201, 204));
        world.settle(vec![text(202), text(198)]).await;
        let gaps = world.archive.status().await.unwrap().sources.remove(0).gaps;
        assert_eq!((gaps.gaps, gaps.numbers), (3, 4));
        assert_eq!(world.archive.cursor(world.source).await.unwrap(), 205, "a cursor never goes back");
    }
}

#[tokio::test]
async fn a_revocation_finds_its_message_in_either_order() {
    for (_test, world) in worlds().await {
        let revoke = |seq: u64, of: u64| {
            let mut revoke = world.message(seq, "zhang", &["wmA"], "");
            revoke.header.kind = MessageKind::Revoke;
            revoke.header.action = Action::Recall;
            revoke.parsed.pieces.clear();
            revoke.parsed.revokes = Some(format!("m{of}"));
            revoke
        };
        world.settle(vec![world.message(1, "zhang", &["wmA"], "one"), revoke(2, 1), revoke(3, 4)]).await;
        world.settle(vec![world.message(4, "zhang", &["wmA"], "four")]).await;
        let grants = crate::fixture::grants(xinlu_http::Level::Text);
        let ids: Vec<RecordId> = (1..=4).map(RecordId::new).collect();
        let views = world.archive.message_views(&ids, &grants, false).await.unwrap().items;
        let marks: Vec<_> = views.iter().map(|view| (view.revoked_by, view.revokes)).collect();
        let id = |number| Some(RecordId::new(number));
        assert_eq!(marks, [(id(2), None), (None, id(1)), (None, id(4)), (id(3), None)]);
        assert!(views[0].body.is_some(), "what was taken back stays");
    }
}

#[tokio::test]
async fn subjects_follow_the_rules() {
    for (_test, world) in worlds().await {
        let mut messages = vec![
            world.message(1, "zhang", &["wmA"], "to the contact"),
            world.message(2, "wmA", &["zhang"], "from the contact"),
            world.message(3, "li", &["wmA"], "another member, same contact"),
            world.message(4, "zhang", &["li"], "between members"),
            world.message(5, "zhang", &["wang"], "the same sender"),
            world.message(6, "li", &["zhang"], "the other way"),
            world.message(7, "zhang", &["li", "wmA"], "in a group"),
            world.message(8, "li", &["zhang", "wmA"], "in a group"),
            world.message(9, "zhang", &["li", "wmA", "wmB"], "in the group again"),
        ];
        messages.iter_mut().skip(6).for_each(|message| message.header.room = Some("wrG".to_owned()));
        world.settle(messages).await;
        let mut subjects = Vec::new();
        for number in 1..=9 {
            let stored = crate::store::records::by_id(&world.db, RecordId::new(number)).await.unwrap().unwrap();
            subjects.push(stored.subject);
        }
        assert_eq!(subjects[0], subjects[1], "both directions");
        assert_eq!(subjects[0], subjects[2], "the contact's, whoever the member is");
        assert_eq!(subjects[3], subjects[4], "between members the sender's");
        assert_ne!(subjects[3], subjects[5]);
        assert_ne!(subjects[6], subjects[3], "in a group the sender's there");
        assert_ne!(subjects[6], subjects[7]);
        assert_eq!(subjects[6], subjects[8]);
        let records = world.archive.records(RecordId::new(7), 3).await.unwrap();
        assert!(records.iter().all(|record| record.conversation == records[0].conversation));
    }
}

#[tokio::test]
async fn a_lost_key_is_named_and_every_proof_still_holds() {
    for (test, world) in worlds().await {
        world
            .settle(vec![world.message(1, "zhang", &["wmA"], "one"), world.message(2, "zhang", &["wmB"], "two")])
            .await;
        world.sequence().await;
        let stored = crate::store::records::by_id(&world.db, RecordId::new(1)).await.unwrap().unwrap();
        world.keys.destroy(stored.subject).await.unwrap();
        let reopened = open(&test, 2).await;
        assert_eq!(texts(&reopened).await, ["two"]);
        let report = reopened.verify().await;
        let problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems, ["record 1: its subject's key is gone"]);
        // Delivered again, it may be the only copy: it is kept, by name, and not archived twice.
        let mut again = world.message(1, "zhang", &["wmA"], "one");
        again.header.seq = 3;
        assert_eq!(appended(reopened.settle(vec![again.clone()]).await), (0, 0, 1, 1));
        let parked = reopened.archive.parked(None, Some(ParkReason::RecordUnreadable), NONE, 10).await.unwrap();
        assert_eq!(parked[0].envelope, Some(envelope(3, "m1")));
        assert_eq!(reopened.archive.parked_raw(parked[0].id).await.unwrap().unwrap(), again.raw);
        // Tried again while the key is gone, it goes on waiting.
        let settled = vec![(parked[0].id, settled(vec![again]).remove(0))];
        assert_eq!(appended(reopened.archive.settle_parked(settled).await.unwrap()), (0, 0, 1, 1));
        let parked = reopened.archive.parked(None, Some(ParkReason::RecordUnreadable), NONE, 10).await.unwrap();
        assert_eq!((parked.len(), parked[0].attempts), (1, 1));
        check_balance(&reopened).await;
        let proof = reopened.archive.proof(&crate::fixture::grants(xinlu_http::Level::Text), RecordId::new(1)).await;
        let proof = proof.unwrap();
        assert!(proof.leaf_index == Some(0) && proof.opening.is_none());
    }
}

#[tokio::test]
async fn consents_keep_their_history() {
    for (_test, world) in worlds().await {
        let say = |seq: u64, consent| {
            let mut message = world.message(seq, "wmA", &["zhang"], "");
            let changed_at = Time::from_seconds(1_700_000_000 + seq as i64);
            message.parsed.consent = Some(ConsentChange { contact: "wmA".to_owned(), consent, changed_at });
            message
        };
        world.settle(vec![say(1, Consent::Agree), say(2, Consent::Disagree)]).await;
        let status = world.archive.status().await.unwrap().sources.remove(0);
        assert_eq!((status.consents_agreed, status.consents_refused), (0, 1), "the last word counts");
    }
}

#[tokio::test]
async fn a_conversation_grows_over_batches_and_restarts() {
    for (test, world) in worlds().await {
        let group = |world: &World, seq: u64, from: &str, to: &[&str]| {
            let mut message = world.message(seq, from, to, "x");
            message.header.room = Some("wrG".to_owned());
            message
        };
        world.archive.name_group(world.source, "wrG", "报价群").await.unwrap();
        world.settle(vec![group(&world, 1, "zhang", &["wmA"]), group(&world, 2, "zhang", &["wmA", "li"])]).await;
        let reopened = open(&test, 2).await;
        reopened.settle(vec![group(&reopened, 3, "wmB", &["zhang", "li", "wmA"])]).await;
        let grants = crate::fixture::grants(xinlu_http::Level::Text);
        let filter = ConversationFilter::default();
        let list = reopened.archive.list_conversations(&grants, &filter, None, PageLimit::default()).await.unwrap();
        assert_eq!(list.items.len(), 1);
        let group = &list.items[0];
        assert_eq!((group.messages, group.title.as_str()), (3, "报价群"));
        assert_eq!((group.members.len(), group.contacts.len()), (2, 2));
        let page =
            reopened.archive.messages(&grants, group.id, &Window::Newest, PageLimit::default(), false).await.unwrap();
        assert_eq!(page.items.len(), 3);
        assert_eq!(page.items[2].recipients.len(), 3);
    }
}

#[tokio::test]
async fn many_messages_in_many_batches_stay_exact() {
    for (test, world) in worlds().await {
        let mut seq = 0;
        for batch in 0..12_u64 {
            let contact = format!("wm{}", batch % 5);
            let messages = (0..50).map(|place| {
                seq += 1;
                world.message(seq, "zhang", &[contact.as_str()], &format!("batch {batch} place {place} 中文"))
            });
            world.settle(messages.collect()).await;
            if batch % 3 == 0 {
                world.sequence().await;
            }
        }
        let reopened = open(&test, 2).await;
        let records = reopened.archive.records(RecordId::new(1), 10_000).await.unwrap();
        assert_eq!(records.len(), 600);
        assert!(records.windows(2).all(|pair| pair[0].id.plus(1) == pair[1].id));
        let report = world.verify().await;
        assert!(report.is_intact(), "{:?}", report.problems);
        assert_eq!((report.records, report.leaves + report.pending), (600, 600));
        assert!(report.pending > 0);
        check_balance(&reopened).await;
    }
}
