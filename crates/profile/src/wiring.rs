//! Puts the service together.

use std::{collections::BTreeMap, sync::Arc};

use tenure_journal::{FollowConfig, Following, Source};
use tenure_kernel::{Clock, IdSource, Tenant};
use tenure_keyring::Keyring;
use tenure_proto::profile::v1::profile_service_server::ProfileServiceServer;
use tenure_server::{MAX_MESSAGE_BYTES, ServerBuilder};
use tenure_store::{MigrationTrait, MigratorTrait, SqlMigration, Store, StoreError};
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;

use crate::{
    ProfileConfig, ProfileProjection,
    api::grpc::ProfileApi,
    app::canonical_export::canonical_export,
    hot::{Freshness, Hot},
    metrics::Metrics,
};

/// The service's tables.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            tenure_journal::migration(),
            SqlMigration::boxed("m20261122_000001_profile", include_str!("../migrations/m1_profile.sql")),
        ]
    }
}

/// What the service is made of.
pub struct Parts {
    /// Its database, opened with [`Migrator`].
    pub store: Store,
    /// The keys of personal data.
    pub keyring: Keyring,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// The journals "collector" and "identity".
    pub sources: BTreeMap<&'static str, Arc<dyn Source>>,
    /// Into how many ranges the partitions are divided among replicas, 1 to 16.
    pub ranges: u16,
}

/// The profile service. Cheap to clone.
#[derive(Clone)]
pub struct Profile {
    store: Store,
    keyring: Keyring,
    following: Following<ProfileProjection>,
    api: Arc<ProfileApi>,
}

impl Profile {
    /// Puts the service together; nothing is followed before [`Profile::run`].
    ///
    /// # Errors
    /// When the database can't be reached, or the projection was begun with another number of ranges.
    pub async fn open(parts: Parts, config: &ProfileConfig) -> Result<Self, StoreError> {
        let Parts { store, keyring, clock, ids, sources, ranges } = parts;
        let (freshness, metrics) = (Freshness::default(), Metrics::default());
        let hot = Hot::new(config.hot_bytes, freshness.clone(), metrics.clone());
        let projection = ProfileProjection { keyring: keyring.clone(), freshness, metrics, discarded: 0.into() };
        let follow = FollowConfig { store: store.clone(), journal: None, sources, ranges, clock: clock.clone(), ids };
        let following = Following::open(follow, projection).await?;
        let read_after = following.read_after();
        let api = ProfileApi { store: store.clone(), keyring: keyring.clone(), clock, read_after, hot };
        Ok(Self { store, keyring, following, api: Arc::new(api) })
    }

    /// Adds the service's RPCs to a server.
    #[must_use]
    pub fn add_to(&self, builder: ServerBuilder) -> ServerBuilder {
        let server = ProfileServiceServer::from_arc(self.api.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES)
            .accept_compressed(CompressionEncoding::Gzip);
        builder.add_service(server)
    }

    /// The projection at work, for the journal service's operator RPCs.
    #[must_use]
    pub fn following(&self) -> &Following<ProfileProjection> {
        &self.following
    }

    /// Follows until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        self.following.run(stop).await;
    }

    /// A tenant's domain state as sorted lines, the same for any order, repetition and batching of the same entries. Holds
    /// personal data: for tests.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn canonical_export(&self, tenant: &Tenant) -> Result<Vec<String>, StoreError> {
        canonical_export(&self.store, &self.keyring, tenant).await
    }
}
