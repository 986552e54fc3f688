//! Whatever is altered, lost or added in a log's directory is named by its file and place.

use std::collections::BTreeSet;
use std::path::Path;

use xinlu_ledger::{LogReport, RefKind, verify_directory};

use crate::support::{TestLog, copy, drain, files, leaf, slow_tests};

async fn log_of(count: u64) -> TestLog {
    let log = TestLog::sqlite().await;
    let ledger = log.open().await;
    for first in (1..=count).step_by(35_000) {
        log.submit(RefKind::RECORD, first, 35_000.min(count + 1 - first)).await;
    }
    drain(&ledger).await;
    log
}

fn flip(path: &Path, bit: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    let bit = bit % (bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    std::fs::write(path, bytes).unwrap();
}

fn named(report: &LogReport) -> BTreeSet<String> {
    report.problems.iter().map(|problem| problem.file.clone()).collect()
}

#[tokio::test]
async fn one_flipped_bit_is_named_by_file_and_nothing_else_is() {
    let log = log_of(700).await;
    let good = files(&log.directory);
    assert_eq!(good.len(), 9);
    for name in good.keys() {
        let path = log.directory.join(name);
        for bit in [0, 5, 1001, 4096, 8191, 30_011, 77_777] {
            flip(&path, bit);
            let report = verify_directory(&log.directory, None);
            let mut expected = BTreeSet::from([name.clone()]);
            if name == "vkey" {
                expected.insert("checkpoint".to_owned());
            }
            assert_eq!(named(&report), expected, "{name} bit {bit}: {:?}", report.problems);
            flip(&path, bit);
        }
    }
    assert_eq!(files(&log.directory), good);
    assert!(verify_directory(&log.directory, None).is_intact());
}

#[tokio::test]
async fn the_place_in_the_file_is_named() {
    let log = log_of(700).await;
    let check = |name: &str, bit: usize, expected: &str| {
        flip(&log.directory.join(name), bit);
        let report = verify_directory(&log.directory, None);
        let lines: Vec<_> = report.problems.iter().map(ToString::to_string).collect();
        assert!(lines.len() == 1 && lines[0].starts_with(expected), "{name} {bit}: {lines:#?}");
        flip(&log.directory.join(name), bit);
    };
    check("tile/0/001", 17 * 256 + 9, "tile/0/001 hash 17: is ");
    check("tile/0/002.p/188", 187 * 256, "tile/0/002.p/188 hash 187: is ");
    check("tile/1/000.p/2", 256, "tile/1/000.p/2 hash 1: is ");
    check("tile/entries/000", 8 * 5, "tile/entries/000 entry 0: does not have the hash ");
    check("tile/entries/002.p/188", 8 * 5, "tile/entries/002.p/188 entry 0: does not have the hash ");
    check("tile/entries/001", 0, "tile/entries/001 entry 0: the bundle ends inside the entry");
    // A length that is wrong breaks what follows; the entry whose length it is gets named.
    let before: usize = (1..=170).map(|reference| leaf(RefKind::RECORD, reference).len() + 2).sum();
    check("tile/entries/000", 8 * (before + 1) + 3, "tile/entries/000 entry 170: ");
    check("checkpoint", 0, "checkpoint: ");
}

#[tokio::test]
async fn a_flip_in_every_file_at_once_names_every_file() {
    if !slow_tests() {
        return;
    }
    // Three levels: 70 000 leaves have a partial tile at each, and full ones below.
    let log = log_of(70_000).await;
    let good = files(&log.directory);
    assert_eq!(good.len(), 274 * 2 + 2 + 1 + 2);
    let broken = log.test_db.folder.path().join("broken");
    // Bundles and tiles apart, so that neither can be excused by the other; then all of them together.
    let is_bundle = |name: &String| name.starts_with("tile/entries");
    let even = |name: &String| name.ends_with(['0', '2', '4', '6', '8']);
    let choices: [&dyn Fn(&String) -> bool; 5] =
        [&is_bundle, &|name| !is_bundle(name), &|_| true, &even, &|name| even(name) == is_bundle(name)];
    for chosen in choices {
        copy(&log.directory, &broken);
        for (number, name) in good.keys().filter(|name| chosen(name)).enumerate() {
            flip(&broken.join(name), number * 7919 + 16);
        }
        let found = named(&verify_directory(&broken, None));
        let missed: Vec<_> = good.keys().filter(|name| chosen(name) && !found.contains(*name)).collect();
        assert_eq!(missed, Vec::<&String>::new());
    }
    for name in ["tile/0/000", "tile/0/272", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1", "tile/entries/255"] {
        flip(&log.directory.join(name), 100);
        assert_eq!(named(&verify_directory(&log.directory, None)), BTreeSet::from([name.to_owned()]));
        flip(&log.directory.join(name), 100);
    }
}

#[tokio::test]
async fn missing_and_unknown_files_are_named() {
    let log = log_of(700).await;
    for name in files(&log.directory).keys() {
        let (path, aside) = (log.directory.join(name), log.test_db.folder.path().join("aside"));
        std::fs::rename(&path, &aside).unwrap();
        let report = verify_directory(&log.directory, None);
        assert!(report.problems.iter().any(|problem| problem.file == *name && problem.what == "missing"), "{name}");
        std::fs::rename(&aside, &path).unwrap();
    }
    let unknown = ["readme", "tile/0/x001/000", "tile/9/000.p/1", "tile/entries/500", "tile/0/0", "tile/3/000.p/1"];
    for name in unknown {
        let path = log.directory.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, b"x").unwrap();
        assert_eq!(named(&verify_directory(&log.directory, None)), BTreeSet::from([name.to_owned()]));
        std::fs::remove_file(&path).unwrap();
    }
    let nothing = log.test_db.folder.path().join("nothing");
    assert_eq!(verify_directory(&nothing, None).problems.len(), 3);
}

#[tokio::test]
async fn leaves_of_a_broken_bundle_are_an_error_and_the_rest_come() {
    let log = log_of(700).await;
    std::fs::write(log.directory.join("tile/entries/001"), b"broken").unwrap();
    let report = verify_directory(&log.directory, None);
    let (good, bad): (Vec<_>, Vec<_>) = report.leaves().partition(Result::is_ok);
    assert_eq!((good.len(), bad.len()), (700 - 256, 1));
    let indexes: Vec<_> = good.into_iter().map(|leaf| leaf.unwrap().0).collect();
    assert_eq!(indexes, (0..256).chain(512..700).collect::<Vec<_>>());
    assert_eq!(bad[0].as_ref().unwrap_err().file, "tile/entries/001");
}

#[tokio::test]
async fn a_saved_checkpoint_tells_a_rewritten_log() {
    let log = log_of(300).await;
    let saved = log.open().await.checkpoint().await.unwrap();
    log.submit(RefKind::RECORD, 301, 500).await;
    drain(&log.open().await).await;
    assert!(verify_directory(&log.directory, Some(&saved)).is_intact());

    let check = |directory: &Path, saved: &str, expected: &str| {
        let problems = verify_directory(directory, Some(saved)).problems;
        let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert!(lines.len() == 1 && lines[0].contains(expected), "{lines:#?}");
    };
    // Whoever holds the key can rewrite the log, but not what somebody else kept.
    let rewritten = TestLog::sqlite().await;
    rewritten.submit(RefKind::MEDIA, 1, 800).await;
    drain(&rewritten.open().await).await;
    assert!(verify_directory(&rewritten.directory, None).is_intact());
    check(&rewritten.directory, &saved, "saved checkpoint: its root at 300 leaves is ");
    let shorter = TestLog::sqlite().await;
    shorter.open().await;
    check(&shorter.directory, &saved, "saved checkpoint: has 300 leaves, the log only 0");
    check(&log.directory, &saved.replacen("300", "301", 1), "saved checkpoint: signature by ");
    check(&log.directory, "nonsense", "saved checkpoint: signed note is malformed");
    let empty = shorter.open().await.checkpoint().await.unwrap();
    assert!(verify_directory(&log.directory, Some(&empty)).is_intact());
}
