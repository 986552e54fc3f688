//! Makes the router of the table: authenticate, check, run, audit, answer; always in this order.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;
use xinlu_model::{Clock, ErrorKind, Random};

use crate::call::Noted;
use crate::{Access, ApiError, AuditRecord, AuditSink, Authenticate, Call, Caller, Credentials, Endpoint, Outcome, document};

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
            .layer(from_fn(move |request: Request, next: Next| guard(Arc::clone(&row), request, next)));
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
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        let body = json!({"error": {"code": error.code, "message": error.message, "request_id": id}});
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.body_mut() = Body::from(body.to_string());
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID_HEADER, value);
    }
    response
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
    let call = Call { caller: caller.clone(), now, request_id: request_id.clone(), noted: Arc::clone(&noted) };
    let refused = check(row.access, caller.as_ref());
    let response = match &refused {
        Some(error) => error.clone().into_response(),
        None => {
            request.extensions_mut().insert(call);
            next.run(request).await
        }
    };
    let Some(action) = row.audit else { return response };
    if refused.is_some() && caller.is_none() {
        return response;
    }
    let outcome = match response.status().as_u16() {
        200..=399 => Outcome::Done,
        401 | 403 => Outcome::Refused,
        _ => Outcome::Failed,
    };
    let (named, detail) = {
        let mut noted = noted.lock();
        (noted.target.take(), noted.detail.take())
    };
    let record = AuditRecord {
        at: now,
        caller,
        action: action.to_owned(),
        target: named.unwrap_or(target),
        outcome,
        detail,
        request_id,
    };
    match row.services.audit.record(record).await {
        Ok(()) => response,
        Err(error) => error.into_response(),
    }
}

fn check(access: Access, caller: Option<&Caller>) -> Option<ApiError> {
    match (access, caller) {
        (Access::Public, _) | (Access::SignedIn, Some(_)) => None,
        (_, None) => Some(ApiError::unauthenticated()),
        (Access::Permission(permission), Some(caller)) => {
            (!caller.grants.holds(permission)).then(ApiError::forbidden)
        }
    }
}

async fn authenticate(row: &Row, headers: &HeaderMap, method: &Method) -> Result<Option<Caller>, ApiError> {
    let bearer = text(headers, header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    let session = text(headers, header::COOKIE.as_str()).and_then(session_of);
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

fn session_of(cookies: &str) -> Option<&str> {
    let mut pairs = cookies.split(';').map(str::trim);
    pairs.find_map(|pair| pair.strip_prefix(SESSION_COOKIE)?.strip_prefix('='))
}
