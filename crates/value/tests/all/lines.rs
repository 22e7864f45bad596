//! Product lines: each is counted, learned and scored by itself, as if nothing else were bought.

use tenure_kernel::Timestamp;
use tenure_proto::{
    collector::v1::{Channel, TouchpointType},
    value::v1::{self as pb, GroupBy, ScoreBasis, score_customer_request::By},
};
use tenure_store::{Query as _, testing::TestPlace};
use tenure_value::ValueConfig;
use tonic::Code;

use crate::{
    costs::{rate, rates},
    entries::{Amends, DAY_ZERO, Deals, Decision, Touch, person, tenant},
    persons::{at, base, fit, score_of},
    stage::{Stage, eventually, of},
};

fn fit_line(request_id: &str, line: &str) -> pb::FitModelRequest {
    pb::FitModelRequest { line_code: line.to_owned(), ..fit(request_id) }
}

async fn fitted(stage: &Stage, tenant: &str, request: pb::FitModelRequest) -> pb::Model {
    let answer = stage.client.clone().fit_model(of(tenant, request)).await.expect("a model").into_inner();
    assert_eq!(answer.promotion.expect("the first is promoted").line_code, answer.model.as_ref().unwrap().line_code);
    answer.model.expect("a model")
}

async fn score(stage: &Stage, tenant: &str, number: u64, line: &str) -> pb::CustomerScore {
    let ask = score_of(By::PersonId(person(number).to_string()));
    let ask = pb::ScoreCustomerRequest { line_code: line.to_owned(), interval_level: Some(0.9), ..ask };
    stage.client.clone().score_customer(of(tenant, ask)).await.expect("a score").into_inner().score.expect("a score")
}

/// Without what names the model.
fn unnamed(mut score: pb::CustomerScore) -> pb::CustomerScore {
    score.model_id.clear();
    score.reasons.iter_mut().for_each(|reason| *reason = reason.replace(" of line motor", ""));
    score
}

async fn summary(stage: &Stage, number: u64, line: &str) -> Option<(i64, i64)> {
    let ask = pb::ListPurchaseSummariesRequest {
        currency_code: "EUR".to_owned(),
        line_code: line.to_owned(),
        as_of: at(310),
        page_size: 5_000,
        ..Default::default()
    };
    let all = stage.client.clone().list_purchase_summaries(of("acme", ask)).await.expect("a page").into_inner();
    let one = all.summaries.into_iter().find(|one| one.person_id == person(number).to_string());
    one.map(|one| (one.purchases, one.total_minor_units))
}

/// A base whose purchases are of line motor, with as many at home between them.
fn mixed() -> (Vec<Touch>, Decision) {
    let (touches, decision) = base();
    let other = |touch: &Touch| Touch {
        number: touch.number + 500_000,
        day: touch.day + 3,
        bought: Some(("EUR", 9_999)),
        line: ["home", ""][usize::from(touch.record.is_multiple_of(2))],
        ..*touch
    };
    let others: Vec<Touch> = touches.iter().map(other).collect();
    (touches.into_iter().map(|touch| touch.of("motor")).chain(others).collect(), decision)
}

async fn with_lines(place: &TestPlace) -> Stage {
    let stage = Stage::open(place, 2).await;
    let ((touches, decision), (plain, _)) = (mixed(), base());
    for (name, touches) in [("acme", touches), ("other", plain)] {
        let tenant = tenant(name);
        stage.tell(touches.iter().map(|touch| touch.draft(&tenant)).collect(), vec![decision.draft(&tenant)]).await;
    }
    stage
}

/// The models of a line, or of all, one a page.
async fn models(stage: &Stage, line: Option<&str>) -> Vec<String> {
    let (mut ids, mut page_token) = (Vec::new(), String::new());
    loop {
        let ask = pb::ListModelsRequest { page_size: 1, page_token, line_code: line.map(str::to_owned) };
        let page = stage.client.clone().list_models(of("acme", ask)).await.expect("a page").into_inner();
        ids.extend(page.models.into_iter().map(|model| model.model_id));
        if page.next_page_token.is_empty() {
            return ids;
        }
        // A token holds for its own line only.
        let other = pb::ListModelsRequest {
            line_code: Some("home".to_owned()),
            page_token: page.next_page_token.clone(),
            page_size: 1,
        };
        assert_eq!(
            stage.client.clone().list_models(of("acme", other)).await.unwrap_err().code(),
            Code::InvalidArgument
        );
        page_token = page.next_page_token;
    }
}

/// The models that were promoted, of a line or of all.
async fn promotions(stage: &Stage, line: Option<&str>) -> Vec<String> {
    let ask = pb::ListPromotionsRequest { line_code: line.map(str::to_owned), ..Default::default() };
    let page = stage.client.clone().list_promotions(of("acme", ask)).await.expect("a page").into_inner();
    page.promotions.into_iter().map(|promotion| promotion.model_id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_worth_what_it_would_be_if_nothing_else_were_bought() {
    for place in TestPlace::each() {
        let stage = with_lines(&place).await;
        let alone = fitted(&stage, "other", fit("first")).await;
        let motor = fitted(&stage, "acme", fit_line("motor", "motor")).await;
        assert_eq!((motor.line_code.as_str(), motor.version, motor.customers), ("motor", 1, 300));
        assert_eq!((&motor.purchases, &motor.spend), (&alone.purchases, &alone.spend));
        assert_eq!(motor.backtests, alone.backtests);
        let missing = score_of(By::PersonId(person(100).to_string()));
        let missing =
            stage.client.clone().score_customer(of("acme", missing)).await.expect_err("no model of all lines");
        assert_eq!(missing.code(), Code::FailedPrecondition);
        let all = fitted(&stage, "acme", fit("all")).await;
        assert_eq!((all.line_code.as_str(), all.version), ("", 1));
        assert_ne!(all.purchases, motor.purchases);
        for (line, known) in [(Some("motor"), vec![&motor]), (Some(""), vec![&all]), (None, vec![&all, &motor])] {
            assert_eq!(models(&stage, line).await, known.iter().map(|one| one.model_id.clone()).collect::<Vec<_>>());
            assert_eq!(
                promotions(&stage, line).await,
                known.iter().map(|one| one.model_id.clone()).collect::<Vec<_>>()
            );
        }
        for number in [100, 217, 399] {
            let of_line = score(&stage, "acme", number, "motor").await;
            assert_eq!(of_line.model_id, motor.model_id);
            assert_eq!(unnamed(of_line.clone()), unnamed(score(&stage, "other", number, "").await));
            let of_all = score(&stage, "acme", number, "").await;
            assert_eq!(of_all.model_id, all.model_id);
            let bought = |score: &pb::CustomerScore| score.summary.as_ref().unwrap().purchases;
            assert_eq!(bought(&of_all), 2 * bought(&of_line));
        }
        let ask = |line: &str| pb::GetBaseValueRequest {
            currency_code: "EUR".to_owned(),
            line_code: line.to_owned(),
            as_of: at(310),
            top_size: 5,
            ..Default::default()
        };
        let worth = async |tenant: &str, line: &str| {
            let answer = stage.client.clone().get_base_value(of(tenant, ask(line))).await.expect("a value");
            let mut answer = answer.into_inner();
            answer.model = None;
            answer.top = answer.top.into_iter().map(unnamed).collect();
            answer
        };
        assert_eq!(worth("acme", "motor").await, worth("other", "").await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_persons_line_equals_one_records_and_a_split_restores_it() {
    for place in TestPlace::each() {
        let (stage, acme) = (with_lines(&place).await, tenant("acme"));
        fitted(&stage, "acme", fit_line("motor", "motor")).await;
        let line = |number: u64| ["motor", "home", ""][usize::try_from(number % 3).unwrap()];
        let bought = |number: u64, record| {
            let (day, minor) = (20 + i32::try_from(number * number * 7 % 200).unwrap(), 313 * number as i64);
            Touch::purchase(900_000 + 100 * record + number, record, day, "EUR", minor).of(line(number))
        };
        let touches = (0..9).flat_map(|number| [bought(number, 1 + number / 3), bought(number, 5)]);
        let alone = Decision::moves([(1, 1, 1), (2, 2, 1), (3, 3, 1), (5, 5, 1)]);
        stage.tell(touches.map(|touch| touch.draft(&acme)).collect(), vec![alone.draft(&acme)]).await;
        let before = (stage.export(&acme).await, score(&stage, "acme", 2, "motor").await);

        let merge = Decision::moves([(2, 1, 2), (3, 1, 2)]).redirecting(2, Some(1), 1).redirecting(3, Some(1), 1);
        stage.settle(&stage.decide(vec![merge.draft(&acme)]).await).await;
        for (line, purchases) in [("motor", 3), ("home", 3), ("", 9)] {
            let merged = summary(&stage, 1, line).await;
            assert_eq!((merged.map(|one| one.0), merged), (Some(purchases), summary(&stage, 5, line).await));
        }
        let anonymous = |mut score: pb::CustomerScore| {
            let summary = score.summary.as_mut().unwrap();
            (summary.person_id, summary.record_ids) = (String::new(), Vec::new());
            score
        };
        let [merged, whole] = [score(&stage, "acme", 1, "motor").await, score(&stage, "acme", 5, "motor").await];
        assert_eq!(anonymous(merged), anonymous(whole));

        let split = Decision::moves([(2, 2, 3), (3, 3, 3)]).redirecting(2, None, 2).redirecting(3, None, 2);
        stage.settle(&stage.decide(vec![split.draft(&acme)]).await).await;
        assert_eq!((stage.export(&acme).await, score(&stage, "acme", 2, "motor").await), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_bought_nothing_of_a_line_gets_its_prior_and_a_correction_moves_between_lines() {
    for place in TestPlace::each() {
        let (stage, acme) = (with_lines(&place).await, tenant("acme"));
        fitted(&stage, "acme", fit_line("motor", "motor")).await;
        let first = Touch::purchase(900_001, 1, 40, "EUR", 700).of("home");
        stage.tell(vec![first.draft(&acme)], vec![Decision::moves([(1, 1, 1)]).draft(&acme)]).await;
        let prior = score(&stage, "acme", 1, "motor").await;
        assert_eq!(prior.basis(), ScoreBasis::Prior);
        assert!(prior.reasons[0].starts_with("bought nothing of line motor"), "{:?}", prior.reasons);
        let lines = async || {
            [summary(&stage, 1, "motor").await, summary(&stage, 1, "home").await, summary(&stage, 1, "").await]
        };
        assert_eq!(lines().await, [None, Some((1, 700)), Some((1, 700))]);

        let amends = |number, revision, retracts| Touch {
            amends: Some(Amends { target: 900_001, revision, retracts }),
            ..Touch::purchase(number, 1, 40, "EUR", 800).of("motor")
        };
        stage.settle(&stage.collect(vec![amends(900_002, 1, false).draft(&acme)]).await).await;
        assert_eq!(lines().await, [Some((1, 800)), None, Some((1, 800))]);
        assert_eq!(score(&stage, "acme", 1, "motor").await.basis(), ScoreBasis::FirstPurchase);
        stage.settle(&stage.collect(vec![amends(900_003, 2, true).draft(&acme)]).await).await;
        assert_eq!(lines().await, [None, None, None]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn service_and_contracts_count_in_the_line_that_they_name() {
    for place in TestPlace::each() {
        let (stage, acme) = (with_lines(&place).await, tenant("acme"));
        for (id, line) in [("m", "motor"), ("h", "home"), ("a", "")] {
            fitted(&stage, "acme", fit_line(id, line)).await;
        }
        let request = rates("one", vec![rate(TouchpointType::CallEnded, 1_000)]);
        stage.client.clone().register_cost_rates(of("acme", request)).await.expect("registered");
        let contract = |kind, contract| Deals {
            kind,
            channel: Channel::Partner,
            contract,
            product: "policy",
            offer: "",
            price: Some(("EUR", 40_000)),
        };
        let (started, renewed) = (TouchpointType::ContractStarted, TouchpointType::ContractRenewed);
        let touches = [
            Touch::call(900_001, 101, 305, 0).of("motor"),
            Touch::call(900_002, 101, 305, 0).of("home"),
            Touch::call(900_003, 101, 306, 0),
            Touch::deal(900_004, 101, 306, contract(started, "m")).of("motor"),
            // Of which line it is was told at the beginning.
            Touch::deal(900_005, 101, 308, contract(renewed, "m")),
            Touch::deal(900_006, 101, 306, contract(started, "h")).of("home"),
        ];
        stage.tell(touches.iter().map(|touch| touch.draft(&acme)).collect(), vec![]).await;
        let cost = async |line| score(&stage, "acme", 101, line).await.net.expect("a net value").past_cost_minor_units;
        assert_eq!([cost("motor").await, cost("home").await, cost("").await], [1_000, 1_000, 3_000]);

        let payback = async |line: &str| {
            let ask = pb::GetAcquisitionPaybackRequest {
                currency_code: "EUR".to_owned(),
                line_code: line.to_owned(),
                group_by: GroupBy::CohortYear.into(),
                as_of: at(310),
                ..Default::default()
            };
            let found =
                stage.client.clone().get_acquisition_payback(of("acme", ask)).await.expect("groups").into_inner();
            found.groups.iter().map(|group| group.first_renewals_due).sum::<i64>()
        };
        assert_eq!([payback("motor").await, payback("home").await, payback("").await], [1, 0, 1]);
        let terms = async |line: &str| {
            let ask = pb::WhatIfRequest {
                currency_code: "EUR".to_owned(),
                line_code: line.to_owned(),
                as_of: at(310),
                ..Default::default()
            };
            let answer = stage.client.clone().what_if(of("acme", ask)).await.expect("an answer").into_inner();
            answer.parts.iter().filter(|part| part.term_months.is_some()).map(|part| part.customers).sum::<f64>()
        };
        assert_eq!([terms("motor").await, terms("home").await, terms("").await], [1.0, 1.0, 2.0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_of_a_line_have_its_customers_alone() {
    for place in TestPlace::each() {
        let stage = with_lines(&place).await;
        for (id, line) in [("m", "motor"), ("h", "home")] {
            fitted(&stage, "acme", fit_line(id, line)).await;
        }
        let groups = async |line: &str| {
            let ask = pb::GetGroupValueRequest {
                currency_code: "EUR".to_owned(),
                line_code: line.to_owned(),
                group_by: GroupBy::CohortYear.into(),
                as_of: at(310),
                ..Default::default()
            };
            let found = stage.client.clone().get_group_value(of("acme", ask)).await.expect("groups").into_inner();
            (found.base.expect("a base").customers, found.groups.len())
        };
        assert_eq!([groups("motor").await, groups("home").await], [(300, 1), (150, 1)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_line_has_a_schedule_and_promotions_of_its_own() {
    for place in TestPlace::each() {
        let weekly = ValueConfig { fits_at_once: 1, refit_every_days: 7 };
        let day = |day: i32| Timestamp::from_day(DAY_ZERO + day);
        let (stage, acme) = (Stage::open_with(&place, 1, &weekly, day(300)).await, tenant("acme"));
        let (touches, decision) = mixed();
        stage.tell(touches.iter().map(|touch| touch.draft(&acme)).collect(), vec![decision.draft(&acme)]).await;
        fitted(&stage, "acme", fit_line("m", "motor")).await;
        stage.clock.set(day(303));
        fitted(&stage, "acme", fit("all")).await;
        let timers = async || {
            let sql = "SELECT due_at FROM timer WHERE tenant = ? ORDER BY due_at LIMIT 9 /* few */";
            let rows = stage.store.all(sql, vec!["acme".into()]).await.expect("timers");
            rows.iter().map(|row| row.get::<i64>(0).expect("a time")).collect::<Vec<_>>()
        };
        assert_eq!(timers().await, [day(307).0, day(310).0]);
        let models = async || {
            let list = stage.client.clone().list_models(of("acme", pb::ListModelsRequest::default())).await;
            let list = list.expect("a list").into_inner().models;
            list.into_iter().rev().map(|model| (model.line_code, model.version)).collect::<Vec<_>>()
        };
        stage.clock.set(day(307));
        eventually("the line is fitted anew", async || models().await.len() == 3).await;
        assert_eq!(timers().await, [day(310).0, day(314).0]);
        stage.clock.set(day(310));
        eventually("all lines are", async || models().await.len() == 4).await;
        let made = [("motor", 1), ("", 1), ("motor", 2), ("", 2)].map(|(line, version)| (line.to_owned(), version));
        assert_eq!(models().await, made);
        let list = stage.client.clone().list_promotions(of("acme", pb::ListPromotionsRequest::default())).await;
        let list = list.expect("a list").into_inner().promotions;
        let first = list.iter().filter(|one| one.cause() == pb::PromotionCause::First);
        assert_eq!(first.map(|one| one.line_code.as_str()).collect::<Vec<_>>(), ["", "motor"]);
        // What was before a promotion is of its own line.
        for one in &list {
            assert!(one.previous_version + 1 == one.version, "{one:?}");
        }
    }
}
