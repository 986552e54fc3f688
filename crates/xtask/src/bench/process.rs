//! Programs under measurement: started, waited for, their processor time and memory read from the system.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use super::built;
use crate::tree;

/// Clock ticks a second in /proc (`USER_HZ`, fixed on Linux).
const TICKS_PER_SECOND: f64 = 100.0;

/// A program that printed `ready ADDRESS`.
pub struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// What stood behind `ready`.
    pub url: String,
}

impl Running {
    /// Starts it and waits until it is ready.
    pub fn start(mut command: Command) -> Result<Self, String> {
        let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let output = child.stdout.take().ok_or("its output cannot be read")?;
        let mut lines = BufReader::new(output).lines();
        loop {
            let Some(Ok(line)) = lines.next() else { return Err(format!("{command:?} ended before it was ready")) };
            if let Some(url) = line.strip_prefix("ready ") {
                let url = url.trim().to_owned();
                return Ok(Self { child, lines, url });
            }
            eprintln!("  {line}");
        }
    }

    /// Processor seconds of it and of its children so far.
    pub fn cpu_seconds(&self) -> f64 {
        family(self.child.id()).into_iter().map(cpu_seconds).sum()
    }

    /// The most memory it and its children held at a time each, in MiB.
    pub fn peak_mib(&self) -> f64 {
        family(self.child.id()).into_iter().map(peak_kib).sum::<f64>() / 1024.0
    }

    /// Halts it and its children where they are, or lets them go on.
    pub fn halt(&self, halted: bool) {
        let signal = if halted { "-STOP" } else { "-CONT" };
        let ids = family(self.child.id()).into_iter().map(|id| id.to_string());
        let _ = Command::new("kill").arg(signal).args(ids).status();
    }

    /// Asks it to stop and waits.
    pub fn stop(mut self) {
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        for _ in self.lines.by_ref() {}
        let _ = self.child.wait();
    }
}

fn family(id: u32) -> Vec<u32> {
    let mut all = vec![id];
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    let mut ids: Vec<u32> = children.split_whitespace().filter_map(|id| id.parse().ok()).collect();
    // Children belong to the thread that started them.
    for task in fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten() {
        let text = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        ids.extend(text.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
    }
    ids.sort_unstable();
    ids.dedup();
    for child in ids {
        all.extend(family(child));
    }
    all
}

fn cpu_seconds(id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
    let fields: Vec<f64> = after.split_whitespace().map(|field| field.parse().unwrap_or(0.0)).collect();
    // utime and stime are fields 14 and 15 of proc(5); the list begins at field 3.
    fields.iter().skip(11).take(2).sum::<f64>() / TICKS_PER_SECOND
}

fn peak_kib(id: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse().ok()).unwrap_or(0.0)
}

/// Builds what is measured; its output goes to standard error, so that figures stand alone.
pub fn build() -> Result<(), String> {
    let built = Command::new("cargo")
        .args(["build", "--release", "--workspace", "--bins", "--lib", "--examples"])
        .current_dir(tree::root())
        .stdout(Stdio::null())
        .status();
    match built {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("cargo build: {status}")),
        Err(error) => Err(format!("cargo: {error}")),
    }
}

/// A PostgreSQL of our own, when one can be started.
pub fn postgres() -> Option<String> {
    let output = Command::new("scripts/postgres").arg("start").current_dir(tree::root()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a program of the release build that prints one JSON object.
pub fn json_of(name: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Result<Value, String> {
    let program = built(name);
    let mut command = Command::new(&program);
    command.args(arguments).envs(environment.iter().copied()).stderr(Stdio::inherit());
    let output = command.output().map_err(|error| format!("{}: {error}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().rev().find(|line| line.starts_with('{')).ok_or(format!("{name} printed no figures"))?;
    serde_json::from_str(line).map_err(|error| error.to_string())
}

/// `GET` of a plain HTTP address on this machine; the body. Over a bare socket, since a program started for each look
/// would take two per cent of what is measured.
pub fn get(url: &str) -> Result<String, String> {
    let fault = |error: std::io::Error| format!("{url}: {error}");
    let (address, path) = url.trim_start_matches("http://").split_once('/').unwrap_or((url, ""));
    let mut stream = TcpStream::connect(address).map_err(fault)?;
    write!(stream, "GET /{path} HTTP/1.0\r\nHost: {address}\r\n\r\n").map_err(fault)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(fault)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(format!("{url} answers no HTTP"))?;
    let found = head.split(' ').nth(1) == Some("200");
    if found { Ok(body.to_owned()) } else { Err(format!("{url} answers {}", head.lines().next().unwrap_or_default())) }
}

/// A figure of a Prometheus page, added over its labels.
pub fn figure(page: &str, name: &str) -> f64 {
    let lines = page.lines().filter(|line| line.starts_with(name));
    let lines = lines.filter(|line| line.as_bytes().get(name.len()).is_some_and(|next| *next == b' ' || *next == b'{'));
    lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
}

/// An empty folder below the build's own; whatever was there is removed.
pub fn fresh(name: &str) -> Result<std::path::PathBuf, String> {
    let folder = built("bench").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// Bytes of all files below a folder.
pub fn bytes_below(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { bytes_below(&entry.path()) } else { size(&entry.path()) }).sum()
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |about| about.len())
}
