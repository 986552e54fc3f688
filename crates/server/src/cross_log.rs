//! Carries the checkpoint of each log into the other, once an hour: who rewrites one must rewrite both.
//!
//! When it is time, and what was carried last, stands in the database: a restart neither skips an hour nor carries the same tree
//! twice, and of several processes one does it. It never decides what a log holds.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use xinlu_archive::{Archive, CheckpointLeaf, Leaf};
use xinlu_db::{Db, DbError, Tx, next_ids};
use xinlu_ledger::{Ledger, LogName, RefKind, submit};
use xinlu_model::Clock;
use xinlu_tlog::Checkpoint;

use crate::app::Failure;

/// How often.
const EVERY_S: i64 = 3_600;
/// How often to look whether it is time: an exchange may be so much late.
const LOOK_MS: u64 = 60_000;
/// The counter that numbers the checkpoints in the audit log.
const COUNTER: &str = "server_checkpoint";
/// Marks: the time of the last exchange in seconds, and the sizes that were carried last.
const EXCHANGED_AT: &str = "server_checkpoints_exchanged_at";
const AUDIT_CARRIED: &str = "server_audit_log_carried";
const ARCHIVE_CARRIED: &str = "server_archive_log_carried";

/// What is carried where.
pub(crate) struct Carrier {
    /// Rows.
    pub(crate) db: Db,
    /// Takes the audit log's checkpoint.
    pub(crate) archive: Arc<Archive>,
    /// The archive's log.
    pub(crate) archive_log: Arc<Ledger>,
    /// The audit log; takes the archive's checkpoint.
    pub(crate) audit_log: Arc<Ledger>,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
}

/// How an exchange went: the size that was carried into each log, or nothing when it was carried before.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) into_archive: Result<Option<u64>, Failure>,
    pub(crate) into_audit: Result<Option<u64>, Failure>,
}

impl Carrier {
    /// Runs until told to stop.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(LOOK_MS)) => self.look_and_tell().await,
                _ = stop.changed() => {}
            }
        }
    }

    async fn look_and_tell(&self) {
        let exchange = match self.look().await {
            Ok(exchange) => exchange,
            Err(error) => return tracing::error!(%error, "whether checkpoints are due cannot be found out"),
        };
        let Some(exchange) = exchange else { return };
        for (into, carried) in [("archive", exchange.into_archive), ("audit", exchange.into_audit)] {
            if let Err(error) = carried {
                tracing::error!(%error, into, "a checkpoint could not be carried to the other log");
                metrics::counter!("xinlu_checkpoint_failures_total", "into" => into).increment(1);
            }
        }
    }

    /// Exchanges the checkpoints if an hour is over. A log that fails does not keep the other from being carried.
    pub(crate) async fn look(&self) -> Result<Option<Exchange>, Failure> {
        if !self.take_turn().await.map_err(Failure::part)? {
            return Ok(None);
        }
        Ok(Some(Exchange {
            into_archive: self.audit_into_archive().await,
            into_audit: self.archive_into_audit().await,
        }))
    }

    /// Whether it is time; whoever is told so first has the hour. A clock that was set back does not stop it for long.
    async fn take_turn(&self) -> Result<bool, DbError> {
        let now = self.clock.now().seconds();
        let mut tx = self.db.begin().await?;
        let last = mark(&mut tx, EXCHANGED_AT).await?;
        if (now - last).abs() < EVERY_S {
            return Ok(false);
        }
        move_mark(&mut tx, EXCHANGED_AT, last, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn audit_into_archive(&self) -> Result<Option<u64>, Failure> {
        let audit = point(&self.audit_log).await?;
        let mut tx = self.db.begin().await.map_err(Failure::part)?;
        let carried = mark(&mut tx, AUDIT_CARRIED).await.map_err(Failure::part)?;
        drop(tx);
        if audit.size.cast_signed() <= carried {
            return Ok(None);
        }
        let done = self.archive.carry_checkpoint(&audit.origin, audit.size, audit.root.0);
        done.await.map_err(Failure::part)?;
        // Cut short between the two, this size is carried once more: one leaf too many, and none too few.
        let mut tx = self.db.begin().await.map_err(Failure::part)?;
        move_mark(&mut tx, AUDIT_CARRIED, carried, audit.size.cast_signed()).await.map_err(Failure::part)?;
        tx.commit().await.map_err(Failure::part)?;
        Ok(Some(audit.size))
    }

    async fn archive_into_audit(&self) -> Result<Option<u64>, Failure> {
        let archive = point(&self.archive_log).await?;
        let size = archive.size;
        let leaf = Leaf::Checkpoint(CheckpointLeaf {
            origin: archive.origin,
            size,
            root: archive.root.0,
            at: self.clock.now(),
        });
        let leaf = leaf.encode().map_err(|error| unreadable(&error))?;
        let mut tx = self.db.begin().await.map_err(Failure::part)?;
        let carried = mark(&mut tx, ARCHIVE_CARRIED).await.map_err(Failure::part)?;
        if size.cast_signed() <= carried {
            return Ok(None);
        }
        move_mark(&mut tx, ARCHIVE_CARRIED, carried, size.cast_signed()).await.map_err(Failure::part)?;
        let reference = next_ids(&mut tx, COUNTER, 1).await.map_err(Failure::part)?.unsigned_abs();
        submit(&mut tx, LogName::Audit, RefKind::CHECKPOINT, reference, &[leaf]).await.map_err(Failure::part)?;
        tx.commit().await.map_err(Failure::part)?;
        Ok(Some(size))
    }
}

/// The value of a mark, which is a counter that is only set; it stays locked until the end of the transaction.
async fn mark(tx: &mut Tx, name: &'static str) -> Result<i64, DbError> {
    Ok(next_ids(tx, name, 0).await? - 1)
}

async fn move_mark(tx: &mut Tx, name: &'static str, from: i64, to: i64) -> Result<(), DbError> {
    next_ids(tx, name, to - from).await.map(|_| ())
}

async fn point(log: &Ledger) -> Result<Checkpoint, Failure> {
    let note = log.checkpoint().await.map_err(Failure::part)?;
    let verifier = log.verifier();
    Checkpoint::open(&note, verifier.name(), verifier).map_err(|error| unreadable(&error))
}

fn unreadable(error: &dyn std::error::Error) -> Failure {
    Failure::Part { code: "ledger.checkpoint", cause: error.to_string() }
}

#[cfg(test)]
mod tests;
