//! The permissions there are, the rules that roles are made of, and the duties that must stay apart. Pure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use xinlu_http::Level;

use crate::IdentityError;

/// Rules of one role; there are far fewer permissions times scopes.
pub(crate) const RULES_MAX: usize = 64;

/// Over whom a permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The member the user is.
    Own,
    /// All members of the departments the user is in.
    Department,
    /// All members of the departments the user leads and of those below; who leads none: those they are in.
    Subtree,
    /// Everybody.
    All,
}

/// One rule of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The permission, one of the catalogue.
    pub permission: String,
    /// Over whom.
    pub scope: Scope,
    /// How much of a message; `text` where the permission knows no levels.
    #[serde(default = "text")]
    pub level: Level,
}

const fn text() -> Level {
    Level::Text
}

/// A permission of the catalogue.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub struct Permission {
    /// Its name, which never changes.
    pub permission: &'static str,
    /// Whether a scope narrower than `all` may be given.
    pub scoped: bool,
    /// Whether a level may be given.
    pub levelled: bool,
    /// What it allows.
    pub description: &'static str,
}

/// Reads conversations.
pub(crate) const CONVERSATION_READ: &str = "conversation.read";
/// Reads contacts.
pub(crate) const CONTACT_READ: &str = "contact.read";
/// Reads members and departments.
pub(crate) const MEMBER_READ: &str = "member.read";
/// Makes and changes members and departments of our own.
pub(crate) const MEMBER_MANAGE: &str = "member.manage";
/// Manages users.
pub(crate) const USER_MANAGE: &str = "user.manage";
/// Lists users; comes with managing users or roles.
pub(crate) const USER_READ: &str = "user.read";
/// Manages roles and gives them to users.
pub(crate) const ROLE_MANAGE: &str = "role.manage";
/// Lists roles; comes with managing users or roles.
pub(crate) const ROLE_READ: &str = "role.read";
/// Lists and revokes everybody's API keys.
pub(crate) const API_KEY_MANAGE: &str = "api_key.manage";
/// Reads the audit trail.
pub(crate) const AUDIT_READ: &str = "audit.read";
const CHANNEL_MANAGE: &str = "channel.manage";

const fn row(permission: &'static str, scoped: bool, levelled: bool, description: &'static str) -> Permission {
    Permission { permission, scoped, levelled, description }
}

/// All permissions a rule may name.
pub const CATALOGUE: &[Permission] = &[
    row(CONVERSATION_READ, true, true, "read and search conversations, with their proofs; at level text also media"),
    row("archive.reveal", true, false, "see single messages in full that one reads masked; each is audited"),
    row(
        CONTACT_READ,
        true,
        false,
        "see contacts that a member in scope looks after or talks with, their names as far as one reads conversations",
    ),
    row("consent.read", true, false, "see whether contacts agreed to being archived"),
    row(MEMBER_READ, false, false, "see members and departments"),
    row(MEMBER_MANAGE, false, false, "make and change members and departments that no source brings"),
    row("archive.status", false, false, "see how intake, media and reconciliation stand"),
    row("archive.verify", false, false, "check the archive and read checkpoints and consistency proofs"),
    row(USER_MANAGE, false, false, "make, bar and unlock users and reset their passwords"),
    row(ROLE_MANAGE, false, false, "make roles and give them to others, never to oneself"),
    row(API_KEY_MANAGE, false, false, "see and revoke everybody's API keys"),
    row(CHANNEL_MANAGE, false, false, "set up channels and their secrets"),
    row(AUDIT_READ, false, false, "read the audit trail and its proofs"),
];

/// What comes with a permission without being given by itself.
pub(crate) fn implied(permission: &str, level: Level) -> &'static [&'static str] {
    match (permission, level) {
        (CONVERSATION_READ, Level::Text) => &["message.search", "archive.proof", "media.read"],
        (CONVERSATION_READ, _) => &["message.search", "archive.proof"],
        (USER_MANAGE | ROLE_MANAGE, _) => &[USER_READ, ROLE_READ],
        _ => &[],
    }
}

/// Whether a rule makes sense; the error says why not.
pub(crate) fn check_rules(rules: &[Rule]) -> Result<(), IdentityError> {
    if rules.len() > RULES_MAX {
        return Err(IdentityError::Rule(format!("a role has at most {RULES_MAX} rules")));
    }
    for rule in rules {
        let known = CATALOGUE.iter().find(|one| one.permission == rule.permission);
        let Some(known) = known else {
            return Err(IdentityError::Rule("there is no such permission; /api/v1/permissions lists them".to_owned()));
        };
        if !known.scoped && rule.scope != Scope::All {
            return Err(IdentityError::Rule(format!("{} knows no scope but all", known.permission)));
        }
        if !known.levelled && rule.level != Level::Text {
            return Err(IdentityError::Rule(format!("{} knows no levels", known.permission)));
        }
    }
    duties_apart(rules)
}

/// What a person answers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Duty {
    System,
    Security,
    Audit,
    Reading,
}

impl Duty {
    const fn name(self) -> &'static str {
        match self {
            Self::System => "system administration",
            Self::Security => "security administration",
            Self::Audit => "audit administration",
            Self::Reading => "reading of others' conversations",
        }
    }

    /// Administrators and auditors watch one another, so the three stay apart; and who administers does not read.
    const fn clashes(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::System, Self::Security | Self::Audit | Self::Reading)
                | (Self::Security, Self::Audit | Self::Reading)
        )
    }
}

/// The duties of one role. Managing roles alone is security administration; with users or channels it is part of
/// system administration, whose first holder must be able to appoint others.
fn duties(rules: &[Rule]) -> BTreeSet<Duty> {
    let has = |permission: &str| rules.iter().any(|rule| rule.permission == permission);
    let mut duties = BTreeSet::new();
    if has(USER_MANAGE) || has(CHANNEL_MANAGE) {
        duties.insert(Duty::System);
    } else if has(ROLE_MANAGE) || has(API_KEY_MANAGE) {
        duties.insert(Duty::Security);
    }
    if has(AUDIT_READ) {
        duties.insert(Duty::Audit);
    }
    if rules.iter().any(|rule| rule.permission == CONVERSATION_READ && rule.scope != Scope::Own) {
        duties.insert(Duty::Reading);
    }
    duties
}

fn duties_apart(rules: &[Rule]) -> Result<(), IdentityError> {
    apart(&duties(rules))
}

fn apart(duties: &BTreeSet<Duty>) -> Result<(), IdentityError> {
    for one in duties {
        if let Some(other) = duties.iter().find(|other| one.clashes(**other)) {
            return Err(IdentityError::DutiesJoined(one.name(), other.name()));
        }
    }
    Ok(())
}

/// Whether one person may hold all these roles, each given by its rules.
pub(crate) fn check_person(roles: &[Vec<Rule>]) -> Result<(), IdentityError> {
    apart(&roles.iter().flat_map(|rules| duties(rules)).collect())
}

/// Whether these rules let somebody manage users.
pub(crate) fn manages_users(rules: &[Rule]) -> bool {
    rules.iter().any(|rule| rule.permission == USER_MANAGE)
}
