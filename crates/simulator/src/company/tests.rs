//! The company seen through its face: what it says parses, is true and can be had again.

use std::collections::{HashMap, HashSet};

use md5::{Digest as _, Md5};
use serde_json::Value;

use super::kind::KINDS;
use super::scenario::{BOOKS, INTERNAL, Library, Segment, Setting, Template};
use super::worktime::{WorkTime, civil};
use super::{Company, CompanyConfig, PlainMessage};

/// 18 November 2026, 18:00 in Beijing.
const END_AT_MS: i64 = 1_794_996_000_000;

fn company(seed: u64, past_messages: u64) -> Company {
    Company::generate(&CompanyConfig { seed, members: 48, contacts: 320, corp: 0, end_at_ms: END_AT_MS, past_messages })
}

fn parsed(message: &PlainMessage) -> Value {
    serde_json::from_slice(&message.json).expect("the message is JSON")
}

fn kind_of(value: &Value) -> &str {
    value["msgtype"].as_str().unwrap_or("switch")
}

/// Every object that names a file, also those in JSON inside strings.
fn files(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("sdkfileid") {
                found.push(value.clone());
            }
            fields.values().for_each(|inner| files(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| files(inner, found)),
        Value::String(text) if text.starts_with("{\"") => {
            let inner: Value = serde_json::from_str(text).expect("nested content is JSON");
            files(&inner, found);
        }
        _ => {}
    }
}

#[test]
fn the_same_configuration_says_the_same() {
    let (first, second) = (company(7, 2200), company(7, 2200));
    assert_eq!(first.past_block(1).len(), 2200 - 2048);
    assert_eq!(second.past_block(1), first.past_block(1));
    assert!(first.past_block(2).is_empty());
    assert_ne!(first.past_block(1), company(8, 2200).past_block(1));
    assert_ne!(first.past_block(1), company(7, 300).past_block(0)[..152]);
    let userids =
        |company: &Company| -> Vec<String> { company.members.iter().map(|member| member.userid.clone()).collect() };
    assert_eq!(userids(&first), userids(&second));
}

#[test]
fn live_talk_depends_on_its_number_and_the_time_only() {
    let (first, second) = (company(7, 100), company(7, 100));
    second.live(900, 5_000_000);
    let (early, late) = (first.live(300, 1_000_000), second.live(300, 2_000_000));
    assert_eq!(early.msgid, late.msgid);
    assert_eq!((early.msgtime_ms, late.msgtime_ms), (1_000_000, 2_000_000));
    let (early, late) = (parsed(&early), parsed(&late));
    assert_eq!(early["from"], late["from"]);
    assert_eq!(early["text"], late["text"]);
}

#[test]
fn every_kind_appears_in_the_first_block() {
    let kinds: HashSet<String> =
        company(7, 20_000).past_block(0).iter().map(|one| kind_of(&parsed(one)).to_owned()).collect();
    for (_, name, _) in KINDS {
        assert!(kinds.contains(name), "no {name} in the first block");
    }
    assert_eq!(kinds.len(), KINDS.len());
}

#[test]
fn messages_are_unique_and_ordered_and_inside_the_past() {
    let company = company(3, 2600);
    let messages: Vec<PlainMessage> = (0..2).flat_map(|block| company.past_block(block)).collect();
    let ids: HashSet<&str> = messages.iter().map(|one| one.msgid.as_str()).collect();
    assert_eq!(ids.len(), 2600);
    let live: HashSet<String> = (0..300).map(|n| company.live(n, END_AT_MS).msgid).collect();
    assert_eq!(live.len(), 300);
    assert!(live.iter().all(|id| !ids.contains(id.as_str())));
    assert!(messages.iter().all(|one| one.msgtime_ms <= END_AT_MS));
    let late = messages.windows(2).filter(|pair| pair[0].msgtime_ms > pair[1].msgtime_ms).count();
    assert!(late < 30, "{late} messages out of order");
}

#[test]
fn people_in_messages_are_in_the_directory() {
    let company = company(7, 4096);
    let mut known: HashSet<&str> = HashSet::new();
    known.extend(company.members.iter().map(|member| member.userid.as_str()));
    known.extend(company.contacts.iter().map(|contact| contact.external_userid.as_str()));
    known.extend(company.robots.iter().map(|robot| robot.id.as_str()));
    assert_eq!(known.len(), 48 + 320 + company.robots.len(), "ids are unique");
    let archived: HashSet<&str> = company
        .members
        .iter()
        .filter(|member| member.archived && member.status == 1)
        .map(|member| member.userid.as_str())
        .collect();
    let rooms: HashMap<&str, &super::Group> =
        company.groups.iter().map(|group| (group.roomid.as_str(), group)).collect();
    for message in company.past_block(0).iter().chain(&company.past_block(1)) {
        let value = parsed(message);
        if kind_of(&value) == "switch" {
            assert!(archived.contains(value["user"].as_str().unwrap()));
            continue;
        }
        let from = value["from"].as_str().unwrap();
        let to: Vec<&str> = value["tolist"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        assert!(known.contains(from) && to.iter().all(|id| known.contains(id)));
        assert!(!to.is_empty() && !to.contains(&from));
        assert!(archived.contains(from) || to.iter().any(|id| archived.contains(id)));
        let external = to.iter().chain([&from]).any(|id| id.starts_with("wm") || id.starts_with("wo"));
        assert_eq!(external, message.msgid.ends_with("_external"));
        let room = value["roomid"].as_str().unwrap_or("");
        if !room.is_empty() {
            let group = rooms[room];
            assert!(group.members.iter().any(|id| id == from) || from.starts_with("wb"));
        }
    }
}

#[test]
fn revokes_name_an_earlier_message_of_the_same_sender() {
    let messages = company(7, 2048).past_block(0);
    let mut senders: HashMap<String, Value> = HashMap::new();
    let mut revokes = 0;
    for message in &messages {
        let value = parsed(message);
        if kind_of(&value) == "revoke" {
            let target = value["revoke"]["pre_msgid"].as_str().unwrap();
            assert_eq!(value["action"], "recall");
            assert_eq!(senders[target], value["from"]);
            revokes += 1;
        }
        senders.insert(message.msgid.clone(), value["from"].clone());
    }
    assert!(revokes > 2);
}

#[test]
fn files_are_as_their_messages_say() {
    let company = company(7, 2048);
    let mut found = Vec::new();
    company.past_block(0).iter().for_each(|one| files(&parsed(one), &mut found));
    let ids: HashSet<&str> = found.iter().map(|file| file["sdkfileid"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), found.len(), "every sending has an id of its own");
    let (mut sums, mut large) = (HashSet::new(), 0);
    for file in &found {
        let id = file["sdkfileid"].as_str().unwrap();
        assert!(id.len() >= 100);
        let Some(sum) = file["md5sum"].as_str() else { continue };
        if !sums.insert(sum.to_owned()) {
            continue;
        }
        let bytes = company.media(id).expect("the file is ours");
        assert_eq!(hex::encode(Md5::digest(&bytes)), sum);
        let size = ["filesize", "voice_size", "imagesize"].iter().find_map(|key| file[key].as_u64());
        assert_eq!(size, Some(bytes.len() as u64));
        large += usize::from(bytes.len() > 512 * 1024);
    }
    assert!(large >= 2, "chunks of the finance SDK are exercised");
    assert!(sums.len() > 60);
}

#[test]
fn foreign_file_ids_open_nothing() {
    let (ours, other) = (company(7, 2048), company(8, 2048));
    let mut found = Vec::new();
    ours.past_block(0).iter().take(400).for_each(|one| files(&parsed(one), &mut found));
    let id = found[0]["sdkfileid"].as_str().unwrap().to_owned();
    assert!(ours.media(&id).is_some());
    assert!(other.media(&id).is_none());
    assert!(ours.media("").is_none() && ours.media("CtYBMzA2").is_none());
    let changed = if id.starts_with('A') { "B" } else { "A" }.to_owned() + &id[1..];
    assert!(ours.media(&changed).is_none());
}

#[test]
fn talk_is_spread_as_people_work() {
    let company = company(7, 4096);
    let mut kinds: HashMap<String, usize> = HashMap::new();
    let (mut weekend, mut night, mut total) = (0, 0, 0);
    let mut senders: HashSet<String> = HashSet::new();
    for message in (0..2).flat_map(|block| company.past_block(block)) {
        let value = parsed(&message);
        *kinds.entry(kind_of(&value).to_owned()).or_default() += 1;
        senders.insert(value["from"].as_str().unwrap_or_default().to_owned());
        let moment = civil(message.msgtime_ms);
        weekend += usize::from(moment.weekday >= 5);
        night += usize::from(moment.hour < 7);
        total += 1;
    }
    let share = |name: &str| kinds[name] * 1000 / total;
    assert!((760..=850).contains(&share("text")), "{} ‰ text", share("text"));
    assert!((40..=75).contains(&share("image")), "{} ‰ images", share("image"));
    assert!((15..=40).contains(&share("file")), "{} ‰ files", share("file"));
    assert!((15..=40).contains(&share("voice")), "{} ‰ voice", share("voice"));
    assert!(weekend * 7 < total && weekend > 0);
    assert!(night * 50 < total);
    let members = senders.iter().filter(|id| !id.starts_with('w')).count();
    let contacts = senders.iter().filter(|id| id.starts_with("wm") || id.starts_with("wo")).count();
    assert!(members >= 38 && contacts >= 120, "{members} members and {contacts} contacts speak");
}

#[test]
fn the_directory_is_whole() {
    let company = company(7, 100);
    let departments: HashSet<u32> = company.departments.iter().map(|one| one.id).collect();
    for department in &company.departments {
        assert!(department.parent == 0 || departments.contains(&department.parent));
    }
    let userids: HashSet<&str> = company.members.iter().map(|one| one.userid.as_str()).collect();
    let tags: HashSet<&str> = company.tag_groups.iter().flat_map(|group| &group.tags).map(String::as_str).collect();
    for member in &company.members {
        assert!(!member.departments.is_empty());
        assert!(member.departments.iter().all(|id| departments.contains(id)));
    }
    for contact in &company.contacts {
        assert_eq!(contact.external_userid.len(), 32);
        assert!(!contact.follows.is_empty());
        for follow in &contact.follows {
            assert!(userids.contains(follow.userid.as_str()));
            assert!(follow.tags.iter().all(|tag| tags.contains(tag.as_str())));
            assert!(follow.created_at_ms <= END_AT_MS);
        }
    }
    let named: Vec<&String> = company.tag_groups.iter().flat_map(|group| &group.tags).collect();
    assert_eq!(named.len(), tags.len(), "a tag is known by its name alone");
    let given: HashSet<&str> = company
        .contacts
        .iter()
        .flat_map(|one| &one.follows)
        .flat_map(|follow| &follow.tags)
        .map(String::as_str)
        .collect();
    assert!(given.len() * 10 > tags.len() * 7, "{} of {} tags are given", given.len(), tags.len());
    let archived = company.members.iter().filter(|member| member.archived).count();
    assert!((38..48).contains(&archived), "{archived} of 48 archived");
    assert!(company.groups.iter().any(|group| group.external));
    assert!(company.groups.iter().any(|group| !group.external));
}

#[test]
fn small_and_large_companies_talk_too() {
    for (members, contacts) in [(1, 1), (9, 30), (300, 2000)] {
        let config = CompanyConfig { seed: 1, members, contacts, corp: 3, end_at_ms: END_AT_MS, past_messages: 150 };
        assert_eq!(Company::generate(&config).past_block(0).len(), 150);
    }
}

fn check_template(template: &Template, depth: usize) {
    assert!(depth < 8, "templates do not nest without end");
    for segment in &template.0 {
        match segment {
            Segment::Literal(text) => {
                assert!(!text.contains(['{', '}', '|']), "unexplained slot in {text}");
                assert!(!text.starts_with('!'), "a command in the middle of {text}");
            }
            Segment::Choice(choices) => {
                for choice in choices {
                    check_template(choice, depth + 1);
                }
            }
            Segment::Slot(..) | Segment::List(..) => {}
        }
    }
}

#[test]
fn the_scripts_are_explained_and_many() {
    let library = Library::load();
    for (book, (name, text)) in library.books.iter().zip(BOOKS) {
        for line in text.lines().filter(|line| line.contains(": !")) {
            let word = line.split(": !").nth(1).and_then(|rest| rest.split(' ').next());
            assert!(KINDS.iter().any(|(_, known, _)| Some(*known) == word), "{name}: no such kind in {line}");
        }
        assert!(book.scenes.len() >= 25, "{name} has {} scenes", book.scenes.len());
        for scene in &book.scenes {
            assert!((4..=22).contains(&scene.lines.len()), "{name}: a scene of {}", scene.lines.len());
            scene.lines.iter().for_each(|line| check_template(&line.template, 0));
        }
        for kind in KINDS {
            book.list(kind.1).iter().for_each(|entry| check_template(entry, 0));
        }
    }
    let direct =
        |book: usize| library.books[book].scenes.iter().filter(|scene| scene.setting == Setting::Direct).count();
    assert!((0..INTERNAL).all(|book| direct(book) >= 15));
}

#[test]
fn dates_and_working_hours_are_right() {
    let moment = civil(END_AT_MS);
    assert_eq!((moment.year, moment.month, moment.day), (2026, 11, 18));
    assert_eq!((moment.hour, moment.minute, moment.weekday), (18, 0, 2));
    assert_eq!((civil(0).year, civil(0).hour, civil(0).weekday), (1970, 8, 3));
    let leap = civil(1_709_164_800_000);
    assert_eq!((leap.month, leap.day), (2, 29));
    let span = WorkTime::new(END_AT_MS - 7 * 86_400_000, END_AT_MS);
    assert!(span.moment(0, 10) >= END_AT_MS - 7 * 86_400_000);
    assert!(span.moment(10, 10) <= END_AT_MS);
    assert!((0..10).all(|part| span.moment(part, 10) < span.moment(part + 1, 10)));
}
