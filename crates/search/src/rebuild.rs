//! Builds a second index from the archive while the old one serves, and puts it in its place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use xinlu_archive::Archive;
use xinlu_db::Db;
use xinlu_index::{Engine, Rebuild};
use xinlu_jobs::journal;
use xinlu_model::{Event, Position};

use crate::error::SearchError;
use crate::indexer::{documents, on_engine};

/// Events read at once.
const EVENTS: u32 = 16;

/// A rebuild and how far it is.
#[derive(Default)]
pub struct Rebuilding {
    running: AtomicBool,
    position: AtomicI64,
}

impl Rebuilding {
    /// The journal position reached, while one runs.
    pub fn progress(&self) -> Option<Position> {
        self.running.load(Ordering::SeqCst).then(|| self.position.load(Ordering::SeqCst))
    }

    /// Takes the place of the one rebuild there may be.
    pub fn begin(&self) -> Result<(), SearchError> {
        if self.running.swap(true, Ordering::SeqCst) {
            return Err(SearchError::Rebuilding);
        }
        self.position.store(0, Ordering::SeqCst);
        Ok(())
    }

    /// Builds it all again; `begin` came before.
    pub async fn run(&self, db: &Db, engine: &Arc<dyn Engine>, archive: &Arc<Archive>) -> Result<(), SearchError> {
        let done = self.build(db, engine, archive).await;
        self.running.store(false, Ordering::SeqCst);
        done
    }

    async fn build(&self, db: &Db, engine: &Arc<dyn Engine>, archive: &Arc<Archive>) -> Result<(), SearchError> {
        let mut next = on_engine(engine, |engine| engine.rebuild()).await?;
        let mut after: Position = 0;
        loop {
            let events = journal::read(db, after, EVENTS).await?;
            let Some((last, _)) = events.last() else { break };
            after = *last;
            for (_, event) in &events {
                next = add(next, archive, event).await?;
            }
            self.position.store(after, Ordering::SeqCst);
        }
        let reached = after.unsigned_abs();
        let finished = tokio::task::spawn_blocking(move || {
            next.commit(reached)?;
            next.finish()
        });
        Ok(finished.await.map_err(|_| SearchError::Stopping)??)
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
