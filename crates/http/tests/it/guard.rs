//! Authenticate, check, run, audit, answer: in this order, for every row.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::ServiceExt;
use xinlu_http::{
    Access, Answer, ApiError, AuditRecord, AuditSink, Authenticate, Call, Caller, Credentials, Endpoint, Grant, Grants,
    Json, Level, Outcome, Path, Query, Services, Visible, probes, router, walk,
};
use xinlu_model::{ErrorKind, Time, UserId};
use xinlu_testkit::{SeededRandom, SetClock};

/// Knows one key, one session, and that everything fails at times.
struct Gate;

#[async_trait]
impl Authenticate for Gate {
    async fn authenticate(&self, credentials: &Credentials<'_>, _: Time) -> Result<Option<Caller>, ApiError> {
        let by_cookie = credentials.bearer.is_none();
        let permission = match (credentials.bearer, credentials.session) {
            (Some("reader"), _) | (None, Some("reader")) => "thing.read",
            (Some("other"), _) => "other.read",
            (Some("down"), _) => {
                return Err(ApiError::new(ErrorKind::Unavailable, "test.down", "try again"));
            }
            _ => return Ok(None),
        };
        let grant = Grant { permission: permission.to_owned(), visible: Visible::All, level: Level::Text };
        let grants = Arc::new(Grants::new(vec![grant]));
        Ok(Some(Caller { user: UserId::new(1), name: "anna".to_owned(), member: None, grants, by_cookie }))
    }
}

#[derive(Default)]
struct Trail {
    entries: Mutex<Vec<AuditRecord>>,
    broken: bool,
}

#[async_trait]
impl AuditSink for Trail {
    async fn record(&self, record: AuditRecord) -> Result<(), ApiError> {
        if self.broken {
            return Err(ApiError::new(ErrorKind::Unavailable, "test.audit", "try again"));
        }
        self.entries.lock().unwrap().push(record);
        Ok(())
    }
}

#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Thing {
    n: u32,
}

async fn view(call: Call, Path(id): Path<u32>, Query(thing): Query<Thing>) -> Answer<Thing> {
    call.note(&format!("thing:{id}"), json!({"n": thing.n}));
    Ok(Json(thing))
}

/// Shows something only of even things.
async fn peek(call: Call, Path(n): Path<u32>) -> Answer<Thing> {
    if n % 2 == 1 {
        call.shows_nothing();
    }
    match n {
        0..10 => Ok(Json(Thing { n })),
        10..20 => Err(ApiError::new(ErrorKind::NotFound, "test.missing", "as asked")),
        _ => Err(ApiError::new(ErrorKind::Forbidden, "test.forbidden", "as asked")),
    }
}

async fn echo(Json(thing): Json<Thing>) -> Answer<Thing> {
    Ok(Json(thing))
}

async fn fail(Path(kind): Path<String>) -> Answer<Thing> {
    let kind = match kind.as_str() {
        "forbidden" => ErrorKind::Forbidden,
        "crowded" => ErrorKind::TooMany,
        "panic" => panic!("a handler fails"),
        _ => ErrorKind::Internal,
    };
    Err(ApiError::new(kind, "test.fail", "as asked"))
}

async fn address(call: Call) -> String {
    format!("{:?} {}", call.address(), call.caller().is_ok())
}

fn table() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/things/{id}", Access::Permission("thing.read"), get(view)).audited("thing.read"),
        Endpoint::new(Method::GET, "/peek/{n}", Access::Permission("thing.read"), get(peek)).audited("thing.peek"),
        Endpoint::new(Method::POST, "/things", Access::Permission("thing.read"), post(echo)).body_bytes_max(100),
        Endpoint::new(Method::GET, "/address", Access::Public, get(address)),
        Endpoint::new(Method::GET, "/mine", Access::SignedIn, get(address)),
        Endpoint::new(Method::GET, "/fail/{kind}", Access::Public, get(fail)),
        Endpoint::new(Method::GET, "/audited-fail/{kind}", Access::Public, get(fail)).audited("thing.fail"),
    ]
}

fn world(trail: Trail) -> (Router, Arc<Trail>) {
    let trail = Arc::new(trail);
    let services = Services {
        authenticate: Arc::new(Gate),
        audit: trail.clone(),
        clock: SetClock::new(),
        random: SeededRandom::new(1),
    };
    (router(table(), &services), trail)
}

async fn send(router: &Router, request: axum::http::request::Builder, body: &str) -> (StatusCode, String) {
    let request = request.header(header::CONTENT_TYPE, "application/json");
    let mut request = request.body(Body::from(body.to_owned())).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 7], 5))));
    let response = router.clone().oneshot(request).await.unwrap();
    let (status, id) = (response.status(), response.headers()["x-request-id"].to_str().unwrap().to_owned());
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    if status.is_client_error() || status.is_server_error() {
        let body: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no error body: {text}"));
        assert_eq!(body["error"]["request_id"], id);
        return (status, body["error"]["code"].as_str().unwrap().to_owned());
    }
    (status, text)
}

fn ask(method: Method, path: &str, key: &str) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path);
    if key.is_empty() { request } else { request.header(header::AUTHORIZATION, format!("Bearer {key}")) }
}

async fn code(router: &Router, path: &str, key: &str) -> (u16, String) {
    let (status, text) = send(router, ask(Method::GET, path, key), "").await;
    (status.as_u16(), text)
}

fn entries(trail: &Trail) -> Vec<String> {
    let entries = trail.entries.lock().unwrap();
    entries.iter().map(|one| format!("{} {} {:?} {}", one.action, one.target, one.outcome, one.detail)).collect()
}

#[tokio::test]
async fn access_is_checked_before_the_handler() {
    let (router, trail) = world(Trail::default());
    assert_eq!(code(&router, "/things/5?n=1", "").await, (401, "http.unauthenticated".to_owned()));
    assert_eq!(code(&router, "/things/5?n=1", "unknown").await, (401, "http.unauthenticated".to_owned()));
    assert_eq!(code(&router, "/things/5?n=1", "other").await, (403, "http.forbidden".to_owned()));
    assert_eq!(code(&router, "/things/5?n=1", "reader").await, (200, r#"{"n":1}"#.to_owned()));
    assert_eq!(code(&router, "/things/5?n=1", "down").await, (503, "test.down".to_owned()));
    assert_eq!(code(&router, "/mine", "").await.0, 401);
    assert_eq!(code(&router, "/mine", "other").await, (200, "Some(10.0.0.7) true".to_owned()));
    assert_eq!(code(&router, "/address", "").await, (200, "Some(10.0.0.7) false".to_owned()));
    assert_eq!(
        entries(&trail),
        [r"thing.read /things/5 Refused null", r#"thing.read thing:5 Done {"n":1}"#],
        "strangers who are turned away fill no trail"
    );
}

#[tokio::test]
async fn without_an_entry_there_is_no_answer() {
    let (router, _) = world(Trail { broken: true, ..Trail::default() });
    assert_eq!(code(&router, "/things/5?n=1", "reader").await, (503, "test.audit".to_owned()));
    assert_eq!(code(&router, "/address", "").await.0, 200, "where none is asked for, none is needed");
}

#[tokio::test]
async fn refusals_by_handlers_are_written_down_and_slowed_strangers_are_not() {
    let (router, trail) = world(Trail::default());
    assert_eq!(code(&router, "/fail/forbidden", "reader").await.0, 403);
    assert_eq!(code(&router, "/fail/forbidden", "").await.0, 403);
    assert_eq!(code(&router, "/audited-fail/crowded", "").await.0, 429);
    assert_eq!(code(&router, "/audited-fail/crowded", "reader").await.0, 429);
    assert_eq!(code(&router, "/audited-fail/forbidden", "").await.0, 403);
    let entries = entries(&trail);
    assert_eq!(
        entries,
        [
            "http.refused /fail/forbidden Refused null",
            "thing.fail /audited-fail/crowded Failed null",
            "thing.fail /audited-fail/forbidden Refused null",
        ]
    );
    let known: Vec<bool> = trail.entries.lock().unwrap().iter().map(|one| one.caller.is_some()).collect();
    assert_eq!(known, [true, true, false]);
    assert_eq!(trail.entries.lock().unwrap()[1].outcome, Outcome::Failed);
}

#[tokio::test]
async fn what_shows_nothing_is_written_down_only_when_it_is_refused() {
    let (router, trail) = world(Trail::default());
    for n in [2, 3, 12, 13, 22, 23] {
        code(&router, &format!("/peek/{n}"), "reader").await;
    }
    let expected = ["/peek/2 Done", "/peek/12 Failed", "/peek/22 Refused", "/peek/23 Refused"];
    assert_eq!(entries(&trail), expected.map(|entry| format!("thing.peek {entry} null")));
}

#[tokio::test]
async fn every_error_has_the_one_shape() {
    let (router, _) = world(Trail::default());
    assert_eq!(code(&router, "/nowhere", "").await, (404, "http.no_such_path".to_owned()));
    assert_eq!(code(&router, "/things", "reader").await, (405, "http.method_not_allowed".to_owned()));
    assert_eq!(code(&router, "/things/5", "reader").await, (400, "http.invalid_query".to_owned()));
    assert_eq!(code(&router, "/things/x?n=1", "reader").await, (400, "http.invalid_path".to_owned()));
    assert_eq!(code(&router, "/things/5?n=1&m=2", "reader").await, (400, "http.invalid_query".to_owned()));
    assert_eq!(code(&router, "/fail/panic", "").await, (500, "http.panic".to_owned()));
    assert_eq!(code(&router, "/fail/else", "").await, (500, "test.fail".to_owned()));
    let post = |key| ask(Method::POST, "/things", key);
    assert_eq!(send(&router, post("reader"), "{").await.1, "http.invalid_body");
    assert_eq!(send(&router, post("reader"), r#"{"n":1,"m":2}"#).await.1, "http.invalid_body");
    let large = format!(r#"{{"n":1{}}}"#, " ".repeat(100));
    assert_eq!(
        send(&router, post("reader"), &large).await,
        (StatusCode::PAYLOAD_TOO_LARGE, "http.body_too_large".into())
    );
    assert_eq!(send(&router, post("reader"), r#"{"n":1}"#).await, (StatusCode::OK, r#"{"n":1}"#.into()));
}

#[tokio::test]
async fn a_change_by_cookie_must_come_from_our_page() {
    let (router, _) = world(Trail::default());
    let request = |method: Method, path: &str| {
        Request::builder().method(method).uri(path).header(header::COOKIE, "a=b; xinlu_session=reader; c=d")
    };
    assert_eq!(send(&router, request(Method::GET, "/things/5?n=1"), "").await.0, StatusCode::OK);
    let foreign = send(&router, request(Method::POST, "/things"), r#"{"n":1}"#).await;
    assert_eq!(foreign, (StatusCode::FORBIDDEN, "http.foreign_page".to_owned()));
    let own = request(Method::POST, "/things").header("x-xinlu", "1");
    assert_eq!(send(&router, own, r#"{"n":1}"#).await.0, StatusCode::OK);
    let both = request(Method::POST, "/things").header(header::AUTHORIZATION, "Bearer reader");
    assert_eq!(send(&router, both, r#"{"n":1}"#).await.0, StatusCode::OK, "a key is no cookie");
}

#[tokio::test]
async fn a_walk_tries_the_whole_table() {
    let (router, _) = world(Trail::default());
    let probes = probes(&table(), "7");
    assert_eq!(probes.len(), table().len());
    assert_eq!(probes[0].path, "/things/7");
    let answers = walk(&router, &probes, None).await;
    let refused: Vec<&str> = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::UNAUTHORIZED)
        .map(|answer| answer.probe.template)
        .collect();
    assert_eq!(refused, ["/things/{id}", "/peek/{n}", "/things", "/mine"]);
}
