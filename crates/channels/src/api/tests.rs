//! The endpoints through the router that the server uses.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use parking_lot::Mutex;
use serde_json::Value;
use tower::ServiceExt as _;
use xinlu_http::{
    ApiError, AuditRecord, AuditSink, Authenticate, Caller, Credentials, Grant, Grants, Level, Services, Visible,
};
use xinlu_model::{Time, UserId};
use xinlu_testkit::SeededRandom;

use super::endpoints;
use crate::testing::World;
use crate::wecom_app::callback_crypto::{CallbackCrypto, SealedCallback};
use crate::wecom_app::callbacks::JOB_KIND;
use crate::{Channels, Secret, WecomAppConfig, WecomCallbackConfig, WecomConfig};

const KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
const PATH: &str = "/api/v1/callbacks/wecom/wwcorp";

/// Whoever shows the key `manager` manages channels.
#[derive(Default)]
struct Door {
    records: Mutex<Vec<AuditRecord>>,
}

#[async_trait]
impl Authenticate for Door {
    async fn authenticate(&self, credentials: &Credentials<'_>, _: Time) -> Result<Option<Caller>, ApiError> {
        let grant = Grant { permission: "channel.manage".to_owned(), visible: Visible::All, level: Level::Metadata };
        let grants = if credentials.bearer == Some("manager") { vec![grant] } else { Vec::new() };
        Ok(Some(Caller {
            user: UserId::new(1),
            name: "somebody".to_owned(),
            member: None,
            grants: Arc::new(Grants::new(grants)),
            by_cookie: false,
        }))
    }
}

#[async_trait]
impl AuditSink for Door {
    async fn record(&self, record: AuditRecord) -> Result<(), ApiError> {
        self.records.lock().push(record);
        Ok(())
    }
}

pub(super) struct Api {
    pub(super) world: World,
    door: Arc<Door>,
    router: Router,
    crypto: CallbackCrypto,
}

impl Api {
    async fn new() -> Self {
        Self::over(World::new().await).await
    }

    pub(super) async fn over(world: World) -> Self {
        let door = Arc::new(Door::default());
        let secret = |text: &str| Secret::new(text.to_owned());
        let callback = WecomCallbackConfig { token: secret("token"), encoding_aes_key: secret(KEY) };
        let config = WecomConfig {
            corp_id: "wwcorp".to_owned(),
            archive: Some(world.config()),
            callback: Some(callback),
            // Nobody listens there.
            app: WecomAppConfig { base_url: "http://127.0.0.1:1".to_owned(), ..WecomAppConfig::default() },
            ..WecomConfig::default()
        };
        let channels = Channels::open(world.deps(None), vec![config]).await.expect("opens");
        let services = Services {
            authenticate: door.clone(),
            audit: door.clone(),
            clock: world.clock.clone(),
            random: SeededRandom::new(1),
        };
        let crypto = CallbackCrypto::new(secret("token"), &secret(KEY), "wwcorp").expect("good");
        Self { world, door, router: xinlu_http::router(endpoints(&channels), &services), crypto }
    }

    /// Everything in the audit trail, as text.
    pub(super) fn audited(&self) -> String {
        format!("{:?}", self.door.records.lock())
    }

    pub(super) async fn send(&self, method: &str, path: &str, key: &str, body: String) -> (StatusCode, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json");
        let request = request.body(Body::from(body)).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("answers");
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 1_000_000).await.expect("read");
        (status, String::from_utf8(bytes.to_vec()).expect("UTF-8"))
    }

    fn seal(&self, text: &str, random: u8) -> SealedCallback {
        self.crypto.seal(text.as_bytes(), [random; 16], "1", "n")
    }

    async fn call_back(&self, sealed: &SealedCallback, signature: &str) -> (StatusCode, String) {
        let path = format!("{PATH}?msg_signature={signature}&timestamp=1&nonce=n");
        let body = format!("<xml><ToUserName>wwcorp</ToUserName><Encrypt>{}</Encrypt></xml>", sealed.encrypt);
        self.send("POST", &path, "", body).await
    }

    async fn status(&self) -> Value {
        let (status, body) = self.send("GET", "/api/v1/channels/wecom", "manager", String::new()).await;
        assert_eq!(status, StatusCode::OK);
        serde_json::from_str(&body).expect("JSON")
    }
}

pub(super) fn code(answer: &(StatusCode, String)) -> (u16, String) {
    let body: Value = serde_json::from_str(&answer.1).expect("JSON");
    (answer.0.as_u16(), body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_callback_is_durable_once_and_a_forged_one_is_counted() {
    let api = Api::new().await;
    let xml = "<xml><ToUserName>wwcorp</ToUserName><CreateTime>1</CreateTime><Event>msgaudit_notify</Event></xml>";
    for random in 0..3 {
        let sealed = api.seal(xml, random);
        assert_eq!(api.call_back(&sealed, &sealed.signature).await, (StatusCode::OK, "success".to_owned()));
    }
    let counts = xinlu_jobs::queue::counts(&api.world.test.db).await.expect("counted");
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<i64>(), 1, "{JOB_KIND}: {counts:?}");
    let forged = api.call_back(&api.seal(xml, 9), "00").await;
    assert_eq!(code(&forged), (403, "channels.callback_signature_wrong".to_owned()));
    let sealed = api.seal("no xml", 9);
    let malformed = api.call_back(&sealed, &sealed.signature).await;
    assert_eq!(code(&malformed), (400, "channels.callback_malformed".to_owned()));
    let status = api.status().await;
    let corp = &status["items"][0];
    assert_eq!((&corp["callbacks"]["accepted"], &corp["callbacks"]["refused"]), (&3.into(), &2.into()));
    assert!(corp["intake"]["notified_at"].is_string());
}

#[tokio::test]
async fn the_url_is_verified_in_plain_text() {
    let api = Api::new().await;
    let sealed = api.seal("ECHO", 1);
    let echo = sealed.encrypt.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let path = format!("{PATH}?msg_signature={}&timestamp=1&nonce=n&echostr={echo}", sealed.signature);
    assert_eq!(api.send("GET", &path, "", String::new()).await, (StatusCode::OK, "ECHO".to_owned()));
    let unknown = api.send("GET", &path.replace("wwcorp", "wwother"), "", String::new()).await;
    assert_eq!(code(&unknown), (404, "channels.corp_not_found".to_owned()));
}

#[tokio::test]
async fn only_managers_see_and_set_going() {
    let api = Api::new().await;
    for path in ["poll", "retry-parked", "sync"] {
        let path = format!("/api/v1/channels/wecom/wwcorp/{path}");
        assert_eq!(api.send("POST", &path, "nobody", String::new()).await.0, StatusCode::FORBIDDEN);
        assert_eq!(api.send("POST", &path, "manager", String::new()).await.0, StatusCode::OK);
        let unknown = api.send("POST", &path.replace("wwcorp", "x"), "manager", String::new()).await;
        assert_eq!(unknown.0, StatusCode::NOT_FOUND);
    }
    assert_eq!(api.send("GET", "/api/v1/channels/wecom", "nobody", String::new()).await.0, StatusCode::FORBIDDEN);
    let status = api.status().await;
    assert_eq!(status["items"][0]["corp_id"], "wwcorp");
    assert!(!status.to_string().contains("token"));
}
