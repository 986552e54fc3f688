//! A batch that cannot be settled stays open and is named, and holds up nothing after it.

use xinlu_archive::{BatchId, ParkReason};
use xinlu_db::{Db, DbConfig, Statement, Value, sql};
use xinlu_model::SourceId;

use super::{envelope, intake, parked, pass, records, save_key};
use crate::WecomArchiveConfig;
use crate::testing::{CONTACT, CorpKey, World, said};

// The key of the first subject can no longer be opened.
sql!(SPOIL = "UPDATE keys_subjects SET epoch = epoch + 900 WHERE number = 1");
sql!(MEND = "UPDATE keys_subjects SET epoch = epoch - 900 WHERE number = 1");
sql!(KEY = "SELECT tag, alias, epoch, wrapped, created_at FROM keys_subjects WHERE number = 1"
    => tag: Bytes, alias: Bytes, epoch: Int, wrapped: Bytes, created_at: Int);
sql!(LOSE = "DELETE FROM keys_subjects WHERE number = 1");
sql!(FORGET = "DELETE FROM keys_subjects WHERE tag = $1");
sql!(
    FIND = "INSERT INTO keys_subjects (number, tag, alias, epoch, wrapped, created_at) VALUES (1, $1, $2, $3, $4, $5)"
);
sql!(COUNT_WRONG = "UPDATE archive_intake SET envelope_count = envelope_count + 1 WHERE source_id = 1");

async fn execute(db: &Db, statement: &'static Statement) {
    execute_with(db, statement, Vec::new()).await;
}

async fn execute_with(db: &Db, statement: &'static Statement, values: Vec<Value>) {
    let mut tx = db.begin().await.expect("begins");
    tx.execute(statement, values).await.expect("executed");
    tx.commit().await.expect("committed");
}

fn keys(world: &World) -> Db {
    Db::open(&DbConfig::Sqlite { path: world.test.folder.path().join("keys.db") }).expect("opens")
}

async fn msgids(world: &World) -> Vec<String> {
    records(world).await.into_iter().map(|record| record.0).collect()
}

/// Ids of the batches that can be read and are not settled; envelopes that are not settled.
async fn open(world: &World, source: SourceId) -> (Vec<i64>, u64) {
    let batches = world.archive.open_intake(source, BatchId::new(0)).await.expect("listed");
    let status = world.archive.status().await.expect("counted").sources.remove(0);
    (batches.iter().map(|batch| batch.id.number()).collect(), status.open)
}

/// One message a batch.
fn config(world: &World) -> WecomArchiveConfig {
    WecomArchiveConfig { fetch_limit: 1, ..world.config() }
}

#[tokio::test]
async fn damage_met_while_settling_costs_only_its_batch() {
    for world in World::both().await {
        let key = CorpKey::new();
        save_key(&world, 1, &key);
        let to = |seq: u64, to: &str| {
            let msgid = format!("m{seq}");
            key.item(seq, &msgid, 1, &said(&msgid, "ken", to, "", "文"))
        };
        world.traffic(&[to(1, CONTACT)]);
        let (source, first) = intake(&world, config(&world)).await;
        assert!(pass(&first).await);
        drop(first);
        execute(&keys(&world), &SPOIL).await;

        let world = world.reopened().await;
        let (_, second) = intake(&world, config(&world)).await;
        world.traffic(&[to(1, CONTACT), to(2, CONTACT), to(3, "li")]);
        assert!(pass(&second).await);
        world.traffic(&[to(1, CONTACT), to(2, CONTACT), to(3, "li"), to(4, "li")]);
        for _ in 0..2 {
            assert!(pass(&second).await, "the source answers as it should");
            assert_eq!(msgids(&world).await, ["m3", "m4"], "m1 cannot be opened meanwhile either");
            assert_eq!(open(&world, source).await, (vec![2], 1));
            let trouble = second.status().trouble.expect("told for as long as it stays");
            assert_eq!((trouble.name.as_str(), trouble.needs_person), ("batch_left_open", true));
            assert!(trouble.detail.contains("batch 2 "), "{}", trouble.detail);
        }
        drop(second);

        execute(&keys(&world), &MEND).await;
        let world = world.reopened().await;
        let (_, third) = intake(&world, config(&world)).await;
        assert!(pass(&third).await);
        assert_eq!(msgids(&world).await, ["m1", "m3", "m4", "m2"]);
        assert_eq!((open(&world, source).await, third.status().trouble), ((Vec::new(), 0), None));
    }
}

#[tokio::test]
async fn what_comes_again_while_its_record_cannot_be_read_waits_and_is_compared_later() {
    for world in World::both().await {
        let key = CorpKey::new();
        save_key(&world, 1, &key);
        let of = |seq: u64| key.item(seq, "m1", 1, &said("m1", "ken", CONTACT, "", "文"));
        world.traffic(&[of(1)]);
        let (source, first) = intake(&world, world.config()).await;
        assert!(pass(&first).await);
        drop(first);
        let mut lost = keys(&world).query(&KEY, Vec::new()).await.expect("read").remove(0);
        let mut bytes = || Value::from(lost.bytes().expect("bytes"));
        let (tag, alias) = (bytes(), bytes());
        let epoch = Value::from(lost.int().expect("a number"));
        let wrapped = Value::from(lost.bytes().expect("bytes"));
        let created_at = Value::from(lost.int().expect("a number"));
        execute(&keys(&world), &LOSE).await;

        let world = world.reopened().await;
        world.traffic(&[of(1), of(2)]);
        let (_, second) = intake(&world, world.config()).await;
        assert!(pass(&second).await);
        assert_eq!(parked(&world, source).await, [(2, ParkReason::RecordUnreadable, 0)]);
        assert_eq!(second.status().duplicates, 0, "what may be the only copy is not taken for a second one");
        drop(second);

        // The keys come back from a backup; the one made meanwhile goes.
        execute_with(&keys(&world), &FORGET, vec![tag.clone()]).await;
        execute_with(&keys(&world), &FIND, vec![tag, alias, epoch, wrapped, created_at]).await;
        let world = world.reopened().await;
        let (_, third) = intake(&world, world.config()).await;
        third.retry_parked();
        assert!(pass(&third).await);
        assert_eq!((parked(&world, source).await, msgids(&world).await), (Vec::new(), vec!["m1".to_owned()]));
        let status = world.archive.status().await.expect("counted").sources.remove(0);
        assert_eq!((status.archived, status.duplicates, status.missing), (1, 1, 0));
    }
}

#[tokio::test]
async fn a_batch_whose_row_is_wrong_costs_only_itself() {
    let world = World::new().await;
    let key = CorpKey::new();
    save_key(&world, 1, &key);
    let items: Vec<_> = (1..=3)
        .map(|seq| key.item(seq, &format!("m{seq}"), 1, &said(&format!("m{seq}"), "ken", "li", "", "文")))
        .collect();
    world.traffic(&items);
    let (source, intake) = intake(&world, config(&world)).await;
    world.archive.store_intake(source, vec![envelope(&items[0])]).await.expect("stored");
    execute(&world.test.db, &COUNT_WRONG).await;
    assert!(pass(&intake).await);
    assert_eq!(msgids(&world).await, ["m2", "m3"]);
    let (batches, _) = open(&world, source).await;
    assert_eq!(batches, [1]);
    let trouble = intake.status().trouble.expect("told");
    assert!(trouble.name == "batch_left_open" && trouble.detail.contains("batch 1 "), "{trouble:?}");
}
