//! API keys: everybody their own, and all of them for who manages keys.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::{delete, get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::IntoParams;
use xinlu_http::{Access, Answer, Call, Endpoint, Json, Path, Query};
use xinlu_model::{ApiKeyId, Page, RoleId, Time, UserId};

use crate::access::permission::API_KEY_MANAGE;
use crate::audit::Act;
use crate::keys::KeyWish;
use crate::model::ApiKey;
use crate::store::keys;
use crate::{Identity, IdentityError};

use super::{DONE, Done, after, limit, next};

pub(super) fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    let state = || Arc::clone(identity);
    vec![
        Endpoint::new(Method::GET, "/api/v1/api-keys", Access::SignedIn, get(list).with_state(state()))
            .summary("Lists one's own keys, or with everybody=true all keys")
            .parameters::<ListKeys>()
            .answer::<Page<ApiKeyView>>(),
        Endpoint::new(Method::POST, "/api/v1/api-keys", Access::SignedIn, post(create).with_state(state()))
            .summary("Makes a key for oneself; it is shown only now")
            .audited("api_key.create")
            .body::<CreateKey>()
            .answer::<MadeKey>(),
        Endpoint::new(Method::GET, "/api/v1/api-keys/{id}", Access::SignedIn, get(view).with_state(state()))
            .summary("Shows a key of one's own, or any for who manages keys")
            .answer::<ApiKeyView>(),
        Endpoint::new(Method::DELETE, "/api/v1/api-keys/{id}", Access::SignedIn, delete(revoke).with_state(state()))
            .summary("Revokes a key of one's own, or any for who manages keys")
            .audited("api_key.revoke")
            .answer::<Done>(),
    ]
}

/// Which keys.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListKeys {
    /// All keys and not only one's own; needs `api_key.manage`.
    #[serde(default)]
    everybody: bool,
    /// The `next` of the page before.
    after: Option<String>,
    /// 1 to 200, 50 unless told.
    limit: Option<u32>,
}

/// A key, without what would let anybody use it.
#[derive(Serialize, utoipa::ToSchema)]
struct ApiKeyView {
    id: ApiKeyId,
    user: UserId,
    user_name: String,
    name: String,
    /// Its first signs, to know it by.
    hint: String,
    /// The roles it carries, as far as its owner still holds them.
    roles: Vec<RoleId>,
    created_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<Time>,
    /// To the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    used_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Time>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            user: key.user,
            user_name: key.user_name,
            name: key.name,
            hint: key.hint,
            roles: key.roles,
            created_at: key.created_at,
            ends_at: key.ends_at,
            used_at: key.used_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// A key to be made.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateKey {
    /// What it is for, 1 to 64 characters.
    name: String,
    /// Roles of one's own that it carries; absent: all.
    roles: Option<Vec<RoleId>>,
    /// When it stops working; absent: never.
    ends_at: Option<Time>,
}

/// A key just made.
#[derive(Serialize, utoipa::ToSchema)]
struct MadeKey {
    id: ApiKeyId,
    /// The key, shown only now; send it as `Authorization: Bearer …`.
    key: String,
}

async fn list(
    State(identity): State<Arc<Identity>>,
    call: Call,
    Query(query): Query<ListKeys>,
) -> Answer<Page<ApiKeyView>> {
    let caller = call.caller()?;
    if query.everybody && !caller.grants.holds(API_KEY_MANAGE) {
        return Err(xinlu_http::ApiError::forbidden());
    }
    let limit = limit(query.limit)?;
    let whose = (!query.everybody).then_some(caller.user);
    let page = keys::list(&identity.db, whose, ApiKeyId::new(after(query.after.as_deref())?), limit).await?;
    let next = next(page.len(), limit, page.last().map(|key| key.id.number()));
    Ok(Json(Page { items: page.into_iter().map(ApiKeyView::from).collect(), next }))
}

async fn create(State(identity): State<Arc<Identity>>, call: Call, Json(body): Json<CreateKey>) -> Answer<MadeKey> {
    let caller = call.caller()?;
    call.note("api_key:new", json!({"name": body.name}));
    if !caller.by_cookie {
        return Err(IdentityError::KeyByKey.into());
    }
    let wish = KeyWish { user: caller.user, name: &body.name, roles: body.roles.as_deref(), ends_at: body.ends_at };
    let (id, key) = identity.make_api_key(&Act::of(&call, "api_key.create"), wish).await?;
    Ok(Json(MadeKey { id, key }))
}

/// A key that the caller may see; others look as if they were not there.
async fn seen(identity: &Identity, call: &Call, id: ApiKeyId) -> Result<ApiKey, xinlu_http::ApiError> {
    let caller = call.caller()?;
    let key = keys::load(&identity.db, id).await?;
    let key = key.filter(|key| key.user == caller.user || caller.grants.holds(API_KEY_MANAGE));
    Ok(key.ok_or(IdentityError::NotFound("API key"))?)
}

async fn view(State(identity): State<Arc<Identity>>, call: Call, Path(id): Path<ApiKeyId>) -> Answer<ApiKeyView> {
    Ok(Json(seen(&identity, &call, id).await?.into()))
}

async fn revoke(State(identity): State<Arc<Identity>>, call: Call, Path(id): Path<ApiKeyId>) -> Answer<Done> {
    call.note(&format!("api_key:{id}"), json!({}));
    seen(&identity, &call, id).await?;
    identity.revoke_api_key(&Act::of(&call, "api_key.revoke"), id).await?;
    Ok(Json(DONE))
}
