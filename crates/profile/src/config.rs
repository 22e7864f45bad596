//! The service's configuration.

mod enrichment;

use std::{fmt, fs, ops::RangeInclusive};

pub use enrichment::{EnrichmentConfig, RemoteConfig};
use serde::Deserialize;

/// How the profile service runs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProfileConfig {
    /// How many bytes of profiles are kept in memory for reads; 0: none. With PostgreSQL none are, for a process does not see
    /// what others write: there profiles are kept in Redis, if there is one. Default 67108864.
    pub hot_bytes: u64,
    /// How many reads of the database may run or wait at once; more are refused as `OVERLOADED`. Default 256.
    pub load_limit: u32,
    /// Which providers are asked what more is known of customers.
    pub enrichment: EnrichmentConfig,
}

impl Default for ProfileConfig {
    fn default() -> Self {
        Self { hot_bytes: 64 * 1024 * 1024, load_limit: 256, enrichment: EnrichmentConfig::default() }
    }
}

const HOT_BYTES: RangeInclusive<u64> = 0..=64 * 1024 * 1024 * 1024;
const LOAD_LIMIT: RangeInclusive<u64> = 1..=100_000;

impl ProfileConfig {
    /// Everything that is out of range, each with its key.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let settings =
            [("hot_bytes", self.hot_bytes, HOT_BYTES), ("load_limit", u64::from(self.load_limit), LOAD_LIMIT)];
        let wrong = settings.into_iter().filter_map(|(key, value, range)| outside(key, value, &range));
        wrong.chain(self.enrichment.validate()).collect()
    }
}

fn outside(key: &str, value: u64, range: &RangeInclusive<u64>) -> Option<String> {
    let (least, most) = (range.start(), range.end());
    (!range.contains(&value)).then(|| format!("{key}: {value} is not from {least} through {most}"))
}

/// A Redis that keeps hot profiles for all processes of the service. It may be gone, slow or emptied at any time.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedisConfig {
    /// `redis://[USER:PASSWORD@]HOST:PORT[/DATABASE]`, with TLS `rediss://`; of a cluster one or more nodes, separated by commas.
    /// Empty: none. Default empty.
    pub url: String,
    /// Whether it is a Redis Cluster. Default false.
    pub cluster: bool,
    /// How long it may take to answer, at most 50; after a few failures it is left alone until it answers in time. Default 50.
    pub timeout_ms: u64,
    /// A file with the password, if it is not in the URL. Default empty.
    pub password_file: String,
}

impl Default for RedisConfig {
    fn default() -> Self {
        Self { url: String::new(), cluster: false, timeout_ms: 50, password_file: String::new() }
    }
}

/// Without the URL, which may hold a password.
impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cluster, timeout_ms, password_file, .. } = self;
        write!(f, "RedisConfig {{ cluster: {cluster}, timeout_ms: {timeout_ms}, password_file: {password_file:?} }}")
    }
}

const TIMEOUT_MS: RangeInclusive<u64> = 1..=50;

impl RedisConfig {
    /// Everything that is wrong, each with its key; nothing of the URL, which may hold a password.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong: Vec<String> = outside("timeout_ms", self.timeout_ms, &TIMEOUT_MS).into_iter().collect();
        let urls: Vec<&str> = self.url.split(',').map(str::trim).filter(|_| self.is_set()).collect();
        if urls.iter().any(|url| url.parse::<redis::ConnectionInfo>().is_err()) {
            wrong.push("url: is not redis://HOST:PORT, rediss://HOST:PORT, or several of these".to_owned());
        }
        if urls.len() > 1 && !self.cluster {
            wrong.push("url: several nodes are a cluster's; set redis.cluster".to_owned());
        }
        if !self.password_file.is_empty() && self.password().is_none() {
            wrong.push(format!("password_file: {} can't be read", self.password_file));
        }
        wrong
    }

    /// Whether there is one.
    #[must_use]
    pub fn is_set(&self) -> bool {
        !self.url.is_empty()
    }

    /// What stands in the password's file.
    pub(crate) fn password(&self) -> Option<String> {
        if self.password_file.is_empty() {
            return None;
        }
        fs::read_to_string(&self.password_file).ok().map(|text| text.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_redis_is_said_without_its_password() {
        assert_eq!(RedisConfig::default().validate(), Vec::<String>::new());
        let config = RedisConfig {
            url: "redis://:geheim@a:1, http://:geheim@b".to_owned(),
            timeout_ms: 51,
            password_file: "/nowhere/at/all".to_owned(),
            ..RedisConfig::default()
        };
        let wrong = config.validate();
        assert_eq!(wrong.len(), 4, "{wrong:?}");
        assert!(!format!("{wrong:?} {config:?}").contains("geheim"));
        let cluster =
            RedisConfig { url: "redis://a:1,rediss://b:2".to_owned(), cluster: true, ..RedisConfig::default() };
        assert_eq!(cluster.validate(), Vec::<String>::new());
    }
}
