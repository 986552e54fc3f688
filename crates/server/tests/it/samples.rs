//! Every sample of the protocol page is archived, indexed and shown; a conflict is parked.

use serde_json::{Value, json};
use xinlu_testkit::shared;

use crate::stand::Stand;

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_is_archived_indexed_and_shown() {
    let Some(path) = shared("wecom/archive_messages.jsonl") else { return };
    let stand = Stand::running(0, None).await;
    let mut samples = Vec::new();
    for (number, line) in std::fs::read_to_string(path).unwrap().lines().enumerate() {
        let mut sample: Value = serde_json::from_str::<Value>(line).unwrap()["msg"].clone();
        sample["msgid"] = json!(format!("sample-{number}"));
        stand.inject(sample.to_string().as_bytes(), "").await;
        samples.push(sample);
    }
    stand.until_searchable(samples.len() as u64).await;
    let found = stand.search("").await;
    for sample in &samples {
        let kind = sample["msgtype"].as_str().unwrap_or("switch");
        let items = found["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["message"]["msgid"] == sample["msgid"]);
        let message = &item.unwrap_or_else(|| panic!("{kind} {} is not found", sample["msgid"]))["message"];
        assert_eq!(message["kind"], kind);
        let conversation = message["conversation"].as_u64().unwrap();
        let record = message["record"].as_u64().unwrap();
        let page = stand.get(&format!("/api/v1/conversations/{conversation}/messages?around={record}&limit=100")).await;
        let shown = page["items"].as_array().unwrap().iter().any(|shown| shown["record"] == record);
        assert!(shown, "{kind} is not shown in its conversation");
    }
    for (words, kind) in
        [("资料.docx", "file"), ("邀请你加入群聊", "link"), ("瑞士丨盖尔默", "sphfeed"), ("表项1", "collect")]
    {
        let hits = stand.search(&format!("\"{words}\"")).await;
        assert!(hits["items"].as_array().unwrap().iter().any(|hit| hit["message"]["kind"] == kind), "{words}: {hits}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_delivery_with_other_bytes_is_parked() {
    let mut stand = Stand::running(0, None).await;
    let message = |text: &str| {
        json!({"msgid": "same", "action": "send", "from": "a", "tolist": ["b"], "roomid": "", "msgtime": 1_700_000_000_000_u64,
            "msgtype": "text", "text": {"content": text}})
        .to_string()
    };
    stand.inject(message("第一次").as_bytes(), "").await;
    stand.until_searchable(1).await;
    stand.inject(message("第二次，别的内容").as_bytes(), "").await;
    stand
        .until("the conflict to be parked", async |stand: &Stand| {
            let parked = stand.get("/api/v1/archive/parked").await;
            parked["items"].as_array().unwrap().iter().any(|item| item["reason"] == "msgid_conflict")
        })
        .await;
    assert_eq!(stand.search("").await["total"], 1);
    stand.stop();
    stand.verify_intact();
}
