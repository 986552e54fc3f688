//! All corps of this installation, and the job that callbacks become.
//!
//! Corps stand in the configuration file or were connected through the API (`connect`); the file wins. Where several processes share a database, one of them runs the channels, under a lease; callbacks may arrive at any.

mod connect;
mod supervise;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::RwLock;
use tokio::sync::watch;
use tokio::task::JoinSet;
use xinlu_archive::Archive;
use xinlu_db::Db;
use xinlu_identity::Directory;
use xinlu_jobs::lease;
use xinlu_jobs::queue::{self, Job, JobFailure, JobHandler};
use xinlu_keys::KeyRing;
use xinlu_model::Clock;

use crate::corp::Corp;
use crate::stop::stopped;
use crate::stored::template;
use crate::wecom_app::callbacks::{CallbackEvent, CheckedCallback, JOB_KIND, Reaction, reaction};
use crate::wecom_archive::sdk_worker::WorkerCommand;
use crate::{ChannelError, WecomConfig};

/// The lease under which one process runs the channels.
const LEASE: &str = "channels";
/// How long a process that died keeps it.
const LEASE_MS: i64 = 30_000;
/// How often it is renewed, and looked at by the others.
const LEASE_RENEW_MS: u64 = 10_000;

/// What the channels need from elsewhere.
#[derive(Clone)]
pub struct ChannelsDeps {
    /// The database.
    pub db: Db,
    /// Where messages go.
    pub archive: Arc<Archive>,
    /// Where members and contacts go.
    pub directory: Arc<Directory>,
    /// What seals the secrets of corps that are connected through the API.
    pub keys: Arc<KeyRing>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How to start an SDK worker: this program with `sdk-worker`; `--library PATH` is added.
    pub worker: WorkerCommand,
    /// The name of this process among several that share the database; `None`: it is alone and needs no lease.
    pub lease_holder: Option<String>,
}

/// All channels of this installation.
pub struct Channels {
    deps: ChannelsDeps,
    /// Of the configuration file.
    configured: Vec<Arc<Corp>>,
    /// Connected through the API, by corp id.
    connected: RwLock<BTreeMap<String, Connected>>,
    /// What connected corps have in common.
    template: WecomConfig,
    /// Told whenever `connected` changed.
    changed: watch::Sender<u64>,
    refreshing: tokio::sync::Mutex<()>,
    checking: tokio::sync::Mutex<()>,
}

/// A corp that was connected through the API.
struct Connected {
    revision: i64,
    /// `None`: it could not be opened, which the log says.
    corp: Option<Arc<Corp>>,
}

impl Channels {
    /// Opens the configured and the connected corps; nothing runs before `run`. `MIGRATIONS` must have run.
    pub async fn open(deps: ChannelsDeps, configs: Vec<WecomConfig>) -> Result<Arc<Self>, ChannelError> {
        let template = template(&configs);
        let mut configured: Vec<Arc<Corp>> = Vec::with_capacity(configs.len());
        for config in configs {
            if configured.iter().any(|corp| corp.config.corp_id == config.corp_id) {
                return Err(ChannelError::Config(format!("the corp {} is configured twice", config.corp_id)));
            }
            configured.push(Corp::open(&deps, config).await?);
        }
        let channels = Self {
            deps,
            configured,
            connected: RwLock::default(),
            template,
            changed: watch::Sender::new(0),
            refreshing: tokio::sync::Mutex::default(),
            checking: tokio::sync::Mutex::default(),
        };
        channels.refresh().await?;
        Ok(Arc::new(channels))
    }

    /// Runs everything until told to stop, then ends what is under way.
    pub async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) {
        // Callbacks arrive at any process, so each has to know all corps.
        let looking = tokio::spawn(Arc::clone(&self).look_for_changes(stop.clone()));
        self.run_channels(stop).await;
        let _ = looking.await;
    }

    async fn run_channels(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let Some(holder) = self.deps.lease_holder.clone() else {
            return self.run_all(stop).await;
        };
        loop {
            if self.holds(&holder).await && self.run_while_held(&holder, &mut stop).await {
                break;
            }
            if pause(&mut stop).await {
                break;
            }
        }
        if let Err(error) = lease::let_go(&self.deps.db, LEASE, &holder).await {
            tracing::warn!(%error, "the lease of the channels ends by itself");
        }
    }

    /// `true`: told to stop; `false`: the lease was lost.
    async fn run_while_held(self: &Arc<Self>, holder: &str, stop: &mut watch::Receiver<bool>) -> bool {
        let (inner_stop, inner) = watch::channel(false);
        let running = tokio::spawn(Arc::clone(self).run_all(inner));
        let told = loop {
            if pause(stop).await {
                break true;
            }
            if !self.holds(holder).await {
                break false;
            }
        };
        let _ = inner_stop.send(true);
        let _ = running.await;
        told
    }

    async fn holds(&self, holder: &str) -> bool {
        match lease::hold(&self.deps.db, LEASE, holder, LEASE_MS, self.deps.clock.now()).await {
            Ok(fence) => fence.is_some(),
            Err(error) => {
                tracing::error!(%error, "the lease of the channels cannot be renewed");
                false
            }
        }
    }

    async fn run_all(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let mut tasks = JoinSet::new();
        tasks.spawn(supervise::keep_running(Arc::clone(&self), stop.clone()));
        let handler: Arc<dyn JobHandler> = Arc::new(CallbackHandler { channels: Arc::clone(&self) });
        let (db, clock) = (self.deps.db.clone(), Arc::clone(&self.deps.clock));
        tasks.spawn(queue::run_queue(db, handler, clock, stop));
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a task of the channels ended unexpectedly");
            }
        }
    }

    /// All corps, those of the configuration file first.
    pub(crate) fn corps(&self) -> Vec<Arc<Corp>> {
        let connected = self.connected.read();
        self.configured.iter().chain(connected.values().flat_map(|one| &one.corp)).cloned().collect()
    }

    pub(crate) fn corp(&self, corp_id: &str) -> Result<Arc<Corp>, ChannelError> {
        let found = self.configured.iter().find(|corp| corp.config.corp_id == corp_id).cloned();
        let found = found.or_else(|| self.connected.read().get(corp_id)?.corp.clone());
        found.ok_or_else(|| ChannelError::CorpNotFound(corp_id.to_owned()))
    }

    /// Whether the corp stands in the configuration file.
    pub(crate) fn is_configured(&self, corp_id: &str) -> bool {
        self.configured.iter().any(|corp| corp.config.corp_id == corp_id)
    }

    /// Makes a callback durable; repeats of it are the same job. Then hints at it at once.
    pub(crate) async fn take_callback(&self, corp: &Corp, callback: &CheckedCallback) -> Result<(), ChannelError> {
        let payload =
            serde_json::to_string(&callback.event).map_err(|error| ChannelError::Internal(error.to_string()))?;
        let mut tx = self.deps.db.begin().await?;
        queue::enqueue(&mut tx, JOB_KIND, &callback.key, &payload, self.deps.clock.now()).await?;
        tx.commit().await?;
        react(corp, &callback.event);
        Ok(())
    }
}

fn react(corp: &Corp, event: &CallbackEvent) {
    match reaction(event) {
        Reaction::FetchMessages => {
            if let Some(intake) = &corp.intake {
                intake.notified();
            }
        }
        Reaction::SyncDirectory => corp.directory_changed(),
        Reaction::NameRoom => corp.room_changed(&event.chat_id),
        Reaction::Nothing => {}
    }
}

/// Waits until the lease has to be looked at again; `true`: told to stop.
async fn pause(stop: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(LEASE_RENEW_MS)) => false,
        () = stopped(stop) => true,
    }
}

struct CallbackHandler {
    channels: Arc<Channels>,
}

#[async_trait]
impl JobHandler for CallbackHandler {
    fn kind(&self) -> &'static str {
        JOB_KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobFailure> {
        let event: CallbackEvent =
            serde_json::from_str(&job.payload).map_err(|error| JobFailure::Final(error.to_string()))?;
        // A corp that is no longer configured has nothing to react with.
        if let Ok(corp) = self.channels.corp(&event.corp_id) {
            react(&corp, &event);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
