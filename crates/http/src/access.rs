//! Who asks and what they may see.
//!
//! A permission is granted with a scope, already resolved to members by `identity` on today's department tree, and
//! with a level where messages are concerned. It never asks a database: what is here is what was granted.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use xinlu_model::{MemberId, UserId};

/// What an endpoint asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody, also without signing in.
    Public,
    /// Anybody who is signed in.
    SignedIn,
    /// Whoever holds this permission in any scope; the handler narrows to the scope.
    Permission(&'static str),
}

/// How much of a message may be seen. Ordered: each includes the ones before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Who, when, what kind; no text, no media.
    Metadata,
    /// Text with personal data masked; no media.
    Masked,
    /// Everything.
    Text,
}

/// Whose conversations may be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visible {
    /// Everybody's.
    All,
    /// Those in which one of these members takes part.
    Members(Arc<BTreeSet<MemberId>>),
}

impl Visible {
    /// Nobody's.
    pub fn nobody() -> Self {
        Self::Members(Arc::default())
    }

    /// Whether a thing that belongs to these members is seen.
    pub fn sees(&self, members: &[MemberId]) -> bool {
        match self {
            Self::All => true,
            Self::Members(set) => members.iter().any(|member| set.contains(member)),
        }
    }
}

/// One grant of a permission.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The permission, `part.verb`.
    pub permission: String,
    /// Whose conversations.
    pub visible: Visible,
    /// How much of a message.
    pub level: Level,
}

/// All grants of a caller.
#[derive(Clone, Debug, Default)]
pub struct Grants(Vec<Grant>);

impl Grants {
    /// From the roles of a user, resolved.
    pub fn new(grants: Vec<Grant>) -> Self {
        Self(grants)
    }

    /// Every grant, in the order of the roles.
    pub fn list(&self) -> &[Grant] {
        &self.0
    }

    /// Whether the permission is held in any scope.
    pub fn holds(&self, permission: &str) -> bool {
        self.0.iter().any(|grant| grant.permission == permission)
    }

    /// Whether the permission is held for everybody.
    pub fn holds_for_all(&self, permission: &str) -> bool {
        self.of(permission).any(|grant| grant.visible == Visible::All)
    }

    fn of<'a>(&'a self, permission: &'a str) -> impl Iterator<Item = &'a Grant> {
        self.0.iter().filter(move |grant| grant.permission == permission)
    }

    /// Whose conversations are seen at least at `level`.
    pub fn visible(&self, permission: &str, level: Level) -> Visible {
        let mut members = BTreeSet::new();
        for grant in self.of(permission).filter(|grant| grant.level >= level) {
            match &grant.visible {
                Visible::All => return Visible::All,
                Visible::Members(set) => members.extend(set.iter().copied()),
            }
        }
        Visible::Members(Arc::new(members))
    }

    /// The highest level at which a thing of these members is seen; `None`: not at all.
    pub fn level(&self, permission: &str, members: &[MemberId]) -> Option<Level> {
        self.of(permission).filter(|grant| grant.visible.sees(members)).map(|grant| grant.level).max()
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user.
    pub user: UserId,
    /// The name they sign in with.
    pub name: String,
    /// The member they are, if they are one.
    pub member: Option<MemberId>,
    /// What they may do.
    pub grants: Arc<Grants>,
    /// Whether a cookie (and so a browser) speaks, which then must show it is our page.
    pub by_cookie: bool,
}
