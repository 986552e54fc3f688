//! Empties SQLite's write-ahead files when nothing is going on, so that intake ciphertexts and keys which were deleted do not
//! stay on the disk in them. At a clean stop it is done as well.
//!
//! It never waits long: a reader in the way, such as a back-up, puts it off to the next look.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use xinlu_db::Db;
use xinlu_jobs::journal;
use xinlu_model::{Clock, Position, Time};

use crate::app::Failure;

/// How often to look whether intake is idle: what was deleted stays so much longer at most.
const LOOK_MS: u64 = 30_000;
/// Intake that never rests has its file emptied after this long all the same.
const OVERDUE_MS: i64 = 3_600_000;

/// Empties the files of the rows and of the keys.
pub(crate) struct WalKeeper {
    db: Db,
    keys_db: Db,
    clock: Arc<dyn Clock>,
    /// The end of the journal at the last look.
    seen: Option<Position>,
    /// The end of the journal, and the time, when the files were emptied last.
    emptied: (Option<Position>, Time),
}

impl WalKeeper {
    /// For these databases.
    pub(crate) fn new(db: Db, keys_db: Db, clock: Arc<dyn Clock>) -> Self {
        let emptied = (None, clock.now());
        Self { db, keys_db, clock, seen: None, emptied }
    }

    /// Runs until told to stop.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(LOOK_MS)) => {
                    if let Err(error) = self.look().await {
                        tracing::warn!(%error, "the write-ahead files could not be emptied");
                    }
                }
                _ = stop.changed() => {}
            }
        }
    }

    /// Empties the files when nothing was archived since the last look, or when it is overdue. Whether it did.
    pub(crate) async fn look(&mut self) -> Result<bool, Failure> {
        let end = journal::end(&self.db).await.map_err(Failure::part)?;
        let now = self.clock.now();
        let idle = self.seen.replace(end) == Some(end) && self.emptied.0 != Some(end);
        let overdue = now.millis_since(self.emptied.1).abs() >= OVERDUE_MS;
        if !(idle || overdue) || !empty(&self.db, &self.keys_db).await? {
            return Ok(false);
        }
        self.emptied = (Some(end), now);
        Ok(true)
    }
}

/// Empties both files now; false when a reader was in the way.
pub(crate) async fn empty(db: &Db, keys_db: &Db) -> Result<bool, Failure> {
    let rows = db.truncate_wal().await.map_err(Failure::part)?;
    let keys = keys_db.truncate_wal().await.map_err(Failure::part)?;
    Ok(rows && keys)
}

#[cfg(test)]
mod tests;
