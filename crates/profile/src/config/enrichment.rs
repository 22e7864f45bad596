//! Which providers are asked, and how much.

use std::{collections::BTreeMap, ops::RangeInclusive, time::Duration};

use serde::Deserialize;
use tenure_enrichment::{BUILTIN, Limits};
use tenure_server::{Peer, config::PeerTls};

use super::outside;

/// Which providers are asked what more is known of customers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnrichmentConfig {
    /// The providers that are asked: of this process `email`, `phone`, `iban`, `postcode`, `company`, `age`, `tenure` and `salutation`, and those
    /// under `remote`. Default none.
    pub providers: Vec<String>,
    /// The providers of third parties, by id.
    pub remote: BTreeMap<String, RemoteConfig>,
}

/// A provider elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RemoteConfig {
    /// Where it is, such as `https://flood:7500`.
    pub addresses: Vec<String>,
    /// Whether it may be on another machine without TLS. Default false.
    pub insecure: bool,
    /// How it is checked, and what it is shown.
    pub tls: PeerTls,
    /// How long a call may take. Default 150.
    pub timeout_ms: u64,
    /// How many calls may be under way at once. Default 4.
    pub concurrency: u64,
    /// How many items may be asked in a second; 0: as many as there are. Default 0.
    pub items_per_second: u32,
    /// How many answers are kept in memory. Default 100000.
    pub cache_entries: u64,
    /// How long an answer that expired is shown while the provider can't be asked. Default 168.
    pub stale_hours: u64,
}

impl Default for RemoteConfig {
    fn default() -> Self {
        Self {
            addresses: Vec::new(),
            insecure: false,
            tls: PeerTls::default(),
            timeout_ms: 150,
            concurrency: 4,
            items_per_second: 0,
            cache_entries: 100_000,
            stale_hours: 168,
        }
    }
}

const TIMEOUT_MS: RangeInclusive<u64> = 1..=60_000;
const CONCURRENCY: RangeInclusive<u64> = 1..=1_000;
const CACHE_ENTRIES: RangeInclusive<u64> = 0..=100_000_000;
const STALE_HOURS: RangeInclusive<u64> = 0..=8_784;

impl EnrichmentConfig {
    /// Everything that is wrong, each with its key.
    pub(super) fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (place, id) in self.providers.iter().enumerate() {
            if !BUILTIN.contains(&id.as_str()) && !self.remote.contains_key(id) {
                wrong.push(format!("enrichment.providers: {id:?} is none of this process, nor under remote"));
            }
            if self.providers[..place].contains(id) {
                wrong.push(format!("enrichment.providers: {id:?} is there twice"));
            }
        }
        for (id, remote) in &self.remote {
            let key = format!("enrichment.remote.{id}");
            if BUILTIN.contains(&id.as_str()) {
                wrong.push(format!("{key}: is the name of a provider of this process"));
            }
            wrong.extend(remote.validate().into_iter().map(|problem| format!("{key}.{problem}")));
        }
        wrong
    }
}

impl RemoteConfig {
    fn validate(&self) -> Vec<String> {
        let settings = [
            ("timeout_ms", self.timeout_ms, TIMEOUT_MS),
            ("concurrency", self.concurrency, CONCURRENCY),
            ("cache_entries", self.cache_entries, CACHE_ENTRIES),
            ("stale_hours", self.stale_hours, STALE_HOURS),
        ];
        let mut wrong: Vec<String> =
            settings.into_iter().filter_map(|(key, value, range)| outside(key, value, &range)).collect();
        let checked = self.addresses.iter().map(|address| Peer::check(address, self.insecure));
        wrong.extend(checked.filter_map(Result::err).map(|problem| format!("addresses: {problem}")));
        if let Err(error) = Peer::balanced(&self.addresses, &self.tls) {
            wrong.push(format!("addresses: {error}"));
        }
        wrong
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            timeout: Duration::from_millis(self.timeout_ms),
            concurrency: usize::try_from(self.concurrency).unwrap_or(usize::MAX),
            items_per_second: self.items_per_second,
            cache_entries: self.cache_entries,
            stale_for: Duration::from_secs(self.stale_hours * 3_600),
            ..Limits::remote()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_said() {
        assert_eq!(EnrichmentConfig::default().validate(), Vec::<String>::new());
        let good = RemoteConfig { addresses: vec!["http://127.0.0.1:7500".to_owned()], ..RemoteConfig::default() };
        let config = EnrichmentConfig {
            providers: vec!["email".to_owned(), "flood".to_owned()],
            remote: BTreeMap::from([("flood".to_owned(), good.clone())]),
        };
        assert_eq!(config.validate(), Vec::<String>::new());
        let bad = RemoteConfig { addresses: vec!["http://flood:7500".to_owned()], timeout_ms: 0, ..good };
        let config = EnrichmentConfig {
            providers: vec!["email".to_owned(), "email".to_owned(), "weather".to_owned()],
            remote: BTreeMap::from([("flood".to_owned(), bad), ("phone".to_owned(), RemoteConfig::default())]),
        };
        let keys: Vec<_> =
            config.validate().iter().map(|one| one.split(':').next().unwrap_or_default().to_owned()).collect();
        let expected = [
            "enrichment.providers",
            "enrichment.providers",
            "enrichment.remote.flood.timeout_ms",
            "enrichment.remote.flood.addresses",
            "enrichment.remote.phone",
            "enrichment.remote.phone.addresses",
        ];
        assert_eq!(keys, expected);
    }
}
