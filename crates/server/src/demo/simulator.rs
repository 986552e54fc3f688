//! The simulator as a child process: started, asked, stopped.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use crate::app::Failure;
use crate::data::DataLayout;

/// The program, beside our own.
const PROGRAM: &str = "xinlu-simulator";
/// The simulated SDK, beside our own program.
const LIBRARY: &str = "libwework_finance_sdk.so";
/// How long an answer of the simulator may take.
const TIMEOUT_MS: u64 = 30_000;
/// How long it may take to end by itself.
const STOP_MS: u64 = 3_000;
/// Live messages a minute.
const LIVE_PER_MINUTE: u32 = 40;

/// A running simulator.
pub struct Simulator {
    stop: watch::Sender<bool>,
    ended: watch::Receiver<bool>,
    client: reqwest::Client,
    pub(super) url: String,
    pub(super) library: PathBuf,
    pub(super) folder: PathBuf,
}

/// Starts it and waits until it serves; its progress is shown.
pub async fn start(layout: &DataLayout, messages: u64) -> Result<Simulator, Failure> {
    let beside = std::env::current_exe()?.parent().map(PathBuf::from).unwrap_or_default();
    let (program, library) = (beside.join(PROGRAM), beside.join(LIBRARY));
    for path in [&program, &library] {
        if !path.exists() {
            return Err(Failure::Simulator(format!("{} is not built; `make run` builds it", path.display())));
        }
    }
    let folder = layout.root().join("simulator");
    let mut child = Command::new(program)
        .args(["serve", "--listen", "127.0.0.1:0", "--live-per-minute", &LIVE_PER_MINUTE.to_string()])
        .args(["--messages", &messages.to_string(), "--data"])
        .arg(&folder)
        .stdout(Stdio::piped())
        .arg("--stop-with-stdin")
        .stdin(Stdio::piped())
        .kill_on_drop(true)
        .process_group(0)
        .spawn()?;
    let output = child.stdout.take().ok_or_else(|| Failure::Simulator("it has no output".to_owned()))?;
    let mut lines = BufReader::new(output).lines();
    let url = loop {
        let Some(line) = lines.next_line().await? else {
            return Err(Failure::Simulator("it ended before it was ready".to_owned()));
        };
        match line.strip_prefix("ready ") {
            Some(url) => break url.trim().to_owned(),
            None => println!("  simulator: {line}"),
        }
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let client = reqwest::Client::builder().timeout(Duration::from_millis(TIMEOUT_MS)).no_proxy().build();
    let client = client.map_err(|error| Failure::Simulator(error.to_string()))?;
    let (stop, stopped) = watch::channel(false);
    let (ending, ended) = watch::channel(false);
    tokio::spawn(keep(child, stopped, ending));
    Ok(Simulator { stop, ended, client, url, library, folder })
}

async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Holds the child until it ends or is to stop: asked first, then killed.
async fn keep(mut child: Child, mut stop: watch::Receiver<bool>, ending: watch::Sender<bool>) {
    // Its input stays open as long as we live: it ends by itself when we are gone, even if we are killed.
    let input = child.stdin.take();
    tokio::select! {
        _ = child.wait() => {}
        () = told(&mut stop) => {
            if let Some(id) = child.id() {
                let _ = Command::new("kill").args(["-TERM", &id.to_string()]).status().await;
            }
            if tokio::time::timeout(Duration::from_millis(STOP_MS), child.wait()).await.is_err() {
                let _ = child.kill().await;
            }
        }
    }
    drop(input);
    let _ = ending.send(true);
}

impl Simulator {
    /// What it tells of itself.
    pub async fn state(&self) -> Result<Value, Failure> {
        let failed = |error: reqwest::Error| Failure::Simulator(error.to_string());
        let answer = self.client.get(format!("{}/sim/state", self.url)).send().await.map_err(failed)?;
        answer.json().await.map_err(failed)
    }

    /// How many messages it holds by now.
    pub async fn messages(&self) -> Result<u64, Failure> {
        let state = self.state().await?;
        let corps = state["corps"].as_array().cloned().unwrap_or_default();
        Ok(corps.iter().filter_map(|corp| corp["last_seq"].as_u64()).sum())
    }

    /// Tells it where we take callbacks.
    pub async fn call_back(&self, our_url: &str) -> Result<(), Failure> {
        let failed = |error: reqwest::Error| Failure::Simulator(error.to_string());
        let state = self.state().await?;
        for corp in state["corps"].as_array().into_iter().flatten() {
            let corpid = corp["config"]["corpid"].as_str().unwrap_or_default();
            let body = serde_json::json!({
                "url": format!("{our_url}/api/v1/callbacks/wecom/{corpid}"),
                "corpid": corpid,
            });
            let sent =
                self.client.put(format!("{}/sim/callback", self.url)).json(&body).send().await.map_err(failed)?;
            sent.error_for_status().map_err(failed)?;
        }
        Ok(())
    }

    /// Waits until it ends.
    pub async fn ended(&self) {
        let _ = self.ended.clone().wait_for(|ended| *ended).await;
    }

    /// Stops it.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        self.ended().await;
    }
}
