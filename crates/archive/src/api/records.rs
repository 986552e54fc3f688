//! `/api/v1/messages/{record}` and the proofs: one message, its place in the log, the log's checkpoint.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use xinlu_http::{Access, Answer, ApiError, Call, Endpoint, Json, Path, Query};
use xinlu_model::RecordId;

use crate::proof::ProofView;
use crate::view::{MessageView, READ, REVEAL};
use crate::{Archive, ArchiveError};

pub(super) fn endpoints(archive: &Arc<Archive>) -> Vec<Endpoint> {
    let state = || Arc::clone(archive);
    vec![
        Endpoint::new(
            Method::GET,
            "/api/v1/messages/{record}",
            Access::Permission(READ),
            get(view).with_state(state()),
        )
        .audited("conversation.read")
        .summary("Shows one message.")
        .parameters::<ViewQuery>()
        .answer::<MessageView>(),
        Endpoint::new(
            Method::POST,
            "/api/v1/messages/{record}/reveal",
            Access::Permission(REVEAL),
            post(reveal).with_state(state()),
        )
        .audited("message.reveal")
        .summary("Shows one message in full to somebody who reads it masked.")
        .answer::<MessageView>(),
        Endpoint::new(
            Method::GET,
            "/api/v1/archive/proof/{record}",
            Access::Permission(READ),
            get(proof).with_state(state()),
        )
        .audited("archive.proof")
        .summary("Proves that a message is in the archive log; at level text with what opens its commitment.")
        .answer::<ProofView>(),
        Endpoint::new(Method::GET, "/api/v1/archive/checkpoint", Access::SignedIn, get(checkpoint).with_state(state()))
            .summary("The signed checkpoint of the archive log (c2sp.org/tlog-checkpoint).")
            .answer_type("text/plain; charset=utf-8"),
    ]
}

/// What is shown of a message.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ViewQuery {
    /// With the bytes as delivered (level text only).
    #[serde(default)]
    raw: bool,
}

async fn view(
    State(archive): State<Arc<Archive>>,
    call: Call,
    Path(record): Path<RecordId>,
    Query(query): Query<ViewQuery>,
) -> Answer<MessageView> {
    call.note(&format!("message {record}"), json!({"raw": query.raw}));
    let found = archive.message_views(&[record], &call.caller()?.grants, query.raw).await?.items.pop();
    let found = found.ok_or(ArchiveError::RecordNotFound(record))?;
    // The entry names the conversation too: its readers are told by it.
    call.note(&format!("message {record}"), json!({"raw": query.raw, "conversation": found.conversation}));
    Ok(Json(found))
}

async fn reveal(State(archive): State<Arc<Archive>>, call: Call, Path(record): Path<RecordId>) -> Answer<MessageView> {
    call.note(&format!("message {record}"), json!({}));
    let shown = archive.reveal(&call.caller()?.grants, record).await?;
    call.note(&format!("message {record}"), json!({"conversation": shown.conversation}));
    Ok(Json(shown))
}

async fn proof(State(archive): State<Arc<Archive>>, call: Call, Path(record): Path<RecordId>) -> Answer<ProofView> {
    call.note(&format!("message {record}"), json!({}));
    let proof = archive.proof(&call.caller()?.grants, record).await?;
    // What opens the commitment is the message itself.
    if proof.opening.is_some() {
        let conversation = archive.conversation_of(record).await?;
        call.note(&format!("message {record}"), json!({"conversation": conversation}));
    }
    Ok(Json(proof))
}

async fn checkpoint(State(archive): State<Arc<Archive>>, _call: Call) -> Result<Response, ApiError> {
    let checkpoint = archive.checkpoint().await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], checkpoint).into_response())
}
