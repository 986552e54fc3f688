//! The rules: given a place in the text, does an identity card, bank card, telephone number or address begin here?
//!
//! Each rule is a plain function on cells and says where its find ends. Order matters: the longer and better proven kind first.
//! It must never match inside a longer word or number.

use super::PersonalDataKind;
use crate::digits::{Cell, Groups};

/// Characters before a number that are searched for the word that announces it.
const CONTEXT_CELLS: usize = 8;
const NOT_PERSONAL: [&str; 16] = [
    "订单",
    "单号",
    "运单",
    "快递",
    "流水",
    "序列号",
    "编号",
    "批号",
    "商品id",
    "工单",
    "发票号",
    "货号",
    "條碼",
    "条码",
    "sn",
    "id:",
];
const ID_CARD_WORDS: [&str; 3] = ["身份证", "身分证", "证件号"];
/// Words in ASCII after which a telephone number may stand without a gap.
const TELEPHONE_WORDS: [&str; 5] = ["tel", "phone", "mobile", "mob", "call"];
/// Longest local part of an address (RFC 5321, 4.5.3.1.1) and longest domain.
const EMAIL_LOCAL_MAX: usize = 64;
const EMAIL_DOMAIN_MAX: usize = 255;
/// First two digits of GB/T 2260 codes: provinces, Taiwan, Hong Kong, Macao, and 83 for residence permits.
const PROVINCES: [u8; 36] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63,
    64, 65, 71, 81, 82, 83, 91,
];
const ID_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const ID_CHECKS: &[u8; 11] = b"10x98765432";

type Find = (PersonalDataKind, usize, usize);

/// The find that begins at cell `at`, as (kind, first cell, cell after the last). An address is found at its `@` and its first cell
/// then lies before `at`.
pub fn at(cells: &[Cell], at: usize) -> Option<Find> {
    let cell = cells.get(at)?;
    if cell.c == '@' {
        return email(cells, at).map(|(from, to)| (PersonalDataKind::Email, from, to));
    }
    if cell.spoken.is_some() {
        return spoken_mobile(cells, at).map(|to| (PersonalDataKind::Mobile, at, to));
    }
    if cell.digit.is_none() && !matches!(cell.c, '+' | '(') {
        return None;
    }
    if cell.digit.is_some() && !stands_free(cells, at) {
        return None;
    }
    let found = |kind, to: Option<usize>| to.map(|to| (kind, at, to));
    let groups = Groups::read(cells, at);
    found(PersonalDataKind::IdCard, id_card(cells, &groups))
        .or_else(|| found(PersonalDataKind::BankCard, bank_card(cells, at, &groups)))
        .or_else(|| found(PersonalDataKind::Mobile, mobile(cells, at)))
        .or_else(|| found(PersonalDataKind::Landline, landline(cells, at)))
}

/// Nothing that makes the number part of something longer stands before it.
fn stands_free(cells: &[Cell], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|index| cells.get(index)) else {
        return true;
    };
    if before.is_word() {
        return before.digit.is_none() && ends_with_word(cells, at, &TELEPHONE_WORDS);
    }
    let two_before = at.checked_sub(2).and_then(|index| cells.get(index));
    let joined = matches!(before.c, '-' | '.') && two_before.is_some_and(|cell| cell.is_word());
    !joined
}

fn ends_with_word(cells: &[Cell], at: usize, words: &[&str]) -> bool {
    let letters = cells[..at].iter().rev().take_while(|cell| cell.c.is_ascii_alphabetic()).count();
    let word: String = cells[at - letters..at].iter().map(|cell| cell.c).collect();
    words.contains(&word.as_str())
}

fn announced(cells: &[Cell], at: usize, words: &[&str]) -> bool {
    let context: String = cells[at.saturating_sub(CONTEXT_CELLS)..at]
        .iter()
        .rev()
        .take_while(|cell| !matches!(cell.c, '，' | ',' | '。' | ';' | '；' | '\n'))
        .map(|cell| cell.c)
        .collect();
    let context: String = context.chars().rev().collect();
    words.iter().any(|word| context.contains(word))
}

fn ends_free(cells: &[Cell], after: usize) -> bool {
    cells.get(after).is_none_or(|cell| !cell.is_word())
}

fn id_card(cells: &[Cell], groups: &Groups) -> Option<usize> {
    id_card_18(cells, groups).or_else(|| id_card_15(cells, groups))
}

fn id_card_18(cells: &[Cell], groups: &Groups) -> Option<usize> {
    let body = groups.digits.get(..17)?;
    let last_cell = *groups.cells.get(16)? + 1;
    let mut check_cell = last_cell;
    if cells.get(check_cell).is_some_and(|cell| cell.is_gap()) {
        check_cell += 1;
    }
    let check = cells.get(check_cell)?;
    // Printed in one piece or as 6 + 8 + 4; the X, being no digit, is not part of the groups.
    let shape_fits = groups.groups_for(6).is_none_or(|_| groups.groups_for(14).is_some());
    let sum: u32 = body.iter().zip(ID_WEIGHTS).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    let expected = *ID_CHECKS.get((sum % 11) as usize)?;
    let fits = shape_fits
        && check_cell == last_cell
        && check.c == char::from(expected)
        && valid_region(body)
        && valid_date(number(body.get(6..10)?), number(body.get(10..12)?), number(body.get(12..14)?));
    (fits && ends_free(cells, check_cell + 1)).then_some(check_cell + 1)
}

/// The old form without a checksum: only where the text says that it is one.
fn id_card_15(cells: &[Cell], groups: &Groups) -> Option<usize> {
    let lengths = groups.groups_for(15)?;
    let body = groups.digits.get(..15)?;
    let first = *groups.cells.first()?;
    let after = *groups.cells.get(14)? + 1;
    let fits = lengths.len() == 1
        && valid_region(body)
        && valid_date(1900 + number(body.get(6..8)?), number(body.get(8..10)?), number(body.get(10..12)?))
        && announced(cells, first, &ID_CARD_WORDS);
    (fits && ends_free(cells, after)).then_some(after)
}

fn valid_region(body: &[u8]) -> bool {
    body.get(..2).is_some_and(|digits| PROVINCES.contains(&(number(digits) as u8)))
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(*digit))
}

fn valid_date(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1880..=2099).contains(&year) && (1..=days).contains(&day)
}

fn bank_card(cells: &[Cell], at: usize, groups: &Groups) -> Option<usize> {
    (16..=19).rev().find_map(|count| {
        let lengths = groups.groups_for(count)?;
        let digits = groups.digits.get(..count)?;
        let after = *groups.cells.get(count - 1)? + 1;
        let (last, others) = lengths.split_last()?;
        let shape_fits =
            others.iter().all(|length| *length == 4) && *last <= 4 || lengths.len() == 1 || lengths == [6, count - 6];
        let fits = shape_fits && plausible_issuer(digits) && luhn(digits) && !announced(cells, at, &NOT_PERSONAL);
        (fits && ends_free(cells, after)).then_some(after)
    })
}

/// Issuer ranges seen on Chinese cards: UnionPay 62 and 60, Visa, Mastercard, JCB, Discover, and the banks' own 9558/9559.
fn plausible_issuer(digits: &[u8]) -> bool {
    let two = digits.get(..2).map_or(0, number);
    let four = digits.get(..4).map_or(0, number);
    matches!(two, 35 | 40..=49 | 51..=55 | 60 | 62 | 65) || matches!(four, 2221..=2720 | 9558 | 9559)
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(*digit);
            if place % 2 == 0 {
                return value;
            }
            if value > 4 { value * 2 - 9 } else { value * 2 }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn mobile(cells: &[Cell], at: usize) -> Option<usize> {
    let begin = at + country_prefix(cells, at);
    if begin == at && cells.get(at)?.digit.is_none() {
        return None;
    }
    let groups = Groups::read(cells, begin);
    let body = groups.digits.get(..11)?;
    let lengths = groups.groups_for(11)?;
    let after = *groups.cells.get(10)? + 1;
    let shape_fits = lengths.len() == 1 || lengths == [3, 4, 4] || lengths == [3, 8] || lengths == [7, 4];
    let fits = shape_fits && is_mobile(body) && !announced(cells, at, &NOT_PERSONAL);
    (fits && ends_free(cells, after)).then_some(after)
}

fn is_mobile(digits: &[u8]) -> bool {
    matches!(digits, [1, 3..=9, ..])
}

/// Cells of `+86`, `0086` or a bare `86`, with the gap after it.
fn country_prefix(cells: &[Cell], at: usize) -> usize {
    let text: String = cells[at..].iter().take(4).map(|cell| cell.c).collect();
    let Some(length) =
        ["+86", "0086", "86"].iter().find(|prefix| text.starts_with(**prefix)).map(|prefix| prefix.len())
    else {
        return 0;
    };
    length + usize::from(cells.get(at + length).is_some_and(|cell| cell.is_gap()))
}

fn spoken_mobile(cells: &[Cell], at: usize) -> Option<usize> {
    let continues = at.checked_sub(1).and_then(|index| cells.get(index)).is_some_and(|before| before.spoken.is_some());
    let digits: Vec<u8> = cells[at..].iter().take(12).map_while(|cell| cell.spoken).collect();
    (!continues && digits.len() == 11 && is_mobile(&digits)).then_some(at + 11)
}

fn landline(cells: &[Cell], at: usize) -> Option<usize> {
    let in_brackets = cells.get(at)?.c == '(';
    let area_at = at + usize::from(in_brackets);
    let digit_at = |index: usize| cells.get(index).and_then(|cell| cell.digit);
    if digit_at(area_at)? != 0 {
        return None;
    }
    let second = digit_at(area_at + 1)?;
    let (area_length, local_min) = match second {
        1 if digit_at(area_at + 2)? == 0 => (3, 8),
        2 => (3, 8),
        3..=9 => (4, 7),
        _ => return None,
    };
    let mut local_at = area_at + area_length;
    let separated = cells.get(local_at).is_some_and(|cell| cell.is_gap() || cell.c == ')');
    if in_brackets && cells.get(local_at).is_none_or(|cell| cell.c != ')') {
        return None;
    }
    local_at += usize::from(separated);
    let local: Vec<u8> = cells[local_at..].iter().take(9).map_while(|cell| cell.digit).collect();
    let area_is_whole = (area_at..area_at + area_length).all(|index| digit_at(index).is_some());
    let fits = area_is_whole
        && (local_min..=8).contains(&local.len())
        && matches!(local.first(), Some(2..=8))
        && !announced(cells, at, &NOT_PERSONAL);
    (fits && ends_free(cells, local_at + local.len())).then_some(local_at + local.len())
}

fn email(cells: &[Cell], at_sign: usize) -> Option<(usize, usize)> {
    let skip_gap = |cell: Option<&Cell>| usize::from(cell.is_some_and(|cell| cell.c == ' ' || cell.c == '\u{3000}'));
    let local_end = at_sign - skip_gap(at_sign.checked_sub(1).and_then(|index| cells.get(index)));
    let local = cells[..local_end].iter().rev().take(EMAIL_LOCAL_MAX).take_while(|cell| is_local(cell.c)).count();
    let mut from = local_end - local;
    while from < local_end && matches!(cells.get(from)?.c, '.' | '-' | '+') {
        from += 1;
    }
    let domain_at = at_sign + 1 + skip_gap(cells.get(at_sign + 1));
    let domain: String = cells[domain_at.min(cells.len())..]
        .iter()
        .take(EMAIL_DOMAIN_MAX)
        .map(|cell| cell.c)
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        .collect();
    let domain = domain.trim_end_matches(['.', '-']);
    let (host, top) = domain.rsplit_once('.')?;
    let labels_fit = host.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    let top_fits = top.len() >= 2 && top.chars().all(|c| c.is_ascii_alphabetic());
    let local_fits = from < local_end && cells.get(local_end - 1)?.c != '.';
    (labels_fit && top_fits && local_fits).then_some((from, domain_at + domain.len()))
}

fn is_local(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-')
}
