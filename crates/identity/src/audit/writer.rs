//! Writes entries in the order they come, as many in one transaction as wait: under load the cost of a durable commit is
//! shared, and alone an entry waits for nobody.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use xinlu_db::{Db, Tx};
use xinlu_http::AuditRecord;
use xinlu_ledger::{LogName, RefKind, submit};
use xinlu_model::{AuditId, Random};

use crate::IdentityError;
use crate::store::audit as store;

use super::readings::readings_of;
use super::{AUDIT_BLIND_BYTES, AuditEntry, audit_leaf};

/// Requests that may wait for their entry; more wait before the queue. Above what the server handles at once.
const WAITING_MAX: usize = 1_024;
/// Entries of one transaction: keeps it in the milliseconds.
const TOGETHER_MAX: usize = 256;
/// Longest target in bytes; longer ones (a hostile path) are cut.
const TARGET_BYTES_MAX: usize = 1_024;
/// Longest detail in bytes; a longer one is replaced, since half a JSON text is none.
const DETAIL_BYTES_MAX: usize = 16 * 1024;

type Waiting = (AuditEntry, oneshot::Sender<bool>);

/// The face of the writing task. When the last one is dropped, the task writes what waits and ends.
#[derive(Clone)]
pub(crate) struct AuditWriter(mpsc::Sender<Waiting>);

impl AuditWriter {
    pub(crate) fn start(db: Db, random: Arc<dyn Random>) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        tokio::spawn(run(db, random, receiver));
        Self(sender)
    }

    /// Returns when the entry is durable.
    pub(crate) async fn write(&self, entry: AuditEntry) -> Result<(), IdentityError> {
        let (done, wait) = oneshot::channel();
        self.0.send((entry, done)).await.map_err(|_| IdentityError::AuditUnavailable)?;
        match wait.await {
            Ok(true) => Ok(()),
            _ => Err(IdentityError::AuditUnavailable),
        }
    }
}

async fn run(db: Db, random: Arc<dyn Random>, mut receiver: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::with_capacity(TOGETHER_MAX);
    while receiver.recv_many(&mut waiting, TOGETHER_MAX).await > 0 {
        let (entries, done): (Vec<_>, Vec<_>) = waiting.drain(..).unzip();
        let count = entries.len();
        let written = write_all(&db, &*random, entries).await;
        if let Err(error) = &written {
            tracing::error!(%error, count, "the audit trail cannot be written");
            metrics::counter!("xinlu_audit_failures_total").increment(count as u64);
        }
        for one in done {
            // Who asked may have gone; the entry stays all the same.
            let _ = one.send(written.is_ok());
        }
    }
}

async fn write_all(db: &Db, random: &dyn Random, entries: Vec<AuditEntry>) -> Result<(), IdentityError> {
    let mut tx = db.begin().await?;
    append(&mut tx, random, entries).await?;
    tx.commit().await?;
    Ok(())
}

/// Adds entries with their leaves in the caller's transaction; their ids are given here. The log's counter stays locked
/// until the commit, so call it last.
pub(super) async fn append(
    tx: &mut Tx,
    random: &dyn Random,
    entries: Vec<AuditEntry>,
) -> Result<AuditId, IdentityError> {
    let first = store::take_ids(tx, entries.len()).await?;
    let mut rows = Vec::with_capacity(entries.len());
    let mut leaves = Vec::with_capacity(entries.len());
    for (mut entry, place) in entries.into_iter().zip(0..) {
        entry.id = first.plus(place);
        let mut blind = vec![0u8; AUDIT_BLIND_BYTES];
        random.fill(&mut blind);
        leaves.push(audit_leaf(&entry, &blind));
        rows.push((entry, blind));
    }
    store::add(tx, &rows).await?;
    store::add_readings(tx, &readings_of(rows.iter().map(|(entry, _)| entry))).await?;
    submit(tx, LogName::Audit, RefKind::AUDIT, first.number() as u64, &leaves).await?;
    Ok(first)
}

/// The entry of a call, cut to bounds; its id comes when it is written.
pub(crate) fn entry_of(record: AuditRecord) -> AuditEntry {
    let detail = match record.detail {
        Value::Null => String::new(),
        detail => Some(detail.to_string())
            .filter(|detail| detail.len() <= DETAIL_BYTES_MAX)
            .unwrap_or_else(|| r#"{"too_long":true}"#.to_owned()),
    };
    let mut target = clean(&record.target);
    let mut end = target.len().min(TARGET_BYTES_MAX);
    while !target.is_char_boundary(end) {
        end -= 1;
    }
    target.truncate(end);
    AuditEntry {
        id: AuditId::new(0),
        at: record.at,
        user: record.caller.as_ref().map(|caller| caller.user),
        user_name: record.caller.map(|caller| caller.name).unwrap_or_default(),
        action: record.action,
        target,
        outcome: record.outcome.into(),
        detail: clean(&detail),
        request_id: record.request_id,
    }
}

/// PostgreSQL holds no NUL in a text; nothing honest has one.
fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
