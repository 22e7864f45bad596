//! Every refusal that a caller of value can get, as its full `google.rpc.Status`.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use tenure_journal::ReadToken;
use tenure_proto::{
    collector::v1::TouchpointType,
    profile::v1::right::Kind,
    value::v1::{self as pb, score_customer_request::By, value_service_client::ValueServiceClient},
};
use tenure_server::{Caller, Credentials, Identity, Peer, ServerBuilder, ServerConfig, testing::show};
use tenure_store::testing::TestPlace;
use tonic::Request;

use crate::{
    costs::{rate, rates},
    entries::{Decision, Touch, person, record, tenant},
    persons::{at, fit, score_of, with_model},
    rights::stated,
    stage::{Stage, of},
};

macro_rules! refused {
    ($text:ident, $client:expr, $name:expr, $rpc:ident, $request:expr) => {
        let status = $client.clone().$rpc($request).await.expect_err($name);
        $text.push_str(&show($name, &status));
    };
}

fn promote(request_id: &str) -> pb::PromoteModelRequest {
    let model_id = "model_00000000000000000000000001".to_owned();
    pb::PromoteModelRequest { request_id: request_id.to_owned(), model_id, ..Default::default() }
}

async fn wrong_fields(stage: &Stage) -> String {
    let mut text = String::new();
    let never = Some(prost_types::Timestamp { seconds: -62_135_596_800, nanos: 0 });
    let wrong_fit = pb::FitModelRequest { period_end: never, ..Default::default() };
    refused!(text, stage.client, "FitModel: nothing in it", fit_model, of("acme", wrong_fit));
    let odd = pb::FitModelRequest { currency_code: "EURO".to_owned(), ..fit("a\0b") };
    refused!(text, stage.client, "FitModel: odd fields", fit_model, of("acme", odd));
    let long = pb::FitModelRequest { currency_code: "XYZ".to_owned(), ..fit(&"x".repeat(65)) };
    refused!(text, stage.client, "FitModel: long fields", fit_model, of("acme", long));
    let odd = pb::FitModelRequest { line_code: "two lines".to_owned(), ..fit("odd") };
    refused!(text, stage.client, "FitModel: no line", fit_model, of("acme", odd));
    let (subject, kind) = (pb::ModelSubject::Purchases.into(), pb::PurchaseModelKind::Bdw.into());
    let odd = pb::FitModelRequest { subject, kind, ..fit("odd") };
    refused!(text, stage.client, "FitModel: a kind of another subject", fit_model, of("acme", odd));
    let odd = pb::FitModelRequest { kind: 99, ..fit("odd") };
    refused!(text, stage.client, "FitModel: no kind", fit_model, of("acme", odd));
    let size = pb::ListModelsRequest { page_size: 501, ..Default::default() };
    refused!(text, stage.client, "ListModels: page size", list_models, of("acme", size));
    let token = pb::ListModelsRequest { page_token: "AAAA".to_owned(), ..Default::default() };
    refused!(text, stage.client, "ListModels: page token", list_models, of("acme", token));
    let empty = pb::ScoreCustomerRequest {
        as_of: never,
        discount_rate: Some(f64::NAN),
        horizon_weeks: 521,
        interval_level: Some(1.0),
        ..Default::default()
    };
    refused!(text, stage.client, "ScoreCustomer: wrong fields", score_customer, of("acme", empty));
    let id = score_of(By::PersonId("record_00000000000000000000000000".to_owned()));
    refused!(text, stage.client, "ScoreCustomer: no person id", score_customer, of("acme", id));
    let id = score_of(By::RecordId("record_".to_owned()));
    refused!(text, stage.client, "ScoreCustomer: no record id", score_customer, of("acme", id));
    let list = pb::ListPurchaseSummariesRequest { as_of: never, page_size: -1, ..Default::default() };
    refused!(text, stage.client, "ListPurchaseSummaries: wrong fields", list_purchase_summaries, of("acme", list));
    let worth = pb::GetBaseValueRequest {
        currency_code: "eur".to_owned(),
        horizon_weeks: -1,
        discount_rate: Some(1.01),
        top_size: 101,
        ..Default::default()
    };
    refused!(text, stage.client, "GetBaseValue: wrong fields", get_base_value, of("acme", worth));
    refused!(
        text,
        stage.client,
        "ExportRecords: none",
        export_records,
        of("acme", pb::ExportRecordsRequest::default())
    );
    let many = pb::ExportRecordsRequest { record_ids: vec![record(1).to_string(); 101] };
    refused!(text, stage.client, "ExportRecords: many", export_records, of("acme", many));
    let odd = pb::ExportRecordsRequest { record_ids: vec![person(1).to_string(), String::new()] };
    refused!(text, stage.client, "ExportRecords: not records", export_records, of("acme", odd));
    text
}

async fn wrong_groups(stage: &Stage) -> String {
    let mut text = String::new();
    let group = pb::GetGroupValueRequest { horizon_weeks: 521, ..Default::default() };
    refused!(text, stage.client, "GetGroupValue: nothing in it", get_group_value, of("acme", group));
    let unknown = pb::GetGroupValueRequest { currency_code: "EUR".to_owned(), group_by: 77, ..Default::default() };
    refused!(text, stage.client, "GetGroupValue: by what?", get_group_value, of("acme", unknown));
    let by = |group_by: pb::GroupBy, path: &str| pb::GetGroupValueRequest {
        currency_code: "EUR".to_owned(),
        group_by: group_by.into(),
        attribute_path: path.to_owned(),
        ..Default::default()
    };
    let personal = by(pb::GroupBy::ProfileAttribute, "address.city");
    refused!(text, stage.client, "GetGroupValue: by who they are", get_group_value, of("acme", personal));
    let nothing = by(pb::GroupBy::ProfileAttribute, "");
    refused!(text, stage.client, "GetGroupValue: by no attribute", get_group_value, of("acme", nothing));
    let both = by(pb::GroupBy::Channel, "language");
    refused!(text, stage.client, "GetGroupValue: by two things", get_group_value, of("acme", both));
    let line_code = Some("two lines".to_owned());
    let no_line = pb::ListModelsRequest { page_size: -1, line_code: line_code.clone(), ..Default::default() };
    refused!(text, stage.client, "ListModels: no line", list_models, of("acme", no_line));
    let no_line = pb::ListPromotionsRequest { line_code, ..Default::default() };
    refused!(text, stage.client, "ListPromotions: no line", list_promotions, of("acme", no_line));
    text
}

async fn wrong_rates(stage: &Stage) -> String {
    let mut text = String::new();
    let empty = pb::RegisterCostRatesRequest { earned_part: Some(f64::NAN), ..Default::default() };
    refused!(text, stage.client, "RegisterCostRates: nothing in it", register_cost_rates, of("acme", empty));
    let twice = rates("twice", vec![rate(TouchpointType::CallEnded, 1); 2]);
    let twice = pb::RegisterCostRatesRequest { earned_part: Some(1.5), ..twice };
    refused!(text, stage.client, "RegisterCostRates: twice the same", register_cost_rates, of("acme", twice));
    let odd = vec![
        rate(TouchpointType::OrderPlaced, -1),
        pb::CostRate { r#type: 7_777, ..Default::default() },
        pb::CostRate { channel: 77, hourly_minor_units: i64::MAX, ..rate(TouchpointType::CallEnded, 1) },
        pb::CostRate { paid_part: Some(0.5), ..rate(TouchpointType::VisitMade, 1) },
        pb::CostRate { paid_part: Some(-0.5), ..rate(TouchpointType::RefundIssued, 1) },
    ];
    refused!(text, stage.client, "RegisterCostRates: odd rates", register_cost_rates, of("acme", rates("odd", odd)));
    let many = vec![rate(TouchpointType::CallEnded, 1); 501];
    let long = pb::RegisterCostRatesRequest { currency_code: "XYZ".to_owned(), ..rates(&"x".repeat(65), many) };
    refused!(text, stage.client, "RegisterCostRates: too much", register_cost_rates, of("acme", long));
    let size = pb::ListCostRatesRequest { page_size: 101, ..Default::default() };
    refused!(text, stage.client, "ListCostRates: page size", list_cost_rates, of("acme", size));
    let token = pb::ListCostRatesRequest { page_token: "AAAA".to_owned(), ..Default::default() };
    refused!(text, stage.client, "ListCostRates: page token", list_cost_rates, of("acme", token));
    let odd = pb::ListNegativeValueCustomersRequest {
        horizon_weeks: -1,
        discount_rate: Some(2.0),
        page_size: 1_001,
        ..Default::default()
    };
    text.push_str(&wrong_groups(stage).await);
    let change = pb::WhatIfRequest {
        discount_rate: Some(0.0),
        retention_change: f64::NAN,
        yield_change: -2.0,
        service_change: 11.0,
        ..Default::default()
    };
    refused!(text, stage.client, "WhatIf: wrong fields", what_if, of("acme", change));
    let cost = |minor_units| pb::AcquisitionCost { key: "web".to_owned(), minor_units };
    let payback = pb::GetAcquisitionPaybackRequest {
        group_by: pb::GroupBy::Product.into(),
        months: 121,
        costs: vec![cost(-1), cost(1)],
        ..Default::default()
    };
    let name = "GetAcquisitionPayback: wrong fields";
    refused!(text, stage.client, name, get_acquisition_payback, of("acme", payback));
    let name = "ListNegativeValueCustomers: wrong fields";
    refused!(text, stage.client, name, list_negative_value_customers, of("acme", odd));
    text
}

async fn wrong_fields_of_promotions(stage: &Stage) -> String {
    let mut text = String::new();
    let odd = pb::PromoteModelRequest { reason_code: "why".to_owned(), expected_version: -1, ..Default::default() };
    refused!(text, stage.client, "PromoteModel: wrong fields", promote_model, of("acme", odd));
    let odd = pb::PromoteModelRequest { force: true, reason_code: "because I say so".to_owned(), ..promote("p") };
    refused!(text, stage.client, "PromoteModel: no code", promote_model, of("acme", odd));
    let odd = pb::PromoteModelRequest { force: true, ..promote("p") };
    refused!(text, stage.client, "PromoteModel: forced without a reason", promote_model, of("acme", odd));
    refused!(text, stage.client, "PromoteModel: no such model", promote_model, of("acme", promote("p")));
    let odd = pb::ListPromotionsRequest { page_size: -1, ..Default::default() };
    refused!(text, stage.client, "ListPromotions: page size", list_promotions, of("acme", odd));
    let token = pb::ListPromotionsRequest { page_token: "AAAA".to_owned(), ..Default::default() };
    refused!(text, stage.client, "ListPromotions: page token", list_promotions, of("acme", token));
    text
}

async fn wrong_fields_of_many(stage: &Stage) -> String {
    let mut text = String::new();
    let many = pb::BatchScoreCustomersRequest {
        person_ids: vec![person(1).to_string(); 501],
        horizon_weeks: 521,
        ..Default::default()
    };
    refused!(text, stage.client, "BatchScoreCustomers: wrong fields", batch_score_customers, of("acme", many));
    let odd = pb::BatchScoreCustomersRequest {
        person_ids: vec![record(1).to_string()],
        currency_code: "EUR".to_owned(),
        ..Default::default()
    };
    refused!(text, stage.client, "BatchScoreCustomers: not persons", batch_score_customers, of("acme", odd));
    let odd = pb::StreamScoresRequest { discount_rate: Some(2.0), ..Default::default() };
    refused!(text, stage.client, "StreamScores: wrong fields", stream_scores, of("acme", odd));
    let odd = pb::StreamScoresRequest {
        currency_code: "EUR".to_owned(),
        resume_token: "zz".to_owned(),
        ..Default::default()
    };
    refused!(text, stage.client, "StreamScores: no resume token", stream_scores, of("acme", odd));
    let odd = pb::ListRfmSegmentsRequest { page_size: 11, ..Default::default() };
    refused!(text, stage.client, "ListRfmSegments: wrong fields", list_rfm_segments, of("acme", odd));
    let odd = pb::BacktestModelRequest::default();
    refused!(text, stage.client, "BacktestModel: nothing in it", backtest_model, of("acme", odd));
    let ahead = pb::BacktestModelRequest {
        currency_code: "EUR".to_owned(),
        calibration_end: at(0),
        holdout_weeks: 520,
        ..Default::default()
    };
    refused!(text, stage.client, "BacktestModel: not over yet", backtest_model, of("acme", ahead));
    text
}

async fn without_model(stage: &Stage) -> String {
    let mut text = String::new();
    let acme = tenant("acme");
    let mut touches: Vec<Touch> = (1..30).map(|number| Touch::purchase(number, number, 10, "EUR", 500)).collect();
    refused!(text, stage.client, "FitModel: nobody", fit_model, of("acme", fit("none")));
    let together = Decision::moves((1..30).map(|number| (number, number, 1)));
    stage.tell(touches.iter().map(|touch| touch.draft(&acme)).collect(), vec![together.draft(&acme)]).await;
    refused!(text, stage.client, "FitModel: no repeats", fit_model, of("acme", fit("none")));
    touches.iter_mut().for_each(|touch| {
        (touch.number, touch.day, touch.bought) = (touch.number + 100, touch.day + 30, Some(("EUR", 0)));
    });
    touches.truncate(15);
    stage.tell(touches.iter().map(|touch| touch.draft(&acme)).collect(), vec![]).await;
    refused!(text, stage.client, "FitModel: free repeats", fit_model, of("acme", fit("none")));
    let none = pb::FitModelRequest { kind: pb::PurchaseModelKind::Sbg.into(), ..fit("none") };
    refused!(text, stage.client, "FitModel: no contracts", fit_model, of("acme", none));
    let score = score_of(By::PersonId(person(1).to_string()));
    refused!(text, stage.client, "ScoreCustomer: no model", score_customer, of("acme", score));
    let line_code = "motor".to_owned();
    let worth = pb::GetBaseValueRequest { currency_code: "EUR".to_owned(), line_code, ..Default::default() };
    refused!(text, stage.client, "GetBaseValue: no model", get_base_value, of("acme", worth));
    let negative = pb::ListNegativeValueCustomersRequest { currency_code: "EUR".to_owned(), ..Default::default() };
    let name = "ListNegativeValueCustomers: no model";
    refused!(text, stage.client, name, list_negative_value_customers, of("acme", negative));
    let stream = pb::StreamScoresRequest { currency_code: "EUR".to_owned(), ..Default::default() };
    refused!(text, stage.client, "StreamScores: no model", stream_scores, of("acme", stream));
    let back = pb::BacktestModelRequest {
        currency_code: "EUR".to_owned(),
        calibration_end: at(20),
        holdout_weeks: 4,
        ..Default::default()
    };
    refused!(text, stage.client, "BacktestModel: no repeats", backtest_model, of("acme", back));
    text
}

async fn with_a_model(stage: &Stage) -> String {
    let mut text = String::new();
    with_model(stage, &tenant("modelled")).await;
    let far = pb::WhatIfRequest {
        currency_code: "EUR".to_owned(),
        as_of: at(310),
        retention_change: 0.9,
        ..Default::default()
    };
    refused!(text, stage.client, "WhatIf: retention beyond one", what_if, of("modelled", far));
    let reused = pb::FitModelRequest { period_end: None, ..fit("first") };
    refused!(text, stage.client, "FitModel: request id reused", fit_model, of("modelled", reused));
    text += &not_promoted(stage).await;
    let absent = score_of(By::PersonId(person(77_777).to_string()));
    refused!(text, stage.client, "ScoreCustomer: nobody", score_customer, of("modelled", absent));
    let list = pb::ListPurchaseSummariesRequest { currency_code: "EUR".to_owned(), page_size: 2, ..Default::default() };
    let page = stage.client.clone().list_purchase_summaries(of("modelled", list.clone())).await.expect("a page");
    let next = pb::ListPurchaseSummariesRequest { page_token: page.into_inner().next_page_token, ..list };
    let filter = pb::ListPurchaseSummariesRequest { currency_code: "USD".to_owned(), ..next.clone() };
    refused!(
        text,
        stage.client,
        "ListPurchaseSummaries: other filter",
        list_purchase_summaries,
        of("modelled", filter)
    );
    refused!(text, stage.client, "ListPurchaseSummaries: other tenant", list_purchase_summaries, of("acme", next));
    text
}

async fn not_promoted(stage: &Stage) -> String {
    let mut text = String::new();
    let fitted = async |request| {
        let answer = stage.client.clone().fit_model(of("modelled", request)).await.expect("fitted").into_inner();
        answer.model.expect("a model")
    };
    let best = fitted(pb::FitModelRequest { kind: Default::default(), ..fit("best") }).await;
    let worst = best.candidates.last().expect("others").kind;
    let worst = fitted(pb::FitModelRequest { kind: worst, hold_back: true, ..fit("worst") }).await;
    let ask = |id: &str| pb::PromoteModelRequest { model_id: worst.model_id.clone(), ..promote(id) };
    refused!(text, stage.client, "PromoteModel: worse", promote_model, of("modelled", ask("p")));
    let stale = pb::PromoteModelRequest { expected_version: 77, ..ask("p") };
    refused!(text, stage.client, "PromoteModel: another version", promote_model, of("modelled", stale));
    let force = pb::PromoteModelRequest { force: true, reason_code: "test".to_owned(), ..ask("p") };
    stage.client.clone().promote_model(of("modelled", force)).await.expect("forced");
    refused!(text, stage.client, "PromoteModel: request id reused", promote_model, of("modelled", ask("p")));
    let early = |id: &str, day| pb::FitModelRequest { period_end: at(day), currency_code: "EUR".to_owned(), ..fit(id) };
    let (touches, decision) = crate::persons::base();
    let short = tenant("short");
    stage.tell(touches.iter().map(|touch| touch.draft(&short)).collect(), vec![decision.draft(&short)]).await;
    let mut client = stage.client.clone();
    client.fit_model(of("short", early("first", 76))).await.expect("fitted");
    let second = client.fit_model(of("short", early("second", 75))).await.expect("fitted").into_inner().model;
    let ask = pb::PromoteModelRequest { model_id: second.expect("a model").model_id, ..promote("p") };
    refused!(text, stage.client, "PromoteModel: not compared", promote_model, of("short", ask));
    text
}

async fn of_whom_nothing_is_said(stage: &Stage) -> String {
    let (mut text, modelled) = (String::new(), tenant("modelled"));
    let objection = stated(&modelled, 1, 100, Kind::Objection, ("profiling", 0));
    stage.state(vec![objection, stated(&modelled, 2, 101, Kind::Restriction, ("", 0))]).await;
    for (number, name) in [(100, "ScoreCustomer: who objects"), (101, "ScoreCustomer: who is restricted")] {
        let score = score_of(By::PersonId(person(number).to_string()));
        refused!(text, stage.client, name, score_customer, of("modelled", score));
    }
    text
}

async fn read_after(stage: &Stage) -> String {
    let mut text = String::new();
    let after = |read_after: String| pb::FitModelRequest { read_after, ..fit("new") };
    refused!(text, stage.client, "FitModel: no read token", fit_model, of("acme", after("zz".to_owned())));
    let foreign = ReadToken { journal: "expectation".to_owned(), epoch: [1; 16], sequence: 1 }.encode();
    refused!(text, stage.client, "FitModel: a journal that is not followed", fit_model, of("acme", after(foreign)));
    let head = stage.upstream.collector.head().await.expect("a head");
    let ahead = stage.upstream.collector.token(head + 5);
    let list =
        pb::ListPurchaseSummariesRequest { currency_code: "EUR".to_owned(), read_after: ahead, ..Default::default() };
    let mut request: Request<_> = of("acme", list);
    request.set_timeout(Duration::from_secs(2));
    refused!(text, stage.client, "ListPurchaseSummaries: ahead of the journal", list_purchase_summaries, request);
    text
}

/// A bearer "service" of a service; any other is of a tenant's caller that may do nothing.
struct Powerless;

impl Credentials for Powerless {
    fn identify(&self, bearer: &str) -> Option<Identity> {
        let caller = |tenant| Caller { tenant, principal: "test".to_owned(), scopes: [].into() };
        match bearer {
            "service" => Some(Identity::Service("profile".to_owned())),
            tenant => tenant.parse().ok().map(caller).map(Identity::Tenant),
        }
    }
}

/// What each RPC answers to those who may not call it, or can't be served.
async fn whatever_is_asked(client: &ValueServiceClient<Peer>, who: &str) -> String {
    let mut text = String::new();
    let euro = || "EUR".to_owned();
    refused!(text, client, "FitModel", fit_model, of(who, fit("new")));
    refused!(text, client, "ListModels", list_models, of(who, pb::ListModelsRequest::default()));
    refused!(text, client, "ListPromotions", list_promotions, of(who, pb::ListPromotionsRequest::default()));
    refused!(text, client, "PromoteModel", promote_model, of(who, promote("new")));
    let score = score_of(By::RecordId(record(1).to_string()));
    refused!(text, client, "ScoreCustomer", score_customer, of(who, score));
    let list = pb::ListPurchaseSummariesRequest { currency_code: euro(), ..Default::default() };
    refused!(text, client, "ListPurchaseSummaries", list_purchase_summaries, of(who, list));
    let worth = pb::GetBaseValueRequest { currency_code: euro(), ..Default::default() };
    refused!(text, client, "GetBaseValue", get_base_value, of(who, worth));
    let batch = pb::BatchScoreCustomersRequest {
        person_ids: vec![person(1).to_string()],
        currency_code: euro(),
        ..Default::default()
    };
    refused!(text, client, "BatchScoreCustomers", batch_score_customers, of(who, batch));
    let stream = pb::StreamScoresRequest { currency_code: euro(), ..Default::default() };
    refused!(text, client, "StreamScores", stream_scores, of(who, stream));
    let segments = pb::ListRfmSegmentsRequest { currency_code: euro(), ..Default::default() };
    refused!(text, client, "ListRfmSegments", list_rfm_segments, of(who, segments));
    refused!(text, client, "RegisterCostRates", register_cost_rates, of(who, rates("new", vec![])));
    refused!(text, client, "ListCostRates", list_cost_rates, of(who, pb::ListCostRatesRequest::default()));
    let negative = pb::ListNegativeValueCustomersRequest { currency_code: euro(), ..Default::default() };
    refused!(text, client, "ListNegativeValueCustomers", list_negative_value_customers, of(who, negative));
    let group = pb::GetGroupValueRequest { currency_code: euro(), group_by: 1, ..Default::default() };
    refused!(text, client, "GetGroupValue", get_group_value, of(who, group));
    let change = pb::WhatIfRequest { currency_code: euro(), ..Default::default() };
    refused!(text, client, "WhatIf", what_if, of(who, change));
    let payback = pb::GetAcquisitionPaybackRequest { currency_code: euro(), group_by: 4, ..Default::default() };
    refused!(text, client, "GetAcquisitionPayback", get_acquisition_payback, of(who, payback));
    let back = pb::BacktestModelRequest {
        currency_code: euro(),
        calibration_end: at(10),
        holdout_weeks: 4,
        ..Default::default()
    };
    refused!(text, client, "BacktestModel", backtest_model, of(who, back));
    let export = pb::ExportRecordsRequest { record_ids: vec![record(1).to_string()] };
    refused!(text, client, "ExportRecords", export_records, of(who, export));
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_the_documented_one() {
    for place in TestPlace::each() {
        let stage = Stage::open(&place, 1).await;
        let powerless = ServerBuilder::new(ServerConfig::default(), Arc::new(Powerless));
        let powerless = ValueServiceClient::new(Peer::in_process(stage.value.add_to(powerless).routes()));
        let mut shown = wrong_fields(&stage).await;
        shown += &wrong_fields_of_promotions(&stage).await;
        shown += &wrong_fields_of_many(&stage).await;
        shown += &wrong_rates(&stage).await;
        shown += &without_model(&stage).await;
        shown += &with_a_model(&stage).await;
        shown += &of_whom_nothing_is_said(&stage).await;
        shown += &read_after(&stage).await;
        let _ = write!(shown, "\nWithout a scope\n\n{}", whatever_is_asked(&powerless, "acme").await);
        let _ = write!(shown, "\nBy a service\n\n{}", whatever_is_asked(&powerless, "service").await);
        stage.store.clone().close().await;
        let _ = write!(shown, "\nWithout the database\n\n{}", whatever_is_asked(&stage.client, "acme").await);
        insta::assert_snapshot!("refusals", shown);
    }
}
