//! What groups are worth by what the profile says: value asks profile, in the name of the tenant.

use tenure_proto::{
    collector::v1::{
        ContractDetail, Correlation, RecordTouchpointsRequest, SubjectAttributes, Touchpoint, TouchpointType,
        touchpoint::Detail,
    },
    identity::v1::{GetPersonRequest, get_person_request},
    profile::v1::{GetProfileRequest, get_profile_request},
    value::v1::{FitModelRequest, GetGroupValueRequest, GroupBy},
};
use tenure_store::testing::TestPlace;
use tenure_tests::{
    caller::Caller,
    host::Host,
    touchpoints::{NEW_YEAR, purchase, touchpoint, with_attributes},
};

const CUSTOMERS: i64 = 300;

/// Every third customer reads English, the others Dutch.
fn language(n: i64) -> &'static str {
    if n % 3 == 0 { "en" } else { "nl" }
}

fn contract(n: i64, product: &str) -> Touchpoint {
    let detail = ContractDetail { product_code: product.to_owned(), ..ContractDetail::default() };
    let (event, key) = (format!("{product}-{n}"), format!("c{n}"));
    Touchpoint {
        correlation: Some(Correlation { contract_ref: event.clone(), ..Correlation::default() }),
        detail: Some(Detail::Contract(detail)),
        ..touchpoint(TouchpointType::ContractStarted, "shop", &event, &key, 1)
    }
}

/// Customers who buy; one in ten has a card, of whom every second a loan too.
fn history() -> Vec<Touchpoint> {
    let bought = |n: i64| {
        let attributes = SubjectAttributes { language_code: language(n).to_owned(), ..SubjectAttributes::default() };
        (0..=n % 5).map(move |k| {
            let one = purchase("shop", &format!("o{n}-{k}"), &format!("c{n}"), n % 60 + 9 * k, 900 + 13 * n + 170 * k);
            with_attributes(one, attributes.clone())
        })
    };
    let cards = (0..CUSTOMERS).step_by(10).map(|n| contract(n, "card"));
    let loans = (0..CUSTOMERS).step_by(20).map(|n| contract(n, "loan"));
    (0..CUSTOMERS).flat_map(bought).chain(cards).chain(loans).collect()
}

/// Records a history, and waits until value and profile have all of it.
async fn told(caller: &mut Caller) {
    let (mut record, mut token) = (String::new(), String::new());
    for batch in history().chunks(500) {
        let request = RecordTouchpointsRequest { touchpoints: batch.to_vec(), validate_only: false };
        let answer = caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
        assert!(answer.outcomes.iter().all(|outcome| outcome.violations.is_empty()));
        (record, token) = (answer.outcomes[0].record_id.clone(), answer.read_token);
    }
    let by = Some(get_person_request::By::RecordId(record.clone()));
    let ask = GetPersonRequest { by, read_after: token.clone() };
    caller.identity.get_person(ask).await.expect("a person");
    let by = Some(get_profile_request::By::RecordId(record));
    let ask = GetProfileRequest { by, read_after: token.clone(), ..Default::default() };
    caller.profile.get_profile(ask).await.expect("a profile");
    let fit = FitModelRequest {
        request_id: "fit".to_owned(),
        currency_code: "EUR".to_owned(),
        period_end: Some(prost_types::Timestamp { seconds: NEW_YEAR + 86_400 * 120, nanos: 0 }),
        read_after: token,
        ..FitModelRequest::default()
    };
    caller.value.fit_model(fit).await.expect("fitted");
}

/// Customers by group, and of the base.
async fn groups(caller: &mut Caller, path: &str) -> (Vec<(String, i64)>, i64) {
    let ask = GetGroupValueRequest {
        currency_code: "EUR".to_owned(),
        group_by: GroupBy::ProfileAttribute.into(),
        attribute_path: path.to_owned(),
        as_of: Some(prost_types::Timestamp { seconds: NEW_YEAR + 86_400 * 120, nanos: 0 }),
        ..GetGroupValueRequest::default()
    };
    let found = caller.value.get_group_value(ask).await.expect("groups").into_inner();
    let base = found.base.expect("a base");
    let net: f64 = found.groups.iter().map(|group| group.expected_net_minor_units).sum();
    assert!(net >= base.expected_net_minor_units - 1e-6 && base.expected_net_minor_units > 0.0, "{path}: {base:?}");
    let mut groups: Vec<(String, i64)> = found.groups.into_iter().map(|group| (group.key, group.customers)).collect();
    groups.sort_unstable();
    (groups, base.customers)
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_worth_something_by_what_the_profile_says() {
    for place in TestPlace::each() {
        let host = Host::start(place).await;
        let (mut acme, mut globex) = (host.caller("acme"), host.caller("globex"));
        told(&mut acme).await;
        told(&mut globex).await;
        let known =
            |groups: &[(&str, i64)]| groups.iter().map(|(key, many)| ((*key).to_owned(), *many)).collect::<Vec<_>>();
        let of = CUSTOMERS;
        assert_eq!(groups(&mut acme, "language").await, (known(&[("en", of / 3), ("nl", 2 * of / 3)]), of));
        // Who has both is in both groups, and counts once in the base.
        let products = known(&[("", of - of / 10), ("card", of / 10), ("loan", of / 20)]);
        assert_eq!(groups(&mut acme, "contract.*.product").await, (products, of));
        let states = known(&[("", of - of / 10), ("active", of / 10)]);
        assert_eq!(groups(&mut globex, "contract.*.status").await, (states, of));
        assert_eq!(groups(&mut acme, "life.deceased").await, (known(&[("", of)]), of));
    }
}
