//! From the ids of a source to ours, making members and contacts that were never seen; and from ours to names.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use xinlu_model::{ContactId, Party, PartyId, PartyKind};

use crate::IdentityError;
use crate::store::{contacts, directory as store};

use super::cache::Generations;
use super::{Contact, Directory, Member, PartyName};

/// Parties kept in memory per source and generation, some 150 bytes each: a busy day's worth.
const PARTIES_MAX: usize = 100_000;
/// Parties made in one transaction; more would hold the writer up.
const MAKE_MAX: usize = 1_000;

/// What was resolved before, per source.
pub(super) struct Resolved(Mutex<HashMap<String, Generations<Party, PartyId>>>);

impl Resolved {
    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    /// What is known, and the places in `parties` of what is not.
    fn look_up(&self, source: &str, parties: &[Party]) -> (Vec<Option<PartyId>>, Vec<usize>) {
        let mut sources = self.0.lock();
        let Some(cache) = sources.get_mut(source) else {
            return (vec![None; parties.len()], (0..parties.len()).collect());
        };
        let found: Vec<_> = parties.iter().map(|party| cache.get(party)).collect();
        let missing = found.iter().enumerate().filter(|(_, id)| id.is_none()).map(|(place, _)| place).collect();
        (found, missing)
    }

    fn keep(&self, source: &str, made: &[(Party, PartyId)]) {
        let mut sources = self.0.lock();
        let cache = sources.entry(source.to_owned()).or_insert_with(|| Generations::new(PARTIES_MAX));
        for (party, id) in made {
            cache.insert(party.clone(), *id);
        }
    }
}

impl Directory {
    /// The ids of these parties, in the same order. Who was never seen is made (bare, without a name) and durable
    /// when this returns. `source` is the source's key, such as `wecom:CORPID`.
    pub async fn resolve(&self, source: &str, parties: &[Party]) -> Result<Vec<PartyId>, IdentityError> {
        let (mut found, missing) = self.resolved.look_up(source, parties);
        if missing.is_empty() {
            return Ok(found.into_iter().flatten().collect());
        }
        let mut wanted: Vec<&Party> = missing.iter().filter_map(|place| parties.get(*place)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut made: HashMap<&Party, PartyId> = HashMap::with_capacity(wanted.len());
        for lot in wanted.chunks(MAKE_MAX) {
            let lot = self.make(source, lot).await?;
            let kept: Vec<(Party, PartyId)> = lot.iter().map(|(party, id)| ((*party).clone(), *id)).collect();
            self.resolved.keep(source, &kept);
            made.extend(lot);
        }
        for (id, party) in found.iter_mut().zip(parties).filter(|(id, _)| id.is_none()) {
            *id = made.get(party).copied();
        }
        Ok(found.into_iter().flatten().collect())
    }

    async fn make<'a>(&self, source: &str, parties: &[&'a Party]) -> Result<Vec<(&'a Party, PartyId)>, IdentityError> {
        let now = self.clock.now();
        let (members, others): (Vec<&Party>, Vec<&Party>) =
            parties.iter().partition(|party| party.kind == PartyKind::Member);
        let mut tx = self.db.begin().await?;
        let mut made: Vec<(&Party, PartyId)> = Vec::with_capacity(parties.len());
        let mut members_made = false;
        if !members.is_empty() {
            let userids: Vec<&str> = members.iter().map(|party| party.id.as_str()).collect();
            let (ids, new) = store::resolve_members(&mut tx, source, &userids, now).await?;
            members_made = new;
            made.extend(members.into_iter().zip(ids.into_iter().map(PartyId::member)));
        }
        if !others.is_empty() {
            contacts::lock(&mut tx).await?;
            let ids = contacts::resolve(&mut tx, source, &others, now).await?;
            made.extend(others.into_iter().zip(ids).map(|(party, id)| (party, contact_party(party.kind, id))));
        }
        tx.commit().await?;
        if members_made {
            self.changed();
        }
        Ok(made)
    }

    /// How these parties are shown; who is not known is left out.
    pub async fn names(&self, parties: &[PartyId]) -> Result<HashMap<PartyId, Arc<PartyName>>, IdentityError> {
        let snapshot = self.snapshot().await?;
        let mut names = HashMap::with_capacity(parties.len());
        let mut missing: Vec<ContactId> = Vec::new();
        {
            let mut cache = self.names.lock();
            for party in parties {
                if let Some(member) = party.as_member() {
                    let member = snapshot.members.get(&member);
                    names.extend(member.map(|member| (*party, Arc::new(member_name(member)))));
                } else if let Some(name) = cache.get(party) {
                    names.insert(*party, name);
                } else {
                    missing.extend(party.as_contact());
                }
            }
        }
        missing.sort_unstable();
        missing.dedup();
        for contact in contacts::by_ids(&self.db, &missing).await? {
            let party = contact_party(contact.kind, contact.id);
            let name = Arc::new(contact_name(contact));
            self.names.lock().insert(party, Arc::clone(&name));
            names.insert(party, name);
        }
        Ok(names)
    }

    /// Forgets the names of contacts; the next reader fetches them.
    pub(super) fn forget_names(&self) {
        self.names.lock().clear();
        self.changed();
    }
}

fn contact_party(kind: PartyKind, id: ContactId) -> PartyId {
    if kind == PartyKind::Bot { PartyId::bot(id) } else { PartyId::contact(id) }
}

fn shown(name: &str, external_id: &str) -> String {
    if name.is_empty() { external_id.to_owned() } else { name.to_owned() }
}

fn member_name(member: &Member) -> PartyName {
    PartyName {
        kind: PartyKind::Member,
        name: shown(&member.name, &member.userid),
        avatar: member.avatar.clone(),
        company: String::new(),
        source: member.source.clone(),
        external_id: member.userid.clone(),
    }
}

fn contact_name(contact: Contact) -> PartyName {
    PartyName {
        kind: contact.kind,
        name: shown(&contact.name, &contact.external_id),
        avatar: contact.avatar,
        company: contact.company,
        source: contact.source,
        external_id: contact.external_id,
    }
}
