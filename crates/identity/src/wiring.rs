//! Puts the service together.

use std::{collections::BTreeMap, sync::Arc};

use tenure_journal::{FollowConfig, Following, Journal, Source};
use tenure_kernel::{Clock, IdSource, Tenant};
use tenure_keyring::Keyring;
use tenure_proto::identity::v1::identity_service_server::IdentityServiceServer;
use tenure_server::{MAX_MESSAGE_BYTES, PageTokens, ServerBuilder};
use tenure_store::{MigrationTrait, MigratorTrait, SqlMigration, Store, StoreError};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;

use crate::{
    api::grpc::Handler,
    app::{Context, export, model::Models},
    config::NAME,
    follow::Linking,
    metrics::Metrics,
};

/// The tables.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            tenure_journal::migration(),
            SqlMigration::boxed("m20261122_000001_identity", include_str!("../migrations/m1_identity.sql")),
        ]
    }
}

/// What the service is made of.
pub struct Parts {
    /// Its database, opened with [`Migrator`].
    pub store: Store,
    /// The keys.
    pub keyring: Keyring,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Page tokens.
    pub tokens: PageTokens,
    /// The journals that can be followed; "collector" is needed.
    pub sources: BTreeMap<&'static str, Arc<dyn Source>>,
    /// Into how many ranges the partitions are divided among replicas, 1 to 16.
    pub ranges: u16,
}

/// The identity service. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    context: Context,
    following: Following<Linking>,
    metrics: Metrics,
}

impl Identity {
    /// Opens its journal and its projection; follows nothing yet.
    ///
    /// # Errors
    /// When the database can't be reached, or was begun with another number of ranges.
    pub async fn open(parts: Parts) -> Result<Self, StoreError> {
        let Parts { store, keyring, clock, ids, tokens, sources, ranges } = parts;
        let journal = Journal::open(NAME, store.clone(), ids.as_ref()).await?;
        let metrics = Metrics::new();
        let models = Models::new(keyring.clone());
        let linking = Linking {
            keyring: keyring.clone(),
            models: models.clone(),
            clock: clock.clone(),
            metrics: metrics.clone(),
        };
        let follow = FollowConfig {
            store: store.clone(),
            journal: Some(journal.clone()),
            sources,
            ranges,
            clock: clock.clone(),
            ids: ids.clone(),
        };
        let following = Following::open(follow, linking).await?;
        let studies = Arc::new(Semaphore::new(1));
        let read_after = following.read_after();
        let context = Context { store, keyring, models, studies, clock, ids, tokens, journal, read_after };
        Ok(Self { context, following, metrics })
    }

    /// Adds `tenure.identity.v1.IdentityService` to a server.
    #[must_use]
    pub fn add_to(&self, server: ServerBuilder) -> ServerBuilder {
        let handler = Handler { context: self.context.clone(), metrics: self.metrics.clone() };
        let service = IdentityServiceServer::new(handler)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES)
            .accept_compressed(CompressionEncoding::Gzip);
        server.add_service(service)
    }

    /// Its projection, for those who operate it.
    #[must_use]
    pub fn following(&self) -> &Following<Linking> {
        &self.following
    }

    /// The journal "identity".
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.context.journal
    }

    /// Follows the collector until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        self.following.run(stop).await;
    }

    /// Who is who, the same whatever the order in which it became known: a line for each person, by its smallest record: that
    /// record, a colon, and all records by id.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn canonical_export(&self, tenant: &Tenant) -> Result<Vec<String>, StoreError> {
        export::canonical_export(&self.context.store, tenant).await
    }
}
