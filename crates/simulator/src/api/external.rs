//! Contacts outside the company and their groups (`externalcontact/*`, PROTOCOL.md 3.4).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::contacts::cursor;
use super::{Answer, ApiError, Request};
use crate::company::{Contact, Follow, Group};
use crate::faults::dice;
use crate::world::Corp;

/// Most members in one `batch/get_by_user`, and most contacts in its page.
const BATCH_MAX: usize = 100;
/// Most groups in a page of `groupchat/list`.
const GROUPS_MAX: usize = 1000;
/// When all corp tags were made: 2024-01-01 UTC, in seconds.
const TAGS_MADE_AT_S: i64 = 1_704_067_200;

/// `get_follow_user_list`: members who may have contacts.
pub fn follow_user_list(corp: &Corp, _: &Request) -> Answer {
    let follows = corp.company.contacts.iter().flat_map(|contact| &contact.follows);
    let userids: BTreeSet<&str> = follows.map(|follow| follow.userid.as_str()).collect();
    Ok(json!({"follow_user": userids}))
}

/// `list?userid`: the contacts of a member; 84061 when there are none.
pub fn list(corp: &Corp, request: &Request) -> Answer {
    let userid = request.parameter("userid");
    if !corp.company.members.iter().any(|member| member.userid == userid) {
        return Err(ApiError::of(40003));
    }
    let followed = pairs(corp, &[userid]);
    if followed.is_empty() {
        return Err(ApiError::of(84061));
    }
    let ids: Vec<&str> = followed.iter().map(|(contact, _)| contact.external_userid.as_str()).collect();
    Ok(json!({"external_userid": ids}))
}

/// `get?external_userid`: a contact and all who follow it.
pub fn get(corp: &Corp, request: &Request) -> Answer {
    let id = request.parameter("external_userid");
    if id.is_empty() {
        return Err(ApiError::new(41035, "external userid missing"));
    }
    let contact = corp.company.contacts.iter().find(|contact| contact.external_userid == id);
    let contact = contact.ok_or_else(|| ApiError::of(84061))?;
    let follow_user: Vec<Value> = contact
        .follows
        .iter()
        .map(|follow| {
            let tags: Vec<Value> = follow.tags.iter().map(|name| tag(corp, name)).collect();
            let mut body = follow_info(follow);
            body.insert("tags".to_owned(), json!(tags));
            Value::Object(body)
        })
        .collect();
    Ok(json!({"external_contact": external_contact(contact), "follow_user": follow_user, "next_cursor": ""}))
}

/// `batch/get_by_user`: the contacts of up to 100 members, paged by cursor.
pub fn batch_get_by_user(corp: &Corp, request: &Request) -> Answer {
    let body = request.json()?;
    let userids: Vec<&str> = body
        .get("userid_list")
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let limit = body.get("limit").and_then(Value::as_u64).map_or(50, |limit| limit as usize);
    if userids.is_empty() || userids.len() > BATCH_MAX || limit == 0 || limit > BATCH_MAX {
        return Err(ApiError::of(40058));
    }
    let start = cursor(body.get("cursor"))?;
    let followed = pairs(corp, &userids);
    let page: Vec<Value> = followed
        .iter()
        .skip(start)
        .take(limit)
        .map(|(contact, follow)| {
            let tag_ids: Vec<String> = follow.tags.iter().map(|name| tag_id(corp, name)).collect();
            let mut info = follow_info(follow);
            info.insert("tag_id".to_owned(), json!(tag_ids));
            json!({"external_contact": external_contact(contact), "follow_info": info})
        })
        .collect();
    let end = start + page.len();
    let next_cursor = if end < followed.len() { end.to_string() } else { String::new() };
    Ok(json!({"external_contact_list": page, "next_cursor": next_cursor}))
}

/// `groupchat/list`: groups with contacts, paged by cursor, of all owners or of some.
pub fn groupchat_list(corp: &Corp, request: &Request) -> Answer {
    let body = request.json()?;
    let limit = body.get("limit").and_then(Value::as_u64).unwrap_or(0) as usize;
    if limit == 0 || limit > GROUPS_MAX {
        return Err(ApiError::of(40058));
    }
    let start = cursor(body.get("cursor"))?;
    let owners: Option<Vec<&str>> = body
        .get("owner_filter")
        .and_then(|filter| filter.get("userid_list"))
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(Value::as_str).collect());
    let groups: Vec<&Group> = corp
        .company
        .groups
        .iter()
        .filter(|group| group.external && owners.as_ref().is_none_or(|owners| owners.contains(&group.owner.as_str())))
        .collect();
    let page: Vec<Value> =
        groups.iter().skip(start).take(limit).map(|group| json!({"chat_id": group.roomid, "status": 0})).collect();
    let end = start + page.len();
    let mut answer = json!({"group_chat_list": page});
    if end < groups.len() {
        answer["next_cursor"] = json!(end.to_string());
    }
    Ok(answer)
}

/// `groupchat/get`: one group with its members.
pub fn groupchat_get(corp: &Corp, request: &Request) -> Answer {
    let body = request.json()?;
    let id = body.get("chat_id").and_then(Value::as_str).unwrap_or_default();
    let named = body.get("need_name").and_then(Value::as_u64) == Some(1);
    let group = corp.company.groups.iter().find(|group| group.external && group.roomid == id);
    let group = group.ok_or_else(|| ApiError::new(40050, "chatid invalid"))?;
    let members: Vec<Value> = group.members.iter().map(|member| group_member(corp, group, member, named)).collect();
    Ok(json!({"group_chat": {
        "chat_id": group.roomid,
        "name": group.name,
        "owner": group.owner,
        "create_time": group.created_at_ms / 1000,
        "notice": group.notice,
        "member_list": members,
        "admin_list": [{"userid": group.owner}],
        "member_version": format!("{:032x}", group.members.len()),
    }}))
}

/// `get_corp_tag_list`: the corp's tags, by groups.
pub fn corp_tag_list(corp: &Corp, request: &Request) -> Answer {
    let body = request.json()?;
    let filter = |name: &str| -> Vec<String> {
        let list = body.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (tag_ids, group_ids) = (filter("tag_id"), filter("group_id"));
    let mut groups = Vec::new();
    for (order, group) in corp.company.tag_groups.iter().enumerate() {
        let group_id = tag_id(corp, &group.name);
        let all = tag_ids.is_empty() && (group_ids.is_empty() || group_ids.contains(&group_id));
        let tags: Vec<Value> = group
            .tags
            .iter()
            .enumerate()
            .map(|(order, tag)| (order, tag, tag_id(corp, tag)))
            .filter(|(_, _, id)| all || tag_ids.contains(id))
            .map(|(order, tag, id)| json!({"id": id, "name": tag, "create_time": TAGS_MADE_AT_S, "order": order}))
            .collect();
        if !tags.is_empty() {
            groups.push(json!({"group_id": group_id, "group_name": group.name, "create_time": TAGS_MADE_AT_S, "order": order, "tag": tags}));
        }
    }
    Ok(json!({"tag_group": groups}))
}

fn pairs<'c>(corp: &'c Corp, userids: &[&str]) -> Vec<(&'c Contact, &'c Follow)> {
    let contacts = corp.company.contacts.iter();
    contacts
        .flat_map(|contact| contact.follows.iter().map(move |follow| (contact, follow)))
        .filter(|(_, follow)| userids.contains(&follow.userid.as_str()))
        .collect()
}

fn external_contact(contact: &Contact) -> Value {
    let mut body = json!({
        "external_userid": contact.external_userid,
        "name": contact.name,
        "avatar": "",
        "type": contact.kind,
        "gender": contact.gender,
        "unionid": contact.unionid,
    });
    if let Some(corp_name) = &contact.corp_name {
        body["corp_name"] = json!(corp_name);
        body["corp_full_name"] = json!(corp_name);
    }
    body
}

fn follow_info(follow: &Follow) -> Map<String, Value> {
    let body = json!({
        "userid": follow.userid,
        "remark": follow.remark,
        "description": "",
        "createtime": follow.created_at_ms / 1000,
        "remark_mobiles": [],
        "add_way": 1,
        "oper_userid": follow.userid,
        "state": follow.state,
    });
    body.as_object().cloned().unwrap_or_default()
}

/// A tag as `get` shows it; the company knows tags by name.
fn tag(corp: &Corp, name: &str) -> Value {
    let mut groups = corp.company.tag_groups.iter();
    let group = groups.find(|group| group.tags.iter().any(|tag| tag == name));
    let group_name = group.map_or("", |group| group.name.as_str());
    json!({"group_name": group_name, "tag_name": name, "tag_id": tag_id(corp, name), "type": 1})
}

/// `et` and 30 characters, made from the name.
fn tag_id(corp: &Corp, name: &str) -> String {
    let part = |salt: &str| dice::hash(format!("{} {salt} {name}", corp.config.corpid).as_bytes());
    format!("et{:016x}{:014x}", part("high"), part("low") >> 8)
}

fn group_member(corp: &Corp, group: &Group, id: &str, named: bool) -> Value {
    let mut body =
        json!({"userid": id, "join_time": group.created_at_ms / 1000, "join_scene": 1, "group_nickname": ""});
    let contact = corp.company.contacts.iter().find(|contact| contact.external_userid == id);
    let member = corp.company.members.iter().find(|member| member.userid == id);
    body["type"] = json!(if contact.is_some() { 2 } else { 1 });
    body["invitor"] = json!({"userid": group.owner});
    if let Some(contact) = contact {
        body["unionid"] = json!(contact.unionid);
    }
    let name = contact.map(|contact| &contact.name).or(member.map(|member| &member.name));
    if named && let Some(name) = name {
        body["name"] = json!(name);
    }
    body
}
