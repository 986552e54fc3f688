//! The journal: positions without gaps, and events that tell of every record and every stored item once, in order.
//!
//! Each event was written in the transaction of what it tells of, so the records' events follow one another as the records
//! do, and the media items' as their leaves do. When an event was written stands in no leaf and is not checked.

use xinlu_jobs::{JobError, journal};
use xinlu_model::{Event, MediaId, Position, RecordId, SourceId};

use super::Verification;
use super::named::Named;
use crate::ArchiveError;

/// Events read at once.
const PAGE: u32 = 1_000;
/// Events that may be missing in a row before one that comes later is no longer looked for.
const AHEAD_MAX: usize = 1_000;

/// What the journal has told so far.
struct Told {
    /// The next position.
    position: Position,
    /// The record that the next event of records begins with.
    record: i64,
    /// Whether events before this one are gone or cannot be read, so that records may have been skipped.
    has_gap: bool,
    /// The last event of records.
    previous: Position,
    /// How many stored items were told of, by their order in the log.
    media: usize,
}

impl Verification {
    pub(super) async fn journal(&mut self) -> Result<(), ArchiveError> {
        let mut named = Named::of("jobs_journal");
        let done = self.walk_journal(&mut named).await;
        self.take_named(named);
        done
    }

    async fn walk_journal(&self, named: &mut Named) -> Result<(), ArchiveError> {
        let mut told = Told { position: 1, record: 1, has_gap: false, previous: 0, media: 0 };
        // Positions begin at 1; what stands before is read, too.
        let mut after = Position::MIN;
        loop {
            let page = match journal::read(&self.input.db, after, PAGE).await {
                Ok(page) if page.is_empty() => break,
                Ok(page) => page,
                Err(JobError::Event { position, cause }) => {
                    for (position, event) in self.events_before(after, position).await? {
                        self.check_event(&mut told, position, &event, named);
                    }
                    step_to(&mut told, position, named);
                    named.wrong(place(position), format!("cannot be read: {cause}"));
                    told.has_gap = true;
                    after = position;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            for (position, event) in page {
                after = position;
                self.check_event(&mut told, position, &event, named);
            }
        }
        let last = self.implied.last_record();
        if told.record <= last {
            let what = format!("no event tells of records {} to {last}", told.record);
            named.wrong("jobs_journal".to_owned(), what);
        }
        for (media, _) in self.media_leaves.get(told.media..).unwrap_or_default() {
            named.wrong(format!("media {media}"), "no event of the journal tells that it was stored".to_owned());
        }
        Ok(())
    }

    /// The events between two positions, the second of which cannot be read.
    async fn events_before(&self, after: Position, end: Position) -> Result<Vec<(Position, Event)>, ArchiveError> {
        let (mut after, mut events) = (after, Vec::new());
        // One at a time: together with the one that cannot be read nothing is answered.
        while let Ok(page) = journal::read(&self.input.db, after, 1).await {
            let Some((position, event)) = page.into_iter().next().filter(|(position, _)| *position < end) else {
                break;
            };
            after = position;
            events.push((position, event));
        }
        Ok(events)
    }

    fn check_event(&self, told: &mut Told, position: Position, event: &Event, named: &mut Named) {
        step_to(told, position, named);
        match event {
            Event::MessageArchived { source, first, count } => {
                self.check_records(told, position, (*source, *first, *count), named);
            }
            Event::MediaStored { record, media } => self.check_stored(told, position, (*record, *media), named),
        }
    }

    fn check_records(
        &self,
        told: &mut Told,
        position: Position,
        (source, first, count): (SourceId, RecordId, i64),
        named: &mut Named,
    ) {
        let (first, end) = (first.number(), first.number().saturating_add(count));
        let follows = first == told.record || (told.has_gap && first > told.record);
        if !follows {
            let what = format!(
                "tells of records from {first} on, those of position {} end before {}",
                told.previous, told.record
            );
            named.wrong(place(position), what);
            if told.previous > 0 {
                let what =
                    format!("its records end before {}, those of position {position} begin at {first}", told.record);
                named.wrong(place(told.previous), what);
            }
        }
        if count < 1 || end.saturating_sub(1) > self.implied.last_record() {
            let last = self.implied.last_record();
            let up_to = end.saturating_sub(1);
            named.wrong(place(position), format!("tells of records {first} to {up_to}, the last there is {last}"));
        }
        if self.implied.runs(first, end).iter().any(|run| run.source != source) {
            named.wrong(place(position), format!("tells of source {source}, its records are of another"));
        }
        (told.record, told.has_gap, told.previous) = (end, false, position);
    }

    fn check_stored(&self, told: &mut Told, position: Position, event: (RecordId, MediaId), named: &mut Named) {
        let (record, media) = (event.0.number(), event.1.number());
        let coming = self.media_leaves.get(told.media..).unwrap_or_default();
        let ahead = coming.iter().take(AHEAD_MAX).position(|(stored, _)| *stored == media);
        let Some(ahead) = ahead else {
            named.wrong(
                place(position),
                format!("tells of media {media}, which was not stored after the one before it"),
            );
            return;
        };
        let (skipped, rest) = coming.split_at(ahead);
        for (skipped, _) in skipped {
            named.wrong(format!("media {skipped}"), "no event of the journal tells that it was stored".to_owned());
        }
        if rest.first().is_some_and(|(_, of)| *of != Some(record)) {
            named.wrong(place(position), format!("tells of media {media} of record {record}, whose it is not"));
        }
        told.media += ahead + 1;
    }
}

/// Names what is missing before a position.
fn step_to(told: &mut Told, position: Position, named: &mut Named) {
    if position > told.position {
        let what = if position == told.position + 1 {
            "its row is gone".to_owned()
        } else {
            format!("its row and those up to position {} are gone", position - 1)
        };
        named.wrong(place(told.position), what);
        told.has_gap = true;
    } else if position < told.position {
        named.wrong(place(position), "stands before the first position".to_owned());
    }
    told.position = told.position.max(position.saturating_add(1));
}

fn place(position: Position) -> String {
    format!("journal position {position}")
}
