//! Reads JSON that WeCom wrote: raw control characters, integers beyond 64 bits, halves of surrogate pairs.
//!
//! A clean text costs one extra pass over its bytes; only what needs it is written anew. It never loses a digit: an
//! integer that no 64 bits hold becomes a string of its digits.

use std::borrow::Cow;

use serde_json::Value;

/// The first digit count that may not fit 64 bits: `i64` has up to 19 digits.
const DIGITS_SUSPECT: usize = 19;

/// What one pass over the bytes found.
#[derive(Clone, Copy, Default)]
struct Survey {
    /// Something must be written anew before a strict parser takes it.
    rewrite: bool,
    /// An escape stands for a control character, so the parsed texts must be cleaned.
    control_escapes: bool,
}

/// The JSON value; an error says where it broke, never what stood there.
pub(super) fn read(raw: &[u8]) -> Result<Value, String> {
    let text = String::from_utf8_lossy(raw);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let survey = survey(text.as_bytes());
    let first = if survey.rewrite { Cow::Owned(rewrite(text)) } else { Cow::Borrowed(text) };
    let read = match serde_json::from_str(&first) {
        Err(_) if !survey.rewrite => serde_json::from_str(&rewrite(text)),
        other => other,
    };
    let mut value: Value = read.map_err(|error| format!("line {}, column {}", error.line(), error.column()))?;
    if survey.control_escapes {
        strip(&mut value);
    }
    Ok(value)
}

fn survey(bytes: &[u8]) -> Survey {
    let mut found = Survey::default();
    let (mut in_string, mut escaped, mut digits) = (false, false, 0_usize);
    for byte in bytes {
        if escaped {
            escaped = false;
            found.control_escapes |= matches!(byte, b'b' | b'f' | b'u');
            continue;
        }
        match byte {
            b'"' => in_string = !in_string,
            b'\\' => escaped = in_string,
            b'0'..=b'9' if !in_string => {
                digits += 1;
                found.rewrite |= digits >= DIGITS_SUSPECT;
                continue;
            }
            0..=0x1f => found.rewrite |= in_string || !matches!(byte, b'\n' | b'\r' | b'\t'),
            _ => {}
        }
        digits = 0;
    }
    found
}

/// The same JSON for a strict parser.
fn rewrite(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    let mut in_string = false;
    while let Some(letter) = rest.chars().next() {
        let taken = if in_string { string_step(rest, letter, &mut out) } else { plain_step(rest, letter, &mut out) };
        if letter == '"' {
            in_string = !in_string;
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    out
}

/// Writes what begins `rest` inside a string; returns how many bytes that was.
fn string_step(rest: &str, letter: char, out: &mut String) -> usize {
    match letter {
        '\\' => return escape_step(rest, out),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\0'..='\u{1f}' => {}
        _ => out.push(letter),
    }
    letter.len_utf8()
}

fn escape_step(rest: &str, out: &mut String) -> usize {
    const PAIR: usize = 12;
    const ONE: usize = 6;
    let half = |at: usize| {
        let escape = rest.get(at..at + ONE)?;
        u16::from_str_radix(escape.strip_prefix("\\u")?, 16).ok()
    };
    let (taken, lone) = match half(0) {
        Some(0xd800..=0xdbff) if matches!(half(ONE), Some(0xdc00..=0xdfff)) => (PAIR, false),
        Some(0xd800..=0xdfff) => (ONE, true),
        Some(_) => (ONE, false),
        None => (1 + rest.chars().nth(1).map_or(0, char::len_utf8), false),
    };
    out.push_str(if lone { "\\ufffd" } else { rest.get(..taken).unwrap_or("\\") });
    taken
}

/// Writes what begins `rest` outside strings; returns how many bytes that was.
fn plain_step(rest: &str, letter: char, out: &mut String) -> usize {
    if letter == '-' || letter.is_ascii_digit() {
        let end = rest.find(|letter: char| !matches!(letter, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
        let number = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        if fits(number) {
            out.push_str(number);
        } else {
            out.push('"');
            out.push_str(number);
            out.push('"');
        }
        return number.len().max(1);
    }
    if letter >= ' ' || matches!(letter, '\n' | '\r' | '\t') {
        out.push(letter);
    }
    letter.len_utf8()
}

/// Whether the parser can hold this number without losing a digit of an integer.
fn fits(number: &str) -> bool {
    if number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return number.parse::<u64>().is_ok() || number.parse::<i64>().is_ok();
    }
    number.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Takes control characters out of every text, but line breaks and tabs.
fn strip(value: &mut Value) {
    match value {
        Value::String(text) if text.chars().any(unwanted) => text.retain(|letter| !unwanted(letter)),
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::Object(fields) => fields.values_mut().for_each(strip),
        _ => {}
    }
}

fn unwanted(letter: char) -> bool {
    letter < ' ' && !matches!(letter, '\n' | '\r' | '\t')
}
