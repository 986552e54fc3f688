//! Documents: valid one-page PDF files with Chinese text.
//!
//! The font is a predefined one (STSong-Light, ISO 32000-1 section 9.7.5), so nothing is
//! embedded. A large file carries a picture of raw samples, never compressed.

use std::fmt::Write as _;

use crate::company::dice::mix_two;

/// A page with these lines; a scanned-looking picture of about `picture_bytes` when not 0.
pub fn document(seed: u64, lines: &[String], picture_bytes: usize) -> Vec<u8> {
    let mut page = String::from("BT /F1 16 Tf 60 780 Td 26 TL\n");
    for line in lines {
        let hex = line.encode_utf16().fold(String::new(), |mut hex, unit| {
            let _ = write!(hex, "{unit:04X}");
            hex
        });
        let _ = writeln!(page, "<{hex}> Tj T*");
    }
    page.push_str("ET\n");
    let side = picture_bytes.isqrt();
    if side > 0 {
        page.push_str("q 400 0 0 400 90 80 cm /Im1 Do Q\n");
    }
    let words = (side * side).div_ceil(8);
    let mut picture: Vec<u8> = (0..words).flat_map(|word| mix_two(seed, word as u64).to_le_bytes()).collect();
    picture.truncate(side * side);
    let font = "/F1 << /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding \
                /UniGB-UCS2-H /DescendantFonts [5 0 R] >>";
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << \
             /Font << {font} >> /XObject << /Im1 6 0 R >> >> >>"
        )
        .into_bytes(),
        stream("", page.as_bytes()),
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << \
          /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /DW 1000 /FontDescriptor 7 0 R >>"
            .to_vec(),
        stream(
            &format!(
                "/Type /XObject /Subtype /Image /Width {side} /Height {side} /ColorSpace \
                 /DeviceGray /BitsPerComponent 8"
            ),
            &picture,
        ),
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] \
          /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>"
            .to_vec(),
    ];
    assemble(&objects)
}

fn stream(dictionary: &str, body: &[u8]) -> Vec<u8> {
    let mut out = format!("<< {dictionary} /Length {} >>\nstream\n", body.len()).into_bytes();
    out.extend_from_slice(body);
    out.extend_from_slice(b"\nendstream");
    out
}

fn assemble(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.4\n%\xe4\xbd\xa0\xe5\xa5\xbd\n".to_vec();
    let mut table = String::from("0000000000 65535 f \n");
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        out.extend_from_slice(format!("{} 0 obj\n", index + 1).as_bytes());
        out.extend_from_slice(object);
        out.extend_from_slice(b"\nendobj\n");
    }
    let table_at = out.len();
    let size = objects.len() + 1;
    let tail =
        format!("xref\n0 {size}\n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table_at}\n%%EOF\n");
    out.extend_from_slice(tail.as_bytes());
    out
}
