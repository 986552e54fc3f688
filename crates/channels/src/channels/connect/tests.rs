//! A corp that is connected runs, survives a restart, changes and goes; other processes hear of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use xinlu_jobs::JOURNAL_TOPIC;
use xinlu_model::{RecordId, SourceId};

use crate::stored::Wish;
use crate::testing::{CorpKey, World, text};
use crate::wecom_archive::key_ring::GivenKey;
use crate::{ChannelError, Channels, Secret, WecomAppConfig, WecomArchiveConfig, WecomConfig, store};

/// Far longer than any step takes; reached only by a fault.
const PATIENCE: Duration = Duration::from_mins(1);

/// The corp of the file: it says that nobody is called over HTTP and nothing is polled for an hour.
fn configured(world: &World) -> WecomConfig {
    let archive = WecomArchiveConfig { poll_interval_ms: 3_600_000, ..world.config() };
    let app = WecomAppConfig { base_url: "http://127.0.0.1:1".to_owned(), ..WecomAppConfig::default() };
    WecomConfig { corp_id: "wwfile".to_owned(), archive: Some(archive), app, ..WecomConfig::default() }
}

async fn open(world: &World) -> Arc<Channels> {
    let mut config = configured(world);
    // The corp of the file would take the same traffic in.
    config.archive = None;
    let channels = Channels::open(world.deps(None), vec![config]).await;
    channels.expect("opens")
}

fn wish(world: &World, keys: Vec<GivenKey>) -> Wish {
    let library = world.test.folder.path().join("library.so");
    std::fs::write(&library, "stands for it").expect("written");
    Wish {
        corp_id: "wwapi".to_owned(),
        name: Some("Of the API".to_owned()),
        archive_secret: Some(Secret::new("right".to_owned())),
        contact_secret: Some(Secret::new("of-contacts".to_owned())),
        library: Some(library.to_string_lossy().into_owned()),
        keys,
        ..Wish::default()
    }
}

fn given(version: u32, key: &CorpKey) -> GivenKey {
    GivenKey { version, pem: Secret::new(key.pem()) }
}

fn start(channels: &Arc<Channels>) -> (watch::Sender<bool>, JoinHandle<()>) {
    let (sender, stop) = watch::channel(false);
    (sender, tokio::spawn(Arc::clone(channels).run(stop)))
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

async fn stop(running: (watch::Sender<bool>, JoinHandle<()>)) {
    running.0.send(true).expect("it runs");
    tokio::time::timeout(PATIENCE, running.1).await.expect("it stops").expect("it does not panic");
}

#[tokio::test]
async fn a_connected_corp_runs_and_runs_again_after_a_restart() {
    for world in World::both().await {
        let (one, two) = (CorpKey::new(), CorpKey::new());
        let item = |seq: u64, key: &CorpKey, version| {
            key.item(seq, &format!("m{seq}"), version, &text(&format!("m{seq}"), "文"))
        };
        let traffic = [item(1, &one, 1), item(2, &two, 2)];
        world.traffic(&traffic[..1]);
        let channels = open(&world).await;
        let running = start(&channels);
        assert_eq!(channels.connect(wish(&world, vec![given(1, &one)])).await.expect("stored"), [1]);
        wait_for_record(&world, 1).await;

        let (_, sealed) = store::find(&world.test.db, "wwapi").await.expect("read").expect("stored");
        let sealed = String::from_utf8_lossy(&sealed).into_owned();
        assert!(!sealed.contains("of-contacts") && !sealed.contains("PRIVATE"), "it is sealed");

        // A key is added and all else stays; the corp starts anew, and what waits for the key is tried again.
        world.traffic(&traffic);
        let more = Wish { corp_id: "wwapi".to_owned(), keys: vec![given(2, &two)], ..Wish::default() };
        assert_eq!(channels.connect(more).await.expect("stored"), [1, 2]);
        wait_for_record(&world, 2).await;
        let corp = channels.corp("wwapi").expect("connected");
        assert_eq!((corp.config.name.as_str(), corp.source), ("Of the API", SourceId::new(2)));
        drop(corp);
        stop(running).await;
        drop(channels);

        let world = world.reopened().await;
        world.traffic(&[item(1, &one, 1), item(2, &two, 2), item(3, &one, 1)]);
        let channels = open(&world).await;
        let running = start(&channels);
        wait_for_record(&world, 3).await;
        stop(running).await;
    }
}

#[tokio::test]
async fn a_disconnected_corp_ends_and_its_records_stay() {
    for world in World::both().await {
        let key = CorpKey::new();
        world.traffic(&[key.item(1, "m1", 1, &text("m1", "文"))]);
        let channels = open(&world).await;
        let elsewhere = open(&world).await;
        let running = start(&channels);
        channels.connect(wish(&world, vec![given(1, &key)])).await.expect("stored");
        wait_for_record(&world, 1).await;
        assert!(elsewhere.corp("wwapi").is_err());
        elsewhere.refresh().await.expect("read");
        assert!(elsewhere.corp("wwapi").is_ok(), "another process hears of it");

        let corp = Arc::downgrade(&channels.corp("wwapi").expect("connected"));
        channels.disconnect("wwapi").await.expect("removed");
        assert!(matches!(channels.corp("wwapi"), Err(ChannelError::CorpNotFound(_))));
        assert!(matches!(channels.disconnect("wwapi").await, Err(ChannelError::CorpNotFound(_))));
        let ended = async {
            while corp.upgrade().is_some() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.expect("nothing of it runs or is kept");
        assert_eq!(store::find(&world.test.db, "wwapi").await.expect("read"), None);
        assert_eq!(world.archive.last_record().await.expect("read"), RecordId::new(1));
        elsewhere.refresh().await.expect("read");
        assert!(elsewhere.corp("wwapi").is_err());
        stop(running).await;
    }
}

#[tokio::test]
async fn one_that_cannot_be_opened_keeps_nobody_from_running() {
    let world = World::new().await;
    let key = CorpKey::new();
    let channels = open(&world).await;
    channels.connect(wish(&world, vec![given(1, &key)])).await.expect("stored");
    let mut tx = world.test.db.begin().await.expect("begun");
    let revision = store::next_revision(&mut tx).await.expect("taken");
    store::put(&mut tx, "wwbroken", revision, vec![1, 2, 3], xinlu_model::Time::default()).await.expect("written");
    tx.commit().await.expect("committed");
    let channels = open(&world).await;
    let ids: Vec<String> = channels.corps().iter().map(|corp| corp.config.corp_id.clone()).collect();
    assert_eq!(ids, ["wwfile", "wwapi"]);
    let whole = Wish { corp_id: "wwbroken".to_owned(), ..wish(&world, vec![given(1, &key)]) };
    channels.connect(whole).await.expect("given again, it is stored");
    assert_eq!(channels.corps().len(), 3);
}

#[tokio::test]
async fn the_file_wins_over_what_is_stored() {
    let world = World::new().await;
    let channels = Channels::open(world.deps(None), Vec::new()).await.expect("opens");
    let in_api = Wish { corp_id: "wwfile".to_owned(), ..wish(&world, vec![given(1, &CorpKey::new())]) };
    channels.connect(in_api.clone()).await.expect("stored");
    let channels = Channels::open(world.deps(None), vec![configured(&world)]).await.expect("opens");
    let corps = channels.corps();
    assert_eq!(corps.len(), 1);
    assert_eq!(corps.first().expect("one").config.name, "");
    assert!(matches!(channels.connect(in_api).await, Err(ChannelError::ConfiguredInFile(_))));
    assert!(matches!(channels.disconnect("wwfile").await, Err(ChannelError::ConfiguredInFile(_))));
}
