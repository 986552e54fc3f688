//! Listens: plain HTTP on loopback, TLS 1.3 elsewhere.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::watch;

use crate::config::{Config, ConfigError};

/// How long answers under way may take once the server is told to stop.
const DRAIN_MS: u64 = 5_000;

/// A server that listens; `address` is where, with the port the system chose if 0 was asked for.
pub struct Listening {
    /// Where.
    pub address: SocketAddr,
    /// Ends when the server has stopped.
    pub task: tokio::task::JoinHandle<std::io::Result<()>>,
    /// `http` or `https`.
    pub scheme: &'static str,
}

/// Starts to listen; stops when told.
pub async fn listen(
    config: &Config,
    router: Router,
    mut stop: watch::Receiver<bool>,
) -> Result<Listening, ListenError> {
    config.check()?;
    let handle = Handle::new();
    let listener = std::net::TcpListener::bind(config.listen.0)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .map_err(|cause| ListenError::Bind { listen: config.listen.0, cause })?;
    let address = listener.local_addr().map_err(|cause| ListenError::Bind { listen: config.listen.0, cause })?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let drain = handle.clone();
    tokio::spawn(async move {
        let _ = stop.wait_for(|stop| *stop).await;
        drain.graceful_shutdown(Some(Duration::from_millis(DRAIN_MS)));
    });
    let bound = |cause| ListenError::Bind { listen: address, cause };
    let (task, scheme) = match &config.tls {
        Some(tls) => {
            let config = RustlsConfig::from_config(Arc::new(server_config(tls)?));
            let server = axum_server::from_tcp_rustls(listener, config).map_err(bound)?.handle(handle);
            (tokio::spawn(async move { server.serve(service).await }), "https")
        }
        None => {
            let server = axum_server::from_tcp(listener).map_err(bound)?.handle(handle);
            (tokio::spawn(async move { server.serve(service).await }), "http")
        }
    };
    Ok(Listening { address, task, scheme })
}

/// Why it cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The configuration forbids it.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address cannot be taken.
    #[error("listen.bind: {listen}: {cause}")]
    Bind {
        /// The address.
        listen: SocketAddr,
        /// Why.
        cause: std::io::Error,
    },
}

fn server_config(tls: &crate::config::Tls) -> Result<ServerConfig, ConfigError> {
    let unusable = |cause: String| ConfigError::TlsUnusable { cause };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect)
        .map_err(|error| unusable(format!("{}: {error}", tls.certificate.display())))?;
    let key =
        PrivateKeyDer::from_pem_file(&tls.key).map_err(|error| unusable(format!("{}: {error}", tls.key.display())))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| unusable(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
