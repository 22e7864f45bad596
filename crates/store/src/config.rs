//! Where the data is kept.

use serde::Deserialize;

/// Where the data is kept, for all services of a process.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// `sqlite:FOLDER` (a file per service in it) or `postgres://USER:PASSWORD@HOST:PORT/DATABASE` (a schema per service).
    pub url: String,
    /// Connections per service at most, 2 to 200. SQLite: one of them writes.
    pub max_connections: u32,
    /// Whether to bring the tables up to date at the start; if not, a process with outdated tables refuses to start.
    pub auto_migrate: bool,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { url: "sqlite:data".to_owned(), max_connections: 10, auto_migrate: true }
    }
}

impl StoreConfig {
    /// What is wrong with it, in words; empty when all is well.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| self.url.starts_with(scheme)) {
            wrong.push("url: must start with sqlite: or postgres://".to_owned());
        }
        if !(2..=200).contains(&self.max_connections) {
            wrong.push("max_connections: must be from 2 to 200".to_owned());
        }
        wrong
    }
}
