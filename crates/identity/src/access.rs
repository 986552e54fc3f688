//! The plain decisions of access: passwords, tokens, permissions, duties, scopes. No database, no clock.

pub(crate) mod built_in;
pub(crate) mod password;
pub(crate) mod permission;
pub(crate) mod scope;
pub(crate) mod token;
