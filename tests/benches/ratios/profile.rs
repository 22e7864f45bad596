//! A hot `GetProfile` against an empty unary call, and with Redis against that and a GET of the same bytes: one call at a time, each
//! kind in turn, over TCP. A cold one, and one beside a customer with very many touchpoints. A trait that is new to a base.

mod backfill;
mod cold;
mod crowded;
mod customers;

use redis::{AsyncCommands as _, aio::MultiplexedConnection};
use tenure_proto::{
    collector::v1::{
        IdentifierKind, RecordTouchpointsRequest, SubjectAttributes, collector_service_client::CollectorServiceClient,
    },
    profile::v1::{GetProfileRequest, get_profile_request::By, profile_service_client::ProfileServiceClient},
};
use tenure_store::testing::{TestPlace, redis_url};
use tenure_tests::{
    measured::{Aim, Round, Row, Spread},
    touchpoints::{purchase, with_attributes, with_identifier},
};
use tokio::time::Instant;
use tonic::transport::Channel;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{ROUNDS, deployment::Deployment};

/// Calls of each kind in a round.
const CALLS: usize = 2_000;

pub(crate) async fn measure() -> Vec<Row> {
    let mut rows = vec![memory().await, cold::measure(TestPlace::sqlite()).await];
    rows.push(crowded::measure(TestPlace::sqlite()).await);
    rows.extend(backfill::measure(TestPlace::sqlite()).await);
    if let Some(place) = TestPlace::database().await {
        rows.push(cold::measure(place).await);
    }
    if let Some(place) = TestPlace::database().await {
        rows.extend(backfill::measure(place).await);
    }
    if let (Some(place), Some(url)) = (TestPlace::database().await, redis_url()) {
        rows.push(redis(place, &url).await);
    }
    rows
}

async fn memory() -> Row {
    let hot = Hot::start(TestPlace::sqlite(), &[]).await;
    let rounds = hot.rounds(None).await;
    hot.deployment.stop().await;
    row("hot GetProfile, kept in memory, p50", "an empty unary call", rounds, Aim::AtMost(2.0))
}

async fn redis(place: TestPlace, url: &str) -> Row {
    let hot = Hot::start(place, &[("TENURE__REDIS__URL", url.to_owned())]).await;
    let client = redis::Client::open(url).expect("a URL of Redis");
    let mut connection = client.get_multiplexed_async_connection().await.expect("Redis");
    let bytes = hot.copy(&mut connection).await;
    let rounds = hot.rounds(Some(connection)).await;
    hot.deployment.stop().await;
    let baseline = "an empty unary call and a GET of the same bytes";
    let row = row("hot GetProfile, kept in Redis, p50", baseline, rounds, Aim::AtMost(1.5));
    Row { note: format!("{bytes} bytes"), ..row }
}

fn row(what: &str, baseline: &str, rounds: Vec<Round>, aim: Aim) -> Row {
    Row { what: what.to_owned(), baseline: baseline.to_owned(), unit: "us", rounds, aim, note: String::new() }
}

/// Where the copy stands.
const COPY: &str = "benchmark:copy";

/// A server that has a profile hot.
pub(crate) struct Hot {
    pub(crate) deployment: Deployment,
    pub(crate) channel: Channel,
    record_id: String,
}

impl Hot {
    pub(crate) async fn start(place: TestPlace, settings: &[(&str, String)]) -> Self {
        let deployment = Deployment::embedded(place, settings).await;
        let channel = deployment.connect(0).await;
        let mut collector = CollectorServiceClient::new(channel.clone());
        let request = RecordTouchpointsRequest { touchpoints: vec![touchpoint()], validate_only: false };
        let answer = collector.record_touchpoints(deployment.request(request)).await.expect("recorded").into_inner();
        let hot = Self { deployment, channel, record_id: answer.outcomes[0].record_id.clone() };
        hot.profile(answer.read_token).await;
        hot
    }

    /// One call.
    pub(crate) async fn profile(&self, read_after: String) {
        let by = Some(By::RecordId(self.record_id.clone()));
        let request = self.deployment.request(GetProfileRequest { by, read_after, ..Default::default() });
        let mut client = ProfileServiceClient::new(self.channel.clone());
        let profile = client.get_profile(request).await.expect("a profile").into_inner().profile;
        assert!(profile.is_some_and(|profile| profile.fields.len() >= 4));
    }

    async fn empty(&self) {
        let mut client = HealthClient::new(self.channel.clone());
        client.check(HealthCheckRequest::default()).await.expect("an answer");
    }

    /// Puts the bytes that stand in Redis for the profile where they stay; answers how many there are.
    async fn copy(&self, connection: &mut MultiplexedConnection) -> usize {
        loop {
            self.profile(String::new()).await;
            let keys: Vec<String> = connection.keys("tenure:profile:*").await.expect("keys");
            for key in keys {
                let value: Vec<u8> = connection.get(&key).await.expect("a value");
                // An answer begins so; anything else is there for a moment only.
                if value.first() == Some(&b'A') {
                    let () = connection.set(COPY, &value).await.expect("set");
                    return value.len();
                }
            }
        }
    }

    async fn rounds(&self, redis: Option<MultiplexedConnection>) -> Vec<Round> {
        let mut rounds = Vec::new();
        for round in 0..=ROUNDS {
            let (mut ours, mut empty, mut get) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..CALLS {
                ours.push(timed(self.profile(String::new())).await);
                empty.push(timed(self.empty()).await);
                if let Some(mut connection) = redis.clone() {
                    get.push(timed(async move { connection.get::<_, Vec<u8>>(COPY).await.expect("a value") }).await);
                }
            }
            let p50 = |times: Vec<f64>| Spread::of(times).median;
            let baseline = p50(empty) + if redis.is_some() { p50(get) } else { 0.0 };
            if round > 0 {
                rounds.push(Round::against(p50(ours), baseline));
            }
        }
        rounds
    }
}

/// In microseconds.
async fn timed<T>(work: impl Future<Output = T>) -> f64 {
    let begun = Instant::now();
    work.await;
    begun.elapsed().as_secs_f64() * 1e6
}

fn touchpoint() -> tenure_proto::collector::v1::Touchpoint {
    let name = SubjectAttributes {
        given_name: "Jan".to_owned(),
        family_name: "Vries".to_owned(),
        family_name_prefix: "de".to_owned(),
        ..SubjectAttributes::default()
    };
    let bought = with_attributes(purchase("shop", "e1", "k1", 3, 1_999), name);
    with_identifier(bought, IdentifierKind::Email, "jan@example.nl")
}
