//! A complaint and its clocks, written to the wire.

use tenure_kernel::{PersonId, PromiseId as KernelPromiseId, Timestamp};
use tenure_proto::expectation::v1 as pb;
use tenure_server::wire;

use super::action::{decision_message, gap, redress_message};
use crate::{
    api::convert::{matter, service_target},
    domain::{
        clock::{Clock, Clocks, Kind},
        complaint::{Complaint, ComplaintId, State},
    },
};

/// A complaint as it stands, with its clocks; of no person without one's id; without revision and superseded clocks, which only who has seen it before knows.
pub(crate) fn message(person: PersonId, complaint: &Complaint, clocks: &Clocks, now: Timestamp) -> pb::Complaint {
    let ids = |ids: &mut dyn Iterator<Item = &ComplaintId>| ids.map(ToString::to_string).collect();
    let id = |id: Option<ComplaintId>| id.map(|id| id.to_string()).unwrap_or_default();
    let assessment = complaint.assessment.as_ref();
    let target = next_target(&clocks.statutory);
    let due = target.into_iter().chain(service_target::next_due(&clocks.service)).min();
    pb::Complaint {
        complaint_id: complaint.id.to_string(),
        person_id: if person == PersonId::default() { String::new() } else { person.to_string() },
        record_id: complaint.record.to_string(),
        matter: Some(matter::message(&complaint.matter)),
        state: state(complaint.state).into(),
        receive_time: Some(wire::to_wire(complaint.received_at)),
        cycle: i32::try_from(complaint.cycle).unwrap_or(i32::MAX),
        channel_code: complaint.channel.clone(),
        product_code: complaint.product.clone(),
        regime_codes: complaint.regimes.iter().map(|regime| regime.code().to_owned()).collect(),
        cause_code: assessment.map(|one| one.cause.clone()).unwrap_or_default(),
        gap: gap(assessment.and_then(|one| one.gap)).into(),
        promise_id: assessment
            .and_then(|one| one.promise)
            .map(|promise| KernelPromiseId(promise.0).to_string())
            .unwrap_or_default(),
        decision: complaint.decision.as_ref().map(decision_message),
        owed: complaint.owed().as_ref().map(redress_message),
        body_code: complaint.body.clone().unwrap_or_default(),
        end_time: complaint.ended_at.map(wire::to_wire),
        survivor_complaint_id: id(complaint.merged_into),
        merged_complaint_ids: ids(&mut complaint.merged.iter()),
        linked_complaint_id: id(complaint.linked),
        part_of_complaint_id: id(complaint.part_of),
        clocks: clocks.statutory.iter().map(|clock| clock_message(clock, now)).collect(),
        superseded_clocks: Vec::new(),
        next_target_time: target.map(wire::to_wire),
        revision: 0,
        service_clocks: clocks.service.iter().map(|clock| service_target::clock(clock, now)).collect(),
        superseded_service_clocks: Vec::new(),
        next_due_time: due.map(wire::to_wire),
    }
}

/// The earliest target of a clock of the firm's that is still to be met.
fn next_target(clocks: &[Clock]) -> Option<Timestamp> {
    let to_meet =
        |clock: &&Clock| clock.kind == Kind::Firm && clock.satisfied_at.is_none() && clock.stopped_at.is_none();
    clocks.iter().filter(to_meet).map(|clock| clock.due_target).min()
}

/// The last warning of a clock that has come.
fn warned(clock: &Clock, now: Timestamp) -> u8 {
    let runs = clock.satisfied_at.is_none() && clock.stopped_at.is_none();
    let come = clock.warn_at.iter().filter(|(_, at)| runs && *at <= now);
    come.map(|(percent, _)| *percent).max().unwrap_or_default()
}

fn clock_message(clock: &Clock, now: Timestamp) -> pb::ComplaintClock {
    let kind = match clock.kind {
        Kind::Firm => pb::ComplaintClockKind::Firm,
        Kind::Customer => pb::ComplaintClockKind::Customer,
        Kind::Shortcut => pb::ComplaintClockKind::Shortcut,
    };
    let extension: i64 = clock.extensions.iter().map(|extension| extension.days).sum();
    pb::ComplaintClock {
        rule_id: clock.rule.id.to_owned(),
        rule_version: clock.rule.version.into(),
        source: clock.rule.source.to_owned(),
        kind: kind.into(),
        origin_time: Some(wire::to_wire(clock.origin)),
        target_time: Some(wire::to_wire(clock.due_target)),
        latest_time: Some(wire::to_wire(clock.due_legal_latest)),
        calendar_version: clock.calendar_version.clone(),
        extension_days: i32::try_from(extension).unwrap_or(i32::MAX),
        satisfy_time: clock.satisfied_at.map(wire::to_wire),
        breach_time: clock.breached_at.map(wire::to_wire),
        warn_percent: warned(clock, now).into(),
        open_time: clock.opens_at.map(wire::to_wire),
        trace: clock.trace.clone(),
    }
}

pub(crate) fn state(state: State) -> pb::ComplaintState {
    match state {
        State::Received => pb::ComplaintState::Received,
        State::Acknowledged => pb::ComplaintState::Acknowledged,
        State::Assessed => pb::ComplaintState::Assessed,
        State::Investigating => pb::ComplaintState::Investigating,
        State::AwaitingCustomer => pb::ComplaintState::AwaitingCustomer,
        State::DecisionDrafted => pb::ComplaintState::DecisionDrafted,
        State::Approved => pb::ComplaintState::Approved,
        State::FinalResponseSent => pb::ComplaintState::FinalResponseSent,
        State::Settled => pb::ComplaintState::Settled,
        State::RedressDue => pb::ComplaintState::RedressDue,
        State::RedressPaid => pb::ComplaintState::RedressPaid,
        State::Disputed => pb::ComplaintState::Disputed,
        State::Referred => pb::ComplaintState::Referred,
        State::Closed => pb::ComplaintState::Closed,
        State::Withdrawn => pb::ComplaintState::Withdrawn,
        State::Merged => pb::ComplaintState::Merged,
        State::Forwarded => pb::ComplaintState::Forwarded,
    }
}
