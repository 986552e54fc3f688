//! Roles: made, changed and deleted; never so that duties meet that must stay apart.

use serde_json::{Value, json};
use xinlu_db::DbError;
use xinlu_model::{RoleId, UserId};

use crate::access::permission::{self, Rule};
use crate::audit::Act;
use crate::identity::rights_changed;
use crate::model::Role;
use crate::store::{roles, users};
use crate::users::{administered, check_administrator_left};
use crate::{Identity, IdentityError};

/// Longest name of a role.
const NAME_LENGTH_MAX: usize = 64;
/// Longest description of a role.
const DESCRIPTION_LENGTH_MAX: usize = 500;
/// Roles of an installation; people lose track long before.
const ROLES_MAX: usize = 500;

/// What a role says, as somebody wrote it.
#[derive(Debug)]
pub(crate) struct RoleText {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) rules: Vec<Rule>,
}

impl RoleText {
    fn check(&self) -> Result<(), IdentityError> {
        let length = self.name.trim().chars().count();
        if !(1..=NAME_LENGTH_MAX).contains(&length) {
            return Err(IdentityError::Value("a role name has 1 to 64 characters"));
        }
        if self.description.chars().count() > DESCRIPTION_LENGTH_MAX {
            return Err(IdentityError::Value("a description has at most 500 characters"));
        }
        permission::check_rules(&self.rules)
    }

    fn detail(&self) -> Value {
        json!({"name": self.name, "rules": self.rules})
    }
}

impl Identity {
    /// All roles, the built-in ones first.
    pub async fn list_roles(&self) -> Result<Vec<Role>, IdentityError> {
        roles::list(&self.db).await
    }

    pub(crate) async fn create_role(&self, act: &Act, text: &RoleText) -> Result<RoleId, IdentityError> {
        text.check()?;
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        if roles::list_in(&mut tx).await?.len() >= ROLES_MAX {
            return Err(IdentityError::Value("there are at most 500 roles"));
        }
        let added = roles::add(&mut tx, None, text.name.trim(), &text.description, &text.rules).await;
        let id = added.map_err(name_taken)?;
        self.commit(tx, act, &format!("role:{id}"), text.detail()).await?;
        Ok(id)
    }

    /// Changes a role of our own; refused to who holds it, and when a holder would join duties by it.
    pub(crate) async fn update_role(
        &self,
        act: &Act,
        id: RoleId,
        text: &RoleText,
        by: UserId,
    ) -> Result<(), IdentityError> {
        text.check()?;
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        own_role(&roles::list_in(&mut tx).await?, id)?;
        let holders = roles::holders(&mut tx, id).await?;
        if holders.contains(&by) {
            return Err(IdentityError::OwnRoles);
        }
        for holder in holders {
            let held = roles::of_user_in(&mut tx, holder).await?;
            let others = held.into_iter().filter(|role| role.id != id).map(|role| role.rules);
            let rules: Vec<Vec<Rule>> = others.chain([text.rules.clone()]).collect();
            permission::check_person(&rules)?;
        }
        let administered = administered(&mut tx).await?;
        let saved = roles::save(&mut tx, id, text.name.trim(), &text.description, &text.rules).await;
        saved.map_err(name_taken)?;
        check_administrator_left(&mut tx, administered).await?;
        rights_changed(&mut tx).await?;
        self.commit(tx, act, &format!("role:{id}"), text.detail()).await?;
        Ok(())
    }

    /// Deletes a role of our own that nobody holds.
    pub(crate) async fn delete_role(&self, act: &Act, id: RoleId) -> Result<(), IdentityError> {
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        own_role(&roles::list_in(&mut tx).await?, id)?;
        if !roles::holders(&mut tx, id).await?.is_empty() {
            return Err(IdentityError::RoleInUse);
        }
        roles::delete(&mut tx, id).await?;
        self.commit(tx, act, &format!("role:{id}"), json!({})).await?;
        Ok(())
    }
}

fn own_role(known: &[Role], id: RoleId) -> Result<(), IdentityError> {
    let role = known.iter().find(|role| role.id == id).ok_or(IdentityError::NotFound("role"))?;
    if role.code.is_some() { Err(IdentityError::BuiltInRole) } else { Ok(()) }
}

fn name_taken(error: IdentityError) -> IdentityError {
    match error {
        IdentityError::Db(DbError::Unique { .. }) => IdentityError::RoleExists,
        other => other,
    }
}
