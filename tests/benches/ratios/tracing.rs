//! What it costs to tell everything: the CPU time of a process for each call, with every trace sent to a receiver in another
//! process, against nothing sent. Two processes, asked in turn.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use tenure_proto::{
    collector::v1::collector_service_client::CollectorServiceClient,
    expectation::v1::{
        GetDissonanceRequest, expectation_service_client::ExpectationServiceClient, get_dissonance_request,
    },
    value::v1::{ScoreCustomerRequest, score_customer_request, value_service_client::ValueServiceClient},
};
use tenure_store::testing::{TestPlace, redis_url};
use tenure_tests::{
    cpu,
    measured::{Aim, Round, Row},
};
use tonic::Code;

use crate::{ROUNDS, deployment, load, profile::Hot, receiver::Receiver};

/// Reads in a round, and how many at once.
const READS: usize = 20_000;
const READERS: usize = 8;
/// Requests that write in a round, each of a few touchpoints, and how many at once.
const WRITES: usize = 2_500;
const WRITERS: usize = 4;
const AIM: Aim = Aim::AtMost(1.15);

pub(crate) async fn measure() -> Vec<Row> {
    let mut rows = of([TestPlace::sqlite(), TestPlace::sqlite()]).await;
    if let (Some(one), Some(other)) = (TestPlace::database().await, TestPlace::database().await) {
        rows.extend(of([one, other]).await);
    }
    rows
}

async fn of(places: [TestPlace; 2]) -> Vec<Row> {
    let name = deployment::name(&places[0]);
    let redis = || redis_url().filter(|_| name == "PostgreSQL").map(|url| ("TENURE__REDIS__URL", url));
    let [place, other] = places;
    let mut receiver = Receiver::start();
    let endpoint = ("TENURE__TELEMETRY__OTLP_ENDPOINT", receiver.endpoint.clone());
    let settings: Vec<_> = redis().into_iter().chain([endpoint]).collect();
    let told = Hot::start(place, &settings).await;
    let silent = Hot::start(other, &redis().into_iter().collect::<Vec<_>>()).await;

    let (mut reads, mut writes) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let read = Round::against(reading(&told).await, reading(&silent).await);
        let wrote = Round::against(writing(&told, round).await, writing(&silent, round).await);
        if round > 0 {
            reads.push(read);
            writes.push(wrote);
        }
    }
    silent.deployment.stop().await;
    told.deployment.stop().await;
    let came = receiver.came();
    let note = format!("{} spans sent, {} dropped", came.spans, came.dropped);
    let row = |what: &str, rounds| Row {
        what: format!("traced {what}, {name}"),
        baseline: "without".to_owned(),
        unit: "us of CPU a call",
        rounds,
        aim: AIM,
        note: note.clone(),
    };
    vec![row("hot GetProfile", reads), row("RecordTouchpoints and followers", writes)]
}

/// CPU time for each call, in microseconds.
async fn spent(hot: &Hot, calls: usize, work: impl Future<Output = ()>) -> f64 {
    let process = hot.deployment.servers[0].id().expect("it runs");
    let before = cpu::of_process(process);
    work.await;
    (cpu::of_process(process) - before).as_secs_f64() * 1e6 / calls as f64
}

async fn reading(hot: &Hot) -> f64 {
    let calls = stream::iter(0..READS).map(|_| hot.profile(String::new()));
    spent(hot, READS, calls.buffer_unordered(READERS).for_each(|()| async {})).await
}

/// The calls, and what follows them in the same process.
async fn writing(hot: &Hot, round: usize) -> f64 {
    let requests: Vec<_> = (0..WRITES).map(|n| load::of_shop(round * WRITES + n)).collect();
    let work = async {
        let collector = CollectorServiceClient::new(hot.channel.clone());
        load::record(&[collector], &hot.deployment.key, requests, WRITERS).await;
        followed(hot, load::of_shop((round + 1_000) * WRITES)).await;
    };
    spent(hot, WRITES, work).await
}

/// Waits until all services have followed one request more.
async fn followed(hot: &Hot, request: tenure_proto::collector::v1::RecordTouchpointsRequest) {
    let mut collector = CollectorServiceClient::new(hot.channel.clone());
    let answer = collector.record_touchpoints(hot.deployment.request(request)).await.expect("recorded").into_inner();
    hot.profile(answer.read_token.clone()).await;
    let by = Some(score_customer_request::By::RecordId(answer.outcomes[0].record_id.clone()));
    let (currency_code, read_after) = ("EUR".to_owned(), answer.read_token.clone());
    let score = ScoreCustomerRequest { by, currency_code, read_after, ..ScoreCustomerRequest::default() };
    let scored = ValueServiceClient::new(hot.channel.clone()).score_customer(hot.deployment.request(score)).await;
    // It waits first, and has no model then.
    assert!(scored.is_err_and(|status| status.code() == Code::FailedPrecondition));
    let by = Some(get_dissonance_request::By::RecordId(answer.outcomes[0].record_id.clone()));
    let dissonance = GetDissonanceRequest { by, read_after: answer.read_token, ..GetDissonanceRequest::default() };
    let mut expectation = ExpectationServiceClient::new(hot.channel.clone());
    expectation.get_dissonance(hot.deployment.request(dissonance)).await.expect("a dissonance");
    // The timers of those whom it concerns.
    tokio::time::sleep(Duration::from_millis(500)).await;
}
