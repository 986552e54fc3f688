//! The files people send: their ids, sizes and MD5 sums, and their bytes on demand.
//!
//! A file's bytes are a pure function of its kind and variant (and the company's seed), so a
//! message can state size and sum without keeping the file. Ids are opaque and unique; an id
//! that this company did not make opens nothing.

mod amr;
mod gif;
mod mp4;
mod ooxml;
mod pdf;
mod png;

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

use super::dice::{mix, mix_two};

/// Distinct files of each kind: enough variety to look at, few enough to sum up at once.
pub const VARIANTS: usize = 24;
/// Every eighth variant is larger than one chunk of the finance SDK (512 KiB).
const LARGE_EVERY: usize = 8;
const ID_BYTES: usize = 96;
const TITLES: [&str; 8] =
    ["服务合同", "产品说明书", "报价单", "业务办理须知", "检查报告单", "项目实施方案", "对账明细", "会议纪要"];

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    Image,
    Animation,
    Sticker,
    Voice,
    Video,
    Pdf,
    Docx,
    Xlsx,
    Call,
}

const KINDS: [MediaKind; 9] = [
    MediaKind::Image,
    MediaKind::Animation,
    MediaKind::Sticker,
    MediaKind::Voice,
    MediaKind::Video,
    MediaKind::Pdf,
    MediaKind::Docx,
    MediaKind::Xlsx,
    MediaKind::Call,
];

/// What a message says about a file.
#[derive(Clone, Debug)]
pub struct MediaFacts {
    pub md5: String,
    pub size: u32,
    pub width: u32,
    pub height: u32,
    /// Seconds of sound or film.
    pub seconds: u32,
}

/// All files of one company.
pub struct MediaShelf {
    seed: u64,
    facts: Vec<OnceLock<MediaFacts>>,
}

impl MediaShelf {
    /// The files of the company with this seed; none is made yet.
    pub fn new(seed: u64) -> Self {
        let facts = std::iter::repeat_with(OnceLock::new).take(KINDS.len() * VARIANTS).collect();
        Self { seed: mix_two(seed, 0x6d_6564_6961), facts }
    }

    /// Size, sum and measures; computed once for each file.
    pub fn facts(&self, kind: MediaKind, variant: usize) -> &MediaFacts {
        let slot = &self.facts[kind as usize * VARIANTS + variant % VARIANTS];
        slot.get_or_init(|| {
            let (bytes, mut facts) = self.make(kind, variant % VARIANTS);
            if kind == MediaKind::Call {
                // Messages give neither size nor sum of a call, so neither is computed.
                return facts;
            }
            facts.md5 = hex::encode(Md5::digest(&bytes));
            facts.size = bytes.len() as u32;
            facts
        })
    }

    /// An id for one sending of a file: 128 characters of base64, never the same for two salts.
    pub fn file_id(&self, kind: MediaKind, variant: usize, salt: u64) -> String {
        let key = mix_two(self.seed, salt);
        let secret = key ^ ((kind as u64) << 8 | (variant % VARIANTS) as u64);
        let mut bytes = Vec::with_capacity(ID_BYTES);
        bytes.extend_from_slice(&salt.to_be_bytes());
        bytes.extend_from_slice(&secret.to_be_bytes());
        bytes.extend_from_slice(&mix_two(key, secret).to_be_bytes());
        let mut state = key;
        while bytes.len() < ID_BYTES {
            state = mix(state);
            bytes.extend_from_slice(&state.to_be_bytes());
        }
        STANDARD.encode(bytes)
    }

    /// The bytes behind an id, or nothing when it is not one of ours.
    pub fn open(&self, id: &str) -> Option<Vec<u8>> {
        let bytes = STANDARD.decode(id).ok()?;
        let word = |index: usize| -> Option<u64> {
            let part = bytes.get(index * 8..index * 8 + 8)?;
            Some(u64::from_be_bytes(part.try_into().ok()?))
        };
        let (salt, secret, check) = (word(0)?, word(1)?, word(2)?);
        let key = mix_two(self.seed, salt);
        if bytes.len() != ID_BYTES || check != mix_two(key, secret) {
            return None;
        }
        let plain = secret ^ key;
        let (kind, variant) = (*KINDS.get((plain >> 8) as usize)?, (plain & 0xff) as usize);
        (self.file_id(kind, variant, salt) == id).then(|| self.make(kind, variant).0)
    }

    fn make(&self, kind: MediaKind, variant: usize) -> (Vec<u8>, MediaFacts) {
        let seed = mix_two(self.seed ^ ((kind as u64) << 32), variant as u64);
        let large = variant % LARGE_EVERY == LARGE_EVERY - 1;
        let mut facts = MediaFacts { md5: String::new(), size: 0, width: 0, height: 0, seconds: 0 };
        let bytes = match kind {
            MediaKind::Image | MediaKind::Sticker => {
                let picture = png::picture(seed, kind == MediaKind::Sticker);
                (facts.width, facts.height) = (picture.width, picture.height);
                picture.bytes
            }
            MediaKind::Animation => {
                let (bytes, side) = gif::animation(seed);
                (facts.width, facts.height) = (side, side);
                bytes
            }
            MediaKind::Voice => {
                facts.seconds = 2 + (seed % 40) as u32;
                amr::recording(seed, u64::from(facts.seconds))
            }
            MediaKind::Call => {
                facts.seconds = 60 + (seed % 400) as u32;
                amr::recording(seed, u64::from(facts.seconds))
            }
            MediaKind::Video => {
                facts.seconds = 5 + (seed % 24) as u32;
                let (columns, rows) = if large { (11, 9) } else { (6, 4) };
                let frames = if large { 18 + (seed % 20) as u32 } else { 6 + (seed % 9) as u32 };
                let film = mp4::Film { seed, seconds: facts.seconds, frames, columns, rows };
                mp4::film(&film)
            }
            MediaKind::Pdf => {
                let picture = if large { 640_000 + (seed % 900_000) as usize } else { 0 };
                pdf::document(seed, &paragraphs(seed, variant), picture)
            }
            MediaKind::Docx => ooxml::docx(&paragraphs(seed, variant)),
            MediaKind::Xlsx => ooxml::xlsx(&rows(seed, variant)),
        };
        (bytes, facts)
    }
}

fn paragraphs(seed: u64, variant: usize) -> Vec<String> {
    let mut lines = vec![
        TITLES[variant % TITLES.len()].to_owned(),
        format!("编号：AH-{:04}-{:06}", 2020 + seed % 7, mix(seed) % 1_000_000),
        "甲方：安和集团有限公司".to_owned(),
        format!("乙方：客户代表（第{}号）", 100 + seed % 900),
    ];
    lines.extend((1..=5 + seed % 8).map(|number| {
        let figure = mix_two(seed, number) % 90_000 + 1000;
        format!("第{number}条　本条涉及金额{figure}元，双方按约定的时间和方式履行。")
    }));
    lines.push("本文件为演示数据，不具有法律效力。".to_owned());
    lines
}

fn rows(seed: u64, variant: usize) -> Vec<Vec<String>> {
    let title = TITLES[variant % TITLES.len()];
    let mut rows = vec![["序号", title, "数量", "单价", "金额"].map(str::to_owned).to_vec()];
    rows.extend((1..=12 + seed % 60).map(|number| {
        let hash = mix_two(seed, number);
        let (count, price) = (hash % 50 + 1, (hash >> 8) % 900 + 10);
        let name = format!("项目{:03}", hash % 1000);
        vec![number.to_string(), name, count.to_string(), price.to_string(), (count * price).to_string()]
    }));
    rows
}
