//! What serving takes: priced when it is read, whatever was registered when; and who costs more than they bring.

use std::collections::BTreeSet;

use prost::Message;
use tenure_journal::read_page;
use tenure_kernel::{Tenant, Timestamp};
use tenure_proto::{
    collector::v1::{Channel, TouchpointType},
    value::v1::{self as pb, score_customer_request::By},
};
use tenure_store::testing::TestPlace;
use tonic::Code;

use crate::{
    entries::{Amends, Decision, Serves, Touch, erased, person, record, tenant},
    persons::{at, score_of, with_model},
    stage::{Stage, of},
};

pub(crate) fn rate(kind: TouchpointType, minor_units: i64) -> pb::CostRate {
    pb::CostRate { r#type: kind.into(), minor_units, ..Default::default() }
}

pub(crate) fn rates(request_id: &str, rates: Vec<pb::CostRate>) -> pb::RegisterCostRatesRequest {
    let (request_id, currency_code) = (request_id.to_owned(), "EUR".to_owned());
    pb::RegisterCostRatesRequest { request_id, currency_code, earned_part: Some(0.25), rates }
}

async fn register(stage: &Stage, request: pb::RegisterCostRatesRequest) -> pb::CostRates {
    let answer = stage.client.clone().register_cost_rates(of("acme", request)).await.expect("registered");
    answer.into_inner().rates.expect("rates")
}

async fn score(stage: &Stage, number: u64) -> pb::CustomerScore {
    let ask = score_of(By::PersonId(person(number).to_string()));
    stage.client.clone().score_customer(of("acme", ask)).await.expect("a score").into_inner().score.expect("a score")
}

async fn net(stage: &Stage, number: u64) -> pb::NetValue {
    score(stage, number).await.net.expect("a net value")
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_are_registered_once_numbered_journaled_and_listed() {
    for place in TestPlace::each() {
        let stage = Stage::open(&place, 1).await;
        let calls = vec![rate(TouchpointType::CallEnded, 500), rate(TouchpointType::ComplaintReceived, 2_000)];
        let first = register(&stage, rates("one", calls.clone())).await;
        assert_eq!(
            register(&stage, rates("one", calls.iter().rev().copied().collect())).await,
            first,
            "order is nothing"
        );
        let reused = stage.client.clone().register_cost_rates(of("acme", rates("one", vec![]))).await;
        assert_eq!(reused.expect_err("another body").code(), Code::AlreadyExists);
        let dollars = pb::RegisterCostRatesRequest { currency_code: "USD".to_owned(), ..rates("two", vec![]) };
        let dollars = register(&stage, dollars).await;
        stage.clock.set(Timestamp::from_day(10_600));
        let second = register(&stage, rates("three", vec![])).await;
        assert_eq!([first.version, dollars.version, second.version], [1, 1, 2]);
        assert_eq!((first.rates.len(), first.earned_part), (2, 0.25));

        let list = async |tenant, page_size, page_token| {
            let ask = pb::ListCostRatesRequest { page_size, page_token };
            stage.client.clone().list_cost_rates(of(tenant, ask)).await.expect("a page").into_inner()
        };
        let all = list("acme", 0, String::new()).await;
        assert_eq!((all.rates.clone(), all.next_page_token), (vec![second, dollars, first], String::new()));
        let mut paged = Vec::new();
        let mut token = String::new();
        loop {
            let page = list("acme", 1, token).await;
            paged.extend(page.rates);
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(paged, all.rates);
        assert_eq!(list("other", 0, String::new()).await.rates, []);

        let page = read_page(stage.value.journal().store(), 0, &BTreeSet::new()).await.expect("entries");
        let told = page.entries.iter().map(|entry| pb::CostRatesRegistered::decode(entry.payload.clone()).unwrap());
        assert_eq!(told.rev().map(|told| told.rates.unwrap()).collect::<Vec<_>>(), all.rates, "journaled");
    }
}

/// Numbers beyond those of the base.
fn calls(record: u64, days: impl IntoIterator<Item = i32>) -> Vec<Touch> {
    let number = |day: i32| 700_000 + record * 1_000 + u64::try_from(day).unwrap();
    days.into_iter().map(|day| Touch::call(number(day), record, day, 600)).collect()
}

async fn tell(stage: &Stage, acme: &Tenant, touches: &[Touch]) {
    stage.tell(touches.iter().map(|touch| touch.draft(acme)).collect(), vec![]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn service_is_counted_when_it_comes_and_priced_when_it_is_read() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 2).await, tenant("acme"));
        with_model(&stage, &acme).await;
        let before = score(&stage, 100).await;
        let value = before.expected_value_minor_units;
        let untouched = before.net.clone().unwrap();
        assert_eq!(
            (untouched.expected_margin_minor_units, untouched.expected_cost_minor_units, untouched.rates_version),
            (value, 0.0, 0)
        );

        // The first call came before the first purchase of customer 100, and the last after the day of the score.
        let summary = before.summary.unwrap();
        let first = 310 - (summary.age_weeks * 7.0).round() as i32;
        assert!(first > 0, "a base without customers of the first day");
        tell(&stage, &acme, &calls(100, [first - 1, first, 200, 300, 311])).await;
        let refund = Serves {
            kind: TouchpointType::RefundIssued,
            channel: Channel::System,
            seconds: 0,
            paid: Some(("EUR", 1_000)),
        };
        let dollars = Serves { paid: Some(("USD", 9_000)), ..refund };
        tell(&stage, &acme, &[Touch::service(800_000, 100, 250, refund), Touch::service(800_001, 100, 250, dollars)])
            .await;
        let unpriced = net(&stage, 100).await;
        assert_eq!(unpriced.past_cost_minor_units, 1_000, "what was paid out costs without a rate");

        let call = pb::CostRate { hourly_minor_units: 6_000, ..rate(TouchpointType::CallEnded, 50) };
        let half = pb::CostRate { paid_part: Some(0.5), ..rate(TouchpointType::RefundIssued, 20) };
        register(&stage, rates("one", vec![call, half])).await;
        let priced = net(&stage, 100).await;
        assert_eq!(priced.past_cost_minor_units, 3 * (50 + 1_000) + 520);
        assert_eq!((priced.expected_margin_minor_units, priced.rates_version), (0.25 * value, 1));
        assert_eq!(
            priced.expected_net_minor_units,
            priced.expected_margin_minor_units - priced.expected_cost_minor_units
        );
        let causes: Vec<(TouchpointType, i64, i64)> =
            priced.causes.iter().map(|cause| (cause.r#type(), cause.count, cause.cost_minor_units)).collect();
        assert_eq!(causes, [(TouchpointType::CallEnded, 3, 3_150), (TouchpointType::RefundIssued, 1, 520)]);

        // A newer version prices what is long past too; a call that never was costs nothing any more.
        register(&stage, rates("two", vec![rate(TouchpointType::CallEnded, 10)])).await;
        assert_eq!(net(&stage, 100).await.past_cost_minor_units, 3 * 10 + 1_000);
        let amends = Some(Amends { target: 700_000 + 100_000 + 200, revision: 1, retracts: true });
        tell(&stage, &acme, &[Touch { number: 900_000, amends, ..calls(100, [200])[0] }]).await;
        assert_eq!(net(&stage, 100).await.past_cost_minor_units, 2 * 10 + 1_000);
        let reasons = score(&stage, 100).await.reasons;
        insta::assert_snapshot!("reasons_of_costs", format!("{reasons:#?}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_persons_net_value_is_that_of_one_record_to_the_last_bit() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 2).await, tenant("acme"));
        with_model(&stage, &acme).await;
        let touch = |number: u64, record: u64| {
            let day = i32::try_from(20 + (number * number * 7) % 200).unwrap();
            let minor = i64::try_from(number * 3_137).unwrap();
            let number = 10_000 + number + record * 1_000;
            match number % 3 {
                0 => Touch::call(number, record, day + 40, 100 + minor % 700),
                1 => Touch { margin: Some(minor / 7 - 300), ..Touch::purchase(number, record, day, "EUR", minor) },
                _ => Touch::purchase(number, record, day, "EUR", minor),
            }
        };
        let split =
            (0..40).map(|number| touch(number, 1)).map(|touch| Touch { record: 1 + touch.number % 7 % 3, ..touch });
        let whole = (0..40).map(|number| Touch { number: 50_000 + number, record: 5, ..touch(number, 1) });
        tell(&stage, &acme, &split.chain(whole).collect::<Vec<_>>()).await;
        let rate = pb::CostRate { hourly_minor_units: 777, ..rate(TouchpointType::CallEnded, 333) };
        register(&stage, rates("one", vec![rate])).await;
        let alone = Decision::moves([(1, 1, 1), (2, 2, 1), (3, 3, 1), (5, 5, 1)]);
        stage.settle(&stage.decide(vec![alone.draft(&acme)]).await).await;
        let before = [net(&stage, 1).await, net(&stage, 2).await, net(&stage, 3).await];
        assert!(before.iter().all(|net| net.past_cost_minor_units > 0), "{before:?}");
        let merge = Decision::moves([(2, 1, 2), (3, 1, 2)]).redirecting(2, Some(1), 1).redirecting(3, Some(1), 1);
        stage.settle(&stage.decide(vec![merge.draft(&acme)]).await).await;
        assert_eq!(net(&stage, 1).await, net(&stage, 5).await);
        assert_eq!(net(&stage, 3).await, net(&stage, 5).await, "by redirect");
        let split = Decision::moves([(2, 2, 3), (3, 3, 3)]).redirecting(2, None, 2).redirecting(3, None, 2);
        stage.settle(&stage.decide(vec![split.draft(&acme)]).await).await;
        assert_eq!([net(&stage, 1).await, net(&stage, 2).await, net(&stage, 3).await], before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_costs_more_than_they_bring_is_listed_the_worst_first() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 2).await, tenant("acme"));
        with_model(&stage, &acme).await;
        for customer in 100..140 {
            tell(&stage, &acme, &calls(customer, (100..310).step_by(usize::try_from(customer - 90).unwrap()))).await;
        }
        register(&stage, rates("one", vec![rate(TouchpointType::CallEnded, 2_000)])).await;
        let ask = pb::ListNegativeValueCustomersRequest {
            currency_code: "EUR".to_owned(),
            as_of: at(310),
            ..Default::default()
        };
        let list = async |ask| {
            let answer = stage.client.clone().list_negative_value_customers(of("acme", ask)).await;
            answer.expect("a page").into_inner()
        };
        let whole = list(ask.clone()).await;
        assert_eq!(whole.next_page_token, "");
        let nets: Vec<f64> =
            whole.customers.iter().map(|one| one.net.as_ref().unwrap().expected_net_minor_units).collect();
        assert!(nets.len() > 5 && nets.is_sorted() && nets.iter().all(|net| *net < 0.0), "{nets:?}");
        for number in 100..400 {
            let one = score(&stage, number).await;
            let negative = one.net.as_ref().unwrap().expected_net_minor_units < 0.0;
            assert_eq!(whole.customers.contains(&one), negative, "{number}");
        }
        let worth = pb::GetBaseValueRequest { currency_code: "EUR".to_owned(), as_of: at(310), ..Default::default() };
        let worth = stage.client.clone().get_base_value(of("acme", worth)).await.expect("a value").into_inner();
        assert_eq!(worth.negative_customers, nets.len() as i64);
        assert_eq!(worth.expected_net_minor_units, worth.expected_margin_minor_units - worth.expected_cost_minor_units);
        assert!(
            worth.expected_cost_minor_units > 0.0
                && (worth.expected_margin_minor_units / worth.expected_value_minor_units - 0.25).abs() < 1e-9
        );

        let first = list(pb::ListNegativeValueCustomersRequest { page_size: 3, ..ask.clone() }).await;
        // Later pages have the rates and the day of the first.
        register(&stage, rates("two", vec![rate(TouchpointType::CallEnded, 9_000)])).await;
        let (mut paged, mut page_token) = (first.customers, first.next_page_token);
        let token = page_token.clone();
        while !page_token.is_empty() {
            let next = list(pb::ListNegativeValueCustomersRequest { page_size: 3, page_token, ..ask.clone() }).await;
            paged.extend(next.customers);
            page_token = next.next_page_token;
        }
        assert_eq!(paged, whole.customers);
        let other =
            pb::ListNegativeValueCustomersRequest { page_token: token.clone(), horizon_weeks: 26, ..ask.clone() };
        let other = stage.client.clone().list_negative_value_customers(of("acme", other)).await;
        assert_eq!(other.expect_err("another question").code(), Code::InvalidArgument);
        let foreign = pb::ListNegativeValueCustomersRequest { page_token: token, ..ask };
        let foreign = stage.client.clone().list_negative_value_customers(of("other", foreign)).await;
        assert_eq!(foreign.expect_err("another tenant's").code(), Code::InvalidArgument);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn services_are_exported_and_erased_with_their_record() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
        let long = Touch::call(3, 1, 11, 200_000);
        tell(&stage, &acme, &[Touch::purchase(1, 1, 10, "EUR", 500), Touch::call(2, 1, 11, 60), long]).await;
        let held = async || {
            let ask = pb::ExportRecordsRequest { record_ids: vec![record(1).to_string()] };
            stage.client.clone().export_records(of("acme", ask)).await.expect("an export").into_inner()
        };
        let day = pb::ServiceDay {
            line_code: String::new(),
            record_id: record(1).to_string(),
            day: crate::entries::DAY_ZERO + 11,
            r#type: TouchpointType::CallEnded.into(),
            channel: Channel::Phone.into(),
            currency_code: String::new(),
            count: 2,
            handle_seconds: 60 + 86_400,
            paid_minor_units: 0,
        };
        assert_eq!(held().await.services, [day]);
        stage.settle(&stage.collect(vec![erased(&acme, &[1])]).await).await;
        tell(&stage, &acme, &[Touch::call(4, 1, 12, 60)]).await;
        assert_eq!(held().await, pb::ExportRecordsResponse::default());
    }
}
