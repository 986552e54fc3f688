//! `/api/v1/media/{id}/preview`: a media item in a form that every browser shows.
//!
//! It asks for the same rights and leaves the same trail as the item itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use xinlu_http::{Access, ApiError, Call, Endpoint, Path, Query};
use xinlu_model::MediaId;

use super::media::open_for;
use crate::Archive;
use crate::preview::PreviewForm;
use crate::view::READ;

/// Says that there is more in the item than the preview shows.
const CUT: HeaderName = HeaderName::from_static("x-xinlu-cut");

pub(super) fn endpoints(archive: &Arc<Archive>) -> Vec<Endpoint> {
    let handler = get(view).with_state(Arc::clone(archive));
    vec![
        Endpoint::new(Method::GET, "/api/v1/media/{id}/preview", Access::Permission(READ), handler)
            .audited("media.read")
            .summary("A media item as WAV or plain text; `x-xinlu-cut: 1` when there is more. Needs level text.")
            .parameters::<PreviewQuery>()
            .answer_type("application/octet-stream"),
    ]
}

/// What is made.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PreviewQuery {
    /// `wav` of an AMR recording; `text` of a text, Word or Excel file.
    #[serde(rename = "as")]
    #[param(rename = "as", inline)]
    form: PreviewForm,
}

async fn view(
    State(archive): State<Arc<Archive>>,
    call: Call,
    Path(media): Path<MediaId>,
    Query(query): Query<PreviewQuery>,
) -> Result<Response, ApiError> {
    let (form, content_type) = match query.form {
        PreviewForm::Wav => ("wav", "audio/wav"),
        PreviewForm::Text => ("text", "text/plain; charset=utf-8"),
    };
    let reader = open_for(&archive, &call, media, json!({"as": form})).await?;
    let preview = archive.preview(&reader, query.form).await?;
    let mut response = (
        [
            (header::CONTENT_TYPE, content_type),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
            (header::CACHE_CONTROL, "private, no-store"),
        ],
        preview.bytes,
    )
        .into_response();
    if preview.cut {
        response.headers_mut().insert(CUT, HeaderValue::from_static("1"));
    }
    Ok(response)
}
