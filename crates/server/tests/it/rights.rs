//! No endpoint answers beyond the caller's scope: the OpenAPI document is walked with every role.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::reach::{Company, Reach, walk};
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

/// Ids of customers are longer than any the simulator gives to members.
const USERID_LENGTH: usize = 20;

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
    let copy = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/openapi.json"));
    let copy: Value = serde_json::from_str(copy).unwrap();
    assert!(document == copy, "web/openapi.json is not what the server says; run scripts/openapi");
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

/// What the role of scope `department` in this test may do.
fn department_rules() -> Value {
    let rule = |permission: &str| json!({"permission": permission, "scope": "department"});
    json!([rule("conversation.read"), rule("contact.read"), rule("consent.read")])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_reaches_the_subtree_and_a_department_itself_only() {
    const MESSAGES: u64 = 300;
    if !slow_tests() {
        return;
    }
    let mut stand = Stand::new(MESSAGES, None).await;
    stand.key = stand.add_user("auditor", "auditor");
    let root = stand.add_user("root", "system_administrator");
    stand.start();
    stand.until_searchable(MESSAGES).await;
    Company::fill(&stand, MESSAGES).await;
    let company = Company::read(&stand).await;
    let [leader, colleague, ..] = company.leaders_of_trees()[..] else { panic!("two lead trees of departments") };

    let id = |member: &Value| member["id"].as_i64().unwrap();
    let (_, roles) = stand.ask("GET", "/api/v1/roles", None, &root).await;
    let role = roles["items"].as_array().unwrap().iter().find(|role| role["code"] == "team_leader").unwrap();
    let tree = company.subtree(leader);
    assert!(tree.len() > company.department(leader).intersection(&tree).count(), "there is somebody below");
    let key = stand.hire(&root, "leader", &role["id"], &leader["id"]).await;
    let in_full = BTreeSet::from([id(leader)]);
    walk(&stand, &company, &Reach { key, members: tree, in_full, sees_members: true }).await;

    let body = json!({"name": "department only", "rules": department_rules()});
    let (status, role) = stand.ask("POST", "/api/v1/roles", Some(body), &root).await;
    assert_eq!(status, 200, "{role}");
    let members = company.department(colleague);
    assert!(!company.subtree(colleague).is_subset(&members), "there is somebody below who must not be seen");
    let key = stand.hire(&root, "colleague", &role["id"], &colleague["id"]).await;
    walk(&stand, &company, &Reach { key, in_full: members.clone(), members, sees_members: false }).await;
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
    hidden_names(stand, observer).await;
}

/// Names of customers are hidden from who sees no text: in lists, hits and counts, and a question does not tell them.
async fn hidden_names(stand: &Stand, observer: &str) {
    let is_hidden = |party: &Value| party["kind"] != "contact" || party["name"] == party["external_id"];
    let (_, list) = stand.ask("GET", "/api/v1/conversations?kind=pair&limit=200", None, observer).await;
    let (mut contacts, mut members) = (0, 0);
    for item in list["items"].as_array().unwrap() {
        for contact in item["contacts"].as_array().unwrap() {
            assert!(is_hidden(contact), "{item}");
            let id = contact["external_id"].as_str().unwrap();
            assert!(contact["kind"] != "contact" || item["title"].as_str().unwrap().contains(id), "{item}");
            contacts += 1;
        }
        let named = |member: &&Value| member["name"] != member["external_id"];
        members += item["members"].as_array().unwrap().iter().filter(named).count();
    }
    assert!(contacts > 0 && members > 0, "there are customers, and members are named");
    let body = json!({"query": "", "limit": 200, "facets": ["sender", "conversation"]});
    let (_, found) = stand.ask("POST", "/api/v1/messages/search", Some(body.clone()), observer).await;
    for hit in found["items"].as_array().unwrap() {
        let message = &hit["message"];
        let told = message["recipients"].as_array().unwrap().iter().chain([&message["sender"]]);
        assert!(told.into_iter().all(is_hidden), "{message}");
    }
    let full = stand.ask("POST", "/api/v1/messages/search", Some(body), &stand.key).await.1;
    let sender = |value: &Value, page: &Value| {
        let counts = page["facets"]["sender"].as_array().unwrap().iter();
        counts.clone().find(|count| count["value"] == *value).unwrap()["label"].clone()
    };
    for count in full["facets"]["sender"].as_array().unwrap() {
        let label = sender(&count["value"], &found);
        let id = count["value"].as_str().unwrap();
        let is_contact = (id.starts_with("wm") || id.starts_with("wo")) && id.len() > USERID_LENGTH;
        assert_eq!(label, count[if is_contact { "value" } else { "label" }], "{count}");
    }
    for query in ["in:群", "from:nobody-is-called-so"] {
        let asked = Some(json!({"query": query}));
        let (status, answer) = stand.ask("POST", "/api/v1/messages/search", asked, observer).await;
        assert_eq!((status, answer["error"]["code"].as_str()), (403, Some("search.text_not_allowed")), "{query}");
    }
}
