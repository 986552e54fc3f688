//! The intake loop of one corp: fetch, store durably, decrypt, parse, settle.
//!
//! Four stages run at the same time on successive batches, a channel of one batch between each, so that while one
//! batch is settled the next is decrypted and the one after it fetched. A batch left by a crash is resumed first.
//! Nothing is decrypted before its envelope is durable, and nothing a message contains stops the ones after it.

mod outside;
mod retry;
mod stages;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use xinlu_archive::{Archive, BatchId};
use xinlu_model::{Clock, SourceId};

use outside::Outside;

use super::key_ring::PrivateKeys;
use super::sdk_worker::{SdkProcess, SdkSettings, WorkerCommand};
use super::status::{IntakeStatus, IntakeTrouble};
use crate::stop::stopped;
use crate::{ChannelError, WecomArchiveConfig};

/// First wait after a pass that failed; doubled each time.
const RETRY_MS: u64 = 1_000;
/// Longest such wait: WeCom counts calls by the minute.
const RETRY_MS_MAX: u64 = 60_000;

/// What an intake works with.
pub struct IntakeDeps {
    /// Where messages go.
    pub archive: Arc<Archive>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How to start a worker; the library's path is added.
    pub worker: WorkerCommand,
}

/// The intake of one corp.
pub struct Intake {
    archive: Arc<Archive>,
    clock: Arc<dyn Clock>,
    source: SourceId,
    config: WecomArchiveConfig,
    threads: usize,
    keys: Arc<PrivateKeys>,
    /// One worker fetches while another decrypts; they never wait for one another.
    fetcher: tokio::sync::Mutex<SdkProcess>,
    decryptor: tokio::sync::Mutex<SdkProcess>,
    status: Arc<Mutex<IntakeStatus>>,
    bell: Notify,
    limit: AtomicU32,
    retry_all: AtomicBool,
    generation_retried: AtomicU64,
    /// Batches that could not be settled and why, until the next start: people must know for as long as they stay.
    left_open: Mutex<BTreeMap<BatchId, IntakeTrouble>>,
    outside: Mutex<Outside>,
}

impl Intake {
    /// The intake of the corp `corp_id` into `source`.
    pub fn new(deps: IntakeDeps, corp_id: &str, source: SourceId, config: WecomArchiveConfig) -> Arc<Self> {
        let command = with_library(&deps.worker, &config.library);
        let settings = settings(corp_id, &config);
        let threads = match config.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        Arc::new(Self {
            archive: deps.archive,
            clock: deps.clock,
            source,
            threads,
            keys: PrivateKeys::of(&config),
            fetcher: tokio::sync::Mutex::new(SdkProcess::new(command.clone(), settings.clone())),
            decryptor: tokio::sync::Mutex::new(SdkProcess::new(command, settings)),
            status: Arc::default(),
            bell: Notify::new(),
            limit: AtomicU32::new(config.fetch_limit),
            retry_all: AtomicBool::new(false),
            generation_retried: AtomicU64::new(0),
            left_open: Mutex::default(),
            outside: Mutex::default(),
            config,
        })
    }

    /// How it goes.
    pub fn status(&self) -> IntakeStatus {
        self.status.lock().clone()
    }

    /// Where intake and media of this corp note how they go.
    pub fn shared_status(&self) -> Arc<Mutex<IntakeStatus>> {
        Arc::clone(&self.status)
    }

    /// Fetches now instead of at the next timer.
    pub fn wake(&self) {
        self.bell.notify_one();
    }

    /// WeCom said that there are new messages.
    pub fn notified(&self) {
        self.status.lock().notified_at = Some(self.clock.now());
        self.wake();
    }

    /// Tries everything that is parked again, but what conflicts.
    pub fn retry_parked(&self) {
        self.retry_all.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Runs until told to stop. What is under way then is finished, or is resumed at the next start.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut failures = 0_u32;
        while !*stop.borrow() {
            let cursor_before = self.status.lock().cursor;
            let passed = self.pass(&mut stop).await;
            if self.status.lock().cursor > cursor_before {
                // Something came, so the source is there: what failed after it is a first failure, not one more.
                failures = 0;
            }
            let wait_ms = match passed {
                Ok(true) => {
                    failures = 0;
                    self.config.poll_interval_ms
                }
                Ok(false) => back_off_ms(&mut failures),
                Err(error) => {
                    tracing::error!(source = %self.source, %error, "intake failed and will go on");
                    let trouble = trouble_of(&error);
                    self.status.lock().troubled(IntakeTrouble::of_us(trouble, error.to_string(), self.clock.now()));
                    back_off_ms(&mut failures)
                }
            };
            tokio::select! {
                () = self.bell.notified() => {}
                () = tokio::time::sleep(Duration::from_millis(wait_ms)) => {}
                () = stopped(&mut stop) => break,
            }
        }
        self.fetcher.lock().await.stop();
        self.decryptor.lock().await.stop();
    }

    /// Takes in everything there is now. `false`: WeCom did not answer as it should; the status says how.
    pub async fn pass(self: &Arc<Self>, stop: &mut watch::Receiver<bool>) -> Result<bool, ChannelError> {
        self.rescan_keys().await;
        // Fetching goes on whatever becomes of old messages: WeCom deletes the new ones after five days.
        if let Err(error) = self.retry_what_may_work().await {
            tracing::error!(source = %self.source, %error, "parked messages could not be tried again");
        }
        let answered = self.run_stages(stop).await?;
        let trouble = self.status.lock().trouble.as_ref().map(|trouble| trouble.name.clone());
        let trouble = trouble.filter(|_| !answered);
        self.archive.report_poll(self.source, trouble.as_deref()).await?;
        let deaths = self.fetcher.lock().await.deaths() + self.decryptor.lock().await.deaths();
        let left_open = self.left_open.lock().values().next().cloned();
        let mut status = self.status.lock();
        status.worker_deaths = deaths;
        if answered {
            status.trouble = left_open;
        }
        Ok(answered)
    }

    /// Keys that cannot be read must not stop fetching: envelopes wait parked, but WeCom deletes after five days.
    async fn rescan_keys(&self) {
        if let Err(error) = self.keys.rescan().await {
            tracing::error!(source = %self.source, %error, "private keys cannot be read");
        }
        let mut status = self.status.lock();
        status.keys_held = self.keys.versions();
        status.bad_key_files =
            self.keys.bad_files().into_iter().map(|file| format!("{}: {}", file.name, file.reason)).collect();
    }
}

fn back_off_ms(failures: &mut u32) -> u64 {
    let wait_ms = (RETRY_MS << (*failures).min(16)).min(RETRY_MS_MAX);
    *failures += 1;
    wait_ms
}

fn trouble_of(error: &ChannelError) -> &'static str {
    match error {
        ChannelError::Sdk(_) => "worker",
        ChannelError::Archive(_) => "archive",
        _ => "internal",
    }
}

/// The worker's command for this library.
pub(crate) fn with_library(worker: &WorkerCommand, library: &Path) -> WorkerCommand {
    let mut command = worker.clone();
    command.arguments.push("--library".to_owned());
    command.arguments.push(library.to_string_lossy().into_owned());
    command
}

pub(crate) fn settings(corp_id: &str, config: &WecomArchiveConfig) -> SdkSettings {
    SdkSettings {
        corp_id: corp_id.to_owned(),
        secret: config.secret.clone(),
        proxy: config.proxy.clone(),
        proxy_password: config.proxy_password.clone(),
        network_timeout_s: config.network_timeout_s,
        decrypt_timeout_ms: config.decrypt_timeout_ms,
    }
}

#[cfg(test)]
mod tests;
