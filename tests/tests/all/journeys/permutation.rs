//! Order does not matter, and neither does repetition: whatever way the same touchpoints come in, before a steward's decisions
//! and after them, every service ends in the same state. (A steward decides about what is known by then, so what came before
//! is a part of the history.)

use std::collections::BTreeSet;

use rand::{RngExt as _, SeedableRng, rngs::StdRng, seq::SliceRandom};
use tenure_kernel::Tenant;
use tenure_keyring::{Kek, Keyring};
use tenure_proto::{
    collector::v1::{
        IdentifierKind, RecordTouchpointsRequest, SubjectAttributes, Touchpoint, TouchpointType, amendment::Kind,
    },
    expectation::v1::GetExpectationOverviewRequest,
    identity::v1::{GetPersonRequest, MergePersonsRequest, SplitPersonRequest, get_person_request},
    profile::v1::{GetProfileRequest, get_profile_request},
    value::v1::ListPurchaseSummariesRequest,
};
use tenure_store::testing::TestPlace;
use tenure_tests::{
    caller::Caller,
    cluster::Cluster,
    host::Host,
    touchpoints::{amending, purchase, touchpoint, with_attributes, with_identifier},
};

const HISTORIES: u64 = 4;
const ORDERS: u64 = 5;

/// What comes in before stewards decide, and what comes in afterwards.
struct History {
    before: Vec<Touchpoint>,
    after: Vec<Touchpoint>,
}

impl History {
    /// Three sources that share some e-mails, with corrections, retractions, amendments of amendments, and consent that is
    /// given and withdrawn. The same seed gives the same history.
    fn generated(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut history = Self { before: Vec::new(), after: Vec::new() };
        for n in 0..60_i64 {
            let (source, key) = (["shop", "crm", "desk"][random.random_range(0..3)], random.random_range(0..9));
            let key = format!("k{key}");
            let mut bought = purchase(source, &format!("p{n}"), &key, random.random_range(0..40), 500 + 91 * n);
            if random.random_ratio(1, 3) {
                let email = format!("k{}@example.nl", random.random_range(0..12));
                bought = with_identifier(bought, IdentifierKind::Email, &email);
            }
            if random.random_ratio(1, 4) {
                let family_name = format!("Naam{}", random.random_range(0..5));
                bought = with_attributes(bought, SubjectAttributes { family_name, ..SubjectAttributes::default() });
            }
            history.put(n < 40, bought);
            for amendment in amendments(&mut random, n, source, &key) {
                history.put(random.random_ratio(1, 2), amendment);
            }
            let given = random.random_ratio(1, 2);
            let kind = if given { TouchpointType::ConsentGiven } else { TouchpointType::ConsentWithdrawn };
            history.put(n < 40, touchpoint(kind, source, &format!("s{n}"), &key, random.random_range(0..6)));
            let promised = random.random_ratio(1, 2);
            let kind = if promised { TouchpointType::DeliveryPromised } else { TouchpointType::DeliveryDelivered };
            history.put(n < 40, touchpoint(kind, source, &format!("d{n}"), &key, random.random_range(0..40)));
        }
        history
    }

    fn put(&mut self, before: bool, touchpoint: Touchpoint) {
        if before { self.before.push(touchpoint) } else { self.after.push(touchpoint) }
    }
}

/// A correction, a retraction and a correction that brings the purchase back, each now and then.
fn amendments(random: &mut StdRng, n: i64, source: &str, key: &str) -> Vec<Touchpoint> {
    let target = format!("p{n}");
    let mut all = Vec::new();
    if random.random_ratio(1, 5) {
        let fixed = purchase(source, &format!("c{n}"), key, random.random_range(0..40), 100 + n);
        all.push(amending(fixed, Kind::Correction, &target, 1));
    }
    if random.random_ratio(1, 6) {
        let gone = touchpoint(TouchpointType::OrderPlaced, source, &format!("r{n}"), key, n % 40);
        all.push(amending(gone, Kind::Retraction, &target, 2));
    }
    if random.random_ratio(1, 9) {
        let back = with_identifier(purchase(source, &format!("b{n}"), key, 9, 77), IdentifierKind::Phone, "0612345678");
        all.push(amending(back, Kind::Correction, &target, 3));
    }
    all
}

/// Records touchpoints; answers whom they are about and a read token.
async fn record(caller: &mut Caller, touchpoints: &[Touchpoint]) -> (Vec<String>, String) {
    let request = RecordTouchpointsRequest { touchpoints: touchpoints.to_vec(), validate_only: false };
    let answer = caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
    let wrong = answer.outcomes.iter().find(|outcome| !outcome.violations.is_empty());
    assert!(wrong.is_none(), "{wrong:?}");
    (answer.outcomes.into_iter().map(|outcome| outcome.record_id).collect(), answer.read_token)
}

/// Records touchpoints in some order, with repeats, in batches of some size; answers as [`record`].
async fn pour(
    caller: &mut Caller,
    mut touchpoints: Vec<Touchpoint>,
    random: &mut StdRng,
) -> (BTreeSet<String>, String) {
    let repeats: Vec<_> = (0..20).map(|_| touchpoints[random.random_range(0..touchpoints.len())].clone()).collect();
    touchpoints.extend(repeats);
    touchpoints.shuffle(random);
    let (mut records, mut token) = (BTreeSet::new(), String::new());
    while !touchpoints.is_empty() {
        let rest = touchpoints.split_off(random.random_range(1..=touchpoints.len().min(60)));
        let (named, latest) = record(caller, &touchpoints).await;
        records.extend(named);
        (touchpoints, token) = (rest, latest);
    }
    (records, token)
}

async fn person(caller: &mut Caller, record_id: &str, read_after: &str) -> String {
    let by = Some(get_person_request::By::RecordId(record_id.to_owned()));
    let request = GetPersonRequest { by, read_after: read_after.to_owned() };
    caller.identity.get_person(request).await.expect("a person").into_inner().person.expect("a person").person_id
}

/// Merges the persons of two records; answers the person that both are now.
async fn merge(caller: &mut Caller, request_id: &str, records: [&str; 2]) -> String {
    let (left, right) = (person(caller, records[0], "").await, person(caller, records[1], "").await);
    if left == right {
        return left;
    }
    let person_ids = vec![left, right];
    let request = MergePersonsRequest { request_id: request_id.to_owned(), person_ids, etags: Vec::new() };
    let merged = caller.identity.merge_persons(request).await.expect("merged").into_inner();
    merged.person.expect("a person").person_id
}

/// Merges, splits what was merged in another way, and merges two more.
async fn decide(caller: &mut Caller, records: &BTreeSet<String>, token: &str) {
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    let (first, last) = (records[0], records[records.len() - 1]);
    person(caller, first, token).await;
    let person_id = merge(caller, "m1", [first, last]).await;
    let split = SplitPersonRequest {
        request_id: "s1".to_owned(),
        person_id,
        record_ids: vec![last.to_owned()],
        etag: String::new(),
    };
    caller.identity.split_person(split).await.expect("split");
    merge(caller, "m2", [records[1], records[records.len() / 2]]).await;
}

/// Waits until every service has followed that far.
pub(super) async fn follow(caller: &mut Caller, token: &str) {
    // A read of nobody has waited for the token all the same.
    let nobody = tenure_kernel::RecordId([1; 16]).to_string();
    let by = Some(get_profile_request::By::RecordId(nobody));
    let profile = GetProfileRequest { by, read_after: token.to_owned(), ..Default::default() };
    let status = caller.profile.get_profile(profile).await.expect_err("nobody");
    assert_eq!(status.code(), tonic::Code::NotFound, "{status:?}");
    let summaries = ListPurchaseSummariesRequest {
        currency_code: "EUR".to_owned(),
        read_after: token.to_owned(),
        ..Default::default()
    };
    caller.value.list_purchase_summaries(summaries).await.expect("summaries");
    let overview = GetExpectationOverviewRequest { read_after: token.to_owned() };
    caller.expectation.get_expectation_overview(overview).await.expect("an overview");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_batching_and_repetition_ends_in_the_same_state_on_sqlite() {
    every_order(|| Some(TestPlace::sqlite())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_batching_and_repetition_ends_in_the_same_state_on_postgres() {
    every_order(TestPlace::postgres).await;
}

async fn every_order(place: impl Fn() -> Option<TestPlace>) {
    // Ids are derived under secrets in the keyring: the orders share one, so that their states can be compared.
    let secrets = TestPlace::sqlite();
    let kek = Kek::new(&[7; 32]).expect("a key");
    let keyring = Keyring::open(&secrets.config, "keyring", kek).await.expect("a keyring");
    for history in 0..HISTORIES {
        let mut expected = None;
        for order in 0..ORDERS {
            let Some(place) = place() else { return };
            let host = Host::with_keyring(place, keyring.clone()).await;
            in_some_order(&mut host.caller("acme"), history, order).await;
            let state = host.state(&"acme".parse().expect("a tenant")).await;
            host.stop().await;
            assert!(state.len() > 14, "{state:?}");
            assert_eq!(&state, expected.get_or_insert(state.clone()), "order {order} of history {history}");
        }
    }
}

/// The journey on processes: the orders of a history, each of a tenant of its own. Their secrets are the same, so that their
/// states can be compared.
pub(super) async fn orders_of_tenants(cluster: &Cluster) {
    let tenants: Vec<Tenant> = (0..ORDERS).map(|n| format!("order-{n}").parse().expect("a tenant")).collect();
    let (keyring, witness) = (cluster.keyring().await, cluster.witness().await);
    let mut expected = None;
    for (order, tenant) in (0..).zip(&tenants) {
        keyring.share_secrets(&tenants[0], tenant).await.expect("shared");
        in_some_order(&mut cluster.caller(tenant.as_str()), 0, order).await;
        let state = witness.state(tenant).await.expect("its state");
        assert!(state.len() > 14, "{state:?}");
        assert_eq!(&state, expected.get_or_insert(state.clone()), "order {order}");
    }
}

/// A history in some order, until every service has followed it.
pub(crate) async fn in_some_order(caller: &mut Caller, history: u64, order: u64) {
    let History { before, mut after } = History::generated(history);
    let mut random = StdRng::seed_from_u64(order);
    let (records, token) = pour(caller, before.clone(), &mut random).await;
    decide(caller, &records, &token).await;
    // What came before comes again, in between.
    after.extend(before);
    let (_, token) = pour(caller, after, &mut random).await;
    follow(caller, &token).await;
}
