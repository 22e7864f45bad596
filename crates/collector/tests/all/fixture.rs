//! A collector with its databases, and touchpoints to send.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use prost::Message;
use prost_types::Timestamp as WireTime;
use tempfile::TempDir;
use tenure_collector::{Collector, CollectorConfig, Migrator, Parts};
use tenure_journal::{Source, read_page};
use tenure_kernel::{RandomIds, Tenant, Timestamp, clock::SetClock};
use tenure_keyring::{Kek, Keyring};
use tenure_proto::{
    collector::v1::{self as pb, collector_service_client::CollectorServiceClient, outcome::Status as Outcome},
    error::v1::Reason,
    journal::v1::JournalEntry,
};
use tenure_server::{ApiKeys, PageTokens, Peer, ServerBuilder, ServerConfig};
use tenure_store::{Store, testing::TestPlace};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::Request;

/// 2026-11-22 12:00:00 UTC.
pub(crate) const NOON: i64 = 1_795_348_800;

pub(crate) type Client = CollectorServiceClient<Peer>;

/// A running collector.
pub(crate) struct World {
    pub(crate) place: TestPlace,
    pub(crate) store: Store,
    pub(crate) keyring: Keyring,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) client: Client,
    /// The journals that it follows from its next start on.
    pub(crate) sources: BTreeMap<&'static str, Arc<dyn Source>>,
    config: CollectorConfig,
    keys: BTreeMap<&'static str, String>,
    folder: TempDir,
    running: Option<(CancellationToken, JoinHandle<()>)>,
}

impl World {
    pub(crate) async fn new(place: TestPlace) -> Self {
        Self::with(place, CollectorConfig::default()).await
    }

    /// On every kind of database.
    pub(crate) async fn each() -> Vec<Self> {
        let mut worlds = Vec::new();
        for place in TestPlace::each() {
            worlds.push(Self::new(place).await);
        }
        worlds
    }

    pub(crate) async fn with(place: TestPlace, config: CollectorConfig) -> Self {
        let folder = TempDir::new().unwrap();
        let mut keys = BTreeMap::new();
        for name in ["acme", "other"] {
            let tenant: Tenant = name.parse().unwrap();
            keys.insert(name, ApiKeys::mint(&key_file(&folder), &tenant, "test", &["*"]).unwrap());
        }
        let keyring = Keyring::open(&place.config, &place.name("keyring"), Kek::new(&[7; 32]).unwrap()).await.unwrap();
        let store = place.open::<Migrator>("collector").await;
        let clock = Arc::new(SetClock::new(Timestamp(NOON * 1_000_000)));
        let (peer, _slot) = Peer::later();
        let client = CollectorServiceClient::new(peer);
        let sources = BTreeMap::new();
        let mut world = Self { place, store, keyring, clock, client, sources, config, keys, folder, running: None };
        world.start().await;
        world
    }

    /// Starts a collector, in the place of the one that runs.
    pub(crate) async fn start(&mut self) {
        let parts = Parts {
            store: self.store.clone(),
            keyring: self.keyring.clone(),
            clock: self.clock.clone(),
            ids: Arc::new(RandomIds::default()),
            tokens: PageTokens::new([3; 32]),
            sources: self.sources.clone(),
            ranges: 1,
        };
        let collector = Collector::open(parts, self.config.clone()).await.unwrap();
        let keys = ApiKeys::read(&key_file(&self.folder)).unwrap();
        // Unoptimised and side by side, tests are slow without being too many.
        let config = ServerConfig { latency_target_ms: 0, ..ServerConfig::default() };
        let stack = collector.add_to(ServerBuilder::new(config, Arc::new(keys))).routes();
        self.client = CollectorServiceClient::new(Peer::in_process(stack)).max_decoding_message_size(64 << 20);
        let stop = CancellationToken::new();
        let task = tokio::spawn(collector.run(stop.clone()));
        self.running = Some((stop, task));
    }

    /// Ends the collector as a signal does.
    pub(crate) async fn stop(&mut self) {
        let (stop, task) = self.running.take().unwrap();
        stop.cancel();
        task.await.unwrap();
    }

    /// Ends the collector at once, whatever it does.
    pub(crate) async fn kill(&mut self) {
        let (_, task) = self.running.take().unwrap();
        task.abort();
        let _ = task.await;
    }

    /// A request of a tenant.
    pub(crate) fn ask<T>(&self, tenant: &str, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", format!("Bearer {}", self.keys[tenant]).parse().unwrap());
        request
    }

    pub(crate) async fn record(&self, touchpoints: Vec<pb::Touchpoint>) -> Vec<pb::Outcome> {
        self.record_of("acme", touchpoints).await
    }

    pub(crate) async fn record_of(&self, tenant: &str, touchpoints: Vec<pb::Touchpoint>) -> Vec<pb::Outcome> {
        let request = self.ask(tenant, pb::RecordTouchpointsRequest { touchpoints, validate_only: false });
        self.client.clone().record_touchpoints(request).await.unwrap().into_inner().outcomes
    }

    pub(crate) async fn preview(&self, touchpoints: Vec<pb::Touchpoint>) -> Vec<pb::Outcome> {
        let request = self.ask("acme", pb::RecordTouchpointsRequest { touchpoints, validate_only: true });
        self.client.clone().record_touchpoints(request).await.unwrap().into_inner().outcomes
    }

    pub(crate) async fn erase(&self, records: &[&str]) -> pb::EraseRecordsResponse {
        let record_ids = records.iter().map(|record| (*record).to_owned()).collect();
        let request = self.ask("acme", pb::EraseRecordsRequest { record_ids });
        self.client.clone().erase_records(request).await.unwrap().into_inner()
    }

    pub(crate) async fn quarantine(&self) -> Vec<pb::QuarantinedItem> {
        let request = pb::ListQuarantinedRequest { include_touchpoint: true, page_size: 500, ..Default::default() };
        self.client.clone().list_quarantined(self.ask("acme", request)).await.unwrap().into_inner().items
    }

    pub(crate) async fn replay(
        &self,
        id: &str,
        corrected: Option<pb::Touchpoint>,
    ) -> Result<pb::Outcome, tonic::Status> {
        let request = self.ask("acme", pb::ReplayQuarantinedRequest { quarantine_id: id.to_owned(), corrected });
        Ok(self.client.clone().replay_quarantined(request).await?.into_inner().outcome.unwrap())
    }

    pub(crate) async fn statistics(&self) -> pb::GetIntakeStatisticsResponse {
        let request = self.ask("acme", pb::GetIntakeStatisticsRequest::default());
        self.client.clone().get_intake_statistics(request).await.unwrap().into_inner()
    }

    /// Received, accepted, duplicate, quarantined, suppressed, refused.
    pub(crate) async fn counts(&self) -> [i64; 6] {
        let counts = self.statistics().await;
        [counts.received, counts.accepted, counts.duplicate, counts.quarantined, counts.suppressed, counts.refused]
    }

    /// The whole journal.
    pub(crate) async fn journal(&self) -> Vec<JournalEntry> {
        let mut entries = Vec::new();
        let mut after = 0;
        loop {
            let page = read_page(&self.store, after, &Default::default()).await.unwrap();
            entries.extend(page.entries);
            after = page.high_water;
            if !page.full {
                return entries;
            }
        }
    }

    /// The touchpoints in the journal.
    pub(crate) async fn recorded(&self) -> Vec<pb::TouchpointRecorded> {
        let entries = self.journal().await.into_iter();
        let touchpoints = entries.filter(|entry| entry.type_name.ends_with("TouchpointRecorded"));
        touchpoints.map(|entry| pb::TouchpointRecorded::decode(entry.payload).unwrap()).collect()
    }

    /// What is sealed of a subject.
    pub(crate) async fn unseal(&self, subject: &pb::RecordedSubject) -> Option<pb::SubjectPrivate> {
        let sealed = subject.sealed.as_ref()?;
        let id = subject.record_id.as_slice().try_into().unwrap();
        let keys = self.keyring.data_keys(&"acme".parse().unwrap(), [id], false).await.unwrap();
        Some(pb::SubjectPrivate::decode(keys.open(sealed)?.as_slice()).unwrap())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some((_, task)) = self.running.take() {
            task.abort();
        }
    }
}

fn key_file(folder: &TempDir) -> PathBuf {
    folder.path().join("keys.toml")
}

pub(crate) fn time(seconds: i64) -> Option<WireTime> {
    Some(WireTime { seconds, nanos: 0 })
}

pub(crate) fn money(minor_units: i64) -> Option<pb::Money> {
    Some(pb::Money { currency_code: "EUR".to_owned(), minor_units })
}

/// A primary subject with a key.
pub(crate) fn subject(key: &str) -> pb::Subject {
    pb::Subject { role: pb::SubjectRole::Primary.into(), key: key.to_owned(), ..Default::default() }
}

/// An order that is in order.
pub(crate) fn order(event_id: &str, key: &str) -> pb::Touchpoint {
    pb::Touchpoint {
        source: "webshop".to_owned(),
        event_id: event_id.to_owned(),
        r#type: pb::TouchpointType::OrderPlaced.into(),
        occur_time: time(NOON - 3_600),
        subjects: vec![subject(key)],
        amount: money(1_995),
        ..Default::default()
    }
}

/// A correction of an order.
pub(crate) fn correction(event_id: &str, target: &str, key: &str, revision: i32) -> pb::Touchpoint {
    let amendment =
        pb::Amendment { kind: pb::amendment::Kind::Correction.into(), target_event_id: target.to_owned(), revision };
    pb::Touchpoint { amendment: Some(amendment), ..order(event_id, key) }
}

/// The statuses of outcomes.
pub(crate) fn statuses(outcomes: &[pb::Outcome]) -> Vec<Outcome> {
    outcomes.iter().map(pb::Outcome::status).collect()
}

/// The fields and reasons of an outcome's violations.
pub(crate) fn wrong(outcome: &pb::Outcome) -> Vec<(&str, Reason)> {
    outcome.violations.iter().map(|violation| (violation.field.as_str(), violation.reason())).collect()
}
