//! Puts the service together.

use std::{collections::BTreeMap, sync::Arc};

use tenure_journal::{FollowConfig, Following, Journal, Source};
use tenure_kernel::{Clock, IdSource, Tenant};
use tenure_keyring::Keyring;
use tenure_proto::profile::v1::profile_service_server::ProfileServiceServer;
use tenure_server::{MAX_MESSAGE_BYTES, PageTokens, ServerBuilder};
use tenure_store::{Dialect, MigrationTrait, MigratorTrait, Query, SqlMigration, Store, StoreError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;

use crate::{
    ProfileConfig, ProfileProjection, RedisConfig,
    api::{convert::trait_value::NAMES, grpc::ProfileApi, rights::RightsApi},
    app::{
        audit::Audit,
        canonical_export::canonical_export,
        definitions::{Definitions, JOURNAL},
        enrich::{Enricher, Providers},
        list_profiles::Lists,
        peers::Peers,
        refold::Refolder,
        register::Register,
        rights::Rights,
        watch_profiles::Watches,
    },
    hot::{COOLED, Hot, HotStore, Memory, Redis, Warming},
    metrics::Metrics,
};

/// The service's tables, and those of its journal.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            tenure_journal::migration(),
            tenure_records::migration(),
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
    /// Page tokens.
    pub tokens: PageTokens,
    /// The journals "collector", "identity" and "profile", its own.
    pub sources: BTreeMap<&'static str, Arc<dyn Source>>,
    /// Into how many ranges the partitions are divided among replicas, 1 to 16.
    pub ranges: u16,
    /// The Redis that keeps hot profiles, if there is one.
    pub redis: RedisConfig,
    /// The services whose data an export of a person holds too.
    pub peers: Peers,
}

/// The profile service. Cheap to clone.
#[derive(Clone)]
pub struct Profile {
    store: Store,
    keyring: Keyring,
    journal: Journal,
    following: Following<ProfileProjection>,
    hot: Option<Arc<dyn HotStore>>,
    enricher: Enricher,
    api: Arc<ProfileApi>,
}

impl Profile {
    /// Puts the service together; nothing is followed before [`Profile::run`].
    ///
    /// # Errors
    /// When the database can't be reached, or the projection was begun with another number of ranges.
    pub async fn open(parts: Parts, config: &ProfileConfig) -> Result<Self, StoreError> {
        let Parts { store, keyring, clock, ids, tokens, sources, ranges, redis, peers } = parts;
        let journal = Journal::open(JOURNAL, store.clone(), ids.as_ref()).await?;
        let metrics = Metrics::default();
        let providers = providers(config, &clock)?;
        let (warming, cooled) = mpsc::channel(COOLED);
        let hot = hot_store(&store, &keyring, config, &redis, (&metrics, warming)).await?;
        let projection = ProfileProjection {
            keyring: keyring.clone(),
            hot: hot.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            metrics: metrics.clone(),
            refolder: Refolder { clock: clock.clone(), keyring: keyring.clone(), names: NAMES, ids: ids.clone() },
            enriches: !providers.is_empty(),
            discarded: 0.into(),
        };
        let (store_of, own, now) = (store.clone(), Some(journal.clone()), clock.clone());
        let follow = FollowConfig { store: store_of, journal: own, sources, ranges, clock: now, ids: ids.clone() };
        let following = Following::open(follow, projection).await?;
        let read_after = following.read_after();
        let hot_of = Hot::new(store.clone(), read_after.clone(), (hot.clone(), cooled), config.load_limit, metrics);
        let register = Register {
            store: store.clone(),
            journal: journal.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            tokens: tokens.clone(),
            definitions: Definitions::new(store.clone()),
        };
        let enricher = enricher(&store, &keyring, &journal, (&clock, &ids), providers.clone());
        let rights = RightsApi(Rights {
            store: store.clone(),
            keyring: keyring.clone(),
            journal: journal.clone(),
            read_after: read_after.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            tokens: tokens.clone(),
        });
        let watches = watches(&store, &keyring, &journal, &clock, &providers);
        let places = keyring.cache_key("profile-lists").await?;
        let lists = Lists { store: store.clone(), keyring: keyring.clone(), tokens: tokens.clone(), places };
        let audit = Audit { store: store.clone(), journal: journal.clone(), clock: clock.clone(), ids, tokens };
        let api = ProfileApi {
            store: store.clone(),
            keyring: keyring.clone(),
            clock,
            read_after,
            hot: Arc::new(hot_of),
            register,
            lists,
            watches,
            rights,
            audit: Arc::new(audit),
            peers,
            providers,
        };
        Ok(Self { store, keyring, journal, following, hot, enricher, api: Arc::new(api) })
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

    /// Its journal.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Follows until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let hot = async {
            if let Some(hot) = &self.hot {
                hot.run(stop.clone()).await;
            }
        };
        futures::join!(hot, self.api.keep_warm(&stop), self.enricher.run(&stop), self.following.run(stop.clone()));
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

/// What looks after providers.
fn enricher(
    store: &Store,
    keyring: &Keyring,
    journal: &Journal,
    (clock, ids): (&Arc<dyn Clock>, &Arc<dyn IdSource>),
    providers: Providers,
) -> Enricher {
    let (store, keyring, journal) = (store.clone(), keyring.clone(), journal.clone());
    Enricher { store, keyring, journal, clock: clock.clone(), ids: ids.clone(), providers }
}

/// The providers that are enabled.
fn providers(config: &ProfileConfig, clock: &Arc<dyn Clock>) -> Result<Providers, StoreError> {
    Providers::open(&config.enrichment, clock).map_err(|error| StoreError::Place(error.to_string()))
}

fn watches(
    store: &Store,
    keyring: &Keyring,
    journal: &Journal,
    clock: &Arc<dyn Clock>,
    providers: &Providers,
) -> Watches {
    let (store, keyring, journal, providers) = (store.clone(), keyring.clone(), journal.clone(), providers.clone());
    Watches { store, keyring, journal, clock: clock.clone(), names: NAMES, providers }
}

/// Where hot profiles are kept: in Redis, if there is one; in memory, where no other process can write, which is on SQLite.
async fn hot_store(
    store: &Store,
    keyring: &Keyring,
    config: &ProfileConfig,
    redis: &RedisConfig,
    (metrics, warming): (&Metrics, Warming),
) -> Result<Option<Arc<dyn HotStore>>, StoreError> {
    if redis.is_set() {
        let redis = Redis::open(redis, store.clone(), keyring, (metrics.clone(), warming)).await?;
        return Ok(Some(Arc::new(redis)));
    }
    let memory = store.dialect() == Dialect::Sqlite && config.hot_bytes > 0;
    Ok(memory.then(|| Arc::new(Memory::new(config.hot_bytes, warming)) as Arc<dyn HotStore>))
}
