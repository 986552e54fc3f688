//! The words of access: users, roles, API keys, and how this part is configured.

use serde::{Deserialize, Serialize};
use xinlu_model::{ApiKeyId, MemberId, RoleId, Time, UserId};

use crate::access::permission::Rule;

/// How long sessions last, and whether cookies travel only over TLS.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityConfig {
    /// A session ends after this long without a request, in minutes.
    pub session_idle_minutes: u32,
    /// A session ends this long after sign-in, in minutes.
    pub session_minutes: u32,
    /// Whether the server speaks TLS, so that browsers send the cookie over nothing else. Set by the server.
    #[serde(skip)]
    pub secure_cookie: bool,
}

impl Default for IdentityConfig {
    /// 30 minutes idle and 12 hours in all: OWASP "Session Management" for applications of middling risk, and a
    /// working day.
    fn default() -> Self {
        Self { session_idle_minutes: 30, session_minutes: 12 * 60, secure_cookie: false }
    }
}

/// Whether a user may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// May sign in.
    Active,
    /// Barred for now.
    Disabled,
    /// Gone for good; the name stays taken, since the audit trail speaks of it.
    Removed,
}

impl UserState {
    /// The number on disk.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Active => 1,
            Self::Disabled => 2,
            Self::Removed => 3,
        }
    }

    /// The state of a number; one we do not know may not sign in.
    pub(crate) const fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Active,
            2 => Self::Disabled,
            _ => Self::Removed,
        }
    }
}

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Ours.
    pub id: UserId,
    /// The name they sign in with.
    pub name: String,
    /// The member they are.
    pub member: Option<MemberId>,
    /// Whether they may sign in.
    pub state: UserState,
    /// They must change their password before they may do anything else.
    pub password_due: bool,
    /// Signing in asks for a second factor.
    pub totp: bool,
    /// When they were made.
    pub created_at: Time,
    /// When the password was set.
    pub password_at: Time,
    /// When they signed in last.
    pub signed_in_at: Option<Time>,
}

/// A set of rules with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Ours.
    pub id: RoleId,
    /// The stable code of a built-in role.
    pub code: Option<String>,
    /// Name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it allows.
    pub rules: Vec<Rule>,
}

/// An API key, without what would let anybody use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Ours.
    pub id: ApiKeyId,
    /// Whose it is; it never allows more than they may do themselves.
    pub user: UserId,
    /// Their name.
    pub user_name: String,
    /// What it is for.
    pub name: String,
    /// Its first signs, to know it by.
    pub hint: String,
    /// When it was made.
    pub created_at: Time,
    /// When it stops working.
    pub ends_at: Option<Time>,
    /// When it was used last, to the minute.
    pub used_at: Option<Time>,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
    /// The roles it carries, as far as its owner still holds them.
    pub roles: Vec<RoleId>,
}
