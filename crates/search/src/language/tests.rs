//! What people type and what it means.

use super::{Query, parse};

fn shape(query: &Query) -> String {
    let list = |parts: &[Query]| parts.iter().map(shape).collect::<Vec<_>>().join(" ");
    match query {
        Query::All => "all".to_owned(),
        Query::Term(term) => format!("'{term}'"),
        Query::Prefix(term) => format!("'{term}'*"),
        Query::And(parts) => format!("(and {})", list(parts)),
        Query::Or(parts) => format!("(or {})", list(parts)),
        Query::Not(part) => format!("(not {})", shape(part)),
        Query::Field(field, value) => format!("{field:?}={value}"),
    }
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let found = parse(text).map_or_else(|error| error.to_string(), |query| shape(&query));
    assert_eq!(found, expected, "{text}");
}

#[test]
fn words_phrases_and_operators() {
    check("", "all");
    check("退款", "'退款'");
    check("退款 发票", "(and '退款' '发票')");
    check("退款 AND 发票 OR 合同", "(or (and '退款' '发票') '合同')");
    check("\"保本 保息\" -测试", "(and '保本 保息' (not '测试'))");
    check("“保本保息” NOT（测试 OR demo）", "(and '保本保息' (not (or '测试' 'demo')))");
    check("cont*", "'cont'*");
    check("a-b 3-4", "(and 'a-b' '3-4')");
}

#[test]
fn fields_take_words_and_phrases() {
    check("from:张三 to:\"李 四\" kind:image", "(and From=张三 To=李 四 Kind=image)");
    check(
        "dept:销售部 after:2026-01-01 before:2026-02-01T08:00",
        "(and Dept=销售部 After=2026-01-01 Before=2026-02-01T08:00)",
    );
    check("has:media -in:12", "(and Has=media (not In=12))");
    check("发送人：王五 退款", "(and From=王五 '退款')");
    check("12:30 见 http://a.b/c:d", "(and '12:30' '见' 'http://a.b/c:d')");
}

#[test]
fn what_cannot_be_read_says_where() {
    check("退款 (", "the query cannot be read at character 4: something is missing at the end");
    check("(退款", "the query cannot be read at character 3: a bracket is not closed");
    check("退款)", "the query cannot be read at character 2: a closing bracket without an opening one");
    check("\"退款", "the query cannot be read at character 0: a quote is not closed");
    check("from:", "the query cannot be read at character 5: the field's value is missing");
    check("OR 退款", "the query cannot be read at character 0: a word, a phrase or a field is missing here");
    check(&"(".repeat(100), "the query or its page is larger than allowed");
    check(&"-".repeat(100), "the query or its page is larger than allowed");
}

#[test]
fn only_words_need_the_level_text() {
    for (text, asks) in [("from:a kind:text", false), ("-x", true), ("from:a OR (has:media y*)", true), ("", false)] {
        assert_eq!(parse(text).unwrap().asks_for_text(), asks, "{text}");
    }
}
