//! What tests of the archive share: a whole archive on a test database, and messages to put into it.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use xinlu_blob::BlobStore;
use xinlu_db::{Db, DbConfig, Migration};
use xinlu_http::{Grant, Grants, Level, Visible};
use xinlu_identity::{ContactIn, ContactOrigin, Directory, MemberIn, MemberStatus};
use xinlu_keys::KeyRing;
use xinlu_ledger::{Ledger, LogName};
use xinlu_model::{
    Action, Clock, Header, Inbound, MediaDeclared, MessageKind, Parsed, Party, PartyKind, Piece, PieceRole, Random,
    SourceId, Time,
};
use xinlu_testkit::{SeededRandom, SetClock, TestDb, both};

use crate::{Archive, ArchiveDeps, Envelope, MIGRATIONS, Settled, VerifyInput, VerifyReport, verify};

pub(crate) const PARTS: &[&[Migration]] =
    &[MIGRATIONS, xinlu_ledger::MIGRATIONS, xinlu_jobs::MIGRATIONS, xinlu_identity::MIGRATIONS];
pub(crate) const SOURCE_KEY: &str = "wecom:wwtest";

/// An archive with everything below it.
pub(crate) struct World {
    pub(crate) archive: Arc<Archive>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) blobs: Arc<BlobStore>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) db: Db,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) log: PathBuf,
    pub(crate) source: SourceId,
}

/// A fresh world on each engine that is here, with the database it stands on.
pub(crate) async fn worlds() -> Vec<(TestDb, World)> {
    let mut worlds = Vec::new();
    for test in both(PARTS).await {
        let world = open(&test, 1).await;
        worlds.push((test, world));
    }
    worlds
}

/// Opens the world of a test database: fresh, or as after a crash (with another seed).
pub(crate) async fn open(test: &TestDb, seed: u64) -> World {
    let clock = SetClock::new();
    let told: Arc<dyn Clock> = clock.clone();
    let random: Arc<dyn Random> = SeededRandom::new(seed);
    let db = Db::open(&test.config).unwrap();
    let keys_db = Db::open(&DbConfig::Sqlite { path: test.folder.path().join("keys.db") }).unwrap();
    let log = test.folder.path().join("log");
    let ledger =
        Ledger::open(db.clone(), log.clone(), LogName::Archive, "test/archive", [1; 32], told.clone()).await.unwrap();
    let keys = KeyRing::open(keys_db, [2; 32], random.clone(), told.clone()).await.unwrap();
    let blobs = BlobStore::directory(&test.folder.path().join("blobs")).unwrap();
    let directory = Directory::open(db.clone(), told.clone());
    let archive = Archive::open(ArchiveDeps {
        db: db.clone(),
        keys: keys.clone(),
        blobs: blobs.clone(),
        ledger: ledger.clone(),
        directory: directory.clone(),
        clock: told,
        random,
    });
    let source = archive.ensure_source(SOURCE_KEY, "test").await.unwrap();
    World { archive, ledger, keys, blobs, directory, db, clock, log, source }
}

impl World {
    pub(crate) async fn settle(&self, messages: Vec<Inbound>) -> crate::Settlement {
        let envelopes = messages.iter().map(|one| envelope(one.header.seq, &one.header.msgid)).collect();
        let batch = self.archive.store_intake(self.source, envelopes).await.unwrap();
        self.archive.settle(batch.id, settled(messages)).await.unwrap()
    }

    pub(crate) async fn sequence(&self) {
        while self.ledger.sequence_once().await.unwrap() > 0 {}
    }

    pub(crate) async fn verify(&self) -> VerifyReport {
        self.verify_with(Some(self.keys.clone()), None).await
    }

    pub(crate) async fn verify_with(&self, keys: Option<Arc<KeyRing>>, saved: Option<String>) -> VerifyReport {
        verify(VerifyInput {
            db: self.db.clone(),
            keys,
            blobs: self.blobs.clone(),
            log_directory: self.log.clone(),
            saved_checkpoint: saved,
            directory: self.directory.clone(),
        })
        .await
        .unwrap()
    }

    /// Two members and two contacts are known by name: 张伟 (`zhang`), 李娜 (`li`), 王小明 (`wmA`), Jane Doe (`wmB`).
    pub(crate) async fn meet(&self) {
        let member = |userid: &str, name: &str| MemberIn {
            userid: userid.to_owned(),
            name: name.to_owned(),
            avatar: String::new(),
            departments: vec![],
            leader: vec![],
            position: String::new(),
            status: MemberStatus::Active,
            archived_seat: Some(true),
        };
        let members = vec![member("zhang", "张伟"), member("li", "李娜")];
        self.directory.sync_members(SOURCE_KEY, members, false).await.unwrap();
        let contact = |external_id: &str, name: &str| ContactIn {
            external_id: external_id.to_owned(),
            name: name.to_owned(),
            avatar: String::new(),
            corp_name: String::new(),
            kind: ContactOrigin::Wechat,
            gender: 0,
            unionid: None,
            follows: vec![],
        };
        let contacts = vec![contact("wmA", "王小明"), contact("wmB", "Jane Doe")];
        self.directory.sync_contacts(SOURCE_KEY, contacts).await.unwrap();
    }

    /// Talks that cross: Zhang with A, B with Li, Zhang, Li, B and C in a group, Wang with a robot, Zhang with Wang.
    pub(crate) async fn settle_crossing_talks(&self) {
        let mut in_group = self.message(3, "zhang", &["li", "wmB", "wmC"], "三");
        in_group.header.room = Some("wrGroup".to_owned());
        self.settle(vec![
            self.message(1, "zhang", &["wmA"], "一"),
            self.message(2, "wmB", &["li"], "二"),
            in_group,
            self.message(4, "wang", &["wbRobot"], "四"),
            self.message(5, "zhang", &["wang"], "五"),
        ])
        .await;
    }

    /// A message of this world's source.
    pub(crate) fn message(&self, seq: u64, from: &str, to: &[&str], text: &str) -> Inbound {
        message(self.source, seq, from, to, text)
    }
}

pub(crate) fn settled(messages: Vec<Inbound>) -> Vec<Settled> {
    messages.into_iter().map(|message| Settled::Message(Box::new(message))).collect()
}

pub(crate) fn envelope(seq: u64, msgid: &str) -> Envelope {
    Envelope {
        seq,
        msgid: msgid.to_owned(),
        key_version: 3,
        encrypted_key: "a2V5".to_owned(),
        encrypted_message: format!("not base64 {seq}"),
    }
}

/// WeCom's own prefixes tell what an id is of.
pub(crate) fn party(id: &str) -> Party {
    let kind = match id.get(..2) {
        Some("wm") => PartyKind::Contact,
        Some("wb") => PartyKind::Bot,
        _ => PartyKind::Member,
    };
    Party { kind, id: id.to_owned() }
}

/// A text message with the msgid `m{seq}`.
pub(crate) fn message(source: SourceId, seq: u64, from: &str, to: &[&str], text: &str) -> Inbound {
    let sent_at = Time::from_millis(1_767_574_800_000 + seq as i64 * 1_000);
    let raw = json!({"msgid": format!("m{seq}"), "from": from, "tolist": to, "text": {"content": text}});
    Inbound {
        header: Header {
            source,
            seq,
            msgid: format!("m{seq}"),
            kind: MessageKind::Text,
            action: Action::Send,
            sender: party(from),
            recipients: to.iter().map(|id| party(id)).collect(),
            room: None,
            sent_at,
            observed_at: sent_at,
        },
        raw: raw.to_string().into_bytes(),
        parsed: Parsed {
            body: json!({"content": text}),
            pieces: vec![Piece { role: PieceRole::Text, text: text.to_owned() }],
            media: vec![],
            revokes: None,
            consent: None,
            unknown_kind: None,
        },
    }
}

/// The same with a file of this declaration.
pub(crate) fn with_media(mut message: Inbound, md5: Option<&str>, size: Option<u64>) -> Inbound {
    message.header.kind = MessageKind::File;
    message.parsed.media.push(MediaDeclared {
        ordinal: message.parsed.media.len() as u32,
        kind: MessageKind::File,
        handle: "sdkfileid".to_owned(),
        md5: md5.map(str::to_owned),
        size,
        name: Some("资料.docx".to_owned()),
    });
    message
}

/// May see everything of everybody at this level.
pub(crate) fn grants(level: Level) -> Grants {
    Grants::new(vec![Grant { permission: crate::READ.to_owned(), visible: Visible::All, level }])
}
