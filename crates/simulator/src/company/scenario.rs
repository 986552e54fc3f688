//! The scripts people speak from: parsing of `scenarios/*.txt` into books, scenes and templates.
//!
//! The format is explained at the top of `scenarios/common.txt`. Never fails at run time: a slot
//! that nothing explains stays in the text, and a test refuses that.

use super::dice::mix_text;
use super::kind::Kind;

/// The six trades in the order of their departments, then the talk inside the company.
pub const BOOKS: [(&str, &str); 7] = [
    ("bank", include_str!("../../scenarios/bank.txt")),
    ("insurance", include_str!("../../scenarios/insurance.txt")),
    ("hospital", include_str!("../../scenarios/hospital.txt")),
    ("shop", include_str!("../../scenarios/shop.txt")),
    ("education", include_str!("../../scenarios/education.txt")),
    ("software", include_str!("../../scenarios/software.txt")),
    ("internal", include_str!("../../scenarios/internal.txt")),
];
/// The book of talk inside the company.
pub const INTERNAL: usize = 6;
const COMMON: &str = include_str!("../../scenarios/common.txt");

/// Where a scene is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A member and a contact.
    Direct,
    /// A group with contacts.
    Group,
    /// Two members.
    Colleague,
    /// A group of members.
    Team,
}

/// Who speaks a line: members A, B, E and contacts C, D.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    A,
    B,
    C,
    D,
    E,
}

/// A slot that is filled by code, not by a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    Call,
    Name,
    Me,
    Peer,
    Title,
    Who,
    Phone,
    IdCard,
    BankCard,
    Email,
    OrderNo,
    Amount,
    Wan,
    Rate,
    Date,
    Count,
    Url,
    Plate,
}

const SLOTS: [(&str, Slot); 18] = [
    ("call", Slot::Call),
    ("name", Slot::Name),
    ("me", Slot::Me),
    ("peer", Slot::Peer),
    ("title", Slot::Title),
    ("who", Slot::Who),
    ("phone", Slot::Phone),
    ("idcard", Slot::IdCard),
    ("bankcard", Slot::BankCard),
    ("email", Slot::Email),
    ("order_no", Slot::OrderNo),
    ("amount", Slot::Amount),
    ("wan", Slot::Wan),
    ("rate", Slot::Rate),
    ("date", Slot::Date),
    ("count", Slot::Count),
    ("url", Slot::Url),
    ("plate", Slot::Plate),
];

/// A piece of a template.
#[derive(Debug)]
pub enum Segment {
    Literal(String),
    /// The same slot and salt give the same value throughout a dialogue.
    Slot(Slot, u64),
    /// One entry of a list, the same throughout a dialogue.
    List(usize, u64),
    /// One of these, chosen anew each time.
    Choice(Vec<Template>),
}

/// A text with slots and choices.
#[derive(Debug, Default)]
pub struct Template(pub Vec<Segment>);

/// One line of a scene.
pub struct Line {
    pub role: Role,
    pub kind: Kind,
    pub template: Template,
}

/// One dialogue.
pub struct Scene {
    pub setting: Setting,
    pub english: bool,
    /// How often it is played; risky talk is rare.
    pub weight: usize,
    pub lines: Vec<Line>,
}

/// The scripts of one trade.
pub struct Book {
    lists: Vec<(String, Vec<Template>)>,
    pub scenes: Vec<Scene>,
}

/// All scripts.
pub struct Library {
    pub books: Vec<Book>,
}

impl Library {
    /// Parses the embedded files.
    pub fn load() -> Self {
        let books = BOOKS.iter().map(|(_, text)| Book::parse(text)).collect();
        Self { books }
    }
}

impl Book {
    fn parse(text: &str) -> Self {
        // A book's own lists come first, so they win over the common ones of the same name.
        let sources = lists(text).into_iter().chain(lists(COMMON));
        let mut merged: Vec<(String, Vec<&str>)> = Vec::new();
        for (key, entries) in sources {
            if !merged.iter().any(|(known, _)| *known == key) {
                merged.push((key, entries));
            }
        }
        let names: Vec<String> = merged.iter().map(|(key, _)| key.clone()).collect();
        let parse_entries = |(key, entries): (String, Vec<&str>)| {
            (key, entries.iter().map(|entry| parse_template(entry, &names)).collect())
        };
        let scenes = scenes(text, &names);
        Self { lists: merged.into_iter().map(parse_entries).collect(), scenes }
    }

    /// The entries of the list at `index`, as templates name it.
    pub fn list_at(&self, index: usize) -> &[Template] {
        self.lists.get(index).map_or(&[], |(_, entries)| entries)
    }

    /// The entries of the list `name`; empty when there is none.
    pub fn list(&self, name: &str) -> &[Template] {
        let found = self.lists.iter().find(|(known, _)| known == name);
        found.map_or(&[], |(_, entries)| entries)
    }
}

/// The lists of a file; several lines of one name add up.
fn lists(text: &str) -> Vec<(String, Vec<&str>)> {
    let mut out: Vec<(String, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        let Some((key, entries)) = line.strip_prefix('@').and_then(|rest| rest.split_once('=')) else {
            continue;
        };
        let entries = split_choices(entries).into_iter().map(str::trim);
        match out.iter_mut().find(|(known, _)| known == key.trim()) {
            Some((_, known)) => known.extend(entries),
            None => out.push((key.trim().to_owned(), entries.collect())),
        }
    }
    out
}

fn scenes(text: &str, names: &[String]) -> Vec<Scene> {
    let mut scenes: Vec<Scene> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('=') {
            scenes.push(parse_header(header));
            continue;
        }
        let Some((role, speech)) = line.split_once(':') else { continue };
        let role = match role {
            "A" => Role::A,
            "B" => Role::B,
            "C" => Role::C,
            "D" => Role::D,
            "E" => Role::E,
            _ => continue,
        };
        if let Some(scene) = scenes.last_mut() {
            scene.lines.push(parse_line(role, speech.trim(), names));
        }
    }
    scenes
}

fn parse_header(header: &str) -> Scene {
    let words: Vec<&str> = header.split_whitespace().collect();
    let setting = match words.get(1).copied() {
        Some("group") => Setting::Group,
        Some("colleague") => Setting::Colleague,
        Some("team") => Setting::Team,
        _ => Setting::Direct,
    };
    let weight = if words.contains(&"risk") { 1 } else { 4 };
    Scene { setting, english: words.contains(&"en"), weight, lines: Vec::new() }
}

fn parse_line(role: Role, speech: &str, names: &[String]) -> Line {
    let Some(command) = speech.strip_prefix('!') else {
        return Line { role, kind: Kind::Text, template: parse_template(speech, names) };
    };
    let (word, argument) = command.split_once(' ').unwrap_or((command, ""));
    let kind = Kind::from_name(word).unwrap_or(Kind::Text);
    Line { role, kind, template: parse_template(argument.trim(), names) }
}

/// Splits at the bars that are outside of all braces.
fn split_choices(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0_usize, 0);
    for (position, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => {
                parts.push(&text[from..position]);
                from = position + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

fn parse_template(text: &str, names: &[String]) -> Template {
    let mut segments = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(length) = closing(&rest[open..]) else { break };
        if open > 0 {
            segments.push(literal(&rest[..open]));
        }
        segments.push(parse_braces(&rest[open + 1..open + length], names));
        rest = &rest[open + length + 1..];
    }
    if !rest.is_empty() {
        segments.push(literal(rest));
    }
    Template(segments)
}

fn literal(text: &str) -> Segment {
    Segment::Literal(text.replace("\\n", "\n"))
}

/// The position of the brace that closes the one `text` begins with.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_i32;
    text.char_indices().find_map(|(position, character)| {
        depth += match character {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        (depth == 0).then_some(position)
    })
}

fn parse_braces(inner: &str, names: &[String]) -> Segment {
    let choices = split_choices(inner);
    if choices.len() > 1 {
        return Segment::Choice(choices.iter().map(|part| parse_template(part, names)).collect());
    }
    let base = inner.trim_end_matches(|character: char| character.is_ascii_digit());
    let salt = mix_text(1, inner);
    if let Some((_, slot)) = SLOTS.iter().find(|(name, _)| *name == base) {
        return Segment::Slot(*slot, salt);
    }
    match names.iter().position(|name| name == base) {
        Some(index) => Segment::List(index, salt),
        None => Segment::Literal(format!("{{{inner}}}")),
    }
}
