//! The sequencer of one log: takes pending batches and makes them leaves, files, a head and a checkpoint.
//!
//! The order of the steps is the whole point: files, then head, then checkpoint, each durable before the next. It
//! never computes or waits for a disk on an async thread, and never signs a tree whose files are not durable.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use xinlu_db::Db;
use xinlu_model::Clock;
use xinlu_tlog::{Bundle, Checkpoint, EMPTY_ROOT, Frontier, SEED_BYTES, Signer, TILE_WIDTH, Verifier};

use crate::directory::{CHECKPOINT, Directory, VKEY};
use crate::grow::{Edge, Grown, grow};
use crate::store::{self, Head, PendingBatch};
use crate::{LedgerError, LogName};

/// Leaves placed in one round; bounds its memory and how long a proof is late. A larger batch goes alone.
const LEAVES_PER_ROUND_MAX: u64 = 4096;
/// A round of so many leaves may have left others behind, so the next one does not wait to gather.
const FULL_ROUND_LEAVES: u64 = LEAVES_PER_ROUND_MAX / 2;
/// The longest a leaf waits when nobody rings the bell, such as when another node submitted it.
const ROUND_EVERY_MS: u64 = 1000;
/// How long others may join a round: it writes, syncs and removes a dozen files however few leaves it has, while intake
/// waits for the same disk. A proof is late by no more than this and the round itself.
const GATHER_MS: u64 = 500;

/// A step of a round that has been completed; for tests that stop there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing is written yet.
    Computed,
    /// Bundles and tiles are durable.
    FilesWritten,
    /// The head is moved.
    HeadMoved,
    /// The checkpoint is published.
    Published,
}

/// Called after each step; an error ends the round there, as a crash would. For tests.
pub type StepHook = Arc<dyn Fn(Step) -> Result<(), LedgerError> + Send + Sync>;

/// One running log.
pub struct Ledger {
    pub(crate) db: Db,
    pub(crate) log: LogName,
    pub(crate) directory: Directory,
    pub(crate) origin: String,
    pub(crate) verifier: Verifier,
    signer: Signer,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    hook: Option<StepHook>,
}

/// What one round leaves for the next.
#[derive(Default)]
struct State {
    /// Unknown after a round that failed.
    edge: Option<Edge>,
    /// The size in the `checkpoint` file.
    published: u64,
}

impl Ledger {
    /// Opens a log, makes its directory and `vkey` if absent, and finishes what a crash interrupted.
    ///
    /// Refuses a directory of another key (`ledger.key_mismatch`), and one that is ahead of the database
    /// (`ledger.head_behind`), since going on would fork the log.
    pub async fn open(
        db: Db,
        directory: PathBuf,
        log: LogName,
        origin: &str,
        signing_seed: [u8; SEED_BYTES],
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, LedgerError> {
        Self::open_with_hook(db, directory, log, origin, signing_seed, clock, None).await
    }

    /// As `open`, with a hook that tests stop a round by.
    #[doc(hidden)]
    pub async fn open_with_hook(
        db: Db,
        directory: PathBuf,
        log: LogName,
        origin: &str,
        signing_seed: [u8; SEED_BYTES],
        clock: Arc<dyn Clock>,
        hook: Option<StepHook>,
    ) -> Result<Arc<Self>, LedgerError> {
        let signer = Signer::from_seed(origin, &signing_seed)?;
        let ledger = Self {
            db,
            log,
            directory: Directory::new(directory),
            origin: origin.to_owned(),
            verifier: signer.verifier(),
            signer,
            clock,
            state: Mutex::default(),
            hook,
        };
        let ledger = Arc::new(ledger);
        ledger.recover().await?;
        Ok(ledger)
    }

    /// The log's public key.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Places the pending batches that fit into one round. Answers how many leaves that were: 0 when nothing waits
    /// or when another writer was faster.
    pub async fn sequence_once(&self) -> Result<u64, LedgerError> {
        let mut state = self.state.lock().await;
        let directory = self.directory.clone();
        let _locked = blocking(move || directory.lock()).await?;
        let head = self.load_head().await?;
        if head.size != state.published {
            self.publish(&head, state.published.min(head.size)).await?;
            state.published = head.size;
        }
        let batches = store::take(&self.db, self.log, LEAVES_PER_ROUND_MAX).await?;
        if batches.is_empty() {
            return Ok(0);
        }
        let known = state.edge.take();
        let edge = match known.filter(|edge| edge.frontier.size() == head.size && edge.frontier.root() == head.root) {
            Some(edge) => edge,
            None => self.load_edge(&head).await?,
        };
        let Some((new, edge)) = self.round(&head, edge, batches).await? else { return Ok(0) };
        state.published = new.size;
        state.edge = Some(edge);
        self.step(Step::Published)?;
        let directory = self.directory.clone();
        blocking(move || directory.clear_behind(head.size, new.size)).await?;
        Ok(new.size - head.size)
    }

    /// Sequences until `stop` turns true: at once when something was submitted, and every second in any case.
    pub async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let mut stop = stop;
        let bell = self.db.listen(self.log.topic());
        while !*stop.borrow() {
            let full = match self.sequence_once().await {
                Ok(placed) => placed >= FULL_ROUND_LEAVES,
                Err(error) => {
                    tracing::error!(log = self.log.folder(), %error, "sequencing failed");
                    false
                }
            };
            self.report().await;
            if full {
                continue;
            }
            tokio::select! {
                () = bell.notified() => tokio::time::sleep(Duration::from_millis(GATHER_MS)).await,
                () = tokio::time::sleep(Duration::from_millis(ROUND_EVERY_MS)) => {}
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Computes, writes, moves the head and publishes; nothing if another writer moved the head first.
    async fn round(
        &self,
        head: &Head,
        edge: Edge,
        batches: Vec<PendingBatch>,
    ) -> Result<Option<(Head, Edge)>, LedgerError> {
        let (batches, grown) = blocking(move || grow(edge, &batches).map(|grown| (batches, grown))).await?;
        let Grown { edge, files, size, root } = grown;
        self.step(Step::Computed)?;
        let directory = self.directory.clone();
        blocking(move || directory.write(&files)).await?;
        self.step(Step::FilesWritten)?;
        let checkpoint = Checkpoint::new(&self.origin, size, root).sign(&[&self.signer])?;
        let new = Head { size, root, checkpoint };
        if !store::advance(&self.db, self.log, head, &new, &batches).await? {
            tracing::info!(log = self.log.folder(), size = head.size, "another writer moved the head first");
            return Ok(None);
        }
        self.step(Step::HeadMoved)?;
        self.write_checkpoint(&new).await?;
        Ok(Some((new, edge)))
    }

    async fn write_checkpoint(&self, head: &Head) -> Result<(), LedgerError> {
        let (directory, checkpoint) = (self.directory.clone(), head.checkpoint.clone());
        blocking(move || directory.replace(CHECKPOINT, &checkpoint)).await?;
        let seconds = self.clock.now().seconds() as f64;
        metrics::gauge!("xinlu_ledger_size", "log" => self.log.folder()).set(head.size as f64);
        metrics::gauge!("xinlu_ledger_published_at_seconds", "log" => self.log.folder()).set(seconds);
        Ok(())
    }

    /// Publishes a head that a round which died, or another node, left in the database.
    async fn publish(&self, head: &Head, old_size: u64) -> Result<(), LedgerError> {
        self.write_checkpoint(head).await?;
        let (directory, size) = (self.directory.clone(), head.size);
        blocking(move || directory.clear_behind(old_size, size)).await
    }

    async fn recover(&self) -> Result<(), LedgerError> {
        let mut state = self.state.lock().await;
        let (directory, vkey) = (self.directory.clone(), self.verifier.to_string());
        let _locked = blocking(move || {
            directory.create()?;
            let locked = directory.lock()?;
            check_vkey(&directory, &vkey)?;
            Ok(locked)
        })
        .await?;
        let checkpoint = self.published().await?;
        let head = match store::head(&self.db, self.log).await? {
            Some(head) => head,
            None => self.create_head(checkpoint.as_ref()).await?,
        };
        match &checkpoint {
            Some((published, _)) if published.size > head.size => {
                return Err(LedgerError::HeadBehind { checkpoint: published.size, head: head.size });
            }
            Some((published, _)) if published.size == head.size && published.root != head.root => {
                return Err(LedgerError::RootMismatch { size: head.size });
            }
            _ => {}
        }
        state.edge = Some(self.load_edge(&head).await?);
        if checkpoint.is_none_or(|(published, _)| published.size < head.size) {
            self.write_checkpoint(&head).await?;
        }
        state.published = head.size;
        let (directory, size) = (self.directory.clone(), head.size);
        blocking(move || directory.clear_around(size)).await?;
        metrics::gauge!("xinlu_ledger_size", "log" => self.log.folder()).set(head.size as f64);
        Ok(())
    }

    /// The head of a log that the database does not know yet; its directory must not know one either.
    async fn create_head(&self, published: Option<&(Checkpoint, String)>) -> Result<Head, LedgerError> {
        if let Some((published, _)) = published.filter(|(published, _)| published.size > 0) {
            return Err(LedgerError::HeadBehind { checkpoint: published.size, head: 0 });
        }
        let checkpoint = Checkpoint::new(&self.origin, 0, EMPTY_ROOT).sign(&[&self.signer])?;
        store::create_head(&self.db, self.log, &Head { size: 0, root: EMPTY_ROOT, checkpoint }).await?;
        self.load_head().await
    }

    async fn load_head(&self) -> Result<Head, LedgerError> {
        let head = store::head(&self.db, self.log).await?;
        head.ok_or(LedgerError::NoSuchTree { size: 0 })
    }

    /// Reads the right edge from the files and holds it against the head.
    async fn load_edge(&self, head: &Head) -> Result<Edge, LedgerError> {
        let (directory, size, root) = (self.directory.clone(), head.size, head.root);
        blocking(move || {
            let frontier = Frontier::load(size, &|tile| directory.tile(tile))?;
            if frontier.root() != root {
                return Err(LedgerError::RootMismatch { size });
            }
            let partial = Bundle::at_size(size / u64::from(TILE_WIDTH), size);
            let bundle = partial.map_or(Ok(Vec::new()), |bundle| directory.bundle(bundle))?;
            Ok(Edge { frontier, bundle })
        })
        .await
    }

    async fn report(&self) {
        match store::pending_count(&self.db, self.log).await {
            Ok(count) => metrics::gauge!("xinlu_ledger_pending", "log" => self.log.folder()).set(count as f64),
            Err(error) => tracing::warn!(log = self.log.folder(), %error, "pending leaves could not be counted"),
        }
    }

    fn step(&self, step: Step) -> Result<(), LedgerError> {
        self.hook.as_ref().map_or(Ok(()), |hook| hook(step))
    }
}

fn check_vkey(directory: &Directory, vkey: &str) -> Result<(), LedgerError> {
    match directory.find_text(VKEY)? {
        Some(found) if found.trim_end() == vkey => Ok(()),
        Some(_) => Err(LedgerError::KeyMismatch),
        None => directory.replace(VKEY, &format!("{vkey}\n")),
    }
}

/// Runs what computes or waits for a disk on the blocking pool.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LedgerError> + Send + 'static,
) -> Result<T, LedgerError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| LedgerError::Stopping)?
}
