//! Signing in and out, who I am, and changing one's own password.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use serde::{Deserialize, Serialize};
use serde_json::json;
use xinlu_http::{
    Access, Answer, ApiError, Call, Endpoint, Grant, Json, Level, SESSION_COOKIE, Visible, session_token,
};
use xinlu_model::{MemberId, RoleId, Time, UserId};

use crate::audit::Act;
use crate::model::IdentityConfig;
use crate::sessions::Attempt;
use crate::store::{roles, users};
use crate::users::present;
use crate::{Identity, IdentityError};

use super::{DONE, Done};

/// Longest name of a program that is kept; browsers' have some 120 signs.
const AGENT_LENGTH_MAX: usize = 200;

pub(super) fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    let state = || Arc::clone(identity);
    vec![
        Endpoint::new(Method::POST, "/api/v1/sessions", Access::Public, post(create).with_state(state()))
            .summary("Signs in; the session comes as a cookie")
            .audited("session.create")
            .body::<SignIn>()
            .answer::<Session>(),
        Endpoint::new(Method::GET, "/api/v1/sessions", Access::SignedIn, get(view).with_state(state()))
            .summary("Says who is signed in and what they may do")
            .answer::<Me>(),
        Endpoint::new(Method::DELETE, "/api/v1/sessions", Access::SignedIn, delete(end).with_state(state()))
            .summary("Signs out")
            .audited("session.end")
            .answer::<Done>(),
        Endpoint::new(Method::DELETE, "/api/v1/sessions/all", Access::SignedIn, delete(end_all).with_state(state()))
            .summary("Signs out everywhere")
            .audited("session.end_all")
            .answer::<Ended>(),
        Endpoint::new(Method::PUT, "/api/v1/sessions/password", Access::SignedIn, put(password).with_state(state()))
            .summary("Changes one's own password; all other sessions end")
            .audited("user.change_password")
            .body::<ChangePassword>()
            .answer::<Done>(),
    ]
}

/// Name and password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    /// The name; letter case does not matter.
    name: String,
    /// The password.
    password: String,
    /// Who has a second factor: a code of their app, or a recovery code. Absent or empty, `identity.totp_required` asks
    /// for it, which only who sent the right password is told.
    totp: Option<String>,
}

/// A session just begun.
#[derive(Serialize, utoipa::ToSchema)]
struct Session {
    /// Who signed in.
    user: UserId,
    /// When the session ends at the latest.
    ends_at: Time,
    /// Nothing else can be done before the password is changed.
    password_due: bool,
}

/// Who is signed in.
#[derive(Serialize, utoipa::ToSchema)]
struct Me {
    user: UserId,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<MemberId>,
    /// The member's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    member_name: Option<String>,
    /// Nothing else can be done before the password is changed.
    password_due: bool,
    /// Signing in asks for a second factor.
    totp: bool,
    roles: Vec<MyRole>,
    grants: Vec<MyGrant>,
}

/// A role of the user.
#[derive(Serialize, utoipa::ToSchema)]
struct MyRole {
    id: RoleId,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    name: String,
}

/// A right as it stands today.
#[derive(Serialize, utoipa::ToSchema)]
struct MyGrant {
    permission: String,
    /// Over everybody.
    everybody: bool,
    /// Over how many members, when not over everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<u64>,
    level: Level,
}

/// How many sessions ended.
#[derive(Serialize, utoipa::ToSchema)]
struct Ended {
    ended: u64,
}

/// The old password and the new one.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePassword {
    old: String,
    /// 12 to 128 characters.
    new: String,
}

async fn create(
    State(identity): State<Arc<Identity>>,
    call: Call,
    headers: HeaderMap,
    Json(body): Json<SignIn>,
) -> Result<Response, ApiError> {
    // The name is noted only when it is somebody's: people type passwords into the wrong field.
    let known = users::find_by_name(&identity.db, &body.name).await?;
    let target = known.map_or_else(|| "user:unknown".to_owned(), |known| format!("user:{}", known.id));
    let from = call.address().map(|address| address.to_string());
    call.note(&target, json!({"address": from}));
    let act = Act::of(&call, "session.create");
    let agent = agent(&headers);
    let attempt = Attempt {
        name: &body.name,
        password: &body.password,
        totp: body.totp.as_deref(),
        address: call.address(),
        agent: &agent,
    };
    let session = identity.sign_in(act, attempt).await.inspect_err(|error| {
        // Whoever watches sees that the password was right.
        let second_factor = match error {
            IdentityError::TotpRequired => "asked for",
            IdentityError::TotpWrong => "wrong",
            _ => return,
        };
        call.note(&target, json!({"address": from, "second_factor": second_factor}));
    })?;
    let user = session.caller.user;
    call.identified(session.caller);
    let cookie = cookie(&session.token, &identity.config);
    let body = Session { user, ends_at: session.ends_at, password_due: session.password_due };
    Ok(([(header::SET_COOKIE, cookie)], Json(body)).into_response())
}

async fn view(State(identity): State<Arc<Identity>>, call: Call) -> Answer<Me> {
    let caller = call.caller()?;
    let user = present(users::find(&identity.db, caller.user).await?)?;
    let roles = roles::of_user(&identity.db, caller.user).await?;
    let member = match caller.member {
        Some(id) => identity.directory.find_member(id).await?,
        None => None,
    };
    Ok(Json(Me {
        user: caller.user,
        name: caller.name.clone(),
        member: caller.member,
        member_name: member.map(|member| member.name.clone()),
        password_due: user.password_due,
        totp: user.totp,
        roles: roles.into_iter().map(|role| MyRole { id: role.id, code: role.code, name: role.name }).collect(),
        grants: caller.grants.list().iter().map(my_grant).collect(),
    }))
}

fn my_grant(grant: &Grant) -> MyGrant {
    let members = match &grant.visible {
        Visible::All => None,
        Visible::Members(members) => Some(members.len() as u64),
    };
    MyGrant { permission: grant.permission.clone(), everybody: members.is_none(), members, level: grant.level }
}

async fn end(State(identity): State<Arc<Identity>>, call: Call, headers: HeaderMap) -> Result<Response, ApiError> {
    let user = call.caller()?.user;
    call.note(&format!("user:{user}"), json!({}));
    if let Some(token) = session_token(&headers) {
        identity.sign_out(&Act::of(&call, "session.end"), user, token).await?;
    }
    Ok(([(header::SET_COOKIE, cookie("", &identity.config))], Json(DONE)).into_response())
}

async fn end_all(State(identity): State<Arc<Identity>>, call: Call) -> Result<Response, ApiError> {
    let user = call.caller()?.user;
    call.note(&format!("user:{user}"), json!({}));
    let ended = identity.sign_out_everywhere(&Act::of(&call, "session.end_all"), user).await?;
    Ok(([(header::SET_COOKIE, cookie("", &identity.config))], Json(Ended { ended })).into_response())
}

async fn password(
    State(identity): State<Arc<Identity>>,
    call: Call,
    headers: HeaderMap,
    Json(body): Json<ChangePassword>,
) -> Answer<Done> {
    let caller = call.caller()?;
    call.note(&format!("user:{}", caller.user), json!({}));
    if !caller.by_cookie {
        return Err(IdentityError::KeyByKey.into());
    }
    let act = Act::of(&call, "user.change_password");
    identity.change_password(&act, caller.user, &body.old, &body.new, session_token(&headers)).await?;
    Ok(Json(DONE))
}

/// What the program that asks calls itself, cut to bounds.
fn agent(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
    agent.map(|agent| agent.chars().take(AGENT_LENGTH_MAX).collect()).unwrap_or_default()
}

/// The cookie of a session; an empty token takes it away. It has no age of its own: the server ends sessions.
fn cookie(token: &str, config: &IdentityConfig) -> String {
    let mut cookie = format!("{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict");
    if token.is_empty() {
        cookie.push_str("; Max-Age=0");
    }
    if config.secure_cookie {
        cookie.push_str("; Secure");
    }
    cookie
}
