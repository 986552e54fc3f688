//! Typed ids. An id is a positive integer given by the database; its type says of what.
//!
//! Ids are never bare integers in a signature, so a record's id cannot be handed in as a conversation's.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An id of a `T`. As JSON and in URLs it is a plain decimal number.
pub struct Id<T>(i64, PhantomData<fn() -> T>);

impl<T> Id<T> {
    /// Takes the number as the database gave it.
    pub const fn new(number: i64) -> Self {
        Self(number, PhantomData)
    }

    /// The number as the database knows it.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The id that is `count` after this one; ids of one batch are consecutive.
    pub const fn plus(self, count: i64) -> Self {
        Self(self.0 + count, PhantomData)
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{}", self.0)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self::new)
    }
}

impl<T> utoipa::PartialSchema for Id<T> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        i64::schema()
    }
}
impl<T> utoipa::ToSchema for Id<T> {}

/// Marker: an archive record.
pub enum Record {}
/// Marker: a conversation (pair, group or channel thread).
pub enum Conversation {}
/// Marker: where intake comes from (one corp's archive).
pub enum Source {}
/// Marker: one media item of a record.
pub enum Media {}
/// Marker: a parked intake item.
pub enum Parked {}
/// Marker: a member of the company.
pub enum Member {}
/// Marker: a department.
pub enum Department {}
/// Marker: a contact outside the company.
pub enum Contact {}
/// Marker: a role.
pub enum Role {}
/// Marker: somebody who can log in.
pub enum User {}
/// Marker: an API key.
pub enum ApiKey {}
/// Marker: an entry of the audit trail.
pub enum AuditEntry {}

/// Id of an archive record.
pub type RecordId = Id<Record>;
/// Id of a conversation.
pub type ConversationId = Id<Conversation>;
/// Id of a source.
pub type SourceId = Id<Source>;
/// Id of a media item.
pub type MediaId = Id<Media>;
/// Id of a parked item.
pub type ParkedId = Id<Parked>;
/// Id of a member.
pub type MemberId = Id<Member>;
/// Id of a department.
pub type DepartmentId = Id<Department>;
/// Id of a contact.
pub type ContactId = Id<Contact>;
/// Id of a role.
pub type RoleId = Id<Role>;
/// Id of a user.
pub type UserId = Id<User>;
/// Id of an API key.
pub type ApiKeyId = Id<ApiKey>;
/// Id of an audit entry.
pub type AuditId = Id<AuditEntry>;
