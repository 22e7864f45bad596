//! What others feel of a customer with very many touchpoints: their reads while it is written to and read all the time, against their
//! reads while an ordinary customer is.

use std::sync::atomic::{AtomicU64, Ordering};

use tenure_store::testing::TestPlace;
use tenure_tests::measured::{Aim, Round, Row, Spread};
use tokio::select;

use super::{
    customers::{Customers, NOT_KEPT},
    timed,
};
use crate::{ROUNDS, deployment, long};

const CUSTOMERS: usize = 500;
const BATCH: u64 = 500;
/// The key of the customer with very many, and of the ordinary one.
const BUSY: [&str; 2] = ["busy", "c0"];

pub(super) async fn measure(place: TestPlace) -> Row {
    let name = deployment::name(&place);
    let many: u64 = if long() { 100_000 } else { 20_000 };
    let customers = Customers::start(place, CUSTOMERS, &[(NOT_KEPT, "0".to_owned())]).await;
    let events = AtomicU64::new(0);
    for _ in 0..many / BATCH {
        let (records, token) = write(&customers, BUSY[0], BATCH, &events).await;
        customers.profile(&records[0], token).await;
    }
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let mut p50 = [0.0; 2];
        for (busy, p50) in BUSY.into_iter().zip(&mut p50) {
            *p50 = select! {
                times = reads(&customers) => Spread::of(times).median,
                () = busily(&customers, busy, &events) => unreachable!("it goes on"),
            };
        }
        if round > 0 {
            rounds.push(Round::against(p50[0], p50[1]));
        }
    }
    customers.deployment.stop().await;
    let what = format!("others' GetProfile while one has {many} touchpoints, on {name}, p50");
    super::row(&what, "while none has", rounds, Aim::AtMost(1.25))
}

async fn write(customers: &Customers, key: &str, count: u64, events: &AtomicU64) -> (Vec<String>, String) {
    let first = events.fetch_add(count, Ordering::Relaxed);
    customers.record((first..first + count).map(|n| (key.to_owned(), format!("busy-{n}"))).collect()).await
}

/// Reads of everybody but the customers that are busy.
async fn reads(customers: &Customers) -> Vec<f64> {
    let mut times = Vec::new();
    for record in customers.records.iter().skip(1).cycle().take(3 * CUSTOMERS) {
        times.push(timed(customers.profile(record, String::new())).await);
    }
    times
}

async fn busily(customers: &Customers, key: &str, events: &AtomicU64) {
    loop {
        let (records, token) = write(customers, key, 1, events).await;
        customers.profile(&records[0], token).await;
    }
}
