//! What fills the slots of the scripts: people, numbers, dates.
//!
//! A value depends on the dialogue, the slot and its salt only, so it stays the same through a
//! dialogue. Identity numbers and card numbers have true check digits and belong to nobody.

use std::fmt::Write as _;

use super::Company;
use super::dice::{Dice, mix_two, token};
use super::names::{PersonName, mobile};
use super::scenario::{Segment, Slot, Template};
use super::worktime::civil;

const DAY_MS: i64 = 86_400_000;

/// Who talks to whom and about what: the meaning of the slots in one dialogue.
pub struct Context<'a> {
    pub company: &'a Company,
    pub book: usize,
    pub seed: u64,
    pub at_ms: i64,
    /// Members A and B and contact C, as positions in the directory.
    pub me: usize,
    pub peer: usize,
    pub contact: Option<usize>,
}

impl Context<'_> {
    /// The template as this dialogue says it.
    pub fn fill(&self, template: &Template, dice: &mut Dice) -> String {
        let mut out = String::with_capacity(96);
        self.write(template, dice, &mut out);
        out
    }

    fn write(&self, template: &Template, dice: &mut Dice, out: &mut String) {
        for segment in &template.0 {
            match segment {
                Segment::Literal(text) => out.push_str(text),
                Segment::Slot(slot, salt) => self.write_slot(*slot, mix_two(self.seed, *salt), out),
                Segment::Choice(choices) => {
                    let choice = dice.pick(choices);
                    self.write(choice, dice, out);
                }
                Segment::List(index, salt) => {
                    let entries = self.company.library.books[self.book].list_at(*index);
                    let pick = mix_two(self.seed, *salt) % entries.len().max(1) as u64;
                    if let Some(entry) = entries.get(pick as usize) {
                        self.write(entry, dice, out);
                    }
                }
            }
        }
    }

    /// One entry of the list `name`, or an empty text.
    pub fn list_entry(&self, name: &str, dice: &mut Dice) -> String {
        let entries = self.company.library.books[self.book].list(name);
        if entries.is_empty() {
            return String::new();
        }
        let entry = dice.pick(entries);
        self.fill(entry, dice)
    }

    fn write_slot(&self, slot: Slot, hash: u64, out: &mut String) {
        let names = &self.company.names;
        // Writing to a String cannot fail.
        let _ = match slot {
            Slot::Call => {
                out.push_str(&self.call());
                Ok(())
            }
            Slot::Name => {
                out.push_str(&self.contact_name());
                Ok(())
            }
            Slot::Me => out.write_str(&self.company.members[self.me].name),
            Slot::Peer => out.write_str(&self.company.members[self.peer].name),
            Slot::Title => {
                out.push_str(names[self.me].surname);
                let titles = self.company.library.books[self.book].list("title");
                let dice = &mut Dice::new(hash);
                if !titles.is_empty() {
                    self.write(dice.pick(titles), dice, out);
                }
                Ok(())
            }
            Slot::Who => out.write_str(&PersonName::new(hash).full()),
            Slot::Phone => out.write_str(&mobile(hash)),
            Slot::IdCard => out.write_str(&identity_number(hash)),
            Slot::BankCard => out.write_str(&card_number(hash)),
            Slot::Email => write!(out, "{}{}@example.com", mailbox(hash), hash % 1000),
            Slot::OrderNo => write!(out, "{}{:010}", 20 + hash % 7, (hash >> 8) % 10_000_000_000),
            Slot::Amount => write!(out, "{}", amount(hash)),
            Slot::Wan => write!(out, "{}", WAN[(hash % WAN.len() as u64) as usize]),
            Slot::Rate => write!(out, "{}.{:02}", 2 + hash % 3, (hash >> 8) % 100),
            Slot::Date => {
                let day = civil(self.at_ms + (1 + (hash % 12) as i64) * DAY_MS);
                write!(out, "{}月{}日", day.month, day.day)
            }
            Slot::Count => write!(out, "{}", 2 + hash % 8),
            Slot::Url => write!(out, "https://www.example.com/p/{}", token(hash, 8)),
            Slot::Plate => write!(out, "{}{}", plate_region(hash), token_digits(hash)),
        };
    }

    fn contact_name(&self) -> String {
        self.contact.map_or_else(
            || self.company.members[self.peer].name.clone(),
            |contact| self.company.contact_names[contact].full.clone(),
        )
    }

    fn call(&self) -> String {
        let Some(contact) = self.contact else {
            return self.company.members[self.peer].name.clone();
        };
        let name = &self.company.contact_names[contact];
        if name.english {
            return name.short.clone();
        }
        let woman = self.company.contacts[contact].gender == 2;
        let courtesy = match (woman, self.seed % 3) {
            (true, 0) => "姐",
            (true, _) => "女士",
            (false, 0) => "总",
            (false, 1) => "哥",
            (false, _) => "先生",
        };
        format!("{}{courtesy}", name.short)
    }
}

const WAN: [u32; 12] = [3, 5, 8, 10, 15, 20, 30, 50, 60, 80, 100, 200];

/// A sum in yuan, of the size that everyday talk is about.
fn amount(hash: u64) -> u64 {
    let figure = hash >> 8;
    match hash % 6 {
        0 => 68 + figure % 300,
        1 => 199 + figure % 800,
        2 | 3 => (12 + figure % 85) * 100 - 20 * (figure >> 32 & 1),
        4 => 1000 + figure % 8900,
        _ => (10 + figure % 40) * 1000,
    }
}

fn mailbox(hash: u64) -> String {
    let name = PersonName::new(hash);
    format!("{}.{}", name.spelling.1, name.spelling.0)
}

fn plate_region(hash: u64) -> &'static str {
    const REGIONS: [&str; 8] = ["京A", "沪B", "粤B", "浙A", "苏E", "川A", "鄂A", "鲁B"];
    REGIONS[(hash % 8) as usize]
}

fn token_digits(hash: u64) -> String {
    format!("{}{:04}", char::from(b'A' + (hash % 8) as u8), (hash >> 8) % 10_000)
}

/// A resident identity number with a true check character (GB 11643-1999).
fn identity_number(hash: u64) -> String {
    const REGIONS: [u32; 10] =
        [110_105, 310_104, 440_106, 440_305, 330_106, 510_107, 420_106, 320_102, 610_113, 500_112];
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let region = REGIONS[(hash % 10) as usize];
    let (year, month, day) = (1955 + (hash >> 8) % 50, 1 + (hash >> 16) % 12, 1 + (hash >> 24) % 28);
    let head = format!("{region}{year}{month:02}{day:02}{:03}", (hash >> 32) % 1000);
    let sum: u32 = head.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = b"10X98765432"[(sum % 11) as usize];
    format!("{head}{}", char::from(check))
}

/// A bank card number with a true check digit (Luhn, ISO/IEC 7812-1).
fn card_number(hash: u64) -> String {
    const ISSUERS: [u32; 6] = [622_848, 621_700, 622_202, 621_660, 622_588, 621_483];
    let head = format!("{}{:012}", ISSUERS[(hash % 6) as usize], (hash >> 8) % 1_000_000_000_000);
    let sum: u32 = head
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    format!("{head}{}", (10 - sum % 10) % 10)
}
