//! Ten times what the servers can do, from callers that do not wait for each other.

use std::time::Duration;

use anyhow::ensure;
use futures::FutureExt as _;
use prost::Message as _;
use tenure::Service;
use tenure_proto::collector::v1::{IdentifierKind, RecordTouchpointsRequest, Touchpoint, TouchpointType};
use tenure_server::ApiKeys;
use tokio::time::Instant;
use tonic::Code;

use crate::{
    cpu,
    faults::{
        process::Server,
        stage::{Setup, Stage},
        table::{Case, Kind, Played, Row},
    },
    open_loop::{Answer, NUMBER, Offer, TURN, Template, Wires, capacity, quantile},
    touchpoints::{purchase, touchpoint, with_identifier},
};

const RECORD: &str = "/tenure.collector.v1.CollectorService/RecordTouchpoints";
/// How long a caller waits. What is answered later is not worth anything.
const PATIENCE: Duration = Duration::from_secs(2);
/// After so many calls the same customers come again: none has a history that nobody has.
const SHOPS: u64 = 200;
/// How much more a server may hold in memory than before.
const GROWTH_KIB: u64 = 512 << 10;

/// The row.
pub(super) const ROW: Row = Row {
    id: "F16",
    fault: "ten times what the servers can do, and complaints among it",
    kinds: &[Kind::Sqlite, Kind::Postgres],
    play: |case| play(case).boxed(),
};

async fn play(case: Case) -> anyhow::Result<Played> {
    // What is measured is not what TLS costs.
    let case = Case { tls: false, ..case };
    // The flood is of a tenant of its own; the other's load goes on beside it and is held to account.
    let mut stage = Stage::prepare(&case, Setup::default()).await?;
    let key = ApiKeys::mint(&stage.folder().join("api-keys.toml"), &"flood".parse()?, "flood", &["*"])?;
    stage.start_all().await?;
    let host = |server: &&Server| server.service.is_none_or(|service| service == Service::Collector);
    let addresses: Vec<_> = stage.servers.iter().filter(host).map(|server| server.address.clone()).collect();
    let wires = Wires::connect(&addresses, 8).await;
    let (batch, complaint) = (batches(&key), complaints(&key));
    // Capacity is what the servers do under the same load of the other tenant, while their followers are as busy.
    let load = stage.load()?;
    capacity(&wires, &batch, 8, Duration::from_secs(4), 1 << 32).await;
    let measured = Meanwhile::begin();
    let most = capacity(&wires, &batch, 8, Duration::from_secs(6), 2 << 32).await;
    let left_before = measured.left();
    ensure!(most > 0.0, "the servers do nothing at all");

    let before = memory(&stage.servers);
    let time = Duration::from_secs(5 + 2 * u64::from(case.rounds));
    let offer = |template: &Template, rate, first| {
        Offer { template: template.clone(), rate, time, patience: PATIENCE, first }.make(wires.clone())
    };
    let flooded = Meanwhile::begin();
    let flood = tokio::spawn(offer(&batch, 10.0 * most, 3 << 32));
    let complained = tokio::spawn(offer(&complaint, 5.0, 4 << 32));
    let (flood, complained, peak) = tokio::try_join!(flood, complained, peak(&stage.servers, time))?;
    let left = flooded.left();
    let recovery = load.recovers(Duration::from_secs(30)).await?;

    let plain = count(&flood, Code::Ok) as f64 / time.as_secs_f64() / most;
    // The callers are on the machine of the servers, and ten times as many callers take more of it.
    let goodput = plain * left_before / left;
    let refused: Vec<_> = flood.iter().filter(|answer| answer.code == Code::ResourceExhausted).copied().collect();
    let (p50, p99) = (quantile(&refused, 0.5), quantile(&refused, 0.99));
    let served = count(&complained, Code::Ok) as f64 / complained.len() as f64;
    let turned_away = count(&complained, Code::ResourceExhausted);
    let notes = format!(
        "goodput {goodput:.2} of {most:.0} calls/s ({plain:.2} with {:.0} % of the processors taken by the callers), refused in \
         {p50:.0} ms ({p99:.0} ms p99), complaints served {:.1} %, refused {turned_away}, in {:.0} ms p99, memory +{} MiB",
        100.0 * (1.0 - left),
        100.0 * served,
        quantile(&complained, 0.99),
        peak.saturating_sub(before) >> 10
    );
    ensure!(!case.figures || (goodput >= 0.8 && served >= 0.99), "{notes}");
    ensure!(!refused.is_empty() && turned_away == 0, "{notes}");
    ensure!(refused.iter().all(|answer| answer.hint.is_some()), "a refusal without a hint; {notes}");
    ensure!(peak < before + GROWTH_KIB, "{notes}");
    let verdict = stage.end(load).await?;
    Ok(Played::judged(verdict, Some(recovery), notes))
}

/// What callers, who are this process, leave of the processors to the servers while they are measured.
struct Meanwhile {
    begun: Instant,
    ours: Duration,
}

impl Meanwhile {
    fn begin() -> Self {
        Self { begun: Instant::now(), ours: cpu::of_process(std::process::id()) }
    }

    fn left(&self) -> f64 {
        let ours = cpu::of_process(std::process::id()).saturating_sub(self.ours);
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        1.0 - ours.as_secs_f64() / self.begun.elapsed().as_secs_f64() / processors as f64
    }
}

fn count(answers: &[Answer], code: Code) -> usize {
    answers.iter().filter(|answer| answer.code == code).count()
}

fn record(key: &str, touchpoints: Vec<Touchpoint>) -> Template {
    let message = RecordTouchpointsRequest { touchpoints, validate_only: false }.encode_to_vec();
    Template::new(RECORD, &message).with("authorization", format!("Bearer {key}"))
}

fn batches(key: &str) -> Template {
    let item = |n| {
        let customer = format!("customer-{TURN}-{n}");
        let bought = purchase("webshop", &format!("order-{NUMBER}-{n}"), &customer, 3, 1_000);
        with_identifier(bought, IdentifierKind::Email, &format!("{customer}@example.nl"))
    };
    record(key, (0..100).map(item).collect()).in_turn(SHOPS)
}

fn complaints(key: &str) -> Template {
    let event = format!("complaint-{NUMBER}");
    let complaint = touchpoint(TouchpointType::ComplaintReceived, "crm", &event, "customer-1", 4);
    record(key, vec![complaint]).with("tenure-priority", "urgent")
}

/// The resident memory of the largest server, in KiB.
fn memory(servers: &[Server]) -> u64 {
    let resident = |server: &Server| {
        let status = std::fs::read_to_string(format!("/proc/{}/status", server.id()?)).ok()?;
        status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse::<u64>().ok()
    };
    servers.iter().filter_map(resident).max().unwrap_or_default()
}

/// The most of it within a time.
async fn peak(servers: &[Server], time: Duration) -> Result<u64, tokio::task::JoinError> {
    let (begun, mut most) = (Instant::now(), 0);
    while begun.elapsed() < time {
        most = most.max(memory(servers));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(most)
}
