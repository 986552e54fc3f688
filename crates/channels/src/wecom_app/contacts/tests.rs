//! A corp's directory read from a small server on loopback into the real directory.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::Uri;
use serde_json::{Value, json};
use xinlu_model::{Party, PartyKind};

use super::ContactsSync;
use crate::Secret;
use crate::testing::World;
use crate::wecom_app::client::{HttpSettings, SecretKind, WecomClient};

const CONTACT: &str = "wmUu0zBgAALV7ZymkcMyxvbTe8YdWxxA";

/// Answers as WeCom does for a corp of two departments; `names` says whether this app may read names.
fn answer(path: &str, query: &str, body: &Value, names: bool) -> Value {
    let cursor = body.get("cursor").and_then(Value::as_str).unwrap_or_default().to_owned();
    match path {
        "/cgi-bin/gettoken" => json!({"errcode": 0, "access_token": "t", "expires_in": 7200}),
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
                "gender": 2}, "follow_info": {"userid": "ken", "remark": "王", "createtime": 1_600_000_000}}]}),
        "/cgi-bin/externalcontact/groupchat/list" => json!({"errcode": 0, "group_chat_list": [{"chat_id": "wrA"}]}),
        "/cgi-bin/externalcontact/groupchat/get" => json!({"errcode": 0, "group_chat": {"name": "客户群"}}),
        _ => json!({"errcode": 40001}),
    }
}

async fn sync(world: &World, names: bool) -> ContactsSync {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let handler = move |uri: Uri, body: Bytes| async move {
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        axum::Json(answer(uri.path(), uri.query().unwrap_or_default(), &body, names))
    };
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(handler)).await });
    let kinds = [SecretKind::Archive, SecretKind::Contacts, SecretKind::External];
    let secrets = kinds.map(|kind| (kind, Secret::new("s".to_owned()))).to_vec();
    let settings = HttpSettings { base_url: format!("http://{address}"), ..HttpSettings::default() };
    let client = WecomClient::new("wwcorp", secrets, settings, world.clock.clone()).expect("a client");
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
    assert_eq!(sync.group_names().await, Ok(vec![("wrA".to_owned(), "客户群".to_owned())]));
}

#[tokio::test]
async fn an_app_without_names_brings_ids_and_keeps_names() {
    let world = World::new().await;
    sync(&world, true).await.sync().await.expect("nothing of ours fails");
    let summary = sync(&world, false).await.sync().await.expect("nothing of ours fails");
    assert_eq!((summary.departments, summary.members), (2, 2));
    assert_eq!(names(&world).await, ["肯", "李", "王女士"]);
}
