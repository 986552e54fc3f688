//! Revocations and consents against the records that made them.
//!
//! A consent is held against its record where that is checked; here only rows of records that are not there are named.

use std::collections::BTreeSet;

use super::Verification;
use super::named::Named;
use crate::ArchiveError;
use crate::store::checks;

/// Rows read at once.
const PAGE: u32 = 5_000;

impl Verification {
    /// Every record that takes a message back has its row, and no other row is there. Needs keys.
    pub(super) async fn revocation_rows(&mut self) -> Result<(), ArchiveError> {
        if self.input.keys.is_none() {
            return Ok(());
        }
        let mut named = Named::of("archive_revocations");
        let done = self.walk_revocations(&mut named).await;
        self.take_named(named);
        done
    }

    async fn walk_revocations(&mut self, named: &mut Named) -> Result<(), ArchiveError> {
        let mut said = std::mem::take(&mut self.implied.revocations);
        said.sort_unstable();
        said.dedup();
        let mut said = said.into_iter().peekable();
        let place = |record: i64| format!("revocation by record {record}");
        let missing = |named: &mut Named, record: i64| {
            named.wrong(place(record), "the record tells of it and it has no row in archive_revocations".to_owned());
        };
        let mut after = (i64::MIN, i64::MIN);
        loop {
            let page = checks::revocations(&self.input.db, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = *last;
            for row in page {
                while let Some((_, record)) = said.next_if(|said| *said < row) {
                    missing(named, record);
                }
                let record = row.1;
                if said.next_if_eq(&row).is_some() || self.implied.unopened.contains(&record) {
                    continue;
                }
                let what = match self.implied.source(record) {
                    Some(_) => "the record takes back no such message",
                    None => "record_id names no record",
                };
                named.wrong(place(record), what.to_owned());
            }
        }
        for (_, record) in said {
            missing(named, record);
        }
        Ok(())
    }

    /// Consents whose record is not there.
    pub(super) async fn consent_rows(&mut self) -> Result<(), ArchiveError> {
        let mut named = Named::of("archive_consents");
        let done = self.walk_consents(&mut named).await;
        self.take_named(named);
        done
    }

    async fn walk_consents(&self, named: &mut Named) -> Result<(), ArchiveError> {
        let mut after = i64::MIN;
        loop {
            let page = checks::consents(&self.input.db, after, i64::MAX, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.record;
            let strangers: BTreeSet<i64> =
                page.iter().map(|row| row.record).filter(|record| self.implied.source(*record).is_none()).collect();
            for record in strangers {
                named.wrong(format!("consent of record {record}"), "record_id names no record".to_owned());
            }
        }
    }
}
