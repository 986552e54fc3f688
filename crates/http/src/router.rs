//! Makes the router of the table: authenticate, check, run, audit, answer; always in this order.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;
use xinlu_model::{Clock, ErrorKind, Random};

use crate::call::Noted;
use crate::{
    Access, ApiError, AuditRecord, AuditSink, Authenticate, Call, Caller, Credentials, Endpoint, Outcome, document,
};

/// The name of the session cookie.
pub const SESSION_COOKIE: &str = "xinlu_session";
/// A page of ours sends this header with every change; another site cannot (it would need CORS, which we never grant).
const OWN_PAGE_HEADER: &str = "x-xinlu";
/// Header that carries the request's id back.
const REQUEST_ID_HEADER: &str = "x-request-id";

/// What the router needs from elsewhere.
#[derive(Clone)]
pub struct Services {
    /// Finds out who asks.
    pub authenticate: Arc<dyn Authenticate>,
    /// Writes the audit trail.
    pub audit: Arc<dyn AuditSink>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// For request ids.
    pub random: Arc<dyn Random>,
}

struct Row {
    access: Access,
    audit: Option<&'static str>,
    services: Services,
}

/// The router of all endpoints and of their OpenAPI document.
pub fn router(endpoints: Vec<Endpoint>, services: &Services) -> Router {
    let document = Arc::new(document(&endpoints));
    let own = Endpoint::new(
        Method::GET,
        "/api/openapi.json",
        Access::Public,
        axum::routing::get(move || {
            let document = Arc::clone(&document);
            async move { axum::Json((*document).clone()) }
        }),
    );
    let mut router = Router::new();
    for endpoint in endpoints.into_iter().chain([own]) {
        let row = Arc::new(Row { access: endpoint.access, audit: endpoint.audit, services: services.clone() });
        let handler = endpoint
            .handler
            .layer(DefaultBodyLimit::max(endpoint.body_bytes_max))
            .layer(from_fn(move |request: Request, next: Next| guarded(Arc::clone(&row), request, next)));
        router = router.route(endpoint.path, handler);
    }
    let random = Arc::clone(&services.random);
    router
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            tracing::error!("a handler panicked");
            ApiError::new(ErrorKind::Internal, "http.panic", "something went wrong here").into_response()
        }))
        .layer(from_fn(move |request: Request, next: Next| identify(Arc::clone(&random), request, next)))
}

#[derive(Clone)]
struct RequestId(String);

/// Gives the request its id, and errors their body.
async fn identify(random: Arc<dyn Random>, mut request: Request, next: Next) -> Response {
    let mut bytes = [0u8; 8];
    random.fill(&mut bytes);
    let id: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    let error = response.extensions_mut().remove::<ApiError>().map(|error| (error.code, error.message));
    if let Some((code, message)) = error.or_else(|| unrouted(&response)) {
        let body = json!({"error": {"code": code, "message": message, "request_id": id}});
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.body_mut() = Body::from(body.to_string());
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID_HEADER, value);
    }
    response
}

/// What the router itself says of a path or method that is not in the table.
fn unrouted(response: &Response) -> Option<(&'static str, String)> {
    if response.headers().contains_key(header::CONTENT_TYPE) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(("http.no_such_path", "there is nothing at this path".to_owned())),
        StatusCode::METHOD_NOT_ALLOWED => {
            Some(("http.method_not_allowed", "this path does not know this method".to_owned()))
        }
        _ => None,
    }
}

/// Runs to its end even when the client goes away: what was changed is audited, and nothing stops half-way.
async fn guarded(row: Arc<Row>, request: Request, next: Next) -> Response {
    match tokio::spawn(guard(row, request, next)).await {
        Ok(response) => response,
        Err(_) => panicked(),
    }
}

fn panicked() -> Response {
    tracing::error!("a handler panicked");
    ApiError::new(ErrorKind::Internal, "http.panic", "something went wrong here").into_response()
}

async fn guard(row: Arc<Row>, mut request: Request, next: Next) -> Response {
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let target = request.uri().path().to_owned();
    let caller = match authenticate(&row, &request.headers().clone(), &request.method().clone()).await {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    let now = row.services.clock.now();
    let noted = Arc::new(Mutex::new(Noted::default()));
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|from| from.0.ip());
    let call = Call { caller: caller.clone(), now, request_id: request_id.clone(), address, noted: Arc::clone(&noted) };
    let refused = check(row.access, caller.as_ref());
    let response = match &refused {
        Some(error) => error.clone().into_response(),
        None => {
            request.extensions_mut().insert(call);
            next.run(request).await
        }
    };
    let Some(action) = audited(&row, caller.is_some(), refused.is_some(), response.status()) else { return response };
    let outcome = match response.status().as_u16() {
        200..=399 => Outcome::Done,
        401 | 403 => Outcome::Refused,
        _ => Outcome::Failed,
    };
    let noted = std::mem::take(&mut *noted.lock());
    let needs_none = noted.showed_nothing && outcome != Outcome::Refused;
    if needs_none || (noted.entered && outcome == Outcome::Done) {
        return response;
    }
    let record = AuditRecord {
        at: now,
        caller: caller.or(noted.caller),
        action: action.to_owned(),
        target: noted.target.unwrap_or(target),
        outcome,
        detail: noted.detail,
        request_id,
    };
    match row.services.audit.record(record).await {
        Ok(()) => response,
        Err(error) => error.into_response(),
    }
}

/// What the call is called in the audit trail; `None`: it makes no entry.
///
/// A refusal of somebody who is known always makes one. Strangers can fill the trail only as fast as a handler lets
/// them: neither who has not signed in nor who is told to slow down makes an entry.
fn audited(row: &Row, known: bool, refused: bool, status: StatusCode) -> Option<&'static str> {
    if !known && (refused || status == StatusCode::TOO_MANY_REQUESTS) {
        return None;
    }
    let permission = match row.access {
        Access::Permission(permission) => permission,
        Access::Public | Access::SignedIn => "http.refused",
    };
    row.audit.or_else(|| (known && status == StatusCode::FORBIDDEN).then_some(permission))
}

fn check(access: Access, caller: Option<&Caller>) -> Option<ApiError> {
    match (access, caller) {
        (Access::Public, _) | (Access::SignedIn, Some(_)) => None,
        (_, None) => Some(ApiError::unauthenticated()),
        (Access::Permission(permission), Some(caller)) => (!caller.grants.holds(permission)).then(ApiError::forbidden),
    }
}

async fn authenticate(row: &Row, headers: &HeaderMap, method: &Method) -> Result<Option<Caller>, ApiError> {
    let bearer = text(headers, header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    let session = session_token(headers);
    if bearer.is_none() && session.is_none() {
        return Ok(None);
    }
    let credentials = Credentials { bearer, session };
    let caller = row.services.authenticate.authenticate(&credentials, row.services.clock.now()).await?;
    let changes = !matches!(*method, Method::GET | Method::HEAD);
    if changes && caller.as_ref().is_some_and(|caller| caller.by_cookie) && !headers.contains_key(OWN_PAGE_HEADER) {
        return Err(ApiError::new(
            ErrorKind::Forbidden,
            "http.foreign_page",
            "a change by cookie needs the header x-xinlu: 1",
        ));
    }
    Ok(caller)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The session's token in the request's cookie.
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    let mut pairs = text(headers, header::COOKIE.as_str())?.split(';').map(str::trim);
    pairs.find_map(|pair| pair.strip_prefix(SESSION_COOKIE)?.strip_prefix('='))
}
