//! Whether a connection to PostgreSQL is encrypted. Pure: reads the configuration and connects to nothing.
//!
//! libpq's default, `sslmode=prefer`, quietly sends everything in the clear when the server has no TLS, or when somebody in
//! between says so (PostgreSQL documentation, "SSL Support", table 32.1). Beyond this machine that is never what was meant.

use std::net::IpAddr;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// How a connection is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    /// In the clear, on this machine.
    Local,
    /// In the clear over a network, because the configuration says `sslmode=disable`.
    Exposed,
    /// TLS 1.3 with a certificate that the system trusts, or not at all.
    Tls,
}

/// What a configuration asks for. A name or an address beyond this machine makes the whole of it remote, also when the other
/// one is ours: a tunnel hands on to where the name says.
pub(super) fn transport(config: &Config) -> Transport {
    let remote = !config.get_hosts().iter().all(is_here) || !config.get_hostaddrs().iter().all(IpAddr::is_loopback);
    match (config.get_ssl_mode(), remote) {
        (SslMode::Disable, true) => Transport::Exposed,
        (SslMode::Disable | SslMode::Prefer, false) => Transport::Local,
        _ => Transport::Tls,
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            let name = name.trim_matches(['[', ']']);
            name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Host::Unix(_) => true,
    }
}

#[cfg(test)]
mod tests;
