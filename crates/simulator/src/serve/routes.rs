//! Which URL goes where: `/cgi-bin` is WeCom, `/sdk` is the library, `/sim` is for whoever runs the simulator.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest as _, Multipart, Query, Request as HttpRequest, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};
use serde::de::DeserializeOwned;

use crate::admin::{self, App};
use crate::api::{self, ApiError, Request, media};
use crate::process;
use crate::sdk_endpoints::{self, ChatDataCall, HEADER_CODE, HEADER_FINISH, HEADER_INDEX, MediaDataCall, SdkReply};
use crate::world::World;

/// Largest body taken: the largest upload with its form around it, and media that tests register.
const BODY_BYTES_MAX: usize = 128 << 20;

/// All routes.
pub fn app(world: Arc<World>, agent: ureq::Agent) -> Router {
    Router::new()
        .route("/cgi-bin/gettoken", any(gettoken))
        .route("/cgi-bin/media/upload", post(media_upload))
        .route("/cgi-bin/media/get", get(media_get))
        .route("/cgi-bin/{*path}", any(wecom))
        .route("/sdk/chatdata", post(chat_data))
        .route("/sdk/mediadata", post(media_data))
        .merge(admin::routes())
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(App { world, agent })
}

type Remote = ConnectInfo<SocketAddr>;
type Parameters = Query<BTreeMap<String, String>>;

fn request(uri: &Uri, query: BTreeMap<String, String>, remote: SocketAddr, body: Vec<u8>) -> Request {
    Request { path: uri.path().to_owned(), query, body, remote: remote.ip(), now_ms: process::now_ms() }
}

async fn gettoken(State(app): State<App>, uri: Uri, remote: Remote, Query(query): Parameters) -> Response {
    let request = request(&uri, query, remote.0, Vec::new());
    if let Some(status) = delayed(&app.world, &request.path).await {
        return status.into_response();
    }
    json(&api::gettoken(&app.world, &request))
}

async fn wecom(State(app): State<App>, uri: Uri, remote: Remote, Query(query): Parameters, body: Bytes) -> Response {
    let request = request(&uri, query, remote.0, body.to_vec());
    let under_way = app.world.under_way.fetch_add(1, Ordering::SeqCst);
    let concurrency_max = app.world.faults().http.concurrency_max;
    let status = delayed(&app.world, &request.path).await;
    let response = match status {
        Some(status) => status.into_response(),
        None if concurrency_max > 0 && under_way >= concurrency_max => json(&ApiError::of(45033).body(&request)),
        None => json(&api::answer(&app.world, &request)),
    };
    app.world.under_way.fetch_sub(1, Ordering::SeqCst);
    response
}

/// Waits as the faults of a path say; the HTTP status to answer with, if they say one.
async fn delayed(world: &World, path: &str) -> Option<StatusCode> {
    let faults = world.faults();
    let (name, fault) = api::api_fault(&faults.http.apis, path)?;
    tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    if fault.status == 0 || !world.may_play(&format!("status {name}"), fault.times_max) {
        return None;
    }
    StatusCode::from_u16(fault.status).ok()
}

async fn media_upload(
    State(app): State<App>,
    uri: Uri,
    remote: Remote,
    Query(query): Parameters,
    http: HttpRequest,
) -> Response {
    let request = request(&uri, query, remote.0, Vec::new());
    if let Some(status) = delayed(&app.world, &request.path).await {
        return status.into_response();
    }
    let missing = || json(&ApiError::new(41005, "media data missing").body(&request));
    let Ok(mut form) = Multipart::from_request(http, &app).await else {
        return missing();
    };
    while let Ok(Some(field)) = form.next_field().await {
        if field.name() != Some("media") {
            continue;
        }
        let (name, kind) = (field.file_name().map(str::to_owned), field.content_type().map(str::to_owned));
        let Ok(bytes) = field.bytes().await else {
            return missing();
        };
        let upload = media::new_upload(name.as_deref(), kind.as_deref(), bytes.to_vec());
        return json(&media::upload(&app.world, &request, upload));
    }
    missing()
}

async fn media_get(
    State(app): State<App>,
    uri: Uri,
    remote: Remote,
    Query(query): Parameters,
    headers: HeaderMap,
) -> Response {
    let request = request(&uri, query, remote.0, Vec::new());
    if let Some(status) = delayed(&app.world, &request.path).await {
        return status.into_response();
    }
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let part = match media::get(&app.world, &request, range) {
        Ok(part) => part,
        // An error is JSON with HTTP 200; clients must look at the content type.
        Err(error) => return json(&error),
    };
    let upload = part.upload;
    let length = upload.bytes.len();
    let (start, end) = part.range.unwrap_or((0, length));
    let name: String = upload.file_name.chars().filter(|letter| !letter.is_control() && *letter != '"').collect();
    let mut response = Response::builder()
        .header(header::CONTENT_TYPE, upload.content_type)
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""));
    if part.range.is_some() {
        response = response
            .status(StatusCode::PARTIAL_CONTENT)
            .header(header::CONTENT_RANGE, format!("bytes {start}-{}/{length}", end.saturating_sub(1)));
    }
    let bytes = upload.bytes.get(start..end).unwrap_or_default().to_vec();
    response.body(Body::from(bytes)).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn chat_data(State(app): State<App>, remote: Remote, body: Bytes) -> Response {
    tokio::time::sleep(Duration::from_millis(app.world.faults().sdk.get_chat_data.delay_ms)).await;
    let Some(call) = parsed::<ChatDataCall>(&body) else {
        return sdk(SdkReply { code: 10000, ..SdkReply::default() });
    };
    let world = Arc::clone(&app.world);
    blocking(move || sdk_endpoints::chat_data(&world, &call, remote.0.ip(), process::now_ms())).await
}

async fn media_data(State(app): State<App>, body: Bytes) -> Response {
    tokio::time::sleep(Duration::from_millis(app.world.faults().sdk.get_media_data.delay_ms)).await;
    let Some(call) = parsed::<MediaDataCall>(&body) else {
        return sdk(SdkReply { code: 10000, ..SdkReply::default() });
    };
    let world = Arc::clone(&app.world);
    blocking(move || sdk_endpoints::media_data(&world, &call)).await
}

/// Reading a page from disk and making a media file are no work for an async thread.
async fn blocking(work: impl FnOnce() -> SdkReply + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(reply) => sdk(reply),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn sdk(reply: SdkReply) -> Response {
    let headers = [
        (HEADER_CODE, reply.code.to_string()),
        (HEADER_INDEX, reply.index),
        (HEADER_FINISH, u8::from(reply.finished).to_string()),
    ];
    (headers, reply.body).into_response()
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_json::from_slice(body).ok()
}

fn json(value: &serde_json::Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=UTF-8")], value.to_string()).into_response()
}
