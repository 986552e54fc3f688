//! What a source's directory says becomes ours: made, changed, or marked as gone; never deleted.
//!
//! A sync may run twice and changes nothing the second time. An empty list is taken for a fault of the source.

use std::collections::{HashMap, HashSet};

use xinlu_db::Tx;
use xinlu_model::{ContactId, DepartmentId, MemberId, Party, PartyId, PartyKind, Time};

use crate::IdentityError;
use crate::store::contacts::Follow;
use crate::store::directory::{CONTACTS_VERSION, DIRECTORY_VERSION};
use crate::store::{contacts, directory as store, tags};

use super::{
    Contact, ContactIn, Department, DepartmentIn, Directory, Member, MemberIn, MemberStatus, Membership, SyncReport,
    TagId, TagIn,
};

/// Contacts of one transaction; more would hold the writer up.
const CONTACTS_AT_ONCE: usize = 500;

impl Directory {
    /// Takes over all departments of a source. Those no longer in the list are marked as removed.
    pub async fn sync_departments(&self, source: &str, list: Vec<DepartmentIn>) -> Result<SyncReport, IdentityError> {
        if list.is_empty() {
            return Ok(SyncReport::default());
        }
        let mut tx = self.db.begin().await?;
        let report = put_departments(&mut tx, source, list, true).await?;
        tx.commit().await?;
        self.changed();
        Ok(report)
    }

    /// Takes over members of a source. With `complete` the list is all of them, and whoever was in the directory and
    /// is no longer gets the status `left`, keeping their last departments.
    pub async fn sync_members(
        &self,
        source: &str,
        list: Vec<MemberIn>,
        complete: bool,
    ) -> Result<SyncReport, IdentityError> {
        if list.is_empty() {
            return Ok(SyncReport::default());
        }
        let mut tx = self.db.begin().await?;
        let report = put_members(&mut tx, source, list, complete, self.clock.now()).await?;
        tx.commit().await?;
        self.changed();
        Ok(report)
    }

    /// Says which members of a source have an archived seat: exactly these. Who is not known yet is made.
    pub async fn sync_seats(&self, source: &str, permitted: Vec<String>) -> Result<SyncReport, IdentityError> {
        let parties: Vec<Party> =
            permitted.iter().map(|id| Party { kind: PartyKind::Member, id: id.clone() }).collect();
        self.resolve(source, &parties).await?;
        let permitted: HashSet<String> = permitted.into_iter().collect();
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        store::lock_members(&mut tx).await?;
        let (_, members, _) = store::load_in(&mut tx).await?;
        let mut changed = Vec::new();
        for mut member in members.into_iter().filter(|member| member.source == source) {
            let seat = Some(permitted.contains(&member.userid));
            if member.archived_seat != seat {
                member.archived_seat = seat;
                changed.push(member);
            }
        }
        if changed.is_empty() {
            return Ok(SyncReport::default());
        }
        store::save_members(&mut tx, &changed, now).await?;
        store::bump(&mut tx, DIRECTORY_VERSION).await?;
        tx.commit().await?;
        self.changed();
        Ok(SyncReport { updated: changed.len() as u64, ..SyncReport::default() })
    }

    /// Takes over contacts of a source, with who looks after them.
    pub async fn sync_contacts(&self, source: &str, list: Vec<ContactIn>) -> Result<SyncReport, IdentityError> {
        let mut report = SyncReport::default();
        for lot in list.chunks(CONTACTS_AT_ONCE) {
            let members: Vec<Party> = lot
                .iter()
                .flat_map(|contact| &contact.follows)
                .map(|follow| Party { kind: PartyKind::Member, id: follow.userid.clone() })
                .collect();
            let ids = self.resolve(source, &members).await?;
            let ids = ids.into_iter().filter_map(PartyId::as_member);
            let followers = members.into_iter().map(|party| party.id).zip(ids).collect();
            let changed = self.put_contacts(source, lot, &followers).await?;
            report.created += changed.created;
            report.updated += changed.updated;
        }
        self.forget_names();
        Ok(report)
    }

    async fn put_contacts(
        &self,
        source: &str,
        lot: &[ContactIn],
        followers: &HashMap<String, MemberId>,
    ) -> Result<SyncReport, IdentityError> {
        let now = self.clock.now();
        let parties: Vec<Party> =
            lot.iter().map(|one| Party { kind: PartyKind::Contact, id: one.external_id.clone() }).collect();
        let mut unique: Vec<&Party> = parties.iter().collect();
        unique.sort_unstable();
        unique.dedup();
        let mut tx = self.db.begin().await?;
        contacts::lock(&mut tx).await?;
        let ids = contacts::resolve(&mut tx, source, &unique, now).await?;
        let before: HashMap<String, Contact> = contacts::by_ids_in(&mut tx, &ids)
            .await?
            .into_iter()
            .map(|contact| (contact.external_id.clone(), contact))
            .collect();
        let named: Vec<&TagIn> = lot.iter().flat_map(|one| &one.follows).flat_map(|follow| &follow.tags).collect();
        let tag_ids = tags::resolve(&mut tx, source, &named).await?;
        let mut report = SyncReport::default();
        let mut changed = Vec::new();
        let mut follows = Vec::new();
        let mut given = Vec::new();
        for one in lot {
            let Some(before) = before.get(&one.external_id) else { continue };
            let after = merge(before, one);
            if after != *before {
                let new = before.name.is_empty() && before.created_at == now;
                report.created += u64::from(new);
                report.updated += u64::from(!new);
                changed.push(after);
            }
            follows.extend(follows_of(before.id, one, followers));
            given.extend(given_to(before.id, one, followers, &tag_ids));
        }
        contacts::save(&mut tx, &changed, now).await?;
        contacts::save_follows(&mut tx, &ids, &follows).await?;
        tags::save_given(&mut tx, &ids, &given).await?;
        store::bump(&mut tx, CONTACTS_VERSION).await?;
        tx.commit().await?;
        Ok(report)
    }
}

/// Makes or changes departments in the caller's transaction; with `complete` the list is all of them.
pub(super) async fn put_departments(
    tx: &mut Tx,
    source: &str,
    list: Vec<DepartmentIn>,
    complete: bool,
) -> Result<SyncReport, IdentityError> {
    let mut report = SyncReport::default();
    store::lock_departments(tx).await?;
    let mut known = departments_of(store::load_in(tx).await?.0, source);
    let mut new: Vec<DepartmentIn> = list.iter().filter(|one| !known.contains_key(&one.id)).cloned().collect();
    let mut seen = HashSet::new();
    new.retain(|one| seen.insert(one.id));
    if !new.is_empty() {
        let first = store::add_departments(tx, source, &new).await?;
        report.created = new.len() as u64;
        for (one, place) in new.iter().zip(0..) {
            known.insert(one.id, bare_department(first.plus(place), source, one));
        }
    }
    let created: HashSet<i64> = seen;
    let mut changed = Vec::new();
    for one in &list {
        let parent = one.parent.filter(|id| *id != one.id).and_then(|id| known.get(&id)).map(|one| one.id);
        let Some(before) = known.get(&one.id) else { continue };
        let after = Department { parent, name: one.name.clone(), order: one.order, removed: false, ..before.clone() };
        if after != *before {
            report.updated += u64::from(!created.contains(&one.id));
            changed.push(after);
        }
    }
    if complete {
        let present: HashSet<i64> = list.iter().map(|one| one.id).collect();
        for (id, before) in known.iter().filter(|(id, before)| !present.contains(id) && !before.removed) {
            tracing::info!(source, department = id, "a department is gone from the directory");
            changed.push(Department { removed: true, ..before.clone() });
            report.gone += 1;
        }
    }
    if report == SyncReport::default() && changed.is_empty() {
        return Ok(report);
    }
    store::save_departments(tx, &changed).await?;
    store::bump(tx, DIRECTORY_VERSION).await?;
    Ok(report)
}

/// Makes or changes members in the caller's transaction; with `complete` the list is all of them.
pub(super) async fn put_members(
    tx: &mut Tx,
    source: &str,
    list: Vec<MemberIn>,
    complete: bool,
    now: Time,
) -> Result<SyncReport, IdentityError> {
    store::lock_members(tx).await?;
    let (departments, members, memberships) = store::load_in(tx).await?;
    let departments = departments_of(departments, source);
    let mut known = members_of(members, memberships, source);
    let change = compare(&mut known, list, &departments, complete);
    let mut placed = change.placed;
    if !change.new.is_empty() {
        let first = store::add_members(tx, source, &change.new, now).await?;
        let new = change.new.iter().zip(0..);
        placed.extend(new.map(|(member, place)| (first.plus(place), places(member, &departments))));
    }
    if change.report == SyncReport::default() {
        return Ok(change.report);
    }
    store::save_members(tx, &change.changed, now).await?;
    store::save_memberships(tx, &placed).await?;
    store::bump(tx, DIRECTORY_VERSION).await?;
    Ok(change.report)
}

struct MemberChange {
    new: Vec<MemberIn>,
    changed: Vec<Member>,
    placed: Vec<(MemberId, Vec<Membership>)>,
    report: SyncReport,
}

fn compare(
    known: &mut HashMap<String, Member>,
    list: Vec<MemberIn>,
    departments: &HashMap<i64, Department>,
    complete: bool,
) -> MemberChange {
    let mut change =
        MemberChange { new: Vec::new(), changed: Vec::new(), placed: Vec::new(), report: SyncReport::default() };
    let mut seen = HashSet::new();
    for one in list {
        if !seen.insert(one.userid.clone()) {
            continue;
        }
        let Some(before) = known.remove(&one.userid) else {
            change.new.push(one);
            continue;
        };
        let after = Member {
            name: if one.name.is_empty() { before.name.clone() } else { one.name.clone() },
            avatar: one.avatar.clone(),
            position: one.position.clone(),
            status: one.status,
            archived_seat: one.archived_seat.or(before.archived_seat),
            departments: places(&one, departments),
            ..before.clone()
        };
        if after == before {
            continue;
        }
        change.report.updated += 1;
        if after.departments != before.departments {
            change.placed.push((after.id, after.departments.clone()));
        }
        change.changed.push(after);
    }
    change.report.created = change.new.len() as u64;
    if complete {
        // Who was only ever seen in messages was in no directory and so has not left one.
        let here = |member: &&mut Member| !matches!(member.status, MemberStatus::Left | MemberStatus::Unknown);
        for member in known.values_mut().filter(here) {
            member.status = MemberStatus::Left;
            change.changed.push(member.clone());
            change.report.gone += 1;
        }
    }
    change
}

/// Where the member is, sorted by department as the snapshot has it.
fn places(member: &MemberIn, departments: &HashMap<i64, Department>) -> Vec<Membership> {
    let place = |id: &i64| {
        let department = departments.get(id)?.id;
        Some(Membership { department, leads: member.leader.contains(id) })
    };
    let mut places: Vec<Membership> = member.departments.iter().filter_map(place).collect();
    places.sort_unstable_by_key(|place| place.department);
    places.dedup_by_key(|place| place.department);
    places
}

fn departments_of(departments: Vec<Department>, source: &str) -> HashMap<i64, Department> {
    let own = departments.into_iter().filter(|department| department.source == source);
    own.map(|department| (department.external_id, department)).collect()
}

fn members_of(members: Vec<Member>, memberships: Vec<(MemberId, Membership)>, source: &str) -> HashMap<String, Member> {
    let mut by_member: HashMap<MemberId, Vec<Membership>> = HashMap::new();
    for (member, membership) in memberships {
        by_member.entry(member).or_default().push(membership);
    }
    let own = members.into_iter().filter(|member| member.source == source);
    own.map(|mut member| {
        member.departments = by_member.remove(&member.id).unwrap_or_default();
        (member.userid.clone(), member)
    })
    .collect()
}

fn bare_department(id: DepartmentId, source: &str, one: &DepartmentIn) -> Department {
    Department {
        id,
        source: source.to_owned(),
        external_id: one.id,
        parent: None,
        name: one.name.clone(),
        order: one.order,
        removed: false,
    }
}

fn merge(before: &Contact, one: &ContactIn) -> Contact {
    Contact {
        name: if one.name.is_empty() { before.name.clone() } else { one.name.clone() },
        avatar: one.avatar.clone(),
        company: one.corp_name.clone(),
        origin: one.kind,
        gender: one.gender,
        unionid: one.unionid.clone().or_else(|| before.unionid.clone()),
        ..before.clone()
    }
}

fn follows_of(id: ContactId, one: &ContactIn, followers: &HashMap<String, MemberId>) -> Vec<Follow> {
    let follow = |follow: &super::FollowIn| {
        let member = *followers.get(&follow.userid)?;
        Some(Follow { contact: id, member, remark: follow.remark.clone(), added_at: follow.added_at })
    };
    one.follows.iter().filter_map(follow).collect()
}

fn given_to(
    id: ContactId,
    one: &ContactIn,
    followers: &HashMap<String, MemberId>,
    tag_ids: &HashMap<String, TagId>,
) -> Vec<(ContactId, MemberId, TagId)> {
    let mut given = Vec::new();
    for follow in &one.follows {
        let Some(member) = followers.get(&follow.userid) else { continue };
        given.extend(follow.tags.iter().filter_map(|tag| Some((id, *member, *tag_ids.get(&tag.id)?))));
    }
    given
}
