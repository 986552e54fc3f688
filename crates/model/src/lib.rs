//! The words every part shares: ids, times, paging, error kinds, messages and events.
//!
//! No I/O, no async, no clock. Nothing here knows a database, a channel or a format on disk
//! other than the stable numbers and names of its own enums, which never change meaning.

mod error;
mod event;
mod id;
mod kind;
mod message;
mod page;
mod party;
mod time;
mod world;

pub use error::{ErrorKind, Fault};
pub use event::{Event, Position};
pub use id::{
    ApiKey, AuditEntry, Contact, Conversation, Department, Id, Media, Member, Parked, Record, Role, Source, User,
};
pub use id::{
    ApiKeyId, AuditId, ContactId, ConversationId, DepartmentId, MediaId, MemberId, ParkedId, RecordId, RoleId,
    SourceId, UserId,
};
pub use kind::MessageKind;
pub use message::{Action, Consent, ConsentChange, Header, Inbound, MediaDeclared, Parsed, Piece, PieceRole};
pub use page::{Page, PageLimit};
pub use party::{Party, PartyId, PartyKind};
pub use time::{ParseTimeError, Time};
pub use world::{Clock, Random};
