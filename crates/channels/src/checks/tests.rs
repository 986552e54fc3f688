//! Every check against the worker made for tests and a WeCom on loopback: what is well, and what each fault is called.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use xinlu_model::Clock;

use super::{CHECK_MS, Check, CheckState, Subject, connection};
use crate::testing::{CorpKey, World, text, token, wecom_url, worker};
use crate::wecom_archive::key_ring::GivenKey;
use crate::wecom_archive::sdk_worker::WorkerCommand;
use crate::{Secret, WecomAppConfig, WecomArchiveConfig, WecomCallbackConfig, WecomConfig};

const KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
/// What WeCom says to an address that it does not know.
const UNTRUSTED: &str = "not allow to access from your ip, hint: [1], from ip: 203.0.113.9, more info at https://x";
/// RSA of 1024 bits, made for this test; it opens nothing.
const SMALL_KEY: &str = include_str!("tests/rsa1024.pem");

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn good(path: &str) -> Value {
    match path {
        "/cgi-bin/gettoken" => token(),
        "/cgi-bin/msgaudit/get_permit_user_list" => json!({"errcode": 0, "ids": ["ken", "eva"]}),
        "/cgi-bin/department/list" => json!({"errcode": 0, "department": [{"id": 1, "name": "all"}]}),
        other => panic!("{other} is not asked"),
    }
}

/// A connection with which all is well: one message, key 1.
struct Bench {
    world: World,
    config: WecomConfig,
    worker: WorkerCommand,
    keys_seen: BTreeSet<u32>,
    check_ms: u64,
}

impl Bench {
    async fn new() -> Self {
        Self::over(World::new().await, wecom_url(|path, _, _| good(path)).await)
    }

    /// Where only this path is answered so, and all others well.
    async fn answering(refused: &'static str, answer: Value) -> Self {
        let url = wecom_url(move |path, _, _| if path == refused { answer.clone() } else { good(path) }).await;
        Self::over(World::new().await, url)
    }

    fn over(world: World, base_url: String) -> Self {
        let key = CorpKey::new();
        world.traffic(&[key.item(1, "m1", 1, &text("m1", "文"))]);
        let library = world.test.folder.path().join("library.so");
        std::fs::write(&library, "stands for it").expect("written");
        let archive = WecomArchiveConfig {
            secret: secret("right"),
            library,
            given_keys: vec![GivenKey { version: 1, pem: Secret::new(key.pem()) }],
            ..WecomArchiveConfig::default()
        };
        let app = WecomAppConfig {
            base_url,
            contacts_secret: secret("of-contacts"),
            external_secret: secret("of-customers"),
            ..WecomAppConfig::default()
        };
        let callback = WecomCallbackConfig { token: secret("of-callback"), encoding_aes_key: secret(KEY) };
        let config = WecomConfig {
            corp_id: "wwcorp".to_owned(),
            archive: Some(archive),
            app,
            callback: Some(callback),
            ..WecomConfig::default()
        };
        let worker = world.worker();
        Self { world, config, worker, keys_seen: BTreeSet::new(), check_ms: CHECK_MS }
    }

    fn archive(&mut self) -> &mut WecomArchiveConfig {
        self.config.archive.as_mut().expect("configured")
    }

    fn callback(&mut self) -> &mut WecomCallbackConfig {
        self.config.callback.as_mut().expect("configured")
    }

    async fn checks(&self) -> Vec<Check> {
        let clock: Arc<dyn Clock> = self.world.clock.clone();
        let subject = Subject {
            config: &self.config,
            worker: &self.worker,
            clock: &clock,
            after: 0,
            keys_seen: self.keys_seen.clone(),
            check_ms: self.check_ms,
        };
        let checks = connection(&subject).await;
        let told = serde_json::to_string(&checks).expect("JSON");
        for hidden in ["of-contacts", "of-customers", "of-callback", KEY, "BEGIN", "\"right"] {
            assert!(!told.contains(hidden), "{hidden} in {told}");
        }
        checks
    }

    /// The names and codes of what failed, and the names of what was left out.
    async fn failed(&self) -> (Vec<(&'static str, &'static str)>, Vec<&'static str>) {
        let checks = self.checks().await;
        let failed = checks.iter().filter(|check| check.state == CheckState::Failed);
        let skipped = checks.iter().filter(|check| check.state == CheckState::Skipped);
        (failed.map(|check| (check.name, check.code.expect("a code"))).collect(), skipped.map(|one| one.name).collect())
    }
}

#[tokio::test]
async fn all_is_well_and_each_check_says_so() {
    let bench = Bench::new().await;
    let checks = bench.checks().await;
    let names: Vec<&str> = checks.iter().map(|check| check.name).collect();
    let all = "corp_id library sdk archive_secret keys permit_list contact_secret contacts external_secret callback ip";
    assert_eq!(names.join(" "), all);
    assert!(checks.iter().all(|check| check.state == CheckState::Ok && check.code.is_none()), "{checks:?}");
    let detail = |name: &str| checks.iter().find(|check| check.name == name).and_then(|check| check.detail.clone());
    assert_eq!(detail("keys").as_deref(), Some("1"));
    assert_eq!(detail("permit_list").as_deref(), Some("2 members"));
    assert_eq!(detail("contacts").as_deref(), Some("1 departments"));
}

#[tokio::test]
async fn what_is_not_configured_is_left_out() {
    let mut bench = Bench::new().await;
    bench.config = WecomConfig { corp_id: "ww/x".to_owned(), ..WecomConfig::default() };
    let (failed, skipped) = bench.failed().await;
    assert_eq!(failed, [("corp_id", "wecom.corp_id_invalid")]);
    assert_eq!(skipped.len(), 10, "{skipped:?}");
}

#[tokio::test]
async fn faults_of_library_and_secret_are_told_apart() {
    let mut bench = Bench::new().await;
    for absent in [PathBuf::from("/nowhere.so"), bench.world.test.folder.path().to_owned()] {
        bench.archive().library = absent;
        let (failed, skipped) = bench.failed().await;
        assert_eq!(failed, [("library", "wecom.library_missing")]);
        assert_eq!(skipped, ["sdk", "archive_secret"]);
    }
    let mut bench = Bench::new().await;
    let all_may_write = std::fs::Permissions::from_mode(0o666);
    std::fs::set_permissions(&bench.archive().library, all_may_write).expect("sets the mode");
    assert_eq!(bench.failed().await.0, [("library", "wecom.library_exposed")]);
    let mut bench = Bench::new().await;
    bench.worker = worker("bad", bench.world.test.folder.path());
    assert_eq!(bench.failed().await, (vec![("sdk", "wecom.library_unusable")], vec!["archive_secret"]));
    let mut bench = Bench::new().await;
    bench.archive().secret = secret("wrong-secret");
    assert_eq!(bench.failed().await, (vec![("sdk", "wecom.sdk_refused")], vec!["archive_secret"]));
}

#[tokio::test]
async fn what_wecom_answers_to_a_fetch_is_named() {
    let cases = [
        (40001, "wecom.secret_wrong"),
        (40013, "wecom.corp_unknown"),
        (301_052, "wecom.archive_expired"),
        (301_053, "wecom.archive_not_opened"),
        (45009, "wecom.busy"),
        (99_999, "wecom.refused"),
    ];
    let bench = Bench::new().await;
    for (errcode, code) in cases {
        bench.world.answer(0, json!({"errcode": errcode, "errmsg": "x"}).to_string().as_bytes());
        assert_eq!(bench.failed().await.0, [("archive_secret", code)], "{errcode}");
    }
    bench.world.answer(0, b"no JSON");
    assert_eq!(bench.failed().await.0, [("archive_secret", "wecom.answer_unreadable")]);
}

#[tokio::test]
async fn an_address_that_wecom_does_not_trust_is_named_whoever_says_it() {
    let told = |checks: &[Check]| {
        let ip = checks.iter().find(|check| check.name == "ip").expect("checked");
        assert_eq!((ip.state, ip.code), (CheckState::Failed, Some("wecom.ip_not_trusted")));
        assert!(ip.detail.as_ref().is_some_and(|detail| detail.ends_with("203.0.113.9")), "{ip:?}");
    };
    let refusal = json!({"errcode": 60020, "errmsg": UNTRUSTED});
    let bench = Bench::new().await;
    bench.world.answer(0, refusal.to_string().as_bytes());
    told(&bench.checks().await);
    let bench = Bench::answering("/cgi-bin/gettoken", refusal).await;
    bench.world.answer(0, json!({"errcode": 60020}).to_string().as_bytes());
    told(&bench.checks().await);
}

#[tokio::test]
async fn refusals_of_the_http_apis_stop_only_what_needs_them() {
    let bench = Bench::answering("/cgi-bin/gettoken", json!({"errcode": 40001})).await;
    let wrong = "wecom.secret_wrong";
    let failed = vec![("permit_list", wrong), ("contact_secret", wrong), ("external_secret", wrong)];
    assert_eq!(bench.failed().await, (failed, vec!["contacts"]));
    let bench = Bench::answering("/cgi-bin/department/list", json!({"errcode": 48002})).await;
    assert_eq!(bench.failed().await.0, [("contacts", "wecom.not_permitted")]);
    let mut bench = Bench::new().await;
    bench.config.app.base_url = "http://127.0.0.1:1".to_owned();
    assert_eq!(bench.failed().await.0.first(), Some(&("permit_list", "wecom.network")));
}

#[tokio::test]
async fn a_wecom_that_never_answers_holds_nobody_up() {
    let mut bench = Bench::new().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    bench.config.app.base_url = format!("http://{}", silent.local_addr().expect("an address"));
    bench.config.archive = None;
    bench.check_ms = 20;
    let slow = "wecom.timed_out";
    assert_eq!(bench.failed().await.0, [("contact_secret", slow), ("external_secret", slow)]);
}

#[tokio::test]
async fn faults_of_keys_are_told_apart() {
    let other = CorpKey::new();
    let key = |version, pem: &str| GivenKey { version, pem: secret(pem) };
    let cases = [
        (vec![], "wecom.keys_absent"),
        (vec![key(1, "no PEM")], "wecom.key_invalid"),
        (vec![key(1, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")], "wecom.key_invalid"),
        (vec![key(1, SMALL_KEY)], "wecom.key_too_small"),
        (vec![key(2, &other.pem())], "wecom.key_missing"),
        (vec![key(1, &other.pem())], "wecom.key_wrong"),
    ];
    let mut bench = Bench::new().await;
    for (keys, code) in cases {
        bench.archive().given_keys = keys;
        assert_eq!(bench.failed().await.0, [("keys", code)]);
    }
    let mut bench = Bench::new().await;
    bench.keys_seen = BTreeSet::from([1, 7, 9]);
    let checks = bench.checks().await;
    let keys = checks.iter().find(|check| check.name == "keys").expect("checked");
    assert_eq!(keys.code, Some("wecom.key_missing"));
    assert!(keys.detail.as_ref().is_some_and(|detail| detail.ends_with("7, 9")), "{keys:?}");
}

#[tokio::test]
async fn keys_of_a_folder_are_checked_there() {
    let mut bench = Bench::new().await;
    let folder = bench.world.keys_directory();
    let given = std::mem::take(&mut bench.archive().given_keys);
    std::fs::write(folder.join("1.pem"), given.first().expect("one").pem.reveal()).expect("written");
    bench.archive().keys_directory = folder.clone();
    assert_eq!(bench.failed().await.0, []);
    std::fs::write(folder.join("old.pem"), "x").expect("written");
    assert_eq!(bench.failed().await.0, [("keys", "wecom.key_file_bad")]);
    bench.archive().keys_directory = folder.join("absent");
    assert_eq!(bench.failed().await.0, [("keys", "wecom.keys_unreadable")]);
}

#[tokio::test]
async fn a_callback_is_tried_on_itself() {
    let mut bench = Bench::new().await;
    bench.callback().encoding_aes_key = secret("too short");
    assert_eq!(bench.failed().await.0, [("callback", "wecom.callback_key_invalid")]);
    bench.callback().encoding_aes_key = secret(KEY);
    bench.callback().token = Secret::default();
    assert_eq!(bench.failed().await.0, [("callback", "wecom.callback_incomplete")]);
}
