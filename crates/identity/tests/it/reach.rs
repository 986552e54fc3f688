//! "What would this person see", on today's department tree.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use xinlu_http::ApiError;
use xinlu_identity::{
    AUDITOR, ContactIn, ContactOrigin, ConversationReach, EMPLOYEE, FollowIn, Reached, SECURITY_ADMINISTRATOR,
    SYSTEM_ADMINISTRATOR, TEAM_LEADER,
};
use xinlu_model::{ContactId, MemberId, UserId};

use crate::support::{As, CORP, World, member, worlds};

/// Two conversations a member, or 99 in all, and one contact in them that nobody looks after.
struct TwoEach;

#[async_trait]
impl ConversationReach for TwoEach {
    async fn reach(&self, members: Option<&BTreeSet<MemberId>>) -> Result<Reached, ApiError> {
        let conversations = members.map_or(99, |members| 2 * members.len() as u64);
        let contacts = members.filter(|members| !members.is_empty()).map(|_| ContactId::new(1_000));
        Ok(Reached { conversations, contacts: contacts.into_iter().collect() })
    }
}

fn customer(id: &str, by: &[&str]) -> ContactIn {
    let follow =
        |userid: &&str| FollowIn { userid: (*userid).to_owned(), remark: String::new(), added_at: None, tags: vec![] };
    ContactIn {
        external_id: id.to_owned(),
        name: id.to_owned(),
        avatar: String::new(),
        corp_name: String::new(),
        kind: ContactOrigin::Wechat,
        gender: 0,
        unionid: None,
        follows: by.iter().map(follow).collect(),
    }
}

async fn furnish(world: &World) {
    world.company().await;
    let customers =
        vec![customer("wmA", &["north"]), customer("wmB", &["north", "sales"]), customer("wmC", &["service"])];
    world.directory.sync_contacts(CORP, customers).await.unwrap();
}

#[tokio::test]
async fn what_a_user_sees_is_counted() {
    for world in worlds().await {
        furnish(&world).await;
        let (_, root) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let (_, security) = world.user("security", &[SECURITY_ADMINISTRATOR], None).await;
        let sales = world.member("sales").await;
        let (leader, own) = world.user("leader", &[TEAM_LEADER], Some(sales)).await;
        let (auditor, _) = world.user("auditor", &[AUDITOR], None).await;
        let (unbound, _) = world.user("unbound", &[EMPLOYEE], None).await;
        let root = As::Session(&root);
        let path = |user| format!("/api/v1/users/{user}/reach");
        let uncounted = world.get(root, &path(leader)).await.ok();
        assert_eq!(uncounted["conversations"], Value::Null, "nobody counts conversations yet");
        world.identity.set_conversation_reach(Arc::new(TwoEach));
        let mut reach = world.get(root, &path(leader)).await.ok();
        let sample = reach["sample"].take();
        let figures = json!({"departments": 3, "members": 4, "contacts": 3, "conversations": 8, "level": "text",
            "sample": null});
        assert_eq!(reach, figures, "sales and the two below; two customers and one who only talks");
        let names: Vec<&str> = sample.as_array().unwrap().iter().filter_map(|one| one["userid"].as_str()).collect();
        assert_eq!(names, ["sales", "north", "south", "south2"]);
        let of_auditor = world.get(As::Session(&security), &path(auditor)).await.ok();
        assert_eq!((&of_auditor["members"], &of_auditor["conversations"]), (&json!(6), &json!(99)));
        assert_eq!((&of_auditor["departments"], &of_auditor["contacts"]), (&json!(5), &json!(3)));
        let nothing = world.get(root, &path(unbound)).await.ok();
        assert_eq!((&nothing["members"], &nothing["conversations"]), (&json!(0), &json!(0)));
        assert_eq!(world.get(As::Session(&own), &path(auditor)).await.status, StatusCode::FORBIDDEN);
        assert_eq!(world.get(root, &path(UserId::new(4_711))).await.status, StatusCode::NOT_FOUND);
        let gone = vec![member("boss", "董事长", &[1], &[1])];
        world.directory.sync_members(CORP, gone, true).await.unwrap();
        let left = world.get(root, &path(leader)).await.ok();
        assert_eq!((&left["members"], &left["level"]), (&json!(0), &Value::Null), "who left sees nothing");
    }
}

#[tokio::test]
async fn what_rules_would_reach_is_counted_before_they_are_given() {
    for world in worlds().await {
        furnish(&world).await;
        world.identity.set_conversation_reach(Arc::new(TwoEach));
        let (_, root) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let north = world.member("north").await;
        let ask = async |body: Value| world.call(As::Session(&root), Method::POST, "/api/v1/roles/reach", body).await;
        let rules = |permissions: Value, scope: &str, member: Value| json!({"permissions": permissions, "scope": scope, "level": "masked", "member": member});
        let both = json!(["conversation.read", "contact.read"]);
        let own = ask(rules(both.clone(), "own", json!(north))).await.ok();
        let figures = |answer: &Value| {
            ["departments", "members", "contacts", "conversations"].map(|name| answer[name].as_u64().unwrap())
        };
        assert_eq!((figures(&own), &own["level"]), ([1, 1, 3, 2], &json!("masked")));
        let everybody = ask(rules(both.clone(), "all", Value::Null)).await.ok();
        assert_eq!(figures(&everybody), [5, 6, 3, 99]);
        let contacts_only = ask(rules(json!(["contact.read"]), "own", json!(north))).await.ok();
        assert_eq!((figures(&contacts_only), &contacts_only["level"]), ([1, 1, 3, 0], &Value::Null));
        let unscoped = ask(rules(json!(["audit.read"]), "own", json!(north))).await.ok();
        assert_eq!(figures(&unscoped), [0, 0, 0, 0]);
        assert_eq!(ask(rules(json!(["no.such"]), "own", json!(north))).await.code(), "identity.rule_invalid");
        assert_eq!(ask(rules(both, "own", json!(4_711))).await.code(), "identity.not_found");
    }
}
