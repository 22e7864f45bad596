//! What waits for somebody, on the wire.

use tenure_kernel::{PersonId, Reason, Refusal, Timestamp};
use tenure_proto::expectation::v1 as pb;
use tenure_server::{Violations, page_size, wire};

use super::{promise, survey};
use crate::{
    app::{ListWorkItems, WatchWorkItems},
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

pub(crate) fn watch_work_items(request: pb::WatchWorkItemsRequest) -> Result<WatchWorkItems, Refusal> {
    let mut wrong = Violations::new();
    for (number, kind) in request.kinds.iter().enumerate() {
        if !pb::WorkKind::try_from(*kind).is_ok_and(|kind| kind != pb::WorkKind::Unspecified) {
            wrong.push(format!("kinds[{number}]"), Reason::FieldMalformed, "no such kind");
        }
    }
    wrong.finish()?;
    Ok(WatchWorkItems { after: request.after, kinds: request.kinds.into_iter().collect() })
}

/// That an item waits now, or no longer does.
pub(crate) fn change(item: &pb::WorkItem, done: bool) -> pb::WorkItemChange {
    pb::WorkItemChange {
        kind: item.kind,
        person_id: item.person_id.clone(),
        due_time: item.due_time,
        promise_id: item.promise.as_ref().map(|promise| promise.promise_id.clone()).unwrap_or_default(),
        done,
    }
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
