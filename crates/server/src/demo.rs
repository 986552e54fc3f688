//! `xinlu demo`: the server together with a simulated WeCom and a demo company.
//!
//! The simulator is a program of its own beside this one; it is never linked in. Passwords are random, made at the first start
//! and written to `DATA/demo.json`, which only the owner may read.

mod company;
mod inspector;
mod people;
mod simulator;

use std::time::Duration;

use crate::app::{App, Failure};
use crate::command::Place;
use crate::data::DataLayout;
use crate::listen::listen;

/// How many messages the past holds unless told.
pub const MESSAGES_DEFAULT: u64 = 20_000;
/// How often the progress of the first intake is printed.
const PROGRESS_MS: u64 = 1_000;
/// Steps of the progress bar.
const BAR: u64 = 32;

/// Runs the demo until Ctrl-C.
pub async fn run(place: &Place, messages: u64) -> Result<(), Failure> {
    let mut config = place.config()?;
    let layout = DataLayout::new(&config.data.0);
    layout.create()?;
    println!("starting the simulated WeCom with a past of {messages} messages …");
    let simulator = simulator::start(&layout, messages).await?;
    config.wecom = company::corps(&simulator).await?;
    let app = App::start(config, vec![("XINLU_SIMULATOR_URL".to_owned(), simulator.url.clone())]).await?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let listening = listen(&app.config, app.router(), stopped).await?;
    let url = format!("{}://{}", listening.scheme, listening.address);
    simulator.call_back(&url).await?;
    let people = tokio::select! {
        people = people::ensure(&app, &layout, &url) => people?,
        () = crate::app::told_to_stop() => Vec::new(),
    };
    if people.is_empty() {
        app.begin_stop();
        let _ = stop.send(true);
        let _ = listening.task.await;
        app.stop().await;
        simulator.stop().await;
        return Ok(());
    }
    println!("ready {url}");
    let ended = tokio::select! {
        ended = introduce(&app, &simulator, &url, &people) => ended,
        () = crate::app::told_to_stop() => Ok(()),
        () = simulator.ended() => Err(Failure::Simulator("it ended by itself".to_owned())),
    };
    println!("stopping …");
    app.begin_stop();
    let _ = stop.send(true);
    let _ = listening.task.await;
    app.stop().await;
    simulator.stop().await;
    ended
}

async fn introduce(
    app: &App,
    simulator: &simulator::Simulator,
    url: &str,
    people: &[people::Person],
) -> Result<(), Failure> {
    loop {
        let total = simulator.messages().await?;
        let indexed = app.indexed().await?;
        print_progress(indexed.min(total), total);
        if indexed >= total {
            break;
        }
        tokio::time::sleep(Duration::from_millis(PROGRESS_MS)).await;
    }
    println!("\n");
    println!("  Xinlu 信录 is here:   {url}");
    println!();
    for person in people {
        println!("    {:<10} {:<26} {}", person.name, person.password, person.about);
    }
    println!();
    println!("  Four things to try (as auditor):");
    println!("    1. search 保本保息, 退款 or kind:image after:30d has:media");
    println!("    2. open a conversation and press 存证 / Proof on a message: your browser checks it by itself");
    println!(
        "    3. stop with Ctrl-C, flip a bit in a file below {}/log or /blobs, run `xinlu verify --data` on it",
        app.config.data.0.display()
    );
    println!(
        "    4. as inspector: 查看 on a masked message shows it in full; as trail: the audit trail tells who looked"
    );
    println!();
    println!("  New messages keep coming in. Ctrl-C stops everything; the next start goes on from here.");
    std::future::pending().await
}

fn print_progress(done: u64, total: u64) {
    use std::io::Write as _;
    let filled = (done * BAR).checked_div(total.max(1)).unwrap_or(0);
    let bar: String = (0..BAR).map(|step| if step < filled { '█' } else { '░' }).collect();
    print!("\r  archived, proven and searchable: {bar} {done}/{total}");
    let _ = std::io::stdout().flush();
}
