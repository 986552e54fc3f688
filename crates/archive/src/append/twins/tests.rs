//! Deliveries that share a seq, or a seq and a msgid: each ends as a record, a counted duplicate or a parked item.

use xinlu_model::{Inbound, ParkedId, RecordId};

use crate::fixture::{World, open, settled, worlds};
use crate::{Envelope, ParkReason, ParkedItem, Settled, Settlement};

const NONE: ParkedId = ParkedId::new(0);

/// An envelope that tells which one it is.
fn envelope(seq: u64, msgid: &str, mark: &str) -> Envelope {
    Envelope { encrypted_message: mark.to_owned(), ..crate::fixture::envelope(seq, msgid) }
}

fn waiting(seq: u64, msgid: &str) -> Settled {
    Settled::Parked { seq, msgid: msgid.to_owned(), reason: ParkReason::KeyMissing, detail: String::new() }
}

fn ready(message: Inbound) -> Settled {
    settled(vec![message]).remove(0)
}

/// A message with a number and an id of its own.
fn named(world: &World, seq: u64, msgid: &str, text: &str) -> Inbound {
    let mut message = world.message(seq, "zhang", &["wmA"], text);
    msgid.clone_into(&mut message.header.msgid);
    message
}

async fn settle(world: &World, envelopes: Vec<Envelope>, settled: Vec<Settled>) -> (u64, u64, u64, u64) {
    let batch = world.archive.store_intake(world.source, envelopes).await.unwrap();
    counts(world.archive.settle(batch.id, settled).await.unwrap())
}

/// Appended, duplicates, parked, conflicts.
fn counts(settlement: Settlement) -> (u64, u64, u64, u64) {
    (settlement.appended, settlement.duplicates, settlement.parked, settlement.conflicts)
}

/// Everything received is a record, a duplicate or parked; and the archive is whole.
async fn check(world: &World, records: usize, parked: usize) -> Vec<ParkedItem> {
    let status = world.archive.status().await.unwrap().sources.remove(0);
    assert_eq!(status.missing, 0, "{status:?}");
    assert_eq!(world.archive.records(RecordId::new(1), 100).await.unwrap().len(), records);
    world.sequence().await;
    let report = world.verify().await;
    assert!(report.is_intact(), "{:?}", report.problems);
    let items = world.archive.parked(None, None, NONE, 100).await.unwrap();
    assert_eq!(items.len(), parked);
    items
}

fn mark(item: &ParkedItem) -> &str {
    &item.envelope.as_ref().unwrap().encrypted_message
}

#[tokio::test]
async fn one_seq_with_two_msgids_is_two_messages() {
    for (test, world) in worlds().await {
        let envelopes = vec![envelope(5, "a", "1"), envelope(5, "b", "2"), envelope(7, "c", "3")];
        let messages = vec![named(&world, 5, "a", "A"), named(&world, 5, "b", "B"), named(&world, 7, "c", "C")];
        assert_eq!(settle(&world, envelopes, settled(messages)).await, (3, 0, 0, 0));
        check(&world, 3, 0).await;
        let status = world.archive.status().await.unwrap().sources.remove(0);
        assert_eq!((status.received, status.cursor), (3, 7));
        assert_eq!((status.gaps.gaps, status.gaps.numbers), (1, 1), "only 6 never came");

        // The gap is filled once, by either of two.
        let envelopes = vec![envelope(6, "d", "4"), envelope(6, "e", "5")];
        let messages = vec![named(&world, 6, "d", "D"), named(&world, 6, "e", "E")];
        assert_eq!(settle(&world, envelopes, settled(messages)).await, (2, 0, 0, 0));
        let reopened = open(&test, 2).await;
        check(&reopened, 5, 0).await;
        let status = reopened.archive.status().await.unwrap().sources.remove(0);
        assert_eq!((status.received, status.cursor, status.gaps.numbers), (5, 7, 0));

        // The same from a source without envelopes.
        let other = world.archive.ensure_source("wecom:other", "other").await.unwrap();
        let mut twins = vec![named(&world, 1, "a", "A"), named(&world, 1, "b", "B")];
        for message in &mut twins {
            message.header.source = other;
        }
        let settlement = world.archive.append_direct(other, Some(1), twins).await.unwrap();
        assert_eq!(counts(settlement), (2, 0, 0, 0));
    }
}

#[tokio::test]
async fn one_seq_and_msgid_with_other_bytes_is_a_message_and_a_conflict() {
    for (_test, world) in worlds().await {
        let envelopes = vec![envelope(1, "a", "first"), envelope(1, "a", "second"), envelope(1, "a", "third")];
        let again = named(&world, 1, "a", "one");
        let messages = vec![again.clone(), named(&world, 1, "a", "other"), again];
        assert_eq!(settle(&world, envelopes, settled(messages.clone())).await, (1, 1, 1, 1));
        let parked = check(&world, 1, 1).await;
        assert_eq!((parked[0].reason, mark(&parked[0])), (ParkReason::MsgidConflict, "second"));
        assert_eq!(world.archive.parked_raw(parked[0].id).await.unwrap().unwrap(), messages[1].raw);
        assert_eq!(world.archive.records(RecordId::new(1), 1).await.unwrap()[0].raw, messages[0].raw);
    }
}

#[tokio::test]
async fn what_waits_keeps_its_own_envelope() {
    for (_test, world) in worlds().await {
        // Of three with one name the first and the last have to wait; then each kind of refusal beside a message.
        let envelopes = vec![envelope(1, "a", "first"), envelope(1, "a", "second"), envelope(1, "a", "third")];
        let all = vec![waiting(1, "a"), ready(named(&world, 1, "a", "two")), waiting(1, "a")];
        assert_eq!(settle(&world, envelopes, all).await, (1, 0, 2, 0));
        let parked = check(&world, 1, 2).await;
        assert_eq!(parked.iter().map(mark).collect::<Vec<_>>(), ["first", "third"]);

        let mut large = named(&world, 2, "b", "large");
        large.raw = vec![b' '; crate::RAW_BYTES_MAX + 1];
        let envelopes = vec![envelope(2, "b", "large"), envelope(2, "b", "fine"), envelope(2, "b", "conflict")];
        let all = settled(vec![large, named(&world, 2, "b", "fine"), named(&world, 2, "b", "other")]);
        assert_eq!(settle(&world, envelopes, all).await, (1, 0, 2, 1));
        let parked = check(&world, 2, 4).await;
        let of_reason = |reason| parked.iter().filter(move |item| item.reason == reason).map(mark).collect::<Vec<_>>();
        assert_eq!(of_reason(ParkReason::TooLarge), ["large"]);
        assert_eq!(of_reason(ParkReason::MsgidConflict), ["conflict"]);
    }
}

#[tokio::test]
async fn twins_that_waited_are_told_apart_when_their_key_comes() {
    for (test, world) in worlds().await {
        let envelopes = vec![envelope(1, "a", "first"), envelope(1, "a", "second"), envelope(1, "a", "third")];
        let all = vec![waiting(1, "a"), waiting(1, "a"), waiting(1, "a")];
        assert_eq!(settle(&world, envelopes, all).await, (0, 0, 3, 0));
        let parked = check(&world, 0, 3).await;
        let (one, other) = (named(&world, 1, "a", "one"), named(&world, 1, "a", "other"));
        let ready: Vec<_> = [&other, &one, &other].map(|message| ready(message.clone())).into_iter().collect();
        let all = parked.iter().map(|item| item.id).zip(ready).collect();
        let reopened = open(&test, 2).await;
        assert_eq!(counts(reopened.archive.settle_parked(all).await.unwrap()), (1, 1, 1, 1));
        let left = check(&reopened, 1, 1).await;
        assert_eq!((left[0].reason, mark(&left[0]), left[0].attempts), (ParkReason::MsgidConflict, "second", 1));
        assert_eq!(reopened.archive.parked_raw(left[0].id).await.unwrap().unwrap(), one.raw);
    }
}

#[tokio::test]
async fn a_second_delivery_of_a_whole_batch_of_twins_is_counted() {
    for (_test, world) in worlds().await {
        let envelopes = || vec![envelope(1, "a", "1"), envelope(1, "b", "2"), envelope(1, "a", "3")];
        let messages =
            || settled(vec![named(&world, 1, "a", "A"), named(&world, 1, "b", "B"), named(&world, 1, "a", "X")]);
        assert_eq!(settle(&world, envelopes(), messages()).await, (2, 0, 1, 1));
        assert_eq!(settle(&world, envelopes(), messages()).await, (0, 2, 1, 1));
        let parked = check(&world, 2, 2).await;
        assert!(parked.iter().all(|item| mark(item) == "3"));
    }
}
