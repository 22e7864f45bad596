//! What is done with complaints, read from the wire and written to it.

use std::collections::BTreeSet;

use tenure_kernel::{ComplaintId as KernelId, PromiseId as KernelPromiseId, Reason, Timestamp, money};
use tenure_proto::expectation::v1::{self as pb, complaint_action::What};
use tenure_server::{Violations, wire};

use crate::api::convert::field;
use crate::domain::{
    clock::Regime,
    complaint::{
        ComplaintId, cause,
        step::{Action, Assessment, Decision, ExpectationGap, Outcome, Receipt, Redress},
    },
    promise::PromiseId,
};

/// How long codes may be.
const MOST: usize = 64;

/// Reads what is done, or notes all that is wrong with it.
pub(crate) fn read(wrong: &mut Violations, field: &str, action: Option<pb::ComplaintAction>) -> Option<Action> {
    let what = action.and_then(|action| action.what);
    let at = |part: &str| format!("{field}.{part}");
    match wrong.required(at("what"), what)? {
        What::Receive(told) => receipt(wrong, &at("receive"), &told).map(Action::Receive),
        What::Acknowledge(told) => {
            let answer_by = time(wrong, at("acknowledge.answer_time"), told.answer_time.as_ref())?;
            Some(Action::Acknowledge { answer_by: Some(answer_by) })
        }
        What::Assess(told) => assessment(wrong, &at("assess"), &told).map(Action::Assess),
        What::AskCustomer(told) => {
            let answer_by = wrong.timestamp(at("ask_customer.answer_time"), told.answer_time.as_ref());
            Some(Action::Ask { answer_by })
        }
        What::SendHoldingReply(told) => {
            let answer_by = time(wrong, at("send_holding_reply.answer_time"), told.answer_time.as_ref())?;
            Some(Action::Hold { answer_by })
        }
        What::Draft(told) => decision(wrong, &at("draft"), &told).map(Action::Draft),
        What::Refer(told) => {
            let body = wrong.text(at("refer.body_code"), &told.body_code, MOST)?.to_owned();
            Some(Action::Refer { body })
        }
        What::Determine(told) => decision(wrong, &at("determine"), &told).map(Action::Determine),
        What::Pay(told) => {
            let reference = field::reference(wrong, &at("pay.payment_ref"), &told.payment_ref, MOST).map(str::to_owned);
            let amount = wrong.required(at("pay.amount"), told.amount);
            let amount = amount.and_then(|amount| redress(wrong, &at("pay.amount"), &amount));
            Some(Action::Pay { reference: reference?, amount: amount? })
        }
        What::Forward(told) => {
            let to = wrong.text(at("forward.to_code"), &told.to_code, MOST)?.to_owned();
            Some(Action::Forward { to })
        }
        What::Merge(told) => {
            let into = wrong.id::<KernelId>(at("merge.survivor_complaint_id"), &told.survivor_complaint_id)?;
            Some(Action::Merge { into: ComplaintId(into.0) })
        }
        What::Move(told) => {
            let action = pb::ComplaintMove::try_from(told).ok().and_then(moved);
            if action.is_none() {
                wrong.push(at("move"), Reason::FieldRequired, "required, and one that is known");
            }
            action
        }
    }
}

fn moved(told: pb::ComplaintMove) -> Option<Action> {
    Some(match told {
        pb::ComplaintMove::Unspecified => return None,
        pb::ComplaintMove::Investigate => Action::Investigate,
        pb::ComplaintMove::CustomerAnswered => Action::Answer,
        pb::ComplaintMove::ReturnDraft => Action::ReturnDraft,
        pb::ComplaintMove::Approve => Action::Approve,
        pb::ComplaintMove::Respond => Action::Respond(None),
        pb::ComplaintMove::Accept => Action::Accept,
        pb::ComplaintMove::Dispute => Action::Dispute,
        pb::ComplaintMove::Withdraw => Action::Withdraw,
        pb::ComplaintMove::Reopen => Action::Reopen,
        pb::ComplaintMove::Close => Action::Close,
        pb::ComplaintMove::Unmerge => Action::Unmerge,
    })
}

fn time(wrong: &mut Violations, field: String, told: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    if told.is_none() {
        wrong.push(field, Reason::FieldRequired, "required");
        return None;
    }
    wrong.timestamp(field, told)
}

/// Reads how it came in.
pub(super) fn receipt(wrong: &mut Violations, within: &str, told: &pb::ComplaintReceipt) -> Option<Receipt> {
    let mut own = Violations::new();
    let codes = [
        ("channel_code", &told.channel_code),
        ("product_code", &told.product_code),
        ("about_actor_ref", &told.about_actor_ref),
    ];
    for (name, code) in codes.into_iter().filter(|(_, code)| !code.is_empty()) {
        field::reference(&mut own, &format!("{within}.{name}"), code, MOST);
    }
    let mut regimes = BTreeSet::new();
    for (number, code) in told.regime_codes.iter().enumerate() {
        let name = format!("{within}.regime_codes[{number}]");
        match Regime::of_code(code) {
            Ok(regime) if regimes.insert(regime) => {}
            Ok(_) => drop(own.push(name, Reason::FieldNotAllowed, "named before")),
            Err(_) => drop(own.push(name, Reason::FieldMalformed, "no such rules")),
        }
    }
    let mut complaint = |name: &str, id: &str| {
        let id = (!id.is_empty()).then(|| own.id::<KernelId>(format!("{within}.{name}"), id)).flatten();
        id.map(|id| ComplaintId(id.0))
    };
    let linked = complaint("linked_complaint_id", &told.linked_complaint_id);
    let part_of = complaint("part_of_complaint_id", &told.part_of_complaint_id);
    let fine = own.is_empty();
    wrong.extend(own.into_inner());
    fine.then(|| Receipt {
        channel: told.channel_code.clone(),
        product: told.product_code.clone(),
        regimes,
        about: told.about_actor_ref.clone(),
        linked,
        part_of,
    })
}

fn assessment(wrong: &mut Violations, field: &str, told: &pb::ComplaintAssessment) -> Option<Assessment> {
    let known = cause::is_known(&told.cause_code);
    if !known {
        wrong.push(
            format!("{field}.cause_code"),
            Reason::FieldRequired,
            "required, and one of DescribeComplaintCauses",
        );
    }
    let gap = match told.gap() {
        pb::ExpectationGap::Unspecified => None,
        pb::ExpectationGap::PromiseBroken => Some(ExpectationGap::PromiseBroken),
        pb::ExpectationGap::NeverSet => Some(ExpectationGap::NeverSet),
        pb::ExpectationGap::SetWrongByMarketing => Some(ExpectationGap::SetWrongByMarketing),
        pb::ExpectationGap::None => Some(ExpectationGap::None),
    };
    let name = format!("{field}.promise_id");
    let broken = gap == Some(ExpectationGap::PromiseBroken);
    let promise = match told.promise_id.as_str() {
        "" => None,
        id => Some(wrong.id::<KernelPromiseId>(name.clone(), id)?),
    };
    if promise.is_some() != broken {
        wrong.push(name, Reason::FieldNotAllowed, "goes with PROMISE_BROKEN, and only with it");
        return None;
    }
    known.then(|| Assessment {
        cause: told.cause_code.clone(),
        gap,
        promise: promise.map(|promise| PromiseId(promise.0)),
    })
}

fn decision(wrong: &mut Violations, field: &str, told: &pb::ComplaintDecision) -> Option<Decision> {
    let outcome = match told.outcome() {
        pb::ComplaintOutcome::Unspecified => None,
        pb::ComplaintOutcome::Upheld => Some(Outcome::Upheld),
        pb::ComplaintOutcome::PartlyUpheld => Some(Outcome::PartlyUpheld),
        pb::ComplaintOutcome::Rejected => Some(Outcome::Rejected),
    };
    if outcome.is_none() {
        wrong.push(format!("{field}.outcome"), Reason::FieldRequired, "required, and one that is known");
    }
    let paid = told.redress.as_ref().map(|paid| redress(wrong, &format!("{field}.redress"), paid));
    let text = match told.adr_text_version.as_str() {
        "" => Some(""),
        text => wrong.text(format!("{field}.adr_text_version"), text, MOST),
    };
    let redress = match paid {
        Some(paid) => Some(paid?).filter(|paid| paid.minor_units > 0),
        None => None,
    };
    Some(Decision { outcome: Some(outcome?), redress, adr_text: text?.to_owned() })
}

fn redress(wrong: &mut Violations, field: &str, told: &pb::Redress) -> Option<Redress> {
    let (positive, known) = (told.minor_units >= 0, money::is_currency(&told.currency_code));
    if !positive {
        wrong.push(format!("{field}.minor_units"), Reason::AmountNegative, "must not be below 0");
    }
    if !known {
        wrong.push(format!("{field}.currency_code"), Reason::CurrencyInvalid, "no ISO 4217 code");
    }
    (positive && known).then(|| Redress { minor_units: told.minor_units, currency: told.currency_code.clone() })
}

/// Writes what is done.
pub(crate) fn message(action: &Action) -> pb::ComplaintAction {
    let movement = |movement: pb::ComplaintMove| What::Move(movement.into());
    let what = match action {
        Action::Receive(receipt) => What::Receive(receipt_message(receipt)),
        Action::Acknowledge { answer_by } => {
            What::Acknowledge(pb::ComplaintAcknowledgement { answer_time: answer_by.map(wire::to_wire) })
        }
        Action::Assess(assessment) => What::Assess(pb::ComplaintAssessment {
            cause_code: assessment.cause.clone(),
            gap: gap(assessment.gap).into(),
            promise_id: assessment.promise.map(|id| KernelPromiseId(id.0).to_string()).unwrap_or_default(),
        }),
        Action::Ask { answer_by } => {
            What::AskCustomer(pb::ComplaintQuestion { answer_time: answer_by.map(wire::to_wire) })
        }
        Action::Hold { answer_by } => {
            What::SendHoldingReply(pb::ComplaintHoldingReply { answer_time: Some(wire::to_wire(*answer_by)) })
        }
        Action::Draft(decision) => What::Draft(decision_message(decision)),
        Action::Refer { body } => What::Refer(pb::ComplaintReferral { body_code: body.clone() }),
        Action::Determine(decision) => What::Determine(decision_message(decision)),
        Action::Pay { reference, amount } => {
            What::Pay(pb::ComplaintPayment { payment_ref: reference.clone(), amount: Some(redress_message(amount)) })
        }
        Action::Forward { to } => What::Forward(pb::ComplaintForwarding { to_code: to.clone() }),
        Action::Merge { into } => What::Merge(pb::ComplaintMerger { survivor_complaint_id: into.to_string() }),
        Action::Investigate => movement(pb::ComplaintMove::Investigate),
        Action::Answer => movement(pb::ComplaintMove::CustomerAnswered),
        Action::ReturnDraft => movement(pb::ComplaintMove::ReturnDraft),
        Action::Approve => movement(pb::ComplaintMove::Approve),
        Action::Respond(_) => movement(pb::ComplaintMove::Respond),
        Action::Accept => movement(pb::ComplaintMove::Accept),
        Action::Dispute => movement(pb::ComplaintMove::Dispute),
        Action::Withdraw => movement(pb::ComplaintMove::Withdraw),
        Action::Reopen => movement(pb::ComplaintMove::Reopen),
        Action::Close => movement(pb::ComplaintMove::Close),
        Action::Unmerge => movement(pb::ComplaintMove::Unmerge),
    };
    pb::ComplaintAction { what: Some(what) }
}

fn receipt_message(receipt: &Receipt) -> pb::ComplaintReceipt {
    pb::ComplaintReceipt {
        receive_time: None,
        channel_code: receipt.channel.clone(),
        product_code: receipt.product.clone(),
        regime_codes: receipt.regimes.iter().map(|regime| regime.code().to_owned()).collect(),
        about_actor_ref: receipt.about.clone(),
        linked_complaint_id: receipt.linked.map(|id| id.to_string()).unwrap_or_default(),
        part_of_complaint_id: receipt.part_of.map(|id| id.to_string()).unwrap_or_default(),
    }
}

pub(super) fn gap(gap: Option<ExpectationGap>) -> pb::ExpectationGap {
    match gap {
        None => pb::ExpectationGap::Unspecified,
        Some(ExpectationGap::PromiseBroken) => pb::ExpectationGap::PromiseBroken,
        Some(ExpectationGap::NeverSet) => pb::ExpectationGap::NeverSet,
        Some(ExpectationGap::SetWrongByMarketing) => pb::ExpectationGap::SetWrongByMarketing,
        Some(ExpectationGap::None) => pb::ExpectationGap::None,
    }
}

pub(super) fn decision_message(decision: &Decision) -> pb::ComplaintDecision {
    let outcome = match decision.outcome {
        None => pb::ComplaintOutcome::Unspecified,
        Some(Outcome::Upheld) => pb::ComplaintOutcome::Upheld,
        Some(Outcome::PartlyUpheld) => pb::ComplaintOutcome::PartlyUpheld,
        Some(Outcome::Rejected) => pb::ComplaintOutcome::Rejected,
    };
    pb::ComplaintDecision {
        outcome: outcome.into(),
        redress: decision.redress.as_ref().map(redress_message),
        adr_text_version: decision.adr_text.clone(),
    }
}

pub(super) fn redress_message(redress: &Redress) -> pb::Redress {
    pb::Redress { minor_units: redress.minor_units, currency_code: redress.currency.clone() }
}
