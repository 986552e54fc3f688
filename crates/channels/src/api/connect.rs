//! Setting a corp up and examining it: `/api/v1/setup/wecom/check` and `/api/v1/channels/wecom/{corp}`.
//!
//! What is sent is a secret from end to end: no answer and no entry of the audit trail repeats any of it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::{delete, get, post, put};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use xinlu_http::{Answer, Call, Endpoint, Json, Path};

use super::wecom::{Accepted, CorpView, MANAGE, view};
use crate::checks::{Check, CheckFault};
use crate::stored::Wish;
use crate::wecom_archive::key_ring::GivenKey;
use crate::{ChannelError, Channels, Secret};

const CORP: &str = "/api/v1/channels/wecom/{corp}";

/// A connection to WeCom. Of a corp that is connected already, what is left out stays as it is and what is empty is taken
/// away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConnectionBody {
    /// The corp's id, `ww…`.
    corp_id: String,
    /// What people call it.
    name: Option<String>,
    /// The secret of the conversation archive.
    #[schema(value_type = Option<String>)]
    archive_secret: Option<Secret>,
    /// A secret that may read departments and members.
    #[schema(value_type = Option<String>)]
    contact_secret: Option<Secret>,
    /// A secret that may read contacts (客户联系).
    #[schema(value_type = Option<String>)]
    external_secret: Option<Secret>,
    /// The path of the finance SDK's library on the server.
    library: Option<String>,
    /// Private keys. They are added to those that are stored, because old messages need old keys.
    #[serde(default)]
    keys: Vec<KeyBody>,
    /// The token of the callback address.
    #[schema(value_type = Option<String>)]
    callback_token: Option<Secret>,
    /// The EncodingAESKey of the callback address, 43 characters.
    #[schema(value_type = Option<String>)]
    callback_aes_key: Option<Secret>,
}

/// A private key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct KeyBody {
    /// The version of its public key, as WeCom's admin page shows it.
    version: u32,
    /// PEM, PKCS#8 or PKCS#1, RSA of 2048 bits or more.
    #[schema(value_type = String)]
    pem: Secret,
}

/// What a check of a connection found.
#[derive(Debug, Serialize, ToSchema)]
struct CheckSteps {
    steps: Vec<Check>,
}

/// What the doctor found.
#[derive(Debug, Serialize, ToSchema)]
struct CorpChecks {
    checks: Vec<Check>,
}

pub(super) fn endpoints(channels: &Arc<Channels>) -> Vec<Endpoint> {
    let state = || Arc::clone(channels);
    vec![
        Endpoint::new(Method::GET, "/api/v1/channels/wecom/{corp}/doctor", MANAGE, get(doctor).with_state(state()))
            .summary("Examines a corp: library, secrets, keys, callback, address, fetching")
            .answer::<CorpChecks>(),
        Endpoint::new(Method::POST, "/api/v1/setup/wecom/check", MANAGE, post(check).with_state(state()))
            .summary("Checks a connection to WeCom before it is stored")
            .body::<ConnectionBody>()
            .answer::<CheckSteps>()
            .audited("channel.check"),
        Endpoint::new(Method::PUT, CORP, MANAGE, put(connect).with_state(state()))
            .summary("Stores the connection of a corp and starts it")
            .body::<ConnectionBody>()
            .answer::<CorpView>()
            .audited("channel.connect"),
        Endpoint::new(Method::DELETE, CORP, MANAGE, delete(disconnect).with_state(state()))
            .summary("Stops a corp and forgets its secrets; its records stay")
            .answer::<Accepted>()
            .audited("channel.disconnect"),
    ]
}

async fn doctor(State(channels): State<Arc<Channels>>, Path(corp): Path<String>) -> Answer<CorpChecks> {
    Ok(Json(CorpChecks { checks: channels.examine(&corp).await? }))
}

async fn check(
    State(channels): State<Arc<Channels>>,
    call: Call,
    Json(body): Json<ConnectionBody>,
) -> Answer<CheckSteps> {
    call.note(&format!("corp {}", body.corp_id), noted(&body));
    Ok(Json(CheckSteps { steps: channels.check(wish(body)).await? }))
}

async fn connect(
    State(channels): State<Arc<Channels>>,
    Path(corp): Path<String>,
    call: Call,
    Json(body): Json<ConnectionBody>,
) -> Answer<CorpView> {
    call.note(&format!("corp {corp}"), noted(&body));
    if body.corp_id != corp {
        return Err(ChannelError::from(CheckFault::CorpMismatch).into());
    }
    let library = body.library.clone();
    let versions = channels.connect(wish(body)).await?;
    call.note(&format!("corp {corp}"), json!({"library": library, "keys": versions}));
    Ok(Json(view(&channels, channels.corp(&corp)?.as_ref())))
}

async fn disconnect(State(channels): State<Arc<Channels>>, Path(corp): Path<String>, call: Call) -> Answer<Accepted> {
    call.note(&format!("corp {corp}"), serde_json::Value::Null);
    channels.disconnect(&corp).await?;
    Ok(Json(Accepted { accepted: true }))
}

/// What the audit trail says of a connection: which program code and which keys, nothing secret.
fn noted(body: &ConnectionBody) -> serde_json::Value {
    let versions: Vec<u32> = body.keys.iter().map(|key| key.version).collect();
    json!({"library": body.library, "keys": versions})
}

fn wish(body: ConnectionBody) -> Wish {
    Wish {
        corp_id: body.corp_id,
        name: body.name,
        archive_secret: body.archive_secret,
        contact_secret: body.contact_secret,
        external_secret: body.external_secret,
        library: body.library,
        keys: body.keys.into_iter().map(|key| GivenKey { version: key.version, pem: key.pem }).collect(),
        callback_token: body.callback_token,
        callback_aes_key: body.callback_aes_key,
    }
}

#[cfg(test)]
mod tests;
