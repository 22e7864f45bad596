//! Scores of those of whom little is known, and how far scores may be off.

use tenure_proto::value::v1::{self as pb, PurchaseModelKind as Kind, ScoreBasis, score_customer_request::By};
use tenure_store::testing::TestPlace;
use tonic::Code;

use crate::{
    entries::{Amends, Decision, Touch, person, record, tenant},
    persons::{at, base, fit, score_of},
    stage::{Stage, of},
};

async fn score(stage: &Stage, request: pb::ScoreCustomerRequest) -> pb::CustomerScore {
    stage
        .client
        .clone()
        .score_customer(of("acme", request))
        .await
        .expect("a score")
        .into_inner()
        .score
        .expect("a score")
}

fn of_person(number: u64) -> pb::ScoreCustomerRequest {
    score_of(By::PersonId(person(number).to_string()))
}

/// A base, and beside it record 1 of person 1, which called, and record 2 of person 2, which bought once.
async fn stage(place: &TestPlace, kind: Kind) -> Stage {
    let (stage, acme) = (Stage::open(place, 1).await, tenant("acme"));
    let (mut touches, decision) = base();
    touches.push(Touch { bought: None, ..Touch::purchase(50_001, 1, 40, "EUR", 0) });
    touches.push(Touch::purchase(50_002, 2, 250, "EUR", 7_700));
    let alone = Decision::moves([(1, 1, 1), (2, 2, 1)]);
    stage
        .tell(touches.iter().map(|touch| touch.draft(&acme)).collect(), vec![decision.draft(&acme), alone.draft(&acme)])
        .await;
    let request = pb::FitModelRequest { kind: kind.into(), ..fit("first") };
    stage.client.clone().fit_model(of("acme", request)).await.expect("fitted");
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn who_bought_nothing_gets_the_prior_of_the_base_labelled_so() {
    for place in TestPlace::each() {
        let stage = stage(&place, Kind::ParetoNbd).await;
        let prior = score(&stage, of_person(1)).await;
        assert_eq!((prior.basis(), prior.rfm.clone()), (ScoreBasis::Prior, None));
        let summary = prior.summary.clone().expect("whom");
        assert_eq!((summary.person_id, summary.purchases, summary.total_minor_units), (person(1).to_string(), 0, 0));
        assert!(summary.record_ids.is_empty() && prior.reasons[0].starts_with("bought nothing"), "{:?}", prior.reasons);
        assert!(prior.expected_purchases > 0.0 && prior.expected_value_minor_units > 0.0);
        assert_eq!(score(&stage, score_of(By::RecordId(record(1).to_string()))).await, prior, "a record with nothing");
        // Before the first purchase everybody is unknown.
        let early = pb::ScoreCustomerRequest { as_of: at(249), ..of_person(2) };
        let early = score(&stage, early).await;
        assert_eq!(
            (early.basis(), early.expected_value_minor_units),
            (ScoreBasis::Prior, prior.expected_value_minor_units)
        );
        let once = score(&stage, of_person(2)).await;
        assert_eq!(
            (once.basis(), once.expected_minor_units_per_purchase),
            (ScoreBasis::FirstPurchase, prior.expected_minor_units_per_purchase)
        );
        // A purchase that is taken back leaves the prior.
        let amends = Some(Amends { target: 50_002, revision: 1, retracts: true });
        let retracted = Touch { bought: None, amends, ..Touch::purchase(50_003, 2, 250, "EUR", 0) };
        stage.settle(&stage.collect(vec![retracted.draft(&tenant("acme"))]).await).await;
        assert_eq!(score(&stage, of_person(2)).await.basis(), ScoreBasis::Prior);
        let nobody = stage.client.clone().score_customer(of("acme", of_person(77_777))).await.expect_err("nobody");
        assert_eq!(nobody.code(), Code::NotFound);

        let ask = pb::BatchScoreCustomersRequest {
            person_ids: [1, 77_777, 100].map(|number| person(number).to_string()).to_vec(),
            currency_code: "EUR".to_owned(),
            as_of: at(310),
            ..Default::default()
        };
        let batch = stage.client.clone().batch_score_customers(of("acme", ask)).await.expect("scores").into_inner();
        let places: Vec<i32> = batch.scores.iter().map(|one| one.place).collect();
        assert_eq!((places, batch.scores[0].score.clone()), (vec![0, 2], Some(prior)));
        assert_eq!(batch.scores[1].score.clone(), Some(score(&stage, of_person(100)).await));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn intervals_hold_what_they_are_of_and_are_wider_the_surer() {
    let place = TestPlace::sqlite();
    let stage = stage(&place, Kind::Unspecified).await;
    let within = |interval: &Option<pb::Interval>, value: f64| {
        let pb::Interval { low, high } = interval.expect("an interval");
        assert!(0.0 <= low && low <= value && value <= high, "{value} in {low}..{high}");
        high - low
    };
    for number in [1, 2, 100, 250, 399] {
        let mut widths = Vec::new();
        for level in [0.5, 0.9] {
            let request = pb::ScoreCustomerRequest { interval_level: Some(level), ..of_person(number) };
            let score = score(&stage, request).await;
            let known = score.intervals.expect("intervals");
            assert_eq!(known.level, level);
            let expected = within(&known.expected_purchases, score.expected_purchases);
            let value = within(&known.expected_value, score.expected_value_minor_units);
            let (purchases, worth) = (known.purchases.expect("an interval"), known.value.expect("one"));
            assert!(purchases.low.fract() == 0.0 && purchases.low <= purchases.high && worth.low <= worth.high);
            assert_eq!(purchases.high == 0.0, worth.high == 0.0, "no purchase, no money");
            let net = known.net.expect("an interval");
            assert!(net.low < score.expected_net_minor_units && score.expected_net_minor_units < net.high, "{net:?}");
            // Nothing is priced here: what is left is all that is brought.
            let middle = (net.low + net.high) / 2.0;
            assert!((middle - score.expected_value_minor_units).abs() < 1e-6 * (1.0 + middle.abs()), "{score:?}");
            widths.push([expected, value, purchases.high - purchases.low, worth.high - worth.low, net.high - net.low]);
        }
        assert!(widths[0].iter().zip(&widths[1]).all(|(narrow, wide)| narrow <= wide), "{widths:?}");
    }
    assert_eq!(score(&stage, of_person(100)).await.intervals, None, "not asked for");
}
