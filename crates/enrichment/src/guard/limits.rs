//! How much is asked of a provider.

use std::time::Duration;

/// How much is asked of a provider, and how patiently.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// How long a call may take.
    pub timeout: Duration,
    /// How many calls may be under way at once.
    pub concurrency: usize,
    /// How many items may be asked in a second; 0: as many as there are.
    pub items_per_second: u32,
    /// How many answers are kept at most.
    pub cache_entries: u64,
    /// How long an answer that expired will do while the provider can't be asked.
    pub stale_for: Duration,
    /// How long the provider is left alone when it fails.
    pub open_for: Duration,
}

impl Limits {
    /// Of a provider elsewhere.
    #[must_use]
    pub fn remote() -> Self {
        Self {
            timeout: Duration::from_millis(150),
            concurrency: 4,
            items_per_second: 0,
            cache_entries: 100_000,
            stale_for: Duration::from_secs(7 * 86_400),
            open_for: Duration::from_secs(30),
        }
    }

    /// Of a provider in this process, which does not fail.
    #[must_use]
    pub fn inside() -> Self {
        Self { timeout: Duration::from_secs(5), concurrency: 64, cache_entries: 10_000, ..Self::remote() }
    }
}
