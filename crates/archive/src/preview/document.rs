//! Word files (ECMA-376 part 1, section 17) as text: a paragraph a line, the cells of a table's row apart by tabs.
//!
//! What was deleted under tracked changes is not text of the document and is left out, as are headers, footers and notes.

use super::xml::{Part, walk};
use super::{Fault, Page, UNPACKED_BYTES_MAX};
use crate::zip::ZipReader;

const DOCUMENT: &str = "word/document.xml";

/// The text of a Word file.
pub(super) fn text(bytes: &[u8]) -> Result<Page, Fault> {
    let mut zip = ZipReader::open(bytes, UNPACKED_BYTES_MAX)?;
    let document = zip.read(DOCUMENT)?.ok_or(Fault::Unsupported)?;
    let mut page = Page::new();
    let mut in_text = false;
    let mut cells = 0_usize;
    walk(&document, &mut |part| {
        match part {
            Part::Begin("t", _) => in_text = true,
            Part::End("t") => in_text = false,
            Part::Text(text) if in_text => page.push(text),
            Part::Begin("tab", _) => page.push("\t"),
            Part::Begin("tc", _) => cells += 1,
            Part::End("tc") => {
                cells = cells.saturating_sub(1);
                page.push("\t");
            }
            // The lines and paragraphs of a cell stay in one line.
            Part::Begin("br" | "cr", _) | Part::End("p") => page.push(if cells > 0 { " " } else { "\n" }),
            Part::End("tr") if cells == 0 => page.push("\n"),
            _ => {}
        }
        !page.full
    })?;
    Ok(page)
}
