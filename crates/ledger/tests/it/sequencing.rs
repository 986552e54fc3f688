//! What is submitted gets one place, in order, with a proof that verifies, on both engines.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use xinlu_db::check_statements;
use xinlu_ledger::{
    LedgerError, LogName, Place, Placement, ProofAnswer, RefKind, Step, head, pending, placements, submit,
    verify_directory,
};
use xinlu_tlog::{Checkpoint, ProofText, leaf_hash, verify_consistency};

use crate::support::{ORIGIN, TestLog, copy, drain, files, leaf, open_at, slow_tests};

/// The proof of a reference, checked from its text alone.
async fn check_proof(ledger: &xinlu_ledger::Ledger, kind: RefKind, reference: u64) -> u64 {
    let answer = ledger.proof(kind, reference).await.unwrap();
    let ProofAnswer::Found { leaf_index, tree_size, leaf: found, hashes, checkpoint } = answer else {
        panic!("{reference}: {answer:?}");
    };
    assert_eq!(found, leaf(kind, reference));
    let text = ProofText { extra: None, index: leaf_index, hashes, checkpoint }.to_string();
    let proof = ProofText::parse(&text).unwrap();
    let checkpoint = proof.verify(&leaf_hash(&found), ORIGIN, ledger.verifier()).unwrap();
    assert_eq!(checkpoint.size, tree_size);
    leaf_index
}

#[tokio::test]
async fn statements_prepare_on_both_engines() {
    for log in TestLog::both().await {
        assert_eq!(check_statements(log.db()).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_leaf_is_pending_and_then_proven() {
    for log in TestLog::both().await {
        let ledger = log.open().await;
        assert_eq!(ledger.locate(RefKind::RECORD, 5).await.unwrap(), Place::Absent);
        log.submit(RefKind::RECORD, 5, 3).await;
        for reference in 5..8 {
            assert_eq!(ledger.proof(RefKind::RECORD, reference).await.unwrap(), ProofAnswer::Pending);
        }
        assert_eq!(ledger.sequence_once().await.unwrap(), 3);
        assert_eq!(ledger.sequence_once().await.unwrap(), 0);
        for reference in 5..8 {
            assert_eq!(check_proof(&ledger, RefKind::RECORD, reference).await, reference - 5);
        }
        for (kind, reference) in [(RefKind::RECORD, 4), (RefKind::RECORD, 8), (RefKind::MEDIA, 5)] {
            assert_eq!(ledger.locate(kind, reference).await.unwrap(), Place::Absent);
            assert_eq!(ledger.proof(kind, reference).await.unwrap(), ProofAnswer::Absent);
        }
    }
}

#[tokio::test]
async fn what_is_rolled_back_or_wrong_is_never_placed() {
    for log in TestLog::both().await {
        let ledger = log.open().await;
        let mut tx = log.db().begin().await.unwrap();
        submit(&mut tx, LogName::Archive, RefKind::RECORD, 1, &[leaf(RefKind::RECORD, 1)]).await.unwrap();
        drop(tx);
        let mut tx = log.db().begin().await.unwrap();
        for leaves in [vec![], vec![vec![1]; 65_536]] {
            let refused = submit(&mut tx, LogName::Archive, RefKind::RECORD, 1, &leaves).await.unwrap_err();
            assert!(matches!(refused, LedgerError::LeafCount { .. }), "{refused}");
        }
        let refused = submit(&mut tx, LogName::Archive, RefKind::RECORD, 1, &[vec![0; 65_536]]).await.unwrap_err();
        assert!(matches!(refused, LedgerError::Damaged(_)), "{refused}");
        drop(tx);
        // The audit log's leaves are none of this log's business.
        let mut tx = log.db().begin().await.unwrap();
        submit(&mut tx, LogName::Audit, RefKind::AUDIT, 1, &[vec![1]]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(drain(&ledger).await, 0);
        assert_eq!(ledger.locate(RefKind::RECORD, 1).await.unwrap(), Place::Absent);
        assert_eq!(pending(log.db(), LogName::Audit, 0).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn rounds_are_bounded_and_placements_are_joined() {
    for log in TestLog::both().await {
        let ledger = log.open().await;
        log.submit(RefKind::RECORD, 1, 2000).await;
        log.submit(RefKind::RECORD, 2001, 2000).await;
        log.submit(RefKind::RECORD, 4001, 200).await;
        log.submit(RefKind::MEDIA, 1, 5000).await;
        log.submit(RefKind::MEDIA, 9000, 1).await;
        let waiting = pending(log.db(), LogName::Archive, 0).await.unwrap();
        assert_eq!(waiting.iter().map(|batch| batch.leaves.len()).collect::<Vec<_>>(), [2000, 2000, 200, 5000, 1]);
        assert_eq!(pending(log.db(), LogName::Archive, 4).await.unwrap(), waiting[4..]);

        let mut rounds = Vec::new();
        while let placed @ 1.. = ledger.sequence_once().await.unwrap() {
            rounds.push(placed);
        }
        assert_eq!(rounds, [4000, 200, 5000, 1]);
        let placed =
            |kind, first_reference, count, first_index| Placement { kind, first_reference, count, first_index };
        let expected = [
            placed(RefKind::RECORD, 1, 4200, 0),
            placed(RefKind::MEDIA, 1, 5000, 4200),
            placed(RefKind::MEDIA, 9000, 1, 9200),
        ];
        assert_eq!(placements(log.db(), LogName::Archive, 0).await.unwrap(), expected);
        assert_eq!(placements(log.db(), LogName::Archive, 9200).await.unwrap(), expected[2..]);
        assert_eq!(check_proof(&ledger, RefKind::RECORD, 4200).await, 4199);
        assert_eq!(check_proof(&ledger, RefKind::MEDIA, 5000).await, 9199);
        assert_eq!(check_proof(&ledger, RefKind::MEDIA, 9000).await, 9200);
        assert_eq!(ledger.locate(RefKind::MEDIA, 5001).await.unwrap(), Place::Absent);
    }
}

#[tokio::test]
async fn the_directory_is_exact_after_every_round() {
    let log = TestLog::sqlite().await;
    let ledger = log.open().await;
    let mut next = 1;
    let mut checkpoints = vec![ledger.checkpoint().await.unwrap()];
    // Up to one level, and slowly up to three.
    let counts: &[u64] =
        if slow_tests() { &[1, 255, 256, 2000, 1, 63_000, 24, 100, 4096] } else { &[1, 255, 1, 2000, 1] };
    for &count in counts {
        log.submit(RefKind::RECORD, next, count).await;
        next += count;
        drain(&ledger).await;
        let report = verify_directory(&log.directory, checkpoints.last().map(String::as_str));
        assert_eq!((report.problems, report.leftovers), (vec![], vec![]));
        assert_eq!(report.tree_size, next - 1);
        checkpoints.push(ledger.checkpoint().await.unwrap());
    }
    assert_eq!(log.open().await.checkpoint().await.unwrap(), *checkpoints.last().unwrap());
    let report = verify_directory(&log.directory, None);
    for (expected, found) in (0..).zip(report.leaves()) {
        assert_eq!(found.unwrap(), (expected, leaf(RefKind::RECORD, expected + 1)));
    }
    assert_eq!(report.leaves().count() as u64, next - 1);
    assert_eq!(report.leaf(2000).unwrap(), leaf(RefKind::RECORD, 2001));
    assert!(report.leaf(next - 1).is_err());

    let opened: Vec<_> =
        checkpoints.iter().map(|note| Checkpoint::open(note, ORIGIN, ledger.verifier()).unwrap()).collect();
    for pair in opened.windows(2).skip(1) {
        let [old, new] = pair else { panic!("windows of two") };
        let proof = ledger.consistency(old.size, new.size).await.unwrap();
        verify_consistency(old.size, new.size, &old.root, &new.root, &proof).unwrap();
    }
    for (from, to) in [(0, 5), (6, 5), (1, next)] {
        assert!(matches!(ledger.consistency(from, to).await, Err(LedgerError::NoSuchTree { .. })), "{from} {to}");
    }
}

#[tokio::test]
async fn a_bell_starts_a_round_and_stop_ends_the_sequencer() {
    let log = TestLog::sqlite().await;
    let (sender, mut steps) = mpsc::unbounded_channel();
    let hook = Arc::new(move |step| {
        let _ = sender.send(step);
        Ok(())
    });
    let ledger = log.try_open(Some(hook)).await.unwrap();
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(Arc::clone(&ledger).run(stopped));
    for round in 1..=3 {
        log.submit(RefKind::RECORD, round, 1).await;
        for step in [Step::Computed, Step::FilesWritten, Step::HeadMoved, Step::Published] {
            assert_eq!(steps.recv().await, Some(step));
        }
        assert_eq!(check_proof(&ledger, RefKind::RECORD, round).await, round - 1);
    }
    stop.send(true).unwrap();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_writer_that_loses_the_race_places_nothing() {
    for log in TestLog::both().await {
        log.submit(RefKind::RECORD, 1, 300).await;
        drain(&log.open().await).await;
        let other_directory = log.test_db.folder.path().join("copy");
        copy(&log.directory, &other_directory);
        log.submit(RefKind::RECORD, 301, 300).await;

        // The slow writer has computed its round when the fast one, in a copy of the directory, takes more.
        let (at_step, reached) = std::sync::mpsc::channel();
        let (go_on, wait) = std::sync::mpsc::channel();
        let wait = std::sync::Mutex::new(wait);
        let hook = Arc::new(move |step| {
            if step == Step::Computed {
                at_step.send(()).unwrap();
                wait.lock().unwrap().recv().unwrap();
            }
            Ok(())
        });
        let slow = log.try_open(Some(hook)).await.unwrap();
        let round = tokio::spawn({
            let slow = Arc::clone(&slow);
            async move { slow.sequence_once().await.unwrap() }
        });
        tokio::task::spawn_blocking(move || reached.recv().unwrap()).await.unwrap();
        log.submit(RefKind::RECORD, 601, 50).await;
        let fast = open_at(log.db(), &other_directory, crate::support::SEED, None).await.unwrap();
        assert_eq!(drain(&fast).await, 350);
        go_on.send(()).unwrap();
        assert_eq!(round.await.unwrap(), 0);
        assert_eq!(head(log.db(), LogName::Archive).await.unwrap().unwrap().size, 650);
        assert_eq!(check_proof(&fast, RefKind::RECORD, 650).await, 649);
        // The slow writer's directory lacks the winner's files, so it refuses to go on rather than guess.
        log.submit(RefKind::RECORD, 651, 1).await;
        assert!(slow.sequence_once().await.is_err());
        assert_eq!(head(log.db(), LogName::Archive).await.unwrap().unwrap().size, 650);
        let report = verify_directory(&other_directory, None);
        assert_eq!(report.problems, vec![]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn two_writers_on_one_directory_share_the_work() {
    for log in TestLog::both().await {
        let (one, two) = (log.open().await, log.open().await);
        let mut placed = 0;
        for round in 0..6 {
            log.submit(RefKind::RECORD, round * 100 + 1, 100).await;
            let (by_one, by_two) = tokio::join!(one.sequence_once(), two.sequence_once());
            placed += by_one.unwrap() + by_two.unwrap();
        }
        assert_eq!(placed, 600);
        let report = verify_directory(&log.directory, None);
        assert_eq!((report.problems, report.leftovers, report.tree_size), (vec![], vec![], 600));
        assert!(files(&log.directory).contains_key("tile/0/002.p/88"));
        assert_eq!(check_proof(&one, RefKind::RECORD, 600).await, 599);
    }
}

#[tokio::test]
async fn sequencing_keeps_ahead_of_intake() {
    if !slow_tests() {
        return;
    }
    for log in TestLog::both().await {
        let ledger = log.open().await;
        let begun = std::time::Instant::now();
        for batch in 0..100 {
            let leaves: Vec<_> = (0..1000_u32).map(|leaf| [leaf.to_be_bytes(); 64].concat()).collect();
            let mut tx = log.db().begin().await.unwrap();
            submit(&mut tx, LogName::Archive, RefKind::RECORD, batch * 1000 + 1, &leaves).await.unwrap();
            tx.commit().await.unwrap();
        }
        let submitted = begun.elapsed();
        assert_eq!(drain(&ledger).await, 100_000);
        let sequenced = begun.elapsed().checked_sub(submitted).unwrap();
        let proven = std::time::Instant::now();
        for reference in (1..=100_000).step_by(1000) {
            assert!(matches!(ledger.proof(RefKind::RECORD, reference).await.unwrap(), ProofAnswer::Found { .. }));
        }
        let proven = proven.elapsed() / 100;
        let begun = std::time::Instant::now();
        assert!(verify_directory(&log.directory, None).is_intact());
        println!(
            "{:?}: 100 000 leaves submitted in {submitted:?}, sequenced in {sequenced:?}, verified in {:?}; a proof {proven:?}",
            log.db().engine(),
            begun.elapsed()
        );
    }
}
