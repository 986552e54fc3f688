//! Follows the journal into the index. The index itself keeps the position, so a crash loses and doubles nothing.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;
use xinlu_archive::{Archive, RecordPage};
use xinlu_index::{Engine, IndexDoc, IndexError};
use xinlu_jobs::{Consumer, JobError};
use xinlu_model::{Clock, Event, Position, RecordId, Time};

use crate::documents::document;
use crate::error::SearchError;

/// Documents taken before they are made durable even if more keep coming: bounds what a crash repeats.
const COMMIT_DOCUMENTS: usize = 50_000;
/// How long documents may wait for that while more keep coming, so that search is never far behind.
const COMMIT_AFTER_MS: i64 = 1_500;
/// Records read and decrypted at once; bounds memory.
const READ_RECORDS: i64 = 1_000;

/// The stage that reconciliation counts.
const INDEXED: &str = "indexed";

/// What has been handed to the index but is not durable there yet.
struct Feed {
    /// Where the index stood when the feed began.
    committed: Position,
    /// Up to where documents were handed over.
    taken: Position,
    waiting: usize,
    since: Option<Time>,
    last_record: RecordId,
}

/// The consumer that feeds the index.
pub struct Indexer {
    engine: Arc<dyn Engine>,
    archive: Arc<Archive>,
    clock: Arc<dyn Clock>,
    feed: Mutex<Option<Feed>>,
}

impl Indexer {
    /// A feeder; there must be one at a time for an index.
    pub fn new(engine: Arc<dyn Engine>, archive: Arc<Archive>, clock: Arc<dyn Clock>) -> Self {
        Self { engine, archive, clock, feed: Mutex::new(None) }
    }

    async fn take(&self, batch: &[(Position, Event)]) -> Result<(), SearchError> {
        let mut guard = self.feed.lock().await;
        let mut feed = match guard.take() {
            Some(feed) => feed,
            None => self.start().await?,
        };
        for (position, event) in batch {
            if let Event::MessageArchived { first, count, .. } = event {
                feed.waiting += self.add(*first, *count).await?;
                feed.last_record = first.plus(count - 1);
                feed.since.get_or_insert_with(|| self.clock.now());
            }
            feed.taken = *position;
            if feed.waiting >= COMMIT_DOCUMENTS || self.waited_long(&feed) {
                self.commit(&mut feed).await?;
            }
        }
        // Only now is it kept: after any failure above the next call starts from what is durable.
        *guard = Some(feed);
        Ok(())
    }

    fn waited_long(&self, feed: &Feed) -> bool {
        feed.since.is_some_and(|since| self.clock.now().millis_since(since) > COMMIT_AFTER_MS)
    }

    /// Begins at what is durable. Whatever a failed feeder left in the writer is dropped by the index: it is told a
    /// position it cannot be at.
    async fn start(&self) -> Result<Feed, SearchError> {
        let committed = on_engine(&self.engine, |engine| {
            match engine.commit(u64::MAX, u64::MAX) {
                Err(IndexError::Position { .. }) | Ok(()) => {}
                Err(error) => return Err(error),
            }
            engine.position()
        })
        .await?;
        let committed = Position::try_from(committed).unwrap_or(Position::MAX);
        Ok(Feed { committed, taken: committed, waiting: 0, since: None, last_record: RecordId::new(0) })
    }

    async fn add(&self, first: RecordId, count: i64) -> Result<usize, SearchError> {
        let mut added = 0;
        let mut next = Some(first);
        while let Some(start) = next {
            let left = first.plus(count).number() - start.number();
            let (documents, after) = documents(&self.archive, start, left).await?;
            next = after;
            added += documents.len();
            on_engine(&self.engine, move |engine| engine.add(&documents)).await?;
        }
        Ok(added)
    }

    async fn commit(&self, feed: &mut Feed) -> Result<(), SearchError> {
        let (after, position) = (feed.committed.unsigned_abs(), feed.taken.unsigned_abs());
        on_engine(&self.engine, move |engine| engine.commit(after, position)).await?;
        feed.committed = feed.taken;
        feed.waiting = 0;
        feed.since = None;
        let status = on_engine(&self.engine, |engine| engine.status()).await?;
        metrics::gauge!("xinlu_index_position").set(feed.taken as f64);
        metrics::gauge!("xinlu_index_documents").set(status.documents as f64);
        if feed.last_record.number() > 0 {
            self.archive.report_stage(INDEXED, feed.last_record).await?;
        }
        Ok(())
    }

    async fn flush(&self) -> Result<(), SearchError> {
        let mut guard = self.feed.lock().await;
        let Some(mut feed) = guard.take() else { return Ok(()) };
        if feed.taken > feed.committed {
            self.commit(&mut feed).await?;
        }
        *guard = Some(feed);
        Ok(())
    }
}

/// The documents of the first records of a range, and where to go on: the archive bounds what is read at once.
pub(crate) async fn documents(
    archive: &Arc<Archive>,
    first: RecordId,
    count: i64,
) -> Result<(Vec<IndexDoc>, Option<RecordId>), SearchError> {
    let wanted = u32::try_from(count.clamp(0, READ_RECORDS)).unwrap_or_default();
    let RecordPage { records, next } = archive.records_page(first, wanted).await?;
    let end = first.plus(i64::from(wanted));
    let next = next.or(Some(end).filter(|_| i64::from(wanted) < count));
    let built = tokio::task::spawn_blocking(move || records.iter().map(|record| document(record)).collect());
    Ok((built.await.map_err(|_| SearchError::Stopping)?, next))
}

/// Runs blocking work of the engine on the blocking pool.
pub(crate) async fn on_engine<T: Send + 'static>(
    engine: &Arc<dyn Engine>,
    work: impl FnOnce(&dyn Engine) -> Result<T, IndexError> + Send + 'static,
) -> Result<T, SearchError> {
    let engine = Arc::clone(engine);
    let done = tokio::task::spawn_blocking(move || work(engine.as_ref())).await;
    Ok(done.map_err(|_| SearchError::Stopping)??)
}

fn failed(error: SearchError) -> JobError {
    JobError::Consumer { consumer: "search", cause: error.to_string() }
}

#[async_trait]
impl Consumer for Indexer {
    fn name(&self) -> &'static str {
        "search"
    }

    async fn position(&self) -> Result<Position, JobError> {
        let mut guard = self.feed.lock().await;
        if let Some(feed) = guard.as_ref() {
            return Ok(feed.taken);
        }
        let feed = self.start().await.map_err(failed)?;
        let position = feed.taken;
        *guard = Some(feed);
        Ok(position)
    }

    async fn consume(&self, batch: &[(Position, Event)]) -> Result<(), JobError> {
        self.take(batch).await.map_err(failed)
    }

    async fn idle(&self) -> Result<(), JobError> {
        self.flush().await.map_err(failed)
    }
}
