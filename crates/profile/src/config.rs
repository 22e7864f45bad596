//! The service's configuration.

use serde::Deserialize;

/// How the profile service runs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProfileConfig {
    /// How many bytes of profiles are kept in memory for reads; 0: none. Must be 0 when several processes serve one database:
    /// a process does not see what the others write. Default 67108864.
    pub hot_bytes: u64,
}

impl Default for ProfileConfig {
    fn default() -> Self {
        Self { hot_bytes: 64 * 1024 * 1024 }
    }
}

impl ProfileConfig {
    /// Everything that is out of range, each with its key.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        const MOST: u64 = 64 * 1024 * 1024 * 1024;
        let fits = self.hot_bytes <= MOST;
        if fits { Vec::new() } else { vec![format!("hot_bytes: {} is not from 0 through {MOST}", self.hot_bytes)] }
    }
}
