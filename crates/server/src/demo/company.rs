//! The corps of the simulator as configuration of our channels.

use serde_json::Value;
use xinlu_channels::{Secret, WecomAppConfig, WecomArchiveConfig, WecomCallbackConfig, WecomConfig};

use super::simulator::Simulator;
use crate::app::Failure;

/// The simulated WeCom answers at once, so looking often costs nothing.
const POLL_INTERVAL_MS: u64 = 1_000;

/// One configuration for each simulated corp.
pub async fn corps(simulator: &Simulator) -> Result<Vec<WecomConfig>, Failure> {
    let state = simulator.state().await?;
    let corps = state["corps"].as_array().cloned().unwrap_or_default();
    Ok(corps.iter().map(|corp| config(simulator, corp)).collect())
}

fn config(simulator: &Simulator, corp: &Value) -> WecomConfig {
    let text = |name: &str| corp["config"][name].as_str().unwrap_or_default().to_owned();
    let secret = |name: &str| Secret::new(text(name));
    WecomConfig {
        corp_id: text("corpid"),
        name: corp["name"].as_str().unwrap_or_default().to_owned(),
        archive: Some(WecomArchiveConfig {
            secret: secret("archive_secret"),
            library: simulator.library.clone(),
            keys_directory: corp["keys_folder"].as_str().map_or_else(|| simulator.folder.join("keys"), Into::into),
            poll_interval_ms: POLL_INTERVAL_MS,
            ..WecomArchiveConfig::default()
        }),
        app: WecomAppConfig {
            base_url: simulator.url.clone(),
            contacts_secret: secret("contact_secret"),
            external_secret: secret("external_contact_secret"),
            ..WecomAppConfig::default()
        },
        callback: Some(WecomCallbackConfig {
            token: secret("callback_token"),
            encoding_aes_key: secret("callback_aes_key"),
        }),
    }
}
