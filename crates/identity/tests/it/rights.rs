//! No endpoint answers beyond its caller's rights: the whole table, without and with roles.

use axum::http::{Method, StatusCode};
use serde_json::json;
use xinlu_http::{Access, probes, walk};
use xinlu_identity::{AUDIT_ADMINISTRATOR, AUDITOR, EMPLOYEE, SYSTEM_ADMINISTRATOR, endpoints};

use crate::support::{As, worlds};

/// An id that nothing has.
const NOBODYS_ID: &str = "999999999";

#[tokio::test]
async fn nobody_gets_past_a_public_endpoint() {
    for world in worlds().await {
        let probes = probes(&endpoints(&world.identity), NOBODYS_ID);
        assert!(probes.len() > 30);
        for answer in walk(&world.router, &probes, None).await {
            let public = answer.probe.access == Access::Public;
            assert_eq!(answer.status == StatusCode::UNAUTHORIZED, !public, "{:?}", answer.probe);
        }
        for answer in walk(&world.router, &probes, Some("xk_of-nobody")).await {
            let public = answer.probe.access == Access::Public;
            assert_eq!(answer.status == StatusCode::UNAUTHORIZED, !public, "{:?}", answer.probe);
        }
    }
}

#[tokio::test]
async fn each_role_gets_exactly_as_far_as_its_permissions() {
    for world in worlds().await {
        let probes = probes(&endpoints(&world.identity), NOBODYS_ID);
        for (number, roles) in
            [&[][..], &[EMPLOYEE], &[AUDITOR], &[AUDIT_ADMINISTRATOR], &[SYSTEM_ADMINISTRATOR]].into_iter().enumerate()
        {
            let (user, session) = world.user(&format!("user{number}"), roles, None).await;
            let (_, key) = world.identity.create_api_key(user, "walk", None, None).await.unwrap();
            let caller = world.caller(&session).await.unwrap();
            for answer in walk(&world.router, &probes, Some(&key)).await {
                let refused = answer.status == StatusCode::FORBIDDEN;
                match answer.probe.access {
                    Access::Permission(permission) => {
                        let held = caller.grants.holds(permission);
                        assert_eq!(refused, !held, "{roles:?} {:?} {}", answer.probe, answer.status);
                    }
                    Access::Public | Access::SignedIn => assert!(!refused, "{roles:?} {:?}", answer.probe),
                }
                assert!(!answer.status.is_server_error(), "{roles:?} {:?} {}", answer.probe, answer.status);
            }
        }
    }
}

#[tokio::test]
async fn refusals_of_who_is_known_are_written_down() {
    for world in worlds().await {
        let (anna, session) = world.user("anna", &[EMPLOYEE], None).await;
        let (_, audit) = world.user("audit", &[AUDIT_ADMINISTRATOR], None).await;
        world.get(As::Nobody, "/api/v1/users").await;
        world.get(As::Session(&session), "/api/v1/users").await;
        world.get(As::Session(&session), "/api/v1/permissions").await;
        let body = json!({"name": "eve", "password": "a long password"});
        world.call(As::Session(&session), Method::POST, "/api/v1/users", body).await;
        let page = world.get(As::Session(&audit), &format!("/api/v1/audit?user={anna}&outcome=refused")).await.ok();
        let actions: Vec<_> = page["items"].as_array().unwrap().iter().map(|one| one["action"].as_str()).collect();
        assert_eq!(actions, [Some("user.create"), Some("role.read"), Some("user.list")]);
        assert!(!page.to_string().contains("a long password"));
    }
}

#[tokio::test]
async fn every_endpoint_is_documented_with_its_rights() {
    for world in worlds().await {
        let document = world.get(As::Nobody, "/api/openapi.json").await.ok();
        for endpoint in endpoints(&world.identity) {
            let method = endpoint.method().as_str().to_lowercase();
            let operation = &document["paths"][endpoint.path()][&method];
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{}", endpoint.path());
            if let Access::Permission(permission) = endpoint.access() {
                assert_eq!(operation["x-permission"], permission);
            }
            assert!(operation["responses"]["200"]["content"].is_object(), "{}", endpoint.path());
        }
        let text = document.to_string();
        for part in text.split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(document["components"]["schemas"][name].is_object(), "{name} is referred to and not there");
        }
    }
}
