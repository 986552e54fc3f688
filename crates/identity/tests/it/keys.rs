//! API keys.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use xinlu_identity::{AUDIT_ADMINISTRATOR, AUDITOR, EMPLOYEE, SECURITY_ADMINISTRATOR};

use crate::support::{As, World, worlds};

async fn make(world: &World, session: &str, body: Value) -> Value {
    world.call(As::Session(session), Method::POST, "/api/v1/api-keys", body).await.ok()
}

async fn role(world: &World, code: &str) -> i64 {
    let roles = world.identity.list_roles().await.unwrap();
    roles.iter().find(|role| role.code.as_deref() == Some(code)).unwrap().id.number()
}

#[tokio::test]
async fn a_key_is_shown_once_works_and_stops_when_revoked() {
    for world in worlds().await {
        let (_, session) = world.user("anna", &[AUDIT_ADMINISTRATOR], None).await;
        let made = make(&world, &session, json!({"name": "nightly export"})).await;
        let key = made["key"].as_str().unwrap();
        assert!(key.starts_with("xk_") && key.len() == 46, "{key}");
        assert_eq!(world.get(As::Key(key), "/api/v1/audit").await.status, StatusCode::OK);
        let page = world.get(As::Session(&session), "/api/v1/api-keys").await.ok();
        assert_eq!(page["items"][0]["hint"], key[..9]);
        assert!(page["items"][0]["used_at"].is_string());
        assert!(!page.to_string().contains(key));
        assert_eq!(world.get(As::Key("xk_wrong"), "/api/v1/audit").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.get(As::Key(&key[3..]), "/api/v1/audit").await.status, StatusCode::UNAUTHORIZED);
        let path = format!("/api/v1/api-keys/{}", made["id"]);
        world.call(As::Session(&session), Method::DELETE, &path, Value::Null).await.ok();
        assert_eq!(world.get(As::Key(key), "/api/v1/audit").await.status, StatusCode::UNAUTHORIZED);
        let again = world.call(As::Session(&session), Method::DELETE, &path, Value::Null).await;
        assert_eq!(again.code(), "identity.not_found");
    }
}

#[tokio::test]
async fn a_key_ends_when_it_says() {
    for world in worlds().await {
        let (_, session) = world.user("anna", &[AUDIT_ADMINISTRATOR], None).await;
        let made = make(&world, &session, json!({"name": "short", "ends_at": "2026-01-05T02:00:00Z"})).await;
        let key = made["key"].as_str().unwrap();
        assert_eq!(world.get(As::Key(key), "/api/v1/audit").await.status, StatusCode::OK);
        world.clock.advance_ms(60 * 60 * 1_000);
        assert_eq!(world.get(As::Key(key), "/api/v1/audit").await.status, StatusCode::UNAUTHORIZED);
        let late = json!({"name": "late", "ends_at": "2026-01-05T02:00:00Z"});
        let session = world.sign_in("anna", crate::support::PASSWORD).await.cookie();
        let late = world.call(As::Session(&session), Method::POST, "/api/v1/api-keys", late).await;
        assert_eq!(late.code(), "identity.value_invalid");
    }
}

#[tokio::test]
async fn a_key_never_allows_more_than_its_owner_holds_now() {
    for world in worlds().await {
        let (anna, session) = world.user("anna", &[AUDITOR, AUDIT_ADMINISTRATOR], None).await;
        let (_, security) = world.user("security", &[SECURITY_ADMINISTRATOR], None).await;
        let (auditor, employee) = (role(&world, AUDITOR).await, role(&world, EMPLOYEE).await);
        let foreign = json!({"name": "x", "roles": [employee]});
        let foreign = world.call(As::Session(&session), Method::POST, "/api/v1/api-keys", foreign).await;
        assert_eq!(foreign.code(), "identity.key_roles");
        let narrow = make(&world, &session, json!({"name": "read", "roles": [auditor]})).await;
        let narrow = narrow["key"].as_str().unwrap();
        assert_eq!(world.get(As::Key(narrow), "/api/v1/contacts").await.status, StatusCode::OK);
        assert_eq!(world.get(As::Key(narrow), "/api/v1/audit").await.status, StatusCode::FORBIDDEN);
        let by_key = world.call(As::Key(narrow), Method::POST, "/api/v1/api-keys", json!({"name": "more"})).await;
        assert_eq!(by_key.code(), "identity.key_by_key");
        let path = format!("/api/v1/users/{anna}/roles");
        world.call(As::Session(&security), Method::PUT, &path, json!({"roles": [employee]})).await.ok();
        assert_eq!(world.get(As::Key(narrow), "/api/v1/contacts").await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn others_keys_are_seen_and_revoked_only_by_who_manages_keys() {
    for world in worlds().await {
        let (_, anna) = world.user("anna", &[EMPLOYEE], None).await;
        let (_, bert) = world.user("bert", &[EMPLOYEE], None).await;
        let (_, security) = world.user("security", &[SECURITY_ADMINISTRATOR], None).await;
        let made = make(&world, &anna, json!({"name": "hers"})).await;
        let path = format!("/api/v1/api-keys/{}", made["id"]);
        assert_eq!(world.get(As::Session(&bert), &path).await.status, StatusCode::NOT_FOUND);
        let taken = world.call(As::Session(&bert), Method::DELETE, &path, Value::Null).await;
        assert_eq!(taken.status, StatusCode::NOT_FOUND);
        let all = "/api/v1/api-keys?everybody=true";
        assert_eq!(world.get(As::Session(&bert), all).await.status, StatusCode::FORBIDDEN);
        assert_eq!(world.get(As::Session(&security), all).await.ok()["items"][0]["user_name"], "anna");
        world.call(As::Session(&security), Method::DELETE, &path, Value::Null).await.ok();
        let key = made["key"].as_str().unwrap();
        assert_eq!(world.get(As::Key(key), "/api/v1/sessions").await.status, StatusCode::UNAUTHORIZED);
    }
}
