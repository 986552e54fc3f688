//! Departments of our own are renamed, moved and removed; those of a source are the source's.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use xinlu_identity::{AUDITOR, SYSTEM_ADMINISTRATOR, TEAM_LEADER};

use crate::support::{Answered, As, World, worlds};

const DEPARTMENTS: &str = "/api/v1/departments";

struct Stage<'a> {
    world: &'a World,
    root: String,
}

impl<'a> Stage<'a> {
    async fn new(world: &'a World) -> Self {
        world.company().await;
        Self { world, root: world.user("root", &[SYSTEM_ADMINISTRATOR], None).await.1 }
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Answered {
        self.world.call(As::Session(&self.root), method, path, body).await
    }

    async fn make(&self, name: &str, parent: Option<i64>) -> i64 {
        let made = self.call(Method::POST, DEPARTMENTS, json!({"name": name, "parent": parent})).await.ok();
        made["id"].as_i64().unwrap()
    }

    async fn put(&self, id: i64, name: &str, parent: Option<i64>) -> Answered {
        self.call(Method::PUT, &format!("{DEPARTMENTS}/{id}"), json!({"name": name, "parent": parent})).await
    }

    async fn remove(&self, id: i64) -> Answered {
        self.call(Method::DELETE, &format!("{DEPARTMENTS}/{id}"), Value::Null).await
    }

    async fn member(&self, userid: &str, status: &str, departments: &[i64]) -> Answered {
        let body = json!({"userid": userid, "name": userid, "status": status, "departments": departments, "leads": []});
        self.call(Method::PUT, "/api/v1/members", body).await
    }

    /// Names of our own departments with those above them, in the order of the tree.
    async fn tree(&self) -> Vec<String> {
        let page = self.call(Method::GET, DEPARTMENTS, Value::Null).await.ok();
        let items = page["items"].as_array().unwrap();
        let name = |id: &Value| items.iter().find(|one| one["id"] == *id).unwrap()["name"].as_str().unwrap();
        let local = items.iter().filter(|one| one["source"] == "local");
        local.map(|one| one["path"].as_array().unwrap().iter().map(name).collect::<Vec<_>>().join("/")).collect()
    }

    async fn of_source(&self) -> i64 {
        self.world.directory.find_departments_by_name("北区销售").await.unwrap()[0].number()
    }
}

#[tokio::test]
async fn they_are_renamed_moved_and_removed() {
    for world in worlds().await {
        let stage = Stage::new(&world).await;
        let outside = stage.make("外包", None).await;
        let (day, night) = (stage.make("白班", Some(outside)).await, stage.make("夜班", Some(outside)).await);
        assert_eq!(stage.tree().await, ["外包", "外包/白班", "外包/夜班"]);
        let view = stage.put(night, " 夜班一组 ", Some(day)).await.ok();
        assert_eq!((&view["name"], &view["path"]), (&json!("夜班一组"), &json!([outside, day, night])));
        assert_eq!(stage.tree().await, ["外包", "外包/白班", "外包/白班/夜班一组"]);
        stage.put(night, "夜班", None).await.ok();
        assert_eq!(stage.tree().await, ["外包", "外包/白班", "夜班"]);
        stage.remove(day).await.ok();
        assert_eq!(stage.tree().await, ["外包", "夜班"]);
        let again = stage.make("白班", Some(outside)).await;
        assert_ne!(again, day, "a number is never given twice");
        assert_eq!(stage.tree().await, ["外包", "外包/白班", "夜班"]);
    }
}

#[tokio::test]
async fn what_would_break_the_tree_or_is_not_ours_is_refused() {
    for world in worlds().await {
        let stage = Stage::new(&world).await;
        let source = stage.of_source().await;
        let top = stage.make("外包", None).await;
        let below = stage.make("夜班", Some(top)).await;
        let lowest = stage.make("夜班一组", Some(below)).await;
        for parent in [top, below, lowest] {
            assert_eq!(stage.put(top, "外包", Some(parent)).await.code(), "identity.department_ring");
        }
        assert_eq!(stage.put(source, "北区", None).await.code(), "identity.department_of_source");
        assert_eq!(stage.put(top, "外包", Some(source)).await.code(), "identity.department_of_source");
        assert_eq!(stage.remove(source).await.code(), "identity.department_of_source");
        let body = json!({"name": "新", "parent": source});
        assert_eq!(stage.call(Method::POST, DEPARTMENTS, body).await.code(), "identity.department_of_source");
        assert_eq!(stage.remove(below).await.code(), "identity.department_in_use");
        assert_eq!(stage.put(999_999, "x", None).await.code(), "identity.not_found");
        assert_eq!(stage.put(top, "外包", Some(999_999)).await.code(), "identity.not_found");
        assert_eq!(stage.put(top, "  ", None).await.code(), "identity.value_invalid");
        stage.remove(lowest).await.ok();
        assert_eq!(stage.remove(lowest).await.code(), "identity.not_found");
        assert_eq!(stage.put(lowest, "夜班一组", None).await.code(), "identity.not_found");
        assert_eq!(stage.put(top, "外包", Some(lowest)).await.code(), "identity.not_found");
        assert_eq!(stage.member("temp", "active", &[lowest]).await.code(), "identity.not_found");
        assert_eq!(stage.tree().await, ["外包", "外包/夜班"]);
        let (_, auditor) = world.user("auditor", &[AUDITOR], None).await;
        let path = format!("{DEPARTMENTS}/{below}");
        let refused = world.call(As::Session(&auditor), Method::DELETE, &path, Value::Null).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn one_with_members_stays_until_they_moved_or_left() {
    for world in worlds().await {
        let stage = Stage::new(&world).await;
        let (day, night) = (stage.make("白班", None).await, stage.make("夜班", None).await);
        for status in ["active", "disabled", "inactive", "unknown"] {
            stage.member("temp", status, &[night]).await.ok();
            assert_eq!(stage.remove(night).await.code(), "identity.department_in_use", "{status}");
        }
        stage.member("temp", "active", &[day]).await.ok();
        stage.remove(night).await.ok();
        let left = stage.member("temp", "left", &[day]).await.ok();
        stage.remove(day).await.ok();
        let path = format!("/api/v1/members/{}", left["id"]);
        let view = stage.call(Method::GET, &path, Value::Null).await.ok();
        assert_eq!(view["departments"][0]["name"], "白班", "who left keeps their last department");
    }
}

#[tokio::test]
async fn what_is_seen_follows_a_move_at_once() {
    for world in worlds().await {
        let stage = Stage::new(&world).await;
        let (one, two) = (stage.make("一部", None).await, stage.make("二部", None).await);
        stage.member("worker", "active", &[two]).await.ok();
        let body = json!({"userid": "lead", "name": "lead", "status": "active", "departments": [one], "leads": [one]});
        stage.call(Method::PUT, "/api/v1/members", body).await.ok();
        let lead = world.member("lead").await;
        let (_, session) = world.user("lead", &[TEAM_LEADER], Some(lead)).await;
        let seen = async || {
            let me = world.get(As::Session(&session), "/api/v1/sessions").await.ok();
            let grants = me["grants"].as_array().unwrap();
            let contacts = grants.iter().find(|grant| grant["permission"] == "contact.read").unwrap();
            contacts["members"].as_u64().unwrap()
        };
        assert_eq!(seen().await, 1);
        stage.put(two, "二部", Some(one)).await.ok();
        assert_eq!(seen().await, 2);
        stage.put(two, "二部", None).await.ok();
        assert_eq!(seen().await, 1);
    }
}
