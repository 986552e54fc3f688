//! `/api/v1/agreements`: what sources say of contacts' agreement where contacts said nothing themselves.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::get;
use serde::Deserialize;
use utoipa::IntoParams;
use xinlu_http::{Access, Answer, Call, Endpoint, Json, Query};
use xinlu_model::{ContactId, Page};

use super::CONSENTS;
use super::conversations::page_limit;
use crate::Archive;
use crate::consent::AgreementView;

pub(super) fn endpoints(archive: &Arc<Archive>) -> Vec<Endpoint> {
    let list = get(list).with_state(Arc::clone(archive));
    vec![
        Endpoint::new(Method::GET, "/api/v1/agreements", Access::Permission(CONSENTS), list)
            .summary("What the source says of agreements to being archived; a page may be short and go on.")
            .parameters::<AgreementQuery>()
            .answer::<Page<AgreementView>>(),
    ]
}

/// Whose agreement.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AgreementQuery {
    /// The `next` of the page before.
    after: Option<String>,
    /// Items of a page, 1 to 200; 50 unless told.
    limit: Option<u32>,
    /// Only of this contact.
    contact: Option<ContactId>,
}

async fn list(
    State(archive): State<Arc<Archive>>,
    call: Call,
    Query(query): Query<AgreementQuery>,
) -> Answer<Page<AgreementView>> {
    let limit = page_limit(query.limit)?;
    let grants = &call.caller()?.grants;
    Ok(Json(archive.agreements(grants, query.contact, query.after.as_deref(), limit).await?))
}
