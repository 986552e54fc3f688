//! Everything that can go wrong at the source ends in a named state, and what comes after it goes on.

use serde_json::{Value, json};

use crate::crash::sum;
use crate::stand::{Stand, slow_tests};

async fn parked(stand: &Stand) -> Vec<String> {
    let page = stand.get("/api/v1/archive/parked?limit=200").await;
    let mut reasons: Vec<String> =
        page["items"].as_array().unwrap().iter().map(|item| item["reason"].as_str().unwrap().to_owned()).collect();
    reasons.sort();
    reasons
}

#[tokio::test(flavor = "multi_thread")]
async fn each_broken_message_is_parked_by_name_and_the_batch_goes_on() {
    let faults = json!({"messages": {"at_seq": {
        "10": "decrypt_abort", "20": "decrypt_segfault", "30": "decrypt_code_10008", "40": "withheld_key_version",
        "50": "broken_random_key", "60": "short_ciphertext", "70": "broken_json", "80": "control_characters",
        "90": "huge_integers", "100": "unknown_type", "110": "vote_at_top_level", "120": "vote_nested",
        "130": "out_of_order", "140": "wrong_key_version"
    }}});
    let mut stand = Stand::running(400, Some(&faults)).await;
    // Eight of the faults are no message: 10, 20, 30, 40, 50, 60, 70 and 140.
    stand.until_searchable(400 - 8).await;
    stand.until("eight to be parked", async |stand: &Stand| parked(stand).await.len() == 8).await;
    let reasons = parked(&stand).await;
    for reason in ["sdk_crashed", "decrypt_failed", "key_missing", "envelope_invalid", "json_broken", "key_wrong"] {
        assert!(reasons.iter().any(|found| found == reason), "{reason} is not among {reasons:?}");
    }
    assert_eq!(reasons.iter().filter(|reason| *reason == "sdk_crashed").count(), 2, "{reasons:?}");
    let unknown = stand.search("kind:unknown").await;
    assert_eq!(unknown["items"][0]["message"]["unknown_kind"], "hologram", "{unknown}");

    // The key that was withheld arrives: its message is archived without being asked for.
    let keys = stand.corp().await["keys_folder"].as_str().unwrap().to_owned();
    std::fs::copy(format!("{keys}/withheld/90.pem"), format!("{keys}/90.pem")).unwrap();
    stand.until_searchable(400 - 7).await;
    assert!(!parked(&stand).await.iter().any(|reason| reason == "key_missing"));
    stand.stop();
    stand.verify_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_source_may_fail_for_a_while() {
    if !slow_tests() {
        return;
    }
    let faults = json!({"sdk": {"get_chat_data": {"codes": {"10001": 0.2, "10002": 0.1}}, "errcodes": {"45009": 0.05},
        "get_media_data": {"codes": {"10001": 0.1}}, "page_messages_max": 200}});
    let mut stand = Stand::running(1_000, Some(&faults)).await;
    stand.until_searchable(1_000).await;
    stand.stop();
    stand.verify_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn media_that_cannot_be_had_end_in_a_named_state() {
    let faults = json!({"media": {"ratios": {"cut_off": 0.2, "empty": 0.2, "file_id_error": 0.2, "expired": 0.2}}});
    let stand = Stand::running(600, Some(&faults)).await;
    stand.until_searchable(600).await;
    stand
        .until("refused media to end", async |stand: &Stand| {
            let status = stand.get("/api/v1/archive/status").await;
            sum(&status, "/media/failed") > 0 && sum(&status, "/media/lost") > 0 && sum(&status, "/media/stored") > 0
        })
        .await;
    let mut states: Vec<(String, String)> = Vec::new();
    for item in stand.search("has:media").await["items"].as_array().unwrap() {
        for media in item["message"]["media"].as_array().unwrap() {
            let text = |name: &str| media[name].as_str().unwrap_or_default().to_owned();
            states.push((text("state"), text("reason")));
        }
    }
    let has = |state: &str, reason: &str| states.iter().any(|(one, other)| one == state && other.contains(reason));
    assert!(has("failed", "handle_unknown"), "{states:?}");
    assert!(has("lost", "expired"), "{states:?}");
    let named = |state: &str, reason: &str| ["stored", "pending", "fetching"].contains(&state) || !reason.is_empty();
    assert!(states.iter().all(|(state, reason)| named(state, reason)), "{states:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_brings_messages_at_once_and_twice_is_once() {
    let faults = json!({"callback": {"notify_interval_ms": 100, "duplicated": 1.0}});
    let stand = Stand::running(50, Some(&faults)).await;
    let corpid = stand.corp().await["config"]["corpid"].as_str().unwrap().to_owned();
    let callback = json!({"url": format!("{}/api/v1/callbacks/wecom/{corpid}", stand.url), "corpid": corpid});
    stand.simulator("PUT", "/sim/callback", callback.to_string().into_bytes()).await;
    stand.simulator("POST", &format!("/sim/callback/verify?corpid={corpid}"), Vec::new()).await;
    stand.simulator("POST", "/sim/live", b"{\"count\": 5}".to_vec()).await;
    stand.until_searchable(55).await;
    let (status, answer) = stand.ask("POST", &format!("/api/v1/callbacks/wecom/{corpid}"), Some(Value::Null), "").await;
    assert!((400..500).contains(&status), "an unsigned callback: {status} {answer}");
}
