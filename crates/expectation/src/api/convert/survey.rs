//! Surveys on the wire.

use prost::Message;
use tenure_kernel::{PermitId, Reason, RecordId, Refusal, Timestamp};
use tenure_proto::expectation::v1::{
    self as pb, check_survey_request::By as CheckBy, reserve_survey_request::By as ReserveBy,
};
use tenure_server::{Violations, wire};

use super::field;
use crate::{
    app::{CheckSurvey, RedeemSurveyPermit, ReserveSurvey},
    domain::{
        guard::{Decision, SurveyReason, Until, Verdict},
        outlook::Survey,
        survey::SurveyKind,
    },
};

pub(crate) fn check_survey(request: pb::CheckSurveyRequest) -> Result<CheckSurvey, Refusal> {
    let mut wrong = Violations::new();
    let by = request.by.as_ref().map(|by| match by {
        CheckBy::PersonId(text) => field::By::Person(text),
        CheckBy::RecordId(text) => field::By::Record(text),
    });
    let (who, survey) = (field::who(&mut wrong, by), survey(&mut wrong, request.survey));
    let (Some(who), Some(survey), true) = (who, survey, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(CheckSurvey { who, survey, read_after: request.read_after })
}

pub(crate) fn reserve_survey(request: pb::ReserveSurveyRequest) -> Result<ReserveSurvey, Refusal> {
    let mut wrong = Violations::new();
    field::request_id(&mut wrong, &request.request_id);
    let body =
        pb::ReserveSurveyRequest { by: request.by.clone(), survey: request.survey.clone(), ..Default::default() };
    let by = request.by.as_ref().map(|by| match by {
        ReserveBy::PersonId(text) => field::By::Person(text),
        ReserveBy::RecordId(text) => field::By::Record(text),
    });
    let (who, survey) = (field::who(&mut wrong, by), survey(&mut wrong, request.survey));
    let (Some(who), Some(survey), true) = (who, survey, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    let body = body.encode_to_vec();
    Ok(ReserveSurvey { request_id: request.request_id, who, survey, read_after: request.read_after, body })
}

pub(crate) fn redeem_survey_permit(request: pb::RedeemSurveyPermitRequest) -> Result<RedeemSurveyPermit, Refusal> {
    let mut wrong = Violations::new();
    field::request_id(&mut wrong, &request.request_id);
    let permit = wrong.id("permit_id", &request.permit_id);
    let (Some(permit), true) = (permit, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(RedeemSurveyPermit { request_id: request.request_id, permit })
}

fn survey(wrong: &mut Violations, survey: Option<pb::Survey>) -> Option<Survey> {
    let survey = wrong.required("survey", survey)?;
    let kind = kind(survey.kind());
    if kind.is_none() {
        wrong.push("survey.kind", Reason::FieldRequired, "required, and one that is known");
    }
    let texts = [("survey.channel_code", &survey.channel_code, 64), ("survey.order_ref", &survey.order_ref, 128)];
    for (field, text, most) in texts.into_iter().filter(|(_, text, _)| !text.is_empty()) {
        wrong.text(field, text, most);
    }
    let experience_at = wrong.timestamp("survey.experience_time", survey.experience_time.as_ref());
    Some(Survey { kind: kind?, channel: survey.channel_code, experience_at, order: survey.order_ref })
}

pub(crate) fn kind(kind: pb::SurveyKind) -> Option<SurveyKind> {
    Some(match kind {
        pb::SurveyKind::Unspecified => return None,
        pb::SurveyKind::RelationalNps => SurveyKind::RelationalNps,
        pb::SurveyKind::TransactionalNps => SurveyKind::TransactionalNps,
        pb::SurveyKind::Csat => SurveyKind::Csat,
        pb::SurveyKind::Ces => SurveyKind::Ces,
        pb::SurveyKind::ComplaintCsat => SurveyKind::ComplaintCsat,
    })
}

/// The kind of a reservation that we wrote.
pub(crate) fn reserved_kind(entry: &pb::SurveyReserved) -> SurveyKind {
    entry.survey.as_ref().and_then(|survey| kind(survey.kind())).unwrap_or(SurveyKind::Csat)
}

/// A kind of survey on the wire.
pub(crate) fn kind_message(kind: SurveyKind) -> pb::SurveyKind {
    match kind {
        SurveyKind::RelationalNps => pb::SurveyKind::RelationalNps,
        SurveyKind::TransactionalNps => pb::SurveyKind::TransactionalNps,
        SurveyKind::Csat => pb::SurveyKind::Csat,
        SurveyKind::Ces => pb::SurveyKind::Ces,
        SurveyKind::ComplaintCsat => pb::SurveyKind::ComplaintCsat,
    }
}

fn message(survey: &Survey) -> pb::Survey {
    pb::Survey {
        kind: kind_message(survey.kind).into(),
        channel_code: survey.channel.clone(),
        experience_time: survey.experience_at.map(wire::to_wire),
        order_ref: survey.order.clone(),
    }
}

pub(crate) fn decision(decision: &Decision, at: Timestamp) -> pb::SurveyDecision {
    let (verdict, until) = match decision.verdict {
        Verdict::Allow => (pb::SurveyVerdict::Allow, None),
        Verdict::Delay(Until::At(until)) => (pb::SurveyVerdict::Delay, Some(until)),
        Verdict::Delay(Until::Resolved) => (pb::SurveyVerdict::Delay, None),
        Verdict::Suppress => (pb::SurveyVerdict::Suppress, None),
    };
    let actions = decision.human_followup.then_some(pb::SurveyAction::HumanFollowup.into());
    pb::SurveyDecision {
        verdict: verdict.into(),
        delay_until: until.map(wire::to_wire),
        reasons: decision.reasons.iter().map(|one| reason(*one).into()).collect(),
        actions: actions.into_iter().collect(),
        dissonance: decision.score,
        policy_version: decision.policy.to_owned(),
        decide_time: Some(wire::to_wire(at)),
    }
}

/// The entry of a reservation.
pub(crate) fn reserved(
    permit: PermitId,
    record: RecordId,
    survey: &Survey,
    (decided, at): (&Decision, Timestamp),
    expires_at: Option<Timestamp>,
) -> pb::SurveyReserved {
    pb::SurveyReserved {
        permit_id: permit.0.to_vec(),
        record_id: record.0.to_vec(),
        survey: Some(message(survey)),
        decision: Some(decision(decided, at)),
        expire_time: expires_at.map(wire::to_wire),
    }
}

pub(crate) fn reserve_survey_response(entry: pb::SurveyReserved) -> pb::ReserveSurveyResponse {
    let permit = entry.expire_time.and(PermitId::from_slice(&entry.permit_id).ok());
    pb::ReserveSurveyResponse {
        decision: entry.decision,
        permit_id: permit.map(|permit| permit.to_string()).unwrap_or_default(),
        expire_time: entry.expire_time,
    }
}

pub(crate) fn reason(reason: SurveyReason) -> pb::SurveyReason {
    match reason {
        SurveyReason::BlockedDeceased => pb::SurveyReason::BlockedDeceased,
        SurveyReason::BlockedFraud => pb::SurveyReason::BlockedFraud,
        SurveyReason::NoLawfulContact => pb::SurveyReason::NoLawfulContact,
        SurveyReason::Minor => pb::SurveyReason::Minor,
        SurveyReason::Vulnerable => pb::SurveyReason::Vulnerable,
        SurveyReason::OpenComplaint => pb::SurveyReason::OpenComplaint,
        SurveyReason::OmbudsmanOpen => pb::SurveyReason::OmbudsmanOpen,
        SurveyReason::AlreadyRated => pb::SurveyReason::AlreadyRated,
        SurveyReason::Stale => pb::SurveyReason::Stale,
        SurveyReason::PromiseOverdue => pb::SurveyReason::PromiseOverdue,
        SurveyReason::ResolutionCooldown => pb::SurveyReason::ResolutionCooldown,
        SurveyReason::RecoveryCooldown => pb::SurveyReason::RecoveryCooldown,
        SurveyReason::ComplaintCooldown => pb::SurveyReason::ComplaintCooldown,
        SurveyReason::DissonanceHigh => pb::SurveyReason::DissonanceHigh,
        SurveyReason::SourceStale => pb::SurveyReason::SourceStale,
        SurveyReason::IdentityPending => pb::SurveyReason::IdentityPending,
        SurveyReason::DependencyDown => pb::SurveyReason::DependencyDown,
        SurveyReason::FreqAny => pb::SurveyReason::FreqAny,
        SurveyReason::FreqNps => pb::SurveyReason::FreqNps,
        SurveyReason::FreqYear => pb::SurveyReason::FreqYear,
        SurveyReason::ChannelCap => pb::SurveyReason::ChannelCap,
        SurveyReason::QuietTime => pb::SurveyReason::QuietTime,
    }
}
