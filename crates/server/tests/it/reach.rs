//! How far a role reaches, held against what an auditor sees: everything within the scope, and nothing beyond it by any way.
//!
//! The oracle is one rule: a conversation is within reach if one of the members in scope takes part in it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::stand::Stand;

/// A word of every message that is sent for the walk, and a number that must be masked below level text.
const WORD: &str = "查验通道";
const PHONE: &str = "13800138000";
/// What the walk's images hold, with its MD5.
const IMAGE: (&[u8], &str) = (b"hello", "5d41402abc4b2a76b9719d911017c592");
/// Items of a page: few, so that every list has several.
const PAGE: usize = 40;
/// Hits of a page, for the same reason.
const HITS: usize = 100;
/// Of so many members one is searched for by what they did not send, which is nearly everything.
const NOT_FROM_EVERY: usize = 8;

/// A company as its auditor sees it.
pub struct Company {
    pub members: Vec<Value>,
    departments: Vec<Value>,
    conversations: Vec<Value>,
    contacts: Vec<Value>,
    consents: Vec<Value>,
    /// Every message, by record.
    messages: BTreeMap<i64, Value>,
}

/// Somebody whose reach is tried.
pub struct Reach {
    pub key: String,
    /// Whose conversations they see in any way.
    pub members: BTreeSet<i64>,
    /// Whose conversations they see in full.
    pub in_full: BTreeSet<i64>,
    /// Whether their role shows the directory.
    pub sees_members: bool,
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

/// All pages of a list.
async fn all(stand: &Stand, key: &str, path: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut after = String::new();
    loop {
        let (status, page) = stand.ask("GET", &format!("{path}limit={PAGE}{after}"), None, key).await;
        assert_eq!(status, 200, "{path}: {page}");
        items.extend_from_slice(list(&page["items"]));
        let Some(next) = page["next"].as_str() else { return items };
        after = format!("&after={next}");
    }
}

/// Every hit of a query, and its first page with the counts over all of them.
async fn search(stand: &Stand, key: &str, query: &str) -> (Vec<Value>, Value) {
    let mut hits = Vec::new();
    let mut first = Value::Null;
    let mut after = Value::Null;
    loop {
        let body = json!({"query": query, "limit": HITS, "after": after,
            "facets": ["kind", "conversation", "sender", "month"]});
        let (status, page) = stand.ask("POST", "/api/v1/messages/search", Some(body), key).await;
        assert_eq!(status, 200, "{query}: {page}");
        hits.extend(list(&page["items"]).iter().map(|hit| hit["message"].clone()));
        after = page["next"].clone();
        if first.is_null() {
            first = page;
        }
        if after.is_null() {
            return (hits, first);
        }
    }
}

impl Company {
    /// Sends a text and an image from every member to a contact of their own, and waits until they can be found.
    pub async fn fill(stand: &Stand, before: u64) {
        let members = all(stand, &stand.key, "/api/v1/members?").await;
        for (index, member) in members.iter().enumerate() {
            let userid = text(&member["userid"]);
            let file = format!("walk-file-{index}");
            stand.simulator("POST", &format!("/sim/media?sdkfileid={file}"), IMAGE.0.to_vec()).await;
            let message = |kind: &str, body: Value| {
                json!({"msgid": format!("walk-{kind}-{index}"), "action": "send", "from": userid, "roomid": "",
                    "tolist": [format!("wmWalk{index}")], "msgtime": 1_767_000_000_000_u64 + index as u64,
                    "msgtype": kind, kind: body})
                .to_string()
            };
            let words = json!({"content": format!("{WORD} {PHONE}")});
            stand.inject(message("text", words).as_bytes(), "").await;
            let image = json!({"sdkfileid": file, "md5sum": IMAGE.1, "filesize": IMAGE.0.len()});
            stand.inject(message("image", image).as_bytes(), "").await;
        }
        stand.until_searchable(before + 2 * members.len() as u64).await;
        stand
            .until("the walk's images to be stored", async |stand: &Stand| {
                let (hits, _) = search(stand, &stand.key, "kind:image").await;
                let own = hits.iter().filter(|hit| text(&hit["msgid"]).starts_with("walk-image-"));
                own.filter(|hit| hit["media"][0]["state"] == "stored").count() == members.len()
            })
            .await;
    }

    /// Reads everything as the auditor.
    pub async fn read(stand: &Stand) -> Self {
        let key = &stand.key;
        let (messages, _) = search(stand, key, "").await;
        let departments = stand.get("/api/v1/departments").await;
        Self {
            members: all(stand, key, "/api/v1/members?").await,
            departments: list(&departments["items"]).to_vec(),
            conversations: all(stand, key, "/api/v1/conversations?").await,
            contacts: all(stand, key, "/api/v1/contacts?").await,
            consents: all(stand, key, "/api/v1/consents?").await,
            messages: messages.into_iter().map(|message| (number(&message["record"]), message)).collect(),
        }
    }

    fn inside(&self, departments: &BTreeSet<i64>) -> BTreeSet<i64> {
        let is_in =
            |member: &&Value| list(&member["departments"]).iter().any(|one| departments.contains(&number(&one["id"])));
        self.members.iter().filter(is_in).map(|member| number(&member["id"])).collect()
    }

    fn homes(member: &Value, led: bool) -> BTreeSet<i64> {
        let homes = list(&member["departments"]).iter().filter(|home| !led || home["leads"] == true);
        homes.map(|home| number(&home["id"])).collect()
    }

    /// Who is in the departments that a member leads, or below.
    pub fn subtree(&self, member: &Value) -> BTreeSet<i64> {
        let led = Self::homes(member, true);
        let below = |department: &&Value| list(&department["path"]).iter().any(|above| led.contains(&number(above)));
        self.inside(&self.departments.iter().filter(below).map(|department| number(&department["id"])).collect())
    }

    /// Who is in the same departments as a member, and not below.
    pub fn department(&self, member: &Value) -> BTreeSet<i64> {
        self.inside(&Self::homes(member, false))
    }

    /// Members who lead a department with others in departments below it, which they are not in themselves.
    pub fn leaders_of_trees(&self) -> Vec<&Value> {
        let leads = |member: &&Value| {
            let (tree, own) = (self.subtree(member), self.department(member));
            !tree.is_subset(&own) && tree.len() + 5 < self.members.len()
        };
        self.members.iter().filter(leads).collect()
    }

    fn conversation(&self, id: &Value) -> &Value {
        let found = self.conversations.iter().find(|one| one["id"] == *id);
        found.unwrap_or_else(|| panic!("the auditor does not see conversation {id}"))
    }

    fn reaches(&self, conversation: &Value, members: &BTreeSet<i64>) -> bool {
        list(&self.conversation(conversation)["members"]).iter().any(|one| members.contains(&number(&one["id"])))
    }

    /// The records in conversations of these members that fit.
    fn records(&self, members: &BTreeSet<i64>, fits: impl Fn(&Value) -> bool) -> BTreeSet<i64> {
        let seen = |(_, message): &(&i64, &Value)| fits(message) && self.reaches(&message["conversation"], members);
        self.messages.iter().filter(seen).map(|(record, _)| *record).collect()
    }
}

/// Tries every way.
pub async fn walk(stand: &Stand, company: &Company, reach: &Reach) {
    let seen = company.records(&reach.members, |_| true);
    assert!(!seen.is_empty() && seen.len() < company.messages.len(), "the walk shows something only if both are there");
    conversations(stand, company, reach).await;
    messages(stand, company, reach).await;
    found(stand, company, reach).await;
    counted(stand, company, reach).await;
    people(stand, company, reach).await;
    for path in ["/api/v1/archive/status", "/api/v1/archive/parked", "/api/v1/audit", "/api/v1/users", "/api/v1/roles"]
    {
        assert_eq!(stand.ask("GET", path, None, &reach.key).await.0, 403, "{path}");
    }
}

async fn conversations(stand: &Stand, company: &Company, reach: &Reach) {
    let ids = |items: &[Value]| -> BTreeSet<i64> { items.iter().map(|item| number(&item["id"])).collect() };
    let within = |fits: &dyn Fn(&Value) -> bool| -> BTreeSet<i64> {
        let seen = |one: &&Value| company.reaches(&one["id"], &reach.members) && fits(one);
        company.conversations.iter().filter(seen).map(|one| number(&one["id"])).collect()
    };
    let key = &reach.key;
    assert_eq!(ids(&all(stand, key, "/api/v1/conversations?").await), within(&|_| true));
    for member in &company.members {
        let listed = all(stand, key, &format!("/api/v1/conversations?member={}&", member["id"])).await;
        let takes_part = |one: &Value| list(&one["members"]).iter().any(|other| other["id"] == member["id"]);
        assert_eq!(ids(&listed), within(&takes_part), "with member {}", member["userid"]);
    }
    for department in &company.departments {
        let listed = all(stand, key, &format!("/api/v1/conversations?department={}&", department["id"])).await;
        assert!(ids(&listed).is_subset(&within(&|_| true)), "of department {}", department["name"]);
    }
    // The place of somebody else's page is no way in.
    let (_, page) = stand.ask("GET", "/api/v1/conversations?limit=1", None, &stand.key).await;
    let place = text(&page["next"]);
    let listed = all(stand, key, &format!("/api/v1/conversations?after={place}&")).await;
    assert!(ids(&listed).is_subset(&within(&|_| true)));
    let own = within(&|_| true).into_iter().next().unwrap();
    for conversation in &company.conversations {
        let id = &conversation["id"];
        let expected = if company.reaches(id, &reach.members) { 200 } else { 404 };
        for path in [format!("/api/v1/conversations/{id}"), format!("/api/v1/conversations/{id}/messages?limit=2")] {
            assert_eq!(stand.ask("GET", &path, None, key).await.0, expected, "{path}");
        }
    }
    let beyond = company.messages.values().find(|one| !company.reaches(&one["conversation"], &reach.members)).unwrap();
    let around = format!("/api/v1/conversations/{own}/messages?around={}", beyond["record"]);
    assert_eq!(stand.ask("GET", &around, None, key).await.0, 404, "a foreign record in a conversation of one's own");
    for id in ["0", "-1", "999999"] {
        assert_eq!(stand.ask("GET", &format!("/api/v1/conversations/{id}"), None, key).await.0, 404, "{id}");
    }
}

async fn messages(stand: &Stand, company: &Company, reach: &Reach) {
    for (record, message) in &company.messages {
        let conversation = &message["conversation"];
        let (seen, in_full) =
            (company.reaches(conversation, &reach.members), company.reaches(conversation, &reach.in_full));
        let (status, shown) = stand.ask("GET", &format!("/api/v1/messages/{record}"), None, &reach.key).await;
        assert_eq!(status, if seen { 200 } else { 404 }, "message {record}: {shown}");
        assert!(seen || !shown.to_string().contains(PHONE));
        let is_ours = text(&message["msgid"]).starts_with("walk-");
        if seen {
            assert_eq!(shown["level"], if in_full { "text" } else { "masked" }, "message {record}");
        }
        if !is_ours {
            continue;
        }
        if message["kind"] == "text" && seen {
            assert_eq!(shown.to_string().contains(PHONE), in_full, "message {record}: {shown}");
        }
        let (status, proof) = stand.ask("GET", &format!("/api/v1/archive/proof/{record}"), None, &reach.key).await;
        assert_eq!(status, if seen { 200 } else { 404 }, "proof {record}");
        assert_eq!(proof["opening"].is_object(), in_full, "what opens a commitment is text");
        if let Some(media) = message["media"].get(0) {
            let path = format!("/api/v1/media/{}", media["media"]);
            let expected = match (seen, in_full) {
                (_, true) => 200,
                (true, false) => 403,
                (false, false) => 404,
            };
            assert_eq!(stand.ask("GET", &path, None, &reach.key).await.0, expected, "{path}");
        }
    }
}

fn records_of(hits: &[Value]) -> BTreeSet<i64> {
    hits.iter().map(|hit| number(&hit["record"])).collect()
}

/// Each operator finds what it says, within reach.
async fn found(stand: &Stand, company: &Company, reach: &Reach) {
    let key = &reach.key;
    let mut queries: Vec<(String, BTreeSet<i64>)> = Vec::new();
    let takes_part = |message: &Value, id: &Value| {
        let is = |party: &Value| party["kind"] == "member" && party["id"] == *id;
        is(&message["sender"]) || list(&message["recipients"]).iter().any(is)
    };
    for (index, member) in company.members.iter().enumerate() {
        let (userid, id) = (text(&member["userid"]), &member["id"]);
        let sent = |message: &Value| message["sender"]["kind"] == "member" && message["sender"]["id"] == *id;
        queries.push((format!("from:{userid}"), company.records(&reach.members, sent)));
        if index % NOT_FROM_EVERY == 0 {
            queries.push((format!("-from:{userid}"), company.records(&reach.members, |message| !sent(message))));
        }
        let with = company.records(&reach.members, |message| takes_part(message, id));
        queries.push((format!("with:{userid}"), with));
    }
    for conversation in &company.conversations {
        let id = &conversation["id"];
        let inside = company.records(&reach.members, |message| message["conversation"] == *id);
        queries.push((format!("in:#{id}"), inside));
    }
    for (query, expected) in queries {
        let (hits, page) = search(stand, key, &query).await;
        assert_eq!(records_of(&hits), expected, "{query}");
        assert_eq!(page["total"], expected.len(), "{query}");
    }
    let everything = company.records(&reach.members, |_| true);
    for department in &company.departments {
        let (hits, page) = search(stand, key, &format!("dept:\"{}\"", text(&department["name"]))).await;
        assert!(records_of(&hits).is_subset(&everything), "{}", department["name"]);
        assert_eq!(page["total"], hits.len());
    }
    // A word is looked for only where it may be read.
    let (hits, page) = search(stand, key, WORD).await;
    let is_walk = |message: &Value| text(&message["msgid"]).starts_with("walk-text-");
    let readable = company.records(&reach.in_full, is_walk);
    assert_eq!((records_of(&hits), number(&page["total"])), (readable.clone(), readable.len() as i64));
}

/// Counts over all hits count nothing beyond the scope.
async fn counted(stand: &Stand, company: &Company, reach: &Reach) {
    let everything = company.records(&reach.members, |_| true);
    let (hits, page) = search(stand, &reach.key, "").await;
    assert_eq!((records_of(&hits), number(&page["total"])), (everything.clone(), everything.len() as i64));
    let facets = &page["facets"];
    for facet in ["kind", "month"] {
        let counted: i64 = list(&facets[facet]).iter().map(|one| number(&one["count"])).sum();
        assert_eq!(counted, everything.len() as i64, "{facet}");
    }
    for one in list(&facets["conversation"]) {
        let id: i64 = text(&one["value"]).parse().unwrap();
        let expected = company.records(&reach.members, |message| number(&message["conversation"]) == id).len();
        assert!(expected > 0 && one["count"] == expected, "conversation {one}");
    }
    for one in list(&facets["sender"]) {
        let sent = |message: &Value| message["sender"]["external_id"] == one["value"];
        assert_eq!(one["count"], company.records(&reach.members, sent).len(), "sender {one}");
    }
    // The place of somebody else's page of hits is no way in.
    let body = json!({"query": "", "limit": 1});
    let (_, foreign) = stand.ask("POST", "/api/v1/messages/search", Some(body), &stand.key).await;
    let body = json!({"query": "", "limit": 200, "after": foreign["next"]});
    let (status, rest) = stand.ask("POST", "/api/v1/messages/search", Some(body), &reach.key).await;
    assert_eq!(status, 200, "{rest}");
    let rest: Vec<Value> = list(&rest["items"]).iter().map(|hit| hit["message"].clone()).collect();
    assert!(records_of(&rest).is_subset(&everything));
}

/// Contacts are seen through who looks after them or talks with them, consents through their conversation.
async fn people(stand: &Stand, company: &Company, reach: &Reach) {
    let key = &reach.key;
    let follows = |contact: &Value| {
        let followers = list(&contact["members"]).iter().map(|follower| number(&follower["member"]));
        followers.filter(|member| reach.members.contains(member)).collect::<BTreeSet<i64>>()
    };
    let mut by_talk = 0;
    let talks = |contact: &Value| {
        let with = |one: &&Value| list(&one["contacts"]).iter().any(|party| party["id"] == contact["id"]);
        company.conversations.iter().filter(with).any(|one| company.reaches(&one["id"], &reach.members))
    };
    let mut expected = BTreeSet::new();
    for contact in &company.contacts {
        let id = &contact["id"];
        let (followed, talked) = (!follows(contact).is_empty(), talks(contact));
        by_talk += u32::from(talked && !followed);
        let (status, shown) = stand.ask("GET", &format!("/api/v1/contacts/{id}"), None, key).await;
        assert_eq!(status, if followed || talked { 200 } else { 404 }, "contact {id}: {shown}");
        if followed || talked {
            expected.insert(number(id));
            let shown: BTreeSet<i64> = list(&shown["members"]).iter().map(|one| number(&one["member"])).collect();
            assert_eq!(shown, follows(contact), "who looks after contact {id}");
        }
    }
    assert!(by_talk > 0, "contacts are seen through conversations alone");
    let listed: BTreeSet<i64> =
        all(stand, key, "/api/v1/contacts?").await.iter().map(|contact| number(&contact["id"])).collect();
    assert_eq!(listed, expected);
    let records = |items: &[Value]| -> BTreeSet<i64> { items.iter().map(|item| number(&item["record"])).collect() };
    let consents = all(stand, key, "/api/v1/consents?").await;
    let agreed = company.consents.iter().filter(|one| company.reaches(&one["conversation"], &reach.members));
    assert_eq!(records(&consents), agreed.map(|one| number(&one["record"])).collect());
    let (status, answer) = stand.ask("GET", "/api/v1/members?limit=1", None, key).await;
    assert_eq!(status, if reach.sees_members { 200 } else { 403 }, "{answer}");
}
