//! `/api/v1/callbacks/wecom/{corp}`: where WeCom calls us. Public; the signature says who calls.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use xinlu_http::{Access, ApiError, Endpoint, Path, Query};
use xinlu_model::ErrorKind;

use crate::corp::Corp;
use crate::wecom_app::callback_crypto::{CallbackCrypto, CallbackError};
use crate::wecom_app::callbacks::{CallbackQuery, check, verify_url};
use crate::{ChannelError, Channels};

const PATH: &str = "/api/v1/callbacks/wecom/{corp}";
/// The largest callback (an approval with all its comments) has some ten KB.
const BODY_BYTES_MAX: usize = 256 * 1024;

pub(super) fn endpoints(channels: &Arc<Channels>) -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, PATH, Access::Public, get(verify).with_state(Arc::clone(channels)))
            .summary("WeCom verifies the address of callbacks")
            .parameters::<CallbackQuery>()
            .answer_type("text/plain"),
        Endpoint::new(Method::POST, PATH, Access::Public, post(take).with_state(Arc::clone(channels)))
            .summary("WeCom tells of an event")
            .parameters::<CallbackQuery>()
            .answer_type("text/plain")
            .body_bytes_max(BODY_BYTES_MAX),
    ]
}

async fn verify(
    State(channels): State<Arc<Channels>>,
    Path(corp_id): Path<String>,
    Query(query): Query<CallbackQuery>,
) -> Result<Response, ApiError> {
    let corp = channels.corp(&corp_id)?;
    let echo = verify_url(keys(&corp)?, &query).map_err(|error| refused(&corp, error))?;
    Ok(plain(echo))
}

async fn take(
    State(channels): State<Arc<Channels>>,
    Path(corp_id): Path<String>,
    Query(query): Query<CallbackQuery>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let corp = channels.corp(&corp_id)?;
    let callback = check(keys(&corp)?, &corp_id, &query, &body).map_err(|error| refused(&corp, error))?;
    channels.take_callback(&corp, &callback).await?;
    corp.count_callback(true);
    Ok(plain("success".to_owned()))
}

fn keys(corp: &Corp) -> Result<&CallbackCrypto, ChannelError> {
    corp.crypto.as_ref().ok_or_else(|| ChannelError::CorpNotFound(corp.config.corp_id.clone()))
}

fn refused(corp: &Corp, error: CallbackError) -> ApiError {
    corp.count_callback(false);
    tracing::warn!(corp = corp.config.corp_id, %error, "a callback was refused");
    match error {
        CallbackError::KeyInvalid => ApiError::new(ErrorKind::Internal, "channels.callback_key_invalid", "not set up"),
        other => other.into(),
    }
}

fn plain(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
