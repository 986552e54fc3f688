//! The first run: somebody who can read the server's output makes the first user.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use xinlu_http::{Access, Answer, Call, Endpoint, Json};
use xinlu_model::UserId;

use crate::audit::Act;
use crate::{Identity, IdentityError};

pub(super) fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/api/v1/setup", Access::Public, get(view).with_state(Arc::clone(identity)))
            .summary("Says whether the first user has yet to be made")
            .answer::<SetupState>(),
        Endpoint::new(Method::POST, "/api/v1/setup", Access::Public, post(set_up).with_state(Arc::clone(identity)))
            .summary("Makes the first user, the system administrator, with the token that the server printed")
            .audited("setup.finish")
            .body::<SetUp>()
            .answer::<FirstUser>(),
    ]
}

/// Whether the first user has yet to be made.
#[derive(Serialize, utoipa::ToSchema)]
struct SetupState {
    /// True until the first user is made.
    needed: bool,
}

/// The first user.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SetUp {
    /// The token that the server printed when it started last.
    token: String,
    /// The name to sign in with: 1 to 64 letters, digits or any of . _ - @
    name: String,
    /// 12 to 128 characters.
    password: String,
}

/// The first user as made.
#[derive(Serialize, utoipa::ToSchema)]
struct FirstUser {
    /// Who can sign in now.
    user: UserId,
}

async fn view(State(identity): State<Arc<Identity>>) -> Answer<SetupState> {
    Ok(Json(SetupState { needed: identity.setup_needed().await? }))
}

async fn set_up(State(identity): State<Arc<Identity>>, call: Call, Json(body): Json<SetUp>) -> Answer<FirstUser> {
    call.note("setup", json!({}));
    // Once done nothing is hashed, counted or waited for; before that an address has as many tries as at signing in.
    if !identity.setup_needed().await? {
        return Err(IdentityError::SetupDone.into());
    }
    identity.count_address(call.address()).await?;
    let act = Act::of(&call, "setup.finish");
    let user = identity.set_up(&act, &body.token, &body.name, &body.password).await?;
    Ok(Json(FirstUser { user }))
}
