//! The exchange of checkpoints between the logs, on both engines, by a clock that is told the time.

use std::path::PathBuf;
use std::sync::Arc;

use xinlu_archive::{Archive, ArchiveDeps, CheckpointLeaf, Leaf};
use xinlu_blob::BlobStore;
use xinlu_db::{Db, DbConfig};
use xinlu_identity::Directory;
use xinlu_keys::KeyRing;
use xinlu_ledger::{Ledger, LogName, RefKind, submit, verify_directory};
use xinlu_model::{Clock, Random};
use xinlu_testkit::{SeededRandom, SetClock, TestDb, both};

use super::{Carrier, EVERY_S, Exchange};
use crate::app::TABLES;

const HOUR_MS: i64 = EVERY_S * 1_000;

struct World {
    test: TestDb,
    clock: Arc<SetClock>,
    archive: Arc<Archive>,
    logs: [Arc<Ledger>; 2],
    submitted: u64,
}

async fn log(test: &TestDb, name: LogName, clock: Arc<dyn Clock>) -> Arc<Ledger> {
    let folder = test.folder.path().join("log").join(name.folder());
    let origin = format!("xinlu.test/{}", name.folder());
    Ledger::open(test.db.clone(), folder, name, &origin, [7; 32], clock).await.unwrap()
}

async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for test in both(&TABLES).await {
        let clock = SetClock::new();
        let told: Arc<dyn Clock> = clock.clone();
        let random: Arc<dyn Random> = SeededRandom::new(5);
        let keys_db = Db::open(&DbConfig::Sqlite { path: test.folder.path().join("keys.db") }).unwrap();
        let keys = KeyRing::open(keys_db, [2; 32], random.clone(), told.clone()).await.unwrap();
        let logs = [log(&test, LogName::Archive, told.clone()).await, log(&test, LogName::Audit, told.clone()).await];
        let archive = Archive::open(ArchiveDeps {
            db: test.db.clone(),
            keys,
            blobs: BlobStore::directory(&test.folder.path().join("blobs")).unwrap(),
            ledger: logs[0].clone(),
            directory: Directory::open(test.db.clone(), told.clone()),
            clock: told,
            random,
        });
        worlds.push(World { test, clock, archive, logs, submitted: 0 });
    }
    worlds
}

impl World {
    fn carrier(&self) -> Carrier {
        Carrier {
            db: self.test.db.clone(),
            archive: self.archive.clone(),
            archive_log: self.logs[0].clone(),
            audit_log: self.logs[1].clone(),
            clock: self.clock.clone(),
        }
    }

    /// Adds leaves of something else to a log and places them.
    async fn grow(&mut self, log: LogName, leaves: u64) {
        for _ in 0..leaves {
            self.submitted += 1;
            let mut tx = self.test.db.begin().await.unwrap();
            submit(&mut tx, log, RefKind::REPORT, self.submitted, &[vec![0, 1, 2]]).await.unwrap();
            tx.commit().await.unwrap();
        }
        self.place().await;
    }

    async fn place(&self) {
        for log in &self.logs {
            while log.sequence_once().await.unwrap() > 0 {}
        }
    }

    fn folder(&self, log: LogName) -> PathBuf {
        self.test.folder.path().join("log").join(log.folder())
    }

    /// The checkpoints that a log carries.
    fn carried(&self, log: LogName) -> Vec<CheckpointLeaf> {
        let report = verify_directory(&self.folder(log), None);
        assert!(report.is_intact(), "{:?}", report.problems);
        let leaves = report.leaves().map(|leaf| leaf.unwrap().1);
        leaves
            .filter_map(|leaf| match Leaf::decode(&leaf) {
                Ok(Leaf::Checkpoint(checkpoint)) => Some(checkpoint),
                _ => None,
            })
            .collect()
    }

    fn sizes(&self, log: LogName) -> Vec<u64> {
        self.carried(log).iter().map(|checkpoint| checkpoint.size).collect()
    }

    /// An hour later.
    async fn exchange(&self) -> Exchange {
        self.clock.advance_ms(HOUR_MS);
        self.carrier().look().await.unwrap().expect("an hour is over")
    }
}

fn sizes(exchange: Exchange) -> (Option<u64>, Option<u64>) {
    (exchange.into_archive.unwrap(), exchange.into_audit.unwrap())
}

#[tokio::test]
async fn each_log_carries_the_checkpoint_of_the_other() {
    for mut world in worlds().await {
        world.grow(LogName::Archive, 3).await;
        world.grow(LogName::Audit, 2).await;
        let points = [super::point(&world.logs[0]).await.unwrap(), super::point(&world.logs[1]).await.unwrap()];
        assert_eq!(sizes(world.exchange().await), (Some(2), Some(3)));
        world.place().await;
        let at = world.clock.now();
        for (log, other) in [(LogName::Archive, &points[1]), (LogName::Audit, &points[0])] {
            let expected = CheckpointLeaf { origin: other.origin.clone(), size: other.size, root: other.root.0, at };
            assert_eq!(world.carried(log), [expected], "{log:?}");
        }
    }
}

#[tokio::test]
async fn it_is_done_once_an_hour_and_never_twice_for_the_same_tree() {
    for mut world in worlds().await {
        assert_eq!(sizes(world.exchange().await), (None, None), "an empty tree says nothing");
        world.grow(LogName::Archive, 3).await;
        world.grow(LogName::Audit, 2).await;
        world.clock.advance_ms(HOUR_MS - 1_000);
        assert!(world.carrier().look().await.unwrap().is_none(), "the hour is not over");
        world.clock.advance_ms(1_000);
        let exchange = world.carrier().look().await.unwrap().expect("an hour is over");
        assert_eq!(sizes(exchange), (Some(2), Some(3)));
        assert!(world.carrier().look().await.unwrap().is_none(), "a second process, or a start within the hour");
        // What was carried still waits for its place: neither tree has grown.
        assert_eq!(sizes(world.exchange().await), (None, None));
        world.place().await;
        assert_eq!((world.sizes(LogName::Archive), world.sizes(LogName::Audit)), (vec![2], vec![3]));
        world.grow(LogName::Archive, 5).await;
        assert_eq!(sizes(world.exchange().await), (Some(3), Some(9)));
        world.place().await;
        assert_eq!((world.sizes(LogName::Archive), world.sizes(LogName::Audit)), (vec![2, 3], vec![3, 9]));
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_stop_it() {
    for mut world in worlds().await {
        world.clock.advance_ms(1_000 * HOUR_MS);
        world.exchange().await;
        world.grow(LogName::Archive, 1).await;
        world.clock.advance_ms(-2_000 * HOUR_MS);
        assert_eq!(sizes(world.exchange().await), (None, Some(1)));
        assert!(world.carrier().look().await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_log_that_fails_does_not_stop_the_other() {
    for mut world in worlds().await {
        world.grow(LogName::Archive, 3).await;
        world.grow(LogName::Audit, 2).await;
        let checkpoint = |log| world.folder(log).join("checkpoint");
        let (archive, audit) = (checkpoint(LogName::Archive), checkpoint(LogName::Audit));

        let kept = std::fs::read(&audit).unwrap();
        std::fs::write(&audit, "no checkpoint").unwrap();
        let exchange = world.exchange().await;
        assert!(exchange.into_archive.is_err());
        assert_eq!(exchange.into_audit.unwrap(), Some(3));
        std::fs::write(&audit, kept).unwrap();
        world.place().await;

        let kept = std::fs::read(&archive).unwrap();
        std::fs::remove_file(&archive).unwrap();
        let exchange = world.exchange().await;
        // What was missed is made up for.
        assert_eq!(exchange.into_archive.unwrap(), Some(3));
        assert!(exchange.into_audit.is_err());
        std::fs::write(&archive, kept).unwrap();
        world.place().await;
        assert_eq!((world.sizes(LogName::Archive), world.sizes(LogName::Audit)), (vec![3], vec![3]));
    }
}
