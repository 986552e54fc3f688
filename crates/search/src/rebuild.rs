//! Builds a second index from the archive while the old one serves, and puts it in its place unless it is cancelled before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use parking_lot::Mutex;
use serde::Serialize;
use xinlu_archive::Archive;
use xinlu_db::Db;
use xinlu_index::{Engine, Rebuild};
use xinlu_jobs::journal;
use xinlu_model::{Event, Position};

use crate::error::SearchError;
use crate::indexer::{documents, on_engine};

/// Events read at once.
const EVENTS: u32 = 16;

/// How a rebuild ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RebuildEnd {
    /// The new index serves.
    Finished,
    /// Somebody cancelled it; the old one serves on.
    Cancelled,
    /// It could not be built; the old one serves on and the log has the cause.
    Failed,
}

/// A rebuild and how far it is.
#[derive(Default)]
pub struct Rebuilding {
    running: AtomicBool,
    cancelled: AtomicBool,
    position: AtomicI64,
    last: Mutex<Option<RebuildEnd>>,
}

impl Rebuilding {
    /// The journal position reached, while one runs.
    pub fn progress(&self) -> Option<Position> {
        self.running.load(Ordering::SeqCst).then(|| self.position.load(Ordering::SeqCst))
    }

    /// How the last one since the start of the server ended.
    pub fn last(&self) -> Option<RebuildEnd> {
        *self.last.lock()
    }

    /// Stops the one that runs before its next events; nothing happens where none runs.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
    }

    /// Takes the place of the one rebuild there may be.
    pub fn begin(&self) -> Result<(), SearchError> {
        if self.running.swap(true, Ordering::SeqCst) {
            return Err(SearchError::Rebuilding);
        }
        self.cancelled.store(false, Ordering::SeqCst);
        self.position.store(0, Ordering::SeqCst);
        Ok(())
    }

    /// Builds it all again; `begin` came before.
    pub async fn run(&self, db: &Db, engine: &Arc<dyn Engine>, archive: &Arc<Archive>) {
        let end = match self.build(db, engine, archive).await {
            Ok(end) => {
                tracing::info!(?end, "the rebuild of the search index ended");
                end
            }
            Err(error) => {
                tracing::error!(%error, "the search index could not be rebuilt; the old one serves on");
                RebuildEnd::Failed
            }
        };
        *self.last.lock() = Some(end);
        self.running.store(false, Ordering::SeqCst);
    }

    async fn build(
        &self,
        db: &Db,
        engine: &Arc<dyn Engine>,
        archive: &Arc<Archive>,
    ) -> Result<RebuildEnd, SearchError> {
        let mut next = on_engine(engine, |engine| engine.rebuild()).await?;
        let mut after: Position = 0;
        loop {
            let events = journal::read(db, after, EVENTS).await?;
            let Some((last, _)) = events.last() else { break };
            after = *last;
            for (_, event) in &events {
                if self.cancelled.load(Ordering::SeqCst) {
                    return Ok(RebuildEnd::Cancelled);
                }
                next = add(next, archive, event).await?;
            }
            self.position.store(after, Ordering::SeqCst);
        }
        let reached = after.unsigned_abs();
        let finished = tokio::task::spawn_blocking(move || {
            next.commit(reached)?;
            next.finish()
        });
        finished.await.map_err(|_| SearchError::Stopping)??;
        Ok(RebuildEnd::Finished)
    }
}

async fn add(
    mut next: Box<dyn Rebuild>,
    archive: &Arc<Archive>,
    event: &Event,
) -> Result<Box<dyn Rebuild>, SearchError> {
    let Event::MessageArchived { first, count, .. } = event else { return Ok(next) };
    let mut at = Some(*first);
    while let Some(start) = at {
        let (documents, after) = documents(archive, start, first.plus(*count).number() - start.number()).await?;
        at = after;
        let added = tokio::task::spawn_blocking(move || next.add(&documents).map(|()| next));
        next = added.await.map_err(|_| SearchError::Stopping)??;
    }
    Ok(next)
}
