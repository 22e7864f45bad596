//! Neither a child is asked how satisfied it is, nor anybody of whom it is open who they are: from the doors of the collector and the
//! steward to the guard.

use std::sync::Arc;

use tenure_kernel::{Timestamp, clock::SetClock};
use tenure_proto::{
    collector::v1::{RecordTouchpointsRequest, SubjectAttributes, Touchpoint, TouchpointType},
    expectation::v1::{
        CheckSurveyRequest, Survey, SurveyKind,
        SurveyReason::{self, IdentityPending, Minor},
        check_survey_request,
    },
    identity::v1::{DecideReviewTaskRequest, Verdict},
};
use tenure_store::testing::TestPlace;
use tenure_tests::{
    caller::Caller,
    host::Host,
    touchpoints::{NEW_YEAR, in_doubt, touchpoint, with_attributes},
};

/// Ten in the morning, some days after the new year.
fn morning(day: i64) -> Timestamp {
    Timestamp((NEW_YEAR + day * 86_400 + 9 * 3_600) * 1_000_000)
}

fn born(key: &str, birth: &str) -> Touchpoint {
    let attributes = SubjectAttributes { birth_date: birth.to_owned(), ..SubjectAttributes::default() };
    with_attributes(touchpoint(TouchpointType::CallAnswered, "desk", key, key, 1), attributes)
}

async fn record(caller: &mut Caller, touchpoints: Vec<Touchpoint>) -> (Vec<String>, String) {
    let request = RecordTouchpointsRequest { touchpoints, validate_only: false };
    let answer = caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
    (answer.outcomes.into_iter().map(|outcome| outcome.record_id).collect(), answer.read_token)
}

async fn reasons(caller: &mut Caller, record: &str, read_after: &str) -> Vec<SurveyReason> {
    let by = Some(check_survey_request::By::RecordId(record.to_owned()));
    let survey = Some(Survey { kind: SurveyKind::RelationalNps.into(), ..Survey::default() });
    let ask = CheckSurveyRequest { by, survey, read_after: read_after.to_owned() };
    let answer = caller.expectation.check_survey(ask).await.expect("a decision").into_inner();
    answer.decision.expect("set").reasons().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_children_are_asked_nor_those_of_whom_it_is_open_who_they_are() {
    for place in TestPlace::each() {
        let clock = Arc::new(SetClock::new(morning(12)));
        let host = Host::at(place, clock.clone()).await;
        let mut caller = host.caller("acme");
        let mut told = vec![born("child", "2010-01-20"), born("parent", "1981-01-20")];
        told.extend(in_doubt());
        let (records, token) = record(&mut caller, told).await;
        let mut all = Vec::new();
        for record in &records {
            all.push(reasons(&mut caller, record, &token).await);
        }
        assert_eq!(all, [vec![Minor], vec![], vec![IdentityPending], vec![IdentityPending]]);
        let request = DecideReviewTaskRequest {
            request_id: "apart".to_owned(),
            left_record_id: records[2].clone(),
            right_record_id: records[3].clone(),
            verdict: Verdict::Different.into(),
        };
        let decided = caller.identity.decide_review_task(request).await.expect("decided").into_inner();
        for record in &records[2..] {
            assert_eq!(
                reasons(&mut caller, record, &decided.read_token).await,
                [],
                "two persons, by what the steward says"
            );
        }
        // On the first of February of the year in which the child turns 18, a Tuesday.
        clock.set(morning(760));
        assert_eq!(reasons(&mut caller, &records[0], &token).await, [Minor]);
        clock.set(morning(761));
        assert_eq!(reasons(&mut caller, &records[0], &token).await, []);
    }
}
