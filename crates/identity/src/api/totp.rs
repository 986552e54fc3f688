//! The second factor of one's own account, and taking away that of somebody who lost theirs.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::{delete, get, post, put};
use serde::{Deserialize, Serialize};
use serde_json::json;
use xinlu_http::{Access, Answer, ApiError, Call, Endpoint, Json, Path};
use xinlu_model::UserId;

use crate::access::permission::USER_MANAGE;
use crate::audit::Act;
use crate::{Identity, IdentityError};

use super::users::other;
use super::{DONE, Done};

const PATH: &str = "/api/v1/sessions/totp";

pub(super) fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    let state = || Arc::clone(identity);
    vec![
        Endpoint::new(Method::GET, PATH, Access::SignedIn, get(view).with_state(state()))
            .summary("Says whether one's own account asks for a second factor")
            .answer::<TotpView>(),
        Endpoint::new(Method::POST, PATH, Access::SignedIn, post(begin).with_state(state()))
            .summary("Makes a secret for an authenticator app; it counts once a code of it was sent by PUT")
            .audited("user.begin_totp")
            .answer::<TotpBegun>(),
        Endpoint::new(Method::PUT, PATH, Access::SignedIn, put(enable).with_state(state()))
            .summary("Enables the second factor with a code of the app; gives the recovery codes, each good once")
            .audited("user.enable_totp")
            .body::<TotpCode>()
            .answer::<RecoveryCodes>(),
        Endpoint::new(Method::DELETE, PATH, Access::SignedIn, delete(disable).with_state(state()))
            .summary("Takes one's own second factor away; asks for the password")
            .audited("user.disable_totp")
            .body::<TotpPassword>()
            .answer::<Done>(),
        Endpoint::new(
            Method::DELETE,
            "/api/v1/users/{id}/totp",
            Access::Permission(USER_MANAGE),
            delete(reset).with_state(state()),
        )
        .summary("Takes the second factor of another user away and ends their sessions")
        .audited("user.reset_totp")
        .answer::<Done>(),
    ]
}

/// How one's own second factor stands.
#[derive(Serialize, utoipa::ToSchema)]
struct TotpView {
    /// Signing in asks for it.
    enabled: bool,
    /// Recovery codes that were not used yet.
    recovery_codes_left: i64,
}

/// A secret for an authenticator app, shown only now.
#[derive(Serialize, utoipa::ToSchema)]
struct TotpBegun {
    /// Base 32, to be typed.
    secret: String,
    /// `otpauth://totp/…`, to be scanned as a QR code.
    uri: String,
}

/// A code of an authenticator app.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct TotpCode {
    /// Six digits.
    code: String,
}

/// Codes for who lost their app.
#[derive(Serialize, utoipa::ToSchema)]
struct RecoveryCodes {
    /// Ten, each good once in place of a code of the app. Shown only now.
    recovery_codes: Vec<String>,
}

/// One's own password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct TotpPassword {
    password: String,
}

/// Who is signed in; a key does not change how its owner signs in.
fn owner(call: &Call) -> Result<UserId, ApiError> {
    let caller = call.caller()?;
    call.note(&format!("user:{}", caller.user), json!({}));
    if caller.by_cookie { Ok(caller.user) } else { Err(IdentityError::KeyByKey.into()) }
}

async fn view(State(identity): State<Arc<Identity>>, call: Call) -> Answer<TotpView> {
    let state = identity.totp_state(call.caller()?.user).await?;
    Ok(Json(TotpView { enabled: state.enabled, recovery_codes_left: state.recovery_codes_left }))
}

async fn begin(State(identity): State<Arc<Identity>>, call: Call) -> Answer<TotpBegun> {
    let user = owner(&call)?;
    let begun = identity.begin_totp(&Act::of(&call, "user.begin_totp"), user).await?;
    Ok(Json(TotpBegun { secret: begun.secret, uri: begun.uri }))
}

async fn enable(
    State(identity): State<Arc<Identity>>,
    call: Call,
    Json(body): Json<TotpCode>,
) -> Answer<RecoveryCodes> {
    let user = owner(&call)?;
    let recovery_codes = identity.enable_totp(&Act::of(&call, "user.enable_totp"), user, &body.code).await?;
    Ok(Json(RecoveryCodes { recovery_codes }))
}

async fn disable(State(identity): State<Arc<Identity>>, call: Call, Json(body): Json<TotpPassword>) -> Answer<Done> {
    let user = owner(&call)?;
    identity.disable_totp(&Act::of(&call, "user.disable_totp"), user, &body.password).await?;
    Ok(Json(DONE))
}

async fn reset(State(identity): State<Arc<Identity>>, call: Call, Path(id): Path<UserId>) -> Answer<Done> {
    call.note(&format!("user:{id}"), json!({}));
    other(&call, id)?;
    identity.reset_totp(&Act::of(&call, "user.reset_totp"), id).await?;
    Ok(Json(DONE))
}
