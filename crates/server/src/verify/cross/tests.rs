//! Carried checkpoints agree with the log they tell of, or both are named.

use std::path::{Path, PathBuf};

use xinlu_archive::{CheckpointLeaf, Leaf};
use xinlu_identity::{OtherLeaf, verify_audit};
use xinlu_ledger::{Ledger, LogName, RefKind, submit, verify_directory};
use xinlu_model::Time;
use xinlu_testkit::{SetClock, TestDb, both};

use super::{Carried, OtherLog, carried_by_audit, hold_against};
use crate::app::TABLES;

const ORIGIN: &str = "xinlu.test/archive";

/// An archive log of 600 leaves and the folder it lies in.
async fn archive_log(test: &TestDb) -> PathBuf {
    let folder = test.folder.path().join("archive");
    let clock = SetClock::new();
    let log = Ledger::open(test.db.clone(), folder.clone(), LogName::Archive, ORIGIN, [1; 32], clock).await.unwrap();
    for first in [1_u64, 301] {
        let leaves: Vec<Vec<u8>> = (first..first + 300).map(|number| number.to_be_bytes().to_vec()).collect();
        let mut tx = test.db.begin().await.unwrap();
        submit(&mut tx, LogName::Archive, RefKind::RECORD, first, &leaves).await.unwrap();
        tx.commit().await.unwrap();
        while log.sequence_once().await.unwrap() > 0 {}
    }
    folder
}

fn told(folder: &Path, carried: CheckpointLeaf, origin: &str, size: u64) -> (Vec<String>, Vec<String>) {
    let (mut problems, mut unchecked) = (Vec::new(), Vec::new());
    let other = OtherLog { name: "log/archive", origin, size, folder: folder.to_path_buf() };
    let carried = [Carried { place: "leaf 3 of the audit log".to_owned(), checkpoint: carried }];
    hold_against(&carried, &other, &mut problems, &mut unchecked);
    (problems.iter().map(ToString::to_string).collect(), unchecked)
}

#[tokio::test]
async fn a_checkpoint_that_the_other_log_does_not_bear_out_names_both() {
    for test in both(&TABLES).await {
        let folder = archive_log(&test).await;
        let report = verify_directory(&folder, None);
        assert!(report.is_intact());
        let at = |size: u64| CheckpointLeaf {
            origin: ORIGIN.to_owned(),
            size,
            root: xinlu_ledger::root_at(&folder, size, 600).unwrap().0,
            at: Time::from_micros(1),
        };
        for size in [0, 1, 255, 256, 300, 511, 600] {
            assert_eq!(told(&folder, at(size), ORIGIN, 600), (vec![], vec![]), "{size}");
        }
        let (problems, _) = told(&folder, CheckpointLeaf { root: [9; 32], ..at(300) }, ORIGIN, 600);
        assert!(problems[0].starts_with("leaf 3 of the audit log: says log/archive had the root "), "{problems:?}");
        let (problems, _) = told(&folder, CheckpointLeaf { size: 301, ..at(300) }, ORIGIN, 600);
        assert!(problems[0].contains("at 301 leaves, it had "), "{problems:?}");
        let (problems, _) = told(&folder, CheckpointLeaf { size: 601, ..at(300) }, ORIGIN, 600);
        assert!(problems[0].contains("had 601 leaves, which it does not bear out"), "{problems:?}");
        let (problems, _) =
            told(&folder, CheckpointLeaf { origin: "xinlu.test/other".to_owned(), ..at(300) }, ORIGIN, 600);
        assert!(problems[0].contains("tells of the log xinlu.test/other, log/archive is "), "{problems:?}");
        let (problems, unchecked) = told(&folder, at(300), "", 600);
        assert_eq!((problems.len(), unchecked.len()), (0, 1));
    }
}

#[tokio::test]
async fn leaves_of_the_audit_log_are_entries_or_checkpoints() {
    for test in both(&TABLES).await {
        let folder = test.folder.path().join("audit");
        let clock = SetClock::new();
        let name = LogName::Audit;
        let log = Ledger::open(test.db.clone(), folder.clone(), name, "xinlu.test/audit", [2; 32], clock);
        let log = log.await.unwrap();
        let checkpoint = CheckpointLeaf { origin: ORIGIN.to_owned(), size: 5, root: [9; 32], at: Time::from_micros(1) };
        let leaves = [Leaf::Checkpoint(checkpoint.clone()).encode().unwrap(), b"something else".to_vec()];
        for (leaf, reference) in leaves.iter().zip(1..) {
            let mut tx = test.db.begin().await.unwrap();
            submit(&mut tx, name, RefKind::CHECKPOINT, reference, std::slice::from_ref(leaf)).await.unwrap();
            tx.commit().await.unwrap();
        }
        for placed in [false, true] {
            let check = verify_audit(&test.db, &verify_directory(&folder, None)).await.unwrap();
            let index = |index| Some(index).filter(|_| placed);
            let expected =
                leaves.iter().zip(0..).map(|(leaf, at)| OtherLeaf { leaf_index: index(at), leaf: leaf.clone() });
            assert_eq!(check.others, expected.collect::<Vec<_>>());
            assert_eq!((check.problems, check.placements), (vec![], vec![]));
            let mut problems = Vec::new();
            let carried = carried_by_audit(&check.others, &mut problems);
            assert_eq!(carried[0].checkpoint, checkpoint);
            assert_eq!((carried.len(), problems.len()), (1, 1));
            assert!(problems[0].what.contains("neither an entry nor a checkpoint"), "{problems:?}");
            while log.sequence_once().await.unwrap() > 0 {}
        }
    }
}
