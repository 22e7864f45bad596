//! What is asked of complaints.

use std::collections::BTreeSet;

use prost::Message;
use tenure_kernel::{ComplaintId as KernelId, PersonId, Reason, RecordId, Refusal};
use tenure_proto::expectation::v1 as pb;
use tenure_server::{Violations, page_size};

use super::action;
use crate::{
    api::convert::field,
    app::{ListComplaints, RecordComplaintStep, RegisterComplaint, WatchComplaints},
    domain::complaint::{ComplaintId, step::Action},
};

/// The longest text, in bytes.
const MOST_TEXT: usize = 10_000;

pub(crate) fn register_complaint(request: pb::RegisterComplaintRequest) -> Result<RegisterComplaint, Refusal> {
    let mut wrong = Violations::new();
    field::request_id(&mut wrong, &request.request_id);
    let body = pb::RegisterComplaintRequest {
        request_id: String::new(),
        read_after: String::new(),
        text: String::new(),
        ..request.clone()
    };
    let record = wrong.id::<RecordId>("record_id", &request.record_id);
    if !request.case_ref.is_empty() {
        field::reference(&mut wrong, "case_ref", &request.case_ref, 128);
    }
    field::reference(&mut wrong, "actor_ref", &request.actor_ref, 64);
    text(&mut wrong, &request.text);
    let receipt = wrong.required("receipt", request.receipt);
    let received_at = receipt.as_ref().and_then(|receipt| {
        let at = wrong.timestamp("receipt.receive_time", receipt.receive_time.as_ref());
        if receipt.receive_time.is_none() {
            wrong.push("receipt.receive_time", Reason::FieldRequired, "required");
        }
        at
    });
    let receipt = receipt.and_then(|receipt| action::receipt(&mut wrong, "receipt", &receipt));
    let (Some(record), Some(received_at), Some(receipt), true) = (record, received_at, receipt, wrong.is_empty())
    else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(RegisterComplaint {
        request_id: request.request_id,
        record,
        case_ref: request.case_ref,
        receipt,
        received_at,
        actor: request.actor_ref,
        text: request.text,
        read_after: request.read_after,
        body: body.encode_to_vec(),
    })
}

pub(crate) fn record_complaint_step(request: pb::RecordComplaintStepRequest) -> Result<RecordComplaintStep, Refusal> {
    let mut wrong = Violations::new();
    field::request_id(&mut wrong, &request.request_id);
    let body = pb::RecordComplaintStepRequest { request_id: String::new(), text: String::new(), ..request.clone() };
    let complaint = wrong.id::<KernelId>("complaint_id", &request.complaint_id);
    field::reference(&mut wrong, "actor_ref", &request.actor_ref, 64);
    text(&mut wrong, &request.text);
    let at = wrong.timestamp("step_time", request.step_time.as_ref());
    let action = match wrong.required("action", request.action) {
        Some(action) => action::read(&mut wrong, "action", Some(action)),
        None => None,
    };
    match &action {
        Some(Action::Receive(_)) => {
            wrong.push("action.receive", Reason::FieldNotAllowed, "RegisterComplaint takes it");
        }
        Some(Action::Draft(_)) if request.text.is_empty() => {
            wrong.push("text", Reason::FieldRequired, "a draft needs its reasons");
        }
        _ => {}
    }
    let (Some(complaint), Some(action), true) = (complaint, action, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(RecordComplaintStep {
        request_id: request.request_id,
        complaint: ComplaintId(complaint.0),
        action,
        at,
        actor: request.actor_ref,
        text: request.text,
        body: body.encode_to_vec(),
    })
}

pub(crate) fn get_complaint(request: &pb::GetComplaintRequest) -> Result<ComplaintId, Refusal> {
    let mut wrong = Violations::new();
    let complaint = wrong.id::<KernelId>("complaint_id", &request.complaint_id);
    wrong.finish()?;
    Ok(ComplaintId(complaint.unwrap_or_default().0))
}

pub(crate) fn list_complaints(request: pb::ListComplaintsRequest) -> Result<ListComplaints, Refusal> {
    let mut wrong = Violations::new();
    let person = match request.person_id.as_str() {
        "" => None,
        id => wrong.id::<PersonId>("person_id", id),
    };
    let size = wrong.take(page_size(request.page_size, 100, 500));
    states(&mut wrong, &request.states);
    let (Some(page_size), true) = (size, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(ListComplaints {
        person,
        include_ended: request.include_ended,
        states: request.states.into_iter().collect::<BTreeSet<i32>>(),
        breached_only: request.breached_only,
        page_size,
        page_token: request.page_token,
        read_after: request.read_after,
    })
}

pub(crate) fn watch_complaints(request: pb::WatchComplaintsRequest) -> Result<WatchComplaints, Refusal> {
    let mut wrong = Violations::new();
    states(&mut wrong, &request.states);
    wrong.finish()?;
    Ok(WatchComplaints { after: request.after, states: request.states.into_iter().collect() })
}

fn states(wrong: &mut Violations, states: &[i32]) {
    for (number, state) in states.iter().enumerate() {
        if !pb::ComplaintState::try_from(*state).is_ok_and(|state| state != pb::ComplaintState::Unspecified) {
            wrong.push(format!("states[{number}]"), Reason::FieldMalformed, "no such state");
        }
    }
}

fn text(wrong: &mut Violations, text: &str) {
    if !text.is_empty() {
        wrong.text("text", text, MOST_TEXT);
    }
}
