//! Excel files (ECMA-376 part 1, section 18) as text: each sheet's name, then its rows, their cells apart by tabs.
//!
//! Values are as they are stored: of a formula its last result, of a date the number of the day. Formats are not applied.

use std::collections::HashMap;

use super::xml::{Part, walk};
use super::{Fault, Page, UNPACKED_BYTES_MAX};
use crate::zip::ZipReader;

const BOOK: &str = "xl/workbook.xml";
const RELATIONS: &str = "xl/_rels/workbook.xml.rels";
const STRINGS: &str = "xl/sharedStrings.xml";
/// Sheets that are shown.
const SHEETS_MAX: usize = 100;
/// Columns of a sheet: the format's own limit. A cell beyond it stands where it comes.
const COLUMNS_MAX: usize = 16_384;

/// The text of an Excel file.
pub(super) fn text(bytes: &[u8]) -> Result<Page, Fault> {
    let mut zip = ZipReader::open(bytes, UNPACKED_BYTES_MAX)?;
    let book = zip.read(BOOK)?.ok_or(Fault::Unsupported)?;
    let relations = zip.read(RELATIONS)?.ok_or(Fault::Unsupported)?;
    let strings = match zip.read(STRINGS)? {
        Some(strings) => shared(&strings)?,
        None => Vec::new(),
    };
    let sheets = sheets(&book)?;
    let targets = targets(&relations)?;
    let mut page = Page::new();
    page.full = sheets.len() > SHEETS_MAX;
    let more = std::mem::take(&mut page.full);
    for (name, relation) in sheets.into_iter().take(SHEETS_MAX) {
        let Some(sheet) = targets.get(&relation) else { continue };
        let Some(sheet) = zip.read(sheet)? else { continue };
        page.push(&format!("# {name}\n"));
        rows(&sheet, &strings, &mut page)?;
        page.push("\n");
        if page.full {
            break;
        }
    }
    page.full |= more;
    Ok(page)
}

/// Names of sheets with the relations that lead to them, in the order of the book.
fn sheets(book: &[u8]) -> Result<Vec<(String, String)>, Fault> {
    let mut found = Vec::new();
    walk(book, &mut |part| {
        if let Part::Begin("sheet", attributes) = part
            && let (Some(name), Some(relation)) = (attributes.get("name"), attributes.get("r:id"))
        {
            found.push((name, relation));
        }
        true
    })?;
    Ok(found)
}

/// Paths within the file by relation. A target is relative to `xl/`, or begins with `/`.
fn targets(relations: &[u8]) -> Result<HashMap<String, String>, Fault> {
    let mut found = HashMap::new();
    walk(relations, &mut |part| {
        if let Part::Begin("Relationship", attributes) = part
            && let (Some(id), Some(target)) = (attributes.get("Id"), attributes.get("Target"))
        {
            let path = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
            found.insert(id, path);
        }
        true
    })?;
    Ok(found)
}

/// The shared texts in order; pronunciation guides are not part of them.
fn shared(strings: &[u8]) -> Result<Vec<String>, Fault> {
    let mut found: Vec<String> = Vec::new();
    let (mut in_text, mut in_guide) = (false, false);
    walk(strings, &mut |part| {
        match part {
            Part::Begin("si", _) => found.push(String::new()),
            Part::Begin("rPh", _) => in_guide = true,
            Part::End("rPh") => in_guide = false,
            Part::Begin("t", _) => in_text = true,
            Part::End("t") => in_text = false,
            Part::Text(text) if in_text && !in_guide => {
                if let Some(last) = found.last_mut() {
                    last.push_str(text);
                }
            }
            _ => {}
        }
        true
    })?;
    Ok(found)
}

/// What is known of the cell that is being read.
#[derive(Default)]
struct Cell {
    column: Option<usize>,
    is_shared: bool,
    value: String,
}

fn rows(sheet: &[u8], strings: &[String], page: &mut Page) -> Result<(), Fault> {
    let mut cell = Cell::default();
    let mut reads = false;
    let mut columns = 0;
    walk(sheet, &mut |part| {
        match part {
            Part::Begin("row", _) => columns = 0,
            Part::End("row") => page.push("\n"),
            Part::Begin("c", attributes) => {
                let column = attributes.get("r").and_then(|reference| column(&reference));
                let is_shared = attributes.get("t").is_some_and(|kind| kind == "s");
                cell = Cell { column, is_shared, value: String::new() };
            }
            Part::Begin("v" | "t", _) => reads = true,
            Part::End("v" | "t") => reads = false,
            Part::Text(text) if reads => cell.value.push_str(text),
            Part::End("c") => {
                let place = cell.column.filter(|column| *column >= columns).unwrap_or(columns);
                let tabs = place - columns + usize::from(columns > 0);
                page.push(&"\t".repeat(if columns == 0 { place } else { tabs }));
                columns = place + 1;
                page.push(&shown(&cell, strings));
            }
            _ => {}
        }
        !page.full
    })
}

/// One line and one cell, whatever stands in it.
fn shown(cell: &Cell, strings: &[String]) -> String {
    let shared = || cell.value.trim().parse::<usize>().ok().and_then(|place| strings.get(place));
    let value = if cell.is_shared { shared().map_or("", String::as_str) } else { &cell.value };
    value.replace(['\t', '\n', '\r'], " ")
}

/// The column of a reference such as `AB12`, from 0.
fn column(reference: &str) -> Option<usize> {
    let mut column = 0_usize;
    for letter in reference.bytes().take_while(u8::is_ascii_alphabetic) {
        column = column * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1;
        if column > COLUMNS_MAX {
            return None;
        }
    }
    column.checked_sub(1)
}
