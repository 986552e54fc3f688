//! Contacts are seen by who may see those who look after them or talk with them.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use axum::http::StatusCode;
use serde_json::Value;
use xinlu_http::ApiError;
use xinlu_identity::{AUDITOR, ContactIn, ContactOrigin, ContactVisibility, EMPLOYEE, FollowIn, TEAM_LEADER};
use xinlu_model::{ContactId, MemberId};

use crate::support::{As, CORP, World, worlds};

fn contact(number: usize, userid: &str) -> ContactIn {
    ContactIn {
        external_id: format!("wm{number:04}"),
        name: format!("客户{number:04}"),
        avatar: String::new(),
        corp_name: if number == 3 { "100%_Ltd\\".to_owned() } else { String::new() },
        kind: ContactOrigin::Wechat,
        gender: 1,
        unionid: None,
        follows: vec![FollowIn { userid: userid.to_owned(), remark: "老客户".to_owned(), added_at: None }],
    }
}

async fn names(world: &World, session: &str, query: &str) -> (Vec<String>, Option<String>) {
    let page = world.get(As::Session(session), &format!("/api/v1/contacts{query}")).await.ok();
    let items = page["items"].as_array().unwrap().iter();
    let names = items.map(|one| one["name"].as_str().unwrap().to_owned()).collect();
    (names, page["next"].as_str().map(str::to_owned))
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
        assert_eq!(names(&world, &leader, "").await.0, ["客户0001", "客户0002", "客户0004"]);
        assert_eq!(names(&world, &auditor, "").await.0.len(), 4);
        assert_eq!(names(&world, &auditor, "?name=WM0002").await.0, ["客户0002"]);
        assert_eq!(names(&world, &auditor, "?name=100%25_ltd%5C").await.0, ["客户0003"]);
        assert_eq!(names(&world, &auditor, "?name=%25").await.0, ["客户0003"]);
        let (page, next) = names(&world, &leader, "?limit=2").await;
        assert_eq!(page, ["客户0001", "客户0002"]);
        let (page, next) = names(&world, &leader, &format!("?limit=2&after={}", next.unwrap())).await;
        assert_eq!((page, next), (vec!["客户0004".to_owned()], None));
        let two = world.directory.find_contacts_by_name("客户0002").await.unwrap()[0];
        let path = format!("/api/v1/contacts/{two}");
        assert_eq!(world.get(As::Session(&employee), &path).await.status, StatusCode::NOT_FOUND);
        let view = world.get(As::Session(&leader), &path).await.ok();
        assert_eq!(view["members"][0]["remark"], Value::from("老客户"));
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
