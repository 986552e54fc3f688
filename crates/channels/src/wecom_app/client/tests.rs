//! Tokens, retries and limits against a small server on loopback.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::routing::any;
use parking_lot::Mutex;
use serde_json::{Value, json};
use xinlu_testkit::SetClock;

use super::{HttpSettings, SecretKind, WecomClient, WecomError};
use crate::Secret;

const API: &str = "/cgi-bin/user/list_id";
const SECRET: &str = "the-secret";

/// Gives tokens `t1`, `t2` …, and answers the API with what the test queued, or else with the token it was shown.
#[derive(Default)]
struct Fake {
    tokens: Mutex<u64>,
    queued: Mutex<VecDeque<String>>,
    calls: Mutex<Vec<String>>,
}

#[derive(serde::Deserialize)]
struct Shown {
    access_token: String,
}

#[derive(serde::Deserialize)]
struct Asked {
    corpid: String,
    corpsecret: String,
}

async fn gettoken(State(fake): State<Arc<Fake>>, Query(asked): Query<Asked>) -> axum::Json<Value> {
    if asked.corpid != "wwcorp" || asked.corpsecret != SECRET {
        return axum::Json(json!({"errcode": 40001, "errmsg": "no"}));
    }
    let mut tokens = fake.tokens.lock();
    *tokens += 1;
    axum::Json(json!({"errcode": 0, "access_token": format!("t{tokens}"), "expires_in": 7200}))
}

async fn api(State(fake): State<Arc<Fake>>, Query(shown): Query<Shown>) -> String {
    fake.calls.lock().push(shown.access_token.clone());
    let queued = fake.queued.lock().pop_front();
    queued.unwrap_or_else(|| json!({"errcode": 0, "token": shown.access_token}).to_string())
}

struct World {
    fake: Arc<Fake>,
    clock: Arc<SetClock>,
    client: Arc<WecomClient>,
}

impl World {
    async fn new(secret: &str) -> Self {
        let fake = Arc::new(Fake::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = axum::Router::new()
            .route("/cgi-bin/gettoken", any(gettoken))
            .route(API, any(api))
            .with_state(Arc::clone(&fake));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let clock = SetClock::new();
        let settings =
            HttpSettings { base_url: format!("http://{address}"), busy_retry_ms: 1, ..HttpSettings::default() };
        let secrets = vec![(SecretKind::Contacts, Secret::new(secret.to_owned()))];
        let client = WecomClient::new("wwcorp", secrets, settings, clock.clone()).expect("a client");
        Self { fake, clock, client }
    }

    fn queue(&self, errcodes: &[i64]) {
        let answers = errcodes.iter().map(|errcode| json!({"errcode": errcode, "errmsg": "x"}).to_string());
        self.fake.queued.lock().extend(answers);
    }

    async fn call(&self) -> Result<String, WecomError> {
        let answer = self.client.post(SecretKind::Contacts, API, &json!({})).await?;
        Ok(answer.get("token").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.fake.calls.lock())
    }
}

fn refused(errcode: i64) -> Result<String, WecomError> {
    Err(WecomError::Refused { api: API, errcode, address: None })
}

#[tokio::test]
async fn a_token_is_fetched_once_and_renewed_before_it_ends() {
    let world = World::new(SECRET).await;
    let together = tokio::join!(world.call(), world.call(), world.call());
    assert_eq!(together, (Ok("t1".to_owned()), Ok("t1".to_owned()), Ok("t1".to_owned())));
    assert_eq!(*world.fake.tokens.lock(), 1);
    world.clock.advance_ms(6_890_000);
    assert_eq!(world.call().await.as_deref(), Ok("t1"));
    world.clock.advance_ms(20_000);
    assert_eq!(world.call().await.as_deref(), Ok("t2"));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    for errcode in [40014, 42001, 41001] {
        let world = World::new(SECRET).await;
        world.queue(&[errcode]);
        assert_eq!(world.call().await.as_deref(), Ok("t2"), "{errcode}");
        world.queue(&[errcode, errcode]);
        assert_eq!(world.call().await, refused(errcode));
        assert_eq!(world.calls(), ["t1", "t2", "t2", "t3"]);
    }
}

#[tokio::test]
async fn busy_is_tried_again_three_times() {
    let world = World::new(SECRET).await;
    world.queue(&[-1, -1, -1]);
    assert_eq!(world.call().await.as_deref(), Ok("t1"));
    world.queue(&[-1, -1, -1, -1]);
    assert_eq!(world.call().await, refused(-1));
}

#[tokio::test]
async fn an_api_called_too_often_is_left_alone_for_a_minute() {
    let world = World::new(SECRET).await;
    world.queue(&[45009]);
    assert!(matches!(world.call().await, Err(WecomError::Throttled { .. })));
    assert!(matches!(world.call().await, Err(WecomError::Throttled { .. })));
    assert_eq!(world.calls().len(), 1, "the second call never left");
    world.clock.advance_ms(60_000);
    assert_eq!(world.call().await.as_deref(), Ok("t1"));
}

#[tokio::test]
async fn what_is_refused_says_its_number_and_nothing_secret() {
    let world = World::new("wrong").await;
    assert_eq!(
        world.call().await,
        Err(WecomError::Refused { api: "/cgi-bin/gettoken", errcode: 40001, address: None })
    );
    let world = World::new(SECRET).await;
    world.queue(&[48002]);
    assert!(world.call().await.expect_err("refused").is_not_permitted());
    world.fake.queued.lock().push_back("<html>".to_owned());
    assert_eq!(world.call().await, Err(WecomError::NotJson));
    assert_eq!(world.client.get(SecretKind::Archive, API, &[]).await, Err(WecomError::NoSecret));
    let missing = world.client.get(SecretKind::Contacts, "/cgi-bin/nothing", &[]).await;
    assert_eq!(missing, Err(WecomError::Status(404)));
    let nowhere = HttpSettings { base_url: "http://127.0.0.1:1".to_owned(), ..HttpSettings::default() };
    let secrets = vec![(SecretKind::Contacts, Secret::new(SECRET.to_owned()))];
    let client = WecomClient::new("wwcorp", secrets, nowhere, world.clock.clone()).expect("a client");
    let error = client.get(SecretKind::Contacts, API, &[]).await.expect_err("nobody listens");
    assert!(matches!(error, WecomError::Network(_)), "{error:?}");
    assert!(!format!("{error} {error:?} {:?}", Secret::new(SECRET.to_owned())).contains(SECRET));
}
