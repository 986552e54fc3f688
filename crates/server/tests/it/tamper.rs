//! One bit flipped in each of many stored records, media objects and log files: every one is named by `xinlu verify`.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::Value;

use crate::crash::sum;
use crate::stand::{Stand, slow_tests};

/// Things altered at once; each must be named although others are altered as well.
const BATCH: usize = 250;
/// Columns of a record that say something of it.
const COLUMNS: [&str; 8] = ["body", "header", "kind", "sent_at", "conversation_id", "sender", "seq", "subject"];

/// What is altered, and what must then stand in the report.
enum Target {
    Record { id: i64, column: &'static str },
    File(PathBuf),
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, found);
        } else if std::fs::metadata(&path).is_ok_and(|about| about.len() > 0) {
            found.push(path);
        }
    }
}

fn targets(data: &Path, wanted: usize) -> Vec<Target> {
    let mut files = Vec::new();
    files_below(&data.join("log/archive"), &mut files);
    files_below(&data.join("log/audit"), &mut files);
    files_below(&data.join("blobs"), &mut files);
    files.sort();
    let db = Connection::open(data.join("xinlu.db")).unwrap();
    let mut statement = db.prepare("SELECT id FROM archive_records ORDER BY id").unwrap();
    let ids: Vec<i64> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let records = ids.into_iter().zip(COLUMNS.iter().cycle()).map(|(id, column)| Target::Record { id, column });
    files.into_iter().map(Target::File).chain(records).take(wanted).collect()
}

/// Flips a bit; returns how to undo it.
fn flip(data: &Path, target: &Target, turn: usize) -> Box<dyn FnOnce()> {
    match target {
        Target::File(path) => {
            let before = std::fs::read(path).unwrap();
            let mut after = before.clone();
            let at = (turn * 7919) % after.len();
            after[at] ^= 1 << (turn % 8);
            std::fs::write(path, after).unwrap();
            let path = path.clone();
            Box::new(move || std::fs::write(path, before).unwrap())
        }
        Target::Record { id, column } => {
            let db = Connection::open(data.join("xinlu.db")).unwrap();
            let (id, column) = (*id, *column);
            let before: Value = db
                .query_row(&format!("SELECT {column} FROM archive_records WHERE id = {id}"), [], |row| row.get(0))
                .unwrap();
            let after = match before.clone() {
                Value::Blob(mut bytes) => {
                    let at = (turn * 7919) % bytes.len();
                    bytes[at] ^= 1 << (turn % 8);
                    Value::Blob(bytes)
                }
                Value::Integer(number) => Value::Integer(number ^ (1 << (turn % 20))),
                other => panic!("{column} holds {other:?}"),
            };
            let set = format!("UPDATE archive_records SET {column} = ?1 WHERE id = {id}");
            if db.execute(&set, [&after]).is_err() {
                // The unique rule of the source's numbers already refuses it: take one that is free.
                db.execute(&set, [Value::Integer(1 << 40 | id)]).unwrap();
            }
            let data = data.to_owned();
            Box::new(move || {
                let db = Connection::open(data.join("xinlu.db")).unwrap();
                db.execute(&set, [before]).unwrap();
            })
        }
    }
}

fn named(report: &str, data: &Path, target: &Target) -> bool {
    match target {
        Target::Record { id, .. } => report.lines().any(|line| line.contains(&format!("record {id}:"))),
        Target::File(path) => {
            let place = path.strip_prefix(data).unwrap().to_string_lossy().into_owned();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            report.lines().any(|line| line.contains(&place) || (place.starts_with("blobs") && line.contains(&name)))
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_flipped_bit_is_named() {
    let (messages, wanted) = if slow_tests() { (2_400, 2_000) } else { (200, 150) };
    let mut stand = Stand::running(messages, None).await;
    stand.until_searchable(messages).await;
    stand
        .until("all media stored", async |stand: &Stand| {
            let status = stand.get("/api/v1/archive/status").await;
            sum(&status, "/media/pending") + sum(&status, "/media/fetching") == 0
        })
        .await;
    stand.stop();
    stand.verify_intact();
    let data = stand.data();
    let targets = targets(&data, wanted);
    assert_eq!(targets.len(), wanted, "there is enough to alter");
    let mut missed = Vec::new();
    for batch in targets.chunks(BATCH) {
        let undo: Vec<_> = batch.iter().enumerate().map(|(turn, target)| flip(&data, target, turn)).collect();
        let output = stand.verify();
        assert_eq!(output.status.code(), Some(1), "an altered archive must not pass");
        let report = String::from_utf8_lossy(&output.stdout).into_owned();
        for target in batch.iter().filter(|target| !named(&report, &data, target)) {
            missed.push(match target {
                Target::Record { id, column } => format!("record {id} {column}"),
                Target::File(path) => path.display().to_string(),
            });
        }
        undo.into_iter().rev().for_each(|undo| undo());
    }
    println!("{} altered, {} named", wanted, wanted - missed.len());
    assert!(
        missed.is_empty(),
        "{} of {wanted} not named: {:?}",
        missed.len(),
        missed.iter().take(20).collect::<Vec<_>>()
    );
    stand.verify_intact();
}

/// Columns of tables that records, logs and counters imply: what to alter in which row, and what must then be named.
const ALTERED: [(&str, &str); 14] = [
    (
        "UPDATE archive_parties SET party = party + 4000 WHERE conversation_id = 1 AND party = (SELECT MAX(party) FROM archive_parties WHERE conversation_id = 1)",
        "conversation 1",
    ),
    ("UPDATE archive_conversations SET messages = messages + 1 WHERE id = 2", "conversation 2"),
    ("UPDATE archive_conversations SET kind = kind + 1 WHERE id = 3", "conversation 3"),
    ("UPDATE archive_conversations SET last_at = last_at + 1 WHERE id = 4", "conversation 4"),
    (
        "UPDATE archive_consents SET consent = 3 - consent WHERE record_id = (SELECT MIN(record_id) FROM archive_consents)",
        "consent of record",
    ),
    (
        "UPDATE archive_revocations SET target = target + 1 WHERE record_id = (SELECT MIN(record_id) FROM archive_revocations)",
        "revocation by record",
    ),
    ("UPDATE archive_media SET kind = kind + 1 WHERE id = 1", "media 1"),
    (
        "UPDATE archive_days SET received = received + 1 WHERE rowid = (SELECT MIN(rowid) FROM archive_days)",
        "intake of wecom:",
    ),
    ("UPDATE archive_parked SET reason = 99 WHERE id = 1", "parked item 1"),
    ("UPDATE archive_sources SET cursor = cursor + 7 WHERE id = 1", "source wecom:"),
    (
        "UPDATE jobs_journal SET event = REPLACE(event, '\"count\":', '\"count\":1') WHERE position = 1",
        "journal position 1",
    ),
    ("UPDATE ledger_heads SET size = size + 1 WHERE log = 1", "ledger_heads"),
    ("UPDATE ledger_heads SET checkpoint = LOWER(checkpoint) WHERE log = 2", "ledger_heads of the audit log"),
    ("UPDATE identity_audit SET outcome = 9 WHERE id = 1", "audit entry 1"),
];

/// Rows that are deleted, and what must then be named.
const DELETED: [(&str, &str); 9] = [
    (
        "DELETE FROM archive_parties WHERE conversation_id = 2 AND party = (SELECT MAX(party) FROM archive_parties WHERE conversation_id = 2)",
        "conversation 2",
    ),
    (
        "DELETE FROM archive_consents WHERE record_id = (SELECT MAX(record_id) FROM archive_consents)",
        "consent of record",
    ),
    (
        "DELETE FROM archive_revocations WHERE record_id = (SELECT MAX(record_id) FROM archive_revocations)",
        "revocation by record",
    ),
    ("DELETE FROM archive_media WHERE id = (SELECT MAX(id) FROM archive_media)", "media item"),
    ("DELETE FROM archive_parked WHERE id = 1", "intake of wecom:"),
    ("DELETE FROM jobs_journal WHERE position = 2", "journal position 2"),
    ("DELETE FROM jobs_journal WHERE position = (SELECT MAX(position) FROM jobs_journal)", "journal"),
    ("DELETE FROM archive_conversations WHERE id = 3", "conversation 3"),
    ("DELETE FROM identity_audit WHERE id = 2", "audit entry 2"),
];

/// Runs statements on the rows, then `xinlu verify`; then puts the rows back. Answers exit code and report.
fn with_rows(stand: &Stand, alter: impl FnOnce(&Path)) -> (Option<i32>, String) {
    let (rows, kept) = (stand.data().join("xinlu.db"), stand.folder.path().join("kept.db"));
    let db = Connection::open(&rows).unwrap();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(db);
    std::fs::copy(&rows, &kept).unwrap();
    alter(&rows);
    let output = stand.verify();
    for end in ["db-wal", "db-shm"] {
        let _ = std::fs::remove_file(rows.with_extension(end));
    }
    std::fs::copy(&kept, &rows).unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

fn altering(stand: &Stand, statements: &[(&str, &str)]) -> (Option<i32>, String) {
    with_rows(stand, |rows| {
        let db = Connection::open(rows).unwrap();
        for (statement, _) in statements {
            assert_eq!(db.execute(statement, []).unwrap(), 1, "{statement}");
        }
    })
}

fn assert_named(report: &str, place: &str) {
    let is_named = report.lines().any(|line| line.starts_with("ALTERED ") && line.contains(place));
    assert!(is_named, "{place} is not named: {report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_or_deleted_row_of_every_table_is_named() {
    let messages = 400;
    let faults = serde_json::json!({"messages": {"at_seq": {"70": "broken_json", "80": "withheld_key_version"}}});
    let mut stand = Stand::running(messages, Some(&faults)).await;
    stand.until_searchable(messages - 2).await;
    stand.stop();
    stand.verify_intact();
    for statements in [&ALTERED[..], &DELETED[..]] {
        let (code, report) = altering(&stand, statements);
        assert_eq!(code, Some(1), "{report}");
        for (_, place) in statements {
            assert_named(&report, place);
        }
    }
    stand.verify_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_cannot_be_made_is_told_and_stops_no_other() {
    let mut stand = Stand::running(100, None).await;
    stand.until_searchable(100).await;
    stand.stop();
    stand.verify_intact();
    let gone = [
        ("DROP TABLE archive_parties", "archive_parties"),
        ("DROP TABLE archive_media", "archive_media"),
        ("DROP TABLE jobs_journal", "jobs_journal"),
        ("DROP TABLE archive_parked", "archive_parked"),
        ("DROP TABLE identity_audit", "audit trail"),
    ];
    let (code, report) = with_rows(&stand, |rows| {
        let db = Connection::open(rows).unwrap();
        for (statement, _) in gone {
            db.execute(statement, []).unwrap();
        }
        db.execute("UPDATE archive_records SET kind = kind + 1 WHERE id = 99", []).unwrap();
        db.execute("UPDATE archive_conversations SET messages = messages + 1 WHERE id = 1", []).unwrap();
    });
    assert_eq!(code, Some(1), "{report}");
    for (_, place) in gone {
        assert_named(&report, place);
    }
    assert_named(&report, "record 99");
    assert_named(&report, "conversation 1");
    assert!(report.contains("100 records"), "{report}");

    // A database that is none, and one that is not there: the logs are checked all the same.
    let checkpoint = stand.data().join("log/archive/checkpoint");
    let note = std::fs::read(&checkpoint).unwrap();
    let mut changed = note.clone();
    changed[40] ^= 1;
    std::fs::write(&checkpoint, changed).unwrap();
    let spoil = |rows: &Path| std::fs::write(rows, b"this is no database").unwrap();
    let remove = |rows: &Path| std::fs::remove_file(rows).unwrap();
    for alter in [&spoil as &dyn Fn(&Path), &remove] {
        let (code, report) = with_rows(&stand, alter);
        assert_eq!(code, Some(1), "{report}");
        assert_named(&report, "xinlu.db");
        assert_named(&report, "log/archive/checkpoint");
    }
    std::fs::write(&checkpoint, note).unwrap();

    // A folder where a file should be cannot be read by anybody.
    let vkey = stand.data().join("log/audit/vkey");
    let text = std::fs::read(&vkey).unwrap();
    std::fs::remove_file(&vkey).unwrap();
    std::fs::create_dir(&vkey).unwrap();
    let (code, report) = altering(&stand, &[("UPDATE archive_records SET kind = kind + 1 WHERE id = 7", "record 7")]);
    assert_eq!(code, Some(1), "{report}");
    assert_named(&report, "log/audit/vkey");
    assert_named(&report, "record 7");
    std::fs::remove_dir(&vkey).unwrap();
    std::fs::write(&vkey, text).unwrap();
    stand.verify_intact();
}
