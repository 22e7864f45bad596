//! What if more customers stayed; and when what they cost to win comes back.

use tenure_proto::{
    collector::v1::{Channel, TouchpointType},
    value::v1::{self as pb, GroupBy},
};
use tenure_store::testing::TestPlace;

use crate::{
    costs::{rate, rates},
    entries::{Deals, Decision, Touch, tenant},
    persons::{at, with_model},
    stage::{Stage, of},
};

pub(crate) const CONTRACT: Deals = Deals {
    kind: TouchpointType::ContractStarted,
    channel: Channel::Web,
    contract: "policy",
    product: "motor",
    offer: "",
    price: Some(("EUR", 40_000)),
};

/// Contracts of a year: of those who came with an offer most leave at the first renewal, of the others few, and later few of both.
/// The days of the first are long before those of the base.
pub(crate) fn contracts() -> (Vec<Touch>, Decision) {
    let mut touches = Vec::new();
    for customer in 2_000..2_200 {
        let (number, intro) = (customer * 1_000, customer % 2 == 0);
        let offer = if intro { "intro" } else { "" };
        let renewals = match (intro, customer / 2 % 10) {
            (true, 0..=5) | (false, 0) => 0,
            (_, 1 | 6) => 1,
            _ => 3,
        };
        let from = -1_300 + i32::try_from(customer % 100).unwrap();
        touches.push(Touch::deal(number, customer, from, Deals { offer, ..CONTRACT }));
        for renewal in 1..=renewals {
            let deal = Deals { kind: TouchpointType::ContractRenewed, ..CONTRACT };
            touches.push(Touch::deal(number + 10 + u64::from(renewal as u32), customer, from + 365 * renewal, deal));
        }
        if renewals < 3 {
            let deal = Deals { kind: TouchpointType::ContractLapsed, price: None, ..CONTRACT };
            touches.push(Touch::deal(number + 20, customer, from + 365 * (renewals + 1), deal));
        }
        // Somebody who compares prices calls first.
        touches.extend(intro.then(|| Touch::call(number + 30, customer, from - 5, 0)));
    }
    (touches, Decision::moves((2_000..2_200).map(|customer| (customer, customer, 1))))
}

async fn with_contracts(place: &TestPlace) -> Stage {
    let (stage, acme) = (Stage::open(place, 2).await, tenant("acme"));
    with_model(&stage, &acme).await;
    let (touches, decision) = contracts();
    stage.tell(touches.iter().map(|touch| touch.draft(&acme)).collect(), vec![decision.draft(&acme)]).await;
    stage
}

async fn what_if(stage: &Stage, points: f64) -> pb::WhatIfResponse {
    let ask = pb::WhatIfRequest {
        currency_code: "EUR".to_owned(),
        as_of: at(310),
        retention_change: points,
        ..Default::default()
    };
    stage.client.clone().what_if(of("acme", ask)).await.expect("an answer").into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn more_who_stay_are_worth_more_and_both_ways_to_reckon_are_told() {
    for place in TestPlace::each() {
        let stage = with_contracts(&place).await;
        let answer = what_if(&stage, 0.03).await;
        assert_eq!(answer.parts.len(), 2, "{answer:#?}");
        for part in &answer.parts {
            let (now, then) = (part.now.as_ref().expect("now"), part.then.as_ref().expect("then"));
            assert!((then.retention - now.retention - 0.03).abs() < 1e-9, "{part:#?}");
            assert!(then.expected_margin_minor_units > now.expected_margin_minor_units, "{part:#?}");
            assert!(then.expected_textbook_minor_units > now.expected_textbook_minor_units, "{part:#?}");
            assert_eq!((part.reasons.len(), part.lacking.as_str()), (3, ""));
        }
        let contracts = &answer.parts[1];
        let now = contracts.now.as_ref().unwrap();
        assert_eq!((contracts.term_months, contracts.customers), (Some(12), 100.0));
        // Those that run have been renewed three times, and hardly leave any more.
        assert!(now.retention > 0.8, "{now:?}");
        // By the textbook: every contract brings 400 euros a year.
        let textbook = contracts.customers * 40_000.0 * now.retention / (1.1 - now.retention);
        assert!((now.expected_textbook_minor_units / textbook - 1.0).abs() < 1e-9, "{now:?}");
        assert!(now.expected_margin_minor_units > now.expected_textbook_minor_units, "who is left grows more loyal");

        // Nothing changes without a change; twice the yield is twice the margin.
        let same = what_if(&stage, 0.0).await;
        assert!(same.parts.iter().all(|part| part.now == part.then));
        let ask = pb::WhatIfRequest {
            currency_code: "EUR".to_owned(),
            as_of: at(310),
            yield_change: 1.0,
            service_change: -1.0,
            ..Default::default()
        };
        let twice = stage.client.clone().what_if(of("acme", ask)).await.expect("an answer").into_inner();
        for (part, plain) in twice.parts.iter().zip(&same.parts) {
            let (then, now) = (part.then.as_ref().unwrap(), plain.now.as_ref().unwrap());
            assert!((then.expected_margin_minor_units / now.expected_margin_minor_units - 2.0).abs() < 1e-9);
            assert_eq!(then.expected_cost_minor_units, 0.0);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn service_is_part_of_what_if() {
    let place = TestPlace::sqlite();
    let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
    with_model(&stage, &acme).await;
    let calls: Vec<_> =
        (100..400).map(|customer| Touch::call(800_000 + customer, customer, 200, 0).draft(&acme)).collect();
    stage.tell(calls, vec![]).await;
    let request = rates("one", vec![rate(TouchpointType::CallEnded, 300)]);
    stage.client.clone().register_cost_rates(of("acme", request)).await.expect("registered");
    let answer = what_if(&stage, 0.05).await;
    let [part] = answer.parts.as_slice() else { panic!("{answer:#?}") };
    let (now, then) = (part.now.as_ref().unwrap(), part.then.as_ref().unwrap());
    assert!(0.0 < now.expected_cost_minor_units && now.expected_cost_minor_units < then.expected_cost_minor_units);
    assert_eq!(now.expected_net_minor_units, now.expected_margin_minor_units - now.expected_cost_minor_units);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_winning_customers_cost_comes_back_or_does_not() {
    for place in TestPlace::each() {
        let stage = with_contracts(&place).await;
        let request = rates("one", vec![rate(TouchpointType::CallEnded, 1_000)]);
        stage.client.clone().register_cost_rates(of("acme", request)).await.expect("registered");
        let cost = |key: &str, minor_units| pb::AcquisitionCost { key: key.to_owned(), minor_units };
        let ask = pb::GetAcquisitionPaybackRequest {
            currency_code: "EUR".to_owned(),
            group_by: GroupBy::Offer.into(),
            as_of: at(310),
            months: 48,
            costs: vec![cost("intro", 25_000), cost("", 100)],
            ..Default::default()
        };
        let found = stage.client.clone().get_acquisition_payback(of("acme", ask)).await.expect("groups").into_inner();
        assert_eq!((found.groups.len(), found.rest, found.rates_version), (2, None, 1));
        let (others, intro) = (&found.groups[0], &found.groups[1]);
        assert_eq!((others.customers, intro.customers), (400, 100));
        // 250 euros as told, and a call before the contract.
        assert_eq!(intro.expected_acquisition_minor_units, 100.0 * 26_000.0);
        assert_eq!((intro.first_renewals_due, intro.first_renewal_loss), (100, Some(0.6)));
        assert_eq!((others.first_renewals_due, others.first_renewal_loss), (100, Some(0.1)));
        assert!(intro.later_renewal_loss < Some(0.4) && intro.later_renewals_due > 50, "{intro:#?}");
        assert!(intro.is_loss && intro.is_offer_driven, "{intro:#?}");
        assert!(!others.is_loss && !others.is_offer_driven);
        assert_eq!(others.break_even_month, Some(1));
        assert_eq!(intro.mean_cumulative_minor_units.len(), 48);
        // A quarter of 400 euros in the first month, and nothing until the first renewal.
        let month = |month: usize| intro.mean_cumulative_minor_units[month - 1];
        assert_eq!((month(1), month(11), month(12) > 10_000.0), (10_000.0, 10_000.0, true));
        assert!(intro.mean_cumulative_minor_units.is_sorted());
        let sum = intro.expected_earned_minor_units;
        assert_eq!(sum, 10_000.0 * (100.0 + 40.0 + 30.0 + 30.0), "{intro:#?}");
        insta::assert_snapshot!("reasons_of_payback", format!("{:#?}\n{:#?}", intro.reasons, others.reasons));
    }
}
