//! kill -9 at random moments of intake, indexing and media download: nothing lost, nothing doubled, `verify` green.

use std::collections::HashSet;
use std::time::Duration;

use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::stand::{Stand, slow_tests};

const MESSAGES: u64 = 20_000;
const KILLS: u32 = 200;
/// A start takes some hundred milliseconds in a debug build, so kills fall into start-up, intake, indexing and media alike.
const LONGEST_LIFE_MS: u64 = 1_200;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_by_kills() {
    let (messages, kills) = if slow_tests() { (MESSAGES, KILLS) } else { (600, 8) };
    let mut stand = Stand::new(messages, None).await;
    stand.key = stand.add_user("auditor", "auditor");
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(4);
    for _ in 0..kills {
        stand.start_blindly();
        tokio::time::sleep(Duration::from_millis(random.random_range(20..LONGEST_LIFE_MS))).await;
        stand.kill();
    }
    stand.start();
    stand.until_searchable(messages).await;
    stand.until("all media to end in a state", async |stand: &Stand| media_open(stand).await == 0).await;

    let found = every_hit(&stand).await;
    assert_eq!(found.len() as u64, messages, "records found by search");
    let distinct: HashSet<&String> = found.iter().collect();
    assert_eq!(distinct.len() as u64, messages, "distinct msgids");
    let status = stand.get("/api/v1/archive/status").await;
    assert_eq!(media_failed(&status), 0, "{status}");
    stand.stop();
    stand.verify_intact();
}

async fn every_hit(stand: &Stand) -> Vec<String> {
    let mut found = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = stand.post("/api/v1/messages/search", json!({"query": "", "limit": 200, "after": after})).await;
        let items = page["items"].as_array().unwrap().clone();
        found.extend(items.iter().map(|item| item["message"]["msgid"].as_str().unwrap().to_owned()));
        after = page["next"].clone();
        if after.is_null() {
            return found;
        }
    }
}

async fn media_open(stand: &Stand) -> u64 {
    let status = stand.get("/api/v1/archive/status").await;
    sum(&status, "/media/pending") + sum(&status, "/media/fetching")
}

fn media_failed(status: &Value) -> u64 {
    sum(status, "/media/failed") + sum(status, "/media/lost")
}

/// Adds a figure over all sources.
pub fn sum(status: &Value, figure: &str) -> u64 {
    let sources = status["sources"].as_array().expect("the status lists sources");
    sources
        .iter()
        .map(|source| source.pointer(figure).and_then(Value::as_u64).unwrap_or_else(|| panic!("{figure} in {source}")))
        .sum()
}
