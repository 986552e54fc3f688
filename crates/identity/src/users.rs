//! Users: the first run, making and changing them, their passwords and roles.

use std::collections::BTreeSet;

use serde_json::json;
use xinlu_db::{DbError, Tx};
use xinlu_model::{AuditId, MemberId, RoleId, UserId};

use crate::access::built_in::SYSTEM_ADMINISTRATOR;
use crate::access::{password, permission, token};
use crate::audit::Act;
use crate::error::PasswordRule;
use crate::identity::rights_changed;
use crate::model::{Role, User, UserState};
use crate::store::users::NewRow;
use crate::store::{keys, roles, sessions, totp, users};
use crate::{Identity, IdentityError};

/// Longest name of a user.
const NAME_LENGTH_MAX: usize = 64;
/// Users of one list on the command line.
const LIST_MAX: u32 = 1_000;

/// What a reset gives back.
#[derive(Debug)]
pub struct NewPassword {
    /// The user.
    pub user: UserId,
    /// The password, shown once; it must be changed at the next sign-in.
    pub password: String,
    /// Sessions of theirs that were ended.
    pub sessions_ended: u64,
    /// API keys of theirs that were revoked.
    pub keys_revoked: u64,
    /// Whether a second factor of theirs was taken away.
    pub totp_ended: bool,
    /// What the audit trail has this as.
    pub entry: AuditId,
}

/// What goes with a new password.
#[derive(Clone, Copy, Default)]
struct Reset {
    /// Who is barred is admitted again.
    admit: bool,
    /// The second factor is taken away.
    totp: bool,
}

/// A user to be made.
pub(crate) struct NewUser<'a> {
    pub(crate) name: &'a str,
    pub(crate) password: &'a str,
    pub(crate) password_due: bool,
    pub(crate) roles: &'a [RoleId],
    pub(crate) member: Option<MemberId>,
}

impl Identity {
    /// The token that the first run needs, to be printed; `None` once a user exists. Only the one given last works.
    pub async fn setup_token(&self) -> Result<Option<String>, IdentityError> {
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        let done = users::any_in(&mut tx).await?;
        let token = (!done).then(|| token::new_token(&*self.random));
        users::set_setup(&mut tx, token.as_deref().map(token::hash), self.clock.now()).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Whether nobody can sign in yet.
    pub async fn setup_needed(&self) -> Result<bool, IdentityError> {
        Ok(!users::any(&self.db).await?)
    }

    /// Makes the first user, the system administrator. The token dies with it.
    pub(crate) async fn set_up(
        &self,
        act: &Act,
        token: &str,
        name: &str,
        password: &str,
    ) -> Result<UserId, IdentityError> {
        if !self.setup_needed().await? {
            return Err(IdentityError::SetupDone);
        }
        check_name(name)?;
        password::check_rules(password, name)?;
        let hash = self.passwords.hash(password).await?;
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        if users::any_in(&mut tx).await? {
            return Err(IdentityError::SetupDone);
        }
        let wanted = users::setup(&mut tx).await?.ok_or(IdentityError::SetupToken)?;
        aws_lc_rs::constant_time::verify_slices_are_equal(&wanted, &token::hash(token))
            .map_err(|_| IdentityError::SetupToken)?;
        let now = self.clock.now();
        users::set_setup(&mut tx, None, now).await?;
        let row = NewRow { name, password: &hash, password_due: false, member: None };
        let user = users::add(&mut tx, &row, now).await?;
        let role = role_by_code(&roles::list_in(&mut tx).await?, SYSTEM_ADMINISTRATOR)?;
        roles::give(&mut tx, user, &[role]).await?;
        rights_changed(&mut tx).await?;
        self.commit(tx, act, &format!("user:{user}"), json!({})).await?;
        Ok(user)
    }

    /// Makes a user with roles by their codes (`auditor`, `employee` …), for the demo and the command line. The password
    /// obeys the rules and need not be changed.
    pub async fn create_user(
        &self,
        name: &str,
        password: &str,
        role_codes: &[&str],
        member: Option<MemberId>,
    ) -> Result<UserId, IdentityError> {
        let known = roles::list(&self.db).await?;
        let ids = role_codes.iter().map(|code| role_by_code(&known, code)).collect::<Result<Vec<_>, _>>()?;
        let act = Act::by_command(self.clock.now(), "user.create");
        self.add_user(&act, NewUser { name, password, password_due: false, roles: &ids, member }).await
    }

    pub(crate) async fn add_user(&self, act: &Act, new: NewUser<'_>) -> Result<UserId, IdentityError> {
        let NewUser { name, password, password_due, roles: role_ids, member } = new;
        check_name(name)?;
        password::check_rules(password, name)?;
        self.check_member(member).await?;
        let hash = self.passwords.hash(password).await?;
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        check_bound(&mut tx, member, None).await?;
        let role_ids = check_roles(&mut tx, role_ids).await?;
        let row = NewRow { name, password: &hash, password_due, member };
        let user = match users::add(&mut tx, &row, self.clock.now()).await {
            Err(DbError::Unique { .. }) => return Err(IdentityError::UserExists),
            added => added?,
        };
        roles::give(&mut tx, user, &role_ids).await?;
        users::set_setup(&mut tx, None, self.clock.now()).await?;
        rights_changed(&mut tx).await?;
        let detail = json!({"name": name, "roles": role_ids, "member": member});
        self.commit(tx, act, &format!("user:{user}"), detail).await?;
        Ok(user)
    }

    /// A password nobody chose, for a user who gets none.
    pub(crate) fn one_time_password(&self) -> String {
        token::new_password(&*self.random)
    }

    async fn check_member(&self, member: Option<MemberId>) -> Result<(), IdentityError> {
        let Some(member) = member else { return Ok(()) };
        self.directory.find_member(member).await?.map(|_| ()).ok_or(IdentityError::NotFound("member"))
    }

    /// Binds a user to a member (or none) and bars or admits them. Barring ends their sessions.
    pub(crate) async fn change_user(
        &self,
        act: &Act,
        id: UserId,
        member: Option<MemberId>,
        state: UserState,
    ) -> Result<(), IdentityError> {
        self.check_member(member).await?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        present(users::find_in(&mut tx, id).await?)?;
        check_bound(&mut tx, member, Some(id)).await?;
        let administered = administered(&mut tx).await?;
        users::save(&mut tx, id, member, state).await?;
        if state != UserState::Active {
            sessions::end_all(&mut tx, id).await?;
        }
        if state == UserState::Removed {
            keys::revoke_all(&mut tx, id, now).await?;
            totp::end(&mut tx, id).await?;
            roles::give(&mut tx, id, &[]).await?;
        }
        check_administrator_left(&mut tx, administered).await?;
        rights_changed(&mut tx).await?;
        self.commit(tx, act, &format!("user:{id}"), json!({"member": member, "state": state})).await?;
        Ok(())
    }

    /// Makes these the roles of a user.
    pub(crate) async fn give_roles(&self, act: &Act, id: UserId, role_ids: &[RoleId]) -> Result<(), IdentityError> {
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        present(users::find_in(&mut tx, id).await?)?;
        let role_ids = check_roles(&mut tx, role_ids).await?;
        let administered = administered(&mut tx).await?;
        roles::give(&mut tx, id, &role_ids).await?;
        check_administrator_left(&mut tx, administered).await?;
        rights_changed(&mut tx).await?;
        self.commit(tx, act, &format!("user:{id}"), json!({"roles": role_ids})).await?;
        Ok(())
    }

    /// Gives a user a password nobody chose, unlocks them, ends their sessions and revokes their keys: whatever opened
    /// their account until now does no longer. Until the password is changed they may do nothing else.
    pub(crate) async fn reset(&self, act: &Act, id: UserId) -> Result<NewPassword, IdentityError> {
        self.reset_as(act, id, Reset::default()).await
    }

    async fn reset_as(&self, act: &Act, id: UserId, with: Reset) -> Result<NewPassword, IdentityError> {
        let now = self.clock.now();
        let password = self.one_time_password();
        let hash = self.passwords.hash(&password).await?;
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        let user = present(users::find_in(&mut tx, id).await?)?;
        users::set_password(&mut tx, id, &hash, true, now).await?;
        let admitted = with.admit && user.state == UserState::Disabled;
        if admitted {
            users::save(&mut tx, id, user.member, UserState::Active).await?;
        }
        let sessions_ended = sessions::end_all(&mut tx, id).await?;
        let keys_revoked = keys::revoke_all(&mut tx, id, now).await?;
        let totp_ended = with.totp && totp::end(&mut tx, id).await?;
        sessions::forgive(&mut tx, &crate::sessions::user_attempts(&user.name)).await?;
        rights_changed(&mut tx).await?;
        let mut detail = json!({
            "name": user.name, "sessions_ended": sessions_ended, "keys_revoked": keys_revoked, "admitted": admitted,
        });
        if let Some(fields) = detail.as_object_mut().filter(|_| totp_ended) {
            fields.insert("totp_ended".to_owned(), json!(true));
        }
        let entry = self.commit(tx, act, &format!("user:{id}"), detail).await?;
        Ok(NewPassword { user: id, password, sessions_ended, keys_revoked, totp_ended, entry })
    }

    /// The same from the command line, by name. A user who is barred is admitted again, since whoever has the machine has
    /// the say; the audit trail tells who watches that it was done. With `totp` their second factor is taken away as well.
    pub async fn reset_password(&self, name: &str, totp: bool) -> Result<NewPassword, IdentityError> {
        let known = users::find_by_name(&self.db, name).await?.filter(|known| known.state != UserState::Removed);
        let known = known.ok_or(IdentityError::NotFound("user"))?;
        let act = Act::by_command(self.clock.now(), "user.reset_password");
        self.reset_as(&act, known.id, Reset { admit: true, totp }).await
    }

    /// All users, for the command line; at most 1 000.
    pub async fn list_users(&self) -> Result<Vec<User>, IdentityError> {
        Ok(users::list(&self.db, UserId::new(0), LIST_MAX).await?)
    }

    /// Changes the password of who is signed in; their other sessions end.
    pub(crate) async fn change_password(
        &self,
        act: &Act,
        id: UserId,
        old: &str,
        new: &str,
        session: Option<&str>,
    ) -> Result<(), IdentityError> {
        let user = present(users::find(&self.db, id).await?)?;
        password::check_rules(new, &user.name)?;
        if old == new {
            return Err(PasswordRule::Unchanged.into());
        }
        self.check_password(&user.name, old, None).await?;
        let hash = self.passwords.hash(new).await?;
        let mut tx = self.db.begin().await?;
        users::set_password(&mut tx, id, &hash, false, self.clock.now()).await?;
        let keep = session.map(token::hash).unwrap_or_default();
        sessions::end_others(&mut tx, id, &keep).await?;
        rights_changed(&mut tx).await?;
        self.commit(tx, act, &format!("user:{id}"), json!({})).await?;
        Ok(())
    }

    /// Takes back the failures that lock a user out.
    pub(crate) async fn unlock(&self, act: &Act, id: UserId) -> Result<(), IdentityError> {
        let user = present(users::find(&self.db, id).await?)?;
        let mut tx = self.db.begin().await?;
        sessions::forgive(&mut tx, &crate::sessions::user_attempts(&user.name)).await?;
        self.commit(tx, act, &format!("user:{id}"), json!({})).await?;
        Ok(())
    }
}

/// The user, unless there is none or they were removed.
pub(crate) fn present(user: Option<User>) -> Result<User, IdentityError> {
    user.filter(|user| user.state != UserState::Removed).ok_or(IdentityError::NotFound("user"))
}

fn check_name(name: &str) -> Result<(), IdentityError> {
    let length = name.chars().count();
    let fits = name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '@'));
    if fits && (1..=NAME_LENGTH_MAX).contains(&length) { Ok(()) } else { Err(IdentityError::UserName) }
}

async fn check_bound(tx: &mut Tx, member: Option<MemberId>, user: Option<UserId>) -> Result<(), IdentityError> {
    let Some(member) = member else { return Ok(()) };
    match users::bound(tx, member).await? {
        Some(other) if Some(other) != user => Err(IdentityError::MemberBound),
        _ => Ok(()),
    }
}

fn role_by_code(known: &[Role], code: &str) -> Result<RoleId, IdentityError> {
    let role = known.iter().find(|role| role.code.as_deref() == Some(code));
    role.map(|role| role.id).ok_or(IdentityError::NotFound("role"))
}

/// Each once; all are there, and one person may hold them together.
async fn check_roles(tx: &mut Tx, ids: &[RoleId]) -> Result<Vec<RoleId>, IdentityError> {
    let known = roles::list_in(tx).await?;
    let unique: BTreeSet<RoleId> = ids.iter().copied().collect();
    let mut rules = Vec::with_capacity(unique.len());
    for id in &unique {
        let role = known.iter().find(|role| role.id == *id).ok_or(IdentityError::NotFound("role"))?;
        rules.push(role.rules.clone());
    }
    permission::check_person(&rules)?;
    Ok(unique.into_iter().collect())
}

/// Whether somebody who may sign in can manage users.
pub(crate) async fn administered(tx: &mut Tx) -> Result<bool, IdentityError> {
    let known = roles::list_in(tx).await?;
    let managing: BTreeSet<RoleId> =
        known.iter().filter(|role| permission::manages_users(&role.rules)).map(|role| role.id).collect();
    let holdings = roles::active_holdings(tx).await?;
    Ok(holdings.iter().any(|(_, role)| managing.contains(role)))
}

/// Refuses a change after which nobody could be let in ever again.
pub(crate) async fn check_administrator_left(tx: &mut Tx, administered_before: bool) -> Result<(), IdentityError> {
    if administered_before && !administered(tx).await? {
        return Err(IdentityError::LastAdministrator);
    }
    Ok(())
}
