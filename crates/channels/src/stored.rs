//! A connection that was made through the API: what is stored of it, and the configuration that it becomes.
//!
//! All of it is sealed by the key ring as one text and bound to the corp's id. The private keys stay in the database as
//! well and never become files: so they reach every process of an installation, go with one row, and never lie open on a
//! disk. Nothing of it is ever shown again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use xinlu_keys::{KeyRing, KeysError};

use crate::checks::CheckFault;
use crate::wecom_archive::key_ring::GivenKey;
use crate::{Secret, WecomAppConfig, WecomArchiveConfig, WecomCallbackConfig, WecomConfig};

/// The most private keys of a corp: more than any made.
const KEYS_MAX: usize = 1_000;

/// The connection of a corp. In the clear only inside this process; on disk it is sealed.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub(crate) corp_id: String,
    #[serde(default)]
    pub(crate) name: String,
    archive_secret: String,
    #[serde(default)]
    contact_secret: String,
    #[serde(default)]
    external_secret: String,
    pub(crate) library: PathBuf,
    /// PEM by version.
    keys: BTreeMap<u32, String>,
    #[serde(default)]
    callback_token: String,
    #[serde(default)]
    callback_aes_key: String,
}

/// What somebody wants of a connection. What is left out stays as it is stored; what is empty is taken away.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wish {
    pub(crate) corp_id: String,
    pub(crate) name: Option<String>,
    pub(crate) archive_secret: Option<Secret>,
    pub(crate) contact_secret: Option<Secret>,
    pub(crate) external_secret: Option<Secret>,
    pub(crate) library: Option<String>,
    /// Added to those that are stored; a version that is there is replaced.
    pub(crate) keys: Vec<GivenKey>,
    pub(crate) callback_token: Option<Secret>,
    pub(crate) callback_aes_key: Option<Secret>,
}

impl Wish {
    /// The connection that it is together with what is stored.
    pub(crate) fn onto(self, stored: Option<Connection>) -> Result<Connection, CheckFault> {
        let mut connection = stored.unwrap_or_default();
        let given: BTreeMap<u32, &GivenKey> = self.keys.iter().map(|key| (key.version, key)).collect();
        if given.len() < self.keys.len() {
            let repeated = |key: &&GivenKey| self.keys.iter().filter(|one| one.version == key.version).count() > 1;
            return Err(CheckFault::KeyRepeated(self.keys.iter().find(repeated).map_or(0, |key| key.version)));
        }
        for key in self.keys {
            connection.keys.insert(key.version, key.pem.reveal().to_owned());
        }
        if let Some((version, _)) = connection.keys.iter().nth(KEYS_MAX) {
            return Err(CheckFault::KeyInvalid { version: *version, reason: "there are too many keys" });
        }
        let texts = [
            (&mut connection.archive_secret, self.archive_secret),
            (&mut connection.contact_secret, self.contact_secret),
            (&mut connection.external_secret, self.external_secret),
            (&mut connection.callback_token, self.callback_token),
            (&mut connection.callback_aes_key, self.callback_aes_key),
        ];
        for (kept, wanted) in texts {
            if let Some(wanted) = wanted {
                wanted.reveal().trim().clone_into(kept);
            }
        }
        connection.corp_id = self.corp_id;
        if let Some(name) = self.name {
            name.trim().clone_into(&mut connection.name);
        }
        if let Some(library) = self.library {
            connection.library = PathBuf::from(library);
        }
        Ok(connection)
    }
}

impl Connection {
    /// Sealed for the database.
    pub(crate) fn seal(&self, keys: &KeyRing) -> Result<Vec<u8>, serde_json::Error> {
        Ok(keys.seal_secret(&sealed_name(&self.corp_id), &serde_json::to_vec(self)?))
    }

    /// Opens what was sealed for this corp.
    pub(crate) async fn open(keys: &KeyRing, corp_id: &str, sealed: &[u8]) -> Result<Self, KeysError> {
        let opened = keys.open_secret(&sealed_name(corp_id), sealed).await?;
        serde_json::from_slice(&opened).map_err(|_| KeysError::Unopenable)
    }

    /// The versions of its private keys.
    pub(crate) fn key_versions(&self) -> Vec<u32> {
        self.keys.keys().copied().collect()
    }

    /// As configuration; how to reach WeCom and how often comes from the template.
    pub(crate) fn config(&self, template: &WecomConfig) -> WecomConfig {
        let secret = |text: &String| Secret::new(text.clone());
        let given_keys = self.keys.iter().map(|(version, pem)| GivenKey { version: *version, pem: secret(pem) });
        let callback = WecomCallbackConfig {
            token: secret(&self.callback_token),
            encoding_aes_key: secret(&self.callback_aes_key),
        };
        let has_callback = !(callback.token.is_empty() && callback.encoding_aes_key.is_empty());
        WecomConfig {
            corp_id: self.corp_id.clone(),
            name: self.name.clone(),
            archive: Some(WecomArchiveConfig {
                secret: secret(&self.archive_secret),
                library: self.library.clone(),
                given_keys: given_keys.collect(),
                ..template.archive.clone().unwrap_or_default()
            }),
            app: WecomAppConfig {
                contacts_secret: secret(&self.contact_secret),
                external_secret: secret(&self.external_secret),
                ..template.app.clone()
            },
            callback: has_callback.then_some(callback),
        }
    }
}

/// What corps that are stored have in common: how the first corp of the configuration file reaches WeCom (address of the
/// APIs, proxies, intervals, limits), and none of its secrets, keys or files.
pub(crate) fn template(configs: &[WecomConfig]) -> WecomConfig {
    let Some(first) = configs.first().cloned() else { return WecomConfig::default() };
    let archive = first.archive.map(|archive| WecomArchiveConfig {
        secret: Secret::default(),
        library: PathBuf::new(),
        keys_directory: PathBuf::new(),
        given_keys: Vec::new(),
        ..archive
    });
    let app = WecomAppConfig { contacts_secret: Secret::default(), external_secret: Secret::default(), ..first.app };
    WecomConfig { archive, app, ..WecomConfig::default() }
}

fn sealed_name(corp_id: &str) -> String {
    format!("channels:wecom:{corp_id}")
}
