//! `/api/v1/archive/reconciliation` and `/api/v1/archive/log/…`: what adds up, day by day, and how the logs grew.
//!
//! Checkpoints and proofs of consistency hold hashes and no more, so whoever is signed in may check them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::get;
use serde::Deserialize;
use utoipa::IntoParams;
use xinlu_http::{Access, Answer, Call, Endpoint, Json, Query};

use super::STATUS;
use crate::Archive;
use crate::history::{CHECKPOINTS_SHOWN, HistoryLog, LogHistory};
use crate::proof::ConsistencyView;
use crate::reconcile::{DAYS_SHOWN, ReconciledDays};

pub(super) fn endpoints(archive: &Arc<Archive>) -> Vec<Endpoint> {
    let state = || Arc::clone(archive);
    vec![
        Endpoint::new(
            Method::GET,
            "/api/v1/archive/reconciliation",
            Access::Permission(STATUS),
            get(reconciliation).with_state(state()),
        )
        .summary("What each source delivered, day by day, and what became of it until now.")
        .parameters::<DaysQuery>()
        .answer::<ReconciledDays>(),
        Endpoint::new(Method::GET, "/api/v1/archive/log/history", Access::SignedIn, get(history).with_state(state()))
            .summary("The checkpoints of a log over time, as the other log keeps them, the latest first.")
            .parameters::<HistoryQuery>()
            .answer::<LogHistory>(),
        Endpoint::new(
            Method::GET,
            "/api/v1/archive/log/consistency",
            Access::SignedIn,
            get(consistency).with_state(state()),
        )
        .summary("Proves that a log only grew between two sizes.")
        .parameters::<GrowthQuery>()
        .answer::<ConsistencyView>(),
    ]
}

/// How far back.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DaysQuery {
    /// Days up to today, 1 to 366; 30 unless told.
    days: Option<u32>,
}

/// Of which log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// `archive` (unless told) or `audit`.
    #[serde(default)]
    #[param(inline)]
    log: HistoryLog,
    /// Checkpoints, 1 to 1000; 168 unless told.
    limit: Option<u32>,
}

/// Two sizes of a log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GrowthQuery {
    /// `archive` (unless told) or `audit`.
    #[serde(default)]
    #[param(inline)]
    log: HistoryLog,
    /// Leaves of the smaller tree, at least 1.
    from: u64,
    /// Leaves of the larger tree, at most those under the log's checkpoint.
    to: u64,
}

async fn reconciliation(
    State(archive): State<Arc<Archive>>,
    _call: Call,
    Query(query): Query<DaysQuery>,
) -> Answer<ReconciledDays> {
    Ok(Json(archive.reconciliation(query.days.unwrap_or(DAYS_SHOWN)).await?))
}

async fn history(
    State(archive): State<Arc<Archive>>,
    _call: Call,
    Query(query): Query<HistoryQuery>,
) -> Answer<LogHistory> {
    Ok(Json(archive.log_history(query.log, query.limit.unwrap_or(CHECKPOINTS_SHOWN)).await?))
}

async fn consistency(
    State(archive): State<Arc<Archive>>,
    _call: Call,
    Query(query): Query<GrowthQuery>,
) -> Answer<ConsistencyView> {
    Ok(Json(archive.log_consistency(query.log, query.from, query.to).await?))
}
