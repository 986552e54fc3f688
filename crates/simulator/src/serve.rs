//! Starts a world: prepares the past, then serves the APIs, the library and the admin endpoints, and lets live traffic run.
//!
//! Prints one line `ready http://ADDRESS` when it serves; a parent process waits for that.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::error::SimulatorError;
use crate::faults::Faults;
use crate::prepare;
use crate::process;
use crate::world::{Corp, World, WorldConfig};

mod routes;

/// Progress is told at every further percent.
const PROGRESS_STEPS: u64 = 100;
/// Milliseconds in a minute.
const MINUTE_MS: u64 = 60_000;

/// The command line of `serve`.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address to listen on; port 0 takes a free one.
    pub listen: String,
    /// Data directory.
    pub data: PathBuf,
    /// Seed of all content and secrets.
    pub seed: u64,
    /// Members of the first corp.
    pub members: u32,
    /// Contacts of the first corp.
    pub contacts: u32,
    /// Messages of the past of the first corp.
    pub messages: u64,
    /// Number of corps.
    pub corps: u32,
    /// Live messages a minute in each corp; 0 for none.
    pub live_per_minute: u32,
    /// Where the past ends at the first start, milliseconds since 1970; now when absent.
    pub epoch_ms: Option<i64>,
    /// Faults file.
    pub faults: Option<PathBuf>,
    /// Where callbacks go; `{corpid}` is replaced.
    pub callback_url: Option<String>,
    /// Ends when standard input is closed.
    pub stop_with_stdin: bool,
}

/// Runs until the process is told to end (Ctrl-C, SIGTERM).
pub fn run(options: Options) -> Result<(), SimulatorError> {
    let world = Arc::new(open(&options)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|source| SimulatorError::Listen { address: options.listen.clone(), source })?;
    let result = runtime.block_on(serve(world, &options));
    // Calls that hang on purpose must not keep the process alive.
    runtime.shutdown_timeout(Duration::from_millis(200));
    result
}

fn open(options: &Options) -> Result<World, SimulatorError> {
    let faults = match &options.faults {
        None => Faults::default(),
        Some(path) => {
            let text = std::fs::read(path).map_err(|error| SimulatorError::file(path, error))?;
            serde_json::from_slice(&text).map_err(|error| SimulatorError::Document {
                what: path.display().to_string(),
                reason: error.to_string(),
            })?
        }
    };
    let sizes = (options.members, options.contacts, options.messages);
    let ends_at_ms = options.epoch_ms.unwrap_or_else(process::now_ms);
    let wanted = WorldConfig::new(options.seed, sizes, options.corps, ends_at_ms);
    let config = wanted.clone().keep(&options.data)?;
    if (WorldConfig { past_ends_at_ms: config.past_ends_at_ms, ..wanted }) != config {
        say("this data directory was started with other sizes or another seed; going on with those");
    }
    let mut corps = Vec::new();
    for index in 0..config.corps {
        let corp = Corp::open(&config, &options.data, index)?;
        prepare_past(&config, &corp, &faults)?;
        let url = options.callback_url.as_ref().map(|url| url.replace("{corpid}", &corp.config.corpid));
        corp.callbacks.lock().url = url;
        corps.push(corp);
    }
    Ok(World::new(config, corps, faults))
}

fn prepare_past(config: &WorldConfig, corp: &Corp, faults: &Faults) -> Result<(), SimulatorError> {
    let told = std::cell::Cell::new(0);
    let cost = prepare::prepare(config, corp, faults, &|done, total| {
        let step = done * PROGRESS_STEPS / total.max(1);
        if step > told.get() {
            told.set(step);
            say(&format!("preparing {} {done}/{total}", corp.config.corpid));
        }
    })?;
    say(&format!(
        "prepared {} messages={} present={} seconds={:.2} cpu_seconds={:.2}",
        corp.config.corpid,
        cost.messages,
        corp.archive.lock().last_seq(),
        cost.seconds,
        cost.cpu_seconds
    ));
    Ok(())
}

async fn serve(world: Arc<World>, options: &Options) -> Result<(), SimulatorError> {
    let failed = |source| SimulatorError::Listen { address: options.listen.clone(), source };
    let listener = tokio::net::TcpListener::bind(&options.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let agent = crate::callbacks::new_agent();
    for index in 0..world.corps.len() {
        tokio::spawn(crate::callbacks::notify_for_ever(Arc::clone(&world), agent.clone(), index));
        if let Some(pause_ms) = MINUTE_MS.checked_div(u64::from(options.live_per_minute)) {
            tokio::spawn(live_for_ever(Arc::clone(&world), index, Duration::from_millis(pause_ms.max(1))));
        }
    }
    let app = routes::app(world, agent).into_make_service_with_connect_info::<SocketAddr>();
    say(&format!("ready http://{address}"));
    axum::serve(listener, app).with_graceful_shutdown(told_to_end(options.stop_with_stdin)).await.map_err(failed)
}

/// Appends a live message to the corp at `index` after every pause.
async fn live_for_ever(world: Arc<World>, index: usize, pause: Duration) {
    let mut ticks = tokio::time::interval(pause);
    loop {
        ticks.tick().await;
        let world = Arc::clone(&world);
        // A message may bring a new file with it, and making one is no work for an async thread.
        let appended = tokio::task::spawn_blocking(move || {
            world.corps.get(index).map(|corp| corp.append_live(&world.faults(), process::now_ms()))
        });
        match appended.await {
            Ok(Some(Ok(_))) => {}
            Ok(Some(Err(error))) => return say(&format!("live traffic ended: {error}")),
            _ => return,
        }
    }
}

async fn told_to_end(stop_with_stdin: bool) {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    let parent_gone = async {
        if !stop_with_stdin {
            return std::future::pending().await;
        }
        let (tell, told) = tokio::sync::oneshot::channel();
        // A thread of its own: nothing can interrupt a read of standard input, and it must not hold up the runtime.
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            tell.send(())
        });
        let _ = told.await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = parent_gone => {}
        () = terminated => {}
    }
}

/// One line for whoever started us; a closed pipe is no reason to stop.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
    let _ = std::io::stdout().flush();
}
