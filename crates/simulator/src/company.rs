//! The demo company of the simulator: its people, and months of what they write.
//!
//! Everything is a pure function of the configuration; blocks of messages are made on demand, in
//! any order, so the past may be as long as a benchmark wants. All names, numbers and scripts are
//! made up. It never reads the clock and knows nothing of the server under test.

mod bodies;
mod dice;
mod directory;
mod json;
mod kind;
mod media;
mod names;
mod plan;
mod render;
mod scenario;
mod slots;
#[cfg(test)]
mod tests;
mod worktime;

use std::sync::{Arc, Mutex};

use dice::mix_two;
use directory::Names;
use media::MediaShelf;
use names::PersonName;
use plan::Draft;
use scenario::Library;
use worktime::WorkTime;

/// Messages per block of the past.
pub const BLOCK: u64 = 2048;

/// What the company is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyConfig {
    pub seed: u64,
    /// Number of members; raised to 4, below which there is nobody to talk to.
    pub members: u32,
    /// Number of contacts; raised to 12.
    pub contacts: u32,
    /// Which corp this is; each has people and files of its own.
    pub corp: u32,
    /// The past ends here (milliseconds since 1970).
    pub end_at_ms: i64,
    /// How many messages the past holds.
    pub past_messages: u64,
}

/// A department; the root has id 1 and parent 0.
#[derive(Clone, Debug)]
pub struct Department {
    pub id: u32,
    pub parent: u32,
    pub name: String,
    pub name_en: String,
    pub order: u32,
}

/// A member of the company.
#[derive(Clone, Debug)]
pub struct Member {
    pub userid: String,
    pub name: String,
    pub departments: Vec<u32>,
    pub leader: bool,
    pub position: String,
    pub mobile: String,
    /// Has a seat of the archive; only their conversations appear in it.
    pub archived: bool,
    /// 1 active, 2 disabled, 4 not activated.
    pub status: u8,
}

/// One member's relation to a contact.
#[derive(Clone, Debug)]
pub struct Follow {
    pub userid: String,
    pub remark: String,
    pub created_at_ms: i64,
    /// Names of tags, all found in the company's tag groups.
    pub tags: Vec<String>,
    /// The channel the contact came by; empty when added by hand.
    pub state: String,
}

/// A person outside.
#[derive(Clone, Debug)]
pub struct Contact {
    /// `wm…` or `wo…`, 32 characters.
    pub external_userid: String,
    pub name: String,
    pub corp_name: Option<String>,
    /// 1 WeChat, 2 WeCom.
    pub kind: u8,
    /// 0 unknown, 1 man, 2 woman.
    pub gender: u8,
    pub unionid: Option<String>,
    pub follows: Vec<Follow>,
}

/// A group, with contacts in it or of members only.
#[derive(Clone, Debug)]
pub struct Group {
    /// `wr…`, 32 characters.
    pub roomid: String,
    pub name: String,
    pub owner: String,
    pub external: bool,
    /// Userids and external userids.
    pub members: Vec<String>,
    pub created_at_ms: i64,
    pub notice: String,
}

/// A group robot.
#[derive(Clone, Debug)]
pub struct Robot {
    /// `wb…`
    pub id: String,
    pub name: String,
    pub creator: String,
}

/// Tags that belong together.
#[derive(Clone, Debug)]
pub struct TagGroup {
    pub name: String,
    pub tags: Vec<String>,
}

/// A message as `DecryptData` gives it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainMessage {
    pub msgid: String,
    pub msgtime_ms: i64,
    /// The decrypted JSON of PROTOCOL.md section 3.2.
    pub json: Vec<u8>,
}

/// The company, its people and its way of talking.
pub struct Company {
    pub name: String,
    pub departments: Vec<Department>,
    pub members: Vec<Member>,
    pub contacts: Vec<Contact>,
    pub groups: Vec<Group>,
    pub robots: Vec<Robot>,
    pub tag_groups: Vec<TagGroup>,
    config: CompanyConfig,
    /// Seed and corp together: what all chance begins from.
    seed: u64,
    names: Vec<PersonName>,
    contact_names: Vec<Names>,
    /// Positions of members who talk, by book.
    crews: Vec<Vec<usize>>,
    /// Positions of contacts by book, and for each who talks to them.
    audiences: Vec<Vec<usize>>,
    followers: Vec<Vec<usize>>,
    /// Positions of groups by book, with and without contacts.
    crowds: Vec<Vec<usize>>,
    teams: Vec<Vec<usize>>,
    /// Positions of members and contacts by group.
    circles: Vec<(Vec<usize>, Vec<usize>)>,
    library: Library,
    /// Simplified and traditional characters, sorted by the first.
    traditional: Vec<(char, char)>,
    media: MediaShelf,
    work_time: WorkTime,
    /// The last block of live talk, as live messages are asked for in order.
    live_block: Mutex<Option<(u64, Arc<Vec<Draft>>)>>,
}

/// The past of 20 000 messages lasts half a year.
const USUAL_PAST_DAYS: u64 = 180;
const USUAL_PAST_MESSAGES: u64 = 20_000;
const SHORTEST_PAST_DAYS: u64 = 7;
/// Beyond this a longer past would only make the calendar thin.
const LONGEST_PAST_DAYS: u64 = 540;
const DAY_MS: i64 = 86_400_000;
/// Room for the last talks of the past to come to their end.
const LAST_TALKS_MS: i64 = 45 * 60_000;
/// Live talks are planned in blocks of this many messages …
const LIVE_BLOCK: u64 = 256;
/// … that would last this long, so that about eight talks go on at a time.
const LIVE_BLOCK_MS: i64 = 30 * 60_000;
/// Live messages are numbered from here, far from those of the past.
const LIVE_NUMBERS: u64 = 1 << 62;

impl Company {
    /// Messages per block.
    pub const BLOCK: u64 = BLOCK;

    /// Makes the company. Takes some milliseconds; files are made later, when first sent.
    pub fn generate(config: &CompanyConfig) -> Self {
        let config =
            CompanyConfig { members: config.members.max(4), contacts: config.contacts.max(12), ..config.clone() };
        let seed = mix_two(config.seed, u64::from(config.corp) + 0x636f_7270);
        let days = config.past_messages.saturating_mul(USUAL_PAST_DAYS) / USUAL_PAST_MESSAGES;
        let days = match days {
            0..=USUAL_PAST_DAYS => days.max(SHORTEST_PAST_DAYS),
            // Ten times the messages fill twice the time.
            _ => (USUAL_PAST_DAYS + days / 10).min(LONGEST_PAST_DAYS),
        };
        let start_at_ms = config.end_at_ms - days as i64 * DAY_MS;
        let people = directory::people(&config, seed, start_at_ms);
        Self {
            name: people.company_name,
            departments: people.departments,
            members: people.members,
            contacts: people.contacts,
            groups: people.groups,
            robots: people.robots,
            tag_groups: people.tag_groups,
            seed,
            names: people.names,
            contact_names: people.contact_names,
            crews: people.crews,
            audiences: people.audiences,
            followers: people.followers,
            crowds: people.crowds,
            teams: people.teams,
            circles: people.circles,
            library: Library::load(),
            traditional: render::traditional_pairs(),
            media: MediaShelf::new(seed),
            work_time: WorkTime::new(start_at_ms, config.end_at_ms - LAST_TALKS_MS),
            live_block: Mutex::new(None),
            config,
        }
    }

    /// Messages `block * BLOCK ..` of the past, in the order of their time; empty beyond the end.
    ///
    /// Blocks follow one another in time, but a talk that began in one may end after the next
    /// began, as messages also arrive in real archives.
    pub fn past_block(&self, block: u64) -> Vec<PlainMessage> {
        let first = block.saturating_mul(Self::BLOCK);
        let count = Self::BLOCK.min(self.config.past_messages.saturating_sub(first));
        let whole = self.config.past_messages << 16;
        let span = plan::Span {
            seed: mix_two(self.seed, block),
            first_number: first,
            count: count as usize,
            last_at_ms: self.config.end_at_ms,
        };
        let drafts = plan::plan(self, &span, &|part| self.work_time.moment((first << 16) + part * count, whole));
        drafts.iter().map(|draft| self.render(draft, draft.at_ms)).collect()
    }

    /// The live message number `n`: the same for the same `n`, but for its time.
    pub fn live(&self, n: u64, now_ms: i64) -> PlainMessage {
        let drafts = self.live_drafts(n / LIVE_BLOCK);
        let draft = &drafts[(n % LIVE_BLOCK) as usize];
        self.render(draft, now_ms)
    }

    /// The bytes of a file that one of our messages names.
    pub fn media(&self, sdkfileid: &str) -> Option<Vec<u8>> {
        self.media.open(sdkfileid)
    }

    fn live_drafts(&self, block: u64) -> Arc<Vec<Draft>> {
        let mut known = self.live_block.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((number, drafts)) = known.as_ref()
            && *number == block
        {
            return Arc::clone(drafts);
        }
        let start_at_ms = self.config.end_at_ms + block as i64 * LIVE_BLOCK_MS;
        let span = plan::Span {
            seed: mix_two(self.seed, LIVE_NUMBERS + block),
            first_number: LIVE_NUMBERS + block * LIVE_BLOCK,
            count: LIVE_BLOCK as usize,
            last_at_ms: i64::MAX,
        };
        let drafts = Arc::new(plan::plan(self, &span, &|part| start_at_ms + ((part as i64 * LIVE_BLOCK_MS) >> 16)));
        *known = Some((block, Arc::clone(&drafts)));
        drafts
    }
}
