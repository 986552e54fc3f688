//! Signing in and out.

use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use xinlu_identity::{
    ADDRESS_FAILURES_MAX, AUDIT_ADMINISTRATOR, EMPLOYEE, LOCKED_MS, SYSTEM_ADMINISTRATOR, USER_FAILURES_MAX,
};

use crate::support::{As, PASSWORD, World, worlds};

const MINUTE_MS: i64 = 60_000;

async fn me(world: &World, session: &str) -> StatusCode {
    world.get(As::Session(session), "/api/v1/sessions").await.status
}

#[tokio::test]
async fn signing_in_gives_a_cookie_that_only_our_pages_get() {
    for world in worlds().await {
        world.user("anna", &[EMPLOYEE], None).await;
        let answer = world.sign_in("ANNA", PASSWORD).await;
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
        for attribute in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        let session = answer.cookie();
        let me = world.get(As::Session(&session), "/api/v1/sessions").await.ok();
        assert_eq!(me["name"], "anna");
        assert_eq!(me["roles"][0]["code"], EMPLOYEE);
        let own = json!({"permission": "conversation.read", "everybody": false, "members": 0, "level": "text"});
        assert!(me["grants"].as_array().unwrap().contains(&own), "{me}");
        assert_eq!(me["password_due"], false);
    }
}

#[tokio::test]
async fn only_a_hash_of_session_and_password_is_stored() {
    xinlu_db::sql!(STORED = "SELECT s.token_hash, u.password FROM identity_sessions s JOIN identity_users u ON u.id = s.user_id"
        => token_hash: Bytes, password: Text);
    for world in worlds().await {
        let (_, session) = world.user("anna", &[], None).await;
        let mut row = world.test.db.find(&STORED, Vec::new()).await.unwrap().unwrap();
        let token_hash = row.bytes().unwrap();
        assert_eq!(token_hash.len(), 32);
        assert_ne!(token_hash, session.as_bytes());
        let password = row.text().unwrap();
        assert!(password.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{password}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_look_alike() {
    for world in worlds().await {
        world.user("anna", &[], None).await;
        let wrong = world.sign_in("anna", "not her password").await;
        let unknown = world.sign_in("nobody", "not her password").await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
        assert_eq!(wrong.code(), "identity.sign_in_failed");
        assert_eq!(unknown.body["error"]["message"], wrong.body["error"]["message"]);
        assert_eq!(unknown.code(), wrong.code());
    }
}

#[tokio::test]
async fn ten_failures_lock_a_name_for_fifteen_minutes_known_or_not() {
    for world in worlds().await {
        world.user("anna", &[], None).await;
        for name in ["anna", "nobody"] {
            for _ in 0..USER_FAILURES_MAX {
                assert_eq!(world.sign_in(name, "wrong wrong wrong").await.code(), "identity.sign_in_failed");
            }
            world.clock.advance_ms(LOCKED_MS / 3);
            let locked = world.sign_in(name, PASSWORD).await;
            assert_eq!((locked.status, locked.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "identity.locked"));
            world.clock.advance_ms(LOCKED_MS / 3);
            assert_eq!(world.sign_in(name, PASSWORD).await.code(), "identity.locked", "trying does not prolong it");
            world.clock.advance_ms(LOCKED_MS / 3);
        }
        assert_eq!(world.sign_in("anna", PASSWORD).await.status, StatusCode::OK);
        world.sign_in("anna", "wrong wrong wrong").await;
        assert_eq!(world.sign_in("anna", PASSWORD).await.status, StatusCode::OK, "a success forgives");
    }
}

#[tokio::test]
async fn failures_of_many_names_lock_their_address_and_no_other() {
    if std::env::var_os("SLOW_TESTS").is_none() {
        eprintln!("SKIPPED: needs SLOW_TESTS=1");
        return;
    }
    for world in worlds().await {
        world.user("anna", &[], None).await;
        let body = |name: &str, password: &str| json!({"name": name, "password": password});
        for number in 0..ADDRESS_FAILURES_MAX {
            let body = body(&format!("guess{number}"), "wrong wrong wrong");
            let answer = world.call_from([10, 0, 0, 1], As::Nobody, Method::POST, "/api/v1/sessions", body).await;
            assert_eq!(answer.code(), "identity.sign_in_failed");
        }
        let good = body("anna", PASSWORD);
        let there = world.call_from([10, 0, 0, 1], As::Nobody, Method::POST, "/api/v1/sessions", good.clone()).await;
        assert_eq!(there.code(), "identity.locked");
        let here = world.call_from([10, 0, 0, 2], As::Nobody, Method::POST, "/api/v1/sessions", good).await;
        assert_eq!(here.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_session_ends_when_idle_and_at_last_in_any_case() {
    for world in worlds().await {
        let (_, session) = world.user("anna", &[], None).await;
        world.clock.advance_ms(29 * MINUTE_MS);
        assert_eq!(me(&world, &session).await, StatusCode::OK);
        world.clock.advance_ms(29 * MINUTE_MS);
        assert_eq!(me(&world, &session).await, StatusCode::OK, "use prolongs it");
        world.clock.advance_ms(30 * MINUTE_MS);
        assert_eq!(me(&world, &session).await, StatusCode::UNAUTHORIZED);
        let session = world.sign_in("anna", PASSWORD).await.cookie();
        for _ in 0..35 {
            world.clock.advance_ms(20 * MINUTE_MS);
            assert_eq!(me(&world, &session).await, StatusCode::OK);
        }
        world.clock.advance_ms(20 * MINUTE_MS);
        assert_eq!(me(&world, &session).await, StatusCode::UNAUTHORIZED, "after 12 hours");
    }
}

#[tokio::test]
async fn signing_out_ends_one_session_and_signing_out_everywhere_all() {
    for world in worlds().await {
        let (_, first) = world.user("anna", &[], None).await;
        let second = world.sign_in("anna", PASSWORD).await.cookie();
        let third = world.sign_in("anna", PASSWORD).await.cookie();
        let out = world.call(As::Session(&first), Method::DELETE, "/api/v1/sessions", Value::Null).await;
        assert!(out.headers[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
        assert_eq!(me(&world, &first).await, StatusCode::UNAUTHORIZED);
        assert_eq!(me(&world, &second).await, StatusCode::OK);
        let all = world.call(As::Session(&second), Method::DELETE, "/api/v1/sessions/all", Value::Null).await;
        assert_eq!(all.ok(), json!({"ended": 2}));
        assert_eq!(me(&world, &third).await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_change_by_cookie_needs_our_page() {
    use tower::ServiceExt;
    for world in worlds().await {
        let (_, session) = world.user("anna", &[], None).await;
        let request = axum::http::Request::builder()
            .method(Method::DELETE)
            .uri("/api/v1/sessions")
            .header(header::COOKIE, format!("xinlu_session={session}"))
            .body(axum::body::Body::empty())
            .unwrap();
        let response = world.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!(me(&world, &session).await, StatusCode::OK);
    }
}

#[tokio::test]
async fn changing_the_password_ends_other_sessions() {
    for world in worlds().await {
        let (_, session) = world.user("anna", &[], None).await;
        let other = world.sign_in("anna", PASSWORD).await.cookie();
        let change = async |old: &str, new: &str| {
            let body = json!({"old": old, "new": new});
            world.call(As::Session(&session), Method::PUT, "/api/v1/sessions/password", body).await.code()
        };
        assert_eq!(change("wrong wrong wrong", "a new password!").await, "identity.sign_in_failed");
        assert_eq!(change(PASSWORD, PASSWORD).await, "identity.password_unchanged");
        assert_eq!(change(PASSWORD, "short").await, "identity.password_too_short");
        assert_eq!(change(PASSWORD, "a new password!").await, r#"200 OK {"done":true}"#);
        assert_eq!(me(&world, &session).await, StatusCode::OK);
        assert_eq!(me(&world, &other).await, StatusCode::UNAUTHORIZED);
        assert_eq!(world.sign_in("anna", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(world.sign_in("anna", "a new password!").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_reset_from_the_command_line_lets_in_only_to_change_the_password() {
    for world in worlds().await {
        let (anna, session) = world.user("anna", &[SYSTEM_ADMINISTRATOR], None).await;
        let (_, key) = world.identity.create_api_key(anna, "nightly", None, None).await.unwrap();
        assert_eq!(world.get(As::Key(&key), "/api/v1/users").await.status, StatusCode::OK);
        for _ in 0..=USER_FAILURES_MAX {
            world.sign_in("anna", "wrong wrong wrong").await;
        }
        assert!(world.identity.reset_password("nobody", false).await.is_err());
        let new = world.identity.reset_password("Anna", false).await.unwrap();
        assert_eq!(me(&world, &session).await, StatusCode::UNAUTHORIZED, "old sessions end");
        assert_eq!((new.sessions_ended, new.keys_revoked), (1, 1));
        let by_key = world.get(As::Key(&key), "/api/v1/sessions").await;
        assert_eq!(by_key.status, StatusCode::UNAUTHORIZED, "old keys are revoked");
        let (_, audit) = world.user("audit", &[AUDIT_ADMINISTRATOR], None).await;
        let entry = world.get(As::Session(&audit), &format!("/api/v1/audit/{}", new.entry)).await.ok();
        assert_eq!((&entry["action"], &entry["outcome"]), (&json!("user.reset_password"), &json!("done")));
        assert_eq!(entry["target"], format!("user:{anna}"));
        let done =
            json!({"name": "anna", "by": "command line", "sessions_ended": 1, "keys_revoked": 1, "admitted": false});
        assert_eq!(entry["detail"], done);
        let all = world.get(As::Session(&audit), "/api/v1/audit?action=user.reset_password").await.ok();
        assert_eq!(all["items"].as_array().unwrap().len(), 1, "one act, one entry: {all}");
        let answer = world.sign_in("anna", &new.password).await;
        assert_eq!(answer.body["password_due"], true, "{}", answer.body);
        let session = answer.cookie();
        assert_eq!(world.get(As::Session(&session), "/api/v1/users").await.status, StatusCode::FORBIDDEN);
        let body = json!({"old": new.password, "new": PASSWORD});
        world.call(As::Session(&session), Method::PUT, "/api/v1/sessions/password", body).await.ok();
        assert_eq!(world.get(As::Session(&session), "/api/v1/users").await.status, StatusCode::OK);
        let by_key = world.get(As::Key(&key), "/api/v1/sessions").await;
        assert_eq!(by_key.status, StatusCode::UNAUTHORIZED, "they stay revoked once the password is changed");
    }
}
