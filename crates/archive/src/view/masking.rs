//! What each level takes away of names and titles. Pure.
//!
//! A member's name is the company's own and is shown at every level, as is a bot's. A contact's name is shown at level
//! `text`, its beginning at `masked`, only the source's id at `metadata`. A group's title is free text: at `masked` its
//! personal data and the names of the contacts who take part are masked, at `metadata` the group's id stands for it.
//! A contact's name is never shown above the level of the conversation it is shown with.

use xinlu_http::Level;
use xinlu_identity::PartyName;
use xinlu_model::PartyKind;
use xinlu_text::mask;

/// What stands for all that follows the first letter: always the same, or it would tell how long the name is.
const HIDDEN: &str = "**";
/// Names that a title is made of, before it ends in an ellipsis.
const TITLE_NAMES_MAX: usize = 4;

/// A party's name at a level; the source's id when no name is known.
pub(crate) fn shown_name(party: &PartyName, level: Level) -> String {
    let is_external = party.kind == PartyKind::Contact && party.name != party.external_id;
    match level {
        Level::Metadata if is_external => party.external_id.clone(),
        Level::Masked if is_external => masked_name(&party.name),
        _ => party.name.clone(),
    }
}

/// `王小明` is `王**`, `Jane` is `J**`; a name that begins with no letter is `**`.
fn masked_name(name: &str) -> String {
    let first = name.trim_start().chars().next().filter(|letter| letter.is_alphabetic());
    first.into_iter().chain(HIDDEN.chars()).collect()
}

/// A group's own title at a level. `room` is the source's id of the group, `names` are those of the contacts who take part.
pub(crate) fn shown_group_title(title: &str, room: &str, names: &[&str], level: Level) -> String {
    match level {
        Level::Metadata => room.to_owned(),
        Level::Masked => mask(&without_names(title, names)),
        Level::Text => title.to_owned(),
    }
}

/// The title that is made of names, already shown as the level allows.
pub(crate) fn title_of_names(names: &[&str]) -> String {
    let shown: Vec<&str> = names.iter().copied().take(TITLE_NAMES_MAX).collect();
    let more = if names.len() > TITLE_NAMES_MAX { "…" } else { "" };
    format!("{}{more}", shown.join("、"))
}

/// The text with every name in it masked, the longest that stands at a place first.
fn without_names(text: &str, names: &[&str]) -> String {
    let mut names: Vec<&str> = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
    names.sort_unstable_by_key(|name| std::cmp::Reverse(name.len()));
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let found = names.iter().find(|name| rest.starts_with(**name));
        let length = found.map_or(letter.len_utf8(), |name| name.len());
        let (here, after) = rest.split_at(length);
        match found {
            Some(name) => out.push_str(&masked_name(name)),
            None => out.push_str(here),
        }
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests;
