//! Reads the XML of callbacks into a small tree.
//!
//! Repeated siblings are normal in WeCom's XML, so children are a list, never a map. It never expands entities of a
//! document's own (a DOCTYPE is refused) and never goes deeper or wider than its limits.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// How deep elements may nest; WeCom's deepest known event (approvals) has six levels.
const DEPTH_MAX: usize = 16;
/// How many elements a document may have: an approval with every field stays far below.
const ELEMENTS_MAX: usize = 10_000;

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// Its own text, CDATA included, without the white space around it.
    pub text: String,
    /// Its children in order.
    pub children: Vec<Element>,
}

impl Element {
    /// The text of the first child of this name; empty when there is none.
    pub fn text_of(&self, name: &str) -> &str {
        self.children.iter().find(|child| child.name == name).map_or("", |child| child.text.as_str())
    }

    /// All children of this name.
    pub fn all(&self, name: &str) -> Vec<&Element> {
        self.children.iter().filter(|child| child.name == name).collect()
    }
}

/// Reads a document; `None` when it is malformed or beyond a limit.
pub fn read(bytes: &[u8]) -> Option<Element> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    let mut elements = 0;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                elements += 1;
                if elements > ELEMENTS_MAX || open.len() > DEPTH_MAX {
                    return None;
                }
                open.push(Element { name: start.name().as_ref().to_owned(), ..Element::default() });
            }
            Event::Empty(start) => {
                elements += 1;
                let empty = Element { name: start.name().as_ref().to_owned(), ..Element::default() };
                open.last_mut()?.children.push(empty);
            }
            Event::End(_) => {
                let done = open.pop()?;
                let text = done.text.trim().to_owned();
                open.last_mut()?.children.push(Element { text, ..done });
            }
            Event::Text(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::CData(data) => open.last_mut()?.text.push_str(&data.xml10_content()),
            Event::GeneralRef(reference) => open.last_mut()?.text.push(letter(&reference)?),
            Event::DocType(_) => return None,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    let mut outer = open.pop()?;
    let one = open.is_empty() && outer.children.len() == 1;
    if one { outer.children.pop() } else { None }
}

fn letter(reference: &BytesRef<'_>) -> Option<char> {
    if let Some(letter) = reference.resolve_char_ref().ok()? {
        return Some(letter);
    }
    match reference.xml10_content().as_ref() {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
