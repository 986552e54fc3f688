//! Faults on demand, at the start and while running.

use serde_json::{Value, json};

use crate::harness::{Simulator, text_message};
use crate::sdk_library::{Sdk, open, random_key};

fn seqs(page: &Value) -> Vec<u64> {
    page["chatdata"].as_array().unwrap().iter().map(|envelope| envelope["seq"].as_u64().unwrap()).collect()
}

#[test]
fn every_return_code_can_be_had() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(folder.path(), 20);
    let sdk = Sdk::new(&simulator);
    for code in 10000..=10011 {
        let codes = json!({"codes": {(code.to_string()): 1}});
        simulator.set_faults(json!({"sdk": {"get_chat_data": codes, "get_media_data": codes}}));
        assert_eq!(sdk.chat_data(0, 10), Err(code));
        assert_eq!(sdk.media_data("", "x"), Err(code));
        let seq = simulator.inject(&format!("fault=decrypt_code_{code}"), &text_message("x", "x"));
        simulator.set_faults(json!({}));
        let page = sdk.chat_data(seq - 1, 1).unwrap();
        assert_eq!(open(&sdk, &simulator, &page["chatdata"][0]), Err(code));
    }
    simulator.set_faults(json!({"seed": 3, "sdk": {"get_chat_data": {"codes": {"10001": 0.5}}}}));
    let failures = (0..100).filter(|_| sdk.chat_data(0, 1).is_err()).count();
    assert!((25..75).contains(&failures), "{failures} of 100 at 0.5");
}

#[test]
fn errcodes_come_with_return_code_zero() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(folder.path(), 20);
    let sdk = Sdk::new(&simulator);
    let errcode = |limit| sdk.chat_data(0, limit).unwrap()["errcode"].as_i64().unwrap();
    simulator.set_faults(json!({"sdk": {"errcodes": {"301053": 1}}}));
    assert_eq!(errcode(10), 301_053);
    simulator.set_faults(json!({"sdk": {"page_messages_max": 100}}));
    assert_eq!((errcode(101), errcode(100)), (301_058, 0));
    simulator.set_faults(json!({"sdk": {"trusted_ips": ["10.0.0.1"]}}));
    assert_eq!(errcode(10), 301_042);
    simulator.set_faults(json!({"sdk": {"calls_per_minute_max": 2}}));
    // At most two minutes are touched, so five calls cannot all fit.
    assert!((0..5).any(|_| errcode(10) == 45009));
}

#[test]
fn the_window_and_gaps_lose_messages_silently() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(folder.path(), 400);
    let sdk = Sdk::new(&simulator);
    simulator.set_faults(json!({"window": {"first_seq": 50, "missing_seqs": [52, 55, 53]}}));
    assert_eq!(seqs(&sdk.chat_data(0, 4).unwrap()), [50, 51, 54, 56]);
    assert_eq!(seqs(&sdk.chat_data(54, 2).unwrap()), [56, 57]);
    simulator.set_faults(json!({"window": {"days": 3}}));
    let page = sdk.chat_data(0, 1000).unwrap();
    let kept = seqs(&page);
    assert!(kept.len() < 400 && !kept.is_empty(), "{} of 400 in the window", kept.len());
    assert_eq!(kept.last(), Some(&400));
    simulator.set_faults(json!({"window": {"days": 0}}));
    assert_eq!(seqs(&sdk.chat_data(0, 1000).unwrap()).len(), 0);
}

#[test]
fn faults_at_a_seq_are_prepared_with_the_past() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faults.json");
    let faults = json!({"messages": {"at_seq": {"3": "broken_json", "5": "withheld_key_version", "20": "wrong_key_version", "7": "repeated_msgid", "9": "unknown_type", "11": "broken_random_key", "13": "corrupt_ciphertext"}}});
    std::fs::write(&file, faults.to_string()).unwrap();
    let simulator = Simulator::start_with(folder.path(), 30, &["--faults", file.to_str().unwrap()]);
    let sdk = Sdk::new(&simulator);
    let page = sdk.chat_data(0, 100).unwrap();
    let envelope = |seq: usize| &page["chatdata"][seq - 1];
    assert!(serde_json::from_slice::<Value>(&open(&sdk, &simulator, envelope(3)).unwrap()).is_err());
    assert_eq!(envelope(5)["publickey_ver"], 90);
    assert!(random_key(&simulator, "withheld/90", envelope(5)).is_some());
    assert_eq!(envelope(20)["publickey_ver"], 1);
    assert!(open(&sdk, &simulator, envelope(20)).is_err());
    assert_eq!(envelope(7)["msgid"], envelope(6)["msgid"]);
    assert_ne!(open(&sdk, &simulator, envelope(7)), open(&sdk, &simulator, envelope(6)));
    let unknown: Value = serde_json::from_slice(&open(&sdk, &simulator, envelope(9)).unwrap()).unwrap();
    assert_eq!(unknown["msgtype"], "hologram");
    assert_eq!(open(&sdk, &simulator, envelope(11)), Err(10006));
    assert_eq!(open(&sdk, &simulator, envelope(13)), Err(10008));
    for well in [1, 2, 4, 6, 30] {
        assert!(open(&sdk, &simulator, envelope(well)).is_ok(), "seq {well}");
    }
}

#[test]
fn media_faults_last_or_heal() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(folder.path(), 20);
    let sdk = Sdk::new(&simulator);
    let bytes: Vec<u8> = (0..100).collect();
    simulator.post("/sim/media?sdkfileid=f", &bytes);
    let with = |fault: &str, more: Value| {
        let mut media = json!({"by_id": {"f": fault}, "chunk_bytes": 30});
        media.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        simulator.set_faults(json!({"media": media}));
    };
    with("cut_off", json!({}));
    assert_eq!(sdk.media("f").unwrap(), bytes[..50]);
    with("empty", json!({}));
    assert_eq!(sdk.media("f").unwrap(), b"");
    with("file_id_error", json!({}));
    assert_eq!(sdk.media("f"), Err(10005));
    with("expired", json!({}));
    assert_eq!(sdk.media("f"), Err(10010));
    with("corrupt", json!({"faulty_downloads_max": 2}));
    for _ in 0..2 {
        let changed = sdk.media("f").unwrap();
        assert_eq!(changed.iter().zip(&bytes).filter(|(ours, theirs)| ours != theirs).count(), 1);
    }
    assert_eq!(sdk.media("f").unwrap(), bytes);
}

#[test]
fn a_wrong_faults_document_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(folder.path(), 20);
    simulator.set_faults(json!({"seed": 9}));
    let agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().new_agent();
    let refused = agent.put(format!("{}/sim/faults", simulator.url)).send(br#"{"sed": 1}"#.as_slice()).unwrap();
    assert_eq!(refused.status().as_u16(), 400);
    assert_eq!(simulator.get_json("/sim/faults")["seed"], 9);
}
