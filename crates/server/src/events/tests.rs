//! What a stream says to who comes, comes back, falls behind or loses their rights.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Request;
use futures_util::{Stream, StreamExt as _};
use serde_json::json;
use tokio::sync::watch;
use tower::ServiceExt as _;
use xinlu_http::{
    ApiError, AuditRecord, AuditSink, Authenticate, Caller, Credentials, Grant, Grants, Level, Services, Visible,
};
use xinlu_model::{Time, UserId};
use xinlu_testkit::{SeededRandom, SetClock};

use super::{Events, Hub, Topic, endpoints};

/// Signs everybody in; takes the permission away, or the session, when told.
#[derive(Default)]
struct Door {
    signed_out: AtomicBool,
    without_rights: AtomicBool,
}

#[async_trait]
impl Authenticate for Door {
    async fn authenticate(&self, _: &Credentials<'_>, _: Time) -> Result<Option<Caller>, ApiError> {
        if self.signed_out.load(Ordering::SeqCst) {
            return Ok(None);
        }
        let permission = if self.without_rights.load(Ordering::SeqCst) { "none" } else { "archive.status" };
        let grant = Grant { permission: permission.to_owned(), visible: Visible::All, level: Level::Text };
        Ok(Some(Caller {
            user: UserId::new(1),
            name: "ann".to_owned(),
            member: None,
            grants: Arc::new(Grants::new(vec![grant])),
            by_cookie: false,
        }))
    }
}

struct Nobody;

#[async_trait]
impl AuditSink for Nobody {
    async fn record(&self, _: AuditRecord) -> Result<(), ApiError> {
        Ok(())
    }
}

struct Stage {
    hub: Arc<Hub>,
    door: Arc<Door>,
    stop: watch::Sender<bool>,
    router: axum::Router,
}

type Frames = Pin<Box<dyn Stream<Item = String> + Send>>;

fn stage() -> Stage {
    let (hub, door, clock) = (Arc::new(Hub::new("run1".to_owned())), Arc::new(Door::default()), SetClock::new());
    let (stop, stopped) = watch::channel(false);
    let events = Events { hub: Arc::clone(&hub), authenticate: door.clone(), clock: clock.clone(), stop: stopped };
    let services =
        Services { authenticate: door.clone(), audit: Arc::new(Nobody), clock, random: SeededRandom::new(1) };
    Stage { hub, door, stop, router: xinlu_http::router(endpoints(events), &services) }
}

/// The frames of a stream, each as `name data`.
async fn open(stage: &Stage, query: &str) -> Frames {
    let request = Request::get(format!("/api/v1/events{query}")).header("authorization", "Bearer key");
    let response = stage.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let chunks = response.into_body().into_data_stream();
    Box::pin(chunks.map(|chunk| {
        let text = String::from_utf8(chunk.unwrap().to_vec()).unwrap();
        let line =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
        format!("{} {}", line("event:"), line("data:"))
    }))
}

fn change(seq: u64, records: u64) -> String {
    format!("change {}", json!({"seq": seq, "topic": "intake", "data": {"last_record": records}}))
}

fn intake(stage: &Stage, records: u64) {
    stage.hub.tell(Topic::Intake, json!({"last_record": records}));
}

#[tokio::test]
async fn a_stream_tells_changes_from_now_on_and_each_once() {
    let stage = stage();
    intake(&stage, 1);
    let mut frames = open(&stage, "").await;
    assert_eq!(frames.next().await.unwrap(), r#"hello {"epoch":"run1","last_seq":1}"#);
    intake(&stage, 2);
    intake(&stage, 2);
    intake(&stage, 3);
    assert_eq!(frames.next().await.unwrap(), change(2, 2));
    assert_eq!(frames.next().await.unwrap(), change(3, 3));
    stage.stop.send(true).unwrap();
    assert_eq!(frames.next().await, None, "a server that stops ends its streams");
}

#[tokio::test]
async fn who_comes_back_gets_what_they_missed_or_is_told_to_resync() {
    let stage = stage();
    (1..=3).for_each(|records| intake(&stage, records));
    let mut frames = open(&stage, "?after=run1:1").await;
    frames.next().await.unwrap();
    assert_eq!(frames.next().await.unwrap(), r#"resumed {"seq":1}"#);
    assert_eq!(frames.next().await.unwrap(), change(2, 2));
    assert_eq!(frames.next().await.unwrap(), change(3, 3));
    for lost in ["?after=run0:1", "?after=run1:9"] {
        let mut frames = open(&stage, lost).await;
        frames.next().await.unwrap();
        assert_eq!(frames.next().await.unwrap(), r#"resync {"seq":3}"#, "{lost}");
    }
    (4..=2_000).for_each(|records| intake(&stage, records));
    let mut frames = open(&stage, "?after=run1:3").await;
    frames.next().await.unwrap();
    assert_eq!(frames.next().await.unwrap(), r#"resync {"seq":2000}"#, "no longer kept");
}

#[tokio::test]
async fn a_slow_reader_is_told_to_resync_and_goes_on() {
    let stage = stage();
    let mut frames = open(&stage, "").await;
    frames.next().await.unwrap();
    (1..=1_500).for_each(|records| intake(&stage, records));
    assert_eq!(frames.next().await.unwrap(), r#"resync {"seq":1500}"#);
    intake(&stage, 9_999);
    assert_eq!(frames.next().await.unwrap(), change(1_501, 9_999));
}

#[tokio::test]
async fn rights_are_asked_for_every_frame() {
    let stage = stage();
    let mut frames = open(&stage, "").await;
    frames.next().await.unwrap();
    stage.door.without_rights.store(true, Ordering::SeqCst);
    intake(&stage, 1);
    let mut waiting = Box::pin(frames.next());
    assert!(futures_util::poll!(&mut waiting).is_pending(), "without the right there is no frame");
    stage.door.without_rights.store(false, Ordering::SeqCst);
    intake(&stage, 2);
    assert_eq!(waiting.await.unwrap(), change(2, 2));
    stage.door.signed_out.store(true, Ordering::SeqCst);
    intake(&stage, 3);
    assert_eq!(frames.next().await, None, "who is signed out hears no more");
}

#[tokio::test]
async fn a_place_that_is_none_is_refused() {
    let stage = stage();
    for wrong in ["x", "run1:", ":1", "run1:-1"] {
        let request = Request::get(format!("/api/v1/events?after={wrong}")).header("authorization", "Bearer key");
        let response = stage.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 400, "{wrong}");
    }
}
