//! Downloads against a worker and an archive, and when a download is tried again.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::watch;
use xinlu_archive::{MediaReason, MediaState};
use xinlu_model::{MediaId, Time};

use super::{MediaFetch, reason_of, retry_at};
use crate::testing::{CorpKey, World, worker};
use crate::wecom_archive::intake::{Intake, IntakeDeps};

/// MD5 of `0123456789`.
const MD5: &str = "781e5e245d69b566979b86e28d23f2c7";

fn message(number: usize, handle: &str, size: u64, md5: &str) -> String {
    json!({"msgid": format!("m{number}"), "action": "send", "from": "ken", "tolist": ["li"], "msgtime": 1_767_574_000_000_i64,
        "msgtype": "file", "file": {"md5sum": md5, "filename": "../a.pdf", "filesize": size, "sdkfileid": handle}})
    .to_string()
}

/// Takes in the traffic of a world, and is ready to fetch its media.
async fn archived(world: &World) -> MediaFetch {
    let source = world.archive.ensure_source("wecom:wwcorp", "corp").await.expect("made");
    let (archive, clock) = (Arc::clone(&world.archive), world.clock.clone());
    let deps = IntakeDeps { archive: Arc::clone(&archive), clock: clock.clone(), worker: world.worker() };
    let intake = Intake::new(deps, "wwcorp", source, world.config());
    let (_sender, mut stop) = watch::channel(false);
    assert!(intake.pass(&mut stop).await.expect("nothing of ours fails"));
    MediaFetch {
        archive,
        clock,
        source,
        status: intake.shared_status(),
        bell: Arc::default(),
        corp_id: "wwcorp".to_owned(),
        config: world.config(),
        worker: world.worker(),
    }
}

#[tokio::test]
async fn each_item_ends_in_its_named_state() {
    let world = World::new().await;
    let key = CorpKey::new();
    std::fs::write(world.keys_directory().join("1.pem"), key.pem()).expect("written");
    let media = world.test.folder.path().join("media");
    std::fs::create_dir(&media).expect("made");
    for (name, bytes) in [("good", "0123456789"), ("cut", "012345"), ("changed", "012345678x"), ("empty", "")] {
        std::fs::write(media.join(name), bytes).expect("written");
    }
    let handles = ["good", "cut", "changed", "empty", "gone", "unknown", "busy", "abort"];
    let items = handles.iter().enumerate();
    let items: Vec<_> = items
        .map(|(at, handle)| key.item(at as u64 + 1, &format!("m{at}"), 1, &message(at, handle, 10, MD5)))
        .collect();
    world.traffic(&items);
    let fetch = archived(&world).await;
    let (archive, clock) = (&world.archive, &world.clock);
    let mut sdk = fetch.sdk();
    let mut rounds = 0;
    loop {
        while fetch.work(&mut sdk).await.expect("nothing of ours fails") {}
        rounds += 1;
        if rounds > 5 {
            break;
        }
        clock.advance_ms(3_600_000);
    }
    let mut states = Vec::new();
    for number in 1..=handles.len() as i64 {
        let item = archive.media_item(MediaId::new(number)).await.expect("read").expect("there");
        states.push((item.state, item.reason));
    }
    let failed = |reason| (MediaState::Failed, Some(reason));
    let expected = [
        (MediaState::Stored, None),
        failed(MediaReason::SizeMismatch),
        failed(MediaReason::Md5Mismatch),
        failed(MediaReason::Empty),
        (MediaState::Lost, Some(MediaReason::Expired)),
        failed(MediaReason::HandleUnknown),
        (MediaState::Pending, Some(MediaReason::Network)),
        failed(MediaReason::SdkCrashed),
    ];
    assert_eq!(states, expected);
    assert_eq!(fetch.status.lock().media_stored, 1);
}

#[tokio::test]
async fn a_lane_without_a_worker_gives_back_its_own_items_and_no_others() {
    for world in World::both().await {
        let key = CorpKey::new();
        std::fs::write(world.keys_directory().join("1.pem"), key.pem()).expect("written");
        let media = world.test.folder.path().join("media");
        std::fs::create_dir(&media).expect("made");
        std::fs::write(media.join("good"), "0123456789").expect("written");
        let items = (0..3).map(|at| key.item(at + 1, &format!("m{at}"), 1, &message(at as usize, "good", 10, MD5)));
        world.traffic(&items.collect::<Vec<_>>());
        let mut fetch = archived(&world).await;
        let (archive, source) = (&world.archive, fetch.source);
        let other_lane = archive.claim_media(source, 1, super::LEASE_MS).await.expect("claimed");
        fetch.worker = worker("without a library", world.test.folder.path());
        fetch.work(&mut fetch.sdk()).await.map(|_| ()).expect_err("there is no worker");
        let count = archive.status().await.expect("read").sources.remove(0).media;
        assert_eq!((count.fetching, count.pending, count.failed), (1, 2, 0));
        let item = archive.media_item(other_lane[0].media).await.expect("read").expect("there");
        assert_eq!((item.state, item.attempts), (MediaState::Fetching, 0));

        fetch.worker = world.worker();
        let mut sdk = fetch.sdk();
        assert!(fetch.work(&mut sdk).await.expect("a worker"), "at once, without waiting for a lease");
        assert_eq!(archive.status().await.expect("read").sources.remove(0).media.stored, 2);
    }
}

#[test]
fn codes_have_reasons() {
    let reasons = [10001, 10003, 10009, 10005, 301_048, 10010, 10000, 1].map(reason_of);
    let (network, unknown) = (MediaReason::Network, MediaReason::HandleUnknown);
    let refused = MediaReason::Refused;
    assert_eq!(reasons, [network, network, network, unknown, unknown, MediaReason::Expired, refused, refused]);
}

#[test]
fn retries_grow_and_end() {
    let now = Time::from_millis(0);
    let wait_ms = |reason, attempts| retry_at(reason, attempts, now).map(Time::millis);
    let md5: Vec<_> = (0..6).map(|attempts| wait_ms(MediaReason::Md5Mismatch, attempts)).collect();
    assert_eq!(md5, [Some(5_000), Some(10_000), Some(20_000), Some(40_000), None, None]);
    for reason in [MediaReason::HandleUnknown, MediaReason::Expired, MediaReason::Refused, MediaReason::TooLarge] {
        assert_eq!(wait_ms(reason, 0), None);
    }
    let days = |ms: i64| ms / (24 * 3_600_000);
    let all: i64 = (0..60).filter_map(|attempts| wait_ms(MediaReason::Network, attempts)).sum();
    assert!((5..=8).contains(&days(all)), "{} days", days(all));
    assert_eq!(wait_ms(MediaReason::Network, 59), None);
}
