//! The whole story: a customer of three sources is one person, is worth something, was let down, and is not asked how it was until
//! that is put right and has faded.

use std::sync::Arc;

use tenure_kernel::{Timestamp, clock::SetClock};
use tenure_proto::{
    collector::v1::{
        Correlation, DeliveryDetail, IdentifierKind, RecordTouchpointsRequest, ReportSourceProgressRequest, Touchpoint,
        TouchpointType, touchpoint::Detail,
    },
    expectation::v1::{
        CheckSurveyRequest, GetDissonanceRequest, ListPromisesRequest, PromiseState, RedeemSurveyPermitRequest,
        ReserveSurveyRequest, Survey, SurveyAction, SurveyDecision, SurveyKind, SurveyReason, SurveyVerdict,
        check_survey_request, get_dissonance_request, list_promises_request, reserve_survey_request,
    },
    identity::v1::{GetPersonRequest, get_person_request},
    profile::v1::{GetProfileRequest, get_profile_request},
    value::v1::ListPurchaseSummariesRequest,
};
use tenure_store::testing::TestPlace;
use tenure_tests::{
    caller::Caller,
    host::Host,
    touchpoints::{NEW_YEAR, purchase, touchpoint, with_identifier},
};

const EMAIL: &str = "anna@post.example";

fn seconds(day: i64, hour: i64) -> i64 {
    NEW_YEAR + day * 86_400 + hour * 3_600
}

fn noon(day: i64) -> Timestamp {
    Timestamp(seconds(day, 11) * 1_000_000)
}

fn known(touchpoint: Touchpoint) -> Touchpoint {
    with_identifier(touchpoint, IdentifierKind::Email, EMAIL)
}

/// A touchpoint of the delivery of order 42.
fn delivery(kind: TouchpointType, source: &str, day: i64) -> Touchpoint {
    let promised_time = Some(prost_types::Timestamp { seconds: seconds(4, 17), nanos: 0 });
    known(Touchpoint {
        correlation: Some(Correlation { order_ref: "42".to_owned(), ..Correlation::default() }),
        detail: Some(Detail::Delivery(DeliveryDetail { promised_time, ..DeliveryDetail::default() })),
        ..touchpoint(kind, source, "delivery", source, day)
    })
}

async fn record(caller: &mut Caller, touchpoints: Vec<Touchpoint>) -> (Vec<String>, String) {
    let request = RecordTouchpointsRequest { touchpoints, validate_only: false };
    let answer = caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
    let wrong = answer.outcomes.iter().find(|outcome| !outcome.violations.is_empty());
    assert!(wrong.is_none(), "{wrong:?}");
    (answer.outcomes.into_iter().map(|outcome| outcome.record_id).collect(), answer.read_token)
}

fn nps() -> Option<Survey> {
    Some(Survey { kind: SurveyKind::RelationalNps.into(), channel_code: "email".to_owned(), ..Survey::default() })
}

async fn check(caller: &mut Caller, person_id: &str, read_after: &str) -> SurveyDecision {
    let by = Some(check_survey_request::By::PersonId(person_id.to_owned()));
    let ask = CheckSurveyRequest { by, survey: nps(), read_after: read_after.to_owned() };
    caller.expectation.check_survey(ask).await.expect("a decision").into_inner().decision.expect("set")
}

async fn states(caller: &mut Caller, person_id: &str, read_after: &str) -> Vec<PromiseState> {
    let by = Some(list_promises_request::By::PersonId(person_id.to_owned()));
    let ask = ListPromisesRequest { by, read_after: read_after.to_owned(), ..ListPromisesRequest::default() };
    let promises = caller.expectation.list_promises(ask).await.expect("promises").into_inner().promises;
    promises.iter().map(tenure_proto::expectation::v1::Promise::state).collect()
}

async fn score(caller: &mut Caller, person_id: &str) -> f64 {
    let by = Some(get_dissonance_request::By::PersonId(person_id.to_owned()));
    let ask = GetDissonanceRequest { by, ..GetDissonanceRequest::default() };
    let answer = caller.expectation.get_dissonance(ask).await.expect("a dissonance").into_inner();
    answer.dissonance.expect("set").score
}

/// Who the records of the shop and the branch belong to, as every service sees it.
async fn one_person(caller: &mut Caller, records: &[String], read_after: &str) -> String {
    let mut persons = Vec::new();
    for record in records {
        let by = Some(get_person_request::By::RecordId(record.clone()));
        let ask = GetPersonRequest { by, read_after: read_after.to_owned() };
        let person = caller.identity.get_person(ask).await.expect("a person").into_inner().person.expect("set");
        persons.push(person.person_id);
    }
    persons.dedup();
    assert_eq!(persons.len(), 1, "one e-mail address, one person");
    let by = Some(get_profile_request::By::PersonId(persons[0].clone()));
    let ask = GetProfileRequest { by, read_after: read_after.to_owned(), ..Default::default() };
    let profile = caller.profile.get_profile(ask).await.expect("a profile").into_inner().profile.expect("set");
    assert_eq!(profile.touchpoints.iter().map(|one| one.count).sum::<i64>(), 3);
    let ask = ListPurchaseSummariesRequest {
        currency_code: "EUR".to_owned(),
        read_after: read_after.to_owned(),
        ..ListPurchaseSummariesRequest::default()
    };
    let worth = caller.value.list_purchase_summaries(ask).await.expect("summaries").into_inner().summaries;
    assert_eq!((worth.len(), worth[0].purchases, worth[0].total_minor_units), (1, 2, 8_000));
    persons.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_let_down_is_asked_only_once_that_is_put_right_and_has_faded() {
    for place in TestPlace::each() {
        let clock = Arc::new(SetClock::new(noon(12)));
        let host = Host::at(place, clock.clone()).await;
        let mut caller = host.caller("acme");
        let told = vec![
            known(purchase("shop", "order", "shop", 1, 3_000)),
            delivery(TouchpointType::DeliveryPromised, "shop", 1),
            known(purchase("branch", "sale", "branch", 2, 5_000)),
        ];
        let (records, token) = record(&mut caller, told).await;
        let person = one_person(&mut caller, &records, &token).await;

        // A week after the promised day the shop has told nothing since: nobody can say that the promise was broken.
        assert_eq!(states(&mut caller, &person, &token).await, [PromiseState::Unknown]);
        let held = check(&mut caller, &person, &token).await;
        assert!(held.reasons().any(|reason| reason == SurveyReason::SourceStale), "{held:?}");
        let complete_until = Some(prost_types::Timestamp { seconds: seconds(12, 10), nanos: 0 });
        let progress = ReportSourceProgressRequest { source: "shop".to_owned(), complete_until };
        let told = caller.collector.report_source_progress(progress).await.expect("reported").into_inner();

        // Now the silence is broken promise enough: a person should call, and no survey go out.
        assert_eq!(states(&mut caller, &person, &told.read_token).await, [PromiseState::Broken]);
        let held = check(&mut caller, &person, &told.read_token).await;
        assert_eq!(held.verdict(), SurveyVerdict::Delay);
        assert!(held.reasons().any(|reason| reason == SurveyReason::PromiseOverdue), "{held:?}");
        assert_eq!(held.actions, [i32::from(SurveyAction::HumanFollowup)]);
        let worst = score(&mut caller, &person).await;
        assert!(worst > 65.0, "{worst}");

        // The carrier, who knows the customer by a number of its own, delivers at last.
        let late = delivery(TouchpointType::DeliveryDelivered, "carrier", 12);
        let (_, token) = record(&mut caller, vec![late]).await;
        assert_eq!(states(&mut caller, &person, &token).await, [PromiseState::KeptLate]);
        clock.set(noon(14));
        let held = check(&mut caller, &person, &token).await;
        assert!(held.reasons().any(|reason| reason == SurveyReason::ResolutionCooldown), "{held:?}");
        assert!(held.delay_until.is_some(), "{held:?}");

        // Months later it has faded. The survey goes out, once.
        clock.set(noon(127));
        assert!(score(&mut caller, &person).await < 20.0);
        assert_eq!(check(&mut caller, &person, "").await.verdict(), SurveyVerdict::Allow);
        let by = Some(reserve_survey_request::By::PersonId(person.clone()));
        let request_id = "spring".to_owned();
        let ask = ReserveSurveyRequest { request_id, by, survey: nps(), ..ReserveSurveyRequest::default() };
        let permit = caller.expectation.reserve_survey(ask).await.expect("an answer").into_inner().permit_id;
        let redeem = RedeemSurveyPermitRequest { request_id: "sent".to_owned(), permit_id: permit };
        caller.expectation.redeem_survey_permit(redeem).await.expect("used");
        let held = check(&mut caller, &person, "").await;
        assert!(held.reasons().any(|reason| reason == SurveyReason::FreqAny), "{held:?}");
        host.stop().await;
    }
}
