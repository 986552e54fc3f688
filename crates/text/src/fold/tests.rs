//! Folding seen from outside: what must become equal, what must stay different, and the laws it obeys.
//! It must never depend on the order in which the tests run.

use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use crate::{PIECE_SEPARATOR, fold, fold_into};

fn folded(text: &str) -> String {
    fold(text).text
}

#[test]
fn what_looks_the_same_becomes_the_same() {
    let pairs = [
        ("ＡＢＣ１２３", "abc123"),
        ("Straße", "STRASSE"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("退\u{200B}款", "退款"),
        ("退\u{FEFF}\u{2060}\u{FE0F}款", "退款"),
        ("繁體中文電話號碼", "繁体中文电话号码"),
        ("看著妳瞭解餘額", "看着你了解余额"),
        ("a \t\r\n\u{3000} b", "a b"),
        ("ｶﾞｷﾞ", "ガギ"),
        ("e\u{301}", "é"),
        ("e\u{200B}\u{301}", "É"),
        ("①②㈱", "12(株)"),
        ("薴", "苎"),
        ("𠀾", "𠀾"),
        ("한글", "\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}"),
    ];
    for (left, right) in pairs {
        assert_eq!(folded(left), folded(right), "{left} against {right}");
    }
    assert_ne!(folded("退款"), folded("退钱"));
    assert_eq!(folded("，。！？"), ",。!?");
}

#[test]
fn every_character_folds_to_a_fixed_point_without_separator_or_controls() {
    let mut checked = 0_u32;
    // Planes 4 to 13 and the private ones are unassigned: tried only when there is time.
    let slow = std::env::var_os("SLOW_TESTS").is_some();
    let assigned = |code: &u32| slow || *code < 0x3_4000 || (0xE_0000..0xE_1000).contains(code);
    for c in (0..=0x10_FFFF).filter(assigned).filter_map(char::from_u32) {
        let once = folded(&c.to_string());
        assert_eq!(folded(&once), once, "U+{:04X}", c as u32);
        assert!(!once.contains(PIECE_SEPARATOR) && !once.chars().any(char::is_control), "U+{:04X}", c as u32);
        checked += 1;
    }
    assert_eq!(checked, if slow { 0x11_0000 } else { 0x3_4000 + 0x1000 } - 0x800);
}

#[test]
fn offsets_lead_back_to_the_original_characters() {
    let original = "請Ａ\u{200B}bc退  款ﬁ";
    let folded = fold(original);
    assert_eq!(folded.text, "请abc退 款fi");
    let at = |needle: &str| {
        let start = folded.text.find(needle).expect("needle is there");
        let (from, to) = folded.original_range(start, start + needle.len()).expect("range is there");
        &original[from..to]
    };
    assert_eq!(at("请"), "請");
    assert_eq!(at("abc"), "Ａ\u{200B}bc");
    assert_eq!(at("退 款"), "退  款");
    assert_eq!(at("i"), "ﬁ");
    assert_eq!(folded.original_range(0, 0), None);
    assert_eq!(folded.original_range(1, 3), None);
}

proptest! {
    #[test]
    fn folding_is_idempotent_and_both_ways_agree(text in any::<String>(), insert in "[a-zé\u{300}-\u{304}가-갛\u{1161}ｶﾞ\u{200B}\u{3000} 漢語ß\u{FF9E}]{0,12}") {
        let text = format!("{insert}{text}{insert}");
        let with_offsets = fold(&text);
        let mut plain = String::new();
        fold_into(&text, &mut plain);
        prop_assert_eq!(&with_offsets.text, &plain);
        prop_assert_eq!(&fold(&plain).text, &plain);
        prop_assert!(!plain.contains(PIECE_SEPARATOR) && !plain.contains("  "));
        prop_assert_eq!(with_offsets.spans.len(), plain.chars().count());
        for span in &with_offsets.spans {
            prop_assert!(span.start < span.end);
            prop_assert!(text.is_char_boundary(span.start as usize) && text.is_char_boundary(span.end as usize));
        }
    }
}
