//! The search index is built anew while the old one serves, and a rebuild that is cancelled changes nothing.

use serde_json::Value;

use crate::stand::Stand;

const MESSAGES: u64 = 600;
const INDEX: &str = "/api/v1/search/index";
const REBUILD: &str = "/api/v1/search/index/rebuild";

/// The index once no rebuild runs.
async fn at_rest(stand: &Stand, key: &str) -> Value {
    let index = async || stand.ask("GET", INDEX, None, key).await.1;
    stand.until("the end of the rebuild", async |_: &Stand| index().await["rebuilding"].is_null()).await;
    index().await
}

#[tokio::test]
async fn the_index_is_rebuilt_or_the_rebuild_is_cancelled() {
    let mut stand = Stand::new(MESSAGES, None).await;
    stand.key = stand.add_user("auditor", "auditor");
    let key = stand.add_user("operator", "system_administrator");
    stand.start();
    stand.until_searchable(MESSAGES).await;
    let found = stand.search("").await["total"].clone();
    let before = at_rest(&stand, &key).await;
    assert!(before["last_rebuild"].is_null(), "{before}");

    let (status, begun) = stand.ask("POST", REBUILD, None, &key).await;
    assert_eq!(status, 200, "{begun}");
    let finished = at_rest(&stand, &key).await;
    assert_eq!(finished["last_rebuild"], "finished");
    assert_eq!(finished["generation"].as_u64(), before["generation"].as_u64().map(|number| number + 1));
    assert_eq!(finished["documents"], before["documents"]);
    assert_eq!(stand.search("").await["total"], found);

    let (status, begun) = stand.ask("POST", REBUILD, None, &key).await;
    assert_eq!(status, 200, "{begun}");
    let (status, cancelled) = stand.ask("DELETE", REBUILD, None, &key).await;
    assert_eq!(status, 200, "{cancelled}");
    let rest = at_rest(&stand, &key).await;
    // It may have been at its end already; then, and only then, another index serves.
    let serves_another = rest["generation"] != finished["generation"];
    assert_eq!(rest["last_rebuild"], if serves_another { "finished" } else { "cancelled" });
    assert_eq!(rest["documents"], before["documents"]);
    assert_eq!(stand.search("").await["total"], found);
    assert_eq!(stand.ask("DELETE", REBUILD, None, &stand.key).await.0, 403, "an auditor steers no index");
}
