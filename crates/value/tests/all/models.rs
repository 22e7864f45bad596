//! Models: fitted once per request, numbered, journaled, listed; scores and the base by the newest.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use prost::{Message, Name};
use tenure_journal::read_page;
use tenure_kernel::Timestamp;
use tenure_proto::value::v1::{self as pb, score_customer_request::By};
use tenure_store::testing::TestPlace;
use tonic::Code;

use crate::{
    entries::{DAY_ZERO, tenant},
    persons::{at, fit, score_of, with_model},
    stage::{Stage, of},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_answered_once_and_every_model_is_journaled() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
        let first = with_model(&stage, &acme).await;
        let mut client = stage.client.clone();
        let again = client.fit_model(of("acme", fit("first"))).await.expect("the same").into_inner();
        assert_eq!(again.model.as_ref(), Some(&first));
        let other = pb::FitModelRequest { period_end: at(299), ..fit("first") };
        let status = client.fit_model(of("acme", other.clone())).await.expect_err("reused");
        assert_eq!(status.code(), Code::AlreadyExists);

        // Two calls at once with one id get one model.
        let second = pb::FitModelRequest { request_id: "second".to_owned(), ..other };
        let (mut left, mut right) = (stage.client.clone(), stage.client.clone());
        let both =
            tokio::join!(left.fit_model(of("acme", second.clone())), right.fit_model(of("acme", second.clone())));
        let (left, right) = (both.0.expect("a model").into_inner(), both.1.expect("a model").into_inner());
        assert_eq!(left, right);
        assert_eq!((first.version, left.model.as_ref().map(|model| model.version)), (1, Some(2)));

        stage.clock.set(Timestamp::from_day(10_600));
        let third = client.fit_model(of("acme", fit("third"))).await.expect("a model").into_inner().model.unwrap();
        assert_eq!(
            (&third.purchases, &third.spend),
            (&first.purchases, &first.spend),
            "the same base teaches the same"
        );
        let models = vec![third, left.model.unwrap(), first];

        let page = read_page(stage.value.journal().store(), 0, &BTreeSet::new()).await.expect("entries");
        let fitted = page.entries.iter().filter(|entry| entry.type_name == pb::ModelFitted::full_name());
        let fitted = fitted.map(|entry| pb::ModelFitted::decode(entry.payload.clone()).unwrap());
        let journaled: Vec<pb::Model> = fitted.rev().map(|fitted| fitted.model.unwrap()).collect();
        assert_eq!(journaled, models);
        assert_eq!(list(&stage, 2).await, models);
        assert_eq!(list(&stage, 0).await, models);
    }
}

async fn list(stage: &Stage, page_size: i32) -> Vec<pb::Model> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListModelsRequest { page_size, page_token, ..Default::default() };
        let page = stage.client.clone().list_models(of("acme", request)).await.expect("a page").into_inner();
        all.extend(page.models);
        if page.next_page_token.is_empty() {
            return all;
        }
        page_token = page.next_page_token;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_base_is_worth_what_its_customers_are_worth() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
        let model = with_model(&stage, &acme).await;
        let mut client = stage.client.clone();
        let ask = pb::GetBaseValueRequest {
            currency_code: "EUR".to_owned(),
            as_of: at(310),
            top_size: 100,
            ..Default::default()
        };
        let worth = client.get_base_value(of("acme", ask.clone())).await.expect("a value").into_inner();
        assert_eq!((worth.customers, worth.repeaters), (model.customers, model.repeaters));
        assert_eq!(worth.model.as_ref(), Some(&model));
        let by_value = |one: &pb::CustomerScore| {
            (std::cmp::Reverse(one.expected_value_minor_units.to_bits()), one.summary.clone().unwrap().person_id)
        };
        assert!(worth.top.len() == 100 && worth.top.is_sorted_by_key(by_value));

        let list =
            pb::ListPurchaseSummariesRequest { currency_code: "EUR".to_owned(), as_of: at(310), ..Default::default() };
        let all = client.list_purchase_summaries(of("acme", list)).await.expect("a page").into_inner().summaries;
        let score = |summary: &pb::PurchaseSummary| {
            let (mut client, by) = (stage.client.clone(), By::PersonId(summary.person_id.clone()));
            async move { client.score_customer(of("acme", score_of(by))).await.expect("a score").into_inner().score }
        };
        let scores: Vec<_> = stream::iter(all.iter().map(score)).buffered(8).collect().await;
        let mut scores: Vec<pb::CustomerScore> = scores.into_iter().flatten().collect();
        assert!(scores.iter().map(|score| score.summary.as_ref().unwrap()).eq(&all));
        let sum = scores.iter().fold(0.0, |sum, score| sum + score.expected_value_minor_units);
        let total: i64 = all.iter().map(|summary| summary.total_minor_units).sum();
        assert_eq!((worth.expected_value_minor_units, worth.total_minor_units), (sum, total));
        scores.sort_by_key(by_value);
        scores.truncate(100);
        assert_eq!(worth.top, scores);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_score_has_defaults_and_reasons() {
    let place = TestPlace::sqlite();
    let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
    let model = with_model(&stage, &acme).await;
    let mut client = stage.client.clone();
    let ask = |by| pb::ScoreCustomerRequest { as_of: None, ..score_of(by) };
    let ages = async |client: &mut tenure_proto::value::v1::value_service_client::ValueServiceClient<_>| {
        let by = By::RecordId(crate::entries::record(100).to_string());
        let score = client.score_customer(of("acme", ask(by))).await.expect("a score").into_inner().score.unwrap();
        score.summary.unwrap().age_weeks
    };
    stage.clock.set(Timestamp::from_day(DAY_ZERO + 250));
    let at_period_end = ages(&mut client).await;
    stage.clock.set(Timestamp::from_day(DAY_ZERO + 307));
    let now = ages(&mut client).await;
    assert!((now - at_period_end - 1.0).abs() < 1e-9, "the period's end at least, and now when that is later");

    let explicit = pb::ScoreCustomerRequest {
        horizon_weeks: 52,
        discount_rate: Some(0.10),
        ..score_of(By::RecordId(crate::entries::record(101).to_string()))
    };
    let implicit = pb::ScoreCustomerRequest { horizon_weeks: 0, discount_rate: None, ..explicit.clone() };
    let undiscounted = pb::ScoreCustomerRequest { discount_rate: Some(0.0), ..explicit.clone() };
    let mut scores = Vec::new();
    for request in [explicit, implicit, undiscounted] {
        scores.push(client.score_customer(of("acme", request)).await.expect("a score").into_inner().score.unwrap());
    }
    assert_eq!(scores[0], scores[1]);
    assert!(scores[2].expected_value_minor_units > scores[0].expected_value_minor_units);
    assert_eq!((scores[0].model_id.as_str(), scores[0].model_version), (model.model_id.as_str(), 1));

    let repeater = scores.remove(0);
    let mut shown = format!("{:#?}", repeater.reasons);
    let once = (100..400).map(|number| By::RecordId(crate::entries::record(number).to_string()));
    for by in once {
        let score = client.score_customer(of("acme", score_of(by))).await.expect("a score").into_inner().score.unwrap();
        if score.summary.as_ref().is_some_and(|summary| summary.frequency == 0) {
            assert!((score.alive_probability - 1.0).abs() < f64::EPSILON);
            shown.push_str(&format!("\n{:#?}", score.reasons));
            break;
        }
    }
    insta::assert_snapshot!("reasons", shown);
}
