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
