//! What a query speaks of that only those see who see text.

use super::hidden_title_or_parties;
use crate::language::parse;

/// Whether it names a title; the names of parties it holds.
fn hidden(query: &str) -> (bool, Vec<String>) {
    let query = parse(query).unwrap();
    let mut parties = Vec::new();
    let title = hidden_title_or_parties(&query, &mut parties);
    (title, parties.into_iter().map(str::to_owned).collect())
}

#[test]
fn titles_are_hidden_and_numbers_are_not() {
    for query in ["in:报价群", "kind:text -in:报价群", "(kind:image OR in:a) after:7d", "会话：报价"] {
        assert!(hidden(query).0, "{query}");
    }
    for query in ["in:12", "in:#12", "kind:text", "has:media", "after:2026-01-01", "dept:销售", ""] {
        assert_eq!(hidden(query), (false, vec![]), "{query}");
    }
}

#[test]
fn names_of_parties_are_gathered_wherever_they_stand() {
    let (title, parties) = hidden("from:王小明 OR NOT (to:wmA with:\"Jane Doe\") kind:text");
    assert!(!title);
    assert_eq!(parties, ["王小明", "wmA", "Jane Doe"]);
}
