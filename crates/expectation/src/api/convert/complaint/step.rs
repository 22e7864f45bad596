//! Steps: as the journal has them, and as callers see them.

use tenure_kernel::{RecordId, TouchpointId};
use tenure_keyring::DataKeys;
use tenure_proto::expectation::v1 as pb;
use tenure_server::{Violations, wire};

use super::{action, standing};
use crate::{
    api::convert::matter,
    domain::complaint::{
        Complaint, ComplaintId, State,
        step::{Step, StepId},
    },
};

/// The entry of a step that was recorded here, without its text.
pub(crate) fn recorded(complaint: ComplaintId, step: &Step) -> pb::ComplaintStepRecorded {
    let id = match step.id {
        StepId::Recorded(id) | StepId::Told(TouchpointId(id)) => id,
    };
    pb::ComplaintStepRecorded {
        step_id: id.to_vec(),
        complaint_id: complaint.0.to_vec(),
        record_id: step.record.0.to_vec(),
        matter: Some(matter::message(&step.matter)),
        step_time: Some(wire::to_wire(step.at)),
        actor_ref: step.actor.clone(),
        action: Some(action::message(&step.action)),
        text: None,
    }
}

/// The step of an entry that we wrote; none if it can't be read.
pub(crate) fn read(entry: &pb::ComplaintStepRecorded) -> Option<Step> {
    Some(Step {
        id: StepId::Recorded(entry.step_id.as_slice().try_into().ok()?),
        record: RecordId::from_slice(&entry.record_id).ok()?,
        matter: matter::read(entry.matter.as_ref()?)?,
        at: entry.step_time.as_ref().and_then(wire::timestamp)?,
        actor: entry.actor_ref.clone(),
        action: action::read(&mut Violations::new(), "action", entry.action.clone())?,
    })
}

/// The steps of a complaint, with what was written about them as far as the keys open it.
pub(crate) fn messages(
    complaint: &Complaint,
    entries: &[pb::ComplaintStepRecorded],
    keys: &DataKeys,
) -> Vec<pb::ComplaintStep> {
    let text = |id: StepId| {
        let StepId::Recorded(id) = id else { return String::new() };
        let entry = entries.iter().find(|entry| entry.step_id == id);
        let opened = entry.and_then(|entry| keys.open(entry.text.as_ref()?));
        opened.and_then(|text| String::from_utf8(text).ok()).unwrap_or_default()
    };
    complaint.steps.iter().map(|(step, state)| message(step, *state, text(step.id))).collect()
}

fn message(step: &Step, state: State, text: String) -> pb::ComplaintStep {
    let touchpoint = match step.id {
        StepId::Told(touchpoint) => touchpoint.to_string(),
        StepId::Recorded(_) => String::new(),
    };
    pb::ComplaintStep {
        step_time: Some(wire::to_wire(step.at)),
        actor_ref: step.actor.clone(),
        action: Some(action::message(&step.action)),
        state: standing::state(state).into(),
        touchpoint_id: touchpoint,
        text,
    }
}
