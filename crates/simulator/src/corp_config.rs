//! The ids and secrets of a corp, all drawn from the seed, so that a test or the demo can know them without asking.
//!
//! Simulated secrets only; it must never be used to make a secret that guards anything.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// Letters that WeCom uses in its secrets.
const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &[u8] = b"0123456789abcdef";
/// WeCom's secrets have 43 characters, as has an EncodingAESKey.
const SECRET_CHARS: usize = 43;
/// The first agent id that WeCom gives to a self-built app.
const AGENT_ID_FIRST: u32 = 1_000_002;

/// Who a corp is and what opens it.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct CorpConfig {
    /// Position in the world, from 0.
    pub index: u32,
    /// `ww` and 16 hexadecimal digits.
    pub corpid: String,
    /// Secret of the conversation archive (会话内容存档): the SDK and `msgaudit/*`.
    pub archive_secret: String,
    /// Secret of the contacts synchronisation (通讯录同步): `department/*` and `user/*`.
    pub contact_secret: String,
    /// Secret of customer contact (客户联系): `externalcontact/*`.
    pub external_contact_secret: String,
    /// Agent id of the self-built app.
    pub app_agentid: u32,
    /// Secret of the self-built app: everything but `msgaudit/*`.
    pub app_secret: String,
    /// Token that signs callbacks.
    pub callback_token: String,
    /// EncodingAESKey of callbacks, 43 characters.
    pub callback_aes_key: String,
}

impl CorpConfig {
    /// The configuration of corp `index` in the world of `seed`.
    pub fn generate(seed: u64, index: u32) -> Self {
        // A stream apart from those that the company generator uses, so that neither disturbs the other.
        let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x5EC2_E75A_11C0_FFEE ^ (u64::from(index) << 40));
        Self {
            index,
            corpid: format!("ww{}", text(&mut random, HEX, 16)),
            archive_secret: text(&mut random, ALPHANUMERIC, SECRET_CHARS),
            contact_secret: text(&mut random, ALPHANUMERIC, SECRET_CHARS),
            external_contact_secret: text(&mut random, ALPHANUMERIC, SECRET_CHARS),
            app_agentid: AGENT_ID_FIRST + index,
            app_secret: text(&mut random, ALPHANUMERIC, SECRET_CHARS),
            callback_token: text(&mut random, ALPHANUMERIC, 32),
            callback_aes_key: text(&mut random, ALPHANUMERIC, SECRET_CHARS),
        }
    }
}

fn text(random: &mut ChaCha8Rng, letters: &[u8], count: usize) -> String {
    (0..count).map(|_| char::from(*letters.get(random.random_range(0..letters.len())).unwrap_or(&b'A'))).collect()
}
