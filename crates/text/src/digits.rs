//! Text as a row of cells in which digits of every kind (ASCII, full-width, Chinese numerals) are one, each with its way back to
//! the original bytes. The ground on which the personal data detectors stand.
//!
//! It must never drop a character: cells and characters correspond one to one.

/// One character of the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Half-width lower-case form for ASCII and its full-width variants, else the character itself.
    pub c: char,
    /// 0 … 9 for ASCII and full-width digits.
    pub digit: Option<u8>,
    /// 0 … 9 for Chinese numerals as read in telephone numbers (幺 is 1).
    pub spoken: Option<u8>,
    pub start: usize,
    pub end: usize,
}

impl Cell {
    /// Part of a word or number written in ASCII: what may not stand right before a number that is to be one by itself.
    pub fn is_word(self) -> bool {
        self.c.is_ascii_alphanumeric() || self.c == '_'
    }

    pub fn is_gap(self) -> bool {
        matches!(self.c, ' ' | '\u{3000}' | '\u{A0}' | '-' | '‐' | '‑' | '–' | '—')
    }
}

pub fn cells(text: &str) -> Vec<Cell> {
    text.char_indices().map(|(start, original)| cell(original, start)).collect()
}

fn cell(original: char, start: usize) -> Cell {
    let half = match original {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(original as u32 - 0xFEE0).unwrap_or(original),
        other => other,
    };
    Cell {
        c: half.to_ascii_lowercase(),
        digit: half.to_digit(10).filter(|_| half.is_ascii_digit()).map(|digit| digit as u8),
        spoken: spoken(original),
        start,
        end: start + original.len_utf8(),
    }
}

fn spoken(c: char) -> Option<u8> {
    Some(match c {
        '零' | '〇' | '○' => 0,
        '一' | '幺' | '壹' => 1,
        '二' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

/// Digits read from a place on, cut into groups where one gap character stands between two digits.
#[derive(Debug, Clone, Default)]
pub struct Groups {
    pub digits: Vec<u8>,
    /// Digits in each group.
    pub lengths: Vec<usize>,
    /// For every digit, the index of its cell.
    pub cells: Vec<usize>,
}

/// Longest number any detector wants (bank card, 19) with some room; reading stops there, so a page of digits costs nothing extra.
const DIGITS_MAX: usize = 24;

impl Groups {
    pub fn read(cells: &[Cell], from: usize) -> Groups {
        let mut groups = Groups::default();
        let mut at = from;
        let mut length = 0;
        while groups.digits.len() < DIGITS_MAX {
            let Some(cell) = cells.get(at) else { break };
            if let Some(digit) = cell.digit {
                groups.digits.push(digit);
                groups.cells.push(at);
                length += 1;
                at += 1;
                continue;
            }
            let digit_follows = cells.get(at + 1).is_some_and(|next| next.digit.is_some());
            if length == 0 || !cell.is_gap() || !digit_follows {
                break;
            }
            groups.lengths.push(length);
            length = 0;
            at += 1;
        }
        if length > 0 {
            groups.lengths.push(length);
        }
        groups
    }

    /// How many of the first groups hold exactly `count` digits in all; `None` when no group ends there.
    pub fn groups_for(&self, count: usize) -> Option<&[usize]> {
        let mut sum = 0;
        for (at, length) in self.lengths.iter().enumerate() {
            sum += length;
            if sum == count {
                return self.lengths.get(..=at);
            }
            if sum > count {
                return None;
            }
        }
        None
    }
}
