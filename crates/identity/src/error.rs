//! What can go wrong here, each with its stable code. Texts name what to do and never say whether a name exists.

use xinlu_db::DbError;
use xinlu_keys::KeysError;
use xinlu_ledger::LedgerError;
use xinlu_model::{ErrorKind, Fault};

/// The rule that a password breaks. Length counts most; the others only stop the obvious.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRule {
    /// Shorter than 12 characters.
    #[error("a password has at least 12 characters")]
    TooShort,
    /// Longer than 128 characters.
    #[error("a password has at most 128 characters")]
    TooLong,
    /// Fewer than five different characters.
    #[error("a password has at least 5 different characters")]
    TooSimple,
    /// It holds the user's name.
    #[error("a password does not contain the user's name")]
    HasName,
    /// The same as before.
    #[error("the new password is the old one")]
    Unchanged,
}

impl PasswordRule {
    const fn code(self) -> &'static str {
        match self {
            Self::TooShort => "identity.password_too_short",
            Self::TooLong => "identity.password_too_long",
            Self::TooSimple => "identity.password_too_simple",
            Self::HasName => "identity.password_has_name",
            Self::Unchanged => "identity.password_unchanged",
        }
    }
}

/// An error of this part.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The log failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The key ring failed.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// There is no such thing, or not for this caller.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Setting up was done before.
    #[error("this installation is set up already; sign in")]
    SetupDone,
    /// The token of the first run is not the one that was printed last.
    #[error("this is not the set-up token that the server printed when it started last")]
    SetupToken,
    /// Name or password is wrong (which of them is never said).
    #[error("the name or the password is wrong")]
    SignIn,
    /// Name and password are right, and the user has a second factor. Only who knows the password is told.
    #[error("this account asks for a second factor: send a code of the authenticator app, or a recovery code, as well")]
    TotpRequired,
    /// The second factor is wrong, or was used before.
    #[error("the code is wrong or was used before; wait for the next one")]
    TotpWrong,
    /// There is one already.
    #[error("a second factor is enabled already; take it away first")]
    TotpEnabled,
    /// There is no secret that a code could be of.
    #[error("no second factor was begun; ask for a secret first")]
    TotpNotBegun,
    /// Too many failures for this name or address.
    #[error("too many failed attempts; try again in 15 minutes")]
    Locked,
    /// More people sign in at once than passwords can be checked.
    #[error("too many people sign in right now; try again in a moment")]
    Crowded,
    /// The password breaks a rule.
    #[error(transparent)]
    Password(#[from] PasswordRule),
    /// The name of a user breaks a rule.
    #[error("a user name has 1 to 64 letters, digits or any of . _ - @")]
    UserName,
    /// A user has that name.
    #[error("a user of this name exists already")]
    UserExists,
    /// Another user is bound to that member.
    #[error("another user is bound to this member already")]
    MemberBound,
    /// Duties that must stay apart.
    #[error("one person cannot hold {0} and {1}; appoint two")]
    DutiesJoined(&'static str, &'static str),
    /// Nobody appoints themselves.
    #[error("nobody changes the roles they hold; ask another administrator")]
    OwnRoles,
    /// The last who could let others in.
    #[error("this is the last user who can manage users; appoint another first")]
    LastAdministrator,
    /// Built-in roles are fixed.
    #[error("a built-in role cannot be changed; make one of your own")]
    BuiltInRole,
    /// The role is in use.
    #[error("this role is held by somebody; take it from them first")]
    RoleInUse,
    /// A role of that name exists.
    #[error("a role of this name exists already")]
    RoleExists,
    /// A role's rule makes no sense.
    #[error("{0}")]
    Rule(String),
    /// Only departments of our own are changed here.
    #[error("this department comes from the directory of its source; change it there")]
    DepartmentOfSource,
    /// A department would stand below itself.
    #[error("a department cannot stand below itself or below one that is inside it")]
    DepartmentRing,
    /// The department is not empty.
    #[error("there are members or departments inside this department; move them first")]
    DepartmentInUse,
    /// A key makes no keys and changes nothing about how its owner signs in.
    #[error("an API key cannot do this; sign in")]
    KeyByKey,
    /// A key carries only roles of its owner.
    #[error("an API key carries only roles that its owner holds")]
    KeyRoles,
    /// A value is out of its bounds.
    #[error("{0}")]
    Value(&'static str),
    /// The audit trail cannot be written, so nothing may be answered.
    #[error("the audit trail cannot be written now; try again")]
    AuditUnavailable,
    /// Hashing failed, or stored data cannot be read.
    #[error("{0}")]
    Internal(String),
}

impl Fault for IdentityError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Db(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Keys(error) => error.kind(),
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::SetupToken => ErrorKind::Forbidden,
            Self::SignIn | Self::TotpRequired | Self::TotpWrong => ErrorKind::Unauthenticated,
            Self::Locked | Self::Crowded => ErrorKind::TooMany,
            Self::Password(_) | Self::UserName | Self::Rule(_) | Self::KeyRoles | Self::Value(_) => ErrorKind::Invalid,
            Self::SetupDone
            | Self::UserExists
            | Self::MemberBound
            | Self::DutiesJoined(..)
            | Self::OwnRoles
            | Self::LastAdministrator
            | Self::BuiltInRole
            | Self::RoleInUse
            | Self::RoleExists
            | Self::TotpEnabled
            | Self::TotpNotBegun
            | Self::DepartmentOfSource
            | Self::DepartmentRing
            | Self::DepartmentInUse
            | Self::KeyByKey => ErrorKind::Conflict,
            Self::AuditUnavailable => ErrorKind::Unavailable,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Db(error) => error.code(),
            Self::Ledger(error) => error.code(),
            Self::Keys(error) => error.code(),
            Self::NotFound(_) => "identity.not_found",
            Self::SetupDone => "identity.setup_done",
            Self::SetupToken => "identity.setup_token_wrong",
            Self::SignIn => "identity.sign_in_failed",
            Self::TotpRequired => "identity.totp_required",
            Self::TotpWrong => "identity.totp_wrong",
            Self::TotpEnabled => "identity.totp_enabled",
            Self::TotpNotBegun => "identity.totp_not_begun",
            Self::Locked => "identity.locked",
            Self::Crowded => "identity.crowded",
            Self::Password(rule) => rule.code(),
            Self::UserName => "identity.user_name_invalid",
            Self::UserExists => "identity.user_exists",
            Self::MemberBound => "identity.member_bound",
            Self::DutiesJoined(..) => "identity.duties_joined",
            Self::OwnRoles => "identity.own_roles",
            Self::LastAdministrator => "identity.last_administrator",
            Self::BuiltInRole => "identity.role_built_in",
            Self::RoleInUse => "identity.role_in_use",
            Self::RoleExists => "identity.role_exists",
            Self::Rule(_) => "identity.rule_invalid",
            Self::DepartmentOfSource => "identity.department_of_source",
            Self::DepartmentRing => "identity.department_ring",
            Self::DepartmentInUse => "identity.department_in_use",
            Self::KeyByKey => "identity.key_by_key",
            Self::KeyRoles => "identity.key_roles",
            Self::Value(_) => "identity.value_invalid",
            Self::AuditUnavailable => "identity.audit_unavailable",
            Self::Internal(_) => "identity.internal",
        }
    }
}
