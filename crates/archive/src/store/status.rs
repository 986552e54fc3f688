//! Rows of stages, alarms, reports and carried checkpoints.
//!
//! A report, once made, is never changed: its leaf would no longer match.

use xinlu_db::{Db, Tx, Value, next_ids, sql};
use xinlu_model::{RecordId, SourceId, Time};

use crate::ArchiveError;

sql!(
    SAVE_STAGE = "INSERT INTO archive_stages (stage, upto, reported_at) VALUES ($1, $2, $3)
    ON CONFLICT (stage) DO UPDATE SET upto = excluded.upto, reported_at = excluded.reported_at"
);
sql!(STAGES = "SELECT stage, upto, reported_at FROM archive_stages ORDER BY stage" => stage: Text, upto: Int, reported_at: Int);
sql!(ALARMS = "SELECT name, source_id, severity, since, detail FROM archive_alarms ORDER BY name, source_id"
    => name: Text, source_id: Int, severity: Int, since: Int, detail: Text);
sql!(
    RAISE = "INSERT INTO archive_alarms (name, source_id, severity, since, detail) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (name, source_id) DO UPDATE SET severity = excluded.severity, detail = excluded.detail"
);
sql!(CLEAR = "DELETE FROM archive_alarms WHERE name = $1 AND source_id = $2");
sql!(ADD_REPORT = "INSERT INTO archive_reports (id, day, made_at, red, report) VALUES ($1, $2, $3, $4, $5)");
sql!(LAST_REPORT = "SELECT id, day, made_at, red, report FROM archive_reports ORDER BY id DESC LIMIT 1"
    => id: Int, day: Int, made_at: Int, red: Int, report: Bytes);
sql!(REPORTS = "SELECT id, day, made_at, red, report FROM archive_reports WHERE id > $1 ORDER BY id LIMIT $2"
    => id: Int, day: Int, made_at: Int, red: Int, report: Bytes);
sql!(ADD_CHECKPOINT = "INSERT INTO archive_checkpoints (id, leaf, carried_at) VALUES ($1, $2, $3)");
sql!(CHECKPOINTS = "SELECT id, leaf FROM archive_checkpoints WHERE id > $1 ORDER BY id LIMIT $2" => id: Int, leaf: Bytes);

/// How far a reader of the archive is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    pub(crate) stage: String,
    pub(crate) upto: RecordId,
    pub(crate) reported_at: Time,
}

/// An alarm that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AlarmRow {
    pub(crate) name: String,
    pub(crate) source: SourceId,
    pub(crate) severity: i64,
    pub(crate) since: Time,
    pub(crate) detail: String,
}

/// A reconciliation report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReportRow {
    pub(crate) id: i64,
    pub(crate) day: i64,
    pub(crate) made_at: Time,
    pub(crate) red: bool,
    pub(crate) report: Vec<u8>,
}

pub(crate) async fn save_stage(tx: &mut Tx, stage: &str, upto: RecordId, now: Time) -> Result<(), ArchiveError> {
    tx.execute(&SAVE_STAGE, vec![stage.into(), upto.into(), now.into()]).await?;
    Ok(())
}

pub(crate) async fn stages(db: &Db) -> Result<Vec<Stage>, ArchiveError> {
    let rows = db.query(&STAGES, vec![]).await?;
    rows.into_iter()
        .map(|mut row| Ok(Stage { stage: row.text()?, upto: row.id()?, reported_at: row.time()? }))
        .collect()
}

pub(crate) async fn alarms(db: &Db) -> Result<Vec<AlarmRow>, ArchiveError> {
    let rows = db.query(&ALARMS, vec![]).await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(AlarmRow {
                name: row.text()?,
                source: row.id()?,
                severity: row.int()?,
                since: row.time()?,
                detail: row.text()?,
            })
        })
        .collect()
}

/// An alarm that stands keeps its `since`.
pub(crate) async fn raise(tx: &mut Tx, alarm: &AlarmRow) -> Result<(), ArchiveError> {
    let values = vec![
        alarm.name.as_str().into(),
        alarm.source.into(),
        alarm.severity.into(),
        alarm.since.into(),
        alarm.detail.as_str().into(),
    ];
    tx.execute(&RAISE, values).await?;
    Ok(())
}

pub(crate) async fn clear(tx: &mut Tx, name: &str, source: SourceId) -> Result<(), ArchiveError> {
    tx.execute(&CLEAR, vec![name.into(), source.into()]).await?;
    Ok(())
}

pub(crate) async fn add_report(tx: &mut Tx, report: ReportRow) -> Result<i64, ArchiveError> {
    let id = next_ids(tx, "archive_report", 1).await?;
    let values =
        vec![id.into(), report.day.into(), report.made_at.into(), report.red.into(), Value::Bytes(report.report)];
    tx.execute(&ADD_REPORT, values).await?;
    Ok(id)
}

fn report(mut row: xinlu_db::Row) -> Result<ReportRow, ArchiveError> {
    Ok(ReportRow { id: row.int()?, day: row.int()?, made_at: row.time()?, red: row.flag()?, report: row.bytes()? })
}

pub(crate) async fn last_report(db: &Db) -> Result<Option<ReportRow>, ArchiveError> {
    db.find(&LAST_REPORT, vec![]).await?.map(report).transpose()
}

pub(crate) async fn reports(db: &Db, after: i64, limit: u32) -> Result<Vec<ReportRow>, ArchiveError> {
    db.query(&REPORTS, vec![after.into(), limit.into()]).await?.into_iter().map(report).collect()
}

pub(crate) async fn add_checkpoint(tx: &mut Tx, leaf: &[u8], now: Time) -> Result<i64, ArchiveError> {
    let id = next_ids(tx, "archive_checkpoint", 1).await?;
    tx.execute(&ADD_CHECKPOINT, vec![id.into(), leaf.into(), now.into()]).await?;
    Ok(id)
}

pub(crate) async fn checkpoints(db: &Db, after: i64, limit: u32) -> Result<Vec<(i64, Vec<u8>)>, ArchiveError> {
    let rows = db.query(&CHECKPOINTS, vec![after.into(), limit.into()]).await?;
    rows.into_iter().map(|mut row| Ok((row.int()?, row.bytes()?))).collect()
}
