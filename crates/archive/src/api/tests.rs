//! Revealing, readers, days and history over HTTP: who gets what, and what the trail says of it.

use serde_json::{Value, json};
use xinlu_model::{RecordId, SourceId};

use super::testing::{Answered, Api, READER, apis};
use crate::fixture::envelope;

const MASKED: &str = "mary conversation.read=masked";
const NUMBER: &str = "13800138000";
/// An hour.
const HOUR_MS: i64 = 3_600_000;

async fn fill(api: &Api) {
    let world = &api.world;
    let said = format!("请回电 {NUMBER}");
    world.settle(vec![world.message(1, "zhang", &["wmA"], &said)]).await;
    world.settle(vec![world.message(2, "li", &["wmB"], "别的")]).await;
}

async fn member(api: &Api, external_id: &str) -> i64 {
    let members = api.world.directory.members().await.unwrap();
    members.iter().find(|member| member.userid == external_id).unwrap().id.number()
}

#[tokio::test]
async fn a_masked_reader_sees_one_message_in_full_and_only_within_both_scopes() {
    for api in apis().await {
        fill(&api).await;
        let (zhang, li) = (member(&api, "zhang").await, member(&api, "li").await);
        let path = "/api/v1/messages/1/reveal";
        let shown = api.ask("POST", path, &format!("{MASKED} archive.reveal=text")).await;
        assert!(shown.text().contains(NUMBER), "{}", shown.text());
        assert_eq!(shown.json()["level"], "text");
        assert_eq!(api.get("/api/v1/messages/1", MASKED).await.json()["level"], "masked", "the rest stays masked");
        // Whoever reads in full anyway may use it too.
        assert_eq!(api.ask("POST", path, &format!("{READER} archive.reveal=text")).await.status, 200);

        let code = |rules: String| {
            let api = &api;
            async move { api.ask("POST", path, &format!("mary {rules}")).await.code() }
        };
        let forbidden = (403, "archive.not_allowed".to_owned());
        let missing = (404, "archive.record_not_found".to_owned());
        assert_eq!(code("conversation.read=masked".to_owned()).await, (403, "http.forbidden".to_owned()));
        assert_eq!(code(format!("conversation.read=masked archive.reveal=text={li}")).await, forbidden);
        assert_eq!(code(format!("conversation.read=masked archive.reveal=text={zhang}")).await.0, 200);
        assert_eq!(code("conversation.read=metadata archive.reveal=text".to_owned()).await, forbidden);
        assert_eq!(code(format!("conversation.read=text={li} archive.reveal=text")).await, missing);
        assert_eq!(code("archive.reveal=text".to_owned()).await, missing);
        let unknown = api.ask("POST", "/api/v1/messages/9/reveal", &format!("{MASKED} archive.reveal=text")).await;
        assert_eq!(unknown.code(), missing);
    }
}

fn readers(answer: &Answered) -> Vec<String> {
    let page = answer.json();
    let readers = page["readers"].as_array().unwrap_or_else(|| panic!("{page}"));
    readers.iter().map(|one| format!("{} {}", one["name"].as_str().unwrap(), one["action"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn who_may_read_a_conversation_sees_who_did() {
    for api in apis().await {
        fill(&api).await;
        let talk = api.conversation(1).await;
        let path = format!("/api/v1/conversations/{talk}/readers");
        assert_eq!(readers(&api.get(&path, READER).await), Vec::<String>::new());
        api.get(&format!("/api/v1/conversations/{talk}/messages"), MASKED).await;
        api.get("/api/v1/messages/1", READER).await;
        api.ask("POST", "/api/v1/messages/1/reveal", &format!("{MASKED} archive.reveal=text")).await;
        api.get("/api/v1/archive/proof/1", READER).await;
        // Neither another conversation, nor what was refused, nor a proof that opens nothing is a reading of this one.
        api.get("/api/v1/messages/2", READER).await;
        api.ask("POST", "/api/v1/messages/1/reveal", "eve conversation.read=metadata archive.reveal=text").await;
        api.get("/api/v1/archive/proof/1", MASKED).await;
        let expected =
            ["anna archive.proof", "mary message.reveal", "anna conversation.read", "mary conversation.read"];
        assert_eq!(readers(&api.get(&path, MASKED).await), expected);

        let first = api.get(&format!("{path}?limit=3"), READER).await;
        assert_eq!(readers(&first), expected[..3]);
        assert_eq!(first.json()["readers"][0]["user"], i64::from(b'a'));
        let next = first.json()["next"].as_i64().unwrap();
        let second = api.get(&format!("{path}?limit=3&after={next}"), READER).await;
        assert_eq!((readers(&second), &second.json()["next"]), (vec![expected[3].to_owned()], &Value::Null));
        let li = member(&api, "li").await;
        let outside = api.get(&path, &format!("lisa conversation.read=text={li}")).await;
        assert_eq!(outside.code(), (404, "archive.conversation_not_found".to_owned()));
        assert_eq!(api.get(&format!("{path}?limit=201"), READER).await.code().1, "archive.parameter");
    }
}

#[tokio::test]
async fn every_day_tells_what_became_of_what_came() {
    for api in apis().await {
        let world = &api.world;
        let status = "olga archive.status=text";
        let path = "/api/v1/archive/reconciliation";
        assert_eq!(api.get(path, status).await.json(), json!({"days": []}));
        world.settle(vec![world.message(1, "zhang", &["wmA"], "一"), world.message(2, "zhang", &["wmA"], "二")]).await;
        world.clock.advance_ms(24 * HOUR_MS);
        // One again, number 4 never comes, one stays open.
        world.settle(vec![world.message(2, "zhang", &["wmA"], "二"), world.message(3, "zhang", &["wmA"], "三")]).await;
        world.archive.store_intake(world.source, vec![envelope(5, "m5")]).await.unwrap();
        let days = api.get(path, status).await.json();
        let short = |day: &Value| {
            let names = ["received", "archived", "duplicates", "parked", "open", "missing", "unaccounted"];
            names.map(|name| day[name].as_i64().unwrap_or_else(|| panic!("{name} of {day}")))
        };
        let days = days["days"].as_array().unwrap();
        assert_eq!(days.len(), 2);
        assert_eq!((short(&days[0]), &days[0]["state"]), ([3, 1, 1, 0, 1, 1, 0], &json!("missing")));
        assert_eq!((short(&days[1]), &days[1]["state"]), ([2, 2, 0, 0, 0, 0, 0], &json!("balanced")));
        assert_eq!(days[0]["source"], world.source.number());
        assert_eq!(api.get(&format!("{path}?days=1"), status).await.json()["days"].as_array().unwrap().len(), 1);
        for days in ["0", "367"] {
            assert_eq!(api.get(&format!("{path}?days={days}"), status).await.code().1, "archive.parameter");
        }
        assert_eq!(api.get(path, READER).await.code().0, 403);
        assert_ne!(world.source, SourceId::new(0));
    }
}

#[tokio::test]
async fn an_export_needs_the_conversation_in_full() {
    for api in apis().await {
        fill(&api).await;
        let talk = api.conversation(1).await;
        let path = format!("/api/v1/conversations/{talk}/export?format=html");
        assert_eq!(api.get(&path, MASKED).await.code(), (403, "archive.not_allowed".to_owned()));
        let li = member(&api, "li").await;
        let outside = api.get(&path, &format!("lisa conversation.read=text={li}")).await;
        assert_eq!(outside.code(), (404, "archive.conversation_not_found".to_owned()));
        assert!(api.get(&path, READER).await.text().contains(NUMBER));
        let readers = readers(&api.get(&format!("/api/v1/conversations/{talk}/readers"), READER).await);
        assert_eq!(readers, ["anna conversation.export"]);
        assert_eq!(world_last(&api).await, RecordId::new(2));
    }
}

async fn world_last(api: &Api) -> RecordId {
    api.world.archive.last_record().await.unwrap()
}
