//! Each log's history is read from the other.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use xinlu_ledger::{Ledger, LogName, RefKind, root_at, submit};
use xinlu_model::{Clock, Fault as _};
use xinlu_tlog::{Checkpoint, Hash, verify_consistency};

use super::HistoryLog;
use crate::fixture::worlds;
use crate::{CheckpointLeaf, Leaf};

#[tokio::test]
async fn a_log_is_told_by_what_the_other_keeps() {
    for (test, world) in worlds().await {
        let folder = test.folder.path().join("audit");
        let audit = Ledger::open(world.db.clone(), folder, LogName::Audit, "test/audit", [3; 32], world.clock.clone());
        let audit = audit.await.unwrap();
        let history = async |log, limit| world.archive.log_history(log, limit).await.unwrap().checkpoints;
        assert!(history(HistoryLog::Archive, 10).await.is_empty(), "no audit log was given");
        world.archive.set_audit_log(audit.clone());
        assert!(history(HistoryLog::Archive, 10).await.is_empty() && history(HistoryLog::Audit, 10).await.is_empty());

        let mut at = Vec::new();
        for (number, size) in [(1, 3), (2, 8), (3, 9)] {
            world.clock.advance_ms(3_600_000);
            at.push(world.clock.now());
            world.archive.carry_checkpoint("test/audit", size, [size as u8; 32]).await.unwrap();
            let now = world.clock.now();
            let leaf = CheckpointLeaf { origin: "test/archive".to_owned(), size: size * 100, root: [9; 32], at: now };
            let mut tx = world.db.begin().await.unwrap();
            let leaf = Leaf::Checkpoint(leaf).encode().unwrap();
            submit(&mut tx, LogName::Audit, RefKind::CHECKPOINT, number, &[leaf]).await.unwrap();
            tx.commit().await.unwrap();
            // Leaves of other kinds stand between.
            world.settle(vec![world.message(number, "zhang", &["wmA"], "一")]).await;
            world.sequence().await;
            while audit.sequence_once().await.unwrap() > 0 {}
        }
        let kept = history(HistoryLog::Audit, 2).await;
        let short: Vec<_> = kept.iter().map(|one| (one.size, one.root.clone(), one.at)).collect();
        let root = |byte: u8| STANDARD.encode([byte; 32]);
        assert_eq!(short, [(9, root(9), at[2]), (8, root(8), at[1])]);
        assert!(kept[0].kept_at_index > kept[1].kept_at_index);
        let sizes: Vec<u64> = history(HistoryLog::Archive, 1_000).await.iter().map(|one| one.size).collect();
        assert_eq!(sizes, [900, 800, 300]);
        let told = world.archive.log_history(HistoryLog::Audit, 1).await.unwrap();
        assert_eq!(told.vkey, Some(audit.verifier().to_string()));
        let latest = Checkpoint::open(&told.latest.unwrap(), "test/audit", audit.verifier()).unwrap();
        assert_eq!(latest.size, 3);
        // Both logs prove that they only grew.
        for (log, size) in [(HistoryLog::Audit, 3), (HistoryLog::Archive, 6)] {
            for from in 1..=size {
                let view = world.archive.log_consistency(log, from, size).await.unwrap();
                let decoded = view.hashes.iter().map(|hash| Hash(STANDARD.decode(hash).unwrap().try_into().unwrap()));
                let hashes: Vec<Hash> = decoded.collect();
                let whole = size;
                let root = |size| {
                    let folder =
                        if log == HistoryLog::Audit { test.folder.path().join("audit") } else { world.log.clone() };
                    root_at(&folder, size, whole).unwrap()
                };
                verify_consistency(from, size, &root(from), &root(size), &hashes).unwrap();
            }
            let beyond = world.archive.log_consistency(log, 1, size + 1).await.unwrap_err();
            assert_eq!(beyond.code(), "ledger.no_such_tree");
        }
        for limit in [0, 1_001] {
            world.archive.log_history(HistoryLog::Audit, limit).await.unwrap_err();
        }
    }
}
