//! The use cases.

mod batch;
mod committer;
pub(crate) mod erase;
mod export;
pub(crate) mod forget;
mod intake;
mod list_quarantined;
mod list_schemas;
mod record;
mod register_schema;
mod replay;
mod report_progress;
mod schemas;
mod statistics;

use std::sync::Arc;

use tenure_journal::Journal;
use tenure_kernel::Clock;
use tenure_keyring::Keyring;
use tenure_server::PageTokens;
use tenure_store::{Store, StoreError};

use crate::{config::CollectorConfig, metrics::Metrics, wiring::Parts};
use committer::Queue;
pub(crate) use committer::{Patience, Recorded};
pub(crate) use export::Exported;
pub(crate) use list_quarantined::ListedItem;
pub(crate) use record::Sender;

/// What the use cases work with.
pub(crate) struct App {
    store: Store,
    journal: Journal,
    keyring: Keyring,
    clock: Arc<dyn Clock>,
    tokens: PageTokens,
    config: CollectorConfig,
    metrics: Metrics,
    queue: Queue,
    schemas: schemas::Compiled,
    checks: schemas::Checks,
    /// The first of this process's shards of the tally; each worker has one.
    first_shard: i64,
}

impl App {
    /// Opens the journal and the queue.
    pub(crate) async fn open(parts: Parts, config: CollectorConfig) -> Result<Self, StoreError> {
        // Processes that run at once should count in rows of their own; when two meet, they only wait for each other.
        let first_shard = i64::from(parts.ids.next()[15]) & !3;
        Ok(Self {
            journal: Journal::open("collector", parts.store.clone(), parts.ids.as_ref()).await?,
            store: parts.store,
            keyring: parts.keyring,
            clock: parts.clock,
            tokens: parts.tokens,
            queue: Queue::new(config.queue_limit),
            config,
            metrics: Metrics::new(),
            schemas: schemas::cache(),
            checks: schemas::Checks::new(),
            first_shard,
        })
    }

    /// The journal.
    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The rank of a source.
    fn rank(&self, source: &str) -> i32 {
        self.config.source_rank.get(source).copied().unwrap_or_default()
    }
}
