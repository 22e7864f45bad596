//! Which model scores: the first, then only one that foretells no worse, or one that somebody forces.

use std::collections::BTreeSet;

use prost::{Message, Name};
use tenure_journal::read_page;
use tenure_kernel::Tenant;
use tenure_proto::value::v1::{self as pb, PromotionCause, PurchaseModelKind as Kind, score_customer_request::By};
use tenure_store::testing::TestPlace;
use tonic::{Code, Status};

use crate::{
    entries::{person, tenant},
    persons::{at, base, fit, score_of},
    stage::{Stage, of},
};

async fn with_base(place: &TestPlace, acme: &Tenant) -> Stage {
    let stage = Stage::open(place, 1).await;
    let (touches, decision) = base();
    stage.tell(touches.iter().map(|touch| touch.draft(acme)).collect(), vec![decision.draft(acme)]).await;
    stage
}

async fn fitted(stage: &Stage, request: pb::FitModelRequest) -> pb::FitModelResponse {
    stage.client.clone().fit_model(of("acme", request)).await.expect("fitted").into_inner()
}

async fn promote(stage: &Stage, request: pb::PromoteModelRequest) -> Result<pb::ModelPromotion, Status> {
    let answer = stage.client.clone().promote_model(of("acme", request)).await?;
    Ok(answer.into_inner().promotion.expect("a promotion"))
}

fn promotion_of(request_id: &str, model: &pb::Model) -> pb::PromoteModelRequest {
    let (request_id, model_id) = (request_id.to_owned(), model.model_id.clone());
    pb::PromoteModelRequest { request_id, model_id, ..Default::default() }
}

/// The version of the model that scores.
async fn scores(stage: &Stage) -> i32 {
    let ask = score_of(By::PersonId(person(100).to_string()));
    let score = stage.client.clone().score_customer(of("acme", ask)).await.expect("a score").into_inner().score;
    score.expect("a score").model_version
}

/// Oldest first, in pages of one.
async fn listed(stage: &Stage) -> Vec<pb::ModelPromotion> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListPromotionsRequest { page_size: 1, page_token, ..Default::default() };
        let page = stage.client.clone().list_promotions(of("acme", request)).await.expect("a page").into_inner();
        all.extend(page.promotions);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            all.reverse();
            return all;
        }
    }
}

/// What the journal says of promotions, in order.
async fn journaled(stage: &Stage) -> Vec<pb::ModelPromotion> {
    let page = read_page(stage.value.journal().store(), 0, &BTreeSet::new()).await.expect("entries");
    let promoted = page.entries.iter().filter(|entry| entry.type_name == pb::ModelPromoted::full_name());
    promoted.map(|entry| pb::ModelPromoted::decode(entry.payload.clone()).unwrap().promotion.unwrap()).collect()
}

/// The best of all, and the one of the others with the greatest error.
async fn best_and_worst(stage: &Stage) -> (pb::FitModelResponse, pb::FitModelResponse) {
    let best = fitted(stage, pb::FitModelRequest { kind: Kind::Unspecified.into(), ..fit("best") }).await;
    let candidates = &best.model.as_ref().expect("a model").candidates;
    let worst = candidates.last().expect("others").kind();
    let worst = fitted(stage, pb::FitModelRequest { kind: worst.into(), ..fit("worst") }).await;
    (best, worst)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worse_model_scores_only_when_it_is_forced_and_can_be_rolled_back() {
    for place in TestPlace::each() {
        let acme = tenant("acme");
        let stage = with_base(&place, &acme).await;
        let (best, worst) = best_and_worst(&stage).await;
        let first = best.promotion.expect("promoted by itself");
        let (best, worse) = (best.model.expect("a model"), worst.model.expect("a model"));
        assert_eq!((first.cause(), first.version, first.previous_version), (PromotionCause::First, 1, 0));
        assert_eq!(worst.promotion, None);
        let compared = worse.comparison.clone().expect("compared");
        assert!(!compared.is_no_worse && compared.holdout_error > compared.promoted_holdout_error, "{compared:?}");
        assert_eq!((compared.promoted_model_id.as_str(), compared.promoted_version), (best.model_id.as_str(), 1));
        assert_eq!((scores(&stage).await, listed(&stage).await), (1, vec![first.clone()]));

        let refused = promote(&stage, promotion_of("p1", &worse)).await.expect_err("worse");
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_eq!((scores(&stage).await, journaled(&stage).await.len()), (1, 1));
        let force = pb::PromoteModelRequest {
            force: true,
            reason_code: "board-decision/7".to_owned(),
            expected_version: 1,
            ..promotion_of("p2", &worse)
        };
        let forced = promote(&stage, force.clone()).await.expect("forced");
        assert_eq!((forced.cause(), forced.reason_code.as_str()), (PromotionCause::Forced, "board-decision/7"));
        assert_eq!((forced.version, forced.previous_version), (2, 1));
        assert_eq!(forced.comparison, Some(compared), "the same holdouts say the same");
        assert_eq!(scores(&stage).await, 2);
        // A repeat promotes nothing, whatever the version is now.
        assert_eq!(promote(&stage, force.clone()).await.expect("the same"), forced);
        let reused = promote(&stage, pb::PromoteModelRequest { reason_code: "other".to_owned(), ..force }).await;
        assert_eq!(reused.expect_err("reused").code(), Code::AlreadyExists);

        let back = promote(&stage, promotion_of("p3", &best)).await.expect("rolled back");
        assert_eq!((back.cause(), back.version, back.previous_version), (PromotionCause::NoWorse, 1, 2));
        assert_eq!(scores(&stage).await, 1);
        // What scores already stays, and is no news.
        assert_eq!(promote(&stage, promotion_of("p4", &best)).await.expect("as it is"), back);
        let all = vec![first, forced, back];
        assert_eq!((journaled(&stage).await, listed(&stage).await), (all.clone(), all.clone()));
        let stale = pb::PromoteModelRequest { expected_version: 2, ..promotion_of("p5", &worse) };
        assert_eq!(promote(&stage, stale).await.expect_err("stale").code(), Code::Aborted);

        // A process that is started anew knows it.
        drop(stage);
        let stage = Stage::open(&place, 1).await;
        assert_eq!((scores(&stage).await, listed(&stage).await), (1, all));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_worse_is_promoted_by_itself_unless_it_is_held_back() {
    for place in TestPlace::each() {
        let acme = tenant("acme");
        let stage = with_base(&place, &acme).await;
        let held = pb::FitModelRequest { hold_back: true, ..fit("held") };
        let held = fitted(&stage, held).await;
        assert_eq!(held.promotion, None);
        let ask = score_of(By::PersonId(person(100).to_string()));
        let missing = stage.client.clone().score_customer(of("acme", ask)).await.expect_err("nothing scores");
        assert_eq!(missing.code(), Code::FailedPrecondition);
        let first = promote(&stage, promotion_of("p1", held.model.as_ref().unwrap())).await.expect("promoted");
        assert_eq!((first.cause(), first.version), (PromotionCause::First, 1));

        // The same kind, as of each holdout fitted to the same.
        let again = fitted(&stage, pb::FitModelRequest { period_end: at(290), ..fit("again") }).await;
        let promotion = again.promotion.clone().expect("promoted by itself");
        assert_eq!((promotion.cause(), promotion.version), (PromotionCause::NoWorse, 2));
        assert_eq!(scores(&stage).await, 2);
        // A repeat of the request is answered as the first time, also after another promotion.
        promote(&stage, promotion_of("p2", held.model.as_ref().unwrap())).await.expect("rolled back");
        let repeated = pb::FitModelRequest { period_end: at(290), ..fit("again") };
        assert_eq!(fitted(&stage, repeated).await, again);
        assert_eq!(scores(&stage).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_holdout_nothing_replaces_what_scores() {
    let place = TestPlace::sqlite();
    let acme = tenant("acme");
    let stage = with_base(&place, &acme).await;
    // Eleven weeks of history.
    let short = |id: &str| pb::FitModelRequest { period_end: at(76), ..fit(id) };
    let first = fitted(&stage, short("first")).await;
    let model = first.model.expect("a model");
    assert_eq!((first.promotion.expect("promoted").cause(), model.backtests.len()), (PromotionCause::First, 0));
    assert_eq!(model.backtest_lacking, "a history of 12 weeks");
    let second = fitted(&stage, pb::FitModelRequest { period_end: at(75), ..fit("second") }).await;
    let model = second.model.expect("a model");
    assert_eq!((second.promotion, model.comparison_lacking.as_str()), (None, "a history of 12 weeks"));
    let refused = promote(&stage, promotion_of("p1", &model)).await.expect_err("not compared");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let force = pb::PromoteModelRequest { force: true, reason_code: "new".to_owned(), ..promotion_of("p2", &model) };
    assert_eq!(promote(&stage, force).await.expect("forced").comparison, None);
    assert_eq!(scores(&stage).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_are_promoted_at_once_one_is_told() {
    for place in TestPlace::each() {
        let acme = tenant("acme");
        let stage = with_base(&place, &acme).await;
        let (_, worst) = best_and_worst(&stage).await;
        let third = fitted(&stage, pb::FitModelRequest { hold_back: true, period_end: at(299), ..fit("third") }).await;
        let force = |id: &str, model: Option<pb::Model>| pb::PromoteModelRequest {
            force: true,
            reason_code: "race".to_owned(),
            expected_version: 1,
            ..promotion_of(id, &model.expect("a model"))
        };
        let (left, right) = (force("left", worst.model), force("right", third.model));
        let (left, right) = tokio::join!(promote(&stage, left), promote(&stage, right));
        let lost = [&left, &right].into_iter().filter(|one| one.is_err()).count();
        assert_eq!((lost, journaled(&stage).await.len()), (1, 2), "{left:?} {right:?}");
        let refused = left.err().or(right.err()).expect("one is refused");
        assert_eq!(refused.code(), Code::Aborted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_model_is_not_there() {
    let place = TestPlace::sqlite();
    let acme = tenant("acme");
    let stage = with_base(&place, &acme).await;
    let model = fitted(&stage, fit("first")).await.model.expect("a model");
    let foreign = stage.client.clone().promote_model(of("other", promotion_of("p", &model))).await;
    assert_eq!(foreign.expect_err("not there").code(), Code::NotFound);
}
