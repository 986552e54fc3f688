//! What it costs to store and settle a message: processor time per message of `store_intake` + `settle`, printed.
//!
//! `cargo run --release -p xinlu-archive --example append_rate -- [messages]`. It never decrypts or indexes anything; the
//! sequencer of the log runs afterwards, apart.

use std::sync::Arc;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;
use xinlu_archive::{Archive, ArchiveDeps, Envelope, MIGRATIONS, Settled};
use xinlu_blob::BlobStore;
use xinlu_db::{Db, DbConfig};
use xinlu_identity::Directory;
use xinlu_keys::KeyRing;
use xinlu_ledger::{Ledger, LogName};
use xinlu_model::{
    Action, Clock, Header, Inbound, MessageKind, Parsed, Party, PartyKind, Piece, PieceRole, Random, SourceId, Time,
};
use xinlu_testkit::{SeededRandom, SetClock};

const MESSAGES: u64 = 50_000;
const BATCH: u64 = 1_000;
const MEMBERS: u64 = 40;
const CONTACTS: u64 = 300;
/// Clock ticks of /proc/self/stat per second on Linux.
const TICKS_PER_SECOND: f64 = 100.0;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let messages = std::env::args().nth(1).map_or(Ok(MESSAGES), |text| text.parse())?;
    let folder = TempDir::new()?;
    let random: Arc<dyn Random> = SeededRandom::new(1);
    let clock: Arc<dyn Clock> = SetClock::new();
    let open = |name: &str| Db::open(&DbConfig::Sqlite { path: folder.path().join(name) });
    let db = open("xinlu.db")?;
    db.migrate(&[MIGRATIONS, xinlu_ledger::MIGRATIONS, xinlu_jobs::MIGRATIONS, xinlu_identity::MIGRATIONS]).await?;
    let log = folder.path().join("log");
    let ledger = Ledger::open(db.clone(), log, LogName::Archive, "example", [1; 32], Arc::clone(&clock)).await?;
    let archive = Archive::open(ArchiveDeps {
        keys: KeyRing::open(open("keys.db")?, [2; 32], Arc::clone(&random), Arc::clone(&clock)).await?,
        blobs: BlobStore::directory(&folder.path().join("blobs"))?,
        directory: Directory::open(db.clone(), Arc::clone(&clock)),
        ledger: Arc::clone(&ledger),
        db,
        clock,
        random: Arc::clone(&random),
    });
    let source = archive.ensure_source("wecom:wwexample", "example").await?;
    let mut spent = 0.0;
    let started = Instant::now();
    for first in (1..=messages).step_by(BATCH as usize) {
        let numbers = first..(first + BATCH).min(messages + 1);
        let envelopes: Vec<Envelope> = numbers.clone().map(|number| envelope(number, random.as_ref())).collect();
        let settled = numbers.map(|number| Settled::Message(Box::new(message(source, number)))).collect();
        let before = processor_seconds()?;
        let batch = archive.store_intake(source, envelopes).await?;
        archive.settle(batch.id, settled).await?;
        spent += processor_seconds()? - before;
    }
    let wall = started.elapsed().as_secs_f64();
    println!("store_intake + settle: {:.1} us of processor time a message", spent * 1e6 / messages as f64);
    println!("{:.0} messages/s in this one task, making the messages included", messages as f64 / wall);
    let before = processor_seconds()?;
    while ledger.sequence_once().await? > 0 {}
    println!("sequencer: {:.1} us a message", (processor_seconds()? - before) * 1e6 / messages as f64);
    let size = std::fs::metadata(folder.path().join("xinlu.db"))?.len();
    println!("database: {} bytes a message", size / messages);
    Ok(())
}

fn processor_seconds() -> Result<f64, Box<dyn std::error::Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, after) = stat.rsplit_once(')').ok_or("no processor time in /proc/self/stat")?;
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS_PER_SECOND)
}

fn envelope(number: u64, random: &dyn Random) -> Envelope {
    let mut bytes = vec![0; 256 + 420];
    random.fill(&mut bytes);
    let (key, message) = bytes.split_at(256);
    Envelope {
        seq: number,
        msgid: msgid(number),
        key_version: 1,
        encrypted_key: STANDARD.encode(key),
        encrypted_message: STANDARD.encode(message),
    }
}

fn msgid(number: u64) -> String {
    format!("{}_{}_external", number.wrapping_mul(0x9E37_79B9_7F4A_7C15), 1_700_000_000 + number)
}

fn message(source: SourceId, number: u64) -> Inbound {
    let spread = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    let member = Party { kind: PartyKind::Member, id: format!("ZhangWei{:03}", spread % MEMBERS) };
    let contact =
        Party { kind: PartyKind::Contact, id: format!("wmUu0zBgAALV7ZymkcMyxvbTe8Yd{:03}", spread % CONTACTS) };
    let (sender, recipient) = if number.is_multiple_of(2) { (member, contact) } else { (contact, member) };
    let text =
        format!("您好，关于第 {number} 号订单，我们今天下午三点以前会把合同和报价单一起发给您，请注意查收，谢谢！");
    let sent_at = Time::from_millis(1_767_574_800_000 + number as i64 * 700);
    let raw = serde_json::json!({
        "msgid": msgid(number), "action": "send", "from": sender.id, "tolist": [recipient.id], "roomid": "",
        "msgtime": sent_at.millis(), "msgtype": "text", "text": {"content": text},
    });
    Inbound {
        header: Header {
            source,
            seq: number,
            msgid: msgid(number),
            kind: MessageKind::Text,
            action: Action::Send,
            sender,
            recipients: vec![recipient],
            room: None,
            sent_at,
            observed_at: sent_at,
        },
        raw: raw.to_string().into_bytes(),
        parsed: Parsed {
            body: serde_json::json!({"content": text}),
            pieces: vec![Piece { role: PieceRole::Text, text }],
            media: vec![],
            revokes: None,
            consent: None,
            unknown_kind: None,
        },
    }
}
