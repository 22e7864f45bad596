//! Configuration, from files and variables.

use std::fs;

use serde::Deserialize;
use tenure_server::{
    ConfigError, ServerConfig,
    config::load,
    telemetry::{LogFormat, TelemetryConfig},
};

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Config {
    server: ServerConfig,
    telemetry: TelemetryConfig,
    journal: Journal,
    upstream: Vec<Upstream>,
    secret: Option<String>,
    ratio: f64,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Journal {
    url: String,
    ranges: u8,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Upstream {
    name: String,
    weight: Option<u32>,
}

fn read(toml: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tenure.toml");
    fs::write(&file, toml).unwrap();
    load(Some(&file), owned(variables).into_iter())
}

fn owned(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn problems(toml: &str, variables: &[(&str, &str)]) -> Vec<String> {
    read(toml, variables).unwrap_err().problems().to_vec()
}

#[test]
fn nothing_is_the_default() {
    let config: Config = load(None, std::iter::empty()).unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:7411");
    assert!(config.server.validate().is_empty() && config.telemetry.validate().is_empty());
}

#[test]
fn a_file_is_overlaid_by_variables() {
    let file = "ratio = 0.5\n[server]\nmax_concurrent_calls = 7\n[[upstream]]\nname = \"a\"\nweight = 3\n";
    let config = read(
        file,
        &[
            ("TENURE__SERVER__MAX_CONCURRENT_CALLS", "8"),
            ("TENURE__SERVER__LISTEN", "0.0.0.0:1"),
            ("TENURE__TELEMETRY__FORMAT", "json"),
            ("TENURE__JOURNAL__URL", "sqlite://a b.db?mode=rwc"),
            ("TENURE__SECRET", "123"),
            ("TENURE_DATA", "not ours"),
            ("PATH", "neither"),
        ],
    )
    .unwrap();
    assert_eq!(config.server.max_concurrent_calls, 8);
    assert_eq!(config.server.listen.to_string(), "0.0.0.0:1");
    assert_eq!(config.telemetry.format, LogFormat::Json);
    assert_eq!(config.journal.url, "sqlite://a b.db?mode=rwc");
    assert_eq!(config.secret.as_deref(), Some("123"), "digits are text where text is asked for");
    assert_eq!(config.upstream, [Upstream { name: "a".to_owned(), weight: Some(3) }]);
    assert_eq!(config.ratio, 0.5);
}

#[test]
fn a_variable_may_hold_a_list() {
    let config = read("", &[("TENURE__UPSTREAM", "[{ name = \"b\" }]")]).unwrap();
    assert_eq!(config.upstream, [Upstream { name: "b".to_owned(), weight: None }]);
}

#[test]
fn everything_wrong_is_told_at_once_by_its_full_path() {
    let file = r#"
        sevrer = 1
        ratio = "half"
        [server]
        listen = "nowhere"
        max_concurent_calls = 3
        [journal]
        ranges = 300
        [[upstream]]
        name = "a"
        [[upstream]]
        name = "b"
        weight = -1
        wait = 3
    "#;
    let found = problems(file, &[("TENURE__TELEMETRY__LOGS", "info"), ("TENURE__JOURNAL__URL", "true")]);
    insta::assert_snapshot!("configuration_problems", found.join("\n"));
}

#[test]
fn a_required_key_that_is_missing_is_told() {
    assert_eq!(problems("[[upstream]]\nweight = 1", &[]), ["upstream[0].name: is required"]);
    let both = problems("[[upstream]]\nname = 1", &[]);
    assert_eq!(both.len(), 1, "one that is wrong is not also missing: {both:?}");
    assert!(both[0].starts_with("upstream[0].name: "));
}

#[test]
fn variables_that_lead_nowhere_are_told() {
    let found = problems("ratio = 1.0", &[("TENURE__RATIO__DEEP", "1"), ("TENURE__", "1"), ("TENURE__A____B", "1")]);
    insta::assert_snapshot!("variable_problems", found.join("\n"));
}

#[test]
fn what_is_not_toml_is_told_by_its_line_and_never_shown() {
    let error = read("ratio = 1.0\nsecret = hunter2 x\n", &[]).unwrap_err();
    assert!(error.problems()[0].starts_with("line 2: "), "{error}");
    assert!(!error.to_string().contains("hunter2"));
    assert!(error.to_string().contains("tenure.toml: "), "the file is named: {error}");
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let error = load::<Config>(Some("/nowhere/tenure.toml".as_ref()), std::iter::empty()).unwrap_err();
    assert!(error.to_string().starts_with("/nowhere/tenure.toml: can't be read"), "{error}");
}

#[test]
fn every_value_out_of_range_is_told() {
    let server = ServerConfig { max_concurrent_calls: 0, default_deadline_ms: 0, ..ServerConfig::default() };
    assert_eq!(server.validate().len(), 2);
    let telemetry = TelemetryConfig {
        log: "info,=[".to_owned(),
        otlp_endpoint: Some("localhost".to_owned()),
        sample_ratio: 1.5,
        service_name: "my \"service\"".to_owned(),
        ..TelemetryConfig::default()
    };
    assert_eq!(telemetry.validate().len(), 4);
}
