//! The whole part running: it takes in what is there, hears a callback, and stops when told, with and without a lease.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use xinlu_jobs::JOURNAL_TOPIC;
use xinlu_model::RecordId;

use super::Channels;
use crate::testing::{CorpKey, World, text};
use crate::wecom_app::callbacks::{CallbackEvent, CheckedCallback};
use crate::{ChannelError, WecomAppConfig, WecomArchiveConfig, WecomConfig};

/// Far longer than any step takes; reached only by a fault.
const PATIENCE: Duration = Duration::from_mins(1);

async fn open(world: &World, lease_holder: Option<String>) -> Result<Arc<Channels>, ChannelError> {
    // Without a callback, nothing would be fetched for an hour.
    let archive = WecomArchiveConfig { poll_interval_ms: 3_600_000, ..world.config() };
    // Nobody listens there.
    let app = WecomAppConfig { base_url: "http://127.0.0.1:1".to_owned(), ..WecomAppConfig::default() };
    let config = WecomConfig { corp_id: "wwcorp".to_owned(), archive: Some(archive), app, ..WecomConfig::default() };
    Channels::open(world.deps(lease_holder), vec![config]).await
}

async fn wait_for_record(world: &World, number: i64) {
    let bell = world.test.db.listen(JOURNAL_TOPIC);
    let arrived = async {
        while world.archive.last_record().await.expect("read") < RecordId::new(number) {
            bell.notified().await;
        }
    };
    tokio::time::timeout(PATIENCE, arrived).await.expect("the record arrives");
}

async fn check(lease_holder: Option<String>) {
    let world = World::new().await;
    let key = CorpKey::new();
    std::fs::write(world.keys_directory().join("1.pem"), key.pem()).expect("written");
    let item = |seq: u64| key.item(seq, &format!("m{seq}"), 1, &text(&format!("m{seq}"), "文"));
    world.traffic(&[item(1)]);
    let channels = open(&world, lease_holder).await.expect("opens");
    let (sender, stop) = watch::channel(false);
    let running = tokio::spawn(Arc::clone(&channels).run(stop));
    wait_for_record(&world, 1).await;

    world.traffic(&[item(1), item(2)]);
    let event =
        CallbackEvent { corp_id: "wwcorp".to_owned(), event: "msgaudit_notify".to_owned(), ..CallbackEvent::default() };
    let callback = CheckedCallback { event, key: "k".to_owned() };
    let corp = channels.corp("wwcorp").expect("configured");
    channels.take_callback(&corp, &callback).await.expect("durable");
    wait_for_record(&world, 2).await;

    sender.send(true).expect("it runs");
    tokio::time::timeout(PATIENCE, running).await.expect("it stops").expect("it does not panic");
}

#[tokio::test]
async fn runs_hears_and_stops() {
    check(None).await;
}

#[tokio::test]
async fn runs_hears_and_stops_under_a_lease() {
    check(Some("node".to_owned())).await;
}

#[tokio::test]
async fn wrong_configurations_are_refused() {
    let world = World::new().await;
    let corp = |id: &str| WecomConfig { corp_id: id.to_owned(), ..WecomConfig::default() };
    for configs in [vec![corp("")], vec![corp("a/b")], vec![corp("ww1"), corp("ww1")]] {
        assert!(matches!(Channels::open(world.deps(None), configs).await, Err(ChannelError::Config(_))));
    }
    let mut keyless = corp("ww1");
    keyless.callback = Some(crate::WecomCallbackConfig::default());
    assert!(matches!(Channels::open(world.deps(None), vec![keyless]).await, Err(ChannelError::Config(_))));
}
