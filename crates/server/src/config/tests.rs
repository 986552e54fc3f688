//! What the configuration takes and refuses.

use super::Config;

fn parse(text: &str) -> Result<Config, String> {
    toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
}

#[test]
fn an_empty_file_gives_the_defaults() {
    let config = parse("").unwrap();
    assert!(config.listen.0.ip().is_loopback());
    assert_eq!(config.sign_in.session_idle_minutes, 30);
    config.check().unwrap();
}

#[test]
fn unknown_keys_are_refused() {
    assert!(parse("lissten = \"127.0.0.1:1\"").unwrap_err().contains("lissten"));
}

#[test]
fn plain_http_beyond_loopback_is_refused() {
    let error = parse("listen = \"0.0.0.0:8420\"").unwrap().check().unwrap_err();
    assert!(error.to_string().starts_with("config.tls_required"), "{error}");
}

#[test]
fn secrets_do_not_print() {
    let config = parse("[database]\nurl = \"postgres://someone:hidden@host/db\"").unwrap();
    assert!(!format!("{config:?}").contains("hidden"));
}
