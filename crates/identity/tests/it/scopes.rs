//! Scopes on today's department tree.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::json;
use xinlu_http::{Level, Visible};
use xinlu_identity::{AUDITOR, DepartmentIn, EMPLOYEE, OBSERVER, SYSTEM_ADMINISTRATOR, TEAM_LEADER};
use xinlu_model::MemberId;

use crate::support::{As, CORP, World, company_members, member, worlds};

async fn seen(world: &World, session: &str, level: Level) -> Vec<String> {
    let caller = world.caller(session).await.expect("signed in");
    match caller.grants.visible("conversation.read", level) {
        Visible::All => vec!["everybody".to_owned()],
        Visible::Members(members) => names(world, &members).await,
    }
}

async fn names(world: &World, members: &BTreeSet<MemberId>) -> Vec<String> {
    let mut names = Vec::new();
    for id in members {
        names.push(world.directory.find_member(*id).await.unwrap().unwrap().userid.clone());
    }
    names.sort();
    names
}

#[tokio::test]
async fn a_leader_sees_what_is_below_and_an_employee_themselves() {
    for world in worlds().await {
        world.company().await;
        let sales = world.member("sales").await;
        let north = world.member("north").await;
        let (_, leader) = world.user("sales", &[TEAM_LEADER], Some(sales)).await;
        let (_, employee) = world.user("north", &[EMPLOYEE], Some(north)).await;
        let (_, nobody) = world.user("nobody", &[TEAM_LEADER, EMPLOYEE], None).await;
        assert_eq!(seen(&world, &leader, Level::Masked).await, ["north", "sales", "south", "south2"]);
        assert_eq!(seen(&world, &leader, Level::Text).await, ["sales"]);
        assert_eq!(seen(&world, &employee, Level::Text).await, ["north"]);
        assert_eq!(seen(&world, &nobody, Level::Metadata).await, [""; 0]);
        let caller = world.caller(&leader).await.unwrap();
        let south = world.member("south").await;
        assert_eq!(caller.grants.level("conversation.read", &[south]), Some(Level::Masked));
        assert_eq!(caller.grants.level("conversation.read", &[south, sales]), Some(Level::Text));
        assert_eq!(caller.grants.level("media.read", &[south]), None, "masked text comes without media");
        assert_eq!(caller.grants.level("archive.proof", &[south]), Some(Level::Masked));
    }
}

#[tokio::test]
async fn auditors_and_observers_see_everybody_each_at_their_level() {
    for world in worlds().await {
        world.company().await;
        let (_, auditor) = world.user("auditor", &[AUDITOR], None).await;
        let (_, observer) = world.user("observer", &[OBSERVER], None).await;
        assert_eq!(seen(&world, &auditor, Level::Text).await, ["everybody"]);
        assert_eq!(seen(&world, &observer, Level::Metadata).await, ["everybody"]);
        assert_eq!(seen(&world, &observer, Level::Masked).await, [""; 0]);
    }
}

#[tokio::test]
async fn rights_follow_the_tree_of_today() {
    for world in worlds().await {
        world.company().await;
        let sales = world.member("sales").await;
        let (_, leader) = world.user("sales", &[TEAM_LEADER], Some(sales)).await;
        assert_eq!(seen(&world, &leader, Level::Masked).await, ["north", "sales", "south", "south2"]);
        // One moves to service, one leaves, and one is new.
        let mut members = company_members();
        members.retain(|member| member.userid != "south");
        members.retain(|member| member.userid != "south2");
        members.push(member("south2", "李南山", &[5], &[]));
        members.push(member("fresh", "新人", &[3], &[]));
        let report = world.directory.sync_members(CORP, members, true).await.unwrap();
        assert_eq!((report.created, report.updated, report.gone), (1, 1, 1));
        assert_eq!(seen(&world, &leader, Level::Masked).await, ["fresh", "north", "sales", "south"], "south left");
        // The southern branch moves under head office.
        let department = |id, parent| DepartmentIn { id, parent, name: format!("部门{id}"), order: id };
        let list = vec![department(1, None), department(2, Some(1)), department(3, Some(2)), department(4, Some(1))];
        world.directory.sync_departments(CORP, list).await.unwrap();
        assert_eq!(seen(&world, &leader, Level::Masked).await, ["fresh", "north", "sales"]);
        // And the leader leads no more, so sees their own department and below.
        world.directory.sync_members(CORP, vec![member("sales", "", &[3], &[])], false).await.unwrap();
        assert_eq!(seen(&world, &leader, Level::Masked).await, ["fresh", "north", "sales"]);
        world.directory.sync_members(CORP, vec![member("sales", "", &[4], &[])], false).await.unwrap();
        assert_eq!(seen(&world, &leader, Level::Masked).await, ["sales", "south"]);
    }
}

#[tokio::test]
async fn a_department_is_its_members_and_not_those_below() {
    for world in worlds().await {
        world.company().await;
        let (_, root) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let rules = json!([{"permission": "conversation.read", "scope": "department", "level": "metadata"}]);
        let role = json!({"name": "colleagues", "rules": rules});
        let role = world.call(As::Session(&root), Method::POST, "/api/v1/roles", role).await.ok();
        for (userid, wanted) in [("south", &["south", "south2"][..]), ("sales", &["sales"])] {
            let member = world.member(userid).await;
            let (user, session) = world.user(userid, &[], Some(member)).await;
            let path = format!("/api/v1/users/{user}/roles");
            world.call(As::Session(&root), Method::PUT, &path, json!({"roles": [role["id"]]})).await.ok();
            assert_eq!(seen(&world, &session, Level::Metadata).await, wanted);
            assert_eq!(seen(&world, &session, Level::Masked).await, [""; 0]);
        }
    }
}

#[tokio::test]
async fn who_left_the_company_may_do_nothing() {
    for world in worlds().await {
        world.company().await;
        let north = world.member("north").await;
        let (_, session) = world.user("north", &[EMPLOYEE, AUDITOR], Some(north)).await;
        assert_eq!(seen(&world, &session, Level::Text).await, ["everybody"]);
        let mut members = company_members();
        members.retain(|member| member.userid != "north");
        world.directory.sync_members(CORP, members, true).await.unwrap();
        assert_eq!(seen(&world, &session, Level::Metadata).await, [""; 0]);
        assert!(world.caller(&session).await.unwrap().grants.list().is_empty());
    }
}
