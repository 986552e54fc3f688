//! Members and departments. Those of a source are read only; those of our own can be made here.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::{delete, get, post, put};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::IntoParams;
use xinlu_http::{Access, Answer, Call, Endpoint, Json, Path, Query};
use xinlu_model::{DepartmentId, MemberId, Page};

use crate::access::permission::{MEMBER_MANAGE, MEMBER_READ};
use crate::audit::Act;
use crate::directory::{self, Department, Member, MemberStatus, Snapshot};
use crate::store::contacts::search_form;
use crate::{Identity, IdentityError};

use super::{DONE, Done, after, limit, next};

/// Longest name, user id or position that is taken.
const TEXT_LENGTH_MAX: usize = 100;

pub(super) fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    let state = || Arc::clone(identity);
    let read = Access::Permission(MEMBER_READ);
    let manage = Access::Permission(MEMBER_MANAGE);
    vec![
        Endpoint::new(Method::GET, "/api/v1/members", read, get(list).with_state(state()))
            .summary("Lists members by name, department or status, those who left included")
            .parameters::<ListMembers>()
            .answer::<Page<MemberView>>(),
        Endpoint::new(Method::GET, "/api/v1/members/{id}", read, get(view).with_state(state()))
            .summary("Shows a member")
            .answer::<MemberView>(),
        Endpoint::new(Method::PUT, "/api/v1/members", manage, put(put_member).with_state(state()))
            .summary("Makes or changes a member that no source brings")
            .audited("member.put")
            .body::<PutMember>()
            .answer::<MemberView>(),
        Endpoint::new(Method::GET, "/api/v1/departments", read, get(departments).with_state(state()))
            .summary("Lists the department tree, each above those below it")
            .answer::<Page<DepartmentView>>(),
        Endpoint::new(Method::POST, "/api/v1/departments", manage, post(create_department).with_state(state()))
            .summary("Makes a department that no source brings")
            .audited("department.create")
            .body::<PutDepartment>()
            .answer::<DepartmentView>(),
        Endpoint::new(Method::PUT, "/api/v1/departments/{id}", manage, put(update_department).with_state(state()))
            .summary("Renames or moves a department that no source brings")
            .audited("department.update")
            .body::<PutDepartment>()
            .answer::<DepartmentView>(),
        Endpoint::new(
            Method::DELETE,
            "/api/v1/departments/{id}",
            manage,
            delete(delete_department).with_state(state()),
        )
        .summary("Removes an empty department that no source brings")
        .audited("department.delete")
        .answer::<Done>(),
    ]
}

/// What is known of a member's seat in the archive.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Seat {
    /// Their conversations are archived.
    Archived,
    /// They are not.
    Not,
    /// The source has not said.
    Unknown,
}

impl Seat {
    fn fits(self, archived: Option<bool>) -> bool {
        match self {
            Self::Archived => archived == Some(true),
            Self::Not => archived == Some(false),
            Self::Unknown => archived.is_none(),
        }
    }
}

/// Which members.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListMembers {
    /// Name or user id contains this.
    name: Option<String>,
    /// In this department.
    #[param(value_type = Option<i64>)]
    department: Option<DepartmentId>,
    /// And in those below it.
    #[serde(default)]
    subtree: bool,
    /// With this status.
    status: Option<MemberStatus>,
    /// Of this source; `local`: made here.
    source: Option<String>,
    /// With this seat; those who left only when `status` asks for them, as the archive's status counts seats.
    #[param(inline)]
    seat: Option<Seat>,
    /// The `next` of the page before.
    after: Option<String>,
    /// 1 to 200, 50 unless told.
    limit: Option<u32>,
}

/// A member.
#[derive(Serialize, utoipa::ToSchema)]
struct MemberView {
    id: MemberId,
    /// The source's key; `local`: made here.
    source: String,
    userid: String,
    /// Empty while only messages told of them.
    name: String,
    avatar: String,
    position: String,
    status: MemberStatus,
    /// Whether their conversations are archived, when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    archived_seat: Option<bool>,
    departments: Vec<MemberDepartment>,
}

/// A department of a member.
#[derive(Serialize, utoipa::ToSchema)]
struct MemberDepartment {
    id: DepartmentId,
    name: String,
    /// They lead it.
    leads: bool,
}

/// A department.
#[derive(Serialize, utoipa::ToSchema)]
struct DepartmentView {
    id: DepartmentId,
    /// The source's key; `local`: made here.
    source: String,
    external_id: i64,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<DepartmentId>,
    /// From the top to this one.
    path: Vec<DepartmentId>,
    /// Members directly inside, those who left not counted.
    members: u64,
}

/// A member of our own.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct PutMember {
    /// Who it is; unknown ones are made.
    userid: String,
    name: String,
    #[serde(default)]
    position: String,
    status: MemberStatus,
    /// Departments of our own.
    #[serde(default)]
    departments: Vec<DepartmentId>,
    /// Those of them they lead.
    #[serde(default)]
    leads: Vec<DepartmentId>,
}

/// A department of our own.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct PutDepartment {
    name: String,
    /// The department of our own above it; absent: it stands at the top.
    parent: Option<DepartmentId>,
}

fn shown(member: &Member, snapshot: &Snapshot) -> MemberView {
    let departments = member.departments.iter().filter_map(|place| {
        let department = snapshot.departments.get(&place.department)?;
        Some(MemberDepartment { id: place.department, name: department.name.clone(), leads: place.leads })
    });
    MemberView {
        id: member.id,
        source: member.source.clone(),
        userid: member.userid.clone(),
        name: member.name.clone(),
        avatar: member.avatar.clone(),
        position: member.position.clone(),
        status: member.status,
        archived_seat: member.archived_seat,
        departments: departments.collect(),
    }
}

async fn list(State(identity): State<Arc<Identity>>, Query(query): Query<ListMembers>) -> Answer<Page<MemberView>> {
    let limit = limit(query.limit)?;
    let after = MemberId::new(after(query.after.as_deref())?);
    let snapshot = identity.directory.snapshot().await?;
    let inside = query.department.map(|department| {
        let wanted = if query.subtree { snapshot.subtree(&[department]) } else { BTreeSet::from([department]) };
        snapshot.inside(&wanted)
    });
    let text = search_form(&query.name.unwrap_or_default());
    let fits = |member: &&Arc<Member>| {
        member.id > after
            && query.status.is_none_or(|status| member.status == status)
            && query.source.as_ref().is_none_or(|source| member.source == *source)
            && query.seat.is_none_or(|seat| seat.fits(member.archived_seat))
            && (query.seat.is_none() || query.status.is_some() || member.status != MemberStatus::Left)
            && inside.as_ref().is_none_or(|inside| inside.contains(&member.id))
            && (search_form(&member.name).contains(&text) || search_form(&member.userid).contains(&text))
    };
    let mut found: Vec<&Arc<Member>> = snapshot.members.values().filter(fits).collect();
    found.sort_unstable_by_key(|member| member.id);
    found.truncate(limit as usize);
    let next = next(found.len(), limit, found.last().map(|member| member.id.number()));
    Ok(Json(Page { items: found.into_iter().map(|member| shown(member, &snapshot)).collect(), next }))
}

async fn load(identity: &Identity, id: MemberId) -> Result<MemberView, IdentityError> {
    let snapshot = identity.directory.snapshot().await?;
    let member = snapshot.members.get(&id).ok_or(IdentityError::NotFound("member"))?;
    Ok(shown(member, &snapshot))
}

async fn view(State(identity): State<Arc<Identity>>, Path(id): Path<MemberId>) -> Answer<MemberView> {
    Ok(Json(load(&identity, id).await?))
}

fn check_text(text: &str, empty_allowed: bool) -> Result<(), IdentityError> {
    let length = text.trim().chars().count();
    if length > TEXT_LENGTH_MAX || (length == 0 && !empty_allowed) {
        return Err(IdentityError::Value("a name or user id has 1 to 100 characters"));
    }
    Ok(())
}

async fn put_member(
    State(identity): State<Arc<Identity>>,
    call: Call,
    Json(body): Json<PutMember>,
) -> Answer<MemberView> {
    call.note("member:local", json!({"userid": body.userid}));
    check_text(&body.userid, false)?;
    check_text(&body.name, false)?;
    check_text(&body.position, true)?;
    let member = directory::PutMember {
        userid: body.userid.trim(),
        name: body.name.trim(),
        position: &body.position,
        status: body.status,
        departments: &body.departments,
        leads: &body.leads,
    };
    let id = identity.put_member(&Act::of(&call, "member.put"), member).await?;
    Ok(Json(load(&identity, id).await?))
}

fn shown_department(department: &Department, snapshot: &Snapshot) -> DepartmentView {
    let here = |id: &MemberId| snapshot.members.get(id).is_some_and(|member| member.status != MemberStatus::Left);
    DepartmentView {
        id: department.id,
        source: department.source.clone(),
        external_id: department.external_id,
        name: department.name.clone(),
        parent: department.parent,
        path: snapshot.path(department.id),
        members: snapshot.inside([&department.id]).iter().filter(|id| here(id)).count() as u64,
    }
}

async fn departments(State(identity): State<Arc<Identity>>) -> Answer<Page<DepartmentView>> {
    let snapshot = identity.directory.snapshot().await?;
    let order = |id: &DepartmentId| snapshot.departments.get(id).map(|one| (one.order, one.id));
    let present = snapshot.departments.values().filter(|one| !one.removed);
    let mut items: Vec<DepartmentView> = present.map(|one| shown_department(one, &snapshot)).collect();
    items.sort_by_cached_key(|one| {
        let path: Vec<_> = one.path.iter().map(order).collect();
        (one.source.clone(), path)
    });
    Ok(Json(Page { items, next: None }))
}

async fn load_department(identity: &Identity, id: DepartmentId) -> Result<DepartmentView, IdentityError> {
    let snapshot = identity.directory.snapshot().await?;
    let department = snapshot.departments.get(&id).ok_or(IdentityError::NotFound("department"))?;
    Ok(shown_department(department, &snapshot))
}

async fn create_department(
    State(identity): State<Arc<Identity>>,
    call: Call,
    Json(body): Json<PutDepartment>,
) -> Answer<DepartmentView> {
    call.note("department:new", json!({"name": body.name}));
    check_text(&body.name, false)?;
    let act = Act::of(&call, "department.create");
    let id = identity.create_department(&act, body.name.trim(), body.parent).await?;
    Ok(Json(load_department(&identity, id).await?))
}

async fn update_department(
    State(identity): State<Arc<Identity>>,
    call: Call,
    Path(id): Path<DepartmentId>,
    Json(body): Json<PutDepartment>,
) -> Answer<DepartmentView> {
    call.note(&format!("department:{id}"), json!({"name": body.name, "parent": body.parent}));
    check_text(&body.name, false)?;
    let act = Act::of(&call, "department.update");
    identity.update_department(&act, id, body.name.trim(), body.parent).await?;
    Ok(Json(load_department(&identity, id).await?))
}

async fn delete_department(
    State(identity): State<Arc<Identity>>,
    call: Call,
    Path(id): Path<DepartmentId>,
) -> Answer<Done> {
    call.note(&format!("department:{id}"), json!({}));
    identity.delete_department(&Act::of(&call, "department.delete"), id).await?;
    Ok(Json(DONE))
}
