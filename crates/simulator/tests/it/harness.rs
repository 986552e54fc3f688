//! Starts the simulator's program on a free port with a data directory, and talks to it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// A running simulator; ended when dropped.
pub struct Simulator {
    pub url: String,
    child: Child,
    agent: ureq::Agent,
}

impl Simulator {
    /// Starts one with `messages` of past and no live traffic.
    pub fn start(folder: &Path, messages: u64) -> Self {
        Self::start_with(folder, messages, &[])
    }

    pub fn start_with(folder: &Path, messages: u64, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_xinlu-simulator"))
            .args(["serve", "--listen", "127.0.0.1:0", "--live-per-minute", "0", "--members", "20", "--contacts", "40"])
            .args(["--messages", &messages.to_string(), "--data"])
            .arg(folder)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let url = lines.find_map(|line| line.strip_prefix("ready ").map(str::to_owned));
        let agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().new_agent();
        Self { url: url.expect("the simulator gets ready"), child, agent }
    }

    pub fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let mut response = self.agent.get(format!("{}{path}", self.url)).call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_vec().unwrap())
    }

    pub fn get_json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.get(path).1).unwrap()
    }

    pub fn post(&self, path: &str, body: &[u8]) -> (u16, Value) {
        let mut response = self.agent.post(format!("{}{path}", self.url)).send(body).unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.body_mut().read_to_vec().unwrap()).unwrap_or_default())
    }

    pub fn put(&self, path: &str, body: &Value) {
        let response = self.agent.put(format!("{}{path}", self.url)).send(body.to_string().as_bytes()).unwrap();
        assert_eq!(response.status().as_u16(), 200, "{path} {body}");
    }

    pub fn set_faults(&self, faults: Value) {
        self.put("/sim/faults", &faults);
    }

    /// Puts a message in; its seq.
    pub fn inject(&self, query: &str, body: &[u8]) -> u64 {
        let (status, answer) = self.post(&format!("/sim/message?{query}"), body);
        assert_eq!(status, 200, "{answer}");
        answer["seq"].as_u64().unwrap()
    }

    pub fn state(&self) -> Value {
        self.get_json("/sim/state")
    }

    pub fn corp(&self, index: usize) -> Value {
        self.state()["corps"][index].clone()
    }

    pub fn secret(&self, name: &str) -> String {
        self.corp(0)["config"][name].as_str().unwrap().to_owned()
    }

    /// A token got with the secret of that name.
    pub fn token(&self, secret: &str) -> String {
        let path = format!("/cgi-bin/gettoken?corpid={}&corpsecret={}", self.secret("corpid"), self.secret(secret));
        self.get_json(&path)["access_token"].as_str().unwrap().to_owned()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Tests over a second run only with `SLOW_TESTS=1`.
pub fn slow_tests_are_off() -> bool {
    let off = std::env::var_os("SLOW_TESTS").is_none_or(|value| value != "1");
    if off {
        eprintln!("SKIPPED: slow, set SLOW_TESTS=1");
    }
    off
}

/// A text message as `DecryptData` would deliver it.
pub fn text_message(msgid: &str, content: &str) -> Vec<u8> {
    let message = json!({"msgid": msgid, "action": "send", "from": "a", "tolist": ["b"], "roomid": "", "msgtime": 1_700_000_000_000_i64, "msgtype": "text", "text": {"content": content}});
    message.to_string().into_bytes()
}
