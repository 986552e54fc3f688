//! Holds the rows of the audit trail against the leaves of the audit log, offline, and names each that is not as it was.
//!
//! Both run in the order of ids, so it reads each once and keeps next to nothing in memory. Rows whose leaf still waits
//! for its place are held against the waiting leaf. It changes nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::iter::Peekable;

use xinlu_db::Db;
use xinlu_ledger::{Leaves, LogName, LogReport, RefKind, pending, placements};
use xinlu_model::AuditId;

use crate::IdentityError;
use crate::store::audit as store;

use super::leaf::id_of;
use super::{AuditEntry, audit_leaf};

/// Rows read at a time.
const ROWS_AT_ONCE: u32 = 1_000;
/// Problems named; a trail that is wrong all over need not be printed whole.
const PROBLEMS_MAX: usize = 10_000;

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditFault {
    /// The row is not what its leaf commits to.
    Altered,
    /// The leaf is in the log and its row is gone.
    Dropped,
    /// The row is there and was never logged.
    NeverLogged,
    /// The log has a second leaf of this entry, or leaves out of order.
    LeafOutOfOrder,
    /// Leaves around here cannot be read; the verification of the log names the file.
    LeafUnreadable,
}

/// A problem with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditProblem {
    /// The entry.
    pub id: AuditId,
    /// Its leaf in the audit log, when it has one.
    pub leaf_index: Option<u64>,
    /// What is wrong.
    pub fault: AuditFault,
}

impl fmt::Display for AuditProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.fault {
            AuditFault::Altered => "is not what was logged",
            AuditFault::Dropped => "was logged and is gone",
            AuditFault::NeverLogged => "was never logged",
            AuditFault::LeafOutOfOrder => "has a leaf out of order",
            AuditFault::LeafUnreadable => "is followed by leaves that cannot be read",
        };
        write!(formatter, "audit entry {} {what}", self.id)?;
        self.leaf_index.map_or(Ok(()), |index| write!(formatter, " (leaf {index} of the audit log)"))
    }
}

/// What the check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditCheck {
    /// Rows held against a leaf of the log.
    pub logged: u64,
    /// Rows whose leaf still waits for its place.
    pub pending: u64,
    /// What is wrong, in the order of ids; at most 10 000.
    pub problems: Vec<AuditProblem>,
}

/// Checks every row of `db` against the leaves of the audit log, whose own verification (`xinlu_ledger::verify_directory`)
/// gave the report. The server may go on writing meanwhile.
pub async fn verify_audit(db: &Db, log: &LogReport) -> Result<AuditCheck, IdentityError> {
    let mut check = Check { leaves: log.leaves().peekable(), last_leaf: 0, found: AuditCheck::default() };
    let mut rest = Vec::new();
    let mut after = AuditId::new(0);
    loop {
        let rows = store::after(db, after, ROWS_AT_ONCE).await?;
        let Some((last, _)) = rows.last() else { break };
        after = last.id;
        for (entry, blind) in rows {
            check.leaves_before(entry.id.number());
            if !check.held(&entry, &blind) {
                rest.push((entry.id, audit_leaf(&entry, &blind)));
            }
        }
    }
    check.leaves_before(i64::MAX);
    let mut found = check.found;
    check_pending(db, rest, after, log.tree_size, &mut found).await?;
    found.problems.sort_by_key(|problem| problem.id);
    found.problems.truncate(PROBLEMS_MAX);
    Ok(found)
}

struct Check {
    leaves: Peekable<Leaves>,
    last_leaf: i64,
    found: AuditCheck,
}

impl Check {
    fn problem(&mut self, id: i64, leaf_index: Option<u64>, fault: AuditFault) {
        if self.found.problems.len() < PROBLEMS_MAX {
            self.found.problems.push(AuditProblem { id: AuditId::new(id), leaf_index, fault });
        }
    }

    /// The id and index of the next leaf of an entry, those of other things and unreadable ones passed over.
    fn next_leaf(&mut self) -> Option<(i64, u64)> {
        loop {
            let (id, index) = match self.leaves.peek()? {
                Ok((index, leaf)) => (id_of(leaf), *index),
                Err(_) => {
                    let last = self.last_leaf;
                    self.problem(last, None, AuditFault::LeafUnreadable);
                    self.leaves.next();
                    continue;
                }
            };
            match id {
                None => {}
                Some(id) if id > self.last_leaf => return Some((id, index)),
                Some(id) => self.problem(id, Some(index), AuditFault::LeafOutOfOrder),
            }
            self.leaves.next();
        }
    }

    /// Leaves before this id have no row.
    fn leaves_before(&mut self, id: i64) {
        while let Some((leaf_id, index)) = self.next_leaf().filter(|(leaf_id, _)| *leaf_id < id) {
            self.problem(leaf_id, Some(index), AuditFault::Dropped);
            self.last_leaf = leaf_id;
            self.leaves.next();
        }
    }

    /// Whether the next leaf is this entry's; if so it is held against it and passed.
    fn held(&mut self, entry: &AuditEntry, blind: &[u8]) -> bool {
        let id = entry.id.number();
        let Some((_, index)) = self.next_leaf().filter(|(leaf_id, _)| *leaf_id == id) else { return false };
        let same = matches!(self.leaves.next(), Some(Ok((_, leaf))) if leaf == audit_leaf(entry, blind));
        self.last_leaf = id;
        self.found.logged += 1;
        if !same {
            self.problem(id, Some(index), AuditFault::Altered);
        }
        true
    }
}

/// Rows without a leaf in the log must have one that waits, or that got its place since the log was read.
async fn check_pending(
    db: &Db,
    rows: Vec<(AuditId, Vec<u8>)>,
    last_row: AuditId,
    tree_size: u64,
    found: &mut AuditCheck,
) -> Result<(), IdentityError> {
    let mut rows: BTreeMap<i64, Vec<u8>> = rows.into_iter().map(|(id, leaf)| (id.number(), leaf)).collect();
    let problem = |id: i64, fault| AuditProblem { id: AuditId::new(id), leaf_index: None, fault };
    let mut number = 0;
    loop {
        let batches = pending(db, LogName::Audit, number).await?;
        let Some(last) = batches.last() else { break };
        number = last.number;
        for batch in batches.into_iter().filter(|batch| batch.kind == RefKind::AUDIT) {
            for (leaf, id) in batch.leaves.into_iter().zip(batch.first_reference as i64..) {
                match rows.remove(&id) {
                    Some(row) if row == leaf => found.pending += 1,
                    Some(_) => found.problems.push(problem(id, AuditFault::Altered)),
                    None if id > last_row.number() && store::load(db, AuditId::new(id)).await?.is_some() => {}
                    None => found.problems.push(problem(id, AuditFault::Dropped)),
                }
            }
        }
    }
    let mut index = 0;
    while !rows.is_empty() {
        let placed = placements(db, LogName::Audit, index).await?;
        let Some(last) = placed.last() else { break };
        index = last.first_index + last.count;
        for one in placed.iter().filter(|one| one.kind == RefKind::AUDIT) {
            // Only leaves beyond the tree that was read; within it they would have been found.
            let known = tree_size.saturating_sub(one.first_index).min(one.count);
            let ids = (one.first_reference + known) as i64..(one.first_reference + one.count) as i64;
            let late: Vec<i64> = rows.range(ids).map(|(id, _)| *id).collect();
            for id in late {
                rows.remove(&id);
                found.pending += 1;
            }
        }
    }
    found.problems.extend(rows.into_keys().map(|id| problem(id, AuditFault::NeverLogged)));
    Ok(())
}
