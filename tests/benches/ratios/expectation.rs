//! The survey guard: `CheckSurvey` against an empty unary call, `ReserveSurvey` against that and one durable row, and what the guard takes
//! for a customer with very many touchpoints; how soon silence is noticed. One call at a time, each kind in turn, over TCP.

mod asked;
mod overdue;

use std::time::Duration;

use tenure_expectation::Migrator;
use tenure_store::{Insert, Kind, Query as _, Store, testing::TestPlace};
use tenure_tests::measured::{Aim, Round, Row, Spread};
use tokio::time::{Instant, sleep};

use crate::{ROUNDS, deployment};
use asked::Asked;

/// Customers, each asked about once in a round.
const CUSTOMERS: usize = 600;
/// Touchpoints of the customer who has very many.
const MANY: usize = 10_000;
/// Time enough to look at one customer again.
const BEHIND: Duration = Duration::from_millis(8);

pub(crate) async fn measure() -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(of(TestPlace::sqlite()).await);
    rows.push(overdue::measure(TestPlace::sqlite()).await);
    if let Some(place) = TestPlace::database().await {
        rows.extend(of(place).await);
    }
    if let Some(place) = TestPlace::database().await {
        rows.push(overdue::measure(place).await);
    }
    rows
}

async fn of(place: TestPlace) -> Vec<Row> {
    let name = deployment::name(&place);
    let beside = place.config.clone();
    // The last reserves nothing in a round, but has very many touchpoints.
    let asked = Asked::start(place, CUSTOMERS * (ROUNDS + 1), MANY).await;
    let store = Store::open::<Migrator>(&beside, "expectation").await.expect("the same database");
    store.execute("CREATE TABLE IF NOT EXISTS bench_row (id BIGINT PRIMARY KEY)", vec![]).await.expect("a table");
    let (mut check, mut reserve, mut crowd) = (Vec::new(), Vec::new(), Vec::new());
    let mut row: i64 = 0;
    for (round, customers) in asked.customers.chunks(CUSTOMERS).enumerate() {
        let (mut checks, mut empties, mut many) = (Vec::new(), Vec::new(), Vec::new());
        let (mut reserves, mut woken, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for customer in customers {
            checks.push(timed(asked.check(customer)).await);
            empties.push(timed(asked.empty()).await);
            if many.len() < CUSTOMERS / 10 {
                many.push(timed(asked.check(&asked.busy)).await);
            }
        }
        // Who was reserved for is looked at again behind the answer: no part of any call. And who is called after a pause takes longer to wake.
        for customer in customers {
            sleep(BEHIND).await;
            reserves.push(timed(asked.reserve(customer)).await);
            sleep(BEHIND).await;
            woken.push(timed(asked.empty()).await);
            sleep(BEHIND).await;
            row += 1;
            rows.push(timed(durable(&store, row)).await);
        }
        let p50 = |times| Spread::of(times).median;
        let (check_p50, empty) = (p50(checks), p50(empties));
        if round > 0 {
            check.push(Round::against(check_p50, empty));
            reserve.push(Round::against(p50(reserves), p50(woken) + p50(rows)));
            crowd.push(Round::against(p50(many), check_p50));
        }
    }
    store.close().await;
    asked.deployment.stop().await;
    vec![
        report(&format!("CheckSurvey on {name}, p50"), "an empty unary call", check, 3.0),
        report(&format!("ReserveSurvey on {name}, p50"), "an empty unary call and a durable row", reserve, 2.0),
        report(&format!("CheckSurvey of {MANY} touchpoints on {name}, p50"), "one of a few", crowd, 10.0),
    ]
}

fn report(what: &str, baseline: &str, rounds: Vec<Round>, most: f64) -> Row {
    let (what, baseline) = (what.to_owned(), baseline.to_owned());
    Row { what, baseline, unit: "us", rounds, aim: Aim::AtMost(most), note: String::new() }
}

/// One row in a transaction of its own.
async fn durable(store: &Store, id: i64) {
    let tx = store.begin().await.expect("a transaction");
    let mut insert = Insert::new("bench_row", &[("id", Kind::Int)]);
    insert.row([id.into()]);
    tx.insert(insert).await.expect("inserted");
    tx.commit().await.expect("committed");
}

/// In microseconds.
async fn timed<T>(work: impl Future<Output = T>) -> f64 {
    let begun = Instant::now();
    work.await;
    begun.elapsed().as_secs_f64() * 1e6
}
