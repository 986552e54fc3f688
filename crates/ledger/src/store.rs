//! The ledger's tables: pending batches, placements, heads. All its SQL is here.
//!
//! A batch is one row however many leaves it has, and so is a placement, because intake appends a thousand records
//! a transaction. Nothing here touches a file.

use xinlu_db::{Db, Migration, Row, Tx, Value, next_ids, sql};
use xinlu_tlog::{Hash, decode_bundle, push_entry};

use crate::{LedgerError, LogName, RefKind};

/// Leaves one submission may have: the width that reading them back can say.
pub const LEAVES_PER_SUBMIT_MAX: usize = u16::MAX as usize;

/// Batches looked at in one round of the sequencer; as many as a round has leaves, since none is empty.
const BATCHES_MAX: i64 = 4096;
/// Pending batches a page of `pending` has; bounds its memory to 100 × 65 535 leaves.
const PENDING_PAGE: i64 = 100;
/// Placements a page of `placements` has.
const PLACEMENTS_PAGE: i64 = 1000;

/// The ledger's tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    part: "ledger",
    number: 1,
    sql: "CREATE TABLE ledger_heads (log BIGKEY, size BIGINT NOT NULL, root BYTES NOT NULL, checkpoint TEXT NOT NULL);
CREATE TABLE ledger_pending (log BIGINT NOT NULL, number BIGINT NOT NULL, kind BIGINT NOT NULL,
    first_reference BIGINT NOT NULL, leaf_count BIGINT NOT NULL, leaves BYTES NOT NULL, PRIMARY KEY (log, number));
CREATE UNIQUE INDEX ledger_pending_reference ON ledger_pending (log, kind, first_reference);
CREATE TABLE ledger_placements (log BIGINT NOT NULL, kind BIGINT NOT NULL, first_reference BIGINT NOT NULL,
    leaf_count BIGINT NOT NULL, first_index BIGINT NOT NULL, PRIMARY KEY (log, kind, first_reference));
CREATE UNIQUE INDEX ledger_placements_index ON ledger_placements (log, first_index);",
}];

sql!(
    INSERT_PENDING = "INSERT INTO ledger_pending (log, number, kind, first_reference, leaf_count, leaves)
    VALUES ($1, $2, $3, $4, $5, $6)"
);
sql!(LIST_COUNTS = "SELECT number, leaf_count FROM ledger_pending WHERE log = $1 ORDER BY number LIMIT $2"
    => number: Int, leaf_count: Int);
sql!(LIST_PENDING = "SELECT number, kind, first_reference, leaf_count, leaves FROM ledger_pending
    WHERE log = $1 AND number > $2 AND number <= $3 ORDER BY number LIMIT $4"
    => number: Int, kind: Int, first_reference: Int, leaf_count: Int, leaves: Bytes);
sql!(SUM_PENDING = "SELECT CAST(COALESCE(SUM(leaf_count), 0) AS BIGINT) AS leaves FROM ledger_pending WHERE log = $1"
    => leaves: Int);
sql!(FIND_PENDING = "SELECT first_reference, leaf_count FROM ledger_pending
    WHERE log = $1 AND kind = $2 AND first_reference <= $3 ORDER BY first_reference DESC LIMIT 1"
    => first_reference: Int, leaf_count: Int);
sql!(DELETE_PENDING = "DELETE FROM ledger_pending WHERE log = $1 AND number <= $2");
sql!(
    INSERT_PLACEMENT = "INSERT INTO ledger_placements (log, kind, first_reference, leaf_count, first_index)
    VALUES ($1, $2, $3, $4, $5)"
);
sql!(
    EXTEND_PLACEMENT = "UPDATE ledger_placements SET leaf_count = leaf_count + $1
    WHERE log = $2 AND kind = $3 AND first_reference = $4"
);
sql!(FIND_PLACEMENT = "SELECT kind, first_reference, leaf_count, first_index FROM ledger_placements
    WHERE log = $1 AND kind = $2 AND first_reference <= $3 ORDER BY first_reference DESC LIMIT 1"
    => kind: Int, first_reference: Int, leaf_count: Int, first_index: Int);
sql!(NEWEST_PLACEMENTS = "SELECT kind, first_reference, leaf_count, first_index FROM ledger_placements
    WHERE log = $1 AND kind = $2 ORDER BY first_reference DESC LIMIT $3"
    => kind: Int, first_reference: Int, leaf_count: Int, first_index: Int);
sql!(LIST_PLACEMENTS = "SELECT kind, first_reference, leaf_count, first_index FROM ledger_placements
    WHERE log = $1 AND first_index >= $2 ORDER BY first_index LIMIT $3"
    => kind: Int, first_reference: Int, leaf_count: Int, first_index: Int);
sql!(
    INSERT_HEAD = "INSERT INTO ledger_heads (log, size, root, checkpoint) VALUES ($1, $2, $3, $4)
    ON CONFLICT (log) DO NOTHING"
);
sql!(FIND_HEAD = "SELECT size, root, checkpoint FROM ledger_heads WHERE log = $1"
    => size: Int, root: Bytes, checkpoint: Text);
sql!(
    MOVE_HEAD = "UPDATE ledger_heads SET size = $1, root = $2, checkpoint = $3
    WHERE log = $4 AND size = $5 AND root = $6"
);

/// A log's size and root as the database has them, with the signed checkpoint of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub size: u64,
    pub root: Hash,
    /// The signed note, byte for byte.
    pub checkpoint: String,
}

/// A range of references and the leaves it got: reference `first_reference + i` is leaf `first_index + i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    pub kind: RefKind,
    pub first_reference: u64,
    pub count: u64,
    pub first_index: u64,
}

/// Leaves that wait for their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingBatch {
    /// Its place in the queue, from 1 without gaps.
    pub number: u64,
    pub kind: RefKind,
    pub first_reference: u64,
    pub leaves: Vec<Vec<u8>>,
}

/// Adds leaves in the caller's transaction; leaf `i` belongs to reference `first_reference + i`.
///
/// One row a call, 1 to 65 535 leaves of at most 65 535 bytes. The row's number is taken from a counter that stays
/// locked until the commit, so call it late in a long transaction.
pub async fn submit(
    tx: &mut Tx,
    log: LogName,
    kind: RefKind,
    first_reference: u64,
    leaves: &[Vec<u8>],
) -> Result<(), LedgerError> {
    if leaves.is_empty() || leaves.len() > LEAVES_PER_SUBMIT_MAX {
        return Err(LedgerError::LeafCount { count: leaves.len() });
    }
    let mut bytes = Vec::with_capacity(leaves.iter().map(|leaf| leaf.len() + size_of::<u16>()).sum());
    for leaf in leaves {
        push_entry(&mut bytes, leaf)?;
    }
    let number = next_ids(tx, log.counter(), 1).await?;
    let values = vec![
        log.number().into(),
        number.into(),
        kind.0.into(),
        int(first_reference),
        int(leaves.len() as u64),
        bytes.into(),
    ];
    tx.execute(&INSERT_PENDING, values).await?;
    tx.wake(log.topic());
    Ok(())
}

/// The next batches in order: those that fit into `leaves_max` leaves, or the first alone if it is larger.
pub(crate) async fn take(db: &Db, log: LogName, leaves_max: u64) -> Result<Vec<PendingBatch>, LedgerError> {
    let mut total = 0;
    let mut last = None;
    for mut row in db.query(&LIST_COUNTS, vec![log.number().into(), BATCHES_MAX.into()]).await? {
        let (number, count) = (row.int()?, row.int()? as u64);
        total += count;
        if last.is_some() && total > leaves_max {
            break;
        }
        last = Some(number);
    }
    let Some(last) = last else { return Ok(Vec::new()) };
    let values = vec![log.number().into(), 0_i64.into(), last.into(), BATCHES_MAX.into()];
    db.query(&LIST_PENDING, values).await?.into_iter().map(read_batch).collect()
}

/// Moves the head, stores the placements and deletes the pending batches, all or nothing. Answers whether it was
/// this writer who moved the head.
pub(crate) async fn advance(
    db: &Db,
    log: LogName,
    old: &Head,
    new: &Head,
    batches: &[PendingBatch],
) -> Result<bool, LedgerError> {
    let mut tx = db.begin().await?;
    let values = vec![
        int(new.size),
        bytes(&new.root),
        new.checkpoint.as_str().into(),
        log.number().into(),
        int(old.size),
        bytes(&old.root),
    ];
    if tx.execute(&MOVE_HEAD, values).await? != 1 {
        return Ok(false);
    }
    let last = batches.last().map_or(0, |batch| batch.number);
    let deleted = tx.execute(&DELETE_PENDING, vec![log.number().into(), int(last)]).await?;
    if deleted != batches.len() as u64 {
        return Err(LedgerError::PendingChanged);
    }
    place(&mut tx, log, merge(batches, old.size)).await?;
    tx.commit().await?;
    Ok(true)
}

async fn place(tx: &mut Tx, log: LogName, placements: Vec<Placement>) -> Result<(), LedgerError> {
    let mut new = placements.as_slice();
    if let Some((first, rest)) = placements.split_first()
        && let Some(previous) = neighbour(tx, log, first).await?
    {
        let values = vec![int(first.count), log.number().into(), previous.kind.0.into(), int(previous.first_reference)];
        tx.execute(&EXTEND_PLACEMENT, values).await?;
        new = rest;
    }
    let row = |placement: &Placement| {
        vec![
            log.number().into(),
            placement.kind.0.into(),
            int(placement.first_reference),
            int(placement.count),
            int(placement.first_index),
        ]
    };
    tx.execute_many(&INSERT_PLACEMENT, new.iter().map(row).collect()).await?;
    Ok(())
}

/// The stored placement that `placement` goes on from, in references and in leaves.
async fn neighbour(tx: &mut Tx, log: LogName, placement: &Placement) -> Result<Option<Placement>, LedgerError> {
    let values = vec![log.number().into(), placement.kind.0.into(), int(placement.first_reference)];
    let Some(row) = tx.find(&FIND_PLACEMENT, values).await? else { return Ok(None) };
    Ok(Some(read_placement(row)?).filter(|previous| previous.continues(placement)))
}

impl Placement {
    fn continues(&self, next: &Self) -> bool {
        self.kind == next.kind
            && self.first_reference + self.count == next.first_reference
            && self.first_index + self.count == next.first_index
    }

    fn index_of(&self, reference: u64) -> Option<u64> {
        let offset = reference.checked_sub(self.first_reference)?;
        (offset < self.count).then(|| self.first_index + offset)
    }
}

/// Placements of batches that follow one another from leaf `first_index` on, with neighbours joined.
fn merge(batches: &[PendingBatch], first_index: u64) -> Vec<Placement> {
    let mut placements: Vec<Placement> = Vec::new();
    let mut first_index = first_index;
    for batch in batches {
        let count = batch.leaves.len() as u64;
        let next = Placement { kind: batch.kind, first_reference: batch.first_reference, count, first_index };
        first_index += count;
        match placements.last_mut() {
            Some(last) if last.continues(&next) => last.count += count,
            _ => placements.push(next),
        }
    }
    placements
}

/// The leaf a reference got.
pub(crate) async fn find_index(
    db: &Db,
    log: LogName,
    kind: RefKind,
    reference: u64,
) -> Result<Option<u64>, LedgerError> {
    let row = db.find(&FIND_PLACEMENT, vec![log.number().into(), kind.0.into(), int(reference)]).await?;
    Ok(row.map(read_placement).transpose()?.and_then(|placement| placement.index_of(reference)))
}

/// Whether a reference waits for its place.
pub(crate) async fn is_pending(db: &Db, log: LogName, kind: RefKind, reference: u64) -> Result<bool, LedgerError> {
    let row = db.find(&FIND_PENDING, vec![log.number().into(), kind.0.into(), int(reference)]).await?;
    let Some(mut row) = row else { return Ok(false) };
    let (first, count) = (row.int()? as u64, row.int()? as u64);
    Ok(reference - first < count)
}

/// How many leaves wait for their place.
pub(crate) async fn pending_count(db: &Db, log: LogName) -> Result<u64, LedgerError> {
    let row = db.find(&SUM_PENDING, vec![log.number().into()]).await?;
    Ok(row.map_or(Ok(0), |mut row| row.int())? as u64)
}

/// The head, if the log was ever opened.
pub async fn head(db: &Db, log: LogName) -> Result<Option<Head>, LedgerError> {
    let Some(mut row) = db.find(&FIND_HEAD, vec![log.number().into()]).await? else { return Ok(None) };
    let (size, root, checkpoint) = (row.int()? as u64, Hash::from_bytes(&row.bytes()?)?, row.text()?);
    Ok(Some(Head { size, root, checkpoint }))
}

/// Stores the head of an empty log unless there is one.
pub(crate) async fn create_head(db: &Db, log: LogName, head: &Head) -> Result<(), LedgerError> {
    let mut tx = db.begin().await?;
    let values = vec![log.number().into(), int(head.size), bytes(&head.root), head.checkpoint.as_str().into()];
    tx.execute(&INSERT_HEAD, values).await?;
    Ok(tx.commit().await?)
}

/// A page of placements in the order of their leaves, from leaf `from_index` on. The next page starts at the last
/// one's `first_index + count`; an empty page is the end.
pub async fn placements(db: &Db, log: LogName, from_index: u64) -> Result<Vec<Placement>, LedgerError> {
    let values = vec![log.number().into(), int(from_index), PLACEMENTS_PAGE.into()];
    db.query(&LIST_PLACEMENTS, values).await?.into_iter().map(read_placement).collect()
}

/// The last placements of a kind, the last first.
pub(crate) async fn newest_placements(
    db: &Db,
    log: LogName,
    kind: RefKind,
    limit: u32,
) -> Result<Vec<Placement>, LedgerError> {
    let values = vec![log.number().into(), kind.0.into(), limit.into()];
    db.query(&NEWEST_PLACEMENTS, values).await?.into_iter().map(read_placement).collect()
}

/// A page of pending batches in order, after batch `after` (0 for the first page); an empty page is the end.
pub async fn pending(db: &Db, log: LogName, after: u64) -> Result<Vec<PendingBatch>, LedgerError> {
    let values = vec![log.number().into(), int(after), i64::MAX.into(), PENDING_PAGE.into()];
    db.query(&LIST_PENDING, values).await?.into_iter().map(read_batch).collect()
}

fn read_batch(mut row: Row) -> Result<PendingBatch, LedgerError> {
    let (number, kind, first_reference) = (row.int()? as u64, RefKind(row.int()?), row.int()? as u64);
    let (count, bytes) = (row.int()?, row.bytes()?);
    let leaves = decode_bundle(&bytes, count as u16)?.into_iter().map(<[u8]>::to_vec).collect();
    Ok(PendingBatch { number, kind, first_reference, leaves })
}

fn read_placement(mut row: Row) -> Result<Placement, LedgerError> {
    let (kind, first_reference) = (RefKind(row.int()?), row.int()? as u64);
    let (count, first_index) = (row.int()? as u64, row.int()? as u64);
    Ok(Placement { kind, first_reference, count, first_index })
}

/// Sizes and references stay far below 2^63, where both engines end.
fn int(number: u64) -> Value {
    Value::Int(number.min(i64::MAX as u64) as i64)
}

fn bytes(hash: &Hash) -> Value {
    Value::Bytes(hash.0.to_vec())
}
