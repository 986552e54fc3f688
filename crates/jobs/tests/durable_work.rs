//! Journal, queue and leases on both engines.

use std::sync::Mutex;

use async_trait::async_trait;
use xinlu_jobs::queue::{Job, JobFailure, JobHandler, enqueue, run_due};
use xinlu_jobs::{MIGRATIONS, journal, lease};
use xinlu_model::{Clock, Event, RecordId, SourceId};
use xinlu_testkit::{SetClock, both};

fn archived(first: i64) -> Event {
    Event::MessageArchived { source: SourceId::new(1), first: RecordId::new(first), count: 10 }
}

#[tokio::test]
async fn the_journal_holds_what_was_committed_in_order_and_without_gaps() {
    for test in both(&[MIGRATIONS]).await {
        let clock = SetClock::new();
        for (first, keep) in [(1, true), (11, false), (11, true), (21, true)] {
            let mut tx = test.db.begin().await.unwrap();
            journal::append(&mut tx, clock.now(), &archived(first)).await.unwrap();
            if keep {
                tx.commit().await.unwrap();
            }
        }
        let all = journal::read(&test.db, 0, 100).await.unwrap();
        assert_eq!(all, [(1, archived(1)), (2, archived(11)), (3, archived(21))]);
        assert_eq!(journal::read(&test.db, 2, 100).await.unwrap().len(), 1);
        assert_eq!(journal::end(&test.db).await.unwrap(), 3);
    }
}

/// Fails the first `failures` times.
struct Handler {
    failures: Mutex<u32>,
    ran: Mutex<Vec<String>>,
}

#[async_trait]
impl JobHandler for Handler {
    fn kind(&self) -> &'static str {
        "try"
    }

    async fn run(&self, job: &Job) -> Result<(), JobFailure> {
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            return Err(JobFailure::Retry("not yet".to_owned()));
        }
        self.ran.lock().unwrap().push(job.payload.clone());
        Ok(())
    }
}

#[tokio::test]
async fn a_job_runs_once_per_key_and_again_after_a_failure() {
    for test in both(&[MIGRATIONS]).await {
        let clock = SetClock::new();
        let handler = Handler { failures: Mutex::new(1), ran: Mutex::default() };
        for payload in ["first", "again"] {
            let mut tx = test.db.begin().await.unwrap();
            enqueue(&mut tx, "try", "same key", payload, clock.now()).await.unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(run_due(&test.db, &handler, clock.as_ref()).await.unwrap(), 1);
        assert_eq!(run_due(&test.db, &handler, clock.as_ref()).await.unwrap(), 0, "it waits before another try");
        clock.advance_ms(60_000);
        assert_eq!(run_due(&test.db, &handler, clock.as_ref()).await.unwrap(), 1);
        assert_eq!(*handler.ran.lock().unwrap(), ["first"]);
    }
}

#[tokio::test]
async fn a_lease_has_one_holder_and_a_rising_fence() {
    for test in both(&[MIGRATIONS]).await {
        let clock = SetClock::new();
        let first = lease::hold(&test.db, "poller", "a", 1_000, clock.now()).await.unwrap().unwrap();
        assert!(lease::hold(&test.db, "poller", "b", 1_000, clock.now()).await.unwrap().is_none());
        let renewed = lease::hold(&test.db, "poller", "a", 1_000, clock.now()).await.unwrap().unwrap();
        assert_eq!(first, renewed);
        clock.advance_ms(1_001);
        let second = lease::hold(&test.db, "poller", "b", 1_000, clock.now()).await.unwrap().unwrap();
        assert!(second > first);
        lease::let_go(&test.db, "poller", "b").await.unwrap();
        assert!(lease::hold(&test.db, "poller", "a", 1_000, clock.now()).await.unwrap().is_some());
    }
}
