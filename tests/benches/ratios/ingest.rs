//! Durable ingest through gRPC against raw inserts of the same rows, with followers off and on.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tenure_collector::{Collector, CollectorConfig, Migrator, Parts};
use tenure_kernel::{RandomIds, SystemClock};
use tenure_keyring::{Kek, Keyring};
use tenure_proto::collector::v1::collector_service_client::CollectorServiceClient;
use tenure_server::{PageTokens, ServerBuilder, ServerConfig};
use tenure_store::{Query as _, Store, testing::TestPlace};
use tenure_tests::{
    caller::AnyTenant,
    host::Host,
    measured::{Aim, Round, Row},
};
use tokio::{net::TcpListener, time::Instant};
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};

use crate::{
    ROUNDS, deployment,
    load::{self, BATCH, IN_FLIGHT, REQUESTS},
    raw::{self, Shape},
};

const BASELINE: &str = "raw multi-row inserts";

/// What the fill is made of, before anything was measured.
const FIRST_SHAPE: Shape = Shape { payload: 300, traceparent: 0 };

pub(crate) async fn measure(place: TestPlace, fill: usize) -> Vec<Row> {
    let name = deployment::name(&place);
    let baseline = place.open::<Migrator>("raw").await;
    journal(&baseline).await;
    raw::fill(&baseline, fill, FIRST_SHAPE).await;
    let aim = Aim::AtLeast(if name == "SQLite" { 0.4 } else { 0.6 });
    let rows = if fill > 0 { format!(", {} million rows", fill / 1_000_000) } else { String::new() };

    let alone = alone(&place, fill).await;
    let off = rounds(&alone, &baseline, fill).await;
    let mut table = vec![row(format!("ingest, {name}{rows}, followers off"), off, aim)];
    alone.stop.cancel();

    // A place of its own: in the first one these touchpoints are known already.
    let fresh = if name == "SQLite" { Some(TestPlace::sqlite()) } else { TestPlace::postgres() };
    let host = Host::start(fresh.expect("as before")).await;
    let store = host.suite.collector().expect("hosted").journal().store().clone();
    raw::fill(&store, fill, FIRST_SHAPE).await;
    followed(&host, fill).await;
    let served = host.serve().await;
    let client = connect(&served.address.to_string()).await;
    let on = rounds(&Ingest { client, store, stop: CancellationToken::new() }, &baseline, fill + 10_000_000).await;
    table.push(row(format!("ingest, {name}{rows}, followers on"), on, Aim::More));
    served.stop().await;
    table
}

fn row(what: String, rounds: Vec<Round>, aim: Aim) -> Row {
    Row { what, baseline: BASELINE.to_owned(), rounds, unit: "touchpoints/s", aim, note: String::new() }
}

/// The journal's head must be there before it is moved.
async fn journal(store: &Store) {
    tenure_journal::Journal::open("raw", store.clone(), &RandomIds::default()).await.expect("a journal");
}

/// Waits until the followers have passed the fill, which says nothing to them.
async fn followed(host: &Host, fill: usize) {
    let journal = host.suite.collector().expect("hosted").journal();
    let token = journal.token(i64::try_from(fill).expect("small"));
    let enough = || Some(Instant::now() + Duration::from_secs(3_600));
    host.suite
        .identity()
        .expect("hosted")
        .following()
        .read_after()
        .wait(&token, enough())
        .await
        .expect("identity follows");
    host.suite
        .profile()
        .expect("hosted")
        .following()
        .read_after()
        .wait(&token, enough())
        .await
        .expect("profile follows");
    host.suite.value().expect("hosted").following().read_after().wait(&token, enough()).await.expect("value follows");
}

/// A collector that serves over TCP.
struct Ingest {
    client: CollectorServiceClient<Channel>,
    store: Store,
    stop: CancellationToken,
}

async fn connect(address: &str) -> CollectorServiceClient<Channel> {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address").tcp_nodelay(true);
    CollectorServiceClient::new(endpoint.connect().await.expect("connected"))
}

/// A collector without anybody who follows it.
async fn alone(place: &TestPlace, fill: usize) -> Ingest {
    let store = place.open::<Migrator>("collector").await;
    journal(&store).await;
    raw::fill(&store, fill, FIRST_SHAPE).await;
    let kek = Kek::new(&[7; 32]).expect("a key");
    let parts = Parts {
        store: store.clone(),
        keyring: Keyring::open(&place.config, &place.name("keyring"), kek).await.expect("a keyring"),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds::default()),
        tokens: PageTokens::new([1; 32]),
        sources: BTreeMap::new(),
        ranges: 1,
    };
    let collector = Collector::open(parts, CollectorConfig::default()).await.expect("a collector");
    let stop = CancellationToken::new();
    tokio::spawn(collector.clone().run(stop.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let builder = ServerBuilder::new(ServerConfig::default(), Arc::new(AnyTenant));
    tokio::spawn(collector.add_to(builder).build().serve(listener, stop.clone()));
    Ingest { client: connect(&address).await, store, stop }
}

async fn rounds(ingest: &Ingest, baseline: &Store, fill: usize) -> Vec<Round> {
    let each = REQUESTS * BATCH;
    send(ingest, 0).await;
    let shape = shape(&ingest.store).await;
    raw::write(baseline, fill as i64 + 1, shape).await;
    let mut rounds = Vec::new();
    for round in 1..=ROUNDS {
        let ours = send(ingest, round * each).await;
        let theirs = raw::write(baseline, (fill + round * each) as i64 + 1, shape).await;
        rounds.push(Round::against(ours, theirs));
    }
    rounds
}

/// Touchpoints per second.
async fn send(ingest: &Ingest, first: usize) -> f64 {
    load::record(std::slice::from_ref(&ingest.client), "bench", load::requests(first), IN_FLIGHT).await
}

/// How long what the collector writes is, so that the baseline writes the same.
async fn shape(store: &Store) -> Shape {
    let sql = "SELECT payload, traceparent FROM journal_entry ORDER BY sequence DESC LIMIT 1";
    let row = store.first(sql, vec![]).await.expect("a query").expect("an entry");
    Shape {
        payload: row.get::<Vec<u8>>(0).expect("bytes").len(),
        traceparent: row.get::<String>(1).expect("text").len(),
    }
}
