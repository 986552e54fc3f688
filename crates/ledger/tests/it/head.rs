//! The head in the database is held against checkpoint and files: what a crash explains passes, nothing else does.

use std::sync::Arc;

use xinlu_ledger::{Head, LedgerError, LogName, LogReport, RefKind, Step, head, root_at, verify_directory};
use xinlu_tlog::Hash;

use crate::support::{TestLog, copy, drain, files};

async fn head_of(log: &TestLog) -> Head {
    head(log.db(), LogName::Archive).await.unwrap().unwrap()
}

/// A log of 1 000 published leaves, and a round of 1 032 more that died between the head and the checkpoint.
async fn one_round_ahead() -> TestLog {
    let log = TestLog::sqlite().await;
    let ledger = log.open().await;
    log.submit(RefKind::RECORD, 1, 1_000).await;
    drain(&ledger).await;
    log.submit(RefKind::RECORD, 1_001, 1_032).await;
    let stop = |step| if step == Step::HeadMoved { Err(LedgerError::Stopping) } else { Ok(()) };
    let dying = log.try_open(Some(Arc::new(stop))).await.unwrap();
    assert!(dying.sequence_once().await.is_err());
    log
}

fn check(log: &TestLog, head: Option<&Head>) -> (LogReport, Vec<String>, u64) {
    let mut report = verify_directory(&log.directory, None);
    assert_eq!(report.problems, vec![]);
    let check = report.check_head(head);
    (report, check.wrong, check.late)
}

#[tokio::test]
async fn a_head_that_a_crash_left_ahead_is_borne_out_by_its_files() {
    let log = one_round_ahead().await;
    let head = head_of(&log).await;
    assert_eq!(verify_directory(&log.directory, None).tree_size, 1_000);
    let (report, wrong, late) = check(&log, Some(&head));
    assert_eq!((wrong, late, report.tree_size, report.root), (vec![], 1_032, 2_032, head.root));
    assert_eq!(report.leaves().flatten().count(), 2_032);
    let needed = |name: &String| name.starts_with("tile/0/007") || name.starts_with("tile/entries/007");
    assert!(!report.leftovers.iter().any(needed), "{:?}", report.leftovers);
    assert_eq!(root_at(&log.directory, 2_032, report.tree_size).unwrap(), head.root);
    assert!(root_at(&log.directory, 2_033, report.tree_size).unwrap_err().to_string().contains("not 2033"));

    drain(&log.open().await).await;
    let (report, wrong, late) = check(&log, Some(&head));
    assert_eq!((wrong, late, report.tree_size, report.leftovers), (vec![], 0, 2_032, vec![]));
}

#[tokio::test]
async fn an_altered_head_is_told() {
    let log = one_round_ahead().await;
    let good = head_of(&log).await;
    let told = |head: Option<Head>, expected: &str| {
        let (report, wrong, late) = check(&log, head.as_ref());
        assert!(wrong.iter().any(|what| what.contains(expected)), "{expected}: {wrong:?}");
        assert_eq!((late, report.tree_size), (0, 1_000));
    };
    told(None, "no head");
    told(Some(Head { size: 999, ..good.clone() }), "knows 999 leaves, the checkpoint 1000");
    told(Some(Head { size: 2_031, ..good.clone() }), "is signed for 2032 leaves");
    told(Some(Head { size: u64::MAX, ..good.clone() }), "is signed for 2032 leaves");
    told(Some(Head { root: Hash([7; 32]), ..good.clone() }), "with root");
    told(Some(Head { size: 1_000, root: Hash([7; 32]), ..good.clone() }), "another root");
    told(Some(Head { checkpoint: good.checkpoint.replacen("2032", "2033", 1), ..good.clone() }), "cannot be trusted");
    told(Some(Head { checkpoint: String::new(), ..good.clone() }), "cannot be trusted");
}

#[tokio::test]
async fn a_head_whose_files_are_damaged_or_gone_is_told() {
    let log = one_round_ahead().await;
    let head = head_of(&log).await;
    let aside = log.test_db.folder.path().join("aside");
    copy(&log.directory, &aside);
    let of_the_round =
        ["tile/entries/004", "tile/entries/007.p/240", "tile/0/005", "tile/0/007.p/240", "tile/1/000.p/7"];
    for name in of_the_round {
        let path = log.directory.join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[40] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let (_, wrong, late) = check(&log, Some(&head));
        assert!(wrong.len() == 1 && wrong[0].contains("no interrupted round explains it"), "{name}: {wrong:?}");
        assert_eq!(late, 0);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(check(&log, Some(&head)).1.len(), 1, "{name}");
        std::fs::copy(aside.join(name), &path).unwrap();
    }
    assert_eq!(check(&log, Some(&head)).1, Vec::<String>::new());
}

#[tokio::test]
async fn an_older_directory_beside_a_newer_database_is_told() {
    let log = TestLog::sqlite().await;
    let ledger = log.open().await;
    log.submit(RefKind::RECORD, 1, 300).await;
    drain(&ledger).await;
    let older = log.test_db.folder.path().join("older");
    copy(&log.directory, &older);
    log.submit(RefKind::RECORD, 301, 700).await;
    drain(&ledger).await;
    let head = head_of(&log).await;
    let mut report = verify_directory(&older, None);
    assert!(report.is_intact());
    let found = report.check_head(Some(&head));
    assert!(found.wrong.len() == 1 && found.wrong[0].contains("knows 1000 leaves, the checkpoint 300"), "{found:?}");
    assert_eq!(files(&older).len(), 7);
}
