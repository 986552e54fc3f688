//! The checkpoints of a log over time, as the other log keeps them: each log carries the other's once an hour, so neither
//! can be rewritten without the other; and the proofs that each log only grew.
//!
//! What is kept of a checkpoint is its log, size, root and time, inside a leaf of the other log; of signed notes only the
//! latest is kept. A signature over an old root would add nothing: that the log of today, whose note is signed, grew from
//! the kept root is what `log_consistency` proves.
//! They are read from leaves that the other log proves, never from a table that could be changed alone.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use xinlu_ledger::{Ledger, LedgerError, RefKind};
use xinlu_model::Time;

use crate::leaf::Leaf;
use crate::proof::ConsistencyView;
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
    /// The log's public key (c2sp.org/signed-note); absent where this server runs without the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vkey: Option<String>,
    /// The signed checkpoint of now (c2sp.org/tlog-checkpoint), which every kept one must have grown into; absent before
    /// the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<String>,
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
        let own = self.log(log);
        let vkey = own.map(|own| own.verifier().to_string());
        let latest = match own {
            Some(own) => own.checkpoint().await.ok(),
            None => None,
        };
        let keeper = match log {
            HistoryLog::Audit => self.log(HistoryLog::Archive),
            HistoryLog::Archive => self.log(HistoryLog::Audit),
        };
        let Some(keeper) = keeper else { return Ok(LogHistory { vkey, latest, checkpoints: Vec::new() }) };
        let mut checkpoints = Vec::new();
        for (kept_at_index, leaf) in keeper.newest(RefKind::CHECKPOINT, limit).await? {
            let leaf = Leaf::decode(&leaf).map_err(|error| error.at(format!("leaf {kept_at_index}")))?;
            let Leaf::Checkpoint(carried) = leaf else { continue };
            let root = STANDARD.encode(carried.root);
            checkpoints.push(KeptCheckpoint { size: carried.size, root, at: carried.at, kept_at_index });
        }
        Ok(LogHistory { vkey, latest, checkpoints })
    }

    /// The proof that a log only grew between two sizes (RFC 6962 section 2.1.2), where 1 ≤ `from` ≤ `to` ≤ the size under
    /// its checkpoint. Errors: `ledger.no_such_tree` for other sizes, and for the audit log where it was not given.
    pub async fn log_consistency(&self, log: HistoryLog, from: u64, to: u64) -> Result<ConsistencyView, ArchiveError> {
        let ledger = self.log(log).ok_or(LedgerError::NoSuchTree { size: to })?;
        let hashes = ledger.consistency(from, to).await?;
        Ok(ConsistencyView { from, to, hashes: hashes.iter().map(|hash| STANDARD.encode(hash.0)).collect() })
    }

    fn log(&self, log: HistoryLog) -> Option<&Arc<Ledger>> {
        match log {
            HistoryLog::Archive => Some(&self.deps.ledger),
            HistoryLog::Audit => self.audit_log.get(),
        }
    }
}

#[cfg(test)]
mod tests;
