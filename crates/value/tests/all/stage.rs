//! What value stands on in tests: journals of collector, identity and profile, and a server in process.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use tenure_journal::{Draft, testing::Upstream};
use tenure_kernel::{RandomIds, Reason, Tenant, Timestamp, clock::SetClock};
use tenure_proto::value::v1::value_service_client::ValueServiceClient;
use tenure_server::{Caller, Credentials, Identity, MAX_MESSAGE_BYTES, PageTokens, Peer, ServerBuilder, ServerConfig};
use tenure_store::{Store, testing::TestPlace};
use tenure_value::{Migrator, Parts, Value, ValueConfig};
use tokio_util::sync::CancellationToken;
use tonic::Request;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(180);

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
    pub(crate) upstream: Upstream,
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
        // Clocks of tests jump.
        let config = ValueConfig { refit_every_days: 0, ..ValueConfig::default() };
        Self::open_with(place, ranges, &config, Timestamp::from_day(10_500)).await
    }

    pub(crate) async fn open_with(place: &TestPlace, ranges: u16, config: &ValueConfig, now: Timestamp) -> Self {
        // No profile is there.
        Self::with(place, ranges, config, now, Peer::later().0).await
    }

    /// Beside a profile.
    pub(crate) async fn open_beside(place: &TestPlace, profile: Peer) -> Self {
        let config = ValueConfig { refit_every_days: 0, ..ValueConfig::default() };
        Self::with(place, 1, &config, Timestamp::from_day(10_500), profile).await
    }

    async fn with(place: &TestPlace, ranges: u16, config: &ValueConfig, now: Timestamp, profile: Peer) -> Self {
        let (ids, clock) = (Arc::new(RandomIds::default()), Arc::new(SetClock::new(now)));
        let upstream = Upstream::open(place, clock.clone(), ids.clone()).await;
        let store = place.open::<Migrator>("value").await;
        let parts = Parts {
            store: store.clone(),
            clock: clock.clone(),
            ids,
            tokens: PageTokens::new([7; 32]),
            sources: upstream.sources.clone(),
            profile,
            ranges,
        };
        let value = Value::open(parts, config).await.expect("value");
        // A busy machine may take longer than a caller would wait.
        let config = ServerConfig { default_deadline_ms: 300_000, ..ServerConfig::default() };
        let server = ServerBuilder::new(config, Arc::new(NamesAsKeys));
        let peer = Peer::in_process(value.add_to(server).routes());
        let client = ValueServiceClient::new(peer).max_decoding_message_size(MAX_MESSAGE_BYTES);
        let stop = CancellationToken::new();
        tokio::spawn(value.clone().run(stop.clone()));
        Self { value, store, clock, upstream, client, stop }
    }

    /// Appends to collector's journal: the read token of the last entry.
    pub(crate) async fn collect(&self, drafts: Vec<Draft>) -> String {
        Upstream::append(&self.upstream.collector, drafts).await
    }

    /// Appends to identity's journal: the read token of the last entry.
    pub(crate) async fn decide(&self, drafts: Vec<Draft>) -> String {
        Upstream::append(&self.upstream.identity, drafts).await
    }

    /// Appends to profile's journal, and waits for it.
    pub(crate) async fn state(&self, drafts: Vec<Draft>) {
        let token = Upstream::append(&self.upstream.profile, drafts).await;
        self.settle(&token).await;
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
