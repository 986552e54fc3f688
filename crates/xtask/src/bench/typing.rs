//! What a person waits for in the console: from the last key to hits that can be seen, from a click to the end of a long
//! conversation, and the bytes of the first load. A real Chromium on the real server with the console inside.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::built;
use super::process::{Running, fresh, json_of};
use crate::tree;

/// Messages of the one long conversation, the bar's; at most half of all.
const ONE_TALK: u64 = 100_000;
/// Who types.
const NAME: &str = "typist";

pub fn run(size: u64) -> Result<Value, String> {
    let folder = fresh("typing")?;
    let data = folder.join("data").display().to_string();
    let talk = ONE_TALK.min(size / 2);
    let (messages, one_talk) = (size.to_string(), talk.to_string());
    json_of("examples/direct_rate", &["--messages", &messages, "--data", &data, "--one-talk", &one_talk], &[])?;
    let password = user(&data)?;
    let mut command = Command::new(built("xinlu"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data", &data]).env("XINLU_LOG", "warn");
    let server = Running::start(command)?;
    let figures = browse(&server.url, &password, size, talk);
    server.stop();
    figures
}

/// Makes somebody who reads everything; their password.
fn user(data: &str) -> Result<String, String> {
    let mut command = Command::new(built("xinlu"));
    command.args(["user", "add", NAME, "--role", "auditor", "--data", data]).env("XINLU_LOG", "warn");
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| format!("xinlu user add: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let password = text.lines().find_map(|line| line.strip_prefix("password: "));
    password.map(str::to_owned).ok_or("xinlu user add printed no password".to_owned())
}

fn browse(url: &str, password: &str, size: u64, talk: u64) -> Result<Value, String> {
    let mut command = Command::new("node");
    command.arg("web/console/bench/typing.mjs").current_dir(tree::root()).stderr(Stdio::inherit());
    command.env("XINLU_URL", url).env("XINLU_NAME", NAME).env("XINLU_PASSWORD", password);
    command.env("XINLU_MESSAGES", size.to_string()).env("XINLU_ONE_TALK", talk.to_string());
    let output = command.output().map_err(|error| format!("node: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().rev().find(|line| line.starts_with('{')).ok_or("the browser printed no figures")?;
    serde_json::from_str(line).map_err(|error| error.to_string())
}
