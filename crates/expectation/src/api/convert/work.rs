//! What waits for somebody, on the wire.

use tenure_kernel::{PersonId, Reason, Refusal, Timestamp};
use tenure_proto::expectation::v1 as pb;
use tenure_server::{Violations, page_size, wire};

use super::{promise, survey};
use crate::{
    app::ListWorkItems,
    domain::{
        guard::{Decision, SurveyReason},
        standing::Standing,
    },
};

pub(crate) fn list_work_items(request: pb::ListWorkItemsRequest) -> Result<ListWorkItems, Refusal> {
    let mut wrong = Violations::new();
    let kind = request.kind();
    if kind == pb::WorkKind::Unspecified {
        wrong.push("kind", Reason::FieldRequired, "required, and one that is known");
    }
    let size = wrong.take(page_size(request.page_size, 100, 500));
    let (Some(page_size), true) = (size, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(ListWorkItems { kind, page_size, page_token: request.page_token, read_after: request.read_after })
}

/// A promise that waits.
pub(crate) fn promise(kind: pb::WorkKind, person: PersonId, standing: &Standing, due: Timestamp) -> pb::WorkItem {
    pb::WorkItem {
        kind: kind.into(),
        person_id: person.to_string(),
        due_time: Some(wire::to_wire(due)),
        promise: Some(promise::message(standing)),
        ..pb::WorkItem::default()
    }
}

/// A customer to call. The score is told in whole points, and that it is night is no reason: the item would change all the time.
pub(crate) fn call(person: PersonId, decision: &Decision, since: Timestamp) -> pb::WorkItem {
    let reasons = decision.reasons.iter().filter(|reason| **reason != SurveyReason::QuietTime);
    pb::WorkItem {
        kind: pb::WorkKind::CustomerToCall.into(),
        person_id: person.to_string(),
        due_time: Some(wire::to_wire(since)),
        promise: None,
        dissonance: decision.score.round(),
        reasons: reasons.map(|one| survey::reason(*one).into()).collect(),
    }
}
