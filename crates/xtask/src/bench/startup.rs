//! How long the server takes from its start until it answers, on an archive of some size.

use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};

use super::built;
use super::process::{Running, fresh, json_of};

/// Starts that are measured; the middle one is quoted.
const STARTS: usize = 5;

pub fn run(size: u64) -> Result<Value, String> {
    let folder = fresh("startup")?;
    let data = folder.join("data");
    let data_text = data.display().to_string();
    json_of("examples/direct_rate", &["--messages", &size.to_string(), "--data", &data_text], &[])?;
    let mut seconds = Vec::new();
    for _ in 0..STARTS {
        let mut command = Command::new(built("xinlu"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data", &data_text]).env("XINLU_LOG", "warn");
        let began = Instant::now();
        let server = Running::start(command)?;
        seconds.push(began.elapsed().as_secs_f64());
        server.stop();
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds.get(STARTS / 2).copied().unwrap_or_default();
    Ok(
        json!({"messages": size, "seconds_median": median, "seconds_worst": seconds.last().copied(), "bar_seconds": 5.0}),
    )
}
