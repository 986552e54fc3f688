//! Finders for the query language and for pages. A text that equals a name wins over texts that contain it.

use std::collections::BTreeSet;
use std::sync::Arc;

use xinlu_model::{ContactId, DepartmentId, MemberId};

use crate::IdentityError;
use crate::store::contacts;

use super::{Contact, Department, Directory, Member};

/// Contacts that one name may stand for; a wider name should be narrowed by whoever searches.
const FOUND_MAX: u32 = 1_000;

impl Directory {
    /// Members in these departments (`subtree`: and below), those who left included.
    pub async fn members_of_departments(
        &self,
        departments: &[DepartmentId],
        subtree: bool,
    ) -> Result<Vec<MemberId>, IdentityError> {
        let snapshot = self.snapshot().await?;
        let wanted: BTreeSet<DepartmentId> =
            if subtree { snapshot.subtree(departments) } else { departments.iter().copied().collect() };
        Ok(snapshot.inside(&wanted).into_iter().collect())
    }

    /// Members whose name or id equals the text (letter case aside); if none, those whose name or id contains it.
    pub async fn find_members_by_name(&self, text: &str) -> Result<Vec<MemberId>, IdentityError> {
        Ok(self.snapshot().await?.members_named(text))
    }

    /// Members with exactly this id, in any source.
    pub async fn find_members_by_userid(&self, userid: &str) -> Result<Vec<MemberId>, IdentityError> {
        let snapshot = self.snapshot().await?;
        let mut found: Vec<MemberId> =
            snapshot.members.values().filter(|member| member.userid == userid).map(|member| member.id).collect();
        found.sort_unstable();
        Ok(found)
    }

    /// Departments whose name equals the text; if none, those whose name contains it.
    pub async fn find_departments_by_name(&self, text: &str) -> Result<Vec<DepartmentId>, IdentityError> {
        Ok(self.snapshot().await?.departments_named(text))
    }

    /// Contacts and bots whose name equals the text; if none, those whose name contains it. At most 1 000.
    pub async fn find_contacts_by_name(&self, text: &str) -> Result<Vec<ContactId>, IdentityError> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        Ok(contacts::named(&self.db, text, FOUND_MAX).await?)
    }

    /// Contacts and bots with exactly this id, in any source.
    pub async fn find_contacts_by_external_id(&self, external_id: &str) -> Result<Vec<ContactId>, IdentityError> {
        Ok(contacts::called(&self.db, external_id, FOUND_MAX).await?)
    }

    /// A member.
    pub async fn find_member(&self, id: MemberId) -> Result<Option<Arc<Member>>, IdentityError> {
        Ok(self.snapshot().await?.members.get(&id).cloned())
    }

    /// All members, in the order of their ids.
    pub async fn members(&self) -> Result<Vec<Arc<Member>>, IdentityError> {
        let mut members: Vec<_> = self.snapshot().await?.members.values().cloned().collect();
        members.sort_unstable_by_key(|member| member.id);
        Ok(members)
    }

    /// All departments that are still there, in the order of their place and id.
    pub async fn departments(&self) -> Result<Vec<Arc<Department>>, IdentityError> {
        let snapshot = self.snapshot().await?;
        let mut departments: Vec<_> = snapshot.departments.values().filter(|one| !one.removed).cloned().collect();
        departments.sort_unstable_by_key(|department| (department.order, department.id));
        Ok(departments)
    }

    /// From the top down to this department.
    pub async fn department_path(&self, id: DepartmentId) -> Result<Vec<DepartmentId>, IdentityError> {
        Ok(self.snapshot().await?.path(id))
    }

    /// A contact or bot.
    pub async fn find_contact(&self, id: ContactId) -> Result<Option<Contact>, IdentityError> {
        Ok(contacts::by_ids(&self.db, &[id]).await?.into_iter().next())
    }
}
