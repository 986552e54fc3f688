//! A round stopped after any of its steps loses nothing, doubles nothing and forks nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use xinlu_ledger::{LedgerError, LogName, Place, RefKind, Step, StepHook, head, placements, verify_directory};

use crate::support::{SEED, TestLog, drain, files, leaf, open_at};

const STEPS: [Step; 4] = [Step::Computed, Step::FilesWritten, Step::HeadMoved, Step::Published];

/// Stops the first round that reaches `step`, while the switch is on.
fn stop_at(step: Step, switch: &Arc<AtomicBool>) -> StepHook {
    let switch = Arc::clone(switch);
    Arc::new(
        move |reached| {
            if reached == step && switch.load(Ordering::SeqCst) { Err(LedgerError::Stopping) } else { Ok(()) }
        },
    )
}

/// The files of a log that got the same submissions and was never interrupted.
async fn undisturbed(submissions: &[(RefKind, u64, u64)]) -> TestLog {
    let log = TestLog::sqlite().await;
    let ledger = log.open().await;
    for &(kind, first, count) in submissions {
        log.submit(kind, first, count).await;
    }
    drain(&ledger).await;
    log
}

#[tokio::test]
async fn after_a_crash_at_any_step_the_log_is_what_it_would_have_been() {
    let before = [(RefKind::RECORD, 1, 300), (RefKind::MEDIA, 1, 700)];
    let during = [(RefKind::RECORD, 301, 1000), (RefKind::RECORD, 1301, 2), (RefKind::MEDIA, 701, 30)];
    // More arrives while the program is down, so the next round is another one than the one that died.
    let after = [(RefKind::RECORD, 1303, 400), (RefKind::MEDIA, 731, 1)];
    let all: Vec<_> = before.into_iter().chain(during).chain(after).collect();
    let expected = undisturbed(&all).await;
    for step in STEPS {
        for log in TestLog::one_or_both().await {
            let ledger = log.open().await;
            for (kind, first, count) in before {
                log.submit(kind, first, count).await;
                drain(&ledger).await;
            }
            let old = ledger.checkpoint().await.unwrap();
            for (kind, first, count) in during {
                log.submit(kind, first, count).await;
            }
            let dying = log.try_open(Some(stop_at(step, &Arc::new(AtomicBool::new(true))))).await.unwrap();
            assert!(dying.sequence_once().await.is_err(), "{step:?}");

            // As it lies there: intact, at the old or the new size, perhaps with leftovers.
            let report = verify_directory(&log.directory, Some(&old));
            assert_eq!(report.problems, vec![], "{step:?}");
            assert_eq!(report.tree_size, if step == Step::Published { 2032 } else { 1000 }, "{step:?}");
            assert_eq!(report.leftovers.is_empty(), step == Step::Computed, "{step:?}");

            for (kind, first, count) in after {
                log.submit(kind, first, count).await;
            }
            let ledger = log.open().await;
            let report = verify_directory(&log.directory, Some(&old));
            assert_eq!((report.problems, report.leftovers), (vec![], vec![]), "{step:?}");
            drain(&ledger).await;
            assert_eq!(files(&log.directory), files(&expected.directory), "{step:?}");
            assert_eq!(
                head(log.db(), LogName::Archive).await.unwrap(),
                head(expected.db(), LogName::Archive).await.unwrap()
            );
            let mut next = 0;
            for placement in placements(log.db(), LogName::Archive, 0).await.unwrap() {
                assert_eq!(placement.first_index, next);
                next += placement.count;
                for offset in [0, placement.count - 1] {
                    let found = report_leaf(&log, placement.first_index + offset);
                    assert_eq!(found, leaf(placement.kind, placement.first_reference + offset));
                }
            }
            assert_eq!(next, all.iter().map(|(_, _, count)| count).sum::<u64>());
        }
    }
}

fn report_leaf(log: &TestLog, index: u64) -> Vec<u8> {
    verify_directory(&log.directory, None).leaf(index).unwrap()
}

#[tokio::test]
async fn a_round_that_failed_is_finished_by_the_next_one() {
    for step in STEPS {
        let log = TestLog::sqlite().await;
        let switch = Arc::new(AtomicBool::new(true));
        let ledger = log.try_open(Some(stop_at(step, &switch))).await.unwrap();
        log.submit(RefKind::RECORD, 1, 700).await;
        assert!(ledger.sequence_once().await.is_err());
        switch.store(false, Ordering::SeqCst);
        log.submit(RefKind::RECORD, 701, 10).await;
        drain(&ledger).await;
        let report = verify_directory(&log.directory, None);
        assert_eq!((report.problems, report.tree_size), (vec![], 710), "{step:?}");
        assert_eq!(ledger.locate(RefKind::RECORD, 710).await.unwrap(), Place::At { leaf_index: 709 });
        log.open().await;
        assert_eq!(verify_directory(&log.directory, None).leftovers, Vec::<String>::new(), "{step:?}");
    }
}

#[tokio::test]
async fn a_half_written_file_ahead_of_the_head_is_written_anew() {
    let log = TestLog::sqlite().await;
    log.submit(RefKind::RECORD, 1, 100).await;
    drain(&log.open().await).await;
    log.submit(RefKind::RECORD, 101, 900).await;
    let hook = stop_at(Step::FilesWritten, &Arc::new(AtomicBool::new(true)));
    let dying = log.try_open(Some(hook)).await.unwrap();
    assert!(dying.sequence_once().await.is_err());
    // A power cut may leave any of the files cut short, and others not there at all.
    std::fs::write(log.directory.join("tile/entries/001"), b"cut").unwrap();
    std::fs::write(log.directory.join("tile/0/003.p/232"), b"").unwrap();
    std::fs::remove_file(log.directory.join("tile/0/002")).unwrap();
    std::fs::write(log.directory.join("checkpoint.new"), b"half").unwrap();
    drain(&log.open().await).await;
    let report = verify_directory(&log.directory, None);
    assert_eq!((report.problems, report.leftovers, report.tree_size), (vec![], vec![], 1000));
}

#[tokio::test]
async fn what_would_fork_the_log_is_refused() {
    let log = TestLog::sqlite().await;
    log.submit(RefKind::RECORD, 1, 300).await;
    drain(&log.open().await).await;

    let another_key = open_at(log.db(), &log.directory, [8; 32], None).await.err().unwrap();
    assert!(matches!(another_key, LedgerError::KeyMismatch), "{another_key}");

    // An older database than the directory, as after a wrong restore.
    let empty = TestLog::sqlite().await;
    let behind = open_at(empty.db(), &log.directory, SEED, None).await.err().unwrap();
    assert!(matches!(behind, LedgerError::HeadBehind { checkpoint: 300, head: 0 }), "{behind}");
    empty.submit(RefKind::RECORD, 1, 200).await;
    drain(&empty.open().await).await;
    let behind = open_at(empty.db(), &log.directory, SEED, None).await.err().unwrap();
    assert!(matches!(behind, LedgerError::HeadBehind { checkpoint: 300, head: 200 }), "{behind}");

    // Another history of the same length.
    empty.submit(RefKind::MEDIA, 1, 100).await;
    drain(&empty.open().await).await;
    let other = open_at(empty.db(), &log.directory, SEED, None).await.err().unwrap();
    assert!(matches!(other, LedgerError::RootMismatch { size: 300 }), "{other}");

    // A directory that has lost its files.
    std::fs::remove_dir_all(log.directory.join("tile")).unwrap();
    let lost = log.try_open(None).await.err().unwrap();
    assert!(matches!(lost, LedgerError::Damaged(_)), "{lost}");
    assert_eq!(head(log.db(), LogName::Archive).await.unwrap().unwrap().size, 300);
}
