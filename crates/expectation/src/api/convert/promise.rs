//! Promises on the wire.

use tenure_kernel::{PromiseId, Refusal};
use tenure_proto::expectation::v1::{self as pb, list_promises_request::By};
use tenure_server::{Violations, page_size, wire};

use super::{field, matter, unit};
use crate::{
    app::{ListPromises, Paged},
    domain::{
        promise::{Expected, SourceKind},
        quantity::Quantity,
        standing::{Standing, State},
    },
};

pub(crate) fn list_promises(request: pb::ListPromisesRequest) -> Result<ListPromises, Refusal> {
    let mut wrong = Violations::new();
    let by = request.by.as_ref().map(|by| match by {
        By::PersonId(text) => field::By::Person(text),
        By::RecordId(text) => field::By::Record(text),
    });
    let who = field::who(&mut wrong, by);
    let page_size = wrong.take(page_size(request.page_size, 100, 500));
    let (Some(who), Some(page_size)) = (who, page_size) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(ListPromises { who, page_size, page_token: request.page_token, read_after: request.read_after })
}

pub(crate) fn list_promises_response(page: Paged<Standing>) -> pb::ListPromisesResponse {
    let promises = page.items.iter().map(message).collect();
    pb::ListPromisesResponse { promises, next_page_token: page.next_page_token }
}

pub(super) fn message(standing: &Standing) -> pb::Promise {
    let promise = &standing.promise;
    let (due, level) = match promise.expected {
        Expected::By(due) => (Some(due), None),
        Expected::Level(level) => (None, Some(level)),
    };
    pb::Promise {
        promise_id: PromiseId(promise.id.0).to_string(),
        matter: Some(matter::message(&promise.matter)),
        attribute_code: promise.attribute.clone(),
        product_code: promise.product.clone(),
        due_time: due.map(wire::to_wire),
        make_time: Some(wire::to_wire(promise.made_at)),
        source: source(promise.source).into(),
        state: state(standing.state).into(),
        break_time: standing.broken_at.map(wire::to_wire),
        settle_time: standing.settled_at.map(wire::to_wire),
        touchpoint_id: promise.touchpoint.to_string(),
        outcome_touchpoint_id: standing.outcome.as_ref().map(|one| one.touchpoint.to_string()).unwrap_or_default(),
        evidence_touchpoint_ids: standing.evidence.iter().map(ToString::to_string).collect(),
        feeds: promise.feeds.iter().cloned().collect(),
        quantity: level.map(Quantity::value),
        unit_code: level.map(|level| unit::code(level.unit())).unwrap_or_default(),
    }
}

pub(crate) fn state(state: State) -> pb::PromiseState {
    match state {
        State::Active => pb::PromiseState::Active,
        State::AtRisk => pb::PromiseState::AtRisk,
        State::Kept => pb::PromiseState::Kept,
        State::KeptLate => pb::PromiseState::KeptLate,
        State::Broken => pb::PromiseState::Broken,
        State::Renegotiated => pb::PromiseState::Renegotiated,
        State::Waived => pb::PromiseState::Waived,
        State::Void => pb::PromiseState::Void,
        State::Unknown => pb::PromiseState::Unknown,
    }
}

fn source(source: SourceKind) -> pb::PromiseSource {
    match source {
        SourceKind::Statutory => pb::PromiseSource::Statutory,
        SourceKind::PolicyTerms => pb::PromiseSource::PolicyTerms,
        SourceKind::Quote => pb::PromiseSource::Quote,
        SourceKind::OrderConfirmation => pb::PromiseSource::OrderConfirmation,
        SourceKind::AgentStatement => pb::PromiseSource::AgentStatement,
        SourceKind::CustomerStated => pb::PromiseSource::CustomerStated,
        SourceKind::MarketingClaim => pb::PromiseSource::MarketingClaim,
        SourceKind::SegmentInferred => pb::PromiseSource::SegmentInferred,
    }
}
