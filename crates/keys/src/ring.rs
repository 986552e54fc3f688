//! The key ring: opens the key file under the root key, gives subjects, rotates, destroys.
//!
//! It never hands a subject out before its key is durable, and never forgets an old KEK (sealed secrets need them).

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::Mutex;
use xinlu_db::Db;
use xinlu_model::{Clock, Random};

use crate::store::{self, MIGRATIONS, Stored};
use crate::subject::{ALIAS_BYTES, Subject};
use crate::wrap::{SecretKey, fresh_key, kek_aad, name_key_aad, root_wrap_key, subject_aad, unwrap_key, wrap};
use crate::{KEY_BYTES, KeysError, mac, secret};

/// Subjects kept open: about 300 bytes each, so some 10 MB; more than speak in a day in a large company.
const SUBJECTS_CACHED: NonZeroUsize = NonZeroUsize::new(32_768).expect("not zero");
/// Keys rewrapped in one transaction of a rotation, so that others get their turn.
const REWRAP_BATCH: u32 = 1_000;

/// The keys of an installation.
pub struct KeyRing {
    db: Db,
    above: SecretKey,
    random: Arc<dyn Random>,
    clock: Arc<dyn Clock>,
    name_key: SecretKey,
    keks: Mutex<BTreeMap<u32, SecretKey>>,
    cached: Mutex<Cached>,
}

struct Cached {
    by_name: LruCache<String, Arc<Subject>>,
    by_number: LruCache<i64, Arc<Subject>>,
}

impl KeyRing {
    /// Opens the key file, or makes it when it is empty.
    ///
    /// Errors: `WrongRoot` when the file was made under another root key, `Damaged` when a key in it was changed.
    pub async fn open(
        db: Db,
        root: [u8; KEY_BYTES],
        random: Arc<dyn Random>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, KeysError> {
        db.migrate(&[MIGRATIONS]).await?;
        let above = root_wrap_key(&root);
        let mut epochs = store::epochs(&db).await?;
        if epochs.is_empty() {
            found(&db, &above, random.as_ref(), clock.as_ref()).await?;
            epochs = store::epochs(&db).await?;
        }
        let keks = open_keks(&above, &epochs)?;
        let (epoch, wrapped) = store::name_key(&db).await?.ok_or_else(|| damaged("of names"))?;
        let kek = keks.get(&epoch).ok_or_else(|| damaged("of names"))?;
        let name_key = unwrap_key(kek, &name_key_aad(epoch), &wrapped).ok_or_else(|| damaged("of names"))?;
        let cached = Cached { by_name: LruCache::new(SUBJECTS_CACHED), by_number: LruCache::new(SUBJECTS_CACHED) };
        let keks = Mutex::new(keks);
        Ok(Arc::new(Self { db, above, random, clock, name_key, keks, cached: Mutex::new(cached) }))
    }

    /// The last number that was given to a subject; 0 before the first.
    pub async fn last_number(&self) -> Result<i64, KeysError> {
        store::last_number(&self.db).await
    }

    /// The subjects of these names, made where there are none yet; durable before it returns, in the order of the
    /// names. Names say what they are of: `contact:{source}:{id}`, `member:{source}:{id}`, `group:{source}:{room}:{id}`.
    pub async fn subjects(&self, names: &[String]) -> Result<Vec<Arc<Subject>>, KeysError> {
        let mut found: Vec<Option<Arc<Subject>>> = {
            let mut cached = self.cached.lock();
            names.iter().map(|name| cached.by_name.get(name).cloned()).collect()
        };
        let mut missing: Vec<&String> =
            names.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(name, _)| name).collect();
        if !missing.is_empty() {
            missing.sort_unstable();
            missing.dedup();
            let loaded = self.load_or_create(&missing).await?;
            for (name, found) in names.iter().zip(&mut found) {
                if found.is_none() {
                    *found = loaded.get(name.as_str()).cloned();
                }
            }
        }
        Ok(found.into_iter().map(|subject| subject.expect("every missing name was loaded or made")).collect())
    }

    /// The subject of a number; `None` once it was destroyed.
    pub async fn subject(&self, number: i64) -> Result<Option<Arc<Subject>>, KeysError> {
        if let Some(subject) = self.cached.lock().by_number.get(&number) {
            return Ok(Some(Arc::clone(subject)));
        }
        let Some(stored) = store::by_number(&self.db, number).await? else {
            return Ok(None);
        };
        let subject = Arc::new(self.unwrap_subject(&stored).await?);
        self.cached.lock().by_number.put(number, Arc::clone(&subject));
        Ok(Some(subject))
    }

    /// Whether a number was ever given to a subject, also when its key was destroyed since.
    pub async fn was_given(&self, number: i64) -> Result<bool, KeysError> {
        Ok(number > 0 && number <= store::last_number(&self.db).await?)
    }

    /// Begins a new KEK epoch and rewraps every subject's key under it. What the keys encrypted is not touched. If it is
    /// interrupted, all keys still open, some under the older epoch.
    pub async fn rotate(&self) -> Result<u32, KeysError> {
        let kek = fresh_key(self.random.as_ref());
        let mut tx = self.db.begin().await?;
        store::lock_subjects(&mut tx).await?;
        let newest = store::epochs(&self.db).await?.last().map_or(0, |(epoch, _)| *epoch);
        let epoch = newest + 1;
        let wrapped = wrap(&self.above, self.random.as_ref(), &kek_aad(epoch), &kek);
        store::add_epoch(&mut tx, epoch, wrapped, self.clock.now()).await?;
        let names = wrap(&kek, self.random.as_ref(), &name_key_aad(epoch), &self.name_key);
        store::save_name_key(&mut tx, epoch, names).await?;
        tx.commit().await?;
        self.keks.lock().insert(epoch, kek);
        while self.rewrap_some(epoch).await? {}
        self.forget();
        tracing::info!(epoch, "keys rotated");
        Ok(epoch)
    }

    /// Deletes a subject's key: nothing it encrypted can be read ever again. `false` when there was none. Back-ups of
    /// the key file still hold it until they are replaced.
    pub async fn destroy(&self, number: i64) -> Result<bool, KeysError> {
        let mut tx = self.db.begin().await?;
        let destroyed = store::destroy(&mut tx, number).await?;
        tx.commit().await?;
        self.forget();
        Ok(destroyed)
    }

    /// Seals a small secret for the caller's own table. The name is bound to it.
    pub fn seal_secret(&self, name: &str, secret: &[u8]) -> Vec<u8> {
        let keks = self.keks.lock();
        let (epoch, kek) = keks.last_key_value().expect("a ring has at least one epoch since it was opened");
        secret::seal_secret(kek, *epoch, self.random.as_ref(), name, secret)
    }

    /// Opens what `seal_secret` made under the same name.
    pub async fn open_secret(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, KeysError> {
        let (epoch, rest) = secret::split(sealed)?;
        let kek = self.kek(epoch).await?.ok_or(KeysError::Unopenable)?;
        secret::open_secret(&kek, epoch, name, rest)
    }

    fn forget(&self) {
        let mut cached = self.cached.lock();
        cached.by_name.clear();
        cached.by_number.clear();
    }

    async fn load_or_create(&self, names: &[&String]) -> Result<HashMap<String, Arc<Subject>>, KeysError> {
        let tags: Vec<_> = names.iter().map(|name| mac(self.name_key.as_ref(), &[name.as_bytes()])).collect();
        let mut tx = self.db.begin().await?;
        store::lock_subjects(&mut tx).await?;
        let known = store::by_tags(&mut tx, &tags).await?;
        let missing = known.iter().filter(|known| known.is_none()).count() as i64;
        let mut number = store::take_numbers(&mut tx, missing).await?;
        let mut subjects = Vec::with_capacity(names.len());
        let mut made = Vec::new();
        for (tag, known) in tags.iter().zip(known) {
            if let Some(stored) = known {
                subjects.push(Arc::new(self.unwrap_subject(&stored).await?));
                continue;
            }
            let (stored, subject) = self.make(number, tag);
            made.push(stored);
            subjects.push(Arc::new(subject));
            number += 1;
        }
        store::add_subjects(&mut tx, &made, self.clock.now()).await?;
        tx.commit().await?;
        let mut cached = self.cached.lock();
        let pairs = names.iter().zip(subjects).map(|(name, subject)| {
            cached.by_name.put((*name).clone(), Arc::clone(&subject));
            cached.by_number.put(subject.number, Arc::clone(&subject));
            ((*name).clone(), subject)
        });
        Ok(pairs.collect())
    }

    fn make(&self, number: i64, tag: &[u8; 32]) -> (Stored, Subject) {
        let key = fresh_key(self.random.as_ref());
        let mut alias = [0; ALIAS_BYTES];
        self.random.fill(&mut alias);
        let keks = self.keks.lock();
        let (epoch, kek) = keks.last_key_value().expect("a ring has at least one epoch since it was opened");
        let wrapped = wrap(kek, self.random.as_ref(), &subject_aad(number, &alias, tag, *epoch), &key);
        let stored = Stored { number, tag: tag.to_vec(), alias, epoch: *epoch, wrapped };
        (stored, Subject::new(number, alias, *epoch, &key))
    }

    async fn unwrap_subject(&self, stored: &Stored) -> Result<Subject, KeysError> {
        let key = self.subject_key(stored).await?;
        Ok(Subject::new(stored.number, stored.alias, stored.epoch, &key))
    }

    async fn subject_key(&self, stored: &Stored) -> Result<SecretKey, KeysError> {
        let what = || KeysError::Damaged { what: format!("of subject {}", stored.number) };
        let kek = self.kek(stored.epoch).await?.ok_or_else(what)?;
        let aad = subject_aad(stored.number, &stored.alias, &stored.tag, stored.epoch);
        unwrap_key(&kek, &aad, &stored.wrapped).ok_or_else(what)
    }

    /// The KEK of an epoch; another node may have begun one since this ring was opened.
    async fn kek(&self, epoch: u32) -> Result<Option<SecretKey>, KeysError> {
        if let Some(kek) = self.keks.lock().get(&epoch) {
            return Ok(Some(kek.clone()));
        }
        let keks = open_keks(&self.above, &store::epochs(&self.db).await?)?;
        let kek = keks.get(&epoch).cloned();
        *self.keks.lock() = keks;
        Ok(kek)
    }

    /// Rewraps one batch; `false` when nothing older is left.
    async fn rewrap_some(&self, epoch: u32) -> Result<bool, KeysError> {
        let mut tx = self.db.begin().await?;
        store::lock_subjects(&mut tx).await?;
        let older = store::older(&mut tx, epoch, REWRAP_BATCH).await?;
        if older.is_empty() {
            return Ok(false);
        }
        let kek = self.kek(epoch).await?.ok_or_else(|| damaged("of the new epoch"))?;
        let mut wrapped = Vec::with_capacity(older.len());
        for stored in older {
            let key = self.subject_key(&stored).await?;
            let aad = subject_aad(stored.number, &stored.alias, &stored.tag, epoch);
            wrapped.push((stored.number, wrap(&kek, self.random.as_ref(), &aad, &key)));
        }
        store::rewrap(&mut tx, epoch, wrapped).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// The first epoch and the key of names, in one transaction.
async fn found(db: &Db, above: &SecretKey, random: &dyn Random, clock: &dyn Clock) -> Result<(), KeysError> {
    let (kek, names) = (fresh_key(random), fresh_key(random));
    let first = 1;
    let mut tx = db.begin().await?;
    store::lock_subjects(&mut tx).await?;
    if !store::epochs(db).await?.is_empty() {
        return Ok(());
    }
    store::add_epoch(&mut tx, first, wrap(above, random, &kek_aad(first), &kek), clock.now()).await?;
    store::save_name_key(&mut tx, first, wrap(&kek, random, &name_key_aad(first), &names)).await?;
    Ok(tx.commit().await?)
}

/// None opens: the root key is wrong. Some do not: those are damaged.
fn open_keks(above: &SecretKey, epochs: &[(u32, Vec<u8>)]) -> Result<BTreeMap<u32, SecretKey>, KeysError> {
    let mut keks = BTreeMap::new();
    let mut broken = None;
    for (epoch, wrapped) in epochs {
        match unwrap_key(above, &kek_aad(*epoch), wrapped) {
            Some(kek) => _ = keks.insert(*epoch, kek),
            None => broken = Some(*epoch),
        }
    }
    match broken {
        Some(_) if keks.is_empty() => Err(KeysError::WrongRoot),
        Some(epoch) => Err(damaged(&format!("of epoch {epoch}"))),
        None => Ok(keks),
    }
}

fn damaged(what: &str) -> KeysError {
    KeysError::Damaged { what: what.to_owned() }
}

#[cfg(test)]
mod tests;
