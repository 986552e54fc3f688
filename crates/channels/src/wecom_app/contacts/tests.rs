//! A corp's directory read from a small server on loopback into the real directory.

use std::sync::Arc;

use serde_json::{Value, json};
use xinlu_model::{Party, PartyKind};

use super::ContactsSync;
use crate::testing::{CONTACT, World, wecom};

/// Answers as WeCom does for a corp of two departments; `names` says whether this app may read names.
fn answer(path: &str, query: &str, body: &Value, names: bool) -> Value {
    let cursor = body.get("cursor").and_then(Value::as_str).unwrap_or_default().to_owned();
    match path {
        "/cgi-bin/department/list" => json!({"errcode": 0, "department": [
            {"id": 1, "name": "总部", "parentid": 0, "order": 1}, {"id": 2, "name": "销售", "parentid": 1, "order": 2}]}),
        "/cgi-bin/user/list" if !names => json!({"errcode": 48002}),
        "/cgi-bin/user/list" if query.contains("department_id=2") => json!({"errcode": 0, "userlist": [
            {"userid": "ken", "name": "肯", "department": [2], "is_leader_in_dept": [1], "position": "经理", "status": 1}]}),
        "/cgi-bin/user/list" => json!({"errcode": 0, "userlist": [{"userid": "li", "name": "李", "department": [1]}]}),
        "/cgi-bin/user/list_id" if cursor.is_empty() => {
            json!({"errcode": 0, "dept_user": [{"userid": "ken", "department": 2}], "next_cursor": "1"})
        }
        "/cgi-bin/user/list_id" => json!({"errcode": 0, "dept_user": [{"userid": "li", "department": 1}]}),
        "/cgi-bin/msgaudit/get_permit_user_list" => json!({"errcode": 301_052}),
        "/cgi-bin/externalcontact/get_follow_user_list" => json!({"errcode": 0, "follow_user": ["ken"]}),
        "/cgi-bin/externalcontact/batch/get_by_user" => json!({"errcode": 0, "next_cursor": "",
            "external_contact_list": [{"external_contact": {"external_userid": CONTACT, "name": "王女士", "type": 1,
                "gender": 2}, "follow_info": {"userid": "ken", "remark": "王", "createtime": 1_600_000_000,
                "tag_id": ["etVip"]}}]}),
        "/cgi-bin/externalcontact/get_corp_tag_list" => json!({"errcode": 0, "tag_group": [
            {"group_name": "等级", "tag": [{"id": "etVip", "name": "重要"}]}]}),
        _ => json!({"errcode": 40001}),
    }
}

async fn sync(world: &World, names: bool) -> ContactsSync {
    let client = wecom(world, move |path, query, body| answer(path, query, body, names)).await;
    ContactsSync::new(client, Arc::clone(&world.directory), "wecom:wwcorp".to_owned())
}

async fn names(world: &World) -> Vec<String> {
    let party = |kind, id: &str| Party { kind, id: id.to_owned() };
    let parties = [party(PartyKind::Member, "ken"), party(PartyKind::Member, "li"), party(PartyKind::Contact, CONTACT)];
    let ids = world.directory.resolve("wecom:wwcorp", &parties).await.expect("resolved");
    let names = world.directory.names(&ids).await.expect("named");
    ids.iter().map(|id| names.get(id).map(|name| name.name.clone()).unwrap_or_default()).collect()
}

#[tokio::test]
async fn what_may_be_read_is_and_what_may_not_is_named() {
    let world = World::new().await;
    let sync = sync(&world, true).await;
    let summary = sync.sync().await.expect("nothing of ours fails");
    assert_eq!((summary.departments, summary.members, summary.seats, summary.contacts), (2, 2, None, 1));
    assert_eq!(summary.failures.len(), 1, "{:?}", summary.failures);
    assert!(summary.failures[0].contains("301052"));
    assert_eq!(names(&world).await, ["肯", "李", "王女士"]);
}

#[tokio::test]
async fn an_app_without_names_brings_ids_and_keeps_names() {
    let world = World::new().await;
    sync(&world, true).await.sync().await.expect("nothing of ours fails");
    let summary = sync(&world, false).await.sync().await.expect("nothing of ours fails");
    assert_eq!((summary.departments, summary.members), (2, 2));
    assert_eq!(names(&world).await, ["肯", "李", "王女士"]);
}
