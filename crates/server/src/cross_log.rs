//! Carries the checkpoint of each log into the other, once an hour: who rewrites one must rewrite both.
//!
//! It never decides what a log holds.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use xinlu_archive::{Archive, CheckpointLeaf, Leaf};
use xinlu_db::{Db, next_ids};
use xinlu_ledger::{Ledger, LogName, RefKind, submit};
use xinlu_model::Clock;
use xinlu_tlog::Checkpoint;

use crate::app::Failure;

/// How often.
const EVERY_MS: u64 = 3_600_000;
/// The counter that numbers them.
const COUNTER: &str = "server_checkpoint";

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

impl Carrier {
    /// Runs until told to stop; the first exchange is made an hour after the start.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(EVERY_MS)) => {
                    if let Err(error) = self.carry().await {
                        tracing::error!(%error, "a checkpoint could not be carried to the other log");
                    }
                }
                _ = stop.changed() => {}
            }
        }
    }

    async fn carry(&self) -> Result<(), Failure> {
        let audit = point(&self.audit_log).await?;
        let carried = self.archive.carry_checkpoint(&audit.origin, audit.size, audit.root.0);
        carried.await.map_err(Failure::part)?;
        let archive = point(&self.archive_log).await?;
        let leaf = Leaf::Checkpoint(CheckpointLeaf {
            origin: archive.origin,
            size: archive.size,
            root: archive.root.0,
            at: self.clock.now(),
        });
        let leaf = leaf.encode().map_err(|error| unreadable(&error))?;
        let mut tx = self.db.begin().await.map_err(Failure::part)?;
        let reference = next_ids(&mut tx, COUNTER, 1).await.map_err(Failure::part)?.unsigned_abs();
        submit(&mut tx, LogName::Audit, RefKind::CHECKPOINT, reference, &[leaf]).await.map_err(Failure::part)?;
        tx.commit().await.map_err(Failure::part)
    }
}

async fn point(log: &Ledger) -> Result<Checkpoint, Failure> {
    let note = log.checkpoint().await.map_err(Failure::part)?;
    let verifier = log.verifier();
    Checkpoint::open(&note, verifier.name(), verifier).map_err(|error| unreadable(&error))
}

fn unreadable(error: &dyn std::error::Error) -> Failure {
    Failure::Part { code: "ledger.checkpoint", cause: error.to_string() }
}
