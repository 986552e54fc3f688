//! The first run.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::{As, PASSWORD, World, worlds};

async fn set_up(world: &World, token: &str, name: &str, password: &str) -> String {
    let body = json!({"token": token, "name": name, "password": password});
    world.call(As::Nobody, Method::POST, "/api/v1/setup", body).await.code()
}

#[tokio::test]
async fn the_first_user_is_made_once_and_with_the_last_token_only() {
    for world in worlds().await {
        assert_eq!(world.get(As::Nobody, "/api/v1/setup").await.ok(), json!({"needed": true}));
        assert_eq!(set_up(&world, "", "admin", PASSWORD).await, "identity.setup_token_wrong");
        let old = world.identity.setup_token().await.unwrap().unwrap();
        let token = world.identity.setup_token().await.unwrap().unwrap();
        assert_ne!(old, token);
        assert_eq!(set_up(&world, &old, "admin", PASSWORD).await, "identity.setup_token_wrong");
        assert_eq!(set_up(&world, &token, "a b", PASSWORD).await, "identity.user_name_invalid");
        assert_eq!(set_up(&world, &token, "admin", "short").await, "identity.password_too_short");
        assert_eq!(set_up(&world, &token, "admin", "121212121212121").await, "identity.password_too_simple");
        assert_eq!(set_up(&world, &token, "admin", "my admin password").await, "identity.password_has_name");
        assert_eq!(set_up(&world, &token, "admin", &"long ".repeat(40)).await, "identity.password_too_long");
        assert_eq!(set_up(&world, &token, "admin", PASSWORD).await, r#"200 OK {"user":1}"#);
        assert_eq!(set_up(&world, &token, "second", PASSWORD).await, "identity.setup_done");
        assert_eq!(world.get(As::Nobody, "/api/v1/setup").await.ok(), json!({"needed": false}));
        assert_eq!(world.identity.setup_token().await.unwrap(), None);
        assert_eq!(world.identity.list_users().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn the_first_user_administers_the_system_and_reads_no_conversation() {
    for world in worlds().await {
        let token = world.identity.setup_token().await.unwrap().unwrap();
        set_up(&world, &token, "Admin", PASSWORD).await;
        let session = world.sign_in("admin", PASSWORD).await.cookie();
        let caller = world.caller(&session).await.unwrap();
        for held in ["user.manage", "role.manage", "channel.manage", "archive.status"] {
            assert!(caller.grants.holds_for_all(held), "{held}");
        }
        for missing in
            ["conversation.read", "message.search", "media.read", "archive.proof", "contact.read", "audit.read"]
        {
            assert!(!caller.grants.holds(missing), "{missing}");
        }
        assert_eq!(world.get(As::Session(&session), "/api/v1/audit").await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn an_address_has_so_many_tries_at_the_token() {
    let slow = std::env::var_os("SLOW_TESTS").is_some();
    for world in worlds().await {
        world.identity.setup_token().await.unwrap();
        // Each try with a proper password is hashed; a bad name is refused before that and counts as well.
        let body = json!({"token": "x", "name": if slow { "admin" } else { "" }, "password": PASSWORD});
        for _ in 0..xinlu_identity::ADDRESS_FAILURES_MAX {
            let answer = world.call(As::Nobody, Method::POST, "/api/v1/setup", body.clone()).await;
            assert_ne!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        }
        let answer = world.call(As::Nobody, Method::POST, "/api/v1/setup", body.clone()).await;
        assert_eq!(answer.code(), "identity.locked");
        let elsewhere = world.call_from([10, 0, 0, 9], As::Nobody, Method::POST, "/api/v1/setup", body).await;
        assert_ne!(elsewhere.status, StatusCode::TOO_MANY_REQUESTS);
    }
}
