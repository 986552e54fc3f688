//! Users and members of our own, as administrators manage them.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use xinlu_identity::{AUDITOR, EMPLOYEE, LOCKED_MS, SECURITY_ADMINISTRATOR, SYSTEM_ADMINISTRATOR, USER_FAILURES_MAX};
use xinlu_model::{Clock as _, UserId};

use crate::support::{As, CORP, PASSWORD, company_members, worlds};

#[tokio::test]
async fn a_user_is_made_signs_in_with_a_one_time_password_and_is_barred() {
    for world in worlds().await {
        let (_, root) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let root = As::Session(&root);
        let auditor = world.identity.list_roles().await.unwrap();
        let auditor = auditor.iter().find(|role| role.code.as_deref() == Some(AUDITOR)).unwrap().id;
        let body = json!({"name": "anna", "roles": [auditor]});
        let made = world.call(root, Method::POST, "/api/v1/users", body.clone()).await.ok();
        let again = world.call(root, Method::POST, "/api/v1/users", json!({"name": "ANNA"})).await;
        assert_eq!(again.code(), "identity.user_exists");
        let password = made["password"].as_str().unwrap();
        let session = world.sign_in("anna", password).await.cookie();
        assert_eq!(world.get(As::Session(&session), "/api/v1/contacts").await.status, StatusCode::FORBIDDEN);
        let body = json!({"old": password, "new": PASSWORD});
        world.call(As::Session(&session), Method::PUT, "/api/v1/sessions/password", body).await.ok();
        assert_eq!(world.get(As::Session(&session), "/api/v1/contacts").await.status, StatusCode::OK);
        let path = format!("/api/v1/users/{}", made["user"]);
        let view = world.get(root, &path).await.ok();
        assert_eq!((&view["state"], &view["roles"][0]["code"]), (&json!("active"), &json!("auditor")));
        world.call(root, Method::PUT, &path, json!({"state": "disabled"})).await.ok();
        assert_eq!(world.get(As::Session(&session), "/api/v1/sessions").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.sign_in("anna", PASSWORD).await.code(), "identity.sign_in_failed");
        world.call(root, Method::DELETE, &path, Value::Null).await.ok();
        assert_eq!(world.get(root, &path).await.code(), "identity.not_found");
        let list = world.get(root, "/api/v1/users").await.ok();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn who_manages_users_only_gives_no_roles() {
    for world in worlds().await {
        let (_, root) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let rules = json!([{"permission": "user.manage", "scope": "all"}]);
        let body = json!({"name": "help desk", "rules": rules});
        let role = world.call(As::Session(&root), Method::POST, "/api/v1/roles", body).await.ok();
        let body = json!({"name": "desk", "password": PASSWORD, "roles": [role["id"]]});
        world.call(As::Session(&root), Method::POST, "/api/v1/users", body).await.ok();
        let desk = world.sign_in("desk", PASSWORD).await.cookie();
        let body = json!({"old": PASSWORD, "new": "another good one"});
        world.call(As::Session(&desk), Method::PUT, "/api/v1/sessions/password", body).await.ok();
        let body = json!({"name": "eve", "roles": [role["id"]]});
        let made = world.call(As::Session(&desk), Method::POST, "/api/v1/users", body).await;
        assert_eq!(made.status, StatusCode::FORBIDDEN);
        let plain = world.call(As::Session(&desk), Method::POST, "/api/v1/users", json!({"name": "eve"})).await;
        assert_eq!(plain.status, StatusCode::OK, "{}", plain.body);
    }
}

#[tokio::test]
async fn a_member_is_one_user_at_most() {
    for world in worlds().await {
        world.company().await;
        let north = world.member("north").await;
        let (_, root) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let (first, _) = world.user("north", &[EMPLOYEE], Some(north)).await;
        let body = json!({"name": "north2", "member": north});
        let second = world.call(As::Session(&root), Method::POST, "/api/v1/users", body.clone()).await;
        assert_eq!(second.code(), "identity.member_bound");
        let unknown = json!({"name": "north2", "member": 999});
        let unknown = world.call(As::Session(&root), Method::POST, "/api/v1/users", unknown).await;
        assert_eq!(unknown.code(), "identity.not_found");
        let path = format!("/api/v1/users/{first}");
        world.call(As::Session(&root), Method::PUT, &path, json!({"state": "active"})).await.ok();
        world.call(As::Session(&root), Method::POST, "/api/v1/users", body).await.ok();
    }
}

#[tokio::test]
async fn an_administrator_unlocks_resets_and_ends_sessions_of_others() {
    for world in worlds().await {
        let (root_id, root) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let (anna, session) = world.user("anna", &[SECURITY_ADMINISTRATOR], None).await;
        for _ in 0..=xinlu_identity::USER_FAILURES_MAX {
            world.sign_in("anna", "wrong wrong wrong").await;
        }
        assert_eq!(world.sign_in("anna", PASSWORD).await.code(), "identity.locked");
        let path = |act: &str| format!("/api/v1/users/{anna}/{act}");
        world.call(As::Session(&root), Method::POST, &path("unlock"), Value::Null).await.ok();
        assert_eq!(world.sign_in("anna", PASSWORD).await.status, StatusCode::OK);
        world.call(As::Session(&root), Method::DELETE, &path("sessions"), Value::Null).await.ok();
        assert_eq!(world.get(As::Session(&session), "/api/v1/sessions").await.status, StatusCode::UNAUTHORIZED);
        let reset = world.call(As::Session(&root), Method::POST, &path("reset-password"), Value::Null).await.ok();
        assert_eq!(world.sign_in("anna", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.sign_in("anna", reset["password"].as_str().unwrap()).await.status, StatusCode::OK);
        let own = format!("/api/v1/users/{root_id}/reset-password");
        let own = world.call(As::Session(&root), Method::POST, &own, Value::Null).await;
        assert_eq!(own.code(), "identity.own_roles");
    }
}

#[tokio::test]
async fn members_and_departments_are_listed_and_made() {
    for world in worlds().await {
        world.company().await;
        let (_, root) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let root = As::Session(&root);
        let names = |page: &Value| -> Vec<String> {
            let items = page["items"].as_array().unwrap();
            items.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
        };
        let tree = world.get(root, "/api/v1/departments").await.ok();
        assert_eq!(names(&tree), ["总部", "销售部", "北区销售", "南区销售", "客服部"]);
        assert_eq!(tree["items"][2]["path"].as_array().unwrap().len(), 3);
        assert_eq!(tree["items"][3]["members"], 2);
        let sales = tree["items"][1]["id"].as_i64().unwrap();
        let direct = world.get(root, &format!("/api/v1/members?department={sales}")).await.ok();
        assert_eq!(names(&direct), ["销售总监"]);
        let below = world.get(root, &format!("/api/v1/members?department={sales}&subtree=true&limit=3")).await.ok();
        assert_eq!(names(&below), ["销售总监", "王北", "李南"]);
        let rest = below["next"].as_str().unwrap();
        let rest = format!("/api/v1/members?department={sales}&subtree=true&limit=3&after={rest}");
        assert_eq!(names(&world.get(root, &rest).await.ok()), ["李南山"]);
        let found = world.get(root, "/api/v1/members?name=%E6%9D%8E%E5%8D%97&status=active").await.ok();
        assert_eq!(names(&found), ["李南", "李南山"]);
        let bad = world.get(root, "/api/v1/members?limit=201").await;
        assert_eq!(bad.code(), "identity.value_invalid");
        let made = json!({"name": "外包组"});
        let made = world.call(root, Method::POST, "/api/v1/departments", made).await.ok();
        let below = json!({"name": "外包一组", "parent": made["id"]});
        let below = world.call(root, Method::POST, "/api/v1/departments", below).await.ok();
        assert_eq!(below["path"], json!([made["id"], below["id"]]));
        let member = json!({"userid": "temp1", "name": "外包甲", "status": "active", "departments": [below["id"]]});
        let member = world.call(root, Method::PUT, "/api/v1/members", member).await.ok();
        assert_eq!((&member["source"], &member["departments"][0]["name"]), (&json!("local"), &json!("外包一组")));
        let wrong = json!({"userid": "temp1", "name": "x", "status": "active", "departments": [sales]});
        let wrong = world.call(root, Method::PUT, "/api/v1/members", wrong).await;
        assert_eq!(wrong.code(), "identity.department_of_source", "departments of a source are the source's");
    }
}

#[tokio::test]
async fn members_are_listed_by_source_and_seat() {
    for world in worlds().await {
        world.company().await;
        world.directory.sync_seats(CORP, vec!["north".to_owned(), "south".to_owned()]).await.unwrap();
        let (_, root) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let root = As::Session(&root);
        let body = json!({"userid": "temp", "name": "外包甲", "status": "active"});
        world.call(root, Method::PUT, "/api/v1/members", body).await.ok();
        let list = async |query: &str| -> Vec<String> {
            let page = world.get(root, &format!("/api/v1/members?{query}")).await.ok();
            let items = page["items"].as_array().unwrap().iter();
            items.map(|one| one["userid"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(list("seat=archived").await, ["north", "south"]);
        assert_eq!(list("seat=not").await, ["boss", "sales", "south2", "service"]);
        assert_eq!(list("seat=unknown").await, ["temp"]);
        assert_eq!(list("source=local").await, ["temp"]);
        assert_eq!(list(&format!("source={CORP}&seat=not&limit=2")).await, ["boss", "sales"]);
        assert_eq!(list("source=wecom:other").await, [""; 0]);
        let staying = company_members().into_iter().filter(|member| member.userid != "south2").collect();
        world.directory.sync_members(CORP, staying, true).await.unwrap();
        assert_eq!(list("seat=not").await, ["boss", "sales", "service"], "who left needs no seat");
        assert_eq!(list("seat=not&status=left").await, ["south2"]);
        assert_eq!(world.get(root, "/api/v1/members?seat=some").await.code(), "http.invalid_query");
    }
}

#[tokio::test]
async fn an_administrator_sees_who_is_locked_out_and_until_when() {
    for world in worlds().await {
        let (root_id, root) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let (anna, _) = world.user("anna", &[EMPLOYEE], None).await;
        let root = As::Session(&root);
        let path = format!("/api/v1/users/{anna}");
        let view = async || {
            let view = world.get(root, &path).await.ok();
            (view["failed_attempts"].as_u64().unwrap(), view["locked_until"].as_str().map(str::to_owned))
        };
        assert_eq!(view().await, (0, None));
        let fail = async |times: i64| {
            for _ in 0..times {
                world.sign_in("ANNA", "wrong wrong wrong").await;
            }
        };
        fail(USER_FAILURES_MAX - 1).await;
        assert_eq!(view().await, (9, None));
        let until = world.clock.now().plus_millis(LOCKED_MS);
        fail(1).await;
        assert_eq!(view().await, (10, Some(until.to_string())));
        world.clock.advance_ms(LOCKED_MS / 3);
        fail(1).await;
        assert_eq!(view().await, (11, Some(until.to_string())), "trying does not prolong it");
        let list = world.get(root, "/api/v1/users").await.ok();
        let of = |id: UserId| list["items"].as_array().unwrap().iter().find(|one| one["id"] == json!(id)).unwrap();
        assert_eq!((&of(anna)["failed_attempts"], &of(root_id)["failed_attempts"]), (&json!(11), &json!(0)));
        assert!(of(root_id).get("locked_until").is_none());
        world.call(root, Method::POST, &format!("{path}/unlock"), Value::Null).await.ok();
        assert_eq!(view().await, (0, None));
        fail(USER_FAILURES_MAX).await;
        world.clock.advance_ms(LOCKED_MS);
        assert_eq!(view().await, (0, None), "a lock-out ends by itself");
    }
}
