//! The parent's handle on a worker: starts it, talks to it, kills it when it hangs, and finds the message that kills it.
//!
//! One owner, one call at a time. A death while decrypting a batch is answered by decrypting that batch one message at
//! a time, so exactly the killing message is named. It never logs a secret, a key or a message.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, sleep_until, timeout};

use super::frame::{FRAME_BYTES_MAX, LENGTH_BYTES, PREAMBLE, Request, Response};
use super::input::CODE_REFUSED;
use crate::Secret;

/// How long a worker may take to load the library and say hello.
const START_TIMEOUT_MS: u64 = 15_000;
/// `Init` needs no network; it either returns at once or hangs.
const INIT_TIMEOUT_MS: u64 = 15_000;
/// Added to the library's own time-out before the worker counts as hung.
const GRACE_MS: u64 = 10_000;
/// Messages of one decrypt frame: small enough that a retry one by one is short, large enough that frames cost nothing.
const DECRYPT_ITEMS_MAX: usize = 256;
/// Bytes of one decrypt frame, unless a single message is larger.
const DECRYPT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// First wait after a worker died before it answered anything; doubled each time.
const RESTART_MS: u64 = 100;
/// Longest such wait.
const RESTART_MS_MAX: u64 = 30_000;
/// Bytes skipped in search of the preamble; a library prints a banner at most.
const BANNER_BYTES_MAX: usize = 64 * 1024;
/// Bytes read from a worker at once.
const READ_BYTES: usize = 256 * 1024;

/// How to start a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerCommand {
    /// The program: this one.
    pub program: PathBuf,
    /// Its arguments: `sdk-worker --library PATH`.
    pub arguments: Vec<String>,
    /// Environment variables added to this process's own.
    pub environment: Vec<(String, String)>,
}

/// What a worker is told about its corp, and how patient its parent is.
#[derive(Clone, Debug)]
pub struct SdkSettings {
    /// The corp's id.
    pub corp_id: String,
    /// The secret of the conversation archive.
    pub secret: Secret,
    /// `http://…` or `socks5://…`; empty: none.
    pub proxy: String,
    /// `user:password` of the proxy; may be empty.
    pub proxy_password: Secret,
    /// The library's own time-out of a call over the network, in seconds.
    pub network_timeout_s: u32,
    /// How long decrypting one frame may take before the worker counts as hung, in milliseconds.
    pub decrypt_timeout_ms: u64,
}

/// What the library answered to a fetch.
#[derive(Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Return code of the library, 0 when it has an answer.
    pub code: i32,
    /// The answer: JSON with its own `errcode`.
    pub json: Vec<u8>,
}

/// What became of one message.
#[derive(Debug, PartialEq, Eq)]
pub enum Decrypted {
    /// Its JSON.
    Plain(Vec<u8>),
    /// The library refused with this code.
    Code(i32),
    /// It was not handed to the library, which would have crashed: no base64, too short, too large.
    Refused,
    /// The library crashed or hung on it, alone.
    Crashed,
}

/// One chunk of media.
#[derive(Debug, PartialEq, Eq)]
pub struct MediaChunk {
    /// Return code of the library.
    pub code: i32,
    /// Whether it was the last.
    pub finished: bool,
    /// Where the next begins.
    pub next_index: String,
    /// The bytes.
    pub data: Vec<u8>,
}

/// The worker could not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdkError {
    /// The worker cannot be started or the library cannot be loaded.
    #[error("the SDK worker does not start: {0}")]
    Start(String),
    /// `Init` was refused.
    #[error("the SDK refused its configuration (code {0})")]
    Init(i32),
    /// The worker died or hung during a call; it will be started again for the next one.
    #[error("the SDK worker died or hung")]
    Died,
}

struct Running {
    _child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    initialised: bool,
    answered: bool,
}

/// A worker that is there when it is needed.
pub struct SdkProcess {
    command: WorkerCommand,
    settings: SdkSettings,
    running: Option<Running>,
    idle_deaths: u32,
    start_at: Option<Instant>,
    deaths: u64,
}

impl SdkProcess {
    /// Nothing is started before the first call.
    pub fn new(command: WorkerCommand, settings: SdkSettings) -> Self {
        Self { command, settings, running: None, idle_deaths: 0, start_at: None, deaths: 0 }
    }

    /// How often a worker of this handle died or was killed because it hung.
    pub fn deaths(&self) -> u64 {
        self.deaths
    }

    /// `GetChatData`: messages with a seq greater than `seq`.
    pub async fn fetch(&mut self, seq: u64, limit: u32) -> Result<Fetched, SdkError> {
        self.initialise().await?;
        let timeout_s = self.settings.network_timeout_s;
        match self.exchange(&Request::Fetch { seq, limit, timeout_s }, self.network_ms()).await? {
            Response::Fetch { code, json } => Ok(Fetched { code, json }),
            other => Err(self.unexpected(other)),
        }
    }

    /// One call of `GetMediaData`; `index` is empty first, then what the chunk before said.
    pub async fn media(&mut self, index: &str, handle: &str) -> Result<MediaChunk, SdkError> {
        self.initialise().await?;
        let timeout_s = self.settings.network_timeout_s;
        let request = Request::Media { index: index.into(), file: handle.into(), timeout_s };
        match self.exchange(&request, self.network_ms()).await? {
            Response::Media { code, finished, next_index, data } => {
                let next_index = String::from_utf8_lossy(&next_index).into_owned();
                Ok(MediaChunk { code, finished, next_index, data })
            }
            other => Err(self.unexpected(other)),
        }
    }

    /// Decrypts pairs of random key and message, in order, one answer each. An error means the worker cannot run at
    /// all; a message it dies on is `Crashed`.
    pub async fn decrypt(&mut self, pairs: Vec<(Vec<u8>, Vec<u8>)>) -> Result<Vec<Decrypted>, SdkError> {
        let mut answers = Vec::with_capacity(pairs.len());
        for frame in frames(pairs) {
            let request = Request::Decrypt { pairs: frame };
            match self.decrypt_frame(&request).await {
                Ok(opened) => answers.extend(opened),
                Err(SdkError::Died) => answers.extend(self.decrypt_singly(request).await?),
                Err(other) => return Err(other),
            }
        }
        Ok(answers)
    }

    /// Ends the worker; the next call starts a new one.
    pub fn stop(&mut self) {
        self.running = None;
    }

    async fn decrypt_singly(&mut self, request: Request) -> Result<Vec<Decrypted>, SdkError> {
        let Request::Decrypt { pairs } = request else { return Ok(Vec::new()) };
        let mut answers = Vec::with_capacity(pairs.len());
        for pair in pairs {
            match self.decrypt_frame(&Request::Decrypt { pairs: vec![pair] }).await {
                Ok(opened) => answers.extend(opened),
                Err(SdkError::Died) => answers.push(Decrypted::Crashed),
                Err(other) => return Err(other),
            }
        }
        Ok(answers)
    }

    async fn decrypt_frame(&mut self, request: &Request) -> Result<Vec<Decrypted>, SdkError> {
        let Request::Decrypt { pairs } = request else { return Ok(Vec::new()) };
        self.start().await?;
        match self.exchange(request, self.settings.decrypt_timeout_ms).await? {
            Response::Decrypt { opened } if opened.len() == pairs.len() => {
                Ok(opened.into_iter().map(|(code, message)| decrypted(code, message)).collect())
            }
            other => Err(self.unexpected(other)),
        }
    }

    fn network_ms(&self) -> u64 {
        u64::from(self.settings.network_timeout_s) * 1_000 + GRACE_MS
    }

    /// Starts the worker, loads the library and hands it corp id and secret, unless that is done. Needs no network.
    pub async fn initialise(&mut self) -> Result<(), SdkError> {
        self.start().await?;
        if self.running.as_ref().is_some_and(|running| running.initialised) {
            return Ok(());
        }
        let settings = &self.settings;
        let request = Request::Init {
            corp: settings.corp_id.clone().into(),
            secret: settings.secret.reveal().into(),
            proxy: settings.proxy.clone().into(),
            proxy_password: settings.proxy_password.reveal().into(),
        };
        match self.exchange(&request, INIT_TIMEOUT_MS).await? {
            Response::Init { code: 0 } => {
                if let Some(running) = self.running.as_mut() {
                    running.initialised = true;
                }
                Ok(())
            }
            Response::Init { code } => Err(SdkError::Init(code)),
            other => Err(self.unexpected(other)),
        }
    }

    async fn start(&mut self) -> Result<(), SdkError> {
        if self.running.is_some() {
            return Ok(());
        }
        if let Some(start_at) = self.start_at.take() {
            sleep_until(start_at).await;
        }
        match timeout(Duration::from_millis(START_TIMEOUT_MS), spawn(&self.command)).await {
            Ok(Ok(running)) => {
                self.running = Some(running);
                Ok(())
            }
            Ok(Err(error)) => Err(self.failed_start(error.to_string())),
            Err(_) => Err(self.failed_start("it said nothing in time".to_owned())),
        }
    }

    fn failed_start(&mut self, reason: String) -> SdkError {
        self.running = None;
        self.back_off();
        SdkError::Start(reason)
    }

    fn back_off(&mut self) {
        let wait_ms = (RESTART_MS << self.idle_deaths.min(16)).min(RESTART_MS_MAX);
        self.idle_deaths += 1;
        self.start_at = Some(Instant::now() + Duration::from_millis(wait_ms));
    }

    /// Sends a frame and waits for its answer; on any trouble the worker is ended and counted. The worker is out of
    /// its place meanwhile, so a call that is given up half-way ends it too and no answer can go to another question.
    async fn exchange(&mut self, request: &Request, timeout_ms: u64) -> Result<Response, SdkError> {
        let Some(mut running) = self.running.take() else { return Err(SdkError::Died) };
        let exchanged = timeout(Duration::from_millis(timeout_ms), talk(&mut running, &request.encode())).await;
        if let Ok(Ok(response)) = exchanged {
            running.answered = true;
            self.running = Some(running);
            self.idle_deaths = 0;
            return Ok(response);
        }
        self.deaths += 1;
        tracing::warn!(hung = exchanged.is_err(), deaths = self.deaths, "the SDK worker died or hung");
        if !running.answered && !matches!(request, Request::Decrypt { .. }) {
            self.back_off();
        }
        Err(SdkError::Died)
    }

    /// An answer that does not belong to its request: the library is not loaded, or the worker is not ours.
    fn unexpected(&mut self, response: Response) -> SdkError {
        let reason = match response {
            Response::Failed { reason } => reason,
            _ => "it answered something else".to_owned(),
        };
        self.failed_start(reason)
    }
}

fn decrypted(code: i32, message: Vec<u8>) -> Decrypted {
    match code {
        0 => Decrypted::Plain(message),
        CODE_REFUSED => Decrypted::Refused,
        code => Decrypted::Code(code),
    }
}

/// Splits pairs into frames of bounded count and size.
fn frames(pairs: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut frames: Vec<Vec<_>> = Vec::new();
    let mut bytes = 0;
    for pair in pairs {
        let size = pair.0.len() + pair.1.len();
        match frames.last_mut() {
            Some(frame) if frame.len() < DECRYPT_ITEMS_MAX && bytes + size <= DECRYPT_BYTES_MAX => {
                bytes += size;
                frame.push(pair);
            }
            _ => {
                bytes = size;
                frames.push(vec![pair]);
            }
        }
    }
    frames
}

async fn spawn(command: &WorkerCommand) -> std::io::Result<Running> {
    let mut child = Command::new(&command.program)
        .args(&command.arguments)
        .envs(command.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // The library may print what it should not.
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let missing = || std::io::Error::other("the worker has no pipes");
    let input = child.stdin.take().ok_or_else(missing)?;
    let output = child.stdout.take().ok_or_else(missing)?;
    let mut output = BufReader::with_capacity(READ_BYTES, output);
    find_preamble(&mut output).await?;
    Ok(Running { _child: child, input, output, initialised: false, answered: false })
}

async fn find_preamble(output: &mut BufReader<ChildStdout>) -> std::io::Result<()> {
    let mut seen: Vec<u8> = Vec::new();
    while !seen.ends_with(PREAMBLE) {
        if seen.len() >= BANNER_BYTES_MAX {
            return Err(std::io::Error::other("it is not an SDK worker"));
        }
        seen.push(output.read_u8().await?);
    }
    Ok(())
}

async fn talk(running: &mut Running, frame: &[u8]) -> std::io::Result<Response> {
    running.input.write_all(frame).await?;
    running.input.flush().await?;
    let length = running.output.read_u32_le().await? as usize;
    // The length field itself is not part of the frame.
    if length > FRAME_BYTES_MAX + LENGTH_BYTES {
        return Err(std::io::Error::other("a frame is too large"));
    }
    let mut answer = vec![0; length];
    running.output.read_exact(&mut answer).await?;
    Response::decode(&answer).map_err(std::io::Error::other)
}

#[cfg(test)]
mod tests;
