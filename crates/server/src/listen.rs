//! Listens: plain HTTP on loopback, TLS 1.3 elsewhere; HTTP/1.1 only, and everything a client may take has a limit.
//!
//! Bodies are limited by the endpoint table, tries at signing in by `identity`; the rest is here.

mod connections;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum_server::Handle;
use axum_server::Server;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::TokioTimer;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use tokio::sync::watch;
use xinlu_http::ApiError;
use xinlu_model::ErrorKind;

use crate::config::{Config, ConfigError};

use connections::Door;

/// How long answers under way may take once the server is told to stop.
const DRAIN_MS: u64 = 5_000;

/// What a client may take of the server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once.
    pub connections_max: usize,
    /// Bytes of a request's line and headers together; the last read of them may go beyond it once.
    pub header_bytes_max: usize,
    /// Headers of a request.
    pub headers_max: usize,
    /// How long a client may take to send a request's headers, the wait for another request included.
    pub header_ms: u64,
    /// How long it may take from the headers of a request to those of its answer: reading the body and doing what is asked.
    pub request_ms: u64,
    /// How long it may take to agree on TLS.
    pub handshake_ms: u64,
}

impl Default for Limits {
    /// Connections stay below the 1 024 open files that a process has unless told otherwise, with room for the database and
    /// the index, and take at most 512 × 64 KiB = 32 MiB for headers. Browsers send some twenty headers in 4 KiB. Who is idle
    /// or trickles is gone after 15 seconds; the slowest endpoint needs a second, a body of 1 MiB over a poor line half a
    /// minute.
    fn default() -> Self {
        Self {
            connections_max: 512,
            header_bytes_max: 64 * 1024,
            headers_max: 100,
            header_ms: 15_000,
            request_ms: 60_000,
            handshake_ms: 10_000,
        }
    }
}

/// A server that listens; `address` is where, with the port the system chose if 0 was asked for.
pub struct Listening {
    /// Where.
    pub address: SocketAddr,
    /// Ends when the server has stopped.
    pub task: tokio::task::JoinHandle<std::io::Result<()>>,
    /// `http` or `https`.
    pub scheme: &'static str,
}

/// Starts to listen; stops when told.
pub async fn listen(config: &Config, router: Router, stop: watch::Receiver<bool>) -> Result<Listening, ListenError> {
    listen_within(config, router, Limits::default(), stop).await
}

/// The same within other limits, for tests.
pub async fn listen_within(
    config: &Config,
    router: Router,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) -> Result<Listening, ListenError> {
    config.check()?;
    let handle = Handle::new();
    let listener = std::net::TcpListener::bind(config.listen.0)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .map_err(|cause| ListenError::Bind { listen: config.listen.0, cause })?;
    let address = listener.local_addr().map_err(|cause| ListenError::Bind { listen: config.listen.0, cause })?;
    let router = router.layer(from_fn(move |request: Request, next: Next| in_time(limits.request_ms, request, next)));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let drain = handle.clone();
    tokio::spawn(async move {
        let _ = stop.wait_for(|stop| *stop).await;
        drain.graceful_shutdown(Some(Duration::from_millis(DRAIN_MS)));
    });
    let bound = |cause| ListenError::Bind { listen: address, cause };
    let door = Door::new(limits.connections_max);
    let server = axum_server::from_tcp(listener).map_err(bound)?;
    let (task, scheme) = match &config.tls {
        Some(tls) => {
            let config = RustlsConfig::from_config(Arc::new(server_config(tls)?));
            let timeout = Duration::from_millis(limits.handshake_ms);
            let acceptor = RustlsAcceptor::new(config).handshake_timeout(timeout).acceptor(door);
            let server = limited(server.acceptor(acceptor), limits).handle(handle);
            (tokio::spawn(async move { server.serve(service).await }), "https")
        }
        None => {
            let server = limited(server.acceptor(door), limits).handle(handle);
            (tokio::spawn(async move { server.serve(service).await }), "http")
        }
    };
    Ok(Listening { address, task, scheme })
}

/// HTTP/1.1 only: finding out which version a client speaks would wait for it without a limit.
fn limited<A>(server: Server<SocketAddr, A>, limits: Limits) -> Server<SocketAddr, A> {
    let mut server = server.http1_only();
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits.header_ms))
        .max_buf_size(limits.header_bytes_max)
        .max_headers(limits.headers_max);
    server
}

/// Ends a request that takes too long. What a handler has begun it finishes; only the client waits no longer.
async fn in_time(request_ms: u64, request: Request, next: Next) -> Response {
    if let Ok(response) = tokio::time::timeout(Duration::from_millis(request_ms), next.run(request)).await {
        return response;
    }
    metrics::counter!("xinlu_http_timeouts_total").increment(1);
    let message = "the request took too long; send its body at once, or ask for less";
    let error = ApiError::new(ErrorKind::Unavailable, "http.timeout", message);
    // The handler has the request's id and may be at work still.
    let body = json!({"error": {"code": error.code, "message": error.message, "request_id": ""}});
    let mut response = (StatusCode::REQUEST_TIMEOUT, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Why it cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The configuration forbids it.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address cannot be taken.
    #[error("listen.bind: {listen}: {cause}")]
    Bind {
        /// The address.
        listen: SocketAddr,
        /// Why.
        cause: std::io::Error,
    },
}

fn server_config(tls: &crate::config::Tls) -> Result<ServerConfig, ConfigError> {
    let unusable = |cause: String| ConfigError::TlsUnusable { cause };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect)
        .map_err(|error| unusable(format!("{}: {error}", tls.certificate.display())))?;
    let key =
        PrivateKeyDer::from_pem_file(&tls.key).map_err(|error| unusable(format!("{}: {error}", tls.key.display())))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| unusable(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests;
