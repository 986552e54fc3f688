//! Who there is: members, departments and bare contacts, by the ids of the sources they come from.
//!
//! Reads come from memory, kept right by version numbers in the database that every change moves on. It decides
//! nothing about who may see what.

pub(crate) mod cache;
mod find;
mod local;
mod model;
mod resolve;
mod snapshot;
mod sync;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use xinlu_db::Db;
use xinlu_model::{Clock, PartyId, Time};

use crate::IdentityError;
use crate::store::directory::{self as store, Versions};

use cache::Generations;
use resolve::Resolved;
pub(crate) use snapshot::Snapshot;

pub(crate) use local::PutMember;
pub use model::{
    Contact, ContactIn, ContactOrigin, Department, DepartmentIn, FollowIn, LOCAL_SOURCE, Member, MemberIn,
    MemberStatus, Membership, PartyName, SyncReport, TagId, TagIn, TagKind,
};

/// How long another process may have changed the directory before this one looks; local changes show at once.
const LOOK_AGAIN_MS: i64 = 2_000;
/// Names of contacts kept in memory, some 200 bytes each, in each of two generations.
const NAMES_MAX: usize = 50_000;

/// Members, departments and contacts.
pub struct Directory {
    db: Db,
    clock: Arc<dyn Clock>,
    resolved: Resolved,
    names: Mutex<Generations<PartyId, Arc<PartyName>>>,
    held: Mutex<Option<Held>>,
    loading: tokio::sync::Mutex<()>,
    changes: AtomicU64,
}

#[derive(Clone)]
struct Held {
    snapshot: Arc<Snapshot>,
    versions: Versions,
    changes: u64,
    checked_at: Time,
}

impl Directory {
    /// The directory in this database; `MIGRATIONS` must have run.
    pub fn open(db: Db, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            db,
            clock,
            resolved: Resolved::new(),
            names: Mutex::new(Generations::new(NAMES_MAX)),
            held: Mutex::new(None),
            loading: tokio::sync::Mutex::new(()),
            changes: AtomicU64::new(0),
        })
    }

    /// Members and departments as of now: at most `LOOK_AGAIN_MS` behind another process, never behind this one.
    pub(crate) async fn snapshot(&self) -> Result<Arc<Snapshot>, IdentityError> {
        let now = self.clock.now();
        let fresh = |held: &Held| {
            held.changes == self.changes.load(Ordering::SeqCst)
                && now.millis_since(held.checked_at).abs() < LOOK_AGAIN_MS
        };
        if let Some(held) = self.held.lock().clone().filter(fresh) {
            return Ok(held.snapshot);
        }
        let _one_at_a_time = self.loading.lock().await;
        if let Some(held) = self.held.lock().clone().filter(fresh) {
            return Ok(held.snapshot);
        }
        let changes = self.changes.load(Ordering::SeqCst);
        let versions = store::versions(&self.db).await?;
        self.hold(versions, changes, now).await
    }

    /// The same at a version that the caller has just read from the database.
    pub(crate) async fn snapshot_at(&self, directory_version: i64) -> Result<Arc<Snapshot>, IdentityError> {
        let same = |held: &Held| held.versions.directory == directory_version;
        if let Some(held) = self.held.lock().clone().filter(same) {
            return Ok(held.snapshot);
        }
        let _one_at_a_time = self.loading.lock().await;
        let changes = self.changes.load(Ordering::SeqCst);
        let versions = store::versions(&self.db).await?;
        self.hold(versions, changes, self.clock.now()).await
    }

    /// Reads what changed since; the versions were read first, so rows are never older than what they say.
    async fn hold(&self, versions: Versions, changes: u64, now: Time) -> Result<Arc<Snapshot>, IdentityError> {
        let before = self.held.lock().clone();
        if before.as_ref().is_none_or(|held| held.versions.contacts != versions.contacts) {
            self.names.lock().clear();
        }
        let same = before.filter(|held| held.versions.directory == versions.directory);
        let snapshot = match same {
            Some(held) => held.snapshot,
            None => Arc::new(Snapshot::new(store::load(&self.db).await?)),
        };
        let held = Held { snapshot: Arc::clone(&snapshot), versions, changes, checked_at: now };
        *self.held.lock() = Some(held);
        Ok(snapshot)
    }

    /// This process changed the directory: the next read looks at once.
    pub(crate) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }
}
