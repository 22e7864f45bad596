//! A real base: the CDNOW log (23,570 customers, 69,659 purchases) through the service.

use std::{collections::BTreeMap, io::Write as _, path::PathBuf};

use tenure_journal::Draft;
use tenure_proto::value::v1 as pb;
use tenure_store::testing::TestPlace;

use crate::{
    entries::{Decision, Touch, record, tenant},
    persons::at,
    stage::{Stage, of},
};

/// 1997-09-30, as days since 1997-01-01.
const CALIBRATION_END: i32 = 272;
/// 1998-06-30.
const LOG_END: i32 = 545;

/// The lines of a data set without its head, or `None`, said loudly.
fn lines(name: &str) -> Option<Vec<Vec<String>>> {
    let root = std::env::var_os("TENURE_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let Ok(text) = std::fs::read_to_string(root.join("value").join(name)) else {
        // Not captured, as what a test prints is: a skipped test must be seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: data set value/{name} absent");
        return None;
    };
    Some(text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect())
}

/// Days since 1997-01-01 of a date in 1997 or 1998.
fn day(date: &str) -> i32 {
    let part = |range: std::ops::Range<usize>| date[range].parse::<i32>().unwrap();
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    365 * (part(0..4) - 1997) + before[usize::try_from(part(5..7)).unwrap() - 1] + part(8..10) - 1
}

fn cents(amount: &str) -> i64 {
    let (major, cents) = amount.split_once('.').unwrap();
    major.parse::<i64>().unwrap() * 100 + cents.parse::<i64>().unwrap()
}

async fn feed(stage: &Stage, log: &[Vec<String>]) {
    let acme = tenant("cdnow");
    let customers: std::collections::BTreeSet<u64> = log.iter().map(|line| line[0].parse().unwrap()).collect();
    let customers: Vec<u64> = customers.into_iter().collect();
    assert_eq!((log.len(), customers.len()), (69_659, 23_570));
    for chunk in customers.chunks(500) {
        stage.decide(vec![Decision::moves(chunk.iter().map(|one| (*one, *one, 1))).draft(&acme)]).await;
    }
    let mut last = String::new();
    for (chunk, start) in log.chunks(1_000).zip((0_u64..).step_by(1_000)) {
        let purchase = |(number, line): (u64, &Vec<String>)| {
            Touch::purchase(number, line[0].parse().unwrap(), day(&line[1]), "USD", cents(&line[3])).draft(&acme)
        };
        let drafts: Vec<Draft> = (start..).zip(chunk).map(purchase).collect();
        last = stage.collect(drafts).await;
    }
    stage.settle(&last).await;
    stage.settle(&stage.upstream.identity.token(stage.upstream.identity.head().await.unwrap())).await;
}

async fn summaries(stage: &Stage) -> BTreeMap<String, pb::PurchaseSummary> {
    let mut request = pb::ListPurchaseSummariesRequest {
        currency_code: "USD".to_owned(),
        as_of: at(CALIBRATION_END),
        page_size: 5_000,
        ..Default::default()
    };
    let mut all = BTreeMap::new();
    loop {
        let page = stage.client.clone().list_purchase_summaries(of("cdnow", request.clone())).await.expect("a page");
        let page = page.into_inner();
        all.extend(page.summaries.into_iter().map(|summary| (summary.record_ids[0].clone(), summary)));
        if page.next_page_token.is_empty() {
            return all;
        }
        request.page_token = page.next_page_token;
    }
}

fn close(actual: f64, expected: f64) {
    assert!((actual - expected).abs() <= 1e-3, "{actual} is not {expected}");
}

async fn assert_model(stage: &Stage) {
    let request = pb::FitModelRequest {
        request_id: "calibration".to_owned(),
        currency_code: "USD".to_owned(),
        period_end: at(CALIBRATION_END),
        kind: pb::PurchaseModelKind::BgNbd.into(),
        ..Default::default()
    };
    let model = stage.client.clone().fit_model(of("cdnow", request)).await.expect("a model").into_inner().model;
    let model = model.expect("a model");
    let purchases = model.purchases.as_ref().expect("a part");
    for (parameter, (name, value)) in
        purchases.parameters.iter().zip([("r", 0.2516), ("alpha", 4.789), ("a", 0.7234), ("b", 2.1611)])
    {
        assert_eq!(parameter.name, name);
        close(parameter.value, value);
    }
    assert!((purchases.log_likelihood + 95_368.444).abs() < 5e-3, "{}", purchases.log_likelihood);
    assert_eq!((model.customers, model.backtests.len()), (23_570, 2), "{:?}", model.warnings);
}

/// Of the whole log: each kind as of two days in the past, against the nineteen weeks after each.
async fn assert_choice(stage: &Stage) {
    let request = pb::FitModelRequest {
        request_id: "best".to_owned(),
        currency_code: "USD".to_owned(),
        period_end: at(LOG_END),
        ..Default::default()
    };
    let answer = stage.client.clone().fit_model(of("cdnow", request)).await.expect("a model").into_inner();
    let model = answer.model.expect("a model");
    let shown = |of: &pb::ModelCandidate| format!("{:?} {:?}", of.kind(), of.holdout_error);
    let candidates: Vec<String> = model.candidates.iter().map(shown).collect();
    assert_eq!(model.candidates[0].kind(), pb::PurchaseModelKind::BgNbd, "{candidates:?}");
    assert_eq!((model.kind, model.candidates.len()), (model.candidates[0].kind, 3));
    assert!(model.candidates.is_sorted_by_key(|one| one.holdout_error.expect("judged")), "{candidates:?}");
    assert_eq!(model.backtests.len(), 2);
    for backtest in &model.backtests {
        assert_eq!(backtest.holdout_weeks, 19);
        let error = |of: &Option<pb::ForecastErrors>| of.expect("errors").root_mean_squared_error;
        assert!(error(&backtest.model) < error(&backtest.past_rate).min(error(&backtest.mean_rate)));
        assert!(error(&backtest.value) < error(&backtest.past_spend));
        let captured = backtest.model.and_then(|errors| errors.top_fifth_capture);
        assert!(captured > Some(0.5) && captured <= backtest.oracle_capture, "{captured:?}");
    }
    // CDNOW's customers came back more than any of these models foretells, and the models say so.
    assert!(model.backtests.iter().all(|one| one.is_biased && one.model.expect("errors").bias < Some(0.0)));
    assert_eq!(model.warnings.iter().filter(|warning| warning.contains("is biased")).count(), 2);
    // The first was fitted to the calibration, which ended before the later holdout began.
    let compared = model.comparison.expect("compared");
    assert_eq!((compared.promoted_version, compared.is_no_worse), (1, answer.promotion.is_some()));
    let other = model.candidates[0].holdout_error.expect("judged");
    assert!((compared.holdout_error - other).abs() < 1e-12);
}

async fn assert_summaries(stage: &Stage, known: &[Vec<String>]) {
    let found = summaries(stage).await;
    assert_eq!((found.len(), known.len()), (23_570, 23_570));
    for line in known {
        let number = |column: usize| line[column].parse::<f64>().unwrap();
        let summary = &found[&record(line[0].parse().unwrap()).to_string()];
        assert_eq!(f64::from(summary.frequency), number(1), "customer {}", line[0]);
        assert_eq!(summary.recency_weeks, number(2), "customer {}", line[0]);
        assert_eq!(summary.age_weeks, number(3), "customer {}", line[0]);
        let mean = summary.mean_minor_units / 100.0;
        assert!((mean - number(4)).abs() <= 1e-9 * number(4), "customer {}", line[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cdnow_log_gives_the_known_summaries_and_the_known_model() {
    let (Some(log), Some(known)) = (lines("cdnow_master.csv"), lines("cdnow_full_cal_holdout.csv")) else { return };
    for place in TestPlace::each() {
        let stage = Stage::open(&place, 1).await;
        feed(&stage, &log).await;
        assert_summaries(&stage, &known).await;
        assert_model(&stage).await;
        assert_choice(&stage).await;
        let request = pb::GetBaseValueRequest {
            currency_code: "USD".to_owned(),
            as_of: at(LOG_END),
            top_size: 10,
            ..Default::default()
        };
        let worth = stage.client.clone().get_base_value(of("cdnow", request)).await.expect("a value").into_inner();
        assert_eq!((worth.customers, worth.total_minor_units, worth.top.len()), (23_570, 250_031_563, 10));
    }
}
