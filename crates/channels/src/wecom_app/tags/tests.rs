//! Tags of contacts, named by a small server on loopback.

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};
use xinlu_identity::{ContactIn, ContactOrigin, FollowIn};

use super::{given, name};
use crate::testing::{World, wecom};

fn contact(id: &str, tags: &[&str]) -> ContactIn {
    let info = json!({"tag_id": tags});
    let follow = FollowIn {
        userid: "ken".to_owned(),
        remark: String::new(),
        added_at: None,
        tags: given(info.as_object().expect("an object")),
    };
    ContactIn {
        external_id: id.to_owned(),
        name: id.to_owned(),
        avatar: String::new(),
        corp_name: String::new(),
        kind: ContactOrigin::Wechat,
        gender: 0,
        unionid: None,
        follows: vec![follow],
    }
}

/// The tags as `group/name kind`, and what was asked for.
async fn check(contacts: &[(&str, &[&str])], list_permitted: bool) -> (Vec<String>, Vec<String>, bool) {
    let world = World::new().await;
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&asked);
    let client = wecom(&world, move |path, query, _: &Value| {
        let contact = query.split('&').find_map(|pair| pair.strip_prefix("external_userid=")).unwrap_or_default();
        heard.lock().push(format!("{} {contact}", path.rsplit('/').next().unwrap_or_default()).trim().to_owned());
        match path {
            "/cgi-bin/externalcontact/get_corp_tag_list" if list_permitted => json!({"errcode": 0, "tag_group": [
                {"group_id": "g", "group_name": "等级", "tag": [{"id": "etVip", "name": "重要"}, {"id": "etLow", "name": "普通"}]}]}),
            "/cgi-bin/externalcontact/get" => json!({"errcode": 0, "follow_user": [{"userid": "ken", "tags": [
                {"group_name": "规则", "tag_name": "华东", "tag_id": "stEast", "type": 3},
                {"group_name": "等级", "tag_name": "贵宾", "tag_id": "etVip", "type": 1},
                {"group_name": "我的", "tag_name": "朋友", "type": 2}]}]}),
            _ => json!({"errcode": 48002}),
        }
    })
    .await;
    let mut contacts: Vec<ContactIn> = contacts.iter().map(|(id, tags)| contact(id, tags)).collect();
    let failed = name(&client, &mut contacts).await.is_err();
    let tags = contacts.iter().flat_map(|contact| &contact.follows).flat_map(|follow| &follow.tags);
    let tags = tags.map(|tag| format!("{}/{} {:?}", tag.group, tag.name, tag.kind)).collect();
    (tags, asked.lock().clone(), failed)
}

#[tokio::test]
async fn the_corps_list_names_its_tags_in_one_call() {
    let (tags, asked, failed) = check(&[("wmA", &["etVip", "etLow"]), ("wmB", &["etVip"])], true).await;
    assert_eq!(tags, ["等级/重要 Corp", "等级/普通 Corp", "等级/重要 Corp"]);
    assert_eq!((asked, failed), (vec!["get_corp_tag_list".to_owned()], false));
}

#[tokio::test]
async fn what_the_list_does_not_name_a_bearer_does() {
    let (tags, asked, failed) = check(&[("wmA", &["etVip"]), ("wmB", &["stEast"]), ("wmC", &["stEast"])], true).await;
    assert_eq!(tags, ["等级/重要 Corp", "规则/华东 Rule", "规则/华东 Rule"]);
    assert_eq!((asked, failed), (vec!["get_corp_tag_list".to_owned(), "get wmB".to_owned()], false));
}

#[tokio::test]
async fn without_the_list_bearers_name_what_they_can_and_the_failure_is_told() {
    let (tags, asked, failed) = check(&[("wmA", &["etVip", "etGone"]), ("wmB", &["etGone"])], false).await;
    assert_eq!(tags, ["等级/贵宾 Corp", "/ Corp", "/ Corp"], "what nobody names keeps the name we have");
    assert_eq!((asked, failed), (vec!["get_corp_tag_list".to_owned(), "get wmA".to_owned()], true));
}

#[tokio::test]
async fn without_tags_nothing_is_asked() {
    let (tags, asked, failed) = check(&[("wmA", &[])], true).await;
    assert_eq!((tags, asked, failed), (vec![], vec![], false));
}
