//! Structured personal data: telephone numbers, identity cards, bank cards, e-mail addresses; found by form and checksum, and
//! masked for readers who may see the message but not these.
//!
//! Sources: GB 11643-1999 (identity card, ISO 7064 MOD 11-2), ISO/IEC 7812-1 (Luhn, issuer ranges), the mobile ranges 13x–19x of
//! MIIT. Numbers announced as order, waybill or serial numbers are left alone unless a strong checksum speaks.
//! It must never report overlapping ranges or cut a character in two, and never log what it finds.

mod rules;

use crate::digits::{Cell, cells};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PersonalDataKind {
    Mobile,
    Landline,
    IdCard,
    BankCard,
    Email,
}

/// A find: byte range in the original text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonalData {
    pub kind: PersonalDataKind,
    pub start: usize,
    pub end: usize,
}

/// All structured personal data of a text, in order and without overlap.
pub fn detect(text: &str) -> Vec<PersonalData> {
    let cells = cells(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < cells.len() {
        let Some((kind, from, to)) = rules::at(&cells, at) else {
            at += 1;
            continue;
        };
        // An address reaches back over what was taken for a number: 13800138000@x.com is one find.
        while found.last().is_some_and(|last: &(PersonalDataKind, usize, usize)| last.2 > from) {
            found.pop();
        }
        found.push((kind, from, to));
        at = to;
    }
    found.into_iter().filter_map(|(kind, from, to)| range(&cells, kind, from, to)).collect()
}

/// The text with everything [`detect`] finds masked: `138****5678`, `110***********123X`, `6222 **** **** 1234`, `a***@x.com`,
/// `0571-****3095`. Separators inside numbers are dropped, a country prefix stays.
pub fn mask(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for find in detect(text) {
        out.push_str(&text[at..find.start]);
        mask_one(find.kind, &text[find.start..find.end], &mut out);
        at = find.end;
    }
    out.push_str(&text[at..]);
    out
}

fn range(cells: &[Cell], kind: PersonalDataKind, from: usize, to: usize) -> Option<PersonalData> {
    let start = cells.get(from)?.start;
    let end = cells.get(to.checked_sub(1)?)?.end;
    Some(PersonalData { kind, start, end })
}

fn mask_one(kind: PersonalDataKind, found: &str, out: &mut String) {
    let characters: Vec<char> = cells(found)
        .into_iter()
        .filter_map(|cell| match cell.spoken.or(cell.digit) {
            Some(digit) => char::from_digit(u32::from(digit), 10),
            None => (cell.c == 'x').then_some('X'),
        })
        .collect();
    match kind {
        PersonalDataKind::Mobile => {
            let prefix = characters.len().saturating_sub(11);
            if prefix > 0 {
                let lead = if found.starts_with(['+', '＋']) { "+" } else { "" };
                out.push_str(lead);
                out.extend(characters.iter().take(prefix));
                out.push(' ');
            }
            mask_middle(&characters[prefix..], 3, 4, out);
        }
        PersonalDataKind::Landline => {
            let second = characters.get(1).copied().unwrap_or('0');
            let area = if matches!(second, '1' | '2') { 3 } else { 4 };
            let (area, local) = characters.split_at(area.min(characters.len()));
            out.extend(area);
            out.push('-');
            mask_middle(local, 0, 4, out);
        }
        PersonalDataKind::IdCard => mask_middle(&characters, 3, 4, out),
        PersonalDataKind::BankCard => {
            out.extend(characters.iter().take(4));
            out.push_str(" **** **** ");
            out.extend(characters.iter().skip(characters.len().saturating_sub(4)));
        }
        PersonalDataKind::Email => {
            let (local, domain) = found.split_once(['@', '＠']).unwrap_or((found, ""));
            out.extend(local.chars().next());
            out.push_str("***@");
            out.push_str(domain.trim_start());
        }
    }
}

fn mask_middle(characters: &[char], first: usize, last: usize, out: &mut String) {
    let hidden = characters.len().saturating_sub(first + last);
    out.extend(characters.iter().take(first));
    out.extend(std::iter::repeat_n('*', hidden));
    out.extend(characters.iter().skip(first + hidden));
}

#[cfg(test)]
mod tests;
