//! Contacts are seen by who may see those who look after them or talk with them.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use xinlu_http::ApiError;
use xinlu_identity::{
    AUDITOR, ContactIn, ContactOrigin, ContactVisibility, EMPLOYEE, FollowIn, SECURITY_ADMINISTRATOR, TEAM_LEADER,
    TagIn, TagKind,
};
use xinlu_model::{ContactId, MemberId};

use crate::support::{As, CORP, World, worlds};

fn follow(userid: &str, tags: &[&TagIn]) -> FollowIn {
    let tags = tags.iter().copied().cloned().collect();
    FollowIn { userid: userid.to_owned(), remark: "老客户".to_owned(), added_at: None, tags }
}

fn tag(id: &str, group: &str, name: &str) -> TagIn {
    let kind = if id.starts_with("st") { TagKind::Rule } else { TagKind::Corp };
    TagIn { id: id.to_owned(), group: group.to_owned(), name: name.to_owned(), kind }
}

fn contact(number: usize, userid: &str) -> ContactIn {
    ContactIn {
        external_id: format!("wm{number:04}"),
        name: format!("客户{number:04}"),
        avatar: String::new(),
        corp_name: if number == 3 { "100%_Ltd\\".to_owned() } else { String::new() },
        kind: ContactOrigin::Wechat,
        gender: 1,
        unionid: None,
        follows: vec![follow(userid, &[])],
    }
}

async fn listed(world: &World, session: &str, query: &str, field: &str) -> (Vec<String>, Option<String>) {
    let page = world.get(As::Session(session), &format!("/api/v1/contacts{query}")).await.ok();
    let items = page["items"].as_array().unwrap().iter();
    let fields = items.map(|one| one[field].as_str().unwrap().to_owned()).collect();
    (fields, page["next"].as_str().map(str::to_owned))
}

async fn names(world: &World, session: &str, query: &str) -> (Vec<String>, Option<String>) {
    listed(world, session, query, "name").await
}

async fn ids(world: &World, session: &str, query: &str) -> (Vec<String>, Option<String>) {
    listed(world, session, query, "external_id").await
}

async fn served(world: &World) {
    world.company().await;
    let list = vec![contact(1, "north"), contact(2, "south"), contact(3, "service"), contact(4, "north")];
    let report = world.directory.sync_contacts(CORP, list.clone()).await.unwrap();
    assert_eq!((report.created, report.updated), (4, 0));
    let again = world.directory.sync_contacts(CORP, list).await.unwrap();
    assert_eq!((again.created, again.updated), (0, 0));
}

#[tokio::test]
async fn each_sees_the_contacts_of_who_they_may_see() {
    for world in worlds().await {
        served(&world).await;
        let (north, sales) = (world.member("north").await, world.member("sales").await);
        let (_, employee) = world.user("north", &[EMPLOYEE], Some(north)).await;
        let (_, leader) = world.user("sales", &[TEAM_LEADER], Some(sales)).await;
        let (_, auditor) = world.user("auditor", &[AUDITOR], None).await;
        assert_eq!(names(&world, &employee, "").await.0, ["客户0001", "客户0004"]);
        assert_eq!(ids(&world, &leader, "").await.0, ["wm0001", "wm0002", "wm0004"]);
        assert_eq!(names(&world, &auditor, "").await.0.len(), 4);
        assert_eq!(names(&world, &auditor, "?name=WM0002").await.0, ["客户0002"]);
        assert_eq!(names(&world, &auditor, "?name=100%25_ltd%5C").await.0, ["客户0003"]);
        assert_eq!(names(&world, &auditor, "?name=%25").await.0, ["客户0003"]);
        let (page, next) = ids(&world, &leader, "?limit=2").await;
        assert_eq!(page, ["wm0001", "wm0002"]);
        let (page, next) = ids(&world, &leader, &format!("?limit=2&after={}", next.unwrap())).await;
        assert_eq!((page, next), (vec!["wm0004".to_owned()], None));
        let two = world.directory.find_contacts_by_name("客户0002").await.unwrap()[0];
        let path = format!("/api/v1/contacts/{two}");
        assert_eq!(world.get(As::Session(&employee), &path).await.status, StatusCode::NOT_FOUND);
        let view = world.get(As::Session(&leader), &path).await.ok();
        assert_eq!(view["members"][0]["remark"], Value::from("老**"));
    }
}

struct TalksWith(MemberId, ContactId);

#[async_trait]
impl ContactVisibility for TalksWith {
    async fn talking_with(
        &self,
        contacts: &[ContactId],
        members: &BTreeSet<MemberId>,
    ) -> Result<BTreeSet<ContactId>, ApiError> {
        let seen = contacts.iter().copied().filter(|contact| *contact == self.1 && members.contains(&self.0));
        Ok(seen.collect())
    }
}

#[tokio::test]
async fn who_talks_with_a_contact_sees_them_too() {
    for world in worlds().await {
        served(&world).await;
        let north = world.member("north").await;
        let three = world.directory.find_contacts_by_external_id("wm0003").await.unwrap()[0];
        world.identity.set_contact_visibility(Arc::new(TalksWith(north, three)));
        let (_, employee) = world.user("north", &[EMPLOYEE], Some(north)).await;
        assert_eq!(names(&world, &employee, "").await.0, ["客户0001", "客户0003", "客户0004"]);
    }
}

#[tokio::test]
async fn a_page_of_few_among_many_goes_on() {
    for world in worlds().await {
        world.company().await;
        let list = (0..2_300).map(|number| contact(number, if number == 2_250 { "north" } else { "south" }));
        world.directory.sync_contacts(CORP, list.collect()).await.unwrap();
        let north = world.member("north").await;
        let (_, employee) = world.user("north", &[EMPLOYEE], Some(north)).await;
        let (page, next) = names(&world, &employee, "").await;
        assert_eq!(page, [""; 0]);
        let (page, next) = names(&world, &employee, &format!("?after={}", next.unwrap())).await;
        assert_eq!((page, next), (vec!["客户2250".to_owned()], None));
    }
}

/// North gave the first contact two tags and South one of them; Service gave the third another.
async fn tagged(world: &World, vip: &str) {
    world.company().await;
    let (vip, loan, rule) = (tag("etVip", "客户等级", vip), tag("etLoan", "业务", "房贷"), tag("stRule", "", ""));
    let mut list = vec![contact(1, "north"), contact(2, "south"), contact(3, "service")];
    list[0].follows = vec![follow("north", &[&vip, &loan]), follow("south", &[&vip])];
    list[2].follows = vec![follow("service", &[&rule])];
    world.directory.sync_contacts(CORP, list).await.unwrap();
}

/// Group, name, kind and count of each tag.
async fn counted(world: &World, session: &str) -> Vec<String> {
    let page = world.get(As::Session(session), "/api/v1/contact-tags").await.ok();
    let line = |one: &Value| {
        format!("{}/{} {} {}", text(&one["group"]), text(&one["name"]), text(&one["kind"]), one["contacts"])
    };
    page["items"].as_array().unwrap().iter().map(line).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn named(tags: &Value) -> Vec<&str> {
    tags.as_array().unwrap().iter().map(|one| text(&one["name"])).collect()
}

async fn tag_id(world: &World, session: &str, name: &str) -> i64 {
    let page = world.get(As::Session(session), "/api/v1/contact-tags").await.ok();
    let found = page["items"].as_array().unwrap().iter().find(|one| one["name"] == name).map(|one| one["id"].as_i64());
    found.flatten().unwrap()
}

#[tokio::test]
async fn tags_are_shown_counted_and_filtered_by_within_the_callers_scope() {
    for world in worlds().await {
        tagged(&world, "重要").await;
        let (south, service) = (world.member("south").await, world.member("service").await);
        let (_, employee) = world.user("south", &[EMPLOYEE], Some(south)).await;
        let (_, other) = world.user("service", &[EMPLOYEE], Some(service)).await;
        let (_, auditor) = world.user("auditor", &[AUDITOR], None).await;
        let (_, security) = world.user("security", &[SECURITY_ADMINISTRATOR], None).await;
        assert_eq!(counted(&world, &auditor).await, ["/stRule rule 1", "业务/房贷 corp 1", "客户等级/重要 corp 1"]);
        assert_eq!(counted(&world, &employee).await, ["客户等级/重要 corp 1"]);
        assert_eq!(counted(&world, &other).await, ["/stRule rule 1"]);
        let refused = world.get(As::Session(&security), "/api/v1/contact-tags").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);

        let loan = tag_id(&world, &auditor, "房贷").await;
        let by_tag = |tag: i64| format!("?tag={tag}");
        assert_eq!(names(&world, &auditor, &by_tag(loan)).await.0, ["客户0001"]);
        assert_eq!(names(&world, &employee, "").await.0, ["客户0001", "客户0002"]);
        assert_eq!(names(&world, &employee, &by_tag(loan)).await.0, [""; 0], "a tag of a member one does not see");
        assert_eq!(names(&world, &auditor, "?tag=99").await.0, [""; 0]);
        assert_eq!(names(&world, &auditor, &format!("?tag={loan}&name=0002")).await.0, [""; 0]);
        let one = world.directory.find_contacts_by_name("客户0001").await.unwrap()[0];
        let path = format!("/api/v1/contacts/{one}");
        let view = world.get(As::Session(&auditor), &path).await.ok();
        assert_eq!(named(&view["tags"]), ["房贷", "重要"], "each once");
        assert_eq!(
            (named(&view["members"][0]["tags"]), named(&view["members"][1]["tags"])),
            (vec!["房贷", "重要"], vec!["重要"])
        );
        let view = world.get(As::Session(&employee), &path).await.ok();
        assert_eq!(named(&view["tags"]), ["重要"]);
        assert_eq!(view["members"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn tags_follow_their_source() {
    for world in worlds().await {
        tagged(&world, "重要").await;
        let (_, auditor) = world.user("auditor", &[AUDITOR], None).await;
        let id = tag_id(&world, &auditor, "重要").await;
        tagged(&world, "贵宾").await;
        assert_eq!(tag_id(&world, &auditor, "贵宾").await, id, "a renamed tag is the same");
        tagged(&world, "").await;
        assert_eq!(tag_id(&world, &auditor, "贵宾").await, id, "an empty name keeps what we have");
        let mut plain = contact(1, "north");
        plain.follows.push(follow("south", &[&tag("etLoan", "业务", "房贷")]));
        world.directory.sync_contacts(CORP, vec![plain]).await.unwrap();
        assert_eq!(
            counted(&world, &auditor).await,
            ["/stRule rule 1", "业务/房贷 corp 1"],
            "what was taken away is gone"
        );
        let other =
            vec![ContactIn { follows: vec![follow("north", &[&tag("etVip", "A", "B")])], ..contact(9, "north") }];
        world.directory.sync_contacts("wecom:other", other).await.unwrap();
        let all = counted(&world, &auditor).await;
        assert_eq!(all, ["/stRule rule 1", "A/B corp 1", "业务/房贷 corp 1"], "another corp's tag is another tag");
    }
}

/// A reader of everybody's contacts who reads conversations at a level.
async fn reader(world: &World, root: &str, level: Option<&str>) -> String {
    let mut rules = vec![json!({"permission": "contact.read", "scope": "all"})];
    rules.extend(level.map(|level| json!({"permission": "conversation.read", "scope": "all", "level": level})));
    let name = level.unwrap_or("none");
    let role = json!({"name": name, "rules": rules});
    let role = world.call(As::Session(root), Method::POST, "/api/v1/roles", role).await.ok();
    let user = json!({"name": name, "password": "correct horse battery", "roles": [role["id"]]});
    world.call(As::Session(root), Method::POST, "/api/v1/users", user).await.ok();
    let session = world.sign_in(name, "correct horse battery").await.cookie();
    let change = json!({"old": "correct horse battery", "new": "another good one"});
    world.call(As::Session(&session), Method::PUT, "/api/v1/sessions/password", change).await.ok();
    session
}

#[tokio::test]
async fn contacts_are_shown_as_far_as_conversations_are_read() {
    for world in worlds().await {
        world.company().await;
        let mut list = vec![contact(1, "north"), contact(3, "south")];
        list[1].avatar = "https://example.com/face.png".to_owned();
        world.directory.sync_contacts(CORP, list).await.unwrap();
        let (_, root) = world.user("root", &[xinlu_identity::SYSTEM_ADMINISTRATOR], None).await;
        let three = world.directory.find_contacts_by_external_id("wm0003").await.unwrap()[0];
        for (level, expected) in [
            (None, ["text", "客户0003", "老客户", "100%_Ltd\\", "https://example.com/face.png"]),
            (Some("text"), ["text", "客户0003", "老客户", "100%_Ltd\\", "https://example.com/face.png"]),
            (Some("masked"), ["masked", "客**", "老**", "100%_Ltd\\", ""]),
            (Some("metadata"), ["metadata", "wm0003", "", "", ""]),
        ] {
            let session = reader(&world, &root, level).await;
            let view = world.get(As::Session(&session), &format!("/api/v1/contacts/{three}")).await.ok();
            let shown = ["level", "name", "company", "avatar"].map(|field| text(&view[field]).to_owned());
            let [seen_at, name, company, avatar] = shown;
            let remark = text(&view["members"][0]["remark"]).to_owned();
            assert_eq!([seen_at, name, remark, company, avatar], expected, "{level:?}");
            let found = async |name: &str| names(&world, &session, &format!("?name={name}")).await.0.len();
            let (begins, whole) = ("%E5%AE%A2", "%E5%AE%A2%E6%88%B70003");
            let in_full = level.is_none_or(|level| level == "text");
            assert_eq!(found(whole).await, usize::from(in_full), "{level:?}: what is hidden is not found by either");
            assert_eq!(found(begins).await, if level == Some("metadata") { 0 } else { 2 }, "{level:?}");
            assert_eq!(found("wm0003").await, 1);
        }
    }
}

#[tokio::test]
async fn who_reads_their_own_in_full_sees_their_own_contacts_in_full() {
    for world in worlds().await {
        world.company().await;
        let sales = world.member("sales").await;
        let list = vec![contact(1, "north"), contact(2, "sales")];
        world.directory.sync_contacts(CORP, list).await.unwrap();
        let (_, leader) = world.user("sales", &[TEAM_LEADER], Some(sales)).await;
        let levels: Vec<String> = {
            let page = world.get(As::Session(&leader), "/api/v1/contacts").await.ok();
            page["items"].as_array().unwrap().iter().map(|one| text(&one["level"]).to_owned()).collect()
        };
        assert_eq!(levels, ["masked", "text"]);
        assert_eq!(names(&world, &leader, "").await.0, ["客**", "客户0002"]);
    }
}
