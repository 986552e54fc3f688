//! Users, for those who manage them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::{delete, get, post, put};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::IntoParams;
use xinlu_http::{Access, Answer, ApiError, Call, Endpoint, Json, Path, Query};
use xinlu_model::{MemberId, Page, RoleId, Time, UserId};

use crate::access::permission::{ROLE_MANAGE, USER_MANAGE, USER_READ};
use crate::audit::Act;
use crate::model::{User, UserState};
use crate::sessions::Failures;
use crate::store::{roles, users};
use crate::users::{NewUser, present};
use crate::{Identity, IdentityError};

use super::{DONE, Done, after, limit, next};

pub(super) fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    let state = || Arc::clone(identity);
    let read = Access::Permission(USER_READ);
    let manage = Access::Permission(USER_MANAGE);
    vec![
        Endpoint::new(Method::GET, "/api/v1/users", read, get(list).with_state(state()))
            .summary("Lists users with their roles")
            .audited("user.list")
            .parameters::<Paging>()
            .answer::<Page<UserView>>(),
        Endpoint::new(Method::POST, "/api/v1/users", manage, post(create).with_state(state()))
            .summary("Makes a user; roles can be given only by who manages roles")
            .audited("user.create")
            .body::<CreateUser>()
            .answer::<MadeUser>(),
        Endpoint::new(Method::GET, "/api/v1/users/{id}", read, get(view).with_state(state()))
            .summary("Shows a user")
            .audited("user.view")
            .answer::<UserView>(),
        Endpoint::new(Method::PUT, "/api/v1/users/{id}", manage, put(update).with_state(state()))
            .summary("Binds a user to a member and bars or admits them")
            .audited("user.update")
            .body::<UpdateUser>()
            .answer::<UserView>(),
        Endpoint::new(Method::DELETE, "/api/v1/users/{id}", manage, delete(remove).with_state(state()))
            .summary("Removes a user for good; the name stays taken")
            .audited("user.delete")
            .answer::<Done>(),
        Endpoint::new(
            Method::PUT,
            "/api/v1/users/{id}/roles",
            Access::Permission(ROLE_MANAGE),
            put(give_roles).with_state(state()),
        )
        .summary("Makes these the roles of another user")
        .audited("user.give_roles")
        .body::<GiveRoles>()
        .answer::<UserView>(),
        Endpoint::new(Method::POST, "/api/v1/users/{id}/reset-password", manage, post(reset).with_state(state()))
            .summary("Gives another user a one-time password, unlocks them, ends their sessions and revokes their keys")
            .audited("user.reset_password")
            .answer::<MadeUser>(),
        Endpoint::new(Method::POST, "/api/v1/users/{id}/unlock", manage, post(unlock).with_state(state()))
            .summary("Takes back a lock-out after failed sign-ins")
            .audited("user.unlock")
            .answer::<Done>(),
        Endpoint::new(Method::DELETE, "/api/v1/users/{id}/sessions", manage, delete(end_sessions).with_state(state()))
            .summary("Ends all sessions of a user")
            .audited("user.end_sessions")
            .answer::<Done>(),
    ]
}

/// Where a page begins and how long it is.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Paging {
    /// The `next` of the page before.
    after: Option<String>,
    /// 1 to 200, 50 unless told.
    limit: Option<u32>,
}

/// A user.
#[derive(Serialize, utoipa::ToSchema)]
struct UserView {
    id: UserId,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<MemberId>,
    state: UserState,
    /// They must change their password first.
    password_due: bool,
    /// Signing in asks for a second factor.
    totp: bool,
    roles: Vec<UserRole>,
    created_at: Time,
    password_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_in_at: Option<Time>,
    /// Attempts to sign in that failed in the last 15 minutes, or until they were locked out.
    failed_attempts: u64,
    /// Locked out after too many of them, until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_until: Option<Time>,
}

/// A role that a user holds.
#[derive(Serialize, utoipa::ToSchema)]
struct UserRole {
    id: RoleId,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    name: String,
}

/// A user to be made.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateUser {
    /// 1 to 64 letters, digits or any of . _ - @
    name: String,
    /// 12 to 128 characters; without it a one-time password is made. It must be changed at the first sign-in.
    password: Option<String>,
    /// Needs `role.manage` unless empty.
    #[serde(default)]
    roles: Vec<RoleId>,
    /// The member they are.
    member: Option<MemberId>,
}

/// A user just made, or one with a new password.
#[derive(Serialize, utoipa::ToSchema)]
struct MadeUser {
    user: UserId,
    /// The one-time password, shown only now; absent when one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

/// What may be changed of a user.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateUser {
    /// The member they are; absent: none.
    member: Option<MemberId>,
    /// Active or disabled.
    state: UserState,
}

/// Roles of a user.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct GiveRoles {
    roles: Vec<RoleId>,
}

async fn shown(identity: &Identity, user: User, failures: Failures) -> Result<UserView, IdentityError> {
    let roles = roles::of_user(&identity.db, user.id).await?;
    Ok(UserView {
        id: user.id,
        name: user.name,
        member: user.member,
        state: user.state,
        password_due: user.password_due,
        totp: user.totp,
        roles: roles.into_iter().map(|role| UserRole { id: role.id, code: role.code, name: role.name }).collect(),
        created_at: user.created_at,
        password_at: user.password_at,
        signed_in_at: user.signed_in_at,
        failed_attempts: failures.attempts,
        locked_until: failures.locked_until,
    })
}

async fn load(identity: &Identity, id: UserId) -> Result<UserView, IdentityError> {
    let user = present(users::find(&identity.db, id).await?)?;
    let failures = identity.failures_of(&[&user.name]).await?.into_iter().next().unwrap_or_default();
    shown(identity, user, failures).await
}

/// Refuses what would let somebody act on themselves.
pub(super) fn other(call: &Call, id: UserId) -> Result<(), ApiError> {
    if call.caller()?.user == id { Err(IdentityError::OwnRoles.into()) } else { Ok(()) }
}

async fn list(State(identity): State<Arc<Identity>>, Query(query): Query<Paging>) -> Answer<Page<UserView>> {
    let limit = limit(query.limit)?;
    let page = users::list(&identity.db, UserId::new(after(query.after.as_deref())?), limit).await?;
    let last = page.last().map(|user| user.id.number());
    let names: Vec<&str> = page.iter().map(|user| user.name.as_str()).collect();
    let failures = identity.failures_of(&names).await?;
    let mut items = Vec::with_capacity(page.len());
    for (user, failures) in page.into_iter().zip(failures) {
        items.push(shown(&identity, user, failures).await?);
    }
    let next = next(items.len(), limit, last);
    Ok(Json(Page { items, next }))
}

async fn create(State(identity): State<Arc<Identity>>, call: Call, Json(body): Json<CreateUser>) -> Answer<MadeUser> {
    if !body.roles.is_empty() && !call.caller()?.grants.holds(ROLE_MANAGE) {
        return Err(ApiError::forbidden());
    }
    let one_time = body.password.is_none().then(|| identity.one_time_password());
    let password = one_time.as_deref().or(body.password.as_deref()).unwrap_or_default();
    let new = NewUser { name: &body.name, password, password_due: true, roles: &body.roles, member: body.member };
    let user = identity.add_user(&Act::of(&call, "user.create"), new).await?;
    Ok(Json(MadeUser { user, password: one_time }))
}

async fn view(State(identity): State<Arc<Identity>>, Path(id): Path<UserId>) -> Answer<UserView> {
    Ok(Json(load(&identity, id).await?))
}

async fn update(
    State(identity): State<Arc<Identity>>,
    call: Call,
    Path(id): Path<UserId>,
    Json(body): Json<UpdateUser>,
) -> Answer<UserView> {
    call.note(&format!("user:{id}"), json!({"member": body.member, "state": body.state}));
    other(&call, id)?;
    if body.state == UserState::Removed {
        return Err(IdentityError::Value("a user is removed by DELETE").into());
    }
    identity.change_user(&Act::of(&call, "user.update"), id, body.member, body.state).await?;
    Ok(Json(load(&identity, id).await?))
}

async fn remove(State(identity): State<Arc<Identity>>, call: Call, Path(id): Path<UserId>) -> Answer<Done> {
    call.note(&format!("user:{id}"), json!({}));
    other(&call, id)?;
    identity.change_user(&Act::of(&call, "user.delete"), id, None, UserState::Removed).await?;
    Ok(Json(DONE))
}

async fn give_roles(
    State(identity): State<Arc<Identity>>,
    call: Call,
    Path(id): Path<UserId>,
    Json(body): Json<GiveRoles>,
) -> Answer<UserView> {
    call.note(&format!("user:{id}"), json!({"roles": body.roles}));
    other(&call, id)?;
    identity.give_roles(&Act::of(&call, "user.give_roles"), id, &body.roles).await?;
    Ok(Json(load(&identity, id).await?))
}

async fn reset(State(identity): State<Arc<Identity>>, call: Call, Path(id): Path<UserId>) -> Answer<MadeUser> {
    call.note(&format!("user:{id}"), json!({}));
    other(&call, id)?;
    let new = identity.reset(&Act::of(&call, "user.reset_password"), id).await?;
    Ok(Json(MadeUser { user: new.user, password: Some(new.password) }))
}

async fn unlock(State(identity): State<Arc<Identity>>, call: Call, Path(id): Path<UserId>) -> Answer<Done> {
    call.note(&format!("user:{id}"), json!({}));
    identity.unlock(&Act::of(&call, "user.unlock"), id).await?;
    Ok(Json(DONE))
}

async fn end_sessions(State(identity): State<Arc<Identity>>, call: Call, Path(id): Path<UserId>) -> Answer<Done> {
    call.note(&format!("user:{id}"), json!({}));
    present(users::find(&identity.db, id).await?)?;
    identity.sign_out_everywhere(&Act::of(&call, "user.end_sessions"), id).await?;
    Ok(Json(DONE))
}
