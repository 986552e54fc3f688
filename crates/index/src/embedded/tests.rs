//! The embedded engine against the conformance suite and the promises that are its own: encryption, crash, rebuild on the disk.
//! It must never sleep or reach into tantivy.

mod recall;

use std::path::Path;

use proptest::prelude::{ProptestConfig, any, proptest};

use crate::conformance::{Oracle, Sampler, compare, run};
use crate::{Embedded, EmbeddedOptions, Engine, Expr, IndexDoc, IndexError, IndexKey, SearchRequest};

fn options(directory: &Path) -> EmbeddedOptions {
    let mut options = EmbeddedOptions::new(directory.to_owned(), IndexKey::new([7; 32]));
    options.writer_heap_bytes = 16 << 20;
    options.cache_bytes_max = 8 << 20;
    options
}

fn total(engine: &dyn Engine, term: &str) -> u64 {
    engine.search(&SearchRequest::new(Expr::Term(term.to_owned()), 0)).unwrap().total
}

fn doc(record: u64, text: &str) -> IndexDoc {
    IndexDoc { record, sent_at_micros: record as i64, pieces: vec![text.to_owned()], ..IndexDoc::default() }
}

#[test]
fn the_oracle_passes_its_own_suite() {
    run(&|| Box::new(Oracle::default())).unwrap();
}

#[test]
fn the_embedded_engine_conforms() {
    let root = tempfile::tempdir().unwrap();
    let made = std::cell::Cell::new(0);
    run(&|| {
        made.set(made.get() + 1);
        Box::new(Embedded::open(options(&root.path().join(made.get().to_string()))).unwrap())
    })
    .unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn any_sample_answers_like_the_oracle(seed in any::<u64>()) {
        let root = tempfile::tempdir().unwrap();
        let engine = Embedded::open(options(root.path())).unwrap();
        let oracle = Oracle::default();
        let mut sampler = Sampler::new(seed);
        let documents: Vec<IndexDoc> = (1..120).map(|record| sampler.document(record)).collect();
        for target in [&engine as &dyn Engine, &oracle] {
            target.add(&documents).unwrap();
            target.commit(0, 1).unwrap();
        }
        for _ in 0..100 {
            compare(&engine, &oracle, &SearchRequest::new(sampler.expr(3), 20)).unwrap();
        }
    }
}

#[test]
fn a_restart_keeps_what_was_committed_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    let engine = Embedded::open(options(root.path())).unwrap();
    engine.add(&[doc(1, "第一条")]).unwrap();
    engine.commit(0, 10).unwrap();
    engine.add(&[doc(2, "第二条")]).unwrap();
    let second = Embedded::open(options(root.path())).unwrap();
    assert!(matches!(second.add(&[doc(3, "第三条")]), Err(IndexError::Locked)), "one writer at a time");
    drop(second);
    drop(engine);
    let engine = Embedded::open(options(root.path())).unwrap();
    assert_eq!((engine.position().unwrap(), total(&engine, "条")), (10, 1));
    engine.add(&[doc(2, "第二条")]).unwrap();
    engine.commit(10, 11).unwrap();
    assert_eq!((engine.position().unwrap(), total(&engine, "第二")), (11, 1));
}

#[test]
fn nothing_readable_lies_on_the_disk_and_damage_is_named() {
    let root = tempfile::tempdir().unwrap();
    let engine = Embedded::open(options(root.path())).unwrap();
    let documents: Vec<IndexDoc> =
        (1..2_000).map(|record| doc(record, &format!("机密markerxyz{record}退款"))).collect();
    engine.add(&documents).unwrap();
    engine.commit(0, 1).unwrap();
    assert_eq!(total(&engine, "markerxyz"), 1_999);
    drop(engine);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root.path().join("gen-1")).unwrap() {
        let path = entry.unwrap().path();
        let content = std::fs::read(&path).unwrap();
        for plain in ["ark", "机密", "sent_at", "segments", "bigram"] {
            assert!(
                !content.windows(plain.len()).any(|window| window == plain.as_bytes()),
                "{plain} in {}",
                path.display()
            );
        }
        if !content.is_empty() {
            files.push((path, content));
        }
    }
    assert!(files.len() >= 6);
    let mut refused = 0;
    for (path, content) in &files {
        for part in [0, 1, 2] {
            let mut flipped = content.clone();
            let at = (content.len() - 1) * part / 2;
            flipped[at] ^= 0x10;
            std::fs::write(path, flipped).unwrap();
            let outcome = Embedded::open(options(root.path()))
                .and_then(|engine| engine.search(&SearchRequest::new(Expr::Term("markerxyz".to_owned()), 20)));
            match outcome {
                Ok(answer) => assert_eq!(answer.total, 1_999, "a block that was not needed"),
                Err(error) => {
                    assert_eq!(error.code(), "index.damaged", "{error:?}");
                    refused += 1;
                }
            }
        }
        std::fs::write(path, content).unwrap();
    }
    println!(
        "{refused} of {} flipped bits were refused at once, the others lie in blocks that the search did not read",
        files.len() * 3
    );
    assert!(refused >= files.len());
    let engine = Embedded::reset(options(root.path())).unwrap();
    assert_eq!((engine.position().unwrap(), total(&engine, "markerxyz")), (0, 0));
}

#[test]
fn a_rebuild_replaces_the_folder_and_survives_a_restart() {
    let root = tempfile::tempdir().unwrap();
    let engine = Embedded::open(options(root.path())).unwrap();
    engine.add(&[doc(1, "旧")]).unwrap();
    engine.commit(0, 1).unwrap();
    let mut rebuild = engine.rebuild().unwrap();
    assert!(matches!(engine.rebuild(), Err(IndexError::RebuildRunning)));
    rebuild.add(&[doc(1, "新"), doc(2, "新")]).unwrap();
    rebuild.commit(2).unwrap();
    rebuild.finish().unwrap();
    assert!(!root.path().join("gen-1").exists());
    drop(engine);
    let engine = Embedded::open(options(root.path())).unwrap();
    assert_eq!((total(&engine, "新"), total(&engine, "旧"), engine.position().unwrap()), (2, 0, 2));
    assert_eq!(engine.status().unwrap().generation, 2);
    drop(engine.rebuild().unwrap());
    assert!(!root.path().join("gen-3").exists());
}

#[test]
fn purged_documents_leave_the_files() {
    let root = tempfile::tempdir().unwrap();
    let engine = Embedded::open(options(root.path())).unwrap();
    for commit in 0..3 {
        let documents: Vec<IndexDoc> = (0..500).map(|at| doc(commit * 500 + at, &format!("第{at}条消息"))).collect();
        engine.add(&documents).unwrap();
        engine.commit(commit, commit + 1).unwrap();
    }
    let before = engine.status().unwrap().bytes;
    engine.delete(&(0..1_400).collect::<Vec<u64>>()).unwrap();
    engine.commit(3, 4).unwrap();
    engine.purge().unwrap();
    let after = engine.status().unwrap();
    assert_eq!(after.documents, 100);
    assert!(after.bytes < before / 2, "{} of {before} bytes are left", after.bytes);
}
