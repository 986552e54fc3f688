//! What can be typed: `serve`, `demo`, `verify`, `user`, `keys`, and the SDK's worker that `serve` itself starts.
//!
//! Exit codes: 0 done, 1 failed (for `verify`: altered), 2 wrong use.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, DataDirectory, Listen};
use crate::{app, demo, verify};

/// What the log tells unless `XINLU_LOG` says otherwise.
const LOG_DEFAULT: &str = "info,tantivy=warn,h2=warn,hyper=warn";

#[derive(Parser)]
#[command(name = "xinlu", version, about = "An archive of conversations that nobody can alter")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

/// Where and with what settings.
#[derive(clap::Args, Clone)]
pub struct Place {
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data directory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where to listen; anything but loopback needs a certificate
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
}

impl Place {
    /// The configuration with what was typed on top.
    pub fn config(&self) -> Result<Config, crate::config::ConfigError> {
        let mut config = match &self.config {
            Some(path) => Config::load(path)?,
            None => Config::default(),
        };
        if let Some(data) = &self.data {
            config.data = DataDirectory(data.clone());
        }
        if let Some(listen) = self.listen {
            config.listen = Listen(listen);
        }
        Ok(config)
    }
}

#[derive(Subcommand)]
enum Verb {
    /// Runs the server
    Serve {
        #[command(flatten)]
        place: Place,
    },
    /// Runs the server with a simulated WeCom and a demo company
    Demo {
        #[command(flatten)]
        place: Place,
        /// How many messages the past holds
        #[arg(long, value_name = "N", default_value_t = demo::MESSAGES_DEFAULT)]
        messages: u64,
    },
    /// Checks a data directory, offline: 0 intact, 1 altered, 2 wrong use
    Verify {
        #[command(flatten)]
        place: Place,
        /// A checkpoint saved earlier, to be consistent with
        #[arg(long, value_name = "SAVED")]
        checkpoint: Option<PathBuf>,
    },
    /// Who can sign in
    User {
        #[command(subcommand)]
        verb: UserVerb,
    },
    /// Keys at rest
    Keys {
        #[command(subcommand)]
        verb: KeysVerb,
    },
    /// The process that holds the vendor's SDK; started by the server
    #[command(hide = true)]
    SdkWorker {
        /// The SDK's shared library
        #[arg(long, value_name = "PATH")]
        library: PathBuf,
    },
}

#[derive(Subcommand)]
enum UserVerb {
    /// Lists them
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Makes one with a random password, which is printed once
    Add {
        #[command(flatten)]
        place: Place,
        /// The name they sign in with
        name: String,
        /// A role's code: auditor, team_leader, employee, observer, system_administrator …; may be repeated
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<String>,
        /// The member they are, by the source's id
        #[arg(long, value_name = "USERID")]
        member: Option<String>,
        /// Makes and prints an API key as well
        #[arg(long)]
        api_key: bool,
    },
    /// Gives one a new random password and prints it once
    ResetPassword {
        #[command(flatten)]
        place: Place,
        /// The name they sign in with
        name: String,
        /// Takes their second factor away as well
        #[arg(long)]
        totp: bool,
    },
}

#[derive(Subcommand)]
enum KeysVerb {
    /// Begins a new epoch: all subject keys are wrapped anew, no record is touched
    Rotate {
        #[command(flatten)]
        place: Place,
    },
}

/// Runs the command line.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    if let Verb::SdkWorker { library } = &arguments.verb {
        return app::sdk_worker(library);
    }
    log();
    crate::system::install_tls();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(dispatch(arguments.verb))
}

async fn dispatch(verb: Verb) -> ExitCode {
    let done = match verb {
        Verb::Serve { place } => app::serve(&place).await,
        Verb::Demo { place, messages } => demo::run(&place, messages).await,
        Verb::Verify { place, checkpoint } => return verify::run(&place, checkpoint.as_deref()).await,
        Verb::User { verb: UserVerb::List { place } } => app::list_users(&place).await,
        Verb::User { verb: UserVerb::Add { place, name, roles, member, api_key } } => {
            app::add_user(&place, &name, &roles, member.as_deref(), api_key).await
        }
        Verb::User { verb: UserVerb::ResetPassword { place, name, totp } } => {
            app::reset_password(&place, &name, totp).await
        }
        Verb::Keys { verb: KeysVerb::Rotate { place } } => app::rotate_keys(&place).await,
        Verb::SdkWorker { .. } => Ok(()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xinlu: {error}");
            ExitCode::FAILURE
        }
    }
}

fn log() {
    let filter = std::env::var("XINLU_LOG").ok().and_then(|filter| EnvFilter::try_new(filter).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new(LOG_DEFAULT));
    let started = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    if started.is_err() {
        eprintln!("the log was started already");
    }
}
