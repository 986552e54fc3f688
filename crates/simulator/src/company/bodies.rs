//! The bodies of all message types other than text.
//!
//! Shapes follow PROTOCOL.md section 3.2 and its samples. The parts of a body come from the
//! draft's text, separated by ` / `; numbers come from its seed. Sizes and sums are always true.

use super::Company;
use super::dice::{mix_two, token};
use super::json::Json;
use super::kind::Kind;
use super::media::{MediaKind, VARIANTS};
use super::plan::{Audience, Draft};
use super::worktime::civil;

const DOCUMENTS: &str = "https://doc.weixin.qq.com/doc/";

/// A draft with its text cut into parts.
struct Body<'a> {
    draft: &'a Draft,
    parts: Vec<&'a str>,
    at_s: u64,
}

impl Body<'_> {
    fn part(&self, index: usize) -> &str {
        self.parts.get(index).copied().unwrap_or("")
    }

    /// A number below `end`, another one for each `salt`.
    fn chance(&self, salt: u64, end: u64) -> u64 {
        mix_two(self.draft.seed, salt) % end.max(1)
    }

    /// The next full hour some hours ahead, in seconds.
    fn soon_s(&self) -> u64 {
        (self.at_s / 3600 + 1 + self.chance(1, 30)) * 3600
    }
}

impl Company {
    /// Adds the body of a draft that is not a text.
    pub(super) fn write_body(&self, json: &mut Json, draft: &Draft, at_ms: i64) {
        let body = Body { draft, parts: draft.text.split(" / ").collect(), at_s: at_ms as u64 / 1000 };
        match draft.kind {
            Kind::Image | Kind::Voice | Kind::Video | Kind::Emotion | Kind::File => {
                json.open(draft.kind.name());
                self.write_media(json, &body, draft.kind, 0);
                json.close();
            }
            Kind::Revoke => {
                json.open("revoke").text("pre_msgid", &draft.text).close();
            }
            Kind::Agree | Kind::Disagree => {
                let key = draft.kind.name();
                json.open(key).text("userid", self.id_of(draft.from));
                json.number(if key == "agree" { "agree_time" } else { "disagree_time" }, at_ms as u64);
                json.close();
            }
            Kind::Card | Kind::Location | Kind::Link | Kind::Weapp | Kind::Sphfeed => {
                self.write_shared(json, &body);
            }
            Kind::Chatrecord | Kind::Mixed | Kind::Note => self.write_nested(json, &body),
            Kind::Todo | Kind::Vote | Kind::Collect | Kind::Solitaire => {
                self.write_together(json, &body, at_ms);
            }
            Kind::Redpacket | Kind::ExternalRedpacket => {
                let kind = 1 + body.chance(2, 2);
                json.open("redpacket").number("type", kind).text("wish", body.part(0));
                json.number("totalcnt", 1 + body.chance(3, 8) * (kind - 1));
                json.number("totalamount", [666, 880, 2000, 5000, 8800, 20_000][body.chance(4, 6) as usize]);
                json.close();
            }
            Kind::Meeting | Kind::MeetingNotification | Kind::Calendar => {
                self.write_appointment(json, &body, at_ms);
            }
            Kind::MeetingVoiceCall | Kind::VoipDocShare | Kind::Voiptext => {
                self.write_call(json, &body);
            }
            Kind::Docmsg | Kind::Markdown | Kind::News | Kind::Qydiskfile => {
                self.write_information(json, &body);
            }
            Kind::Text | Kind::Switch => {}
        }
    }

    /// The fields of a file. `salt` tells the files of one message apart.
    fn write_media(&self, json: &mut Json, body: &Body, kind: Kind, salt: u64) {
        let variant = body.chance(100 + salt, VARIANTS as u64) as usize;
        let media = match kind {
            Kind::Voice => MediaKind::Voice,
            Kind::Video => MediaKind::Video,
            Kind::Emotion if body.chance(5, 3) == 0 => MediaKind::Sticker,
            Kind::Emotion => MediaKind::Animation,
            Kind::File if extension(body.part(0)) == "xlsx" => MediaKind::Xlsx,
            Kind::File if extension(body.part(0)) == "docx" => MediaKind::Docx,
            Kind::File => MediaKind::Pdf,
            _ => MediaKind::Image,
        };
        let facts = self.media.facts(media, variant);
        let id = self.media.file_id(media, variant, mix_two(body.draft.number, salt));
        match kind {
            Kind::Emotion => {
                json.number("type", 1 + u64::from(media == MediaKind::Sticker));
                json.number("width", u64::from(facts.width)).number("height", u64::from(facts.height));
                json.number("imagesize", u64::from(facts.size));
            }
            Kind::Voice => {
                json.number("voice_size", u64::from(facts.size));
                json.number("play_length", u64::from(facts.seconds));
            }
            Kind::Video => {
                json.number("filesize", u64::from(facts.size));
                json.number("play_length", u64::from(facts.seconds));
            }
            Kind::File => {
                let name = if extension(body.part(0)).is_empty() { "资料.pdf" } else { body.part(0) };
                json.text("filename", name).text("fileext", extension(name));
                json.number("filesize", u64::from(facts.size));
            }
            _ => {
                json.number("filesize", u64::from(facts.size));
            }
        }
        json.text("md5sum", &facts.md5).text("sdkfileid", &id);
    }

    fn write_shared(&self, json: &mut Json, body: &Body) {
        json.open(body.draft.kind.name());
        match body.draft.kind {
            Kind::Card => {
                let members = self.members.len() as u64;
                let member = &self.members[body.chance(6, members) as usize];
                json.text("corpname", &self.name).text("userid", &member.userid);
            }
            Kind::Location => {
                let longitude = 113_000_000 + body.chance(7, 9_000_000);
                json.millionths("longitude", longitude);
                json.millionths("latitude", 22_500_000 + body.chance(8, 17_000_000));
                json.text("address", body.part(1)).text("title", body.part(0)).number("zoom", 15);
            }
            Kind::Link => {
                let page = token(body.draft.seed, 10);
                json.text("title", body.part(0)).text("description", body.part(1));
                json.text("link_url", &format!("https://www.example.com/a/{page}"));
                json.text("image_url", &format!("https://www.example.com/i/{page}.png"));
            }
            Kind::Weapp => {
                json.text("title", body.part(0)).text("description", body.part(1));
                json.text("username", &format!("gh_{}@app", token(self.seed, 12)));
                json.text("displayname", body.part(2));
            }
            _ => {
                json.number("feed_type", [2, 4, 4, 9][body.chance(9, 4) as usize]);
                json.text("sph_name", body.part(0)).text("feed_desc", body.part(1));
            }
        }
        json.close();
    }

    /// Messages inside a message; the contents of each are JSON in a string.
    fn write_nested(&self, json: &mut Json, body: &Body) {
        let record = body.draft.kind == Kind::Chatrecord;
        // The note's body is under `info`, unlike its name.
        let key = if body.draft.kind == Kind::Note { "info" } else { body.draft.kind.name() };
        json.open(key);
        let texts = if record {
            json.text("title", body.part(0));
            body.parts.get(1..).unwrap_or(&[])
        } else {
            &body.parts
        };
        json.open_list(if body.draft.kind == Kind::Note { "items" } else { "item" });
        let started_s = body.at_s - 600 - body.chance(10, 86_400);
        let mut written = 0;
        for text in texts {
            let mut content = Json::object();
            content.text("content", text);
            write_item(json, body, ("text", "ChatRecordText"), content, started_s + written * 37);
            written += 1;
        }
        let extras: &[Kind] = match (record, body.chance(11, 3)) {
            (true, 0) => &[Kind::Image, Kind::File],
            (true, 1) => &[Kind::Image, Kind::Link, Kind::Video],
            (true, _) => &[Kind::Image, Kind::Mixed],
            (false, 0) => &[Kind::Image, Kind::Image],
            (false, _) => &[Kind::Image],
        };
        for kind in extras {
            let (name, record_name) = match kind {
                Kind::File => ("file", "ChatRecordFile"),
                Kind::Link => ("link", "ChatRecordLink"),
                Kind::Video => ("video", "ChatRecordVideo"),
                Kind::Mixed => ("mixed", "ChatRecordMixed"),
                _ => ("image", "ChatRecordImage"),
            };
            let content = self.nested_content(body, *kind, written);
            write_item(json, body, (name, record_name), content, started_s + written * 41);
            written += 1;
        }
        json.close_list().close();
    }

    fn nested_content(&self, body: &Body, kind: Kind, salt: u64) -> Json {
        let mut content = Json::object();
        match kind {
            Kind::Link => {
                content.text("title", body.part(1)).text("description", body.part(0));
                content.text("link_url", &format!("https://www.example.com/s/{}", token(salt, 6)));
                content.text("image_url", "");
            }
            Kind::Mixed => {
                let mut text = Json::object();
                text.text("content", body.part(1));
                let mut image = Json::object();
                self.write_media(&mut image, body, Kind::Image, salt + 50);
                content.open_list("item");
                content.open_item().text("type", "text").text("content", &text.finish_text()).close();
                content.open_item().text("type", "image").text("content", &image.finish_text()).close();
                content.close_list();
            }
            _ => self.write_media(&mut content, body, kind, salt),
        }
        content
    }

    fn write_together(&self, json: &mut Json, body: &Body, at_ms: i64) {
        match body.draft.kind {
            Kind::Todo => {
                json.open("todo").text("title", body.part(0)).text("content", body.part(1));
            }
            Kind::Vote => {
                json.open("vote").text("votetitle", body.part(0)).open_list("voteitem");
                for option in body.parts.iter().skip(1) {
                    json.item(option);
                }
                json.close_list().number("votetype", 101 + body.chance(12, 2));
                json.text("voteid", &token(body.draft.seed, 22));
            }
            Kind::Collect => {
                json.open("collect").text("room_name", self.group_name(body.draft));
                json.text("creator", self.name_of(body.draft.from));
                let time = civil(at_ms);
                let created = format!(
                    "{}-{:02}-{:02} {:02}:{:02}:{:02}",
                    time.year, time.month, time.day, time.hour, time.minute, time.second
                );
                json.text("create_time", &created).text("title", body.part(0)).open_list("details");
                for (index, question) in body.parts.iter().skip(1).enumerate() {
                    let kind = answer_kind(question);
                    // Ids above 2^63 occur in the wild and must survive every reader.
                    let id = mix_two(body.draft.seed, 30 + index as u64) | 1 << 63;
                    json.open_item().number("id", id).text("ques", question).text("type", kind).close();
                }
                json.close_list();
            }
            _ => {
                json.open("info").number("solitaire_type", 101 + body.chance(13, 2));
                json.text("solitaire_content", &body.draft.text);
            }
        }
        json.close();
    }

    fn group_name(&self, draft: &Draft) -> &str {
        match draft.audience {
            Audience::Group(group) => &self.groups[group].name,
            Audience::One(_) => "",
        }
    }

    fn write_appointment(&self, json: &mut Json, body: &Body, at_ms: i64) {
        let (start, end) = (body.soon_s(), body.soon_s() + 1800 * (1 + body.chance(14, 4)));
        let meeting = mix_two(body.draft.seed, 15);
        match body.draft.kind {
            Kind::Meeting => {
                json.open("meeting").text("topic", body.part(0));
                json.number("starttime", start);
                json.number("endtime", end).text("address", body.part(1)).text("remarks", body.part(2));
                let kind = 101 + body.chance(16, 2);
                json.number("meetingtype", kind).number("meetingid", meeting);
                if kind == 102 {
                    json.number("status", 1 + body.chance(17, 7));
                }
            }
            Kind::Calendar => {
                json.open("calendar").text("title", body.part(0));
                json.text("creatorname", self.name_of(body.draft.from)).open_list("attendeename");
                for salt in 0..2 + body.chance(18, 4) {
                    let member = body.chance(40 + salt, self.members.len() as u64) as usize;
                    json.item(&self.members[member].name);
                }
                json.close_list().number("starttime", start).number("endtime", end);
                json.text("place", body.part(1)).text("remarks", body.part(2));
            }
            _ => {
                json.open("info").number("meeting_id", meeting);
                json.number("notification_type", 1 + body.chance(19, 2)).text("content", body.part(0)).close();
                let time = civil(at_ms);
                let shown = format!(
                    "{}-{:02}-{:02} {:02}:{:02}:{:02}:{:03}",
                    time.year,
                    time.month,
                    time.day,
                    time.hour,
                    time.minute,
                    time.second,
                    at_ms % 1000
                );
                json.text("time", &shown);
                return;
            }
        }
        json.close();
    }

    fn write_call(&self, json: &mut Json, body: &Body) {
        let variant = body.chance(100, VARIANTS as u64) as usize;
        let salt = mix_two(body.draft.number, 0);
        match body.draft.kind {
            Kind::Voiptext => {
                json.open("info").number("callduration", 5 + body.chance(21, 900));
                json.number("invitetype", 1 + body.chance(22, 2)).close();
            }
            Kind::MeetingVoiceCall => {
                let facts = self.media.facts(MediaKind::Call, variant);
                let start = body.at_s - u64::from(facts.seconds);
                let sender = self.id_of(body.draft.from);
                json.text("voiceid", &format!("gr{}", hex_id(body.draft.seed)));
                json.open("meeting_voice_call").number("endtime", body.at_s);
                json.text("sdkfileid", &self.media.file_id(MediaKind::Call, variant, salt));
                json.open_list("demofiledata").open_item().text("filename", body.part(0));
                json.text("demooperator", sender).number("starttime", start + 10);
                json.number("endtime", start + 40).close().close_list();
                json.open_list("sharescreendata").open_item().text("share", sender);
                json.number("starttime", start + 41).number("endtime", start + 55).close();
                json.close_list().close();
            }
            _ => {
                let facts = self.media.facts(MediaKind::Pdf, variant);
                json.text("voipid", &format!("gr{}", hex_id(body.draft.seed)));
                json.open("voip_doc_share").text("filename", body.part(0)).text("md5sum", &facts.md5);
                json.number("filesize", u64::from(facts.size));
                json.text("sdkfileid", &self.media.file_id(MediaKind::Pdf, variant, salt)).close();
            }
        }
    }

    fn write_information(&self, json: &mut Json, body: &Body) {
        let page = token(body.draft.seed, 20);
        match body.draft.kind {
            Kind::Docmsg => {
                json.open("doc").text("title", body.part(0)).text("doc_creator", self.id_of(body.draft.from));
                json.text("link_url", &format!("{DOCUMENTS}{page}"));
            }
            Kind::Markdown => {
                json.open("info").text("content", &body.draft.text);
            }
            Kind::News => {
                json.open("info").open_list("item").open_item();
                json.text("title", body.part(0)).text("description", body.part(1));
                json.text("url", &format!("https://www.example.com/n/{page}"));
                json.text("picurl", &format!("https://www.example.com/n/{page}.jpg"));
                json.close().close_list();
            }
            _ => {
                json.open("info").text("filename", body.part(0));
                json.text("url", &format!("https://drive.weixin.qq.com/s?k={page}"));
            }
        }
        json.close();
    }
}

fn write_item(json: &mut Json, body: &Body, names: (&str, &str), content: Json, at_s: u64) {
    let content = content.finish_text();
    json.open_item();
    match body.draft.kind {
        Kind::Chatrecord => {
            json.text("type", names.1).number("msgtime", at_s).text("content", &content);
            json.boolean("from_chatroom", matches!(body.draft.audience, Audience::Group(_)));
        }
        Kind::Note => {
            json.text("msg_type", names.0).text("content", &content);
        }
        _ => {
            json.text("type", names.0).text("content", &content);
        }
    }
    json.close();
}

/// What kind of answer a question of a form asks for.
fn answer_kind(question: &str) -> &'static str {
    let asks = |words: &[&str]| words.iter().any(|word| question.contains(word));
    if asks(&["日期", "生日"]) {
        return "Date";
    }
    if asks(&["人数", "体温", "分钟", "金额"]) {
        return "Number";
    }
    if asks(&["时间"]) { "Time" } else { "Text" }
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn hex_id(seed: u64) -> String {
    format!("{:016x}{:016x}", mix_two(seed, 60), mix_two(seed, 61))
}
