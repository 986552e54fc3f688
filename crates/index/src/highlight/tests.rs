//! Highlights on folded and unfolded originals.
//! It must never compare offsets by hand-counted numbers; the highlighted text is what is compared.

use crate::{Expr, highlight};

fn check(expr: Expr, original: &str, expected: &[&str]) {
    let shown: Vec<&str> = highlight(&expr, original).iter().map(|(start, end)| &original[*start..*end]).collect();
    assert_eq!(shown, expected, "{expr:?} in {original}");
}

#[test]
fn original_text_of_every_term_is_marked() {
    let term = |text: &str| Expr::Term(text.to_owned());
    check(term("退款"), "我要退\u{200B}款，退款！", &["退\u{200B}款", "退款"]);
    check(term("abc"), "xＡＢｃabc", &["ＡＢｃabc"]);
    check(term("电话"), "請給我電話", &["電話"]);
    check(term("哈哈"), "哈哈哈", &["哈哈哈"]);
    check(Expr::Prefix("abc".to_owned()), "abcd xabc 1abc 中abc", &["abc", "abc", "abc"]);
    check(Expr::And(vec![term("订单"), Expr::Not(Box::new(term("退款")))]), "订单退款", &["订单"]);
    check(Expr::Or(vec![term("订"), term("没有")]), "订单", &["订"]);
    check(Expr::HasMedia, "订单", &[]);
    check(term(""), "订单", &[]);
}
