//! Departments and members of our own, which no source brings: changed in the transaction that writes the act down.
//!
//! What a source brings is never changed here.

use std::collections::HashMap;

use serde_json::json;
use xinlu_db::Tx;
use xinlu_model::{DepartmentId, MemberId};

use crate::audit::Act;
use crate::store::directory as store;
use crate::{Identity, IdentityError};

use super::sync::{put_departments, put_members};
use super::{Department, DepartmentIn, LOCAL_SOURCE, MemberIn, MemberStatus};

/// A member of our own, as somebody wants it.
pub(crate) struct PutMember<'a> {
    pub(crate) userid: &'a str,
    pub(crate) name: &'a str,
    pub(crate) position: &'a str,
    pub(crate) status: MemberStatus,
    /// Departments of our own.
    pub(crate) departments: &'a [DepartmentId],
    /// Those of them they lead.
    pub(crate) leads: &'a [DepartmentId],
}

impl Identity {
    /// Makes a department here, not synchronised, below another of our own or at the top.
    pub(crate) async fn create_department(
        &self,
        act: &Act,
        name: &str,
        parent: Option<DepartmentId>,
    ) -> Result<DepartmentId, IdentityError> {
        let mut tx = self.db.begin().await?;
        store::lock_departments(&mut tx).await?;
        let before = departments(&mut tx).await?;
        let parent = parent.map(|id| own(&before, id)).transpose()?.map(|one| one.external_id);
        let local = before.values().filter(|one| one.source == LOCAL_SOURCE);
        let id = local.map(|one| one.external_id).max().unwrap_or(0) + 1;
        let new = DepartmentIn { id, parent, name: name.to_owned(), order: id };
        put_departments(&mut tx, LOCAL_SOURCE, vec![new], false).await?;
        let is_new = |one: &&Department| one.source == LOCAL_SOURCE && one.external_id == id;
        let made = departments(&mut tx).await?.values().find(is_new).map(|one| one.id);
        let made = made.ok_or(IdentityError::NotFound("department"))?;
        self.commit(tx, act, &format!("department:{made}"), json!({"name": name})).await?;
        self.directory.changed();
        Ok(made)
    }

    /// Renames a department of our own, or moves it below another of our own (`None`: to the top).
    pub(crate) async fn update_department(
        &self,
        act: &Act,
        id: DepartmentId,
        name: &str,
        parent: Option<DepartmentId>,
    ) -> Result<(), IdentityError> {
        let mut tx = self.db.begin().await?;
        store::lock_departments(&mut tx).await?;
        let all = departments(&mut tx).await?;
        let before = own(&all, id)?;
        let parent = parent.map(|parent| own(&all, parent)).transpose()?.map(|one| one.id);
        if stands_below(&all, parent, id) {
            return Err(IdentityError::DepartmentRing);
        }
        let after = Department { name: name.to_owned(), parent, ..before.clone() };
        store::save_departments(&mut tx, &[after]).await?;
        store::bump(&mut tx, store::DIRECTORY_VERSION).await?;
        let detail = json!({
            "name": name, "parent": parent, "before": {"name": before.name, "parent": before.parent},
        });
        self.commit(tx, act, &format!("department:{id}"), detail).await?;
        self.directory.changed();
        Ok(())
    }

    /// Removes a department of our own that is empty. Who left the company while inside keeps it as their last one.
    pub(crate) async fn delete_department(&self, act: &Act, id: DepartmentId) -> Result<(), IdentityError> {
        let mut tx = self.db.begin().await?;
        store::lock_departments(&mut tx).await?;
        store::lock_members(&mut tx).await?;
        let all = departments(&mut tx).await?;
        let before = own(&all, id)?;
        let has_below = all.values().any(|one| one.parent == Some(id) && !one.removed);
        if has_below || store::members_inside(&mut tx, id).await? > 0 {
            return Err(IdentityError::DepartmentInUse);
        }
        let after = Department { removed: true, ..before.clone() };
        store::save_departments(&mut tx, &[after]).await?;
        store::bump(&mut tx, store::DIRECTORY_VERSION).await?;
        let detail = json!({"name": before.name, "parent": before.parent});
        self.commit(tx, act, &format!("department:{id}"), detail).await?;
        self.directory.changed();
        Ok(())
    }

    /// Makes or changes a member here, not synchronised.
    pub(crate) async fn put_member(&self, act: &Act, put: PutMember<'_>) -> Result<MemberId, IdentityError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        store::lock_members(&mut tx).await?;
        let all = departments(&mut tx).await?;
        let local = |id: &DepartmentId| own(&all, *id).map(|one| one.external_id);
        let member = MemberIn {
            userid: put.userid.to_owned(),
            name: put.name.to_owned(),
            avatar: String::new(),
            departments: put.departments.iter().map(local).collect::<Result<_, _>>()?,
            leader: put.leads.iter().map(local).collect::<Result<_, _>>()?,
            position: put.position.to_owned(),
            status: put.status,
            archived_seat: None,
        };
        put_members(&mut tx, LOCAL_SOURCE, vec![member], false, now).await?;
        let (found, _) = store::resolve_members(&mut tx, LOCAL_SOURCE, &[put.userid], now).await?;
        let id = found.first().copied().ok_or(IdentityError::NotFound("member"))?;
        self.commit(tx, act, &format!("member:{id}"), json!({"userid": put.userid, "status": put.status})).await?;
        self.directory.changed();
        Ok(id)
    }
}

type Departments = HashMap<DepartmentId, Department>;

async fn departments(tx: &mut Tx) -> Result<Departments, IdentityError> {
    Ok(store::departments_in(tx).await?.into_iter().map(|one| (one.id, one)).collect())
}

/// The department, unless there is none or it is not ours to change.
fn own(all: &Departments, id: DepartmentId) -> Result<&Department, IdentityError> {
    let found = all.get(&id).filter(|one| !one.removed).ok_or(IdentityError::NotFound("department"))?;
    if found.source == LOCAL_SOURCE { Ok(found) } else { Err(IdentityError::DepartmentOfSource) }
}

/// Whether `place` is the department itself or stands below it.
fn stands_below(all: &Departments, place: Option<DepartmentId>, id: DepartmentId) -> bool {
    let above = |one: &DepartmentId| all.get(one).and_then(|one| one.parent);
    // No more steps than there are departments: a ring that was there before ends.
    std::iter::successors(place, above).take(all.len()).any(|one| one == id)
}
