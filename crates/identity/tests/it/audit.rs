//! The audit trail and its log.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use xinlu_db::{Value as Bind, check_statements, sql};
use xinlu_http::{AuditRecord, AuditSink, Outcome};
use xinlu_identity::{
    AUDIT_ADMINISTRATOR, AuditEntry, AuditFault, AuditOutcome, EMPLOYEE, audit_canonical, audit_leaf, verify_audit,
};
use xinlu_ledger::{LogName, pending, verify_directory};
use xinlu_model::{AuditId, Clock, Time, UserId};

use crate::support::{As, World, worlds};

sql!(ALTER_TARGET = "UPDATE identity_audit SET target = $2 WHERE id = $1");
sql!(ALTER_OUTCOME = "UPDATE identity_audit SET outcome = $2 WHERE id = $1");
sql!(DROP_ENTRY = "DELETE FROM identity_audit WHERE id = $1");
sql!(
    FORGE = "INSERT INTO identity_audit (id, at, user_name, action, target, outcome, detail, request_id, blind)
    VALUES ($1, 1, 'eve', 'user.create', '', 1, '', '', $2)"
);

fn record(world: &World, target: &str) -> AuditRecord {
    AuditRecord {
        at: world.clock.now(),
        caller: None,
        action: "test.act".to_owned(),
        target: target.to_owned(),
        outcome: Outcome::Done,
        detail: json!({"n": 1}),
        request_id: "r".to_owned(),
    }
}

async fn sequence(world: &World) {
    while world.ledger.sequence_once().await.unwrap() > 0 {}
}

async fn faults(world: &World) -> Vec<(i64, AuditFault)> {
    let report = verify_directory(&world.test.folder.path().join("audit"), None);
    assert!(report.is_intact(), "{:?}", report.problems);
    let check = verify_audit(&world.test.db, &report).await.unwrap();
    assert!(
        check.problems.iter().all(|problem| problem.to_string().starts_with(&format!("audit entry {} ", problem.id)))
    );
    check.problems.iter().map(|problem| (problem.id.number(), problem.fault)).collect()
}

async fn tamper(world: &World, statement: &'static xinlu_db::Statement, values: Vec<Bind>) {
    let mut tx = world.test.db.begin().await.unwrap();
    assert_eq!(tx.execute(statement, values).await.unwrap(), 1);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn acts_are_written_down_with_who_what_and_how_it_ended() {
    for world in worlds().await {
        let (anna, session) = world.user("anna", &[EMPLOYEE], None).await;
        let (_, audit) = world.user("audit", &[AUDIT_ADMINISTRATOR], None).await;
        world.sign_in("anna", "wrong wrong wrong").await;
        world.sign_in("my secret in the wrong field", "x").await;
        world.clock.advance_ms(1_000);
        world.call(As::Session(&session), Method::DELETE, "/api/v1/sessions", Value::Null).await.ok();
        let page = world.get(As::Session(&audit), "/api/v1/audit?action=session.").await.ok();
        let items = page["items"].as_array().unwrap();
        assert_eq!(items.len(), 5, "two who signed in, two who could not, one who signed out");
        let short: Vec<String> = items
            .iter()
            .take(3)
            .map(|one| format!("{} {} {} {}", one["user_name"], one["action"], one["target"], one["outcome"]))
            .collect();
        let known = format!("user:{anna}");
        assert_eq!(
            short,
            [
                format!(r#""anna" "session.end" "{known}" "done""#),
                r#""" "session.create" "user:unknown" "refused""#.to_owned(),
                format!(r#""" "session.create" "{known}" "refused""#),
            ]
        );
        assert_eq!(items[2]["detail"], json!({"address": "127.0.0.1"}));
        assert!(!page.to_string().contains("secret"));
        let end = items[0]["at"].as_str().unwrap();
        let before = world.get(As::Session(&audit), &format!("/api/v1/audit?action=session.&until={end}")).await.ok();
        assert_eq!(before["items"].as_array().unwrap().len(), 4);
        let first = world.get(As::Session(&audit), "/api/v1/audit?action=session.&target=user:&limit=1").await.ok();
        let rest = first["next"].as_str().unwrap();
        let rest = format!("/api/v1/audit?action=session.&target=user:&limit=1&after={rest}");
        let second = world.get(As::Session(&audit), &rest).await.ok();
        assert_eq!(second["items"][0]["target"], "user:unknown");
        world.sign_in("anna", crate::support::PASSWORD).await;
        let hers =
            world.get(As::Session(&audit), &format!("/api/v1/audit?user={anna}&action=session.create")).await.ok();
        assert_eq!((&hers["items"][0]["user_name"], &hers["items"][0]["outcome"]), (&json!("anna"), &json!("done")));
        let reads = world.get(As::Session(&audit), "/api/v1/audit?action=audit.read").await.ok();
        assert!(reads["items"].as_array().unwrap().len() >= 4, "reading the trail is written down");
    }
}

#[tokio::test]
async fn an_entry_is_proven_by_the_audit_log() {
    for world in worlds().await {
        let (_, audit) = world.user("audit", &[AUDIT_ADMINISTRATOR], None).await;
        world.get(As::Session(&audit), "/api/v1/audit").await.ok();
        let path = "/api/v1/audit/1/proof";
        assert_eq!(world.get(As::Session(&audit), path).await.ok()["state"], "pending");
        sequence(&world).await;
        let proof = world.get(As::Session(&audit), path).await.ok();
        assert_eq!((&proof["state"], &proof["leaf_index"]), (&json!("logged"), &json!(0)));
        assert!(proof["checkpoint"].as_str().unwrap().starts_with("xinlu.test/audit\n"));
        assert!(proof["vkey"].as_str().unwrap().starts_with("xinlu.test/audit+"));
        let missing = world.get(As::Session(&audit), "/api/v1/audit/999/proof").await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn an_untouched_trail_verifies_placed_or_waiting() {
    for world in worlds().await {
        for number in 0..300 {
            if number == 200 {
                sequence(&world).await;
            }
            world.identity.record(record(&world, &number.to_string())).await.unwrap();
        }
        let report = verify_directory(&world.test.folder.path().join("audit"), None);
        let check = verify_audit(&world.test.db, &report).await.unwrap();
        assert_eq!((check.logged, check.pending, check.problems.len()), (200, 100, 0));
        sequence(&world).await;
        // The log was read before these were placed; they are told from forged ones all the same.
        let check = verify_audit(&world.test.db, &report).await.unwrap();
        assert_eq!((check.logged, check.pending, check.problems.len()), (200, 100, 0));
        assert_eq!(faults(&world).await, []);
    }
}

#[tokio::test]
async fn altered_dropped_and_forged_entries_are_named() {
    for world in worlds().await {
        for number in 0..40 {
            world.identity.record(record(&world, &number.to_string())).await.unwrap();
            if number == 29 {
                sequence(&world).await;
            }
        }
        tamper(&world, &ALTER_TARGET, vec![3_i64.into(), "user:8".into()]).await;
        tamper(&world, &ALTER_OUTCOME, vec![7_i64.into(), 2_i64.into()]).await;
        tamper(&world, &DROP_ENTRY, vec![1_i64.into()]).await;
        tamper(&world, &DROP_ENTRY, vec![12_i64.into()]).await;
        tamper(&world, &DROP_ENTRY, vec![30_i64.into()]).await;
        // These still wait for their place in the log.
        tamper(&world, &ALTER_TARGET, vec![33_i64.into(), "x".into()]).await;
        tamper(&world, &DROP_ENTRY, vec![40_i64.into()]).await;
        tamper(&world, &FORGE, vec![1_000_i64.into(), vec![0_u8; 32].into()]).await;
        let wanted = [
            (1, AuditFault::Dropped),
            (3, AuditFault::Altered),
            (7, AuditFault::Altered),
            (12, AuditFault::Dropped),
            (30, AuditFault::Dropped),
            (33, AuditFault::Altered),
            (40, AuditFault::Dropped),
            (1_000, AuditFault::NeverLogged),
        ];
        assert_eq!(faults(&world).await, wanted);
    }
}

#[tokio::test]
async fn an_outcome_that_nothing_writes_is_no_other_outcome() {
    for world in worlds().await {
        for number in 1..=3 {
            let outcome = if number == 3 { Outcome::Failed } else { Outcome::Done };
            world.identity.record(AuditRecord { outcome, ..record(&world, "x") }).await.unwrap();
        }
        sequence(&world).await;
        tamper(&world, &ALTER_OUTCOME, vec![1_i64.into(), 9_i64.into()]).await;
        tamper(&world, &ALTER_OUTCOME, vec![2_i64.into(), (-1_i64).into()]).await;
        // 3 in the lowest byte, which is all that a leaf has of it.
        tamper(&world, &ALTER_OUTCOME, vec![3_i64.into(), 259_i64.into()]).await;
        let altered = [1, 2, 3].map(|id| (id, AuditFault::OutcomeUnknown));
        assert_eq!(faults(&world).await, altered);
        let (_, audit) = world.user("audit", &[AUDIT_ADMINISTRATOR], None).await;
        for id in 1..=3 {
            let entry = world.get(As::Session(&audit), &format!("/api/v1/audit/{id}")).await.ok();
            assert_eq!(entry["outcome"], "unknown");
        }
        for outcome in ["done", "refused", "failed"] {
            let path = format!("/api/v1/audit?action=test.&outcome={outcome}");
            assert_eq!(world.get(As::Session(&audit), &path).await.ok()["items"], json!([]), "{outcome}");
        }
        let asked = world.get(As::Session(&audit), "/api/v1/audit?outcome=unknown").await;
        assert_eq!(asked.code(), "http.invalid_query");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_that_wait_together_share_a_commit() {
    const TOGETHER: usize = 400;
    for world in worlds().await {
        let world = Arc::new(world);
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..TOGETHER {
            let world = Arc::clone(&world);
            tasks.spawn(async move { world.identity.record(record(&world, &number.to_string())).await });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap().unwrap();
        }
        let mut batches = 0;
        let mut leaves = 0;
        let mut after = 0;
        loop {
            let page = pending(&world.test.db, LogName::Audit, after).await.unwrap();
            let Some(last) = page.last() else { break };
            after = last.number;
            batches += page.len();
            leaves += page.iter().map(|batch| batch.leaves.len()).sum::<usize>();
        }
        println!("{TOGETHER} entries in {batches} commits");
        assert_eq!(leaves, TOGETHER);
        assert!(batches < TOGETHER / 4, "{batches} commits");
        assert_eq!(faults(&world).await, []);
    }
}

#[tokio::test]
async fn hostile_texts_are_cut_and_kept() {
    for world in worlds().await {
        let mut hostile = record(&world, &format!("a\0{}", "信".repeat(1_000)));
        hostile.detail = json!({"long": "x".repeat(100_000), "nul": "\0"});
        world.identity.record(hostile).await.unwrap();
        assert_eq!(faults(&world).await, []);
        let (_, audit) = world.user("audit", &[AUDIT_ADMINISTRATOR], None).await;
        let entry = world.get(As::Session(&audit), "/api/v1/audit/1").await.ok();
        assert_eq!(entry["detail"], json!({"too_long": true}));
        assert!(entry["target"].as_str().unwrap().len() <= 1_024);
    }
}

#[test]
fn the_leaf_is_what_it_was_in_version_1() {
    let entry = AuditEntry {
        id: AuditId::new(7),
        at: Time::parse("2026-01-05T01:00:00.000001Z").unwrap(),
        user: Some(UserId::new(3)),
        user_name: "审计员".to_owned(),
        action: "conversation.read".to_owned(),
        target: "conversation:12".to_owned(),
        outcome: AuditOutcome::Done,
        detail: r#"{"messages":50}"#.to_owned(),
        request_id: "0123456789abcdef".to_owned(),
    };
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let blind: Vec<u8> = (0..32).collect();
    let leaf = audit_leaf(&entry, &blind);
    assert_eq!(leaf.len(), xinlu_identity::AUDIT_LEAF_BYTES);
    let text = format!("blind {}\nentry {}\nleaf {}\n", hex(&blind), hex(&audit_canonical(&entry)), hex(&leaf));
    assert_eq!(text, include_str!("../../testdata/audit_leaf_v1.txt"));
}

#[tokio::test]
async fn every_statement_runs_on_both_engines() {
    for world in worlds().await {
        assert_eq!(check_statements(&world.test.db).await, Vec::<String>::new());
    }
}
