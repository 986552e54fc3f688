//! The checkpoints that each log carries of the other, held against the other's own tree: who rewrote one log would have
//! had to rewrite both.
//!
//! It reads tiles, and changes nothing.

use std::path::PathBuf;

use xinlu_archive::{CarriedCheckpoint, CheckpointLeaf, Leaf, VerifyProblem};
use xinlu_identity::OtherLeaf;
use xinlu_ledger::root_at;
use xinlu_tlog::Hash;

/// A checkpoint and where it stands.
pub(super) struct Carried {
    pub(super) place: String,
    pub(super) checkpoint: CheckpointLeaf,
}

impl Carried {
    pub(super) fn by_archive(carried: &CarriedCheckpoint) -> Self {
        Self { place: carried.place.clone(), checkpoint: carried.checkpoint.clone() }
    }
}

/// The log that is told of. Its files have been verified up to `size` leaves.
pub(super) struct OtherLog<'a> {
    pub(super) name: &'static str,
    /// Empty when its own checkpoint cannot be trusted.
    pub(super) origin: &'a str,
    pub(super) size: u64,
    pub(super) folder: PathBuf,
}

/// The leaves of the audit log that are no entries must be checkpoints of the archive log.
pub(super) fn carried_by_audit(others: &[OtherLeaf], problems: &mut Vec<VerifyProblem>) -> Vec<Carried> {
    let mut carried = Vec::new();
    for other in others {
        let place = match other.leaf_index {
            Some(index) => format!("leaf {index} of the audit log"),
            None => "a waiting leaf of the audit log".to_owned(),
        };
        match Leaf::decode(&other.leaf) {
            Ok(Leaf::Checkpoint(checkpoint)) => carried.push(Carried { place, checkpoint }),
            _ => problems.push(VerifyProblem { place, what: "is neither an entry nor a checkpoint".to_owned() }),
        }
    }
    carried
}

/// Names every checkpoint that the other log does not bear out.
pub(super) fn hold_against(
    carried: &[Carried],
    other: &OtherLog<'_>,
    problems: &mut Vec<VerifyProblem>,
    unchecked: &mut Vec<String>,
) {
    if carried.is_empty() {
        return;
    }
    if other.origin.is_empty() {
        let (count, name) = (carried.len(), other.name);
        unchecked.push(format!("{count} carried checkpoints of {name}: its own checkpoint cannot be trusted"));
        return;
    }
    for one in carried {
        if let Some(what) = disagreement(&one.checkpoint, other) {
            problems.push(VerifyProblem { place: one.place.clone(), what });
        }
    }
}

fn disagreement(said: &CheckpointLeaf, other: &OtherLog<'_>) -> Option<String> {
    let (name, size) = (other.name, said.size);
    if said.origin != other.origin {
        return Some(format!("tells of the log {}, {name} is {}", said.origin, other.origin));
    }
    match root_at(&other.folder, size, other.size) {
        Ok(root) if root.0 == said.root => None,
        Ok(root) => Some(format!("says {name} had the root {} at {size} leaves, it had {root}", Hash(said.root))),
        Err(problem) => Some(format!("says {name} had {size} leaves, which it does not bear out: {name}/{problem}")),
    }
}

#[cfg(test)]
mod tests;
