//! Every changed bit is named, by its record, object or file; what cannot be checked is said.

mod full;
mod tables;

use std::collections::BTreeSet;

use xinlu_db::{Value, sql};
use xinlu_model::RecordId;

use crate::VerifyReport;
use crate::fixture::{World, settled, with_media, worlds};

sql!(SET_SOURCE = "UPDATE archive_records SET source_id = $2 WHERE id = $1");
sql!(SET_IDENTITY = "UPDATE archive_records SET identity = $2 WHERE id = $1");
sql!(SET_SEQ = "UPDATE archive_records SET seq = $2 WHERE id = $1");
sql!(SET_CONVERSATION = "UPDATE archive_records SET conversation_id = $2 WHERE id = $1");
sql!(SET_KIND = "UPDATE archive_records SET kind = $2 WHERE id = $1");
sql!(SET_SENT_AT = "UPDATE archive_records SET sent_at = $2 WHERE id = $1");
sql!(SET_SENDER = "UPDATE archive_records SET sender = $2 WHERE id = $1");
sql!(SET_SUBJECT = "UPDATE archive_records SET subject = $2 WHERE id = $1");
sql!(SET_HEADER = "UPDATE archive_records SET header = $2 WHERE id = $1");
sql!(SET_BODY = "UPDATE archive_records SET body = $2 WHERE id = $1");
sql!(SET_ID = "UPDATE archive_records SET id = $2 WHERE id = $1");
sql!(DROP_RECORD = "DELETE FROM archive_records WHERE id = $1");
sql!(DROP_PENDING = "DELETE FROM ledger_pending WHERE number > $1");
sql!(SET_MEDIA_OBJECT = "UPDATE archive_media SET object = $2 WHERE id = $1");
sql!(SET_MEDIA_SIZE = "UPDATE archive_media SET size = $2 WHERE id = $1");
sql!(SET_MEDIA_STATE = "UPDATE archive_media SET state = $2 WHERE id = $1");
sql!(SET_MEDIA_RECORD = "UPDATE archive_media SET record_id = $2 WHERE id = $1");
sql!(SET_MEDIA_KIND = "UPDATE archive_media SET kind = $2 WHERE id = $1");
sql!(SET_MEDIA_ORDINAL = "UPDATE archive_media SET ordinal = $2 WHERE id = $1");
sql!(SET_REPORT = "UPDATE archive_reports SET report = $2 WHERE id = $1");
sql!(SET_PARKED = "UPDATE archive_parked SET envelope = $2 WHERE id = $1");
sql!(SET_INTAKE = "UPDATE archive_intake SET envelopes = $2 WHERE id = $1");
sql!(SET_LEAF_COUNT = "UPDATE ledger_placements SET leaf_count = $2 WHERE first_index = $1");
sql!(COLUMNS = "SELECT source_id, identity, seq, conversation_id, kind, sent_at, sender, subject
    FROM archive_records WHERE id = $1" => source_id: Int, identity: Int, seq: Int, conversation_id: Int, kind: Int,
    sent_at: Int, sender: Int, subject: Int);
sql!(ALL = "SELECT header, body FROM archive_records ORDER BY id" => header: Bytes, body: Bytes);
sql!(MEDIA_COLUMNS = "SELECT object, size, state, record_id, kind, ordinal FROM archive_media WHERE id = $1"
    => object: Bytes, size: Int, state: Int, record_id: Int, kind: Int, ordinal: Int);

async fn set(world: &World, statement: &'static xinlu_db::Statement, id: i64, value: Value) {
    let mut tx = world.db.begin().await.unwrap();
    assert_eq!(tx.execute(statement, vec![id.into(), value]).await.unwrap(), 1);
    tx.commit().await.unwrap();
}

async fn set_all(world: &World, statement: &'static xinlu_db::Statement, values: Vec<Vec<u8>>) {
    let rows: Vec<Vec<Value>> =
        values.into_iter().zip(1_i64..).map(|(value, id)| vec![id.into(), value.into()]).collect();
    let mut tx = world.db.begin().await.unwrap();
    let count = rows.len() as u64;
    assert_eq!(tx.execute_many(statement, rows).await.unwrap(), count);
    tx.commit().await.unwrap();
}

/// The problem at a place; the test fails when it is not named.
fn named(report: &VerifyReport, place: &str) -> String {
    let found: Vec<String> =
        report.problems.iter().filter(|problem| problem.place == place).map(|problem| problem.what.clone()).collect();
    assert!(!found.is_empty(), "{place} is not named: {:?}", report.problems);
    found.join("; ")
}

/// Records of pairs and a group, and two stored files.
async fn fill(world: &World) {
    let mut messages: Vec<_> = (1..=6)
        .map(|seq| {
            let contact = if seq % 2 == 0 { "wmA" } else { "wmB" };
            world.message(seq, "zhang", &[contact], &format!("第 {seq} 条"))
        })
        .collect();
    for message in messages.iter_mut().skip(4) {
        message.header.room = Some("wrG".to_owned());
    }
    messages.push(with_media(with_media(world.message(7, "zhang", &["wmA"], "files"), None, None), None, None));
    world.settle(messages).await;
    for (task, size) in world.archive.claim_media(world.source, 10, 60_000).await.unwrap().iter().zip([3_000, 70_000]) {
        let mut writer = world.archive.media_writer(task);
        writer.write(vec![7; size], "").await.unwrap();
        writer.finish().await.unwrap();
    }
    world.sequence().await;
}

/// Bits of a column that are tried: both ends and some between.
const BITS: [i64; 7] = [0, 1, 2, 5, 31, 40, 63];

/// The records that are named, each once; what follows for tables that are made of them is left out.
fn places(report: &VerifyReport) -> BTreeSet<String> {
    let all = report.problems.iter().map(|problem| problem.place.clone());
    all.filter(|place| place.starts_with("record ")).collect()
}

/// Many records alike, each of another sequence number.
async fn fill_many(world: &World, count: u64) {
    let messages = (1..=count).map(|seq| {
        let mut message = world.message(seq, "zhang", &["wmA", "li"], "第若干条");
        message.header.room = (seq % 3 == 0).then(|| "wrG".to_owned());
        message
    });
    world.settle(messages.collect()).await;
    world.sequence().await;
    assert!(world.verify().await.is_intact(), "{:?}", world.verify().await.problems);
}

#[tokio::test]
async fn every_changed_column_of_a_record_is_named() {
    let statements =
        [&SET_SOURCE, &SET_IDENTITY, &SET_SEQ, &SET_CONVERSATION, &SET_KIND, &SET_SENT_AT, &SET_SENDER, &SET_SUBJECT];
    for (_test, world) in worlds().await {
        let count = (statements.len() * BITS.len()) as i64;
        fill_many(&world, count as u64).await;
        for id in 1..=count {
            let (column, bit) = ((id - 1) as usize / BITS.len(), (id - 1) as usize % BITS.len());
            let mut row = world.db.find(&COLUMNS, vec![Value::Int(id)]).await.unwrap().unwrap();
            let mut before = 0;
            (0..=column).for_each(|_| before = row.int().unwrap());
            set(&world, statements[column], id, Value::Int(before ^ (1_i64 << BITS[bit]))).await;
        }
        let report = world.verify().await;
        let all: BTreeSet<String> = (1..=count).map(|id| format!("record {id}")).collect();
        assert_eq!(places(&report), all, "{:?}", report.problems);
    }
}

#[tokio::test]
async fn every_changed_byte_of_header_and_body_is_named() {
    for (_test, world) in worlds().await {
        fill_many(&world, 300).await;
        for (statement, is_header) in [(&SET_HEADER, true), (&SET_BODY, false)] {
            let (mut before, mut after) = (Vec::new(), Vec::new());
            for (mut row, id) in world.db.query(&ALL, vec![]).await.unwrap().into_iter().zip(1_usize..) {
                let (header, body) = (row.bytes().unwrap(), row.bytes().unwrap());
                let mut bytes = if is_header { header } else { body };
                assert!(bytes.len() < 300, "every byte of one of them is changed");
                before.push(bytes.clone());
                let place = id % bytes.len();
                bytes[place] ^= 1 << (id / bytes.len() % 8);
                after.push(bytes);
            }
            set_all(&world, statement, after).await;
            let all: BTreeSet<String> = (1..=300).map(|id| format!("record {id}")).collect();
            let report = world.verify().await;
            assert_eq!(places(&report), all, "{:?}", report.problems);
            if !is_header {
                assert_eq!(places(&world.verify_with(None, None).await), all, "ciphertexts need no keys");
            }
            set_all(&world, statement, before).await;
        }
        assert!(world.verify().await.is_intact());
        let without_keys = world.verify_with(None, None).await;
        assert!(without_keys.is_intact());
        assert!(without_keys.unchecked[0].contains("keys"), "{:?}", without_keys.unchecked);
    }
}

#[tokio::test]
async fn rows_that_are_gone_moved_or_added_are_named() {
    for (_test, world) in worlds().await {
        fill(&world).await;
        set(&world, &SET_ID, 2, Value::Int(99)).await;
        let report = world.verify().await;
        assert!(named(&report, "record 2").contains("gone"));
        assert!(named(&report, "record 99").contains("no leaf"));
        set(&world, &SET_ID, 99, Value::Int(2)).await;
        assert!(world.verify().await.is_intact());
        let mut tx = world.db.begin().await.unwrap();
        tx.execute(&DROP_RECORD, vec![Value::Int(3)]).await.unwrap();
        tx.commit().await.unwrap();
        assert!(named(&world.verify().await, "record 3").contains("gone"));
    }
}

#[tokio::test]
async fn pending_leaves_are_checked_and_missed() {
    for (_test, world) in worlds().await {
        fill(&world).await;
        world.settle(vec![world.message(8, "zhang", &["wmA"], "waits for its place")]).await;
        let report = world.verify().await;
        assert!(report.is_intact(), "{:?}", report.problems);
        assert_eq!((report.pending, report.records), (1, 8));
        set(&world, &SET_KIND, 8, Value::Int(2)).await;
        named(&world.verify().await, "record 8");
        set(&world, &SET_KIND, 8, Value::Int(1)).await;
        let mut tx = world.db.begin().await.unwrap();
        tx.execute(&DROP_PENDING, vec![Value::Int(0)]).await.unwrap();
        tx.commit().await.unwrap();
        assert!(named(&world.verify().await, "record 8").contains("no leaf"));
    }
}

#[tokio::test]
async fn media_rows_and_objects_are_named() {
    for (test, world) in worlds().await {
        fill(&world).await;
        let mut row = world.db.find(&MEDIA_COLUMNS, vec![Value::Int(2)]).await.unwrap().unwrap();
        let object = row.bytes().unwrap();
        let mut changed = object.clone();
        changed[31] ^= 1;
        set(&world, &SET_MEDIA_OBJECT, 2, changed.into()).await;
        named(&world.verify().await, "media 2");
        set(&world, &SET_MEDIA_OBJECT, 2, object.clone().into()).await;
        for statement in [&SET_MEDIA_SIZE, &SET_MEDIA_STATE, &SET_MEDIA_RECORD, &SET_MEDIA_KIND] {
            let before = row.int().unwrap();
            for bit in [0, 3] {
                set(&world, statement, 2, Value::Int(before ^ (1 << bit))).await;
                named(&world.verify().await, "media 2");
            }
            set(&world, statement, 2, Value::Int(before)).await;
        }
        set(&world, &SET_MEDIA_ORDINAL, 2, Value::Int(5)).await;
        named(&world.verify().await, "media 2");
        set(&world, &SET_MEDIA_ORDINAL, 2, Value::Int(1)).await;
        assert!(world.verify().await.is_intact(), "{:?}", world.verify().await.problems);

        let name = hex::encode(&object);
        let path = test.folder.path().join("blobs").join(&name[..2]).join(&name[2..4]).join(&name);
        let bytes = std::fs::read(&path).unwrap();
        for place in [0, 4, 10, 20, 31, 32, 50_000, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[place] ^= 0x80;
            std::fs::write(&path, changed).unwrap();
            named(&world.verify().await, &format!("object {name}"));
        }
        std::fs::remove_file(&path).unwrap();
        assert!(named(&world.verify().await, "media 2").contains("gone"));
        std::fs::write(&path, bytes).unwrap();
        assert!(world.verify().await.is_intact());
    }
}

#[tokio::test]
async fn log_files_and_a_saved_checkpoint_are_checked() {
    for (_test, world) in worlds().await {
        fill(&world).await;
        let saved = world.archive.checkpoint().await.unwrap();
        world.settle(vec![world.message(8, "zhang", &["wmA"], "later")]).await;
        world.archive.carry_checkpoint("test/audit", 5, [9; 32]).await.unwrap();
        world.sequence().await;
        let report = world.verify_with(Some(world.keys.clone()), Some(saved.clone())).await;
        assert!(report.is_intact(), "{:?}", report.problems);
        let forged = saved.replacen("9\n", "8\n", 1);
        assert!(!world.verify_with(None, Some(forged)).await.is_intact());

        let tile = world.log.join("tile/entries/000.p/11");
        let bytes = std::fs::read(&tile).unwrap();
        let mut changed = bytes.clone();
        changed[100] ^= 1;
        std::fs::write(&tile, changed).unwrap();
        let report = world.verify().await;
        let file =
            report.problems.iter().find(|problem| problem.place.starts_with("log/archive/tile/entries/000.p/11"));
        assert!(file.is_some(), "{:?}", report.problems);
        std::fs::write(&tile, bytes).unwrap();
        assert!(world.verify().await.is_intact());
    }
}

#[tokio::test]
async fn reports_parked_items_and_open_batches_are_checked() {
    for (_test, world) in worlds().await {
        let envelopes = vec![crate::fixture::envelope(1, "m1"), crate::fixture::envelope(2, "m2")];
        let batch = world.archive.store_intake(world.source, envelopes).await.unwrap();
        let mut all = settled(vec![world.message(1, "zhang", &["wmA"], "one")]);
        let (msgid, reason) = ("m2".to_owned(), crate::ParkReason::JsonBroken);
        all.push(crate::Settled::Parked { seq: 2, msgid, reason, detail: String::new() });
        world.archive.settle(batch.id, all).await.unwrap();
        let open = vec![crate::fixture::envelope(3, "m3")];
        let open = world.archive.store_intake(world.source, open).await.unwrap();
        let report = world.archive.reconcile().await.unwrap();
        assert!(report.red && report.findings[0].contains("wait"), "{:?}", report.findings);
        world.sequence().await;
        let checked = world.verify().await;
        assert!(checked.is_intact(), "{:?}", checked.problems);
        assert_eq!(checked.waiting, 2);

        set(&world, &SET_REPORT, 1, b"{}".to_vec().into()).await;
        set(&world, &SET_PARKED, 1, b"changed".to_vec().into()).await;
        set(&world, &SET_INTAKE, open.id.number(), b"changed".to_vec().into()).await;
        let report = world.verify().await;
        for place in ["report 1".to_owned(), "parked item 1".to_owned(), format!("intake batch {}", open.id)] {
            named(&report, &place);
        }
        assert_eq!(report.problems.len(), 3);
    }
}

#[tokio::test]
async fn an_index_past_a_chunk_is_walked_too() {
    for (_test, world) in worlds().await {
        for batch in 0..3 {
            let messages = (1..=700).map(|place| world.message(batch * 700 + place, "zhang", &["wmA"], "x"));
            world.settle(messages.collect()).await;
        }
        world.sequence().await;
        let report = world.verify().await;
        assert!(report.is_intact(), "{:?}", report.problems);
        assert_eq!((report.records, report.leaves), (2_100, 2_100));
        set(&world, &SET_SEQ, 1_777, Value::Int(1)).await;
        assert_eq!(named(&world.verify().await, "record 1777"), "seq is not that of its header");
        assert_eq!(world.archive.last_record().await.unwrap(), RecordId::new(2_100));
    }
}

#[tokio::test]
async fn a_changed_leaf_count_is_named_without_a_flood() {
    for (_test, world) in worlds().await {
        fill_many(&world, 10).await;
        for (count, told) in [(1_i64 << 40, "far beyond the log"), (10 + (1 << 15), "more problems of the placement")] {
            set(&world, &SET_LEAF_COUNT, 0, Value::Int(count)).await;
            let report = world.verify().await;
            assert!(named(&report, "ledger_placements").contains(told), "{:?}", report.problems);
            assert!(report.problems.len() < 9_100, "{} problems", report.problems.len());
        }
        set(&world, &SET_LEAF_COUNT, 0, Value::Int(10)).await;
        assert!(world.verify().await.is_intact());
    }
}

#[tokio::test]
async fn damage_of_one_row_stops_nothing_else() {
    for (test, world) in worlds().await {
        fill_many(&world, 3).await;
        set(&world, &SET_BODY, 2, b"changed".to_vec().into()).await;
        let mut open = Vec::new();
        for seq in [4, 5] {
            let envelopes = vec![crate::fixture::envelope(seq, "open")];
            open.push(world.archive.store_intake(world.source, envelopes).await.unwrap().id);
        }
        set(&world, &SET_INTAKE, open[0].number(), b"changed".to_vec().into()).await;
        let reopened = crate::fixture::open(&test, 2).await;
        let records = reopened.archive.records(RecordId::new(1), 10).await.unwrap();
        assert_eq!(records.iter().map(|record| record.id.number()).collect::<Vec<_>>(), [1, 3]);
        let batches = reopened.archive.open_intake(reopened.source, crate::BatchId::new(0)).await.unwrap();
        assert_eq!(batches.iter().map(|batch| batch.id).collect::<Vec<_>>(), open[1..]);
        assert!(reopened.archive.open_intake(reopened.source, open[1]).await.unwrap().is_empty());

        let mut again = reopened.message(2, "zhang", &["wmA", "li"], "第若干条");
        again.header.seq = 6;
        let settlement = reopened.settle(vec![again]).await;
        assert_eq!((settlement.appended, settlement.duplicates, settlement.parked), (0, 0, 1), "kept, as a conflict");
    }
}
