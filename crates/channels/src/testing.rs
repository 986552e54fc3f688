//! What the tests of this part share: a worker whose library is made for tests, a corp's traffic, a whole archive.
//!
//! The worker is the example `fake_sdk_worker`, which the build puts beside the test programs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeySize, Pkcs1PublicEncryptingKey, PrivateDecryptingKey};
use axum::body::Bytes;
use axum::http::Uri;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use xinlu_archive::{Archive, ArchiveDeps};
use xinlu_blob::BlobStore;
use xinlu_db::{Db, DbConfig, Migration};
use xinlu_identity::Directory;
use xinlu_keys::KeyRing;
use xinlu_ledger::{Ledger, LogName};
use xinlu_model::{Clock as _, SourceId};
use xinlu_testkit::{SeededRandom, SetClock, TestDb};

use crate::wecom_app::client::{HttpSettings, SecretKind, WecomClient};
use crate::wecom_archive::parse::{Delivery, parse};
use crate::wecom_archive::sdk_worker::{SdkSettings, WorkerCommand};
use crate::{ChannelsDeps, Secret, WecomArchiveConfig};

/// The only random key that opens messages.
pub(crate) const RANDOM_KEY: &str = "the-random-key-of-every-message";

/// A worker of this role: `good` with the folder it serves, `real` with the library it loads, anything else for one
/// whose library cannot be loaded.
pub(crate) fn worker(role: &str, folder_or_library: &Path) -> WorkerCommand {
    let tests = std::env::current_exe().expect("this program");
    let program = tests.ancestors().nth(2).expect("two folders above").join("examples/fake_sdk_worker");
    assert!(program.exists(), "{} is not built: leave out --lib, or build the examples first", program.display());
    // The `--library PATH` that is added says nothing to it.
    let arguments = vec![role.to_owned(), folder_or_library.to_string_lossy().into_owned()];
    WorkerCommand { program, arguments, environment: Vec::new() }
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

/// The contact whom `text` goes to.
pub(crate) const CONTACT: &str = "wmUu0zBgAALV7ZymkcMyxvbTe8YdWxxA";

/// A text message of ken's to a contact.
pub(crate) fn text(msgid: &str, content: &str) -> String {
    said(msgid, "ken", CONTACT, "", content)
}

/// A text message in a room, or to one person when the room is empty.
pub(crate) fn said(msgid: &str, from: &str, to: &str, room: &str, content: &str) -> String {
    json!({"msgid": msgid, "action": "send", "from": from, "tolist": [to], "roomid": room,
        "msgtime": 1_767_574_000_000_i64, "msgtype": "text", "text": {"content": content}})
    .to_string()
}

/// A WeCom on loopback that answers by path, query and body, and a client that holds every secret.
pub(crate) async fn wecom(
    world: &World,
    answer: impl Fn(&str, &str, &Value) -> Value + Clone + Send + Sync + 'static,
) -> Arc<WecomClient> {
    let base_url = wecom_url(move |path, query, body| match path {
        "/cgi-bin/gettoken" => token(),
        path => answer(path, query, body),
    })
    .await;
    let kinds = [SecretKind::Archive, SecretKind::Contacts, SecretKind::External];
    let secrets = kinds.map(|kind| (kind, Secret::new("s".to_owned()))).to_vec();
    let settings = HttpSettings { base_url, ..HttpSettings::default() };
    WecomClient::new("wwcorp", secrets, settings, world.clock.clone()).expect("a client")
}

/// A token, as WeCom gives it.
pub(crate) fn token() -> Value {
    json!({"errcode": 0, "access_token": "t", "expires_in": 7200})
}

/// The address of a WeCom on loopback that answers by path, query and body.
pub(crate) async fn wecom_url(answer: impl Fn(&str, &str, &Value) -> Value + Clone + Send + Sync + 'static) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let handler = move |uri: Uri, body: Bytes| async move {
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        axum::Json(answer(uri.path(), uri.query().unwrap_or_default(), &body))
    };
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(handler)).await });
    format!("http://{address}")
}

/// A whole archive on a fresh database.
pub(crate) struct World {
    pub(crate) test: TestDb,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) archive: Arc<Archive>,
    pub(crate) keys: Arc<KeyRing>,
}

/// The tables of everything an archive stands on.
const PARTS: [&[Migration]; 5] = [
    xinlu_archive::MIGRATIONS,
    xinlu_ledger::MIGRATIONS,
    xinlu_jobs::MIGRATIONS,
    xinlu_identity::MIGRATIONS,
    crate::MIGRATIONS,
];

impl World {
    pub(crate) async fn new() -> Self {
        Self::open(xinlu_testkit::sqlite(&PARTS).await, 1).await
    }

    /// One on each engine that is here.
    pub(crate) async fn both() -> Vec<Self> {
        let mut worlds = Vec::new();
        for test in xinlu_testkit::both(&PARTS).await {
            worlds.push(Self::open(test, 1).await);
        }
        worlds
    }

    /// The same data after a restart.
    pub(crate) async fn reopened(self) -> Self {
        Self::open(self.test, 2).await
    }

    async fn open(test: TestDb, seed: u64) -> Self {
        let folder = test.folder.path();
        let (clock, random) = (SetClock::new(), SeededRandom::new(seed));
        let db = test.db.clone();
        let keys = Db::open(&DbConfig::Sqlite { path: folder.join("keys.db") }).expect("opens");
        let log = folder.join("log");
        let directory = Directory::open(db.clone(), clock.clone());
        let keys = KeyRing::open(keys, [2; 32], random.clone(), clock.clone()).await.expect("opens");
        let archive = Archive::open(ArchiveDeps {
            keys: Arc::clone(&keys),
            blobs: BlobStore::directory(&folder.join("blobs")).expect("opens"),
            directory: Arc::clone(&directory),
            ledger: Ledger::open(db.clone(), log, LogName::Archive, "test", [1; 32], clock.clone())
                .await
                .expect("opens"),
            db,
            clock: clock.clone(),
            random,
        });
        Self { test, clock, directory, archive, keys }
    }

    /// What channels of this world need, alone or under a lease.
    pub(crate) fn deps(&self, lease_holder: Option<String>) -> ChannelsDeps {
        ChannelsDeps {
            db: self.test.db.clone(),
            archive: Arc::clone(&self.archive),
            directory: Arc::clone(&self.directory),
            keys: Arc::clone(&self.keys),
            clock: self.clock.clone(),
            worker: self.worker(),
            lease_holder,
        }
    }

    /// The source of the corp, with messages archived that were decrypted elsewhere.
    pub(crate) async fn archived(&self, messages: &[String]) -> SourceId {
        let source = self.archive.ensure_source("wecom:wwcorp", "corp").await.expect("made");
        let parsed = messages.iter().zip(1..).map(|(message, seq)| {
            let delivery = Delivery { source, seq, msgid: None, observed_at: self.clock.now() };
            parse(&delivery, message.clone().into_bytes()).expect("a message")
        });
        self.archive.append_direct(source, None, parsed.collect()).await.expect("appended");
        source
    }

    /// Makes the traffic that workers of this world serve.
    pub(crate) fn traffic(&self, items: &[Value]) {
        let lines: Vec<String> = items.iter().map(Value::to_string).collect();
        std::fs::write(self.test.folder.path().join("traffic.jsonl"), lines.join("\n")).expect("written");
    }

    /// Makes what the worker answers to a fetch after this seq, whatever it is.
    pub(crate) fn answer(&self, after: u64, answer: &[u8]) {
        let answers = self.test.folder.path().join("answers");
        std::fs::create_dir_all(&answers).expect("made");
        std::fs::write(answers.join(after.to_string()), answer).expect("written");
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
