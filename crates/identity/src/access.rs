//! The plain decisions of access: passwords, second factors, tokens, permissions, duties, scopes. No database, no clock.

pub(crate) mod built_in;
pub(crate) mod covering;
pub(crate) mod password;
pub(crate) mod permission;
pub(crate) mod scope;
pub(crate) mod token;
pub(crate) mod totp;
