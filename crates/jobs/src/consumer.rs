//! Drives a reader of the journal: from its own position, in batches, again after a failure.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use xinlu_db::Db;
use xinlu_model::{Event, Position};

use crate::{JOURNAL_TOPIC, JobError, journal};

/// Events handed over at once; each may cover up to a thousand records, so this bounds memory.
const BATCH_MAX: u32 = 8;
/// How long to wait before looking again by itself (another node may have written).
const LOOK_AGAIN_MS: u64 = 1_000;
/// How long to wait after a failure; doubled up to `RETRY_MS_MAX`.
const RETRY_MS: u64 = 200;
/// Longest wait between tries.
const RETRY_MS_MAX: u64 = 30_000;

/// A reader of the journal which keeps its own position together with its own work.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// For logs and metrics.
    fn name(&self) -> &'static str;
    /// Up to where its work is durable.
    async fn position(&self) -> Result<Position, JobError>;
    /// Takes the next events. When it returns, it may have buffered them, but `position` tells only of durable work.
    async fn consume(&self, batch: &[(Position, Event)]) -> Result<(), JobError>;
    /// Called when there is nothing more to read now: make durable what is buffered.
    async fn idle(&self) -> Result<(), JobError> {
        Ok(())
    }
}

/// Runs a consumer until told to stop.
pub async fn run_consumer(db: Db, consumer: Arc<dyn Consumer>, mut stop: watch::Receiver<bool>) {
    let bell = db.listen(JOURNAL_TOPIC);
    let mut retry_ms = RETRY_MS;
    while !*stop.borrow() {
        let wait = match follow(&db, consumer.as_ref(), &stop).await {
            Ok(()) => {
                retry_ms = RETRY_MS;
                LOOK_AGAIN_MS
            }
            Err(error) => {
                tracing::error!(consumer = consumer.name(), %error, "a consumer failed and will try again");
                metrics::counter!("xinlu_consumer_failures_total", "consumer" => consumer.name()).increment(1);
                retry_ms = (retry_ms * 2).min(RETRY_MS_MAX);
                retry_ms
            }
        };
        tokio::select! {
            () = bell.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(wait)) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Follows the journal to its end once.
async fn follow(db: &Db, consumer: &dyn Consumer, stop: &watch::Receiver<bool>) -> Result<(), JobError> {
    let mut after = consumer.position().await?;
    loop {
        let batch = journal::read(db, after, BATCH_MAX).await?;
        let Some((last, _)) = batch.last() else {
            return consumer.idle().await;
        };
        after = *last;
        consumer.consume(&batch).await?;
        metrics::gauge!("xinlu_consumer_position", "consumer" => consumer.name()).set(after as f64);
        if *stop.borrow() {
            return consumer.idle().await;
        }
    }
}
