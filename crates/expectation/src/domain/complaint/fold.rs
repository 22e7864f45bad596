//! Where the steps of a complaint leave it.

use std::collections::BTreeSet;

use tenure_kernel::{RecordId, Timestamp};

use super::{
    Complaint, ComplaintId, Drafted, Payment, Policy, State,
    step::{Action, Receipt, Redress, Step},
};
use crate::domain::{
    clock::{Holding, Question},
    promise::Matter,
};

/// Folds the steps of one complaint, in any order.
pub(super) fn complaint(
    id: ComplaintId,
    names: BTreeSet<ComplaintId>,
    matter: Matter,
    mut steps: Vec<Step>,
    policy: &Policy,
) -> Complaint {
    steps.sort_by(|one, other| one.order().cmp(&other.order()));
    let mut complaint = begun(id, names, matter);
    // What sources tell may lack how it came in; then it came in with the first that was told.
    let complained = |step: &&Step| !matches!(step.action, Action::Reopen | Action::Answer);
    let received = steps.iter().find(|step| matches!(step.action, Action::Receive(_)));
    if let Some(first) = received.or_else(|| steps.iter().find(complained)) {
        complaint.received_at = first.at;
        complaint.record = first.record;
    }
    for step in steps {
        complaint.take(&step, policy);
        complaint.steps.push((step, complaint.state));
    }
    if complaint.regimes.is_empty() {
        complaint.regimes.clone_from(&policy.regimes);
    }
    complaint
}

fn begun(id: ComplaintId, names: BTreeSet<ComplaintId>, matter: Matter) -> Complaint {
    Complaint {
        id,
        names,
        record: RecordId::default(),
        matter,
        state: State::Received,
        cycle: 1,
        received_at: Timestamp::default(),
        channel: String::new(),
        product: String::new(),
        regimes: BTreeSet::new(),
        about: BTreeSet::new(),
        linked: None,
        part_of: None,
        acknowledged_at: None,
        assessment: None,
        questions: Vec::new(),
        holding: None,
        draft: None,
        decision: None,
        responded_at: None,
        accepted_at: None,
        body: None,
        payments: Vec::new(),
        reopened_at: None,
        ended_at: None,
        merged_into: None,
        merged: BTreeSet::new(),
        steps: Vec::new(),
    }
}

impl Complaint {
    /// Takes a step as it is: whether it was allowed is asked before.
    fn take(&mut self, step: &Step, policy: &Policy) {
        let at = step.at;
        match &step.action {
            Action::Receive(receipt) => self.receive(receipt),
            Action::Acknowledge { .. } => {
                self.acknowledged_at = self.acknowledged_at.or(Some(at));
                self.forward_to(State::Acknowledged);
            }
            Action::Assess(assessment) => {
                self.assessment = Some(assessment.clone());
                self.forward_to(State::Assessed);
            }
            Action::Investigate | Action::ReturnDraft => {
                self.draft = None;
                self.work_on(State::Investigating);
            }
            Action::Ask { answer_by } => {
                self.questions.push(Question { asked: at, answer_by: *answer_by, answered: None });
                self.work_on(State::AwaitingCustomer);
            }
            Action::Answer => self.answer(at),
            Action::Hold { answer_by } => self.holding = Some(Holding { sent: at, answer_by: *answer_by }),
            Action::Draft(decision) => {
                let (by, approved_by) = (step.actor.clone(), BTreeSet::new());
                self.draft = Some(Drafted { by, decision: decision.clone(), approved_by });
                self.work_on(State::DecisionDrafted);
            }
            Action::Approve => {
                if let Some(draft) = &mut self.draft {
                    draft.approved_by.insert(step.actor.clone());
                    if draft.approved_by.len() >= policy.approvals(&draft.decision) {
                        self.work_on(State::Approved);
                    }
                }
            }
            _ => self.take_later(step),
        }
    }

    /// The same of steps that answer it, or come after the answer.
    fn take_later(&mut self, step: &Step) {
        let at = step.at;
        match &step.action {
            Action::Respond(told) => {
                let drafted = self.draft.as_ref().map(|draft| draft.decision.clone());
                self.decision = told.clone().or(drafted).or(self.decision.take());
                self.responded_at = Some(at);
                self.end(State::FinalResponseSent, at);
            }
            Action::Accept => {
                self.accepted_at = Some(at);
                // Accepted before anything was answered: that is the answer (DISP 1.5).
                self.settle(at);
            }
            Action::Dispute => self.open(State::Disputed),
            Action::Reopen if !self.state.awaits_response() => self.begin_again(at),
            Action::Refer { body } => {
                self.body = Some(body.clone());
                self.open(State::Referred);
            }
            Action::Determine(decision) => {
                self.decision = Some(decision.clone());
                self.settle(at);
            }
            Action::Pay { reference, amount } => self.pay(reference, amount, at),
            Action::Forward { .. } => self.end(State::Forwarded, at),
            Action::Merge { .. } => self.end(State::Merged, at),
            Action::Unmerge => self.unmerge(),
            Action::Withdraw => self.end(State::Withdrawn, at),
            Action::Close => self.end(State::Closed, at),
            _ => {}
        }
    }

    /// The state before it was merged.
    fn unmerge(&mut self) {
        if self.state != State::Merged {
            return;
        }
        let before = self.steps.iter().rev().map(|(_, state)| *state).find(|state| *state != State::Merged);
        let state = before.unwrap_or_default();
        if state.is_open() {
            self.open(state);
        } else {
            self.state = state;
        }
    }

    fn receive(&mut self, receipt: &Receipt) {
        let receipt = receipt.clone();
        let keep = |known: &mut String, told: String| {
            if known.is_empty() {
                *known = told;
            }
        };
        keep(&mut self.channel, receipt.channel);
        keep(&mut self.product, receipt.product);
        self.regimes.extend(receipt.regimes);
        self.about.extend((!receipt.about.is_empty()).then_some(receipt.about));
        self.linked = self.linked.or(receipt.linked);
        self.part_of = self.part_of.or(receipt.part_of);
    }

    fn answer(&mut self, at: Timestamp) {
        for question in self.questions.iter_mut().filter(|question| question.answered.is_none()) {
            question.answered = Some(at);
        }
        if self.state == State::AwaitingCustomer {
            self.state = State::Investigating;
        }
    }

    fn pay(&mut self, reference: &str, amount: &Redress, at: Timestamp) {
        if self.payments.iter().any(|payment| payment.reference == reference) {
            return;
        }
        self.payments.push(Payment { reference: reference.to_owned(), amount: amount.clone() });
        if self.state == State::RedressDue && self.owed().is_none() {
            self.end(State::RedressPaid, at);
        }
    }

    /// Settles it: what is owed is to be paid.
    fn settle(&mut self, at: Timestamp) {
        match (self.owed(), self.payments.is_empty()) {
            (Some(_), _) => self.open(State::RedressDue),
            (None, false) => self.end(State::RedressPaid, at),
            (None, true) => self.end(State::Settled, at),
        }
    }

    /// Moves on, if it is not further yet.
    fn forward_to(&mut self, state: State) {
        if self.state < state {
            self.state = state;
        }
    }

    /// Moves within the time before the answer. A source that tells of work on what was answered opens nothing.
    fn work_on(&mut self, state: State) {
        if self.state.awaits_response() {
            self.state = state;
        }
    }

    fn open(&mut self, state: State) {
        self.state = state;
        self.ended_at = None;
    }

    fn end(&mut self, state: State, at: Timestamp) {
        self.state = state;
        self.ended_at = Some(at);
    }

    /// Another cycle. What it came from stays known; what was drafted, answered and accepted does not count for it.
    fn begin_again(&mut self, at: Timestamp) {
        self.cycle += 1;
        self.reopened_at = Some(at);
        (self.draft, self.responded_at, self.accepted_at) = (None, None, None);
        let state = match (self.assessment.is_some(), self.acknowledged_at.is_some()) {
            (true, _) => State::Assessed,
            (false, true) => State::Acknowledged,
            (false, false) => State::Received,
        };
        self.open(state);
    }
}
