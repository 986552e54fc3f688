//! Traditional to simplified Chinese, character by character, as one table that the compiler builds.
//!
//! The source is OpenCC's `TSCharacters.txt` (Apache-2.0) as packed by the crate `hanconv`; of several candidates the first, most
//! frequent one counts. Words are deliberately not looked at: folding is an equivalence for finding, not a translation.
//! It must never map a character to one that is mapped again (folding would not be idempotent).

// Reading 35 KB of table at compile time takes more steps than the lint allows by default; it is bounded by the table.
// The table is an array while it is built, which happens in the compiler, not on any stack.
#![allow(long_running_const_eval, clippy::large_stack_arrays)]

use hanconv::RawDictionary;

/// First and one-past-last code point of the directly indexed part: CJK Unified Ideographs and Extension A.
const BASIC_FIRST: u32 = 0x3400;
const BASIC_END: u32 = 0xA000;
const BASIC_LEN: usize = (BASIC_END - BASIC_FIRST) as usize;
/// Room for pairs whose traditional form lies beyond the basic plane (354 in OpenCC 1.1).
const RARE_MAX: usize = 1024;
/// Chains in the table (薴 → 苧 → 苎) are at most two long; more rounds than needed cost nothing at run time.
const CHAIN_MAX: usize = 4;
/// What OpenCC decides by word, or leaves alone as a regional variant; for finding, the merged form is the right one.
const ADDED: [(char, char); 4] = [('著', '着'), ('瞭', '了'), ('妳', '你'), ('牠', '它')];

struct Table {
    basic: [u32; BASIC_LEN],
    rare: [(u32, u32); RARE_MAX],
    rare_len: usize,
}

/// A reference, so that uses share one table.
const TABLE: &Table = &build();

/// The simplified form of a character, or the character itself.
pub fn simplify(c: char) -> char {
    let code = c as u32;
    if (BASIC_FIRST..BASIC_END).contains(&code) {
        let mapped = TABLE.basic[(code - BASIC_FIRST) as usize];
        return if mapped == 0 { c } else { char::from_u32(mapped).unwrap_or(c) };
    }
    if code < 0x2_0000 {
        return c;
    }
    let rare = &TABLE.rare[..TABLE.rare_len];
    match rare.binary_search_by_key(&code, |pair| pair.0) {
        Ok(at) => char::from_u32(rare[at].1).unwrap_or(c),
        Err(_) => c,
    }
}

const fn build() -> Table {
    let text = RawDictionary::TSCharacters.text().as_bytes();
    let mut table = Table { basic: [0; BASIC_LEN], rare: [(0, 0); RARE_MAX], rare_len: 0 };
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'#' || text[at] == b'\n' || text[at] == b'\r' {
            at = next_line(text, at);
            continue;
        }
        let (from, after_key) = decode(text, at);
        let (to, _) = decode(text, after_key + 1);
        table = insert(table, from, to);
        at = next_line(text, after_key);
    }
    let mut added = 0;
    while added < ADDED.len() {
        table = insert(table, ADDED[added].0 as u32, ADDED[added].1 as u32);
        added += 1;
    }
    sort_rare(follow_chains(table))
}

const fn next_line(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && text[at] != b'\n' {
        at += 1;
    }
    at + 1
}

/// Decodes one UTF-8 character; the input is a `str`, so it is well formed.
const fn decode(text: &[u8], at: usize) -> (u32, usize) {
    let first = text[at] as u32;
    let (mut code, length) = match first {
        0..0x80 => (first, 1),
        0x80..0xE0 => (first & 0x1F, 2),
        0xE0..0xF0 => (first & 0x0F, 3),
        _ => (first & 0x07, 4),
    };
    let mut i = 1;
    while i < length {
        code = (code << 6) | (text[at + i] as u32 & 0x3F);
        i += 1;
    }
    (code, at + length)
}

const fn insert(mut table: Table, from: u32, to: u32) -> Table {
    if from == to {
        return table;
    }
    if from >= BASIC_FIRST && from < BASIC_END {
        table.basic[(from - BASIC_FIRST) as usize] = to;
    } else if from >= 0x2_0000 {
        table.rare[table.rare_len] = (from, to);
        table.rare_len += 1;
    }
    table
}

const fn follow(table: &Table, mut code: u32) -> u32 {
    let mut round = 0;
    while round < CHAIN_MAX && code >= BASIC_FIRST && code < BASIC_END {
        let next = table.basic[(code - BASIC_FIRST) as usize];
        if next == 0 {
            return code;
        }
        code = next;
        round += 1;
    }
    code
}

const fn follow_chains(mut table: Table) -> Table {
    let mut i = 0;
    while i < BASIC_LEN {
        if table.basic[i] != 0 {
            table.basic[i] = follow(&table, table.basic[i]);
        }
        i += 1;
    }
    let mut rare = 0;
    while rare < table.rare_len {
        table.rare[rare].1 = follow(&table, table.rare[rare].1);
        rare += 1;
    }
    table
}

/// Insertion sort; the file is sorted already, so this is one pass.
const fn sort_rare(mut table: Table) -> Table {
    let mut i = 1;
    while i < table.rare_len {
        let mut j = i;
        while j > 0 && table.rare[j - 1].0 > table.rare[j].0 {
            let swapped = table.rare[j - 1];
            table.rare[j - 1] = table.rare[j];
            table.rare[j] = swapped;
            j -= 1;
        }
        i += 1;
    }
    table
}
