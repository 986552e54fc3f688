//! Who there is and who may do what: the directory, users, roles, sessions, API keys and the audit trail.
//!
//! Words: a *member* is an employee and a *contact* a person outside, both by the ids of their *source*; a *user* is
//! somebody who can sign in and may be bound to a member; a *role* is a set of rules (permission, scope, level);
//! an *audit entry* says who did what to what, when, and how it ended.
//!
//! Invariants: no password, session or key is stored, only what checks it (the secret of a second factor sealed); there is no default password; scopes are
//! resolved on today's department tree; the duties of system, security and audit administration never meet in one
//! person, and who administers does not read others' conversations; an audit entry and its leaf in the audit log are
//! written in one transaction, before the answer they speak of leaves; what changes users, roles, keys or sessions is in that
//! transaction as well.
//!
//! It never opens a message.

mod access;
mod api;
mod audit;
mod authenticate;
mod directory;
mod error;
mod identity;
mod keys;
mod migrations;
mod model;
mod reach;
mod roles;
mod sessions;
mod store;
mod totp;
mod users;

pub use access::built_in::{
    AUDIT_ADMINISTRATOR, AUDITOR, EMPLOYEE, OBSERVER, SECURITY_ADMINISTRATOR, SYSTEM_ADMINISTRATOR, TEAM_LEADER,
};
pub use access::password::{ARGON2_LANES, ARGON2_MEMORY_KIB, ARGON2_PASSES};
pub use access::permission::{CATALOGUE, Permission, Rule, Scope};
pub use api::{ContactVisibility, endpoints};
pub use audit::{
    AUDIT_BLIND_BYTES, AUDIT_LEAF_BYTES, AuditCheck, AuditEntry, AuditFault, AuditOutcome, AuditProblem, OtherLeaf,
    Reading, audit_canonical, audit_leaf, readings, verify_audit,
};
pub use directory::{
    Contact, ContactIn, ContactOrigin, Department, DepartmentIn, Directory, FollowIn, LOCAL_SOURCE, Member, MemberIn,
    MemberStatus, Membership, PartyName, SyncReport, TagId, TagIn, TagKind,
};
pub use error::{IdentityError, PasswordRule};
pub use identity::{Identity, IdentityDeps};
pub use migrations::MIGRATIONS;
pub use model::{ApiKey, IdentityConfig, Role, User, UserState};
pub use reach::{ConversationReach, Reached};
pub use sessions::{ADDRESS_FAILURES_MAX, LOCKED_MS, USER_FAILURES_MAX};
pub use users::NewPassword;
