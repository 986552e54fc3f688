//! All that one process simulates: its corps and the faults in force.
//!
//! A data directory is described by `state.json`, which is written once, at the first start; every counter is read back
//! from the archive files, so there is nothing that could fall out of step with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::api::tokens::Tokens;
use crate::archive_file::{ArchiveFile, Origin};
use crate::company::{Company, CompanyConfig, PlainMessage};
use crate::corp_config::CorpConfig;
use crate::envelope::{self, Sealing};
use crate::error::SimulatorError;
use crate::faults::{Faults, MessageFault};
use crate::media_store::MediaStore;
use crate::rsa_keys::RsaKeys;

/// Format of `state.json`.
const STATE_VERSION: u32 = 1;
/// Every further corp is this many times smaller than the first.
const SMALLER_CORP_DIVISOR: u32 = 4;
/// No corp has fewer members than the company generator needs for its departments.
const MEMBERS_MIN: u32 = 12;
/// Nor fewer contacts.
const CONTACTS_MIN: u32 = 16;

/// What a world is made from; fixed at the first start of a data directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorldConfig {
    /// Format of this document.
    pub version: u32,
    /// Seed of all content and all secrets.
    pub seed: u64,
    /// Members of the first corp.
    pub members: u32,
    /// Contacts of the first corp.
    pub contacts: u32,
    /// Messages of the past of the first corp.
    pub messages: u64,
    /// Number of corps.
    pub corps: u32,
    /// Key versions of each corp.
    pub key_versions: u32,
    /// Where the past ends, milliseconds since 1970: the time of the first start.
    pub past_ends_at_ms: i64,
}

impl WorldConfig {
    /// The configuration of a new world whose past ends now.
    pub fn new(seed: u64, sizes: (u32, u32, u64), corps: u32, past_ends_at_ms: i64) -> Self {
        let (members, contacts, messages) = sizes;
        Self {
            version: STATE_VERSION,
            seed,
            members,
            contacts,
            messages,
            corps: corps.max(1),
            key_versions: 3,
            past_ends_at_ms,
        }
    }

    /// The configuration kept in `folder`, or `self` written there when it holds none yet.
    pub fn keep(self, folder: &Path) -> Result<Self, SimulatorError> {
        let path = folder.join("state.json");
        if path.exists() {
            let text = std::fs::read(&path).map_err(|error| SimulatorError::file(&path, error))?;
            return serde_json::from_slice(&text).map_err(|error| SimulatorError::Document {
                what: path.display().to_string(),
                reason: error.to_string(),
            });
        }
        let text = serde_json::to_vec_pretty(&self).expect("a struct of numbers is always JSON");
        let half = folder.join("state.json.tmp");
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&half, text))
            .and_then(|()| std::fs::rename(&half, &path))
            .map_err(|error| SimulatorError::file(&path, error))?;
        Ok(self)
    }

    /// What the company of corp `index` is generated from.
    pub fn company(&self, index: u32) -> CompanyConfig {
        let divisor = if index == 0 { 1 } else { SMALLER_CORP_DIVISOR };
        CompanyConfig {
            seed: self.seed,
            members: (self.members / divisor).max(MEMBERS_MIN),
            contacts: (self.contacts / divisor).max(CONTACTS_MIN),
            corp: index,
            end_at_ms: self.past_ends_at_ms,
            past_messages: self.messages / u64::from(divisor),
        }
    }
}

/// One company, its secrets and all it said.
pub struct Corp {
    /// Ids and secrets.
    pub config: CorpConfig,
    /// The people and what they say.
    pub company: Company,
    /// How many messages the past has.
    pub past_messages: u64,
    /// Public keys by version.
    pub keys: RsaKeys,
    /// The envelopes.
    pub archive: Mutex<ArchiveFile>,
    /// Media by sdkfileid.
    pub media: MediaStore,
    /// Files uploaded to the HTTP API, by media_id: name, type, bytes.
    pub uploads: Mutex<BTreeMap<String, Upload>>,
    /// Access tokens given out.
    pub tokens: Tokens,
    /// Calls by API path or SDK function, for `/sim/state`.
    pub calls: Mutex<BTreeMap<String, u64>>,
    /// What the callback sender has done.
    pub callbacks: Mutex<CallbackLog>,
    /// Seed of the random keys of messages appended after the past.
    random: Mutex<ChaCha8Rng>,
}

/// A temporary file of `media/upload`.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Name given by the uploader.
    pub file_name: String,
    /// Content type given by the uploader.
    pub content_type: String,
    /// The bytes.
    pub bytes: Arc<Vec<u8>>,
}

/// Where callbacks of a corp go and what became of them.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CallbackLog {
    /// Where they go; none are sent without.
    pub url: Option<String>,
    /// Delivered with a 2xx in time.
    pub delivered: u64,
    /// Given up after all tries.
    pub failed: u64,
    /// Not sent because of the `lost` fault.
    pub lost: u64,
    /// Single tries that failed.
    pub failed_tries: u64,
    /// What the last try was answered.
    pub last_result: String,
    /// The last seq that a notification covered.
    pub notified_seq: u64,
}

/// One message to append.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// The message.
    pub message: PlainMessage,
    /// Where it comes from.
    pub origin: Origin,
    /// Key version; the newest when absent.
    pub version: Option<u32>,
    /// Fault; drawn from the faults in force when absent.
    pub fault: Option<MessageFault>,
}

impl Corp {
    /// Opens corp `index` of the world in `folder`.
    pub fn open(world: &WorldConfig, folder: &Path, index: u32) -> Result<Self, SimulatorError> {
        let config = CorpConfig::generate(world.seed, index);
        let company_config = world.company(index);
        let mut key_folder: PathBuf = folder.join("keys");
        if index > 0 {
            key_folder.push(&config.corpid);
        }
        let archive = ArchiveFile::open(&folder.join("archive"), &config.corpid)?;
        // Never the same stream for two starts: a key must not be used for two messages.
        let stream = world.seed.rotate_left(17) ^ archive.last_seq() ^ (u64::from(index) << 56);
        Ok(Self {
            past_messages: company_config.past_messages,
            company: Company::generate(&company_config),
            keys: RsaKeys::open(&key_folder, world.key_versions)?,
            media: MediaStore::new(&folder.join("media").join(&config.corpid)),
            uploads: Mutex::default(),
            tokens: Tokens::new(world.seed ^ u64::from(index)),
            calls: Mutex::default(),
            callbacks: Mutex::default(),
            random: Mutex::new(ChaCha8Rng::seed_from_u64(stream)),
            archive: Mutex::new(archive),
            config,
        })
    }

    /// Seals and appends one message; returns its seq.
    pub fn append(&self, new: NewMessage, faults: &Faults) -> Result<u64, SimulatorError> {
        let mut archive = self.archive.lock();
        let seq = archive.last_seq() + 1;
        let sealing = Sealing {
            keys: &self.keys,
            version: new.version.unwrap_or_else(|| self.keys.versions()),
            fault: new.fault.or_else(|| envelope::fault_of(faults, seq)),
            origin: new.origin,
        };
        let entry = envelope::seal(sealing, seq, new.message, None, &mut self.random.lock())?;
        archive.append(&[entry])?;
        Ok(seq)
    }

    /// Appends the next live message; returns its seq.
    pub fn append_live(&self, faults: &Faults, now_ms: i64) -> Result<u64, SimulatorError> {
        let number = self.archive.lock().count(Origin::Live);
        let message = self.company.live(number, now_ms);
        self.append(NewMessage { message, origin: Origin::Live, version: None, fault: None }, faults)
    }

    /// Counts one call.
    pub fn count_call(&self, what: &str) {
        *self.calls.lock().entry(what.to_owned()).or_default() += 1;
    }
}

/// The corps and the faults in force.
pub struct World {
    /// What it was made from.
    pub config: WorldConfig,
    /// The corps, the first is the large one.
    pub corps: Vec<Corp>,
    faults: RwLock<Arc<Faults>>,
    draws: AtomicU64,
    /// Times that faults with an end were played, by what they are.
    pub played: Mutex<BTreeMap<String, u64>>,
    /// HTTP API calls under way.
    pub under_way: AtomicU64,
}

impl World {
    /// A world of opened corps.
    pub fn new(config: WorldConfig, corps: Vec<Corp>, faults: Faults) -> Self {
        Self {
            config,
            corps,
            faults: RwLock::new(Arc::new(faults)),
            draws: AtomicU64::new(0),
            played: Mutex::default(),
            under_way: AtomicU64::new(0),
        }
    }

    /// The faults in force now.
    pub fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.faults.read())
    }

    /// Puts other faults in force and forgets how often any was played.
    pub fn set_faults(&self, faults: Faults) {
        *self.faults.write() = Arc::new(faults);
        self.played.lock().clear();
        self.draws.store(0, Ordering::Relaxed);
    }

    /// The number of the next draw, for chances that belong to a call and not to a message.
    pub fn next_draw(&self) -> u64 {
        self.draws.fetch_add(1, Ordering::Relaxed)
    }

    /// The corp with this corpid.
    pub fn corp(&self, corpid: &str) -> Option<&Corp> {
        self.corps.iter().find(|corp| corp.config.corpid == corpid)
    }

    /// Counts one more time of `what`; true when it has not been played `times_max` times yet (0: no end).
    pub fn may_play(&self, what: &str, times_max: u64) -> bool {
        if times_max == 0 {
            return true;
        }
        let mut played = self.played.lock();
        let times = played.entry(what.to_owned()).or_default();
        *times += 1;
        *times <= times_max
    }
}
