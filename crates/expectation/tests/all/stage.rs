//! What expectation stands on in tests: journals of collector and identity, and a server in process.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::entries;
use tenure_expectation::{Expectation, ExpectationConfig, Migrator, Parts};
use tenure_journal::{Draft, Operate as _, testing::Upstream};
use tenure_kernel::{RandomIds, Reason, Tenant, Timestamp, clock::SetClock};
use tenure_keyring::{Kek, Keyring};
use tenure_proto::expectation::v1::{self as pb, expectation_service_client::ExpectationServiceClient};
use tenure_server::{Caller, Credentials, Identity, MAX_MESSAGE_BYTES, PageTokens, Peer, ServerBuilder, ServerConfig};
use tenure_store::{Query as _, Store, testing::TestPlace};

use tokio_util::sync::CancellationToken;
use tonic::Request;

/// Monday 2 November 2026, ten in the morning in Amsterdam.
pub(crate) const START: Timestamp = Timestamp(1_793_610_000_000_000);

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
    pub(crate) expectation: Expectation,
    pub(crate) store: Store,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) upstream: Upstream,
    pub(crate) client: ExpectationServiceClient<Peer>,
    stop: CancellationToken,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Stage {
    pub(crate) async fn open(place: &TestPlace, ranges: u16) -> Self {
        Self::configured(place, ranges, ExpectationConfig::default()).await
    }

    pub(crate) async fn configured(place: &TestPlace, ranges: u16, config: ExpectationConfig) -> Self {
        let (ids, clock) = (Arc::new(RandomIds::default()), Arc::new(SetClock::new(START)));
        let upstream = Upstream::open(place, clock.clone(), ids.clone()).await;
        let store = place.open::<Migrator>("expectation").await;
        let kek = Kek::new(&[7; 32]).expect("a key");
        let keyring = Keyring::open(&place.config, &place.name("keyring"), kek).await.expect("a keyring");
        let parts = Parts {
            store: store.clone(),
            clock: clock.clone(),
            ids,
            tokens: PageTokens::new([7; 32]),
            keyring,
            sources: upstream.sources.clone(),
            ranges,
        };
        let expectation = Expectation::open(parts, &config).await.expect("expectation");
        // A busy machine may take longer than a caller would wait.
        let config = ServerConfig { default_deadline_ms: 300_000, ..ServerConfig::default() };
        let server = ServerBuilder::new(config, Arc::new(NamesAsKeys));
        let peer = Peer::in_process(expectation.add_to(server).routes());
        let client = ExpectationServiceClient::new(peer).max_decoding_message_size(MAX_MESSAGE_BYTES);
        let stop = CancellationToken::new();
        tokio::spawn(expectation.clone().run(stop.clone()));
        Self { expectation, store, clock, upstream, client, stop }
    }

    /// Appends to collector's journal: the read token of the last entry.
    pub(crate) async fn collect(&self, drafts: Vec<Draft>) -> String {
        Upstream::append(&self.upstream.collector, drafts).await
    }

    /// Appends to identity's journal: the read token of the last entry.
    pub(crate) async fn decide(&self, drafts: Vec<Draft>) -> String {
        Upstream::append(&self.upstream.identity, drafts).await
    }

    /// Waits until expectation has followed that far.
    pub(crate) async fn settle(&self, token: &str) {
        let (read_after, begun) = (self.expectation.following().read_after(), Instant::now());
        while let Err(refusal) = read_after.wait(token, None).await {
            // A machine that is busy enough keeps a database waiting.
            assert!([Reason::Deadline, Reason::Unavailable].contains(&refusal.reason), "{refusal}");
            assert!(begun.elapsed() < PATIENCE, "expectation does not follow: {:?}", refusal.metadata);
        }
    }

    /// Builds the projection anew, for the first time, and waits until it has taken over.
    pub(crate) async fn rebuilt(&self) {
        self.expectation.following().rebuild().await.expect("a rebuild");
        eventually("the swap", async || {
            let sql = "SELECT COUNT(*) FROM projection p WHERE p.active = 2 AND p.reconciling = 0 AND NOT EXISTS
                       (SELECT 1 FROM fact f WHERE f.generation <> 2)";
            self.store.first(sql, vec![]).await.unwrap().unwrap().get::<i64>(0).unwrap() == 1
        })
        .await;
    }

    /// Appends to profile's journal, and waits until expectation has followed that far.
    pub(crate) async fn state(&self, drafts: Vec<Draft>) {
        let token = Upstream::append(&self.upstream.profile, drafts).await;
        self.settle(&token).await;
    }

    /// Appends to both journals and waits for all of it.
    pub(crate) async fn tell(&self, collected: Vec<Draft>, decided: Vec<Draft>) {
        let tokens = [self.collect(collected).await, self.decide(decided).await];
        for token in tokens {
            self.settle(&token).await;
        }
    }

    pub(crate) async fn export(&self, tenant: &Tenant) -> Vec<String> {
        self.expectation.canonical_export(tenant).await.expect("an export")
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

/// What a tenant asks, in the form that most tests need it in.
impl Stage {
    /// Waits until everybody who was touched, or whose time has come, has been looked at.
    pub(crate) async fn rest(&self, tenant: &str) -> pb::GetExpectationOverviewResponse {
        let overview = async || {
            let request = of(tenant, pb::GetExpectationOverviewRequest::default());
            self.client.clone().get_expectation_overview(request).await.expect("an overview").into_inner()
        };
        // That very answer: after a rebuild everybody is looked at again, which may begin at any time.
        let mut found = overview().await;
        eventually("rest", async || {
            found = overview().await;
            found.pending == 0
        })
        .await;
        found
    }

    /// Moves the clock, and waits for what that brings.
    pub(crate) async fn at(&self, tenant: &str, now: Timestamp) {
        self.clock.set(now);
        self.rest(tenant).await;
    }

    /// The promises to the person of a record, as (state, whether it was ever broken).
    pub(crate) async fn promises(&self, tenant: &str, record: u64) -> Vec<pb::Promise> {
        let by = Some(pb::list_promises_request::By::RecordId(entries::record(record).to_string()));
        let request = of(tenant, pb::ListPromisesRequest { by, ..Default::default() });
        self.client.clone().list_promises(request).await.expect("promises").into_inner().promises
    }

    pub(crate) async fn states(&self, tenant: &str, record: u64) -> Vec<pb::PromiseState> {
        self.promises(tenant, record).await.iter().map(pb::Promise::state).collect()
    }

    pub(crate) async fn score(&self, tenant: &str, record: u64) -> f64 {
        let by = Some(pb::get_dissonance_request::By::RecordId(entries::record(record).to_string()));
        let request = of(tenant, pb::GetDissonanceRequest { by, ..Default::default() });
        let answer = self.client.clone().get_dissonance(request).await.expect("a dissonance").into_inner();
        answer.dissonance.expect("set").score
    }

    pub(crate) async fn check(&self, tenant: &str, record: u64, survey: pb::Survey) -> pb::SurveyDecision {
        let by = Some(pb::check_survey_request::By::RecordId(entries::record(record).to_string()));
        let request = of(tenant, pb::CheckSurveyRequest { by, survey: Some(survey), ..Default::default() });
        self.client.clone().check_survey(request).await.expect("a decision").into_inner().decision.expect("set")
    }

    /// The names of the entries in expectation's journal, and their ids; but for those of queues, which any look at a person may bring.
    pub(crate) async fn concluded(&self) -> Vec<(String, Vec<u8>)> {
        let page = tenure_journal::read_page(&self.store, 0, &BTreeSet::new()).await.expect("a page");
        let name = |name: &str| name.rsplit_once('.').map(|(_, name)| name.to_owned()).unwrap_or_default();
        let all = page.entries.iter().map(|entry| (name(&entry.type_name), entry.entry_id.clone()));
        all.filter(|(name, _)| name != "WorkItemsChanged").collect()
    }

    pub(crate) async fn names(&self) -> Vec<String> {
        self.concluded().await.into_iter().map(|(name, _)| name).collect()
    }
}

/// A relational survey over e-mail.
pub(crate) fn nps() -> pb::Survey {
    pb::Survey { kind: pb::SurveyKind::RelationalNps.into(), channel_code: "email".to_owned(), ..Default::default() }
}

/// Why a survey is held, but for the time of day that it would otherwise go out at.
pub(crate) fn reasons(decision: &pb::SurveyDecision) -> Vec<pb::SurveyReason> {
    decision.reasons().filter(|reason| *reason != pb::SurveyReason::QuietTime).collect()
}
