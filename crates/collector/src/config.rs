//! The collector's configuration.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::is_source;

/// How the collector takes in touchpoints.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CollectorConfig {
    /// Items in a tenant's quarantine at most, 0 to 1,000,000,000; more are refused as `QUARANTINE_FULL`. Transactions that
    /// run at once do not see each other's, so that it may be passed by a few batches. Default 1,000,000.
    pub quarantine_limit: u64,
    /// Touchpoints that wait to be written at most, 500 to 1,000,000, one of more than a KiB counted once for each KiB; more
    /// are refused as `OVERLOADED`, and streams are read more slowly. Default 20,000.
    pub queue_limit: u32,
    /// The rank of each source, by its name; of two values of the same time the higher rank wins. Default 0.
    pub source_rank: BTreeMap<String, i32>,
}

impl Default for CollectorConfig {
    fn default() -> Self {
        Self { quarantine_limit: 1_000_000, queue_limit: 20_000, source_rank: BTreeMap::new() }
    }
}

impl CollectorConfig {
    /// Everything that is out of range, each with its key.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.quarantine_limit > 1_000_000_000 {
            wrong.push("quarantine_limit: is not from 0 through 1000000000".to_owned());
        }
        if !(500..=1_000_000).contains(&self.queue_limit) {
            wrong.push("queue_limit: is not from 500 through 1000000".to_owned());
        }
        let unfit = self.source_rank.keys().filter(|source| !is_source(source));
        wrong.extend(unfit.map(|source| format!("source_rank.{source}: a source takes a-z, 0-9, '.', '-' and '_'")));
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_valid_and_the_rest_is_told() {
        assert_eq!(CollectorConfig::default().validate(), Vec::<String>::new());
        let wrong = CollectorConfig {
            quarantine_limit: u64::MAX,
            queue_limit: 1,
            source_rank: BTreeMap::from([("Web Shop".to_owned(), 1)]),
        };
        assert_eq!(wrong.validate().len(), 3);
    }
}
