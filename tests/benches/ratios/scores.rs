//! What a score takes, of one customer and of the whole base in a stream, in a store of very many live customers.
//!
//! They are written to value's tables as following would leave them: what is measured only reads them.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use tenure_clv::{
    BgNbd, Cell, DiscountRate, GammaGamma, Horizon, RepeatSpend, Summary, ValueModel, WeightedCell, cell,
};
use tenure_journal::testing::Upstream;
use tenure_kernel::{PersonId, RandomIds, SystemClock};
use tenure_proto::value::v1::{
    FitModelRequest, PurchaseModelKind, ScoreCustomerRequest, StreamScoresRequest, score_customer_request::By,
};
use tenure_server::{PageTokens, Peer, ServerBuilder, ServerConfig};
use tenure_store::{Insert, Kind, Query as _, Store, testing::TestPlace};
use tenure_tests::{
    caller::{AnyTenant, Caller},
    measured::{Aim, Round, Row, Spread},
};
use tenure_value::{Migrator, Parts, Value, ValueConfig};
use tokio::time::Instant;
use tonic::Request;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{ROUNDS, long};

const TENANT: &str = "bench";
/// Calls of each kind in a round.
const CALLS: usize = 1_000;
/// Customers that are written at once.
const CHUNK: u32 = 5_000;
/// The days on which they were watched.
const DAYS: (i32, i32) = (19_000, 19_700);
/// Customers that the models are tried on by themselves.
const ALONE: usize = 50_000;

const MEMBERSHIP: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("person_id", Kind::Bytes),
    ("version", Kind::Int),
];

const DAY: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("currency", Kind::Text),
    ("line", Kind::Text),
    ("day", Kind::Int),
    ("purchases", Kind::Int),
    ("minor_units", Kind::Int),
    ("known_minor", Kind::Int),
    ("margin_minor", Kind::Int),
];

pub(crate) async fn measure() -> Vec<Row> {
    let customers: u32 = if long() { 1_000_000 } else { 100_000 };
    let field = Field::start(TestPlace::sqlite()).await;
    let known = field.write(customers).await;
    let begun = Instant::now();
    field.fit().await;
    println!("  a fit of {customers} customers with its backtest: {:.1?}", begun.elapsed());
    let (mut one, mut model, mut stream) = (Vec::new(), Vec::new(), Vec::new());
    let alone = Alone::new(&known);
    for round in 0..=ROUNDS {
        let (mut ours, mut empty) = (Vec::new(), Vec::new());
        for call in 0..CALLS {
            ours.push(timed(field.score(id((round * CALLS + call) as u32 % customers))).await);
            empty.push(timed(field.empty()).await);
        }
        let (ours, empty) = (Spread::of(ours).median, Spread::of(empty).median);
        let begun = Instant::now();
        assert_eq!(field.stream().await, customers);
        let a_second = f64::from(customers) / begun.elapsed().as_secs_f64();
        if round > 0 {
            one.push(Round::against(ours, empty));
            model.push(alone.microseconds().into());
            stream.push(a_second.into());
        }
    }
    let row = |what: String, baseline: &str, unit, rounds, aim| Row {
        what,
        baseline: baseline.to_owned(),
        unit,
        rounds,
        aim,
        note: String::new(),
    };
    let of = format!("of {} thousand customers", customers / 1_000);
    vec![
        row(format!("ScoreCustomer {of}, p50"), "an empty unary call", "us", one, Aim::Less),
        row("the model's part of a score".to_owned(), "", "us", model, Aim::Less),
        row(format!("StreamScores {of}"), "", "customers/s", stream, Aim::More),
    ]
}

/// Microseconds.
async fn timed(work: impl Future<Output = ()>) -> f64 {
    let begun = Instant::now();
    work.await;
    begun.elapsed().as_secs_f64() * 1e6
}

/// An id with its random part first, as all of ours.
fn id(number: u32) -> [u8; 16] {
    let mixed = u64::from(number).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut id = [7; 16];
    id[..8].copy_from_slice(&mixed.to_be_bytes());
    id
}

/// The days on which a customer bought, and for how much: most once, few often.
fn purchases(number: u32) -> Vec<(i32, i64)> {
    let mut dice = u64::from(number) ^ 0x5851_F42D_4C95_7F2D;
    let mut roll = move |below: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % below
    };
    let pace = 20 + roll(300);
    let (mut day, mut bought) = (DAYS.0 + roll(350) as i32, Vec::new());
    while day < DAYS.1 {
        bought.push((day, 500 + roll(9_500) as i64));
        if roll(100) < 30 {
            break;
        }
        day += 1 + roll(2 * pace) as i32;
    }
    bought
}

struct Field {
    store: Store,
    caller: Caller,
    health: HealthClient<tenure_server::Stack>,
    _upstream: Upstream,
    _place: TestPlace,
}

impl Field {
    async fn start(place: TestPlace) -> Self {
        let (ids, clock) = (Arc::new(RandomIds::default()), Arc::new(SystemClock));
        let upstream = Upstream::open(&place, clock.clone(), ids.clone()).await;
        let store = place.open::<Migrator>("value").await;
        let parts = Parts {
            store: store.clone(),
            clock,
            ids,
            tokens: PageTokens::new([1; 32]),
            sources: upstream.sources.clone(),
            // Groups by what the profile says are not measured here.
            profile: Peer::later().0,
            ranges: 1,
        };
        let config = ValueConfig { refit_every_days: 0, ..ValueConfig::default() };
        let value = Value::open(parts, &config).await.expect("the service");
        let stack = value.add_to(ServerBuilder::new(ServerConfig::default(), Arc::new(AnyTenant))).routes();
        let (caller, health) = (Caller::new(&stack, TENANT), HealthClient::new(stack));
        Self { store, caller, health, _upstream: upstream, _place: place }
    }

    /// Writes customers; answers some of their histories.
    async fn write(&self, customers: u32) -> Vec<Summary> {
        let generation = self.store.first("SELECT active FROM projection WHERE name = 'value'", vec![]).await;
        let generation: i64 = generation.expect("a query").expect("a row").get(0).expect("a number");
        let mut known = Vec::new();
        for first in (0..customers).step_by(CHUNK as usize) {
            let mut memberships = Insert::new("membership", MEMBERSHIP);
            let mut days = Insert::new("record_day", DAY);
            let mut numbers: Vec<u32> = (first..(first + CHUNK).min(customers)).collect();
            numbers.sort_unstable_by_key(|number| id(*number));
            for number in numbers {
                let id = id(number).to_vec();
                memberships.row([TENANT.into(), generation.into(), id.clone().into(), id.clone().into(), 1_i64.into()]);
                let bought = purchases(number);
                for (day, minor) in &bought {
                    days.row([
                        TENANT.into(),
                        generation.into(),
                        id.clone().into(),
                        "EUR".into(),
                        "".into(),
                        i64::from(*day).into(),
                        1_i64.into(),
                        (*minor).into(),
                        0_i64.into(),
                        0_i64.into(),
                    ]);
                }
                if known.len() < ALONE {
                    known.extend(Summary::from_purchases(bought, DAYS.1));
                }
            }
            let tx = self.store.begin().await.expect("a transaction");
            tx.insert(memberships).await.expect("inserted");
            tx.insert(days).await.expect("inserted");
            tx.commit().await.expect("committed");
        }
        known
    }

    async fn fit(&self) {
        let request = FitModelRequest {
            request_id: "fit".to_owned(),
            currency_code: "EUR".to_owned(),
            period_end: Some(prost_types::Timestamp { seconds: i64::from(DAYS.1) * 86_400, nanos: 0 }),
            kind: PurchaseModelKind::BgNbd.into(),
            ..FitModelRequest::default()
        };
        let answer = self.caller.value.clone().fit_model(patient(request)).await.expect("a model").into_inner();
        assert!(answer.promotion.is_some(), "the first model is promoted");
    }

    async fn score(&self, person: [u8; 16]) {
        let request = ScoreCustomerRequest {
            by: Some(By::PersonId(PersonId(person).to_string())),
            currency_code: "EUR".to_owned(),
            ..ScoreCustomerRequest::default()
        };
        let answer = self.caller.value.clone().score_customer(patient(request)).await.expect("a score").into_inner();
        assert!(answer.score.is_some());
    }

    async fn empty(&self) {
        self.health.clone().check(HealthCheckRequest::default()).await.expect("an answer");
    }

    /// How many there are in a stream.
    async fn stream(&self) -> u32 {
        let request = StreamScoresRequest { currency_code: "EUR".to_owned(), ..StreamScoresRequest::default() };
        let mut stream =
            self.caller.value.clone().stream_scores(patient(request)).await.expect("a stream").into_inner();
        let mut count = 0;
        while let Some(page) = stream.next().await {
            count += u32::try_from(page.expect("a page").scores.len()).expect("few");
        }
        count
    }
}

/// The models without a service.
struct Alone {
    model: ValueModel,
    known: Vec<Summary>,
}

impl Alone {
    fn new(known: &[Summary]) -> Self {
        let cells: Vec<WeightedCell> =
            known.iter().map(|summary| WeightedCell { cell: Cell::from(summary), weight: 1 }).collect();
        let spends: Vec<RepeatSpend> = known
            .iter()
            .filter_map(|summary| RepeatSpend::new(summary.frequency(), summary.mean_minor_per_repeat_day()))
            .collect();
        let model = ValueModel {
            purchases: BgNbd::fit(&cell::unique(&cells)).expect("a fit").model,
            spend: GammaGamma::fit(&spends).expect("a fit").model,
            horizon: Horizon::from_weeks(52.0).expect("a horizon"),
            discount: DiscountRate::from_annual(0.1).expect("a rate"),
        };
        Self { model, known: known.to_vec() }
    }

    /// For one customer, of all.
    fn microseconds(&self) -> f64 {
        let begun = Instant::now();
        let worth: f64 = self.known.iter().filter_map(|known| Some(self.model.value(known).ok()?.expected_minor)).sum();
        assert!(worth.is_finite());
        begun.elapsed().as_secs_f64() * 1e6 / self.known.len() as f64
    }
}

fn patient<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(Duration::from_secs(600));
    request
}
