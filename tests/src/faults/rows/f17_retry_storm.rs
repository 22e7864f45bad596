//! Callers that repeat what fails, while what they call is away: the repeats must not bury it, nor keep it down afterwards.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::ensure;
use futures::FutureExt as _;
use http::Request;
use tenure::Service;
use tenure_client::{Client, Settings};
use tenure_proto::collector::v1::RecordTouchpointsRequest;
use tenure_server::ApiKeys;
use tokio::{
    sync::Mutex,
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep, sleep_until},
};
use tonic::{body::Body, transport::Endpoint};
use tower::ServiceExt as _;

use crate::{
    faults::{
        postgres::Cluster,
        stage::{Setup, Stage},
        table::{Case, Kind, Played, Row},
    },
    touchpoints::purchase,
};

/// Calls a second. The same before, while and after nothing answers: as many as are all answered before, by a machine that may have
/// other things to do; halved as long as they are not.
const RATE: u32 = 60;
/// How long all may take to be well before anything is taken away.
const SETTLED: Duration = Duration::from_secs(10);
/// How long all may take to be well again, under the same load.
const LIMIT: Duration = Duration::from_secs(90);
/// How long a caller waits, with all its repeats.
const PATIENCE: Duration = Duration::from_secs(2);
/// The repeats a client may have saved up when all begins to fail.
const SAVED: u64 = 10;
/// All is well again from when so long every call is answered.
const WELL: Duration = Duration::from_secs(2);

/// The row.
pub(super) const ROW: Row = Row {
    id: "F17",
    fault: "callers that repeat each failed call, while what they call is away",
    kinds: &[Kind::Sqlite, Kind::Postgres],
    play: |case| play(case).boxed(),
};

/// A call, from the beginning, and whether it was carried out in time.
struct Answer {
    due: Duration,
    good: bool,
}

async fn play(case: Case) -> anyhow::Result<Played> {
    // What is measured is not what TLS costs.
    let case = Case { tls: false, ..case };
    let cluster = match case.kind {
        Kind::Sqlite => None,
        Kind::Postgres => match Cluster::create(&[])? {
            Some(cluster) => Some(cluster),
            None => return Ok(Played::Skipped("there is no PostgreSQL that may be stopped")),
        },
    };
    if let Some(cluster) = &cluster {
        cluster.start()?;
    }
    let mut stage = Stage::prepare(&case, Setup { cluster, ..Setup::default() }).await?;
    let key = ApiKeys::mint(&stage.folder().join("api-keys.toml"), &"storm".parse()?, "storm", &["*"])?;
    stage.start_all().await?;
    let load = stage.load()?;
    load.acknowledges(50, Duration::from_secs(30)).await?;

    let hosts = |service: Option<Service>| service.is_none_or(|service| service == Service::Collector);
    let attempts = Arc::new(AtomicU64::new(0));
    let addresses = stage.servers.iter().filter(|server| hosts(server.service)).map(|server| &server.address);
    let clients: Vec<_> = addresses.map(|address| counted(address, &key, &attempts)).collect::<anyhow::Result<_>>()?;
    let away = Duration::from_millis(2_000 + case.choose("away", 2_000));
    let (storm, rate) = bearable(&clients, &attempts).await?;
    let gone = storm.begun.elapsed();
    take_away(&mut stage, away).await?;
    let recovery = storm.well(LIMIT).await;
    let answers = storm.end().await?;

    let (calls, attempts) = (answers.len() as u64, attempts.load(Ordering::Relaxed));
    let repeats = attempts.saturating_sub(calls);
    let failed = answers.iter().filter(|answer| !answer.good && answer.due >= gone).count();
    let notes = format!(
        "{calls} calls, {rate}/s, {failed} failed, {repeats} repeats ({:.1} %)",
        100.0 * repeats as f64 / calls as f64
    );
    ensure!(failed > 0 && repeats > 0, "nothing was away; {notes}");
    ensure!(repeats <= calls / 10 + SAVED * clients.len() as u64, "{notes}");
    ensure!(recovery.is_some(), "it does not recover under the same load; {notes}");
    for server in &mut stage.servers {
        ensure!(server.ended().is_none(), "a server ended: {}", server.said());
    }
    let verdict = stage.end(load).await?;
    Ok(Played::judged(verdict, recovery, notes))
}

/// A client as any shop has one, its attempts on the wire counted.
fn counted(address: &str, key: &str, attempts: &Arc<AtomicU64>) -> anyhow::Result<Client> {
    let channel = Endpoint::from_shared(format!("http://{address}"))?.tcp_nodelay(true).connect_lazy();
    let attempts = attempts.clone();
    let service = channel.map_request(move |request: Request<Body>| {
        attempts.fetch_add(1, Ordering::Relaxed);
        request
    });
    let settings = Settings { deadline: PATIENCE, ..Settings::default() };
    Ok(Client::with_service(service, key)?.with_settings(settings))
}

/// As many calls a second as are all answered, under way.
async fn bearable(clients: &[Client], attempts: &AtomicU64) -> anyhow::Result<(Storm, u32)> {
    let mut rate = RATE;
    while rate > 0 {
        attempts.store(0, Ordering::Relaxed);
        let storm = Storm::begin(clients.to_vec(), rate);
        if storm.well(SETTLED).await.is_some() {
            return Ok((storm, rate));
        }
        storm.end().await?;
        rate /= 2;
    }
    anyhow::bail!("not even one call a second is answered before anything is taken away")
}

/// Takes away what answers: the database, or the server where that is all there is.
async fn take_away(stage: &mut Stage, time: Duration) -> anyhow::Result<()> {
    match &stage.cluster {
        Some(cluster) => {
            cluster.stop("immediate")?;
            sleep(time).await;
            cluster.start()?;
        }
        None => {
            stage.servers[0].kill();
            sleep(time).await;
            stage.servers[0].start().await?;
        }
    }
    Ok(())
}

/// Calls that leave when they are due, whatever becomes of those before, until it ends.
struct Storm {
    begun: Instant,
    answers: Arc<Mutex<Vec<Answer>>>,
    ending: Arc<AtomicBool>,
    calls: JoinHandle<()>,
}

impl Storm {
    fn begin(clients: Vec<Client>, rate: u32) -> Self {
        let (begun, answers, ending) = (Instant::now(), Arc::default(), Arc::default());
        let calls = tokio::spawn(call((clients, rate), begun, Arc::clone(&answers), Arc::clone(&ending)));
        Self { begun, answers, ending, calls }
    }

    /// How long from now until every call is answered, for [`WELL`] at least.
    async fn well(&self, limit: Duration) -> Option<Duration> {
        let back = self.begun.elapsed();
        while self.begun.elapsed() < back + limit {
            sleep(Duration::from_millis(100)).await;
            let answers = self.answers.lock().await;
            let bad = answers.iter().filter(|answer| !answer.good).map(|answer| answer.due).max().unwrap_or_default();
            let bad = bad.max(back);
            if answers.iter().any(|answer| answer.due > bad + WELL) {
                return Some(bad - back);
            }
        }
        None
    }

    async fn end(self) -> anyhow::Result<Vec<Answer>> {
        self.ending.store(true, Ordering::Relaxed);
        self.calls.await?;
        Ok(std::mem::take(&mut *self.answers.lock().await))
    }
}

async fn call(
    (clients, rate): (Vec<Client>, u32),
    begun: Instant,
    answers: Arc<Mutex<Vec<Answer>>>,
    ending: Arc<AtomicBool>,
) {
    let mut calls = JoinSet::new();
    for n in 0.. {
        let due = Duration::from_secs(1) * n / rate;
        sleep_until(begun + due).await;
        if ending.load(Ordering::Relaxed) {
            break;
        }
        let (client, answers) = (clients[n as usize % clients.len()].clone(), answers.clone());
        calls.spawn(async move {
            let item = purchase("webshop", &format!("storm-{rate}-{n}"), &format!("customer-{}", n % 50), 3, 1_000);
            let request = RecordTouchpointsRequest { touchpoints: vec![item], validate_only: false };
            let good = client.collector().record_touchpoints(request).await.is_ok();
            answers.lock().await.push(Answer { due, good });
        });
        while calls.try_join_next().is_some() {}
    }
    calls.join_all().await;
}
