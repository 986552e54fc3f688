//! Departments and members (`department/*`, `user/*`), as the contacts synchronisation and an app see them.

use serde_json::{Value, json};

use super::{Answer, ApiError, Request};
use crate::company::{Department, Member};
use crate::world::Corp;

/// Most members in a page of `user/list_id` (doc 96067).
const LIST_ID_LIMIT_MAX: usize = 10_000;

/// `getcallbackip` and `get_api_domain_ip`: where callbacks come from and APIs are.
pub fn ip_list(_: &Corp, request: &Request) -> Answer {
    Ok(json!({"ip_list": [request.remote.to_string()]}))
}

/// `department/list?id`: a department with all below it, or all.
pub fn department_list(corp: &Corp, request: &Request) -> Answer {
    let departments = below(corp, request)?;
    let list: Vec<Value> = departments
        .into_iter()
        .map(|department| {
            let leaders: Vec<&str> = leaders(corp, department.id);
            json!({"id": department.id, "name": department.name, "name_en": department.name_en, "parentid": department.parent, "order": department.order, "department_leader": leaders})
        })
        .collect();
    Ok(json!({"department": list}))
}

/// `department/simplelist?id`: ids only.
pub fn department_simplelist(corp: &Corp, request: &Request) -> Answer {
    let departments = below(corp, request)?;
    let list: Vec<Value> = departments
        .into_iter()
        .map(|department| json!({"id": department.id, "parentid": department.parent, "order": department.order}))
        .collect();
    Ok(json!({"department_id": list}))
}

/// `user/list_id`: pairs of member and department, paged by cursor.
pub fn user_list_id(corp: &Corp, request: &Request) -> Answer {
    let body = request.json()?;
    let limit = body.get("limit").and_then(Value::as_u64).map_or(LIST_ID_LIMIT_MAX, |limit| limit as usize);
    if limit == 0 || limit > LIST_ID_LIMIT_MAX {
        return Err(ApiError::of(40058));
    }
    let start = cursor(body.get("cursor"))?;
    let members = corp.company.members.iter();
    let pairs: Vec<Value> = members
        .flat_map(|member| {
            member.departments.iter().map(|department| json!({"userid": member.userid, "department": department}))
        })
        .collect();
    let page: Vec<&Value> = pairs.iter().skip(start).take(limit).collect();
    let end = start + page.len();
    let next_cursor = if end < pairs.len() { end.to_string() } else { String::new() };
    Ok(json!({"dept_user": page, "next_cursor": next_cursor}))
}

/// `user/simplelist?department_id`: members of one department, names only.
pub fn user_simplelist(corp: &Corp, request: &Request) -> Answer {
    let members = members_of(corp, request)?;
    let list: Vec<Value> = members
        .into_iter()
        .map(|member| json!({"userid": member.userid, "name": member.name, "department": member.departments, "open_userid": format!("wo{}", member.userid)}))
        .collect();
    Ok(json!({"userlist": list}))
}

/// `user/list?department_id`: members of one department.
pub fn user_list(corp: &Corp, request: &Request) -> Answer {
    let members = members_of(corp, request)?;
    let list: Vec<Value> = members.into_iter().map(details).collect();
    Ok(json!({"userlist": list}))
}

/// `user/get?userid`.
pub fn user_get(corp: &Corp, request: &Request) -> Answer {
    let userid = request.parameter("userid");
    let member = corp.company.members.iter().find(|member| member.userid == userid);
    member.map(details).ok_or_else(|| ApiError::of(60111))
}

/// The position that a cursor of ours names; an empty one is the start.
pub fn cursor(value: Option<&Value>) -> Result<usize, ApiError> {
    match value.and_then(Value::as_str) {
        None | Some("") => Ok(0),
        Some(text) => text.parse().map_err(|_| ApiError::of(40058)),
    }
}

fn details(member: &Member) -> Value {
    let is_leader: Vec<u8> = member.departments.iter().map(|_| u8::from(member.leader)).collect();
    let order: Vec<u8> = member.departments.iter().map(|_| 0).collect();
    json!({
        "userid": member.userid,
        "name": member.name,
        "department": member.departments,
        "order": order,
        "main_department": member.departments.first(),
        "is_leader_in_dept": is_leader,
        "position": member.position,
        "mobile": member.mobile,
        "status": member.status,
        "enable": 1,
        "isleader": u8::from(member.leader),
        "hide_mobile": 0,
        "extattr": {"attrs": []},
    })
}

fn leaders(corp: &Corp, department: u32) -> Vec<&str> {
    let members = corp.company.members.iter();
    members
        .filter(|member| member.leader && member.departments.first() == Some(&department))
        .map(|member| member.userid.as_str())
        .collect()
}

/// The department that `id` names and all below it; all when absent.
fn below<'c>(corp: &'c Corp, request: &Request) -> Result<Vec<&'c Department>, ApiError> {
    let departments = &corp.company.departments;
    if request.parameter("id").is_empty() {
        return Ok(departments.iter().collect());
    }
    let id: u32 = request.parameter("id").parse().map_err(|_| ApiError::of(40058))?;
    let found = subtree(departments, id);
    if found.is_empty() { Err(ApiError::of(60003)) } else { Ok(found) }
}

fn subtree(departments: &[Department], root: u32) -> Vec<&Department> {
    departments
        .iter()
        .filter(|department| {
            // A tree has no cycles, so walking up ends at the root.
            let mut walked = Some(*department);
            while let Some(at) = walked {
                if at.id == root {
                    return true;
                }
                walked = departments.iter().find(|above| above.id == at.parent && above.id != at.id);
            }
            false
        })
        .collect()
}

fn members_of<'c>(corp: &'c Corp, request: &Request) -> Result<Vec<&'c Member>, ApiError> {
    let id: u32 = request.parameter("department_id").parse().map_err(|_| ApiError::of(40058))?;
    let departments = &corp.company.departments;
    if !departments.iter().any(|department| department.id == id) {
        return Err(ApiError::of(60003));
    }
    let wanted: Vec<u32> = match request.parameter("fetch_child") {
        "1" => subtree(departments, id).into_iter().map(|department| department.id).collect(),
        _ => vec![id],
    };
    let members = corp.company.members.iter();
    Ok(members.filter(|member| member.departments.iter().any(|own| wanted.contains(own))).collect())
}
