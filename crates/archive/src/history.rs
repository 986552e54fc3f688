//! The checkpoints of a log over time, as the other log keeps them: each log carries the other's once an hour, so neither
//! can be rewritten without the other.
//!
//! They are read from leaves that the other log proves, never from a table that could be changed alone.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use xinlu_ledger::{Ledger, RefKind};
use xinlu_model::Time;

use crate::leaf::Leaf;
use crate::{Archive, ArchiveError};

/// Most checkpoints asked for at once: six weeks of hours. Each costs the reading of a file.
pub(crate) const CHECKPOINTS_MAX: u32 = 1_000;
/// Checkpoints unless told: a week of hours.
pub(crate) const CHECKPOINTS_SHOWN: u32 = 168;

/// Whose history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HistoryLog {
    /// The archive's log; its checkpoints are kept in the audit log.
    #[default]
    Archive,
    /// The audit trail's log; its checkpoints are kept in the archive's.
    Audit,
}

/// A log as it once stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct KeptCheckpoint {
    /// Leaves it had.
    pub size: u64,
    /// Its root hash, base64.
    pub root: String,
    /// When it was carried into the other log.
    pub at: Time,
    /// The leaf of the other log that keeps it, from 0.
    pub kept_at_index: u64,
}

/// Checkpoints, the latest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LogHistory {
    /// The checkpoints.
    pub checkpoints: Vec<KeptCheckpoint>,
}

impl Archive {
    /// Gives it the audit log, which keeps the checkpoints of the archive's log. Once.
    pub fn set_audit_log(&self, audit_log: Arc<Ledger>) {
        if self.audit_log.set(audit_log).is_err() {
            tracing::warn!("the audit log was given before");
        }
    }

    /// How a log stood over time, the latest first; at most `limit`, 1 to 1000. Nothing of the archive's log where the audit
    /// log was not given.
    pub async fn log_history(&self, log: HistoryLog, limit: u32) -> Result<LogHistory, ArchiveError> {
        if !(1..=CHECKPOINTS_MAX).contains(&limit) {
            return Err(ArchiveError::Parameter { parameter: "limit", expected: "1 to 1000" });
        }
        let keeper = match log {
            HistoryLog::Audit => Some(&self.deps.ledger),
            HistoryLog::Archive => self.audit_log.get(),
        };
        let Some(keeper) = keeper else { return Ok(LogHistory { checkpoints: Vec::new() }) };
        let mut checkpoints = Vec::new();
        for (kept_at_index, leaf) in keeper.newest(RefKind::CHECKPOINT, limit).await? {
            let leaf = Leaf::decode(&leaf).map_err(|error| error.at(format!("leaf {kept_at_index}")))?;
            let Leaf::Checkpoint(carried) = leaf else { continue };
            let root = STANDARD.encode(carried.root);
            checkpoints.push(KeptCheckpoint { size: carried.size, root, at: carried.at, kept_at_index });
        }
        Ok(LogHistory { checkpoints })
    }
}

#[cfg(test)]
mod tests;
