//! Departments and members of our own, which no source brings: changed in the transaction that writes the act down.

use serde_json::json;
use xinlu_db::Tx;
use xinlu_model::{DepartmentId, MemberId};

use crate::audit::Act;
use crate::store::directory as store;
use crate::{Identity, IdentityError};

use super::sync::{put_departments, put_members};
use super::{Department, DepartmentIn, LOCAL_SOURCE, MemberIn};

impl Identity {
    /// Makes a department here, not synchronised.
    pub(crate) async fn create_department(
        &self,
        act: &Act,
        name: &str,
        parent: Option<DepartmentId>,
    ) -> Result<DepartmentId, IdentityError> {
        let mut tx = self.db.begin().await?;
        store::lock_departments(&mut tx).await?;
        let local = local_departments(&mut tx).await?;
        let id = local.iter().map(|one| one.external_id).max().unwrap_or(0) + 1;
        let parent = local.iter().find(|one| Some(one.id) == parent).map(|one| one.external_id);
        let new = DepartmentIn { id, parent, name: name.to_owned(), order: id };
        put_departments(&mut tx, LOCAL_SOURCE, vec![new], false).await?;
        let made = local_departments(&mut tx).await?.into_iter().find(|one| one.external_id == id);
        let made = made.ok_or(IdentityError::NotFound("department"))?.id;
        self.commit(tx, act, &format!("department:{made}"), json!({"name": name})).await?;
        self.directory.changed();
        Ok(made)
    }

    /// Makes or changes a member here, not synchronised. `departments` and `leader` are ids of local departments.
    pub(crate) async fn put_member(&self, act: &Act, member: MemberIn) -> Result<MemberId, IdentityError> {
        let userid = member.userid.clone();
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        store::lock_members(&mut tx).await?;
        put_members(&mut tx, LOCAL_SOURCE, vec![member], false, now).await?;
        let (found, _) = store::resolve_members(&mut tx, LOCAL_SOURCE, &[&userid], now).await?;
        let id = found.first().copied().ok_or(IdentityError::NotFound("member"))?;
        self.commit(tx, act, &format!("member:{id}"), json!({"userid": userid})).await?;
        self.directory.changed();
        Ok(id)
    }
}

async fn local_departments(tx: &mut Tx) -> Result<Vec<Department>, IdentityError> {
    let (departments, ..) = store::load_in(tx).await?;
    Ok(departments.into_iter().filter(|one| one.source == LOCAL_SOURCE).collect())
}
