//! The HTTP side of the conversation archive (`msgaudit/*`, PROTOCOL.md 3.1.7).

use serde_json::{Value, json};

use super::{Answer, ApiError, Request};
use crate::company::{Contact, Follow, Group};
use crate::faults::dice;
use crate::world::Corp;

/// Most pairs in one agreement query.
const AGREE_PAIRS_MAX: usize = 100;
/// Editions of the archive: office, service, enterprise.
const EDITIONS: u64 = 3;

/// `get_permit_user_list`: who has a seat, all or of one edition.
pub fn permit_user_list(corp: &Corp, request: &Request) -> Answer {
    let edition = request.json()?.get("type").and_then(Value::as_u64);
    if edition.is_some_and(|edition| edition == 0 || edition > EDITIONS) {
        return Err(ApiError::of(40058));
    }
    let seats = corp.company.members.iter().filter(|member| member.archived);
    let ids: Vec<&str> = seats
        .filter(|member| edition.is_none_or(|edition| dice::hash(member.userid.as_bytes()) % EDITIONS + 1 == edition))
        .map(|member| member.userid.as_str())
        .collect();
    Ok(json!({"ids": ids}))
}

/// `check_single_agree`: whether contacts agreed to be archived, by pairs.
pub fn single_agree(corp: &Corp, request: &Request) -> Answer {
    let body = request.json()?;
    let pairs = body.get("info").and_then(Value::as_array).ok_or_else(|| ApiError::of(40058))?;
    if pairs.len() > AGREE_PAIRS_MAX {
        return Err(ApiError::of(301_060));
    }
    let mut agreeinfo = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let field = |name: &str| pair.get(name).and_then(Value::as_str).unwrap_or_default();
        let (userid, external_userid) = (field("userid"), field("exteranalopenid"));
        if !corp.company.members.iter().any(|member| member.userid == userid) {
            return Err(ApiError::of(301_061));
        }
        let contact = corp.company.contacts.iter().find(|contact| contact.external_userid == external_userid);
        let Some(contact) = contact else {
            continue;
        };
        let follow = contact.follows.iter().find(|follow| follow.userid == userid);
        let Some(follow) = follow else {
            continue;
        };
        agreeinfo.push(json!({
            "status_change_time": follow.created_at_ms / 1000,
            "userid": userid,
            "exteranalopenid": external_userid,
            "agree_status": agree_status(contact, follow),
        }));
    }
    Ok(json!({"agreeinfo": agreeinfo}))
}

/// `check_room_agree`: whether the contacts in a group agreed.
pub fn room_agree(corp: &Corp, request: &Request) -> Answer {
    let group = group(corp, request)?;
    let in_group = |contact: &&Contact| group.members.contains(&contact.external_userid);
    let contacts = corp.company.contacts.iter().filter(in_group);
    let agreeinfo: Vec<Value> = contacts
        .filter_map(|contact| {
            let follow = contact.follows.first()?;
            Some(json!({
                "status_change_time": follow.created_at_ms / 1000,
                "exteranalopenid": contact.external_userid,
                "agree_status": agree_status(contact, follow),
            }))
        })
        .collect();
    Ok(json!({"agreeinfo": agreeinfo}))
}

/// `groupchat/get`: an internal group; 301059 for one with contacts in it.
pub fn groupchat(corp: &Corp, request: &Request) -> Answer {
    let group = group(corp, request)?;
    if group.external {
        return Err(ApiError::of(301_059));
    }
    let created = group.created_at_ms / 1000;
    let members: Vec<Value> =
        group.members.iter().map(|member| json!({"memberid": member, "jointime": created})).collect();
    Ok(json!({
        "roomname": group.name,
        "creator": group.owner,
        "room_create_time": created,
        "notice": group.notice,
        "members": members,
    }))
}

/// `get_robot_info?robot_id`.
pub fn robot_info(corp: &Corp, request: &Request) -> Answer {
    let id = request.parameter("robot_id");
    let robot = corp.company.robots.iter().find(|robot| robot.id == id);
    let robot = robot.ok_or_else(|| ApiError::of(40058))?;
    Ok(json!({"data": {"robot_id": robot.id, "name": robot.name, "creator_userid": robot.creator}}))
}

fn group<'c>(corp: &'c Corp, request: &Request) -> Result<&'c Group, ApiError> {
    let body = request.json()?;
    let roomid = body.get("roomid").and_then(Value::as_str).unwrap_or_default();
    corp.company.groups.iter().find(|group| group.roomid == roomid).ok_or_else(|| ApiError::of(301_059))
}

/// Nearly all agree, as in life; who does not is a matter of the ids alone.
fn agree_status(contact: &Contact, follow: &Follow) -> &'static str {
    match dice::hash(format!("{} {}", contact.external_userid, follow.userid).as_bytes()) % 20 {
        0 => "Disagree",
        1..=3 => "Default_Agree",
        _ => "Agree",
    }
}
