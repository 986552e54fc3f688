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
async fn who_reads_everybody_sees_who_read_a_conversation() {
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
        assert_eq!(api.get(&format!("{path}?limit=201"), READER).await.code().1, "archive.parameter");
    }
}

#[tokio::test]
async fn an_employee_does_not_see_that_an_auditor_reads() {
    for api in apis().await {
        fill(&api).await;
        let (zhang, li) = (member(&api, "zhang").await, member(&api, "li").await);
        let talk = api.conversation(1).await;
        let path = format!("/api/v1/conversations/{talk}/readers");
        api.get(&format!("/api/v1/conversations/{talk}/messages"), READER).await;
        let own = format!("zoe conversation.read=text={zhang}");
        assert_eq!(api.get(&path, &own).await.code(), (403, "archive.not_allowed".to_owned()));
        assert_eq!(readers(&api.get(&path, &format!("{own} audit.read=text")).await), ["anna conversation.read"]);
        let outside = api.get(&path, &format!("lisa conversation.read=text={li} audit.read=text")).await;
        assert_eq!(outside.code(), (404, "archive.conversation_not_found".to_owned()));
    }
}

#[tokio::test]
async fn last_words_are_a_reading_and_the_list_without_them_is_none() {
    for api in apis().await {
        fill(&api).await;
        let (zhang, talk) = (member(&api, "zhang").await, api.conversation(1).await);
        let path = format!("/api/v1/conversations/{talk}/readers");
        let plain = api.get("/api/v1/conversations", "mary conversation.read=masked").await.json();
        assert!(plain["items"].as_array().unwrap().iter().all(|item| item.get("last").is_none()), "{plain}");
        api.get("/api/v1/conversations?limit=0", MASKED).await;
        assert_eq!(readers(&api.get(&path, READER).await), Vec::<String>::new());

        let shown = api.get("/api/v1/conversations?words=true", MASKED).await.json();
        let texts: Vec<_> = shown["items"].as_array().unwrap().iter().map(|item| &item["last"]["text"]).collect();
        assert_eq!(texts, ["别的", "请回电 138****8000"]);
        assert_eq!(readers(&api.get(&path, READER).await), ["mary conversation.list"]);
        let own = format!("zoe conversation.read=text={zhang}");
        let shown = api.get("/api/v1/conversations?words=true&title=zhang", &own).await.json();
        assert_eq!(shown["items"][0]["last"]["text"], "请回电 13800138000");
        let other = api.conversation(2).await;
        let of_other = format!("/api/v1/conversations/{other}/readers");
        assert_eq!(readers(&api.get(&of_other, READER).await), ["mary conversation.list"]);
        assert_eq!(readers(&api.get(&path, READER).await), ["zoe conversation.list", "mary conversation.list"]);
    }
}

#[tokio::test]
async fn messages_are_asked_for_by_the_moment() {
    for api in apis().await {
        let world = &api.world;
        world.settle((1..=3).map(|seq| world.message(seq, "zhang", &["wmA"], "您好")).collect()).await;
        let path = format!("/api/v1/conversations/{}/messages", api.conversation(1).await);
        let all = api.get(&path, READER).await.json();
        assert!(all.get("damaged").is_none(), "what is whole says nothing of damage");
        let second = all["items"][1]["sent_at"].as_str().unwrap().to_owned();
        let page = api.get(&format!("{path}?at={second}"), READER).await.json();
        assert_eq!(page["items"].as_array().unwrap().len(), 2);
        assert_eq!(page["items"][0]["record"], 2);
        for wrong in ["at=yesterday", "at=2026-01-01", "at=1767574800"] {
            assert_eq!(api.get(&format!("{path}?{wrong}"), READER).await.status, 400, "{wrong}");
        }
        let both = api.get(&format!("{path}?at={second}&around=1"), READER).await;
        assert_eq!(both.code(), (400, "archive.parameter".to_owned()));
    }
}

#[tokio::test]
async fn whoever_is_signed_in_may_check_that_a_log_grew() {
    for api in apis().await {
        fill(&api).await;
        api.world.sequence().await;
        let nobody = "noah member.read=text";
        let path = "/api/v1/archive/log/consistency";
        let proof = api.get(&format!("{path}?from=1&to=2"), nobody).await.json();
        assert_eq!((proof["from"].as_u64(), proof["hashes"].as_array().map(Vec::len)), (Some(1), Some(1)), "{proof}");
        let code = async |query: &str| api.get(&format!("{path}?{query}"), nobody).await.code();
        assert_eq!(code("from=1&to=9").await, (404, "ledger.no_such_tree".to_owned()));
        assert_eq!(code("log=audit&from=1&to=2").await, (404, "ledger.no_such_tree".to_owned()), "there is none here");
        assert_eq!(api.get(&format!("{path}?from=1&to=2"), "").await.status, 401);
        let history = api.get("/api/v1/archive/log/history", nobody).await.json();
        assert!(history["vkey"].as_str().unwrap().starts_with("test/archive+"), "{history}");
        assert!(history["latest"].as_str().unwrap().starts_with("test/archive\n2\n"), "{history}");
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
