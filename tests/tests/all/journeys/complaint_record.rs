//! C24 of the research note: who asks for erasure while Kifid has a complaint is erased but for the complaint's record, which is restricted,
//! and goes by itself a year after the case was handled.

use std::{sync::Arc, time::Duration};

use tenure_journal::Operate as _;
use tenure_kernel::{Timestamp, clock::SetClock};
use tenure_proto::{
    collector::v1::RecordTouchpointsRequest,
    expectation::v1::{
        CheckSurveyRequest, ComplaintAction, ComplaintDecision, ComplaintOutcome, ComplaintReceipt, ComplaintReferral,
        GetComplaintRequest, RecordComplaintStepRequest, RegisterComplaintRequest, Survey, SurveyKind, SurveyReason,
        check_survey_request, complaint_action::What,
    },
    identity::v1::{GetPersonRequest, MergePersonsRequest, get_person_request},
    profile::v1::{
        ErasePersonRequest, Erasure, GetErasureRequest, GetProfileRequest, GetProfileResponse, erasure::State,
        get_profile_request, record_decision::Decision,
    },
};
use tenure_store::{Query as _, testing::TestPlace};
use tenure_tests::{
    caller::Caller,
    host::Host,
    touchpoints::{NEW_YEAR, purchase},
};
use tokio::time::{Instant, sleep};
use tonic::{Code, Request};

use super::erase_person::until_gone;

const PATIENCE: Duration = Duration::from_secs(90);
const DAY: i64 = 86_400_000_000;
/// Tuesday 14 April 2026, at noon.
const NOW: i64 = (NEW_YEAR + 103 * 86_400 + 10 * 3_600) * 1_000_000;

/// Waits until something is there.
async fn until<T>(what: &str, mut found: impl AsyncFnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = found().await {
            return found;
        }
        assert!(Instant::now() < until, "{what} did not come");
        sleep(Duration::from_millis(20)).await;
    }
}

/// A customer of two records, and the records.
async fn customer(caller: &mut Caller) -> (String, Vec<String>) {
    let touchpoints = vec![purchase("shop", "a", "a", 3, 1_999), purchase("shop", "b", "b", 5, 1_999)];
    let request = RecordTouchpointsRequest { touchpoints, validate_only: false };
    let answer = caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
    let records: Vec<String> = answer.outcomes.into_iter().map(|outcome| outcome.record_id).collect();
    let mut person_ids = Vec::new();
    for record in &records {
        let by = Some(get_person_request::By::RecordId(record.clone()));
        let ask = GetPersonRequest { by, read_after: answer.read_token.clone() };
        let found = caller.identity.get_person(ask).await.expect("a person").into_inner().person.expect("set");
        person_ids.push(found.person_id);
    }
    let merge = MergePersonsRequest { request_id: "merge".to_owned(), person_ids, ..Default::default() };
    caller.identity.merge_persons(merge).await.expect("merged");
    let person = until("the merge", async || {
        let shown = privately(caller, &records[0]).await.ok()?.profile?;
        (shown.record_ids.len() == 2).then_some(shown.person_id)
    });
    (person.await, records)
}

async fn privately(caller: &mut Caller, record: &str) -> Result<GetProfileResponse, tonic::Status> {
    let by = Some(get_profile_request::By::RecordId(record.to_owned()));
    let mut ask = Request::new(GetProfileRequest { by, ..Default::default() });
    ask.metadata_mut().insert("purpose", "privacy".parse().expect("ascii"));
    Ok(caller.profile.get_profile(ask).await?.into_inner())
}

async fn complain(caller: &mut Caller, record: &str) -> String {
    let register = RegisterComplaintRequest {
        request_id: "complain".to_owned(),
        record_id: record.to_owned(),
        receipt: Some(ComplaintReceipt {
            receive_time: Some(prost_types::Timestamp { seconds: NEW_YEAR + 86_400 * 102, nanos: 0 }),
            ..Default::default()
        }),
        actor_ref: "eva".to_owned(),
        text: "Ik wacht al drie weken".to_owned(),
        ..Default::default()
    };
    let answer = until("the record", async || caller.expectation.register_complaint(register.clone()).await.ok()).await;
    answer.into_inner().complaint.expect("set").complaint_id
}

async fn take(caller: &mut Caller, complaint: &str, request_id: &str, what: What) {
    let step = RecordComplaintStepRequest {
        request_id: request_id.to_owned(),
        complaint_id: complaint.to_owned(),
        actor_ref: "eva".to_owned(),
        action: Some(ComplaintAction { what: Some(what) }),
        ..Default::default()
    };
    caller.expectation.record_complaint_step(step).await.expect("taken");
}

async fn erasure(caller: &mut Caller, id: &str) -> Erasure {
    let ask = GetErasureRequest { erasure_id: id.to_owned() };
    caller.profile.get_erasure(ask).await.expect("an erasure").into_inner().erasure.expect("set")
}

/// What was decided of a record: why, and until when it stays.
fn decided(erasure: &Erasure, record: &str) -> (Decision, String, Option<i64>) {
    let one = erasure.records.iter().find(|one| one.record_id == record).expect("decided");
    let until = one.retain_until_time.as_ref().map(|until| until.seconds * 1_000_000 + i64::from(until.nanos) / 1_000);
    (one.decision(), one.ground_code.clone(), until)
}

/// What a text of a complaint opens as, for those who handle it.
async fn text(caller: &mut Caller, complaint: &str) -> Result<String, Code> {
    let mut ask = Request::new(GetComplaintRequest { complaint_id: complaint.to_owned(), ..Default::default() });
    ask.metadata_mut().insert("purpose", "complaint".parse().expect("ascii"));
    let found = caller.expectation.get_complaint(ask).await.map_err(|status| status.code())?.into_inner();
    Ok(found.steps[0].text.clone())
}

async fn asked(caller: &mut Caller, record: &str) -> Vec<SurveyReason> {
    let survey = Survey { kind: SurveyKind::RelationalNps.into(), ..Survey::default() };
    let by = Some(check_survey_request::By::RecordId(record.to_owned()));
    let ask = CheckSurveyRequest { by, survey: Some(survey), ..Default::default() };
    let answer = caller.expectation.check_survey(ask).await.expect("a decision").into_inner();
    answer.decision.expect("set").reasons().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_with_kifid_keeps_its_record_and_no_more_until_a_year_after() {
    for place in TestPlace::each() {
        let clock = Arc::new(SetClock::new(Timestamp(NOW)));
        let host = Host::at(place, clock.clone()).await;
        let mut caller = host.caller("acme");
        let caller = &mut caller;
        let (person, records) = customer(caller).await;
        let complaint = complain(caller, &records[0]).await;
        let kifid = ComplaintReferral { body_code: "kifid".to_owned() };
        take(caller, &complaint, "refer", What::Refer(kifid)).await;
        let is_held = |found: GetProfileResponse| {
            found.profile.is_some_and(|shown| shown.fields.iter().any(|field| field.path == "complaint_hold"))
        };
        until("the hold", async || privately(caller, &records[0]).await.is_ok_and(is_held).then_some(())).await;
        let ask = ErasePersonRequest { request_id: "erase".to_owned(), person_id: person, ..Default::default() };
        let begun = caller.profile.erase_person(ask).await.expect("begun").into_inner().erasure.expect("set");
        let kept = (Decision::Retain, "complaint_record".to_owned(), None);
        assert_eq!(decided(&begun, &records[0]), kept, "refused in part, as long as the case is open");
        assert_eq!(decided(&begun, &records[1]).0, Decision::Erase);
        until_gone(caller, &records[1..]).await;
        // What is kept is restricted, and who handles the case still does.
        let restricted =
            async || asked(caller, &records[0]).await.contains(&SurveyReason::NoLawfulContact).then_some(());
        until("the restriction", restricted).await;
        assert_eq!(text(caller, &complaint).await.as_deref(), Ok("Ik wacht al drie weken"));
        clock.set(Timestamp(NOW + 400 * DAY));
        let rejected = ComplaintDecision {
            outcome: ComplaintOutcome::Rejected.into(),
            adr_text_version: "kifid-1".to_owned(),
            ..Default::default()
        };
        take(caller, &complaint, "determine", What::Determine(rejected)).await;
        let end = Timestamp(NOW + 766 * DAY);
        let dated = until("the date", async || {
            let now = erasure(caller, &begun.erasure_id).await;
            (decided(&now, &records[0]).2.is_some()).then_some(now)
        });
        assert_eq!(decided(&dated.await, &records[0]), (Decision::Retain, "complaint_record".to_owned(), Some(end.0)));
        clock.set(Timestamp(end.0 - 1));
        assert_eq!(text(caller, &complaint).await.as_deref(), Ok("Ik wacht al drie weken"));
        clock.set(end);
        let done = async || Some(erasure(caller, &begun.erasure_id).await).filter(|now| now.state() == State::Done);
        until("the end", done).await;
        until_gone(caller, &records).await;
        assert_eq!(text(caller, &complaint).await, Err(Code::NotFound));
        let store = host.suite.expectation().expect("hosted").following().store();
        for table in ["complaint_step", "complaint_name", "complaint_state", "record_hold", "fact"] {
            let row =
                store.first(&format!("SELECT COUNT(*) FROM {table}"), vec![]).await.expect("a count").expect("one");
            assert_eq!(row.get::<i64>(0).expect("a number"), 0, "{table}");
        }
        host.stop().await;
    }
}
