//! What a delivery is when its msgid may have been seen before: new, the same again, or a conflict.
//!
//! Same msgid and same bytes: counted, nothing else. Same msgid, other bytes: a conflict, parked, never dropped; so is one
//! whose record cannot be read, for it may be the only copy left. It is only asked when a batch met a taken identity, so
//! the usual path pays nothing for it.

use std::collections::HashMap;

use xinlu_db::Tx;

use super::prepare::Prepared;
use crate::archive::header_of;
use crate::model::{ParkReason, Source};
use crate::store::records::{self, StoredRecord};
use crate::{Archive, ArchiveError};

/// How often a taken number is stepped over before something must be wrong: 64-bit hashes meet about never.
pub(crate) const STEPS_MAX: i64 = 8;

/// What each prepared message is, by its place.
#[derive(Default)]
pub(crate) struct Classes {
    /// To be appended, with the identity it gets.
    pub(crate) fresh: Vec<(usize, i64)>,
    /// Places of second deliveries with the same bytes.
    pub(crate) duplicates: Vec<usize>,
    /// Second deliveries that are not shown to have the same bytes.
    pub(crate) conflicts: Vec<Conflict>,
}

/// A second delivery that has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) place: usize,
    pub(crate) reason: ParkReason,
}

impl Conflict {
    /// For a person.
    pub(crate) fn detail(self) -> &'static str {
        match self.reason {
            ParkReason::RecordUnreadable => "this msgid was archived before, and that record cannot be read",
            _ => "this msgid was archived before with other bytes",
        }
    }
}

enum Class {
    Fresh(i64),
    Duplicate,
    Conflict(ParkReason),
}

/// Nothing was seen before, as it is nearly always.
pub(crate) fn all_fresh(prepared: &[Prepared]) -> Classes {
    let fresh = prepared.iter().enumerate().map(|(place, one)| (place, one.identity)).collect();
    Classes { fresh, ..Classes::default() }
}

impl Archive {
    /// Looks every message up. The record counter must be locked, so nobody appends meanwhile.
    pub(crate) async fn classify(
        &self,
        tx: &mut Tx,
        source: &Source,
        prepared: &[Prepared],
    ) -> Result<Classes, ArchiveError> {
        let identities: Vec<i64> = prepared.iter().map(|one| one.identity).collect();
        let stored = records::by_identities(tx, &identities).await?;
        let mut classes = Classes::default();
        let mut in_batch: HashMap<i64, usize> = HashMap::new();
        for (place, (one, stored)) in prepared.iter().zip(stored).enumerate() {
            let class = self.class_of(tx, source, prepared, &in_batch, one, stored).await?;
            match class {
                Class::Fresh(identity) => {
                    in_batch.insert(identity, place);
                    classes.fresh.push((place, identity));
                }
                Class::Duplicate => classes.duplicates.push(place),
                Class::Conflict(reason) => classes.conflicts.push(Conflict { place, reason }),
            }
        }
        Ok(classes)
    }

    async fn class_of(
        &self,
        tx: &mut Tx,
        source: &Source,
        prepared: &[Prepared],
        in_batch: &HashMap<i64, usize>,
        one: &Prepared,
        stored: Option<StoredRecord>,
    ) -> Result<Class, ArchiveError> {
        let mut stored = stored;
        for step in 0..STEPS_MAX {
            let identity = one.identity.wrapping_add(step);
            if step > 0 {
                stored = records::by_identities(tx, &[identity]).await?.pop().flatten();
            }
            if let Some(stored) = &stored {
                if let Some(class) = self.against_stored(source, one, stored).await? {
                    return Ok(class);
                }
                continue;
            }
            let Some(earlier) = in_batch.get(&identity).and_then(|place| prepared.get(*place)) else {
                return Ok(Class::Fresh(identity));
            };
            if earlier.inbound.header.msgid == one.inbound.header.msgid {
                let same = earlier.inbound.raw == one.inbound.raw;
                return Ok(if same { Class::Duplicate } else { Class::Conflict(ParkReason::MsgidConflict) });
            }
        }
        Err(ArchiveError::Misuse("no free identity for a message"))
    }

    /// `None` when the stored record is another message that only has the same number.
    async fn against_stored(
        &self,
        source: &Source,
        one: &Prepared,
        stored: &StoredRecord,
    ) -> Result<Option<Class>, ArchiveError> {
        let header = match header_of(stored) {
            Ok(header) => header,
            Err(error) => return unreadable(stored, error),
        };
        if stored.source != source.id || header.msgid != one.inbound.header.msgid {
            return Ok(None);
        }
        match self.open_record(stored, &source.key, &header).await {
            Ok(body) if body.raw == one.inbound.raw => Ok(Some(Class::Duplicate)),
            Ok(_) => Ok(Some(Class::Conflict(ParkReason::MsgidConflict))),
            Err(error) => unreadable(stored, error),
        }
    }
}

/// A record that is damaged, or whose subject's key is gone, cannot be compared: what came is parked, and the batch goes
/// on. Nothing tells a key that was destroyed from one that was lost, so what came is not taken for erased.
fn unreadable(stored: &StoredRecord, error: ArchiveError) -> Result<Option<Class>, ArchiveError> {
    if !error.is_damage() && !matches!(error, ArchiveError::Erased(_)) {
        return Err(error);
    }
    tracing::error!(record = %stored.id, %error, "a delivery meets a record that cannot be read, and is parked");
    metrics::counter!("xinlu_archive_damaged_total").increment(1);
    Ok(Some(Class::Conflict(ParkReason::RecordUnreadable)))
}
