//! `/api/v1/channels/wecom`: how each corp is doing, and what an administrator can set going.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::{get, post};
use serde::Serialize;
use utoipa::ToSchema;
use xinlu_http::{Access, Answer, Call, Endpoint, Json, Path};
use xinlu_model::SourceId;

use crate::corp::{CallbackStatus, Corp, SyncStatus};
use crate::wecom_app::rooms::RoomStatus;
use crate::wecom_archive::intake::Intake;
use crate::wecom_archive::status::IntakeStatus;
use crate::{ChannelError, Channels};

pub(super) const MANAGE: Access = Access::Permission("channel.manage");

/// A corp as it runs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CorpView {
    corp_id: String,
    name: String,
    /// Whether it was connected through the API, which can change it then; else it stands in the configuration file.
    connected: bool,
    source: SourceId,
    /// Absent when no conversation archive is configured.
    intake: Option<IntakeStatus>,
    directory: SyncStatus,
    /// Absent when no secret is configured.
    rooms: Option<RoomStatus>,
    /// Absent when no callback is configured.
    callbacks: Option<CallbackStatus>,
    /// Versions of keys that messages need and that are not here.
    keys_missing: Vec<u32>,
}

/// All corps.
#[derive(Debug, Serialize, ToSchema)]
struct CorpList {
    items: Vec<CorpView>,
}

/// It will be done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Accepted {
    pub(super) accepted: bool,
}

pub(super) fn endpoints(channels: &Arc<Channels>) -> Vec<Endpoint> {
    let state = || Arc::clone(channels);
    vec![
        Endpoint::new(Method::GET, "/api/v1/channels/wecom", MANAGE, get(list).with_state(state()))
            .summary("How each corp on WeCom is doing")
            .answer::<CorpList>(),
        Endpoint::new(Method::POST, "/api/v1/channels/wecom/{corp}/poll", MANAGE, post(poll).with_state(state()))
            .summary("Fetches messages now")
            .answer::<Accepted>()
            .audited("channel.poll"),
        Endpoint::new(
            Method::POST,
            "/api/v1/channels/wecom/{corp}/retry-parked",
            MANAGE,
            post(retry_parked).with_state(state()),
        )
        .summary("Tries parked messages again")
        .answer::<Accepted>()
        .audited("channel.retry_parked"),
        Endpoint::new(Method::POST, "/api/v1/channels/wecom/{corp}/sync", MANAGE, post(sync).with_state(state()))
            .summary("Reads departments, members and contacts now")
            .answer::<Accepted>()
            .audited("channel.sync"),
    ]
}

async fn list(State(channels): State<Arc<Channels>>) -> Answer<CorpList> {
    Ok(Json(CorpList { items: channels.corps().iter().map(|corp| view(&channels, corp)).collect() }))
}

async fn poll(State(channels): State<Arc<Channels>>, Path(corp): Path<String>, call: Call) -> Answer<Accepted> {
    call.note(&format!("corp {corp}"), serde_json::Value::Null);
    intake(&channels, &corp)?.wake();
    Ok(Json(Accepted { accepted: true }))
}

async fn retry_parked(State(channels): State<Arc<Channels>>, Path(corp): Path<String>, call: Call) -> Answer<Accepted> {
    call.note(&format!("corp {corp}"), serde_json::Value::Null);
    intake(&channels, &corp)?.retry_parked();
    Ok(Json(Accepted { accepted: true }))
}

async fn sync(State(channels): State<Arc<Channels>>, Path(corp): Path<String>, call: Call) -> Answer<Accepted> {
    call.note(&format!("corp {corp}"), serde_json::Value::Null);
    channels.corp(&corp)?.directory_changed();
    Ok(Json(Accepted { accepted: true }))
}

fn intake(channels: &Channels, corp_id: &str) -> Result<Arc<Intake>, ChannelError> {
    let intake = channels.corp(corp_id)?.intake.clone();
    intake.ok_or_else(|| ChannelError::ArchiveNotConfigured(corp_id.to_owned()))
}

pub(super) fn view(channels: &Channels, corp: &Corp) -> CorpView {
    let intake = corp.intake_status();
    let missing = |status: &IntakeStatus| {
        status.keys_seen.iter().filter(|version| !status.keys_held.contains(version)).copied().collect()
    };
    CorpView {
        corp_id: corp.config.corp_id.clone(),
        name: corp.config.name.clone(),
        connected: !channels.is_configured(&corp.config.corp_id),
        source: corp.source,
        keys_missing: intake.as_ref().map(missing).unwrap_or_default(),
        intake,
        directory: corp.sync_status(),
        rooms: corp.room_status(),
        callbacks: corp.crypto.as_ref().map(|_| corp.callback_status()),
    }
}
