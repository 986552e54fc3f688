//! Recall and precision against the substring relation on folded text, on real Chinese texts.
//! It must never judge by the index's own tokens.

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustc_hash::{FxHashMap, FxHashSet};
use xinlu_text::fold;

use super::options;
use crate::{Embedded, Engine, Expr, IndexDoc, LIMIT_MAX, SearchRequest};

const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/");

/// Every `step`th line.
fn lines(path: &str, step: usize) -> Option<Vec<serde_json::Value>> {
    let file = std::fs::read_to_string(format!("{SHARED}{path}")).ok()?;
    Some(file.lines().step_by(step).map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Short texts: reviews, and every turn of the dialogues.
fn texts(step: usize) -> Option<Vec<String>> {
    let mut texts: Vec<String> = Vec::new();
    for row in lines("dialogue/crosswoz/dev/val.jsonl", step)? {
        let turns = row.get("messages").or_else(|| row.get("turns")).cloned().unwrap_or_default();
        texts.extend(
            turns
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|turn| turn["content"].as_str().or(turn["text"].as_str()).map(str::to_owned)),
        );
    }
    texts.extend(
        lines("sentiment/online_shopping_10_cats/dev/train.jsonl", step)?
            .iter()
            .filter_map(|row| row["text"].as_str().map(str::to_owned)),
    );
    Some(texts)
}

/// Words as a dictionary has them: entities, then frequent short strings of one script.
fn words(texts: &[String], count: usize) -> Vec<String> {
    let mut words: FxHashSet<String> = FxHashSet::default();
    for row in &lines("ner/dh_msra/dev/train.jsonl", 11).unwrap_or_default() {
        let characters: Vec<char> = row["text"].as_str().unwrap_or_default().chars().collect();
        let mut word = String::new();
        for (c, tag) in characters.iter().zip(row["tags"].as_array().into_iter().flatten()) {
            let tag = tag.as_str().unwrap_or("O");
            if tag.starts_with('I') {
                word.push(*c);
                continue;
            }
            if (2..=8).contains(&word.chars().count()) {
                words.insert(std::mem::take(&mut word));
            }
            word.clear();
            if tag.starts_with('B') {
                word.push(*c);
            }
        }
    }
    let mut words: Vec<String> = words.into_iter().collect();
    words.sort();
    words.truncate(count / 3);
    let mut frequent: FxHashMap<String, u32> = FxHashMap::default();
    for text in texts {
        let han: Vec<char> = text.chars().collect();
        for length in 2..=4 {
            for gram in han.windows(length).filter(|gram| gram.iter().all(|c| ('\u{4E00}'..='\u{9FFF}').contains(c))) {
                *frequent.entry(gram.iter().collect()).or_default() += 1;
            }
        }
    }
    let mut frequent: Vec<(String, u32)> = frequent.into_iter().collect();
    frequent.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    words.extend(frequent.into_iter().map(|(word, _)| word).take(count - words.len()));
    words
}

/// Substrings cut anywhere, a third of them around a digit or Latin letter, of 1 to 8 characters.
fn cuts(texts: &[String], count: usize, random: &mut ChaCha8Rng) -> Vec<String> {
    let mut cuts = Vec::new();
    while cuts.len() < count {
        let characters: Vec<char> = texts.choose(random).unwrap().chars().collect();
        if characters.is_empty() {
            continue;
        }
        let mut at = random.random_range(0..characters.len());
        if cuts.len() % 3 == 0 {
            let Some(place) = characters.iter().position(char::is_ascii_alphanumeric) else { continue };
            at = place.saturating_sub(random.random_range(0..3));
        }
        let length = if cuts.len() % 15 == 0 { 1 } else { random.random_range(1..=8) };
        cuts.push(characters.iter().skip(at).take(length).collect());
    }
    cuts
}

/// Hits compared one by one; of more frequent queries the newest so many, and the total.
const COMPARED_MAX: usize = 5 * LIMIT_MAX;

fn check(texts: &[String], queries: &[String]) {
    let root = tempfile::tempdir().unwrap();
    let engine = Embedded::open(options(root.path())).unwrap();
    let folded: Vec<String> = texts.iter().map(|text| fold(text).text).collect();
    let documents: Vec<IndexDoc> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| IndexDoc {
            record: at as u64,
            sent_at_micros: at as i64,
            pieces: vec![text.clone()],
            ..IndexDoc::default()
        })
        .collect();
    let parts = documents.chunks(documents.len().div_ceil(3));
    for (position, part) in parts.enumerate() {
        engine.add(part).unwrap();
        engine.commit(position as u64, position as u64 + 1).unwrap();
    }
    let (mut wanted, mut found, mut right) = (0_u64, 0_u64, 0_u64);
    for query in queries {
        let needle = fold(query).text;
        let matching = folded.iter().enumerate().rev().filter(|(_, text)| text.contains(&needle));
        let expected: Vec<u64> = matching.map(|(at, _)| at as u64).collect();
        let mut request = SearchRequest::new(Expr::Term(query.clone()), LIMIT_MAX);
        let mut hits: Vec<u64> = Vec::new();
        let total = loop {
            let answer = engine.search(&request).unwrap();
            hits.extend(answer.hits.iter().map(|hit| hit.record));
            request.after = answer.next;
            if answer.next.is_none() || hits.len() >= COMPARED_MAX {
                break answer.total;
            }
        };
        assert!(expected.starts_with(&hits), "{query:?}");
        assert_eq!(total, expected.len() as u64, "{query:?}");
        found += total;
        right += total.min(expected.len() as u64);
        wanted += expected.len() as u64;
    }
    let (recall, precision) = (right as f64 / wanted as f64, right as f64 / found as f64);
    println!(
        "{} texts, {} queries, {wanted} true hits: recall {recall:.3}, precision {precision:.3}",
        texts.len(),
        queries.len()
    );
    assert_eq!((right, right), (wanted, found));
    assert!(wanted > queries.len() as u64);
}

#[test]
fn every_substring_is_found_and_nothing_else() {
    let slow = std::env::var_os("SLOW_TESTS").is_some();
    let Some(texts) = texts(if slow { 1 } else { 19 }) else {
        println!("SKIPPED: ../shared is not here");
        return;
    };
    assert!(texts.len() >= if slow { 35_000 } else { 3_000 }, "{} texts", texts.len());
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let count = if slow { 1_500 } else { 100 };
    let mut queries = words(&texts, count);
    queries.extend(cuts(&texts, count, &mut random));
    assert_eq!(queries.len(), count * 2);
    check(&texts, &queries);
}
