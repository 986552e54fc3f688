//! What verification says of rows and placements that were altered so that their leaf, or what was read, stays the same.

use serde_json::json;
use xinlu_db::{Statement, Value, sql};
use xinlu_http::{AuditRecord, AuditSink as _, Outcome};
use xinlu_identity::{AuditCheck, AuditFault, verify_audit};
use xinlu_ledger::{LogName, RefKind, submit, verify_directory};
use xinlu_model::Clock as _;

use crate::support::{World, worlds};

sql!(OUTCOME = "UPDATE identity_audit SET outcome = $2 WHERE id = $1");
sql!(NOBODY = "UPDATE identity_audit SET user_id = $2 WHERE id = $1");
sql!(BLIND = "SELECT blind FROM identity_audit WHERE id = $1" => blind: Bytes);
sql!(SET_BLIND = "UPDATE identity_audit SET blind = $2 WHERE id = $1");
sql!(COUNT = "UPDATE ledger_placements SET leaf_count = leaf_count + $3 WHERE log = $1 AND first_index = $2");
sql!(
    REFERENCE =
        "UPDATE ledger_placements SET first_reference = first_reference + $3 WHERE log = $1 AND first_index = $2"
);
sql!(INDEX = "UPDATE ledger_placements SET first_index = first_index + $3 WHERE log = $1 AND first_index = $2");
sql!(KIND = "UPDATE ledger_placements SET kind = $3 WHERE log = $1 AND first_index = $2");
sql!(DROP = "DELETE FROM ledger_placements WHERE log = $1 AND first_index = $2");

/// The audit log's number in the ledger's tables.
const AUDIT: i64 = 2;

async fn record(world: &World, outcome: Outcome) {
    let record = AuditRecord {
        at: world.clock.now(),
        caller: None,
        action: "test.act".to_owned(),
        target: "somebody".to_owned(),
        outcome,
        detail: json!({}),
        request_id: "r".to_owned(),
    };
    world.identity.record(record).await.unwrap();
}

async fn run(world: &World, statement: &'static Statement, values: Vec<Value>) {
    let mut tx = world.test.db.begin().await.unwrap();
    assert_eq!(tx.execute(statement, values).await.unwrap(), 1);
    tx.commit().await.unwrap();
}

async fn check(world: &World) -> AuditCheck {
    let report = verify_directory(&world.test.folder.path().join("audit"), None);
    assert!(report.is_intact(), "{:?}", report.problems);
    verify_audit(&world.test.db, &report).await.unwrap()
}

async fn faults(world: &World) -> Vec<(i64, AuditFault)> {
    check(world).await.problems.iter().map(|problem| (problem.id.number(), problem.fault)).collect()
}

async fn sequence(world: &World) {
    while world.ledger.sequence_once().await.unwrap() > 0 {}
}

#[tokio::test]
async fn an_outcome_that_nothing_writes_is_named() {
    for world in worlds().await {
        for outcome in [Outcome::Done, Outcome::Failed, Outcome::Failed] {
            record(&world, outcome).await;
        }
        for placed in [false, true] {
            for number in [0_i64, 4, -1, 259, 1 << 40] {
                run(&world, &OUTCOME, vec![2_i64.into(), number.into()]).await;
                assert_eq!(faults(&world).await, [(2, AuditFault::OutcomeUnknown)], "{number}");
            }
            run(&world, &OUTCOME, vec![2_i64.into(), 3_i64.into()]).await;
            assert_eq!(faults(&world).await, [], "placed: {placed}");
            sequence(&world).await;
        }
    }
}

#[tokio::test]
async fn a_row_that_would_give_the_same_leaf_is_named() {
    for world in worlds().await {
        for _ in 0..3 {
            record(&world, Outcome::Done).await;
        }
        for _ in [false, true] {
            run(&world, &NOBODY, vec![2_i64.into(), 0_i64.into()]).await;
            assert_eq!(faults(&world).await, [(2, AuditFault::Altered)]);
            run(&world, &NOBODY, vec![2_i64.into(), Value::Null]).await;
            let mut row = world.test.db.find(&BLIND, vec![3_i64.into()]).await.unwrap().unwrap();
            let blind = row.bytes().unwrap();
            let longer = [blind.as_slice(), &[0]].concat();
            run(&world, &SET_BLIND, vec![3_i64.into(), longer.into()]).await;
            assert_eq!(faults(&world).await, [(3, AuditFault::Altered)]);
            run(&world, &SET_BLIND, vec![3_i64.into(), blind.into()]).await;
            assert_eq!(faults(&world).await, []);
            sequence(&world).await;
        }
    }
}

#[tokio::test]
async fn altered_placements_are_named() {
    for world in worlds().await {
        for number in 0..3 {
            record(&world, Outcome::Done).await;
            let mut tx = world.test.db.begin().await.unwrap();
            submit(&mut tx, LogName::Audit, RefKind::CHECKPOINT, number + 1, &[vec![7; 60]]).await.unwrap();
            tx.commit().await.unwrap();
            record(&world, Outcome::Done).await;
            sequence(&world).await;
        }
        // Entries 1; 2 and 3; 4 and 5; 6, with a checkpoint after each but the last.
        let good = check(&world).await;
        assert_eq!((good.logged, good.problems, good.placements, good.others.len()), (6, vec![], vec![], 3));
        let at = |index: i64, value: i64| vec![AUDIT.into(), index.into(), value.into()];
        let told = async |expected: &str| {
            let found = check(&world).await.placements;
            assert!(found.iter().any(|what| what.contains(expected)), "{expected}: {found:?}");
        };
        for (index, by, expected) in [(2, -1, "leaves 3 to 4"), (2, 1, "leaves 4 to 5"), (8, 1, "leaves 9 to 10")] {
            run(&world, &COUNT, at(index, by)).await;
            told(expected).await;
            run(&world, &COUNT, at(index, -by)).await;
        }
        run(&world, &REFERENCE, at(5, 10)).await;
        told("leaf 5 is not that of kind 3 number 14").await;
        run(&world, &REFERENCE, at(5, -10)).await;
        run(&world, &INDEX, at(8, 5)).await;
        told("nothing is known of leaves 8 to 13").await;
        run(&world, &INDEX, at(13, -5)).await;
        run(&world, &KIND, at(4, 1)).await;
        told("leaf 4 is not that of kind 1").await;
        run(&world, &KIND, at(4, 4)).await;
        assert_eq!(check(&world).await.placements, Vec::<String>::new());
        run(&world, &DROP, vec![AUDIT.into(), 8_i64.into()]).await;
        told("nothing is known of leaves 8 to 9").await;
    }
}
