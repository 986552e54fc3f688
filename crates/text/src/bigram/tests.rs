//! The cut into bigrams, written out.
//! It must never be adjusted to make the index pass: exactness is decided here.

use crate::{TokenKind, Tokens};

fn check(text: &str, expected: &str) {
    let shown: Vec<String> = Tokens::new(text)
        .map(|token| {
            let mark = if token.kind == TokenKind::RunStart { "^" } else { "" };
            format!("{mark}{}@{}", token.text, token.position)
        })
        .collect();
    assert_eq!(shown.join(" "), expected, "{text}");
}

#[test]
fn pieces_are_cut_into_bigrams_and_a_last_character() {
    check("", "");
    check("退", "退@0");
    check("退款吗", "退款@0 款吗@1 吗@2");
    check("ab 1", "ab@0 ^a@0 b @1  1@2 1@3 ^1@3");
    check("退a", "退a@0 a@1 ^a@1");
    check("甲乙\u{1F}丙", "甲乙@0 乙@1 丙@5");
    check("\u{1F}甲\u{1F}\u{1F}乙", "甲@3 乙@10");
}
