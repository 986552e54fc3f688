//! All SQL of this part, by subject. Nothing outside names a table of ours.

pub(crate) mod audit;
pub(crate) mod contacts;
pub(crate) mod directory;
pub(crate) mod keys;
pub(crate) mod roles;
pub(crate) mod sessions;
pub(crate) mod totp;
pub(crate) mod users;
