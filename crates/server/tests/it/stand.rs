//! A stand: a simulator and a server of their own in a temporary folder, killed when the test ends.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything that should happen may take before the test fails.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often a condition is looked at; each look is a request, not a guess about time.
const LOOK: Duration = Duration::from_millis(50);

/// A simulator and, while it runs, a server.
pub struct Stand {
    pub folder: TempDir,
    simulator: Child,
    pub simulator_url: String,
    server: Option<Child>,
    pub url: String,
    pub key: String,
    client: reqwest::Client,
}

fn beside(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_xinlu")).with_file_name(name);
    assert!(path.exists(), "{} is not built: cargo build --workspace --bins --lib", path.display());
    path
}

/// Whether tests over a second are wanted.
pub fn slow_tests() -> bool {
    let wanted = std::env::var_os("SLOW_TESTS").is_some();
    if !wanted {
        eprintln!("SKIPPED: slow; set SLOW_TESTS=1");
    }
    wanted
}

fn ready(child: &mut Child) -> String {
    let output = child.stdout.take().expect("its output is piped");
    let mut lines = BufReader::new(output).lines();
    let url = loop {
        let line = lines.next().expect("it ended before it was ready").expect("its output is text");
        if let Some(url) = line.strip_prefix("ready ") {
            break url.trim().to_owned();
        }
    };
    std::thread::spawn(move || lines.for_each(drop));
    url
}

impl Stand {
    /// A simulator with a past of so many messages; no server yet.
    pub async fn new(messages: u64, faults: Option<&Value>) -> Self {
        let folder = TempDir::new().unwrap();
        let mut command = Command::new(beside("xinlu-simulator"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--seed", "7", "--live-per-minute", "0"]);
        // It ends with its input, so a test that fails early leaves nobody behind.
        command.arg("--stop-with-stdin").stdin(Stdio::piped());
        command.args(["--messages", &messages.to_string(), "--data"]).arg(folder.path().join("simulator"));
        if let Some(faults) = faults {
            let path = folder.path().join("faults.json");
            std::fs::write(&path, faults.to_string()).unwrap();
            command.arg("--faults").arg(path);
        }
        let mut simulator = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let simulator_url = ready(&mut simulator);
        xinlu_server::system::install_tls();
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        let stand =
            Self { folder, simulator, simulator_url, server: None, url: String::new(), key: String::new(), client };
        stand.configure().await;
        stand
    }

    /// A stand whose server runs and whose auditor has an API key.
    pub async fn running(messages: u64, faults: Option<&Value>) -> Self {
        let mut stand = Self::new(messages, faults).await;
        stand.key = stand.add_user("auditor", "auditor");
        stand.start();
        stand
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub async fn corp(&self) -> Value {
        let state: Value = self.simulator("GET", "/sim/state", Vec::new()).await;
        state["corps"][0].clone()
    }

    async fn configure(&self) {
        let corp = self.corp().await;
        let text = |name: &str| corp["config"][name].as_str().expect("the state has it").to_owned();
        let library = beside("libwework_finance_sdk.so").display().to_string();
        let config = format!(
            "listen = \"127.0.0.1:0\"\ndata = {data:?}\n[[wecom]]\ncorp_id = {corp_id:?}\nname = \"demo\"\n\
             [wecom.archive]\nsecret = {secret:?}\nlibrary = {library:?}\nkeys_directory = {keys:?}\npoll_interval_ms = 200\n\
             [wecom.app]\nbase_url = {base:?}\ncontacts_secret = {contacts:?}\nexternal_secret = {external:?}\n\
             [wecom.callback]\ntoken = {token:?}\nencoding_aes_key = {aes:?}\n",
            data = self.data().display().to_string(),
            corp_id = text("corpid"),
            secret = text("archive_secret"),
            keys = corp["keys_folder"].as_str().expect("the state has it"),
            base = self.simulator_url,
            contacts = text("contact_secret"),
            external = text("external_contact_secret"),
            token = text("callback_token"),
            aes = text("callback_aes_key"),
        );
        std::fs::write(self.folder.path().join("xinlu.toml"), config).unwrap();
    }

    fn xinlu(&self, verb: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xinlu"));
        command.args(verb).arg("--config").arg(self.folder.path().join("xinlu.toml"));
        command.env("XINLU_SIMULATOR_URL", &self.simulator_url).env("XINLU_LOG", "warn");
        command
    }

    /// Makes a user with an API key from the command line; the server must not run.
    pub fn add_user(&self, name: &str, role: &str) -> String {
        self.add(&["user", "add", name, "--role", role, "--api-key"])
    }

    /// The same, bound to a member of the directory.
    pub fn add_member_user(&self, name: &str, role: &str, member: &str) -> String {
        self.add(&["user", "add", name, "--role", role, "--member", member, "--api-key"])
    }

    /// Types a command; it must succeed.
    pub fn command(&self, verb: &[&str]) -> Output {
        let output = self.xinlu(verb).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn add(&self, verb: &[&str]) -> String {
        let output = self.command(verb);
        let text = String::from_utf8(output.stdout).unwrap();
        let key = text.lines().find_map(|line| line.strip_prefix("api key: "));
        key.unwrap_or_else(|| panic!("no key in {text}")).trim().to_owned()
    }

    pub fn start(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("server.log"));
        let mut command = self.xinlu(&["serve"]);
        let mut server = command.stdout(Stdio::piped()).stderr(log.unwrap()).spawn().unwrap();
        self.url = ready(&mut server);
        self.server = Some(server);
    }

    /// Starts without waiting until it is ready.
    pub fn start_blindly(&mut self) {
        let mut command = self.xinlu(&["serve"]);
        self.server = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    }

    /// kill -9.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// Asks it to stop and waits until it has.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let id = server.id().to_string();
            assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
            assert!(server.wait().unwrap().success(), "the server ended badly: {}", self.log());
        }
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }

    /// `xinlu verify`.
    pub fn verify(&self) -> Output {
        self.xinlu(&["verify"]).output().unwrap()
    }

    /// Asserts that `xinlu verify` finds nothing.
    pub fn verify_intact(&self) {
        let output = self.verify();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path, None, &self.key).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask("POST", path, Some(body), &self.key).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    pub async fn ask(&self, method: &str, path: &str, body: Option<Value>, key: &str) -> (u16, Value) {
        let method = method.parse().unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if !key.is_empty() {
            request = request.bearer_auth(key);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Makes a user with one role over the API, as an administrator does, and an API key of theirs, as they do themselves.
    pub async fn hire(&self, administrator: &str, name: &str, role: &Value, member: &Value) -> String {
        const FIRST: &str = "a password of the first day";
        const OWN: &str = "a password of their own";
        let body = json!({"name": name, "password": FIRST, "roles": [role], "member": member});
        let (status, made) = self.ask("POST", "/api/v1/users", Some(body), administrator).await;
        assert_eq!(status, 200, "{made}");
        let cookie = self.sign_in(name, FIRST).await.expect("they can sign in");
        self.ask_by_cookie("PUT", "/api/v1/sessions/password", json!({"old": FIRST, "new": OWN}), &cookie).await;
        let made = self.ask_by_cookie("POST", "/api/v1/api-keys", json!({"name": "walk"}), &cookie).await;
        made["key"].as_str().expect("a key").to_owned()
    }

    /// The session's cookie, if they are let in.
    pub async fn sign_in(&self, name: &str, password: &str) -> Option<String> {
        let body = json!({"name": name, "password": password});
        let request = self.client.post(format!("{}/api/v1/sessions", self.url)).json(&body);
        let response = request.send().await.unwrap();
        let cookie = response.headers().get("set-cookie")?.to_str().unwrap();
        Some(cookie.split(';').next().unwrap().to_owned())
    }

    /// Asks as our page does; it must be answered.
    pub async fn ask_by_cookie(&self, method: &str, path: &str, body: Value, cookie: &str) -> Value {
        let request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.url)).json(&body);
        let response = request.header("cookie", cookie).header("x-xinlu", "1").send().await.unwrap();
        let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Asks the simulator's operator side.
    pub async fn simulator(&self, method: &str, path: &str, body: Vec<u8>) -> Value {
        let method = method.parse().unwrap();
        let request = self.client.request(method, format!("{}{path}", self.simulator_url)).body(body);
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.json().await.unwrap_or(Value::Null)
    }

    /// The message of this JSON, delivered exactly so; returns its seq.
    pub async fn inject(&self, raw: &[u8], query: &str) -> u64 {
        let answer = self.simulator("POST", &format!("/sim/message?{query}"), raw.to_vec()).await;
        answer["seq"].as_u64().unwrap_or_else(|| panic!("no seq in {answer}"))
    }

    /// Looks again and again until it is so.
    pub async fn until(&self, what: &str, mut so: impl AsyncFnMut(&Self) -> bool) {
        let began = Instant::now();
        while !so(self).await {
            assert!(began.elapsed() < PATIENCE, "{what} did not happen; the log says: {}", self.log());
            tokio::time::sleep(LOOK).await;
        }
    }

    pub async fn search(&self, query: &str) -> Value {
        self.post("/api/v1/messages/search", json!({"query": query, "limit": 200})).await
    }

    /// Waits until so many messages can be found.
    pub async fn until_searchable(&self, messages: u64) {
        self.until(&format!("{messages} messages searchable"), async |stand: &Self| {
            stand.search("").await["total"].as_u64() >= Some(messages)
        })
        .await;
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.kill();
        let _ = self.simulator.kill();
        let _ = self.simulator.wait();
    }
}
