//! An act of administration and its entry in the audit trail: both, or neither.

use axum::http::Method;
use serde_json::{Value, json};
use xinlu_db::{Statement, sql};
use xinlu_identity::{EMPLOYEE, SYSTEM_ADMINISTRATOR};
use xinlu_model::Fault as _;

use crate::support::{Answered, As, PASSWORD, World, worlds};
use crate::totp::{TOTP, app_code};

sql!(USERS = "SELECT id, password, password_due, member_id, state FROM identity_users ORDER BY id"
    => id: Int, password: Text, password_due: Int, member_id: MaybeInt, state: Int);
sql!(ROLES = "SELECT id, name, rules FROM identity_roles ORDER BY id" => id: Int, name: Text, rules: Text);
sql!(HOLDINGS = "SELECT user_id, role_id FROM identity_user_roles ORDER BY user_id, role_id" => user_id: Int, role_id: Int);
sql!(SESSIONS = "SELECT user_id, token_hash FROM identity_sessions ORDER BY token_hash" => user_id: Int, token_hash: Bytes);
sql!(KEYS = "SELECT id, user_id, revoked_at FROM identity_api_keys ORDER BY id"
    => id: Int, user_id: Int, revoked_at: MaybeInt);
sql!(ATTEMPTS = "SELECT name, attempts FROM identity_attempts WHERE name LIKE 'user:%' ORDER BY name" => name: Text, attempts: Int);
sql!(FACTORS = "SELECT user_id, secret, enabled_at, step FROM identity_totp ORDER BY user_id"
    => user_id: Int, secret: Bytes, enabled_at: MaybeInt, step: Int);
sql!(RECOVERY = "SELECT user_id, code_hash FROM identity_recovery_codes ORDER BY code_hash" => user_id: Int, code_hash: Bytes);
sql!(MEMBERS = "SELECT id, name, status FROM identity_members ORDER BY id" => id: Int, name: Text, status: Int);
sql!(PLACES = "SELECT member_id, department_id FROM identity_memberships ORDER BY member_id, department_id"
    => member_id: Int, department_id: Int);
sql!(DEPARTMENTS = "SELECT id, name, parent_id, removed FROM identity_departments ORDER BY id"
    => id: Int, name: Text, parent_id: MaybeInt, removed: Int);
sql!(LAST = "SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) AS id FROM identity_audit" => id: Int);
sql!(OF_REQUEST = "SELECT action, outcome FROM identity_audit WHERE request_id = $1 ORDER BY id" => action: Text, outcome: Int);
sql!(
    OBSTRUCT = "INSERT INTO identity_audit (id, at, user_name, action, target, outcome, detail, request_id, blind)
    VALUES ($1, 1, '', 'test.obstruct', '', 1, '', '', $2)"
);
sql!(CLEAR = "DELETE FROM identity_audit WHERE action = 'test.obstruct'");

/// Everything that acts of administration change.
async fn state(world: &World) -> String {
    let mut state = Vec::new();
    let tables: [&'static Statement; 11] =
        [&USERS, &ROLES, &HOLDINGS, &SESSIONS, &KEYS, &ATTEMPTS, &FACTORS, &RECOVERY, &MEMBERS, &PLACES, &DEPARTMENTS];
    for table in tables {
        state.push(format!("{:?}", world.test.db.query(table, Vec::new()).await.unwrap()));
    }
    state.join("\n")
}

/// Takes the number of the next entry, so that no entry can be written.
async fn obstruct(world: &World) {
    let mut tx = world.test.db.begin().await.unwrap();
    let last = tx.query_one(&LAST, Vec::new()).await.unwrap().int().unwrap();
    tx.execute(&OBSTRUCT, vec![(last + 1).into(), vec![0_u8; 32].into()]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn clear(world: &World) {
    let mut tx = world.test.db.begin().await.unwrap();
    assert_eq!(tx.execute(&CLEAR, Vec::new()).await.unwrap(), 1);
    tx.commit().await.unwrap();
}

async fn entries(world: &World, answer: &Answered) -> Vec<(String, i64)> {
    let request = answer.headers["x-request-id"].to_str().unwrap();
    let rows = world.test.db.query(&OF_REQUEST, vec![request.into()]).await.unwrap();
    rows.into_iter().map(|mut row| (row.text().unwrap(), row.int().unwrap())).collect()
}

/// Without its entry the act changes nothing; with it there is exactly one.
async fn check(world: &World, who: As<'_>, action: &str, method: Method, path: &str, body: Value) -> Answered {
    let before = state(world).await;
    obstruct(world).await;
    let refused = world.call(who, method.clone(), path, body.clone()).await;
    assert_eq!(refused.code(), "identity.audit_unavailable", "{action}");
    assert_eq!(state(world).await, before, "{action} without its entry");
    clear(world).await;
    let answer = world.call(who, method, path, body).await;
    assert!(answer.status.is_success(), "{action}: {}", answer.body);
    assert_ne!(state(world).await, before, "{action} did nothing");
    assert_eq!(entries(world, &answer).await, [(action.to_owned(), 1)]);
    answer
}

#[tokio::test]
async fn roles_and_users_change_with_their_entry_or_not_at_all() {
    for world in worlds().await {
        let (_, root) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let root = As::Session(&root);
        let rules = |permission: &str| json!([{"permission": permission, "scope": "all"}]);
        let body = json!({"name": "status", "rules": rules("archive.status")});
        let role = check(&world, root, "role.create", Method::POST, "/api/v1/roles", body).await.body["id"].clone();
        let role_path = format!("/api/v1/roles/{role}");
        let body = json!({"name": "status", "rules": rules("member.read")});
        check(&world, root, "role.update", Method::PUT, &role_path, body).await;

        let body = json!({"name": "anna", "password": PASSWORD});
        let anna = check(&world, root, "user.create", Method::POST, "/api/v1/users", body).await.body["user"].clone();
        let path = |rest: &str| format!("/api/v1/users/{anna}{rest}");
        check(&world, root, "user.give_roles", Method::PUT, &path("/roles"), json!({"roles": [role]})).await;
        check(&world, root, "user.give_roles", Method::PUT, &path("/roles"), json!({"roles": []})).await;
        check(&world, root, "role.delete", Method::DELETE, &role_path, Value::Null).await;
        world.sign_in("anna", "wrong wrong wrong").await;
        check(&world, root, "user.unlock", Method::POST, &path("/unlock"), Value::Null).await;
        world.sign_in("anna", PASSWORD).await;
        check(&world, root, "user.end_sessions", Method::DELETE, &path("/sessions"), Value::Null).await;
        check(&world, root, "user.reset_password", Method::POST, &path("/reset-password"), Value::Null).await;
        check(&world, root, "user.update", Method::PUT, &path(""), json!({"state": "disabled"})).await;
        check(&world, root, "user.delete", Method::DELETE, &path(""), Value::Null).await;
    }
}

#[tokio::test]
async fn sessions_and_keys_change_with_their_entry_or_not_at_all() {
    for world in worlds().await {
        let (_, session) = world.user("anna", &[EMPLOYEE], None).await;
        let anna = As::Session(&session);
        let keys = "/api/v1/api-keys";
        let made = check(&world, anna, "api_key.create", Method::POST, keys, json!({"name": "nightly"})).await;
        let key = format!("{keys}/{}", made.body["id"]);
        check(&world, anna, "api_key.revoke", Method::DELETE, &key, Value::Null).await;
        let sessions = "/api/v1/sessions";
        let body = json!({"name": "anna", "password": PASSWORD});
        let second = check(&world, As::Nobody, "session.create", Method::POST, sessions, body).await.cookie();
        check(&world, As::Session(&second), "session.end", Method::DELETE, sessions, Value::Null).await;
        let body = json!({"old": PASSWORD, "new": "another good one"});
        let path = format!("{sessions}/password");
        check(&world, anna, "user.change_password", Method::PUT, &path, body).await;
        check(&world, anna, "session.end_all", Method::DELETE, &format!("{sessions}/all"), Value::Null).await;
    }
}

#[tokio::test]
async fn second_factors_change_with_their_entry_or_not_at_all() {
    for world in worlds().await {
        let (anna, session) = world.user("anna", &[EMPLOYEE], None).await;
        let (_, root) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let who = As::Session(&session);
        let begun = check(&world, who, "user.begin_totp", Method::POST, TOTP, Value::Null).await;
        let code = app_code(begun.body["secret"].as_str().unwrap(), &world);
        let made = check(&world, who, "user.enable_totp", Method::PUT, TOTP, json!({"code": code})).await;
        let body = json!({"name": "anna", "password": PASSWORD, "totp": made.body["recovery_codes"][0]});
        let second = check(&world, As::Nobody, "session.create", Method::POST, "/api/v1/sessions", body).await.cookie();
        let list = world.get(As::Session(&second), "/api/v1/sessions/list").await.ok();
        let other = list["sessions"].as_array().unwrap().iter().find(|one| one["current"] == true).unwrap();
        let path = format!("/api/v1/sessions/list/{}", other["id"].as_str().unwrap());
        check(&world, who, "session.end_one", Method::DELETE, &path, Value::Null).await;
        check(&world, who, "user.disable_totp", Method::DELETE, TOTP, json!({"password": PASSWORD})).await;
        let path = format!("/api/v1/users/{anna}/totp");
        check(&world, As::Session(&root), "user.reset_totp", Method::DELETE, &path, Value::Null).await;
    }
}

#[tokio::test]
async fn our_own_members_and_departments_change_with_their_entry_or_not_at_all() {
    for world in worlds().await {
        let (_, root) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let root = As::Session(&root);
        let departments = "/api/v1/departments";
        let made = check(&world, root, "department.create", Method::POST, departments, json!({"name": "外包"})).await;
        let body = json!({"name": "夜班", "parent": made.body["id"]});
        let below = check(&world, root, "department.create", Method::POST, departments, body).await;
        assert_eq!(below.body["parent"], made.body["id"]);
        assert_eq!((&made.body["external_id"], &below.body["external_id"]), (&json!(1), &json!(2)));
        let put =
            |name: &str| json!({"userid": "temp", "name": name, "status": "active", "departments": [below.body["id"]]});
        let first = check(&world, root, "member.put", Method::PUT, "/api/v1/members", put("临时")).await;
        assert_eq!(first.body["departments"][0]["id"], below.body["id"]);
        let second = check(&world, root, "member.put", Method::PUT, "/api/v1/members", put("小临")).await;
        assert_eq!((&second.body["id"], &second.body["name"]), (&first.body["id"], &json!("小临")));
        let path = format!("{departments}/{}", below.body["id"]);
        let moved = check(&world, root, "department.update", Method::PUT, &path, json!({"name": "晚班"})).await;
        assert_eq!((&moved.body["name"], &moved.body["path"]), (&json!("晚班"), &json!([below.body["id"]])));
        let path = format!("{departments}/{}", made.body["id"]);
        check(&world, root, "department.delete", Method::DELETE, &path, Value::Null).await;
    }
}

#[tokio::test]
async fn the_first_run_and_the_command_line_leave_nothing_without_an_entry() {
    for world in worlds().await {
        let token = world.identity.setup_token().await.unwrap().unwrap();
        let body = json!({"token": token, "name": "root", "password": PASSWORD});
        check(&world, As::Nobody, "setup.finish", Method::POST, "/api/v1/setup", body).await;
        let before = state(&world).await;
        obstruct(&world).await;
        let error = world.identity.create_user("anna", PASSWORD, &[EMPLOYEE], None).await.unwrap_err();
        assert_eq!(error.code(), "identity.audit_unavailable");
        let error = world.identity.reset_password("root", false).await.unwrap_err();
        assert_eq!(error.code(), "identity.audit_unavailable");
        assert_eq!(state(&world).await, before);
        clear(&world).await;
        let user = world.identity.create_user("anna", PASSWORD, &[EMPLOYEE], None).await.unwrap();
        let error = {
            obstruct(&world).await;
            world.identity.create_api_key(user, "cron", None, None).await.unwrap_err()
        };
        assert_eq!(error.code(), "identity.audit_unavailable");
        clear(&world).await;
        world.identity.create_api_key(user, "cron", None, None).await.unwrap();
        assert_ne!(state(&world).await, before);
    }
}

#[tokio::test]
async fn what_fails_is_still_written_down_once() {
    for world in worlds().await {
        let (root_id, root) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let path = format!("/api/v1/users/{root_id}");
        let refused = world.call(As::Session(&root), Method::DELETE, &path, Value::Null).await;
        assert_eq!(refused.code(), "identity.own_roles");
        assert_eq!(entries(&world, &refused).await, [("user.delete".to_owned(), 3)]);
    }
}
