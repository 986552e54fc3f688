//! `/metrics` for Prometheus and `/health` for whoever watches the process.
//!
//! Figures only, no names and no text; still only for this machine, since volumes tell something too.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use xinlu_db::Db;

/// What the two pages need.
#[derive(Clone)]
pub struct Monitor {
    figures: Option<PrometheusHandle>,
    db: Db,
}

impl Monitor {
    /// Starts to collect; a second server in one process (tests) shares the first one's figures and shows none.
    pub fn start(db: Db) -> Self {
        Self { figures: PrometheusBuilder::new().install_recorder().ok(), db }
    }

    /// The two pages.
    pub fn router(self) -> Router {
        Router::new().route("/metrics", get(figures)).route("/health", get(health)).with_state(self)
    }
}

async fn figures(State(monitor): State<Monitor>, ConnectInfo(peer): ConnectInfo<SocketAddr>) -> Response {
    if !peer.ip().is_loopback() {
        return StatusCode::FORBIDDEN.into_response();
    }
    match monitor.figures {
        Some(figures) => figures.render().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn health(State(monitor): State<Monitor>) -> Response {
    match xinlu_jobs::journal::end(&monitor.db).await {
        Ok(_) => "ok\n".into_response(),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}
