//! Recovery campaigns on the wire.

use tenure_kernel::{Reason, RecordId, Refusal, Timestamp};
use tenure_proto::expectation::v1 as pb;
use tenure_server::{Violations, page_size, wire};

use super::{field, systemic};
use crate::{
    app::{DecideRecovery, Fared, Paged, Recovering},
    domain::{
        recovery::{Arm, Decided, Ground, Group, Verdict, effect},
        systemic::cause::{Cause, CauseKind},
    },
    store::recovery::Decisions,
};

const USUAL_DAYS: i32 = 7;
const MOST_DAYS: i32 = 56;
const MOST_PERCENT: i32 = 50;

/// Reads what is to be defined.
pub(crate) fn define_recovery(request: pb::DefineRecoveryRequest) -> Result<pb::RecoveryCampaign, Refusal> {
    let mut wrong = Violations::new();
    let Some(campaign) = wrong.required("campaign", request.campaign) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    field::code(&mut wrong, "campaign.campaign_code", &campaign.campaign_code);
    field::reference(&mut wrong, "campaign.gesture_code", &campaign.gesture_code, 64);
    let cause = wrong.required("campaign.cause", campaign.cause.clone());
    cause.and_then(|one| systemic::cause(&mut wrong, "campaign.cause", one));
    let days = if campaign.days == 0 { USUAL_DAYS } else { campaign.days };
    if !(1..=MOST_DAYS).contains(&days) {
        let why = format!("must be 1 to {MOST_DAYS}, or 0 for {USUAL_DAYS}");
        wrong.push("campaign.days", Reason::FieldOutOfRange, why);
    }
    if !(1..=MOST_PERCENT).contains(&campaign.holdout_percent) {
        let why = format!("must be 1 to {MOST_PERCENT}");
        wrong.push("campaign.holdout_percent", Reason::FieldOutOfRange, why);
    }
    wrong.finish()?;
    Ok(pb::RecoveryCampaign { days, define_time: None, ..campaign })
}

pub(crate) fn decide_recovery(request: pb::DecideRecoveryRequest) -> Result<DecideRecovery, Refusal> {
    let mut wrong = Violations::new();
    field::code(&mut wrong, "campaign_code", &request.campaign_code);
    let size = wrong.take(page_size(request.page_size, 100, 500));
    let (Some(page_size), true) = (size, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(DecideRecovery { campaign: request.campaign_code, page_size, page_token: request.page_token })
}

pub(crate) fn evaluate_recovery(request: pb::EvaluateRecoveryRequest) -> Result<String, Refusal> {
    let mut wrong = Violations::new();
    field::code(&mut wrong, "campaign_code", &request.campaign_code);
    wrong.finish().map(|()| request.campaign_code)
}

/// The cause of a campaign that was defined.
pub(crate) fn cause(campaign: &pb::RecoveryCampaign) -> Cause {
    let cause = campaign.cause.clone().unwrap_or_default();
    Cause { kind: CauseKind::Promise, code: cause.code, product: cause.product_code }
}

/// The entry of what was decided of records.
pub(crate) fn decided(code: &str, decisions: &Decisions, now: Timestamp) -> pb::RecoveryDecided {
    let one = |(record, decided): (&RecordId, &Decided)| {
        let (group, ground) = said(decided);
        pb::RecoveryAssignment { record_id: record.0.to_vec(), group: group.into(), ground: ground.into() }
    };
    pb::RecoveryDecided {
        campaign_code: code.to_owned(),
        assignments: decisions.iter().map(one).collect(),
        decide_time: Some(wire::to_wire(now)),
    }
}

fn said(decided: &Decided) -> (pb::RecoveryGroup, pb::RecoveryGround) {
    let group = match decided.group {
        Group::Treat => pb::RecoveryGroup::Treat,
        Group::HoldOut => pb::RecoveryGroup::HoldOut,
    };
    let ground = match decided.ground {
        Ground::Drawn => pb::RecoveryGround::Drawn,
        Ground::RedressOwed => pb::RecoveryGround::RedressOwed,
    };
    (group, ground)
}

/// A decision; of no person without one's id.
pub(crate) fn decision(code: &str, person_id: String, record: RecordId, decided: &Decided) -> pb::RecoveryDecision {
    let (group, ground) = said(decided);
    pb::RecoveryDecision {
        person_id,
        record_id: record.to_string(),
        campaign_code: code.to_owned(),
        group: group.into(),
        ground: ground.into(),
        decide_time: Some(wire::to_wire(decided.at)),
    }
}

pub(crate) fn decide_recovery_response(code: &str, page: Paged<Recovering>) -> pb::DecideRecoveryResponse {
    let one = |one: &Recovering| decision(code, one.person.to_string(), one.record, &one.decided);
    pb::DecideRecoveryResponse {
        decisions: page.items.iter().map(one).collect(),
        next_page_token: page.next_page_token,
    }
}

pub(crate) fn evaluate_recovery_response(
    (campaign, fared): (pb::RecoveryCampaign, Fared),
) -> pb::EvaluateRecoveryResponse {
    let effect = effect(fared.treated, fared.held_out).map(|found| pb::RecoveryEffect {
        difference: found.difference,
        low: found.low,
        high: found.high,
        verdict: match found.verdict {
            Verdict::Effective => pb::RecoveryVerdict::Effective,
            Verdict::Harmful => pb::RecoveryVerdict::Harmful,
            Verdict::Unclear => pb::RecoveryVerdict::Unclear,
        }
        .into(),
    });
    pb::EvaluateRecoveryResponse {
        campaign: Some(campaign),
        treated: Some(arm(fared.treated)),
        held_out: Some(arm(fared.held_out)),
        effect,
        pending: count(fared.pending),
        redress_owed: count(fared.redress_owed),
        mixed: count(fared.mixed),
    }
}

fn arm(arm: Arm) -> pb::RecoveryArm {
    pb::RecoveryArm { customers: count(arm.customers), recovered: count(arm.recovered) }
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
