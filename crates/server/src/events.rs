//! Live updates: `GET /api/v1/events`, a stream of server-sent events (WHATWG HTML, section 9.2) that can be resumed.
//!
//! Frames: `hello {epoch, last_seq}` first; then `resumed`, or `resync` when what was missed is no longer known; then `change
//! {seq, topic, data}`. `after=EPOCH:SEQ` says what the client has. A client that falls behind is told to `resync`, never
//! served a gap in silence. Changes say that something moved and by which figure; what moved is read from its own endpoint,
//! so no message's text ever goes through here. Rights are asked anew for every frame.

mod hub;
mod watcher;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream::{Stream, unfold};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;
use utoipa::IntoParams;
use xinlu_http::{Access, ApiError, Authenticate, Call, Credentials, Endpoint, Query, session_token};
use xinlu_model::{Clock, ErrorKind};

use hub::Missed;
pub(crate) use hub::{Hub, Topic};
pub(crate) use watcher::Watcher;

/// Proxies close what is silent for a minute.
const HEARTBEAT_S: u64 = 25;
/// Streams at a time: half of the connections a server takes at once.
const STREAMS_MAX: usize = 256;
/// All topics tell of the archive as a whole, which this permission shows.
const PERMISSION: &str = "archive.status";

/// What the endpoint works with.
pub(crate) struct Events {
    pub(crate) hub: Arc<Hub>,
    pub(crate) authenticate: Arc<dyn Authenticate>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) stop: watch::Receiver<bool>,
}

/// Where to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct After {
    /// `EPOCH:SEQ` of the last frame that was seen; absent: from now on.
    after: Option<String>,
}

/// Who asked, to ask again for every frame.
struct Asker {
    bearer: Option<String>,
    session: Option<String>,
}

impl Asker {
    fn of(headers: &HeaderMap) -> Self {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        Self {
            bearer: bearer.and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned),
            session: session_token(headers).map(str::to_owned),
        }
    }

    /// Whether they may see the next frame; `None`: they are nobody any more.
    async fn may_see(&self, events: &Events) -> Option<bool> {
        let credentials = Credentials { bearer: self.bearer.as_deref(), session: self.session.as_deref() };
        let caller = events.authenticate.authenticate(&credentials, events.clock.now()).await.ok()??;
        Some(caller.grants.holds(PERMISSION))
    }
}

pub(crate) fn endpoints(events: Events) -> Vec<Endpoint> {
    let state = Arc::new(events);
    vec![
        Endpoint::new(Method::GET, "/api/v1/events", Access::SignedIn, get(open).with_state(state))
            .summary("A stream of what changes: server-sent events, resumed by after=EPOCH:SEQ")
            .parameters::<After>()
            .answer_type("text/event-stream"),
    ]
}

async fn open(
    State(events): State<Arc<Events>>,
    _: Call,
    Query(query): Query<After>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let after = match query.after.as_deref().map(hub::read_place) {
        Some(None) => return Err(ApiError::new(ErrorKind::Invalid, "events.after", "after is EPOCH:SEQ")),
        Some(Some(place)) => Some(place),
        None => None,
    };
    if events.hub.listeners() >= STREAMS_MAX {
        return Err(ApiError::new(ErrorKind::TooMany, "events.too_many", "too many streams are open; poll instead"));
    }
    let stream = frames(Arc::clone(&events), Asker::of(&headers), after);
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(HEARTBEAT_S));
    let mut response = Sse::new(stream).keep_alive(keep_alive).into_response();
    // A proxy that gathers answers would hold the frames back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// A stream on its way.
struct Open {
    events: Arc<Events>,
    asker: Asker,
    listener: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    /// The last number that was sent or passed over.
    seen: u64,
    /// Frames to send before the next look.
    ready: std::collections::VecDeque<Event>,
}

fn frames(
    events: Arc<Events>,
    asker: Asker,
    after: Option<(String, u64)>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let (listener, stop) = (events.hub.listen(), events.stop.clone());
    let last = events.hub.last();
    let mut ready = std::collections::VecDeque::new();
    ready.push_back(frame("hello", &json!({"epoch": events.hub.epoch(), "last_seq": last})));
    let seen = match after {
        None => last,
        Some((epoch, seq)) if epoch == events.hub.epoch() && seq <= last && events.hub.after(seq).is_ok() => {
            ready.push_back(frame("resumed", &json!({"seq": seq})));
            seq
        }
        Some(_) => {
            ready.push_back(frame("resync", &json!({"seq": last})));
            last
        }
    };
    unfold(Open { events, asker, listener, stop, seen, ready }, next)
}

/// The next frame, when there is one. Ends when the server stops or the asker is signed out.
async fn next(mut open: Open) -> Option<(Result<Event, Infallible>, Open)> {
    loop {
        if let Some(event) = open.ready.pop_front() {
            return Some((Ok(event), open));
        }
        open.listener.borrow_and_update();
        match open.events.hub.after(open.seen) {
            Ok(changes) if changes.is_empty() => tokio::select! {
                moved = open.listener.changed() => moved.ok()?,
                stopped = open.stop.changed() => {
                    if stopped.is_err() || *open.stop.borrow() {
                        return None;
                    }
                }
            },
            Ok(changes) => {
                let shown = open.asker.may_see(&open.events).await?;
                for change in changes {
                    open.seen = change.seq;
                    if shown {
                        let data = json!({"seq": change.seq, "topic": change.topic.name(), "data": change.data});
                        open.ready.push_back(frame("change", &data));
                    }
                }
            }
            Err(Missed { last }) => {
                open.seen = last;
                open.ready.push_back(frame("resync", &json!({"seq": last})));
            }
        }
    }
}

fn frame(name: &str, data: &serde_json::Value) -> Event {
    Event::default().event(name).data(data.to_string())
}

#[cfg(test)]
mod tests;
