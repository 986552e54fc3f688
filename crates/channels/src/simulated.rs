//! Tests against the simulator: its library in a worker of ours, its HTTP APIs, its faults.
//!
//! They run when the simulator's program and library are built beside this test program, and say so when they are not.

mod connect;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use xinlu_archive::{MediaState, ParkReason};
use xinlu_model::{ConversationId, MediaId, ParkedId, RecordId, SourceId};

use crate::testing::{World, sdk_settings, worker};
use crate::wecom_app::agreements::AgreementSync;
use crate::wecom_app::client::{HttpSettings, SecretKind, WecomClient};
use crate::wecom_app::contacts::ContactsSync;
use crate::wecom_app::rooms::RoomNames;
use crate::wecom_archive::intake::{Intake, IntakeDeps};
use crate::wecom_archive::media::MediaFetch;
use crate::wecom_archive::sdk_worker::{Decrypted, SdkProcess, WorkerCommand};
use crate::{Secret, WecomArchiveConfig};

/// A file that the build puts two folders above this program; `None`, said loudly, when it was not built.
fn built(name: &str) -> Option<PathBuf> {
    let program = std::env::current_exe().expect("this program");
    let found = program.parent()?.parent()?.join(name);
    if found.exists() {
        return Some(found);
    }
    eprintln!("SKIPPED: {name} is not built (cargo build -p xinlu-simulator)");
    None
}

fn real_worker(library: &Path, simulator: &str) -> WorkerCommand {
    let mut command = worker("real", library);
    command.environment.push(("XINLU_SIMULATOR_URL".to_owned(), simulator.to_owned()));
    command
}

#[tokio::test]
async fn the_c_library_is_called_and_its_short_input_never_reaches_it() {
    let Some(library) = built("libwework_finance_sdk.so") else { return };
    let command = real_worker(&library, "http://127.0.0.1:1");
    let mut sdk = SdkProcess::new(command, sdk_settings("secret", 20_000));
    let pair = |message: &str| (b"key".to_vec(), message.as_bytes().to_vec());
    let answers = sdk.decrypt(vec![pair("QUJDREVGR0hJSktMTU5PUA=="), pair("QUJDREVGR0hJ"), pair("")]).await;
    assert_eq!(answers, Ok(vec![Decrypted::Code(10008), Decrypted::Refused, Decrypted::Refused]));
    assert_eq!(sdk.fetch(0, 10).await.expect("answers").code, 10001, "nobody listens there");
    assert_eq!(sdk.media("", "id").await.expect("answers").code, 10001);
    assert_eq!(sdk.deaths(), 0);
    let mut absent = SdkProcess::new(real_worker(Path::new("/nowhere.so"), ""), sdk_settings("secret", 20_000));
    let error = absent.fetch(0, 1).await.expect_err("no such library").to_string();
    assert!(error.contains("cannot load the library"), "{error}");
}

struct Simulator {
    _child: Child,
    address: String,
    corp: Value,
}

impl Simulator {
    async fn start(program: &Path, folder: &Path, faults: &Value) -> Self {
        let faults_file = folder.join("faults.json");
        std::fs::write(&faults_file, faults.to_string()).expect("written");
        let mut child = Command::new(program)
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--messages",
                "3000",
                "--live-per-minute",
                "0",
                "--stop-with-stdin",
            ])
            .arg("--data")
            .arg(folder.join("simulator"))
            .arg("--faults")
            .arg(faults_file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the simulator starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let address = loop {
            let line = lines.next_line().await.expect("read").expect("the simulator gets ready");
            if let Some(address) = line.strip_prefix("ready http://") {
                break address.to_owned();
            }
        };
        let state: Value = serde_json::from_str(&get(&address, "/sim/state").await).expect("JSON");
        Self { _child: child, address, corp: state.pointer("/corps/0").expect("one corp").clone() }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn config(&self, name: &str) -> String {
        self.corp["config"][name].as_str().expect("a text").to_owned()
    }
}

async fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connects");
    let request = format!("GET {path} HTTP/1.0\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("read");
    answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
}

/// Some of every fault that a message, a file or a call can have.
fn faults() -> Value {
    json!({
        "seed": 7,
        "sdk": {"get_chat_data": {"codes": {"10001": 0.2}}, "get_media_data": {"codes": {"10003": 0.05}}, "page_messages_max": 500},
        "messages": {"at_seq": {
            "10": "decrypt_abort", "20": "decrypt_segfault", "30": "wrong_key_version", "40": "withheld_key_version",
            "50": "broken_random_key", "60": "short_ciphertext", "70": "corrupt_ciphertext", "80": "broken_json",
            "90": "control_characters", "100": "huge_integers", "110": "unknown_type", "120": "vote_at_top_level",
            "130": "repeated_msgid", "140": "decrypt_code_10006", "150": "decrypt_code_10008"
        }}
    })
}

#[tokio::test]
async fn a_corp_with_every_fault_is_taken_in_without_losing_a_message() {
    if std::env::var_os("SLOW_TESTS").is_none() {
        eprintln!("SKIPPED: SLOW_TESTS is not set");
        return;
    }
    let (Some(library), Some(program)) = (built("libwework_finance_sdk.so"), built("xinlu-simulator")) else { return };
    let world = World::new().await;
    let simulator = Simulator::start(&program, world.test.folder.path(), &faults()).await;
    let corp_id = simulator.config("corpid");
    let key = format!("wecom:{corp_id}");
    let source = world.archive.ensure_source(&key, "corp").await.expect("made");
    let config = WecomArchiveConfig {
        secret: Secret::new(simulator.config("archive_secret")),
        keys_directory: world.test.folder.path().join("simulator/keys"),
        ..world.config()
    };
    let worker = real_worker(&library, &simulator.url());
    let deps = IntakeDeps { archive: Arc::clone(&world.archive), clock: world.clock.clone(), worker: worker.clone() };
    let intake = Intake::new(deps, &corp_id, source, config.clone());
    let (_sender, mut stop) = watch::channel(false);
    // A fetch may fail by the faults; the next pass goes on behind what is stored.
    while world.archive.cursor(source).await.expect("read") < 3_000 {
        intake.pass(&mut stop).await.expect("nothing of ours fails");
    }
    let status = intake.status();
    assert_eq!((status.received, status.appended + status.duplicates + status.parked), (3_000, 3_000));
    let items = world.archive.parked(Some(source), None, ParkedId::new(0), 100).await.expect("listed");
    let parked: BTreeMap<u64, ParkReason> = items.into_iter().map(|item| (item.seq, item.reason)).collect();
    let expected = [
        (10, ParkReason::SdkCrashed),
        (20, ParkReason::SdkCrashed),
        (30, ParkReason::KeyWrong),
        (40, ParkReason::KeyMissing),
        (50, ParkReason::KeyWrong),
        (60, ParkReason::EnvelopeInvalid),
        (70, ParkReason::DecryptFailed),
        (80, ParkReason::JsonBroken),
        (130, ParkReason::MsgidConflict),
        (140, ParkReason::KeyWrong),
        (150, ParkReason::DecryptFailed),
    ];
    for (seq, reason) in expected {
        assert_eq!(parked.get(&seq), Some(&reason), "seq {seq}");
    }
    assert_eq!(parked.len(), expected.len(), "{parked:?}");
    assert_eq!(world.archive.last_record().await.expect("read"), RecordId::new(3_000 - parked.len() as i64));

    fetch_media(&world, &intake, &corp_id, config, worker, source).await;
    let client = client(&world, &simulator);
    sync_directory(&world, &simulator, Arc::clone(&client), key).await;
    name_rooms(&world, Arc::clone(&client), source).await;
    ask_agreements(&world, client, source).await;
}

async fn fetch_media(
    world: &World,
    intake: &Intake,
    corp_id: &str,
    config: WecomArchiveConfig,
    worker: WorkerCommand,
    source: SourceId,
) {
    let fetch = MediaFetch {
        archive: Arc::clone(&world.archive),
        clock: world.clock.clone(),
        source,
        status: intake.shared_status(),
        bell: Arc::default(),
        corp_id: corp_id.to_owned(),
        config,
        worker,
    };
    let mut sdk = fetch.sdk();
    for _ in 0..20 {
        while fetch.work(&mut sdk).await.expect("nothing of ours fails") {}
        world.clock.advance_ms(600_000);
    }
    let mut stored = 0;
    while let Some(item) = world.archive.media_item(MediaId::new(stored + 1)).await.expect("read") {
        assert_eq!(item.state, MediaState::Stored, "{item:?}");
        stored += 1;
    }
    assert!(stored > 100, "{stored} items");
}

fn client(world: &World, simulator: &Simulator) -> Arc<WecomClient> {
    let secrets = vec![
        (SecretKind::Archive, Secret::new(simulator.config("archive_secret"))),
        (SecretKind::Contacts, Secret::new(simulator.config("contact_secret"))),
        (SecretKind::External, Secret::new(simulator.config("external_contact_secret"))),
    ];
    let settings = HttpSettings { base_url: simulator.url(), ..HttpSettings::default() };
    WecomClient::new(&simulator.config("corpid"), secrets, settings, world.clock.clone()).expect("a client")
}

async fn sync_directory(world: &World, simulator: &Simulator, client: Arc<WecomClient>, key: String) {
    let sync = ContactsSync::new(client, Arc::clone(&world.directory), key);
    let summary = sync.sync().await.expect("nothing of ours fails");
    let counted = |name: &str| simulator.corp[name].as_u64().expect("a number") as usize;
    assert_eq!(summary.failures, [""; 0]);
    assert_eq!((summary.members, summary.contacts), (counted("members"), counted("contacts")));
    assert_eq!(summary.seats, Some(counted("archived_members")));
}

async fn name_rooms(world: &World, client: Arc<WecomClient>, source: SourceId) {
    let names = RoomNames::new(client, Arc::clone(&world.archive), source, world.clock.clone());
    names.run().await.expect("nothing of ours fails");
    let rooms = world.archive.rooms(source, ConversationId::new(0), 1_000).await.expect("listed");
    assert!(rooms.iter().any(|room| room.with_contacts) && rooms.iter().any(|room| !room.with_contacts));
    assert!(rooms.iter().all(|room| !room.title.is_empty()), "{rooms:?}");
    let status = names.status();
    assert_eq!((status.named, status.unnamed, status.failure), (rooms.len() as u64, 0, None));
}

async fn ask_agreements(world: &World, client: Arc<WecomClient>, source: SourceId) {
    let sync = AgreementSync::new(client, Arc::clone(&world.archive), source, world.clock.clone());
    let summary = sync.run().await.expect("nothing of ours fails");
    assert!(summary.asked > 50 && summary.answers > summary.asked / 2, "{summary:?}");
    assert_eq!(summary.failure, None);
    assert_eq!(sync.run().await.expect("nothing of ours fails").calls, 0, "all were asked about");
}
