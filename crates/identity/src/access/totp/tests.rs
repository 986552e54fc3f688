//! The test vectors of the RFCs, and what people type.

use xinlu_model::{Time, UserId};

use super::{Typed, base32, code, matching_step, new_recovery_codes, recovery_hash, uri};

/// The secret of both RFCs' appendices.
const SECRET: &[u8] = b"12345678901234567890";

#[test]
fn the_codes_of_rfc_4226_appendix_d() {
    let codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
    for (step, wanted) in codes.iter().enumerate() {
        assert_eq!(code(SECRET, step as i64), *wanted);
    }
}

#[test]
fn the_codes_of_rfc_6238_appendix_b_for_sha_1() {
    // The RFC prints eight digits; six digits are the last six of them.
    let table = [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ];
    for (seconds, wanted) in table {
        let now = Time::from_seconds(seconds);
        assert_eq!(matching_step(SECRET, &wanted[2..], now, 0), Some(seconds / 30), "{seconds}");
    }
}

#[test]
fn a_code_is_taken_one_step_off_and_never_twice() {
    let step = 41_152_263;
    let now = |off: i64| Time::from_seconds((step + off) * 30 + 7);
    let typed = code(SECRET, step);
    for off in [-1, 0, 1] {
        assert_eq!(matching_step(SECRET, &typed, now(off), 0), Some(step), "{off}");
        assert_eq!(matching_step(SECRET, &typed, now(off), step), None, "used");
    }
    for off in [-2, 2] {
        assert_eq!(matching_step(SECRET, &typed, now(off), 0), None, "{off}");
    }
    assert_eq!(matching_step(SECRET, &typed[..5], now(0), 0), None);
    assert_eq!(matching_step(b"another secret of 20", &typed, now(0), 0), None);
}

#[test]
fn base_32_as_in_rfc_4648_section_10() {
    let table = [
        ("", ""),
        ("f", "MY"),
        ("fo", "MZXQ"),
        ("foo", "MZXW6"),
        ("foob", "MZXW6YQ"),
        ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI"),
    ];
    for (bytes, text) in table {
        assert_eq!(base32(bytes.as_bytes()), text);
    }
}

#[test]
fn an_app_is_told_everything_in_one_address() {
    let wanted = "otpauth://totp/Xinlu:%E7%8E%8Banna%40corp?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Xinlu\
        &algorithm=SHA1&digits=6&period=30";
    assert_eq!(uri("王anna@corp", SECRET), wanted);
}

#[test]
fn what_is_typed_may_have_spaces_dashes_and_capitals() {
    let code = |text: &str| Some(Typed::Code(text.to_owned()));
    let recovery = |text: &str| Some(Typed::Recovery(text.to_owned()));
    assert_eq!(Typed::read(" 123 456 "), code("123456"));
    assert_eq!(Typed::read("ABCD-efgh-2345-6772"), recovery("abcdefgh23456772"));
    assert_eq!(Typed::read("12345"), recovery("12345"));
    assert_eq!(Typed::read(" - "), None);
    assert_eq!(Typed::read(&"7".repeat(65)), recovery(""));
}

#[test]
fn recovery_codes_are_many_and_different_and_hash_by_user() {
    let random = xinlu_testkit::SeededRandom::new(7);
    let codes = new_recovery_codes(&*random);
    assert_eq!(codes.len(), 10);
    for (place, one) in codes.iter().enumerate() {
        let groups: Vec<&str> = one.split('-').collect();
        assert!(groups.len() == 4 && groups.iter().all(|group| group.len() == 4), "{one}");
        assert!(!codes[..place].contains(one));
    }
    let [first, ..] = &codes[..] else { panic!("there are ten") };
    assert_eq!(recovery_hash(UserId::new(1), first), recovery_hash(UserId::new(1), &first.replace('-', "")));
    assert_ne!(recovery_hash(UserId::new(1), first), recovery_hash(UserId::new(2), first));
}
