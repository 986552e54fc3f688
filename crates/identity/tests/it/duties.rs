//! Separation of duties.

use axum::http::Method;
use serde_json::{Value, json};
use xinlu_identity::{
    AUDIT_ADMINISTRATOR, AUDITOR, EMPLOYEE, OBSERVER, SECURITY_ADMINISTRATOR, SYSTEM_ADMINISTRATOR, TEAM_LEADER,
};
use xinlu_model::Fault;

use crate::support::{As, PASSWORD, World, worlds};

#[tokio::test]
async fn duties_that_watch_one_another_never_meet_in_one_person() {
    let apart = [
        [SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR],
        [SYSTEM_ADMINISTRATOR, AUDIT_ADMINISTRATOR],
        [SECURITY_ADMINISTRATOR, AUDIT_ADMINISTRATOR],
        [SYSTEM_ADMINISTRATOR, AUDITOR],
        [SYSTEM_ADMINISTRATOR, OBSERVER],
        [SECURITY_ADMINISTRATOR, TEAM_LEADER],
    ];
    let together = [[AUDITOR, AUDIT_ADMINISTRATOR], [SYSTEM_ADMINISTRATOR, EMPLOYEE], [AUDITOR, TEAM_LEADER]];
    for world in worlds().await {
        for roles in apart {
            let refused = world.identity.create_user("anna", PASSWORD, &roles, None).await.unwrap_err();
            assert_eq!(refused.code(), "identity.duties_joined", "{roles:?}");
        }
        for (number, roles) in together.iter().enumerate() {
            world.identity.create_user(&format!("user{number}"), PASSWORD, roles, None).await.unwrap();
        }
    }
}

async fn give(world: &World, by: &str, user: i64, roles: &[i64]) -> String {
    let path = format!("/api/v1/users/{user}/roles");
    world.call(As::Session(by), Method::PUT, &path, json!({"roles": roles})).await.code()
}

async fn role(world: &World, code: &str) -> i64 {
    let roles = world.identity.list_roles().await.unwrap();
    roles.iter().find(|role| role.code.as_deref() == Some(code)).unwrap().id.number()
}

#[tokio::test]
async fn nobody_appoints_themselves_and_the_last_administrator_stays() {
    for world in worlds().await {
        let (root, session) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let (anna, security) = world.user("anna", &[SECURITY_ADMINISTRATOR], None).await;
        let (auditor, admin) = (role(&world, AUDITOR).await, role(&world, SYSTEM_ADMINISTRATOR).await);
        assert_eq!(give(&world, &session, root.number(), &[auditor]).await, "identity.own_roles");
        assert_eq!(give(&world, &security, anna.number(), &[auditor]).await, "identity.own_roles");
        assert_eq!(give(&world, &session, anna.number(), &[auditor, admin]).await, "identity.duties_joined");
        assert_eq!(give(&world, &session, anna.number(), &[999]).await, "identity.not_found");
        assert_eq!(give(&world, &security, root.number(), &[]).await, "identity.last_administrator");
        let answer = give(&world, &session, anna.number(), &[auditor]).await;
        assert!(answer.starts_with("200"), "{answer}");
        let path = format!("/api/v1/users/{root}");
        let itself = world.call(As::Session(&session), Method::DELETE, &path, Value::Null).await;
        assert_eq!(itself.code(), "identity.own_roles");
    }
}

async fn put_role(world: &World, by: &str, path: &str, name: &str, rules: Value) -> (String, Value) {
    let method = if path.ends_with("roles") { Method::POST } else { Method::PUT };
    let answer = world.call(As::Session(by), method, path, json!({"name": name, "rules": rules})).await;
    (answer.code(), answer.body)
}

#[tokio::test]
async fn roles_of_our_own_keep_duties_apart_too() {
    let rule = |permission: &str, scope: &str| json!({"permission": permission, "scope": scope});
    for world in worlds().await {
        let (_, session) = world.user("root", &[SYSTEM_ADMINISTRATOR], None).await;
        let (anna, security) = world.user("anna", &[SECURITY_ADMINISTRATOR], None).await;
        let roles = "/api/v1/roles";
        let joined = json!([rule("user.manage", "all"), rule("audit.read", "all")]);
        assert_eq!(put_role(&world, &session, roles, "all in one", joined).await.0, "identity.duties_joined");
        let unknown = json!([rule("conversation.write", "all")]);
        assert_eq!(put_role(&world, &session, roles, "x", unknown).await.0, "identity.rule_invalid");
        let scoped = json!([rule("user.manage", "own")]);
        assert_eq!(put_role(&world, &session, roles, "x", scoped).await.0, "identity.rule_invalid");
        let levelled = json!([{"permission": "member.read", "scope": "all", "level": "masked"}]);
        assert_eq!(put_role(&world, &session, roles, "x", levelled).await.0, "identity.rule_invalid");
        let (_, made) = put_role(&world, &session, roles, "status", json!([rule("archive.status", "all")])).await;
        assert_eq!(put_role(&world, &session, roles, "status", json!([])).await.0, "identity.role_exists");
        let id = made["id"].as_i64().unwrap();
        let path = format!("/api/v1/roles/{id}");
        let held = role(&world, SECURITY_ADMINISTRATOR).await;
        let answer = give(&world, &session, anna.number(), &[held, id]).await;
        assert!(answer.starts_with("200"), "{answer}");
        // A holder would come to join duties by the change of a role.
        let reading = json!([rule("conversation.read", "all")]);
        assert_eq!(put_role(&world, &session, &path, "status", reading).await.0, "identity.duties_joined");
        let own = json!([rule("archive.verify", "all")]);
        assert_eq!(put_role(&world, &security, &path, "status", own).await.0, "identity.own_roles");
        let removed = world.call(As::Session(&session), Method::DELETE, &path, Value::Null).await;
        assert_eq!(removed.code(), "identity.role_in_use");
        give(&world, &session, anna.number(), &[]).await;
        world.call(As::Session(&session), Method::DELETE, &path, Value::Null).await.ok();
        let built_in = format!("/api/v1/roles/{held}");
        assert_eq!(put_role(&world, &session, &built_in, "x", json!([])).await.0, "identity.role_built_in");
    }
}
