//! Weights that a tenant defines, and the scores that follow.

use tenure_proto::{
    collector::v1::{self as collector, TouchpointType, touchpoint::Detail},
    expectation::v1 as pb,
};
use tenure_store::testing::TestPlace;
use tonic::Code;

use crate::{
    entries::{Decision, Touch, hour, progressed, record, tenant},
    stage::{Stage, of},
};

const LATE: u64 = 30;

/// Two tenants, each with persons who got what they were promised two days late.
async fn late(place: &TestPlace) -> Stage {
    let stage = Stage::open(place, 4).await;
    for name in ["acme", "other"] {
        let tenant = tenant(name);
        let touches = (1..=LATE).flat_map(|number| {
            let order = format!("o{number}");
            let promised = Touch::promised(2 * number, number, &order, -96, -48);
            [promised, Touch::delivered(2 * number + 1, number, &order, 0)]
        });
        let mut told: Vec<_> = touches.map(|touch| touch.draft(&tenant)).collect();
        told.push(progressed(&tenant, "shop", 2_000));
        let found = Decision::found((1..=LATE).map(|number| (number, number)));
        stage.tell(told, vec![found.draft(&tenant)]).await;
    }
    stage
}

async fn dissonance(stage: &Stage, tenant: &str, version: &str) -> Result<pb::Dissonance, tonic::Status> {
    let by = Some(pb::get_dissonance_request::By::RecordId(record(1).to_string()));
    let ask = pb::GetDissonanceRequest { by, weights_version: version.to_owned(), ..Default::default() };
    let answer = stage.client.clone().get_dissonance(of(tenant, ask)).await?;
    Ok(answer.into_inner().dissonance.expect("set"))
}

async fn define(stage: &Stage, id: &str, loss_aversion: f64) -> Result<pb::WeightsDefinition, tonic::Status> {
    let own = pb::AttributeWeights { attribute_code: "wait".to_owned(), weight: Some(1.0), ..Default::default() };
    let definition =
        pb::WeightsDefinition { loss_aversion: Some(loss_aversion), attributes: vec![own], ..Default::default() };
    let ask = pb::DefineWeightsRequest { request_id: id.to_owned(), definition: Some(definition) };
    let answer = stage.client.clone().define_weights(of("acme", ask)).await?;
    Ok(answer.into_inner().definition.expect("set"))
}

/// The number of customers by band.
async fn bands(stage: &Stage, tenant: &str) -> Vec<(pb::DissonanceBand, i64)> {
    stage.rest(tenant).await.customers.iter().map(|one| (one.band(), one.count)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn scores_follow_the_weights_and_name_their_version() {
    for place in TestPlace::each() {
        let stage = late(&place).await;
        stage.at("acme", hour(1)).await;
        let before = dissonance(&stage, "acme", "").await.expect("a score");
        assert_eq!((before.weights_version.as_str(), before.band()), ("v1", pb::DissonanceBand::Concerned));
        let all = i64::try_from(LATE).expect("few");
        assert_eq!(bands(&stage, "acme").await, [(pb::DissonanceBand::Concerned, all)]);

        let defined = define(&stage, "a", 4.5).await.expect("defined");
        assert_eq!((defined.version.as_str(), defined.curvature), ("own-1", Some(0.88)), "with all that was unset");
        assert_eq!(define(&stage, "a", 4.5).await.expect("the first answer"), defined);
        assert_eq!(define(&stage, "a", 5.0).await.expect_err("another body").code(), Code::AlreadyExists);
        let after = dissonance(&stage, "acme", "").await.expect("a score");
        let factor = |one: &pb::Dissonance| one.products[0].factors[0].felt_value;
        assert_eq!((after.weights_version.as_str(), factor(&after)), ("own-1", 2.0 * factor(&before)));
        // Everybody is looked at again, and nobody of another tenant is.
        assert_eq!(bands(&stage, "acme").await, [(pb::DissonanceBand::Dissonant, all)]);
        assert_eq!(bands(&stage, "other").await, [(pb::DissonanceBand::Concerned, all)]);
        let other = dissonance(&stage, "other", "").await.expect("a score");
        assert_eq!((other.weights_version.as_str(), other.score), ("v1", before.score));
        let decided = stage.check("acme", 1, crate::stage::nps()).await;
        assert!((decided.dissonance - after.score).abs() < 0.5, "{} {}", decided.dissonance, after.score);

        // A score of an old version can be worked out again.
        assert_eq!(dissonance(&stage, "acme", "v1").await.expect("a score"), before);
        assert_eq!(dissonance(&stage, "acme", "own-9").await.expect_err("no such version").code(), Code::NotFound);
        assert_eq!(define(&stage, "b", 2.25).await.expect("defined").version, "own-2");
        assert_eq!(bands(&stage, "acme").await, [(pb::DissonanceBand::Concerned, all)]);
        assert_eq!(dissonance(&stage, "acme", "own-1").await.expect("a score").score, after.score);
        let describe = async |version: &str| {
            let ask = of("acme", pb::DescribeWeightsRequest { version: version.to_owned() });
            stage.client.clone().describe_weights(ask).await.expect("weights").into_inner()
        };
        assert_eq!(describe("own-1").await.definition, Some(defined));
        let used = describe("").await;
        assert_eq!(used.versions, ["own-2", "own-1", "v1"]);
        assert_eq!(used.definition.expect("set").version, "own-2");
        assert_eq!(describe("v1").await.definition.expect("set").loss_aversion, Some(2.25));
        let names = stage.names().await;
        assert_eq!(names.iter().filter(|name| *name == "WeightsDefined").count(), 2, "once each");
    }
}

/// Customers who were asked a day after they got what they had ordered, and answer by how late it was: a day costs three times what a day
/// gains.
fn asked(customers: u64) -> Vec<Touch> {
    let touches = (1..=customers).flat_map(|number| {
        let (order, late) = (format!("o{number}"), 48 * (i64::try_from(number % 5).expect("few") - 2));
        let score = 6 + match late {
            ..0 => i32::try_from(-late / 48).expect("few"),
            late => -3 * i32::try_from(late / 48).expect("few"),
        };
        let detail = collector::FeedbackDetail {
            scale_code: "nps".to_owned(),
            // A little of everything, that cancels out.
            score: Some((score + i32::try_from(number / 5 % 3).expect("few") - 1).clamp(0, 10)),
            ..Default::default()
        };
        let answer = Touch::new(3 * number + 2, number, late + 24, TouchpointType::SurveyAnswered);
        [
            Touch::promised(3 * number, number, &order, -300, 0),
            Touch::delivered(3 * number + 1, number, &order, late),
            answer.of_order(&order).with(Detail::Feedback(detail)),
        ]
    });
    touches.collect()
}

/// All that is told of a fit.
async fn fitted(stage: &Stage) -> Result<Vec<pb::FitWeightsResponse>, tonic::Status> {
    let mut told = stage.client.clone().fit_weights(of("acme", pb::FitWeightsRequest {})).await?.into_inner();
    let mut all = Vec::new();
    while let Some(one) = told.message().await? {
        all.push(one);
    }
    Ok(all)
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_propose_weights_and_adopt_none() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 4).await, tenant("acme"));
        let tell = async |touches: Vec<Touch>, persons: std::ops::RangeInclusive<u64>| {
            let mut told: Vec<_> = touches.into_iter().map(|touch| touch.draft(&acme)).collect();
            told.push(progressed(&acme, "shop", 2_000));
            let found = Decision::found(persons.map(|number| (number, number)));
            stage.tell(told, vec![found.draft(&acme)]).await;
            stage.at("acme", hour(200)).await;
        };
        tell(asked(200), 1..=200).await;
        let few = fitted(&stage).await.expect_err("80 were late");
        assert_eq!(few.code(), Code::FailedPrecondition);
        assert!(few.message().contains("too few answers"), "{few}");
        tell(asked(300).split_off(600), 201..=300).await;
        let told = fitted(&stage).await.expect("enough");
        let last = told.last().expect("one at least");
        assert_eq!((last.person_count, last.answer_count), (300, 300));
        assert!(told.len() > 1 && told[0].proposals.is_empty() && told[0].person_count < 300, "page by page");
        let [proposal] = last.proposals.as_slice() else { panic!("of one attribute: {:?}", last.proposals) };
        assert_eq!(
            (proposal.attribute_code.as_str(), proposal.late_count, proposal.early_count),
            ("delivery", 120, 120)
        );
        let (ratio, low) = (proposal.loss_aversion.expect("a ratio"), proposal.interval_low.expect("an interval"));
        assert!((2.0..4.0).contains(&ratio) && low > 1.0 && low < ratio && proposal.doubts.is_empty(), "{proposal:?}");
        assert_eq!(fitted(&stage).await.expect("enough"), told, "the same answers, the same interval");

        let by = dissonance(&stage, "acme", "").await.expect("a score");
        assert_eq!(by.weights_version, "v1", "it adopts nothing");
        let definition = last.definition.clone();
        let ask = pb::DefineWeightsRequest { request_id: "adopt".to_owned(), definition };
        let adopted = stage.client.clone().define_weights(of("acme", ask)).await.expect("as it was proposed");
        let own = &adopted.into_inner().definition.expect("set").attributes[0];
        assert_eq!((own.attribute_code.as_str(), own.loss_aversion), ("delivery", Some(ratio)));
        let again = fitted(&stage).await.expect("enough");
        assert_eq!(again.last().expect("one").proposals[0].current_loss_aversion, ratio);
    }
}
