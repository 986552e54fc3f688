//! One corp: its intake, its media, its directory sync, the names of its groups, its callbacks, as far as each is
//! configured.
//!
//! It decides nothing by itself; it wires.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use utoipa::ToSchema;
use xinlu_archive::MEDIA_TOPIC;
use xinlu_model::{Clock, SourceId, Time};

use crate::channels::ChannelsDeps;
use crate::checks::local;
use crate::stop::stopped;
use crate::wecom_app::agreements::AgreementSync;
use crate::wecom_app::callback_crypto::CallbackCrypto;
use crate::wecom_app::client::{HttpSettings, SecretKind, WecomClient};
use crate::wecom_app::contacts::ContactsSync;
use crate::wecom_app::rooms::{RoomNames, RoomStatus};
use crate::wecom_archive::intake::{Intake, IntakeDeps};
use crate::wecom_archive::media::MediaFetch;
use crate::wecom_archive::status::IntakeStatus;
use crate::{ChannelError, WecomConfig};

/// A directory that just changed often changes again; one sync then covers all of it.
const SYNC_SETTLE_MS: u64 = 3_000;
/// How often to look for groups that are new or due: a look that finds none is one small query.
const ROOMS_MS: u64 = 30_000;

/// How the directory sync of a corp goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SyncStatus {
    /// The last sync that ended, whatever it came to.
    pub synced_at: Option<Time>,
    /// Departments then.
    pub departments: u64,
    /// Members then.
    pub members: u64,
    /// Members whose conversations WeCom archives; absent when that could not be read.
    pub seats: Option<u64>,
    /// Contacts then.
    pub contacts: u64,
    /// Agreements to being archived that WeCom was asked for and told after it.
    pub agreements: u64,
    /// What could not be read, and why.
    pub failures: Vec<String>,
}

/// How callbacks of a corp go, since the start of this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CallbackStatus {
    /// Taken.
    pub accepted: u64,
    /// Refused: wrong signature, malformed, for somebody else.
    pub refused: u64,
}

/// A corp as it runs.
pub(crate) struct Corp {
    pub(crate) config: WecomConfig,
    pub(crate) source: SourceId,
    pub(crate) intake: Option<Arc<Intake>>,
    pub(crate) crypto: Option<CallbackCrypto>,
    sync: Option<ContactsSync>,
    agreements: Option<AgreementSync>,
    rooms: Option<RoomNames>,
    rooms_bell: Notify,
    sync_bell: Notify,
    sync_status: Mutex<SyncStatus>,
    accepted: AtomicU64,
    refused: AtomicU64,
    deps: ChannelsDeps,
}

impl Corp {
    pub(crate) async fn open(deps: &ChannelsDeps, config: WecomConfig) -> Result<Arc<Self>, ChannelError> {
        if local::corp_id(&config.corp_id).is_err() {
            return Err(ChannelError::Config("a corp_id is missing or has odd characters".to_owned()));
        }
        let key = source_key(&config.corp_id);
        let name = if config.name.is_empty() { &config.corp_id } else { &config.name };
        let source = deps.archive.ensure_source(&key, name).await?;
        let intake = config.archive.clone().map(|archive| {
            let intake_deps = IntakeDeps {
                archive: Arc::clone(&deps.archive),
                clock: Arc::clone(&deps.clock),
                worker: deps.worker.clone(),
            };
            Intake::new(intake_deps, &config.corp_id, source, archive)
        });
        let crypto = match &config.callback {
            Some(callback) => {
                let crypto = CallbackCrypto::new(callback.token.clone(), &callback.encoding_aes_key, &config.corp_id);
                Some(crypto.map_err(|error| ChannelError::Config(error.to_string()))?)
            }
            None => None,
        };
        let client = client(&config, &deps.clock)?;
        let (archive, clock) = (&deps.archive, &deps.clock);
        let ask = |client| AgreementSync::new(client, Arc::clone(archive), source, Arc::clone(clock));
        let name = |client| RoomNames::new(client, Arc::clone(archive), source, Arc::clone(clock));
        Ok(Arc::new(Self {
            agreements: client.clone().map(ask),
            rooms: client.clone().map(name),
            rooms_bell: Notify::new(),
            sync: client.map(|client| ContactsSync::new(client, Arc::clone(&deps.directory), key)),
            config,
            source,
            intake,
            crypto,
            sync_bell: Notify::new(),
            sync_status: Mutex::default(),
            accepted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            deps: deps.clone(),
        }))
    }

    /// Runs what is configured until `stop` says so.
    pub(crate) async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let mut tasks = JoinSet::new();
        self.start(&mut tasks, &stop);
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(corp = self.config.corp_id, %error, "a task of a corp ended unexpectedly");
            }
        }
    }

    fn start(self: &Arc<Self>, tasks: &mut JoinSet<()>, stop: &watch::Receiver<bool>) {
        if let (Some(intake), Some(archive)) = (&self.intake, &self.config.archive) {
            tasks.spawn(Arc::clone(intake).run(stop.clone()));
            let media = Arc::new(MediaFetch {
                archive: Arc::clone(&self.deps.archive),
                clock: Arc::clone(&self.deps.clock),
                source: self.source,
                status: intake.shared_status(),
                bell: self.deps.db.listen(MEDIA_TOPIC),
                corp_id: self.config.corp_id.clone(),
                config: archive.clone(),
                worker: self.deps.worker.clone(),
            });
            tasks.spawn(media.run(stop.clone()));
        }
        if self.sync.is_some() {
            tasks.spawn(Arc::clone(self).run_sync(stop.clone()));
        }
        if self.rooms.is_some() {
            tasks.spawn(Arc::clone(self).run_rooms(stop.clone()));
        }
    }

    /// The directory may have changed.
    pub(crate) fn directory_changed(&self) {
        self.sync_bell.notify_one();
    }

    /// WeCom said that this group changed.
    pub(crate) fn room_changed(&self, room: &str) {
        if let Some(rooms) = &self.rooms {
            rooms.changed(room);
            self.rooms_bell.notify_one();
        }
    }

    /// Reads the directory now, then asks for agreements.
    pub(crate) async fn sync_now(&self) {
        let Some(sync) = &self.sync else { return };
        let mut status = match sync.sync().await {
            Ok(summary) => SyncStatus {
                synced_at: Some(self.deps.clock.now()),
                departments: summary.departments as u64,
                members: summary.members as u64,
                seats: summary.seats.map(|seats| seats as u64),
                contacts: summary.contacts as u64,
                agreements: 0,
                failures: summary.failures,
            },
            Err(error) => SyncStatus {
                synced_at: Some(self.deps.clock.now()),
                failures: vec![error.to_string()],
                ..self.sync_status.lock().clone()
            },
        };
        self.ask_agreements(&mut status).await;
        for failure in &status.failures {
            tracing::warn!(corp = self.config.corp_id, failure, "the directory was not read in full");
        }
        *self.sync_status.lock() = status;
    }

    async fn ask_agreements(&self, status: &mut SyncStatus) {
        let Some(agreements) = &self.agreements else { return };
        let failure = match agreements.run().await {
            Ok(summary) => {
                status.agreements = summary.answers as u64;
                summary.failure
            }
            Err(error) => Some(error.to_string()),
        };
        status.failures.extend(failure.map(|failure| format!("agreements: {failure}")));
    }

    /// Names groups until told to stop. Without names a group is shown by its members.
    async fn run_rooms(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let Some(rooms) = &self.rooms else { return };
        loop {
            let ran = tokio::select! {
                ran = rooms.run() => ran,
                () = stopped(&mut stop) => return,
            };
            if let Err(error) = ran {
                tracing::warn!(corp = self.config.corp_id, %error, "groups keep the names they have");
            }
            tokio::select! {
                () = next_time(&self.rooms_bell, ROOMS_MS) => {}
                () = stopped(&mut stop) => return,
            }
        }
    }

    async fn run_sync(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = self.sync_now() => {}
                () = stopped(&mut stop) => return,
            }
            tokio::select! {
                () = next_time(&self.sync_bell, self.config.app.sync_interval_ms) => {}
                () = stopped(&mut stop) => return,
            }
        }
    }

    pub(crate) fn count_callback(&self, accepted: bool) {
        let (counter, outcome) = if accepted { (&self.accepted, "accepted") } else { (&self.refused, "refused") };
        counter.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("xinlu_wecom_callbacks_total", "outcome" => outcome).increment(1);
    }

    pub(crate) fn callback_status(&self) -> CallbackStatus {
        let (accepted, refused) = (self.accepted.load(Ordering::Relaxed), self.refused.load(Ordering::Relaxed));
        CallbackStatus { accepted, refused }
    }

    pub(crate) fn sync_status(&self) -> SyncStatus {
        self.sync_status.lock().clone()
    }

    pub(crate) fn room_status(&self) -> Option<RoomStatus> {
        self.rooms.as_ref().map(RoomNames::status)
    }

    pub(crate) fn intake_status(&self) -> Option<IntakeStatus> {
        self.intake.as_ref().map(|intake| intake.status())
    }
}

/// Waits until the bell has rung and settled, or until the interval is over.
async fn next_time(bell: &Notify, interval_ms: u64) {
    tokio::select! {
        () = bell.notified() => tokio::time::sleep(Duration::from_millis(SYNC_SETTLE_MS)).await,
        () = tokio::time::sleep(Duration::from_millis(interval_ms)) => {}
    }
}

/// The lasting name of a corp's source, in the archive and in the directory.
pub(crate) fn source_key(corp_id: &str) -> String {
    format!("wecom:{corp_id}")
}

/// A client with the secrets of a corp; `None` when it has none.
pub(crate) fn client(config: &WecomConfig, clock: &Arc<dyn Clock>) -> Result<Option<Arc<WecomClient>>, ChannelError> {
    let app = &config.app;
    let archive_secret = config.archive.as_ref().map(|archive| archive.secret.clone()).unwrap_or_default();
    let secrets = vec![
        (SecretKind::Archive, archive_secret),
        (SecretKind::Contacts, app.contacts_secret.clone()),
        (SecretKind::External, app.external_secret.clone()),
    ];
    if secrets.iter().all(|(_, secret)| secret.is_empty()) {
        return Ok(None);
    }
    let settings = HttpSettings {
        base_url: app.base_url.trim_end_matches('/').to_owned(),
        proxy: app.proxy.clone(),
        timeout_ms: app.timeout_ms,
        ..HttpSettings::default()
    };
    WecomClient::new(&config.corp_id, secrets, settings, Arc::clone(clock)).map(Some)
}
