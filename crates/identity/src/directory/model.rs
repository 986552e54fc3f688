//! The words of the directory: what a sync brings in and what is asked of it.

use serde::{Deserialize, Serialize};
use xinlu_model::{ContactId, DepartmentId, Id, MemberId, PartyKind, Time};

/// The source of members and departments that were made here and not synchronised.
pub const LOCAL_SOURCE: &str = "local";

/// Where a member stands. The numbers are WeCom's (`user/get`, `status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    /// Seen in messages, never in a directory.
    Unknown,
    /// At work.
    Active,
    /// Barred from the source.
    Disabled,
    /// Not activated yet.
    Inactive,
    /// Left the company; their conversations stay.
    Left,
}

impl MemberStatus {
    /// The number on disk and in WeCom.
    pub const fn number(self) -> i64 {
        match self {
            Self::Unknown => 0,
            Self::Active => 1,
            Self::Disabled => 2,
            Self::Inactive => 4,
            Self::Left => 5,
        }
    }

    /// The status of a number; one we do not know is `Unknown`.
    pub const fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Active,
            2 => Self::Disabled,
            4 => Self::Inactive,
            5 => Self::Left,
            _ => Self::Unknown,
        }
    }
}

/// Where a contact comes from. The numbers are WeCom's (`externalcontact/get`, `type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactOrigin {
    /// Not said.
    Unknown,
    /// A user of WeChat.
    Wechat,
    /// A member of another company on WeCom.
    Wecom,
}

impl ContactOrigin {
    /// The number on disk and in WeCom.
    pub const fn number(self) -> i64 {
        match self {
            Self::Unknown => 0,
            Self::Wechat => 1,
            Self::Wecom => 2,
        }
    }

    /// The origin of a number; one we do not know is `Unknown`.
    pub const fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Wechat,
            2 => Self::Wecom,
            _ => Self::Unknown,
        }
    }
}

/// Marker: a tag of contacts.
pub enum TagMark {}

/// Id of a tag of contacts.
pub type TagId = Id<TagMark>;

/// Whose word a tag is. The numbers are WeCom's (`externalcontact/get`, `follow_user[].tags[].type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TagKind {
    /// The company's, for everybody to give.
    Corp,
    /// The member's own.
    Own,
    /// Of a rule group (规则组), for some members to give.
    Rule,
}

impl TagKind {
    /// The number on disk and in WeCom.
    pub const fn number(self) -> i64 {
        match self {
            Self::Corp => 1,
            Self::Own => 2,
            Self::Rule => 3,
        }
    }

    /// The kind of a number; one we do not know is taken for the company's.
    pub const fn from_number(number: i64) -> Self {
        match number {
            2 => Self::Own,
            3 => Self::Rule,
            _ => Self::Corp,
        }
    }
}

/// A tag as the source has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagIn {
    /// The source's id.
    pub id: String,
    /// The group it stands in; empty with an empty name.
    pub group: String,
    /// What it says; empty keeps the name and group we have.
    pub name: String,
    /// Whose word it is.
    pub kind: TagKind,
}

/// A department as the source has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepartmentIn {
    /// The source's id.
    pub id: i64,
    /// The source's id of the one above; `None` (or one not in the list) at the top.
    pub parent: Option<i64>,
    /// Name.
    pub name: String,
    /// Place among its siblings, smallest first.
    pub order: i64,
}

/// A member as the source has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberIn {
    /// The source's id (WeCom `userid`).
    pub userid: String,
    /// Name; empty keeps the one we have.
    pub name: String,
    /// Where their picture is; empty: none.
    pub avatar: String,
    /// The source's ids of their departments; unknown ones are left out.
    pub departments: Vec<i64>,
    /// Those of them they lead.
    pub leader: Vec<i64>,
    /// Position, as written in the directory.
    pub position: String,
    /// Where they stand.
    pub status: MemberStatus,
    /// Whether their conversations are archived; `None` keeps what we know.
    pub archived_seat: Option<bool>,
}

/// Who looks after a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowIn {
    /// The member's id in the source.
    pub userid: String,
    /// What they call the contact.
    pub remark: String,
    /// Since when.
    pub added_at: Option<Time>,
    /// The tags they gave the contact; replaces what we have.
    pub tags: Vec<TagIn>,
}

/// A contact as the source has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactIn {
    /// The source's id (WeCom `external_userid`).
    pub external_id: String,
    /// Name; empty keeps the one we have.
    pub name: String,
    /// Where their picture is; empty: none.
    pub avatar: String,
    /// Their company; empty: none.
    pub corp_name: String,
    /// Where they come from.
    pub kind: ContactOrigin,
    /// WeCom's number: 0 unknown, 1 male, 2 female.
    pub gender: i64,
    /// WeChat's id of the person across accounts.
    pub unionid: Option<String>,
    /// The members who look after them; replaces what we have.
    pub follows: Vec<FollowIn>,
}

/// What a sync changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Rows made.
    pub created: u64,
    /// Rows changed.
    pub updated: u64,
    /// Rows no longer in the source (left, removed).
    pub gone: u64,
}

/// How a party is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyName {
    /// Member, contact or bot.
    pub kind: PartyKind,
    /// The name; the source's id when no name is known yet.
    pub name: String,
    /// Where the picture is; empty: none.
    pub avatar: String,
    /// A contact's company; empty: none.
    pub company: String,
    /// The source's key.
    pub source: String,
    /// The source's id.
    pub external_id: String,
}

/// A member as we hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Ours.
    pub id: MemberId,
    /// The source's key.
    pub source: String,
    /// The source's id.
    pub userid: String,
    /// Name; empty while only messages told of them.
    pub name: String,
    /// Where their picture is.
    pub avatar: String,
    /// Position.
    pub position: String,
    /// Where they stand.
    pub status: MemberStatus,
    /// Whether their conversations are archived, when known.
    pub archived_seat: Option<bool>,
    /// Their departments; of one who left, the last ones.
    pub departments: Vec<Membership>,
}

/// A member in a department.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The department.
    pub department: DepartmentId,
    /// Whether they lead it.
    pub leads: bool,
}

/// A department as we hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// Ours.
    pub id: DepartmentId,
    /// The source's key.
    pub source: String,
    /// The source's id.
    pub external_id: i64,
    /// The one above.
    pub parent: Option<DepartmentId>,
    /// Name.
    pub name: String,
    /// Place among its siblings.
    pub order: i64,
    /// No longer in the source.
    pub removed: bool,
}

/// A contact as we hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Ours.
    pub id: ContactId,
    /// The source's key.
    pub source: String,
    /// Contact or bot.
    pub kind: PartyKind,
    /// The source's id.
    pub external_id: String,
    /// Name; empty while only messages told of them.
    pub name: String,
    /// Where their picture is.
    pub avatar: String,
    /// Their company.
    pub company: String,
    /// Where they come from.
    pub origin: ContactOrigin,
    /// WeCom's number: 0 unknown, 1 male, 2 female.
    pub gender: i64,
    /// WeChat's id of the person across accounts.
    pub unionid: Option<String>,
    /// First seen.
    pub created_at: Time,
}
