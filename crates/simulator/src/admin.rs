//! Endpoints for whoever runs the simulator: see the state, make things happen, switch faults (`/sim/…`).
//!
//! They answer plain HTTP codes with JSON, unlike WeCom. There is no log-in: the simulator guards nothing and must only
//! ever listen where its operator is alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::archive_file::Origin;
use crate::callback_crypto;
use crate::callbacks;
use crate::company::PlainMessage;
use crate::envelope::msgtime_ms;
use crate::error::SimulatorError;
use crate::faults::{Faults, MessageFault};
use crate::process;
use crate::world::{Corp, NewMessage, World};

/// Most live messages added in one call.
const LIVE_MAX: u64 = 1_000_000;

/// What every endpoint has at hand.
#[derive(Clone)]
pub struct App {
    /// The world.
    pub world: Arc<World>,
    /// For callbacks.
    pub agent: ureq::Agent,
}

/// The routes under `/sim`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/sim/state", get(state))
        .route("/sim/live", post(live))
        .route("/sim/message", post(message))
        .route("/sim/media", post(media))
        .route("/sim/faults", put(set_faults).get(faults))
        .route("/sim/tokens/revoke", post(revoke_tokens))
        .route("/sim/tokens/expire", post(expire_tokens))
        .route("/sim/callback", put(set_callback))
        .route("/sim/callback/verify", post(verify_callback))
        .route("/sim/callback/event", post(send_event))
        .route("/sim/callback/open", post(open_callback))
}

type Parameters = Query<BTreeMap<String, String>>;

/// `GET /sim/state`: counts, secrets and logs of every corp.
async fn state(State(app): State<App>) -> Response {
    let corps: Vec<Value> = app.world.corps.iter().map(corp_state).collect();
    answer(json!({"config": app.world.config, "corps": corps}))
}

fn corp_state(corp: &Corp) -> Value {
    let archive = corp.archive.lock();
    json!({
        "config": corp.config,
        "name": corp.company.name,
        "last_seq": archive.last_seq(),
        "past": archive.count(Origin::Past),
        "live": archive.count(Origin::Live),
        "injected": archive.count(Origin::Injected),
        "members": corp.company.members.len(),
        "archived_members": corp.company.members.iter().filter(|member| member.archived).count(),
        "contacts": corp.company.contacts.len(),
        "groups": corp.company.groups.len(),
        "key_versions": corp.keys.versions(),
        "keys_folder": corp.keys.folder().display().to_string(),
        "calls": *corp.calls.lock(),
        "callbacks": *corp.callbacks.lock(),
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Live {
    count: u64,
    #[serde(default)]
    corpid: String,
}

/// `POST /sim/live {"count": N}`: N live messages at once.
async fn live(State(app): State<App>, body: Bytes) -> Response {
    let Ok(wanted) = serde_json::from_slice::<Live>(&body) else {
        return refused("the body must be {\"count\": N, \"corpid\": \"…\"}");
    };
    if wanted.count > LIVE_MAX {
        return refused("too many at once");
    }
    let done = tokio::task::spawn_blocking(move || {
        let Some(corp) = chosen(&app.world, &wanted.corpid) else {
            return refused("no such corp");
        };
        let faults = app.world.faults();
        for _ in 0..wanted.count {
            if let Err(error) = corp.append_live(&faults, process::now_ms()) {
                return failed(&error);
            }
        }
        answer(json!({"last_seq": corp.archive.lock().last_seq()}))
    });
    done.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// `POST /sim/message?corpid&msgid&publickey_ver&fault`: the body is what `DecryptData` will deliver, byte for byte.
async fn message(State(app): State<App>, Query(query): Parameters, body: Bytes) -> Response {
    let parameter = |name: &str| query.get(name).map_or("", String::as_str);
    let Some(corp) = chosen(&app.world, parameter("corpid")) else {
        return refused("no such corp");
    };
    let known: Option<Value> = serde_json::from_slice(&body).ok();
    let own_msgid = known.as_ref().and_then(|json| json.get("msgid")).and_then(Value::as_str).map(str::to_owned);
    let msgid = query.get("msgid").cloned().or(own_msgid).unwrap_or_else(|| {
        let next = corp.archive.lock().last_seq() + 1;
        format!("injected_{next}_{}", process::now_ms())
    });
    let version = match parameter("publickey_ver") {
        "" => None,
        text => match text.parse() {
            Ok(version) => Some(version),
            Err(_) => return refused("publickey_ver must be a number"),
        },
    };
    let fault = match parameter("fault") {
        "" => None,
        text => match MessageFault::try_from(text.to_owned()) {
            Ok(fault) => Some(fault),
            Err(reason) => return refused(&reason),
        },
    };
    let message = PlainMessage { msgid, msgtime_ms: msgtime_ms(&body), json: body.to_vec() };
    let new = NewMessage { message, origin: Origin::Injected, version, fault };
    match corp.append(new, &app.world.faults()) {
        Ok(seq) => answer(json!({"seq": seq})),
        Err(error) => failed(&error),
    }
}

/// `POST /sim/media?corpid&sdkfileid`: the body is what `GetMediaData` will deliver for that id.
async fn media(State(app): State<App>, Query(query): Parameters, body: Bytes) -> Response {
    let parameter = |name: &str| query.get(name).map_or("", String::as_str);
    let Some(corp) = chosen(&app.world, parameter("corpid")) else {
        return refused("no such corp");
    };
    match parameter("sdkfileid") {
        "" => refused("sdkfileid is missing"),
        id => match corp.media.register(id, &body) {
            Ok(()) => answer(json!({"bytes": body.len()})),
            Err(error) => failed(&error),
        },
    }
}

/// `GET /sim/faults`: the faults in force.
async fn faults(State(app): State<App>) -> Response {
    answer(json!(*app.world.faults()))
}

/// `PUT /sim/faults`: replaces all faults.
async fn set_faults(State(app): State<App>, body: Bytes) -> Response {
    match serde_json::from_slice::<Faults>(&body) {
        Ok(faults) => {
            app.world.set_faults(faults);
            answer(json!({}))
        }
        Err(error) => refused(&error.to_string()),
    }
}

/// `POST /sim/tokens/revoke`: every token is unknown from now on (40014).
async fn revoke_tokens(State(app): State<App>) -> Response {
    app.world.corps.iter().for_each(|corp| corp.tokens.revoke_all());
    answer(json!({}))
}

/// `POST /sim/tokens/expire`: every token is over from now on (42001).
async fn expire_tokens(State(app): State<App>) -> Response {
    app.world.corps.iter().for_each(|corp| corp.tokens.expire_all());
    answer(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Callback {
    url: Option<String>,
    #[serde(default)]
    corpid: String,
}

/// `PUT /sim/callback {"url", "corpid"}`: where callbacks go from now on; `null` sends none.
async fn set_callback(State(app): State<App>, body: Bytes) -> Response {
    let Ok(callback) = serde_json::from_slice::<Callback>(&body) else {
        return refused("the body must be {\"url\": \"…\", \"corpid\": \"…\"}");
    };
    let Some(corp) = chosen(&app.world, &callback.corpid) else {
        return refused("no such corp");
    };
    corp.callbacks.lock().url = callback.url;
    answer(json!({}))
}

/// `POST /sim/callback/verify?corpid`: the URL verification of the admin page; 502 with the reason when it fails.
async fn verify_callback(State(app): State<App>, Query(query): Parameters) -> Response {
    let Some((corp, url)) = receiver(&app.world, &query) else {
        return refused("no such corp, or it has no callback URL");
    };
    match callbacks::verify(&app.world, corp, &app.agent, &url).await {
        Ok(()) => answer(json!({"verified": true})),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

/// `POST /sim/callback/event?corpid`: encrypts and sends the XML of the body; without one, a `msgaudit_notify`.
async fn send_event(State(app): State<App>, Query(query): Parameters, body: Bytes) -> Response {
    let Some((corp, url)) = receiver(&app.world, &query) else {
        return refused("no such corp, or it has no callback URL");
    };
    let xml = match String::from_utf8(body.to_vec()) {
        Ok(xml) if !xml.is_empty() => xml,
        Ok(_) => callbacks::notify_xml(corp, process::now_ms()),
        Err(_) => return refused("the body must be UTF-8"),
    };
    match callbacks::send(&app.world, corp, &app.agent, &url, &xml).await {
        Ok(()) => answer(json!({})),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

/// `POST /sim/callback/open?msg_signature&timestamp&nonce`: opens an encrypted text that somebody else made, such as a
/// passive reply. `token` and `aes_key` replace those of the corp.
async fn open_callback(State(app): State<App>, Query(query): Parameters, body: Bytes) -> Response {
    let parameter = |name: &str| query.get(name).map_or("", String::as_str);
    let Some(corp) = chosen(&app.world, parameter("corpid")) else {
        return refused("no such corp");
    };
    let own = |name: &str, own: &str| query.get(name).cloned().unwrap_or_else(|| own.to_owned());
    let token = own("token", &corp.config.callback_token);
    let aes_key = own("aes_key", &corp.config.callback_aes_key);
    let encrypted = String::from_utf8_lossy(&body);
    let signature = callback_crypto::sign(&token, parameter("timestamp"), parameter("nonce"), &encrypted);
    if signature != parameter("msg_signature") {
        return refused("the signature does not match");
    }
    match callback_crypto::decrypt(&aes_key, &encrypted) {
        None => refused("the text cannot be opened with this key"),
        Some(opened) => {
            let message = String::from_utf8_lossy(&opened.message).into_owned();
            answer(json!({"message": message, "receiver": opened.receiver}))
        }
    }
}

fn receiver<'w>(world: &'w World, query: &BTreeMap<String, String>) -> Option<(&'w Corp, String)> {
    let corp = chosen(world, query.get("corpid").map_or("", String::as_str))?;
    let url = corp.callbacks.lock().url.clone()?;
    Some((corp, url))
}

/// The corp with that id, or the first when none is named.
fn chosen<'w>(world: &'w World, corpid: &str) -> Option<&'w Corp> {
    if corpid.is_empty() { world.corps.first() } else { world.corp(corpid) }
}

fn answer(body: Value) -> Response {
    axum::Json(body).into_response()
}

fn refused(reason: &str) -> Response {
    (StatusCode::BAD_REQUEST, axum::Json(json!({"error": reason}))).into_response()
}

fn failed(error: &SimulatorError) -> Response {
    let body = json!({"code": error.code(), "error": error.to_string()});
    (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(body)).into_response()
}
