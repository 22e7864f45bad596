//! Ingest of one to three collectors on one PostgreSQL, as many requests at once each time, against one collector.

use tenure::Service;
use tenure_proto::collector::v1::collector_service_client::CollectorServiceClient;
use tenure_store::testing::TestPlace;
use tenure_tests::{
    cpu,
    measured::{Aim, Round, Row, Spread},
};

use crate::{
    ROUNDS,
    deployment::Deployment,
    load::{self, BATCH, REQUESTS},
};

const MOST: usize = 3;
/// Requests at once, however many collectors there are.
const AT_ONCE: usize = 12;

/// Touchpoints a second, and how many processors worked, of all collectors and in all.
#[derive(Debug, Clone, Copy)]
struct Figures {
    rate: f64,
    collectors: f64,
    machine: f64,
}

pub(crate) async fn measure() -> Vec<Row> {
    let Some(place) = TestPlace::database().await else { return Vec::new() };
    let deployment = Deployment::start(place, &[Some(Service::Collector); MOST], &[]).await;
    let mut clients = Vec::new();
    for number in 0..MOST {
        clients.push(CollectorServiceClient::new(deployment.connect(number).await));
    }
    let mut rounds: Vec<[Figures; MOST]> = Vec::new();
    let mut first = 0;
    for _ in 0..=ROUNDS {
        let mut round = [Figures { rate: 0.0, collectors: 0.0, machine: 0.0 }; MOST];
        for (number, figures) in round.iter_mut().enumerate() {
            *figures = ingest(&deployment, &clients[..=number], first).await;
            first += BATCH * REQUESTS;
        }
        rounds.push(round);
    }
    deployment.stop().await;
    // The first made the customers known.
    (0..MOST).map(|number| row(number, &rounds[1..])).collect()
}

async fn ingest(
    deployment: &Deployment,
    clients: &[CollectorServiceClient<tonic::transport::Channel>],
    first: usize,
) -> Figures {
    let collectors = || {
        let ids = deployment.servers.iter().filter_map(|server| server.id());
        ids.map(|id| cpu::of_process(id).as_secs_f64()).sum::<f64>()
    };
    let (ours, busy, begun) = (collectors(), cpu::of_machine(), tokio::time::Instant::now());
    let rate = load::record(clients, &deployment.key, load::requests(first), AT_ONCE).await;
    let took = begun.elapsed().as_secs_f64();
    let machine = (cpu::of_machine() - busy).as_secs_f64() / took;
    Figures { rate, collectors: (collectors() - ours) / took, machine }
}

fn row(number: usize, rounds: &[[Figures; MOST]]) -> Row {
    let median = |figure: fn(&Figures) -> f64| Spread::of(rounds.iter().map(|round| figure(&round[number]))).median;
    let note = format!(
        "{:.1} processors busy, {:.1} of them for collectors",
        median(|figures| figures.machine),
        median(|figures| figures.collectors)
    );
    let of = |round: &[Figures; MOST]| match number {
        0 => round[0].rate.into(),
        _ => Round::against(round[number].rate, round[0].rate),
    };
    Row {
        what: format!("ingest, PostgreSQL, collectors: {}", number + 1),
        baseline: if number == 0 { String::new() } else { "one".to_owned() },
        unit: "touchpoints/s",
        rounds: rounds.iter().map(of).collect(),
        aim: Aim::More,
        note,
    }
}
