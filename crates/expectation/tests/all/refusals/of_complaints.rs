//! Refusals around complaints.

use tenure_proto::expectation::v1::{
    self as pb, complaint_action::What, expectation_service_client::ExpectationServiceClient,
};
use tenure_server::{Peer, testing::show};

use crate::{
    complaints::{registration, step},
    entries::{hour, record},
    stage::{Stage, of},
};

/// Complaints with all that can be wrong about what is said of them.
pub(super) async fn wrong_complaints(stage: &Stage) -> String {
    let mut text = String::new();
    let nothing = pb::RegisterComplaintRequest::default();
    refused!(text, stage.client, "RegisterComplaint: nothing in it", register_complaint, of("acme", nothing));
    let mut odd = registration("odd", 1, hour(1));
    odd.actor_ref = "eva@example.com".to_owned();
    odd.text = "x".repeat(10_001);
    odd.case_ref = "y".repeat(129);
    let receipt = odd.receipt.as_mut().expect("set");
    receipt.regime_codes = ["psd2", "psd2", "lex_talionis"].map(str::to_owned).to_vec();
    receipt.linked_complaint_id = "promise_0".to_owned();
    receipt.channel_code = "z".repeat(65);
    refused!(text, stage.client, "RegisterComplaint: odd in all", register_complaint, of("acme", odd));
    let ahead = registration("ahead", 1, hour(9));
    refused!(text, stage.client, "RegisterComplaint: not come in yet", register_complaint, of("acme", ahead));
    let mut strangers = registration("strangers", 1, hour(-1));
    let receipt = strangers.receipt.as_mut().expect("set");
    receipt.part_of_complaint_id = "complaint_00000000000000000000000000".to_owned();
    refused!(text, stage.client, "RegisterComplaint: part of none", register_complaint, of("acme", strangers));
    let nothing = pb::RecordComplaintStepRequest::default();
    refused!(text, stage.client, "RecordComplaintStep: nothing in it", record_complaint_step, of("acme", nothing));
    let id = "complaint_00000000000000000000000000";
    for (name, what) in odd_steps() {
        let ask = step("odd", id, "eva", what);
        let status = stage.client.clone().record_complaint_step(of("acme", ask)).await.expect_err(name);
        text.push_str(&show(name, &status));
    }
    let many = pb::ListComplaintsRequest {
        person_id: record(1).to_string(),
        states: vec![0, 99],
        page_size: 501,
        ..Default::default()
    };
    refused!(text, stage.client, "ListComplaints: odd in all", list_complaints, of("acme", many));
    text.push_str(&wrong_definitions(stage).await);
    let odd = pb::WatchComplaintsRequest { after: String::new(), states: vec![0, 4, 99] };
    refused!(text, stage.client, "WatchComplaints: in no state", watch_complaints, of("acme", odd));
    let odd = pb::WatchWorkItemsRequest { after: String::new(), kinds: vec![0, 2, 99] };
    refused!(text, stage.client, "WatchWorkItems: of no kind", watch_work_items, of("acme", odd));
    let nothing = pb::ListWorkItemsRequest { page_size: 501, ..Default::default() };
    refused!(text, stage.client, "ListWorkItems: nothing asked, and too many", list_work_items, of("acme", nothing));
    let nobody = pb::GetCustomerStoryRequest { page_size: -1, ..Default::default() };
    refused!(text, stage.client, "GetCustomerStory: of nobody, and too few", get_customer_story, of("acme", nobody));
    let mut request = of("acme", pb::GetComplaintRequest::default());
    refused!(text, stage.client, "GetComplaint: for nothing", get_complaint, request);
    request = of("acme", pb::GetComplaintRequest::default());
    request.metadata_mut().insert("purpose", "complaint".parse().expect("ascii"));
    refused!(text, stage.client, "GetComplaint: none", get_complaint, request);
    text
}

/// What is defined wrongly.
async fn wrong_definitions(stage: &Stage) -> String {
    let mut text = String::new();
    let odd = pb::CalendarDefinition {
        calendar_code: "mars".to_owned(),
        off_days: vec!["2026-02-30".to_owned(), "2026-03-02".to_owned()],
        working_days: vec!["2026-03-02".to_owned()],
        ..Default::default()
    };
    let odd = pb::DefineCalendarRequest { definition: Some(odd) };
    refused!(text, stage.client, "DefineCalendar: odd in all", define_calendar, of("acme", odd));
    let nothing = pb::DefineCalendarRequest::default();
    refused!(text, stage.client, "DefineCalendar: nothing in it", define_calendar, of("acme", nothing));
    let odd = pb::Incident {
        incident_code: "Storm!".to_owned(),
        cause: Some(pb::Cause::default()),
        first_date: "2026-02-30".to_owned(),
        ..Default::default()
    };
    let ask = |incident| of("acme", pb::DefineIncidentRequest { incident });
    refused!(text, stage.client, "DefineIncident: nothing in it", define_incident, ask(None));
    refused!(text, stage.client, "DefineIncident: odd in all", define_incident, ask(Some(odd)));
    let turned = Some(incident("2026-03-02", "2026-03-01"));
    refused!(text, stage.client, "DefineIncident: ends before it begins", define_incident, ask(turned));
    let long = Some(incident("2026-03-02", "2027-03-03"));
    refused!(text, stage.client, "DefineIncident: of more than a year", define_incident, ask(long));
    text
}

pub(super) fn incident(first_date: &str, last_date: &str) -> pb::Incident {
    let cause = pb::Cause { kind: pb::CauseKind::Complaint.into(), code: "x".to_owned(), ..Default::default() };
    pb::Incident {
        incident_code: "storm".to_owned(),
        cause: Some(cause),
        first_date: first_date.to_owned(),
        last_date: last_date.to_owned(),
        ..Default::default()
    }
}

/// All that is asked of incidents.
pub(super) async fn of_incidents(client: &ExpectationServiceClient<Peer>, who: &str) -> String {
    let mut text = String::new();
    let ask = pb::DefineIncidentRequest { incident: Some(incident("2026-03-02", "2026-03-02")) };
    refused!(text, client, "DefineIncident", define_incident, of(who, ask));
    let incidents = pb::DescribeIncidentsRequest::default();
    refused!(text, client, "DescribeIncidents", describe_incidents, of(who, incidents));
    text
}

fn odd_steps() -> Vec<(&'static str, What)> {
    let redress = Some(pb::Redress { minor_units: -1, currency_code: "EURO".to_owned() });
    let decision = pb::ComplaintDecision { outcome: 99, redress: redress.clone(), adr_text_version: "x".repeat(65) };
    let promise_id = "promise_00000000000000000000000000".to_owned();
    let assess = pb::ComplaintAssessment { cause_code: "weather".to_owned(), gap: 2, promise_id };
    vec![
        ("RecordComplaintStep: received anew", What::Receive(pb::ComplaintReceipt::default())),
        (
            "RecordComplaintStep: acknowledged without a term",
            What::Acknowledge(pb::ComplaintAcknowledgement::default()),
        ),
        ("RecordComplaintStep: assessed oddly", What::Assess(assess)),
        ("RecordComplaintStep: held without a date", What::SendHoldingReply(pb::ComplaintHoldingReply::default())),
        ("RecordComplaintStep: drafted oddly", What::Draft(decision)),
        (
            "RecordComplaintStep: paid oddly",
            What::Pay(pb::ComplaintPayment { payment_ref: String::new(), amount: redress }),
        ),
        ("RecordComplaintStep: referred to nobody", What::Refer(pb::ComplaintReferral::default())),
        ("RecordComplaintStep: merged into nothing", What::Merge(pb::ComplaintMerger::default())),
        ("RecordComplaintStep: no move", What::Move(99)),
    ]
}

/// A complaint of a customer, and steps that can't be taken with it.
pub(super) async fn untimely_steps(stage: &Stage) -> String {
    let mut text = String::new();
    let mut ask = registration("r", 1, hour(-2));
    ask.receipt.as_mut().expect("set").regime_codes = vec!["psd2".to_owned()];
    let registered = stage.client.clone().register_complaint(of("acme", ask)).await;
    let id = registered.expect("registered").into_inner().complaint.expect("set").complaint_id;
    let with = |what, step_time: Option<i64>| pb::RecordComplaintStepRequest {
        step_time: step_time.map(|at| tenure_server::wire::to_wire(hour(at))),
        ..step("s", &id, "eva", what)
    };
    let moved = |to: pb::ComplaintMove| What::Move(to.into());
    let close = with(moved(pb::ComplaintMove::Close), None);
    refused!(text, stage.client, "RecordComplaintStep: closed unanswered", record_complaint_step, of("acme", close));
    let approve = with(moved(pb::ComplaintMove::Approve), None);
    refused!(text, stage.client, "RecordComplaintStep: nothing to approve", record_complaint_step, of("acme", approve));
    let later = with(moved(pb::ComplaintMove::Withdraw), Some(9));
    refused!(text, stage.client, "RecordComplaintStep: in the future", record_complaint_step, of("acme", later));
    let earlier = with(moved(pb::ComplaintMove::Withdraw), Some(-3));
    refused!(text, stage.client, "RecordComplaintStep: before it came in", record_complaint_step, of("acme", earlier));
    let promise_id = "promise_00000000000000000000000000".to_owned();
    let broken = pb::ExpectationGap::PromiseBroken.into();
    let assess = pb::ComplaintAssessment { cause_code: "payment".to_owned(), gap: broken, promise_id };
    let assess = with(What::Assess(assess), None);
    refused!(text, stage.client, "RecordComplaintStep: a promise to nobody", record_complaint_step, of("acme", assess));
    let survivor_complaint_id = "complaint_00000000000000000000000000".to_owned();
    let merge = with(What::Merge(pb::ComplaintMerger { survivor_complaint_id }), None);
    refused!(text, stage.client, "RecordComplaintStep: into no complaint", record_complaint_step, of("acme", merge));
    text += &against_the_rules(stage, &id).await;
    let again = registration("r", 1, hour(-1));
    refused!(text, stage.client, "RegisterComplaint: another body", register_complaint, of("acme", again));
    text
}

/// Steps in their time, but against what must be kept.
async fn against_the_rules(stage: &Stage, id: &str) -> String {
    let mut text = String::new();
    let moved = |to: pb::ComplaintMove| What::Move(to.into());
    let far = pb::ComplaintHoldingReply { answer_time: Some(tenure_server::wire::to_wire(hour(24 * 90))) };
    let hold = step("hold", id, "eva", What::SendHoldingReply(far));
    refused!(text, stage.client, "RecordComplaintStep: put off too far", record_complaint_step, of("acme", hold));
    let cause = pb::ComplaintAssessment { cause_code: "payment".to_owned(), ..Default::default() };
    let redress = Some(pb::Redress { minor_units: 5_000, currency_code: "EUR".to_owned() });
    let outcome = pb::ComplaintOutcome::Rejected.into();
    let silent = pb::ComplaintDecision { outcome, redress, adr_text_version: String::new() };
    let pointing = pb::ComplaintDecision { adr_text_version: "kifid-2026-1".to_owned(), ..silent.clone() };
    let take = async |number: &str, actor: &str, what: What| {
        let ask = step(number, id, actor, what);
        let ask = pb::RecordComplaintStepRequest { text: "Omdat".to_owned(), ..ask };
        stage.client.clone().record_complaint_step(of("acme", ask)).await.expect("taken");
    };
    take("assess", "eva", What::Assess(cause)).await;
    take("draft", "eva", What::Draft(silent)).await;
    let own = step("own", id, "eva", moved(pb::ComplaintMove::Approve));
    refused!(text, stage.client, "RecordComplaintStep: approves their own", record_complaint_step, of("acme", own));
    take("approve", "ruth", moved(pb::ComplaintMove::Approve)).await;
    let respond = step("respond", id, "eva", moved(pb::ComplaintMove::Respond));
    refused!(text, stage.client, "RecordComplaintStep: points nowhere", record_complaint_step, of("acme", respond));
    take("anew", "eva", What::Draft(pointing)).await;
    take("approve-2", "ruth", moved(pb::ComplaintMove::Approve)).await;
    take("respond-2", "eva", moved(pb::ComplaintMove::Respond)).await;
    let close = step("close", id, "eva", moved(pb::ComplaintMove::Close));
    refused!(text, stage.client, "RecordComplaintStep: closed owing", record_complaint_step, of("acme", close));
    text
}
