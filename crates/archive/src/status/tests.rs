//! Counts, alarms and reports.

use xinlu_model::{RecordId, Time};

use super::{STAGE_INDEXED, day_of, day_text};
use crate::fixture::{envelope, worlds};
use crate::{AlarmName, ParkReason, Settled, Severity};

const HOUR_MS: i64 = 3_600_000;

#[test]
fn days_are_those_of_shanghai() {
    let midnight = Time::parse("2026-01-05T00:00:00+08:00").unwrap();
    assert_eq!(day_text(day_of(midnight)), "2026-01-05");
    assert_eq!(day_text(day_of(midnight.plus_millis(-1))), "2026-01-04");
}

#[tokio::test]
async fn stages_and_days_are_counted() {
    for (_test, world) in worlds().await {
        world.settle((1..=5).map(|seq| world.message(seq, "zhang", &["wmA"], "x")).collect()).await;
        world.archive.report_stage(STAGE_INDEXED, RecordId::new(3)).await.unwrap();
        world.clock.advance_ms(24 * HOUR_MS);
        world.settle((5..=8).map(|seq| world.message(seq, "zhang", &["wmA"], "x")).collect()).await;
        let status = world.archive.status().await.unwrap();
        let source = &status.sources[0];
        assert_eq!((source.received, source.archived, source.duplicates, source.missing), (9, 8, 1, 0));
        assert_eq!((source.indexed, source.decrypted, source.cursor), (3, 9, 8));
        assert_eq!((status.stages[0].lag, status.last_record), (5, RecordId::new(8)));
        let days: Vec<_> =
            status.days.iter().map(|day| (day.day.as_str(), day.received, day.archived, day.indexed)).collect();
        assert_eq!(days, [("2026-01-06", 4, 3, 0), ("2026-01-05", 5, 5, 3)]);
        // Everything can be written as JSON.
        serde_json::to_string(&status).unwrap();
    }
}

#[tokio::test]
async fn alarms_are_raised_and_cleared() {
    for (_test, world) in worlds().await {
        let names = async || {
            let alarms = world.archive.check_alarms().await.unwrap();
            alarms.into_iter().map(|alarm| (alarm.name, alarm.severity)).collect::<Vec<_>>()
        };
        world.clock.advance_ms(HOUR_MS);
        assert!(names().await.is_empty(), "a source that was never asked cannot be silent");
        world.archive.report_poll(world.source, None).await.unwrap();
        world.clock.advance_ms(9 * 60_000);
        assert!(names().await.is_empty());
        world.archive.report_poll(world.source, Some("10001")).await.unwrap();
        world.clock.advance_ms(2 * 60_000);
        assert_eq!(names().await, [(AlarmName::IntakeStopped, Severity::Warning)]);
        let since = world.archive.alarms().await.unwrap()[0].since;
        world.clock.advance_ms(HOUR_MS);
        assert_eq!(names().await, [(AlarmName::IntakeStopped, Severity::Critical)]);
        assert_eq!(world.archive.alarms().await.unwrap()[0].since, since, "it has stood since then");
        world.clock.advance_ms(73 * HOUR_MS);
        let both = [(AlarmName::IntakeStopped, Severity::Critical), (AlarmName::WindowNear, Severity::Warning)];
        assert_eq!(names().await, both);
        world.archive.report_poll(world.source, None).await.unwrap();
        assert!(names().await.is_empty());

        let batch = world.archive.store_intake(world.source, vec![envelope(1, "m1")]).await.unwrap();
        let (msgid, reason) = ("m1".to_owned(), ParkReason::KeyMissing);
        let parked = Settled::Parked { seq: 1, msgid, reason, detail: String::new() };
        world.archive.settle(batch.id, vec![parked]).await.unwrap();
        assert_eq!(names().await, [(AlarmName::KeyMissing, Severity::Critical)]);
        let report = world.archive.reconcile().await.unwrap();
        assert!(report.red && report.findings.iter().any(|finding| finding.contains("key_missing")));
        assert!(world.archive.status().await.unwrap().last_report.unwrap().red);
    }
}

#[tokio::test]
async fn a_clean_day_is_green() {
    for (_test, world) in worlds().await {
        world.settle(vec![world.message(1, "zhang", &["wmA"], "x")]).await;
        let report = world.archive.reconcile().await.unwrap();
        assert!(!report.red, "{:?}", report.findings);
        assert_eq!(report.day, "2026-01-04");
    }
}

#[tokio::test]
async fn every_statement_prepares_on_both_engines() {
    for (test, world) in worlds().await {
        test.db.migrate(&[xinlu_keys::MIGRATIONS]).await.unwrap();
        let faults = xinlu_db::check_statements(&world.db).await;
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
