//! No endpoint answers beyond the caller's scope: the OpenAPI document is walked with every role.

use serde_json::{Value, json};

use crate::stand::{Stand, slow_tests};

const ROLES: [&str; 7] = [
    "system_administrator",
    "security_administrator",
    "audit_administrator",
    "auditor",
    "team_leader",
    "employee",
    "observer",
];

struct Operation {
    method: String,
    path: String,
    permission: Option<String>,
    signed_in: bool,
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            found.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                permission: operation["x-permission"].as_str().map(str::to_owned),
                signed_in: !operation["security"].as_array().unwrap().is_empty(),
            });
        }
    }
    found
}

/// The path with ids that exist for somebody else.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_endpoint_answers_beyond_the_callers_rights() {
    if !slow_tests() {
        return;
    }
    let mut stand = Stand::new(300, None).await;
    // The directory must be there before somebody can be bound to a member of it.
    stand.key = stand.add_user("reader", "auditor");
    stand.start();
    stand.until_searchable(300).await;
    let member = busiest_member(&stand).await;
    stand.stop();
    let keys: Vec<(&str, String)> = ROLES
        .iter()
        .map(|role| match *role {
            "employee" => (*role, stand.add_member_user(role, role, &member)),
            _ => (*role, stand.add_user(role, role)),
        })
        .collect();
    stand.start();

    let document = stand.get("/api/openapi.json").await;
    let operations = operations(&document);
    assert!(operations.len() > 30, "the document lists {} operations", operations.len());
    for operation in operations.iter().filter(|operation| operation.signed_in) {
        let path = filled(&operation.path);
        let (status, answer) = stand.ask(&operation.method, &path, Some(json!({})), "").await;
        assert_eq!(status, 401, "{} {path} without a key: {answer}", operation.method);
        for (role, key) in &keys {
            let me = stand.ask("GET", "/api/v1/sessions", None, key).await.1;
            let held = holds(&me, operation.permission.as_deref());
            if held || changes(operation) {
                continue;
            }
            let (status, answer) = stand.ask(&operation.method, &path, Some(json!({})), key).await;
            assert_eq!(status, 403, "{role} {} {path}: {answer}", operation.method);
        }
    }
    scopes(&stand, &keys, &member).await;
}

/// Sign-out and the like need no permission and would end the walk.
fn changes(operation: &Operation) -> bool {
    operation.permission.is_none()
}

fn holds(me: &Value, permission: Option<&str>) -> bool {
    let Some(permission) = permission else { return true };
    let grants = me["grants"].as_array().unwrap_or_else(|| panic!("no grants in {me}"));
    grants.iter().any(|grant| grant["permission"] == permission)
}

async fn busiest_member(stand: &Stand) -> String {
    let page = stand.get("/api/v1/conversations?kind=pair&limit=50").await;
    let members =
        page["items"].as_array().unwrap().iter().filter_map(|item| item["members"][0]["external_id"].as_str());
    members.map(str::to_owned).next().expect("a pair has a member")
}

/// The employee's own conversations and no others, by every way that leads to a message.
async fn scopes(stand: &Stand, keys: &[(&str, String)], member: &str) {
    let employee = &keys.iter().find(|(role, _)| *role == "employee").unwrap().1;
    let observer = &keys.iter().find(|(role, _)| *role == "observer").unwrap().1;
    let all = stand.get("/api/v1/conversations?limit=200").await;
    let all = all["items"].as_array().unwrap();
    let is_own = |item: &Value| item["members"].as_array().unwrap().iter().any(|one| one["external_id"] == member);
    let (_, own) = stand.ask("GET", "/api/v1/conversations?limit=200", None, employee).await;
    let own = own["items"].as_array().unwrap();
    assert!(!own.is_empty() && own.len() < all.len());
    assert!(own.iter().all(is_own), "a foreign conversation is listed");
    let foreign = all.iter().find(|item| !is_own(item)).unwrap()["id"].as_u64().unwrap();
    let (status, _) = stand.ask("GET", &format!("/api/v1/conversations/{foreign}/messages"), None, employee).await;
    assert_eq!(status, 404, "a foreign conversation is read");
    let page = stand.get(&format!("/api/v1/conversations/{foreign}/messages")).await;
    let record = page["items"][0]["record"].as_u64().unwrap();
    let with_media = stand.search(&format!("has:media -with:{member}")).await;
    let media = with_media["items"][0]["message"]["media"][0]["media"].as_u64().unwrap();
    let ways = ["messages", "archive/proof"].map(|way| format!("/api/v1/{way}/{record}"));
    for path in ways.into_iter().chain([format!("/api/v1/media/{media}")]) {
        assert_eq!(stand.ask("GET", &path, None, employee).await.0, 404, "{path}");
    }
    let body = json!({"query": "", "limit": 200, "facets": ["kind", "conversation"]});
    let (_, found) = stand.ask("POST", "/api/v1/messages/search", Some(body.clone()), employee).await;
    let total = found["total"].as_u64().unwrap();
    assert!(total > 0 && total < 300);
    for hit in found["items"].as_array().unwrap() {
        let conversation = hit["message"]["conversation"].as_u64().unwrap();
        assert!(own.iter().any(|item| item["id"] == conversation), "a foreign message is found");
    }
    // The observer sees that something was said, and neither the text nor whether a word occurs.
    let (_, found) = stand.ask("POST", "/api/v1/messages/search", Some(body), observer).await;
    assert_eq!(found["total"], 300);
    for hit in found["items"].as_array().unwrap() {
        let message = &hit["message"];
        assert!(message["body"].is_null() && message["pieces"].as_array().is_none_or(Vec::is_empty), "{message}");
    }
    let (status, answer) = stand.ask("POST", "/api/v1/messages/search", Some(json!({"query": "退款"})), observer).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (403, Some("search.text_not_allowed")));
    let media = stand.search("has:media").await["items"][0]["message"]["media"][0]["media"].as_u64().unwrap();
    assert_eq!(stand.ask("GET", &format!("/api/v1/media/{media}"), None, observer).await.0, 403);
}
