//! "What would this person see": figures for who gives rights, before and after they give them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use xinlu_http::{Access, Answer, Call, Endpoint, Json, Level, Path};
use xinlu_model::{MemberId, UserId};

use crate::Identity;
use crate::access::permission::{MEMBER_READ, ROLE_READ, Scope, USER_READ};
use crate::reach::{Reach, Supposed};

pub(super) fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    let (users, roles) = (Arc::clone(identity), Arc::clone(identity));
    vec![
        Endpoint::new(
            Method::GET,
            "/api/v1/users/{id}/reach",
            Access::Permission(USER_READ),
            get(of_user).with_state(users),
        )
        .summary("Counts what a user sees today; names no conversation")
        .audited("user.reach")
        .answer::<ReachView>(),
        Endpoint::new(
            Method::POST,
            "/api/v1/roles/reach",
            Access::Permission(ROLE_READ),
            post(of_rules).with_state(roles),
        )
        .summary("Counts what somebody would see with these permissions; changes nothing")
        .audited("role.reach")
        .body::<SupposedRules>()
        .answer::<ReachView>(),
    ]
}

/// Rules as somebody thinks of giving them.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SupposedRules {
    /// At most 64 of the catalogue.
    permissions: Vec<String>,
    /// Over whom, for those that know scopes.
    scope: Scope,
    /// How much of a message, for those that know levels.
    level: Level,
    /// The member who would hold them; absent: somebody who is none.
    member: Option<MemberId>,
}

/// What is seen, in figures.
#[derive(Serialize, utoipa::ToSchema)]
struct ReachView {
    /// Departments of which a member is seen.
    departments: u64,
    /// Members whose conversations or contacts are seen, those who left included.
    members: u64,
    /// Contacts and bots whom these members look after or talk with.
    contacts: u64,
    /// Conversations that are read at any level; absent where none are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    conversations: Option<u64>,
    /// The highest level at which any is read; absent: none is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<Level>,
    /// Up to five of the members; empty for who may not see members.
    sample: Vec<ReachedMember>,
}

/// One of the members whose conversations or contacts are seen.
#[derive(Serialize, utoipa::ToSchema)]
struct ReachedMember {
    id: MemberId,
    userid: String,
    /// Their name.
    title: String,
}

fn shown(reach: Reach, call: &Call) -> Answer<ReachView> {
    let named = call.caller()?.grants.holds(MEMBER_READ);
    let sample = reach.sample.iter().filter(|_| named).map(|member| ReachedMember {
        id: member.id,
        userid: member.userid.clone(),
        title: member.name.clone(),
    });
    Ok(Json(ReachView {
        departments: reach.departments,
        members: reach.members,
        contacts: reach.contacts,
        conversations: reach.conversations,
        level: reach.level,
        sample: sample.collect(),
    }))
}

async fn of_user(State(identity): State<Arc<Identity>>, call: Call, Path(id): Path<UserId>) -> Answer<ReachView> {
    call.note(&format!("user:{id}"), json!({}));
    shown(identity.reach_of_user(id).await?, &call)
}

async fn of_rules(
    State(identity): State<Arc<Identity>>,
    call: Call,
    Json(body): Json<SupposedRules>,
) -> Answer<ReachView> {
    let target = body.member.map_or_else(|| "role:supposed".to_owned(), |member| format!("member:{member}"));
    call.note(&target, json!({"permissions": body.permissions, "scope": body.scope, "level": body.level}));
    let rules = Supposed { permissions: body.permissions, scope: body.scope, level: body.level };
    shown(identity.reach_of_rules(&rules, body.member).await?, &call)
}
