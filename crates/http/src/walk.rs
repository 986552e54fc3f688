//! Walks the table as a stranger would: every operation is tried, and what it answers is told. For tests of rights.
//!
//! It knows no rule; whoever walks says what should have been answered.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use tower::ServiceExt;

use crate::{Access, Endpoint};

/// The largest answer that is kept of a probe.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// One operation to try.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Its method.
    pub method: Method,
    /// Its path as in the table.
    pub template: &'static str,
    /// Its path with each of its parts filled in.
    pub path: String,
    /// What it asks of its caller.
    pub access: Access,
}

/// What an operation answered.
#[derive(Clone, Debug)]
pub struct Probed {
    /// The operation.
    pub probe: Probe,
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Bytes,
}

/// A probe of every row of the table; `part` stands for each `{part}` of a path, such as the id of a thing.
pub fn probes(endpoints: &[Endpoint], part: &str) -> Vec<Probe> {
    let probe = |endpoint: &Endpoint| {
        let parts = endpoint.path().split('/').map(|name| if name.starts_with('{') { part } else { name });
        Probe {
            method: endpoint.method().clone(),
            template: endpoint.path(),
            path: parts.collect::<Vec<_>>().join("/"),
            access: endpoint.access(),
        }
    };
    endpoints.iter().map(probe).collect()
}

/// Tries each operation with this API key (or without any), an empty JSON object as the body, in the order of the table.
pub async fn walk(router: &Router, probes: &[Probe], api_key: Option<&str>) -> Vec<Probed> {
    let mut answers = Vec::with_capacity(probes.len());
    for probe in probes {
        let mut request = Request::builder().method(probe.method.clone()).uri(&probe.path);
        request = request.header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = api_key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let Ok(request) = request.body(Body::from("{}")) else { continue };
        let Ok(response) = router.clone().oneshot(request).await;
        let status = response.status();
        let body = to_bytes(response.into_body(), ANSWER_BYTES_MAX).await.unwrap_or_default();
        answers.push(Probed { probe: probe.clone(), status, body });
    }
    answers
}
