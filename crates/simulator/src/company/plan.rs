//! Who says what when: dialogues chosen, cast, spoken and woven into one another.
//!
//! Makes drafts, which `render.rs` writes out. A plan depends on its span and the company only;
//! within one plan every kind of message appears at least once if there is room.

use super::dice::{Dice, mix, mix_two};
use super::kind::{KINDS, Kind};
use super::render::QUOTE_END;
use super::scenario::{INTERNAL, Line, Role, Scene, Setting};
use super::slots::Context;
use super::{BLOCK, Company};

/// Somebody in the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    Member(usize),
    Contact(usize),
    Robot(usize),
}

/// To whom it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    One(Person),
    Group(usize),
}

/// A message before it is written out.
#[derive(Clone, Debug)]
pub struct Draft {
    pub at_ms: i64,
    /// Unique in the company; the msgid is made from it.
    pub number: u64,
    pub from: Person,
    pub audience: Audience,
    pub kind: Kind,
    pub seed: u64,
    /// The text, or the parts of the body separated by ` / `; the msgid withdrawn by a revoke.
    pub text: String,
}

/// What is to be planned.
pub struct Span {
    pub seed: u64,
    pub first_number: u64,
    pub count: usize,
    /// Nothing is said after this.
    pub last_at_ms: i64,
}

/// Books as often as they are talked about; the last is talk inside the company.
const TALK: [usize; 16] = [0, 0, 1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 6, 6];
/// Emoji names and signs put at the end of some texts.
const SMILES: [&str; 16] = [
    "[微笑]", "[呲牙]", "[OK]", "[强]", "[抱拳]", "[玫瑰]", "[捂脸]", "[偷笑]", "[愉快]", "[咖啡]", "😂", "👍", "🙏",
    "~", "！！", "[流泪]",
];
/// Slips of the pinyin keyboard.
const SLIPS: [(&str, &str); 18] = [
    ("已经", "以经"),
    ("什么时候", "神马时候"),
    ("在吗", "再吗"),
    ("收到", "受到"),
    ("账号", "帐号"),
    ("需要", "须要"),
    ("好的", "号的"),
    ("身份证", "身分证"),
    ("合同", "和同"),
    ("下午", "夏午"),
    ("可以", "可一"),
    ("麻烦", "麻凡"),
    ("报价", "抱价"),
    ("预约", "予约"),
    ("客服", "客福"),
    ("您", "你"),
    ("谢谢", "蟹蟹"),
    ("因为", "应为"),
];

/// Plans `span.count` messages; `moment(part)` is the time at `part` / 65 536 of the span.
pub fn plan(company: &Company, span: &Span, moment: &dyn Fn(u64) -> i64) -> Vec<Draft> {
    let mut planner = Planner {
        company,
        span,
        dice: Dice::new(span.seed),
        drafts: Vec::with_capacity(span.count),
        wanted: wanted(span),
    };
    while planner.drafts.len() < span.count {
        let at_ms = moment(planner.dice.between(0, 65_535));
        planner.play(at_ms);
    }
    let mut drafts = planner.drafts;
    drafts.sort_by_key(|draft| draft.at_ms);
    drafts
}

/// The kinds this plan must hold: all in a full block, a share of them in a smaller one.
fn wanted(span: &Span) -> Vec<Kind> {
    let share = (BLOCK as usize / span.count.max(1)).max(1);
    let turn = span.seed as usize % share;
    let kinds = KINDS.iter().map(|(kind, _, _)| *kind).enumerate();
    kinds.filter(|(index, kind)| *kind != Kind::Text && index % share == turn).map(|(_, kind)| kind).collect()
}

struct Planner<'a> {
    company: &'a Company,
    span: &'a Span,
    dice: Dice,
    drafts: Vec<Draft>,
    /// Kinds not sent yet in this plan.
    wanted: Vec<Kind>,
}

/// Who plays the roles of a scene, and to whom they speak.
struct Cast {
    setting: Setting,
    a: usize,
    b: usize,
    e: usize,
    c: Option<usize>,
    d: Option<usize>,
    group: Option<usize>,
}

impl Cast {
    fn player(&self, role: Role) -> Person {
        let contact = |wished: Option<usize>| wished.or(self.c).map(Person::Contact);
        match role {
            Role::A => Person::Member(self.a),
            Role::B => Person::Member(self.b),
            Role::E => Person::Member(self.e),
            Role::C => contact(self.c).unwrap_or(Person::Member(self.b)),
            Role::D => contact(self.d).unwrap_or(Person::Member(self.b)),
        }
    }

    fn audience(&self, speaker: Person) -> Audience {
        if let Some(group) = self.group {
            return Audience::Group(group);
        }
        let other = self.c.map_or(Person::Member(self.b), Person::Contact);
        Audience::One(if speaker == other { Person::Member(self.a) } else { other })
    }
}

impl<'a> Planner<'a> {
    /// Plays one dialogue that begins at `at_ms`.
    fn play(&mut self, at_ms: i64) {
        let company = self.company;
        let book = *self.dice.pick(&TALK);
        let Some((scene, cast)) = self.choose(book, at_ms) else { return };
        let seed = self.dice.next();
        let context = Context { company, book, seed, at_ms, me: cast.a, peer: cast.b, contact: cast.c };
        let interruption = self.interruption(&cast, scene.english);
        let interrupted_line = self.dice.below(scene.lines.len());
        let opening = scene.setting == Setting::Direct && !scene.english && self.dice.chance(250);
        let mut clock = Clock { at_ms, last_at_ms: self.span.last_at_ms, speaker: None };
        if opening {
            let text = context.list_entry("opening", &mut self.dice);
            let role = scene.lines.first().map_or(Role::C, |line| line.role);
            self.send(&mut clock, &cast, cast.player(role), Kind::Text, text);
        }
        for (index, line) in scene.lines.iter().enumerate() {
            self.speak(&mut clock, &cast, &context, line);
            if index == interrupted_line
                && let Some(kind) = interruption
            {
                self.interrupt(&mut clock, &cast, &context, kind, line.role);
            }
            let chance = self.dice.below(10_000);
            if let Some(kind) = by_chance(chance)
                && kind.fits(cast.setting)
            {
                self.interrupt(&mut clock, &cast, &context, kind, line.role);
            }
        }
    }

    /// A scene of the book with people who can play it.
    fn choose(&mut self, book: usize, at_ms: i64) -> Option<(&'a Scene, Cast)> {
        let company = self.company;
        let contact = self.contact(book, at_ms);
        let english = contact.is_some_and(|contact| company.contact_names[contact].english);
        let scenes = &company.library.books[book].scenes;
        let fits = |scene: &&Scene| scene.english == (english && scene.setting == Setting::Direct);
        let total: usize = scenes.iter().filter(fits).map(|scene| scene.weight).sum();
        let mut ticket = self.dice.below(total);
        let scene = scenes.iter().filter(fits).find(|scene| {
            let hit = ticket < scene.weight;
            ticket = ticket.saturating_sub(scene.weight);
            hit
        })?;
        let cast = self.cast(book, scene.setting, contact)?;
        Some((scene, cast))
    }

    /// A contact of the trade whom somebody already knows at `at_ms`.
    fn contact(&mut self, book: usize, at_ms: i64) -> Option<usize> {
        let audience = &self.company.audiences[book];
        if audience.is_empty() {
            return None;
        }
        let mut contact = audience[self.dice.skewed(audience.len())];
        for _ in 0..6 {
            let known = self.company.contacts[contact].follows.first();
            if known.is_some_and(|follow| follow.created_at_ms <= at_ms) {
                break;
            }
            contact = audience[self.dice.skewed(audience.len())];
        }
        Some(contact)
    }

    fn cast(&mut self, book: usize, setting: Setting, contact: Option<usize>) -> Option<Cast> {
        let company = self.company;
        let dice = &mut self.dice;
        match setting {
            Setting::Direct => {
                let contact = contact?;
                let followers = &company.followers[contact];
                // The first follower does most of the talking.
                let a = followers[dice.skewed(followers.len())];
                Some(Cast { setting, a, b: a, e: a, c: Some(contact), d: None, group: None })
            }
            Setting::Colleague => {
                let everybody = &company.crews[INTERNAL];
                let crew = &company.crews[book];
                let crew = if crew.len() > 1 { crew } else { everybody };
                let a = crew[dice.skewed(crew.len())];
                let others: Vec<usize> = crew.iter().copied().filter(|one| *one != a).collect();
                // In a company of one who talks, that one talks to anybody on the list.
                let b = if others.is_empty() { usize::from(a == 0) } else { *dice.pick(&others) };
                Some(Cast { setting, a, b, e: b, c: None, d: None, group: None })
            }
            Setting::Group | Setting::Team => {
                let groups = if setting == Setting::Group { &company.crowds } else { &company.teams };
                let groups = groups.get(book).filter(|groups| !groups.is_empty())?;
                let group = groups[dice.skewed(groups.len())];
                let (members, contacts) = &company.circles[group];
                let start = dice.below(members.len());
                let member = |step: usize| members[(start + step) % members.len()];
                let first = dice.below(contacts.len().max(1));
                let guest = |step: usize| contacts.get((first + step) % contacts.len().max(1)).copied();
                Some(Cast {
                    setting,
                    a: member(0),
                    b: member(1),
                    e: member(2),
                    c: guest(0),
                    d: guest(1),
                    group: Some(group),
                })
            }
        }
    }

    /// The next kind nobody has sent yet, if it fits here.
    fn interruption(&mut self, cast: &Cast, english: bool) -> Option<Kind> {
        if english {
            return None;
        }
        let position = self.wanted.iter().position(|kind| kind.fits(cast.setting))?;
        Some(self.wanted.remove(position))
    }

    fn speak(&mut self, clock: &mut Clock, cast: &Cast, context: &Context, line: &Line) {
        let player = cast.player(line.role);
        if line.kind != Kind::Text {
            let text = if line.template.0.is_empty() {
                context.list_entry(line.kind.name(), &mut self.dice)
            } else {
                context.fill(&line.template, &mut self.dice)
            };
            self.send(clock, cast, player, line.kind, text);
            return;
        }
        let mut text = context.fill(&line.template, &mut self.dice);
        if self.dice.chance(30)
            && let Some((right, wrong)) = SLIPS.iter().find(|(right, _)| text.contains(right))
        {
            text = text.replacen(right, wrong, 1);
        }
        if clock.speaker.is_some() && self.dice.chance(12) {
            text = self.quoting(player, &text).unwrap_or(text);
        }
        if self.dice.chance(70) {
            text.push_str(SMILES[self.dice.below(SMILES.len())]);
        }
        self.send(clock, cast, player, Kind::Text, text);
    }

    /// The text as an answer to the last one of somebody else, in the shape WeCom archives it.
    fn quoting(&self, player: Person, text: &str) -> Option<String> {
        let last = self.drafts.last().filter(|last| last.kind == Kind::Text && last.from != player)?;
        let author = self.company.name_of(last.from);
        Some(format!("这是一条引用/回复消息：\n\"{author}:\n{}\"{QUOTE_END}{text}", last.text))
    }

    fn interrupt(&mut self, clock: &mut Clock, cast: &Cast, context: &Context, kind: Kind, role: Role) {
        let mut player = cast.player(kind.sender().unwrap_or(role));
        if kind.robotic() {
            player = Person::Robot(self.dice.below(self.company.robots.len()));
        }
        let text = context.list_entry(kind.name(), &mut self.dice);
        self.send(clock, cast, player, kind, text);
    }

    fn send(&mut self, clock: &mut Clock, cast: &Cast, from: Person, kind: Kind, text: String) {
        if self.drafts.len() >= self.span.count {
            return;
        }
        let audience = cast.audience(from);
        let mut text = text;
        if kind == Kind::Revoke {
            let last = self.drafts.last();
            match last.filter(|draft| draft.from == from && draft.audience == audience && draft.kind != Kind::Revoke) {
                Some(draft) => text = self.company.msgid(draft),
                // Nothing of this speaker stands last: send what is then taken back.
                None => return self.send_slip(clock, cast, from),
            }
        }
        clock.advance(from, kind, &mut self.dice);
        let number = self.span.first_number + self.drafts.len() as u64;
        self.wanted.retain(|wanted| *wanted != kind);
        let seed = mix_two(mix(number), self.span.seed);
        self.drafts.push(Draft { at_ms: clock.at_ms, number, from, audience, kind, seed, text });
    }

    /// A message to the wrong window and its withdrawal.
    fn send_slip(&mut self, clock: &mut Clock, cast: &Cast, from: Person) {
        const SLIPPED: [&str; 4] = ["发错了", "这个先别看", "不好意思 发错群了", "等下 我重新发"];
        let text = (*self.dice.pick(&SLIPPED)).to_owned();
        self.send(clock, cast, from, Kind::Text, text);
        let sent = self.drafts.last().is_some_and(|draft| draft.from == from);
        if sent && self.drafts.len() < self.span.count {
            self.send(clock, cast, from, Kind::Revoke, String::new());
        }
    }
}

/// The kind that interrupts at this chance of 0..10 000.
fn by_chance(chance: usize) -> Option<Kind> {
    let mut left = chance;
    KINDS.iter().find_map(|(kind, _, weight)| {
        let hit = left < *weight;
        left = left.saturating_sub(*weight);
        hit.then_some(*kind)
    })
}

/// The pace of one dialogue.
struct Clock {
    at_ms: i64,
    last_at_ms: i64,
    speaker: Option<Person>,
}

impl Clock {
    fn advance(&mut self, from: Person, kind: Kind, dice: &mut Dice) {
        let pause_ms = if kind == Kind::Revoke {
            dice.between(3_000, 90_000)
        } else if self.speaker.is_none() {
            0
        } else if self.speaker == Some(from) {
            dice.between(2_000, 18_000)
        } else {
            match dice.below(100) {
                0..=83 => dice.between(4_000, 70_000),
                84..=97 => dice.between(60_000, 420_000),
                _ => dice.between(600_000, 4_200_000),
            }
        };
        self.speaker = Some(from);
        self.at_ms = (self.at_ms + pause_ms as i64).min(self.last_at_ms);
    }
}
