//! What a tenant sets itself in the history that the corpus is written from.

use tenure_proto::expectation::v1::{
    BusinessInterval, CalendarDefinition, Cause, CauseKind, DecideRecoveryRequest, DefineCalendarRequest,
    DefineIncidentRequest, DefineRecoveryRequest, DefineServiceTargetRequest, DefineWeightsRequest, Incident,
    RecoveryCampaign, ServiceGoal, ServiceTarget, WeightsDefinition,
};
use tenure_tests::caller::Caller;

/// What a tenant sets itself.
pub(super) async fn definitions(caller: &mut Caller) {
    let definition = CalendarDefinition {
        calendar_code: "nl".to_owned(),
        off_days: vec!["2026-04-24".to_owned()],
        ..CalendarDefinition::default()
    };
    let define = DefineCalendarRequest { definition: Some(definition) };
    caller.expectation.define_calendar(define).await.expect("defined");
    let incident = Incident {
        incident_code: "strike".to_owned(),
        cause: Some(Cause { kind: CauseKind::Promise.into(), code: "delivery".to_owned(), ..Cause::default() }),
        first_date: "2026-03-02".to_owned(),
        last_date: "2026-03-04".to_owned(),
        ..Incident::default()
    };
    let define = DefineIncidentRequest { incident: Some(incident) };
    caller.expectation.define_incident(define).await.expect("defined");
    let definition = WeightsDefinition { loss_aversion: Some(3.0), ..WeightsDefinition::default() };
    let define = DefineWeightsRequest { request_id: "weigh".to_owned(), definition: Some(definition) };
    caller.expectation.define_weights(define).await.expect("defined");
    let definition = ServiceTarget {
        service_target_code: "first_answer".to_owned(),
        goal: ServiceGoal::Respond.into(),
        within: Some(prost_types::Duration { seconds: 57_600, nanos: 0 }),
        time_zone: "Europe/Amsterdam".to_owned(),
        calendar_code: "nl".to_owned(),
        hours: vec![BusinessInterval { weekday: 1, from_minute: 540, until_minute: 1_020 }],
        pauses_for_customer: true,
        ..ServiceTarget::default()
    };
    let define = DefineServiceTargetRequest { definition: Some(definition) };
    caller.expectation.define_service_target(define).await.expect("defined");
}

/// Whose delivery was late of late is offered a gesture, or is held out.
pub(super) async fn recovery(caller: &mut Caller) {
    let cause = Cause { kind: CauseKind::Promise.into(), code: "delivery".to_owned(), ..Cause::default() };
    let campaign = RecoveryCampaign {
        campaign_code: "sorry".to_owned(),
        cause: Some(cause),
        days: 56,
        holdout_percent: 50,
        gesture_code: "voucher_10".to_owned(),
        ..RecoveryCampaign::default()
    };
    let define = DefineRecoveryRequest { campaign: Some(campaign) };
    caller.expectation.define_recovery(define).await.expect("defined");
    let decide = DecideRecoveryRequest { campaign_code: "sorry".to_owned(), ..DecideRecoveryRequest::default() };
    let decided = caller.expectation.decide_recovery(decide).await.expect("decided").into_inner();
    assert!(!decided.decisions.is_empty(), "somebody was let down");
}
