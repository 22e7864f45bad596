//! A `GetProfile` that is not kept anywhere, against an empty unary call and one indexed query of the same record.

use tenure_kernel::RecordId;
use tenure_profile::Migrator;
use tenure_store::{Query as _, Store, testing::TestPlace};
use tenure_tests::measured::{Aim, Round, Row, Spread};

use super::{
    customers::{Customers, NOT_KEPT},
    timed,
};
use crate::{ROUNDS, deployment};

/// Customers, each read once in a round.
const CUSTOMERS: usize = 1_000;

pub(super) async fn measure(place: TestPlace) -> Row {
    let name = deployment::name(&place);
    let beside = place.config.clone();
    let customers = Customers::start(place, CUSTOMERS, &[(NOT_KEPT, "0".to_owned())]).await;
    let store = Store::open::<Migrator>(&beside, "profile").await.expect("the same database");
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let (mut ours, mut empty, mut query) = (Vec::new(), Vec::new(), Vec::new());
        for record in &customers.records {
            ours.push(timed(customers.profile(record, String::new())).await);
            empty.push(timed(customers.empty()).await);
            query.push(timed(one_query(&store, record)).await);
        }
        let p50 = |times| Spread::of(times).median;
        if round > 0 {
            rounds.push(Round::against(p50(ours), p50(empty) + p50(query)));
        }
    }
    store.close().await;
    customers.deployment.stop().await;
    let baseline = "an empty unary call and one indexed query";
    super::row(&format!("cold GetProfile on {name}, p50"), baseline, rounds, Aim::AtMost(3.0))
}

async fn one_query(store: &Store, record: &str) {
    let record: RecordId = record.parse().expect("an id");
    let sql = "SELECT summary FROM record_summary WHERE tenant = ? AND generation = 1 AND record_id = ?";
    let row = store.first(sql, vec!["bench".into(), record.0.to_vec().into()]).await.expect("a query");
    assert!(row.is_some_and(|row| !row.get::<Vec<u8>>(0).expect("bytes").is_empty()));
}
