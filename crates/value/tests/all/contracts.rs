//! Contracts as models of scores: fitted, held against what came, promoted, and part of what a person is worth.

use tenure_kernel::Timestamp;
use tenure_proto::{
    collector::v1::TouchpointType,
    value::v1::{
        self as pb, ModelSubject, PromotionCause, PurchaseModelKind as Kind, ScoreBasis, score_customer_request::By,
    },
};
use tenure_store::testing::TestPlace;
use tenure_value::ValueConfig;
use tonic::Code;

use crate::{
    costs::{rate, rates},
    entries::{DAY_ZERO, Deals, Decision, Touch, person, tenant},
    persons::{at, fit, score_of, with_model},
    stage::{Stage, eventually, of},
    what_if::{CONTRACT, contracts},
};

/// The last of their renewals were made a hundred days before day zero.
fn fit_contracts(request_id: &str) -> pb::FitModelRequest {
    pb::FitModelRequest { subject: ModelSubject::Contracts.into(), kind: 0, period_end: at(-100), ..fit(request_id) }
}

async fn fitted(stage: &Stage, request: pb::FitModelRequest) -> pb::FitModelResponse {
    stage.client.clone().fit_model(of("acme", request)).await.expect("a model").into_inner()
}

async fn score(stage: &Stage, number: u64) -> pb::CustomerScore {
    let ask = score_of(By::PersonId(person(number).to_string()));
    stage.client.clone().score_customer(of("acme", ask)).await.expect("a score").into_inner().score.expect("a score")
}

async fn with_contracts(stage: &Stage) {
    let (touches, decision) = contracts();
    let acme = tenant("acme");
    stage.tell(touches.iter().map(|touch| touch.draft(&acme)).collect(), vec![decision.draft(&acme)]).await;
}

fn close(actual: f64, expected: f64) {
    assert!((actual - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{actual} is not {expected}");
}

async fn judged_on_request(stage: &Stage, model: &pb::Model) {
    let newest = &model.renewal_backtests[0];
    // The same holdout on request, by that kind or the other.
    let ask = pb::BacktestModelRequest {
        currency_code: "EUR".to_owned(),
        calibration_end: newest.calibration_end,
        holdout_weeks: newest.holdout_weeks,
        kind: model.kind,
        ..Default::default()
    };
    let again = stage.client.clone().backtest_model(of("acme", ask.clone())).await.expect("a backtest").into_inner();
    assert_eq!((again.renewal_backtest.as_ref(), again.backtest), (Some(newest), None));
    let other = [Kind::Sbg, Kind::Bdw].into_iter().find(|kind| *kind != model.kind()).expect("another");
    let ask = pb::BacktestModelRequest { kind: other.into(), ..ask };
    let other = stage.client.clone().backtest_model(of("acme", ask.clone())).await.expect("a backtest").into_inner();
    let other = other.renewal_backtest.expect("one");
    assert!((other.due, other.renewed) == (newest.due, newest.renewed) && other != *newest, "{other:?}");
    // Before any contract there is nothing to learn from.
    let early = pb::BacktestModelRequest { calibration_end: at(-9_000), ..ask };
    let refused = stage.client.clone().backtest_model(of("acme", early)).await.expect_err("nothing");
    assert_eq!(refused.code(), Code::FailedPrecondition);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_of_contracts_alone_is_fitted_looked_back_on_and_scored() {
    for place in TestPlace::each() {
        let stage = Stage::open(&place, 2).await;
        with_contracts(&stage).await;
        let made = fitted(&stage, fit_contracts("first")).await;
        let (model, promotion) = (made.model.expect("a model"), made.promotion.expect("the first is promoted"));
        assert_eq!((model.subject(), model.contracts, model.customers), (ModelSubject::Contracts, 200, 0));
        assert_eq!((promotion.is_of_contracts, promotion.cause()), (true, PromotionCause::First));
        assert_eq!((model.purchases.as_ref(), model.candidates.len(), model.candidates[0].kind), (None, 2, model.kind));
        assert!(model.candidates[0].holdout_error <= model.candidates[1].holdout_error, "{:?}", model.candidates);
        assert_eq!(
            model.terms.iter().map(|term| (term.term_months, term.is_pooled)).collect::<Vec<_>>(),
            [(12, false), (0, true)]
        );
        assert_eq!(model.terms[0].renewals, model.terms[1].renewals, "all are of a year");
        let newest = &model.renewal_backtests[0];
        assert!(newest.due > 0 && newest.by_renewal.iter().map(|group| group.due).sum::<i64>() == newest.due);
        judged_on_request(&stage, &model).await;
        let list = stage.client.clone().list_models(of("acme", pb::ListModelsRequest::default())).await;
        assert_eq!(list.expect("a list").into_inner().models, std::slice::from_ref(&model));

        // Renewed three times, the last time 510 days before: it is due, and nobody says what came of it.
        let runs = score(&stage, 2_005).await;
        let worth = runs.contracts.clone().expect("contracts");
        let [contract] = worth.contracts.as_slice() else { panic!("{worth:?}") };
        assert_eq!((contract.term_months, contract.renewals, contract.is_pooled), (12, 3, false));
        assert_eq!(contract.due_weeks, 0.0);
        let parameter = |place: usize| model.terms[0].renewals.as_ref().unwrap().parameters[place].value;
        if model.kind() == Kind::Sbg {
            let stay = parameter(1) + 3.0;
            close(contract.renewal_probability, stay / (parameter(0) + stay));
        }
        // The one after it would be in a year, which is more than 52 weeks.
        close(contract.expected_renewals, contract.renewal_probability);
        close(worth.expected_margin_minor_units, 40_000.0 * contract.renewal_probability);
        assert!(contract.residual_lifetime > Some(1.0), "{contract:?}");
        assert_eq!((worth.model_id.as_str(), worth.past_margin_minor_units), (model.model_id.as_str(), 160_000));
        assert_eq!((runs.basis(), runs.net.clone(), runs.model_id.as_str()), (ScoreBasis::Contracts, None, ""));
        assert_eq!(runs.expected_net_minor_units, worth.expected_net_minor_units);
        insta::assert_snapshot!("reasons_of_contracts", format!("{:#?}", runs.reasons));

        let ended = score(&stage, 2_000).await;
        assert_eq!((ended.contracts.unwrap().contracts, ended.expected_net_minor_units), (vec![], 0.0));
        assert_eq!(ended.reasons, ["all contracts have ended"]);
        let segments = pb::ListRfmSegmentsRequest { currency_code: "EUR".to_owned(), ..Default::default() };
        let segments = stage.client.clone().list_rfm_segments(of("acme", segments)).await;
        assert_eq!(segments.expect_err("no model of purchases").code(), Code::FailedPrecondition);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_of_both_is_worth_the_sum_of_the_parts_and_is_served_once() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 2).await, tenant("acme"));
        with_model(&stage, &acme).await;
        with_contracts(&stage).await;
        let request = rates("one", vec![rate(TouchpointType::CallEnded, 1_000)]);
        stage.client.clone().register_cost_rates(of("acme", request)).await.expect("registered");
        let touches = [
            Touch::deal(990_000, 101, 200, CONTRACT),
            Touch::call(990_001, 101, 250, 0),
            Touch::deal(990_002, 1, 200, CONTRACT),
        ];
        let alone = Decision::moves([(1, 1, 1)]);
        stage.tell(touches.iter().map(|touch| touch.draft(&acme)).collect(), vec![alone.draft(&acme)]).await;
        let before = score(&stage, 101).await;
        assert_eq!(before.contracts, None);
        close(before.expected_net_minor_units, before.net.as_ref().unwrap().expected_net_minor_units);

        fitted(&stage, fit_contracts("contracts")).await;
        let both = score(&stage, 101).await;
        assert_eq!(both.net, before.net, "purchases are worth what they were");
        let (net, contracts) = (both.net.clone().unwrap(), both.contracts.clone().expect("contracts"));
        close(both.expected_net_minor_units, net.expected_net_minor_units + contracts.expected_net_minor_units);
        assert!(contracts.expected_margin_minor_units > 0.0, "{contracts:?}");
        // The contract outlasts the purchases, and what serving takes beyond them is its own.
        assert!(contracts.expected_cost_minor_units > 0.0, "{contracts:?}");
        assert_eq!(both.model_id, before.model_id);
        let batch = pb::BatchScoreCustomersRequest {
            person_ids: vec![person(101).to_string()],
            currency_code: "EUR".to_owned(),
            as_of: at(310),
            ..Default::default()
        };
        let batch = stage.client.clone().batch_score_customers(of("acme", batch)).await.expect("scores").into_inner();
        assert_eq!(batch.scores[0].score.as_ref(), Some(&both));

        // Who bought nothing gets the prior of purchases, and is worth the contract.
        let contract_alone = score(&stage, 1).await;
        assert_eq!(contract_alone.basis(), ScoreBasis::Prior);
        let worth = contract_alone.contracts.as_ref().unwrap().expected_net_minor_units;
        assert_eq!(contract_alone.expected_net_minor_units, worth);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_persons_contracts_equal_one_records_and_a_split_restores_them() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 2).await, tenant("acme"));
        with_contracts(&stage).await;
        fitted(&stage, fit_contracts("first")).await;
        let renewed = Deals { kind: TouchpointType::ContractRenewed, price: Some(("EUR", 44_000)), ..CONTRACT };
        let told = |number: u64, records: [u64; 3]| {
            [
                Touch::deal(number, records[0], -400, CONTRACT),
                Touch::deal(number + 1, records[1], -35, renewed),
                Touch::deal(number + 2, records[2], 200, Deals { contract: "second", ..CONTRACT }),
                Touch::call(number + 3, records[1], 210, 600),
            ]
        };
        let touches = told(990_000, [1, 2, 3]).into_iter().chain(told(991_000, [5, 5, 5]));
        let alone = Decision::moves([(1, 1, 1), (2, 2, 1), (3, 3, 1), (5, 5, 1)]);
        stage.tell(touches.map(|touch| touch.draft(&acme)).collect(), vec![alone.draft(&acme)]).await;
        let worth = async |number| score(&stage, number).await.contracts.expect("contracts");
        let before = worth(1).await;
        assert_eq!(
            (before.contracts.len(), before.contracts[0].renewals),
            (1, 0),
            "that it was renewed stands elsewhere"
        );
        let merge = Decision::moves([(2, 1, 2), (3, 1, 2)]).redirecting(2, Some(1), 1).redirecting(3, Some(1), 1);
        stage.settle(&stage.decide(vec![merge.draft(&acme)]).await).await;
        let merged = worth(1).await;
        assert_eq!((merged.contracts.len(), merged.contracts[0].renewals), (2, 1));
        assert_eq!(merged, worth(5).await);
        let split = Decision::moves([(2, 2, 3), (3, 3, 3)]).redirecting(2, None, 2).redirecting(3, None, 2);
        stage.settle(&stage.decide(vec![split.draft(&acme)]).await).await;
        assert_eq!(worth(1).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn models_of_contracts_are_promoted_rolled_back_and_fitted_anew_by_themselves() {
    for place in TestPlace::each() {
        let weekly = ValueConfig { fits_at_once: 1, refit_every_days: 7 };
        let day = |day: i32| Timestamp::from_day(DAY_ZERO + day);
        let stage = Stage::open_with(&place, 2, &weekly, day(300)).await;
        with_model(&stage, &tenant("acme")).await;
        with_contracts(&stage).await;
        let first = fitted(&stage, fit_contracts("contracts")).await.model.expect("a model");
        let again = fitted(&stage, fit_contracts("contracts")).await;
        assert_eq!(again.model.as_ref(), Some(&first), "of one request");
        let second = fitted(&stage, pb::FitModelRequest { kind: Kind::Sbg.into(), ..fit_contracts("second") }).await;
        let second = second.model.expect("a model");
        let compared = second.comparison.as_ref().expect("compared");
        assert_eq!((compared.promoted_model_id.as_str(), second.version), (first.model_id.as_str(), 2));

        let roll = |id: &str, model: &pb::Model| pb::PromoteModelRequest {
            request_id: id.to_owned(),
            model_id: model.model_id.clone(),
            force: true,
            reason_code: "test".to_owned(),
            ..Default::default()
        };
        for (id, model) in [("p1", &second), ("p2", &first)] {
            let promoted = stage.client.clone().promote_model(of("acme", roll(id, model))).await.expect("promoted");
            let promotion = promoted.into_inner().promotion.expect("a promotion");
            assert_eq!((promotion.is_of_contracts, promotion.model_id.as_str()), (true, model.model_id.as_str()));
        }
        let list = stage.client.clone().list_promotions(of("acme", pb::ListPromotionsRequest::default())).await;
        let list = list.expect("a list").into_inner().promotions;
        assert_eq!(list.iter().filter(|one| !one.is_of_contracts).count(), 1, "purchases have theirs");

        stage.clock.set(day(307));
        let models = async || {
            let list = stage.client.clone().list_models(of("acme", pb::ListModelsRequest::default())).await;
            let list = list.expect("a list").into_inner().models;
            let of = |subject: ModelSubject| list.iter().filter(|model| model.subject() == subject).count();
            (of(ModelSubject::Purchases), of(ModelSubject::Contracts))
        };
        eventually("both are fitted anew", async || models().await == (2, 3)).await;
    }
}

async fn groups(stage: &Stage, by: pb::GroupBy) -> pb::GetGroupValueResponse {
    let ask = pb::GetGroupValueRequest {
        currency_code: "EUR".to_owned(),
        group_by: by.into(),
        as_of: at(310),
        ..Default::default()
    };
    stage.client.clone().get_group_value(of("acme", ask)).await.expect("groups").into_inner()
}

async fn negative(stage: &Stage, page_size: i32) -> Vec<pb::CustomerScore> {
    let mut ask = pb::ListNegativeValueCustomersRequest {
        currency_code: "EUR".to_owned(),
        as_of: at(310),
        page_size,
        ..Default::default()
    };
    let mut all = Vec::new();
    loop {
        let page = stage.client.clone().list_negative_value_customers(of("acme", ask.clone())).await.expect("a page");
        let page = page.into_inner();
        all.extend(page.customers);
        if page.next_page_token.is_empty() {
            return all;
        }
        ask.page_token = page.next_page_token;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_count_contracts_and_those_who_have_nothing_else() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 2).await, tenant("acme"));
        with_contracts(&stage).await;
        fitted(&stage, fit_contracts("contracts")).await;
        let alone = groups(&stage, pb::GroupBy::Offer).await;
        assert_eq!((alone.model.as_ref(), alone.contract_model.is_some()), (None, true));
        let base = alone.base.expect("a base");
        assert_eq!((base.customers, base.contract_customers, base.total_minor_units), (200, 100, 0));
        assert_eq!(base.expected_contract_margin_minor_units, base.expected_margin_minor_units);
        let mut sum = 0.0;
        for customer in 2_000..2_200 {
            sum += score(&stage, customer).await.expected_net_minor_units;
        }
        close(base.expected_net_minor_units, sum);
        let sizes: Vec<(&str, i64, i64)> =
            alone.groups.iter().map(|group| (group.key.as_str(), group.customers, group.contract_customers)).collect();
        assert_eq!(sizes, [("", 100, 70), ("intro", 100, 30)]);
        for group in alone.groups.iter().chain([&base]) {
            let (low, high) = (group.expected_low_minor_units.unwrap(), group.expected_high_minor_units.unwrap());
            assert!(low < group.expected_net_minor_units && group.expected_net_minor_units < high, "{group:?}");
            assert!(group.gini > Some(0.0), "{group:?}");
        }

        with_model(&stage, &acme).await;
        let both = groups(&stage, pb::GroupBy::CohortYear).await;
        let base = both.base.expect("a base");
        assert_eq!((base.customers, base.contract_customers), (500, 100));
        close(base.expected_contract_margin_minor_units, sum);
        assert!(base.expected_net_minor_units > sum);
        let keys: Vec<&str> = both.groups.iter().map(|group| group.key.as_str()).collect();
        assert!(keys.contains(&"1993") && keys.contains(&"1997"), "{keys:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_service_will_cost_widens_the_interval_of_a_group() {
    let place = TestPlace::sqlite();
    let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
    let calls = (100..400)
        .filter(|customer| customer % 3 == 0)
        .map(|customer| Touch::call(800_000 + customer, customer, 200, 0));
    stage.tell(calls.map(|touch| touch.draft(&acme)).collect(), vec![]).await;
    with_model(&stage, &acme).await;
    let width =
        |group: &pb::ValueGroup| group.expected_high_minor_units.unwrap() - group.expected_low_minor_units.unwrap();
    let free = groups(&stage, pb::GroupBy::CohortYear).await.base.expect("a base");
    let register = async |id: &str, each| {
        let all = pb::RegisterCostRatesRequest {
            earned_part: Some(1.0),
            ..rates(id, vec![rate(TouchpointType::CallEnded, each)])
        };
        stage.client.clone().register_cost_rates(of("acme", all)).await.expect("registered");
        groups(&stage, pb::GroupBy::CohortYear).await.base.expect("a base")
    };
    // That of one customer too, who called once.
    let off = async || {
        let ask =
            pb::ScoreCustomerRequest { interval_level: Some(0.9), ..score_of(By::PersonId(person(102).to_string())) };
        let score = stage.client.clone().score_customer(of("acme", ask)).await.expect("a score").into_inner().score;
        let score = score.expect("a score");
        let net = score.intervals.expect("intervals").net.expect("an interval");
        close((net.low + net.high) / 2.0, score.expected_net_minor_units);
        net.high - net.low
    };
    let alone = off().await;
    let (cheap, dear) = (register("one", 5_000).await, register("two", 50_000).await);
    assert!(alone < off().await);
    assert_eq!(
        (cheap.expected_margin_minor_units, free.expected_cost_minor_units),
        (free.expected_margin_minor_units, 0.0)
    );
    assert!(width(&free) < width(&cheap) && width(&cheap) < width(&dear), "{free:?} {cheap:?} {dear:?}");
    // The variance of a cost is by the square of its rate.
    let added = |group: &pb::ValueGroup| width(group).powi(2) - width(&free).powi(2);
    assert!((added(&dear) / added(&cheap) - 100.0).abs() < 1e-6, "{}", added(&dear) / added(&cheap));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_costs_more_than_contracts_and_purchases_bring_is_listed() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 2).await, tenant("acme"));
        with_contracts(&stage).await;
        fitted(&stage, fit_contracts("contracts")).await;
        let calls = |customer: u64, from: u64| {
            (from..from + 40).map(move |number| Touch::call(950_000 + 100 * customer + number, customer, 100, 0))
        };
        // Of both contracts the one ended: nothing is expected of that customer, and nothing serving them.
        let touches: Vec<_> = calls(2_005, 0).chain(calls(2_015, 0)).chain(calls(2_000, 0)).collect();
        stage.tell(touches.iter().map(|touch| touch.draft(&acme)).collect(), vec![]).await;
        let request = rates("one", vec![rate(TouchpointType::CallEnded, 10_000)]);
        stage.client.clone().register_cost_rates(of("acme", request)).await.expect("registered");
        let listed = negative(&stage, 200).await;
        let ids: Vec<&str> = listed.iter().map(|one| one.summary.as_ref().unwrap().person_id.as_str()).collect();
        let expected = [person(2_005).to_string(), person(2_015).to_string()];
        assert!(ids.len() == 2 && expected.iter().all(|id| ids.contains(&id.as_str())), "{ids:?}");
        assert!(listed[0].expected_net_minor_units <= listed[1].expected_net_minor_units);
        assert_eq!(negative(&stage, 1).await, listed);
        assert_eq!(
            score(&stage, 2_005).await,
            *listed.iter().find(|one| one.summary.as_ref().unwrap().person_id == expected[0]).unwrap()
        );
        // A fit between two pages changes nothing: they go on with the model that they began with.
        let page = async |page_token: String| {
            let (currency_code, as_of) = ("EUR".to_owned(), at(310));
            let ask = pb::ListNegativeValueCustomersRequest {
                currency_code,
                as_of,
                page_size: 1,
                page_token,
                ..Default::default()
            };
            stage.client.clone().list_negative_value_customers(of("acme", ask)).await.expect("a page").into_inner()
        };
        let first = page(String::new()).await;
        fitted(&stage, pb::FitModelRequest { period_end: at(-300), ..fit_contracts("later") }).await;
        assert_eq!(page(first.next_page_token).await.customers, listed[1..]);
    }
}

/// Everybody of a base, in messages, taken up behind each.
async fn streamed(stage: &Stage) -> Vec<pb::CustomerScore> {
    let (mut all, mut resume_token) = (Vec::new(), String::new());
    loop {
        let (currency_code, as_of) = ("EUR".to_owned(), at(310));
        let ask = pb::StreamScoresRequest { currency_code, as_of, resume_token, ..Default::default() };
        let mut stream = stage.client.clone().stream_scores(of("acme", ask)).await.expect("a stream").into_inner();
        let message = stream.message().await.expect("a message").expect("a message");
        all.extend(message.scores);
        resume_token = message.resume_token;
        if resume_token.is_empty() {
            return all;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_bases_count_both_and_the_stream_says_what_each_score_says() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 2).await, tenant("acme"));
        with_contracts(&stage).await;
        fitted(&stage, fit_contracts("contracts")).await;
        let worth = async |top_size| {
            let (currency_code, as_of) = ("EUR".to_owned(), at(310));
            let ask = pb::GetBaseValueRequest { currency_code, as_of, top_size, ..Default::default() };
            stage.client.clone().get_base_value(of("acme", ask)).await.expect("a value").into_inner()
        };
        let alone = worth(3).await;
        assert_eq!((alone.customers, alone.repeaters, alone.model.as_ref()), (200, 0, None));
        assert_eq!(alone.top.len(), 3);
        assert!(alone.top.iter().all(|one| one.basis() == ScoreBasis::Contracts), "{:?}", alone.top);

        with_model(&stage, &acme).await;
        stage.tell(vec![Touch::deal(990_000, 101, 200, CONTRACT).draft(&acme)], vec![]).await;
        let (both, all) = (worth(3).await, streamed(&stage).await);
        assert_eq!((both.customers, all.len()), (500, 500));
        close(both.expected_net_minor_units, all.iter().map(|one| one.expected_net_minor_units).sum());
        let margins = all.iter().filter_map(|one| Some(one.contracts.as_ref()?.expected_margin_minor_units));
        close(both.expected_contract_margin_minor_units, margins.sum());
        for number in [101, 102, 2_000, 2_005] {
            let of_person =
                |one: &&pb::CustomerScore| one.summary.as_ref().unwrap().person_id == person(number).to_string();
            let streamed = all.iter().find(of_person).expect("streamed").clone();
            let whole = score(&stage, number).await;
            // Who bought nothing is told the prior where a score is asked for.
            if whole.basis() == ScoreBasis::Prior {
                assert_eq!(
                    (streamed.contracts, streamed.expected_net_minor_units),
                    (whole.contracts, whole.expected_net_minor_units)
                );
            } else {
                assert_eq!(streamed, pb::CustomerScore { reasons: vec![], ..whole });
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_if_and_payback_need_no_purchases_and_take_the_promoted_model() {
    for place in TestPlace::each() {
        let stage = Stage::open(&place, 2).await;
        with_contracts(&stage).await;
        let model = fitted(&stage, pb::FitModelRequest { kind: Kind::Sbg.into(), ..fit_contracts("contracts") }).await;
        let model = model.model.expect("a model");
        let ask = pb::WhatIfRequest { currency_code: "EUR".to_owned(), as_of: at(310), ..Default::default() };
        let answer = stage.client.clone().what_if(of("acme", ask)).await.expect("an answer").into_inner();
        let [part] = answer.parts.as_slice() else { panic!("{answer:#?}") };
        assert_eq!(
            (part.term_months, answer.model_id.as_str(), &answer.contract_model_id),
            (Some(12), "", &model.model_id)
        );
        let parameter = |place: usize| model.terms[0].renewals.as_ref().unwrap().parameters[place].value;
        let stay = parameter(1) + 3.0;
        close(part.now.as_ref().expect("now").retention, stay / (parameter(0) + stay));

        let ask = pb::GetAcquisitionPaybackRequest {
            currency_code: "EUR".to_owned(),
            group_by: pb::GroupBy::Offer.into(),
            as_of: at(310),
            ..Default::default()
        };
        let found = stage.client.clone().get_acquisition_payback(of("acme", ask)).await.expect("groups").into_inner();
        assert_eq!((found.groups.len(), &found.contract_model_id), (2, &model.model_id));
        let groups = groups(&stage, pb::GroupBy::Offer).await.groups;
        for group in &found.groups {
            let same = groups.iter().find(|one| one.key == group.key).expect("the same group");
            close(group.expected_net_minor_units, same.expected_net_minor_units);
        }
    }
}
