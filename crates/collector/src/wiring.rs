//! The collector, put together.

use std::{collections::BTreeMap, sync::Arc};

use tenure_journal::{FollowConfig, Following, Journal, Source};
use tenure_kernel::{Clock, IdSource};
use tenure_keyring::Keyring;
use tenure_proto::collector::v1::collector_service_server::CollectorServiceServer;
use tenure_server::{MAX_MESSAGE_BYTES, PageTokens, ServerBuilder};
use tenure_store::{MigrationTrait, MigratorTrait, SqlMigration, Store, StoreError};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;

use crate::{
    api::Api,
    app::App,
    config::CollectorConfig,
    follow::{CollectorProjection, ToDestroy},
};

/// The collector's migrations.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let collector = include_str!("../migrations/m1_collector.sql");
        vec![tenure_journal::migration(), SqlMigration::boxed("m20261122_000001_collector", collector)]
    }
}

/// What the collector is made of.
#[derive(Clone)]
pub struct Parts {
    /// Its database, with its tables.
    pub store: Store,
    /// The keys of all tenants.
    pub keyring: Keyring,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Page tokens.
    pub tokens: PageTokens,
    /// The journal "profile", which decides on erasures.
    pub sources: BTreeMap<&'static str, Arc<dyn Source>>,
    /// Into how many ranges the partitions are divided among replicas, 1 to 16. Fixed once it has begun.
    pub ranges: u16,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parts")
    }
}

/// The collector. Cheap to clone. Calls that write wait until [`Collector::run`] runs.
#[derive(Clone)]
pub struct Collector {
    app: Arc<App>,
    following: Following<CollectorProjection>,
    /// What was decided elsewhere and is to be destroyed.
    told: Arc<Mutex<mpsc::UnboundedReceiver<ToDestroy>>>,
}

impl std::fmt::Debug for Collector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Collector")
    }
}

impl Collector {
    /// Opens its journal.
    ///
    /// # Errors
    /// When the database can't be reached, or it has begun with another number of ranges.
    pub async fn open(parts: Parts, config: CollectorConfig) -> Result<Self, StoreError> {
        let app = Arc::new(App::open(parts.clone(), config).await?);
        let follow = FollowConfig {
            store: parts.store,
            journal: Some(app.journal().clone()),
            sources: parts.sources,
            ranges: parts.ranges,
            clock: parts.clock,
            ids: parts.ids,
        };
        let (destroy, told) = mpsc::unbounded_channel();
        let following = Following::open(follow, CollectorProjection::new(app.conclusion(), destroy)).await?;
        Ok(Self { app, following, told: Arc::new(Mutex::new(told)) })
    }

    /// Adds its gRPC service.
    #[must_use]
    pub fn add_to(&self, builder: ServerBuilder) -> ServerBuilder {
        let server = CollectorServiceServer::new(Api::new(self.app.clone()))
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES)
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip);
        builder.add_service(server)
    }

    /// Its journal, "collector".
    #[must_use]
    pub fn journal(&self) -> Journal {
        self.app.journal().clone()
    }

    /// Its projection, for `JournalApi`.
    #[must_use]
    pub fn following(&self) -> &Following<CollectorProjection> {
        &self.following
    }

    /// Writes what comes in, follows what profile decides, and goes over erasures, until it is told to stop and all that waits is written.
    ///
    /// # Panics
    /// When one of its tasks did.
    pub async fn run(self, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        for worker in 0..self.app.workers() {
            let (app, stop) = (self.app.clone(), stop.clone());
            tasks.spawn(async move { app.work(worker, stop).await });
        }
        let (app, told, ended) = (self.app.clone(), self.told.clone(), stop.clone());
        tasks.spawn(async move { app.destroy_told(&mut *told.lock().await, ended).await });
        let (following, ended) = (self.following.clone(), stop.clone());
        tasks.spawn(async move { following.run(ended).await });
        let app = self.app.clone();
        tasks.spawn(async move { app.sweep(stop).await });
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended
                && error.is_panic()
            {
                std::panic::resume_unwind(error.into_panic());
            }
        }
    }
}
