//! All parts opened on one data directory, and the tasks that keep them going.
//!
//! The order matters in one place only: tables first, then parts from the bottom up; tasks stop from the top down.

mod commands;
mod parts;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use tokio::sync::watch;
use tokio::task::JoinSet;
use xinlu_channels::{ChannelError, Channels, ChannelsDeps};
use xinlu_http::{Endpoint, Services};
use xinlu_index::Engine;
use xinlu_jobs::{Consumer, run_consumer};
use xinlu_model::{Clock, Random};
use xinlu_search::Search;

use crate::assets;
use crate::command::Place;
use crate::config::{Config, ConfigError};
use crate::cross_log::Carrier;
use crate::data::DataError;
use crate::events::{self, Events, Hub, Watcher};
use crate::listen::{ListenError, listen};
use crate::monitor::Monitor;
use crate::system::{SystemClock, SystemRandom};
use crate::wal::WalKeeper;

pub(crate) use commands::new_password;
pub use commands::{add_user, list_users, reset_password, rotate_keys};
pub use parts::{Parts, TABLES};
pub(crate) use parts::{key_rows, origin, rows, signing_key};

/// Why the program cannot go on. Its text is for the operator and begins with a stable code where one exists.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data directory.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The address.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// A part refused to open or to act.
    #[error("{code}: {cause}")]
    Part {
        /// Its stable code.
        code: &'static str,
        /// What it says.
        cause: String,
    },
    /// The simulator of the demo.
    #[error("the simulator: {0}")]
    Simulator(String),
    /// Something of the system.
    #[error(transparent)]
    System(#[from] std::io::Error),
}

impl Failure {
    /// From any part's error.
    pub(crate) fn part<F: xinlu_model::Fault>(fault: F) -> Self {
        Self::Part { code: fault.code(), cause: fault.to_string() }
    }
}

/// The time and the randomness that everything is handed.
#[derive(Clone)]
pub struct World {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub random: Arc<dyn Random>,
}

impl World {
    /// The system's own.
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), random: Arc::new(SystemRandom) }
    }
}

/// A running app.
pub struct App {
    /// Its configuration.
    pub config: Config,
    /// The parts below.
    pub parts: Parts,
    search: Arc<Search>,
    channels: Arc<Channels>,
    hub: Arc<Hub>,
    world: World,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl App {
    /// Opens everything on the configured data directory and starts the tasks.
    ///
    /// `environment` is added to that of SDK workers (the demo says there where its simulator is).
    pub async fn start(config: Config, environment: Vec<(String, String)>) -> Result<Self, Failure> {
        crate::system::install_tls();
        let world = World::system();
        let parts = Parts::open(&config, &world).await?;
        let search = parts.search(&config, &world)?;
        let deps = ChannelsDeps {
            db: parts.db.clone(),
            archive: Arc::clone(&parts.archive),
            directory: Arc::clone(parts.identity.directory()),
            keys: Arc::clone(&parts.keys),
            clock: Arc::clone(&world.clock),
            worker: parts::worker(environment)?,
            lease_holder: config.database.url.is_some().then(|| process_name(&world)),
        };
        let channels = Channels::open(deps, config.wecom.clone()).await.map_err(Failure::part::<ChannelError>)?;
        let (stop, stopped) = watch::channel(false);
        let hub = Arc::new(Hub::new(process_name(&world)));
        let mut app = Self { config, parts, search, channels, hub, world, stop, tasks: JoinSet::new() };
        app.spawn(&stopped);
        Ok(app)
    }

    fn spawn(&mut self, stopped: &watch::Receiver<bool>) {
        let parts = &self.parts;
        self.tasks.spawn(Arc::clone(&parts.archive_log).run(stopped.clone()));
        self.tasks.spawn(Arc::clone(&parts.audit_log).run(stopped.clone()));
        let carrier = Carrier {
            db: parts.db.clone(),
            archive: Arc::clone(&parts.archive),
            archive_log: Arc::clone(&parts.archive_log),
            audit_log: Arc::clone(&parts.audit_log),
            clock: Arc::clone(&self.world.clock),
        };
        self.tasks.spawn(carrier.run(stopped.clone()));
        let keeper = WalKeeper::new(parts.db.clone(), parts.keys_db.clone(), Arc::clone(&self.world.clock));
        self.tasks.spawn(keeper.run(stopped.clone()));
        let indexer: Arc<dyn Consumer> = self.search.indexer();
        self.tasks.spawn(run_consumer(parts.db.clone(), indexer, stopped.clone()));
        self.tasks.spawn(Arc::clone(&parts.archive).run(stopped.clone()));
        self.tasks.spawn(Arc::clone(&self.channels).run(stopped.clone()));
        let watcher = Watcher {
            hub: Arc::clone(&self.hub),
            archive: Arc::clone(&parts.archive),
            engine: self.search.engine(),
            db: parts.db.clone(),
        };
        self.tasks.spawn(watcher.run(stopped.clone()));
    }

    /// Every endpoint of every part.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let mut all = xinlu_identity::endpoints(&self.parts.identity);
        all.extend(xinlu_archive::endpoints(&self.parts.archive));
        all.extend(xinlu_search::endpoints(&self.search));
        all.extend(xinlu_channels::endpoints(&self.channels));
        all.extend(crate::licences::endpoints());
        all.extend(events::endpoints(Events {
            hub: Arc::clone(&self.hub),
            authenticate: self.parts.identity.clone(),
            clock: Arc::clone(&self.world.clock),
            stop: self.stop.subscribe(),
        }));
        all
    }

    /// The API, the console, health and metrics.
    pub fn router(&self) -> Router {
        let services = Services {
            authenticate: self.parts.identity.clone(),
            audit: self.parts.identity.clone(),
            clock: Arc::clone(&self.world.clock),
            random: Arc::clone(&self.world.random),
        };
        let api = xinlu_http::router(self.endpoints(), &services);
        api.merge(Monitor::start(self.parts.db.clone()).router()).merge(assets::router())
    }

    /// How many messages can be found.
    pub async fn indexed(&self) -> Result<u64, Failure> {
        let engine: Arc<dyn Engine> = self.search.engine();
        let status = tokio::task::spawn_blocking(move || engine.status()).await.map_err(std::io::Error::other)?;
        Ok(status.map_err(|error| Failure::Part { code: "search.index", cause: error.to_string() })?.documents)
    }

    /// Tells the tasks and the streams under way to stop, without waiting.
    pub fn begin_stop(&self) {
        let _ = self.stop.send(true);
    }

    /// Stops the tasks: what is under way is finished or is resumed at the next start. To be called last, when nobody asks
    /// any more.
    pub async fn stop(mut self) {
        self.begin_stop();
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a task ended unexpectedly");
            }
        }
        self.parts.close().await;
    }
}

/// A name no other process has: in containers every process has the same number.
fn process_name(world: &World) -> String {
    let mut bytes = [0u8; 16];
    world.random.fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `xinlu serve`.
pub async fn serve(place: &Place) -> Result<(), Failure> {
    let config = place.config()?;
    config.check()?;
    let app = App::start(config, Vec::new()).await?;
    let (stop, stopped) = watch::channel(false);
    let listening = listen(&app.config, app.router(), stopped).await?;
    let url = format!("{}://{}", listening.scheme, listening.address);
    if let Some(token) = app.parts.identity.setup_token().await.map_err(Failure::part)? {
        println!("first run: open {url} and set up the administrator with this one-time token: {token}");
    }
    println!("ready {url}");
    told_to_stop().await;
    app.begin_stop();
    let _ = stop.send(true);
    let _ = listening.task.await;
    app.stop().await;
    Ok(())
}

/// Waits for Ctrl-C or SIGTERM.
pub async fn told_to_stop() {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    let terminated = async {
        match &mut terminate {
            Ok(signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

/// `xinlu sdk-worker`: the process that holds the vendor's library.
pub fn sdk_worker(library: &Path) -> ExitCode {
    match xinlu_channels::wecom_archive::sdk_worker::worker_main(library) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sdk-worker: {error}");
            ExitCode::FAILURE
        }
    }
}
