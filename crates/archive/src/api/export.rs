//! `/api/v1/conversations/{id}/export`: a conversation as a file to keep.
//!
//! The entry in the audit trail is durable before the first byte leaves. The file is always a download.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use xinlu_http::{Access, ApiError, Call, Endpoint, Path, Query};
use xinlu_model::{ConversationId, Time};

use crate::Archive;
use crate::export::{ExportForm, ExportLanguage, ExportQuestion, policy};
use crate::view::READ;

pub(super) fn endpoints(archive: &Arc<Archive>) -> Vec<Endpoint> {
    let handler = get(export).with_state(Arc::clone(archive));
    vec![
        Endpoint::new(Method::GET, "/api/v1/conversations/{id}/export", Access::Permission(READ), handler)
            .audited("conversation.export")
            .summary("A conversation as a page to print, or as a package with proofs. Needs level text.")
            .parameters::<ExportQuery>()
            .answer_type("application/octet-stream"),
    ]
}

/// What is made; up to 10 000 messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// `html`: one page; `zip`: the page, the messages as data and the proof of each.
    #[param(inline)]
    format: ExportForm,
    /// `zh-CN` (unless told) or `en`.
    #[serde(default)]
    #[param(inline)]
    lang: ExportLanguage,
    /// Only messages sent at this time or later.
    #[param(value_type = Option<String>, format = "date-time")]
    from: Option<Time>,
    /// Only messages sent before this time.
    #[param(value_type = Option<String>, format = "date-time")]
    until: Option<Time>,
}

async fn export(
    State(archive): State<Arc<Archive>>,
    call: Call,
    Path(id): Path<ConversationId>,
    Query(query): Query<ExportQuery>,
) -> Result<Response, ApiError> {
    call.note(&format!("conversation {id}"), json!({}));
    let (form, language) = (query.format, query.lang);
    let question = ExportQuestion { form, language, from: query.from, until: query.until };
    let caller = call.caller()?;
    let export = archive.export(&caller.grants, id, question, &caller.name).await?;
    let (ending, content_type) = match form {
        ExportForm::Html => ("html", "text/html; charset=utf-8"),
        ExportForm::Zip => ("zip", "application/zip"),
    };
    let detail = json!({
        "format": ending,
        "from": query.from,
        "until": query.until,
        "messages": export.messages,
        "upto": export.upto,
    });
    call.note(&format!("conversation {id}"), detail);
    let pieces = archive.export_pieces(Arc::clone(&caller.grants), export);
    let stream = futures_util::stream::unfold(pieces, |mut pieces| async move {
        let piece = pieces.recv().await?;
        Some((piece, pieces))
    });
    let mut response = (
        [
            (header::CONTENT_TYPE, content_type),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CACHE_CONTROL, "private, no-store"),
        ],
        Body::from_stream(stream),
    )
        .into_response();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, format!("{}; sandbox", policy())),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"conversation-{id}.{ending}\"")),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}
