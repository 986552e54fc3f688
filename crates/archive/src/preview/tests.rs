//! Each form of preview, what it refuses, and who gets it.

use codec_core::codecs::amr::nb::enc::encoder::{NbEncoder, Rate};
use encoding_rs::GB18030;
use xinlu_keys::sha256;
use xinlu_model::MessageKind;

use super::{FILE_BYTES_MAX, Fault, Kind, TEXT_BYTES_MAX, make};
use crate::api::testing::{Api, READER, apis};
use crate::fixture::with_media;
use crate::zip::ZipWriter;

/// Speech at 4.75 kbit/s with pauses, and the SHA-256 of what the reference decoder of 3GPP TS 26.073 makes of it: both from
/// the test data of `rvoip-codec-core` 0.4.0 (MIT).
const RECORDING: &[u8] = include_bytes!("../../testdata/voice-475-pauses.amr");
const DECODED_SHA256: &str = "cfb628e2e1befedd92bfcd03fcf27d8824fb364653ed1773f2eb271b2505b56f";
const DECODED_BYTES: usize = 48_000;
const WAV_HEADER_BYTES: usize = 44;

fn packed(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new([2026, 1, 5, 8, 0, 0]);
    for (name, text) in entries {
        zip.begin(name).unwrap();
        zip.write(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    zip.take()
}

fn text(kind: Kind, bytes: &[u8]) -> Result<String, Fault> {
    make(kind, bytes, false).map(|preview| String::from_utf8(preview.bytes).unwrap())
}

#[test]
fn a_recording_sounds_as_the_reference_decoder_makes_it() {
    let wav = make(Kind::Voice, RECORDING, false).unwrap().bytes;
    let (header, samples) = wav.split_at(WAV_HEADER_BYTES);
    assert_eq!(samples.len(), DECODED_BYTES);
    assert_eq!(hex::encode(sha256(&[samples])), DECODED_SHA256);
    assert!(header.starts_with(b"RIFF") && &header[8..16] == b"WAVEfmt " && &header[36..40] == b"data");
    assert_eq!(header[4..8], (wav.len() as u32 - 8).to_le_bytes());
    assert_eq!(header[40..44], (DECODED_BYTES as u32).to_le_bytes());
    assert_eq!(header[20..36], [1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0]);
}

#[test]
fn what_is_encoded_comes_back_as_loud_and_silence_stays_silent() {
    let tone = |frame: usize| -> [i16; 160] {
        std::array::from_fn(|place| {
            let at = (frame * 160 + place) as f64 / 8_000.0;
            ((at * 440.0 * std::f64::consts::TAU).sin() * 8_000.0) as i16
        })
    };
    let energy = |loud: bool| {
        let mut encoder = NbEncoder::new();
        let mut file = b"#!AMR\n".to_vec();
        for frame in 0..50 {
            let samples = if loud { tone(frame) } else { [0; 160] };
            // Mode 7, 12.2 kbit/s, quality good.
            file.push(7 << 3 | 4);
            file.extend(encoder.encode_frame(&samples, Rate::from_index(7).unwrap()));
        }
        let wav = make(Kind::Voice, &file, false).unwrap().bytes;
        assert_eq!(wav.len(), WAV_HEADER_BYTES + 50 * 320, "a second");
        let samples = wav[WAV_HEADER_BYTES + 3_200..].chunks(2).map(|two| i16::from_le_bytes([two[0], two[1]]));
        let squares: Vec<f64> = samples.map(|sample| f64::from(sample).powi(2)).collect();
        (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
    };
    let (loud, silent) = (energy(true), energy(false));
    assert!((4_500.0..7_000.0).contains(&loud), "a sine of 8000 has an effective value of 5657: {loud}");
    assert!(silent < 20.0, "{silent}");
}

#[test]
fn a_recording_that_breaks_off_is_played_so_far_and_others_are_refused() {
    let wav = make(Kind::Voice, &RECORDING[..RECORDING.len() - 1], false).unwrap().bytes;
    assert!(wav.len() > 1_000 && wav.len() < DECODED_BYTES + WAV_HEADER_BYTES);
    for file in [b"#!AMR\n".as_slice(), b"#!AMR-WB\n\x04abc", b"#!AMR_MC1.0\n", b"RIFF", b""] {
        assert_eq!(make(Kind::Voice, file, false), Err(Fault::Unsupported), "{file:?}");
    }
    // Frames without data: a byte a frame, the cheapest way to grow.
    let long = [b"#!AMR\n".as_slice(), &vec![15 << 3 | 4; 90_001]].concat();
    assert_eq!(make(Kind::Voice, &long, false), Err(Fault::TooLarge));
    // Whatever the bits are, it ends and does not fail otherwise.
    let noise: Vec<u8> = (0..20_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let _ = make(Kind::Voice, &[b"#!AMR\n".as_slice(), &noise].concat(), false);
}

#[test]
fn text_is_read_in_the_encodings_of_chinese_programs() {
    let said = "客户,电话\n王小明,13800138000\n";
    let (gb, ..) = GB18030.encode(said);
    let utf_16: Vec<u8> = [0xfeff].into_iter().chain(said.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for bytes in [said.as_bytes(), &[b"\xef\xbb\xbf", said.as_bytes()].concat(), &gb, &utf_16] {
        assert_eq!(text(Kind::Text, bytes).unwrap(), said);
    }
    for bytes in [b"\x7fELF\0\0".as_slice(), b"\xff\xff\xff"] {
        assert_eq!(text(Kind::Text, bytes), Err(Fault::Unsupported));
    }
    // Cut off in the midst of a letter, in both encodings.
    for bytes in [said.as_bytes(), &gb] {
        let cut = make(Kind::Text, &bytes[..4], true).unwrap();
        assert!(cut.cut && "客户".starts_with(&String::from_utf8(cut.bytes).unwrap()));
    }
}

#[test]
fn a_word_file_is_its_paragraphs_and_tables() {
    let document = r#"<?xml version="1.0"?><w:document xmlns:w="x"><w:body>
        <w:p><w:r><w:t xml:space="preserve">第一段 &amp; </w:t></w:r><w:r><w:t>&lt;b&gt;</w:t></w:r></w:p>
        <w:tbl><w:tr><w:tc><w:p><w:r><w:t>甲</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>乙</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
        <w:p><w:r><w:delText>deleted</w:delText><w:t>末</w:t><w:br/><w:t>行</w:t></w:r></w:p></w:body></w:document>"#;
    let bytes = packed(&[("[Content_Types].xml", "<Types/>"), ("word/document.xml", document)]);
    assert_eq!(text(Kind::Document, &bytes).unwrap(), "第一段 & <b>\n甲 \t乙 \t\n末\n行\n");
    let endless = format!("<w:document>{}</w:document>", "<w:p><w:t>1234567890123456789</w:t></w:p>".repeat(60_000));
    let cut = make(Kind::Document, &packed(&[("word/document.xml", &endless)]), false).unwrap();
    assert!(cut.cut && cut.bytes.len() <= TEXT_BYTES_MAX as usize && cut.bytes.len() > 1_000_000);
    let entities = r#"<!DOCTYPE d [<!ENTITY a "aaaa">]><d><t>&a;</t></d>"#;
    for document in [entities, "<w:p><w:t>", "</w:p>"] {
        let found = text(Kind::Document, &packed(&[("word/document.xml", document)]));
        assert!(found.is_err() || found.as_deref() == Ok(""), "{document}: {found:?}");
    }
    assert_eq!(text(Kind::Document, b"PK"), Err(Fault::Unsupported));
    assert_eq!(text(Kind::Document, &packed(&[("other", "")])), Err(Fault::Unsupported));
}

fn book(sheet: &str) -> Vec<u8> {
    packed(&[
        ("xl/workbook.xml", r#"<workbook xmlns:r="r"><sheets><sheet name="一&amp;月" r:id="a"/></sheets></workbook>"#),
        ("xl/_rels/workbook.xml.rels", r#"<R><Relationship Id="a" Target="worksheets/sheet1.xml"/></R>"#),
        (
            "xl/sharedStrings.xml",
            "<sst><si><t>共</t><r><t>享</t></r><rPh><t>x</t></rPh></si><si><t>a\nb</t></si></sst>",
        ),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}

#[test]
fn an_excel_file_is_its_sheets_rows_and_cells() {
    let sheet = r#"<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1"><f>A1*2</f><v>1.5</v></c></row>
        <row r="2"><c r="B2" t="inlineStr"><is><t>内</t></is></c><c t="s"><v>1</v></c><c t="s"><v>99</v></c></row></sheetData></worksheet>"#;
    assert_eq!(text(Kind::Sheet, &book(sheet)).unwrap(), "# 一&月\n共享\t\t1.5\n\t内\ta b\t\n\n");
    let wide =
        format!("<row>{}</row>", r#"<c r="XFD1"><v>1</v></c><c r="ZZZZZZ1"><v>2</v></c>"#.repeat(200)).repeat(70);
    let cut = make(Kind::Sheet, &book(&wide), false).unwrap();
    assert!(cut.cut && cut.bytes.len() <= TEXT_BYTES_MAX as usize);
    assert_eq!(text(Kind::Sheet, &packed(&[("xl/workbook.xml", "<workbook/>")])), Err(Fault::Unsupported));
}

#[test]
fn a_bomb_is_refused() {
    let bomb = packed(&[("word/document.xml", &" ".repeat(80 << 20))]);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(text(Kind::Document, &bomb), Err(Fault::TooLarge));
}

async fn store(api: &Api, seq: u64, name: &str, file: &[u8]) -> i64 {
    let world = &api.world;
    let mut message = with_media(world.message(seq, "zhang", &["wmA"], "file"), None, Some(file.len() as u64));
    message.header.kind = MessageKind::File;
    message.parsed.media[0].name = Some(name.to_owned());
    world.settle(vec![message]).await;
    let task = world.archive.claim_media(world.source, 10, 60_000).await.unwrap().remove(0);
    let mut writer = world.archive.media_writer(&task);
    for piece in file.chunks(4 << 20) {
        writer.write(piece.to_vec(), "next").await.unwrap();
    }
    writer.finish().await.unwrap();
    task.media.number()
}

#[tokio::test]
async fn previews_are_given_to_whom_the_item_is_given() {
    for api in apis().await {
        let voice = store(&api, 1, "voice.amr", RECORDING).await;
        let wav = api.get(&format!("/api/v1/media/{voice}/preview?as=wav"), READER).await;
        assert_eq!((wav.status.as_u16(), &wav.headers["content-type"]), (200, &"audio/wav".parse().unwrap()));
        assert_eq!(wav.bytes.len(), WAV_HEADER_BYTES + DECODED_BYTES);
        let page = "<script>alert(1)</script>".repeat(50_000);
        let html = store(&api, 2, "Page.HTML", page.as_bytes()).await;
        let shown = api.get(&format!("/api/v1/media/{html}/preview?as=text"), READER).await;
        assert_eq!(shown.headers["content-type"], "text/plain; charset=utf-8");
        assert_eq!(
            (shown.bytes.len() as u64, shown.headers["x-xinlu-cut"].as_bytes()),
            (TEXT_BYTES_MAX, b"1".as_slice())
        );
        assert!(shown.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));

        let code = |query: String, key: &'static str| {
            let api = &api;
            async move { api.get(&format!("/api/v1/media/{query}"), key).await.code() }
        };
        let unsupported = (400, "media.preview_unsupported".to_owned());
        assert_eq!(code(format!("{voice}/preview?as=text"), READER).await, unsupported);
        assert_eq!(code(format!("{html}/preview?as=wav"), READER).await, unsupported);
        assert_eq!(code(format!("{html}/preview?as=html"), READER).await.1, "http.invalid_query");
        assert_eq!(code(format!("{html}/preview?as=text"), "mary conversation.read=masked").await.0, 403);
        let outside = "mary conversation.read=text=99";
        assert_eq!(code(format!("{html}/preview?as=text"), outside).await.1, "archive.media_not_found");
        let talk = api.conversation(1).await;
        let readers = api.get(&format!("/api/v1/conversations/{talk}/readers"), READER).await.json();
        assert_eq!(readers["readers"].as_array().unwrap().len(), 2, "{readers}");
        assert_eq!(readers["readers"][0]["action"], "media.read");

        if std::env::var_os("SLOW_TESTS").is_none() {
            continue;
        }
        let large = vec![b'x'; FILE_BYTES_MAX as usize + 1];
        let large = store(&api, 3, "large.docx", &large).await;
        let too_large = (413, "media.preview_too_large".to_owned());
        assert_eq!(code(format!("{large}/preview?as=text"), READER).await, too_large);
    }
}
