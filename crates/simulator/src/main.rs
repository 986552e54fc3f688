//! The program `xinlu-simulator`: reads the command line and starts the world. All else is in the library.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use wework_finance_sdk::serve::{self, Options};

/// A WeCom that runs here.
#[derive(Debug, Parser)]
#[command(name = "xinlu-simulator")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prepares the demo company's past and serves it.
    Serve(Serve),
}

#[derive(Debug, Args)]
struct Serve {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:7070")]
    listen: String,
    /// Where keys, envelopes and state are kept; a second start with the same folder goes on where it stopped.
    #[arg(long)]
    data: PathBuf,
    /// Seed of all content and secrets.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Members of the company.
    #[arg(long, default_value_t = 48)]
    members: u32,
    /// Contacts outside the company.
    #[arg(long, default_value_t = 320)]
    contacts: u32,
    /// Messages of the past.
    #[arg(long, default_value_t = 20_000)]
    messages: u64,
    /// Number of companies; all but the first are smaller.
    #[arg(long, default_value_t = 1)]
    corp: u32,
    /// Live messages a minute in each company; 0 switches live traffic off.
    #[arg(long, default_value_t = 30)]
    live_per_minute: u32,
    /// Where the past ends at the first start, in milliseconds since 1970 (default: now).
    #[arg(long)]
    epoch: Option<i64>,
    /// Faults to play (docs/simulator-faults.md).
    #[arg(long)]
    faults: Option<PathBuf>,
    /// Where callbacks go; `{corpid}` in it is replaced.
    #[arg(long)]
    callback_url: Option<String>,
    /// Ends when standard input is closed, so that it never outlives the program that started it.
    #[arg(long)]
    stop_with_stdin: bool,
}

impl From<Serve> for Options {
    fn from(serve: Serve) -> Self {
        Self {
            listen: serve.listen,
            data: serve.data,
            seed: serve.seed,
            members: serve.members,
            contacts: serve.contacts,
            messages: serve.messages,
            corps: serve.corp,
            live_per_minute: serve.live_per_minute,
            epoch_ms: serve.epoch,
            faults: serve.faults,
            callback_url: serve.callback_url,
            stop_with_stdin: serve.stop_with_stdin,
        }
    }
}

fn main() -> ExitCode {
    let Command::Serve(serve) = CommandLine::parse().command;
    match serve::run(serve.into()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", error.code());
            ExitCode::FAILURE
        }
    }
}
