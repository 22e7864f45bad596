//! What value stands on in tests: journals of collector and identity, and a server in process.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{FutureExt, future::BoxFuture, stream::BoxStream};
use tenure_journal::{Applied, Batch, Draft, Follow, FollowConfig, Following, Journal, JournalApi, Projection, Source};
use tenure_kernel::{RandomIds, Reason, Tenant, Timestamp, clock::SetClock};
use tenure_proto::{
    journal::v1::{TailRequest, TailResponse, journal_service_server::JournalService},
    value::v1::value_service_client::ValueServiceClient,
};
use tenure_server::{Caller, Credentials, Identity, MAX_MESSAGE_BYTES, PageTokens, Peer, ServerBuilder, ServerConfig};
use tenure_store::{MigrationTrait, MigratorTrait, Store, StoreError, Tx, testing::TestPlace};
use tenure_value::{Migrator, Parts, Value, ValueConfig};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(180);

pub(crate) struct JournalOnly;

impl MigratorTrait for JournalOnly {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![tenure_journal::migration()]
    }
}

/// A journal of this process.
struct LocalSource(JournalApi);

impl Source for LocalSource {
    fn tail(
        &self,
        request: TailRequest,
    ) -> BoxFuture<'static, Result<BoxStream<'static, Result<TailResponse, Status>>, Status>> {
        let api = self.0.clone();
        async move { Ok(api.tail(Request::new(request)).await?.into_inner()) }.boxed()
    }
}

/// Follows collector as identity does, and leaves the conclusions to the test.
struct Onlooker;

impl Projection for Onlooker {
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

/// A bearer token is the name of its tenant.
struct NamesAsKeys;

impl Credentials for NamesAsKeys {
    fn identify(&self, bearer: &str) -> Option<Identity> {
        let scopes = BTreeSet::from(["*".to_owned()]);
        Some(Identity::Tenant(Caller { tenant: bearer.parse().ok()?, principal: "test".to_owned(), scopes }))
    }
}

pub(crate) struct Stage {
    pub(crate) value: Value,
    pub(crate) store: Store,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) collector: Journal,
    pub(crate) identity: Journal,
    pub(crate) client: ValueServiceClient<Peer>,
    stop: CancellationToken,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Stage {
    pub(crate) async fn open(place: &TestPlace, ranges: u16) -> Self {
        let (ids, clock) = (Arc::new(RandomIds::default()), Arc::new(SetClock::new(Timestamp::from_day(10_500))));
        let journal = async |name| {
            Journal::open(name, place.open::<JournalOnly>(name).await, ids.as_ref()).await.expect("a journal")
        };
        let (collector, identity) = (journal("collector").await, journal("identity").await);
        let collector_source: Arc<dyn Source> =
            Arc::new(LocalSource(JournalApi::default().with_journal(collector.clone())));
        let config = FollowConfig {
            store: identity.store().clone(),
            journal: Some(identity.clone()),
            sources: BTreeMap::from([("collector", collector_source.clone())]),
            ranges: 1,
            clock: clock.clone(),
            ids: ids.clone(),
        };
        let onlooker = Following::open(config, Onlooker).await.expect("an onlooker");
        let identity_source: Arc<dyn Source> = Arc::new(LocalSource(JournalApi::default().with_projection(&onlooker)));
        let store = place.open::<Migrator>("value").await;
        let parts = Parts {
            store: store.clone(),
            clock: clock.clone(),
            ids,
            tokens: PageTokens::new([7; 32]),
            sources: BTreeMap::from([("collector", collector_source), ("identity", identity_source)]),
            ranges,
        };
        let value = Value::open(parts, &ValueConfig::default()).await.expect("value");
        // A busy machine may take longer than a caller would wait.
        let config = ServerConfig { default_deadline_ms: 300_000, ..ServerConfig::default() };
        let server = ServerBuilder::new(config, Arc::new(NamesAsKeys));
        let peer = Peer::in_process(value.add_to(server).routes());
        let client = ValueServiceClient::new(peer).max_decoding_message_size(MAX_MESSAGE_BYTES);
        let stop = CancellationToken::new();
        let tasks = stop.clone();
        tokio::spawn(async move { onlooker.run(tasks).await });
        tokio::spawn(value.clone().run(stop.clone()));
        Self { value, store, clock, collector, identity, client, stop }
    }

    /// Appends to collector's journal: the read token of the last entry.
    pub(crate) async fn collect(&self, drafts: Vec<Draft>) -> String {
        append(&self.collector, drafts).await
    }

    /// Appends to identity's journal: the read token of the last entry.
    pub(crate) async fn decide(&self, drafts: Vec<Draft>) -> String {
        append(&self.identity, drafts).await
    }

    /// Waits until value has followed that far.
    pub(crate) async fn settle(&self, token: &str) {
        let (read_after, begun) = (self.value.following().read_after(), Instant::now());
        while let Err(refusal) = read_after.wait(token, None).await {
            assert_eq!(refusal.reason, Reason::Deadline);
            assert!(begun.elapsed() < PATIENCE, "value does not follow: {:?}", refusal.metadata);
        }
    }

    /// Appends to both journals and waits for all of it.
    pub(crate) async fn tell(&self, collected: Vec<Draft>, decided: Vec<Draft>) {
        let tokens = [self.collect(collected).await, self.decide(decided).await];
        for token in tokens {
            self.settle(&token).await;
        }
    }

    pub(crate) async fn export(&self, tenant: &Tenant) -> Vec<String> {
        self.value.canonical_export(tenant).await.expect("an export")
    }
}

async fn append(journal: &Journal, drafts: Vec<Draft>) -> String {
    let tx = journal.store().begin().await.expect("a transaction");
    let last = journal.commit(tx, drafts).await.expect("a commit");
    journal.token(last)
}

/// A request of a tenant.
pub(crate) fn of<T>(tenant: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {tenant}").parse().unwrap());
    request.set_timeout(PATIENCE);
    request
}

/// Polls until something holds.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "{what} did not come true");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Dice with a seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below a bound (SplitMix64).
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for place in (1..all.len()).rev() {
            let other = usize::try_from(self.below(place as u64 + 1)).unwrap();
            all.swap(place, other);
        }
    }
}
