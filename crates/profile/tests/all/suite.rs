//! The service between two journals, and a client.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{FutureExt, StreamExt, future::BoxFuture, stream, stream::BoxStream};
use tenure_journal::{Applied, Batch, Follow, FollowConfig, Following, Journal, JournalApi, Projection, Source};
use tenure_kernel::{IdSource, PersonId, RandomIds, RecordId, Tenant, Timestamp, clock::SetClock};
use tenure_keyring::{Kek, Keyring};
use tenure_profile::{EnrichmentConfig, Migrator, Parts, Peers, Profile, ProfileConfig, RedisConfig};
use tenure_proto::{
    collector::v1::TouchpointRecorded,
    journal::v1::{TailRequest, TailResponse, journal_service_server::JournalService},
    profile::v1::{
        BatchGetProfilesRequest, Erasure, ExplainFieldRequest, ExportRecordsRequest, FieldEvidence, GetErasureRequest,
        GetProfileRequest, GetProfileResponse, Profile as WireProfile, erasure, explain_field_request,
        get_profile_request::By, profile_service_client::ProfileServiceClient,
    },
};
use tenure_server::{Caller, Credentials, Identity, PageTokens, Peer, ServerBuilder, ServerConfig, wire};
use tenure_store::{MigrationTrait, MigratorTrait, Query, Store, StoreError, Tx, testing::TestPlace};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status, metadata::MetadataValue};

use crate::{
    dice::Dice,
    entries::{Moved, Redirected, append, collector_draft, erased_draft, identity_draft},
    touchpoints::ago,
};

/// The tables of a service that has a journal and nothing else.
struct Bare;

impl MigratorTrait for Bare {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![tenure_journal::migration()]
    }
}

/// Identity without decisions: it follows the collector, so that its journal tells its progress; tests write its entries.
struct Quiet;

impl Projection for Quiet {
    type Effect = ();

    fn name(&self) -> &'static str {
        "identity"
    }

    fn follows(&self) -> &'static [Follow] {
        &[Follow { journal: "collector", inputs: &[] }]
    }

    async fn apply(&self, _tx: &Tx, _batch: &Batch<'_>) -> Result<Applied<()>, StoreError> {
        Ok(Applied::default())
    }

    async fn discard(&self, _tx: &Tx, _generation: i64, _limit: i64) -> Result<bool, StoreError> {
        Ok(false)
    }
}

/// A journal of this process. With dice, its frames are cut into pieces of a few entries.
struct Local {
    api: JournalApi,
    dice: Option<Dice>,
}

impl Source for Local {
    fn tail(
        &self,
        request: TailRequest,
    ) -> BoxFuture<'static, Result<BoxStream<'static, Result<TailResponse, Status>>, Status>> {
        let (api, mut dice) = (self.api.clone(), self.dice.clone());
        async move {
            let frames = api.tail(Request::new(request)).await?.into_inner();
            let pieces = frames.flat_map(move |frame| match (frame, &mut dice) {
                (Ok(frame), Some(dice)) => stream::iter(cut(frame, dice).into_iter().map(Ok).collect::<Vec<_>>()),
                (frame, _) => stream::iter(vec![frame]),
            });
            Ok(pieces.boxed())
        }
        .boxed()
    }
}

/// The service's own journal, which is there once the service is.
#[derive(Clone, Default)]
struct Own(Arc<Mutex<Option<JournalApi>>>);

impl Source for Own {
    fn tail(
        &self,
        request: TailRequest,
    ) -> BoxFuture<'static, Result<BoxStream<'static, Result<TailResponse, Status>>, Status>> {
        let api = self.0.lock().expect("a journal").clone();
        async move {
            let api = api.ok_or_else(|| Status::unavailable("not yet"))?;
            Ok(api.tail(Request::new(request)).await?.into_inner().boxed())
        }
        .boxed()
    }
}

fn cut(mut frame: TailResponse, dice: &mut Dice) -> Vec<TailResponse> {
    let mut pieces = Vec::new();
    while frame.entries.len() > 1 {
        let size = (1 + dice.roll(12)).min(frame.entries.len() - 1);
        let entries: Vec<_> = frame.entries.drain(..size).collect();
        let high_water = entries.last().map_or(0, |entry| entry.sequence);
        pieces.push(TailResponse { epoch: frame.epoch.clone(), entries, high_water, inputs: Vec::new() });
    }
    pieces.push(frame);
    pieces
}

/// Every bearer is the name of a tenant, and may do all.
struct ByName;

impl Credentials for ByName {
    fn identify(&self, bearer: &str) -> Option<Identity> {
        let scopes = BTreeSet::from(["*".to_owned()]);
        Some(Identity::Tenant(Caller { tenant: bearer.parse().ok()?, principal: "test".to_owned(), scopes }))
    }
}

/// How a suite differs from the default.
pub(crate) struct Options {
    pub(crate) hot_bytes: u64,
    pub(crate) load_limit: u32,
    pub(crate) ranges: u16,
    pub(crate) dice: Option<Dice>,
    pub(crate) redis: RedisConfig,
    pub(crate) enrichment: EnrichmentConfig,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hot_bytes: ProfileConfig::default().hot_bytes,
            load_limit: 256,
            ranges: 1,
            dice: None,
            redis: RedisConfig::default(),
            enrichment: EnrichmentConfig::default(),
        }
    }
}

/// The service at work. What it runs ends with it.
pub(crate) struct Suite {
    pub(crate) keyring: Keyring,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) store: Store,
    pub(crate) collector: Journal,
    pub(crate) identity: Journal,
    pub(crate) expectation: Journal,
    pub(crate) profile: Profile,
    pub(crate) client: ProfileServiceClient<Peer>,
    sources: BTreeMap<&'static str, Arc<dyn Source>>,
    own: Own,
    stop: CancellationToken,
}

impl Drop for Suite {
    fn drop(&mut self) {
        self.stop.cancel();
        // The service follows itself: else it would hold its connections for ever.
        self.own.0.lock().expect("a journal").take();
    }
}

/// Both kinds of databases, with few connections: a server is shared by all tests that run.
pub(crate) fn places() -> impl Iterator<Item = TestPlace> {
    TestPlace::each().map(|mut place| {
        place.config.max_connections = 4;
        place
    })
}

pub(crate) fn tenant(name: &str) -> Tenant {
    name.parse().expect("a tenant")
}

/// The present of the tests' clock.
pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

impl Suite {
    pub(crate) async fn start(place: &TestPlace, options: Options) -> Self {
        let ids: Arc<dyn IdSource> = Arc::new(RandomIds::default());
        let clock = Arc::new(SetClock::new(NOW));
        let stop = CancellationToken::new();
        let kek = Kek::new(&[7; 32]).expect("a key");
        let keyring = Keyring::open(&place.config, &place.name("keyring"), kek).await.expect("a keyring");
        let collector = place.open::<Bare>("collector").await;
        let collector = Journal::open("collector", collector, ids.as_ref()).await.expect("a journal");
        let upstream = JournalApi::default().with_journal(collector.clone());
        let local = |api, dice: &Option<Dice>| Arc::new(Local { api, dice: dice.clone() }) as Arc<dyn Source>;
        let store = place.open::<Bare>("identity").await;
        let identity = Journal::open("identity", store.clone(), ids.as_ref()).await.expect("a journal");
        let follow = FollowConfig {
            store,
            journal: Some(identity.clone()),
            sources: BTreeMap::from([("collector", local(upstream.clone(), &None))]),
            ranges: 1,
            clock: clock.clone(),
            ids: ids.clone(),
        };
        let quiet = Following::open(follow, Quiet).await.expect("a projection");
        let downstream = JournalApi::default().with_projection(&quiet);
        let expectation = place.open::<Bare>("expectation").await;
        let expectation = Journal::open("expectation", expectation, ids.as_ref()).await.expect("a journal");
        let store = place.open::<Migrator>("profile").await;
        let own = Own::default();
        let sources = BTreeMap::from([
            ("collector", local(upstream, &options.dice)),
            ("identity", local(downstream, &options.dice)),
            ("profile", Arc::new(own.clone()) as Arc<dyn Source>),
            ("expectation", local(JournalApi::default().with_journal(expectation.clone()), &options.dice)),
        ]);
        let (keys, ranges, redis) = (keyring.clone(), options.ranges, options.redis);
        let (clock_of, tokens, from) = (clock.clone(), PageTokens::new([1; 32]), sources.clone());
        let store_of = store.clone();
        let parts = Parts {
            store: store_of,
            keyring: keys,
            clock: clock_of,
            ids,
            tokens,
            sources: from,
            ranges,
            redis,
            peers: Peers::default(),
        };
        let (hot_bytes, load_limit, enrichment) = (options.hot_bytes, options.load_limit, options.enrichment);
        let config = ProfileConfig { hot_bytes, load_limit, enrichment };
        let profile = Profile::open(parts, &config).await.expect("a service");
        *own.0.lock().expect("a journal") = Some(JournalApi::default().with_projection(profile.following()));
        let stack = profile.add_to(ServerBuilder::new(ServerConfig::default(), Arc::new(ByName))).routes();
        tokio::spawn(quiet.run(stop.clone()));
        tokio::spawn(profile.clone().run(stop.clone()));
        let client = ProfileServiceClient::new(Peer::in_process(stack));
        Self { keyring, clock, store, collector, identity, expectation, profile, client, sources, own, stop }
    }

    /// Another replica of the service, on connections of its own.
    pub(crate) async fn replica(&self, place: &TestPlace, options: Options) -> ProfileServiceClient<Peer> {
        let parts = Parts {
            store: place.open::<Migrator>("profile").await,
            keyring: self.keyring.clone(),
            clock: self.clock.clone(),
            ids: Arc::new(RandomIds::default()),
            tokens: PageTokens::new([1; 32]),
            sources: self.sources.clone(),
            ranges: options.ranges,
            redis: options.redis,
            peers: Peers::default(),
        };
        let profile = Profile::open(parts, &ProfileConfig::default()).await.expect("a service");
        let stack = profile.add_to(ServerBuilder::new(ServerConfig::default(), Arc::new(ByName))).routes();
        tokio::spawn(profile.run(self.stop.clone()));
        ProfileServiceClient::new(Peer::in_process(stack))
    }

    /// Appends touchpoints; answers a read token.
    pub(crate) async fn record(&self, tenant: &Tenant, touchpoints: Vec<TouchpointRecorded>) -> String {
        let drafts = touchpoints.iter().map(|one| collector_draft(tenant, one)).collect();
        append(&self.collector, drafts).await
    }

    /// Destroys keys and appends that it was done.
    pub(crate) async fn erase(&self, tenant: &Tenant, records: &[RecordId]) -> String {
        self.keyring.destroy(tenant, records.iter().map(|record| record.0)).await.expect("destroyed");
        append(&self.collector, vec![erased_draft(tenant, records)]).await
    }

    /// Appends memberships; answers a read token.
    pub(crate) async fn changed(&self, tenant: &Tenant, moves: &[Moved], redirects: &[Redirected]) -> String {
        append(&self.identity, vec![identity_draft(tenant, moves, redirects)]).await
    }

    /// Waits until the service has seen what a token names.
    pub(crate) async fn followed(&self, token: &str) {
        for _ in 0..6 {
            if self.profile.following().read_after().wait(token, None).await.is_ok() {
                return;
            }
        }
        panic!("the service does not follow");
    }

    pub(crate) async fn get(&self, tenant: &Tenant, by: By, read_after: &str) -> Result<GetProfileResponse, Status> {
        let request = GetProfileRequest { by: Some(by), read_after: read_after.to_owned(), ..Default::default() };
        Ok(self.client.clone().get_profile(as_tenant(tenant, request)).await?.into_inner())
    }

    /// The profile of a record's person some days ago, as it was known some days ago.
    pub(crate) async fn back_then(&self, tenant: &Tenant, record: RecordId, days: [Option<i64>; 2]) -> WireProfile {
        let [as_of_time, known_time] = days.map(|days| days.map(|days| wire::to_wire(ago(days))));
        let by = Some(By::RecordId(record.to_string()));
        let request = GetProfileRequest { by, as_of_time, known_time, ..Default::default() };
        let response = self.client.clone().get_profile(as_tenant(tenant, request)).await.expect("a profile");
        response.into_inner().profile.expect("a profile")
    }

    /// The profiles of some persons, by place, and of these what is wanted.
    pub(crate) async fn several(&self, tenant: &Tenant, ids: &[PersonId], paths: &[&str]) -> Vec<(i32, WireProfile)> {
        let (person_ids, paths) = (ids.iter().map(PersonId::to_string), paths.iter().map(|&path| path.to_owned()));
        let request = BatchGetProfilesRequest {
            person_ids: person_ids.collect(),
            paths: paths.collect(),
            read_after: String::new(),
        };
        let answer = self.client.clone().batch_get_profiles(as_tenant(tenant, request)).await.expect("profiles");
        answer.into_inner().profiles.into_iter().map(|one| (one.place, one.profile.expect("a profile"))).collect()
    }

    /// What was said of a field of a record's person.
    pub(crate) async fn explain(&self, tenant: &Tenant, record: RecordId, path: &str) -> Vec<FieldEvidence> {
        let by = Some(explain_field_request::By::RecordId(record.to_string()));
        let request = ExplainFieldRequest { by, path: path.to_owned(), ..Default::default() };
        let response = self.client.clone().explain_field(as_tenant(tenant, request)).await.expect("an explanation");
        response.into_inner().evidence
    }

    /// The profile of a record's person, which must be there.
    pub(crate) async fn profile_of(&self, tenant: &Tenant, record: RecordId, read_after: &str) -> WireProfile {
        let response = self.get(tenant, By::RecordId(record.to_string()), read_after).await.expect("a profile");
        response.profile.expect("a profile")
    }

    pub(crate) async fn export(&self, tenant: &Tenant, record_ids: Vec<String>) -> Result<Vec<WireProfile>, Status> {
        let request = as_tenant(tenant, ExportRecordsRequest { record_ids });
        Ok(self.client.clone().export_records(request).await?.into_inner().profiles)
    }

    /// An erasure once it is in a state.
    pub(crate) async fn until_erasure(&self, tenant: &Tenant, id: &str, state: erasure::State) -> Erasure {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let request = as_tenant(tenant, GetErasureRequest { erasure_id: id.to_owned() });
            let found = self.client.clone().get_erasure(request).await.expect("an erasure").into_inner().erasure;
            if let Some(found) = found.filter(|found| found.state() == state) {
                return found;
            }
            assert!(Instant::now() < until, "it is not {state:?}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// A number from the service's own tables.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        self.store.first(sql, vec![]).await.expect("a query").expect("a row").get(0).expect("a number")
    }
}

pub(crate) fn as_tenant<T>(tenant: &Tenant, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {tenant}").parse().expect("a header"));
    request.metadata_mut().insert("purpose", MetadataValue::from_static("service"));
    request.set_timeout(Duration::from_secs(60));
    request
}
