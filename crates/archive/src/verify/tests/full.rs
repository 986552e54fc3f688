//! An archive with a row in every table, made by every normal flow; it verifies intact after each step.

use xinlu_model::{Action, Clock as _, Consent, ConsentChange, Inbound, MessageKind, ParkedId, SourceId};

use crate::fixture::{World, envelope, message, settled, with_media, worlds};
use crate::{MediaFailure, MediaReason, ParkReason, ParkedItem, Settled};

const DAY_MS: i64 = 24 * 3_600_000;
const LEASE_MS: i64 = 60_000;

/// When to look whether all is intact.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    AtEachStep,
    AtTheEnd,
}

/// Nothing is wrong, with keys and without.
async fn intact(world: &World, look: Look, step: &str) {
    if look == Look::AtTheEnd {
        return;
    }
    for keys in [Some(world.keys.clone()), None] {
        let report = world.verify_with(keys, None).await;
        assert!(report.is_intact(), "{step}: {:?}", report.problems);
    }
}

fn parked(seq: u64, reason: ParkReason) -> Settled {
    Settled::Parked { seq, msgid: format!("m{seq}"), reason, detail: "why".to_owned() }
}

fn group(mut message: Inbound) -> Inbound {
    message.header.room = Some("wrG".to_owned());
    message
}

fn consent(mut message: Inbound, consent: Consent) -> Inbound {
    message.header.kind = MessageKind::Agree;
    let (contact, changed_at) = (message.header.sender.id.clone(), message.header.sent_at);
    message.parsed.consent = Some(ConsentChange { contact, consent, changed_at });
    message
}

fn revoke(mut message: Inbound, of: u64) -> Inbound {
    message.header.kind = MessageKind::Revoke;
    message.header.action = Action::Recall;
    message.parsed.revokes = Some(format!("m{of}"));
    message
}

/// The same bytes once more, under another number.
fn again(mut message: Inbound, seq: u64) -> Inbound {
    message.header.seq = seq;
    message
}

async fn waiting(world: &World) -> Vec<ParkedItem> {
    world.archive.parked(None, None, ParkedId::new(0), 100).await.unwrap()
}

/// Fills a world. Records 1 to 10 are conversations of all kinds, 11 to 13 are files.
pub(super) async fn fill(world: &World, look: Look) {
    let many: Vec<String> = (0..80).map(|number| format!("wmMany{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    intact(world, look, "an empty archive").await;
    let first = world.message(1, "zhang", &["wmA"], "one");
    let messages = vec![
        first.clone(),
        world.message(2, "wmA", &["zhang"], "two"),
        group(world.message(3, "zhang", &["li", "wmA"], "three")),
        world.message(4, "zhang", &["li", "wang", "wmB"], "a thread"),
        world.message(5, "zhang", &many, "a thread of many"),
        consent(world.message(6, "wmA", &["zhang"], ""), Consent::Agree),
        consent(world.message(7, "wmB", &["zhang"], ""), Consent::Disagree),
        revoke(world.message(8, "zhang", &["wmA"], ""), 1),
        revoke(world.message(9, "zhang", &["wmA"], ""), 99),
    ];
    world.settle(messages).await;
    intact(world, look, "pending leaves").await;
    world.sequence().await;
    world.clock.advance_ms(DAY_MS);
    world.settle(vec![group(world.message(10, "wmC", &["zhang", "li"], "another in the group"))]).await;
    world.settle(vec![first.clone(), again(first, 11)]).await;
    intact(world, look, "doubles").await;
    files(world, look).await;
    waits(world, look).await;
    world.archive.name_group(world.source, "wrG", "群").await.unwrap();
    world.archive.reconcile().await.unwrap();
    world.archive.carry_checkpoint("test/audit", 5, [9; 32]).await.unwrap();
    world.sequence().await;
    direct(world, look).await;
    world.clock.advance_ms(DAY_MS);
    let open = (30..33).map(|seq| envelope(seq, &format!("m{seq}"))).collect();
    world.archive.store_intake(world.source, open).await.unwrap();
    intact(world, Look::AtEachStep, "an open batch").await;
}

/// Media in every state: 1 and 2 are stored, 3 failed, 4 is lost, 5 waits to be tried again, 6 is being fetched.
async fn files(world: &World, look: Look) {
    let of = |seq: u64| world.message(seq, "zhang", &["wmA"], "files");
    let messages = (12..15).map(|seq| with_media(with_media(of(seq), None, None), None, None));
    world.settle(messages.collect()).await;
    intact(world, look, "media that waits").await;
    let tasks = world.archive.claim_media(world.source, 10, LEASE_MS).await.unwrap();
    assert_eq!(tasks.len(), 6);
    intact(world, look, "media that is fetched").await;
    for (task, number) in tasks.iter().zip(1..) {
        let now = world.clock.now();
        match number {
            1 | 2 => {
                let mut writer = world.archive.media_writer(task);
                writer.write(vec![number; 70_000], "").await.unwrap();
                writer.finish().await.unwrap();
            }
            3 => {
                let writer = world.archive.media_writer(task);
                assert!(matches!(writer.finish().await, Err(MediaFailure::Checked(MediaReason::Empty))));
                world.archive.media_failed(task, MediaReason::Empty, None).await.unwrap();
            }
            4 => _ = world.archive.media_failed(task, MediaReason::Expired, None).await.unwrap(),
            5 => _ = world.archive.media_failed(task, MediaReason::Network, Some(now)).await.unwrap(),
            _ => {}
        }
        intact(world, look, &format!("file {number}")).await;
    }
    assert!(world.archive.retry_media(tasks[2].media).await.unwrap());
    intact(world, look, "a file that is tried again").await;
    let again = world.archive.claim_media(world.source, 10, LEASE_MS).await.unwrap();
    let (retried, others): (Vec<_>, Vec<_>) = again.into_iter().partition(|task| task.media == tasks[2].media);
    world.archive.media_failed(&retried[0], MediaReason::HandleUnknown, None).await.unwrap();
    assert_eq!(world.archive.unclaim_media(&others).await.unwrap(), 1);
    intact(world, look, "and fails again").await;
}

/// Everything that can have to wait, tried again with every outcome; numbers left out and delivered late.
async fn waits(world: &World, look: Look) {
    let mut large = world.message(15, "zhang", &["wmA"], "large");
    large.raw = vec![b' '; crate::RAW_BYTES_MAX + 1];
    let mut conflict = world.message(2, "wmA", &["zhang"], "other bytes");
    conflict.header.seq = 16;
    let envelopes = vec![envelope(15, "m15"), envelope(16, "m2"), envelope(17, "m17"), envelope(18, "m18")];
    let batch = world.archive.store_intake(world.source, envelopes).await.unwrap();
    intact(world, look, "a batch that a crash left").await;
    let mut all = settled(vec![large, conflict]);
    all.extend([parked(17, ParkReason::KeyMissing), parked(18, ParkReason::JsonBroken)]);
    world.archive.settle(batch.id, all).await.unwrap();
    intact(world, look, "four that wait").await;
    world.clock.advance_ms(DAY_MS);
    let items = waiting(world).await;
    let item = |seq: u64| items.iter().find(|item| item.seq == seq).unwrap().id;
    let ready = |seq: u64| settled(vec![world.message(seq, "zhang", &["wmA"], "at last")]).remove(0);
    let tried = vec![(item(17), ready(17)), (item(18), parked(18, ParkReason::DecryptFailed))];
    world.archive.settle_parked(tried).await.unwrap();
    intact(world, look, "one archived on a later day, one tried in vain").await;

    // The same message comes again while its first delivery waits, which then is a double, or a conflict.
    world.settle(vec![again(world.message(18, "zhang", &["wmA"], "at last"), 19)]).await;
    world.archive.settle_parked(vec![(item(18), ready(18))]).await.unwrap();
    intact(world, look, "a parked item that became a double").await;
    let batch = world.archive.store_intake(world.source, vec![envelope(20, "m20")]).await.unwrap();
    world.archive.settle(batch.id, vec![parked(20, ParkReason::KeyMissing)]).await.unwrap();
    world.settle(vec![again(world.message(20, "zhang", &["wmA"], "faster"), 21)]).await;
    let late = waiting(world).await.iter().find(|item| item.seq == 20).unwrap().id;
    world.archive.settle_parked(vec![(late, ready(20))]).await.unwrap();
    intact(world, look, "a parked item that became a conflict").await;

    world.settle(vec![world.message(24, "zhang", &["wmA"], "after a gap")]).await;
    world.settle(vec![world.message(29, "zhang", &["wmA"], "after another")]).await;
    intact(world, look, "gaps").await;
    world
        .settle(vec![world.message(26, "zhang", &["wmA"], "late"), world.message(22, "zhang", &["wmA"], "late")])
        .await;
    intact(world, look, "gaps that were filled in part").await;
}

/// Sources without envelopes: one with numbers of its own, one without any.
async fn direct(world: &World, look: Look) {
    let sources: [(&str, Option<u64>); 2] = [("mail:box", Some(900)), ("mail:other", None)];
    for (key, cursor) in sources {
        let source: SourceId = world.archive.ensure_source(key, key).await.unwrap();
        let messages = [7, 100, 3].map(|seq| message(source, seq, "zhang", &["wmA"], "direct"));
        world.archive.append_direct(source, cursor, messages.to_vec()).await.unwrap();
        let mut other = message(source, 3, "zhang", &["wmA"], "other bytes");
        other.header.seq = 101;
        world.archive.append_direct(source, cursor, vec![messages[0].clone(), other]).await.unwrap();
        intact(world, look, key).await;
    }
    world.sequence().await;
}

#[tokio::test]
async fn every_normal_flow_leaves_it_intact() {
    for (test, world) in worlds().await {
        fill(&world, Look::AtEachStep).await;
        let status = world.archive.status().await.unwrap();
        assert!(status.sources.iter().all(|source| source.missing == 0), "{:?}", status.sources);
        let reopened = crate::fixture::open(&test, 2).await;
        let open = reopened.archive.open_intake(world.source, crate::BatchId::new(0)).await.unwrap().remove(0);
        let messages = (30..33).map(|seq| reopened.message(seq, "wmA", &["zhang"], "after a crash"));
        reopened.archive.settle(open.id, settled(messages.collect())).await.unwrap();
        intact(&reopened, Look::AtEachStep, "settled after a crash").await;
        reopened.sequence().await;
        let report = reopened.verify().await;
        assert!(report.is_intact() && report.notes.is_empty(), "{report:?}");
        assert_eq!((report.media, report.objects, report.pending), (2, 2, 0));
        assert_eq!(report.carried[0].checkpoint.origin, "test/audit");
        assert!(report.unchecked.iter().any(|what| what.contains("cursor of mail:box")), "{:?}", report.unchecked);
    }
}
