//! Golden examples: what every version of this program wrote must be read for ever.
//!
//! The files in `testdata/` are never changed; a new format version gets new files. `XINLU_WRITE_GOLDEN=1` writes missing
//! ones, and only those.

use std::path::PathBuf;

use serde_json::json;
use xinlu_keys::{CipherKey, Subject};
use xinlu_model::{Action, Header, MessageKind, Party, PartyKind, SourceId, Time};

use crate::media::{Digest, PartialKey, container_key, context, media_commitment, open_chunk, salt, seal_chunk};
use crate::{
    Body, BodyCodec, CheckpointLeaf, Envelope, Leaf, MediaHeader, MediaLeaf, RecordLeaf, ReportLeaf, commitment,
    decode_header, decode_media_header, encode_header, encode_media_header, id_tag, identity, pack_envelopes,
    unpack_envelopes,
};

const SOURCE_KEY: &str = "wecom:ww0123456789abcdef";

/// The file; written first when it is missing and that was asked for.
fn golden(name: &str, made: &[u8]) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name);
    if !path.exists() && std::env::var_os("XINLU_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, made).unwrap();
    }
    std::fs::read(&path).unwrap()
}

fn subject() -> Subject {
    Subject::new(5, [0xa5; 16], 3, &[0x5a; 32])
}

fn header() -> Header {
    let party = |kind, id: &str| Party { kind, id: id.to_owned() };
    Header {
        source: SourceId::new(9),
        seq: 11_101_571_002_822_706_744,
        msgid: "CAQQ2fbb4QUY0On2rYSAgAMgip/yzgs=_external".to_owned(),
        kind: MessageKind::Mixed,
        action: Action::Send,
        sender: party(PartyKind::Member, "XuJinSheng"),
        recipients: vec![party(PartyKind::Contact, "wmUu0zBgAALV7ZymkcMyxvbTe8YdWxxA"), party(PartyKind::Bot, "wb1")],
        room: Some("wrErxtDgAA9AW32YyyuYRimKr7D1KWlw".to_owned()),
        sent_at: Time::from_millis(1_603_875_826_656),
        observed_at: Time::from_micros(1_603_875_827_000_001),
    }
}

const RAW: &str =
    "{\"msgid\":\"CAQQ2fbb4QUY0On2rYSAgAMgip/yzgs=_external\",\"text\":{\"content\":\"你好[微笑]\\n\u{1}\"}}";

fn parsed() -> Vec<u8> {
    let pieces = json!([{"role": "text", "text": "你好[微笑]\n"}]);
    serde_json::to_vec(&json!({"body": {"content": "你好[微笑]\n"}, "pieces": pieces})).unwrap()
}

#[test]
fn headers() {
    let mut alone = header();
    (alone.room, alone.recipients, alone.action) = (None, Vec::new(), Action::Switch);
    for (name, header) in [("header-1-group.bin", header()), ("header-1-alone.bin", alone)] {
        let bytes = encode_header(SOURCE_KEY, &header).unwrap();
        let stored = golden(name, &bytes);
        assert_eq!(bytes, stored, "{name}");
        assert_eq!(decode_header(&stored, SourceId::new(9)).unwrap(), (SOURCE_KEY.to_owned(), header));
        for cut in 0..stored.len() {
            assert!(decode_header(&stored[..cut], SourceId::new(9)).is_err(), "{name} cut at {cut}");
        }
        assert!(decode_header(&[stored, vec![0]].concat(), SourceId::new(9)).is_err());
    }
}

#[test]
fn bodies() {
    let (subject, codec) = (subject(), BodyCodec::default());
    let header = encode_header(SOURCE_KEY, &header()).unwrap();
    let tag = id_tag(&subject, SOURCE_KEY, "CAQQ2fbb4QUY0On2rYSAgAMgip/yzgs=_external");
    let body = Body { blind: [0x77; 32], raw: RAW.as_bytes().to_vec(), parsed: parsed() };
    let made = codec.seal(&subject, &tag, &[0x11; 12], &header, &body).unwrap();
    // How well zstd compresses may change with its version; what it wrote once must be read.
    let stored = golden("body-1.bin", &made);
    for sealed in [made, stored.clone()] {
        let opened = codec.open(&subject, &tag, &header, &sealed).unwrap();
        assert_eq!(opened.blind, [0x77; 32]);
        assert_eq!(opened.raw, RAW.as_bytes());
        assert_eq!(opened.parsed, parsed());
    }
    for place in 0..stored.len() {
        let mut changed = stored.clone();
        changed[place] ^= 0x10;
        assert!(codec.open(&subject, &tag, &header, &changed).is_err(), "byte {place}");
    }
    let mut other = header.clone();
    other[3] ^= 1;
    assert!(codec.open(&subject, &tag, &other, &stored).is_err(), "the header is bound");
    assert_eq!(golden("id-tag-1.bin", &tag), tag);
    assert_eq!(
        golden("commitment-1.bin", &commitment(&[0x77; 32], &header, RAW.as_bytes())),
        commitment(&[0x77; 32], &header, RAW.as_bytes())
    );
    let number = identity(SOURCE_KEY, "CAQQ2fbb4QUY0On2rYSAgAMgip/yzgs=_external").to_be_bytes();
    assert_eq!(golden("identity-1.bin", &number), number);
}

#[test]
fn leaves() {
    let at = Time::from_micros(1_603_875_827_000_001);
    let leaves = [
        (
            "leaf-1-record.bin",
            Leaf::Record(RecordLeaf {
                commitment: [1; 32],
                id_tag: [2; 32],
                ciphertext_sha256: [3; 32],
                key_epoch: 4,
                alias: [5; 16],
                observed_at: at,
                sent_at: Time::from_micros(-6),
            }),
        ),
        (
            "leaf-1-media.bin",
            Leaf::Media(MediaLeaf {
                id_tag: [1; 32],
                ordinal: 2,
                commitment: [3; 32],
                object_sha256: [4; 32],
                object_size: 5,
                key_epoch: 6,
                alias: [7; 16],
                stored_at: at,
            }),
        ),
        ("leaf-1-report.bin", Leaf::Report(ReportLeaf { report_sha256: [1; 32], made_at: at })),
        (
            "leaf-1-checkpoint.bin",
            Leaf::Checkpoint(CheckpointLeaf { origin: "example.com/audit".to_owned(), size: 7, root: [8; 32], at }),
        ),
    ];
    for (name, leaf) in leaves {
        let bytes = leaf.encode().unwrap();
        assert!(bytes.len() <= crate::LEAF_BYTES_MAX);
        let stored = golden(name, &bytes);
        assert_eq!(bytes, stored, "{name}");
        assert_eq!(Leaf::decode(&stored).unwrap(), leaf);
        for cut in 0..stored.len() {
            assert!(Leaf::decode(&stored[..cut]).is_err(), "{name} cut at {cut}");
        }
        assert!(Leaf::decode(&[stored, vec![0]].concat()).is_err());
    }
}

#[test]
fn envelopes() {
    let envelope = |seq, msgid: &str, key: &str, message: &str| Envelope {
        seq,
        msgid: msgid.to_owned(),
        key_version: 3,
        encrypted_key: key.to_owned(),
        encrypted_message: message.to_owned(),
    };
    // Base64 that is canonical, that lacks padding, that has stray bits, and none at all.
    let all = vec![
        envelope(u64::MAX, "CAQQ2fbb4QUY0On2rYSAgAMgip/yzgs=", "a2V5", "AAEC/w=="),
        envelope(2, "14822339130656386894_1603875600", "a2V5AA", "AB=="),
        envelope(3, "", "", "密文"),
    ];
    let packed = pack_envelopes(&all).unwrap();
    let stored = golden("envelopes-1.bin", &packed);
    assert_eq!(packed, stored);
    assert_eq!(unpack_envelopes(&stored).unwrap(), all);
    for place in 0..stored.len() {
        let mut changed = stored.clone();
        changed[place] ^= 1;
        assert!(unpack_envelopes(&changed).is_err(), "byte {place}");
    }
}

#[test]
fn media_containers() {
    let subject = subject();
    let context = context(&[2; 32], 1);
    let plain: Vec<u8> = (0..70_000_u32).map(|number| (number % 251) as u8).collect();
    let digest = Digest { size: plain.len() as u64, md5: [3; 16], sha256: xinlu_keys::sha256(&[&plain]) };
    let header = MediaHeader { size: digest.size, salt: salt(&subject, &context, &digest) };
    let key: CipherKey = container_key(&subject, &context, &header.salt);
    let (first, last) = plain.split_at(65_536);
    let made = [encode_media_header(&header), seal_chunk(&key, &header, 0, first), seal_chunk(&key, &header, 1, last)]
        .concat();
    let stored = golden("media-container-1.bin", &made);
    assert_eq!(made, stored);
    assert_eq!(stored.len() as u64, crate::object_size(plain.len() as u64));
    let read = decode_media_header(&stored[..32]).unwrap();
    assert_eq!(read, header);
    let (one, two) = stored[32..].split_at(65_536 + 16);
    assert_eq!(open_chunk(&key, &read, 0, one).unwrap(), first);
    assert_eq!(open_chunk(&key, &read, 1, two).unwrap(), last);
    assert!(open_chunk(&key, &read, 0, two).is_err(), "a chunk has its place");
    assert!(open_chunk(&key, &MediaHeader { size: 65_536, ..read }, 0, one).is_err(), "nothing can be cut off");
    let committed = media_commitment(&subject, &context, &digest);
    assert_eq!(golden("media-commitment-1.bin", &committed), committed);
}

#[test]
fn frames_of_downloads_open_only_in_their_place() {
    let key = PartialKey::new(&subject(), &context(&[2; 32], 1));
    let frame = key.seal_frame(&[1; 12], 512, b"piece");
    assert_eq!(key.open_frame(512, &frame[4..]).unwrap(), b"piece");
    assert!(key.open_frame(0, &frame[4..]).is_err());
    let sealed = key.seal_index(&[2; 12], 512, "Range:bytes=512-1023");
    assert_eq!(key.open_index(512, &sealed).as_deref(), Some("Range:bytes=512-1023"));
    assert_eq!(key.open_index(0, &sealed), None);
}
