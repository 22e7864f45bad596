//! The configuration of a process: a section for each part, each defined where it is used.

mod peers;

use std::path::{Path, PathBuf};

pub use peers::{PeersConfig, ServiceConfig};

use serde::Deserialize;
use tenure_collector::CollectorConfig;
use tenure_expectation::ExpectationConfig;
use tenure_keyring::KeyringConfig;
use tenure_profile::{ProfileConfig, RedisConfig};
use tenure_server::{ConfigError, ServerConfig, config, telemetry::TelemetryConfig};
use tenure_store::StoreConfig;
use tenure_value::ValueConfig;

use crate::Service;

/// The example file; a test keeps it equal to the defaults.
pub const EXAMPLE: &str = include_str!("../tenure.example.toml");

/// Everything that can be set.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How the process serves.
    pub server: ServerConfig,
    /// Where the data is kept.
    pub store: StoreConfig,
    /// Where the key-encryption key is.
    pub keyring: KeyringConfig,
    /// Who may call.
    pub credentials: CredentialsConfig,
    /// Where the services of other processes are.
    pub peers: PeersConfig,
    /// What our processes show each other.
    pub service: ServiceConfig,
    /// Logs, traces and metrics.
    pub telemetry: TelemetryConfig,
    /// How services follow each other.
    pub follow: FollowConfig,
    /// The collector.
    pub collector: CollectorConfig,
    /// The profile.
    pub profile: ProfileConfig,
    /// The Redis that keeps hot profiles.
    pub redis: RedisConfig,
    /// The value.
    pub value: ValueConfig,
    /// The expectation.
    pub expectation: ExpectationConfig,
}

/// Who may call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CredentialsConfig {
    /// The file of API keys. Empty: `api-keys.toml` in the SQLite folder, made at the first start with a key for tenant
    /// "default", which stands in `api-key` beside it.
    pub api_keys_file: String,
}

/// How services follow each other.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FollowConfig {
    /// Into how many ranges the partitions are divided among replicas, 1 to 16. Fixed once the tables are made.
    pub ranges: u16,
}

impl Default for FollowConfig {
    fn default() -> Self {
        Self { ranges: 1 }
    }
}

impl FollowConfig {
    fn validate(&self) -> Vec<String> {
        let fits = (1..=16).contains(&self.ranges);
        if fits { Vec::new() } else { vec!["ranges: must be from 1 to 16".to_owned()] }
    }
}

impl Config {
    /// From a file, if one is named, and the environment.
    ///
    /// # Errors
    /// With every unknown key and every value that is out of range.
    pub fn load(file: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let config: Self = config::load(file, env)?;
        let wrong = config.wrong();
        if wrong.is_empty() { Ok(config) } else { Err(ConfigError::of(wrong)) }
    }

    /// Everything that is wrong, each with its key.
    fn wrong(&self) -> Vec<String> {
        let sections = [
            ("server", self.server.validate()),
            ("store", self.store.validate()),
            ("peers", self.peers.validate(self.server.insecure)),
            ("telemetry", self.telemetry.validate()),
            ("follow", self.follow.validate()),
            ("collector", self.collector.validate()),
            ("profile", self.profile.validate()),
            ("redis", self.redis.validate()),
            ("value", self.value.validate()),
            ("expectation", self.expectation.validate()),
        ];
        let in_section = |(section, wrong): (&str, Vec<String>)| {
            wrong.into_iter().map(|problem| format!("{section}.{problem}")).collect::<Vec<_>>()
        };
        let mut wrong: Vec<String> = sections.into_iter().flat_map(in_section).collect();
        if self.folder().is_none() {
            let needed = [
                ("credentials.api_keys_file", &self.credentials.api_keys_file),
                ("keyring.kek_file", &self.keyring.kek_file),
            ];
            let missing = needed.into_iter().filter(|(_, value)| value.is_empty());
            wrong.extend(missing.map(|(key, _)| format!("{key}: must be set with PostgreSQL")));
        }
        wrong
    }

    /// Whether a process can host these services.
    ///
    /// # Errors
    /// With every setting that is missing for it.
    pub fn fits(&self, services: &[Service]) -> Result<(), ConfigError> {
        if Service::ALL.iter().all(|service| services.contains(service)) {
            return Ok(());
        }
        let mut wrong = Vec::new();
        if self.folder().is_some() {
            wrong.push("store.url: must name PostgreSQL where services share it; SQLite is for one process".to_owned());
        }
        if self.service.secret_file.is_empty() {
            wrong.push("service.secret_file: must be set where services run elsewhere".to_owned());
        }
        for service in services {
            let missing = |other: &&Service| !services.contains(other) && self.peers.of(**other).is_empty();
            let followed = service.upstreams().iter().filter(missing);
            wrong.extend(followed.map(|upstream| format!("peers.{upstream}: must be set, {service} follows it")));
            let asked = service.asks().iter().filter(missing);
            wrong.extend(asked.map(|asked| format!("peers.{asked}: must be set, {service} asks it")));
        }
        if wrong.is_empty() { Ok(()) } else { Err(ConfigError::of(wrong)) }
    }

    /// The folder of the SQLite files; `None` with PostgreSQL.
    #[must_use]
    pub fn folder(&self) -> Option<PathBuf> {
        self.store.url.strip_prefix("sqlite:").map(PathBuf::from)
    }

    /// The file of API keys.
    #[must_use]
    pub fn api_keys_file(&self) -> PathBuf {
        match self.folder() {
            Some(folder) if self.credentials.api_keys_file.is_empty() => folder.join("api-keys.toml"),
            _ => PathBuf::from(&self.credentials.api_keys_file),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// The keys that a section may have, by what is said about one that it may not have. The top level is section "".
    fn settings(section: &str) -> BTreeSet<String> {
        let text = if section.is_empty() { "bogus = 1".to_owned() } else { format!("[{section}]\nbogus = 1") };
        let refused = toml::from_str::<Config>(&text).expect_err("an unknown key").to_string();
        let (_, expected) = refused.split_once("unknown field `bogus`, expected ").expect("the known keys");
        expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    /// The key of a line, also of one that is commented out.
    fn key(line: &str) -> Option<&str> {
        let (key, _) = line.trim_start_matches("# ").split_once(" = ")?;
        key.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'_').then_some(key)
    }

    /// The keys of each section of an example.
    fn said(example: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut sections = BTreeMap::from([(String::new(), BTreeSet::new())]);
        let mut section = String::new();
        for line in example.lines() {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                let (above, key) = name.rsplit_once('.').unwrap_or(("", name));
                sections.entry(above.to_owned()).or_default().insert(key.to_owned());
                name.clone_into(&mut section);
            } else if let Some(key) = key(line) {
                sections.entry(section.clone()).or_default().insert(key.to_owned());
            }
        }
        for own in ["collector.source_rank", "server.quota.tenants", "profile.enrichment.remote"] {
            sections.remove(own); // Its keys are the caller's own.
        }
        sections
    }

    /// What an example should say.
    fn expected() -> BTreeMap<String, BTreeSet<String>> {
        let nested = ["server.tls", "server.quota", "peers.tls", "profile.enrichment"].map(str::to_owned);
        let sections = [String::new()].into_iter().chain(settings("")).chain(nested);
        sections.map(|section| (section.clone(), settings(&section))).collect()
    }

    #[test]
    fn the_example_says_every_default() {
        assert_eq!(toml::from_str::<Config>(EXAMPLE).expect("a configuration"), Config::default());
        assert_eq!(said(EXAMPLE), expected());
    }

    #[test]
    fn a_setting_that_the_example_leaves_out_is_noticed() {
        let lines: Vec<_> = EXAMPLE.lines().collect();
        let settings = (0..lines.len())
            .filter(|place| key(lines[*place]).is_some_and(|key| !["crm", "acme", "flood"].contains(&key)));
        for place in settings {
            let rest = [&lines[..place], &lines[place + 1..]].concat().join("\n");
            assert_ne!(said(&rest), expected(), "{}", lines[place]);
        }
    }

    #[test]
    fn unknown_keys_and_bad_values_are_refused_with_their_names() {
        let env = [("TENURE__STORE__URL", "mysql://x"), ("TENURE__FOLLOW__RANGES", "17")];
        let env = env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let text = Config::load(None, env).expect_err("wrong").to_string();
        assert!(text.contains("store.url") && text.contains("follow.ranges"), "{text}");
        let env = [("TENURE__SERVER__LISTENN".to_owned(), "x".to_owned())];
        let text = Config::load(None, env.into_iter()).expect_err("unknown").to_string();
        assert!(text.contains("listenn"), "{text}");
    }
}
