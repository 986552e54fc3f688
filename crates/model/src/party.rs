//! Who speaks or is spoken to, as the source names them.

use serde::{Deserialize, Serialize};

/// What an id of the source stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartyKind {
    /// A member of the company.
    Member,
    /// A person outside.
    Contact,
    /// A bot.
    Bot,
}

impl PartyKind {
    /// The number on disk; never changes.
    pub const fn number(self) -> u8 {
        match self {
            Self::Member => 1,
            Self::Contact => 2,
            Self::Bot => 3,
        }
    }

    /// The kind of a number on disk.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Member),
            2 => Some(Self::Contact),
            3 => Some(Self::Bot),
            _ => None,
        }
    }
}

/// One party of a message: what it is and its id in the source (WeCom userid, `wm…`, `wb…`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Party {
    /// Member, contact or bot.
    pub kind: PartyKind,
    /// The source's id of it.
    pub id: String,
}

/// A party as `identity` numbers it, packed into one integer for indexes: `number * 4 + kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartyId(i64);

/// How many kinds fit beside the number.
const KINDS: i64 = 4;

impl PartyId {
    /// Of a member.
    pub const fn member(id: crate::MemberId) -> Self {
        Self(id.number() * KINDS + PartyKind::Member.number() as i64)
    }

    /// Of a contact.
    pub const fn contact(id: crate::ContactId) -> Self {
        Self(id.number() * KINDS + PartyKind::Contact.number() as i64)
    }

    /// Of a bot; bots are numbered with the contacts.
    pub const fn bot(id: crate::ContactId) -> Self {
        Self(id.number() * KINDS + PartyKind::Bot.number() as i64)
    }

    /// From its packed form; `None` when no kind has that number.
    pub const fn from_packed(packed: i64) -> Option<Self> {
        match PartyKind::from_number((packed % KINDS) as u8) {
            Some(_) if packed > 0 => Some(Self(packed)),
            _ => None,
        }
    }

    /// The packed form, as indexes and tables hold it.
    pub const fn packed(self) -> i64 {
        self.0
    }

    /// Member, contact or bot.
    pub fn kind(self) -> PartyKind {
        PartyKind::from_number((self.0 % KINDS) as u8).unwrap_or(PartyKind::Contact)
    }

    /// The member, if it is one.
    pub fn as_member(self) -> Option<crate::MemberId> {
        (self.kind() == PartyKind::Member).then(|| crate::MemberId::new(self.0 / KINDS))
    }

    /// The contact or bot, if it is one.
    pub fn as_contact(self) -> Option<crate::ContactId> {
        (self.kind() != PartyKind::Member).then(|| crate::ContactId::new(self.0 / KINDS))
    }
}
