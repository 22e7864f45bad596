//! Puts value together.

use std::{collections::BTreeMap, sync::Arc};

use tenure_journal::{FollowConfig, Following, Journal, Source};
use tenure_kernel::{Clock, IdSource, Tenant};
use tenure_proto::value::v1::value_service_server::ValueServiceServer;
use tenure_server::{MAX_MESSAGE_BYTES, PageTokens, Peer, ServerBuilder};
use tenure_store::{MigrationTrait, MigratorTrait, SqlMigration, Store, StoreError};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;

use crate::{
    api::ValueApi,
    app::{App, Profiles, Refits},
    config::ValueConfig,
    follow::ValueProjection,
    metrics::Metrics,
    store,
};

/// The tables of value and of its journal.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            tenure_journal::migration(),
            tenure_records::migration(),
            tenure_records::rights_migration(),
            SqlMigration::boxed("m20261122_000001_value", include_str!("../migrations/m1_value.sql")),
        ]
    }
}

/// What value is run with.
pub struct Parts {
    /// Its database, opened with [`Migrator`].
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Page tokens.
    pub tokens: PageTokens,
    /// The journals "collector", "identity" and "profile".
    pub sources: BTreeMap<&'static str, Arc<dyn Source>>,
    /// The way to profile, with the credential of a service.
    pub profile: Peer,
    /// Into how many ranges the partitions are divided among replicas, 1 to 16. Fixed once it has begun.
    pub ranges: u16,
}

/// The value service. Cheap to clone.
#[derive(Clone)]
pub struct Value {
    app: Arc<App>,
    following: Following<ValueProjection>,
}

impl Value {
    /// Opens the service. It follows nothing until [`Value::run`].
    ///
    /// # Errors
    /// When the database can't be reached, or it has begun with another number of ranges.
    pub async fn open(parts: Parts, config: &ValueConfig) -> Result<Self, StoreError> {
        let journal = Journal::open("value", parts.store.clone(), parts.ids.as_ref()).await?;
        let metrics = Metrics::new();
        let follow = FollowConfig {
            store: parts.store.clone(),
            journal: Some(journal.clone()),
            sources: parts.sources,
            ranges: parts.ranges,
            clock: parts.clock.clone(),
            ids: parts.ids.clone(),
        };
        let refits = Refits::every_days(config.refit_every_days);
        let projection = ValueProjection::new(metrics.clone(), refits.clone(), parts.clock.clone());
        let following = Following::open(follow, projection).await?;
        let app = App {
            store: parts.store,
            journal,
            read_after: following.read_after(),
            clock: parts.clock,
            ids: parts.ids,
            tokens: parts.tokens,
            fits: Arc::new(Semaphore::new(config.fits_at_once.max(1))),
            refits,
            profiles: Profiles::new(parts.profile),
            metrics,
        };
        Ok(Self { app: Arc::new(app), following })
    }

    /// Adds `tenure.value.v1.ValueService` to a server.
    #[must_use]
    pub fn add_to(&self, server: ServerBuilder) -> ServerBuilder {
        let service = ValueServiceServer::new(ValueApi(self.app.clone()))
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES)
            .accept_compressed(CompressionEncoding::Gzip);
        server.add_service(service)
    }

    /// Its projection, for `JournalApi`.
    #[must_use]
    pub fn following(&self) -> &Following<ValueProjection> {
        &self.following
    }

    /// Its journal.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.app.journal
    }

    /// Follows collector, identity and profile, and fits models anew that are due, until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let (app, told) = (self.app, stop.clone());
        tokio::join!(self.following.run(stop), app.refit_until(&told));
    }

    /// The domain state of a tenant as sorted lines, the same for any order of the same entries: members and purchase days of
    /// each person under its smallest record, days of records that belong to nobody yet, what was said of rights, erased records. For tests and
    /// repairs: holds the whole tenant in memory.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn canonical_export(&self, tenant: &Tenant) -> Result<Vec<String>, StoreError> {
        store::export::lines(&self.app.store, tenant).await
    }
}
