//! Walks the XML of office files: names, attributes and text, nothing else. Entities of a document's own are not expanded.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::Fault;

/// What a walk meets.
pub(super) enum Part<'a> {
    /// An element begins; its name without prefix.
    Begin(&'a str, &'a Attributes<'a>),
    /// An element ends.
    End(&'a str),
    /// Text, its references resolved.
    Text(&'a str),
}

/// Attributes of an element.
pub(super) struct Attributes<'a>(&'a BytesStart<'a>);

impl Attributes<'_> {
    /// The value of an attribute by its full name; an absent or malformed one is `None`.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let found = self.0.try_get_attribute(name).ok()??;
        Some(found.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
    }
}

/// Goes over a document until it ends or `see` answers `false`.
pub(super) fn walk(bytes: &[u8], see: &mut dyn FnMut(Part<'_>) -> bool) -> Result<(), Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::Unsupported)?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    loop {
        let event = reader.read_event().map_err(|_| Fault::Unsupported)?;
        let goes_on = match &event {
            Event::Start(start) => see(Part::Begin(start.local_name().as_ref(), &Attributes(start))),
            Event::Empty(start) => {
                let name = start.local_name();
                see(Part::Begin(name.as_ref(), &Attributes(start))) && see(Part::End(name.as_ref()))
            }
            Event::End(end) => see(Part::End(end.local_name().as_ref())),
            Event::Text(text) => see(Part::Text(&text.xml10_content())),
            Event::CData(data) => see(Part::Text(&data.xml10_content())),
            Event::GeneralRef(reference) => {
                let letter = reference.resolve_char_ref().ok().flatten();
                let known = match reference.xml10_content().as_ref() {
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "amp" => Some('&'),
                    "apos" => Some('\''),
                    "quot" => Some('"'),
                    _ => None,
                };
                let letter = letter.or(known).unwrap_or('\u{fffd}');
                see(Part::Text(letter.encode_utf8(&mut [0; 4])))
            }
            Event::DocType(_) => return Err(Fault::Unsupported),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => true,
            Event::Eof => false,
        };
        if !goes_on {
            return Ok(());
        }
    }
}
