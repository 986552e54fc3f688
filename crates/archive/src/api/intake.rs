//! How intake stands, what waits, and who agreed.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use xinlu_http::{Access, Answer, Call, Endpoint, Json, Path, Query};
use xinlu_model::{ContactId, MediaId, Page, ParkedId, RecordId, SourceId, Time};

use super::conversations::page_limit;
use super::{CONSENTS, STATUS};
use crate::model::{ParkReason, ParkedItem};
use crate::status::StatusView;
use crate::timeline::ConsentView;
use crate::{Archive, ArchiveError};

pub(super) fn endpoints(archive: &Arc<Archive>) -> Vec<Endpoint> {
    let state = || Arc::clone(archive);
    vec![
        Endpoint::new(
            Method::GET,
            "/api/v1/archive/status",
            Access::Permission(STATUS),
            get(status).with_state(state()),
        )
        .summary("How intake stands: counts per source and day, stages, alarms.")
        .answer::<StatusView>(),
        Endpoint::new(
            Method::GET,
            "/api/v1/archive/parked",
            Access::Permission(STATUS),
            get(parked).with_state(state()),
        )
        .summary("What waits and why; no text of messages.")
        .parameters::<ParkedQuery>()
        .answer::<Page<ParkedView>>(),
        Endpoint::new(
            Method::POST,
            "/api/v1/archive/media/{id}/retry",
            Access::Permission("channel.manage"),
            post(retry).with_state(state()),
        )
        .audited("media.retry")
        .summary("Puts a media item that was given up back into the queue.")
        .answer::<Retried>(),
        Endpoint::new(Method::GET, "/api/v1/consents", Access::Permission(CONSENTS), get(consents).with_state(state()))
            .summary("What contacts answered to being archived, the latest first; a page may be short and go on.")
            .parameters::<ConsentQuery>()
            .answer::<Page<ConsentView>>(),
    ]
}

/// Which parked items.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ParkedQuery {
    /// The `next` of the page before.
    after: Option<ParkedId>,
    /// Items of a page, 1 to 200; 50 unless told.
    limit: Option<u32>,
    /// Only of this source.
    source: Option<SourceId>,
    /// Only for this reason.
    reason: Option<ParkReason>,
}

/// Something that waits.
#[derive(Debug, Serialize, ToSchema)]
struct ParkedView {
    /// Its id.
    id: ParkedId,
    /// Its source.
    source: SourceId,
    /// The source's sequence number.
    seq: u64,
    /// The source's id of the message.
    msgid: String,
    /// The key version it needs.
    key_version: Option<u32>,
    /// Why it waits.
    reason: ParkReason,
    /// More.
    detail: String,
    /// How often it was tried again.
    attempts: u32,
    /// When it came.
    observed_at: Time,
    /// Since when it waits.
    parked_at: Time,
}

/// Whether there was something to try again.
#[derive(Debug, Serialize, ToSchema)]
struct Retried {
    /// It is back in the queue.
    retried: bool,
}

/// Whose consent.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ConsentQuery {
    /// The `next` of the page before.
    after: Option<RecordId>,
    /// Items of a page, 1 to 200; 50 unless told.
    limit: Option<u32>,
    /// Only of this contact.
    contact: Option<ContactId>,
}

async fn status(State(archive): State<Arc<Archive>>, _call: Call) -> Answer<StatusView> {
    Ok(Json(archive.status().await?))
}

async fn parked(
    State(archive): State<Arc<Archive>>,
    _call: Call,
    Query(query): Query<ParkedQuery>,
) -> Answer<Page<ParkedView>> {
    let limit = page_limit(query.limit)?.get();
    let after = query.after.unwrap_or(ParkedId::new(0));
    let mut found = archive.parked(query.source, query.reason, after, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Json(Page { items: found.into_iter().map(parked_view).collect(), next }))
}

fn parked_view(item: ParkedItem) -> ParkedView {
    ParkedView {
        id: item.id,
        source: item.source,
        seq: item.seq,
        msgid: item.msgid,
        key_version: item.envelope.map(|envelope| envelope.key_version),
        reason: item.reason,
        detail: item.detail,
        attempts: item.attempts,
        observed_at: item.observed_at,
        parked_at: item.parked_at,
    }
}

async fn retry(State(archive): State<Arc<Archive>>, _call: Call, Path(media): Path<MediaId>) -> Answer<Retried> {
    if archive.media_item(media).await?.is_none() {
        return Err(ArchiveError::MediaNotFound(media).into());
    }
    Ok(Json(Retried { retried: archive.retry_media(media).await? }))
}

async fn consents(
    State(archive): State<Arc<Archive>>,
    call: Call,
    Query(query): Query<ConsentQuery>,
) -> Answer<Page<ConsentView>> {
    let limit = page_limit(query.limit)?;
    Ok(Json(archive.consents(&call.caller()?.grants, query.contact, query.after, limit).await?))
}
