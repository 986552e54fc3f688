//! The second factor: one-time codes by the clock (TOTP, RFC 6238, on HOTP, RFC 4226) as every authenticator app reckons
//! them, and the recovery codes of who lost theirs.
//!
//! Pure: it keeps neither secrets nor what was used, and says no more of a wrong code than that it is wrong.

use std::fmt::Write as _;

use aws_lc_rs::{constant_time, hmac};
use xinlu_model::{Random, Time, UserId};

use super::token;

/// Bytes of a secret: as long as what HMAC-SHA-1 answers (RFC 4226 section 4, R6).
pub(crate) const SECRET_BYTES: usize = 20;
/// Recovery codes that are given out at a time: enough for years, few enough to be printed.
pub(crate) const RECOVERY_CODES: usize = 10;
/// How long a code is shown, in seconds (RFC 6238 section 5.2); apps take no other.
const STEP_S: i64 = 30;
/// Steps that a phone's clock may be off, before and after.
const STEPS_OFF_MAX: i64 = 1;
/// Digits of a code.
const DIGITS: usize = 6;
/// What a code is taken modulo: ten to the number of digits.
const DIGITS_MODULUS: u32 = 1_000_000;
/// Random bytes of a recovery code: 80 bits, so that a plain hash is enough to store it by; sixteen signs.
const RECOVERY_BYTES: usize = 10;
/// Signs of a recovery code between two dashes.
const RECOVERY_GROUP: usize = 4;
/// Longest text that is looked at; a recovery code with its dashes has 19 signs.
const TYPED_BYTES_MAX: usize = 64;
/// Signs of one byte group: base 32 takes five bits a sign.
const BITS_A_SIGN: u32 = 5;
/// What apps list the account under.
const ISSUER: &str = "Xinlu";

/// What was typed where the second factor is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// A code of an app.
    Code(String),
    /// A recovery code, without its dashes.
    Recovery(String),
}

impl Typed {
    /// Reads what somebody typed, with spaces and dashes where they like; `None` when it is empty.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if text.len() > TYPED_BYTES_MAX {
            return Some(Self::Recovery(String::new()));
        }
        let signs = text.chars().filter(|sign| !sign.is_whitespace() && *sign != '-');
        let typed: String = signs.map(|sign| sign.to_ascii_lowercase()).collect();
        if typed.is_empty() {
            return None;
        }
        let is_code = typed.len() == DIGITS && typed.bytes().all(|sign| sign.is_ascii_digit());
        Some(if is_code { Self::Code(typed) } else { Self::Recovery(typed) })
    }
}

/// A secret nobody chose.
pub(crate) fn new_secret(random: &dyn Random) -> [u8; SECRET_BYTES] {
    let mut secret = [0; SECRET_BYTES];
    random.fill(&mut secret);
    secret
}

/// The code of a step (RFC 4226 section 5.3).
fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0x0f);
    let four = tag.get(offset..).and_then(<[u8]>::first_chunk);
    let four: [u8; 4] = *four.expect("an offset of at most 15 leaves four of the 20 bytes of SHA-1");
    let number = (u32::from_be_bytes(four) & 0x7fff_ffff) % DIGITS_MODULUS;
    format!("{number:0DIGITS$}")
}

/// The step whose code this is: the present one or a neighbour, and later than `used_step`, so that none is taken twice.
pub(crate) fn matching_step(secret: &[u8], typed: &str, now: Time, used_step: i64) -> Option<i64> {
    let present = now.seconds().div_euclid(STEP_S);
    let steps = present - STEPS_OFF_MAX..=present + STEPS_OFF_MAX;
    let is_typed =
        |step: &i64| constant_time::verify_slices_are_equal(code(secret, *step).as_bytes(), typed.as_bytes()).is_ok();
    steps.filter(|step| *step > used_step).find(is_typed)
}

/// The secret as people type it into an app: base 32 without padding (RFC 4648 section 6).
pub(crate) fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut held, mut bits) = (0u32, 0u32);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= BITS_A_SIGN {
            bits -= BITS_A_SIGN;
            text.push(sign(held >> bits));
        }
    }
    if bits > 0 {
        text.push(sign(held << (BITS_A_SIGN - bits)));
    }
    text
}

fn sign(five_bits: u32) -> char {
    match (five_bits & 0x1f) as u8 {
        letter @ 0..26 => char::from(b'A' + letter),
        digit => char::from(b'2' + digit - 26),
    }
}

/// What an app scans ("Key Uri Format" of Google Authenticator, which all others read).
pub(crate) fn uri(name: &str, secret: &[u8]) -> String {
    let mut label = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'~' => label.push(char::from(byte)),
            other => {
                let _ = write!(label, "%{other:02X}");
            }
        }
    }
    let secret = base32(secret);
    format!(
        "otpauth://totp/{ISSUER}:{label}?secret={secret}&issuer={ISSUER}&algorithm=SHA1&digits={DIGITS}&period={STEP_S}"
    )
}

/// Recovery codes to be shown once, like `abcd-efgh-ijkl-mnop`.
pub(crate) fn new_recovery_codes(random: &dyn Random) -> Vec<String> {
    let one = |_| {
        let mut bytes = [0; RECOVERY_BYTES];
        random.fill(&mut bytes);
        let signs = base32(&bytes).to_ascii_lowercase();
        let groups: Vec<&str> =
            signs.as_bytes().chunks(RECOVERY_GROUP).filter_map(|group| std::str::from_utf8(group).ok()).collect();
        groups.join("-")
    };
    (0..RECOVERY_CODES).map(one).collect()
}

/// What is stored of a recovery code. The user is in it, so that equal codes of two would not look alike.
pub(crate) fn recovery_hash(user: UserId, code: &str) -> Vec<u8> {
    token::hash(&format!("recovery code of user {user}: {}", code.replace('-', "")))
}

#[cfg(test)]
mod tests;
