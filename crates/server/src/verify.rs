//! `xinlu verify`: is everything in this data directory what was once archived?
//!
//! Offline: no server may use the directory meanwhile. It changes nothing and prints one line for each thing that is wrong.

mod cross;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use xinlu_archive::{VerifyInput, VerifyProblem, VerifyReport, verify};
use xinlu_blob::BlobStore;
use xinlu_db::Db;
use xinlu_identity::{Directory, verify_audit};
use xinlu_keys::KeyRing;
use xinlu_ledger::{LogName, LogReport, head, verify_directory};
use xinlu_tlog::Signer;

use crate::app::{Failure, World, key_rows, origin, rows, signing_key};
use crate::command::Place;
use crate::config::Config;
use crate::data::DataLayout;
use cross::{Carried, OtherLog, carried_by_audit, hold_against};

/// Something is not as it was.
const ALTERED: u8 = 1;
/// It could not be checked.
const WRONG_USE: u8 = 2;
/// The embedded database.
const ROWS: &str = "xinlu.db";

/// Runs it; the exit code is the answer.
pub async fn run(place: &Place, saved: Option<&Path>) -> ExitCode {
    match check(place, saved).await {
        Ok(report) => {
            print(&report);
            if report.is_intact() { ExitCode::SUCCESS } else { ExitCode::from(ALTERED) }
        }
        Err(error) => {
            eprintln!("xinlu verify: {error}");
            ExitCode::from(WRONG_USE)
        }
    }
}

async fn check(place: &Place, saved: Option<&Path>) -> Result<VerifyReport, Failure> {
    let config = place.config()?;
    let layout = DataLayout::new(&config.data.0);
    layout.expect_present()?;
    let _lock = layout.lock()?;
    let saved = saved.map(std::fs::read_to_string).transpose()?;
    let world = World::system();
    // A database beside the logs that cannot be read is one that was altered; a server elsewhere may only be away.
    let embedded = config.database.url.is_none();
    if embedded && !layout.root().join(ROWS).is_file() {
        return Ok(logs_alone(&layout, saved, "missing").await);
    }
    let mut report = match verify_rows(&config, &layout, &world, saved.clone()).await {
        Ok(report) => report,
        Err(error) if embedded => return Ok(logs_alone(&layout, saved, &format!("cannot be read: {error}")).await),
        Err(error) => return Err(error),
    };
    for log in [LogName::Archive, LogName::Audit] {
        signer(&layout, &world, log, &mut report);
    }
    Ok(report)
}

/// Everything there is rows for.
async fn verify_rows(
    config: &Config,
    layout: &DataLayout,
    world: &World,
    saved_checkpoint: Option<String>,
) -> Result<VerifyReport, Failure> {
    let db = Db::open(&rows(config, layout)).map_err(Failure::part)?;
    let (keys, keys_missing) = match keys(config, layout, world).await {
        Ok(keys) => (Some(keys), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let input = VerifyInput {
        keys,
        blobs: BlobStore::directory(&layout.blobs()).map_err(Failure::part)?,
        log_directory: folder(layout, LogName::Archive),
        saved_checkpoint,
        directory: Directory::open(db.clone(), Arc::clone(&world.clock)),
        db: db.clone(),
    };
    let mut report = verify(input).await.map_err(Failure::part)?;
    report.unchecked.extend(keys_missing.map(|cause| format!("the keys cannot be used: {cause}")));
    if let Err(error) = audit(&db, layout, &mut report).await {
        report.problems.push(problem("audit trail", &format!("cannot be read: {error}")));
    }
    Ok(report)
}

fn folder(layout: &DataLayout, log: LogName) -> PathBuf {
    layout.logs().join(log.folder())
}

fn problem(place: &str, what: &str) -> VerifyProblem {
    VerifyProblem { place: place.to_owned(), what: what.to_owned() }
}

/// What the files of the logs alone can tell when the rows cannot be read.
async fn logs_alone(layout: &DataLayout, saved: Option<String>, what: &str) -> VerifyReport {
    let mut report = VerifyReport { problems: vec![problem(ROWS, what)], ..VerifyReport::default() };
    for (log, saved) in [(LogName::Archive, saved), (LogName::Audit, None)] {
        let Some(read) = read_log(layout, log, saved).await else { continue };
        log_problems(log, &read, &mut report);
        report.leaves += read.tree_size;
    }
    report.unchecked.push("records, media and the audit trail were not checked: their rows cannot be read".to_owned());
    report
}

/// The files of a log; `None` when the program is stopping.
async fn read_log(layout: &DataLayout, log: LogName, saved: Option<String>) -> Option<LogReport> {
    let folder = folder(layout, log);
    tokio::task::spawn_blocking(move || verify_directory(&folder, saved.as_deref())).await.ok()
}

fn log_problems(log: LogName, read: &LogReport, report: &mut VerifyReport) {
    for one in &read.problems {
        let position = one.position.as_ref().map(|position| format!(" {position}")).unwrap_or_default();
        report.problems.push(problem(&format!("log/{}/{}{position}", log.folder(), one.file), &one.what));
    }
}

/// The log's public key must be that of the signing key, or somebody may have written a new log under a key of their own.
fn signer(layout: &DataLayout, world: &World, log: LogName, report: &mut VerifyReport) {
    let place = format!("log/{}/vkey", log.folder());
    let known = layout.existing_key(&signing_key(log)).is_ok() && layout.existing_key("installation").is_ok();
    let expected = known.then(|| expected_vkey(layout, world, log)).and_then(Result::ok);
    let Some(expected) = expected else {
        let what = "was not compared with the signing key, which is not at hand; compare it with one you kept";
        report.unchecked.push(format!("{place} {what}"));
        return;
    };
    let found = std::fs::read_to_string(layout.logs().join(log.folder()).join("vkey")).unwrap_or_default();
    if found.trim() != expected {
        report.problems.push(VerifyProblem { place, what: "is not the public key of this installation".to_owned() });
    }
}

fn expected_vkey(layout: &DataLayout, world: &World, log: LogName) -> Result<String, Failure> {
    let seed = layout.existing_key(&signing_key(log))?;
    let origin = origin(layout, log, world.random.as_ref())?;
    let signer = Signer::from_seed(&origin, &seed)
        .map_err(|error| Failure::Part { code: "ledger.key", cause: error.to_string() })?;
    Ok(signer.verifier().to_string())
}

async fn keys(config: &Config, layout: &DataLayout, world: &World) -> Result<Arc<KeyRing>, Failure> {
    let root = layout.existing_key("root.key")?;
    if config.database.keys_url.is_none() && !layout.keys().join("keys.db").is_file() {
        return Err(Failure::Part { code: "keys.missing", cause: "there is no keys.db".to_owned() });
    }
    let db = Db::open(&key_rows(config, layout)).map_err(Failure::part)?;
    let opened = KeyRing::open(db, root, Arc::clone(&world.random), Arc::clone(&world.clock));
    opened.await.map_err(Failure::part)
}

/// The audit trail: the files of its log, every entry against its leaf, and the checkpoints that the logs carry of one
/// another.
async fn audit(db: &Db, layout: &DataLayout, report: &mut VerifyReport) -> Result<(), Failure> {
    let Some(mut log) = read_log(layout, LogName::Audit, None).await else { return Ok(()) };
    log_problems(LogName::Audit, &log, report);
    match head(db, LogName::Audit).await {
        Ok(head) => {
            let check = log.check_head(head.as_ref());
            report.problems.extend(check.wrong.iter().map(|what| problem("ledger_heads of the audit log", what)));
        }
        Err(error) => report.problems.push(problem("ledger_heads of the audit log", &error.to_string())),
    }
    let size = log.tree_size;
    hold_against(
        &report.carried.iter().map(Carried::by_archive).collect::<Vec<_>>(),
        &OtherLog { name: "log/audit", origin: &log.origin, size, folder: folder(layout, LogName::Audit) },
        &mut report.problems,
        &mut report.unchecked,
    );
    let entries = verify_audit(db, &log).await.map_err(Failure::part)?;
    report.notes.push(format!("audit trail: {} entries in the log, {} waiting", entries.logged, entries.pending));
    for one in entries.problems {
        report.problems.push(problem(&format!("audit entry {}", one.id), &one.to_string()));
    }
    report.problems.extend(entries.placements.iter().map(|what| problem("ledger_placements of the audit log", what)));
    let carried = carried_by_audit(&entries.others, &mut report.problems);
    hold_against(
        &carried,
        &OtherLog {
            name: "log/archive",
            origin: &report.origin,
            size: report.leaves,
            folder: folder(layout, LogName::Archive),
        },
        &mut report.problems,
        &mut report.unchecked,
    );
    let count = carried.len() + report.carried.len();
    report.notes.push(format!("{count} checkpoints of the logs are carried by one another"));
    Ok(())
}

fn print(report: &VerifyReport) {
    for problem in &report.problems {
        println!("ALTERED {problem}");
    }
    for unchecked in &report.unchecked {
        println!("not checked: {unchecked}");
    }
    for note in &report.notes {
        println!("note: {note}");
    }
    println!(
        "{} records, {} media items, {} objects, {} leaves ({} pending), {} waiting",
        report.records, report.media, report.objects, report.leaves, report.pending, report.waiting
    );
    if report.is_intact() {
        println!("intact");
    } else {
        println!("{} problem(s)", report.problems.len());
    }
}
