//! `xinlu verify`: is everything in this data directory what was once archived?
//!
//! Offline: no server may use the directory meanwhile. It changes nothing and prints one line for each thing that is wrong.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use xinlu_archive::{VerifyInput, VerifyProblem, VerifyReport, verify};
use xinlu_blob::BlobStore;
use xinlu_db::Db;
use xinlu_identity::{Directory, verify_audit};
use xinlu_keys::KeyRing;
use xinlu_ledger::{LogName, verify_directory};
use xinlu_tlog::Signer;

use crate::app::{Failure, World, key_rows, origin, rows, signing_key};
use crate::command::Place;
use crate::config::Config;
use crate::data::DataLayout;

/// Something is not as it was.
const ALTERED: u8 = 1;
/// It could not be checked.
const WRONG_USE: u8 = 2;

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
    let saved_checkpoint = saved.map(std::fs::read_to_string).transpose()?;
    let world = World::system();
    let db = Db::open(&rows(&config, &layout)).map_err(Failure::part)?;
    let (keys, keys_missing) = match keys(&config, &layout, &world).await {
        Ok(keys) => (Some(keys), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let input = VerifyInput {
        keys,
        blobs: BlobStore::directory(&layout.blobs()).map_err(Failure::part)?,
        log_directory: layout.logs().join(LogName::Archive.folder()),
        saved_checkpoint,
        directory: Directory::open(db.clone(), Arc::clone(&world.clock)),
        db: db.clone(),
    };
    let mut report = verify(input).await.map_err(Failure::part)?;
    report.unchecked.extend(keys_missing.map(|cause| format!("the keys cannot be used: {cause}")));
    for log in [LogName::Archive, LogName::Audit] {
        signer(&layout, &world, log, &mut report);
    }
    if let Err(error) = audit(&db, &layout, &mut report).await {
        let place = "audit trail".to_owned();
        report.problems.push(VerifyProblem { place, what: format!("cannot be read: {error}") });
    }
    Ok(report)
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

/// The audit trail: the files of its log, and every entry against its leaf.
async fn audit(db: &Db, layout: &DataLayout, report: &mut VerifyReport) -> Result<(), Failure> {
    let folder = LogName::Audit.folder();
    let log = verify_directory(&layout.logs().join(folder), None);
    for problem in &log.problems {
        let position = problem.position.as_ref().map(|position| format!(" {position}")).unwrap_or_default();
        report.problems.push(VerifyProblem {
            place: format!("log/{folder}/{}{position}", problem.file),
            what: problem.what.clone(),
        });
    }
    let entries = verify_audit(db, &log).await.map_err(Failure::part)?;
    report.notes.push(format!("audit trail: {} entries in the log, {} waiting", entries.logged, entries.pending));
    for problem in entries.problems {
        let place = format!("audit entry {}", problem.id);
        report.problems.push(VerifyProblem { place, what: problem.to_string() });
    }
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
