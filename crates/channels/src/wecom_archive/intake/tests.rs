//! From a worker's answers to records in the archive, with everything that can be wrong with a message.

mod kept;
mod left_open;

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::watch;
use xinlu_archive::{Envelope, ParkReason};
use xinlu_model::{MessageKind, ParkedId, RecordId, SourceId};

use super::{Intake, IntakeDeps};
use crate::WecomArchiveConfig;
use crate::testing::{CorpKey, World, text};

async fn intake(world: &World, config: WecomArchiveConfig) -> (SourceId, Arc<Intake>) {
    let source = world.archive.ensure_source("wecom:wwcorp", "corp").await.expect("made");
    let deps = IntakeDeps { archive: Arc::clone(&world.archive), clock: world.clock.clone(), worker: world.worker() };
    (source, Intake::new(deps, "wwcorp", source, config))
}

async fn pass(intake: &Arc<Intake>) -> bool {
    let (_sender, mut stop) = watch::channel(false);
    intake.pass(&mut stop).await.expect("nothing of ours fails")
}

async fn parked(world: &World, source: SourceId) -> Vec<(u64, ParkReason, u32)> {
    let items = world.archive.parked(Some(source), None, ParkedId::new(0), 100).await.expect("listed");
    let mut items: Vec<_> = items.into_iter().map(|item| (item.seq, item.reason, item.attempts)).collect();
    items.sort_unstable_by_key(|item| item.0);
    items
}

/// msgid and kind of all records in order.
async fn records(world: &World) -> Vec<(String, MessageKind)> {
    let records = world.archive.records(RecordId::new(1), 1_000).await.expect("read");
    records.iter().map(|record| (record.header.msgid.clone(), record.header.kind)).collect()
}

/// What the archive is given for an item of traffic.
fn envelope(item: &Value) -> Envelope {
    let field = |name: &str| item[name].as_str().expect("a text").to_owned();
    Envelope {
        seq: item["seq"].as_u64().expect("a number"),
        msgid: field("msgid"),
        key_version: 1,
        encrypted_key: field("encrypt_random_key"),
        encrypted_message: field("encrypt_chat_msg"),
    }
}

fn save_key(world: &World, version: u32, key: &CorpKey) {
    std::fs::write(world.keys_directory().join(format!("{version}.pem")), key.pem()).expect("written");
}

#[tokio::test]
async fn every_fault_ends_in_its_named_state_and_the_rest_goes_on() {
    let world = World::new().await;
    let (first, second) = (CorpKey::new(), CorpKey::new());
    save_key(&world, 1, &first);
    let mut short = first.item(7, "m7", 1, "short");
    short["encrypt_chat_msg"] = json!("QUJDREVGR0hJ");
    let mut odd = first.item(12, "m12", 1, &text("m12", "x"));
    odd["encrypt_random_key"] = json!("***");
    world.traffic(&[
        first.item(1, "m1", 1, &text("m1", "一")),
        first.item(
            2,
            "m2",
            1,
            r#"{"msgid":"m2","from":"ken","tolist":["li"],"msgtype":"hologram","msgtime":1767574000000}"#,
        ),
        first.item(3, "m3", 1, "{ this is no JSON"),
        second.item(4, "m4", 2, &text("m4", "四")),
        second.item(5, "m5", 1, &text("m5", "五")),
        first.item(6, "m6", 1, "abort here"),
        short,
        first.item(8, "m8", 1, "code 10008"),
        first.item(9, "m1", 1, &text("m1", "changed")),
        first.item(10, "m1", 1, &text("m1", "一")),
        first.item(11, "m11", 1, &text("m11", "十一")),
        odd,
    ]);
    let (source, intake) = intake(&world, world.config()).await;
    assert!(pass(&intake).await);
    let expected = ["m1", "m2", "m11"].map(str::to_owned);
    let archived = records(&world).await;
    assert_eq!(archived.iter().map(|record| record.0.clone()).collect::<Vec<_>>(), expected);
    assert_eq!(archived[1].1, MessageKind::Unknown);
    let waiting = |second: Option<(u64, ParkReason, u32)>| {
        let mut list = vec![
            (3, ParkReason::JsonBroken, 0),
            (5, ParkReason::KeyWrong, 0),
            (6, ParkReason::SdkCrashed, 0),
            (7, ParkReason::EnvelopeInvalid, 0),
            (8, ParkReason::DecryptFailed, 0),
            (9, ParkReason::MsgidConflict, 0),
            (12, ParkReason::EnvelopeInvalid, 0),
        ];
        list.splice(1..1, second);
        list
    };
    assert_eq!(parked(&world, source).await, waiting(Some((4, ParkReason::KeyMissing, 0))));
    let status = intake.status();
    assert_eq!((status.cursor, status.received, status.appended, status.duplicates, status.parked), (12, 12, 3, 1, 8));
    assert_eq!((status.keys_held, status.keys_seen.into_iter().collect()), (vec![1], vec![1, 2]));
    assert_eq!((status.worker_deaths, status.trouble), (2, None));

    save_key(&world, 2, &second);
    assert!(pass(&intake).await);
    assert_eq!(records(&world).await.last().map(|record| record.0.clone()), Some("m4".to_owned()));
    let mut after = waiting(None);
    after[1].2 = 1;
    assert_eq!(parked(&world, source).await, after, "the wrong key was tried again with the new set of keys");
}

#[tokio::test]
async fn a_batch_left_by_a_crash_is_settled_first_and_nothing_is_doubled() {
    let world = World::new().await;
    let key = CorpKey::new();
    save_key(&world, 1, &key);
    let items: Vec<Value> =
        (1..=5).map(|seq| key.item(seq, &format!("m{seq}"), 1, &text(&format!("m{seq}"), "文"))).collect();
    world.traffic(&items);
    let (source, intake) = intake(&world, world.config()).await;
    let left = items[..2].iter().map(envelope);
    world.archive.store_intake(source, left.collect()).await.expect("stored");
    assert!(pass(&intake).await);
    assert!(pass(&intake).await);
    let msgids: Vec<String> = records(&world).await.into_iter().map(|record| record.0).collect();
    assert_eq!(msgids, ["m1", "m2", "m3", "m4", "m5"]);
    assert!(world.archive.open_intake(source, xinlu_archive::BatchId::new(0)).await.expect("listed").is_empty());
    assert_eq!(intake.status().received, 3, "only what was not stored before is fetched");
}

#[tokio::test]
async fn pages_shrink_gaps_are_seen_and_trouble_is_told() {
    let world = World::new().await;
    let key = CorpKey::new();
    save_key(&world, 1, &key);
    let seqs = (1..=3).chain(7..=8);
    let items: Vec<Value> =
        seqs.map(|seq| key.item(seq, &format!("m{seq}"), 1, &text(&format!("m{seq}"), "文"))).collect();
    world.traffic(&items[..3]);
    let (source, right) = intake(&world, world.config()).await;
    assert!(pass(&right).await, "a page of 1 000 is too large for this corp, one of 250 is not");
    world.traffic(&items);
    assert!(pass(&right).await);
    let gaps: Vec<(u64, u64, bool)> =
        right.status().gaps.iter().map(|gap| (gap.from, gap.to, gap.beyond_window)).collect();
    assert_eq!(gaps, [(4, 6, false)]);

    let config = WecomArchiveConfig { secret: crate::Secret::new("wrong".to_owned()), ..world.config() };
    let (_, wrong) = intake(&world, config).await;
    assert!(!pass(&wrong).await);
    let trouble = wrong.status().trouble.expect("told");
    assert_eq!((trouble.name.as_str(), trouble.needs_person), ("worker", true));
    assert_eq!(world.archive.cursor(source).await.expect("read"), 8);
}
