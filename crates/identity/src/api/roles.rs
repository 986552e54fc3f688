//! Roles and the catalogue of permissions.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::{delete, get, post, put};
use serde::{Deserialize, Serialize};
use serde_json::json;
use xinlu_http::{Access, Answer, Call, Endpoint, Json, Path};
use xinlu_model::{Page, RoleId};

use crate::access::permission::{CATALOGUE, Permission, ROLE_MANAGE, ROLE_READ, Rule};
use crate::audit::Act;
use crate::model::Role;
use crate::roles::RoleText;
use crate::{Identity, IdentityError};

use super::{DONE, Done};

pub(super) fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    let state = || Arc::clone(identity);
    let manage = Access::Permission(ROLE_MANAGE);
    vec![
        Endpoint::new(Method::GET, "/api/v1/roles", Access::Permission(ROLE_READ), get(list).with_state(state()))
            .summary("Lists roles with their rules")
            .audited("role.list")
            .answer::<Page<RoleView>>(),
        Endpoint::new(Method::POST, "/api/v1/roles", manage, post(create).with_state(state()))
            .summary("Makes a role")
            .audited("role.create")
            .body::<RoleIn>()
            .answer::<RoleView>(),
        Endpoint::new(Method::PUT, "/api/v1/roles/{id}", manage, put(update).with_state(state()))
            .summary("Changes a role that is not built in and that the caller does not hold")
            .audited("role.update")
            .body::<RoleIn>()
            .answer::<RoleView>(),
        Endpoint::new(Method::DELETE, "/api/v1/roles/{id}", manage, delete(remove).with_state(state()))
            .summary("Deletes a role that nobody holds")
            .audited("role.delete")
            .answer::<Done>(),
        Endpoint::new(Method::GET, "/api/v1/permissions", Access::Permission(ROLE_READ), get(permissions))
            .summary("Lists the permissions that rules may name")
            .answer::<Page<Permission>>(),
    ]
}

/// A role.
#[derive(Serialize, utoipa::ToSchema)]
struct RoleView {
    id: RoleId,
    /// The stable code of a built-in role.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    name: String,
    description: String,
    /// It comes with the program and cannot be changed.
    built_in: bool,
    rules: Vec<Rule>,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        Self {
            id: role.id,
            built_in: role.code.is_some(),
            code: role.code,
            name: role.name,
            description: role.description,
            rules: role.rules,
        }
    }
}

/// What a role says.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleIn {
    /// 1 to 64 characters.
    name: String,
    /// At most 500 characters.
    #[serde(default)]
    description: String,
    rules: Vec<Rule>,
}

impl From<RoleIn> for RoleText {
    fn from(role: RoleIn) -> Self {
        Self { name: role.name, description: role.description, rules: role.rules }
    }
}

async fn list(State(identity): State<Arc<Identity>>) -> Answer<Page<RoleView>> {
    let items = identity.list_roles().await?.into_iter().map(RoleView::from).collect();
    Ok(Json(Page { items, next: None }))
}

async fn load(identity: &Identity, id: RoleId) -> Result<RoleView, IdentityError> {
    let role = identity.list_roles().await?.into_iter().find(|role| role.id == id);
    role.map(RoleView::from).ok_or(IdentityError::NotFound("role"))
}

async fn create(State(identity): State<Arc<Identity>>, call: Call, Json(body): Json<RoleIn>) -> Answer<RoleView> {
    let text = RoleText::from(body);
    call.note("role:new", json!({"name": text.name, "rules": text.rules}));
    let id = identity.create_role(&Act::of(&call, "role.create"), &text).await?;
    Ok(Json(load(&identity, id).await?))
}

async fn update(
    State(identity): State<Arc<Identity>>,
    call: Call,
    Path(id): Path<RoleId>,
    Json(body): Json<RoleIn>,
) -> Answer<RoleView> {
    let text = RoleText::from(body);
    call.note(&format!("role:{id}"), json!({"name": text.name, "rules": text.rules}));
    identity.update_role(&Act::of(&call, "role.update"), id, &text, call.caller()?.user).await?;
    Ok(Json(load(&identity, id).await?))
}

async fn remove(State(identity): State<Arc<Identity>>, call: Call, Path(id): Path<RoleId>) -> Answer<Done> {
    call.note(&format!("role:{id}"), json!({}));
    identity.delete_role(&Act::of(&call, "role.delete"), id).await?;
    Ok(Json(DONE))
}

async fn permissions() -> Answer<Page<Permission>> {
    Ok(Json(Page { items: CATALOGUE.to_vec(), next: None }))
}
