//! When the write-ahead files are emptied, by a clock that is told the time.

use std::path::Path;

use xinlu_db::{Db, DbConfig, Engine};
use xinlu_jobs::journal;
use xinlu_model::{Clock, Event, RecordId, SourceId};
use xinlu_testkit::{SetClock, TestDb, both};

use super::{OVERDUE_MS, WalKeeper};
use crate::app::TABLES;

async fn archive_something(test: &TestDb, clock: &SetClock) {
    let mut tx = test.db.begin().await.unwrap();
    let event = Event::MessageArchived { source: SourceId::new(1), first: RecordId::new(1), count: 1 };
    journal::append(&mut tx, clock.now(), &event).await.unwrap();
    tx.commit().await.unwrap();
}

fn bytes(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |about| about.len())
}

#[tokio::test]
async fn the_files_are_emptied_once_intake_rests_and_each_hour() {
    for test in both(&TABLES).await {
        let clock = SetClock::new();
        let keys_path = test.folder.path().join("keys.db");
        let keys_db = Db::open(&DbConfig::Sqlite { path: keys_path }).unwrap();
        keys_db.migrate(&[xinlu_keys::MIGRATIONS]).await.unwrap();
        let wals = ["test.db-wal", "keys.db-wal"].map(|name| test.folder.path().join(name));
        let mut keeper = WalKeeper::new(test.db.clone(), keys_db, clock.clone());
        archive_something(&test, &clock).await;
        assert!(!keeper.look().await.unwrap(), "something was archived since");
        archive_something(&test, &clock).await;
        assert!(!keeper.look().await.unwrap(), "and again");
        if test.db.engine() == Engine::Sqlite {
            assert!(bytes(&wals[0]) > 0, "there is something to empty");
        }
        assert!(bytes(&wals[1]) > 0);
        assert!(keeper.look().await.unwrap(), "nothing since the last look");
        assert_eq!(wals.each_ref().map(|path| bytes(path)), [0, 0]);
        assert!(!keeper.look().await.unwrap(), "it is empty");
        // Never at rest, it is done once an hour.
        archive_something(&test, &clock).await;
        assert!(!keeper.look().await.unwrap());
        archive_something(&test, &clock).await;
        clock.advance_ms(OVERDUE_MS);
        assert!(keeper.look().await.unwrap(), "overdue");
        assert_eq!(wals.each_ref().map(|path| bytes(path)), [0, 0]);
    }
}
