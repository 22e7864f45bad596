//! What the tests play on: databases, journals, servers in process, clocks.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::StreamExt;
use tenure_journal::{Draft, FollowConfig, Following, Journal, JournalApi, PeerSource, Projection, Route, Source};
use tenure_kernel::{EntryId, RandomIds, RecordId, SystemClock, Tenant, Timestamp, clock::SetClock};
use tenure_proto::journal::v1::{
    self as pb, journal_service_client::JournalServiceClient, journal_service_server::JournalServiceServer,
};
use tenure_server::{Peer, ServerBuilder, ServerConfig, ServiceCredential};
use tenure_store::{MigrationTrait, MigratorTrait, SqlMigration, Store, StoreError, testing::TestPlace};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Both databases, named in the output of a test that fails, with what the journal has to say.
pub(crate) fn places() -> impl Iterator<Item = TestPlace> {
    let _ = tracing_subscriber::fmt().with_test_writer().with_max_level(tracing::Level::INFO).try_init();
    TestPlace::each().map(modest)
}

pub(crate) fn postgres() -> Option<TestPlace> {
    TestPlace::postgres().map(modest)
}

/// Many tests share a server.
fn modest(mut place: TestPlace) -> TestPlace {
    tracing::warn!("on {:?}", place.dialect());
    place.config.max_connections = 6;
    place
}

pub(crate) struct Tables;

impl MigratorTrait for Tables {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let tally = "CREATE TABLE tally (
            generation BIGINT NOT NULL, journal {text} NOT NULL, range_start BIGINT NOT NULL, sequence BIGINT NOT NULL,
            number BIGINT NOT NULL, times BIGINT NOT NULL,
            PRIMARY KEY (generation, journal, range_start, sequence)) {clustered};";
        vec![tenure_journal::migration(), SqlMigration::boxed("m20261122_000001_tally", tally)]
    }
}

/// A moment to start at.
pub(crate) const NOON: Timestamp = Timestamp(1_800_000_000_000_000);

/// Every wait ends by then, and fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until something holds.
pub(crate) async fn until<F: Future<Output = Result<bool, StoreError>>>(
    what: &str,
    mut holds: impl FnMut() -> F,
) -> Result<(), StoreError> {
    let begun = Instant::now();
    while !holds().await? {
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// A journal in a database of its own.
pub(crate) async fn journal(place: &TestPlace, name: &'static str) -> Result<Journal, StoreError> {
    Journal::open(name, place.open::<Tables>(name).await, &RandomIds::default()).await
}

/// The records of numbers are spread over all partitions.
pub(crate) fn record(number: i64) -> RecordId {
    let mut bytes = [0; 16];
    bytes[0] = u8::try_from((number * 37).rem_euclid(256)).unwrap();
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    RecordId(bytes)
}

pub(crate) fn entry_id(number: i64) -> EntryId {
    EntryId(record(number).0)
}

pub(crate) fn tenant() -> Tenant {
    "acme".parse().unwrap()
}

/// A draft that carries a number.
pub(crate) fn draft(number: i64) -> Draft {
    draft_to(number, Route::Records(vec![record(number)]))
}

pub(crate) fn draft_to(number: i64, route: Route) -> Draft {
    let payload = pb::ReadToken { sequence: number, ..pb::ReadToken::default() };
    Draft::new(entry_id(number), tenant(), route, &payload, NOON)
}

pub(crate) async fn append(journal: &Journal, drafts: Vec<Draft>) -> Result<i64, StoreError> {
    let _turn = journal.turn().await?;
    let tx = journal.store().begin().await?;
    journal.commit(tx, drafts).await
}

/// Appends the drafts of a range of numbers.
pub(crate) async fn append_numbers(journal: &Journal, numbers: std::ops::Range<i64>) -> Result<i64, StoreError> {
    append(journal, numbers.map(draft).collect()).await
}

/// The services of a process, as their peers reach them.
pub(crate) fn serve(api: JournalApi) -> Peer {
    let credential = ServiceCredential::random().unwrap();
    let server = ServerBuilder::new(ServerConfig::default(), Arc::new(credential.clone()))
        .add_service(JournalServiceServer::new(api))
        .routes();
    Peer::in_process(server).with_credential(&credential)
}

pub(crate) fn client(peer: &Peer) -> JournalServiceClient<Peer> {
    JournalServiceClient::new(peer.clone()).max_decoding_message_size(64 << 20)
}

pub(crate) type Sources = BTreeMap<&'static str, Arc<dyn Source>>;

/// A journal that follows nothing, to be followed.
pub(crate) fn source(journal: &Journal) -> Sources {
    source_of(journal.name(), &serve(JournalApi::default().with_journal(journal.clone())))
}

pub(crate) fn source_of(name: &'static str, peer: &Peer) -> Sources {
    Sources::from([(name, Arc::new(PeerSource::new(peer.clone())) as Arc<dyn Source>)])
}

pub(crate) fn config(store: &Store, journal: Option<&Journal>, sources: Sources, ranges: u16) -> FollowConfig {
    FollowConfig {
        store: store.clone(),
        journal: journal.cloned(),
        sources,
        ranges,
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds::default()),
    }
}

/// A clock that stands still between the steps of a test.
pub(crate) fn still_clock() -> Arc<SetClock> {
    Arc::new(SetClock::new(NOON))
}

/// A projection at work.
pub(crate) struct AtWork {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl AtWork {
    pub(crate) fn start<P: Projection>(following: &Following<P>) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(following.clone().run(stop.clone()));
        Self { stop, task }
    }

    /// Lets it finish.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }

    /// Drops it wherever it is.
    pub(crate) async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// Frames of a journal from a position on, as they come.
pub(crate) async fn tail(
    peer: &Peer,
    journal: &Journal,
    partitions: Vec<u8>,
    after: i64,
) -> impl futures::Stream<Item = pb::TailResponse> + Unpin + use<> {
    let request = pb::TailRequest {
        journal: journal.name().to_owned(),
        partitions,
        epoch: if after == 0 { Vec::new() } else { journal.epoch().to_vec() },
        after,
    };
    let frames = client(peer).tail(request).await.unwrap().into_inner();
    frames.map(|frame| frame.unwrap())
}

/// The next frame, within our patience.
pub(crate) async fn next<S: futures::Stream<Item = pb::TailResponse> + Unpin>(frames: &mut S) -> pb::TailResponse {
    tokio::time::timeout(PATIENCE, frames.next()).await.expect("a frame in time").expect("a tail does not end")
}

/// The entries up to a sequence.
pub(crate) async fn read_through<S: futures::Stream<Item = pb::TailResponse> + Unpin>(
    frames: &mut S,
    sequence: i64,
) -> Vec<pb::JournalEntry> {
    let (mut entries, mut at) = (Vec::new(), 0);
    while at < sequence {
        let frame = next(frames).await;
        at = frame.high_water;
        entries.extend(frame.entries);
    }
    entries
}

/// The number that an entry carries.
pub(crate) fn number(entry: &pb::JournalEntry) -> i64 {
    use prost::Message;
    pb::ReadToken::decode(entry.payload.clone()).unwrap().sequence
}
