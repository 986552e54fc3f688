//! What somebody would see: rules resolved on today's department tree, and counted.
//!
//! It counts and names members; it opens no conversation and names no contact.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use xinlu_http::{ApiError, Grants, Level, Visible};
use xinlu_model::{ContactId, MemberId, UserId};

use crate::access::permission::{CATALOGUE, CONTACT_READ, CONVERSATION_READ, RULES_MAX, Rule, Scope};
use crate::access::scope;
use crate::directory::{Member, MemberStatus, Snapshot};
use crate::store::{contacts, roles, users};
use crate::users::present;
use crate::{Identity, IdentityError};

/// Members that stand for all.
const SAMPLE_MAX: usize = 5;

/// Conversations that some members take part in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// How many.
    pub conversations: u64,
    /// Contacts and bots in them; empty when everybody's were asked for.
    pub contacts: BTreeSet<ContactId>,
}

/// Counts conversations; implemented by who holds them and wired by the server.
#[async_trait]
pub trait ConversationReach: Send + Sync {
    /// The conversations in which one of `members` takes part; with `None` all there are.
    async fn reach(&self, members: Option<&BTreeSet<MemberId>>) -> Result<Reached, ApiError>;
}

/// What rules reach, in figures.
pub(crate) struct Reach {
    pub(crate) departments: u64,
    pub(crate) members: u64,
    pub(crate) contacts: u64,
    /// `None` where nobody counts conversations.
    pub(crate) conversations: Option<u64>,
    /// The highest level at which any conversation is read.
    pub(crate) level: Option<Level>,
    pub(crate) sample: Vec<Arc<Member>>,
}

/// Rules as somebody thinks of giving them.
pub(crate) struct Supposed {
    pub(crate) permissions: Vec<String>,
    pub(crate) scope: Scope,
    pub(crate) level: Level,
}

impl Supposed {
    /// The rules they make; where a permission knows no scope or level, the only one it has.
    fn rules(&self) -> Result<Vec<Rule>, IdentityError> {
        if self.permissions.len() > RULES_MAX {
            return Err(IdentityError::Value("a role has at most 64 rules"));
        }
        let rule = |name: &String| {
            let known = CATALOGUE.iter().find(|one| one.permission == name);
            let unknown =
                || IdentityError::Rule("there is no such permission; /api/v1/permissions lists them".to_owned());
            let known = known.ok_or_else(unknown)?;
            Ok(Rule {
                permission: name.clone(),
                scope: if known.scoped { self.scope } else { Scope::All },
                level: if known.levelled { self.level } else { Level::Text },
            })
        };
        self.permissions.iter().map(rule).collect()
    }
}

impl Identity {
    /// Widens what is counted to conversations. Once.
    pub fn set_conversation_reach(&self, reach: Arc<dyn ConversationReach>) {
        if self.conversation_reach.set(reach).is_err() {
            tracing::warn!("who counts conversations was set before");
        }
    }

    /// What a user sees today. Who has left the company sees nothing.
    pub(crate) async fn reach_of_user(&self, id: UserId) -> Result<Reach, ApiError> {
        let user = present(users::find(&self.db, id).await.map_err(IdentityError::from)?)?;
        let snapshot = self.directory.snapshot().await?;
        let member = user.member.and_then(|member| snapshot.members.get(&member));
        let left = member.is_some_and(|member| member.status == MemberStatus::Left);
        let roles = if left { Vec::new() } else { roles::of_user(&self.db, id).await? };
        let rules: Vec<Rule> = roles.into_iter().flat_map(|role| role.rules).collect();
        self.reach_of(&scope::grants(&rules, user.member, &snapshot), &snapshot).await
    }

    /// What somebody who is this member (or none) would see with these rules.
    pub(crate) async fn reach_of_rules(&self, rules: &Supposed, member: Option<MemberId>) -> Result<Reach, ApiError> {
        let rules = rules.rules()?;
        let snapshot = self.directory.snapshot().await?;
        if member.is_some_and(|member| !snapshot.members.contains_key(&member)) {
            return Err(IdentityError::NotFound("member").into());
        }
        self.reach_of(&scope::grants(&rules, member, &snapshot), &snapshot).await
    }

    async fn reach_of(&self, grants: &Grants, snapshot: &Snapshot) -> Result<Reach, ApiError> {
        let read = grants.visible(CONVERSATION_READ, Level::Metadata);
        let level =
            grants.list().iter().filter(|grant| grant.permission == CONVERSATION_READ).map(|one| one.level).max();
        let of_contacts = grants.visible(CONTACT_READ, Level::Metadata);
        let people = together(&read, &of_contacts);
        let is_seen = |member: &MemberId| people.sees(&[*member]);
        let mut members: Vec<&Arc<Member>> = snapshot.members.values().filter(|one| is_seen(&one.id)).collect();
        members.sort_unstable_by_key(|member| (member.status == MemberStatus::Left, member.id));
        let places = members.iter().flat_map(|member| &member.departments).map(|place| place.department);
        let mut departments: BTreeSet<_> = places.collect();
        if people == Visible::All {
            departments.extend(snapshot.departments.keys());
        }
        departments.retain(|id| snapshot.departments.get(id).is_some_and(|one| !one.removed));
        let conversations = match (self.conversation_reach.get(), members_of(&read)) {
            (None, _) => None,
            (Some(reach), read) => Some(reach.reach(read).await?.conversations),
        };
        Ok(Reach {
            departments: departments.len() as u64,
            members: members.len() as u64,
            contacts: self.contacts_reached(&of_contacts).await?,
            conversations,
            level,
            sample: members.into_iter().take(SAMPLE_MAX).cloned().collect(),
        })
    }

    /// Contacts that one of the members looks after or talks with.
    async fn contacts_reached(&self, visible: &Visible) -> Result<u64, ApiError> {
        let Some(members) = members_of(visible) else {
            return Ok(contacts::count(&self.db).await.map_err(IdentityError::from)?);
        };
        let mut seen = BTreeSet::new();
        for member in members {
            seen.extend(contacts::followed_by(&self.db, *member).await.map_err(IdentityError::from)?);
        }
        if let Some(reach) = self.conversation_reach.get() {
            seen.extend(reach.reach(Some(members)).await?.contacts);
        }
        Ok(seen.len() as u64)
    }
}

/// The members, or `None` for everybody.
fn members_of(visible: &Visible) -> Option<&BTreeSet<MemberId>> {
    match visible {
        Visible::All => None,
        Visible::Members(members) => Some(members),
    }
}

fn together(one: &Visible, other: &Visible) -> Visible {
    match (members_of(one), members_of(other)) {
        (Some(one), Some(other)) => Visible::Members(Arc::new(one.union(other).copied().collect())),
        _ => Visible::All,
    }
}
