//! Office files: minimal valid DOCX and XLSX (ECMA-376) in a ZIP of stored entries.
//!
//! Entries carry a fixed date, so the bytes depend on the content alone. Nothing is compressed.

use std::fmt::Write as _;

use flate2::Crc;

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const SHEET: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const MIME: &str = "application/vnd.openxmlformats-officedocument";
/// 1 January 2024 in the format of MS-DOS.
const ZIP_DATE: u16 = (44 << 9) | (1 << 5) | 1;

/// A text document of these paragraphs.
pub fn docx(paragraphs: &[String]) -> Vec<u8> {
    let mut body = String::new();
    for paragraph in paragraphs {
        let _ = write!(body, "<w:p><w:r><w:t>{}</w:t></w:r></w:p>", escape(paragraph));
    }
    let document = format!(r#"{XML}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>"#);
    let part = format!("{MIME}.wordprocessingml.document.main+xml");
    zip(&[
        ("[Content_Types].xml", content_types(&[("/word/document.xml", part)])),
        ("_rels/.rels", relationships("officeDocument", "word/document.xml")),
        ("word/document.xml", document),
    ])
}

/// A workbook with one sheet of these rows of text and numbers.
pub fn xlsx(rows: &[Vec<String>]) -> Vec<u8> {
    let mut data = String::new();
    for row in rows {
        data.push_str("<row>");
        for cell in row {
            if cell.parse::<f64>().is_ok() {
                let _ = write!(data, "<c><v>{cell}</v></c>");
            } else {
                let _ = write!(data, r#"<c t="inlineStr"><is><t>{}</t></is></c>"#, escape(cell));
            }
        }
        data.push_str("</row>");
    }
    let book = format!(
        r#"{XML}<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>"#
    );
    let sheet = format!(r#"{XML}<worksheet xmlns="{SHEET}"><sheetData>{data}</sheetData></worksheet>"#);
    let parts = [
        ("/xl/workbook.xml", format!("{MIME}.spreadsheetml.sheet.main+xml")),
        ("/xl/worksheets/sheet1.xml", format!("{MIME}.spreadsheetml.worksheet+xml")),
    ];
    zip(&[
        ("[Content_Types].xml", content_types(&parts)),
        ("_rels/.rels", relationships("officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", relationships("worksheet", "worksheets/sheet1.xml")),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn content_types(parts: &[(&str, String)]) -> String {
    let mut out = format!(
        r#"{XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>"#
    );
    for (name, kind) in parts {
        let _ = write!(out, r#"<Override PartName="{name}" ContentType="{kind}"/>"#);
    }
    out.push_str("</Types>");
    out
}

fn relationships(kind: &str, target: &str) -> String {
    format!(
        r#"{XML}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/{kind}" Target="{target}"/></Relationships>"#
    )
}

fn zip(entries: &[(&str, String)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for (name, content) in entries {
        let mut crc = Crc::new();
        crc.update(content.as_bytes());
        let mut common = vec![20, 0, 0, 8, 0, 0, 0, 0];
        common.extend_from_slice(&ZIP_DATE.to_le_bytes());
        common.extend_from_slice(&crc.sum().to_le_bytes());
        common.extend_from_slice(&(content.len() as u32).to_le_bytes());
        common.extend_from_slice(&(content.len() as u32).to_le_bytes());
        common.extend_from_slice(&(name.len() as u16).to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        let entry_at = out.len() as u32;
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&common);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(content.as_bytes());
        directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&entry_at.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let (directory_at, count) = (out.len() as u32, entries.len() as u16);
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    out.extend_from_slice(&directory_at.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
    out
}
