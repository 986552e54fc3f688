//! A small writer of JSON text in a fixed field order.
//!
//! Useful because millions of messages are made. It never checks that lists and objects are
//! closed: the tests parse what it made.

/// JSON text under construction.
pub struct Json {
    out: Vec<u8>,
}

impl Json {
    /// An open object.
    pub fn object() -> Self {
        let mut out = Vec::with_capacity(512);
        out.push(b'{');
        Self { out }
    }

    /// The bytes, with the outermost object closed.
    pub fn finish(mut self) -> Vec<u8> {
        self.out.push(b'}');
        self.out
    }

    /// The finished object as text, for the fields that hold JSON inside a string.
    pub fn finish_text(self) -> String {
        String::from_utf8(self.finish()).expect("only str values and ASCII are ever appended")
    }

    fn separate(&mut self) {
        if !matches!(self.out.last(), Some(b'{' | b'[' | b':')) {
            self.out.push(b',');
        }
    }

    fn key(&mut self, key: &str) {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn quoted(&mut self, value: &str) {
        self.out.push(b'"');
        let mut from = 0;
        for (position, byte) in value.bytes().enumerate() {
            let escape: &[u8] = match byte {
                b'"' => b"\\\"",
                b'\\' => b"\\\\",
                b'\n' => b"\\n",
                b'\r' => b"\\r",
                b'\t' => b"\\t",
                0..=0x1f => b" ",
                _ => continue,
            };
            self.out.extend_from_slice(&value.as_bytes()[from..position]);
            self.out.extend_from_slice(escape);
            from = position + 1;
        }
        self.out.extend_from_slice(&value.as_bytes()[from..]);
        self.out.push(b'"');
    }

    /// `"key":"value"`
    pub fn text(&mut self, key: &str, value: &str) -> &mut Self {
        self.key(key);
        self.quoted(value);
        self
    }

    /// `"key":value`
    pub fn number(&mut self, key: &str, value: u64) -> &mut Self {
        self.key(key);
        self.out.extend_from_slice(value.to_string().as_bytes());
        self
    }

    /// A coordinate in millionths, written with six decimals.
    pub fn millionths(&mut self, key: &str, value: u64) -> &mut Self {
        self.key(key);
        let text = format!("{}.{:06}", value / 1_000_000, value % 1_000_000);
        self.out.extend_from_slice(text.as_bytes());
        self
    }

    /// `"key":true`
    pub fn boolean(&mut self, key: &str, value: bool) -> &mut Self {
        self.key(key);
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
        self
    }

    /// `"key":{`
    pub fn open(&mut self, key: &str) -> &mut Self {
        self.key(key);
        self.out.push(b'{');
        self
    }

    /// `"key":[`
    pub fn open_list(&mut self, key: &str) -> &mut Self {
        self.key(key);
        self.out.push(b'[');
        self
    }

    /// `{` as the next item of a list.
    pub fn open_item(&mut self) -> &mut Self {
        self.separate();
        self.out.push(b'{');
        self
    }

    /// A text as the next item of a list.
    pub fn item(&mut self, value: &str) -> &mut Self {
        self.separate();
        self.quoted(value);
        self
    }

    /// `}`
    pub fn close(&mut self) -> &mut Self {
        self.out.push(b'}');
        self
    }

    /// `]`
    pub fn close_list(&mut self) -> &mut Self {
        self.out.push(b']');
        self
    }
}
