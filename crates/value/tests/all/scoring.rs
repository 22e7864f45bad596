//! Scores of many: in a batch, as a stream that can be taken up, by segment; and how good they would have been.

use futures::StreamExt as _;
use tenure_proto::value::v1::{self as pb, score_customer_request::By};
use tenure_store::testing::TestPlace;

use crate::{
    entries::{Decision, person, tenant},
    persons::{at, fit, score_of, with_model},
    stage::{Stage, of},
};

fn stream_of(resume_token: &str) -> pb::StreamScoresRequest {
    pb::StreamScoresRequest {
        currency_code: "EUR".to_owned(),
        as_of: at(310),
        resume_token: resume_token.to_owned(),
        ..Default::default()
    }
}

async fn streamed(stage: &Stage, resume_token: &str) -> Vec<pb::StreamScoresResponse> {
    let stream = stage.client.clone().stream_scores(of("acme", stream_of(resume_token))).await.expect("a stream");
    stream.into_inner().map(|one| one.expect("a message")).collect().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_scores_the_whole_base_and_is_taken_up_where_it_broke_off() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
        let model = with_model(&stage, &acme).await;
        let whole = streamed(&stage, "").await;
        assert_eq!(whole.last().expect("an end").resume_token, "");
        let scores: Vec<pb::CustomerScore> = whole.iter().flat_map(|one| one.scores.clone()).collect();
        let ids: Vec<String> = scores.iter().map(|one| one.summary.as_ref().unwrap().person_id.clone()).collect();
        assert!(ids.len() == 300 && ids.is_sorted(), "each person once, by id");
        // The same that one alone has, but for the reasons.
        for number in [100, 250, 399] {
            let by = By::PersonId(person(number).to_string());
            let one = stage.client.clone().score_customer(of("acme", score_of(by))).await.expect("a score");
            let one = pb::CustomerScore { reasons: vec![], ..one.into_inner().score.unwrap() };
            assert!(scores.contains(&one));
        }
        // A newer model does not disturb one that is taken up.
        let newer = pb::FitModelRequest { period_end: at(299), ..fit("newer") };
        stage.client.clone().fit_model(of("acme", newer)).await.expect("fitted");
        let again = streamed(&stage, &whole[0].resume_token).await;
        let again: Vec<pb::CustomerScore> = again.into_iter().flat_map(|one| one.scores).collect();
        assert_eq!([whole[0].scores.clone(), again].concat(), scores);
        assert!(scores.iter().all(|one| one.model_id == model.model_id));
        let foreign = stage.client.clone().stream_scores(of("other", stream_of(&whole[0].resume_token))).await;
        assert_eq!(foreign.expect_err("another tenant's").code(), tonic::Code::InvalidArgument);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_scores_whom_it_finds() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
        with_model(&stage, &acme).await;
        // Person 101 is merged into 100.
        let merged = Decision::moves([(101, 100, 2)]).redirecting(101, Some(100), 1);
        stage.tell(vec![], vec![merged.draft(&acme)]).await;
        let ask = |numbers: &[u64]| pb::BatchScoreCustomersRequest {
            person_ids: numbers.iter().map(|number| person(*number).to_string()).collect(),
            currency_code: "EUR".to_owned(),
            as_of: at(310),
            ..Default::default()
        };
        let answer = stage.client.clone().batch_score_customers(of("acme", ask(&[250, 101, 100, 7]))).await;
        let answer = answer.expect("scores").into_inner();
        let places: Vec<i32> = answer.scores.iter().map(|one| one.place).collect();
        assert_eq!(places, [0, 1, 2], "7 is nobody");
        let scores: Vec<pb::CustomerScore> = answer.scores.into_iter().filter_map(|one| one.score).collect();
        let ids: Vec<String> = scores.iter().map(|one| one.summary.as_ref().unwrap().person_id.clone()).collect();
        assert_eq!(ids, [person(250), person(100), person(100)].map(|id| id.to_string()));
        for (score, number) in scores.iter().zip([250, 101, 100]) {
            let by = By::PersonId(person(number).to_string());
            let one = stage.client.clone().score_customer(of("acme", score_of(by))).await.expect("a score");
            assert_eq!(Some(score), one.into_inner().score.as_ref());
        }
        let nobody = stage.client.clone().batch_score_customers(of("acme", ask(&[]))).await.expect_err("refused");
        assert_eq!(nobody.code(), tonic::Code::InvalidArgument);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_part_the_base() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
        let model = with_model(&stage, &acme).await;
        let ask = pb::ListRfmSegmentsRequest { currency_code: "EUR".to_owned(), as_of: at(310), ..Default::default() };
        let list =
            async |ask| stage.client.clone().list_rfm_segments(of("acme", ask)).await.expect("a list").into_inner();
        let listed = list(ask.clone()).await;
        assert_eq!((listed.segments.len(), listed.model), (10, Some(model)));
        let scores: Vec<pb::CustomerScore> =
            streamed(&stage, "").await.into_iter().flat_map(|one| one.scores).collect();
        for segment in &listed.segments {
            let own = scores.iter().filter(|one| one.rfm.as_ref().unwrap().segment == segment.segment);
            let (customers, total, expected) = own.fold((0, 0, 0.0), |(customers, total, expected), one| {
                let minor = one.summary.as_ref().unwrap().total_minor_units;
                (customers + 1, total + minor, expected + one.expected_value_minor_units)
            });
            let found = (segment.customers, segment.total_minor_units, segment.expected_value_minor_units);
            assert_eq!(found, (customers, total, expected), "{}", segment.segment);
            assert_eq!(segment.mean_days_since_last > 0.0, customers > 0);
        }
        assert!(listed.segments.is_sorted_by(|a, b| a.expected_value_minor_units >= b.expected_value_minor_units));
        let first = list(pb::ListRfmSegmentsRequest { page_size: 7, ..ask.clone() }).await;
        let page_token = first.next_page_token.clone();
        let other = pb::ListRfmSegmentsRequest { page_token: page_token.clone(), horizon_weeks: 26, ..ask.clone() };
        let other = stage.client.clone().list_rfm_segments(of("acme", other)).await.expect_err("another question");
        assert_eq!(other.code(), tonic::Code::InvalidArgument);
        let second = list(pb::ListRfmSegmentsRequest { page_size: 7, page_token, ..ask }).await;
        assert_eq!([first.segments, second.segments].concat(), listed.segments);
        assert_eq!(second.next_page_token, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backtest_compares_what_was_foretold_with_what_came() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
        with_model(&stage, &acme).await;
        let ask = pb::BacktestModelRequest {
            currency_code: "EUR".to_owned(),
            calibration_end: at(150),
            holdout_weeks: 21,
            ..Default::default()
        };
        let found = stage.client.clone().backtest_model(of("acme", ask.clone())).await.expect("a backtest");
        let found = found.into_inner().backtest.expect("one");
        let summaries = async |day| {
            let list = pb::ListPurchaseSummariesRequest {
                currency_code: "EUR".to_owned(),
                as_of: at(day),
                page_size: 5_000,
                ..Default::default()
            };
            stage.client.clone().list_purchase_summaries(of("acme", list)).await.expect("a page").into_inner().summaries
        };
        let (before, after) = (summaries(150).await, summaries(150 + 21 * 7).await);
        assert_eq!(found.customers, before.len() as i64);
        let frequency = |all: &[pb::PurchaseSummary], id: &str| {
            all.iter().find(|one| one.person_id == id).map_or(0, |one| i64::from(one.frequency))
        };
        let actual: i64 = before.iter().map(|one| frequency(&after, &one.person_id) - i64::from(one.frequency)).sum();
        assert_eq!(found.actual_total, actual);
        let (model, mean) = (found.model.expect("errors"), found.mean_rate.expect("errors"));
        assert!(model.mean_absolute_error < mean.mean_absolute_error, "{model:?} {mean:?}");
        assert!(model.top_fifth_capture <= found.oracle_capture);
        let held = found.total_low.expect("known")..=found.total_high.expect("known");
        assert_eq!(found.is_biased, !held.contains(&(actual as f64)));
        assert_eq!(found.by_frequency.iter().map(|group| group.customers).sum::<i64>(), found.customers);
        let ahead = pb::BacktestModelRequest { holdout_weeks: 520, ..ask };
        let refused = stage.client.clone().backtest_model(of("acme", ahead)).await.expect_err("not over yet");
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    }
}
