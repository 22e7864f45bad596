//! Complaints through the service: told by sources, registered and handled here, by the clock.

use std::collections::BTreeSet;

use tenure_expectation::ExpectationConfig;
use tenure_kernel::Timestamp;
use tenure_proto::{
    collector::v1::{self as collector, TouchpointType, touchpoint::Detail},
    expectation::v1::{
        self as pb, ComplaintMove as Move, ComplaintOutcome as Outcome, ComplaintState as State, SurveyReason,
        complaint_action::What,
    },
};
use tenure_server::wire;
use tenure_store::{Query as _, testing::TestPlace};
use tonic::{Code, Request, Status};

use crate::{
    entries::{Decision, Touch, erased, hour, person, record, tenant},
    stage::{Stage, nps, of, reasons},
};

/// Persons 1 to 3 with a record each; record 4 belongs to the first.
pub(crate) async fn customers(place: &TestPlace) -> Stage {
    let stage = Stage::open(place, 4).await;
    let found = Decision::found([(1, 1), (2, 2), (3, 3), (4, 1)]);
    stage.tell(vec![], vec![found.draft(&tenant("acme"))]).await;
    stage
}

pub(crate) fn registration(request_id: &str, number: u64, received: Timestamp) -> pb::RegisterComplaintRequest {
    let receipt = pb::ComplaintReceipt {
        receive_time: Some(wire::to_wire(received)),
        channel_code: "phone".to_owned(),
        about_actor_ref: "bram".to_owned(),
        ..Default::default()
    };
    pb::RegisterComplaintRequest {
        request_id: request_id.to_owned(),
        record_id: record(number).to_string(),
        receipt: Some(receipt),
        actor_ref: "eva".to_owned(),
        text: "Ik wacht al drie weken op mijn geld".to_owned(),
        ..Default::default()
    }
}

pub(crate) fn step(request_id: &str, complaint: &str, actor: &str, what: What) -> pb::RecordComplaintStepRequest {
    pb::RecordComplaintStepRequest {
        request_id: request_id.to_owned(),
        complaint_id: complaint.to_owned(),
        actor_ref: actor.to_owned(),
        action: Some(pb::ComplaintAction { what: Some(what) }),
        ..Default::default()
    }
}

pub(crate) fn moved(to: Move) -> What {
    What::Move(to.into())
}

fn cause() -> What {
    What::Assess(pb::ComplaintAssessment { cause_code: "payment.late".to_owned(), ..Default::default() })
}

fn decision(outcome: Outcome, euros: i64) -> pb::ComplaintDecision {
    let redress = Some(pb::Redress { minor_units: euros * 100, currency_code: "EUR".to_owned() });
    pb::ComplaintDecision { outcome: outcome.into(), redress, adr_text_version: "kifid-2026-1".to_owned() }
}

fn reason(status: &Status) -> String {
    use tonic_types::StatusExt as _;
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

/// Someone at work on complaints. Each request has an id of its own.
pub(crate) struct Desk<'a> {
    stage: &'a Stage,
    next: std::cell::Cell<u32>,
}

impl<'a> Desk<'a> {
    pub(crate) fn of(stage: &'a Stage) -> Self {
        Self { stage, next: std::cell::Cell::new(1) }
    }

    fn request_id(&self) -> String {
        self.next.set(self.next.get() + 1);
        format!("desk-{}", self.next.get())
    }

    pub(crate) async fn register(&self, number: u64, case: &str, received: Timestamp) -> pb::Complaint {
        let ask = registration(&self.request_id(), number, received);
        let ask = pb::RegisterComplaintRequest { case_ref: case.to_owned(), ..ask };
        let answer = self.stage.client.clone().register_complaint(of("acme", ask)).await.expect("registered");
        answer.into_inner().complaint.expect("set")
    }

    pub(crate) async fn take(&self, complaint: &str, actor: &str, what: What) -> Result<pb::Complaint, Status> {
        let text = if matches!(what, What::Draft(_)) { "De betaling kwam te laat" } else { "" };
        let ask = step(&self.request_id(), complaint, actor, what);
        let ask = pb::RecordComplaintStepRequest { text: text.to_owned(), ..ask };
        let answer = self.stage.client.clone().record_complaint_step(of("acme", ask)).await?;
        Ok(answer.into_inner().complaint.expect("set"))
    }

    async fn refused(&self, complaint: &str, actor: &str, what: What) -> String {
        let status = self.take(complaint, actor, what).await.expect_err("refused");
        assert_eq!(status.code(), Code::FailedPrecondition, "{status}");
        reason(&status)
    }

    pub(crate) async fn get(&self, complaint: &str, purpose: &'static str) -> pb::GetComplaintResponse {
        let request = of("acme", pb::GetComplaintRequest { complaint_id: complaint.to_owned(), ..Default::default() });
        self.stage.client.clone().get_complaint(for_purpose(request, purpose)).await.expect("there").into_inner()
    }

    pub(crate) async fn list(&self, ask: pb::ListComplaintsRequest) -> Vec<pb::Complaint> {
        self.stage.rest("acme").await;
        self.stage.client.clone().list_complaints(of("acme", ask)).await.expect("a list").into_inner().complaints
    }
}

fn for_purpose<T>(mut request: Request<T>, purpose: &'static str) -> Request<T> {
    request.metadata_mut().insert("purpose", purpose.parse().expect("ascii"));
    request
}

pub(crate) fn clock<'a>(complaint: &'a pb::Complaint, rule: &str) -> &'a pb::ComplaintClock {
    complaint.clocks.iter().find(|clock| clock.rule_id == rule).expect("the rule's clock")
}

pub(crate) fn at(time: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    time.and_then(wire::timestamp)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_runs_its_course_and_every_rule_holds() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        let desk = Desk::of(&stage);
        let complaint = desk.register(1, "", hour(-1)).await;
        let id = complaint.complaint_id.as_str();
        assert_eq!((complaint.state(), complaint.person_id.clone()), (State::Received, person(1).to_string()));
        assert_eq!(desk.refused(id, "eva", moved(Move::Close)).await, "RESPONSE_MISSING", "C17");
        let told = pb::ComplaintAcknowledgement { answer_time: Some(wire::to_wire(hour(24 * 14))) };
        let acknowledged = desk.take(id, "eva", What::Acknowledge(told)).await.expect("taken");
        assert!(clock(&acknowledged, "nl_bgfo_43_2").satisfy_time.is_some());
        desk.take(id, "eva", cause()).await.expect("taken");
        assert_eq!(desk.refused(id, "bram", What::Draft(decision(Outcome::Rejected, 0))).await, "FOUR_EYES", "C16");
        let silent = pb::ComplaintDecision { adr_text_version: String::new(), ..decision(Outcome::Rejected, 0) };
        desk.take(id, "eva", What::Draft(silent)).await.expect("taken");
        assert_eq!(desk.refused(id, "eva", moved(Move::Approve)).await, "FOUR_EYES", "C16");
        desk.take(id, "ruth", moved(Move::Approve)).await.expect("taken");
        assert_eq!(desk.refused(id, "eva", moved(Move::Respond)).await, "ADR_TEXT_MISSING", "C18");
        desk.take(id, "eva", What::Draft(decision(Outcome::Rejected, 50))).await.expect("drafted anew");
        desk.take(id, "ruth", moved(Move::Approve)).await.expect("taken");
        let answered = desk.take(id, "eva", moved(Move::Respond)).await.expect("taken");
        let decided = answered.decision.as_ref().expect("decided");
        assert_eq!(
            (decided.outcome(), answered.owed.as_ref().map(|owed| owed.minor_units)),
            (Outcome::Rejected, Some(5_000)),
            "C19"
        );
        assert_eq!(desk.refused(id, "eva", moved(Move::Close)).await, "REDRESS_OWED");
        let amount = Some(pb::Redress { minor_units: 5_000, currency_code: "EUR".to_owned() });
        let pay = || What::Pay(pb::ComplaintPayment { payment_ref: "p-1".to_owned(), amount: amount.clone() });
        desk.take(id, "eva", moved(Move::Accept)).await.expect("accepted");
        assert_eq!(desk.take(id, "pay", pay()).await.expect("paid").state(), State::RedressPaid);
        assert_eq!(desk.take(id, "pay", pay()).await.expect("C20: paid before").state(), State::RedressPaid);
        assert_eq!(desk.take(id, "eva", moved(Move::Close)).await.expect("closed").state(), State::Closed);
        let found = desk.get(id, "complaint").await;
        let payments = found
            .steps
            .iter()
            .filter(|step| matches!(step.action.as_ref().and_then(|action| action.what.as_ref()), Some(What::Pay(_))));
        assert_eq!(payments.count(), 1, "C20");
        assert_eq!(found.steps[0].text, "Ik wacht al drie weken op mijn geld");
        let withheld = desk.get(id, "service").await;
        assert!(withheld.steps.iter().all(|step| step.text.is_empty()), "only who handles complaints reads them");
        assert_eq!(withheld.steps.len(), found.steps.len());
        // What was refused left nothing.
        let names = stage.names().await;
        assert_eq!(names.iter().filter(|name| *name == "ComplaintStepRecorded").count(), found.steps.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gets_the_first_answer_and_another_body_is_refused() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        let ask = registration("same", 1, hour(-1));
        let calls =
            (0..5).map(|_| {
                let (stage, ask) = (&stage, ask.clone());
                async move {
                    stage.client.clone().register_complaint(of("acme", ask)).await.expect("registered").into_inner()
                }
            });
        let answers = futures::future::join_all(calls).await;
        assert!(answers.windows(2).all(|two| two[0] == two[1]));
        for other in [
            pb::RegisterComplaintRequest { text: "Iets anders".to_owned(), ..ask.clone() },
            pb::RegisterComplaintRequest { record_id: record(2).to_string(), ..ask.clone() },
        ] {
            let status = stage.client.clone().register_complaint(of("acme", other)).await.expect_err("another body");
            assert_eq!(reason(&status), "REQUEST_ID_REUSED");
        }
        let id = answers[0].complaint.as_ref().expect("set").complaint_id.clone();
        let take = step("step", &id, "eva", cause());
        let first = stage.client.clone().record_complaint_step(of("acme", take.clone())).await.expect("taken");
        let again = stage.client.clone().record_complaint_step(of("acme", take)).await.expect("the first answer");
        assert_eq!(first.into_inner(), again.into_inner());
        let elsewhere = step("step", &id, "eva", moved(Move::Withdraw));
        let status = stage.client.clone().record_complaint_step(of("acme", elsewhere)).await.expect_err("another body");
        assert_eq!(reason(&status), "REQUEST_ID_REUSED");
        let names = stage.names().await;
        assert_eq!(names.iter().filter(|name| *name == "ComplaintStepRecorded").count(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_approve_at_once_one_does() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        let desk = Desk::of(&stage);
        let id = desk.register(1, "", hour(-1)).await.complaint_id;
        desk.take(&id, "eva", cause()).await.expect("taken");
        desk.take(&id, "eva", What::Draft(decision(Outcome::Upheld, 0))).await.expect("taken");
        let calls = (0..6).map(|number| {
            let ask = step(&format!("approve-{number}"), &id, &format!("clerk-{number}"), moved(Move::Approve));
            let stage = &stage;
            async move { stage.client.clone().record_complaint_step(of("acme", ask)).await }
        });
        let answers = futures::future::join_all(calls).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        let others = answers.iter().filter_map(|answer| answer.as_ref().err());
        assert!(others.into_iter().all(|status| reason(status) == "COMPLAINT_STATE"));
    }
}

/// C01, C05 and C11 by the service's clock: warnings, a breach that stays, and the queue.
#[tokio::test(flavor = "multi_thread")]
async fn clocks_warn_and_a_breach_stays() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        let desk = Desk::of(&stage);
        let id = desk.register(1, "", hour(0)).await.complaint_id;
        let later = desk.register(2, "", hour(0)).await;
        let told = pb::ComplaintAcknowledgement { answer_time: Some(wire::to_wire(hour(24 * 14))) };
        desk.take(&later.complaint_id, "eva", What::Acknowledge(told)).await.expect("taken");
        let queue = desk.list(pb::ListComplaintsRequest::default()).await;
        let ids: Vec<_> = queue.iter().map(|one| one.complaint_id.as_str()).collect();
        assert_eq!(ids, [id.as_str(), &later.complaint_id], "by what is due first");
        stage.at("acme", hour(24 * 12)).await;
        let queue = desk.list(pb::ListComplaintsRequest::default()).await;
        assert_eq!(clock(&queue[0], "nl_bgfo_43_2").warn_percent, 75);
        // Monday 16 November is the last day: from the 17th on it is too late.
        stage.at("acme", hour(24 * 15)).await;
        let breached = pb::ListComplaintsRequest { breached_only: true, ..Default::default() };
        let queue = desk.list(breached.clone()).await;
        assert_eq!(queue.len(), 1);
        assert_eq!(at(clock(&queue[0], "nl_bgfo_43_2").breach_time.as_ref()), Some(hour(24 * 14 + 14)));
        let told = pb::ComplaintAcknowledgement { answer_time: Some(wire::to_wire(hour(24 * 30))) };
        desk.take(&id, "eva", What::Acknowledge(told)).await.expect("late, but taken");
        let queue = desk.list(breached).await;
        assert!(clock(&queue[0], "nl_bgfo_43_2").satisfy_time.is_some(), "it stays, although it was done at last");
        let names = stage.names().await;
        let (before, changed) =
            (stage.concluded().await, names.iter().filter(|name| *name == "ComplaintChanged").count());
        assert!(changed >= 4, "{names:?}");
        stage.rest("acme").await;
        assert_eq!(stage.concluded().await, before, "nothing is said twice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holding_reply_puts_off_no_more_than_the_rules_allow() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        let desk = Desk::of(&stage);
        let mut ask = registration("payment", 1, hour(-1));
        ask.receipt.as_mut().expect("set").regime_codes = vec!["psd2".to_owned()];
        let answer = stage.client.clone().register_complaint(of("acme", ask)).await.expect("registered").into_inner();
        let id = answer.complaint.expect("set").complaint_id;
        let hold = |days: i64| {
            What::SendHoldingReply(pb::ComplaintHoldingReply { answer_time: Some(wire::to_wire(hour(24 * days))) })
        };
        let status = desk.take(&id, "eva", hold(90)).await.expect_err("C05");
        assert_eq!(reason(&status), "HOLDING_TOO_LATE");
        let held = desk.take(&id, "eva", hold(30)).await.expect("within 35 business days");
        assert!(clock(&held, "psd2_answer").satisfy_time.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sources_tell_and_what_is_recorded_here_is_one_complaint() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        let (desk, acme) = (Desk::of(&stage), tenant("acme"));
        let told = Touch::complaint(1, 1, TouchpointType::ComplaintReceived, "K-7", -48);
        stage.tell(vec![told.draft(&acme)], vec![]).await;
        let queue = desk.list(pb::ListComplaintsRequest::default()).await;
        assert_eq!(queue.len(), 1);
        assert_eq!(at(queue[0].receive_time.as_ref()), Some(hour(-48)));
        let id = queue[0].complaint_id.clone();
        // Another record of the same person tells of the same case, and of an earlier time.
        let again = Touch::complaint(2, 4, TouchpointType::ComplaintReceived, "K-7", -72);
        stage.tell(vec![again.draft(&acme)], vec![]).await;
        let registered = desk.register(1, "K-7", hour(-1)).await;
        assert_eq!(at(registered.receive_time.as_ref()), Some(hour(-72)));
        let found = desk.get(&id, "complaint").await;
        assert_eq!(found.complaint.as_ref().map(|one| one.complaint_id.clone()), Some(registered.complaint_id.clone()));
        assert_eq!(found.steps.len(), 3);
        desk.take(&id, "eva", cause()).await.expect("by either id");
        assert_eq!(reasons(&stage.check("acme", 1, nps()).await), [SurveyReason::OpenComplaint]);
        let answered = Touch::complaint(3, 1, TouchpointType::ComplaintDecided, "K-7", 0);
        stage.tell(vec![answered.draft(&acme)], vec![]).await;
        assert_eq!(desk.get(&id, "complaint").await.complaint.expect("set").state(), State::FinalResponseSent);
        let open = desk.list(pb::ListComplaintsRequest::default()).await;
        assert!(open.is_empty(), "{open:?}");
        let all =
            pb::ListComplaintsRequest { include_ended: true, person_id: person(1).to_string(), ..Default::default() };
        assert_eq!(desk.list(all).await.len(), 1, "one row, whatever its ids");
    }
}

/// C22, and a detractor's words.
#[tokio::test(flavor = "multi_thread")]
async fn dissatisfaction_is_a_complaint_by_whatever_name() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        let (desk, acme) = (Desk::of(&stage), tenant("acme"));
        let call = collector::ContactDetail { states_dissatisfaction: true, ..Default::default() };
        let called = Touch::new(1, 1, -30, TouchpointType::CallEnded).with(Detail::Contact(call));
        let rating = collector::FeedbackDetail {
            scale_code: "nps".to_owned(),
            score: Some(2),
            states_dissatisfaction: true,
            ..Default::default()
        };
        let rated = Touch::new(2, 2, -20, TouchpointType::SurveyAnswered).with(Detail::Feedback(rating.clone()));
        let low = collector::FeedbackDetail { states_dissatisfaction: false, ..rating };
        let only_low = Touch::new(3, 3, -20, TouchpointType::SurveyAnswered).with(Detail::Feedback(low));
        stage.tell(vec![called.draft(&acme), rated.draft(&acme), only_low.draft(&acme)], vec![]).await;
        let queue = desk.list(pb::ListComplaintsRequest::default()).await;
        let came: BTreeSet<_> =
            queue.iter().map(|one| (one.person_id.clone(), at(one.receive_time.as_ref()))).collect();
        let expected = [(person(1).to_string(), Some(hour(-30))), (person(2).to_string(), Some(hour(-20)))];
        assert_eq!(came, BTreeSet::from(expected));
    }
}

/// C13 and C14, and back.
#[tokio::test(flavor = "multi_thread")]
async fn complaints_are_merged_and_unmerged() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        let desk = Desk::of(&stage);
        let (a, b) = (desk.register(1, "A", hour(-96)).await, desk.register(4, "B", hour(-24)).await);
        let stranger = desk.register(2, "C", hour(-24)).await;
        let into =
            |one: &pb::Complaint| What::Merge(pb::ComplaintMerger { survivor_complaint_id: one.complaint_id.clone() });
        for wrong in [&a, &stranger] {
            let status =
                desk.take(&a.complaint_id, "eva", into(wrong)).await.expect_err("not another of this customer");
            assert_eq!(status.code(), Code::InvalidArgument);
        }
        let merged = desk.take(&a.complaint_id, "eva", into(&b)).await.expect("merged");
        assert_eq!((merged.state(), merged.survivor_complaint_id.clone()), (State::Merged, b.complaint_id.clone()));
        let survivor = desk.get(&b.complaint_id, "complaint").await.complaint.expect("set");
        assert_eq!(
            (at(survivor.receive_time.as_ref()), survivor.merged_complaint_ids.clone()),
            (Some(hour(-96)), vec![a.complaint_id.clone()])
        );
        // A step of the merged one is the survivor's.
        let taken = desk.take(&a.complaint_id, "eva", cause()).await.expect("taken");
        assert_eq!((taken.complaint_id.clone(), taken.state()), (b.complaint_id.clone(), State::Assessed));
        desk.take(&a.complaint_id, "eva", moved(Move::Unmerge)).await.expect("unmerged");
        let queue =
            desk.list(pb::ListComplaintsRequest { person_id: person(1).to_string(), ..Default::default() }).await;
        let open: Vec<_> = queue.iter().map(|one| (one.complaint_id.clone(), at(one.receive_time.as_ref()))).collect();
        assert_eq!(open, [(a.complaint_id, Some(hour(-96))), (b.complaint_id, Some(hour(-24)))]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn complaints_follow_their_records_through_merge_split_and_rebuild() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        let (desk, acme) = (Desk::of(&stage), tenant("acme"));
        let one = desk.register(1, "A", hour(-96)).await.complaint_id;
        let two = desk.register(2, "B", hour(-24)).await.complaint_id;
        desk.take(&two, "eva", cause()).await.expect("taken");
        let ids = |found: Vec<pb::Complaint>| found.into_iter().map(|one| one.complaint_id).collect::<Vec<_>>();
        let of_person =
            |number| pb::ListComplaintsRequest { person_id: person(number).to_string(), ..Default::default() };
        let merge = Decision::default().moving(2, 2, Some(1), 2).redirecting(2, Some(1), 2);
        stage.tell(vec![], vec![merge.draft(&acme)]).await;
        assert_eq!(ids(desk.list(of_person(1)).await), [one.clone(), two.clone()]);
        assert_eq!(ids(desk.list(of_person(2)).await), [one.clone(), two.clone()], "its old id leads there");
        stage.rebuilt().await;
        assert_eq!(ids(desk.list(of_person(1)).await), [one.clone(), two.clone()]);
        assert_eq!(desk.get(&two, "complaint").await.complaint.expect("set").state(), State::Assessed);
        let split = Decision::default().moving(2, 1, Some(3), 3);
        stage.tell(vec![], vec![split.draft(&acme)]).await;
        assert_eq!(ids(desk.list(of_person(1)).await), [one]);
        assert_eq!(ids(desk.list(of_person(3)).await), std::slice::from_ref(&two));
        // Erased, nothing of it is left.
        stage.tell(vec![erased(&acme, &[2])], vec![]).await;
        stage.rest("acme").await;
        let request =
            for_purpose(of("acme", pb::GetComplaintRequest { complaint_id: two, ..Default::default() }), "complaint");
        assert_eq!(stage.client.clone().get_complaint(request).await.expect_err("gone").code(), Code::NotFound);
        for table in ["complaint_step", "complaint_name", "complaint_state"] {
            let row = stage.store.first(&format!("SELECT COUNT(*) FROM {table}"), vec![]).await.unwrap().unwrap();
            assert_eq!(row.get::<i64>(0).unwrap(), 1, "{table}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_comes_in_pages() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        let desk = Desk::of(&stage);
        for number in 0..7 {
            desk.register(1 + number % 3, &format!("case-{number}"), hour(-i64::try_from(number).expect("small")))
                .await;
        }
        let whole = desk.list(pb::ListComplaintsRequest::default()).await;
        assert_eq!(whole.len(), 7);
        let (mut paged, mut ask) = (Vec::new(), pb::ListComplaintsRequest { page_size: 2, ..Default::default() });
        loop {
            let page =
                stage.client.clone().list_complaints(of("acme", ask.clone())).await.expect("a page").into_inner();
            paged.extend(page.complaints);
            if page.next_page_token.is_empty() {
                break;
            }
            ask.page_token = page.next_page_token;
        }
        assert_eq!(paged, whole);
        let states =
            pb::ListComplaintsRequest { states: vec![State::Closed.into()], include_ended: true, ..Default::default() };
        assert!(desk.list(states).await.is_empty());
        let other = pb::ListComplaintsRequest { include_ended: true, page_token: ask.page_token, ..Default::default() };
        let status = stage.client.clone().list_complaints(of("acme", other)).await.expect_err("another filter");
        assert_eq!(reason(&status), "PAGE_TOKEN_INVALID");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn causes_are_described_in_both_languages() {
    let place = TestPlace::each().next().expect("a place");
    let stage = Stage::open(&place, 1).await;
    let request = of("acme", pb::DescribeComplaintCausesRequest::default());
    let causes = stage.client.clone().describe_complaint_causes(request).await.expect("causes").into_inner().causes;
    assert!(causes.iter().any(|cause| cause.code == "duration" && cause.name_nl == "Behandelingsduur"));
    assert!(ExpectationConfig::default().validate().is_empty());
}
