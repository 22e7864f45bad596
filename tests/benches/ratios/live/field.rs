//! A collector and an identity service that follows it, as they run in one process, on a database of their own.

use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

use futures::{StreamExt, future::BoxFuture, stream, stream::BoxStream};
use tenure_collector::{Collector, CollectorConfig};
use tenure_identity::Identity;
use tenure_journal::{JournalApi, Source};
use tenure_kernel::{RandomIds, SystemClock};
use tenure_keyring::{Kek, Keyring};
use tenure_proto::{
    collector::v1::{RecordTouchpointsRequest, Touchpoint, outcome},
    identity::v1::{GetPersonRequest, Person, get_person_request::By},
    journal::v1::{TailRequest, TailResponse, journal_service_server::JournalService as _},
};
use tenure_server::{PageTokens, ServerBuilder, ServerConfig};
use tenure_store::{Dialect, Query as _, Store, StoreConfig, testing::TestPlace};
use tenure_tests::caller::{AnyTenant, Caller};
use tokio::{task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt as _;

/// Whose customers they are.
pub(crate) const TENANT: &str = "bench";
/// Touchpoints in a call while customers are loaded, and calls at once.
const LOADED: (usize, usize) = (500, 4);

/// A journal of this process.
struct Local(JournalApi);

impl Source for Local {
    fn tail(
        &self,
        request: TailRequest,
    ) -> BoxFuture<'static, Result<BoxStream<'static, Result<TailResponse, Status>>, Status>> {
        let api = self.0.clone();
        Box::pin(async move { Ok(api.tail(Request::new(request)).await?.into_inner()) })
    }
}

pub(crate) struct Field {
    pub(crate) identity: Identity,
    pub(crate) caller: Caller,
    collector: Collector,
    stop: CancellationToken,
    collecting: JoinHandle<()>,
    following: Option<(CancellationToken, JoinHandle<()>)>,
    /// The process that all of PostgreSQL's others come from.
    postmaster: Option<u32>,
    pub(crate) place: TestPlace,
}

impl Field {
    /// Nobody follows yet.
    pub(crate) async fn start(mut place: TestPlace) -> Self {
        place.config.max_connections = StoreConfig::default().max_connections;
        let kek = Kek::new(&[7; 32]).expect("a key");
        let keyring = Keyring::open(&place.config, &place.name("keyring"), kek).await.expect("a keyring");
        let parts = tenure_collector::Parts {
            store: place.open::<tenure_collector::Migrator>("collector").await,
            keyring: keyring.clone(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds::default()),
            tokens: PageTokens::new([1; 32]),
            sources: BTreeMap::new(),
            ranges: 1,
        };
        let collector = Collector::open(parts, CollectorConfig::default()).await.expect("a collector");
        let source: Arc<dyn Source> = Arc::new(Local(JournalApi::default().with_journal(collector.journal())));
        let parts = tenure_identity::Parts {
            store: place.open::<tenure_identity::Migrator>("identity").await,
            keyring,
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds::default()),
            tokens: PageTokens::new([1; 32]),
            sources: BTreeMap::from([("collector", source)]),
            ranges: 1,
        };
        let identity = Identity::open(parts).await.expect("the service");
        let server = ServerBuilder::new(ServerConfig::default(), Arc::new(AnyTenant));
        let stack = identity.add_to(collector.add_to(server)).routes();
        let stop = CancellationToken::new();
        let collecting = tokio::spawn(collector.clone().run(stop.clone()));
        let postmaster = postmaster(identity.journal().store()).await;
        let caller = Caller::new(&stack, TENANT);
        Self { identity, caller, collector, stop, collecting, following: None, postmaster, place }
    }

    /// Records touchpoints, all that are valid; answers their records, and the token to read after.
    pub(crate) async fn load(&self, mut touchpoints: impl Iterator<Item = Touchpoint>) -> (Vec<String>, String) {
        let calls = std::iter::from_fn(|| {
            let call: Vec<Touchpoint> = touchpoints.by_ref().take(LOADED.0).collect();
            (!call.is_empty()).then_some(call)
        });
        let recorded: Vec<Vec<String>> = stream::iter(calls)
            .map(|touchpoints| self.record(touchpoints))
            .buffered(LOADED.1)
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .map(|(records, _)| records)
            .collect();
        let journal = self.collector.journal();
        let head = journal.store().first("SELECT next - 1 FROM journal_head", vec![]).await.expect("a query");
        (recorded.concat(), journal.token(head.expect("a row").get(0).expect("a number")))
    }

    /// Records touchpoints in one call; answers the records of those that were accepted, now or before, and the token to read after.
    pub(crate) async fn record(&self, touchpoints: Vec<Touchpoint>) -> (Vec<String>, String) {
        let request = RecordTouchpointsRequest { touchpoints, validate_only: false };
        let answer =
            answered(async || self.caller.collector.clone().record_touchpoints(patient(request.clone())).await).await;
        let taken = [outcome::Status::Accepted, outcome::Status::Duplicate];
        let accepted = answer.outcomes.into_iter().filter(|one| taken.contains(&one.status()));
        (accepted.map(|one| one.record_id).collect(), answer.read_token)
    }

    /// Has identity follow until it has read all; answers how long that took.
    pub(crate) async fn follow(&mut self, token: &str) -> Duration {
        let begun = Instant::now();
        if self.following.is_none() {
            let stop = CancellationToken::new();
            self.following = Some((stop.clone(), tokio::spawn(self.identity.clone().run(stop))));
        }
        let wait = self.identity.following().read_after();
        wait.wait(token, Some(Instant::now() + Duration::from_secs(7_200))).await.expect("identity follows");
        while !self.all("SELECT 1 FROM redo LIMIT 1").await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        begun.elapsed()
    }

    /// Has it follow no more, so that the collector's work can be told from its.
    pub(crate) async fn pause(&mut self) {
        if let Some((stop, following)) = self.following.take() {
            stop.cancel();
            following.await.expect("it ends in good order");
        }
    }

    pub(crate) async fn person(&self, record: &str, read_after: &str) -> Person {
        let request = GetPersonRequest { by: Some(By::RecordId(record.to_owned())), read_after: read_after.to_owned() };
        let answer = answered(async || self.caller.identity.clone().get_person(patient(request.clone())).await).await;
        answer.person.expect("a person")
    }

    pub(crate) async fn all(&self, sql: &str) -> Vec<tenure_store::Row> {
        self.identity.journal().store().all(sql, vec![]).await.expect("a query")
    }

    /// Seconds of CPU that this process and PostgreSQL's have taken.
    pub(crate) fn cpu(&self) -> f64 {
        let own = ticks(&read("/proc/self/stat"), false);
        let Some(postmaster) = self.postmaster else { return own };
        let processes = fs::read_dir("/proc").expect("processes").flatten();
        let of_server = processes.filter_map(|entry| {
            let id: u32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            (parent(&stat) == Some(postmaster)).then(|| ticks(&stat, false))
        });
        own + ticks(&read(&format!("/proc/{postmaster}/stat")), true) + of_server.sum::<f64>()
    }

    pub(crate) async fn stop(mut self) {
        self.pause().await;
        self.stop.cancel();
        self.collecting.await.expect("it ends in good order");
    }
}

/// Calls until it is answered: one that is refused for there is too much is sent again when the refusal says.
async fn answered<T>(call: impl AsyncFn() -> Result<Response<T>, Status>) -> T {
    loop {
        match call().await {
            Ok(answer) => return answer.into_inner(),
            Err(refused) if refused.code() == Code::ResourceExhausted => {
                let hint = refused.get_details_retry_info().and_then(|info| info.retry_delay);
                tokio::time::sleep(hint.expect("it says when")).await;
            }
            Err(other) => panic!("{other}"),
        }
    }
}

pub(crate) fn patient<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(Duration::from_secs(60));
    request
}

fn read(path: &str) -> String {
    fs::read_to_string(path).expect("a process")
}

/// What stands behind the name of a process, from its state on.
fn fields(stat: &str) -> Vec<&str> {
    stat.rsplit_once(')').map_or_else(Vec::new, |(_, rest)| rest.split_whitespace().collect())
}

fn parent(stat: &str) -> Option<u32> {
    fields(stat).get(1)?.parse().ok()
}

/// Seconds of CPU of a process, or of it and the children that it had.
fn ticks(stat: &str, with_children: bool) -> f64 {
    let ticks = fields(stat).into_iter().skip(11).take(if with_children { 4 } else { 2 });
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

async fn postmaster(store: &Store) -> Option<u32> {
    if store.dialect() == Dialect::Sqlite {
        return None;
    }
    let row = store.first("SELECT pg_backend_pid()::bigint", vec![]).await.expect("a query").expect("a row");
    parent(&read(&format!("/proc/{}/stat", row.get::<i64>(0).expect("a number"))))
}
