//! Jobs: commands that are run at least once after the transaction that caused them.
//!
//! A job has a key; a second one of the same kind and key is the same job and is not added. Done jobs are kept for a
//! while for exactly that reason, without their payload.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use xinlu_db::{Db, Tx, next_ids};
use xinlu_model::{Clock, Time};

use crate::{JobError, store};

/// The wake-up topic that rings after a commit with jobs.
const QUEUE_TOPIC: &str = "jobs_queue";
/// Jobs taken at once.
const TAKE_MAX: i64 = 32;
/// How long to wait before looking again by itself.
const LOOK_AGAIN_MS: u64 = 1_000;
/// Attempts before a job is failed for good; with the doubling below that is about two days.
const ATTEMPTS_MAX: i64 = 16;
/// First wait before another try; doubled each time.
const RETRY_MS: i64 = 2_000;
/// Longest wait between two tries.
const RETRY_MS_MAX: i64 = 6 * 3_600_000;
/// How long a done job's key is remembered: longer than any source repeats itself.
const REMEMBER_MS: i64 = 7 * 24 * 3_600_000;

/// A job as its handler gets it.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// Which handler.
    pub kind: String,
    /// What to do, in the handler's own format.
    pub payload: String,
    /// Tries before this one.
    pub attempts: i64,
}

/// Why a job did not succeed.
#[derive(Debug)]
pub enum JobFailure {
    /// May work later.
    Retry(String),
    /// Will never work.
    Final(String),
}

/// Runs the jobs of one kind. It may be given the same job twice.
#[async_trait]
pub trait JobHandler: Send + Sync {
    /// The kind.
    fn kind(&self) -> &'static str;
    /// Does it.
    async fn run(&self, job: &Job) -> Result<(), JobFailure>;
}

/// Adds a job in the caller's transaction, unless one of this kind and key is there already.
pub async fn enqueue(tx: &mut Tx, kind: &'static str, key: &str, payload: &str, run_at: Time) -> Result<(), JobError> {
    let id = next_ids(tx, QUEUE_TOPIC, 1).await?;
    tx.execute(&store::ENQUEUE, vec![id.into(), kind.into(), key.into(), payload.into(), run_at.into()]).await?;
    tx.wake(QUEUE_TOPIC);
    Ok(())
}

/// How many jobs are in each state: waiting, done (remembered) or failed.
pub async fn counts(db: &Db) -> Result<Vec<(String, i64)>, JobError> {
    let rows = db.query(&store::COUNT, vec![]).await?;
    rows.into_iter().map(|mut row| Ok((row.text()?, row.int()?))).collect()
}

/// Runs the jobs of one handler until told to stop. One runner per kind: hold a lease where several processes run.
pub async fn run_queue(db: Db, handler: Arc<dyn JobHandler>, clock: Arc<dyn Clock>, mut stop: watch::Receiver<bool>) {
    let bell = db.listen(QUEUE_TOPIC);
    while !*stop.borrow() {
        if let Err(error) = run_due(&db, handler.as_ref(), clock.as_ref()).await {
            tracing::error!(kind = handler.kind(), %error, "the queue failed and will try again");
        }
        tokio::select! {
            () = bell.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(LOOK_AGAIN_MS)) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Runs all jobs of a kind that are due now, and forgets old keys. Returns how many ran.
pub async fn run_due(db: &Db, handler: &dyn JobHandler, clock: &dyn Clock) -> Result<u64, JobError> {
    let mut ran = 0;
    loop {
        let now = clock.now();
        let due = db.query(&store::DUE, vec![handler.kind().into(), now.into(), TAKE_MAX.into()]).await?;
        if due.is_empty() {
            let mut tx = db.begin().await?;
            tx.execute(&store::FORGET, vec![now.plus_millis(-REMEMBER_MS).into()]).await?;
            tx.commit().await?;
            return Ok(ran);
        }
        for mut row in due {
            let job = Job { id: row.int()?, kind: row.text()?, payload: row.text()?, attempts: row.int()? };
            let outcome = handler.run(&job).await;
            settle(db, &job, outcome, clock.now()).await?;
            ran += 1;
        }
    }
}

async fn settle(db: &Db, job: &Job, outcome: Result<(), JobFailure>, now: Time) -> Result<(), JobError> {
    let mut tx = db.begin().await?;
    match outcome {
        Ok(()) => tx.execute(&store::DONE, vec![job.id.into()]).await?,
        Err(JobFailure::Retry(reason)) if job.attempts + 1 < ATTEMPTS_MAX => {
            let wait_ms = (RETRY_MS << job.attempts.clamp(0, 20)).min(RETRY_MS_MAX);
            tracing::warn!(kind = job.kind, id = job.id, reason, "a job will be tried again");
            tx.execute(&store::RETRY, vec![job.id.into(), now.plus_millis(wait_ms).into(), reason.into()]).await?
        }
        Err(JobFailure::Retry(reason) | JobFailure::Final(reason)) => {
            tracing::error!(kind = job.kind, id = job.id, reason, "a job failed for good");
            tx.execute(&store::FAILED, vec![job.id.into(), reason.into()]).await?
        }
    };
    Ok(tx.commit().await?)
}
