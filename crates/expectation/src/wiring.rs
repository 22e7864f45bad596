//! Puts expectation together.

use std::{collections::BTreeMap, sync::Arc};

use tenure_journal::{FollowConfig, Following, Journal, Source};
use tenure_kernel::{Clock, IdSource, Tenant};
use tenure_keyring::Keyring;
use tenure_proto::expectation::v1::expectation_service_server::ExpectationServiceServer;
use tenure_server::{MAX_MESSAGE_BYTES, PageTokens, ServerBuilder};
use tenure_store::{MigrationTrait, MigratorTrait, SqlMigration, Store, StoreError};
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;

use crate::{
    api::ExpectationApi,
    app::{App, judge::Rules, refold::Refolder},
    config::ExpectationConfig,
    follow::ExpectationProjection,
    metrics::Metrics,
    store,
};

/// The tables of expectation and of its journal.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            tenure_journal::migration(),
            tenure_records::migration(),
            tenure_records::rights_migration(),
            SqlMigration::boxed("m20261125_000001_expectation", include_str!("../migrations/m1_expectation.sql")),
        ]
    }
}

/// What expectation is run with.
pub struct Parts {
    /// Its database, opened with [`Migrator`].
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Page tokens.
    pub tokens: PageTokens,
    /// The data keys: what is written about complaints is sealed.
    pub keyring: Keyring,
    /// The journals "collector", "identity" and "profile".
    pub sources: BTreeMap<&'static str, Arc<dyn Source>>,
    /// Into how many ranges the partitions are divided among replicas, 1 to 16. Fixed once it has begun.
    pub ranges: u16,
}

/// The expectation service. Cheap to clone.
#[derive(Clone)]
pub struct Expectation {
    app: Arc<App>,
    following: Following<ExpectationProjection>,
}

impl Expectation {
    /// Opens the service. It follows nothing until [`Expectation::run`].
    ///
    /// # Errors
    /// When the database can't be reached, or it has begun with another number of ranges.
    pub async fn open(parts: Parts, config: &ExpectationConfig) -> Result<Self, StoreError> {
        let journal = Journal::open("expectation", parts.store.clone(), parts.ids.as_ref()).await?;
        let metrics = Metrics::new();
        let rules = Rules::of(config);
        let refolder =
            Arc::new(Refolder { clock: parts.clock.clone(), ids: parts.ids.clone(), rules, metrics: metrics.clone() });
        let follow = FollowConfig {
            store: parts.store.clone(),
            journal: Some(journal.clone()),
            sources: parts.sources,
            ranges: parts.ranges,
            clock: parts.clock,
            ids: parts.ids.clone(),
        };
        let following = Following::open(follow, ExpectationProjection { refolder: refolder.clone() }).await?;
        let app = App {
            store: parts.store,
            journal,
            read_after: following.read_after(),
            ids: parts.ids,
            tokens: parts.tokens,
            refolder,
            metrics,
            keyring: parts.keyring,
        };
        Ok(Self { app: Arc::new(app), following })
    }

    /// Adds `tenure.expectation.v1.ExpectationService` to a server.
    #[must_use]
    pub fn add_to(&self, server: ServerBuilder) -> ServerBuilder {
        let service = ExpectationServiceServer::new(ExpectationApi(self.app.clone()))
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES)
            .accept_compressed(CompressionEncoding::Gzip);
        server.add_service(service)
    }

    /// Its projection, for `JournalApi`.
    #[must_use]
    pub fn following(&self) -> &Following<ExpectationProjection> {
        &self.following
    }

    /// Its journal.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.app.journal
    }

    /// Follows collector, identity and profile until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        self.following.run(stop).await;
    }

    /// The domain state of a tenant as sorted lines, the same for any order of the same entries: members and facts of each person
    /// under its smallest record, facts of records that belong to nobody yet, erased records, and how far sources have come.
    /// For tests and repairs: holds the whole tenant in memory.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn canonical_export(&self, tenant: &Tenant) -> Result<Vec<String>, StoreError> {
        store::export::lines(&self.app.store, tenant).await
    }
}
