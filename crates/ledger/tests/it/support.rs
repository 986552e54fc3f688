//! A log on a test database, and leaves whose content follows from their reference.
//!
//! Nothing here knows how the ledger stores anything.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use xinlu_db::Db;
use xinlu_ledger::{Ledger, LedgerError, LogName, MIGRATIONS, RefKind, StepHook, submit};
use xinlu_testkit::{SetClock, TestDb, both, sqlite};

pub const ORIGIN: &str = "xinlu.example/archive";
pub const SEED: [u8; 32] = [7; 32];

pub struct TestLog {
    pub test_db: TestDb,
    pub directory: PathBuf,
}

impl TestLog {
    pub async fn both() -> Vec<Self> {
        both(&[MIGRATIONS]).await.into_iter().map(Self::beside).collect()
    }

    /// SQLite, and PostgreSQL too when slow tests are wanted.
    pub async fn one_or_both() -> Vec<Self> {
        if slow_tests() { Self::both().await } else { vec![Self::sqlite().await] }
    }

    pub async fn sqlite() -> Self {
        Self::beside(sqlite(&[MIGRATIONS]).await)
    }

    fn beside(test_db: TestDb) -> Self {
        let directory = test_db.folder.path().join("log/archive");
        Self { test_db, directory }
    }

    pub fn db(&self) -> &Db {
        &self.test_db.db
    }

    pub async fn open(&self) -> Arc<Ledger> {
        self.try_open(None).await.unwrap()
    }

    pub async fn try_open(&self, hook: Option<StepHook>) -> Result<Arc<Ledger>, LedgerError> {
        open_at(self.db(), &self.directory, SEED, hook).await
    }

    pub async fn submit(&self, kind: RefKind, first: u64, count: u64) {
        let leaves: Vec<_> = (first..first + count).map(|reference| leaf(kind, reference)).collect();
        let mut tx = self.db().begin().await.unwrap();
        submit(&mut tx, LogName::Archive, kind, first, &leaves).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// Whether tests of more than a second are wanted.
pub fn slow_tests() -> bool {
    let wanted = std::env::var_os("SLOW_TESTS").is_some_and(|value| value == "1");
    if !wanted {
        println!("SKIPPED in part: SLOW_TESTS=1 is not set");
    }
    wanted
}

pub async fn open_at(
    db: &Db,
    directory: &Path,
    seed: [u8; 32],
    hook: Option<StepHook>,
) -> Result<Arc<Ledger>, LedgerError> {
    let clock = SetClock::new();
    Ledger::open_with_hook(db.clone(), directory.to_owned(), LogName::Archive, ORIGIN, seed, clock, hook).await
}

/// Sequences until nothing waits.
pub async fn drain(ledger: &Arc<Ledger>) -> u64 {
    let mut total = 0;
    loop {
        match ledger.sequence_once().await.unwrap() {
            0 => return total,
            placed => total += placed,
        }
    }
}

pub fn leaf(kind: RefKind, reference: u64) -> Vec<u8> {
    format!("leaf {} {reference} {}", kind.0, "x".repeat(reference as usize % 60)).into_bytes()
}

/// All files below a directory by path.
pub fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(directory).unwrap().to_string_lossy().into_owned();
                found.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    found
}

pub fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        let target = to.join(name);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, bytes).unwrap();
    }
}
