//! Set-up and doctor through the router that the server uses.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::api::tests::{Api, code};
use crate::testing::{CorpKey, World, text};

const CHECK: &str = "/api/v1/setup/wecom/check";
const CORP: &str = "/api/v1/channels/wecom/wwapi";

fn body(world: &World, key: &CorpKey) -> Value {
    let library = world.test.folder.path().join("library.so");
    std::fs::write(&library, "stands for it").expect("written");
    json!({
        "corp_id": "wwapi", "archive_secret": "right", "library": library,
        "keys": [{"version": 1, "pem": key.pem()}],
        "callback_token": "of-callback", "callback_aes_key": "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
    })
}

fn states(answer: &(StatusCode, String), list: &str) -> Vec<(String, String, String)> {
    assert_eq!(answer.0, StatusCode::OK, "{}", answer.1);
    let body: Value = serde_json::from_str(&answer.1).expect("JSON");
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let checks = body[list].as_array().expect("a list");
    checks.iter().map(|one| (text(one, "name"), text(one, "state"), text(one, "code"))).collect()
}

fn has(states: &[(String, String, String)], name: &str, state: &str, code: &str) {
    let wanted = (name.to_owned(), state.to_owned(), code.to_owned());
    assert!(states.contains(&wanted), "{wanted:?} in {states:?}");
}

#[tokio::test]
async fn a_corp_is_checked_connected_examined_and_disconnected() {
    for world in World::both().await {
        let key = CorpKey::new();
        world.traffic(&[key.item(1, "m1", 1, &text("m1", "文"))]);
        let api = Api::over(world).await;
        let body = body(&api.world, &key);
        let steps = states(&api.send("POST", CHECK, "manager", body.to_string()).await, "steps");
        for name in ["corp_id", "library", "sdk", "archive_secret", "keys", "callback"] {
            has(&steps, name, "ok", "");
        }
        assert_eq!(code(&api.send("GET", &format!("{CORP}/doctor"), "manager", String::new()).await).0, 404);

        let stored = api.send("PUT", CORP, "manager", body.to_string()).await;
        assert_eq!(stored.0, StatusCode::OK, "{}", stored.1);
        let view: Value = serde_json::from_str(&stored.1).expect("JSON");
        assert_eq!((&view["corp_id"], &view["connected"]), (&"wwapi".into(), &true.into()));
        let checks = states(&api.send("GET", &format!("{CORP}/doctor"), "manager", String::new()).await, "checks");
        has(&checks, "archive_secret", "ok", "");
        has(&checks, "notified", "skipped", "");
        has(&checks, "polled", "skipped", "");

        // What is left out stays: only the library is wrong now.
        let wrong = json!({"corp_id": "wwapi", "library": "/nowhere.so"});
        let steps = states(&api.send("POST", CHECK, "manager", wrong.to_string()).await, "steps");
        has(&steps, "library", "failed", "wecom.library_missing");
        has(&steps, "keys", "ok", "");
        let refused = api.send("PUT", CORP, "manager", wrong.to_string()).await;
        assert_eq!(code(&refused), (400, "wecom.library_missing".to_owned()));

        assert_eq!(api.send("DELETE", CORP, "manager", String::new()).await.0, StatusCode::OK);
        let gone = api.send("DELETE", CORP, "manager", String::new()).await;
        assert_eq!(code(&gone), (404, "channels.corp_not_found".to_owned()));
        let audited = api.audited();
        for action in ["channel.check", "channel.connect", "channel.disconnect"] {
            assert!(audited.contains(action), "{action}");
        }
        assert!(!audited.contains("of-callback") && !audited.contains("BEGIN"), "{audited}");
    }
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_by_name() {
    let api = Api::over(World::new().await).await;
    let key = CorpKey::new();
    let with = |name: &str, value: Value| {
        let mut body = body(&api.world, &key);
        body[name] = value;
        body.to_string()
    };
    let twice = json!([{"version": 1, "pem": key.pem()}, {"version": 1, "pem": key.pem()}]);
    let cases = [
        ("corp_id", json!("wwother"), "wecom.corp_mismatch"),
        ("archive_secret", json!(""), "wecom.secret_missing"),
        ("library", json!(api.world.test.folder.path()), "wecom.library_missing"),
        ("keys", json!([]), "wecom.keys_absent"),
        ("keys", json!([{"version": 1, "pem": "x"}]), "wecom.key_invalid"),
        ("keys", twice, "wecom.key_repeated"),
        ("callback_token", json!(""), "wecom.callback_incomplete"),
        ("callback_aes_key", json!("short"), "wecom.callback_key_invalid"),
        ("archive_sercet", json!("x"), "http.invalid_body"),
    ];
    for (name, value, expected) in cases {
        let refused = api.send("PUT", CORP, "manager", with(name, value)).await;
        assert_eq!(code(&refused), (400, expected.to_owned()), "{name}");
    }
    assert_eq!(api.send("GET", CORP, "manager", String::new()).await.0, StatusCode::METHOD_NOT_ALLOWED);
    let odd = api.send("PUT", &CORP.replace("wwapi", "w.x"), "manager", with("corp_id", json!("w.x"))).await;
    assert_eq!(code(&odd), (400, "wecom.corp_id_invalid".to_owned()));
}

#[tokio::test]
async fn a_corp_of_the_file_is_examined_and_not_changed() {
    let api = Api::over(World::new().await).await;
    let corp = CORP.replace("wwapi", "wwcorp");
    let mut body = body(&api.world, &CorpKey::new());
    body["corp_id"] = "wwcorp".into();
    for (method, body) in [("PUT", body.to_string()), ("DELETE", String::new())] {
        let refused = api.send(method, &corp, "manager", body).await;
        assert_eq!(code(&refused), (409, "channel.configured_in_file".to_owned()), "{method}");
    }
    let checks = states(&api.send("GET", &format!("{corp}/doctor"), "manager", String::new()).await, "checks");
    has(&checks, "library", "failed", "wecom.library_missing");
    has(&checks, "keys", "failed", "wecom.keys_absent");
    has(&checks, "callback", "ok", "");
}

#[tokio::test]
async fn only_managers_set_up_and_examine() {
    let api = Api::over(World::new().await).await;
    let body = body(&api.world, &CorpKey::new()).to_string();
    let doctor = format!("{CORP}/doctor");
    for (method, path) in [("POST", CHECK), ("PUT", CORP), ("DELETE", CORP), ("GET", doctor.as_str())] {
        assert_eq!(api.send(method, path, "nobody", body.clone()).await.0, StatusCode::FORBIDDEN, "{method} {path}");
    }
}
