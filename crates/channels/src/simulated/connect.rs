//! A corp of the simulator is checked, connected and examined, with its library, secrets, keys and HTTP APIs.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use xinlu_jobs::JOURNAL_TOPIC;
use xinlu_model::RecordId;

use super::{Simulator, built, real_worker};
use crate::checks::{Check, CheckState};
use crate::stored::Wish;
use crate::testing::World;
use crate::wecom_archive::key_ring::GivenKey;
use crate::{Channels, ChannelsDeps, Secret, WecomAppConfig, WecomConfig};

/// Far longer than it takes; reached only by a fault.
const PATIENCE: Duration = Duration::from_mins(3);
/// What the simulator has.
const MESSAGES: i64 = 3_000;

fn wish(world: &World, simulator: &Simulator, library: &std::path::Path) -> Wish {
    let secret = |name: &str| Some(Secret::new(simulator.config(name)));
    let folder = world.test.folder.path().join("simulator/keys");
    let keys = std::fs::read_dir(folder).expect("keys").filter_map(|file| {
        let path = file.expect("a file").path();
        let version = path.file_stem()?.to_str()?.parse().ok()?;
        Some(GivenKey { version, pem: Secret::new(std::fs::read_to_string(&path).expect("read")) })
    });
    Wish {
        corp_id: simulator.config("corpid"),
        name: None,
        archive_secret: secret("archive_secret"),
        contact_secret: secret("contact_secret"),
        external_secret: secret("external_contact_secret"),
        library: Some(library.to_string_lossy().into_owned()),
        keys: keys.collect(),
        callback_token: secret("callback_token"),
        callback_aes_key: secret("callback_aes_key"),
    }
}

fn not_ok(checks: &[Check]) -> Vec<(&'static str, Option<&'static str>)> {
    let bad = checks.iter().filter(|check| check.state != CheckState::Ok);
    bad.map(|check| (check.name, check.code)).collect()
}

#[tokio::test]
async fn a_simulated_corp_is_checked_connected_and_examined() {
    if std::env::var_os("SLOW_TESTS").is_none() {
        eprintln!("SKIPPED: SLOW_TESTS is not set");
        return;
    }
    let (Some(library), Some(program)) = (built("libwework_finance_sdk.so"), built("xinlu-simulator")) else { return };
    for world in World::both().await {
        let simulator = Simulator::start(&program, world.test.folder.path(), &json!({"seed": 1})).await;
        let deps = ChannelsDeps { worker: real_worker(&library, &simulator.url()), ..world.deps(None) };
        let app = WecomAppConfig { base_url: simulator.url(), ..WecomAppConfig::default() };
        let file = WecomConfig { corp_id: "wwfile".to_owned(), app, ..WecomConfig::default() };
        let channels = Channels::open(deps, vec![file]).await.expect("opens");
        let wish = || wish(&world, &simulator, &library);
        assert_eq!(not_ok(&channels.check(wish()).await.expect("checked")), []);
        let strange = Wish { archive_secret: Some(Secret::new("strange".to_owned())), ..wish() };
        let found = not_ok(&channels.check(strange).await.expect("checked"));
        assert!(found.contains(&("permit_list", Some("wecom.secret_wrong"))), "{found:?}");

        let (sender, stop) = watch::channel(false);
        let running = tokio::spawn(Arc::clone(&channels).run(stop));
        channels.connect(wish()).await.expect("stored");
        let bell = world.test.db.listen(JOURNAL_TOPIC);
        let arrived = async {
            while world.archive.last_record().await.expect("read") < RecordId::new(MESSAGES) {
                bell.notified().await;
            }
        };
        tokio::time::timeout(PATIENCE, arrived).await.expect("all messages arrive");
        let examined = channels.examine(&simulator.config("corpid")).await.expect("examined");
        let found = not_ok(&examined);
        assert!(
            found.iter().all(|(name, code)| ["notified", "polled", "lag"].contains(name) && code.is_none()),
            "{examined:?}"
        );
        sender.send(true).expect("it runs");
        tokio::time::timeout(PATIENCE, running).await.expect("it stops").expect("it does not panic");
    }
}
