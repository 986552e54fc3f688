//! Intake end to end against bare RSA decryption on the same two cores in the same run.
//!
//! The source's data is encrypted beforehand; what the simulator costs while it serves is reported apart. The machine's
//! speed drifts within a minute by more than what is measured, so the RSA rate is taken again and again in the midst of
//! intake, which is halted for it and whose clock stands still meanwhile.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::built;
use super::process::{Running, bytes_below, figure, fresh, get, json_of};

/// How often the figures are looked at.
const LOOK_MS: u64 = 250;
/// How long intake runs between two looks at the RSA rate.
const STRETCH_MS: u128 = 5_000;
/// How long the RSA rate is measured in the midst of intake.
const RSA_MS: u64 = 1_000;

pub fn run(size: u64) -> Result<Value, String> {
    let folder = fresh("intake")?;
    let mut command = Command::new(built("xinlu-simulator"));
    command.args([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--live-per-minute",
        "0",
        "--messages",
        &size.to_string(),
        "--data",
    ]);
    command.arg(folder.join("simulator"));
    let simulator = Running::start(command)?;
    let prepared = simulator.cpu_seconds();
    let state: Value =
        serde_json::from_str(&get(&format!("{}/sim/state", simulator.url))?).map_err(|error| error.to_string())?;
    let config = folder.join("xinlu.toml");
    std::fs::write(&config, configuration(&folder, &state)?).map_err(|error| error.to_string())?;

    let mut rates = vec![rsa_rate()?];
    let mut command = Command::new(built("xinlu"));
    command.arg("serve").arg("--config").arg(&config);
    command.env("XINLU_SIMULATOR_URL", &simulator.url).env("XINLU_LOG", "warn");
    let began = Instant::now();
    let server = Running::start(command)?;
    let Watched { seconds, peak, rates: seen } = watch(&server, &simulator, began, size)?;
    rates.extend(seen);
    let cpu = server.cpu_seconds();
    let serving = simulator.cpu_seconds() - prepared;
    server.stop();
    simulator.stop();
    rates.push(rsa_rate()?);
    let rsa = rates.iter().sum::<f64>() / rates.len() as f64;
    let cores = thread::available_parallelism().map_or(1, usize::from) as f64;
    let (rate, own_rate) = (size as f64 / seconds, size as f64 * cores / cpu);
    Ok(json!({
        "messages": size,
        "seconds": round(seconds),
        "messages_per_second": round(rate),
        "bare_rsa_per_second": round(rsa),
        "bare_rsa_lowest_and_highest": [rates.iter().copied().fold(f64::MAX, f64::min), rates.iter().copied().fold(0.0, f64::max)],
        "ratio_to_bare_rsa": round(rate / rsa),
        "ratio_without_the_source": round(own_rate / rsa),
        "cpu_us_per_message": round(cpu * 1e6 / size as f64),
        "source_prepared_cpu_seconds": round(prepared),
        "source_serving_cpu_seconds": round(serving),
        "server_and_worker_peak_mib": round(peak),
        "data_bytes_per_message": round(bytes_below(&folder.join("data")) as f64 / size as f64),
    }))
}

/// What was seen until all messages could be found.
struct Watched {
    /// Without the time in which intake was halted.
    seconds: f64,
    /// Memory of server and workers in MiB.
    peak: f64,
    /// RSA decryptions a second, each time it was halted.
    rates: Vec<f64>,
}

fn watch(server: &Running, simulator: &Running, began: Instant, size: u64) -> Result<Watched, String> {
    let (mut peak, mut rates) = (0.0_f64, Vec::new());
    let mut halted = Duration::ZERO;
    let mut stretch = Instant::now();
    loop {
        peak = peak.max(server.peak_mib());
        let done = figure(&get(&format!("{}/metrics", server.url))?, "xinlu_index_documents");
        if done >= size as f64 {
            return Ok(Watched { seconds: began.elapsed().saturating_sub(halted).as_secs_f64(), peak, rates });
        }
        if stretch.elapsed().as_millis() >= STRETCH_MS {
            let halt = Instant::now();
            server.halt(true);
            simulator.halt(true);
            let rate = rsa_rate();
            simulator.halt(false);
            server.halt(false);
            halted += halt.elapsed();
            rates.push(rate?);
            stretch = Instant::now();
        }
        thread::sleep(Duration::from_millis(LOOK_MS));
    }
}

/// RSA-2048 decryptions a second on all cores.
fn rsa_rate() -> Result<f64, String> {
    let figures = json_of("examples/rsa_rate", &[&RSA_MS.to_string()], &[])?;
    figures.get("per_second").and_then(Value::as_f64).ok_or("rsa_rate printed no rate".to_owned())
}

fn configuration(folder: &std::path::Path, state: &Value) -> Result<String, String> {
    let corp = state.pointer("/corps/0").ok_or("the simulator has no corp")?;
    let text = |pointer: &str| corp.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(format!(
        "listen = \"127.0.0.1:0\"\ndata = \"{}\"\n[[wecom]]\ncorp_id = {:?}\nname = \"bench\"\n[wecom.archive]\nsecret = {:?}\n\
         library = \"{}\"\nkeys_directory = {:?}\nmedia_lanes = 0\n",
        folder.join("data").display(),
        text("/config/corpid"),
        text("/config/archive_secret"),
        built("libwework_finance_sdk.so").display(),
        text("/keys_folder"),
    ))
}

fn round(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}
