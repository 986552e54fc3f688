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

/// `cargo xtask gen` makes it.
const EXAMPLE: &str = include_str!("../../../../xinlu.example.toml");

#[test]
fn the_example_as_it_stands_changes_nothing() {
    assert_eq!(format!("{:?}", parse(EXAMPLE).unwrap()), format!("{:?}", Config::default()));
}

#[test]
fn every_setting_of_the_example_is_one() {
    // A text begins with a space, a setting does not.
    let setting = |line: &&str| line.strip_prefix('#').is_some_and(|rest| !rest.starts_with(' '));
    let settings = EXAMPLE.lines().filter(setting).count();
    assert!(settings > 25, "{settings} settings");
    let all: Vec<&str> =
        EXAMPLE.lines().map(|line| Some(line).filter(setting).map_or(line, |line| &line[1..])).collect();
    let config = parse(&all.join("\n")).unwrap();
    let corp = config.wecom.first().expect("it has a corp");
    let (app, archive) = (&corp.app, corp.archive.as_ref().expect("whose archive is read"));
    // What is shown as the default is the default.
    let defaults = xinlu_channels::WecomArchiveConfig::default();
    assert_eq!((archive.fetch_limit, archive.poll_interval_ms), (defaults.fetch_limit, defaults.poll_interval_ms));
    assert_eq!(app.base_url, xinlu_channels::WecomAppConfig::default().base_url);
    let expected = Config::default();
    assert_eq!((config.listen.0, config.search.cache_mib), (expected.listen.0, expected.search.cache_mib));
    assert_eq!(config.sign_in.session_minutes, expected.sign_in.session_minutes);
    assert!(config.tls.is_some() && config.database.keys_url.is_some() && corp.callback.is_some());
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
