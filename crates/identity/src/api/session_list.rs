//! Sessions under way: one's own, each of which can be ended, and those of a user one manages.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::routing::{delete, get};
use serde::Serialize;
use serde_json::json;
use xinlu_http::{Access, Answer, Call, Endpoint, Json, Path, session_token};
use xinlu_model::{Time, UserId};

use crate::Identity;
use crate::access::permission::USER_MANAGE;
use crate::access::token;
use crate::audit::Act;
use crate::sessions::session_id;
use crate::store::sessions::Held;
use crate::store::users;
use crate::users::present;

use super::{DONE, Done};

pub(super) fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    let state = || Arc::clone(identity);
    vec![
        Endpoint::new(Method::GET, "/api/v1/sessions/list", Access::SignedIn, get(list).with_state(state()))
            .summary("Lists one's own sessions, the one used last first")
            .answer::<SessionList>(),
        Endpoint::new(Method::DELETE, "/api/v1/sessions/list/{id}", Access::SignedIn, delete(end).with_state(state()))
            .summary("Ends one of one's own sessions")
            .audited("session.end_one")
            .answer::<Done>(),
        Endpoint::new(
            Method::GET,
            "/api/v1/users/{id}/sessions",
            Access::Permission(USER_MANAGE),
            get(list_of_user).with_state(state()),
        )
        .summary("Lists the sessions of a user")
        .audited("user.list_sessions")
        .answer::<SessionList>(),
    ]
}

/// Sessions of one user.
#[derive(Serialize, utoipa::ToSchema)]
struct SessionList {
    sessions: Vec<SessionView>,
}

/// A session under way.
#[derive(Serialize, utoipa::ToSchema)]
struct SessionView {
    /// Its name, which is not its token.
    id: String,
    created_at: Time,
    /// To the minute.
    used_at: Time,
    /// When it ends at the latest.
    ends_at: Time,
    /// Where it was begun from.
    #[serde(skip_serializing_if = "String::is_empty")]
    address: String,
    /// What the program that began it called itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    agent: String,
    /// It is the one that asks.
    current: bool,
}

fn shown(held: Vec<Held>, current: Option<&[u8]>) -> SessionList {
    let one = |one: Held| SessionView {
        id: session_id(&one.hash),
        created_at: one.created_at,
        used_at: one.seen_at,
        ends_at: one.ends_at,
        current: current.is_some_and(|current| current == one.hash),
        address: one.address,
        agent: one.agent,
    };
    SessionList { sessions: held.into_iter().map(one).collect() }
}

async fn list(State(identity): State<Arc<Identity>>, call: Call, headers: HeaderMap) -> Answer<SessionList> {
    let held = identity.sessions_of(call.caller()?.user).await?;
    let current = session_token(&headers).map(token::hash);
    Ok(Json(shown(held, current.as_deref())))
}

async fn end(State(identity): State<Arc<Identity>>, call: Call, Path(id): Path<String>) -> Answer<Done> {
    let user = call.caller()?.user;
    call.note(&format!("user:{user}"), json!({"session": id}));
    identity.end_session(&Act::of(&call, "session.end_one"), user, &id).await?;
    Ok(Json(DONE))
}

async fn list_of_user(
    State(identity): State<Arc<Identity>>,
    call: Call,
    Path(id): Path<UserId>,
) -> Answer<SessionList> {
    call.note(&format!("user:{id}"), json!({}));
    present(users::find(&identity.db, id).await?)?;
    Ok(Json(shown(identity.sessions_of(id).await?, None)))
}
