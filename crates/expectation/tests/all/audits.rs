//! Audits of surveys through the service.

use tenure_proto::expectation::v1::{self as pb, SurveyReason, SurveyStratum};
use tenure_server::wire;
use tenure_store::testing::TestPlace;

use crate::{
    entries::hour,
    stage::{Stage, of},
};

/// A case that was due at the start, asked about a number of hours after.
pub(crate) fn case(name: &str, experienced: Option<i64>, sent: i64, score: i32) -> pb::SurveyCase {
    let time = |hours| Some(wire::to_wire(hour(hours)));
    pb::SurveyCase {
        case_ref: name.to_owned(),
        promise_time: time(0),
        experience_time: experienced.and_then(time),
        send_time: time(sent),
        score: Some(score),
        ..Default::default()
    }
}

pub(crate) fn audit(kind: pb::SurveyKind, cases: Vec<pb::SurveyCase>) -> pb::AuditSurveysRequest {
    pb::AuditSurveysRequest { kind: kind.into(), cases, ..Default::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_should_not_have_gone_out_is_told_from_what_might() {
    for place in TestPlace::each() {
        let stage = Stage::open(&place, 4).await;
        let complained =
            pb::SurveyCase { complaint_open_time: Some(wire::to_wire(hour(1))), ..case("complained", Some(-1), 26, 2) };
        let cases = vec![
            case("kept", Some(-1), 26, 10),
            case("late", Some(50), 26, 0),
            complained,
            pb::SurveyCase { customer_ref: "x".to_owned(), ..case("one", Some(-1), 2, 9) },
            pb::SurveyCase { score: None, customer_ref: "x".to_owned(), ..case("two", Some(-1), 26, 9) },
        ];
        let ask = audit(pb::SurveyKind::TransactionalNps, cases);
        let found = stage.client.clone().audit_surveys(of("acme", ask)).await.expect("an answer").into_inner();
        let held: Vec<_> =
            found.held_surveys.iter().map(|one| (one.case_index, one.reasons().collect::<Vec<_>>())).collect();
        let expected = [
            (1, vec![SurveyReason::PromiseOverdue]),
            (2, vec![SurveyReason::OpenComplaint]),
            (4, vec![SurveyReason::Stale, SurveyReason::FreqAny, SurveyReason::FreqNps]),
        ];
        assert_eq!(held, expected);
        let (all, held) = (found.all.expect("set"), found.held.expect("set"));
        let let_through = found.let_through.expect("set");
        assert_eq!((all.surveys, held.surveys, held.answered, let_through.surveys), (5, 3, 2, 2));
        assert_eq!((held.mean_score, held.lowest_scores, held.nps), (Some(1.0), 1, Some(-100.0)));
        assert_eq!((let_through.mean_score, let_through.nps), (Some(9.5), Some(100.0)));
        assert_eq!(found.nps_bounds, Some(pb::ScoreBounds { worst: 0.0, best: 100.0 }));
        assert_eq!(found.mean_bounds, Some(pb::ScoreBounds { worst: 4.75, best: 9.75 }));
        assert_eq!(found.held_reasons.iter().map(|one| one.count).sum::<i64>(), 5);
        let strata: Vec<_> = found.case_strata().collect();
        let (plain, overdue) = (SurveyStratum::Plain, SurveyStratum::PromiseOverdue);
        assert_eq!(strata, [plain, overdue, SurveyStratum::ComplaintOpen, plain, plain]);
        let seen: Vec<_> = found
            .strata
            .iter()
            .map(|one| {
                (one.stratum(), [one.surveys, one.answered, one.let_through, one.let_through_answered], one.propensity)
            })
            .collect();
        let nobody = [1, 1, 0, 0];
        let expected =
            [(SurveyStratum::ComplaintOpen, nobody, None), (overdue, nobody, None), (plain, [3, 2, 2, 2], Some(1.0))];
        assert_eq!(seen, expected, "who did not answer says nothing");
        let weighted = found.weighted.expect("answers");
        assert_eq!((weighted.mean_score, weighted.nps, weighted.covered_share), (9.5, Some(100.0), 0.5));
        assert_eq!((weighted.effective_answers, weighted.nps_half_width), (2.0, Some(0.0)));
        assert_eq!((&*found.policy_version, &*found.weights_version), ("v1", "v1"));
        assert_eq!(stage.names().await, Vec::<String>::new(), "it keeps nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stars_are_the_usual_scale_and_another_may_be_told() {
    for place in TestPlace::each() {
        let stage = Stage::open(&place, 4).await;
        let stars = audit(pb::SurveyKind::Csat, vec![case("kept", Some(-1), 26, 1)]);
        let of_seven = pb::AuditSurveysRequest { lowest_score: 1, highest_score: 7, ..stars.clone() };
        for (ask, lowest) in [(stars, 1), (of_seven, 1)] {
            let found = stage.client.clone().audit_surveys(of("acme", ask)).await.expect("an answer").into_inner();
            let all = found.all.expect("set");
            assert_eq!((all.lowest_scores, all.nps, found.nps_bounds), (lowest, None, None));
            let weighted = found.weighted.expect("answers");
            assert_eq!((weighted.mean_score, weighted.nps, weighted.nps_half_width), (1.0, None, None));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_might_be_asked_nothing_stands_for_anybody() {
    for place in TestPlace::each() {
        let stage = Stage::open(&place, 4).await;
        let ask = audit(pb::SurveyKind::TransactionalNps, vec![case("late", Some(50), 26, 0)]);
        let found = stage.client.clone().audit_surveys(of("acme", ask)).await.expect("an answer").into_inner();
        assert_eq!((found.weighted, found.strata[0].propensity), (None, None));
        assert_eq!(found.nps_bounds, Some(pb::ScoreBounds { worst: -100.0, best: 100.0 }));
    }
}
