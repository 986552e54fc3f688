//! How much of a contact somebody sees. Pure.
//!
//! `contact.read` knows no levels of its own: it says whose contacts are seen, and the caller's reading of conversations
//! says how much of them, so that the list of contacts never shows a name that the conversations hide. A contact is
//! shown at the highest level at which the caller reads a member who looks after it; one that none of them looks after,
//! at the lowest level the caller reads anything at. Who reads no conversation at all was given contacts for their own
//! sake and sees them in full. A bot's name is the company's own and is shown to all.

use xinlu_http::{Grants, Level};
use xinlu_model::{MemberId, PartyKind};

use crate::directory::Contact;

use super::permission::CONVERSATION_READ;

/// What stands for all that follows the first letter: always the same, or it would tell how long the name is.
const HIDDEN: &str = "**";

/// The level a contact is shown at; `followers` are the members who look after it, as far as the caller sees them.
pub(crate) fn level_of(grants: &Grants, kind: PartyKind, followers: &[MemberId]) -> Level {
    if kind == PartyKind::Bot {
        return Level::Text;
    }
    let levels = grants.list().iter().filter(|grant| grant.permission == CONVERSATION_READ).map(|grant| grant.level);
    grants.level(CONVERSATION_READ, followers).or(levels.min()).unwrap_or(Level::Text)
}

/// A contact with what the level hides taken away: at `masked` all but the first letter of its name, and its picture; at
/// `metadata` the name (the source's id stands for it), the company and the picture.
pub(crate) fn covered(contact: Contact, level: Level) -> Contact {
    let avatar = if level == Level::Text { contact.avatar.clone() } else { String::new() };
    let named = !contact.name.is_empty();
    let (name, company) = match level {
        Level::Text => (contact.name.clone(), contact.company.clone()),
        Level::Masked if named => (masked_name(&contact.name), contact.company.clone()),
        Level::Masked => (String::new(), contact.company.clone()),
        Level::Metadata if named => (contact.external_id.clone(), String::new()),
        Level::Metadata => (String::new(), String::new()),
    };
    Contact { name, avatar, company, ..contact }
}

/// What a member calls a contact, which mostly is their name: covered alike, and at `metadata` not shown.
pub(crate) fn covered_remark(remark: &str, level: Level) -> String {
    match level {
        Level::Text => remark.to_owned(),
        Level::Masked if !remark.is_empty() => masked_name(remark),
        Level::Masked | Level::Metadata => String::new(),
    }
}

/// `王小明` is `王**`, `Jane` is `J**`; a name that begins with no letter is `**`. As the conversations show it.
fn masked_name(name: &str) -> String {
    let first = name.trim_start().chars().next().filter(|letter| letter.is_alphabetic());
    first.into_iter().chain(HIDDEN.chars()).collect()
}
