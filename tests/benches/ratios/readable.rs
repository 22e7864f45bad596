//! How long after its acknowledgement a touchpoint shows in profile and value, under half the load that every follower bears.
//!
//! The load is that of a shop, offered whether or not earlier calls were answered. Beside it, probes: each records a purchase of
//! one of its customers, and from its acknowledgement on asks each service with the read token, which answers as soon as the service's
//! position has passed it. So what a caller sees is measured, the call included.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use prost::Message as _;
use tenure_proto::{
    collector::v1::RecordTouchpointsRequest,
    expectation::v1::{GetDissonanceRequest, get_dissonance_request},
    identity::v1::{GetPersonRequest, get_person_request},
    profile::v1::{GetProfileRequest, get_profile_request},
    value::v1::{ScoreCustomerRequest, score_customer_request},
};
use tenure_store::testing::TestPlace;
use tenure_tests::{
    caller::Caller,
    cluster::{Cluster, Shape},
    measured::{Aim, Row, Spread},
    open_loop::{Answer, NUMBER, Offer, TURN, Template, Wires, capacity},
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};
use tonic::{Code, Request, Status};

use crate::{
    deployment::Deployment,
    load::{A_FEW, bought},
    long,
};

const RECORD: &str = "/tenure.collector.v1.CollectorService/RecordTouchpoints";
/// Customers of the shop: so many times those of a request.
const CUSTOMERS: u64 = 2_500;
const PATIENCE: Duration = Duration::from_secs(5);
/// A follower that is further behind than this in the second half of the time does not keep up.
const BEHIND: Duration = Duration::from_secs(1);
/// Callers that make the customers known.
const LANES: u64 = 4;
/// Calls a second that are tried first, and at most.
const FIRST: f64 = 25.0;
const MOST: f64 = 10_000.0;
/// How often the interval is halved that the highest rate is in.
const STEPS: usize = 3;
/// Probes a second while the rate is sought, and while it is measured.
const LOOKS: f64 = 4.0;
const PROBES: f64 = 10.0;
/// Measurements at half the rate.
const ROUNDS: usize = 3;

/// How long a rate is offered.
fn time() -> Duration {
    Duration::from_secs(if long() { 60 } else { 8 })
}

pub(crate) async fn embedded() -> Vec<Row> {
    let deployment = Deployment::embedded(TestPlace::sqlite(), &[]).await;
    let stack = deployment.stack(0).await;
    let wires = Wires::connect(&[deployment.servers[0].address.clone()], 4).await;
    let field = Field::new(wires, Caller::new(&stack, &deployment.key), &deployment.key);
    let rows = field.rows("SQLite, one process").await;
    deployment.stop().await;
    rows
}

pub(crate) async fn distributed() -> Vec<Row> {
    // A range for each replica. Each small request is followed in every range by a transaction of each service.
    let shape = Shape { replicas: 2, ranges: 2, ..Shape::default() };
    let Some(cluster) = Cluster::start(shape).await else { return Vec::new() };
    let field = Field::new(Wires::through(cluster.stack()), cluster.caller("one"), "one");
    let rows = field.rows("PostgreSQL, 2 of each service").await;
    cluster.stop().await;
    rows
}

/// What is measured.
struct Field {
    wires: Wires,
    template: Template,
    caller: Caller,
    /// The number of the next call.
    next: AtomicU64,
}

/// How long after the acknowledgement each service showed it, if it did.
#[derive(Debug, Clone, Copy)]
struct Seen {
    due: Duration,
    profile: Option<Duration>,
    value: Option<Duration>,
    /// These are not measured, but must keep up.
    identity: Option<Duration>,
    expectation: Option<Duration>,
}

impl Seen {
    fn by_all(self) -> Option<Duration> {
        Some(self.profile?.max(self.value?).max(self.identity?).max(self.expectation?))
    }

    /// What was not seen counts as if it had been when the probe gave up.
    fn by_both(&self) -> Duration {
        self.profile.zip(self.value).map_or(PATIENCE, |(one, other)| one.max(other))
    }
}

impl Field {
    fn new(wires: Wires, caller: Caller, key: &str) -> Self {
        let item = |n| bought(&format!("order-{NUMBER}-{n}"), &format!("{TURN}-{n}"), 3);
        let message = RecordTouchpointsRequest { touchpoints: (0..A_FEW).map(item).collect(), validate_only: false };
        let template = Template::new(RECORD, &message.encode_to_vec()).in_turn(CUSTOMERS);
        let template = template.with("authorization", format!("Bearer {key}"));
        Self { wires, template, caller, next: AtomicU64::new(0) }
    }

    async fn rows(&self, ground: &str) -> Vec<Row> {
        let highest = self.highest().await;
        let (mut spreads, mut refused) = (Vec::new(), 0);
        for _ in 0..ROUNDS {
            let (answers, seen) = self.run(highest / 2.0, PROBES).await;
            println!("    {}", slowest(&seen, &answers));
            refused += failed(&answers);
            spreads.push(seen);
        }
        let touchpoints = highest * A_FEW as f64;
        let note = format!("at {:.0} touchpoints/s, {refused} calls failed", touchpoints / 2.0);
        let of_one = |of: fn(&Seen) -> Option<Duration>, share| {
            let all = spreads.iter().map(|seen| quantile(seen.iter().filter_map(of), share));
            Spread::of(all).median
        };
        let apart = format!(
            "{note}; profile {:.1}, value {:.1}",
            of_one(|seen| seen.profile, 0.99),
            of_one(|seen| seen.value, 0.99)
        );
        let row = |what: &str, unit, rounds: Vec<f64>, aim, note: &str| Row {
            what: format!("{what}, {ground}"),
            baseline: String::new(),
            unit,
            rounds: rounds.into_iter().map(Into::into).collect(),
            aim,
            note: note.to_owned(),
        };
        let quantiles = |share| spreads.iter().map(|seen| quantile(seen.iter().map(Seen::by_both), share)).collect();
        let window = format!("for {} s", time().as_secs());
        vec![
            row("borne by every follower", "touchpoints/s", vec![touchpoints], Aim::More, &window),
            row("readable p50", "ms", quantiles(0.5), Aim::Less, &note),
            row("readable p99", "ms", quantiles(0.99), Aim::AtMost(50.0), &apart),
        ]
    }

    /// Calls a second at which all followers keep up: twice as many until they do not, then between.
    async fn highest(&self) -> f64 {
        // Makes the customers known.
        capacity(&self.wires, &self.template, LANES, Duration::from_secs(5), self.numbers()).await;
        self.settled().await;
        let (mut low, mut high) = (0.0, FIRST);
        while high <= MOST && self.bears(high).await {
            (low, high) = (high, 2.0 * high);
        }
        for _ in 0..STEPS {
            let rate = (low + high) / 2.0;
            if self.bears(rate).await {
                low = rate;
            } else {
                high = rate;
            }
        }
        assert!(low > 0.0, "the followers do not bear anything");
        low
    }

    /// Whether all followers keep up with a rate.
    async fn bears(&self, rate: f64) -> bool {
        let (answers, seen) = self.run(rate, LOOKS).await;
        let late = seen.iter().filter(|seen| seen.due > time() / 2);
        let late = late.filter(|seen| seen.by_all().is_none_or(|after| after > BEHIND)).count();
        let bears = late == 0 && failed(&answers) * 100 <= answers.len();
        let touchpoints = rate * A_FEW as f64;
        println!("  {touchpoints:6.0} touchpoints/s: {}", if bears { "borne" } else { "too much" });
        println!("    {}", slowest(&seen, &answers));
        self.settled().await;
        bears
    }

    /// Room for the numbers of a run.
    fn numbers(&self) -> u64 {
        self.next.fetch_add(1_000_000, Relaxed)
    }

    /// Waits until nothing is left to follow.
    async fn settled(&self) {
        sleep(Duration::from_millis(500)).await;
        while self.probe(Duration::ZERO).await.by_all().is_none_or(|after| after > Duration::from_millis(100)) {
            sleep(Duration::from_millis(500)).await;
        }
    }

    /// Offers calls and probes for a while.
    async fn run(&self, rate: f64, probes: f64) -> (Vec<Answer>, Vec<Seen>) {
        let (template, first) = (self.template.clone(), self.numbers());
        let offer = Offer { template, rate, time: time(), patience: PATIENCE, first };
        tokio::join!(offer.make(self.wires.clone()), self.look(probes))
    }

    async fn look(&self, rate: f64) -> Vec<Seen> {
        let begun = Instant::now();
        let mut probes = JoinSet::new();
        for number in 0_u32.. {
            let due = Duration::from_secs_f64(f64::from(number) / rate);
            if due >= time() {
                break;
            }
            sleep_until(begun + due).await;
            probes.spawn(probe(self.caller.clone(), due));
        }
        probes.join_all().await
    }

    async fn probe(&self, due: Duration) -> Seen {
        probe(self.caller.clone(), due).await
    }
}

/// Records a purchase of one of the customers, and waits until every service shows it.
async fn probe(mut caller: Caller, due: Duration) -> Seen {
    let customer = format!("{:012}-0", rand::random_range(0..CUSTOMERS));
    let touchpoints = vec![bought(&format!("order-{:032x}", rand::random::<u128>()), &customer, 3)];
    let request = RecordTouchpointsRequest { touchpoints, validate_only: false };
    let Ok(answer) = caller.collector.record_touchpoints(patient(request)).await else {
        return Seen { due, profile: None, value: None, identity: None, expectation: None };
    };
    let answer = answer.into_inner();
    let (record, read_after) = (answer.outcomes[0].record_id.clone(), answer.read_token);
    let acknowledged = Instant::now();
    let by = Some(get_profile_request::By::RecordId(record.clone()));
    let profile = GetProfileRequest { by, read_after: read_after.clone(), ..Default::default() };
    let by = Some(score_customer_request::By::RecordId(record.clone()));
    let (currency_code, token) = ("EUR".to_owned(), read_after.clone());
    let score = ScoreCustomerRequest { by, currency_code, read_after: token, ..ScoreCustomerRequest::default() };
    let by = Some(get_person_request::By::RecordId(record.clone()));
    let person = GetPersonRequest { by, read_after: read_after.clone() };
    let by = Some(get_dissonance_request::By::RecordId(record));
    let dissonance = GetDissonanceRequest { by, read_after, ..GetDissonanceRequest::default() };
    let shown = |status: Option<Status>| match status {
        // It knows the customer, and has no model to score by.
        Some(status) if status.code() != Code::FailedPrecondition => None,
        _ => Some(acknowledged.elapsed()),
    };
    let (profile, value, identity, expectation) = tokio::join!(
        async { shown(caller.profile.get_profile(patient(profile)).await.err()) },
        async { shown(caller.value.score_customer(patient(score)).await.err()) },
        async { shown(caller.identity.get_person(patient(person)).await.err()) },
        async { shown(caller.expectation.get_dissonance(patient(dissonance)).await.err()) },
    );
    Seen { due, profile, value, identity, expectation }
}

fn patient<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(PATIENCE);
    request
}

/// Who was how slow.
fn slowest(seen: &[Seen], answers: &[Answer]) -> String {
    let most = |of: fn(&Seen) -> Option<Duration>| {
        let unseen = seen.iter().filter(|seen| of(seen).is_none()).count();
        let times = seen.iter().filter_map(of);
        format!("{:.0}/{:.0} ms ({unseen} unseen)", quantile(times.clone(), 0.5), quantile(times, 1.0))
    };
    format!(
        "identity {}, profile {}, value {}, expectation {}, {} of {} calls failed",
        most(|seen| seen.identity),
        most(|seen| seen.profile),
        most(|seen| seen.value),
        most(|seen| seen.expectation),
        failed(answers),
        answers.len()
    )
}

fn failed(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.code != Code::Ok).count()
}

/// In milliseconds.
fn quantile(times: impl Iterator<Item = Duration>, share: f64) -> f64 {
    let mut times: Vec<f64> = times.map(|time| time.as_secs_f64() * 1e3).collect();
    times.sort_by(f64::total_cmp);
    let place = (times.len().saturating_sub(1) as f64 * share) as usize;
    times.get(place).copied().unwrap_or(f64::NAN)
}
