//! What the tests of this part share: a worker whose library is made for tests, a corp's traffic, a whole archive.
//!
//! The worker is this test program itself, asked to run `fake_worker` alone; the banner that the test harness prints is
//! skipped like a library's own.

use std::ffi::CStr;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeySize, Pkcs1PublicEncryptingKey, PrivateDecryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use xinlu_archive::{Archive, ArchiveDeps};
use xinlu_blob::BlobStore;
use xinlu_db::{Db, DbConfig};
use xinlu_identity::Directory;
use xinlu_keys::KeyRing;
use xinlu_ledger::{Ledger, LogName};
use xinlu_testkit::{SeededRandom, SetClock, TestDb};

use crate::wecom_archive::sdk_worker::{Chunk, FinanceSdk, Proxy, SdkSettings, WorkerCommand, serve, worker_main};
use crate::{Secret, WecomArchiveConfig};

/// What the worker is to be: `good`, `real` (the library named by `LIBRARY`), or anything else for one whose library
/// cannot be loaded.
const ROLE: &str = "XINLU_TEST_SDK_WORKER";
/// The folder whose `traffic.jsonl` and `media/ID` it serves.
const FOLDER: &str = "XINLU_TEST_SDK_FOLDER";
/// The library that a `real` worker loads.
pub(crate) const LIBRARY: &str = "XINLU_TEST_SDK_LIBRARY";
/// The only random key that opens messages.
pub(crate) const RANDOM_KEY: &str = "the-random-key-of-every-message";
/// A page of more is too large.
const PAGE_MAX: u32 = 400;
/// Bytes of a media chunk.
const CHUNK_BYTES: usize = 4;

/// Opens a message by base64, unless the message says otherwise.
struct Library {
    corp: String,
    folder: PathBuf,
}

impl FinanceSdk for Library {
    fn init(&mut self, corp: &CStr, secret: &CStr, _: Proxy) -> i32 {
        self.corp = corp.to_string_lossy().into_owned();
        if secret.to_bytes() == b"right" { 0 } else { 10004 }
    }

    fn fetch(&mut self, seq: u64, limit: u32, _: u32) -> (i32, Vec<u8>) {
        if seq == 666 {
            std::process::abort();
        }
        if limit > PAGE_MAX {
            return (0, br#"{"errcode":301058}"#.to_vec());
        }
        let traffic = std::fs::read_to_string(self.folder.join("traffic.jsonl")).unwrap_or_default();
        let all = traffic.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let page = all.filter(|item| item["seq"].as_u64() > Some(seq)).take(limit as usize);
        let page: Vec<Value> = page.collect();
        (0, json!({"errcode": 0, "errmsg": "ok", "chatdata": page}).to_string().into_bytes())
    }

    fn decrypt(&mut self, key: &CStr, message: &CStr) -> (i32, Vec<u8>) {
        if key.to_bytes() != RANDOM_KEY.as_bytes() {
            return (10006, Vec::new());
        }
        let plain = STANDARD.decode(message.to_bytes()).unwrap_or_default();
        match plain.as_slice() {
            b"abort here" => std::process::abort(),
            b"hang here!" => loop {
                std::thread::park();
            },
            b"code 10008" => (10008, Vec::new()),
            _ => (0, plain),
        }
    }

    fn media(&mut self, index: &CStr, file: &CStr, _: u32) -> Chunk {
        let refused = |code| Chunk { code, finished: false, next_index: Vec::new(), data: Vec::new() };
        let file = match file.to_str() {
            Ok("abort") => std::process::abort(),
            Ok("busy") => return refused(10003),
            Ok("gone") => return refused(10010),
            Ok(file) => file,
            Err(_) => return refused(10005),
        };
        let Ok(bytes) = std::fs::read(self.folder.join("media").join(file)) else { return refused(10005) };
        let start: usize = index.to_str().ok().and_then(|index| index.parse().ok()).unwrap_or(0);
        let end = (start + CHUNK_BYTES).min(bytes.len());
        let data = bytes.get(start..end).unwrap_or_default().to_vec();
        Chunk { code: 0, finished: end == bytes.len(), next_index: end.to_string().into_bytes(), data }
    }
}

/// Not a test of its own: the child's side of the others.
#[test]
fn fake_worker() {
    let Some(role) = std::env::var_os(ROLE) else { return };
    if role == "real" {
        let library = PathBuf::from(std::env::var_os(LIBRARY).unwrap_or_default());
        let _ = worker_main(&library);
        std::process::exit(0);
    }
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap_or_default());
    let mut sdk = match role.to_str() {
        Some("good") => Ok(Box::new(Library { corp: String::new(), folder }) as Box<dyn FinanceSdk>),
        _ => Err("no library".to_owned()),
    };
    let _ = serve(&mut sdk, &mut io::stdin().lock(), &mut io::stdout().lock());
    std::process::exit(0);
}

/// A worker of this role serving this folder.
pub(crate) fn worker(role: &str, folder: &std::path::Path) -> WorkerCommand {
    let path = module_path!().split_once("::").expect("a crate and a module").1;
    let environment =
        vec![(ROLE.to_owned(), role.to_owned()), (FOLDER.to_owned(), folder.to_string_lossy().into_owned())];
    WorkerCommand {
        program: std::env::current_exe().expect("this program"),
        // After `--` come names of tests, so the `--library PATH` that is added names none.
        arguments: ["--exact", "--nocapture", "--", &format!("{path}::fake_worker")].map(str::to_owned).to_vec(),
        environment,
    }
}

/// Settings of a worker with this secret.
pub(crate) fn sdk_settings(secret: &str, decrypt_timeout_ms: u64) -> SdkSettings {
    SdkSettings {
        corp_id: "wwcorp".to_owned(),
        secret: Secret::new(secret.to_owned()),
        proxy: String::new(),
        proxy_password: Secret::default(),
        network_timeout_s: 5,
        decrypt_timeout_ms,
    }
}

/// An RSA key pair as a corp has it.
pub(crate) struct CorpKey(PrivateDecryptingKey);

impl CorpKey {
    pub(crate) fn new() -> Self {
        Self(PrivateDecryptingKey::generate(KeySize::Rsa2048).expect("a key can be made"))
    }

    /// The private half in PEM (PKCS#8).
    pub(crate) fn pem(&self) -> String {
        let der = AsDer::as_der(&self.0).expect("a key has a form");
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()))
    }

    /// One line of traffic: `plain` sealed for this key.
    pub(crate) fn item(&self, seq: u64, msgid: &str, version: u32, plain: &str) -> Value {
        let public = Pkcs1PublicEncryptingKey::new(self.0.public_key()).expect("a key has a public half");
        let mut sealed = vec![0; public.ciphertext_size()];
        public.encrypt(RANDOM_KEY.as_bytes(), &mut sealed).expect("a random key fits");
        json!({"seq": seq, "msgid": msgid, "publickey_ver": version,
            "encrypt_random_key": STANDARD.encode(sealed), "encrypt_chat_msg": STANDARD.encode(plain)})
    }
}

/// A text message of ken's to a contact.
pub(crate) fn text(msgid: &str, content: &str) -> String {
    json!({"msgid": msgid, "action": "send", "from": "ken", "tolist": ["wmUu0zBgAALV7ZymkcMyxvbTe8YdWxxA"],
        "roomid": "", "msgtime": 1_767_574_000_000_i64, "msgtype": "text", "text": {"content": content}})
    .to_string()
}

/// A whole archive on a fresh database.
pub(crate) struct World {
    pub(crate) test: TestDb,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) archive: Arc<Archive>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let parts =
            [xinlu_archive::MIGRATIONS, xinlu_ledger::MIGRATIONS, xinlu_jobs::MIGRATIONS, xinlu_identity::MIGRATIONS];
        let test = xinlu_testkit::sqlite(&parts).await;
        let folder = test.folder.path();
        let (clock, random) = (SetClock::new(), SeededRandom::new(1));
        let db = test.db.clone();
        let keys = Db::open(&DbConfig::Sqlite { path: folder.join("keys.db") }).expect("opens");
        let log = folder.join("log");
        let directory = Directory::open(db.clone(), clock.clone());
        let archive = Archive::open(ArchiveDeps {
            keys: KeyRing::open(keys, [2; 32], random.clone(), clock.clone()).await.expect("opens"),
            blobs: BlobStore::directory(&folder.join("blobs")).expect("opens"),
            directory: Arc::clone(&directory),
            ledger: Ledger::open(db.clone(), log, LogName::Archive, "test", [1; 32], clock.clone())
                .await
                .expect("opens"),
            db,
            clock: clock.clone(),
            random,
        });
        Self { test, clock, directory, archive }
    }

    /// Makes the traffic that workers of this world serve.
    pub(crate) fn traffic(&self, items: &[Value]) {
        let lines: Vec<String> = items.iter().map(Value::to_string).collect();
        std::fs::write(self.test.folder.path().join("traffic.jsonl"), lines.join("\n")).expect("written");
    }

    pub(crate) fn keys_directory(&self) -> PathBuf {
        let keys = self.test.folder.path().join("corp-keys");
        std::fs::create_dir_all(&keys).expect("made");
        keys
    }

    pub(crate) fn config(&self) -> WecomArchiveConfig {
        WecomArchiveConfig {
            secret: Secret::new("right".to_owned()),
            keys_directory: self.keys_directory(),
            threads: 2,
            ..WecomArchiveConfig::default()
        }
    }

    pub(crate) fn worker(&self) -> WorkerCommand {
        worker("good", self.test.folder.path())
    }
}
