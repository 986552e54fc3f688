//! Users: the first run, making and changing them, their passwords and roles.

use std::collections::BTreeSet;

use xinlu_db::{DbError, Tx};
use xinlu_http::AuditRecord;
use xinlu_http::Outcome;
use xinlu_model::{MemberId, RoleId, UserId};

use crate::access::built_in::SYSTEM_ADMINISTRATOR;
use crate::access::{password, permission, token};
use crate::error::PasswordRule;
use crate::identity::rights_changed;
use crate::model::{Role, User, UserState};
use crate::store::users::NewRow;
use crate::store::{keys, roles, sessions, users};
use crate::{Identity, IdentityError, audit};

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
    pub async fn set_up(&self, token: &str, name: &str, password: &str) -> Result<UserId, IdentityError> {
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
        tx.commit().await?;
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
        self.add_user(name, password, false, &ids, member).await
    }

    pub(crate) async fn add_user(
        &self,
        name: &str,
        password: &str,
        password_due: bool,
        role_ids: &[RoleId],
        member: Option<MemberId>,
    ) -> Result<UserId, IdentityError> {
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
        tx.commit().await?;
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
            roles::give(&mut tx, id, &[]).await?;
        }
        check_administrator_left(&mut tx, administered).await?;
        rights_changed(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Makes these the roles of a user.
    pub(crate) async fn give_roles(&self, id: UserId, role_ids: &[RoleId]) -> Result<(), IdentityError> {
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        present(users::find_in(&mut tx, id).await?)?;
        let role_ids = check_roles(&mut tx, role_ids).await?;
        let administered = administered(&mut tx).await?;
        roles::give(&mut tx, id, &role_ids).await?;
        check_administrator_left(&mut tx, administered).await?;
        rights_changed(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives a user a password nobody chose, unlocks them and ends their sessions. Until it is changed they may do
    /// nothing else, with a key neither.
    pub(crate) async fn reset(&self, id: UserId) -> Result<NewPassword, IdentityError> {
        let password = self.one_time_password();
        let hash = self.passwords.hash(&password).await?;
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        let user = present(users::find_in(&mut tx, id).await?)?;
        users::set_password(&mut tx, id, &hash, true, self.clock.now()).await?;
        sessions::end_all(&mut tx, id).await?;
        sessions::forgive(&mut tx, &crate::sessions::user_attempts(&user.name)).await?;
        rights_changed(&mut tx).await?;
        tx.commit().await?;
        Ok(NewPassword { user: id, password })
    }

    /// The same from the command line, by name, with an entry in the audit trail. A user who is barred is admitted
    /// again, since whoever has the machine has the say.
    pub async fn reset_password(&self, name: &str) -> Result<NewPassword, IdentityError> {
        let known = users::find_by_name(&self.db, name).await?.filter(|known| known.state != UserState::Removed);
        let known = known.ok_or(IdentityError::NotFound("user"))?;
        let user = present(users::find(&self.db, known.id).await?)?;
        if user.state == UserState::Disabled {
            self.change_user(known.id, user.member, UserState::Active).await?;
        }
        let new = self.reset(known.id).await?;
        self.note_command("user.reset_password", &format!("user:{}", known.id), Outcome::Done).await?;
        Ok(new)
    }

    /// All users, for the command line; at most 1 000.
    pub async fn list_users(&self) -> Result<Vec<User>, IdentityError> {
        Ok(users::list(&self.db, UserId::new(0), LIST_MAX).await?)
    }

    /// Changes the password of who is signed in; their other sessions end.
    pub(crate) async fn change_password(
        &self,
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
        tx.commit().await?;
        Ok(())
    }

    /// Takes back the failures that lock a user out.
    pub(crate) async fn unlock(&self, id: UserId) -> Result<(), IdentityError> {
        let user = present(users::find(&self.db, id).await?)?;
        let mut tx = self.db.begin().await?;
        sessions::forgive(&mut tx, &crate::sessions::user_attempts(&user.name)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes down an act from the command line; durable when it returns.
    pub async fn note_command(&self, action: &str, target: &str, outcome: Outcome) -> Result<(), IdentityError> {
        let record = AuditRecord {
            at: self.clock.now(),
            caller: None,
            action: action.to_owned(),
            target: target.to_owned(),
            outcome,
            detail: serde_json::json!({"by": "command line"}),
            request_id: String::new(),
        };
        self.audit.write(audit::entry_of(record)).await
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
