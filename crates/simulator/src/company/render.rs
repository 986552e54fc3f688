//! Drafts written out as the decrypted JSON of PROTOCOL.md section 3.2.
//!
//! Common fields here, bodies in `bodies.rs`. Pure: nothing is chosen that the draft does not fix.

use super::dice::mix;
use super::json::Json;
use super::kind::Kind;
use super::plan::{Audience, Draft, Person};
use super::{Company, PlainMessage};

/// Simplified characters and what traditional writers type instead.
const TRADITIONAL: &str = include_str!("../../scenarios/traditional.txt");

/// Ends the quoted part of a text that answers another.
pub const QUOTE_END: &str = "\n------\n";

impl Company {
    /// The id of a draft's message: unique because `mix` is a bijection on the numbers.
    pub(super) fn msgid(&self, draft: &Draft) -> String {
        let hash = mix(draft.number.wrapping_add(self.seed));
        let suffix = if self.external(draft) { "_external" } else { "" };
        format!("{hash}_{}{suffix}", draft.at_ms / 1000)
    }

    /// Writes a draft out as a message of `at_ms`.
    pub(super) fn render(&self, draft: &Draft, at_ms: i64) -> PlainMessage {
        let msgid = self.msgid(draft);
        let mut json = Json::object();
        json.text("msgid", &msgid);
        if draft.kind == Kind::Switch {
            json.text("action", "switch");
            json.number("time", at_ms as u64).text("user", self.id_of(draft.from));
            return PlainMessage { msgid, msgtime_ms: at_ms, json: json.finish() };
        }
        json.text("action", if draft.kind == Kind::Revoke { "recall" } else { "send" });
        json.text("from", self.id_of(draft.from)).open_list("tolist");
        match draft.audience {
            Audience::One(person) => {
                json.item(self.id_of(person));
            }
            Audience::Group(group) => {
                let sender = self.id_of(draft.from);
                for id in self.groups[group].members.iter().filter(|id| *id != sender) {
                    json.item(id);
                }
            }
        }
        json.close_list();
        if !matches!(draft.kind, Kind::MeetingVoiceCall | Kind::VoipDocShare) {
            json.text("roomid", self.room_of(draft));
        }
        json.number("msgtime", at_ms as u64).text("msgtype", draft.kind.name());
        if draft.kind == Kind::Text {
            json.open("text").text("content", &self.spelled(draft)).close();
        } else {
            self.write_body(&mut json, draft, at_ms);
        }
        PlainMessage { msgid, msgtime_ms: at_ms, json: json.finish() }
    }

    pub(super) fn id_of(&self, person: Person) -> &str {
        match person {
            Person::Member(index) => &self.members[index].userid,
            Person::Contact(index) => &self.contacts[index].external_userid,
            Person::Robot(index) => &self.robots[index].id,
        }
    }

    pub(super) fn name_of(&self, person: Person) -> &str {
        match person {
            Person::Member(index) => &self.members[index].name,
            Person::Contact(index) => &self.contacts[index].name,
            Person::Robot(index) => &self.robots[index].name,
        }
    }

    fn room_of(&self, draft: &Draft) -> &str {
        match draft.audience {
            Audience::One(_) => "",
            Audience::Group(group) => &self.groups[group].roomid,
        }
    }

    fn external(&self, draft: &Draft) -> bool {
        let outside = |person| matches!(person, Person::Contact(_));
        match draft.audience {
            Audience::One(person) => outside(person) || outside(draft.from),
            Audience::Group(group) => self.groups[group].external,
        }
    }

    /// The text in the characters its author writes.
    pub(super) fn spelled(&self, draft: &Draft) -> String {
        let traditional = matches!(draft.from, Person::Contact(contact)
            if self.contact_names[contact].traditional);
        if !traditional {
            return draft.text.clone();
        }
        // What is quoted keeps the characters of its author.
        let own_at = draft.text.rfind(QUOTE_END).map_or(0, |found| found + QUOTE_END.len());
        let (quoted, own) = draft.text.split_at(own_at);
        quoted.chars().chain(own.chars().map(|one| self.traditional(one))).collect()
    }

    fn traditional(&self, simple: char) -> char {
        let pairs = &self.traditional;
        pairs.binary_search_by_key(&simple, |pair| pair.0).map_or(simple, |found| pairs[found].1)
    }
}

/// The pairs of `scenarios/traditional.txt`, sorted for searching.
pub fn traditional_pairs() -> Vec<(char, char)> {
    let words = TRADITIONAL.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    let mut pairs: Vec<(char, char)> = words
        .filter_map(|word| {
            let mut characters = word.chars();
            Some((characters.next()?, characters.next()?))
        })
        .collect();
    pairs.sort_unstable();
    pairs.dedup_by_key(|pair| pair.0);
    pairs
}
