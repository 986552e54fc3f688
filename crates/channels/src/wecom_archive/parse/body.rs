//! Walks a body: collects its texts and media in reading order and opens what is nested in it.
//!
//! Nesting has a limit; below it a child stays the string it came as. It never drops a child.

use serde_json::{Map, Value};
use xinlu_model::{MediaDeclared, MessageKind, Piece, PieceRole};

use super::clean;
use super::texts::{Place, children, nested_kind, role_of_field, texts};

/// How deep messages are opened inside messages. Merged records of merged records of … are rare beyond three; the limit
/// keeps a hostile one from using up the stack.
const NESTING_MAX: u32 = 8;

/// Times below this are seconds (until the year 5138), above it milliseconds (since 1973).
const SECONDS_BELOW: i64 = 100_000_000_000;
const MILLIS_PER_SECOND: i64 = 1_000;

/// Length of an MD5 in hex.
const MD5_CHARS: usize = 32;

/// What was collected so far.
#[derive(Default)]
pub(super) struct Walk {
    pub(super) pieces: Vec<Piece>,
    pub(super) media: Vec<MediaDeclared>,
    depth: u32,
}

impl Walk {
    /// Walks the body of a message of this kind, or of one nested in it.
    pub(super) fn message(&mut self, kind: MessageKind, body: &mut Map<String, Value>) {
        if kind == MessageKind::Unknown {
            self.unknown(body, 0);
            return;
        }
        for (place, role) in texts(kind) {
            self.texts_at(*place, *role, body);
        }
        self.media_of(kind, body);
        for list in children(kind) {
            if let Some(Value::Array(items)) = body.get_mut(*list) {
                for item in items {
                    self.child(item);
                }
            }
        }
    }

    fn texts_at(&mut self, place: Place, role: PieceRole, body: &Map<String, Value>) {
        match place {
            Place::Field(name) => self.piece(role, body.get(name)),
            Place::Each(name) => {
                for text in list(body, name) {
                    self.piece(role, Some(text));
                }
            }
            Place::EachField(name, field) => {
                for item in list(body, name) {
                    self.piece(role, item.get(field));
                }
            }
        }
    }

    fn piece(&mut self, role: PieceRole, value: Option<&Value>) {
        let Some(text) = value.and_then(Value::as_str) else { return };
        if text.trim().is_empty() {
            return;
        }
        let role = if self.depth > 0 { PieceRole::Nested } else { role };
        self.pieces.push(Piece { role, text: text.to_owned() });
    }

    fn media_of(&mut self, kind: MessageKind, body: &mut Map<String, Value>) {
        let Some(handle) = body.get("sdkfileid").and_then(Value::as_str).filter(|handle| !handle.is_empty()) else {
            return;
        };
        let ordinal = self.media.len() as u32;
        let size = ["filesize", "voice_size", "imagesize"].into_iter().find_map(|name| whole(body.get(name)));
        self.media.push(MediaDeclared {
            ordinal,
            kind: if kind == MessageKind::Unknown { MessageKind::File } else { kind },
            handle: handle.to_owned(),
            md5: body.get("md5sum").and_then(Value::as_str).and_then(md5),
            size,
            name: body.get("filename").and_then(Value::as_str).filter(|name| !name.is_empty()).map(str::to_owned),
        });
        body.remove("sdkfileid");
        body.insert("media_ordinal".to_owned(), ordinal.into());
    }

    /// One item of a merged, mixed or note message.
    fn child(&mut self, item: &mut Value) {
        let Value::Object(item) = item else {
            return self.plain_child(item);
        };
        if self.depth >= NESTING_MAX {
            return;
        }
        self.depth += 1;
        if let Some(seconds) = item.get("msgtime").and_then(Value::as_i64).filter(|time| *time < SECONDS_BELOW) {
            item.insert("msgtime".to_owned(), seconds.saturating_mul(MILLIS_PER_SECOND).into());
        }
        let names = ["type", "msg_type", "msgtype"];
        let name = names.into_iter().find_map(|name| item.get(name).and_then(Value::as_str)).unwrap_or_default();
        let kind = nested_kind(name);
        match item.get_mut("content") {
            Some(content) => self.content(kind, content),
            None => self.message(kind, item),
        }
        self.depth -= 1;
    }

    /// The content of an item: JSON in a string, an object, or bare text.
    fn content(&mut self, kind: MessageKind, content: &mut Value) {
        let opened = content.as_str().filter(|text| text.trim_start().starts_with('{'));
        if let Some(Ok(Value::Object(object))) = opened.map(|text| clean::read(text.as_bytes())) {
            *content = Value::Object(object);
        }
        match content {
            Value::Object(object) => self.message(kind, object),
            bare => self.piece(PieceRole::Nested, Some(bare)),
        }
    }

    fn plain_child(&mut self, item: &Value) {
        self.depth += 1;
        self.piece(PieceRole::Nested, Some(item));
        self.depth -= 1;
    }

    /// A kind we do not know: whatever looks like text or media by its name, so that it can be found and fetched.
    fn unknown(&mut self, body: &mut Map<String, Value>, level: u32) {
        self.media_of(MessageKind::Unknown, body);
        for (name, value) in body.iter_mut() {
            match value {
                Value::String(_) => {
                    if let Some(role) = role_of_field(name) {
                        self.piece(role, Some(value));
                    }
                }
                Value::Object(inner) if level < NESTING_MAX => self.unknown(inner, level + 1),
                Value::Array(items) if level < NESTING_MAX => {
                    for inner in items.iter_mut().filter_map(Value::as_object_mut) {
                        self.unknown(inner, level + 1);
                    }
                }
                _ => {}
            }
        }
    }
}

fn list<'a>(body: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    body.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A whole number, given as a number or as digits in a string.
fn whole(value: Option<&Value>) -> Option<u64> {
    value?.as_u64().or_else(|| value?.as_str()?.parse().ok())
}

fn md5(text: &str) -> Option<String> {
    let whole = text.len() == MD5_CHARS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    whole.then(|| text.to_ascii_lowercase())
}
