//! Holds the rows of the audit trail against the leaves of the audit log, offline, and names each that is not as it was.
//!
//! Both run in the order of ids, so it reads each once and keeps next to nothing in memory. Rows whose leaf still waits
//! for its place are held against the waiting leaf. What says which leaf is whose (the placements) is held against the
//! leaves, too. It changes nothing.

mod placed;

use std::collections::BTreeMap;
use std::fmt;
use std::iter::Peekable;

use xinlu_db::Db;
use xinlu_ledger::{Leaves, LogName, LogReport, RefKind, pending, placements};
use xinlu_model::AuditId;

use crate::IdentityError;
use crate::store::audit as store;

use super::leaf::id_of;
use super::{AUDIT_BLIND_BYTES, AuditEntry, AuditOutcome, audit_leaf};

/// Rows read at a time.
const ROWS_AT_ONCE: u32 = 1_000;
/// Problems named; a trail that is wrong all over need not be printed whole.
const PROBLEMS_MAX: usize = 10_000;

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditFault {
    /// The row is not what its leaf commits to.
    Altered,
    /// The row's outcome is a number that nothing writes.
    OutcomeUnknown,
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
            AuditFault::OutcomeUnknown => "has an outcome that is not known, and is not what was logged",
            AuditFault::Dropped => "was logged and is gone",
            AuditFault::NeverLogged => "was never logged",
            AuditFault::LeafOutOfOrder => "has a leaf out of order",
            AuditFault::LeafUnreadable => "is followed by leaves that cannot be read",
        };
        write!(formatter, "audit entry {} {what}", self.id)?;
        self.leaf_index.map_or(Ok(()), |index| write!(formatter, " (leaf {index} of the audit log)"))
    }
}

/// A leaf of the audit log that is of no entry: what it means is for others to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherLeaf {
    /// Where it stands; `None` while it waits for its place.
    pub leaf_index: Option<u64>,
    /// The leaf.
    pub leaf: Vec<u8>,
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
    /// What is wrong with the placements: which leaf is whose.
    pub placements: Vec<String>,
    /// Leaves of no entry, such as checkpoints of the other log: one an hour.
    pub others: Vec<OtherLeaf>,
}

/// Checks every row of `db` against the leaves of the audit log, whose own verification (`xinlu_ledger::verify_directory`)
/// gave the report. The server may go on writing meanwhile; entries that are placed since count as waiting.
pub async fn verify_audit(db: &Db, log: &LogReport) -> Result<AuditCheck, IdentityError> {
    let mut check = Check { leaves: log.leaves().peekable(), last_leaf: 0, found: AuditCheck::default() };
    let mut rest: Vec<Waiting> = Vec::new();
    let mut after = AuditId::new(i64::MIN);
    loop {
        let rows = store::after(db, after, ROWS_AT_ONCE).await?;
        let Some((last, _)) = rows.last() else { break };
        after = last.id;
        for (entry, blind) in rows {
            check.leaves_before(entry.id.number());
            if !check.held(&entry, &blind) {
                let leaf = audit_leaf(&entry, &blind);
                rest.push((entry.id.number(), (leaf, fault_of(&entry, &blind, true))));
            }
        }
    }
    check.leaves_before(i64::MAX);
    let mut found = check.found;
    check_pending(db, rest, after, log.tree_size, &mut found).await?;
    found.placements = placed::check_placements(db, log).await?;
    found.problems.sort_by_key(|problem| problem.id);
    found.problems.truncate(PROBLEMS_MAX);
    Ok(found)
}

/// A row without a leaf in the log: its id, the leaf it should have, and what is wrong with it in any case.
type Waiting = (i64, (Vec<u8>, Option<AuditFault>));

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
                Ok((index, leaf)) => {
                    let id = id_of(leaf);
                    if id.is_none() {
                        self.found.others.push(OtherLeaf { leaf_index: Some(*index), leaf: leaf.clone() });
                    }
                    (id, *index)
                }
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
        if let Some(fault) = fault_of(entry, blind, same) {
            self.problem(id, Some(index), fault);
        }
        true
    }
}

/// What is wrong with a row, given whether its leaf is the one that was logged. Some changes give the same leaf: a user 0
/// instead of none, and zeros behind the blind.
fn fault_of(entry: &AuditEntry, blind: &[u8], same: bool) -> Option<AuditFault> {
    if entry.outcome == AuditOutcome::Unknown {
        return Some(AuditFault::OutcomeUnknown);
    }
    let has_twin = entry.user.is_some_and(|user| user.number() == 0) || blind.len() != AUDIT_BLIND_BYTES;
    (!same || has_twin).then_some(AuditFault::Altered)
}

/// Rows without a leaf in the log must have one that waits, or that got its place since the log was read.
async fn check_pending(
    db: &Db,
    rows: Vec<Waiting>,
    last_row: AuditId,
    tree_size: u64,
    found: &mut AuditCheck,
) -> Result<(), IdentityError> {
    let mut rows: BTreeMap<i64, (Vec<u8>, Option<AuditFault>)> = rows.into_iter().collect();
    let problem = |id: i64, fault| AuditProblem { id: AuditId::new(id), leaf_index: None, fault };
    let mut number = 0;
    loop {
        let batches = pending(db, LogName::Audit, number).await?;
        let Some(last) = batches.last() else { break };
        number = last.number;
        for batch in batches {
            if batch.kind != RefKind::AUDIT {
                found.others.extend(batch.leaves.into_iter().map(|leaf| OtherLeaf { leaf_index: None, leaf }));
                continue;
            }
            for (leaf, id) in batch.leaves.into_iter().zip(batch.first_reference as i64..) {
                match rows.remove(&id) {
                    Some((row, None)) if row == leaf => found.pending += 1,
                    Some((_, fault)) => found.problems.push(problem(id, fault.unwrap_or(AuditFault::Altered))),
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
