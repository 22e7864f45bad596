//! Which steps may be recorded here: the order of the life cycle, four eyes, an answer before the end, redress paid once.

use tenure_kernel::Timestamp;

use super::{
    Complaint, Payment, State,
    step::{Action, Redress},
};

/// Why a step may not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Not from where the complaint stands.
    State(State),
    /// Who drafts or approves has to do with it.
    FourEyes,
    /// The customer has no answer.
    ResponseMissing,
    /// The customer was not pointed to the outside body.
    AdrTextMissing,
    /// Redress is owed, or not so much.
    RedressOwed,
    /// A holding reply puts off what the rules don't allow to be put off.
    HoldingTooLate { rule: &'static str, latest: Timestamp },
}

/// Whether an employee may take a step; and if so, whether it changes anything.
pub(crate) fn check(complaint: &Complaint, actor: &str, action: &Action) -> Result<bool, Wrong> {
    use State::{
        AwaitingCustomer, Closed, DecisionDrafted, Disputed, FinalResponseSent, Forwarded, Merged, RedressDue,
        RedressPaid, Referred, Settled, Withdrawn,
    };
    let state = complaint.state;
    let waits = state.awaits_response();
    let from = |allowed: bool| if allowed { Ok(true) } else { Err(Wrong::State(state)) };
    match action {
        Action::Receive(_) => from(!state.is_over()),
        Action::Acknowledge { .. } => from(waits && complaint.acknowledged_at.is_none()),
        Action::Assess(_) | Action::Investigate | Action::Hold { .. } | Action::Forward { .. } => from(waits),
        Action::Ask { .. } => from(state < DecisionDrafted),
        Action::Answer => from(state == AwaitingCustomer),
        Action::Draft(_) => draft(complaint, actor),
        Action::ReturnDraft => from(matches!(state, DecisionDrafted | State::Approved)),
        Action::Approve => approve(complaint, actor),
        Action::Respond(_) => respond(complaint),
        Action::Accept => from(waits || matches!(state, FinalResponseSent | Disputed)),
        Action::Dispute => from(matches!(state, FinalResponseSent | Settled | RedressPaid)),
        Action::Reopen => from(!waits && !matches!(state, Disputed | Referred | RedressDue | Merged | Forwarded)),
        Action::Refer { .. } => from(!matches!(state, Referred | Withdrawn | Merged | Forwarded)),
        Action::Determine(_) => from(state == Referred),
        Action::Pay { reference, amount } => pay(complaint, reference, amount),
        Action::Merge { .. } | Action::Withdraw => from(!state.is_over()),
        Action::Unmerge => from(state == Merged),
        Action::Close => match state {
            FinalResponseSent | Settled | RedressPaid if complaint.owed().is_none() => Ok(true),
            FinalResponseSent | Settled | RedressDue => Err(Wrong::RedressOwed),
            Closed | Withdrawn | Merged | Forwarded | Disputed | Referred => Err(Wrong::State(state)),
            _ => Err(Wrong::ResponseMissing),
        },
    }
}

/// Who is complained about decides nothing of it.
fn draft(complaint: &Complaint, actor: &str) -> Result<bool, Wrong> {
    if !complaint.state.awaits_response() || complaint.assessment.is_none() {
        return Err(Wrong::State(complaint.state));
    }
    if complaint.about.contains(actor) { Err(Wrong::FourEyes) } else { Ok(true) }
}

fn approve(complaint: &Complaint, actor: &str) -> Result<bool, Wrong> {
    let draft = complaint.draft.as_ref().filter(|_| complaint.state == State::DecisionDrafted);
    let draft = draft.ok_or(Wrong::State(complaint.state))?;
    let concerned = draft.by == actor || complaint.about.contains(actor) || draft.approved_by.contains(actor);
    if concerned { Err(Wrong::FourEyes) } else { Ok(true) }
}

fn respond(complaint: &Complaint) -> Result<bool, Wrong> {
    let draft = complaint.draft.as_ref().filter(|_| complaint.state == State::Approved);
    let decision = &draft.ok_or(Wrong::State(complaint.state))?.decision;
    if decision.needs_adr_text() && decision.adr_text.is_empty() { Err(Wrong::AdrTextMissing) } else { Ok(true) }
}

fn pay(complaint: &Complaint, reference: &str, amount: &Redress) -> Result<bool, Wrong> {
    let paid = |payment: &&Payment| payment.reference == reference;
    if let Some(before) = complaint.payments.iter().find(paid) {
        return if before.amount == *amount { Ok(false) } else { Err(Wrong::RedressOwed) };
    }
    if !matches!(complaint.state, State::FinalResponseSent | State::RedressDue | State::Disputed) {
        return Err(Wrong::State(complaint.state));
    }
    let owed = complaint.owed();
    let fits = |owed: &Redress| owed.currency == amount.currency && amount.minor_units <= owed.minor_units;
    if owed.as_ref().is_some_and(fits) { Ok(true) } else { Err(Wrong::RedressOwed) }
}
