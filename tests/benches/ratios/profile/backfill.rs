//! A trait and a segment that are new to a base with very many touchpoints: how soon everybody has them while profiles are read, against
//! how fast touchpoints come in; and what it costs those that come in that persons are kept listed and watched.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use tenure_proto::{
    collector::v1::{RecordTouchpointsRequest, TouchpointType, collector_service_client::CollectorServiceClient},
    profile::v1::{
        DefineSegmentRequest, DefineTraitRequest, DeleteSegmentRequest, DeleteTraitRequest, GetProfileRequest,
        ListProfilesRequest, SegmentDefinition, TraitAggregate, TraitDefinition, WatchProfilesRequest, WindowedTrait,
        get_profile_request::By, profile_service_client::ProfileServiceClient, trait_definition::Source,
    },
};
use tenure_store::testing::TestPlace;
use tenure_tests::measured::{Aim, Round, Row, Spread};
use tokio::{select, time::Instant};
use tonic::transport::Channel;

use super::timed;
use crate::{
    ROUNDS,
    deployment::{self, Deployment},
    load::{BATCH, IN_FLIGHT, bought},
    long,
};

/// Touchpoints of each customer, before the rounds.
const OF_EACH: u64 = 20;
/// Touchpoints that come in in a round.
const COMING: u64 = 30_000;
/// Touchpoints of the base that are sent before it is waited for those who follow.
const AT_ONCE: u64 = 20_000;
/// Traits and segments that those who come in are kept by.
const KEPT_BY: usize = 5;
/// Between two looks whether everybody was looked at.
const LOOK: Duration = Duration::from_millis(20);

pub(super) async fn measure(place: TestPlace) -> Vec<Row> {
    let name = deployment::name(&place);
    let many: u64 = if long() { 1_000_000 } else { 60_000 };
    let base = Base::fill(place, many).await;
    let (mut rounds, mut reads) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let coming = base.come_in().await.0;
        let new = format!("new_{round}");
        let begun = Instant::now();
        let filled = async {
            base.define(&new).await;
            base.everybody_has(&new).await;
            begun.elapsed().as_secs_f64()
        };
        let seconds = select! {
            seconds = filled => seconds,
            () = base.read_on(&mut reads) => unreachable!("it goes on"),
        };
        if round > 0 {
            rounds.push(Round::against(base.sent() as f64 / seconds, coming));
        }
        base.delete(&new).await;
    }
    let kept = base.kept_and_watched().await;
    let customers = base.customers;
    base.deployment.stop().await;
    let note = format!(
        "{customers} customers; GetProfile meanwhile, p50 {:.0} us, {} reads",
        Spread::of(reads.iter().copied()).median,
        reads.len()
    );
    let filling = Row {
        what: format!("a new trait and segment over {many} touchpoints on {name}"),
        baseline: "touchpoints that come in".to_owned(),
        unit: "/s",
        rounds,
        aim: Aim::AtLeast(0.5),
        note,
    };
    let watched = Row {
        what: format!("touchpoints that profile follows on {name}, kept by {KEPT_BY} traits and segments and watched"),
        baseline: "without any".to_owned(),
        unit: "/s",
        rounds: kept,
        aim: Aim::More,
        note: String::new(),
    };
    vec![filling, watched]
}

/// A base of customers behind a server of its own.
struct Base {
    deployment: Deployment,
    channel: Channel,
    customers: u64,
    orders: AtomicU64,
    record: String,
}

impl Base {
    async fn fill(place: TestPlace, many: u64) -> Self {
        let deployment = Deployment::embedded(place, &[]).await;
        let channel = deployment.connect(0).await;
        let customers = many / OF_EACH;
        let mut base = Self { deployment, channel, customers, orders: AtomicU64::new(0), record: String::new() };
        while base.sent() < many {
            let (record, token) = base.send(AT_ONCE.min(many - base.sent())).await;
            base.record = record;
            base.followed(&token).await;
        }
        base
    }

    /// How many touchpoints were sent.
    fn sent(&self) -> u64 {
        self.orders.load(Ordering::Relaxed)
    }

    /// Sends so many; a record of theirs, and the token behind all of them.
    async fn send(&self, count: u64) -> (String, String) {
        let first = self.orders.fetch_add(count, Ordering::Relaxed);
        let numbers: Vec<u64> = (first..first + count).collect();
        let answers: Vec<(String, String)> =
            stream::iter(numbers.chunks(BATCH).map(|some| self.record(some))).buffered(IN_FLIGHT).collect().await;
        answers.into_iter().next_back().expect("an answer")
    }

    async fn record(&self, orders: &[u64]) -> (String, String) {
        let touchpoint = |n: &u64| {
            let day = i64::try_from(n * 7 % 300).expect("small");
            bought(&format!("order-{n:012}"), &format!("{}", n % self.customers), day)
        };
        let touchpoints = orders.iter().map(touchpoint).collect();
        let request = self.deployment.request(RecordTouchpointsRequest { touchpoints, validate_only: false });
        let mut client = CollectorServiceClient::new(self.channel.clone());
        let answer = client.record_touchpoints(request).await.expect("recorded").into_inner();
        (answer.outcomes.into_iter().next_back().expect("an outcome").record_id, answer.read_token)
    }

    /// How fast touchpoints come in: until all are acknowledged, and until profile has followed them.
    async fn come_in(&self) -> (f64, f64) {
        let begun = Instant::now();
        let (_, token) = self.send(COMING).await;
        let rate = || COMING as f64 / begun.elapsed().as_secs_f64();
        let acknowledged = rate();
        self.followed(&token).await;
        (acknowledged, rate())
    }

    /// Waits until profile has followed; a call has no time for more than some of it.
    async fn followed(&self, token: &str) {
        while self.profile(&self.record, token).await.is_err() {}
    }

    async fn profile(&self, record: &str, read_after: &str) -> Result<(), tonic::Status> {
        let by = Some(By::RecordId(record.to_owned()));
        let read_after = read_after.to_owned();
        let request = self.deployment.request(GetProfileRequest { by, read_after, ..Default::default() });
        self.profiles().get_profile(request).await.map(|_| ())
    }

    fn profiles(&self) -> ProfileServiceClient<Channel> {
        ProfileServiceClient::new(self.channel.clone())
    }

    /// Reads a profile, which is not hot, time and again.
    async fn read_on(&self, times: &mut Vec<f64>) {
        loop {
            let by = Some(By::RecordId(self.record.clone()));
            let request =
                GetProfileRequest { by, max_staleness: Some(prost_types::Duration::default()), ..Default::default() };
            let request = self.deployment.request(request);
            times.push(timed(async { self.profiles().get_profile(request).await.expect("a profile") }).await);
        }
    }

    /// A trait that is indexed, and a segment by it.
    async fn define(&self, name: &str) {
        let orders = WindowedTrait {
            aggregate: TraitAggregate::Count.into(),
            types: vec![TouchpointType::OrderPlaced.into()],
            window_hours: 24 * 365,
            ..Default::default()
        };
        let definition = TraitDefinition {
            name: name.to_owned(),
            source: Some(Source::Windowed(orders)),
            indexed: true,
            ..Default::default()
        };
        let request = DefineTraitRequest { definition: Some(definition), expected_version: None };
        self.profiles().define_trait(self.deployment.request(request)).await.expect("a trait");
        let (name, condition) = (name.to_owned(), format!("{name} >= 0"));
        let definition = SegmentDefinition { name, condition, ..Default::default() };
        let request = DefineSegmentRequest { definition: Some(definition), expected_version: None };
        self.profiles().define_segment(self.deployment.request(request)).await.expect("a segment");
    }

    async fn delete(&self, name: &str) {
        let request = DeleteSegmentRequest { name: name.to_owned() };
        self.profiles().delete_segment(self.deployment.request(request)).await.expect("gone");
        let request = DeleteTraitRequest { name: name.to_owned() };
        self.profiles().delete_trait(self.deployment.request(request)).await.expect("gone");
    }

    /// Waits until everybody was looked at, and is in the segment.
    async fn everybody_has(&self, segment: &str) {
        loop {
            let request = ListProfilesRequest { segment: segment.to_owned(), page_size: 100, ..Default::default() };
            let request = ListProfilesRequest { paths: vec![format!("segment.{segment}")], ..request };
            let page =
                self.profiles().list_profiles(self.deployment.request(request)).await.expect("a list").into_inner();
            if page.complete {
                assert_eq!(page.profiles.len(), 100, "all are in it");
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// How fast profile follows with what persons are kept by, and somebody who watches them, against without.
    async fn kept_and_watched(&self) -> Vec<Round> {
        let names: Vec<String> = (0..KEPT_BY).map(|n| format!("kept_{n}")).collect();
        let mut rounds = Vec::new();
        for round in 0..=ROUNDS {
            let without = self.come_in().await.1;
            for name in &names {
                self.define(name).await;
            }
            self.everybody_has(&names[KEPT_BY - 1]).await;
            let with = select! {
                (_, rate) = self.come_in() => rate,
                () = self.watch() => unreachable!("it goes on"),
            };
            for name in &names {
                self.delete(name).await;
            }
            if round > 0 {
                rounds.push(Round::against(with, without));
            }
        }
        rounds
    }

    async fn watch(&self) {
        let request = self.deployment.request(WatchProfilesRequest::default());
        let changes = self.profiles().watch_profiles(request).await.expect("a stream").into_inner();
        changes.try_for_each(async |_| Ok(())).await.expect("changes");
        unreachable!("the stream has no end");
    }
}
