//! The second factor, and the list of sessions.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use xinlu_db::sql;
use xinlu_identity::{AUDIT_ADMINISTRATOR, EMPLOYEE, LOCKED_MS, SYSTEM_ADMINISTRATOR, USER_FAILURES_MAX};
use xinlu_model::Clock as _;

use crate::support::{Answered, As, PASSWORD, World, worlds};

sql!(SECRET = "SELECT secret FROM identity_totp" => secret: Bytes);
sql!(CODES = "SELECT code_hash FROM identity_recovery_codes" => code_hash: Bytes);

pub const TOTP: &str = "/api/v1/sessions/totp";
const STEP_MS: i64 = 30_000;

/// What an authenticator app shows (RFC 6238), reckoned here apart from the code that is tested.
pub fn app_code(secret: &str, world: &World) -> String {
    const SIGNS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = secret.chars().map(|sign| format!("{:05b}", SIGNS.find(sign).unwrap())).collect();
    let key: Vec<u8> =
        (0..bits.len() / 8).map(|byte| u8::from_str_radix(&bits[byte * 8..byte * 8 + 8], 2).unwrap()).collect();
    let step = (world.clock.now().seconds() / 30).to_be_bytes();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = aws_lc_rs::hmac::sign(&key, &step);
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]]);
    format!("{:06}", number % 1_000_000)
}

async fn sign_in(world: &World, name: &str, totp: &str) -> Answered {
    let body = json!({"name": name, "password": PASSWORD, "totp": totp});
    world.call(As::Nobody, Method::POST, "/api/v1/sessions", body).await
}

/// Enables it for a session's user; the app's secret and the recovery codes.
async fn enable(world: &World, session: &str) -> (String, Vec<String>) {
    let who = As::Session(session);
    let begun = world.call(who, Method::POST, TOTP, Value::Null).await.ok();
    let secret = begun["secret"].as_str().unwrap().to_owned();
    let code = app_code(&secret, world);
    let answer = world.call(who, Method::PUT, TOTP, json!({"code": code})).await.ok();
    let codes = answer["recovery_codes"].as_array().unwrap();
    world.clock.advance_ms(STEP_MS);
    (secret, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn a_second_factor_counts_once_a_code_of_it_was_typed() {
    for world in worlds().await {
        let (_, session) = world.user("anna", &[EMPLOYEE], None).await;
        let anna = As::Session(&session);
        let state = world.get(anna, TOTP).await.ok();
        assert_eq!(state, json!({"enabled": false, "recovery_codes_left": 0}));
        let early = world.call(anna, Method::PUT, TOTP, json!({"code": "123456"})).await;
        assert_eq!((early.status, early.code().as_str()), (StatusCode::CONFLICT, "identity.totp_not_begun"));
        let begun = world.call(anna, Method::POST, TOTP, Value::Null).await.ok();
        let secret = begun["secret"].as_str().unwrap();
        assert_eq!(secret.len(), 32);
        let uri = begun["uri"].as_str().unwrap();
        assert!(uri.starts_with("otpauth://totp/Xinlu:anna?secret=") && uri.contains(secret), "{uri}");
        assert_eq!(world.sign_in("anna", PASSWORD).await.status, StatusCode::OK, "begun only");
        for wrong in ["000000", "12345", ""] {
            let wrong = world.call(anna, Method::PUT, TOTP, json!({"code": wrong})).await;
            assert_eq!((wrong.status, wrong.code().as_str()), (StatusCode::UNAUTHORIZED, "identity.totp_wrong"));
        }
        let body = json!({"code": app_code(secret, &world)});
        let codes = world.call(anna, Method::PUT, TOTP, body).await.ok();
        assert_eq!(codes["recovery_codes"].as_array().unwrap().len(), 10);
        assert_eq!(world.get(anna, TOTP).await.ok(), json!({"enabled": true, "recovery_codes_left": 10}));
        assert_eq!(world.get(anna, "/api/v1/sessions").await.ok()["totp"], true);
        let again = world.call(anna, Method::POST, TOTP, Value::Null).await;
        assert_eq!((again.status, again.code().as_str()), (StatusCode::CONFLICT, "identity.totp_enabled"));
        assert_eq!(world.sign_in("anna", PASSWORD).await.code(), "identity.totp_required");
    }
}

#[tokio::test]
async fn signing_in_asks_for_a_code_and_takes_each_once() {
    for world in worlds().await {
        let (_, session) = world.user("anna", &[EMPLOYEE], None).await;
        let (secret, _) = enable(&world, &session).await;
        for none in ["", "  "] {
            let asked = sign_in(&world, "anna", none).await;
            assert_eq!((asked.status, asked.code().as_str()), (StatusCode::UNAUTHORIZED, "identity.totp_required"));
        }
        let code = app_code(&secret, &world);
        let body = json!({"name": "anna", "password": "wrong wrong wrong", "totp": code});
        let wrong = world.call(As::Nobody, Method::POST, "/api/v1/sessions", body).await;
        assert_eq!(wrong.code(), "identity.sign_in_failed", "nothing of the second factor without the password");
        assert_eq!(sign_in(&world, "anna", &code).await.status, StatusCode::OK);
        let replayed = sign_in(&world, "anna", &code).await;
        assert_eq!((replayed.status, replayed.code().as_str()), (StatusCode::UNAUTHORIZED, "identity.totp_wrong"));
        world.clock.advance_ms(STEP_MS);
        assert_eq!(sign_in(&world, "anna", &code).await.code(), "identity.totp_wrong", "nor a step later");
        let spaced = app_code(&secret, &world);
        let (left, right) = spaced.split_at(3);
        assert_eq!(sign_in(&world, "anna", &format!("{left} {right}")).await.status, StatusCode::OK);
        // A phone that is one step behind.
        world.clock.advance_ms(STEP_MS);
        let late = app_code(&secret, &world);
        world.clock.advance_ms(STEP_MS);
        assert_eq!(sign_in(&world, "anna", &late).await.status, StatusCode::OK);
        let old = app_code(&secret, &world);
        world.clock.advance_ms(2 * STEP_MS);
        assert_eq!(sign_in(&world, "anna", &old).await.code(), "identity.totp_wrong", "two steps behind");
    }
}

#[tokio::test]
async fn one_code_at_once_makes_one_session() {
    for world in worlds().await {
        let (_, session) = world.user("anna", &[EMPLOYEE], None).await;
        let (secret, codes) = enable(&world, &session).await;
        for code in [app_code(&secret, &world), codes[3].clone()] {
            let (a, b, c) = tokio::join!(
                sign_in(&world, "anna", &code),
                sign_in(&world, "anna", &code),
                sign_in(&world, "anna", &code)
            );
            let done = [&a, &b, &c].iter().filter(|answer| answer.status == StatusCode::OK).count();
            assert_eq!(done, 1, "{} {} {}", a.code(), b.code(), c.code());
        }
    }
}

#[tokio::test]
async fn a_recovery_code_lets_in_once() {
    for world in worlds().await {
        let (_, session) = world.user("anna", &[EMPLOYEE], None).await;
        let (_, boris) = world.user("boris", &[EMPLOYEE], None).await;
        let (_, codes) = enable(&world, &session).await;
        let (_, others) = enable(&world, &boris).await;
        assert_eq!(sign_in(&world, "anna", &others[0]).await.code(), "identity.totp_wrong", "another's");
        assert_eq!(sign_in(&world, "anna", &codes[0]).await.status, StatusCode::OK);
        assert_eq!(sign_in(&world, "anna", &codes[0]).await.code(), "identity.totp_wrong");
        let typed = codes[1].to_uppercase().replace('-', " ");
        assert_eq!(sign_in(&world, "anna", &typed).await.status, StatusCode::OK);
        let state = world.get(As::Session(&session), TOTP).await.ok();
        assert_eq!(state, json!({"enabled": true, "recovery_codes_left": 8}));
        let (_, audit) = world.user("audit", &[AUDIT_ADMINISTRATOR], None).await;
        let entries = world.get(As::Session(&audit), "/api/v1/audit?action=session.create").await.ok();
        let details: Vec<&Value> =
            entries["items"].as_array().unwrap().iter().map(|one| &one["detail"]["second_factor"]).collect();
        assert!(details.contains(&&json!("recovery code")) && details.contains(&&json!("wrong")), "{entries}");
    }
}

#[tokio::test]
async fn neither_secret_nor_recovery_code_is_stored_as_it_is() {
    for world in worlds().await {
        let (_, session) = world.user("anna", &[EMPLOYEE], None).await;
        let (_, codes) = enable(&world, &session).await;
        let secret = world.test.db.find(&SECRET, Vec::new()).await.unwrap().unwrap().bytes().unwrap();
        assert_eq!(secret.len(), 1 + 4 + 12 + 20 + 16, "sealed: version, epoch, nonce, secret, tag");
        let stored = world.test.db.query(&CODES, Vec::new()).await.unwrap();
        assert_eq!(stored.len(), codes.len());
        assert!(stored.into_iter().all(|mut row| row.bytes().unwrap().len() == 32));
    }
}

#[tokio::test]
async fn wrong_codes_lock_the_name_and_asking_does_not() {
    for world in worlds().await {
        let (_, session) = world.user("anna", &[EMPLOYEE], None).await;
        let (secret, _) = enable(&world, &session).await;
        for _ in 0..2 * USER_FAILURES_MAX {
            assert_eq!(sign_in(&world, "anna", "").await.code(), "identity.totp_required");
        }
        for _ in 0..USER_FAILURES_MAX {
            assert_eq!(sign_in(&world, "anna", "aaaa-bbbb-cccc-dddd").await.code(), "identity.totp_wrong");
        }
        let code = app_code(&secret, &world);
        let locked = sign_in(&world, "anna", &code).await;
        assert_eq!((locked.status, locked.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "identity.locked"));
        world.clock.advance_ms(LOCKED_MS);
        assert_eq!(sign_in(&world, "anna", "aaaa-bbbb-cccc-dddd").await.code(), "identity.totp_wrong");
        assert_eq!(sign_in(&world, "anna", "").await.code(), "identity.totp_required");
        for _ in 1..USER_FAILURES_MAX {
            assert_eq!(sign_in(&world, "anna", "aaaa-bbbb-cccc-dddd").await.code(), "identity.totp_wrong");
        }
        assert_eq!(
            sign_in(&world, "anna", "").await.code(),
            "identity.locked",
            "the right password alone forgives nothing"
        );
    }
}

#[tokio::test]
async fn it_is_taken_away_with_the_password_or_by_another() {
    for world in worlds().await {
        let (anna, session) = world.user("anna", &[EMPLOYEE], None).await;
        let (root, admin) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let who = As::Session(&session);
        enable(&world, &session).await;
        let wrong = world.call(who, Method::DELETE, TOTP, json!({"password": "wrong wrong wrong"})).await;
        assert_eq!(wrong.code(), "identity.sign_in_failed");
        assert_eq!(world.sign_in("anna", PASSWORD).await.code(), "identity.totp_required");
        world.call(who, Method::DELETE, TOTP, json!({"password": PASSWORD})).await.ok();
        assert_eq!(world.get(who, TOTP).await.ok(), json!({"enabled": false, "recovery_codes_left": 0}));
        assert_eq!(world.sign_in("anna", PASSWORD).await.status, StatusCode::OK);

        enable(&world, &session).await;
        let path = format!("/api/v1/users/{anna}");
        assert_eq!(world.get(As::Session(&admin), &path).await.ok()["totp"], true);
        let reset = |id| format!("/api/v1/users/{id}/totp");
        let forbidden = world.call(who, Method::DELETE, &reset(root), Value::Null).await;
        assert_eq!(forbidden.status, StatusCode::FORBIDDEN);
        let own = world.call(As::Session(&admin), Method::DELETE, &reset(root), Value::Null).await;
        assert_eq!(own.code(), "identity.own_roles");
        world.call(As::Session(&admin), Method::DELETE, &reset(anna), Value::Null).await.ok();
        assert_eq!(world.get(who, TOTP).await.status, StatusCode::UNAUTHORIZED, "their sessions end");
        assert_eq!(world.get(As::Session(&admin), &path).await.ok()["totp"], false);
        let session = world.sign_in("anna", PASSWORD).await.cookie();

        enable(&world, &session).await;
        let new = world.identity.reset_password("anna", false).await.unwrap();
        assert!(!new.totp_ended);
        assert_eq!(
            world.sign_in("anna", &new.password).await.code(),
            "identity.totp_required",
            "it outlives a password"
        );
        let new = world.identity.reset_password("anna", true).await.unwrap();
        assert!(new.totp_ended);
        assert_eq!(world.sign_in("anna", &new.password).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn an_api_key_does_not_change_how_its_owner_signs_in() {
    for world in worlds().await {
        let (anna, session) = world.user("anna", &[EMPLOYEE], None).await;
        let (_, key) = world.identity.create_api_key(anna, "nightly", None, None).await.unwrap();
        let key = As::Key(&key);
        for (method, body) in [
            (Method::POST, Value::Null),
            (Method::PUT, json!({"code": "123456"})),
            (Method::DELETE, json!({"password": PASSWORD})),
        ] {
            assert_eq!(world.call(key, method, TOTP, body).await.code(), "identity.key_by_key");
        }
        enable(&world, &session).await;
        assert_eq!(world.get(key, "/api/v1/sessions").await.status, StatusCode::OK, "and works as before");
    }
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one() {
    for world in worlds().await {
        let (_, first) = world.user("anna", &[EMPLOYEE], None).await;
        let (boris_id, boris) = world.user("boris", &[EMPLOYEE], None).await;
        world.clock.advance_ms(60_000);
        let second = world.sign_in("anna", PASSWORD).await.cookie();
        let list = async |session: &str| {
            let list = world.get(As::Session(session), "/api/v1/sessions/list").await.ok();
            list["sessions"].as_array().unwrap().clone()
        };
        let all = list(&second).await;
        assert_eq!(all.len(), 2);
        assert_eq!((&all[0]["current"], &all[1]["current"]), (&json!(true), &json!(false)), "the latest first");
        assert_eq!((&all[0]["address"], &all[0]["agent"]), (&json!("127.0.0.1"), &json!("test/1")));
        assert!(!all[0].to_string().contains(&second));
        let path = |one: &Value| format!("/api/v1/sessions/list/{}", one["id"].as_str().unwrap());
        let foreign = world.call(As::Session(&boris), Method::DELETE, &path(&all[1]), Value::Null).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
        world.call(As::Session(&second), Method::DELETE, &path(&all[1]), Value::Null).await.ok();
        assert_eq!(world.get(As::Session(&first), "/api/v1/sessions").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(list(&second).await.len(), 1);
        let gone = world.call(As::Session(&second), Method::DELETE, &path(&all[1]), Value::Null).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);

        let (_, root) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let path = format!("/api/v1/users/{boris_id}/sessions");
        let of_boris = world.get(As::Session(&root), &path).await.ok();
        assert_eq!(of_boris["sessions"].as_array().unwrap().len(), 1);
        assert_eq!(of_boris["sessions"][0]["current"], false);
        assert_eq!(world.get(As::Session(&second), &path).await.status, StatusCode::FORBIDDEN);
        world.clock.advance_ms(31 * 60_000);
        let root = world.sign_in("root", PASSWORD).await.cookie();
        let over = world.get(As::Session(&root), &path).await.ok();
        assert_eq!(over, json!({"sessions": []}), "what is over is not listed");
    }
}
